/* SPDX-License-Identifier: MIT */
/*
 * push_choose: what is sent next, and what goes with it (DESIGN 4.3).
 *
 * Who is waited for comes first, then the verbs in their order.  Creates that
 * nobody waits for gather until no other has come for a moment, and for at most
 * the settle time, so that what rsync brings one by one goes as batches.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/text.h"
#include "push_int.h"

#define PUSH_GATHER_MAX_MS 60000
#define PUSH_IDLE_MS 1000
#define PUSH_SHARE_MS 250
/* How far ahead others of the same set are sought. */
#define PUSH_SCAN_MAX 5000

/* ---- the next ---- */

/* What was put off and is due now. */
static void
push_due(struct tenant *t, int64_t now, int64_t *wait_ms)
{
	struct change *c, *next;

	for (c = t->later.first; c; c = next) {
		int64_t ms = c->not_before_ms - now;

		next = c->in_next;
		if (ms <= 0) {
			c->not_before_ms = 0;
			change_queue(t, c);
		} else if (ms < *wait_ms) {
			*wait_ms = ms;
		}
	}
}

/* How many like c there are among the first. */
static size_t
push_count_like(const struct change_list *l, const struct change *c)
{
	struct push_set want, other;
	const struct change *o;
	size_t n = 0, seen = 0;

	push_set_of(c, &want);
	for (o = l->first; o && n < PUSH_BATCH_MAX && seen < PUSH_SCAN_MAX;
	     o = o->in_next, seen++) {
		push_set_of(o, &other);
		n += push_set_equal(&want, &other);
	}
	return n;
}

/* Is a batch full?  Looked at again when there are half as many more. */
static bool
push_is_full(struct tenant *t, const struct change *c)
{
	const struct change_list *l = &t->ready[VERB_CREATE];

	if (l->n < t->gather_n)
		return false;
	if (push_count_like(l, c) >= PUSH_BATCH_MAX)
		return true;
	t->gather_n = l->n + PUSH_BATCH_MAX / 2;
	return false;
}

/* Milliseconds that a create nobody waits for still gathers. */
static int64_t
push_gathers_ms(struct tenant *t, const struct change *c, int64_t now)
{
	int64_t most = t->conf.settle_ms, at;

	if (most > PUSH_GATHER_MAX_MS)
		most = PUSH_GATHER_MAX_MS;
	at = c->created_boot_ms + most;
	if (c->id <= t->gathered_id || t->draining || c->tries > 0)
		return 0;
	if (t->gather_at_ms < at)
		at = t->gather_at_ms;
	return now >= at || push_is_full(t, c) ? 0 : at - now;
}

/* Milliseconds that a create somebody waits for is kept: several who write at
 * once share a call, for none goes right after another that is on its way. */
static int64_t
push_shares_ms(const struct tenant *t, int64_t now)
{
	int64_t ms = t->create_began_ms + PUSH_SHARE_MS - now;

	return t->creates_n > 0 && ms > 0 ? ms : 0;
}

/* Whom somebody waits for. */
static struct change *
push_next_urgent(struct tenant *t, int64_t now, int64_t *wait_ms)
{
	size_t i;

	for (i = 0; i < VERB_N; i++) {
		struct change *c = t->urgent[i].first;
		int64_t ms = c && i == VERB_CREATE ? push_shares_ms(t, now) : 0;

		if (c && ms == 0)
			return c;
		if (c && ms < *wait_ms)
			*wait_ms = ms;
	}
	return NULL;
}

/* Full licenses whose seats are exchanged: who leaves one for another waits for
 * it, and for nothing that is on its way.  One of them goes first. */
static struct change *
push_untie(struct tenant *t)
{
	struct change *c;

	if (push_has_work(t) || t->sending_n > 0 ||
	    t->queued_n[VERB_UNASSIGN] == 0)
		return NULL;
	for (c = t->first; c; c = c->next)
		if (c->verb == VERB_UNASSIGN && c->state == STATE_QUEUED &&
		    change_is_left_for(c) && c->license->blocked.n > 0) {
			c->moved = 0;
			return c;
		}
	return NULL;
}

