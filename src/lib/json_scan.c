/* SPDX-License-Identifier: MIT */
/*
 * Two state machines, one inside the other: expect says which token may come
 * next, lex where inside a token the text stands (LEX_NONE: between two).
 * Every byte is judged when it comes, so a text that no continuation can save
 * fails at the byte that spoils it, and not later.
 */
#include "gotofs/json_scan.h"

#include <string.h>

#include "gotofs/json.h"
#include "json_scan_int.h"

enum {
	EXPECT_OBJECT, /* the top of a document */
	EXPECT_VALUE,
	EXPECT_VALUE_OR_END, /* behind [ */
	EXPECT_NAME,
	EXPECT_NAME_OR_END, /* behind { */
	EXPECT_COLON,
	EXPECT_NEXT,	/* a comma, or the end of this array or object */
	EXPECT_NOTHING, /* the value is complete */
};

enum {
	LEX_NONE = 0,
	LEX_STRING,
	LEX_ESCAPE, /* behind a backslash */
	LEX_HEX,
	LEX_LOW,   /* behind a high surrogate: a backslash */
	LEX_LOW_U, /* and a u */
	LEX_UTF8,
	LEX_WORD,
	LEX_MINUS,
	LEX_ZERO,
	LEX_INT,
	LEX_POINT,
	LEX_FRACTION,
	LEX_E,
	LEX_E_SIGN,
	LEX_EXPONENT,
};

static void
scan_init(struct json_scan *s, bool any)
{
	memset(s, 0, sizeof(*s));
	s->state = JSON_SCAN_INCOMPLETE;
	s->expect = any ? EXPECT_VALUE : EXPECT_OBJECT;
	s->lex = LEX_NONE;
}

void
json_scan_init(struct json_scan *s)
{
	scan_init(s, false);
}

void
json_scan_init_any(struct json_scan *s)
{
	scan_init(s, true);
}

static void
scan_fail(struct json_scan *s, const char *what)
{
	s->state = JSON_SCAN_ERROR;
	s->what = what;
}

/* Not even the first byte fits: what editors put there, nobody sees. */
static void
scan_fail_start(struct json_scan *s, unsigned char c, const char *what)
{
	if (s->offset == 0 && c == 0xef)
		what = "a byte order mark is in front; save it as UTF-8 "
		       "without one";
	else if (s->offset == 0 && (c == 0xff || c == 0xfe))
		what = "this is UTF-16; save it as UTF-8";
	scan_fail(s, what);
}

static bool
scan_in_object(const struct json_scan *s)
{
	return s->stack & 1;
}

/* A value ends with the byte at hand. */
static void
scan_value_end(struct json_scan *s)
{
	s->lex = LEX_NONE;
	if (s->depth > 0) {
		s->expect = EXPECT_NEXT;
		return;
	}
	s->expect = EXPECT_NOTHING;
	s->state = JSON_SCAN_COMPLETE;
	s->end_offset = s->offset + 1;
}

static void
scan_open(struct json_scan *s, bool object)
{
	if (s->depth == JSON_DEPTH_MAX) {
		scan_fail(s, "this is nested too deeply");
		return;
	}
	s->depth++;
	s->stack = s->stack << 1 | object;
	s->expect = object ? EXPECT_NAME_OR_END : EXPECT_VALUE_OR_END;
}

static void
scan_close(struct json_scan *s)
{
	s->depth--;
	s->stack >>= 1;
	scan_value_end(s);
}

static void
scan_string_start(struct json_scan *s, bool in_name)
{
	s->lex = LEX_STRING;
	s->in_name = in_name;
}

static void
scan_word_start(struct json_scan *s, const char *rest)
{
	s->lex = LEX_WORD;
	s->word = rest;
}

static void
scan_value_start(struct json_scan *s, unsigned char c)
{
	switch (c) {
	case '{':
		scan_open(s, true);
		return;
	case '[':
		scan_open(s, false);
		return;
	case '"':
		scan_string_start(s, false);
		return;
	case 't':
		scan_word_start(s, "rue");
		return;
	case 'f':
		scan_word_start(s, "alse");
		return;
	case 'n':
		scan_word_start(s, "ull");
		return;
	case '-':
		s->lex = LEX_MINUS;
		return;
	case '0':
		s->lex = LEX_ZERO;
		return;
	}
	if (c >= '1' && c <= '9')
		s->lex = LEX_INT;
	else
		scan_fail_start(s, c, "a value is expected here");
}

