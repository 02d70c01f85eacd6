/* SPDX-License-Identifier: MIT */
/*
 * change_ready: the ready queues: what push may send now, and what waits for
 * another change, a key, a seat or a person first.
 *
 * A change is on one list at most: of those that are held, that wait for a
 * person, that wait for a license's seat or for a group, that are put off, or
 * that may be sent.  One that waits for an earlier change of its own person is
 * on none: his are few, and are looked at when one of them ends.
 */
#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "tenant_int.h"

/* ---- lists ---- */

static void
list_append(struct change_list *l, struct change *c)
{
	c->in = l;
	c->in_next = NULL;
	c->in_prev = l->last;
	*(l->last ? &l->last->in_next : &l->first) = c;
	l->last = c;
	l->n++;
}

void
change_unqueue(struct tenant *t, struct change *c)
{
	struct change_list *l = c->in;

	if (!l)
		return;
	*(c->in_prev ? &c->in_prev->in_next : &l->first) = c->in_next;
	*(c->in_next ? &c->in_next->in_prev : &l->last) = c->in_prev;
	l->n--;
	c->in = NULL;
	c->in_prev = c->in_next = NULL;
	if (l == &t->held)
		t->held_n = l->n;
}

static void
change_put(struct tenant *t, struct change *c, struct change_list *l)
{
	if (c->in == l)
		return;
	change_unqueue(t, c);
	if (l)
		list_append(l, c);
}

void
change_tally(struct tenant *t, const struct change *c, int by)
{
	if (c->state == STATE_QUEUED)
		t->queued_n[c->verb] += by;
}

void
change_set(struct tenant *t, struct change *c, enum state state)
{
	change_tally(t, c, -1);
	if (c->person)
		change_count(c->person, -1);
	else if (c->group)
		change_count_own(c, -1);
	c->state = state;
	change_tally(t, c, 1);
	if (c->person)
		change_count(c->person, 1);
	else if (c->group)
		change_count_own(c, 1);
	change_put(t, c,
	    state == STATE_HELD
		? &t->held
		: (state == STATE_WAITING && !c->folded ? &t->waiting : NULL));
	t->held_n = t->held.n;
}

void
change_set_folded(struct tenant *t, struct change *c, bool folded)
{
	change_count(c->person, -1);
	c->begun = c->folded = folded;
	change_count(c->person, 1);
	change_set(t, c, c->state);
}

/* ---- what it waits for ---- */

static bool
change_is_going(const struct change *c)
{
	return c->state == STATE_QUEUED || c->state == STATE_SENDING;
}

/* A seat that its person leaves for one that he does not have yet (mv). */
bool
change_is_left_for(const struct change *c)
{
	const struct change *o = c->moved ? c->person->changes : NULL;

	while (o && o->id != c->moved)
		o = o->person_next;
	return o != NULL;
}

/* It comes before c: but for a seat that c's person leaves for a later one, and
 * the links of somebody who is only made by c. */
static bool
change_comes_first(const struct change *o, const struct change *c)
{
	if (o->state != STATE_QUEUED || change_is_left_for(o))
		return false;
	return c->verb != VERB_CREATE || c->person->key ||
	       o->verb == VERB_CREATE || o->verb == VERB_REMOVE;
}

/* One call at a time for each person; earlier ones come first, but for those
 * that wait for a later one. */
static bool
change_waits_for_person(const struct change *c)
{
	const struct change *o;
	bool earlier = true;

	for (o = c->person->changes; o; o = o->person_next) {
		if (o == c)
			earlier = false;
		else if (o->state == STATE_SENDING ||
			 (earlier && change_comes_first(o, c)))
			return true;
	}
	return change_is_left_for(c) ||
	       (!c->person->key && c->verb != VERB_CREATE);
}

/* Changes of the group itself that came before c, or (sent) its end that is on
 * its way. */
static bool
change_waits_for_own(const struct tenant_group *g, const struct change *c)
{
	const struct change *o;

	for (o = g->own; o; o = o->group_next) {
		if (o == c)
			continue;
		if (!c->person && o->id < c->id && change_is_going(o))
			return true;
		if (g == c->group && o->state == STATE_SENDING &&
		    o->verb == VERB_GROUP_DELETE)
			return true;
	}
	return false;
}

/* It needs the group's key, and the group itself: nothing goes while it is
 * being deleted, and it is not deleted while something goes. */
static bool
change_waits_for_group(const struct tenant *t, const struct change *c)
{
	struct tenant_group *g = c->group;
	size_t i;

	if (!g->key && c->verb != VERB_GROUP_CREATE)
		return true;
	if ((g->parent && !g->parent->key) || change_waits_for_own(g, c))
		return true;
	if (c->verb != VERB_GROUP_DELETE)
		return false;
	if (g->going_n > 0)
		return true;
	for (i = 0; i < t->groups_n; i++)
		if (t->group[i]->parent == g &&
		    (t->group[i]->going_n > 0 ||
			change_waits_for_own(t->group[i], c)))
			return true;
	return false;
}

/* None is free now, and one will be. */
static bool
change_waits_for_seat(const struct tenant_license *l)
{
	return l->seats >= 0 && l->holders_n + l->sending_n >= l->seats &&
	       l->freeing_n > 0;
}

