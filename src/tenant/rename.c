/* SPDX-License-Identifier: MIT */
/*
 * rename: the commit of most tools (rsync, sed -i, mv), and moves.
 *
 * What is moved decides, then where to:
 *	scratch file    -> user file   a document: create or update
 *	scratch         -> scratch     local
 *	user file       -> scratch     a local copy stays there; the account
 *	                               is not removed, its name comes back
 *	user file       -> user file   change of address
 *	scratch link    -> link        assign, move into the group
 *	link            -> link        of a license: assign there, take here;
 *	                               of a group: one move
 *	group           -> group       rename, within the same parent
 *	trash           -> user file   he is restored (trash_restore.c)
 *	candidate       -> approved/   his seat is reclaimed, and back
 *	scratch file   <-> rules.json  as with a user file
 * Errors follow DESIGN 4.5: never EINVAL (mv explains it wrongly: EBADMSG) and
 * never EXDEV (mv and rsync would copy and report success).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dir_int.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "keep_int.h"
#include "plan_int.h"
#include "snapshot_int.h"
#include "trash_int.h"

struct rename {
	struct tenant *t;
	const struct tenant_caller *who;
	struct node *dir, *new_dir;
	const char *name, *new_name;
	struct node *node, *over; /* over: what has the new name, or NULL */
	uint64_t stale;
	struct buf left; /* what the file over which it goes read as, kept */
	struct err err;
};

/* ---- local to local ---- */

static int
rename_local(struct rename *r)
{
	if (r->over && tree_is_dir(r->over) != tree_is_dir(r->node))
		return tree_is_dir(r->over) ? -EISDIR : -ENOTDIR;
	if (r->over && tree_is_dir(r->over)) {
		size_t i = 0;

		if (tree_next_child(r->over, &i))
			return -ENOTEMPTY;
	}
	tenant_mutate(r->t);
	if (r->over)
		tree_remove(r->t, r->over);
	return tree_move(r->t, r->node, r->new_dir, r->new_name, false);
}

/* ---- onto a user file ---- */

/* The node of the scratch file becomes that of the person; the one that had
 * the name, if any, keeps its bytes for whoever has it open. */
static void
rename_take_place(struct rename *r, struct person *p)
{
	struct tenant *t = r->t;
	struct node *old = p->file, *n = r->node;
	struct store_attr *was = attr_get(t, tree_ino(n)), *a;
	struct store_attr copy = was ? *was : (struct store_attr){0};

	tenant_mutate(t);
	if (old && old != n) {
		p->file = NULL;
		keep_leave(old, &r->left);
		tree_remove(t, old);
	}
	if (was)
		attr_forget(t, was->ino);
	write_free(t, n);
	tree_set_kind(t, n, NODE_USER);
	buf_done(&n->local->content);
	n->obj.person = p;
	n->local->doomed = n->local->is_new = n->local->timed = false;
	p->file = n;
	if (tree_move(t, n, r->new_dir, p->name, true) < 0)
		return;
	a = attr_make(t, tree_ino(n));
	if (a && was) {
		copy.ino = a->ino;
		copy.mtime_version = p->changed_ns;
		*a = copy;
	}
	attr_set_ctime(t, n);
	r->stale = NODE_ID(n);
}

/* The name of the file while it is judged. */
static int
rename_judge(struct rename *r, const char *text, size_t n, struct change **ret)
{
	struct node probe = {.kind = NODE_USER, .parent = r->new_dir};
	struct person *p = person_by_name(r->t, r->new_name);

	probe.name = (char *)(uintptr_t)r->new_name;
	probe.obj.person = p;
	return write_document(r->t, r->who, &probe, text, n, ret, &r->err);
}

static int
rename_refuse_text(
    struct rename *r, const char *verb, int code, const struct buf *text)
{
	AUTO(text_done) char *path = tree_path(r->new_dir, r->new_name);

