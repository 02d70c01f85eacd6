/* SPDX-License-Identifier: MIT */
/* dir_remove: rmdir, unlink: what is held, and what was never sent. */
#include <errno.h>

#include <stdlib.h>

#include "dir_int.h"
#include "gotofs/clock.h"
#include "gotofs/text.h"
#include "pending_int.h"
#include "snapshot_int.h"

/* ---- rmdir ---- */

/* It never came to be, nor does what names it, nor what is made in it. */
int
dir_forget_group(
    struct tenant *t, struct tenant_group *g, const char *why, struct err *err)
{
	struct change *c, *prev;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < t->groups_n; i++)
		if (t->group[i]->parent == g && !t->group[i]->key) {
			r = dir_forget_group(t, t->group[i], why, err);
			i = (size_t)-1;
		}
	for (c = t->last; r == 0 && c; c = prev) {
		prev = c->prev; /* its creation is the oldest */
		if (c->group == g)
			r = change_cancel(t, c, why, err);
	}
	if (r == 0)
		group_drop(t, g);
	return r;
}

static int
dir_rmdir_group(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, struct node *n, struct err *err)
{
	struct tenant_group *g = n->obj.group;
	struct change *create = change_find_group(t, VERB_GROUP_CREATE, g), *c;
	AUTO(text_done) char *path = tree_path(dir, n->name);
	int r;

	if (create && change_is_unsent(create) && !g->key)
		return dir_forget_group(
		    t, g, "removed before it was sent", err);
	c = path ? change_new(VERB_GROUP_DELETE, path, who) : NULL;
	if (!c)
		return err_nomem(err);
	c->group = g;
	r = change_hold(t, who, c, err);
	if (r == 0)
		group_hide(t, g);
	return r;
}

int
tenant_rmdir(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name)
{
	struct node *d = dir_begin(t, dir, name);
	struct node *n = d ? tree_child(t, d, name) : NULL;
	struct err err = ERR_NONE;
	size_t i = 0;
	bool emptied;
	int r;

	if (d && d->fixed == FIXED_SNAPSHOTS)
		return dir_end(t, NULL, NULL, snapshot_drop(t, who, name));
	if (!n)
		return dir_end(t, NULL, NULL, dir_absent(dir));
	if (!tree_is_dir(n))
		return dir_end(t, NULL, NULL, -ENOTDIR);
	if (tree_next_child(n, &i))
		return dir_end(t, NULL, NULL, -ENOTEMPTY);
	emptied = n->kind == NODE_ERROR_DIR && !n->fixed;
	r = emptied ? 0 : tenant_check_writable(t, &err); /* nothing is sent */
	if (r == 0 && (n->kind == NODE_LOCAL_DIR || emptied)) {
		tenant_mutate(t);
		tree_remove(t, n);
	} else if (r == 0 && n->kind == NODE_GROUP_DIR) {
		r = dir_rmdir_group(t, who, d, n, &err);
	} else if (r == 0 && activity_is_below(n)) {
		r = activity_refuse_removal(t, who, n, &err);
	} else if (r == 0 && (n->kind == NODE_RECLAIM_DIR ||
				 n->kind == NODE_APPROVED_DIR)) {
		r = err_set(&err, -EROFS, "nothing is removed in reclaim/");
	} else if (r == 0) {
		r = err_set(&err, -EPERM, "this folder cannot be removed");
	}
	if (r < 0 && err.code)
		dir_refuse(t, who, "rmdir", d, name, r, err.msg);
	return dir_end(t, NULL, NULL, r);
}

/* ---- unlink ---- */

static int
dir_hold(struct tenant *t, const struct tenant_caller *who, struct node *dir,
    struct person *p, enum verb verb, int64_t moved, struct err *err)
{
	AUTO(text_done) char *path = tree_path(dir, p->name);
	struct change *c = path ? change_new(verb, path, who) : NULL;
	int r;

	if (!c)
		return err_nomem(err);
	c->person = p;
	c->moved = moved;
	if (verb == VERB_UNASSIGN)
		c->license = dir->obj.license;
	if (verb ==
	    VERB_TAKE_OUT) { /* one that is still to come, he never left */
		bool made = dir->obj.group->key || !p->group;

		c->group = made ? dir->obj.group : p->group;
	}
	r = change_hold(t, who, c, err);
	if (r == 0)
		person_settle(t, p);
	return r;
}

/* Would dir_hold_link() be let?  -EDQUOT: no, and that has been reported. */
int
dir_ask_link(struct tenant *t, const struct tenant_caller *who,
    const struct node *dir, const char *name, struct err *err)
{
	struct person *p = tree_child(t, dir, name)->obj.person;
	struct change probe = {.verb = VERB_UNASSIGN, .person = p};
	const struct change *assign;
	int r;

	if (dir->kind != NODE_LICENSE_DIR)
		return 0;
	probe.license = dir->obj.license;
	assign = change_find(p, VERB_ASSIGN, probe.license);
	if (assign && change_is_unsent(assign))
		return 0; /* it is cancelled */
	probe.path = tree_path(dir, name);
	if (!probe.path)
		return err_nomem(err);
	r = guard_admit(t, who, &probe);
	free(probe.path);
	return r;
}

/* Moved on before he was there: what he leaves for it hangs on the next. */
static int
dir_move_on(struct tenant *t, struct person *p, int64_t from, int64_t to,
    struct err *err)
{
	struct change *c = to ? p->changes : NULL;
	int r = 0;

	for (; r == 0 && c; c = c->person_next)
		if (c->moved == from)
			r = change_set_moved(t, c, to, err);
	return r;
}

