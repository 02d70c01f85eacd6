/* SPDX-License-Identifier: MIT */
/*
 * tree: nodes, their names and their numbers.
 *
 * A node lives as long as it has a name or the kernel knows it.  Its id is
 * nobody else's meanwhile; for whose it is after that, and after a restart, see
 * handle.c.  st_ino is made of the persistent numbers of
 * what the node stands for, so that it needs no table of its own:
 *
 *	bits 32..60  what it is a view of: 0 the account itself, 1 .. 15 the
 *		     kinds below, else 16 + number of the license (a seat),
 *		     or 2^28 + that (a candidate)
 *	bits  0..31  number of the person, license or group; the fixed node; of
 *		     activity the number of the person, and three bits for the
 *		     product
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/text.h"
#include "keep_int.h"

static const struct {
	const char *name;
	uint8_t fixed, parent;
	enum node_kind kind;
} tree_fixed[] = {
    {"users", FIXED_USERS, FIXED_ROOT, NODE_DIR},
    {"licenses", FIXED_LICENSES, FIXED_ROOT, NODE_DIR},
    {"groups", FIXED_GROUPS, FIXED_ROOT, NODE_DIR},
    {".gotofs", FIXED_CONTROL, FIXED_ROOT, NODE_DIR},
    {"HELP", FIXED_HELP, FIXED_CONTROL, NODE_HELP},
    {"status.json", FIXED_STATUS, FIXED_CONTROL, NODE_STATUS},
    {"journal.jsonl", FIXED_JOURNAL, FIXED_CONTROL, NODE_JOURNAL},
    {"records", FIXED_RECORDS, FIXED_CONTROL, NODE_DIR},
    {"licenses", FIXED_LICENSE_RECORDS, FIXED_CONTROL, NODE_DIR},
    {"errors", FIXED_ERRORS, FIXED_CONTROL, NODE_ERROR_DIR},
    {"plan", FIXED_PLAN, FIXED_CONTROL, NODE_PLAN},
    {"trash", FIXED_TRASH, FIXED_CONTROL, NODE_DIR},
    {"pending", FIXED_PENDING, FIXED_CONTROL, NODE_DIR},
    {"ctl", FIXED_CTL, FIXED_CONTROL, NODE_CTL},
    {"activity", FIXED_ACTIVITY, FIXED_ROOT, NODE_DIR},
    {"reclaim", FIXED_RECLAIM, FIXED_ROOT, NODE_DIR},
    {"rules.json", FIXED_RULES, FIXED_RECLAIM, NODE_RULES},
    {"reports", FIXED_REPORTS, FIXED_ROOT, NODE_DIR},
    {"index.html", FIXED_INDEX_HTML, FIXED_REPORTS, NODE_REPORT},
    {"license-position.csv", FIXED_POSITION_CSV, FIXED_REPORTS, NODE_REPORT},
    {"license-position.json", FIXED_POSITION_JSON, FIXED_REPORTS, NODE_REPORT},
    {"users.csv", FIXED_USERS_CSV, FIXED_REPORTS, NODE_REPORT},
    {"snapshots", FIXED_SNAPSHOTS, FIXED_CONTROL, NODE_DIR},
};

bool
tree_is_dir(const struct node *n)
{
	return n->kind <= NODE_ERROR_DIR;
}

static uint64_t
tree_ino_of(uint64_t view, int64_t number)
{
	return view << 32 | (uint32_t)number;
}

/* The number of what is no account any more (vim's backup of it) is a
 * person's, that of any other counts the nodes of this run. */
static int64_t
tree_local_number(const struct node *n)
{
	uint64_t id = NODE_ID(n), view = id >> 32 & 0x7fffffff;

	if (!(id >> 63))
		return (int64_t)id;
	return (uint32_t)id | (view == INO_ACCOUNT ? 1U << 31 : 3U << 30);
}

