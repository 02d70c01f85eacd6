/* SPDX-License-Identifier: MIT */
/* link: a symbolic link in a license directory assigns, one in a group moves.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dir_int.h"
#include "gotofs/layout.h"
#include "gotofs/name.h"
#include "gotofs/text.h"

/* ---- where it leads ---- */

int
link_check(struct tenant *t, const struct node *dir, const char *name,
    const char *target, struct err *err)
{
	AUTO(text_done) char *place = tree_path(dir, name);

	return place ? layout_check_link(place, target, t->mountpoint, err)
		     : err_nomem(err);
}

/* ---- whom it concerns ---- */

/* The person of this name, made up if he is still to come. */
static struct person *
link_person(struct tenant *t, const char *name, struct err *err)
{
	struct person *p = person_by_name(t, name);
	char *email = NULL;
	int r;

	if (p)
		return p;
	r = name_to_email(name, &email);
	free(email);
	if (r < 0) {
		err_set(err, r, "not a user file's name");
		return NULL;
	}
	tenant_mutate(t);
	p = person_new(t, NULL, name);
	if (!p)
		err_nomem(err);
	return p;
}

static int
link_put(struct tenant *t, const struct tenant_caller *who, struct node *dir,
    struct person *p, enum verb verb, struct err *err)
{
	AUTO(text_done) char *path = tree_path(dir, p->name);
	struct change *c = path ? change_new(verb, path, who) : NULL;
	enum state state = person_exists(p) ? STATE_QUEUED : STATE_WAITING;
	int r;

	if (!c)
		return err_nomem(err);
	c->person = p;
	if (verb == VERB_ASSIGN)
		c->license = dir->obj.license;
	else
		c->group = dir->obj.group;
	r = change_accept(t, c, state, err);
	if (r < 0)
		return r;
	person_settle(t, p);
	if (tree_child(t, dir, p->name))
		return 0;
	change_cancel(t, c, "out of memory", err);
	return err_nomem(err);
}

/* Held removals go until so many seats are free, or there are no more. */
static int
link_send_ahead(struct tenant *t, const struct tenant_license *l, long want,
    struct err *err)
{
	struct change *c, *next;
	int r = 0;

	for (c = t->held.first; r == 0 && c && license_free_now(t, l) < want;
	     c = next) {
		next = c->in_next;
		if (change_has_placeholder(t, c) || guard_is_due(t, c))
			continue;
		if ((c->verb == VERB_UNASSIGN && c->license == l) ||
		    (c->verb == VERB_REMOVE && person_seat(c->person, l))) {
			r = change_set_state(t, c, STATE_QUEUED, err);
			c->ahead = r == 0;
			if (r == 0)
				change_queue(t, c);
		}
	}
	return r;
}

/* An assignment that needs a held removal's seat sends that first. */
static int
link_make_room(
    struct tenant *t, const struct tenant_license *l, struct err *err)
{
	if (l->seats < 0 || license_free_now(t, l) > 0)
		return 0;
	change_judge_held(t, "");
	if (license_free_with_held(t, l) <= 0)
		return err_set(err, -ENOSPC,
		    "no free seat: all %ld of \"%s\" are taken", l->seats,
		    l->description);
	return link_send_ahead(t, l, 1, err);
}

/* After a remount, which holds anew what had been sent ahead and had not gone:
 * seats that were promised are to be free. */
int
link_make_room_again(struct tenant *t, struct err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < t->licenses_n; i++) {
		const struct tenant_license *l = t->license[i];

		if (l->seats < 0 || license_free_now(t, l) >= 0)
			continue;
		change_judge_held(t, "");
		r = link_send_ahead(t, l, 0, err);
	}
	return r;
}

/* Nothing is to be sent: what errors/ says of it is over. */
static int
link_is_as_before(
    struct tenant *t, const struct node *dir, const struct person *p)
{
	const struct node *n = tree_child(t, dir, p->name);

	if (n)
		report_clear_node(t, n);
	return 0;
}

static int
link_assign(struct tenant *t, const struct tenant_caller *who, struct node *dir,
    struct person *p, struct err *err)
{
	struct tenant_license *l = dir->obj.license;
	struct change *held = change_find(p, VERB_UNASSIGN, l);
	int r;

	if (held && change_is_cancellable(held)) {
		r = change_cancel(t, held, "the link was made again", err);
		return r < 0 ? r : link_is_as_before(t, dir, p);
	}
	r = link_make_room(t, l, err);
	return r < 0 ? r : link_put(t, who, dir, p, VERB_ASSIGN, err);
}

