/* SPDX-License-Identifier: MIT */
/* snapshot_tree: what is in a snapshot, asked of the store each time (see
 * snapshot_int.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "snapshot_int.h"

#define SEQ_SHIFT 42
#define VIEW_SHIFT 38
#define SEQ_MASK ((UINT64_C(1) << 20) - 1)
#define VIEW_MASK UINT64_C(15)
#define ID_MASK ((UINT64_C(1) << VIEW_SHIFT) - 1)

/* A group's folders come before its links; so do their cookies. */
#define COOKIE_LINK (UINT64_C(1) << 40)

/* ---- numbers ---- */

uint64_t
snapshot_node(int64_t seq, enum snapshot_view view, int64_t id)
{
	return SNAPSHOT_NODE | ((uint64_t)seq & SEQ_MASK) << SEQ_SHIFT |
	       (uint64_t)view << VIEW_SHIFT | ((uint64_t)id & ID_MASK);
}

int
snapshot_enter(struct tenant *t, uint64_t node, struct snapshot_place *ret)
{
	int64_t seq = (int64_t)(node >> SEQ_SHIFT & SEQ_MASK);
	struct snapshot *s = NULL;

	tenant_read_lock(t);
	for (size_t i = 0; i < t->snapshots_n && !s; i++)
		if (t->snapshot[i]->row.seq == seq)
			s = t->snapshot[i];
	if (s) {
		atomic_fetch_add(&s->users_n, 1);
		s->used_boot_ms = clock_boot_ms();
	}
	tenant_read_unlock(t);
	if (!s)
		return -ESTALE;
	*ret = (struct snapshot_place){s,
	    (enum snapshot_view)(node >> VIEW_SHIFT & VIEW_MASK),
	    (int64_t)(node & ID_MASK)};
	return 0;
}

void
snapshot_leave(struct snapshot_place *p)
{
	snapshot_put(p->s);
}

/* What was found is all there was, unless it has been dropped meanwhile. */
static int
tree_check(const struct snapshot_place *p, int r)
{
	return atomic_load(&p->s->gone) ? -ESTALE : r;
}

/* -EIO, said once. */
static int
tree_broken(int r, const struct err *err)
{
	if (r != -ENOMEM && r != -ECANCELED)
		log_error(".gotofs/snapshots/: %s", err->msg);
	return r;
}

/* ---- attributes ---- */

/* Two of them are never written in one millisecond. */
static int64_t
rules_number(const struct snapshot *s)
{
	return s->row.rules_ns / CLOCK_NS_PER_MS;
}

/* Modes and owners are those of the mount: what is copied back has them
 * (DESIGN 2). */
static void
attr_set(const struct tenant *t, const struct snapshot *s,
    enum snapshot_view view, int64_t id, mode_t mode, int64_t time_ns,
    struct tenant_attr *ret)
{
	bool shared = view == SNAPSHOT_USER || view == SNAPSHOT_SEAT ||
		      view == SNAPSHOT_MEMBER || view == SNAPSHOT_RULES;
	int64_t what = view == SNAPSHOT_RULES ? rules_number(s) : id;

	*ret = (struct tenant_attr){
	    .node = snapshot_node(s->row.seq, view, id),
	    .ino = snapshot_node(shared ? 0 : s->row.seq, view, what),
	    .mode = S_ISLNK(mode) ? mode : mode & ~t->conf.umask,
	    .nlink = 1,
	    .uid = t->conf.uid,
	    .gid = t->conf.gid,
	    .atime_ns = time_ns,
	    .mtime_ns = time_ns,
	    .ctime_ns = time_ns,
	};
}

static void
attr_set_folder(const struct tenant *t, const struct snapshot *s,
    enum snapshot_view view, int64_t id, struct tenant_attr *ret)
{
	int64_t time_ns = s->row.generation_ms * CLOCK_NS_PER_MS;

	if (view == SNAPSHOT_FIXED && id == SNAPSHOT_ROOT)
		time_ns = s->row.created_ns;
	attr_set(t, s, view, id, S_IFDIR | 0777, time_ns, ret);
	ret->size = 4096;
}

void
snapshot_root_attr(
    const struct tenant *t, const struct snapshot *s, struct tenant_attr *ret)
{
	attr_set_folder(t, s, SNAPSHOT_FIXED, SNAPSHOT_ROOT, ret);
}

