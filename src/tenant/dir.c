/* SPDX-License-Identifier: MIT */
/*
 * dir: what happens to names: mknod, mkdir, symlink, unlink, rmdir.
 *
 * None of it waits (DESIGN 4.3): everything is checked against the mirror and
 * what is pending, journalled, and answered.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dir_int.h"
#include "gotofs/clock.h"
#include "gotofs/name.h"
#include "gotofs/text.h"

#define DIR_TOUCH_MS 60000 /* an empty name that was touched (DESIGN 4.1) */

/* ---- the frame of every operation ---- */

/* Take the turn and find the directory; no events for this very name. */
struct node *
dir_begin(struct tenant *t, uint64_t dir, const char *name)
{
	struct node *d;

	tenant_begin(t);
	t->quiet_dir = dir;
	t->quiet_name = name;
	d = tree_get(t, dir);
	return d && tree_is_dir(d) && (d->parent || d->fixed == FIXED_ROOT)
		   ? d
		   : NULL;
}

int
dir_end(struct tenant *t, struct node *made, struct tenant_attr *ret, int r)
{
	if (r == 0 && made) {
		tenant_mutate(t);
		atomic_fetch_add(&made->lookups, 1);
		read_attr(t, made, ret);
	}
	tenant_end(t);
	return r;
}

int
dir_refuse(struct tenant *t, const struct tenant_caller *who, const char *verb,
    const struct node *dir, const char *name, int code, const char *why)
{
	AUTO(text_done) char *path = tree_path(dir, name);

	if (path)
		report_refusal(t, who, verb, path, code, NULL, 0, why);
	return code;
}

bool
dir_is_local(const struct node *dir, const char *name)
{
	if (dir->kind == NODE_LOCAL_DIR)
		return true;
	return name_is_scratch(name) &&
	       (dir->fixed == FIXED_USERS || dir->kind == NODE_LICENSE_DIR ||
		   dir->kind == NODE_GROUP_DIR);
}

static void
dir_set_mode(struct tenant *t, const struct node *n, mode_t mode,
    const struct tenant_caller *who)
{
	struct store_attr *a = attr_make(t, tree_ino(n));

	if (!a)
		return;
	a->mode = mode & 07777;
	a->set |= STORE_ATTR_MODE;
	if (who->uid != t->conf.uid) {
		a->uid = who->uid;
		a->set |= STORE_ATTR_UID;
	}
	if (who->gid != t->conf.gid) {
		a->gid = who->gid;
		a->set |= STORE_ATTR_GID;
	}
}

static struct node *
dir_add_local(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, const char *name, enum node_kind kind, mode_t mode)
{
	struct node *n;

	tenant_mutate(t);
	n = tree_add(t, dir, name, false, kind);
	if (!n || !tree_local(n)) {
		if (n)
			tree_remove(t, n);
		return NULL;
	}
	if (kind != NODE_LOCAL_LINK)
		dir_set_mode(t, n, mode, who);
	return n;
}

/* ---- mknod ---- */

/* The name of a known account that is hidden: it is an update from here on
 * (DESIGN 4.2), and begins empty. */
int
dir_revive(struct tenant *t, struct person *p, struct err *err)
{
	struct change *c = change_find(p, VERB_REMOVE, NULL);
	int r = 0;

	if (c && c->state == STATE_HELD)
		r = change_cancel(t, c, "the name was written again", err);
	if (r < 0)
		return r;
	tenant_mutate(t);
	p->hidden_until_ms = 0;
	person_settle(t, p);
	return 0;
}

static int
dir_mknod_user(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, const char *name, mode_t mode, struct node **ret,
    struct err *err)
{
	struct person *p = person_by_name(t, name);
	AUTO(text_done) char *email = NULL;
	int r;

	if (p) {
		r = dir_revive(t, p, err);
		if (r == 0 && p->file) {
			*ret = p->file;
			dir_set_mode(t, p->file, mode, who);
			return write_truncate(t, who, p->file, 0);
		}
		if (r < 0)
			return r;
	}
	r = name_to_email(name, &email);
	if (r < 0)
		return err_set(err, r,
		    "not a user file's name: it is the address in lower case "
		    "and \".json\"");
	*ret = dir_add_local(t, who, dir, name, NODE_USER, mode);
	if (!*ret)
		return err_nomem(err);
	(*ret)->local->doomed = (*ret)->local->is_new = true;
	(*ret)->local->until_ms = clock_boot_ms() + t->conf.quiet_ms;
	dir_watch(t, *ret);
	return 0;
}

