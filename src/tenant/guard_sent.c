/* SPDX-License-Identifier: MIT */
/* guard_sent: the removals that were sent within the window (DESIGN 4.2). */
#include <errno.h>
#include <stdlib.h>

#include "gotofs/clock.h"
#include "gotofs/text.h"
#include "tenant_int.h"

void
guard_sent_free(struct guard_sent *s)
{
	if (!s)
		return;
	free(s->license_key);
	free(s->path);
	free(s);
}

static struct guard_sent *
guard_sent_new(
    int verb, const char *license_key, const char *path, bool allowed)
{
	struct guard_sent *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->verb = verb;
	s->license_key = text_dup(license_key);
	s->path = text_dup(path);
	s->allowed = allowed;
	if (s->path && (!license_key || s->license_key))
		return s;
	guard_sent_free(s);
	return NULL;
}

/* weight: 1 it has left; -1 that was ten minutes ago. */
static void
guard_sent_put(struct tenant *t, const struct guard_sent *s, int weight)
{
	struct tenant_license *license =
	    s->license_key ? license_by_key(t, s->license_key) : NULL;
	struct guard_ref ref[GUARD_REFS_MAX];
	size_t i, n = guard_refs_of(t, s->verb, license, ref);

	for (i = 0; i < n; i++) {
		struct guard_count *count = ref[i].count;

		/* the license may be another one of the same key */
		if (weight < 0 && count->left_n == 0)
			continue;
		count->left_n += weight;
		if (!s->allowed)
			count->sent_n += weight;
	}
}

static void
guard_sent_add(struct tenant *t, struct guard_sent *s)
{
	tenant_mutate(t);
	s->next = NULL;
	*(t->guard.last ? &t->guard.last->next : &t->guard.first) = s;
	t->guard.last = s;
	guard_sent_put(t, s, 1);
}

int
guard_store_sent(
    struct tenant *t, struct store_batch *b, struct change *c, struct err *err)
{
	struct store_removal row = {
	    .verb = c->reclaim ? GUARD_VERB_RECLAIM : (int)c->verb,
	    .container = c->license ? c->license->key : NULL,
	    .path = c->path,
	    .time_ms = clock_wall_ms(),
	    .allowed = c->allowance != 0,
	};
	bool paid = c->allowance && c->allowance == t->guard.allowance.serial;
	int r;

	if (!c->sent) {
		c->sent = guard_sent_new(
		    row.verb, row.container, row.path, row.allowed);
		if (!c->sent)
			return err_nomem(err);
		t->guard.allowance.storing_n += paid;
	}
	r = store_removal_add(b, &row, GUARD_WINDOW_MS, err);
	return r < 0 || !paid ? r : guard_allowance_store(t, b, err);
}

void
guard_sent(struct tenant *t, struct change *c)
{
	struct guard_allowance *a = &t->guard.allowance;

	if (!c->sent)
		return;
	tenant_mutate(t);
	if (c->allowance && c->allowance == a->serial) {
		a->sent_n++;
		a->storing_n--;
	}
	c->sent->at_ms = clock_boot_ms();
	guard_sent_add(t, TAKE(c->sent));
}

static void
guard_sent_drop_first(struct tenant *t)
{
	struct guard_sent *s = t->guard.first;

	t->guard.first = s->next;
	if (!s->next)
		t->guard.last = NULL;
	guard_sent_free(s);
}

void
guard_tick(struct tenant *t, int64_t now_ms)
{
	while (t->guard.first &&
	       now_ms - t->guard.first->at_ms >= GUARD_WINDOW_MS) {
		tenant_mutate(t);
		guard_sent_put(t, t->guard.first, -1);
		guard_sent_drop_first(t);
	}
}

/* ---- life ---- */

/* The ten minutes go by the wall clock over a remount; one that was set back
 * makes nothing younger than now. */
static int
guard_load_one(void *ctx, const struct store_removal *row)
{
	struct tenant *t = ctx;
	int64_t age = clock_wall_ms() - row->time_ms;
	struct guard_sent *s =
	    guard_sent_new(row->verb, row->container, row->path, row->allowed);

	if (!s)
		return -ENOMEM;
	s->at_ms = clock_boot_ms() - (age > 0 ? age : 0);
	guard_sent_add(t, s);
	return 0;
}

/* The licenses are known; no change is. */
int
guard_load(struct tenant *t, struct err *err)
{
	int r;

	t->guard.rule = guard_rule_of(t->conf.max_removals);
	r = guard_allowance_load(t, err);
	return r < 0 ? r
		     : store_removals_each(t->store,
			   clock_wall_ms() - GUARD_WINDOW_MS + 1,
			   guard_load_one, t, err);
}

void
guard_done(struct tenant *t)
{
	while (t->guard.first)
		guard_sent_drop_first(t);
	free(t->guard.allowance.reason);
}