uint64_t
tree_ino(const struct node *n)
{
	if (!n->parent && n->fixed != FIXED_ROOT)
		return n->cookie; /* see tree_remove */
	switch ((enum node_kind)n->kind) {
	case NODE_LICENSE_DIR:
		return tree_ino_of(INO_LICENSE, n->obj.license->number);
	case NODE_LICENSE_RECORD:
		return tree_ino_of(INO_LICENSE_RECORD, n->obj.license->number);
	case NODE_RECLAIM_DIR:
		return tree_ino_of(INO_RECLAIM, n->obj.license->number);
	case NODE_APPROVED_DIR:
		return tree_ino_of(INO_APPROVED, n->obj.license->number);
	case NODE_GROUP_DIR:
		return tree_ino_of(INO_GROUP, n->obj.group->number);
	case NODE_USER:
		if (n->obj.person && n->obj.person->number)
			return tree_ino_of(INO_ACCOUNT, n->obj.person->number);
		break;
	case NODE_RECORD:
		return tree_ino_of(INO_RECORD, n->obj.person->number);
	case NODE_ACTIVITY:
		return tree_ino_of(INO_ACTIVITY, activity_number(n));
	case NODE_TRASH:
	case NODE_PENDING:
		return n->cookie; /* they have no place among siblings */
	case NODE_GROUP_LINK:
		if (n->obj.person->number)
			return tree_ino_of(
			    INO_GROUP_LINK, n->obj.person->number);
		break;
	case NODE_LICENSE_LINK:
		if (n->obj.person->number && n->parent)
			return tree_ino_of(
			    (uint64_t)INO_SEAT +
				(uint64_t)n->parent->obj.license->number,
			    n->obj.person->number);
		break;
	case NODE_CANDIDATE:
		if (n->parent)
			return tree_ino_of(
			    (uint64_t)INO_CANDIDATE +
				(uint64_t)n->parent->obj.license->number,
			    n->obj.person->number);
		break;
	default:
		if (n->fixed)
			return tree_ino_of(INO_FIXED, n->fixed);
	}
	return tree_ino_of(INO_LOCAL, tree_local_number(n));
}

struct node *
tree_get(struct tenant *t, uint64_t id)
{
	struct map_link *l = map_first(&t->nodes, id);

	return l ? map_entry(l, struct node, by_id) : NULL;
}

static uint64_t
tree_name_hash(const struct node *dir, const char *name)
{
	return map_hash_str(name, map_hash_u64(NODE_ID(dir)));
}

struct node *
tree_child(const struct tenant *t, const struct node *dir, const char *name)
{
	struct map_link *l = map_first(&t->names, tree_name_hash(dir, name));

	for (; l; l = map_next(l)) {
		struct node *n = map_entry(l, struct node, by_name);

		if (n->parent == dir && strcmp(n->name, name) == 0)
			return n;
	}
	return NULL;
}

static int
tree_dir_append(struct dir *d, struct node *n)
{
	if (d->n == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 8;
		struct node **child = realloc(d->child, cap * sizeof(*child));

		if (!child)
			return -ENOMEM;
		d->child = child;
		d->cap = cap;
	}
	d->child[d->n++] = n;
	return 0;
}

/* Index of the first child whose cookie is beyond this one. */
static size_t
tree_dir_seek(const struct dir *d, uint64_t cookie)
{
	size_t lo = 0, hi = d->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2, probe = mid;

		/* a hole has no cookie: look at the next child behind it */
		while (probe < hi && !d->child[probe])
			probe++;
		if (probe == hi)
			hi = mid;
		else if (d->child[probe]->cookie > cookie)
			hi = mid;
		else
			lo = probe + 1;
	}
	return lo;
}

static void
tree_dir_remove(struct dir *d, const struct node *n)
{
	size_t i = tree_dir_seek(d, n->cookie - 1), to = 0;

	while (i < d->n && d->child[i] != n)
		i++;
	assert(i < d->n);
	d->child[i] = NULL;
	if (++d->holes < 32 || d->holes < d->n / 2)
		return;
	for (i = 0; i < d->n; i++)
		if (d->child[i])
			d->child[to++] = d->child[i];
	d->n = to;
	d->holes = 0;
}