static bool
change_is_waited_for(const struct change *c)
{
	const struct change *o = c;

	if (c->waiters || !c->person)
		return c->waiters != NULL;
	for (o = c->person->changes; o; o = o->person_next)
		if (o->waiters)
			return true;
	return false;
}

bool
change_may_join(const struct change *c, const struct change *first)
{
	const struct change *o;

	for (o = first->person->changes; o != c; o = o->person_next)
		if (o->license == c->license)
			return false;
	return c->verb == VERB_ASSIGN ? !change_waits_for_seat(c->license)
				      : !change_is_left_for(c);
}

static struct change_list *
change_where(struct tenant *t, const struct change *c)
{
	if (c->person && change_waits_for_person(c))
		return NULL;
	if (c->group && change_waits_for_group(t, c))
		return &c->group->blocked;
	if (c->verb == VERB_ASSIGN && change_waits_for_seat(c->license))
		return &c->license->blocked;
	if (c->not_before_ms > 0)
		return &t->later;
	return change_is_waited_for(c) ? &t->urgent[c->verb]
				       : &t->ready[c->verb];
}

bool
change_must_wait(struct tenant *t, const struct change *c)
{
	const struct change_list *l = change_where(t, c);

	return l != &t->urgent[c->verb] && l != &t->ready[c->verb];
}

/* Somebody new, or one of his links: more may follow, within a twelfth of the
 * settle time (250 ms). */
static void
change_gather(struct tenant *t)
{
	int64_t ms = t->conf.settle_ms / 12;

	if (ms > CHANGE_GATHER_MAX_MS)
		ms = CHANGE_GATHER_MAX_MS;
	t->gather_at_ms = clock_boot_ms() + ms;
}

void
change_queue(struct tenant *t, struct change *c)
{
	struct change_list *to;

	if (t->dry_run || c->state != STATE_QUEUED || c->folded ||
	    c->in == &t->ready[c->verb] || c->in == &t->urgent[c->verb])
		return;
	to = change_where(t, c);
	if (c->person && !c->person->key && !c->unknown)
		change_gather(t);
	if (to == c->in)
		return;
	change_put(t, c, to);
	if (to == &t->ready[c->verb] || to == &t->urgent[c->verb])
		tenant_wake_work(t);
}

/* Somebody waits: what must come before it comes before the others. */
void
change_hurry(struct tenant *t, struct change *c)
{
	struct change *o = c->person ? c->person->changes : c;

	for (; o; o = c->person ? o->person_next : NULL)
		if (o->in == &t->ready[o->verb])
			change_put(t, o, &t->urgent[o->verb]);
	tenant_wake_work(t);
}

/* ---- what waited may go ---- */

static void
change_requeue_list(struct tenant *t, struct change_list *l)
{
	struct change *c, *next;

	for (c = l->first; c; c = next) {
		next = c->in_next;
		change_queue(t, c);
	}
}

/* As many as there are seats. */
static void
change_requeue_license(struct tenant *t, struct tenant_license *l)
{
	struct change *c;

	while ((c = l->blocked.first)) {
		change_queue(t, c);
		if (l->blocked.first == c)
			return;
	}
}

/* Its own changes wait for those of its people and of its parts; all may wait
 * for its own. */
static void
change_requeue_group(struct tenant *t, struct tenant_group *g, bool own)
{
	struct change *c;

	for (c = g->own; c; c = c->group_next)
		change_queue(t, c);
	if (own)
		change_requeue_list(t, &g->blocked);
}

/* Something ended: what waited for it may go. A removal gives back seats of
 * any license; a sub-group's end may be what its parent waited for. */
void
change_requeue(struct tenant *t, const struct person *p, enum verb verb)
{
	bool own = verb == VERB_GROUP_CREATE || verb == VERB_GROUP_RENAME ||
		   verb == VERB_GROUP_DELETE;
	bool groups = own || verb == VERB_MOVE || verb == VERB_TAKE_OUT ||
		      verb == VERB_CREATE;
	struct change *c;
	size_t i;

	for (c = p ? p->changes : NULL; c; c = c->person_next)
		change_queue(t, c);
	for (i = 0; i < t->licenses_n; i++)
		change_requeue_license(t, t->license[i]);
	for (i = 0; groups && i < t->groups_n; i++)
		change_requeue_group(t, t->group[i], own);
}

/* A person who was waited for is there, or stays after all: his links may go.
 */
void
change_requeue_arrived(struct tenant *t, struct person *p)
{
	struct change *c;
	struct err err = ERR_NONE;

	if (!person_exists(p))
		return;
	for (c = p->changes; c; c = c->person_next) {
		if (c->folded) /* with his creation */
			continue;
		if (c->state == STATE_WAITING &&
		    change_set_state(t, c, STATE_QUEUED, &err) < 0)
			log_error("%s waits on: %s", c->path, err.msg);
		change_queue(t, c);
	}
}

/* The same for all, after a pull. */
void
change_requeue_waiting(struct tenant *t)
{
	struct change *c;

	for (c = t->first; t->waiting.n > 0 && c; c = c->next)
		if (c->state == STATE_WAITING && c->person->record > 0)
			change_requeue_arrived(t, c->person);
}

void
change_requeue_all(struct tenant *t)
{
	struct change *c;

	for (c = t->first; c; c = c->next)
		change_queue(t, c);
}