static int
link_move(struct tenant *t, const struct tenant_caller *who, struct node *dir,
    struct person *p, struct err *err)
{
	struct tenant_group *g = dir->obj.group;
	struct change *held = change_find(p, VERB_TAKE_OUT, NULL);
	struct change *move = change_find(p, VERB_MOVE, NULL);
	int r = 0;

	if (held && change_is_cancellable(held)) {
		/* what he left does not list him in between: its time, which
		 * rsync may have set already, stays */
		if (p->group && g != p->group)
			t->still = p->group->dir;
		r = change_cancel(t, held,
		    g == p->group ? "the link was made again"
				  : "it becomes a move",
		    err);
	}
	if (r == 0 && move && change_is_unsent(move))
		r = change_cancel(t, move, "another move follows", err);
	if (r == 0)
		r = person_group(p) == g
			? link_is_as_before(t, dir, p)
			: link_put(t, who, dir, p, VERB_MOVE, err);
	t->still = NULL;
	return r;
}

int
link_accept(struct tenant *t, const struct tenant_caller *who, struct node *dir,
    const char *name, struct err *err)
{
	struct person *p = link_person(t, name, err);
	int r;

	if (!p)
		return err->code;
	p->pinned = true; /* a cancelled change must not free him */
	r = dir->kind == NODE_LICENSE_DIR ? link_assign(t, who, dir, p, err)
					  : link_move(t, who, dir, p, err);
	p->pinned = false;
	person_forget_if_empty(t, p);
	return r;
}

/* Into its place; times that were set on the scratch link stay (rsync -a sets
 * them before it renames). */
static int
link_keep_attr(struct tenant *t, struct node *n, struct node *dir,
    const struct store_attr *was)
{
	struct store_attr *a, copy = was ? *was : (struct store_attr){0};
	int64_t since_ns = person_link_since(n->obj.person, dir);

	if (since_ns)
		n->mtime_ns = since_ns;
	if (tree_move(t, n, dir, n->obj.person->name, true) < 0)
		return -ENOMEM;
	if (!was || copy.ino == tree_ino(n))
		return 0;
	attr_forget(t, copy.ino);
	a = attr_make(t, tree_ino(n));
	if (!a)
		return 0;
	copy.ino = a->ino;
	*a = copy;
	attr_set_ctime(t, n);
	return 0;
}

/* n, which the kernel has under this name now, becomes the link there. */
int
link_take_place(
    struct tenant *t, struct node *n, struct node *dir, const char *name)
{
	struct person *p = person_by_name(t, name);
	struct node *old = tree_child(t, dir, name);
	const struct store_attr *was;

	if (!p)
		return -EIO;
	tenant_mutate(t);
	if (old && old != n)
		tree_remove(t, old);
	was = attr_get(t, tree_ino(n));
	n->kind =
	    dir->kind == NODE_LICENSE_DIR ? NODE_LICENSE_LINK : NODE_GROUP_LINK;
	n->obj.person = p;
	return link_keep_attr(t, n, dir, was);
}

static struct node *
link_add_local(
    struct tenant *t, struct node *dir, const char *name, const char *target)
{
	struct node *n;
	struct local *local;

	tenant_mutate(t);
	n = tree_add(t, dir, name, false, NODE_LOCAL_LINK);
	local = n ? tree_local(n) : NULL;
	if (local)
		local->target = text_dup(target);
	if (n && (!local || !local->target)) {
		tree_remove(t, n);
		return NULL;
	}
	if (n)
		handle_name(t, n);
	return n;
}

int
tenant_symlink(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name, const char *target, struct tenant_attr *ret)
{
	struct node *d = dir_begin(t, dir, name), *made = NULL;
	struct err err = ERR_NONE;
	int r;

	if (!d)
		return dir_end(t, NULL, ret, dir_absent(dir));
	r = dir_check_new(t, d, name, &err);
	if (r == -EEXIST)
		return dir_end(t, NULL, ret, r);
	if (r == 0 && dir_is_local(d, name)) {
		made = link_add_local(t, d, name, target);
		r = made ? 0 : -ENOMEM;
	} else if (r == 0 &&
		   (d->kind == NODE_LICENSE_DIR || d->kind == NODE_GROUP_DIR)) {
		r = link_check(t, d, name, target, &err);
		if (r == 0)
			r = link_accept(t, who, d, name, &err);
		made = tree_child(t, d, name);
		if (r == 0 && !made)
			r = err_nomem(&err);
	} else if (r == 0) {
		r = err_set(&err, -EPERM, "no links can be made here");
	}
	if (r < 0)
		dir_refuse(t, who, "link", d, name, r, err.msg);
	return dir_end(t, made, ret, r);
}