static void
attr_set_user(const struct tenant *t, const struct snapshot *s,
    const struct store_record *r, struct tenant_attr *ret)
{
	attr_set(
	    t, s, SNAPSHOT_USER, r->id, S_IFREG | 0666, r->changed_ns, ret);
	ret->size = (off_t)r->text_bytes;
}

/* "../../users/" of a link so many folders below the root. */
static int
link_target(int depth, const char *name, struct buf *out)
{
	int r = 0;

	while (r == 0 && depth-- > 0)
		r = buf_puts(out, "../");
	return r < 0 ? r : buf_printf(out, "users/%s", name);
}

static void
attr_set_link(const struct tenant *t, const struct snapshot *s,
    const struct store_past_link *l, int depth, const char *name,
    struct tenant_attr *ret)
{
	attr_set(t, s,
	    l->kind == STORE_LICENSE ? SNAPSHOT_SEAT : SNAPSHOT_MEMBER, l->id,
	    S_IFLNK | 0777, l->since_ns, ret);
	ret->size =
	    (off_t)(3 * (size_t)depth + strlen("users/") + strlen(name));
}

static void
attr_set_rules(
    const struct tenant *t, const struct snapshot *s, struct tenant_attr *ret)
{
	attr_set(t, s, SNAPSHOT_RULES, s->row.rules, S_IFREG | 0666,
	    s->row.rules_ns, ret);
	ret->size = (off_t)s->row.rules_bytes;
}

/* It is the same as long as neither the generation nor the rules are others.
 * All but its size. */
static void
attr_set_manifest(
    const struct tenant *t, const struct snapshot *s, struct tenant_attr *ret)
{
	int64_t time_ns = s->row.generation_ms * CLOCK_NS_PER_MS;

	if (s->row.rules_ns > time_ns)
		time_ns = s->row.rules_ns;
	attr_set(t, s, SNAPSHOT_FIXED, SNAPSHOT_MANIFEST, S_IFREG | 0666,
	    time_ns, ret);
	ret->ino = snapshot_node(
	    s->row.generation, SNAPSHOT_MANIFEST_OF, rules_number(s));
}

/* ---- people ---- */

static char *
user_name(const struct store_past *p)
{
	return name_from_email(
	    p->record.name, p->younger ? p->record.key : NULL);
}

/* The one whose file has this name. */
struct user_search {
	const char *name;
	bool found;
	struct store_record record; /* its strings are gone, but for the key */
	char *key;
};
#define USER_SEARCH(name)                                                      \
	{                                                                      \
		name, false, {0}, NULL                                         \
	}

static void
user_search_done(struct user_search *x)
{
	free(x->key);
}

static int
user_is_it(void *ctx, const struct store_past *p)
{
	struct user_search *x = ctx;
	AUTO(text_done) char *name = user_name(p);

	if (!name)
		return -ENOMEM;
	if (x->found || strcmp(name, x->name) != 0)
		return 0;
	x->key = text_dup(p->record.key);
	x->record = p->record;
	x->found = true;
	return x->key ? 0 : -ENOMEM;
}

/* A name that says no address (it was cut, has the end of a key, or the tenant
 * has strange ones): among those that begin as it does. */
static int
user_search_all(struct tenant *t, const struct snapshot *s,
    struct user_search *x, struct err *err)
{
	AUTO(text_done)
	char *prefix = strndup(x->name, strcspn(x->name, "%~"));

	if (name_is_scratch(x->name))
		return 0;
	if (!prefix)
		return err_nomem(err);
	if (text_ends(prefix, ".json"))
		prefix[strlen(prefix) - strlen(".json")] = '\0';
	return store_past_named(t->store, s->row.generation, STORE_USER, prefix,
	    true, user_is_it, x, err);
}

static int
user_find(struct tenant *t, const struct snapshot *s, struct user_search *x)
{
	AUTO(text_done) char *email = NULL;
	struct err err = ERR_NONE;
	int r = name_to_email(x->name, &email);

	if (r == -ENOMEM)
		return r;
	r = r == 0 ? store_past_named(t->store, s->row.generation, STORE_USER,
			 email, false, user_is_it, x, &err)
		   : user_search_all(t, s, x, &err);
	if (r < 0)
		return tree_broken(r, &err);
	return x->found ? 0 : -ENOENT;
}

/* ---- one thing by its number ---- */

struct tree_one {
	struct tenant *t;
	struct snapshot *s;
	struct tenant_attr *attr;
	struct buf *target; /* of a link; NULL: the attributes */
	bool found;
};

