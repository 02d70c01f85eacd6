/* SPDX-License-Identifier: MIT */
/*
 * activity_int: who used what, as the tenant room knows it (DESIGN 5).
 * Private to src/tenant.
 *
 * Theory.  For each product that a person's licenses give him (mirror and
 * changes: person_holds) there is one struct activity: the interval in which
 * his use was looked for, without a hole, and the last use that was seen in
 * it.  *Known* means that this interval is not empty.  An answer of the source
 * makes the interval longer at its end; nothing ever makes it shorter but the
 * window, which moves its beginning (a longer one has it looked at anew).  A
 * source that fails or answers with something odd changes nothing: what was
 * known gets older, and that is what max_data_age_hours is for.
 *
 * Locks as in tenant_int.h: memory is changed by whoever has the turn, under
 * t->tree_lock; read under either.
 */
#ifndef GOTOFS_ACTIVITY_INT_H
#define GOTOFS_ACTIVITY_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "gotofs/activity.h"

struct err;
struct node;
struct person;
struct tenant;
struct tenant_license;

#define ACTIVITY_DAY_MS INT64_C(86400000)

struct activity {
	uint8_t product;
	uint8_t last_kind; /* enum use_kind; USE_NONE: none in the interval */
	bool day_only;	   /* last_ms is the latest that it can have been */
	int64_t from_ms, to_ms; /* observed, [from, to); equal: unknown */
	int64_t looked_ms;	/* when to_ms was last moved; 0: never */
	int64_t last_ms;	/* 0: none in the interval */
};

/* product_bits() of what its record says. */
unsigned activity_products(const struct tenant_license *l);
/* What is known of his use of a product; false: nothing, *ret is zeroed but
 * for the product. */
bool activity_get(const struct tenant *t, const struct person *p,
    enum product product, struct activity *ret);
/* Why nobody can know at present who uses a product ("the token has no right
 * to read GoToWebinar's sessions (HTTP 403)"); NULL: its source answers, or
 * was not asked yet. Valid while the lock is held. */
const char *activity_source_trouble(
    const struct tenant *t, enum product product);
/* Products (bits) whose source is not believed when it says "nobody": somebody
 * was looked at, and not one use by any holder within 14 days (or the smallest
 * inactive_days of the rules, if that is less; at least 7) is known; of up to
 * ACTIVITY_HANDFUL holders: not one ever.  And those that do not tell any more
 * of what they told before, until they tell of somebody. */
#define ACTIVITY_HANDFUL 5
unsigned activity_doubtful(const struct tenant *t);
/* [activity] window of the profile. */
int activity_window_days(const struct tenant *t);
/* Ask the sources now for what these products (bits) saw of him from the end
 * of the known interval on, or since_ms if that is earlier, and take it into
 * what is known.  Network: neither turn nor locks are held; for push threads.
 * *ret_last_ms: his last use of any of them at or after since_ms; 0: none, of
 * sources that tell again of a use that is known, his or another's: for that
 * one may be asked twice, or up to four times while the others are refused.  An
 * error: nobody knows (a product without a source is -ENOTSUP; -EIO: it tells
 * of nobody any more, and is doubtful from now on). */
int activity_read_again(struct tenant *t, const char *user_key,
    unsigned products, int64_t since_ms, int64_t *ret_last_ms,
    enum use_kind *ret_kind, struct err *err);

#endif
