/* SPDX-License-Identifier: MIT */
/* Prints as jq does, byte for byte: what we render, `jq .` leaves alone. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/text.h"
#include "json_int.h"

#define JSON_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

struct json_style {
	bool pretty;
	bool sorted;
};

static int json_print_value(
    const cJSON *c, int depth, struct json_style style, struct buf *out);

/* ---- numbers ---- */

/* The fewest digits that read back as d > 0, and the power of ten of the
 * first of them. */
static int
json_shortest(double d, char digits[20], int *ret_n)
{
	char text[40], *p;
	int precision = 0, n = 0;

	do
		snprintf(text, sizeof(text), "%.*e", precision, d);
	while (++precision < 17 && strtod(text, NULL) != d);
	for (p = text; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	*ret_n = n;
	return (int)strtol(p + 1, NULL, 10);
}

/* d > 0 has a fraction.  As jq lays it out: an exponent of at least two digits
 * where the point is far to the left, otherwise plain. */
static int
json_print_fraction(double d, struct buf *out)
{
	char digits[20];
	int n, power = json_shortest(d, digits, &n), point = power + 1;

	if (point <= -4)
		return buf_printf(out, "%c%s%.*se-%02d", digits[0],
		    n > 1 ? "." : "", n - 1, digits + 1, -power);
	if (point <= 0)
		return buf_printf(out, "0.%.*s%.*s", -point, "000", n, digits);
	return buf_printf(
	    out, "%.*s.%.*s", point, digits, n - point, digits + point);
}

/* Beyond JSON_INT_MAX there are no numbers in a tree. */
static int
json_print_number(double d, struct buf *out)
{
	int r = signbit(d) ? buf_putc(out, '-') : 0;

	if (r < 0)
		return r;
	d = fabs(d);
	if (d == (double)(int64_t)d)
		return buf_printf(out, "%lld", (long long)d);
	return json_print_fraction(d, out);
}

/* ---- strings ---- */

static int
json_print_escape(unsigned char c, struct buf *out)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *at = strchr(plain, c);

	if (at)
		return buf_printf(out, "\\%c", letters[at - plain]);
	return buf_printf(out, "\\u%04x", c);
}

/* How many bytes from s on need no escape; stops at the NUL. */
static size_t
json_plain_bytes(const char *s, const char *end)
{
	const char *p = s;

	while (p < end) {
		unsigned char c = (unsigned char)*p;
		size_t n = text_utf8_n(p, (size_t)(end - p));

		if (n == 0 || c < 0x20 || c == 0x7f || c == '"' || c == '\\')
			break;
		p += n;
	}
	return (size_t)(p - s);
}

int
json_print_str(const char *s, struct buf *out)
{
	const char *end = s + strlen(s);
	int r = buf_putc(out, '"');

	while (r == 0 && s < end) {
		size_t n = json_plain_bytes(s, end);

		r = buf_append(out, s, n);
		s += n;
		if (r < 0 || s == end)
			break;
		r = (unsigned char)*s < 0x80
			? json_print_escape((unsigned char)*s, out)
			: buf_puts(out, JSON_REPLACEMENT);
		s++;
	}
	return r < 0 ? r : buf_putc(out, '"');
}

/* ---- arrays and objects ---- */

static int
json_print_break(int depth, struct json_style style, struct buf *out)
{
	int r = 0;

	if (!style.pretty)
		return 0;
	r = buf_putc(out, '\n');
	while (r == 0 && depth-- > 0)
		r = buf_puts(out, "  ");
	return r;
}

static int
json_print_child(const cJSON *c, bool first, int depth, struct json_style style,
    struct buf *out)
{
	int r = first ? 0 : buf_putc(out, ',');

	if (r == 0)
		r = json_print_break(depth, style, out);
	if (r == 0 && c->string) {
		r = json_print_str(c->string, out);
		if (r == 0)
			r = buf_puts(out, style.pretty ? ": " : ":");
	}
	return r < 0 ? r : json_print_value(c, depth, style, out);
}

static int
json_compare_names(const void *a, const void *b)
{
	const cJSON *const *x = a, *const *y = b;

	return strcmp((*x)->string, (*y)->string);
}

/* The members in byte order of their names; on the heap. */
static const cJSON **
json_sort_members(const cJSON *c, size_t *ret_n)
{
	size_t n = json_n(json_out(c)), i = 0;
	const cJSON **v = calloc(n, sizeof(*v)), *child;

	if (!v)
		return NULL;
	cJSON_ArrayForEach(child, c) v[i++] = child;
	qsort(v, n, sizeof(*v), json_compare_names);
	*ret_n = n;
	return v;
}

static int
json_print_sorted(
    const cJSON *c, int depth, struct json_style style, struct buf *out)
{
	size_t n, i;
	const cJSON **v = json_sort_members(c, &n);
	int r = v ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < n; i++)
		r = json_print_child(v[i], i == 0, depth, style, out);
	free(v);
	return r;
}

static int
json_print_children(
    const cJSON *c, int depth, struct json_style style, struct buf *out)
{
	const cJSON *child;
	int r = 0;

	if (style.sorted && cJSON_IsObject(c))
		return json_print_sorted(c, depth, style, out);
	for (child = c->child; r == 0 && child; child = child->next)
		r = json_print_child(
		    child, child == c->child, depth, style, out);
	return r;
}

static int
json_print_container(
    const cJSON *c, int depth, struct json_style style, struct buf *out)
{
	const char *ends = cJSON_IsObject(c) ? "{}" : "[]";
	int r;

	if (!c->child)
		return buf_puts(out, ends);
	r = buf_putc(out, ends[0]);
	if (r == 0)
		r = json_print_children(c, depth + 1, style, out);
	if (r == 0)
		r = json_print_break(depth, style, out);
	return r < 0 ? r : buf_putc(out, ends[1]);
}

static int
json_print_value(
    const cJSON *c, int depth, struct json_style style, struct buf *out)
{
	switch (json_type(json_out(c))) {
	case JSON_BOOL:
		return buf_puts(out, cJSON_IsTrue(c) ? "true" : "false");
	case JSON_NUMBER:
		return json_print_number(c->valuedouble, out);
	case JSON_STRING:
		return json_print_str(c->valuestring, out);
	case JSON_ARRAY:
	case JSON_OBJECT:
		return json_print_container(c, depth, style, out);
	default:
		return buf_puts(out, "null");
	}
}

int
json_print(const struct json *j, struct buf *out)
{
	return json_print_value(json_in(j), 0, (struct json_style){0}, out);
}

int
json_print_pretty(const struct json *j, int depth, bool sorted, struct buf *out)
{
	struct json_style style = {true, sorted};

	return json_print_value(json_in(j), depth, style, out);
}