static int
dir_mknod_placeholder(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, const char *name, mode_t mode, struct node **ret,
    struct err *err)
{
	if (mode & 0777)
		return err_set(err, -EPERM,
		    "only links to user files live here: ln -s "
		    "../../users/NAME.json");
	*ret = dir_add_local(t, who, dir, name, NODE_LOCAL_FILE, mode);
	if (!*ret)
		return err_nomem(err);
	(*ret)->local->placeholder = true;
	return 0;
}

int
tenant_mknod(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name, mode_t mode, struct tenant_attr *ret)
{
	struct node *d = dir_begin(t, dir, name), *made = NULL;
	struct err err = ERR_NONE;
	int r;

	if (!d)
		return dir_end(t, NULL, ret, -ENOENT);
	r = tenant_check_writable(t, &err);
	if (r == 0 && tree_child(t, d, name))
		return dir_end(t, NULL, ret, -EEXIST);
	if (r == 0 && !S_ISREG(mode))
		r = err_set(&err, -EPERM, "only files can be created here");
	if (r == 0 && strlen(name) > NAME_BYTES_MAX)
		r = err_set(
		    &err, -ENAMETOOLONG, "a name has at most 255 bytes");
	if (r == 0 && dir_is_local(d, name)) {
		made = dir_add_local(t, who, d, name, NODE_LOCAL_FILE, mode);
		r = made ? 0 : -ENOMEM;
	} else if (r == 0 && d->fixed == FIXED_USERS) {
		r = dir_mknod_user(t, who, d, name, mode, &made, &err);
	} else if (r == 0 &&
		   (d->kind == NODE_LICENSE_DIR || d->kind == NODE_GROUP_DIR)) {
		r = dir_mknod_placeholder(t, who, d, name, mode, &made, &err);
	} else if (r == 0) {
		r = err_set(&err, -EPERM, "no files can be created here");
	}
	if (r < 0)
		dir_refuse(t, who, "create", d, name, r, err.msg);
	return dir_end(t, made, ret, r);
}

/* rsync -b tries one to a scratch name, and goes on with rename. */
int
tenant_link(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name)
{
	const struct node *d = dir_begin(t, dir, name);
	int r = -EPERM;

	if (d && !dir_is_local(d, name))
		r = dir_refuse(
		    t, who, "link", d, name, r, "there are no hard links here");
	return dir_end(t, NULL, NULL, r);
}

/* ---- mkdir, rmdir ---- */

static int
dir_group_depth(const struct tenant_group *g)
{
	int depth = 0;

	for (; g; g = g->parent)
		depth++;
	return depth;
}

static struct tenant_group *
dir_find_group(struct tenant *t, const char *label)
{
	size_t i;

	for (i = 0; i < t->groups_n; i++)
		if (!t->group[i]->gone &&
		    strcmp(t->group[i]->label, label) == 0)
			return t->group[i];
	return NULL;
}

bool
dir_group_taken(
    struct tenant *t, const char *label, const struct tenant_group *but)
{
	const struct tenant_group *g = dir_find_group(t, label);

	return g && g != but;
}

static int
dir_mkdir_revive(struct tenant *t, struct tenant_group *g,
    struct tenant_group *parent, struct err *err)
{
	struct change *c = change_find_group(t, VERB_GROUP_DELETE, g);

	if (g->dir || !c || c->state != STATE_HELD || g->parent != parent)
		return err_set(err, -EEXIST,
		    "a group of this name exists (names are unique in the "
		    "account)");
	return change_cancel(t, c, "the group was made again", err);
}

static int
dir_mkdir_group(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, const char *name, struct node **ret, struct err *err)
{
	struct tenant_group *parent =
	    dir->kind == NODE_GROUP_DIR ? dir->obj.group : NULL;
	AUTO(text_done) char *label = NULL, *path = tree_path(dir, name);
	struct tenant_group *g;
	struct change *c;
	int r = name_to_group(name, &label);

	if (r < 0)
		return err_set(err, r, "not a group's name");
	if (dir_group_depth(parent) >= 2)
		return err_set(err, -EPERM,
		    "groups have two levels: a group and its sub-groups");
	g = dir_find_group(t, label);
	if (g) {
		r = dir_mkdir_revive(t, g, parent, err);
		*ret = r == 0 ? g->dir : NULL;
		return r;
	}
	c = path ? change_new(VERB_GROUP_CREATE, path, who) : NULL;
	tenant_mutate(t);
	g = c ? group_new(t, NULL, label, parent, 0) : NULL;
	if (!g) {
		change_free(c);
		return err_nomem(err);
	}
	c->group = g;
	r = change_accept(t, c, STATE_QUEUED, err);
	if (r == 0) {
		r = group_show(t, g);
		if (r < 0) /* not shown, so it must not come to be */
			r = change_cancel(t, c, "out of memory", err) < 0
				? 0
				: err_nomem(err);
	}
	if (r < 0)
		group_drop(t, g);
	*ret = r == 0 ? g->dir : NULL;
	return r;
}

