/* SPDX-License-Identifier: MIT */
/*
 * reports_prices: prices.csv: license, price, currency; a line each.
 *
 * Read strictly, for a price that is silently left out is a wrong sum: one bad
 * line, and the reports have no prices but a sentence about it.
 */
#include "reports_int.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/pattern.h"
#include "gotofs/text.h"

#define PRICES_BYTES_MAX (1024 * 1024)
#define PRICES_MAX 10000
#define PRICES_WHOLE_DIGITS 9
#define PRICES_FIELDS 3

void
reports_prices_done(struct reports_prices *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		free(p->v[i].license);
	free(p->v);
	p->v = NULL;
	p->n = 0;
}

/* ---- a line ---- */

/* One field of a line, without its quotes and the blanks around it; *at moves
 * behind it. -EINVAL: a quote that does not end, or text behind it. */
static int
prices_field(const char **at, const char *end, struct buf *out)
{
	const char *s = *at;
	int r = 0;

	buf_clear(out);
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	if (s < end && *s == '"') {
		for (s++; r == 0 && s < end; s++) {
			if (*s == '"' && (s + 1 == end || s[1] != '"'))
				break;
			s += *s == '"';
			r = buf_putc(out, *s);
		}
		if (r == 0 && s++ >= end)
			return -EINVAL;
		while (s < end && (*s == ' ' || *s == '\t'))
			s++;
	} else {
		for (; r == 0 && s < end && *s != ','; s++)
			r = buf_putc(out, *s);
		while (out->len > 0 && strchr(" \t", out->data[out->len - 1]))
			buf_resize(out, out->len - 1);
	}
	if (r == 0 && s < end && *s != ',')
		return -EINVAL;
	*at = s;
	return r;
}

/* "12", "12.5", "12.3456" */
static int
prices_money(const char *s, int64_t *ret)
{
	size_t whole = strspn(s, "0123456789"), part = 0;
	int64_t money = 0;
	size_t i;

	if (s[whole] == '.')
		part = strspn(s + whole + 1, "0123456789");
	if (whole == 0 || whole > PRICES_WHOLE_DIGITS || part > 4 ||
	    (s[whole] == '.' && part == 0) ||
	    s[whole + part + (s[whole] == '.')])
		return -EINVAL;
	for (i = 0; i < whole; i++)
		money = money * 10 + (s[i] - '0');
	for (i = 0; i < 4; i++)
		money = money * 10 + (i < part ? s[whole + 1 + i] - '0' : 0);
	*ret = money;
	return 0;
}

static int
prices_check(const char *const field[PRICES_FIELDS], struct reports_price *p,
    struct err *err)
{
	const char *currency = field[2], *fault = pattern_fault(field[0]);

	if (!*field[0])
		return err_set(err, -EINVAL,
		    "no license; a line is: license or pattern, price of a "
		    "seat and month, currency");
	if (fault)
		return err_set(err, -EINVAL,
		    "\"%s\" is no pattern of a license: it %s", field[0],
		    fault);
	if (prices_money(field[1], &p->money) < 0)
		return err_set(err, -EINVAL,
		    "\"%s\" is no price; it is digits, and after a point at "
		    "most four more",
		    field[1]);
	if (strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3 || currency[3])
		return err_set(err, -EINVAL,
		    "\"%s\" is no currency; it is three capital letters",
		    currency);
	memcpy(p->currency, currency, sizeof(p->currency));
	p->license = text_dup(field[0]);
	return p->license ? 0 : err_nomem(err);
}

static int
prices_add(
    struct reports_prices *p, const struct reports_price *v, struct err *err)
{
	struct reports_price *grown;

	if (p->n >= PRICES_MAX)
		return err_set(err, -EINVAL, "more than %d lines", PRICES_MAX);
	grown = reallocarray(p->v, p->n + 1, sizeof(*grown));
	if (!grown)
		return err_nomem(err);
	p->v = grown;
	grown[p->n++] = *v;
	return 0;
}

/* first: it may be the names of the columns. */
static int
prices_line(struct reports_prices *p, const char *line, const char *end,
    bool first, struct err *err)
{
	AUTO(buf_done) struct buf a = BUF_MAX(PRICES_BYTES_MAX);
	AUTO(buf_done) struct buf b = BUF_MAX(PRICES_BYTES_MAX);
	AUTO(buf_done) struct buf c = BUF_MAX(PRICES_BYTES_MAX);
	struct buf *field[PRICES_FIELDS] = {&a, &b, &c};
	struct reports_price v = {.license = NULL};
	int i, r = 0;

	for (i = 0; r == 0 && i < PRICES_FIELDS; i++) {
		r = prices_field(&line, end, field[i]);
		if (r == 0 && (line < end) != (i + 1 < PRICES_FIELDS))
			r = -EINVAL;
		line += r == 0 && line < end; /* the comma */
	}
	if (r == -EINVAL)
		return err_set(err, r,
		    "not three fields; a line is: license or pattern, price "
		    "of a seat and month, currency");
	if (r < 0)
		return err_nomem(err);
	if (first && strcmp(buf_str(&a), "license") == 0)
		return 0;
	r = prices_check(
	    (const char *const[]){buf_str(&a), buf_str(&b), buf_str(&c)}, &v,
	    err);
	if (r == 0)
		r = prices_add(p, &v, err);
	if (r < 0)
		free(v.license);
	return r;
}

/* ---- the file ---- */

static int
prices_lines(
    const char *text, size_t len, struct reports_prices *ret, struct err *err)
{
	const char *at = text, *end = text + len;
	bool first = true;
	int number, r = 0;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at += 3; /* a spreadsheet's mark of UTF-8 */
	for (number = 1; r == 0 && at < end; number++) {
		size_t n = ret->n;
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		const char *stop = nl ? nl : end, *line = at;

		at = nl ? nl + 1 : end;
		if (stop > line && stop[-1] == '\r')
			stop--;
		while (line < stop && (*line == ' ' || *line == '\t'))
			line++;
		if (line == stop || *line == '#')
			continue;
		r = prices_line(ret, line, stop, first, err);
		if (r == -EINVAL)
			err_prefix(err, "line %d", number);
		if (ret->n > n)
			ret->v[n].line = number;
		first = false;
	}
	return r;
}

int
reports_prices_parse(
    const char *text, size_t len, struct reports_prices *ret, struct err *err)
{
	AUTO(reports_prices_done) struct reports_prices p = REPORTS_PRICES_NONE;
	int r;

	if (!text_is_utf8(text, len) || memchr(text, 0, len))
		return err_set(err, -EINVAL, "not UTF-8 text");
	r = prices_lines(text, len, &p, err);
	if (r < 0)
		return r;
	*ret = p;
	p.v = NULL;
	p.n = 0;
	return 0;
}

static int
prices_load(int fd, struct buf *out, struct err *err)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "not a regular file");
	r = file_read_all(fd, out);
	return r < 0 ? err_set(err, r, "%s", strerror(-r)) : 0;
}

int
reports_prices_read(
    const char *file, struct reports_prices *ret, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(PRICES_BYTES_MAX);
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), r;

	if (fd < 0)
		return err_set(err, -errno, "%s: %s", file, strerror(errno));
	r = prices_load(fd, &text, err);
	close(fd);
	if (r == 0)
		r = reports_prices_parse(buf_str(&text), text.len, ret, err);
	return r < 0 ? err_prefix(err, "%s", file) : 0;
}

const struct reports_price *
reports_prices_find(const struct reports_prices *p, const char *license)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (fnmatch(p->v[i].license, license, 0) == 0)
			return &p->v[i];
	return NULL;
}
