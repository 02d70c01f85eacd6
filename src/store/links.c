/* SPDX-License-Identifier: MIT */
#include "store_int.h"

#include <assert.h>
#include <errno.h>

int
store_links_each(struct store *s, store_link_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_link l;
	int r;

	r = db_query(rd.db,
	    "SELECT kind, container_key, user_key, since_ns FROM link"
	    " WHERE valid_to = " STORE_OPEN " ORDER BY id",
	    NULL, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		l.kind = (enum store_kind)db_col_int(st, 0);
		l.container_key = db_col_text(st, 1);
		l.user_key = db_col_text(st, 2);
		l.since_ns = db_col_int(st, 3);
		r = fn(ctx, &l);
	}
	return r < 0 ? r : 0;
}

/* The generation in which the present version began; -ENOENT: none. */
static int
link_find(struct store_batch *b, const struct store_link *l, int64_t *ret_from,
    struct err *err)
{
	assert(l->container_key && l->user_key);
	return store_batch_int(b,
	    "SELECT valid_from FROM link WHERE kind = ?1"
	    " AND container_key = ?2 AND user_key = ?3"
	    " AND valid_to = " STORE_OPEN,
	    DB_ARGS(db_int(l->kind), db_text(l->container_key),
		db_text(l->user_key)),
	    ret_from, err);
}

int
store_link_put(
    struct store_batch *b, const struct store_link *l, struct err *err)
{
	int64_t from;
	int r = link_find(b, l, &from, err);

	if (r != -ENOENT)
		return r;
	r = store_batch_take_generation(b, err);
	if (r < 0)
		return r;
	return store_batch_run(b,
	    "INSERT INTO link(kind, container_key, user_key, since_ns,"
	    " valid_from, valid_to) VALUES(?1, ?2, ?3, ?4, ?5, " STORE_OPEN ")",
	    DB_ARGS(db_int(l->kind), db_text(l->container_key),
		db_text(l->user_key), db_int(l->since_ns),
		db_int(b->head.generation)),
	    err);
}

int
store_link_drop(
    struct store_batch *b, const struct store_link *l, struct err *err)
{
	int64_t from;
	int r = link_find(b, l, &from, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = store_batch_take_generation(b, err);
	if (r < 0)
		return r;
	if (from == b->head.generation)
		return store_batch_run(b,
		    "DELETE FROM link WHERE kind = ?1 AND container_key = ?2"
		    " AND user_key = ?3 AND valid_to = " STORE_OPEN,
		    DB_ARGS(db_int(l->kind), db_text(l->container_key),
			db_text(l->user_key)),
		    err);
	return store_batch_run(b,
	    "UPDATE link SET valid_to = ?4 WHERE kind = ?1"
	    " AND container_key = ?2 AND user_key = ?3"
	    " AND valid_to = " STORE_OPEN,
	    DB_ARGS(db_int(l->kind), db_text(l->container_key),
		db_text(l->user_key), db_int(b->head.generation)),
	    err);
}