struct change *
push_next(struct tenant *t, int64_t *ret_wait_ms)
{
	int64_t now = clock_boot_ms(), ms;
	struct change *c;
	size_t i;

	*ret_wait_ms = PUSH_IDLE_MS;
	ms = t->away_until_ms - now;
	if (ms > 0 || (t->away_n > 0 && t->probes_n > 0)) {
		if (ms > 0 && ms < PUSH_IDLE_MS)
			*ret_wait_ms = ms;
		return NULL;
	}
	push_due(t, now, ret_wait_ms);
	c = push_next_urgent(t, now, ret_wait_ms);
	if (c)
		return c;
	for (i = 0; i < VERB_N; i++) {
		c = t->ready[i].first;
		ms = c && i == VERB_CREATE ? push_gathers_ms(t, c, now) : 0;
		if (c && ms == 0)
			return c;
		if (c && ms < *ret_wait_ms)
			*ret_wait_ms = ms;
	}
	return push_untie(t);
}

/* ---- what goes with it ---- */

static struct push_one *
push_add(struct push *p, struct change *c)
{
	struct push_one *one;

	if (!p->one)
		p->one = calloc(PUSH_BATCH_MAX, sizeof(*p->one));
	if (!p->one)
		return NULL;
	one = &p->one[p->n++];
	one->change = c;
	one->unknown = c->unknown;
	one->waited = c->waiters != NULL;
	return one;
}

static int
push_fold(struct tenant *t, struct push_one *one, const struct push_set *set)
{
	struct change *c;
	size_t most = set->licenses_n + (set->group != NULL);

	one->folded = most ? calloc(most, sizeof(*one->folded)) : NULL;
	if (most && !one->folded)
		return -ENOMEM;
	c = most ? one->change->person->changes : NULL;
	for (; c && one->folded_n < most; c = c->person_next) {
		if (!push_set_takes(set, c))
			continue;
		change_set_folded(t, c, true);
		one->folded[one->folded_n++] = c;
	}
	return 0;
}

void
push_unfold(struct tenant *t, struct push_one *one)
{
	size_t i;

	for (i = 0; i < one->folded_n; i++) {
		change_set_folded(t, one->folded[i], false);
		change_queue(t, one->folded[i]);
	}
	one->folded_n = 0;
}

/* The name that a creation asks for: what the group is called since, a later
 * change says. */
static const char *
push_first_label(const struct change *create)
{
	const struct tenant_group *g = create->group;
	const struct change *c, *first = NULL;

	for (c = g->own; c; c = c->group_next)
		if (c->verb == VERB_GROUP_RENAME && c->old_name &&
		    c->id > create->id && (!first || c->id < first->id))
			first = c;
	return first ? first->old_name : g->label;
}

/* As others call it that they leave: a file's name, a group's own. */
static const char *
push_name_asked(const struct change *c)
{
	const char *file = strrchr(c->path, '/');

	switch (c->verb) {
	case VERB_GROUP_CREATE:
		return push_first_label(c);
	case VERB_GROUP_RENAME:
		return c->new_name;
	case VERB_UPDATE:
		return file && (c->set & USER_SET_EMAIL) ? file + 1 : NULL;
	case VERB_CREATE:
		return file ? file + 1 : NULL;
	default:
		return NULL;
	}
}

bool
push_is_behind(const struct tenant *t, const struct change *c)
{
	const char *name = push_name_asked(c);
	const struct map_link *l;

	l = name ? map_first(&t->left, map_hash_str(name, 0)) : NULL;
	for (; l; l = map_next(l)) {
		const struct change *o = map_entry(l, struct change, by_left);

		if (o->id < c->id && !o->person == !c->person &&
		    text_equal(o->old_name, name))
			return true;
	}
	return false;
}

static int
push_take_create(struct tenant *t, struct push *p, struct change *c,
    const struct push_set *set)
{
	struct push_one *one = push_add(p, c);

	if (!one)
		return -ENOMEM;
	one->behind = push_is_behind(t, c);
	change_unqueue(t, c);
	return push_fold(t, one, set);
}

