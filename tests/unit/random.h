/* SPDX-License-Identifier: MIT */
/* A small generator for property tests: the same numbers in every run. */
#ifndef GOTOFS_TESTS_RANDOM_H
#define GOTOFS_TESTS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

/* 0 .. below-1 */
static inline uint32_t
random_below(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32) % below;
}

/* Writes a code point as UTF-8; returns its bytes. */
static inline size_t
random_put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* A character that is neither NUL nor a surrogate; mostly ASCII. */
static inline size_t
random_put_char(char *to)
{
	static const uint32_t below[] = {0x7f, 0x7f, 0x7ff, 0xd7ff, 0x10ffff};
	uint32_t c = 1 + random_below(below[random_below(5)]);

	return random_put_utf8(to, c >= 0xd800 && c < 0xe000 ? 0xe9 : c);
}

#endif