	if (path)
		report_refusal(r->t, r->who, verb, path, code, text->data,
		    text->len, r->err.msg);
	r->err.msg[0] = '\0'; /* it is told */
	return code;
}

static int
rename_commit(struct rename *r)
{
	struct person *p = person_by_name(r->t, r->new_name);
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	const struct node *n = r->node;
	const struct buf *from =
	    n->writing ? &n->writing->stage.image : &n->local->content;
	const struct store_attr *a = attr_get(r->t, tree_ino(n));
	int64_t mtime_ns = a ? a->mtime_ns : 0;
	bool timed = a && n->local && n->local->timed;
	struct change *c = NULL;
	int e = buf_append(&text, from->data, from->len);

	if (e == 0 && p)
		e = dir_revive(r->t, p, &r->err);
	if (e == 0 && p && p->file && keep_is_shown(p))
		e = keep_reads(r->t, p, &r->left);
	if (e == 0)
		e = rename_judge(r, text.data ? text.data : "", text.len, &c);
	if (e < 0) {
		if (r->err.code == 0)
			err_set(&r->err, e, "out of memory");
		return rename_refuse_text(
		    r, "update", e == -EINVAL ? -EBADMSG : e, &text);
	}
	p = person_by_name(r->t, r->new_name);
	if (!p)
		return -EIO;
	rename_take_place(r, p);
	keep_renamed(r->t, p, text.data, text.len, timed, mtime_ns);
	if (c)
		c->promised = true;
	else
		report_clear_node(r->t, r->node);
	return 0;
}

/* ---- a user file to somewhere else ---- */

static int
rename_address(struct rename *r)
{
	struct person *p = r->node->obj.person, *other;
	AUTO(text_done) char *path = tree_path(r->new_dir, r->new_name);
	AUTO(text_done) char *name = text_dup(r->new_name);
	AUTO(buf_done) struct buf now = BUF_MAX(STAGE_BYTES_MAX);
	struct change *c;
	char *text = NULL;
	int e;

	other = person_by_name(r->t, r->new_name);
	if (r->over || (other && (other->record || person_exists(other))))
		return err_set(&r->err, -EEXIST,
		    "this address belongs to another account");
	c = path ? change_new(VERB_UPDATE, path, r->who) : NULL;
	if (!c)
		return err_nomem(&r->err);
	c->person = p;
	c->set = USER_SET_EMAIL;
	e = name_to_email(r->new_name, &c->want.email);
	if (e < 0)
		err_set(&r->err, e,
		    "not a user file's name: it is the address in lower case "
		    "and \".json\"");
	else
		e = guard_check_address(r->t, p, c->want.email, &r->err);
	c->old_name = text_dup(p->name);
	if (e == 0 && (!name || !c->old_name))
		e = err_nomem(&r->err);
	if (e == 0 && other && other->changes)
		e = apply_check_own(r->t, other->changes, &r->err);
	if (e == 0)
		e = person_text(r->t, p, &now);
	if (e == 0)
		e = apply_text(
		    now.data, now.len, &c->want, c->set, NULL, &text, &r->err);
	if (e < 0) {
		change_free(c);
		return e;
	}
	e = change_accept(r->t, c, STATE_QUEUED, &r->err);
	if (e < 0) {
		free(text);
		return e;
	}
	c->promised = true;
	r->t->quiet_dir = NODE_ID(r->new_dir);
	e = change_take_name(r->t, p, TAKE(name));
	person_set_pending(r->t, p, text);
	person_settle(r->t, p);
	change_requeue_arrived(r->t, p);
	r->stale = NODE_ID(r->node);
	return e;
}

