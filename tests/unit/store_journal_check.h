/* SPDX-License-Identifier: MIT */
/*
 * Verifies a journal as a stranger would: split at newlines, hash each line,
 * compare with the next line's prev.  The SHA-256 is written out here from
 * FIPS 180-4, so that it shares nothing with the code under test.
 */
#ifndef GOTOFS_TESTS_STORE_JOURNAL_CHECK_H
#define GOTOFS_TESTS_STORE_JOURNAL_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const uint32_t ref_k[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf,
    0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
    0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
    0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c,
    0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee,
    0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2};

static inline uint32_t
ref_rotr(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static inline void
ref_block(uint32_t h[8], const uint8_t *p)
{
	uint32_t w[64], v[8], a, b;

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		       (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (int i = 16; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] +
		       (ref_rotr(w[i - 15], 7) ^ ref_rotr(w[i - 15], 18) ^
			   w[i - 15] >> 3) +
		       (ref_rotr(w[i - 2], 17) ^ ref_rotr(w[i - 2], 19) ^
			   w[i - 2] >> 10);
	memcpy(v, h, sizeof(v));
	for (int i = 0; i < 64; i++) {
		a = v[7] + ref_k[i] + w[i] + ((v[4] & v[5]) ^ (~v[4] & v[6])) +
		    (ref_rotr(v[4], 6) ^ ref_rotr(v[4], 11) ^
			ref_rotr(v[4], 25));
		b = ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])) +
		    (ref_rotr(v[0], 2) ^ ref_rotr(v[0], 13) ^
			ref_rotr(v[0], 22));
		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += a;
		v[0] = a + b;
	}
	for (int i = 0; i < 8; i++)
		h[i] += v[i];
}

static inline void
ref_sha256_hex(const char *data, size_t len, char ret[65])
{
	uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	uint8_t tail[128] = {0};
	size_t i, rest, blocks;

	for (i = 0; i + 64 <= len; i += 64)
		ref_block(h, (const uint8_t *)data + i);
	rest = len - i;
	memcpy(tail, data + i, rest);
	tail[rest] = 0x80;
	blocks = rest < 56 ? 1 : 2;
	for (int k = 0; k < 8; k++)
		tail[blocks * 64 - 1 - (size_t)k] =
		    (uint8_t)((uint64_t)len * 8 >> (8 * k));
	for (size_t k = 0; k < blocks; k++)
		ref_block(h, tail + 64 * k);
	for (int k = 0; k < 8; k++)
		snprintf(ret + 8 * k, 9, "%08x", h[k]);
}

/* The number of lines, or -1 when the chain is broken. */
static inline long
journal_check(const char *text, size_t len)
{
	char prev[65] = "", want[100], seq[32];
	const char *end;
	long n = 0;

	for (const char *p = text; p < text + len; p = end + 1) {
		end = memchr(p, '\n', (size_t)(text + len - p));
		if (!end)
			return -1;
		n++;
		snprintf(want, sizeof(want), ",\"prev\":\"%s\"}", prev);
		snprintf(seq, sizeof(seq), "\"seq\":%ld,", n);
		if ((size_t)(end - p) < strlen(want) ||
		    memcmp(end - strlen(want), want, strlen(want)) != 0 ||
		    !memmem(p, (size_t)(end - p), seq, strlen(seq)))
			return -1;
		ref_sha256_hex(p, (size_t)(end - p), prev);
	}
	return n;
}

#endif