int
tenant_mkdir(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name, mode_t mode, struct tenant_attr *ret)
{
	struct node *d = dir_begin(t, dir, name), *made = NULL;
	struct err err = ERR_NONE;
	bool groups;
	int r;

	if (!d)
		return dir_end(t, NULL, ret, -ENOENT);
	groups = d->fixed == FIXED_GROUPS || d->kind == NODE_GROUP_DIR;
	r = tenant_check_writable(t, &err);
	if (r == 0 && tree_child(t, d, name))
		return dir_end(t, NULL, ret, -EEXIST);
	if (r == 0 &&
	    (d->kind == NODE_LOCAL_DIR ||
		(*name == '.' && (groups || dir_is_local(d, name))))) {
		made = dir_add_local(t, who, d, name, NODE_LOCAL_DIR, mode);
		r = made ? 0 : -ENOMEM;
	} else if (r == 0 && groups) {
		r = dir_mkdir_group(t, who, d, name, &made, &err);
	} else if (r == 0) {
		r = err_set(&err, -EPERM,
		    d->fixed == FIXED_LICENSES
			? "licenses are bought, not made: mkdir is not possible"
			: "no folders can be made here");
	}
	if (r < 0)
		dir_refuse(t, who, "mkdir", d, name, r, err.msg);
	return dir_end(t, made, ret, r);
}

static int
dir_rmdir_group(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, struct node *n, struct err *err)
{
	struct tenant_group *g = n->obj.group;
	struct change *create = change_find_group(t, VERB_GROUP_CREATE, g), *c;
	AUTO(text_done) char *path = tree_path(dir, n->name);
	int r;

	if (create && change_is_unsent(create) && !g->key) {
		r = change_cancel(t, create, "removed before it was sent", err);
		if (r == 0)
			group_drop(t, g);
		return r;
	}
	c = path ? change_new(VERB_GROUP_DELETE, path, who) : NULL;
	if (!c)
		return err_nomem(err);
	c->group = g;
	r = change_accept(t, c, STATE_HELD, err);
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
	int r;

	if (!n)
		return dir_end(t, NULL, NULL, -ENOENT);
	if (!tree_is_dir(n))
		return dir_end(t, NULL, NULL, -ENOTDIR);
	if (tree_next_child(n, &i))
		return dir_end(t, NULL, NULL, -ENOTEMPTY);
	r = tenant_check_writable(t, &err);
	if (r == 0 && n->kind == NODE_LOCAL_DIR) {
		tenant_mutate(t);
		tree_remove(t, n);
	} else if (r == 0 && n->kind == NODE_GROUP_DIR) {
		r = dir_rmdir_group(t, who, d, n, &err);
	} else if (r == 0) {
		r = err_set(&err, -EPERM, "this folder cannot be removed");
	}
	if (r < 0)
		dir_refuse(t, who, "rmdir", d, name, r, err.msg);
	return dir_end(t, NULL, NULL, r);
}

/* ---- unlink ---- */

static int
dir_hold(struct tenant *t, const struct tenant_caller *who, struct node *dir,
    struct person *p, enum verb verb, struct err *err)
{
	AUTO(text_done) char *path = tree_path(dir, p->name);
	struct change *c = path ? change_new(verb, path, who) : NULL;
	int r;

	if (!c)
		return err_nomem(err);
	c->person = p;
	if (verb == VERB_UNASSIGN)
		c->license = dir->obj.license;
	if (verb == VERB_TAKE_OUT)
		c->group = dir->obj.group;
	r = change_accept(t, c, STATE_HELD, err);
	if (r == 0)
		person_settle(t, p);
	return r;
}

