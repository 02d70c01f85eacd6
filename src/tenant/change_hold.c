/* SPDX-License-Identifier: MIT */
/*
 * change_hold: the settle window.  Removals are held until nothing was removed
 * for the settle time, and then go together (DESIGN 4.2).
 */
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "tenant_int.h"

int
change_hold(struct tenant *t, const struct tenant_caller *who, struct change *c,
    struct err *err)
{
	int r = guard_admit(t, who, c);

	if (r == 0)
		return change_accept(t, c, STATE_HELD, err);
	change_free(c);
	return r;
}

void
change_hold_more(struct tenant *t)
{
	t->settle_at_ms = clock_boot_ms() + guard_settle_ms(t);
	tenant_wake(t);
}

bool
change_path_is_below(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(path, prefix, n) == 0 &&
	       (n == 0 || path[n] == '\0' || path[n] == '/' ||
		   prefix[n - 1] == '/');
}

bool
change_is_below(const struct change *c, const char *prefix)
{
	return change_path_is_below(c->path, prefix);
}

/* Its call has not begun, nor ever may have: it can be taken back. */
bool
change_is_unsent(const struct change *c)
{
	return !c->begun && !c->unknown &&
	       (c->state == STATE_QUEUED || c->state == STATE_WAITING);
}

/* What was made again since: it could not be cancelled any more. */
bool
change_is_undone(const struct change *c)
{
	const struct change *o = c->person ? c->person_next : NULL;

	for (; o; o = o->person_next) {
		if (o->verb == VERB_CREATE && c->verb == VERB_REMOVE)
			return true;
		if (o->verb == VERB_ASSIGN && c->verb == VERB_UNASSIGN &&
		    o->license == c->license)
			return true;
		if (o->verb == VERB_MOVE && c->verb == VERB_TAKE_OUT)
			return true;
	}
	return false;
}

bool
change_is_under_way(const struct tenant *t, const struct person *p)
{
	return p->changes && !t->dry_run;
}

/* Nothing of it has left: what undoes it cancels it. */
bool
change_is_cancellable(const struct change *c)
{
	return c->state == STATE_HELD || change_is_unsent(c);
}

/* The removal of a person swallows those of his links (DESIGN 4.2): they stay
 * held, and their names hidden, until it has ended. */
static bool
change_is_covered(const struct change *c, const char *prefix)
{
	const struct change *removal =
	    c->person && c->verb != VERB_REMOVE
		? change_find(c->person, VERB_REMOVE, NULL)
		: NULL;

	return removal && (removal->state != STATE_HELD ||
			      change_is_below(removal, prefix));
}

/* tar x keeps an empty file where a link will be: its removal waits. */
bool
change_has_placeholder(const struct tenant *t, const struct change *c)
{
	struct node *dir =
	    c->license ? c->license->dir : (c->group ? c->group->dir : NULL);
	struct node *n =
	    dir && c->person ? tree_child(t, dir, c->person->name) : NULL;

	return n && n->kind == NODE_LOCAL_FILE;
}

/* Much may have changed since it was removed, a crash and a remount among it:
 * the guard judges again (DESIGN 4.2).  true: it was refused, and is over. */
static bool
change_is_refused_now(struct tenant *t, struct change *c)
{
	struct err why = ERR_NONE, err = ERR_NONE;
	int r = 0;

	if (c->verb == VERB_REMOVE)
		r = guard_check_remove(t, c->person, &why);
	if (c->verb == VERB_GROUP_DELETE)
		r = guard_check_group(t, c->group, &why);
	if (r == 0)
		return false;
	if (change_finish(t, c, r, &why, &err) == 0)
		return true;
	log_error("a removal that is refused by now stays held: %s", err.msg);
	return false;
}

static void
change_judge_each(struct tenant *t, const char *prefix)
{
	struct change *c, *next;

	for (c = t->first; c; c = next) {
		next = c->next;
		if (c->state == STATE_HELD && change_is_below(c, prefix) &&
		    change_is_refused_now(t, c))
			next = t->first; /* others may have ended with it */
	}
}

/* What a trip takes back may be in a group that is held. */
void
change_judge_held(struct tenant *t, const char *prefix)
{
	change_judge_each(t, prefix);
	if (guard_judge_limits(t))
		change_judge_each(t, "");
}

/* Those that may go; *ret_again: some have to wait longer. */
static struct change **
change_list_released(
    struct tenant *t, const char *prefix, size_t *ret_n, bool *ret_again)
{
	struct change **v =
	    calloc((size_t)t->held_n + 1, sizeof(struct change *));
	struct change *c;
	size_t n = 0;

	*ret_again = !v;
	for (c = t->first; v && c; c = c->next) {
		if (c->state != STATE_HELD || !change_is_below(c, prefix) ||
		    change_is_covered(c, prefix))
			continue;
		if (change_has_placeholder(t, c) || guard_is_due(t, c))
			*ret_again = true;
		else
			v[n++] = c;
	}
	*ret_n = n;
	return v;
}

void
change_release_held(struct tenant *t, const char *prefix)
{
	struct change **v, *c;
	struct err err = ERR_NONE;
	bool again;
	size_t n;

	if (t->dry_run)
		return; /* held until the plan is applied or discarded */
	change_judge_held(t, prefix);
	v = change_list_released(t, prefix, &n, &again);
	if (n > 0 && change_set_state_all(t, v, n, STATE_QUEUED, &err) < 0) {
		log_error("cannot release held removals: %s", err.msg);
		again = true;
	}
	free(v);
	for (c = t->first; c; c = c->next)
		change_queue(t, c);
	t->settle_at_ms = 0;
	if (again || t->held_n > 0)
		change_hold_more(t);
}
