/* SPDX-License-Identifier: MIT */
/* dir_make: mknod, mkdir: new users, placeholders, groups. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dir_int.h"
#include "gotofs/clock.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "snapshot_int.h"

/* ---- mknod ---- */

/* The name of a known account that is hidden: it is an update from here on
 * (DESIGN 4.2), and begins empty. */
int
dir_revive(struct tenant *t, struct person *p, struct err *err)
{
	struct change *c = change_find(p, VERB_REMOVE, NULL);
	int r = 0;

	if (c && change_is_cancellable(c))
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
	struct person *p;

	if (mode & 0777)
		return err_set(err, -EPERM,
		    "only links to user files live here: ln -s "
		    "../../users/NAME.json");
	*ret = dir_add_local(t, who, dir, name, NODE_LOCAL_FILE, mode);
	if (!*ret)
		return err_nomem(err);
	(*ret)->local->placeholder = true;
	p = person_by_name(t, name);
	if (p)
		guard_recount(t, p);
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
		return dir_end(t, NULL, ret, dir_absent(dir));
	r = dir_check_new(t, d, name, &err);
	if (r == -EEXIST)
		return dir_end(t, NULL, ret, r);
	if (r == 0 && !S_ISREG(mode))
		r = err_set(&err, -EPERM, "only files can be created here");
	if (r == 0 && dir_is_local(d, name)) {
		made = dir_add_local(t, who, d, name, NODE_LOCAL_FILE, mode);
		r = made ? 0 : -ENOMEM;
	} else if (r == 0 && d->fixed == FIXED_USERS) {
		r = dir_mknod_user(t, who, d, name, mode, &made, &err);
	} else if (r == 0 && d->fixed == FIXED_RECLAIM &&
		   strcmp(name, "rules.json") == 0) {
		made = reclaim_rules_make(t);
		r = made ? 0 : err_nomem(&err);
		if (made)
			dir_set_mode(t, made, mode, who);
	} else if (r == 0 &&
		   (d->kind == NODE_LICENSE_DIR || d->kind == NODE_GROUP_DIR)) {
		r = dir_mknod_placeholder(t, who, d, name, mode, &made, &err);
	} else if (r == 0) {
		r = err_set(&err, -EPERM,
		    d->kind == NODE_APPROVED_DIR
			? "a candidate is approved by mv, nothing is copied "
			  "here"
			: "no files can be created here");
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
	int r = d ? -EPERM : dir_absent(dir);

	if (d && !dir_is_local(d, name))
		r = dir_refuse(
		    t, who, "link", d, name, r, "there are no hard links here");
	return dir_end(t, NULL, NULL, r);
}

/* ---- mkdir ---- */

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

static int
dir_group_is_taken(struct tenant *t, struct tenant_group *g, struct err *err)
{
	if (change_find_group(t, VERB_GROUP_DELETE, g))
		return err_set(err, -EEXIST,
		    "the group of this name is still to be removed: wait for "
		    "that (gotofs sync), then try again");
	return err_set(err, -EEXIST,
	    "a group of this name exists (names are unique in the account)");
}

int
dir_check_group_name(struct tenant *t, const char *label,
    const struct tenant_group *but, struct err *err)
{
	struct tenant_group *g = dir_find_group(t, label);

	return g && g != but ? dir_group_is_taken(t, g, err) : 0;
}

static int
dir_mkdir_revive(struct tenant *t, struct tenant_group *g,
    struct tenant_group *parent, struct err *err)
{
	struct change *c = change_find_group(t, VERB_GROUP_DELETE, g);

	if (g->dir || !c || c->state != STATE_HELD || g->parent != parent)
		return dir_group_is_taken(t, g, err);
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
		return dir_end(t, NULL, ret, dir_absent(dir));
	if (d->fixed == FIXED_SNAPSHOTS)
		return dir_end(t, NULL, ret, snapshot_make(t, who, name, ret));
	groups = d->fixed == FIXED_GROUPS || d->kind == NODE_GROUP_DIR;
	r = dir_check_new(t, d, name, &err);
	if (r == -EEXIST)
		return dir_end(t, NULL, ret, r);
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