/* Others of this list with the same set, in their order. */
static int
push_gather(struct tenant *t, struct push *p, struct change_list *l,
    const struct push_set *set)
{
	struct change *c, *next;
	size_t seen = 0;
	int r = 0;

	for (c = l->first;
	     r == 0 && c && p->n < PUSH_BATCH_MAX && seen++ < PUSH_SCAN_MAX;
	     c = next) {
		struct push_set other;

		next = c->in_next;
		push_set_of(c, &other);
		if (push_set_equal(set, &other))
			r = push_take_create(t, p, c, set);
	}
	return r;
}

static int
push_choose_creates(struct tenant *t, struct change *c, struct push *p)
{
	struct push_set set;
	size_t i;
	int r;

	push_set_of(c, &set);
	for (i = 0; i < set.licenses_n; i++)
		if (strv_add(&p->license_keys, set.license[i]->key) < 0)
			return -ENOMEM;
	p->group_key = set.group ? set.group->key : NULL;
	p->admin_roles = strv_dup(set.roles);
	if (set.roles && !p->admin_roles)
		return -ENOMEM;
	t->gather_n = PUSH_BATCH_MAX;
	r = push_take_create(t, p, c, &set);
	if (r == 0)
		r = push_gather(t, p, &t->urgent[VERB_CREATE], &set);
	if (r == 0)
		r = push_gather(t, p, &t->ready[VERB_CREATE], &set);
	return r;
}

/* Further licenses of the same person (who is reclaimed goes alone), but none
 * that comes after something else of the same license, or that waits for a
 * seat. */
static int
push_choose_seats(struct tenant *t, struct change *c, struct push *p)
{
	struct change *o;

	if (!push_add(p, c))
		return -ENOMEM;
	change_unqueue(t, c);
	for (o = c->reclaim ? NULL : c->person_next;
	     o && p->n < PUSH_FOLDED_MAX; o = o->person_next) {
		if (o->verb == VERB_REMOVE)
			break;
		if (o->verb != c->verb || o->reclaim ||
		    o->state != STATE_QUEUED || o->in || o->folded ||
		    o->unknown != c->unknown || o->not_before_ms > 0 ||
		    !change_may_join(o, c))
			continue;
		if (!push_add(p, o))
			return -ENOMEM;
	}
	return 0;
}

/* What moves while the turn is away. */
static int
push_choose_group(struct push *p, const struct change *c)
{
	const struct tenant_group *g = c->group;

	p->label = text_dup(push_first_label(c));
	p->parent_key = g->parent ? text_dup(g->parent->key) : NULL;
	return p->label && (!g->parent || p->parent_key) ? 0 : -ENOMEM;
}

int
push_choose(struct tenant *t, struct change *c, struct push *p)
{
	struct push_one *one;

	p->verb = c->verb;
	if (c->verb == VERB_CREATE)
		return push_choose_creates(t, c, p);
	if (c->verb == VERB_ASSIGN || c->verb == VERB_UNASSIGN)
		return push_choose_seats(t, c, p);
	change_unqueue(t, c);
	one = push_add(p, c);
	if (!one)
		return -ENOMEM;
	one->behind = push_is_behind(t, c);
	return c->verb == VERB_GROUP_CREATE ? push_choose_group(p, c) : 0;
}

/* ---- parts ---- */

void
push_one_done(struct push_one *one)
{
	user_done(&one->found);
	free(one->key);
	free(one->folded);
}

void
push_done(struct push *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		push_one_done(&p->one[i]);
	free(p->one);
	strv_free(p->license_keys);
	strv_free(p->admin_roles);
	free(p->label);
	free(p->parent_key);
}

int
push_divide(struct push *p, struct push *ret_half)
{
	size_t keep = (p->n + 1) / 2, i;
	struct push half = {
	    .verb = p->verb, .group_key = p->group_key, .doubt = p->doubt};

	half.one = calloc(PUSH_BATCH_MAX, sizeof(*half.one));
	half.license_keys = strv_dup(p->license_keys);
	half.admin_roles = strv_dup(p->admin_roles);
	if (!half.one || (p->license_keys && !half.license_keys) ||
	    (p->admin_roles && !half.admin_roles)) {
		push_done(&half);
		return -ENOMEM;
	}
	for (i = keep; i < p->n; i++)
		half.one[half.n++] = p->one[i];
	p->n = keep;
	p->tries = 0;
	*ret_half = half;
	return 0;
}
