/* SPDX-License-Identifier: MIT */
/* Times and intervals. See times.h. */
#include "times.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "switches.h"

void
time_print(int64_t ms, const char *form, char out[static TIME_CHARS])
{
	time_t s = (time_t)(ms / 1000);
	char day[24];
	struct tm t;

	gmtime_r(&s, &t);
	if (!strcmp(form, "2012")) {
		strftime(out, TIME_CHARS, "%m/%d/%Y %H:%M:%S", &t);
		return;
	}
	strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &t);
	if (!strcmp(form, ".sss+0000"))
		snprintf(
		    out, TIME_CHARS, "%s.%03d+0000", day, (int)(ms % 1000));
	else
		snprintf(out, TIME_CHARS, "%s%s", day, form);
}

/* n digits at *at, which moves behind them. */
static int
digits_take(const char **at, int n, int *ret)
{
	int value = 0;

	for (int i = 0; i < n; i++, ++*at) {
		if (!isdigit((unsigned char)**at))
			return -EINVAL;
		value = value * 10 + (**at - '0');
	}
	*ret = value;
	return 0;
}

/* Numbers by a pattern: a digit stands for so many digits, all else for
 * itself. */
static int
numbers_take(const char **at, const char *pattern, int *values)
{
	for (; *pattern; pattern++) {
		if (isdigit((unsigned char)*pattern)) {
			if (digits_take(at, *pattern - '0', values++))
				return -EINVAL;
		} else if (*(*at)++ != *pattern) {
			return -EINVAL;
		}
	}
	return 0;
}

/* Z, +01:00 or +0100, in minutes; nothing may follow. */
static int
zone_take(const char *at, int *ret_minutes)
{
	bool west = *at == '-';
	int v[2];

	*ret_minutes = 0;
	if (!strcmp(at, "Z"))
		return 0;
	if (*at != '+' && !west)
		return -EINVAL;
	at++;
	if (numbers_take(&at, strchr(at, ':') ? "2:2" : "22", v) || *at)
		return -EINVAL;
	*ret_minutes = (v[0] * 60 + v[1]) * (west ? -1 : 1);
	return 0;
}

/* ".250": thousandths, however many digits there are. */
static int
fraction_take(const char **at)
{
	int ms = 0, weight = 100;

	if (**at != '.')
		return 0;
	for (++*at; isdigit((unsigned char)**at); ++*at, weight /= 10)
		ms += weight * (**at - '0');
	return ms;
}

int
time_parse(const char *text, int64_t *ret_ms)
{
	int v[6], ms, zone;
	struct tm t = {0};

	if (numbers_take(&text, "4-2-2T2:2:2", v))
		return -EINVAL;
	ms = fraction_take(&text);
	if (zone_take(text, &zone))
		return -EINVAL;
	if (v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31 || v[3] > 23 ||
	    v[4] > 59 || v[5] > 60)
		return -EINVAL;
	t.tm_year = v[0] - 1900;
	t.tm_mon = v[1] - 1;
	t.tm_mday = v[2];
	t.tm_hour = v[3];
	t.tm_min = v[4] - zone;
	t.tm_sec = v[5];
	*ret_ms = (int64_t)timegm(&t) * 1000 + ms;
	return 0;
}

int
range_parse(const char *from, const char *to, long days, struct range *ret)
{
	struct range r;

	if (!from || !to || time_parse(from, &r.from_ms) ||
	    time_parse(to, &r.to_ms) || r.to_ms < r.from_ms)
		return -EINVAL;
	if (days && r.to_ms - r.from_ms > days * INT64_C(86400000))
		return -EINVAL;
	*ret = r;
	return 0;
}

bool
range_has(const struct range *r, int64_t ms)
{
	if (ms == r->to_ms)
		return switch_is(SW_RANGE_END, "inclusive");
	return ms >= r->from_ms && ms < r->to_ms;
}
