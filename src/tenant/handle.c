/* SPDX-License-Identifier: MIT */
/*
 * handle: node ids by which a file is found again after a restart.
 *
 * A file handle (NFS, open_by_handle_at) is a node id and a generation. When
 * the kernel has forgotten the node, it asks for "." under that id, and the
 * answer must be the same object, or none. So
 *
 *	bit 63 | st_ino		is the id of whatever has a number that lasts
 *	bit 61 | run << 40 | n	is that of all others, and of one whose own id
 *				is still somebody's: the nth node of this run
 *	bit 62 | ...		is in a snapshot (snapshot_int.h)
 *
 * A file that was replaced has a new node beside the old one, which its reader
 * keeps; the new one's id is then written down by its number (t->handles), a
 * second later at most.  What a crash loses of that is nobody's id ever again,
 * because the next run has another number: its handles are stale, and never
 * another's.  The generation is of the store: with a new one every number may
 * mean somebody else.
 *
 * Fresh nodes (t->fresh, by id) have an id of the run, and may get a number
 * that lasts; handle_flush looks at them.  All of it belongs to the turn.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/crypto.h"
#include "gotofs/list.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "known_int.h"

#define META_NAME "handles" /* "GENERATION RUNS" */
#define ID_LASTING (UINT64_C(1) << 63)
#define ID_RUN (UINT64_C(1) << 61)
#define RUN_BITS 21
#define RUN_SHIFT 40

struct handle {
	struct map_link by_ino;
	uint64_t ino, node;
	bool dirty;
};

static struct handle *
handle_find(const struct tenant *t, uint64_t ino)
{
	struct map_link *l = map_first(&t->handles, map_hash_u64(ino));

	while (l && map_entry(l, struct handle, by_ino)->ino != ino)
		l = map_next(l);
	return l ? map_entry(l, struct handle, by_ino) : NULL;
}

static struct handle *
handle_put(struct tenant *t, uint64_t ino, uint64_t node)
{
	struct handle *h = handle_find(t, ino);

	if (!h) {
		h = calloc(1, sizeof(*h));
		if (!h ||
		    map_add(&t->handles, &h->by_ino, map_hash_u64(ino)) < 0) {
			free(h);
			return NULL;
		}
		h->ino = ino;
	}
	h->node = node;
	h->dirty = t->handles_dirty = true;
	return h;
}

static uint64_t
handle_id(const struct tenant *t, uint64_t ino)
{
	const struct handle *h = handle_find(t, ino);

	return h ? h->node : ID_LASTING | ino;
}

/* Has this node a number by which a later run knows it? */
static bool
handle_lasts(uint64_t ino)
{
	return ino >> 32 != INO_LOCAL && (uint32_t)ino != 0;
}

/* Without memory its handles will be stale after a restart. */
static void
handle_add_fresh(struct tenant *t, const struct node *n)
{
	uint64_t *grown = list_grow(t->fresh, t->fresh_n, sizeof(*grown));

	if (!grown)
		return;
	t->fresh = grown;
	t->fresh[t->fresh_n++] = NODE_ID(n);
}

void
handle_name(struct tenant *t, struct node *n)
{
	uint64_t ino = tree_ino(n);
	uint64_t id = handle_lasts(ino) ? handle_id(t, ino) : 0;

	if (id == NODE_ID(n))
		return;
	if (!id || tree_get(t, id)) {
		handle_add_fresh(t, n);
		return;
	}
	map_remove(&t->nodes, &n->by_id);
	map_add(&t->nodes, &n->by_id, id);
}

void
handle_leave(struct tenant *t, const struct node *n, uint64_t ino)
{
	if (!handle_lasts(ino))
		return;
	if (handle_id(t, ino) == NODE_ID(n))
		handle_put(t, ino, ++t->last_node);
	handle_add_fresh(t, n);
}

/* True: nothing more is to be known about it. */
static bool
handle_settle(struct tenant *t, uint64_t id)
{
	const struct node *n = tree_get(t, id);
	uint64_t ino = n ? tree_ino(n) : 0;

	if (!n || !n->parent || n->kind == NODE_ERROR ||
	    n->kind == NODE_ERROR_DIR || tree_is_known_only(n))
		return true;
	if (!handle_lasts(ino))
		return false;
	return handle_id(t, ino) == id || handle_put(t, ino, id);
}

