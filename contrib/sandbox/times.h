/* SPDX-License-Identifier: MIT */
/* Times as text, in all the ways in which GoTo prints them, and intervals that
 * a request names. goto-api.md 5.1. */
#ifndef SANDBOX_TIMES_H
#define SANDBOX_TIMES_H

#include <stdbool.h>
#include <stdint.h>

enum { TIME_CHARS = 48 };

/* form: a value of the switch meeting_time but "mixed". */
void time_print(int64_t ms, const char *form, char out[static TIME_CHARS]);

/* ISO 8601 with a time and a zone. -EINVAL. */
int time_parse(const char *text, int64_t *ret_ms);

struct range {
	int64_t from_ms, to_ms;
};

/* Both are needed, in order, at most days apart (0: any). -EINVAL. */
int range_parse(const char *from, const char *to, long days, struct range *ret);

/* Its end belongs to it, or not (switch range_end). */
bool range_has(const struct range *r, int64_t ms);

#endif
