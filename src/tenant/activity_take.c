/* SPDX-License-Identifier: MIT */
/* activity_take: answers, into the store and into memory. */
#include <errno.h>
#include <stdlib.h>

#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/store_activity.h"
#include "tenant_int.h"

#define TAKE_MAX 256 /* people a turn: a few ms */
#define TAKE_DAYS_BYTES (64 * 1024)

struct taken {
	struct person *person;
	struct activity_entry entry;
};

void
activity_entry_of_row(const struct store_activity *a, struct activity_entry *e)
{
	*e = (struct activity_entry){
	    .product = (uint8_t)a->product,
	    .last_kind = (uint8_t)(a->last_kind < USE_N ? a->last_kind : 0),
	    .why = (uint8_t)a->why,
	    .day_only = a->day_only,
	    .from_day = (int32_t)activity_day_of(a->from_ms),
	    .to_ms = a->to_ms,
	    .looked_ms = a->looked_ms,
	    .tried_ms = a->tried_ms,
	    .told_ms = a->told_ms,
	    .last_ms = a->last_ms,
	};
}

static int
take_days(void *ctx, const struct store_activity *a)
{
	int r = activity_days_parse(a->days, a->days_bytes, ctx);

	return r == -EINVAL ? 0 : r;
}

static int
take_put(struct store_batch *b, const struct person *p,
    const struct activity_entry *e, const struct activity_days *d,
    struct err *err)
{
	AUTO(buf_done) struct buf days = BUF_MAX(TAKE_DAYS_BYTES);
	struct store_activity row = {
	    .product = (enum product)e->product,
	    .user_key = p->key,
	    .from_ms = activity_from_ms(e),
	    .to_ms = e->to_ms,
	    .looked_ms = e->looked_ms,
	    .last_ms = e->last_ms,
	    .last_kind = (enum use_kind)e->last_kind,
	    .day_only = e->day_only,
	    .tried_ms = e->tried_ms,
	    .told_ms = e->told_ms,
	    .why = e->why,
	};

	if (activity_days_print(d, &days) < 0)
		return err_nomem(err);
	row.days = days.data;
	row.days_bytes = days.len;
	return store_activity_put(b, &row, err);
}

/* What v makes of his entry; written down in the batch. */
static int
take_one(struct tenant *t, struct store_batch *b, const struct activity_take *v,
    struct person *p, struct taken *ret, struct err *err)
{
	AUTO(activity_days_done) struct activity_days d = ACTIVITY_DAYS_NONE;
	const struct activity_entry *was = activity_entry(p, v->product);
	struct activity_entry e = {.product = (uint8_t)v->product};
	int r;

	if (was)
		e = *was;
	r = store_activity_get(
	    t->store, v->product, p->key, take_days, &d, err);
	if (r < 0 && r != -ENOENT)
		return r;
	if (v->why) {
		e.why = (uint8_t)v->why;
		e.tried_ms = v->answer.now_ms;
	} else {
		if (!v->answer.other)
			activity_forget_ahead(&e, clock_wall_ms());
		if (activity_merge(&e, &d, &v->answer, v->uses, v->uses_n) < 0)
			return err_nomem(err);
	}
	ret->person = p;
	ret->entry = e;
	return take_put(b, p, &e, &d, err);
}

/* What was told of somebody while another was asked of matters while he holds
 * the product. */
static struct person *
take_person(struct tenant *t, const struct activity_take *v)
{
	struct person *p = person_by_key(t, v->user_key);

	if (!p || p->record <= 0)
		return NULL;
	return !v->answer.other || (p->activity_shown & PRODUCT_BIT(v->product))
		   ? p
		   : NULL;
}

static int
take_store(struct tenant *t, const struct activity_take *v, size_t n,
    struct taken *taken, size_t *ret_n, struct err *err)
{
	struct store_batch *b = NULL;
	size_t i, taken_n = 0;
	int r;

	tenant_pause(t);
	r = store_begin_soon(t->store, &b, err);
	for (i = 0; r == 0 && i < n; i++) {
		struct person *p = take_person(t, &v[i]);

		if (p)
			r = take_one(t, b, &v[i], p, &taken[taken_n++], err);
	}
	r = store_end(b, r, err);
	*ret_n = taken_n;
	return r;
}

static int
take_some(
    struct tenant *t, const struct activity_take *v, size_t n, struct err *err)
{
	struct taken taken[TAKE_MAX];
	size_t i, taken_n;
	int r;

	tenant_begin(t);
	r = take_store(t, v, n, taken, &taken_n, err);
	for (i = 0; r == 0 && i < taken_n; i++) {
		struct activity_entry *e;

		tenant_mutate(t);
		e = activity_entry_make(
		    taken[i].person, (enum product)taken[i].entry.product);
		if (!e) /* it is read at the next start */
			r = err_nomem(err);
		else
			*e = taken[i].entry;
		activity_changed(t, taken[i].person, taken[i].entry.product);
	}
	for (i = 0; r == 0 && i < n; i++)
		if (v[i].uses_n > 0)
			activity_doubt_heard(t, v[i].product);
	for (i = 0; r == 0 && i < taken_n; i++)
		activity_doubt_taken(t, &taken[i].entry);
	tenant_end(t);
	return r;
}

int
activity_take_all(
    struct tenant *t, const struct activity_take *v, size_t n, struct err *err)
{
	int r = 0;

	while (r == 0 && n > 0) {
		size_t some = n < TAKE_MAX ? n : TAKE_MAX;

		r = take_some(t, v, some, err);
		v += some;
		n -= some;
	}
	return r;
}
