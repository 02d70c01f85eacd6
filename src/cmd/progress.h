/* SPDX-License-Identifier: MIT */
/*
 * progress (floor 6): a bar on stderr, on a terminal only.
 *
 *   reading users  [########            ]  40 %  4,000/10,000
 *
 * One thread at a time.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *out;
	bool on;	  /* a terminal */
	bool shown;	  /* a bar stands in the line */
	int64_t drawn_ms; /* when; the clock since boot */
};

void progress_init(struct progress *p, FILE *out);
/* A tenant_progress_fn; total -1: unknown. At most ten times a second. */
void progress_show(void *progress, const char *what, long done, long total);
/* Take the bar away: before anything else is printed. */
void progress_clear(struct progress *p);
/* For tests: the line, without its carriage return, at most width columns. */
void progress_line(char *ret, size_t ret_bytes, int width, const char *what,
    long done, long total);

#endif