struct node *
tree_next_child(const struct node *dir, size_t *i)
{
	while (*i < dir->dir->n) {
		struct node *n = dir->dir->child[(*i)++];

		if (n)
			return n;
	}
	return NULL;
}

struct node *
tree_last_child(const struct node *dir)
{
	struct dir *d = dir->dir;

	for (; d->n > 0; d->n--, d->holes--)
		if (d->child[d->n - 1])
			return d->child[d->n - 1];
	return NULL;
}

size_t
tree_seek(const struct node *dir, uint64_t cookie)
{
	return tree_dir_seek(dir->dir, cookie);
}

static int
tree_set_name(struct node *n, const char *name, bool borrow)
{
	char *own = borrow ? (char *)(uintptr_t)name : text_dup(name);

	if (!own)
		return -ENOMEM;
	if (!n->name_borrowed)
		free(n->name);
	n->name = own;
	n->name_borrowed = borrow;
	return 0;
}

/* Give a node its place; the maps have a table since tree_init. */
static int
tree_attach(struct tenant *t, struct node *n, struct node *dir)
{
	if (tree_dir_append(dir->dir, n) < 0)
		return -ENOMEM;
	n->parent = dir;
	n->cookie = ++t->last_cookie;
	if (map_add(&t->names, &n->by_name, tree_name_hash(dir, n->name)) < 0) {
		dir->dir->n--;
		n->parent = NULL;
		return -ENOMEM;
	}
	tree_touch(t, dir);
	event_entry(t, dir, n->name);
	return 0;
}

static void
tree_detach(struct tenant *t, struct node *n)
{
	struct node *dir = n->parent;

	map_remove(&t->names, &n->by_name);
	tree_dir_remove(dir->dir, n);
	n->parent = NULL;
	tree_touch(t, dir);
	event_entry(t, dir, n->name);
}

void
tree_touch(struct tenant *t, struct node *n)
{
	if (!t->loading)
		attr_touch(t, n);
}

static struct node *
tree_new(struct tenant *t, const char *name, bool borrow, enum node_kind kind)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->kind = (uint8_t)kind;
	n->mtime_ns = clock_wall_ns();
	if (tree_is_dir(n))
		n->dir = calloc(1, sizeof(*n->dir));
	if ((tree_is_dir(n) && !n->dir) || tree_set_name(n, name, borrow) < 0 ||
	    map_add(&t->nodes, &n->by_id, t->last_node + 1) < 0) {
		if (!n->name_borrowed)
			free(n->name);
		free(n->dir);
		free(n);
		return NULL;
	}
	t->last_node++;
	scratch_count(t, n, 1);
	return n;
}

static void
tree_free(struct tenant *t, struct node *n)
{
	map_remove(&t->nodes, &n->by_id);
	scratch_count(t, n, -1);
	write_free(t, n);
	if (!n->parent && n->cookie >> 32 == INO_LOCAL)
		attr_forget(t, n->cookie); /* never given again */
	if (n->local) {
		buf_done(&n->local->content);
		free(n->local->target);
		free(n->local);
	}
	if (n->dir)
		free(n->dir->child);
	free(n->dir);
	if (!n->name_borrowed)
		free(n->name);
	free(n);
}

struct node *
tree_add(struct tenant *t, struct node *dir, const char *name, bool borrow,
    enum node_kind kind)
{
	struct node *n = tree_new(t, name, borrow, kind);

	if (!n)
		return NULL;
	if (tree_attach(t, n, dir) < 0) {
		tree_free(t, n);
		return NULL;
	}
	return n;
}

/* What it stands for may go before the kernel lets go of it: it keeps its
 * number, and the version that an open reader reads. */
