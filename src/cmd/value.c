/* SPDX-License-Identifier: MIT */
#include "value.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/err.h"
#include "gotofs/pattern.h"
#include "gotofs/text.h"

#define VALUE_WHOLE_MAX INT64_C(999999999)
#define VALUE_REMOVALS_MAX 1000000
#define VALUE_BYTES_MIN 4096
#define VALUE_DURATION_MAX_MS INT64_C(86400000)

/* Digits, then perhaps a dot and up to three digits: in thousandths. */
static int
value_thousandths(const char *text, int64_t *ret)
{
	size_t decimals_n = 0, i;
	int64_t v;

	text = text_number(text, VALUE_WHOLE_MAX, &v);
	if (!text)
		return -EINVAL;
	if (*text == '.') {
		decimals_n = strspn(++text, "0123456789");
		if (decimals_n == 0 || decimals_n > 3)
			return -EINVAL;
	}
	for (i = 0; i < 3; i++)
		v = 10 * v + (i < decimals_n ? text[i] - '0' : 0);
	if (text[decimals_n] != '\0')
		return -EINVAL;
	*ret = v;
	return 0;
}

int
value_seconds(const char *text, int64_t min_ms, int64_t max_ms, bool zero_ok,
    int64_t *ret_ms, struct err *err)
{
	int64_t ms;

	if (value_thousandths(text, &ms) < 0 ||
	    (!(zero_ok && ms == 0) && (ms < min_ms || ms > max_ms)))
		return err_set(err, -EINVAL,
		    "\"%s\" is not a number of seconds from %g to %g%s", text,
		    (double)min_ms / 1000, (double)max_ms / 1000,
		    zero_ok ? ", or 0" : "");
	*ret_ms = ms;
	return 0;
}

int
value_duration(const char *text, int64_t *ret_ms, struct err *err)
{
	int64_t v, ms = 0;
	const char *unit = text_number(text, VALUE_WHOLE_MAX, &v);

	if (unit && strcmp(unit, "s") == 0)
		ms = v * 1000;
	else if (unit && strcmp(unit, "m") == 0)
		ms = v * 60 * 1000;
	else if (unit && strcmp(unit, "h") == 0)
		ms = v * 3600 * 1000;
	if (ms <= 0 || ms > VALUE_DURATION_MAX_MS)
		return err_set(err, -EINVAL,
		    "\"%s\" is not a time like 90s, 10m or 2h, up to 24h",
		    text);
	*ret_ms = ms;
	return 0;
}

int
value_removals(const char *text, int64_t *ret, struct err *err)
{
	int64_t v;
	const char *end = text_number(text, VALUE_REMOVALS_MAX, &v);

	if (!end || *end)
		return err_set(err, -EINVAL,
		    "\"%s\" is not a number of removals up to %d", text,
		    VALUE_REMOVALS_MAX);
	*ret = v;
	return 0;
}

int
value_rate(const char *text, double *ret, struct err *err)
{
	int64_t v;

	if (value_thousandths(text, &v) < 0 || v == 0 || v > 100000)
		return err_set(err, -EINVAL,
		    "\"%s\" is not a number of requests a second, above 0 and "
		    "up to 100",
		    text);
	*ret = (double)v / 1000;
	return 0;
}

int
value_umask(const char *text, mode_t *ret, struct err *err)
{
	size_t n = strlen(text);

	if (n < 3 || n > 4 || strspn(text, "01234567") != n ||
	    (n == 4 && *text != '0'))
		return err_set(err, -EINVAL,
		    "\"%s\" is not a umask of three octal digits", text);
	*ret = (mode_t)strtoul(text, NULL, 8);
	return 0;
}

static int
value_id(const char *text, unsigned *ret)
{
	int64_t v;

	if (*text == '\0' || text[strspn(text, "0123456789")] != '\0')
		return -ENOENT;
	if (!text_number(text, UINT32_MAX - INT64_C(1), &v))
		return -EINVAL;
	*ret = (unsigned)v;
	return 0;
}

int
value_user(const char *text, uid_t *ret, struct err *err)
{
	struct passwd *pw;
	unsigned id;
	int r = value_id(text, &id);

	if (r == -ENOENT && (pw = getpwnam(text))) {
		id = pw->pw_uid;
		r = 0;
	}
	if (r < 0)
		return err_set(err, -EINVAL,
		    "\"%s\" is neither a user nor the number of one", text);
	*ret = id;
	return 0;
}

