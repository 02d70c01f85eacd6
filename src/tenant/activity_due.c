/* SPDX-License-Identifier: MIT */
/* activity_due: who is to be looked at now. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "activity_fetch_int.h"
#include "gotofs/clock.h"
#include "gotofs/list.h"
#include "gotofs/text.h"

#define DUE_EVERY_MS ACTIVITY_DAY_MS
#define DUE_RETRY_MS INT64_C(900000) /* whoever failed by himself */
#define DUE_SOME 2000		     /* people for whom changes wait */

struct due {
	struct fetch *f;
	struct tenant *t;
	int64_t every_ms, asked_ms;
};

void
fetch_free_due(struct fetch *f)
{
	size_t i, k;

	activity_plan_done(&f->plan);
	for (i = 0; i < PRODUCT_N; i++) {
		for (k = 0; k < f->due[i].n; k++)
			free((char *)(uintptr_t)f->due[i].v[k].user_key);
		free(f->due[i].v);
		f->due[i] = (struct activity_dues){NULL, 0};
	}
}

static void
due_later(struct due *d, int64_t at_ms)
{
	if (d->f->next_due_ms == 0 || at_ms < d->f->next_due_ms)
		d->f->next_due_ms = at_ms;
}

/* When he was last asked of, with an answer or with none. */
static int64_t
due_looked(const struct activity_entry *e)
{
	if (!e)
		return 0;
	if ((e->why == ACTIVITY_WHY_NOT_FOUND ||
		e->why == ACTIVITY_WHY_REFUSED) &&
	    e->tried_ms > e->looked_ms)
		return e->tried_ms;
	return e->looked_ms;
}

/* A clock that was ahead must not keep us from asking. */
static bool
due_is_due(struct due *d, const struct activity_entry *e)
{
	int64_t now = d->f->now_ms, looked = due_looked(e);
	int64_t tried = e && e->why == ACTIVITY_WHY_FAILED ? e->tried_ms : 0;

	if (looked > 0 && looked <= now && looked >= d->asked_ms &&
	    now - looked < d->every_ms) {
		due_later(d, looked + d->every_ms);
		return false;
	}
	if (tried > 0 && tried <= now && tried >= d->asked_ms &&
	    now - tried < DUE_RETRY_MS) {
		due_later(d, tried + DUE_RETRY_MS);
		return false;
	}
	return true;
}

static int
due_add(struct due *d, enum product product, const struct person *p,
    const struct activity_entry *e)
{
	struct activity_dues *list = &d->f->due[product];
	struct activity_due *v = list_grow(list->v, list->n, sizeof(*v));
	char *key = text_dup(p->key);

	if (v)
		list->v = v;
	if (!key || !v) {
		free(key);
		return -ENOMEM;
	}
	list->v[list->n++] = (struct activity_due){
	    .user_key = key,
	    .from_ms = activity_next_from(e, d->f->window_ms, d->f->now_ms),
	    .looked_ms = due_looked(e),
	    .alone = p->changes ||
		     (p->touched_ms && p->touched_ms + d->t->conf.grace_ms >
					   d->f->organizers_boot_ms),
	};
	return 0;
}

static int
due_person(struct due *d, enum product product, const struct person *p)
{
	const struct activity_entry *e = activity_entry(p, product);

	return (activity_held_there(p) & PRODUCT_BIT(product)) &&
		       due_is_due(d, e)
		   ? due_add(d, product, p, e)
		   : 0;
}

/* Some of those behind this number, which becomes that of the last. */
static int
due_some(struct due *d, enum product product, int64_t *number, bool *ret_more)
{
	const struct activity_holders *h = &d->t->activity.holders[product];
	size_t i = activity_holders_from(h, *number + 1), n;
	int r = 0;

	*ret_more = h->n - i > DUE_SOME;
	for (n = 0; r == 0 && i < h->n && n < DUE_SOME; i++, n++) {
		r = due_person(d, product, h->v[i]);
		*number = h->v[i]->number;
	}
	return r;
}

static int
due_product(struct due *d, enum product product)
{
	int64_t number = 0;
	bool more = true;
	int r = 0;

	while (r == 0 && more) {
		tenant_read_lock(d->t);
		r = due_some(d, product, &number, &more);
		tenant_read_unlock(d->t);
	}
	return r;
}

/* Sources that the profile names, and that are not left alone for now. */
static unsigned
due_products(struct due *d)
{
	unsigned i, products = d->t->conf.activity.products;
	int64_t now = d->f->now_ms;

	for (i = 0; i < PRODUCT_N; i++) {
		int64_t again_ms = d->t->activity.source[i].again_ms;

		if (!product_has_source((enum product)i))
			products &= ~PRODUCT_BIT(i);
		if (!(products & PRODUCT_BIT(i)) || again_ms <= now ||
		    again_ms - now > ACTIVITY_DAY_MS) /* never so long */
			continue;
		products &= ~PRODUCT_BIT(i);
		due_later(d, again_ms);
	}
	return products;
}

static int
due_compare(const void *a, const void *b)
{
	const struct activity_due *x = a, *y = b;

	return strcmp(x->user_key, y->user_key);
}

int
fetch_find_due(struct fetch *f)
{
	struct due d = {.f = f, .t = f->t};
	unsigned products; /* whose sources may be asked */
	size_t i;
	int r = 0;

	fetch_free_due(f);
	f->next_due_ms = 0;
	tenant_read_lock(f->t);
	f->now_ms = clock_wall_ms();
	f->window_ms = activity_window(f->now_ms, activity_window_days(f->t));
	d.every_ms = f->t->conf.activity.every_ms > 0
			 ? f->t->conf.activity.every_ms
			 : DUE_EVERY_MS;
	if (f->t->activity.asked_ms <= f->now_ms)
		d.asked_ms = f->t->activity.asked_ms;
	products = due_products(&d);
	tenant_read_unlock(f->t);
	for (i = 0; r == 0 && i < PRODUCT_N; i++)
		if (products & PRODUCT_BIT(i))
			r = due_product(&d, (enum product)i);
	for (i = 0; i < PRODUCT_N; i++)
		if (f->due[i].n > 0)
			qsort(f->due[i].v, f->due[i].n, sizeof(*f->due[i].v),
			    due_compare);
	return r;
}