static void
scan_next(struct json_scan *s, unsigned char c)
{
	bool object = scan_in_object(s);

	if (c == ',')
		s->expect = object ? EXPECT_NAME : EXPECT_VALUE;
	else if (c == (object ? '}' : ']'))
		scan_close(s);
	else
		scan_fail(s, object ? "a , or } is expected here"
				    : "a , or ] is expected here");
}

static void
scan_name_start(struct json_scan *s, unsigned char c)
{
	if (c == '"')
		scan_string_start(s, true);
	else if (c == '}' && s->expect == EXPECT_NAME_OR_END)
		scan_close(s);
	else
		scan_fail(s, "a name in double quotes is expected here");
}

static void
scan_token(struct json_scan *s, unsigned char c)
{
	if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		return;
	switch (s->expect) {
	case EXPECT_OBJECT:
		if (c == '{')
			scan_open(s, true);
		else
			scan_fail_start(
			    s, c, "an object, {...}, is expected here");
		return;
	case EXPECT_VALUE_OR_END:
		if (c == ']') {
			scan_close(s);
			return;
		}
		/* fallthrough */
	case EXPECT_VALUE:
		scan_value_start(s, c);
		return;
	case EXPECT_NAME:
	case EXPECT_NAME_OR_END:
		scan_name_start(s, c);
		return;
	case EXPECT_COLON:
		if (c == ':')
			s->expect = EXPECT_VALUE;
		else
			scan_fail(s, "a : is expected here");
		return;
	case EXPECT_NEXT:
		scan_next(s, c);
		return;
	default:
		scan_fail(s, "nothing may follow the end of the value");
	}
}

/* The bounds of the second byte keep overlong forms, surrogates and code
 * points beyond U+10FFFF out (RFC 3629, section 4). */
static void
scan_utf8_start(struct json_scan *s, unsigned char lead)
{
	s->lex = LEX_UTF8;
	s->lo = 0x80;
	s->hi = 0xbf;
	if (lead >= 0xc2 && lead <= 0xdf) {
		s->left = 1;
	} else if (lead >= 0xe0 && lead <= 0xef) {
		s->left = 2;
		s->lo = lead == 0xe0 ? 0xa0 : 0x80;
		s->hi = lead == 0xed ? 0x9f : 0xbf;
	} else if (lead >= 0xf0 && lead <= 0xf4) {
		s->left = 3;
		s->lo = lead == 0xf0 ? 0x90 : 0x80;
		s->hi = lead == 0xf4 ? 0x8f : 0xbf;
	} else {
		scan_fail(s, "this is not UTF-8");
	}
}

static void
scan_utf8(struct json_scan *s, unsigned char c)
{
	if (c < s->lo || c > s->hi) {
		scan_fail(s, "this is not UTF-8");
		return;
	}
	s->lo = 0x80;
	s->hi = 0xbf;
	if (--s->left == 0)
		s->lex = LEX_STRING;
}

static void
scan_string(struct json_scan *s, unsigned char c)
{
	if (c == '\\') {
		s->lex = LEX_ESCAPE;
	} else if (c >= 0x80) {
		scan_utf8_start(s, c);
	} else if (c < 0x20) {
		scan_fail(s, "a control character, or a string without its "
			     "closing quote");
	} else if (c == '"' && s->in_name) {
		s->lex = LEX_NONE;
		s->expect = EXPECT_COLON;
	} else if (c == '"') {
		scan_value_end(s);
	}
}

static void
scan_escape(struct json_scan *s, unsigned char c)
{
	if (c == 'u') {
		s->lex = LEX_HEX;
		s->left = 4;
		s->code = 0;
	} else if (c && strchr("\"\\/bfnrt", c)) {
		s->lex = LEX_STRING;
	} else {
		scan_fail(s, "there is no such escape");
	}
}