static int
one_user(void *ctx, const struct store_past *p)
{
	struct tree_one *one = ctx;

	one->found = true;
	attr_set_user(one->t, one->s, &p->record, one->attr);
	return 0;
}

static int
one_link(void *ctx, const struct store_past_link *l)
{
	struct tree_one *one = ctx;
	AUTO(text_done) char *name = user_name(&l->user);
	const struct snapshot_folder *f =
	    snapshot_folder_keyed(one->s, l->kind, l->container_key);

	if (!name)
		return -ENOMEM;
	if (!f)
		return 0;
	one->found = true;
	if (one->target)
		return link_target(snapshot_folder_depth(f), name, one->target);
	attr_set_link(
	    one->t, one->s, l, snapshot_folder_depth(f), name, one->attr);
	return 0;
}

static int
one_find(struct tenant *t, const struct snapshot_place *p, struct tree_one *one)
{
	int64_t generation = p->s->row.generation;
	struct err err = ERR_NONE;
	int r;

	if (p->view == SNAPSHOT_USER)
		r = store_past_id(
		    t->store, generation, p->id, one_user, one, &err);
	else
		r = store_past_link_id(
		    t->store, generation, p->id, one_link, one, &err);
	if (r < 0)
		return tree_broken(r, &err);
	return one->found ? 0 : -ESTALE;
}

static int
tree_getattr(
    struct tenant *t, const struct snapshot_place *p, struct tenant_attr *ret)
{
	struct tree_one one = {t, p->s, ret, NULL, false};

	switch (p->view) {
	case SNAPSHOT_FIXED:
		if (p->id != SNAPSHOT_MANIFEST)
			break;
		attr_set_manifest(t, p->s, ret);
		return snapshot_manifest_size(t, p->s, &ret->size);
	case SNAPSHOT_USER:
	case SNAPSHOT_SEAT:
	case SNAPSHOT_MEMBER:
		return one_find(t, p, &one);
	case SNAPSHOT_RULES:
		attr_set_rules(t, p->s, ret);
		return 0;
	default:
		break;
	}
	attr_set_folder(t, p->s, p->view, p->id, ret);
	return 0;
}

/* ---- a name in a folder ---- */

static const struct {
	const char *name;
	enum snapshot_fixed fixed;
} tree_fixed[] = {
    {"MANIFEST.sha256", SNAPSHOT_MANIFEST},
    {"users", SNAPSHOT_USERS},
    {"licenses", SNAPSHOT_LICENSES},
    {"groups", SNAPSHOT_GROUPS},
    {"reclaim", SNAPSHOT_RECLAIM},
};
#define TREE_FIXED_N (sizeof(tree_fixed) / sizeof(tree_fixed[0]))

static int
lookup_root(struct tenant *t, const struct snapshot_place *dir,
    const char *name, struct tenant_attr *ret)
{
	struct snapshot_place p = {dir->s, SNAPSHOT_FIXED, 0};

	for (size_t i = 0; i < TREE_FIXED_N; i++)
		if (strcmp(tree_fixed[i].name, name) == 0) {
			p.id = tree_fixed[i].fixed;
			return tree_getattr(t, &p, ret);
		}
	return -ENOENT;
}

static int
lookup_folder(struct tenant *t, struct snapshot *s, enum snapshot_view view,
    const struct snapshot_folder *parent, const char *name,
    struct tenant_attr *ret)
{
	const struct snapshot_folder *f =
	    snapshot_folder_named(s, view, parent, name);

	if (!f)
		return -ENOENT;
	attr_set_folder(t, s, view, f->number, ret);
	return 0;
}

struct link_lookup {
	const struct tenant *t;
	const struct snapshot *s;
	const char *name;
	int depth;
	struct tenant_attr *attr;
	bool found;
};

static int
lookup_link_one(void *ctx, const struct store_past_link *l)
{
	struct link_lookup *x = ctx;

	attr_set_link(x->t, x->s, l, x->depth, x->name, x->attr);
	x->found = true;
	return 0;
}

static int
lookup_link(struct tenant *t, struct snapshot *s, enum snapshot_view view,
    const struct snapshot_folder *f, const char *name, struct tenant_attr *ret)
{
	AUTO(user_search_done) struct user_search user = USER_SEARCH(name);
	struct link_lookup x = {
	    t, s, name, snapshot_folder_depth(f), ret, false};
	enum store_kind kind =
	    view == SNAPSHOT_LICENSE ? STORE_LICENSE : STORE_GROUP;
	struct err err = ERR_NONE;
	int r = user_find(t, s, &user);

	if (r < 0)
		return r;
	r = store_past_link_of(t->store, s->row.generation, kind, f->key,
	    user.key, lookup_link_one, &x, &err);
	if (r < 0)
		return tree_broken(r, &err);
	return x.found ? 0 : -ENOENT;
}