static void
tree_let_go(struct tenant *t, struct node *n, uint64_t ino)
{
	if ((n->kind == NODE_USER || n->kind == NODE_RECORD) && n->obj.person) {
		n->record = n->obj.person->record;
		n->size = n->obj.person->size;
		keep_let_go(t, n);
	} else if (n->kind == NODE_LICENSE_RECORD && n->obj.license) {
		n->record = n->obj.license->record;
		n->size = n->obj.license->size;
	}
	n->obj.person = NULL;
	n->cookie = ino;
}

void
tree_remove(struct tenant *t, struct node *n)
{
	uint64_t ino = tree_ino(n);

	if (n->parent)
		tree_detach(t, n);
	tree_let_go(t, n, ino);
	if (n->name_borrowed && tree_set_name(n, n->name, false) < 0)
		tree_set_name(n, "?", true);
	if (atomic_load(&n->lookups) == 0)
		tree_free(t, n);
}

int
tree_move(struct tenant *t, struct node *n, struct node *dir, const char *name,
    bool borrow)
{
	char *own = borrow ? (char *)(uintptr_t)name : text_dup(name);
	uint64_t ino = tree_ino(n);
	int r;

	if (!own)
		return -ENOMEM;
	if (n->parent)
		tree_detach(t, n);
	if (!n->name_borrowed)
		free(n->name);
	n->name = own;
	n->name_borrowed = borrow;
	r = tree_attach(t, n, dir);
	if (tree_ino(n) != ino)
		handle_leave(t, n, ino);
	return r;
}

void
tree_set_kind(struct tenant *t, struct node *n, enum node_kind kind)
{
	scratch_count(t, n, -1);
	n->kind = (uint8_t)kind;
	scratch_count(t, n, 1);
}

struct local *
tree_local(struct node *n)
{
	if (!n->local) {
		n->local = calloc(1, sizeof(*n->local));
		if (n->local)
			n->local->content.max = STAGE_BYTES_MAX;
	}
	return n->local;
}

bool
tree_is_listed(const struct node *n)
{
	return !(n->local && n->local->doomed) && n->fixed != FIXED_CONTROL;
}

char *
tree_path(const struct node *dir, const char *name)
{
	const char *parts[16];
	size_t n = 0;
	char *path;

	parts[n++] = name;
	for (; dir && dir->fixed != FIXED_ROOT && n < 16; dir = dir->parent)
		parts[n++] = dir->name;
	path = text_dup(parts[--n]);
	while (path && n > 0) {
		char *longer = text_printf("%s/%s", path, parts[--n]);

		free(path);
		path = longer;
	}
	return path;
}

bool
tree_is_known_only(const struct node *n)
{
	return n->kind == NODE_RECORD || n->kind == NODE_TRASH ||
	       n->kind == NODE_PENDING || n->kind == NODE_ACTIVITY;
}

/* The kernel forgot it and nobody else knows it: readers only mark. */
void
tenant_forget(struct tenant *t, uint64_t node, uint64_t lookups_n)
{
	struct node *n;
	bool last;

	tenant_read_lock(t);
	n = tree_get(t, node);
	last =
	    n &&
	    atomic_fetch_sub(&n->lookups, (uint32_t)lookups_n) == lookups_n &&
	    (!n->parent || tree_is_known_only(n));
	tenant_read_unlock(t);
	if (!last)
		return;
	tenant_begin(t);
	tenant_mutate(t);
	n = tree_get(t, node);
	if (n && atomic_load(&n->lookups) == 0) {
		if (!n->parent)
			tree_free(t, n);
		else if (tree_is_known_only(n))
			tree_forget_record(t, n);
	}
	tenant_end(t);
}

/* It comes and goes without a change of the directory. */
struct node *
tree_add_known(struct tenant *t, struct node *dir, const char *name,
    enum node_kind kind, uint64_t ino)
{
	struct node *n = tree_new(t, name, false, kind);

	if (!n)
		return NULL;
	n->parent = dir;
	n->cookie = ino;
	map_add(&t->names, &n->by_name, tree_name_hash(dir, n->name));
	if (ino)
		handle_name(t, n);
	return n;
}

