/* SPDX-License-Identifier: MIT */
/*
 * The form of a profile: lines, sections, comments, quotes.  Knows no key.
 */
#include <errno.h>
#include <string.h>

#include "conf.h"
#include "gotofs/err.h"
#include "gotofs/text.h"

static bool
ini_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *
ini_skip(char *s)
{
	while (ini_is_blank(*s))
		s++;
	return s;
}

static void
ini_trim_end(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && (ini_is_blank(s[n - 1]) || s[n - 1] == '\r'))
		s[--n] = '\0';
}

static bool
ini_is_comment(const char *s)
{
	return *s == ';' || *s == '#';
}

/* Ends a bare value before a comment. */
static void
ini_cut_comment(char *s)
{
	char *p;

	for (p = s; *p; p++)
		if (ini_is_comment(p) && (p == s || ini_is_blank(p[-1]))) {
			*p = '\0';
			return;
		}
}

static int
ini_escape(char c, struct err *err)
{
	switch (c) {
	case 'n':
		return '\n';
	case '"':
	case '\\':
		return c;
	default:
		return err_set(err, -EINVAL,
		    "unknown escape in quotes; allowed: \\n, \\\", \\\\");
	}
}

/* s is behind the opening quote: unquoted in place. */
static int
ini_unquote(char *s, struct err *err)
{
	char *to = s, *from = s;
	int c;

	while (*from && *from != '"') {
		c = *from++;
		if (c == '\\') {
			c = ini_escape(*from, err);
			if (c < 0)
				return c;
			from++;
		}
		*to++ = (char)c;
	}
	if (*from != '"')
		return err_set(err, -EINVAL, "the closing quote is missing");
	from = ini_skip(from + 1);
	if (*from && !ini_is_comment(from))
		return err_set(
		    err, -EINVAL, "text behind the closing quote: %s", from);
	*to = '\0';
	return 0;
}

static int
ini_section(char *s, struct conf_line *line, struct err *err)
{
	char *end = strchr(s, ']');

	if (!end)
		return err_set(err, -EINVAL, "a section is [name]: \"%s\"", s);
	*end = '\0';
	end = ini_skip(end + 1);
	if (*end && !ini_is_comment(end))
		return err_set(
		    err, -EINVAL, "text behind the section: %s", end);
	s = ini_skip(s + 1);
	ini_trim_end(s);
	line->section = s;
	line->key = line->value = NULL;
	return 0;
}

static int
ini_pair(char *s, struct conf_line *line, struct err *err)
{
	char *value = strchr(s, '=');

	if (!value)
		return err_set(err, -EINVAL,
		    "expected [section] or key = value: \"%s\"", s);
	*value++ = '\0';
	ini_trim_end(s);
	value = ini_skip(value);
	line->key = s;
	if (*value == '"') {
		line->value = value + 1;
		return ini_unquote(value + 1, err);
	}
	ini_cut_comment(value);
	ini_trim_end(value);
	line->value = value;
	return 0;
}

static int
ini_line(char *s, struct conf_line *line, conf_line_fn fn, void *ctx,
    struct err *err)
{
	int r;

	s = ini_skip(s);
	ini_trim_end(s);
	if (*s == '\0' || ini_is_comment(s))
		return 0;
	r = *s == '[' ? ini_section(s, line, err) : ini_pair(s, line, err);
	return r < 0 ? r : fn(ctx, line, err);
}

int
conf_ini_parse(const char *file, char *text, size_t len, conf_line_fn fn,
    void *ctx, struct err *err)
{
	struct conf_line line = {file, 0, "", NULL, NULL};
	char *next = text;
	int r;

	if (strlen(text) != len || !text_is_utf8(text, len))
		return err_set(err, -EINVAL, "%s: not UTF-8 text", file);
	if (text_starts(next, "\xef\xbb\xbf"))
		next += 3; /* of an editor that marks UTF-8 */
	while (next) {
		char *s = next;

		next = strchr(s, '\n');
		if (next)
			*next++ = '\0';
		line.number++;
		r = ini_line(s, &line, fn, ctx, err);
		if (r < 0)
			return err_prefix(err, "%s:%d", file, line.number);
	}
	return 0;
}