/* In a license or a group. */
static int
lookup_in_folder(struct tenant *t, const struct snapshot_place *dir,
    const char *name, struct tenant_attr *ret)
{
	const struct snapshot_folder *f =
	    snapshot_folder_of(dir->s, dir->view, dir->id);
	int r = -ENOENT;

	if (!f)
		return -ESTALE;
	if (dir->view == SNAPSHOT_GROUP)
		r = lookup_folder(t, dir->s, SNAPSHOT_GROUP, f, name, ret);
	return r == -ENOENT ? lookup_link(t, dir->s, dir->view, f, name, ret)
			    : r;
}

static int
lookup_user(struct tenant *t, struct snapshot *s, const char *name,
    struct tenant_attr *ret)
{
	AUTO(user_search_done) struct user_search x = USER_SEARCH(name);
	int r = user_find(t, s, &x);

	if (r == 0)
		attr_set_user(t, s, &x.record, ret);
	return r;
}

static int
tree_lookup(struct tenant *t, const struct snapshot_place *dir,
    const char *name, struct tenant_attr *ret)
{
	if (dir->view == SNAPSHOT_LICENSE || dir->view == SNAPSHOT_GROUP)
		return lookup_in_folder(t, dir, name, ret);
	if (dir->view != SNAPSHOT_FIXED)
		return -ENOTDIR;
	switch ((enum snapshot_fixed)dir->id) {
	case SNAPSHOT_ROOT:
		return lookup_root(t, dir, name, ret);
	case SNAPSHOT_USERS:
		return lookup_user(t, dir->s, name, ret);
	case SNAPSHOT_LICENSES:
		return lookup_folder(
		    t, dir->s, SNAPSHOT_LICENSE, NULL, name, ret);
	case SNAPSHOT_GROUPS:
		return lookup_folder(
		    t, dir->s, SNAPSHOT_GROUP, NULL, name, ret);
	case SNAPSHOT_RECLAIM:
		if (strcmp(name, "rules.json") != 0)
			return -ENOENT;
		attr_set_rules(t, dir->s, ret);
		return 0;
	default:
		return -ENOTDIR;
	}
}

/* ---- listings ---- */

struct tree_walk {
	struct tenant *t;
	const struct snapshot_place *dir;
	int depth; /* of links */
	snapshot_entry_fn fn;
	void *ctx;
};

static int
walk_none(void *ctx, const struct store_past *p)
{
	return 1;
}

/* A backup begins here: of a mirror that gives nobody back it is told at once,
 * and not folder by folder. */
static int
walk_root(const struct tree_walk *w, uint64_t cookie, struct err *err)
{
	const struct snapshot *s = w->dir->s;
	int r = store_past_each(w->t->store, s->row.generation, STORE_USER, 0,
	    walk_none, NULL, err);

	if (r > 0)
		r = 0;
	for (size_t i = cookie; r == 0 && i < TREE_FIXED_N; i++) {
		struct snapshot_entry e = {
		    .name = tree_fixed[i].name, .cookie = i + 1};

		if (tree_fixed[i].fixed == SNAPSHOT_MANIFEST) {
			attr_set_manifest(w->t, s, &e.attr);
			e.attr.node = 0; /* measured when it is looked up */
		} else {
			attr_set_folder(w->t, s, SNAPSHOT_FIXED,
			    tree_fixed[i].fixed, &e.attr);
		}
		r = w->fn(w->ctx, &e);
	}
	return r;
}

static int
walk_rules(const struct tree_walk *w, uint64_t cookie)
{
	struct snapshot_entry e = {
	    .name = "rules.json", .cookie = 1, .text = w->dir->s->row.rules};

	if (cookie > 0)
		return 0;
	attr_set_rules(w->t, w->dir->s, &e.attr);
	return w->fn(w->ctx, &e);
}