static int
handle_store(struct tenant *t, struct err *err)
{
	struct store_batch *b = NULL;
	struct map_link *l;
	int r = tenant_batch(t, &b, err);

	for (l = map_walk(&t->handles, NULL); r == 0 && l;
	     l = map_walk(&t->handles, l)) {
		const struct handle *h = map_entry(l, struct handle, by_ino);

		if (h->dirty)
			r = store_handle_put(b, h->ino, h->node, err);
	}
	return store_end(b, r, err);
}

void
handle_flush(struct tenant *t)
{
	struct err err = ERR_NONE;
	struct map_link *l;
	size_t i, left = 0;

	for (i = 0; i < t->fresh_n; i++)
		if (!handle_settle(t, t->fresh[i]))
			t->fresh[left++] = t->fresh[i];
	t->fresh_n = left;
	if (!t->handles_dirty)
		return;
	if (handle_store(t, &err) < 0) { /* tried again at the next tick */
		log_warn("cannot keep file handles: %s", err.msg);
		return;
	}
	for (l = map_walk(&t->handles, NULL); l; l = map_walk(&t->handles, l))
		map_entry(l, struct handle, by_ino)->dirty = false;
	t->handles_dirty = false;
}

/* Whose number it is; NULL: nobody's. */
static const struct person *
handle_person(struct tenant *t, uint32_t number)
{
	uint64_t account = (uint64_t)INO_ACCOUNT << 32 | number;
	const struct node *n = tree_get(t, handle_id(t, account));

	return n && n->kind == NODE_USER && n->obj.person &&
		       tree_ino(n) == account
		   ? n->obj.person
		   : NULL;
}

int
handle_find_known(struct tenant *t, uint64_t id, struct node **ret)
{
	bool record = id >> 32 == (ID_LASTING >> 32 | INO_RECORD);
	bool activity = id >> 32 == (ID_LASTING >> 32 | INO_ACTIVITY);
	uint32_t number = (uint32_t)id;
	unsigned product = number % ACTIVITY_NUMBERS;
	const struct person *p = NULL;

	if (record)
		p = handle_person(t, number);
	else if (activity && product < PRODUCT_N)
		p = handle_person(t, number / ACTIVITY_NUMBERS);
	if (!p)
		return -ENOENT;
	return record ? known_record(t, p->name, ret)
		      : activity_lookup(t, product, p->name, ret);
}

/* ---- life ---- */

static int
handle_load_one(void *ctx, uint64_t ino, uint64_t node)
{
	struct handle *h = handle_put(ctx, ino, node);

	if (!h)
		return -ENOMEM;
	h->dirty = false;
	return 0;
}

/* The generation is never 0: that is the root's. */
static int
handle_begin_run(struct tenant *t, struct err *err)
{
	AUTO(text_done) char *value = NULL, *next = NULL;
	struct store_batch *b = NULL;
	unsigned long long runs = 0;
	int r = store_meta_get(t->store, META_NAME, &value, err);

	if (r < 0 && r != -ENOENT)
		return r;
	if (!value ||
	    sscanf(value, "%" SCNu32 " %llu", &t->generation, &runs) != 2) {
		r = crypto_random(&t->generation, sizeof(t->generation));
		if (r < 0)
			return err_set(err, r, "no random numbers");
		t->generation |= 1;
	}
	next = text_printf("%" PRIu32 " %llu", t->generation, ++runs);
	if (!next)
		return err_nomem(err);
	t->last_node = ID_RUN | (runs & ((1U << RUN_BITS) - 1)) << RUN_SHIFT;
	r = tenant_batch(t, &b, err);
	if (r == 0)
		r = store_meta_set(b, META_NAME, next, err);
	return store_end(b, r, err);
}

int
handle_open(struct tenant *t, struct err *err)
{
	int r = store_handles_each(t->store, handle_load_one, t, err);

	t->handles_dirty = false;
	return r < 0 ? r : handle_begin_run(t, err);
}

void
handle_done(struct tenant *t)
{
	struct map_link *l, *next;

	for (l = map_walk(&t->handles, NULL); l; l = next) {
		next = map_walk(&t->handles, l);
		free(map_entry(l, struct handle, by_ino));
	}
	map_done(&t->handles);
	free(t->fresh);
}

uint32_t
tenant_generation(const struct tenant *t)
{
	return t->generation;
}