struct node *
tree_add_record(struct tenant *t, struct person *p)
{
	struct node *n =
	    tree_add_known(t, t->fixed[FIXED_RECORDS], p->name, NODE_RECORD, 0);

	if (n) {
		n->obj.person = p;
		handle_name(t, n);
	}
	return n;
}

void
tree_take(struct tenant *t, struct node *n)
{
	map_remove(&t->names, &n->by_name);
	n->parent = NULL;
}

void
tree_forget_record(struct tenant *t, struct node *n)
{
	uint64_t ino = tree_ino(n);

	if (n->parent)
		tree_take(t, n);
	tree_let_go(t, n, ino);
	if (atomic_load(&n->lookups) == 0)
		tree_free(t, n);
}

void
tree_set_fixed(struct tenant *t, struct node *n, uint8_t fixed)
{
	n->fixed = fixed;
	t->fixed[fixed] = n;
}

struct node *
tree_renew(struct tenant *t, int fixed)
{
	struct node *old = t->fixed[fixed], *dir = old->parent;
	struct node *n =
	    tree_new(t, old->name, true, (enum node_kind)old->kind);
	size_t i = 0;

	if (!n)
		return NULL;
	if (map_add(&t->names, &n->by_name, old->by_name.hash) < 0) {
		tree_free(t, n);
		return NULL;
	}
	map_remove(&t->names, &old->by_name);
	while (dir->dir->child[i] != old)
		i++;
	dir->dir->child[i] = n;
	n->parent = dir;
	n->cookie = old->cookie;
	tree_set_fixed(t, n, (uint8_t)fixed);
	old->cookie = tree_ino(old);
	old->parent = NULL;
	if (atomic_load(&old->lookups) == 0)
		tree_free(t, old);
	handle_name(t, n);
	return n;
}

void
tree_renew_journal(struct tenant *t)
{
	struct node *n = tree_renew(t, FIXED_JOURNAL);

	if (!n)
		return;
	n->record = store_journal_base(t->store);
	event_entry(t, n->parent, n->name);
}

static int
tree_init_products(struct tenant *t, struct err *err)
{
	struct node *n;

	for (unsigned i = 0; i < PRODUCT_N; i++) {
		n = tree_add(t, t->fixed[FIXED_ACTIVITY],
		    product_name((enum product)i), true, NODE_DIR);
		if (!n)
			return err_nomem(err);
		tree_set_fixed(t, n, (uint8_t)(FIXED_PRODUCT + i));
		handle_name(t, n);
	}
	return 0;
}

int
tree_init(struct tenant *t, struct err *err)
{
	size_t i;
	int r;

	t->fixed[FIXED_ROOT] = tree_new(t, "", true, NODE_DIR);
	if (!t->fixed[FIXED_ROOT])
		return err_nomem(err);
	assert(NODE_ID(t->fixed[FIXED_ROOT]) == TENANT_ROOT_NODE);
	t->fixed[FIXED_ROOT]->fixed = FIXED_ROOT;
	r = handle_open(t, err);
	if (r < 0)
		return r;
	tenant_mutate(t);
	for (i = 0; i < sizeof(tree_fixed) / sizeof(tree_fixed[0]); i++) {
		struct node *n;

		if (tree_fixed[i].kind == NODE_PLAN && !t->dry_run)
			continue;
		n = tree_add(t, t->fixed[tree_fixed[i].parent],
		    tree_fixed[i].name, true, tree_fixed[i].kind);
		if (!n)
			return err_nomem(err);
		tree_set_fixed(t, n, tree_fixed[i].fixed);
		handle_name(t, n);
	}
	t->fixed[FIXED_JOURNAL]->record = store_journal_base(t->store);
	return tree_init_products(t, err);
}

void
tree_done(struct tenant *t)
{
	struct map_link *l, *next;

	for (l = map_walk(&t->nodes, NULL); l; l = next) {
		next = map_walk(&t->nodes, l);
		tree_free(t, map_entry(l, struct node, by_id));
	}
	map_done(&t->nodes);
	map_done(&t->names);
	handle_done(t);
}
