/* SPDX-License-Identifier: MIT */
/* reclaim_rules: reclaim/rules.json as a struct (DESIGN 5). */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/pattern.h"
#include "gotofs/text.h"
#include "reclaim_int.h"

const char reclaim_rules_default[] = "{\n"
				     "  \"inactive_days\": 60,\n"
				     "  \"new_seat_grace_days\": 30,\n"
				     "  \"max_data_age_hours\": 48,\n"
				     "  \"licenses\": {},\n"
				     "  \"exemptions\": []\n"
				     "}\n";

/* Where in the text, for sentences: "licenses.gotowebinar-pro.". */
#define RULES_WHERE_BYTES 200

static const struct {
	const char *name;
	size_t offset;
	long min, max;
} rules_limit[] = {
    {"inactive_days", offsetof(struct reclaim_limits, inactive_days), 1,
	RECLAIM_DAYS_MAX},
    {"new_seat_grace_days",
	offsetof(struct reclaim_limits, new_seat_grace_days), 0,
	RECLAIM_DAYS_MAX},
    {"max_data_age_hours", offsetof(struct reclaim_limits, max_data_age_hours),
	1, RECLAIM_AGE_HOURS_MAX},
};
#define RULES_LIMITS_N (sizeof(rules_limit) / sizeof(rules_limit[0]))

/* ---- values ---- */

/* A whole number, as JSON writes one; -1: anything else. */
static long
rules_whole(const struct json *j)
{
	AUTO(text_done) char *digits = NULL;

	if (json_type(j) != JSON_NUMBER)
		return -1;
	digits = json_key(j);
	if (!digits || digits[strspn(digits, "0123456789")] != '\0' ||
	    strlen(digits) > 9)
		return digits ? -1 : -ENOMEM;
	return strtol(digits, NULL, 10);
}

/* *ret_known: it is one of the three. */
static int
rules_read_limit(const struct json *j, const char *where,
    struct reclaim_limits *l, bool *ret_known, struct err *err)
{
	size_t i;
	long v;

	for (i = 0; i < RULES_LIMITS_N; i++)
		if (strcmp(json_name(j), rules_limit[i].name) == 0)
			break;
	*ret_known = i < RULES_LIMITS_N;
	if (!*ret_known)
		return 0;
	v = rules_whole(j);
	if (v == -ENOMEM)
		return err_nomem(err);
	if (v < rules_limit[i].min || v > rules_limit[i].max)
		return err_set(err, -EINVAL,
		    "%s%s is to be a whole number from %ld to %ld", where,
		    rules_limit[i].name, rules_limit[i].min,
		    rules_limit[i].max);
	*(long *)((char *)l + rules_limit[i].offset) = v;
	return 0;
}

/* A line of printable text. */
static bool
rules_is_line(const char *s, size_t max)
{
	size_t n = s ? strlen(s) : 0, i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 127)
			return false;
	return n > 0 && n <= max && s[strspn(s, " ")] != '\0';
}

static int
rules_read_reason(
    const struct json *j, const char *where, char **ret, struct err *err)
{
	if (!rules_is_line(json_str(j), RECLAIM_REASON_BYTES))
		return err_set(err, -EINVAL,
		    "%sreason is to be a line of text of 1 to %d bytes", where,
		    RECLAIM_REASON_BYTES);
	*ret = text_dup(json_str(j));
	return *ret ? 0 : err_nomem(err);
}

static int
rules_read_pattern(const struct json *j, const char *where,
    const char *(*find_fault)(const char *), char **ret, struct err *err)
{
	const char *pattern = json_str(j) ? json_str(j) : "", *fault;

	if (!rules_is_line(pattern, RECLAIM_PATTERN_BYTES))
		return err_set(err, -EINVAL,
		    "%s%s is to be a pattern as \"*@board.example.com\", of 1 "
		    "to %d bytes",
		    where, json_name(j), RECLAIM_PATTERN_BYTES);
	fault = find_fault(pattern);
	if (fault)
		return err_set(err, -EINVAL, "%s%s is to be a pattern: it %s",
		    where, json_name(j), fault);
	*ret = text_dup(pattern);
	return *ret ? 0 : err_nomem(err);
}

static int
rules_read_address(const struct json *j, const char *where,
    struct reclaim_exemption *e, struct err *err)
{
	int r = rules_read_pattern(
	    j, where, pattern_address_fault, &e->pattern, err);

	if (r == 0)
		e->exact = !strpbrk(e->pattern, "*?[\\");
	return r;
}

