/* SPDX-License-Identifier: MIT */
/* Random JSON texts for property tests: valid ones, and spoilt ones. */
#ifndef GOTOFS_TESTS_RANDOM_JSON_H
#define GOTOFS_TESTS_RANDOM_JSON_H

#include <stdio.h>
#include <string.h>

#include "gotofs/buf.h"
#include "random.h"

static inline void random_json_value(struct buf *out, int depth, int *names);

static inline void
random_json_blank(struct buf *out)
{
	static const char blanks[] = " \t\n\r";

	while (random_below(4) == 0)
		(void)buf_putc(out, blanks[random_below(4)]);
}

static inline void
random_json_string(struct buf *out)
{
	static const char *const pieces[] = {"\\\"", "\\\\", "\\/", "\\b",
	    "\\f", "\\n", "\\r", "\\t", "\\u00e9", "\\uD83D\\uDE00", "\\u001f",
	    "{", "}", "[", "]", ",", ":", "\\u0041", "e", "1", "-", "\x7f"};
	char utf8[4];
	uint32_t n = random_below(6);

	(void)buf_putc(out, '"');
	while (n-- > 0) {
		size_t len = random_put_char(utf8);

		if (random_below(2) ||
		    (len == 1 &&
			(utf8[0] < 0x20 || utf8[0] == '"' || utf8[0] == '\\')))
			(void)buf_puts(out, pieces[random_below(22)]);
		else
			(void)buf_append(out, utf8, len);
	}
	(void)buf_putc(out, '"');
}

static inline void
random_json_number(struct buf *out)
{
	static const char *const numbers[] = {"0", "-0", "1", "-17", "0.5",
	    "1e3", "1E+2", "-2.25e-3", "9007199254740992", "9007199254740993",
	    "12345678901234567890123456", "1e999", "-1e-999", "100000000000000",
	    "0."
	    "1000000000000000000000000000000000000000000000000000000000000001",
	    "1234567.891"};

	(void)buf_puts(out, numbers[random_below(16)]);
}

static inline void
random_json_object(struct buf *out, int depth, int *names)
{
	uint32_t n = random_below(4), i;

	(void)buf_putc(out, '{');
	random_json_blank(out);
	for (i = 0; i < n; i++) {
		(void)buf_printf(out, "%s\"n%d", i ? "," : "", (*names)++);
		if (random_below(3) == 0)
			(void)buf_puts(out, "\\u00e9");
		(void)buf_putc(out, '"');
		random_json_blank(out);
		(void)buf_putc(out, ':');
		random_json_value(out, depth, names);
	}
	(void)buf_putc(out, '}');
}

static inline void
random_json_array(struct buf *out, int depth, int *names)
{
	uint32_t n = random_below(4), i;

	(void)buf_putc(out, '[');
	random_json_blank(out);
	for (i = 0; i < n; i++) {
		if (i)
			(void)buf_putc(out, ',');
		random_json_value(out, depth, names);
	}
	(void)buf_putc(out, ']');
}

static inline void
random_json_value(struct buf *out, int depth, int *names)
{
	static const char *const words[] = {"true", "false", "null"};

	random_json_blank(out);
	switch (random_below(depth > 0 ? 5 : 3)) {
	case 0:
		(void)buf_puts(out, words[random_below(3)]);
		break;
	case 1:
		random_json_number(out);
		break;
	case 2:
		random_json_string(out);
		break;
	case 3:
		random_json_array(out, depth - 1, names);
		break;
	default:
		random_json_object(out, depth - 1, names);
	}
	random_json_blank(out);
}

/* An object whose names differ, with blanks around it. */
static inline void
random_json_document(struct buf *out)
{
	int names = 0;

	buf_clear(out);
	random_json_blank(out);
	random_json_object(out, 4, &names);
	random_json_blank(out);
}

/* Changes, removes or inserts one byte. */
static inline void
random_json_spoil(struct buf *b)
{
	static const char odd[] =
	    "{}[],:\"\\/bfnrtu0123456789.+-eE \n\x01\x7f\xc3"
	    "\xa9\xed\xa0\xf5\xff"
	    "d8DcCf";
	char c = odd[random_below(sizeof(odd) - 1)];
	size_t at = random_below((uint32_t)b->len), tail = b->len - at - 1;

	switch (random_below(3)) {
	case 0:
		b->data[at] = random_below(8) ? c : '\0';
		break;
	case 1:
		memmove(b->data + at, b->data + at + 1, tail);
		(void)buf_resize(b, b->len - 1);
		break;
	default:
		(void)buf_putc(b, ' ');
		memmove(b->data + at + 1, b->data + at, tail + 1);
		b->data[at] = c;
	}
}

#endif