int
dir_hold_link(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, const char *name, struct err *err)
{
	struct node *n = tree_child(t, dir, name);
	struct person *p = n->obj.person;
	bool seat = n->kind == NODE_LICENSE_LINK;
	struct change *c = change_find(
	    p, seat ? VERB_ASSIGN : VERB_MOVE, seat ? dir->obj.license : NULL);

	if (c && change_is_unsent(c)) {
		/* the group link under it, if any, was left by this move */
		bool had_group = !seat && p->group;
		int r = change_cancel(t, c, "removed before it was sent", err);

		if (r < 0 || !had_group)
			return r;
	}
	return dir_hold(
	    t, who, dir, p, seat ? VERB_UNASSIGN : VERB_TAKE_OUT, err);
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
	return r < 0 ? r : dir_hold(t, who, dir, p, VERB_REMOVE, err);
}

static int
dir_unlink_node(struct tenant *t, const struct tenant_caller *who,
    struct node *d, struct node *n, struct err *err)
{
	switch ((enum node_kind)n->kind) {
	case NODE_LOCAL_FILE:
	case NODE_LOCAL_LINK:
		tenant_mutate(t);
		if (n->local && n->local->placeholder && t->settle_at_ms)
			change_hold_more(t); /* its link comes now */
		tree_remove(t, n);
		return 0;
	case NODE_USER:
		return dir_unlink_user(t, who, d, n, err);
	case NODE_LICENSE_LINK:
	case NODE_GROUP_LINK:
		return dir_hold_link(t, who, d, n->name, err);
	case NODE_ERROR:
		return report_acknowledge(t, n);
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
		return dir_end(t, NULL, NULL, -ENOENT);
	if (tree_is_dir(n))
		return dir_end(t, NULL, NULL, -EISDIR);
	r = n->kind == NODE_ERROR ? 0 : tenant_check_writable(t, &err);
	if (r == 0)
		r = dir_unlink_node(t, who, d, n, &err);
	if (r < 0 && err.code)
		dir_refuse(t, who, "remove", d, name, r, err.msg);
	return dir_end(t, NULL, NULL, r);
}

/* ---- time ---- */

/* Names that disappear by themselves are watched by the timer. */
void
dir_watch(struct tenant *t, struct node *n)
{
	struct watched *w = calloc(1, sizeof(*w));

	if (!w)
		return; /* it stays, unlisted, until the unmount */
	w->node = NODE_ID(n);
	w->next = t->watched;
	t->watched = w;
	tenant_wake(t);
}

/* touch: an empty name with times of its own is given a minute. */
void
dir_touched(struct node *n)
{
	if (n->local && n->local->is_new && !n->writing)
		n->local->until_ms = clock_boot_ms() + DIR_TOUCH_MS;
}

/* His file was renamed to a scratch name: the name is free for a while. */
void
dir_hide_person(struct tenant *t, struct person *p)
{
	struct hidden *h = calloc(1, sizeof(*h));

	if (!h || !(h->name = text_dup(p->name))) {
		free(h);
		person_settle(t, p);
		return;
	}
	p->hidden_until_ms = clock_boot_ms() + t->conf.settle_ms;
	h->next = t->hidden;
	t->hidden = h;
	tenant_wake(t);
}

static void
dir_unhide(struct tenant *t, int64_t now_ms)
{
	struct hidden **l = &t->hidden, *h;

	while ((h = *l)) {
		struct person *p = person_by_name(t, h->name);

		if (p && now_ms < p->hidden_until_ms) {
			l = &h->next;
			continue;
		}
		if (p && p->hidden_until_ms) {
			p->hidden_until_ms = 0;
			person_settle(t, p);
		}
		*l = h->next;
		free(h->name);
		free(h);
	}
}

static void
dir_expire(struct tenant *t, struct node *n)
{
	static const struct tenant_caller nobody = {0, 0, 0};

	tenant_mutate(t);
	if (n->parent)
		dir_refuse(t, &nobody, "create", n->parent, n->name, -EINVAL,
		    "created, but no document was written to it in time");
	if (n->parent)
		tree_remove(t, n);
}

void
dir_tick(struct tenant *t, int64_t now_ms)
{
	struct watched **p = &t->watched, *w;

	dir_unhide(t, now_ms);
	while ((w = *p)) {
		struct node *n = tree_get(t, w->node);
		bool over = !n || !n->parent || n->obj.person;

		if (!over && !n->writing && now_ms >= n->local->until_ms) {
			dir_expire(t, n);
			over = true;
		}
		if (over) {
			*p = w->next;
			free(w);
		} else {
			p = &w->next;
		}
	}
}

void
dir_done(struct tenant *t)
{
	while (t->watched) {
		struct watched *w = t->watched;

		t->watched = w->next;
		free(w);
	}
	while (t->hidden) {
		struct hidden *h = t->hidden;

		t->hidden = h->next;
		free(h->name);
		free(h);
	}
}
