/* SPDX-License-Identifier: MIT */
/*
 * limit (floor 3): the pace of one API: a token bucket that all its callers
 * share.
 *
 * GoTo allows 10 requests a second per API (goto-api.md 6, A; that each API has
 * a bucket of its own is assumed, D).  At most rate + LIMIT_BURST requests
 * begin in any second.  Interactive callers go first: a background one gets a
 * token only while no interactive one waits, or when LIMIT_FAIR - 1 of them
 * went past it.  After a 429 nobody gets one for
 * the time GoTo asks for, or for 1, 2, 4 ... 60 s and a random half more.
 * Any thread; limit_take blocks.
 */
#ifndef GOTOFS_LIMIT_INT_H
#define GOTOFS_LIMIT_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "gotofs/goto.h"

#define LIMIT_BURST 2.0
#define LIMIT_FAIR 16 /* one turn in so many is a background one's */
#define LIMIT_BACKOFF_MAX_MS 60000

struct err;
struct limit;

/* base_ms: the first back-off. */
int limit_new(double rate_per_s, int64_t base_ms, struct limit **ret);
void limit_free(struct limit *l);

/* Wait for a turn until deadline_ms (clock_boot_ms; now or earlier: do not
 * wait).  -ETIMEDOUT; -EIO at once when GoTo asked for more patience than the
 * deadline has; -ECANCELED. */
int limit_take(struct limit *l, enum goto_priority prio, int64_t deadline_ms,
    struct err *err);
/* A request that began at sent_ms was answered with 429, or with anything
 * else.  retry_after_ms: -1 when GoTo did not say. */
void limit_refused(struct limit *l, int64_t sent_ms, int64_t retry_after_ms);
void limit_accepted(struct limit *l, int64_t sent_ms);
/* Nobody waits from now on: -ECANCELED. */
void limit_cancel(struct limit *l);

/* base, doubled n times, at most LIMIT_BACKOFF_MAX_MS, and up to a half more
 * by chance: callers that failed together do not come back together. */
int64_t limit_backoff_ms(int64_t base_ms, int n);

#endif
