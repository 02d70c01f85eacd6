/* SPDX-License-Identifier: MIT */
/*
 * change_ready: the ready queues: what push may send now, and what waits for
 * another change, a key, a seat or a person first.
 */
#include "gotofs/log.h"
#include "tenant_int.h"

void
change_unqueue(struct tenant *t, struct change *c)
{
	struct change **p = &t->ready[c->verb], *prev = NULL;

	if (!c->ready)
		return;
	while (*p != c) {
		prev = *p;
		p = &(*p)->ready_next;
	}
	*p = c->ready_next;
	if (t->ready_tail[c->verb] == c)
		t->ready_tail[c->verb] = prev;
	c->ready = false;
}

static bool
change_is_going(const struct change *c)
{
	return c->state == STATE_QUEUED || c->state == STATE_SENDING;
}

/* One call at a time for each person; earlier ones come first. */
static bool
change_waits_for_person(const struct change *c)
{
	const struct change *o;
	bool earlier = true;

	for (o = c->person->changes; o; o = o->person_next) {
		if (o == c)
			earlier = false;
		else if (o->state == STATE_SENDING ||
			 (earlier && o->state == STATE_QUEUED))
			return true;
	}
	return !c->person->key && c->verb != VERB_CREATE;
}

/* It needs the group's key, and the group itself: nothing goes while it is
 * being deleted, and it is not deleted while something goes. */
static bool
change_waits_for_group(const struct tenant *t, const struct change *c)
{
	bool own = !c->person || c->verb == VERB_TAKE_OUT, earlier = true;
	const struct change *o;

	if (!c->group->key && c->verb != VERB_GROUP_CREATE)
		return true;
	if (c->group->parent && !c->group->parent->key)
		return true;
	for (o = t->first; o; o = o->next) {
		bool same = o->group == c->group;

		if (o == c) {
			earlier = false;
			continue;
		}
		if (!o->group || (!same && o->group->parent != c->group))
			continue;
		if (own && earlier && change_is_going(o))
			return true;
		if (same && o->state == STATE_SENDING &&
		    (o->verb == VERB_GROUP_DELETE ||
			c->verb == VERB_GROUP_DELETE))
			return true;
	}
	return false;
}

static bool
change_is_blocked(const struct tenant *t, const struct change *c)
{
	if (c->person && change_waits_for_person(c))
		return true;
	if (c->group && change_waits_for_group(t, c))
		return true;
	return c->verb == VERB_ASSIGN && c->license->seats >= 0 &&
	       c->license->holders_n >= c->license->seats &&
	       change_frees_seat(t, c->license);
}

/* Is a removal on its way that frees a seat of this license? */
bool
change_frees_seat(const struct tenant *t, const struct tenant_license *l)
{
	const struct change *o;

	for (o = t->first; o; o = o->next)
		if (change_is_going(o) &&
		    ((o->verb == VERB_UNASSIGN && o->license == l) ||
			(o->verb == VERB_REMOVE && person_seat(o->person, l))))
			return true;
	return false;
}

void
change_queue(struct tenant *t, struct change *c)
{
	if (c->state != STATE_QUEUED || c->ready || change_is_blocked(t, c))
		return;
	c->ready = true;
	c->ready_next = NULL;
	*(t->ready[c->verb] ? &t->ready_tail[c->verb]->ready_next
			    : &t->ready[c->verb]) = c;
	t->ready_tail[c->verb] = c;
	tenant_wake(t);
}

/* Something ended: what waited for it may go. A removal gives back seats of
 * any license; a sub-group's end may be what its parent waited for. */
void
change_requeue(struct tenant *t, const struct person *p, enum verb verb)
{
	bool seats = verb == VERB_UNASSIGN || verb == VERB_REMOVE;
	bool groups = verb == VERB_MOVE || verb == VERB_TAKE_OUT ||
		      verb == VERB_GROUP_CREATE || verb == VERB_GROUP_RENAME ||
		      verb == VERB_GROUP_DELETE;
	struct change *c;

	for (c = p ? p->changes : NULL; c; c = c->person_next)
		change_queue(t, c);
	if (!seats && !groups)
		return;
	for (c = t->first; c; c = c->next)
		if ((seats && c->verb == VERB_ASSIGN) || (groups && c->group))
			change_queue(t, c);
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
		if (c->begun) /* with his creation */
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

	for (c = t->first; c; c = c->next)
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
