/* SPDX-License-Identifier: MIT */
#include "gotofs/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
text_done(char **s)
{
	free(*s);
	*s = NULL;
}

char *
text_dup(const char *s)
{
	return s ? strdup(s) : NULL;
}

char *
text_printf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : s;
}

bool
text_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
text_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
text_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

const char *
text_number(const char *s, int64_t max, int64_t *ret)
{
	const char *at;
	int64_t v = 0;

	for (at = s; *at >= '0' && *at <= '9'; at++) {
		int64_t digit = *at - '0';

		if (digit > max || v > (max - digit) / 10)
			return NULL;
		v = 10 * v + digit;
	}
	if (at == s)
		return NULL;
	*ret = v;
	return at;
}

void
text_lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

/* The bytes that follow a lead byte, and the least code point it may make. */
static int
text_utf8_tail(unsigned char lead, uint32_t *ret_bits, uint32_t *ret_least)
{
	if (lead >= 0xc2 && lead <= 0xdf) {
		*ret_bits = lead & 0x1fu;
		*ret_least = 0x80;
		return 1;
	}
	if ((lead & 0xf0) == 0xe0) {
		*ret_bits = lead & 0x0fu;
		*ret_least = 0x800;
		return 2;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		*ret_bits = lead & 0x07u;
		*ret_least = 0x10000;
		return 3;
	}
	return -1;
}

size_t
text_utf8_n(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c, least;
	int tail, i;

	if (len == 0)
		return 0;
	if (*p < 0x80)
		return 1;
	tail = text_utf8_tail(*p, &c, &least);
	if (tail < 0 || len <= (size_t)tail)
		return 0;
	for (i = 1; i <= tail; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	return (size_t)tail + 1;
}

bool
text_is_utf8(const char *s, size_t len)
{
	while (len > 0) {
		size_t n = text_utf8_n(s, len);

		if (n == 0)
			return false;
		s += n;
		len -= n;
	}
	return true;
}

size_t
strv_n(char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

bool
strv_has(char *const *v, const char *s)
{
	for (; v && *v; v++)
		if (strcmp(*v, s) == 0)
			return true;
	return false;
}

int
strv_add_n(char ***v, size_t *n, const char *s)
{
	char *copy = strdup(s), **grown = *v;

	if (!copy)
		return -ENOMEM;
	/* grown at each power of two */
	if (!*v || (*n & (*n + 1)) == 0)
		grown = realloc(*v, (2 * *n + 2) * sizeof(*grown));
	if (!grown) {
		free(copy);
		return -ENOMEM;
	}
	*v = grown;
	grown[(*n)++] = copy;
	grown[*n] = NULL;
	return 0;
}

int
strv_add(char ***v, const char *s)
{
	size_t n = strv_n(*v);
	char *copy = strdup(s);
	char **grown = copy ? realloc(*v, (n + 2) * sizeof(*grown)) : NULL;

	if (!grown) {
		free(copy);
		return -ENOMEM;
	}
	grown[n] = copy;
	grown[n + 1] = NULL;
	*v = grown;
	return 0;
}

bool
strv_same_set(char *const *a, char *const *b)
{
	char *const *p;

	for (p = a; p && *p; p++)
		if (!strv_has(b, *p))
			return false;
	for (p = b; p && *p; p++)
		if (!strv_has(a, *p))
			return false;
	return true;
}

bool
strv_equal(char *const *a, char *const *b)
{
	size_t n = strv_n(a);

	if (n != strv_n(b))
		return false;
	while (n-- > 0)
		if (strcmp(a[n], b[n]) != 0)
			return false;
	return true;
}

char **
strv_dup(char *const *v)
{
	char **copy = NULL;
	size_t n = 0;

	for (; v && *v; v++)
		if (strv_add_n(&copy, &n, *v) < 0) {
			strv_free(copy);
			return NULL;
		}
	return copy;
}

void
strv_free(char **v)
{
	char **p;

	for (p = v; p && *p; p++)
		free(*p);
	free(v);
}

void
strv_done(char ***v)
{
	strv_free(*v);
	*v = NULL;
}

char **
strv_split(const char *s, const char *seps)
{
	char **v = NULL;
	size_t n = 0;

	while (s && *s) {
		size_t len = strcspn(s, seps);
		const char *from = s, *to = s + len;
		char *part;
		int r;

		while (from < to && (*from == ' ' || *from == '\t'))
			from++;
		while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
			to--;
		if (to > from) {
			part = strndup(from, (size_t)(to - from));
			r = part ? strv_add_n(&v, &n, part) : -ENOMEM;
			free(part);
			if (r < 0) {
				strv_free(v);
				return NULL;
			}
		}
		s += len + (s[len] != '\0');
	}
	return v;
}

char *
strv_join(char *const *v, const char *sep)
{
	size_t len = 1;
	char *const *p;
	char *s, *end;

	for (p = v; p && *p; p++)
		len += strlen(*p) + strlen(sep);
	s = end = malloc(len);
	if (!s)
		return NULL;
	*end = '\0';
	for (p = v; p && *p; p++)
		end = stpcpy(stpcpy(end, p == v ? "" : sep), *p);
	return s;
}
