/* SPDX-License-Identifier: MIT */
/*
 * attr: modes, owners and times that were set by hand, by st_ino.
 *
 * Only nodes that somebody touched have an entry. Entries are written to the
 * store by the timer, in one transaction (attr_flush), because rsync -a sets
 * the times of everything; a crash loses at most a second of them.
 */
#include <errno.h>
#include <stdlib.h>

#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "keep_int.h"

static struct attr_entry *
attr_entry(struct tenant *t, uint64_t ino)
{
	struct map_link *l = map_first(&t->attrs, map_hash_u64(ino));

	for (; l; l = map_next(l)) {
		struct attr_entry *e = map_entry(l, struct attr_entry, by_ino);

		if (e->attr.ino == ino)
			return e;
	}
	return NULL;
}

struct store_attr *
attr_get(struct tenant *t, uint64_t ino)
{
	struct attr_entry *e = attr_entry(t, ino);

	return e ? &e->attr : NULL;
}

struct store_attr *
attr_make(struct tenant *t, uint64_t ino)
{
	struct attr_entry *e = attr_entry(t, ino);

	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e ||
		    map_add(&t->attrs, &e->by_ino, map_hash_u64(ino)) < 0) {
			free(e);
			return NULL;
		}
		e->attr.ino = ino;
	}
	e->dirty = true;
	t->attrs_dirty = true;
	return &e->attr;
}

/* The version of the content that an mtime set by hand belongs to. */
static int64_t
attr_version(const struct node *n)
{
	const struct person *p = n->kind == NODE_USER ? n->obj.person : NULL;

	if (!p)
		return 0;
	return keep_is_shown(p) ? p->kept->id : p->changed_ns;
}

bool
attr_has_mtime(const struct store_attr *a, const struct node *n)
{
	return a && (a->set & STORE_ATTR_MTIME) &&
	       a->mtime_version == attr_version(n);
}

void
attr_set_mtime(struct tenant *t, const struct node *n, int64_t mtime_ns)
{
	struct store_attr *a = attr_make(t, tree_ino(n));

	if (!a)
		return;
	a->set |= STORE_ATTR_MTIME;
	a->mtime_ns = mtime_ns;
	a->mtime_version = attr_version(n);
}

void
attr_set_ctime(struct tenant *t, const struct node *n)
{
	struct store_attr *a = attr_make(t, tree_ino(n));
	int64_t now = clock_wall_ns();

	if (!a)
		return;
	a->ctime_ns = now > a->ctime_ns ? now : a->ctime_ns + 1;
	a->set |= STORE_ATTR_CTIME;
}

void
attr_touch(struct tenant *t, const struct node *n)
{
	struct store_attr *a = attr_get(t, tree_ino(n));
	int64_t now = clock_wall_ns();

	if (n == t->still)
		return;
	if (a && (a->set & STORE_ATTR_MTIME) && a->mtime_ns >= now)
		now = a->mtime_ns + 1;
	attr_set_mtime(t, n, now);
	attr_set_ctime(t, n);
}

void
attr_forget(struct tenant *t, uint64_t ino)
{
	struct attr_entry *e = attr_entry(t, ino);

	if (!e)
		return;
	e->attr.set = 0; /* the flush drops the row and the entry */
	e->dirty = true;
	t->attrs_dirty = true;
}

static void
attr_move(struct tenant *t, uint64_t view, int64_t from, int64_t to)
{
	const struct store_attr *was = attr_get(t, view << 32 | (uint32_t)from);
	struct store_attr copy, *now;

	if (!was || !was->set)
		return;
	copy = *was;
	attr_forget(t, copy.ino);
	now = attr_make(t, view << 32 | (uint32_t)to);
	if (!now)
		return;
	copy.ino = now->ino;
	*now = copy;
}

/* He was shown with another number than the tenant's key has (he came back):
 * what was set on his file and links stays. */
void
attr_set_number(struct tenant *t, struct person *p, int64_t number)
{
	int64_t was = p->number;
	size_t i;

	if (was && was != number && p->file)
		handle_leave(t, p->file, tree_ino(p->file));
	p->number = number;
	if (!was || was == number)
		return;
	attr_move(t, INO_ACCOUNT, was, number);
	attr_move(t, INO_GROUP_LINK, was, number);
	for (i = 0; i < t->licenses_n; i++)
		attr_move(t,
		    (uint64_t)INO_SEAT + (uint64_t)t->license[i]->number, was,
		    number);
}

/* Scratch files have no number that lasts. */
static bool
attr_is_lasting(uint64_t ino)
{
	return ino >> 32 != INO_LOCAL;
}

void
attr_flush(struct tenant *t)
{
	struct err err = ERR_NONE;
	struct store_batch *b = NULL;
	struct map_link *l, *next;
	int r;

	if (!t->attrs_dirty)
		return;
	r = tenant_batch(t, &b, &err);
	for (l = map_walk(&t->attrs, NULL); r == 0 && l;
	     l = map_walk(&t->attrs, l)) {
		struct attr_entry *e = map_entry(l, struct attr_entry, by_ino);

		if (!e->dirty || !attr_is_lasting(e->attr.ino))
			continue;
		r = e->attr.set ? store_attr_put(b, &e->attr, &err)
				: store_attr_drop(b, e->attr.ino, &err);
	}
	r = store_end(b, r, &err);
	if (r < 0) { /* tried again at the next tick */
		log_warn("cannot keep file times and modes: %s", err.msg);
		return;
	}
	tenant_mutate(t);
	for (l = map_walk(&t->attrs, NULL); l; l = next) {
		struct attr_entry *e = map_entry(l, struct attr_entry, by_ino);

		next = map_walk(&t->attrs, l);
		e->dirty = false;
		if (e->attr.set)
			continue;
		map_remove(&t->attrs, l);
		free(e);
	}
	t->attrs_dirty = false;
}

static int
attr_load_one(void *ctx, const struct store_attr *a)
{
	struct tenant *t = ctx;
	struct store_attr *mine = attr_make(t, a->ino);

	if (!mine)
		return -ENOMEM;
	*mine = *a;
	map_entry(map_first(&t->attrs, map_hash_u64(a->ino)), struct attr_entry,
	    by_ino)
	    ->dirty = false;
	return 0;
}

int
attr_load(struct tenant *t, struct err *err)
{
	int r = store_attrs_each(t->store, attr_load_one, t, err);

	t->attrs_dirty = false;
	return r;
}

void
attr_done(struct tenant *t)
{
	struct map_link *l, *next;

	for (l = map_walk(&t->attrs, NULL); l; l = next) {
		next = map_walk(&t->attrs, l);
		free(map_entry(l, struct attr_entry, by_ino));
	}
	map_done(&t->attrs);
}
