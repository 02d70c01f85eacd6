/* SPDX-License-Identifier: MIT */
/*
 * activity_doubt: a source that says "nobody" of everybody is not believed
 * (DESIGN 5: an empty source yields no candidate).
 *
 * One recent use of anybody ends the search; so it is a long one only where
 * there is much reason to doubt, and then it waits for the tick.  Who was not
 * looked at yet, or is not listed, says nothing: from the first answer on a
 * source has to name somebody before it is believed.
 *
 * Nor is one that falls silent about what it told before, which shows when
 * somebody's use is read again (activity_again.c): until it tells of somebody.
 *
 * When it does again, all that was looked at may have been looked at while it
 * was silent.  The first answers of a first look are an exception: they are
 * few.
 */
#include "gotofs/clock.h"
#include "tenant_int.h"

#define DOUBT_EVERY_MS 60000 /* time alone may bring it */
/* A source that fell silent is doubted after so many days: more than people are
 * away together, and not as long as it takes to become inactive; but a few
 * quiet days are no reason. */
#define DOUBT_DAYS 14
#define DOUBT_DAYS_MIN 7

unsigned
activity_doubtful(const struct tenant *t)
{
	return t->activity.doubtful;
}

static int64_t
doubt_since(const struct tenant *t)
{
	const struct reclaim_rules *r = &t->reclaim.rules;
	long days = DOUBT_DAYS;
	size_t i;

	if (r->limits.inactive_days < days)
		days = r->limits.inactive_days;
	for (i = 0; i < r->overrides_n; i++)
		if (r->override[i].limits.inactive_days < days)
			days = r->override[i].limits.inactive_days;
	if (days < DOUBT_DAYS_MIN)
		days = DOUBT_DAYS_MIN;
	return clock_wall_ms() - days * ACTIVITY_DAY_MS;
}

/* Was somebody looked at, and nobody seen since then? */
static bool
doubt_is_silent(const struct tenant *t, unsigned product, int64_t since_ms)
{
	const struct activity_holders *h = &t->activity.holders[product];
	bool known = false;
	size_t i;

	if (h->n <= ACTIVITY_HANDFUL)
		since_ms = 1; /* few may be away together: ever */
	for (i = 0; i < h->n; i++) {
		const struct activity_entry *e =
		    activity_entry(h->v[i], (enum product)product);

		if (e && e->last_ms >= since_ms)
			return false;
		known |= activity_is_known(e);
	}
	return known;
}

/* Were there more than the first answers of a first look? */
static bool
doubt_forgets(const struct tenant *t, unsigned product)
{
	const struct activity_holders *h = &t->activity.holders[product];
	size_t i, known_n = 0;

	for (i = 0; i < h->n; i++)
		known_n += activity_is_known(
		    activity_entry(h->v[i], (enum product)product));
	return known_n > ACTIVITY_HANDFUL;
}

static void
doubt_changed(struct tenant *t, unsigned changed, unsigned heard)
{
	unsigned i;

	for (i = 0; i < PRODUCT_N; i++) {
		bool ends = !(t->activity.doubtful & PRODUCT_BIT(i));

		if (changed & PRODUCT_BIT(i))
			activity_source_doubted(t, (enum product)i,
			    ends && ((heard & PRODUCT_BIT(i)) ||
					doubt_forgets(t, i)));
	}
}

/* heard: of those that were found to be silent, who tells again. */
static void
doubt_judge(struct tenant *t, unsigned heard)
{
	int64_t since_ms = doubt_since(t);
	unsigned i, doubtful = 0, was = t->activity.doubtful;
	const struct change *c;

	for (i = 0; i < PRODUCT_N; i++)
		if (product_has_source((enum product)i) &&
		    ((t->activity.silent & PRODUCT_BIT(i)) ||
			doubt_is_silent(t, i, since_ms)))
			doubtful |= PRODUCT_BIT(i);
	t->activity.doubt_due = false;
	t->activity.doubted_boot_ms = clock_boot_ms();
	if (doubtful == was)
		return;
	if (t->reclaim.any)
		reclaim_finish(t);
	tenant_mutate(t);
	reclaim_begin(t);
	t->activity.doubtful = doubtful;
	doubt_changed(t, was ^ doubtful, heard);
	for (c = t->first; c; c = c->next) /* what approved/ tells of them */
		if (c->reclaim)
			reclaim_moved(t, c->person);
}

/* While people come into folders and leave them, there is a handful of them at
 * times. */
void
activity_doubt(struct tenant *t)
{
	if (t->activity.products_moved)
		t->activity.doubt_due = true;
	else
		doubt_judge(t, 0);
}

void
activity_doubt_silent(struct tenant *t, enum product product)
{
	tenant_mutate(t);
	t->activity.silent |= PRODUCT_BIT(product);
	activity_doubt(t);
}

void
activity_doubt_heard(struct tenant *t, enum product product)
{
	if (!(t->activity.silent & PRODUCT_BIT(product)))
		return;
	tenant_mutate(t);
	t->activity.silent &= ~PRODUCT_BIT(product);
	doubt_judge(t, PRODUCT_BIT(product));
}

void
activity_doubt_taken(struct tenant *t, const struct activity_entry *e)
{
	bool doubted = t->activity.doubtful & PRODUCT_BIT(e->product);

	if (doubted == (e->last_ms < doubt_since(t)))
		t->activity.doubt_due = true;
	else
		activity_doubt(t);
}

void
activity_doubt_tick(struct tenant *t, int64_t now_boot_ms)
{
	if (t->activity.doubt_due ||
	    now_boot_ms - t->activity.doubted_boot_ms >= DOUBT_EVERY_MS)
		activity_doubt(t);
}
