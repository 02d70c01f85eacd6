/* SPDX-License-Identifier: MIT */
/* activity: what memory has of each person and product, and his files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "tenant_int.h"

#define ACTIVITY_REPORT_MS 60000

/* ---- entries ---- */

struct activity_entry *
activity_entry(const struct person *p, enum product product)
{
	unsigned i;

	for (i = 0; i < p->activities_n; i++)
		if (p->activity[i].product == product)
			return &p->activity[i];
	return NULL;
}

struct activity_entry *
activity_entry_make(struct person *p, enum product product)
{
	struct activity_entry *e = activity_entry(p, product);

	if (e)
		return e;
	e = realloc(p->activity, (p->activities_n + 1u) * sizeof(*e));
	if (!e)
		return NULL;
	p->activity = e;
	e += p->activities_n++;
	memset(e, 0, sizeof(*e));
	e->product = (uint8_t)product;
	return e;
}

bool
activity_get(const struct tenant *t, const struct person *p,
    enum product product, struct activity *ret)
{
	const struct activity_entry *e = activity_entry(p, product);

	memset(ret, 0, sizeof(*ret));
	ret->product = (uint8_t)product;
	if (!activity_is_known(e))
		return false;
	ret->last_kind = e->last_kind;
	ret->day_only = e->day_only;
	ret->from_ms = activity_from_ms(e);
	ret->to_ms = e->to_ms;
	ret->looked_ms = e->looked_ms;
	ret->last_ms = e->last_ms;
	return true;
}

/* ---- products ---- */

unsigned
activity_products(const struct tenant_license *l)
{
	return l->products;
}

void
activity_set_products(
    struct tenant *t, struct tenant_license *l, char *const *codes)
{
	unsigned products = product_bits(codes);

	if (products != l->products) {
		reclaim_begin(t);
		t->activity.products_moved = true;
	}
	l->products = products;
}

/* Of the licenses that he holds, once he is in the mirror. */
static unsigned
activity_held(const struct person *p)
{
	const struct change *c;
	unsigned i, held = 0;

	if (p->record <= 0)
		return 0;
	for (i = 0; i < p->seats_n; i++)
		if (person_holds(p, p->seat[i].license))
			held |= p->seat[i].license->products;
	for (c = p->changes; c; c = c->person_next)
		if (c->verb == VERB_ASSIGN && person_holds(p, c->license))
			held |= c->license->products;
	return held;
}

/* ---- files ---- */

static struct node *
activity_dir(const struct tenant *t, unsigned product)
{
	return t->fixed[FIXED_PRODUCT + product];
}

unsigned
activity_held_there(const struct person *p)
{
	unsigned i, held = 0;

	for (i = 0; i < p->seats_n; i++)
		held |= p->seat[i].license->products;
	return held & p->activity_shown;
}

/* Somebody whom nobody has asked of yet. */
static void
activity_want(struct tenant *t, const struct person *p)
{
	unsigned i, held = activity_held_there(p) & t->conf.activity.products;

	for (i = 0; i < PRODUCT_N && !t->activity.wanted; i++) {
		const struct activity_entry *e =
		    held & PRODUCT_BIT(i) ? activity_entry(p, (enum product)i)
					  : NULL;

		if (!(held & PRODUCT_BIT(i)) ||
		    (e && (e->looked_ms > 0 || e->tried_ms > 0)))
			continue;
		t->activity.wanted = true;
		tenant_wake(t);
	}
}

void
activity_settle(struct tenant *t, struct person *p)
{
	unsigned held = activity_held(p), shown = p->activity_shown, i;

	for (i = 0; i < PRODUCT_N; i++) {
		if (held & ~shown & PRODUCT_BIT(i))
			activity_show(t, p, i);
		else if (shown & ~held & PRODUCT_BIT(i))
			activity_hide(t, p, i, p->name);
	}
	t->activity.doubt_due |= held != shown;
	if (!t->loading && !t->activity.products_moved)
		activity_want(t, p);
}

void
activity_settle_moved(struct tenant *t, struct person *p)
{
	if (t->activity.products_moved)
		activity_settle(t, p);
}

void
activity_moved_end(struct tenant *t)
{
	if (!t->activity.products_moved)
		return;
	t->activity.products_moved = false;
	t->activity.wanted = true;
	tenant_wake(t);
}

/* They borrow the name. */
void
activity_drop_nodes(struct tenant *t, struct person *p, const char *name)
{
	unsigned i, shown = p->activity_shown;

	for (i = 0; name && i < PRODUCT_N; i++)
		if (shown & PRODUCT_BIT(i))
			activity_hide(t, p, i, name);
}

void
activity_changed(struct tenant *t, struct person *p, int product)
{
	const struct node *n;

	reclaim_moved(t, p);
	if (!(p->activity_shown & PRODUCT_BIT(product)))
		return;
	n = tree_child(t, activity_dir(t, (unsigned)product), p->name);
	if (n)
		event_inode(t, n);
}

bool
activity_is_below(const struct node *dir)
{
	for (; dir; dir = dir->parent)
		if (dir->fixed == FIXED_ACTIVITY)
			return true;
	return false;
}

int
activity_refuse_removal(struct tenant *t, const struct tenant_caller *who,
    const struct node *dir, struct err *err)
{
	int64_t now = clock_boot_ms();

	if (t->activity.reported_boot_ms &&
	    now - t->activity.reported_boot_ms < ACTIVITY_REPORT_MS)
		return -EROFS;
	t->activity.reported_boot_ms = now;
	return err_set(err, -EROFS,
	    "what is in activity/ is read from GoTo and cannot be removed "
	    "(further removals there are not reported for a minute)");
}
