/* SPDX-License-Identifier: MIT */
/*
 * Times as the product APIs print them.  No strptime: it knows locales, and
 * takes what is no time.
 */
#include <errno.h>
#include <stdbool.h>

#include "decode_use_int.h"

/* Reads n digits at *s, and moves it; false: they are none. */
static bool
time_digits(const char **s, int n, int *ret)
{
	*ret = 0;
	for (; n > 0; n--, ++*s) {
		if (**s < '0' || **s > '9')
			return false;
		*ret = 10 * *ret + (**s - '0');
	}
	return true;
}

static bool
time_char(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

/* Days since the epoch; the year begins in March, so that the leap day is its
 * last. */
static int64_t
time_days(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int m = month > 2 ? month - 3 : month + 9;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	       1 - 719468;
}

static int
time_month_days(int year, int month)
{
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (month == 2)
		return leap ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static bool
time_day(int year, int month, int day, int64_t *ret_ms)
{
	if (year < 1 || month < 1 || month > 12 || day < 1 ||
	    day > time_month_days(year, month))
		return false;
	*ret_ms = time_days(year, month, day) * 86400000;
	return true;
}

/* "22:00:00" */
static bool
time_clock(const char **s, int64_t *ms)
{
	int hour, minute, second;

	if (!time_digits(s, 2, &hour) || !time_char(s, ':') ||
	    !time_digits(s, 2, &minute) || !time_char(s, ':') ||
	    !time_digits(s, 2, &second) || hour > 23 || minute > 59 ||
	    second > 59)
		return false;
	*ms += ((hour * 60 + minute) * INT64_C(60) + second) * 1000;
	return true;
}

/* ".", ".5", ".123456"; milliseconds count. */
static void
time_fraction(const char **s, int64_t *ms)
{
	int unit = 100;

	if (!time_char(s, '.'))
		return;
	for (; **s >= '0' && **s <= '9'; ++*s, unit /= 10)
		*ms += (**s - '0') * unit;
}

/* "Z", "+0200", "+02:00" */
static bool
time_zone(const char **s, int64_t *ms)
{
	bool east = **s == '+';
	int hours, minutes;
	int64_t offset;

	if (time_char(s, 'Z'))
		return true;
	if (!time_char(s, east ? '+' : '-') || !time_digits(s, 2, &hours))
		return false;
	time_char(s, ':');
	if (!time_digits(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	offset = (hours * 60 + minutes) * INT64_C(60000);
	*ms -= east ? offset : -offset;
	return true;
}

/* "2015-07-01T22:00:00.+0000" */
static bool
time_iso(const char *s, int64_t *ms)
{
	int year, month, day;

	if (!time_digits(&s, 4, &year) || !time_char(&s, '-') ||
	    !time_digits(&s, 2, &month) || !time_char(&s, '-') ||
	    !time_digits(&s, 2, &day) || !time_char(&s, 'T') ||
	    !time_day(year, month, day, ms) || !time_clock(&s, ms))
		return false;
	time_fraction(&s, ms);
	return time_zone(&s, ms) && *s == '\0';
}

/* "06/14/2012 11:14:43" */
static bool
time_2012(const char *s, int64_t *ms)
{
	int year, month, day;

	return time_digits(&s, 2, &month) && time_char(&s, '/') &&
	       time_digits(&s, 2, &day) && time_char(&s, '/') &&
	       time_digits(&s, 4, &year) && time_char(&s, ' ') &&
	       time_day(year, month, day, ms) && time_clock(&s, ms) &&
	       *s == '\0';
}

int
decode_time(const char *text, int64_t *ret_ms)
{
	int64_t ms;

	if (!time_iso(text, &ms) && !time_2012(text, &ms))
		return -EPROTO;
	*ret_ms = ms;
	return 0;
}
