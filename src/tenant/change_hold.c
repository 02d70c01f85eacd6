/* SPDX-License-Identifier: MIT */
/*
 * change_hold: the settle window.  Removals are held until nothing was removed
 * for the settle time, and then go together (DESIGN 4.2).
 */
#include <errno.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "tenant_int.h"

void
change_hold_more(struct tenant *t)
{
	t->settle_at_ms = clock_boot_ms() + t->conf.settle_ms;
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

/* Much may have changed since he was removed, a crash and a remount among it:
 * the guard judges again (DESIGN 4.2).  true: it was refused, and is over. */
static bool
change_is_refused_now(struct tenant *t, struct change *c)
{
	struct err why = ERR_NONE, err = ERR_NONE;

	if (c->verb != VERB_REMOVE ||
	    guard_check_remove(t, c->person, &why) == 0)
		return false;
	if (change_finish(t, c, -EPERM, &why, &err) == 0)
		return true;
	log_error("a removal that is refused by now stays held: %s", err.msg);
	return false;
}

void
change_judge_held(struct tenant *t, const char *prefix)
{
	struct change *c, *next;

	for (c = t->first; c; c = next) {
		next = c->next;
		if (c->state == STATE_HELD && change_is_below(c, prefix) &&
		    change_is_refused_now(t, c))
			next = t->first; /* others may have ended with it */
	}
}

void
change_release_held(struct tenant *t, const char *prefix)
{
	struct change *c;
	struct err err = ERR_NONE;
	bool again = false;

	if (t->dry_run)
		return; /* held until the plan is applied or discarded */
	change_judge_held(t, prefix);
	for (c = t->first; c; c = c->next) {
		if (c->state != STATE_HELD || !change_is_below(c, prefix) ||
		    change_is_covered(c, prefix))
			continue;
		if (change_has_placeholder(t, c)) {
			again = true;
			continue;
		}
		if (change_set_state(t, c, STATE_QUEUED, &err) < 0) {
			log_error("cannot release a held removal: %s", err.msg);
			again = true;
			break;
		}
	}
	for (c = t->first; c; c = c->next)
		change_queue(t, c);
	t->settle_at_ms = 0;
	if (again || t->held_n > 0)
		change_hold_more(t);
}
