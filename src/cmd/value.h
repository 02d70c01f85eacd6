/* SPDX-License-Identifier: MIT */
/*
 * value (floor 6): the words of profiles and options, parsed strictly.
 *
 * Each names the bad value and what is allowed; -EINVAL.  Any thread.
 */
#ifndef CMD_VALUE_H
#define CMD_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "gotofs/log.h"

struct err;

/* "3", "0.5": seconds with at most three decimals, as milliseconds, within
 * [min_ms, max_ms] or, where zero_ok, 0. */
int value_seconds(const char *text, int64_t min_ms, int64_t max_ms,
    bool zero_ok, int64_t *ret_ms, struct err *err);
/* "90s", "10m", "2h": a whole number and its unit, above 0 and up to a day. */
int value_duration(const char *text, int64_t *ret_ms, struct err *err);
/* "40": up to a million. */
int value_removals(const char *text, int64_t *ret, struct err *err);
/* "8", "0.5": requests a second, above 0 and up to 100. */
int value_rate(const char *text, double *ret, struct err *err);
/* Three or four octal digits. */
int value_umask(const char *text, mode_t *ret, struct err *err);
/* A number, or a name of the user database. */
int value_user(const char *text, uid_t *ret, struct err *err);
int value_group(const char *text, gid_t *ret, struct err *err);
/* "65536", "64M": bytes, with K, M or G for powers of 1024, of at least 4K; or
 * 0. */
int value_bytes(const char *text, int64_t *ret, struct err *err);
/* "90", from 1 to max; what is counted, for the refusal: "days". */
int value_number(
    const char *text, long max, const char *what, long *ret, struct err *err);
/* error, warn, info, debug. */
int value_log_level(const char *text, enum log_level *ret, struct err *err);
const char *value_log_level_name(size_t i); /* NULL beyond the last */
/* yes, no, true, false, on, off, 1, 0. */
int value_yes_no(const char *text, bool *ret, struct err *err);

/* Checks alone. */
int value_check_yes_no(const char *text, struct err *err);
int value_check_limit(const char *text, struct err *err);  /* "40", "10%" */
int value_check_bytes(const char *text, struct err *err);  /* "64M" */
int value_check_digits(const char *text, struct err *err); /* of a key */
int value_check_list(const char *text, struct err *err);   /* a, b */
int value_check_text(const char *text, struct err *err);   /* not empty */

#endif