/* vim, sed -i.bak, mv -b: a copy stays here, the name comes back. */
static int
rename_to_scratch(struct rename *r)
{
	struct person *p = r->node->obj.person;
	struct node *n = r->node;
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	struct local *local;
	bool kept = p && keep_is_shown(p);
	int64_t mtime_ns = kept ? p->kept->mtime_ns : 0;
	int e = p ? keep_reads(r->t, p, &text) : 0;

	if (e < 0)
		return e;
	tenant_mutate(r->t);
	local = tree_local(n);
	if (!local)
		return -ENOMEM;
	if (!p && n->writing)
		e = buf_append(&text, n->writing->stage.image.data,
		    n->writing->stage.image.len);
	if (e < 0)
		return e;
	write_free(r->t, n);
	if (r->over)
		tree_remove(r->t, r->over);
	handle_leave(r->t, n, tree_ino(n));
	n->obj.person = NULL;
	n->local->doomed = n->local->is_new = false;
	buf_done(&local->content);
	local->content = text;
	tree_set_kind(r->t, n, NODE_LOCAL_FILE);
	text = (struct buf)BUF_MAX(0);
	e = tree_move(r->t, n, r->new_dir, r->new_name, false);
	local->timed = kept; /* it comes back as it went */
	if (kept)
		attr_set_mtime(r->t, n, mtime_ns);
	if (p) {
		p->file = NULL;
		dir_hide_person(r->t, p);
	}
	return e;
}

/* ---- links ---- */

/* A scratch link onto a link's name: as if it had been made there. */
static int
rename_link_commit(struct rename *r)
{
	int e = link_check(
	    r->t, r->new_dir, r->new_name, r->node->local->target, &r->err);

	if (e == 0 && !(r->over && r->over->kind != NODE_LOCAL_FILE)) {
		if (r->over) {
			tenant_mutate(r->t);
			tree_remove(r->t, r->over);
		}
		e = link_accept(r->t, r->who, r->new_dir, r->new_name, &r->err);
	}
	if (e < 0)
		return e;
	r->stale =
	    NODE_ID(r->node); /* its target may have been spelled otherwise */
	return link_take_place(r->t, r->node, r->new_dir, r->new_name);
}

static int
rename_link(struct rename *r)
{
	bool seat = r->node->kind == NODE_LICENSE_LINK;
	struct person *p = r->node->obj.person;
	const struct change *there = NULL;
	int e = 0;

	if (strcmp(r->name, r->new_name) != 0)
		return err_set(&r->err, -EBADMSG,
		    "a link has the name of the user file it leads to");
	if (r->new_dir->kind != r->dir->kind)
		return err_set(&r->err, -EPERM,
		    "a link moves from license to license or from group to "
		    "group");
	if (seat)
		e = dir_ask_link(r->t, r->who, r->dir, r->name, &r->err);
	if (e < 0)
		return e;
	p->pinned = true;
	/* what tar puts where a link will be is none */
	if (!r->over || r->over->kind == NODE_LOCAL_FILE)
		e = link_accept(r->t, r->who, r->new_dir, r->new_name, &r->err);
	if (e == 0 && seat) {
		there = change_find(p, VERB_ASSIGN, r->new_dir->obj.license);
		e = dir_hold_link(r->t, r->who, r->dir, r->name,
		    there ? there->id : 0, &r->err);
	}
	p->pinned = false;
	/* the kernel has the node under its new name already */
	if (e == 0)
		e = link_take_place(r->t, r->node, r->new_dir, r->new_name);
	return e;
}

/* ---- groups ---- */

