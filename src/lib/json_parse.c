/* SPDX-License-Identifier: MIT */
/*
 * cJSON is lenient (bytes behind the value, raw control characters, numbers
 * that it rounds), so the text is judged by json_scan before cJSON sees it,
 * and numbers that a double cannot hold are put into quotes on the way.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json_scan.h"
#include "json_int.h"
#include "json_scan_int.h"

/* cJSON reads no more of a number: a longer one becomes a string. */
#define JSON_NUMBER_BYTES_MAX 60

/* -EINVAL; the place is counted in characters, as editors do. */
static int
json_fail_at(struct err *err, const char *text, size_t offset, const char *what,
    const char *name)
{
	size_t line = 1, column = 1, i;

	for (i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	return err_set(err, -EINVAL, "line %zu, column %zu: %s%s", line, column,
	    what, name);
}

static int
json_check(const char *text, size_t len, struct err *err)
{
	struct json_scan s;

	json_scan_init_any(&s);
	json_scan_feed(&s, text, len);
	if (s.state == JSON_SCAN_INCOMPLETE)
		json_scan_feed(&s, "\n", 1); /* ends a bare number */
	if (s.state == JSON_SCAN_COMPLETE)
		return 0;
	if (s.state == JSON_SCAN_INCOMPLETE || s.offset >= len)
		return json_fail_at(err, text, len,
		    "the JSON text ends before it is complete", "");
	return json_fail_at(err, text, s.offset, s.what, "");
}

/* The length of the string literal at text, quotes included. */
static size_t
json_string_bytes(const char *text)
{
	size_t n = 1;

	while (text[n] != '"')
		n += text[n] == '\\' ? 2 : 1;
	return n + 1;
}

/* Integer literals of 16 digits compare as text. */
static bool
json_int_fits(const char *digits, size_t n)
{
	return n < 16 ||
	       (n == 16 && memcmp(digits, "9007199254740992", 16) <= 0);
}

/* Can a double, by way of cJSON, hold this literal? */
static bool
json_number_fits(const char *text, size_t len)
{
	char copy[JSON_NUMBER_BYTES_MAX + 1];
	size_t sign = *text == '-', i;

	for (i = sign; i < len && text[i] >= '0' && text[i] <= '9'; i++)
		;
	if (i == len)
		return json_int_fits(text + sign, len - sign);
	if (len > JSON_NUMBER_BYTES_MAX)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return fabs(strtod(copy, NULL)) <= (double)JSON_INT_MAX;
}

static int
json_append_quoted(struct buf *out, const char *literal, size_t len)
{
	int r = buf_putc(out, '"');

	if (r == 0)
		r = buf_append(out, literal, len);
	return r < 0 ? r : buf_putc(out, '"');
}

/* Copies a valid text, with the numbers that a double cannot hold in quotes.
 * Leaves out empty where the text can stay as it is. */
static int
json_quote_numbers(const char *text, size_t len, struct buf *out)
{
	size_t done = 0, i = 0, n;
	int r;

	while (i < len) {
		if (text[i] == '"') {
			i += json_string_bytes(text + i);
			continue;
		}
		for (n = 0;
		     i + n < len && strchr("-+.0123456789eE", text[i + n]); n++)
			;
		if (n == 0 || text[i] == 'e' || json_number_fits(text + i, n)) {
			i += n ? n : 1; /* an e: of true or false */
			continue;
		}
		r = buf_append(out, text + done, i - done);
		if (r == 0)
			r = json_append_quoted(out, text + i, n);
		if (r < 0)
			return r;
		done = i += n;
	}
	return done ? buf_append(out, text + done, len - done) : 0;
}

/* A member, for the search of names that one object has twice. */
struct json_member {
	const cJSON *object;
	const char *name;
	size_t nth; /* in the order of the text */
};

static size_t
json_count_members(const cJSON *c)
{
	size_t n = 0;
	const cJSON *child;

	cJSON_ArrayForEach(child, c) n +=
	    (child->string != NULL) + json_count_members(child);
	return n;
}

static void
json_list_members(const cJSON *c, struct json_member *v, size_t *n)
{
	const cJSON *child;

	cJSON_ArrayForEach(child, c)
	{
		if (child->string) {
			v[*n] = (struct json_member){c, child->string, *n};
			++*n;
		}
		json_list_members(child, v, n);
	}
}

static int
json_member_compare(const void *a, const void *b)
{
	const struct json_member *x = a, *y = b;
	int order;

	if (x->object != y->object)
		return (uintptr_t)x->object < (uintptr_t)y->object ? -1 : 1;
	order = strcmp(x->name, y->name);
	if (order)
		return order;
	return x->nth < y->nth ? -1 : x->nth > y->nth;
}

/* The first member in the text whose object has its name already, or NULL. */
static const struct json_member *
json_find_twice(struct json_member *v, size_t n)
{
	const struct json_member *found = NULL;
	size_t i;

	qsort(v, n, sizeof(*v), json_member_compare);
	for (i = 1; i < n; i++)
		if (v[i].object == v[i - 1].object &&
		    strcmp(v[i].name, v[i - 1].name) == 0 &&
		    (!found || v[i].nth < found->nth))
			found = &v[i];
	return found;
}

/* Where the nth name of a valid text begins. */
static size_t
json_find_name(const char *text, size_t len, size_t nth)
{
	size_t i = 0, start;

	for (;;) {
		while (text[i] != '"')
			i++;
		start = i;
		i += json_string_bytes(text + i);
		i += strspn(text + i, " \t\r\n");
		if (i < len && text[i] == ':' && nth-- == 0)
			return start;
	}
}

static int
json_check_names(const cJSON *c, const char *text, size_t len, struct err *err)
{
	AUTO(buf_done) struct buf name = BUF_MAX(SIZE_MAX / 2);
	size_t n = json_count_members(c), filled = 0;
	const struct json_member *twice;
	struct json_member *v;
	int r = 0;

	if (n < 2)
		return 0;
	v = calloc(n, sizeof(*v));
	if (!v)
		return err_nomem(err);
	json_list_members(c, v, &filled);
	twice = json_find_twice(v, n);
	if (twice && json_print_str(twice->name, &name) < 0)
		r = err_nomem(err);
	else if (twice)
		r = json_fail_at(err, text,
		    json_find_name(text, len, twice->nth),
		    "this name is there twice: ", buf_str(&name));
	free(v);
	return r;
}

int
json_parse(const char *text, size_t len, struct json **ret, struct err *err)
{
	AUTO(buf_done) struct buf quoted = BUF_MAX(SIZE_MAX / 2);
	cJSON *c;
	int r = json_check(text, len, err);

	if (r < 0)
		return r;
	if (json_quote_numbers(text, len, &quoted) < 0)
		return err_nomem(err);
	c = quoted.len ? cJSON_ParseWithLength(quoted.data, quoted.len)
		       : cJSON_ParseWithLength(text, len);
	if (!c)
		return err_nomem(err);
	r = json_check_names(c, text, len, err);
	if (r < 0) {
		cJSON_Delete(c);
		return r;
	}
	*ret = json_out(c);
	return 0;
}