static int
walk_folders(const struct tree_walk *w, enum snapshot_view view,
    const struct snapshot_folder *parent, uint64_t cookie)
{
	const struct snapshot *s = w->dir->s;
	const struct snapshot_folder *f =
	    snapshot_folder_first(s, view, parent);
	int r = 0;

	for (; r == 0 && f; f = f->next) {
		struct snapshot_entry e = {
		    .name = f->name, .cookie = (uint64_t)f->number};

		if (e.cookie <= cookie)
			continue;
		attr_set_folder(w->t, s, view, f->number, &e.attr);
		r = w->fn(w->ctx, &e);
	}
	return r;
}

static int
walk_user(void *ctx, const struct store_past *p)
{
	const struct tree_walk *w = ctx;
	AUTO(text_done) char *name = user_name(p);
	struct snapshot_entry e = {.name = name,
	    .cookie = (uint64_t)p->record.number,
	    .text = p->record.id};

	if (!name)
		return -ENOMEM;
	attr_set_user(w->t, w->dir->s, &p->record, &e.attr);
	return w->fn(w->ctx, &e);
}

static int
walk_link(void *ctx, const struct store_past_link *l)
{
	const struct tree_walk *w = ctx;
	AUTO(text_done) char *name = user_name(&l->user);
	struct snapshot_entry e = {.name = name,
	    .cookie = COOKIE_LINK + (uint64_t)l->id,
	    .text = l->user.record.id};

	if (!name)
		return -ENOMEM;
	attr_set_link(w->t, w->dir->s, l, w->depth, name, &e.attr);
	return w->fn(w->ctx, &e);
}

static int
walk_in_folder(struct tree_walk *w, uint64_t cookie, struct err *err)
{
	const struct snapshot_place *dir = w->dir;
	const struct snapshot_folder *f =
	    snapshot_folder_of(dir->s, dir->view, dir->id);
	int r = 0;

	if (!f)
		return err_set(err, -ESTALE, "no such folder");
	w->depth = snapshot_folder_depth(f);
	if (dir->view == SNAPSHOT_GROUP && cookie < COOKIE_LINK)
		r = walk_folders(w, SNAPSHOT_GROUP, f, cookie);
	if (r < 0)
		return r;
	return store_past_links(w->t->store, dir->s->row.generation,
	    dir->view == SNAPSHOT_LICENSE ? STORE_LICENSE : STORE_GROUP, f->key,
	    cookie > COOKIE_LINK ? (int64_t)(cookie - COOKIE_LINK) : 0,
	    walk_link, w, err);
}

static int
walk_fixed(struct tree_walk *w, uint64_t cookie, struct err *err)
{
	const struct snapshot *s = w->dir->s;

	switch ((enum snapshot_fixed)w->dir->id) {
	case SNAPSHOT_ROOT:
		return walk_root(w, cookie, err);
	case SNAPSHOT_USERS:
		return store_past_each(w->t->store, s->row.generation,
		    STORE_USER, (int64_t)cookie, walk_user, w, err);
	case SNAPSHOT_LICENSES:
		return walk_folders(w, SNAPSHOT_LICENSE, NULL, cookie);
	case SNAPSHOT_GROUPS:
		return walk_folders(w, SNAPSHOT_GROUP, NULL, cookie);
	case SNAPSHOT_RECLAIM:
		return walk_rules(w, cookie);
	default:
		return -ENOTDIR;
	}
}

int
snapshot_each(struct tenant *t, const struct snapshot_place *dir,
    uint64_t cookie, snapshot_entry_fn fn, void *ctx)
{
	struct tree_walk w = {t, dir, 0, fn, ctx};
	struct err err = ERR_NONE;
	int r;

	if (dir->view == SNAPSHOT_LICENSE || dir->view == SNAPSHOT_GROUP)
		r = walk_in_folder(&w, cookie, &err);
	else if (dir->view == SNAPSHOT_FIXED)
		r = walk_fixed(&w, cookie, &err);
	else
		return -ENOTDIR;
	if (r < 0 && *err.msg)
		tree_broken(r, &err);
	return r;
}

struct tree_listing {
	tenant_dirent_fn fn;
	void *ctx;
};

static int
list_entry(void *ctx, const struct snapshot_entry *e)
{
	const struct tree_listing *l = ctx;

	return l->fn(l->ctx, e->name, &e->attr, e->cookie) ? 0 : -ECANCELED;
}

/* ---- what is read ---- */

/* What is there no longer has been dropped, known already or not. */
int
snapshot_text(struct tenant *t, int64_t id, struct buf *out)
{
	struct err err = ERR_NONE;
	int r = store_record_text(t->store, id, out, &err);

	if (r == -ENOENT)
		return -ESTALE;
	return r < 0 ? tree_broken(r, &err) : 0;
}