/* "2026-12-31": the end of that day, in UTC; 0: no such day. */
static int64_t
rules_end_of_day(const char *s)
{
	struct tm tm = {0}, back;
	time_t at;
	int n = 0;

	if (!s || strlen(s) != 10 || s[4] != '-' || s[7] != '-' ||
	    strspn(s, "0123456789-") != 10 ||
	    sscanf(s, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		&n) != 3 ||
	    n != 10 || tm.tm_year < 1970)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	back = tm;
	at = timegm(&back);
	if (back.tm_year != tm.tm_year || back.tm_mon != tm.tm_mon ||
	    back.tm_mday != tm.tm_mday)
		return 0;
	return ((int64_t)at + 86400) * 1000;
}

/* ---- licenses ---- */

static int
rules_read_override(
    const struct json *j, struct reclaim_override *o, struct err *err)
{
	char where[RULES_WHERE_BYTES];
	const struct json *m;
	const char *fault;
	bool known = true;
	int r = 0;

	if (!rules_is_line(json_name(j), RECLAIM_PATTERN_BYTES))
		return err_set(err, -EINVAL,
		    "a name in licenses is to be that of a folder in "
		    "licenses/, or a pattern of it");
	fault = pattern_fault(json_name(j));
	if (fault)
		return err_set(err, -EINVAL,
		    "licenses.%.150s is to be a pattern: it %s", json_name(j),
		    fault);
	o->license = text_dup(json_name(j));
	if (!o->license)
		return err_nomem(err);
	snprintf(where, sizeof(where), "licenses.%.150s.", json_name(j));
	if (json_type(j) != JSON_OBJECT)
		return err_set(err, -EINVAL,
		    "licenses.%.150s is to be an object with inactive_days, "
		    "new_seat_grace_days or max_data_age_hours",
		    json_name(j));
	for (m = json_first(j); r == 0 && m; m = json_next(m)) {
		r = rules_read_limit(m, where, &o->limits, &known, err);
		if (r == 0 && !known)
			r = err_set(err, -EINVAL,
			    "%s%.60s is unknown; allowed are inactive_days, "
			    "new_seat_grace_days and max_data_age_hours",
			    where, json_name(m));
	}
	return r;
}

/* The general limits are known by now: absent ones are theirs. */
static int
rules_read_licenses(
    const struct json *j, struct reclaim_rules *r, struct err *err)
{
	const struct json *m;
	int e = 0;

	if (json_type(j) != JSON_OBJECT || json_n(j) > RECLAIM_OVERRIDES_MAX)
		return err_set(err, -EINVAL,
		    "licenses is to be an object of at most %d names of "
		    "licenses",
		    RECLAIM_OVERRIDES_MAX);
	if (json_n(j) == 0)
		return 0;
	r->override = calloc(json_n(j), sizeof(*r->override));
	if (!r->override)
		return err_nomem(err);
	for (m = json_first(j); e == 0 && m; m = json_next(m)) {
		struct reclaim_override *o = &r->override[r->overrides_n++];

		o->limits = r->limits;
		e = rules_read_override(m, o, err);
	}
	return e;
}

/* ---- exemptions ---- */

static int
rules_read_exemption_member(const struct json *j, const char *where,
    struct reclaim_exemption *e, struct err *err)
{
	const char *name = json_name(j);

	if (strcmp(name, "pattern") == 0)
		return rules_read_address(j, where, e, err);
	if (strcmp(name, "license") == 0)
		return rules_read_pattern(
		    j, where, pattern_fault, &e->license, err);
	if (strcmp(name, "reason") == 0)
		return rules_read_reason(j, where, &e->reason, err);
	if (strcmp(name, "until") != 0)
		return err_set(err, -EINVAL,
		    "%s%.60s is unknown; allowed are pattern, license, until "
		    "and reason",
		    where, name);
	e->until_ms = rules_end_of_day(json_str(j));
	return e->until_ms
		   ? 0
		   : err_set(err, -EINVAL,
			 "%suntil is to be a day as \"2027-03-31\"", where);
}

static int
rules_read_exemption(const struct json *j, size_t i,
    struct reclaim_exemption *e, struct err *err)
{
	char where[RULES_WHERE_BYTES];
	const struct json *m;
	int r = 0;

	snprintf(where, sizeof(where), "exemptions[%zu].", i);
	if (json_type(j) != JSON_OBJECT)
		return err_set(err, -EINVAL,
		    "exemptions[%zu] is to be an object with pattern and "
		    "reason, and license or until where needed",
		    i);
	for (m = json_first(j); r == 0 && m; m = json_next(m))
		r = rules_read_exemption_member(m, where, e, err);
	if (r == 0 && !e->pattern)
		r = err_set(err, -EINVAL,
		    "%spattern is required: an address, or a pattern as "
		    "\"*@board.example.com\"",
		    where);
	if (r == 0 && !e->reason)
		r = err_set(err, -EINVAL,
		    "%sreason is required: why nobody is to take this seat",
		    where);
	return r;
}

