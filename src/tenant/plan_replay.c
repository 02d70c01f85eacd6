/* SPDX-License-Identifier: MIT */
/*
 * plan_replay: the operations of a dry run (plan_export.c), each done here as
 * if a tool had done it: judged against what the account is by now, journalled,
 * refused with an errors/ record.  Within one turn, so that nothing is sent
 * before all of it was accepted.
 *
 * Who and what an operation means is told by keys; names are for those who have
 * none yet, and for messages.  What is as it should be already is done.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dir_int.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "plan_int.h"

struct replay {
	struct tenant *t;
	const struct tenant_caller *who;
	const struct json *op;
	const char *path;
};

/* ---- what it names ---- */

static const char *
replay_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static struct person *
replay_person(const struct replay *r)
{
	const char *key = json_get_str(r->op, "user");

	return key ? person_by_key(r->t, key)
		   : person_by_name(r->t, replay_name(r->path));
}

/* The folder that a path is in. */
static struct node *
replay_walk(struct tenant *t, const char *path)
{
	struct node *dir = t->fixed[FIXED_ROOT];
	const char *slash;

	for (; dir && (slash = strchr(path, '/')); path = slash + 1) {
		AUTO(text_done)
		char *part = strndup(path, (size_t)(slash - path));

		dir = part ? tree_child(t, dir, part) : NULL;
	}
	return dir && tree_is_dir(dir) ? dir : NULL;
}

static struct tenant_group *
replay_group(const struct replay *r)
{
	const char *key = json_get_str(r->op, "group");

	return key ? group_by_key(r->t, key) : NULL;
}

/* Of a link. */
static struct node *
replay_container(const struct replay *r)
{
	const char *license = json_get_str(r->op, "license");
	struct tenant_license *l =
	    license ? license_by_key(r->t, license) : NULL;
	struct tenant_group *g = replay_group(r);

	if (license)
		return l ? l->dir : NULL;
	if (json_get_str(r->op, "group"))
		return g ? g->dir : NULL;
	return replay_walk(r->t, r->path);
}

/* ---- refusals ---- */

/* With the text that it would have written, if any. */
static int
replay_refuse(const struct replay *r, int code, const char *why)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	const struct json *document = json_get(r->op, "document");
	static const char *const verbs[][2] = {{"mkdir", "mkdir"},
	    {"rmdir", "rmdir"}, {"create", "create"}, {"update", "update"},
	    {"remove", "remove"}, {"unlink", "remove"}, {"link", "link"},
	    {"reclaim", "reclaim"}};
	const char *op = json_get_str(r->op, "op"), *verb = "rename";
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (text_equal(op, verbs[i][0]))
			verb = verbs[i][1];
	if (document && json_print(document, &text) < 0)
		buf_done(&text);
	return report_refusal(
	    r->t, r->who, verb, r->path, code, text.data, text.len, why);
}

/* An operation that answered by itself: some refusals have no sentence. */
static int
replay_end(const struct replay *r, int code, unsigned long told_n)
{
	if (code < 0 && r->t->refused_n == told_n)
		return replay_refuse(r, code,
		    code == -EEXIST	 ? "the name is taken by now"
		    : code == -ENOTEMPTY ? "somebody is in it by now"
		    : code == -ENOENT	 ? "it is no longer there"
					 : strerror(-code));
	return code;
}

/* ---- operations ---- */

static int
replay_mkdir(struct replay *r)
{
	struct node *dir = replay_walk(r->t, r->path);
	struct tenant_attr a;
	int e;

	if (!dir)
		return -ENOENT;
	e = tenant_mkdir(r->t, r->who, NODE_ID(dir), replay_name(r->path),
	    0777 & ~r->t->conf.umask, &a);
	if (e == 0)
		tenant_forget(r->t, a.node, 1);
	return e;
}

static int
replay_rename_in(struct replay *r, const struct node *dir, const char *name)
{
	const char *to = replay_name(json_get_str(r->op, "to"));
	uint64_t stale = 0;
	const struct node *n;
	int e;

	if (strcmp(name, to) == 0)
		return 0;
	e = tenant_rename(
	    r->t, r->who, NODE_ID(dir), name, NODE_ID(dir), to, true, &stale);
	n = stale ? tree_get(r->t, stale) : NULL;
	if (n) /* the kernel did not ask for it: it must ask again */
		event_inode(r->t, n);
	return e;
}

static int
replay_rename(struct replay *r)
{
	const struct person *p;
	const struct tenant_group *g = replay_group(r);
	const struct node *dir;

	if (!json_get_str(r->op, "to"))
		return -EINVAL;
	if (text_starts(r->path, "users/")) {
		p = replay_person(r);
		return p && person_exists(p)
			   ? replay_rename_in(
				 r, r->t->fixed[FIXED_USERS], p->name)
			   : -ENOENT;
	}
	if (json_get_str(r->op, "group"))
		return g && g->dir && g->dir->parent
			   ? replay_rename_in(r, g->dir->parent, g->dir->name)
			   : -ENOENT;
	dir = replay_walk(r->t, r->path);
	return dir ? replay_rename_in(r, dir, replay_name(r->path)) : -ENOENT;
}

/* name: under which he is shown. */
static int
replay_document(struct replay *r, struct person *p, const char *name)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(text_done) char *own = text_dup(name);
	struct node probe = {.kind = NODE_USER,
	    .parent = r->t->fixed[FIXED_USERS],
	    .name = own,
	    .obj.person = p};
	struct change *c = NULL;
	struct err err = ERR_NONE;
	int e = own ? json_print(json_get(r->op, "document"), &text) : -ENOMEM;

	if (e == 0)
		e = write_document(
		    r->t, r->who, &probe, text.data, text.len, &c, &err);
	if (e == 0 && c)
		c->promised = true;
	return e < 0 && *err.msg ? replay_refuse(r, e, err.msg) : e;
}

