/* SPDX-License-Identifier: MIT */
/* activity_source: what each source answers; and all of it as the store has it.
 */
#include <errno.h>
#include <stdlib.h>

#include "activity_ask_int.h"
#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/store_activity.h"
#include "gotofs/text.h"

#define SOURCE_DOUBTED (-1)   /* in place of believed_ms */
#define SOURCE_WINDOW_DAYS 90 /* DESIGN 5 */

static const char source_none[] =
    "GoTo has no source that tells who uses OpenVoice";
static const char source_off[] =
    "not asked for: [activity] products in the profile leaves it out";
static const char source_dry[] =
    "not looked at when this dry run began, which asks nothing itself";

const char *
activity_source_trouble(const struct tenant *t, enum product product)
{
	const struct activity_source *s = &t->activity.source[product];

	if (!product_has_source(product))
		return source_none;
	if (t->dry_run)
		return s->why ? s->why : source_dry;
	if (!(t->conf.activity.products & PRODUCT_BIT(product)))
		return source_off;
	return s->why;
}

/* Whom nothing is known about reads otherwise, or was told of again. */
static void
source_changed(struct tenant *t, unsigned product)
{
	const struct activity_holders *h = &t->activity.holders[product];
	const struct node *dir = t->fixed[FIXED_PRODUCT + product], *n;
	size_t i;

	for (i = 0; i < h->n; i++) {
		if (activity_is_known(
			activity_entry(h->v[i], (enum product)product)))
			continue;
		n = tree_child(t, dir, h->v[i]->name);
		if (n)
			event_inode(t, n);
	}
}

static int
source_store(struct tenant *t, enum product product, struct err *err)
{
	const struct activity_source *s = &t->activity.source[product];
	const struct store_source row = {.product = product,
	    .state = s->state,
	    .told_ms = s->told_ms,
	    .why = s->why,
	    .believed_ms = t->activity.doubtful & PRODUCT_BIT(product)
			       ? SOURCE_DOUBTED
			       : s->believed_ms};
	struct store_batch *b = NULL;
	int r;

	tenant_pause(t);
	r = store_begin_soon(t->store, &b, err);
	if (r < 0)
		return r;
	r = store_source_put(b, &row, err);
	return store_end(b, r, err);
}

/* With the turn.  A row that cannot be written is found out again after the
 * next start. */
static void
source_keep(struct tenant *t, enum product product)
{
	struct err err = ERR_NONE;

	if (source_store(t, product, &err) < 0)
		log_warn("cannot keep what %s answers: %s",
		    product_title(product), err.msg);
}

static void
source_tell(struct tenant *t, enum product product)
{
	tenant_mutate(t);
	t->activity.source[product].told_ms = clock_wall_ms();
	source_changed(t, product);
	source_keep(t, product);
}

/* Days of one whose interval has not reached the present yet stay: they are
 * asked for one after the other. */
static void
source_forget(struct activity_entry *e, int64_t until_ms)
{
	if (e && e->looked_ms > 0 && e->looked_ms <= until_ms)
		activity_forget(e);
}

void
activity_source_doubted(struct tenant *t, enum product product, bool forget)
{
	int64_t now = clock_wall_ms();
	struct map_link *l;

	if (!forget) {
		source_keep(t, product);
		return;
	}
	tenant_mutate(t);
	t->activity.source[product].believed_ms = now;
	for (l = map_walk(&t->persons_by_key, NULL); l;
	     l = map_walk(&t->persons_by_key, l))
		source_forget(activity_entry(
				  map_entry(l, struct person, by_key), product),
		    now);
	t->activity.wanted = true;
	reports_moved(t);
	source_tell(t, product);
	tenant_wake(t);
}

void
activity_set_source(struct tenant *t, enum product product,
    enum source_state state, const char *why, int64_t again_ms)
{
	struct activity_source *s = &t->activity.source[product];
	bool same = s->state == state && text_equal(s->why, why);

	tenant_mutate(t);
	s->again_ms = again_ms;
	if (same && state == SOURCE_OK)
		return;
	s->state = state;
	free(s->why);
	s->why = text_dup(why);
	reports_moved(t);
	source_tell(t, product);
}

void
activity_retry(struct tenant *t)
{
	unsigned i;

	tenant_mutate(t);
	for (i = 0; i < PRODUCT_N; i++) {
		t->activity.wanted |= t->activity.source[i].again_ms > 0;
		t->activity.source[i].again_ms = 0;
	}
	tenant_wake(t);
}

void
activity_tick(struct tenant *t)
{
	int64_t now = clock_wall_ms();
	unsigned i;

	for (i = 0; i < PRODUCT_N; i++) {
		int64_t told_ms = t->activity.source[i].told_ms;

		if (now - told_ms >= ACTIVITY_DAY_MS || told_ms > now)
			source_tell(t, (enum product)i);
	}
}

/* ---- load ---- */

static int
source_load_one(void *ctx, const struct store_source *v)
{
	struct tenant *t = ctx;
	struct activity_source *s;

	if ((unsigned)v->product >= PRODUCT_N)
		return 0;
	s = &t->activity.source[v->product];
	free(s->why);
	s->why = text_dup(v->why);
	s->state = (enum source_state)v->state;
	s->told_ms = v->told_ms;
	if (v->believed_ms == SOURCE_DOUBTED) {
		t->activity.doubtful |= PRODUCT_BIT(v->product);
		t->activity.silent |= PRODUCT_BIT(v->product);
	} else if (v->believed_ms <= clock_wall_ms()) /* a clock was ahead */
		s->believed_ms = v->believed_ms;
	return v->why && !s->why ? -ENOMEM : 0;
}

static int
source_load_entry(void *ctx, const struct store_activity *a)
{
	AUTO(activity_days_done) struct activity_days d = ACTIVITY_DAYS_NONE;
	const struct tenant *t = ctx;
	struct person *p = person_by_key(ctx, a->user_key);
	struct activity_entry *e;

	if (!p || (unsigned)a->product >= PRODUCT_N)
		return 0;
	e = activity_entry_make(p, a->product);
	if (!e || activity_days_parse(a->days, a->days_bytes, &d) == -ENOMEM)
		return -ENOMEM;
	activity_entry_of_row(a, e);
	source_forget(e, t->activity.source[a->product].believed_ms);
	activity_recount(e, &d);
	return 0;
}

int
activity_window_days(const struct tenant *t)
{
	int days = t->conf.activity.window_days;

	return days > 0 ? days : SOURCE_WINDOW_DAYS;
}

void
activity_init(struct tenant *t)
{
	pthread_mutex_init(&t->activity.join.lock, NULL);
}

int
activity_load(struct tenant *t, struct err *err)
{
	unsigned i;
	int r = store_sources_each(t->store, source_load_one, t, err);

	for (i = 0; r == 0 && i < PRODUCT_N; i++) /* the first start */
		if (t->activity.source[i].told_ms == 0)
			source_tell(t, (enum product)i);
	tenant_mutate(t);
	if (r == 0)
		r = store_activity_each(t->store, source_load_entry, t, err);
	return r;
}

void
activity_done(struct tenant *t)
{
	unsigned i;

	for (i = 0; i < PRODUCT_N; i++)
		text_done(&t->activity.source[i].why);
	for (i = 0; i < PRODUCT_N; i++)
		free(t->activity.holders[i].v);
	activity_join_done(t);
}