static int
rules_read_exemptions(
    const struct json *j, struct reclaim_rules *r, struct err *err)
{
	const struct json *m;
	int e = 0;

	if (json_type(j) != JSON_ARRAY || json_n(j) > RECLAIM_EXEMPTIONS_MAX)
		return err_set(err, -EINVAL,
		    "exemptions is to be an array of at most %d objects",
		    RECLAIM_EXEMPTIONS_MAX);
	if (json_n(j) == 0)
		return 0;
	r->exemption = calloc(json_n(j), sizeof(*r->exemption));
	if (!r->exemption)
		return err_nomem(err);
	for (m = json_first(j); e == 0 && m; m = json_next(m)) {
		size_t i = r->exemptions_n++;

		e = rules_read_exemption(m, i, &r->exemption[i], err);
	}
	return e;
}

/* ---- the whole ---- */

static int
rules_read(const struct json *j, struct reclaim_rules *r, struct err *err)
{
	const struct json *m, *licenses = NULL;
	bool known;
	int e = 0;

	for (m = json_first(j); e == 0 && m; m = json_next(m)) {
		e = rules_read_limit(m, "", &r->limits, &known, err);
		if (e < 0 || known)
			continue;
		if (strcmp(json_name(m), "licenses") == 0)
			licenses = m;
		else if (strcmp(json_name(m), "exemptions") == 0)
			e = rules_read_exemptions(m, r, err);
		else
			e = err_set(err, -EINVAL,
			    "%.60s is unknown; allowed are inactive_days, "
			    "new_seat_grace_days, max_data_age_hours, "
			    "licenses and exemptions",
			    json_name(m));
	}
	return e == 0 && licenses ? rules_read_licenses(licenses, r, err) : e;
}

int
reclaim_rules_parse(
    const char *text, size_t len, struct reclaim_rules *ret, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	AUTO(reclaim_rules_done)
	struct reclaim_rules rules = RECLAIM_RULES_NONE;
	int r;

	if (len > RECLAIM_RULES_BYTES)
		return err_set(err, -EINVAL, "the rules are at most %d KiB",
		    RECLAIM_RULES_BYTES / 1024);
	r = json_parse(text, len, &j, err);
	if (r < 0)
		return r;
	if (json_type(j) != JSON_OBJECT)
		return err_set(
		    err, -EINVAL, "the rules are to be a JSON object");
	r = rules_read(j, &rules, err);
	if (r < 0)
		return r;
	*ret = rules;
	rules = (struct reclaim_rules)RECLAIM_RULES_NONE;
	return 0;
}

void
reclaim_rules_done(struct reclaim_rules *r)
{
	size_t i;

	for (i = 0; i < r->overrides_n; i++)
		free(r->override[i].license);
	for (i = 0; i < r->exemptions_n; i++) {
		free(r->exemption[i].pattern);
		free(r->exemption[i].license);
		free(r->exemption[i].reason);
	}
	free(r->override);
	free(r->exemption);
	*r = (struct reclaim_rules)RECLAIM_RULES_NONE;
}

/* ---- what holds ---- */

bool
reclaim_rules_name(const char *pattern, const char *license, const char *title)
{
	return fnmatch(pattern, license, 0) == 0 ||
	       (title && fnmatch(pattern, title, 0) == 0);
}

static const struct reclaim_override *
rules_override(const struct reclaim_rules *r, const char *name)
{
	size_t i;

	for (i = 0; name && i < r->overrides_n; i++)
		if (strcmp(r->override[i].license, name) == 0)
			return &r->override[i];
	return NULL;
}

const struct reclaim_limits *
reclaim_rules_limits(const struct reclaim_rules *r, const char *license,
    const char *title, const struct reclaim_override **ret_override)
{
	const struct reclaim_override *o = rules_override(r, license);
	size_t i;

	if (!o)
		o = rules_override(r, title);
	for (i = 0; !o && i < r->overrides_n; i++)
		if (reclaim_rules_name(r->override[i].license, license, title))
			o = &r->override[i];
	if (ret_override)
		*ret_override = o;
	return o ? &o->limits : &r->limits;
}

static bool
rules_names(const struct reclaim_exemption *e, const char *email)
{
	return e->exact ? strcasecmp(e->pattern, email) == 0
			: fnmatch(e->pattern, email, FNM_CASEFOLD) == 0;
}

const struct reclaim_exemption *
reclaim_rules_exemption(const struct reclaim_rules *r, const char *email,
    const char *license, const char *title, int64_t now_ms)
{
	size_t i;

	for (i = 0; i < r->exemptions_n; i++) {
		const struct reclaim_exemption *e = &r->exemption[i];

		if (e->until_ms && now_ms >= e->until_ms)
			continue;
		if (rules_names(e, email) &&
		    (!e->license || e->astray ||
			reclaim_rules_name(e->license, license, title)))
			return e;
	}
	return NULL;
}
