/* SPDX-License-Identifier: MIT */
/* guard_count: what weighs on which collection, and for how long. */
#include <stdio.h>
#include <stdlib.h>

#include "gotofs/clock.h"
#include "tenant_int.h"

/* ---- which collections ---- */

bool
guard_is_removal(const struct change *c)
{
	return c->verb == VERB_REMOVE || c->verb == VERB_UNASSIGN ||
	       c->verb == VERB_TAKE_OUT || c->verb == VERB_GROUP_DELETE;
}

static int
guard_verb(const struct change *c)
{
	return c->reclaim ? GUARD_VERB_RECLAIM : (int)c->verb;
}

/* license may be NULL: one that is no more. */
size_t
guard_refs_of(struct tenant *t, int verb, struct tenant_license *license,
    struct guard_ref *ret)
{
	struct guard_count *count = t->guard.count;
	size_t n = 0;

	if (verb == VERB_REMOVE)
		ret[n++] =
		    (struct guard_ref){GUARD_USERS, &count[GUARD_USERS], NULL};
	if (verb == VERB_TAKE_OUT)
		ret[n++] = (struct guard_ref){
		    GUARD_MEMBERS, &count[GUARD_MEMBERS], NULL};
	if (verb == VERB_GROUP_DELETE)
		ret[n++] = (struct guard_ref){
		    GUARD_GROUPS, &count[GUARD_GROUPS], NULL};
	if (verb == GUARD_VERB_RECLAIM && license)
		ret[n++] = (struct guard_ref){
		    GUARD_RECLAIM, &license->reclaims, license};
	if (verb == VERB_UNASSIGN && license)
		ret[n++] = (struct guard_ref){
		    GUARD_LICENSE, &license->removals, license};
	if (verb == VERB_UNASSIGN)
		ret[n++] = (struct guard_ref){
		    GUARD_LICENSES, &count[GUARD_LICENSES], NULL};
	return n;
}

size_t
guard_refs(struct tenant *t, const struct change *c, struct guard_ref *ret)
{
	return guard_refs_of(t, guard_verb(c), c->license, ret);
}

/* Those that there are once, then two of each license. */
static const enum guard_kind guard_common[] = {
    GUARD_USERS, GUARD_LICENSES, GUARD_MEMBERS, GUARD_GROUPS};
#define GUARD_COMMON_N (sizeof(guard_common) / sizeof(guard_common[0]))

size_t
guard_each_n(const struct tenant *t)
{
	return GUARD_COMMON_N + 2 * t->licenses_n;
}

bool
guard_each(struct tenant *t, size_t i, struct guard_ref *ret)
{
	struct tenant_license *l;

	if (i >= guard_each_n(t))
		return false;
	if (i < GUARD_COMMON_N) {
		*ret = (struct guard_ref){
		    guard_common[i], &t->guard.count[guard_common[i]], NULL};
		return true;
	}
	i -= GUARD_COMMON_N;
	l = t->license[i / 2];
	*ret = i % 2 == 0 ? (struct guard_ref){GUARD_LICENSE, &l->removals, l}
			  : (struct guard_ref){GUARD_RECLAIM, &l->reclaims, l};
	return true;
}

const char *
guard_name(const struct guard_ref *ref, char ret[GUARD_NAME_BYTES])
{
	static const char *const name[GUARD_KINDS] = {
	    [GUARD_USERS] = "users",
	    [GUARD_LICENSE] = "licenses",
	    [GUARD_LICENSES] = "licenses",
	    [GUARD_MEMBERS] = "members",
	    [GUARD_GROUPS] = "groups",
	    [GUARD_RECLAIM] = "reclaim",
	};

	snprintf(ret, GUARD_NAME_BYTES, "%s%s%s", name[ref->kind],
	    ref->license ? "/" : "", ref->license ? ref->license->name : "");
	return ret;
}

void
guard_describe(const struct guard_ref *ref, char *ret, size_t ret_bytes)
{
	static const char *const what[GUARD_KINDS] = {
	    [GUARD_USERS] = "users",
	    [GUARD_LICENSE] = "holders of",
	    [GUARD_LICENSES] = "seats of all licenses together",
	    [GUARD_MEMBERS] = "people in groups",
	    [GUARD_GROUPS] = "groups",
	    [GUARD_RECLAIM] = "holders, by reclaiming, of",
	};

	snprintf(ret, ret_bytes, "%s%s%.60s", what[ref->kind],
	    ref->license ? " " : "", ref->license ? ref->license->name : "");
}

/* ---- sizes ---- */

/* Everybody is looked at, so it is kept for as long as the mirror stays. */
static long
guard_members(struct tenant *t)
{
	int64_t generation = store_generation(t->store);
	struct map_link *l = NULL;
	long n = 0;

	if (generation > 0 &&
	    atomic_load(&t->guard.members_generation) == generation)
		return atomic_load(&t->guard.members_n);
	while ((l = map_walk(&t->persons_by_key, l)))
		n += map_entry(l, struct person, by_key)->group != NULL;
	atomic_store(&t->guard.members_n, n);
	atomic_store(&t->guard.members_generation, generation);
	return n;
}