int
dir_hold_link(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, const char *name, int64_t moved, struct err *err)
{
	struct node *n = tree_child(t, dir, name);
	struct person *p = n->obj.person;
	bool seat = n->kind == NODE_LICENSE_LINK;
	struct change *c = change_find(
	    p, seat ? VERB_ASSIGN : VERB_MOVE, seat ? dir->obj.license : NULL);

	if (c && change_is_unsent(c)) {
		/* the group link under it, if any, was left by this move */
		bool had_group = !seat && p->group;
		int r = dir_move_on(t, p, c->id, moved, err);

		if (r == 0) /* then: a crash in between costs no seat */
			r = change_cancel(
			    t, c, "removed before it was sent", err);
		if (r < 0 || !had_group)
			return r;
	}
	return dir_hold(
	    t, who, dir, p, seat ? VERB_UNASSIGN : VERB_TAKE_OUT, moved, err);
}

/* What it wrote was refused, most likely, and the record of that stays. */
static int
dir_refuse_cleaning(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, const struct node *n, struct err *err)
{
	static const char why[] =
	    "the process that wrote this file removes it again: taken for a "
	    "tool that cleans up, so the account stays; to remove it use rm";
	AUTO(text_done) char *path = tree_path(dir, n->name);

	if (n->writing->stage.verdict >= 0 || !path)
		return err_set(err, -EBUSY, "%s", why);
	return report_refusal_again(t, who, "remove", path, -EBUSY, why);
}

static int
dir_unlink_user(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, struct node *n, struct err *err)
{
	struct person *p = n->obj.person;
	struct change *create;
	int r;

	if (!p) { /* nobody yet */
		tenant_mutate(t);
		tree_remove(t, n);
		return 0;
	}
	create = change_find(p, VERB_CREATE, NULL);
	if (create && change_is_unsent(create)) {
		person_set_pending(t, p, NULL);
		return change_cancel(
		    t, create, "removed before it was sent", err);
	}
	if (write_by(n, who->pid, clock_boot_ms()))
		return dir_refuse_cleaning(t, who, dir, n, err);
	r = guard_check_remove(t, p, err);
	return r < 0 ? r : dir_hold(t, who, dir, p, VERB_REMOVE, 0, err);
}

/* No unlink in reclaim/ ever costs a seat (DESIGN 2). */
static int
dir_unlink_candidate(
    struct tenant *t, struct node *dir, struct node *n, struct err *err)
{
	if (dir->kind == NODE_APPROVED_DIR)
		return reclaim_cancel(t, n->obj.person, dir->obj.license, err);
	return err_set(err, -EROFS,
	    "nothing is removed in reclaim/: mv it into approved/ to take the "
	    "seat");
}

/* Tools replace it so; it comes back if nobody writes another. */
static int
dir_unlink_rules(struct tenant *t, const struct tenant_caller *who,
    struct node *n, struct err *err)
{
	if (write_by(n, who->pid, clock_boot_ms()))
		return err_set(err, -EBUSY,
		    "the process that wrote the rules removes them again: "
		    "taken for a tool that cleans up, so they stay");
	return reclaim_rules_unlink(t, who, n);
}

static int
dir_unlink_node(struct tenant *t, const struct tenant_caller *who,
    struct node *d, struct node *n, struct err *err)
{
	struct person *p;

	switch ((enum node_kind)n->kind) {
	case NODE_LOCAL_FILE:
	case NODE_LOCAL_LINK:
		tenant_mutate(t);
		if (n->local && n->local->placeholder && t->settle_at_ms)
			change_hold_more(t); /* its link comes now */
		p = n->local && n->local->placeholder
			? person_by_name(t, n->name)
			: NULL;
		tree_remove(t, n);
		if (p)
			guard_recount(t, p);
		return 0;
	case NODE_USER:
		return dir_unlink_user(t, who, d, n, err);
	case NODE_LICENSE_LINK:
	case NODE_GROUP_LINK:
		return dir_hold_link(t, who, d, n->name, 0, err);
	case NODE_ERROR:
		return report_acknowledge(t, n);
	case NODE_PENDING:
		return pending_cancel(t, who, n, err);
	case NODE_ACTIVITY:
		return activity_refuse_removal(t, who, d, err);
	case NODE_CANDIDATE:
		return dir_unlink_candidate(t, d, n, err);
	case NODE_RULES:
		return dir_unlink_rules(t, who, n, err);
	case NODE_REPORT:
		return err_set(err, -EROFS,
		    "a report is made of what the account is; there is "
		    "nothing to be removed");
	case NODE_TRASH:
		return err_set(err, -EPERM,
		    "what was removed is kept for 90 days; mv it back to "
		    "users/ to restore it");
	default:
		return err_set(err, -EPERM, "this file cannot be removed");
	}
}

int
tenant_unlink(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name)
{
	struct node *d = dir_begin(t, dir, name);
	struct node *n = d ? tree_child(t, d, name) : NULL;
	struct err err = ERR_NONE;
	int r;

	if (!n)
		return dir_end(t, NULL, NULL, dir_absent(dir));
	if (tree_is_dir(n))
		return dir_end(t, NULL, NULL, -EISDIR);
	r = n->kind == NODE_ERROR || n->kind == NODE_PENDING
		? 0 /* nothing is sent */
		: tenant_check_writable(t, &err);
	if (r == 0)
		r = dir_unlink_node(t, who, d, n, &err);
	if (r < 0 && err.code)
		dir_refuse(t, who, "remove", d, name, r, err.msg);
	return dir_end(t, NULL, NULL, r);
}