static int
tree_read(struct tenant *t, const struct snapshot_place *p, off_t offset,
    size_t n, struct buf *out)
{
	AUTO(buf_done) struct buf text = BUF_MAX(4 * STAGE_BYTES_MAX);
	int64_t id = p->view == SNAPSHOT_RULES ? p->s->row.rules : p->id;
	int r;

	if (p->view == SNAPSHOT_FIXED && p->id == SNAPSHOT_MANIFEST)
		return snapshot_manifest_read(t, p->s, offset, n, out);
	if (p->view != SNAPSHOT_USER && p->view != SNAPSHOT_RULES)
		return -EISDIR;
	r = snapshot_text(t, id, &text);
	return r < 0 ? r : read_slice(text.data, text.len, offset, n, out);
}

/* ---- as tenant.h has them ---- */

/* Its folders are known wherever somebody may need them. */
static int
tree_enter(struct tenant *t, uint64_t node, struct snapshot_place *ret)
{
	int r = snapshot_enter(t, node, ret);

	return r < 0 ? r : snapshot_need_folders(t, ret->s);
}

#define PLACE_NONE                                                             \
	{                                                                      \
		NULL, SNAPSHOT_FIXED, 0                                        \
	}

int
snapshot_lookup(
    struct tenant *t, uint64_t dir, const char *name, struct tenant_attr *ret)
{
	AUTO(snapshot_leave) struct snapshot_place p = PLACE_NONE;
	int r = tree_enter(t, dir, &p);

	return r < 0 ? r : tree_check(&p, tree_lookup(t, &p, name, ret));
}

int
snapshot_getattr(struct tenant *t, uint64_t node, struct tenant_attr *ret)
{
	AUTO(snapshot_leave) struct snapshot_place p = PLACE_NONE;
	int r = tree_enter(t, node, &p);

	return r < 0 ? r : tree_check(&p, tree_getattr(t, &p, ret));
}

uint64_t
snapshot_parent(struct tenant *t, uint64_t dir)
{
	AUTO(snapshot_leave) struct snapshot_place p = PLACE_NONE;
	const struct snapshot_folder *f;
	int64_t seq;

	if (tree_enter(t, dir, &p) < 0)
		return TENANT_ROOT_NODE;
	seq = p.s->row.seq;
	if (p.view == SNAPSHOT_LICENSE)
		return snapshot_node(seq, SNAPSHOT_FIXED, SNAPSHOT_LICENSES);
	if (p.view == SNAPSHOT_GROUP) {
		f = snapshot_folder_of(p.s, p.view, p.id);
		return f && f->parent ? snapshot_node(seq, SNAPSHOT_GROUP,
					    f->parent->number)
				      : snapshot_node(seq, SNAPSHOT_FIXED,
					    SNAPSHOT_GROUPS);
	}
	return p.id == SNAPSHOT_ROOT
		   ? NODE_ID(t->fixed[FIXED_SNAPSHOTS])
		   : snapshot_node(seq, SNAPSHOT_FIXED, SNAPSHOT_ROOT);
}

int
snapshot_readdir(struct tenant *t, uint64_t dir, uint64_t cookie,
    tenant_dirent_fn fn, void *ctx)
{
	AUTO(snapshot_leave) struct snapshot_place p = PLACE_NONE;
	struct tree_listing l = {fn, ctx};
	int r = tree_enter(t, dir, &p);

	if (r < 0)
		return r;
	r = snapshot_each(t, &p, cookie, list_entry, &l);
	return tree_check(&p, r == -ECANCELED ? 0 : r);
}

int
snapshot_read(
    struct tenant *t, uint64_t node, off_t offset, size_t n, struct buf *out)
{
	AUTO(snapshot_leave) struct snapshot_place p = PLACE_NONE;
	int r = tree_enter(t, node, &p);

	return r < 0 ? r : tree_check(&p, tree_read(t, &p, offset, n, out));
}

int
snapshot_readlink(struct tenant *t, uint64_t node, struct buf *out)
{
	AUTO(snapshot_leave) struct snapshot_place p = PLACE_NONE;
	struct tree_one one = {t, NULL, NULL, out, false};
	int r = tree_enter(t, node, &p);

	if (r < 0)
		return r;
	one.s = p.s;
	if (p.view != SNAPSHOT_SEAT && p.view != SNAPSHOT_MEMBER)
		return -EINVAL;
	return tree_check(&p, one_find(t, &p, &one));
}
