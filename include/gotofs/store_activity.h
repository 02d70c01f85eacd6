/* SPDX-License-Identifier: MIT */
/*
 * store_activity (floor 3): who used what, as far as it was looked for
 * (DESIGN 5): a row a product and person, and one a source.
 *
 * As store.h says of threads, batches and errors.  Rows change often and can
 * be asked for again: store_begin_soon is enough for them.
 */
#ifndef GOTOFS_STORE_ACTIVITY_H
#define GOTOFS_STORE_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gotofs/activity.h"

struct err;
struct store;
struct store_batch;

/* Borrowed strings in callbacks. */
struct store_activity {
	enum product product;
	const char *user_key;
	int64_t from_ms, to_ms; /* observed; equal: nothing yet */
	int64_t looked_ms;	/* when to_ms was last moved; 0: never */
	int64_t last_ms;	/* the last use; 0: none seen */
	enum use_kind last_kind;
	bool day_only;
	int64_t tried_ms; /* the last question without an answer; 0: none */
	int why;	  /* there was none: the caller's */
	const void *days; /* what was done on which day: the caller's */
	size_t days_bytes;
	int64_t told_ms; /* when he was told of while another was asked of, and
			    it was news; 0: never */
};
typedef int (*store_activity_fn)(void *ctx, const struct store_activity *a);
/* All, by product, then key. */
int store_activity_each(
    struct store *s, store_activity_fn fn, void *ctx, struct err *err);
/* One; -ENOENT (err is not set). */
int store_activity_get(struct store *s, enum product product,
    const char *user_key, store_activity_fn fn, void *ctx, struct err *err);
/* Replaces the row. */
int store_activity_put(
    struct store_batch *b, const struct store_activity *a, struct err *err);
/* Forgets people who are neither in the mirror nor in the trash. A transaction
 * of its own; returns the number of rows, or a negative errno. */
int store_activity_prune(struct store *s, struct err *err);

struct store_source {
	enum product product;
	int state;	     /* the caller's */
	int64_t told_ms;     /* when it was last found out */
	const char *why;     /* a sentence, or NULL */
	int64_t believed_ms; /* of looks before it nothing is; the caller's */
};
typedef int (*store_source_fn)(void *ctx, const struct store_source *v);
int store_sources_each(
    struct store *s, store_source_fn fn, void *ctx, struct err *err);
int store_source_put(
    struct store_batch *b, const struct store_source *v, struct err *err);

#endif
