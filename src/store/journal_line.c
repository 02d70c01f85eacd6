/* SPDX-License-Identifier: MIT */
#include "store_int.h"

#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A clock that was never set may stand before 1970: that is still a time. */
static int
line_time(int64_t time_ms, struct buf *out)
{
	int ms = (int)((time_ms % 1000 + 1000) % 1000);
	char text[CLOCK_ISO_BYTES];
	int n = (int)strlen(clock_iso(time_ms, text)) - 1;

	return buf_printf(out, "{\"time\":\"%.*s.%03dZ\"", n, text, ms);
}

/* A process's name may be any bytes: what is not UTF-8 becomes '?'. */
static int
line_bytes(const char *s, struct buf *out)
{
	AUTO(text_done) char *copy = NULL;

	if (text_is_utf8(s, strlen(s)))
		return json_print_str(s, out);
	copy = text_dup(s);
	if (!copy)
		return -ENOMEM;
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	return json_print_str(copy, out);
}

static int
line_name(const char *name, struct buf *out)
{
	return buf_printf(out, ",\"%s\":", name);
}

static int
line_int(const char *name, int64_t value, bool known, struct buf *out)
{
	if (!known)
		return buf_printf(out, ",\"%s\":null", name);
	return buf_printf(out, ",\"%s\":%lld", name, (long long)value);
}

static int
line_str(const char *name, const char *value, struct buf *out)
{
	int r = line_name(name, out);

	if (r < 0)
		return r;
	return value ? line_bytes(value, out) : buf_puts(out, "null");
}

/* JSON without the white space between its tokens: one line. */
static int
line_json(const char *name, const char *text, struct buf *out)
{
	bool inside = false;
	int r = line_name(name, out);

	if (r < 0)
		return r;
	if (!text)
		return buf_puts(out, "null");
	for (const char *p = text; *p && r >= 0; p++) {
		if (*p == '"')
			inside = !inside;
		if (!inside && strchr(" \t\r\n", *p))
			continue;
		r = buf_putc(out, *p);
		if (r >= 0 && inside && *p == '\\' && p[1])
			r = buf_putc(out, *++p);
	}
	return r;
}

int
store_journal_line(const struct store_journal_entry *e, int64_t seq,
    const char *prev, struct buf *out)
{
	int r;

	if ((r = line_time(e->time_ms, out)) < 0 ||
	    (r = line_int("seq", seq, true, out)) < 0 ||
	    (r = line_int("uid", e->uid, true, out)) < 0 ||
	    (r = line_int("pid", e->pid, true, out)) < 0 ||
	    (r = line_str("command", e->command, out)) < 0 ||
	    (r = line_str("verb", e->verb, out)) < 0 ||
	    (r = line_str("object", e->object, out)) < 0 ||
	    (r = line_json("before", e->before, out)) < 0 ||
	    (r = line_json("after", e->after, out)) < 0 ||
	    (r = line_int("http", e->http_status, e->http_status != 0, out)) <
		0 ||
	    (r = line_str("result", e->result, out)) < 0 ||
	    (r = line_str("reason", e->reason, out)) < 0 ||
	    (r = line_str("prev", prev, out)) < 0)
		return r;
	return buf_putc(out, '}');
}