static int
rename_group(struct rename *r)
{
	struct tenant_group *g = r->node->obj.group;
	AUTO(text_done) char *path = tree_path(r->new_dir, r->new_name);
	AUTO(text_done) char *name = text_dup(r->new_name);
	AUTO(text_done) char *label = NULL;
	struct change *c;
	int e;

	if (r->over)
		return err_set(&r->err, -EEXIST, "a group of this name exists");
	if (r->new_dir != r->dir)
		return err_set(&r->err, -EPERM,
		    "GoTo cannot move a group under another one; make a new "
		    "one and move the links");
	e = name_to_group(r->new_name, &label);
	if (e == -ENOMEM)
		return err_nomem(&r->err);
	if (e < 0)
		return err_set(&r->err, -EBADMSG, "not a group's name");
	e = dir_check_group_name(r->t, label, g, &r->err);
	if (e < 0)
		return e;
	c = path ? change_new(VERB_GROUP_RENAME, path, r->who) : NULL;
	if (!c)
		return err_nomem(&r->err);
	c->group = g;
	c->new_name = text_dup(label);
	c->old_name = text_dup(g->label);
	if (!name || !c->new_name || !c->old_name) {
		change_free(c);
		return err_nomem(&r->err);
	}
	e = change_accept(r->t, c, STATE_QUEUED, &r->err);
	if (e < 0)
		return e;
	if (tree_move(r->t, r->node, r->new_dir, r->new_name, false) < 0) {
		change_cancel(r->t, c, "out of memory", &r->err);
		return err_nomem(&r->err);
	}
	free(g->label);
	g->label = TAKE(label);
	free(g->name);
	g->name = TAKE(name);
	reports_moved(r->t);
	return 0;
}

/* ---- out of the trash ---- */

static int
rename_restore(struct rename *r)
{
	int e;

	if (r->new_dir->fixed != FIXED_USERS)
		return err_set(&r->err, -EPERM,
		    "who was removed is restored by mv to users/");
	if (r->over)
		return err_set(&r->err, -EEXIST,
		    "this address belongs to another account");
	e = trash_restore(r->t, r->who, r->node, r->new_name, &r->err);
	if (e == 0)
		r->stale = NODE_ID(r->node); /* it reads otherwise now */
	return e;
}

/* ---- reclaim/ ---- */

/* From L/ to L/approved/, and back. */
static int
rename_candidate(struct rename *r)
{
	struct person *p = r->node->obj.person;
	struct tenant_license *l = r->dir->obj.license;
	bool there = r->new_dir->kind == NODE_APPROVED_DIR;
	int e;

	if (strcmp(r->name, r->new_name) != 0 ||
	    !(there || r->new_dir->kind == NODE_RECLAIM_DIR) ||
	    r->new_dir->obj.license != l || r->new_dir->kind == r->dir->kind)
		return err_set(&r->err, -EPERM,
		    "a candidate moves into the approved/ beside it and back, "
		    "under its name");
	e = there ? reclaim_approve(r->t, r->who, p, l, &r->err)
		  : reclaim_cancel(r->t, p, l, &r->err);
	if (e == 0 && !tree_child(r->t, r->new_dir, r->new_name)) {
		r->t->quiet_name = NULL; /* the kernel has moved it there */
		event_entry(r->t, r->new_dir, r->new_name);
	}
	return e;
}

static int
rename_rules(struct rename *r)
{
	const struct node *n = r->node;
	const struct buf *from = &n->local->content;
	AUTO(text_done) char *old = text_dup(r->t->reclaim.text);
	int e;

	if (strcmp(r->new_name, "rules.json") != 0)
		return err_set(&r->err, -EPERM,
		    "nothing but rules.json is written in reclaim/");
	e = old ? reclaim_rules_write(r->t, r->who,
		      from->data ? from->data : "", from->len, &r->err)
		: err_nomem(&r->err);
	if (e < 0)
		return rename_refuse_text(
		    r, "rules", e == -EINVAL ? -EBADMSG : e, from);
	e = reclaim_rules_take_place(r->t, r->node, old);
	r->stale = NODE_ID(r->node);
	report_clear_node(r->t, r->node);
	return e;
}

static int
rename_rules_away(struct rename *r)
{
	if (!dir_is_local(r->new_dir, r->new_name))
		return err_set(&r->err, -EPERM,
		    "the rules stay here, or go to a scratch name");
	if (r->over && tree_is_dir(r->over))
		return -EISDIR;
	tenant_mutate(r->t);
	if (r->over)
		tree_remove(r->t, r->over);
	return reclaim_rules_leave(r->t, r->node, r->new_dir, r->new_name);
}

/* ---- which of them ---- */