static int
replay_create(struct replay *r)
{
	struct person *p = person_by_name(r->t, replay_name(r->path));

	if (p && (p->record > 0 || person_exists(p)))
		return replay_refuse(r, -EEXIST,
		    "the address belongs to another account by now");
	return replay_document(r, NULL, replay_name(r->path));
}

static int
replay_update(struct replay *r)
{
	struct person *p = replay_person(r);

	if (!p || !person_exists(p))
		return replay_refuse(
		    r, -ENOENT, "the account is no longer there");
	return replay_document(r, p, p->name);
}

static int
replay_remove(struct replay *r)
{
	const struct person *p = replay_person(r);

	if (!p || !p->file)
		return 0;
	return tenant_unlink(
	    r->t, r->who, NODE_ID(r->t->fixed[FIXED_USERS]), p->name);
}

static int
replay_unlink(struct replay *r)
{
	const struct person *p = replay_person(r);
	const struct node *dir = replay_container(r);
	const struct node *n = dir && p ? tree_child(r->t, dir, p->name) : NULL;

	if (!n || n->obj.person != p)
		return 0;
	return tenant_unlink(r->t, r->who, NODE_ID(dir), p->name);
}

/* It is asked about again here, where its activity is known. */
static int
replay_reclaim(struct replay *r)
{
	struct person *p = replay_person(r);
	const char *key = json_get_str(r->op, "license");
	struct tenant_license *l = key ? license_by_key(r->t, key) : NULL;
	struct err err = ERR_NONE;
	int e;

	if (!p || !l || !person_holds(p, l))
		return 0;
	e = reclaim_approve(r->t, r->who, p, l, &err);
	return e < 0 && *err.msg ? replay_refuse(r, e, err.msg) : e;
}

static int
replay_link_make(struct replay *r, const struct person *p, struct node *dir)
{
	struct err err = ERR_NONE;
	const char *name;
	int e;

	if (!dir)
		return replay_refuse(
		    r, -ENOENT, "there is no such license or group any more");
	if (json_get_str(r->op, "user") && (!p || !person_exists(p)))
		return replay_refuse(
		    r, -ENOENT, "the account is no longer there");
	name = p ? p->name : replay_name(r->path);
	if (tree_child(r->t, dir, name))
		return 0;
	e = link_accept(r->t, r->who, dir, name, &err);
	return e < 0 && *err.msg ? replay_refuse(r, e, err.msg) : e;
}

/* The seats in whose place it is: they hang on it, or are kept if it was
 * refused. */
static int
replay_left(struct replay *r, const struct node *dir, int e)
{
	AUTO(strv_done) char **left = NULL;
	struct err err = ERR_NONE;
	const struct person *p = replay_person(r);
	const struct change *given = NULL;
	char **key;
	int k = p ? json_get_keys(r->op, "left", &left) : 0;

	if (p && dir && dir->kind == NODE_LICENSE_DIR)
		given = change_find(p, VERB_ASSIGN, dir->obj.license);
	for (key = left; k == 0 && key && *key; key++) {
		const struct tenant_license *l = license_by_key(r->t, *key);
		struct change *c = l ? change_find(p, VERB_UNASSIGN, l) : NULL;

		if (!c || c->apply != r->t->apply)
			continue;
		if (e < 0)
			k = change_cancel(r->t, c, CHANGE_KEPT, &err);
		else if (given)
			k = change_set_moved(r->t, c, given->id, &err);
	}
	return k < 0 ? k : e;
}

static int
replay_link(struct replay *r)
{
	struct node *dir = replay_container(r);
	int e = replay_link_make(r, replay_person(r), dir);

	return replay_left(r, dir, e);
}

static int
replay_rmdir(struct replay *r)
{
	const struct tenant_group *g = replay_group(r);

	if (!g || !g->dir || !g->dir->parent)
		return 0;
	return tenant_rmdir(
	    r->t, r->who, NODE_ID(g->dir->parent), g->dir->name);
}

static const struct {
	const char *name;
	int (*run)(struct replay *r);
} replay_ops[] = {
    {"mkdir", replay_mkdir},
    {"rename", replay_rename},
    {"create", replay_create},
    {"update", replay_update},
    {"remove", replay_remove},
    {"unlink", replay_unlink},
    {"reclaim", replay_reclaim},
    {"link", replay_link},
    {"rmdir", replay_rmdir},
};

int
plan_replay(struct tenant *t, const struct tenant_caller *who,
    const struct json *op, struct err *err)
{
	struct replay r = {t, who, op, json_get_str(op, "path")};
	const char *name = json_get_str(op, "op");
	unsigned long told_n = t->refused_n;
	size_t i;
	int e;

	for (i = 0; r.path && i < sizeof(replay_ops) / sizeof(replay_ops[0]);
	     i++) {
		if (!text_equal(replay_ops[i].name, name))
			continue;
		e = replay_end(&r, replay_ops[i].run(&r), told_n);
		if (t->apply_met.code)
			return err_set(err, t->apply_met.code, "%s: %s", r.path,
			    t->apply_met.msg);
		/* these are ours alone: the whole of it cannot go on */
		if (e == -ENOBUFS || e == -ENOMEM || e == -EROFS)
			return err_set(err, e, "%s: %s", r.path,
			    e == -ENOBUFS ? "the disk under the state folder "
					    "is full"
					  : strerror(-e));
		return 0;
	}
	return err_set(
	    err, -EINVAL, "no operation of a plan: %s", name ? name : "none");
}
