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

struct due {
	struct fetch *f;
	const struct tenant *t;
	int64_t every_ms, asked_ms;
	unsigned products; /* whose sources may be asked */
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
due_person(struct due *d, const struct person *p)
{
	unsigned i, products = d->products & activity_held_there(p);
	int r = 0;

	for (i = 0; r == 0 && products >> i; i++) {
		const struct activity_entry *e;

		if (!(products & PRODUCT_BIT(i)))
			continue;
		e = activity_entry(p, (enum product)i);
		if (due_is_due(d, e))
			r = due_add(d, (enum product)i, p, e);
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
	const struct map_link *l;
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
	d.products = due_products(&d);
	for (l = map_walk(&f->t->persons_by_key, NULL); r == 0 && l;
	     l = map_walk(&f->t->persons_by_key, (struct map_link *)l))
		r = due_person(&d, map_entry(l, struct person, by_key));
	tenant_read_unlock(f->t);
	for (i = 0; i < PRODUCT_N; i++)
		if (f->due[i].n > 0)
			qsort(f->due[i].v, f->due[i].n, sizeof(*f->due[i].v),
			    due_compare);
	return r;
}