static int
rename_user(struct rename *r)
{
	if (dir_is_local(r->new_dir, r->new_name))
		return rename_to_scratch(r);
	if (r->new_dir->fixed != FIXED_USERS)
		return err_set(&r->err, -EPERM, "user files live in users/");
	/* nobody yet: judged under the new name */
	return r->node->obj.person ? rename_address(r) : rename_commit(r);
}

static int
rename_do(struct rename *r)
{
	enum node_kind kind = (enum node_kind)r->node->kind;
	bool local = dir_is_local(r->new_dir, r->new_name);
	bool links = r->new_dir->kind == NODE_LICENSE_DIR ||
		     r->new_dir->kind == NODE_GROUP_DIR;

	if (kind == NODE_USER)
		return rename_user(r);
	if (kind == NODE_TRASH)
		return rename_restore(r);
	if (kind == NODE_GROUP_DIR)
		return rename_group(r);
	if (kind == NODE_CANDIDATE)
		return rename_candidate(r);
	if (kind == NODE_RULES)
		return rename_rules_away(r);
	if (local && (kind == NODE_LOCAL_FILE || kind == NODE_LOCAL_LINK ||
			 kind == NODE_LOCAL_DIR))
		return rename_local(r);
	if (kind == NODE_LOCAL_FILE && r->new_dir->fixed == FIXED_USERS)
		return rename_commit(r);
	if (kind == NODE_LOCAL_FILE && r->new_dir->fixed == FIXED_RECLAIM)
		return rename_rules(r);
	if (kind == NODE_LOCAL_LINK && links)
		return rename_link_commit(r);
	if ((kind == NODE_LICENSE_LINK || kind == NODE_GROUP_LINK) && links)
		return rename_link(r);
	return err_set(&r->err, -EPERM, "this cannot be moved there");
}

int
tenant_rename(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name, uint64_t new_dir, const char *new_name, bool noreplace,
    uint64_t *ret_stale)
{
	struct rename r = {.t = t,
	    .who = who,
	    .name = name,
	    .new_name = new_name,
	    .left = BUF_MAX(STAGE_BYTES_MAX),
	    .err = ERR_NONE};
	uint64_t node;
	int e = 0;

	r.dir = dir_begin(t, dir, name);
	r.new_dir = tree_get(t, new_dir);
	r.node = r.dir ? tree_child(t, r.dir, name) : NULL;
	*ret_stale = 0;
	if (r.dir && r.new_dir && r.dir->fixed == FIXED_SNAPSHOTS) {
		e = snapshot_rename(t, who, name, r.new_dir, new_name);
		return dir_end(t, NULL, NULL, e == -EINVAL ? -EBADMSG : e);
	}
	if (!r.node || !r.new_dir || !tree_is_dir(r.new_dir) ||
	    (!r.new_dir->parent && r.new_dir->fixed != FIXED_ROOT)) {
		tenant_end(t);
		return dir_absent(
		    snapshot_is(new_dir) || r.node ? new_dir : dir);
	}
	r.over = tree_child(t, r.new_dir, new_name);
	node = NODE_ID(r.node); /* it may lose its name meanwhile */
	atomic_fetch_add(&r.node->lookups, 1);
	if (strlen(new_name) > NAME_BYTES_MAX)
		e = err_set(
		    &r.err, -ENAMETOOLONG, "a name has at most 255 bytes");
	else if (noreplace && r.over && tree_is_listed(r.over))
		e = -EEXIST; /* mv asks so first; then it means it */
	else if (r.over == r.node)
		e = 0;
	else if ((e = tenant_check_writable(t, &r.err)) == 0)
		e = rename_do(&r);
	e = e == -EINVAL ? -EBADMSG : e;
	if (e < 0 && *r.err.msg)
		dir_refuse(t, who, "rename", r.new_dir, new_name, e, r.err.msg);
	*ret_stale = r.stale;
	buf_done(&r.left);
	tenant_end(t);
	tenant_forget(t, node, 1);
	return e;
}