int
value_group(const char *text, gid_t *ret, struct err *err)
{
	struct group *gr;
	unsigned id;
	int r = value_id(text, &id);

	if (r == -ENOENT && (gr = getgrnam(text))) {
		id = gr->gr_gid;
		r = 0;
	}
	if (r < 0)
		return err_set(err, -EINVAL,
		    "\"%s\" is neither a group nor the number of one", text);
	*ret = id;
	return 0;
}

const char *
value_log_level_name(size_t i)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

int
value_log_level(const char *text, enum log_level *ret, struct err *err)
{
	const char *name;
	size_t i;

	for (i = 0; (name = value_log_level_name(i)); i++)
		if (strcmp(text, name) == 0) {
			*ret = (enum log_level)i;
			return 0;
		}
	return err_set(err, -EINVAL,
	    "\"%s\" is not a level: error, warn, info or debug", text);
}

int
value_number(
    const char *text, long max, const char *what, long *ret, struct err *err)
{
	int64_t v;
	const char *end = text_number(text, max, &v);

	if (!end || *end || v < 1)
		return err_set(err, -EINVAL,
		    "\"%s\" is not a number of %s from 1 to %ld", text, what,
		    max);
	*ret = (long)v;
	return 0;
}

int
value_yes_no(const char *text, bool *ret, struct err *err)
{
	static const char *const words[] = {
	    "no", "yes", "false", "true", "off", "on", "0", "1"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i]) == 0) {
			*ret = i % 2;
			return 0;
		}
	return err_set(err, -EINVAL, "\"%s\" is neither yes nor no", text);
}

int
value_check_yes_no(const char *text, struct err *err)
{
	bool ignored;

	return value_yes_no(text, &ignored, err);
}

int
value_check_limit(const char *text, struct err *err)
{
	int64_t v;
	const char *end = text_number(text, VALUE_REMOVALS_MAX, &v);

	bool percent = end && strcmp(end, "%") == 0;

	/* a few always stay of a percentage: who writes 0% means 0 */
	if (percent && v == 0)
		return err_set(err, -EINVAL,
		    "\"%s\" would let 3 removals go; to let nothing go: 0",
		    text);
	if (end && (*end == '\0' || (percent && v <= 100)))
		return 0;
	return err_set(err, -EINVAL,
	    "\"%s\" is neither a number of removals nor a percentage like 10%%",
	    text);
}

int
value_bytes(const char *text, int64_t *ret, struct err *err)
{
	static const char units[] = "KMG";
	int64_t v;
	const char *end = text_number(text, VALUE_WHOLE_MAX, &v);
	const char *unit = end && *end ? strchr(units, *end) : NULL;

	if (unit) {
		v <<= 10 * (unit - units + 1);
		end++;
	}
	if (end && *end == '\0' && (v == 0 || v >= VALUE_BYTES_MIN)) {
		*ret = v;
		return 0;
	}
	return err_set(err, -EINVAL,
	    "\"%s\" is not a size like 64M, of at least 4K, or 0", text);
}

int
value_check_bytes(const char *text, struct err *err)
{
	int64_t v;

	return value_bytes(text, &v, err);
}

int
value_check_digits(const char *text, struct err *err)
{
	size_t n = strspn(text, "0123456789");

	if (n > 0 && n <= 64 && text[n] == '\0')
		return 0;
	return err_set(err, -EINVAL, "\"%s\" is not a key: digits only", text);
}

int
value_check_list(const char *text, struct err *err)
{
	AUTO(strv_done) char **v = NULL;
	const char *fault;
	char **p;

	if (text[strspn(text, ", \t")] == '\0')
		return err_set(err, -EINVAL,
		    "no pattern given; expected some like ceo@*, "
		    "*@example.com");
	v = strv_split(text, ",");
	if (!v)
		return err_nomem(err);
	for (p = v; *p; p++) {
		if (strpbrk(*p, " \t;"))
			return err_set(err, -EINVAL,
			    "\"%s\" is not an address pattern; separate them "
			    "by commas",
			    *p);
		fault = pattern_address_fault(*p);
		if (fault)
			return err_set(err, -EINVAL,
			    "\"%s\" is not an address pattern: it %s", *p,
			    fault);
	}
	return 0;
}

int
value_check_text(const char *text, struct err *err)
{
	if (*text)
		return 0;
	return err_set(err, -EINVAL, "the value is empty");
}