/* Half a surrogate pair is no character, and NUL would end the string in C. */
static void
scan_hex_check(struct json_scan *s)
{
	if ((s->left == 3 && s->low && s->code != 0xd) ||
	    (s->left == 2 && ((s->code & 0xfc) == 0xdc) != s->low))
		scan_fail(s, "half a surrogate pair is no character");
	if (s->left > 0)
		return;
	if (s->code == 0)
		scan_fail(s, "the character NUL (\\u0000) cannot be stored");
	s->low = !s->low && (s->code & 0xfc00) == 0xd800;
	s->lex = s->low ? LEX_LOW : LEX_STRING;
}

static void
scan_hex(struct json_scan *s, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at =
	    c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 32 : c) : NULL;

	if (!at) {
		scan_fail(s, "four hexadecimal digits are expected here");
		return;
	}
	s->code = s->code << 4 | (uint32_t)(at - digits);
	s->left--;
	scan_hex_check(s);
}

static void
scan_low(struct json_scan *s, unsigned char c)
{
	if (s->lex == LEX_LOW && c == '\\')
		s->lex = LEX_LOW_U;
	else if (s->lex == LEX_LOW_U && c == 'u')
		scan_escape(s, c);
	else
		scan_fail(s, "half a surrogate pair is no character");
}

static void
scan_word(struct json_scan *s, unsigned char c)
{
	if (c != (unsigned char)*s->word)
		scan_fail(s, "only true, false and null stand without quotes");
	else if (*++s->word == '\0')
		scan_value_end(s);
}

/* Where a number goes from here; LEX_NONE: it has ended before the byte. */
static const struct {
	uint8_t zero, digit, point, e, sign;
	bool may_end;
} scan_numbers[] = {
    [LEX_MINUS] = {LEX_ZERO, LEX_INT, 0, 0, 0, false},
    [LEX_ZERO] = {0, 0, LEX_POINT, LEX_E, 0, true},
    [LEX_INT] = {LEX_INT, LEX_INT, LEX_POINT, LEX_E, 0, true},
    [LEX_POINT] = {LEX_FRACTION, LEX_FRACTION, 0, 0, 0, false},
    [LEX_FRACTION] = {LEX_FRACTION, LEX_FRACTION, 0, LEX_E, 0, true},
    [LEX_E] = {LEX_EXPONENT, LEX_EXPONENT, 0, 0, LEX_E_SIGN, false},
    [LEX_E_SIGN] = {LEX_EXPONENT, LEX_EXPONENT, 0, 0, 0, false},
    [LEX_EXPONENT] = {LEX_EXPONENT, LEX_EXPONENT, 0, 0, 0, true},
};

static int
scan_number_next(int lex, unsigned char c)
{
	switch (c) {
	case '0':
		return scan_numbers[lex].zero;
	case '.':
		return scan_numbers[lex].point;
	case 'e':
	case 'E':
		return scan_numbers[lex].e;
	case '+':
	case '-':
		return scan_numbers[lex].sign;
	}
	return c >= '1' && c <= '9' ? scan_numbers[lex].digit : LEX_NONE;
}

static void
scan_number(struct json_scan *s, unsigned char c)
{
	int next = scan_number_next(s->lex, c);

	if (next != LEX_NONE) {
		s->lex = next;
	} else if (scan_numbers[s->lex].may_end) {
		scan_value_end(s);
		scan_token(s, c);
	} else {
		scan_fail(s, "a digit is expected here");
	}
}

static void
scan_byte(struct json_scan *s, unsigned char c)
{
	switch (s->lex) {
	case LEX_NONE:
		scan_token(s, c);
		return;
	case LEX_STRING:
		scan_string(s, c);
		return;
	case LEX_ESCAPE:
		scan_escape(s, c);
		return;
	case LEX_HEX:
		scan_hex(s, c);
		return;
	case LEX_LOW:
	case LEX_LOW_U:
		scan_low(s, c);
		return;
	case LEX_UTF8:
		scan_utf8(s, c);
		return;
	case LEX_WORD:
		scan_word(s, c);
		return;
	default:
		scan_number(s, c);
	}
}

enum json_scan_state
json_scan_feed(struct json_scan *s, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (; len > 0 && s->state != JSON_SCAN_ERROR; len--) {
		scan_byte(s, *p++);
		if (s->state != JSON_SCAN_ERROR)
			s->offset++;
	}
	return s->state;
}