static long
guard_groups(const struct tenant *t)
{
	long n = 0;
	size_t i;

	for (i = 0; i < t->groups_n; i++)
		n += t->group[i]->key && !t->group[i]->gone;
	return n;
}

static long
guard_holders(const struct tenant *t)
{
	long n = 0;
	size_t i;

	for (i = 0; i < t->licenses_n; i++)
		n += t->license[i]->holders_n;
	return n;
}

/* With what has left it within the window, or a loop of rm would make its own
 * limit smaller. */
long
guard_size(struct tenant *t, const struct guard_ref *ref)
{
	long n = ref->count->left_n;

	switch (ref->kind) {
	case GUARD_USERS:
		return n + (long)t->persons_by_key.n;
	case GUARD_LICENSE:
	case GUARD_RECLAIM:
		return n + ref->license->holders_n;
	case GUARD_LICENSES:
		return n + guard_holders(t);
	case GUARD_MEMBERS:
		return n + guard_members(t);
	case GUARD_GROUPS:
		return n + guard_groups(t);
	case GUARD_KINDS:
		break;
	}
	return n;
}

bool
guard_is_latched(const struct guard_count *count, int64_t now_ms)
{
	return now_ms < count->latched_until_ms;
}

/* What single licenses refuse counts for all together: who empties them all is
 * one bulk removal, not one a license. */
long
guard_used(struct tenant *t, const struct guard_ref *ref)
{
	long n = ref->count->held_n + ref->count->sent_n;
	int64_t now = clock_boot_ms();
	size_t i;

	for (i = 0; ref->kind == GUARD_LICENSES && i < t->licenses_n; i++) {
		const struct guard_count *one = &t->license[i]->removals;

		if (guard_is_latched(one, now))
			n += one->tried_n;
	}
	return n;
}

/* ---- what weighs ---- */

bool
guard_weighs(struct tenant *t, const struct change *c)
{
	if (!guard_is_removal(c))
		return false;
	if (c->person && c->verb != VERB_REMOVE &&
	    change_find(c->person, VERB_REMOVE, NULL))
		return false;
	return !change_has_placeholder(t, c);
}

/* weight: 1 or -1, for what it is marked as. */
static void
guard_put(struct tenant *t, const struct change *c, int weight)
{
	struct guard_allowance *a = &t->guard.allowance;
	struct guard_ref ref[GUARD_REFS_MAX];
	size_t i, n = guard_refs(t, c, ref);

	if (c->allowance) {
		if (c->allowance == a->serial)
			a->pending_n += weight;
		return;
	}
	for (i = 0; i < n; i++)
		ref[i].count->held_n += weight;
}

static void
guard_mark(struct tenant *t, struct change *c, bool weighs)
{
	if (c->weighs == weighs)
		return;
	tenant_mutate(t);
	if (weighs) {
		c->allowance =
		    guard_allowance_left(t) > 0 ? t->guard.allowance.serial : 0;
		guard_put(t, c, 1);
	} else {
		guard_put(t, c, -1);
		c->allowance = 0;
	}
	c->weighs = weighs;
}

void
guard_recount(struct tenant *t, struct person *p)
{
	struct change *c;

	for (c = p->changes; c; c = c->person_next)
		guard_mark(t, c, guard_weighs(t, c));
}

void
guard_recount_all(struct tenant *t)
{
	struct change *c;

	for (c = t->first; c; c = c->next)
		guard_mark(t, c, guard_weighs(t, c));
}

void
guard_link(struct tenant *t, struct change *c)
{
	if (!guard_is_removal(c))
		return;
	if (c->verb == VERB_REMOVE) /* the others first: they give back */
		guard_recount(t, c->person);
	guard_mark(t, c, guard_weighs(t, c));
}

void
guard_unlink(struct tenant *t, struct change *c)
{
	guard_mark(t, c, false);
}

/* ---- the settle time ---- */

static bool
guard_is_half_full(struct tenant *t, const struct guard_ref *ref)
{
	return ref->count->held_n > 0 &&
	       2 * guard_used(t, ref) >
		   guard_limit(ref->kind, guard_size(t, ref), &t->guard.rule);
}

/* The more is going, the longer somebody has to notice. */
int64_t
guard_settle_ms(struct tenant *t)
{
	struct guard_ref ref;
	bool full = false;
	size_t i;

	for (i = 0; !full && guard_each(t, i, &ref); i++)
		full = guard_is_half_full(t, &ref);
	return full ? guard_long_settle_ms(t->conf.settle_ms)
		    : t->conf.settle_ms;
}
