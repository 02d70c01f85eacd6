/* SPDX-License-Identifier: MIT */
#include "gotofs/store_activity.h"
#include "store_int.h"

#include <assert.h>
#include <errno.h>

#define ACTIVITY_COLUMNS                                                       \
	"product, user_key, from_ms, to_ms, looked_ms, last_ms, last_kind,"    \
	" day_only, tried_ms, why, days, told_ms"

static struct store_activity
activity_of_row(struct db_stmt *st)
{
	struct store_activity a = {
	    .product = (enum product)db_col_int(st, 0),
	    .user_key = db_col_text(st, 1),
	    .from_ms = db_col_int(st, 2),
	    .to_ms = db_col_int(st, 3),
	    .looked_ms = db_col_int(st, 4),
	    .last_ms = db_col_int(st, 5),
	    .last_kind = (enum use_kind)db_col_int(st, 6),
	    .day_only = db_col_int(st, 7) != 0,
	    .tried_ms = db_col_int(st, 8),
	    .why = (int)db_col_int(st, 9),
	    .days = db_col_blob(st, 10),
	    .days_bytes = db_col_bytes(st, 10),
	    .told_ms = db_col_int(st, 11),
	};
	return a;
}

int
store_activity_each(
    struct store *s, store_activity_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_query(rd.db,
	    "SELECT " ACTIVITY_COLUMNS
	    " FROM activity ORDER BY product, user_key",
	    NULL, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		struct store_activity a = activity_of_row(st);

		r = fn(ctx, &a);
	}
	return r < 0 ? r : 0;
}

int
store_activity_get(struct store *s, enum product product, const char *user_key,
    store_activity_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_activity a;
	int r;

	r = db_query(rd.db,
	    "SELECT " ACTIVITY_COLUMNS
	    " FROM activity WHERE product = ?1 AND user_key = ?2",
	    DB_ARGS(db_int(product), db_text(user_key)), &st, err);
	if (r >= 0)
		r = db_step(st, err);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	a = activity_of_row(st);
	r = fn(ctx, &a);
	return r < 0 ? r : 0;
}

int
store_activity_put(
    struct store_batch *b, const struct store_activity *a, struct err *err)
{
	assert(a->user_key);
	return store_batch_run(b,
	    "INSERT OR REPLACE INTO activity(" ACTIVITY_COLUMNS ")"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	    DB_ARGS(db_int(a->product), db_text(a->user_key),
		db_int(a->from_ms), db_int(a->to_ms), db_int(a->looked_ms),
		db_int(a->last_ms), db_int(a->last_kind), db_int(a->day_only),
		db_int(a->tried_ms), db_int(a->why),
		db_blob(a->days ? a->days : "", a->days ? a->days_bytes : 0),
		db_int(a->told_ms)),
	    err);
}

int
store_activity_prune(struct store *s, struct err *err)
{
	struct store_batch *b;
	int64_t n;
	int r = store_begin_soon(s, &b, err);

	if (r < 0)
		return r;
	r = store_batch_run(b,
	    "DELETE FROM activity WHERE user_key NOT IN"
	    " (SELECT key FROM record WHERE kind = ?1"
	    " AND valid_to = " STORE_OPEN ")"
	    " AND user_key NOT IN (SELECT key FROM trash)",
	    DB_ARGS(db_int(STORE_USER)), err);
	n = r < 0 ? 0 : db_changes(b->s->writer);
	r = store_end(b, r, err);
	return r < 0 ? r : (int)n;
}

int
store_sources_each(
    struct store *s, store_source_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_query(rd.db,
	    "SELECT product, state, told_ms, why, believed_ms"
	    " FROM activity_source ORDER BY product",
	    NULL, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		struct store_source v = {
		    .product = (enum product)db_col_int(st, 0),
		    .state = (int)db_col_int(st, 1),
		    .told_ms = db_col_int(st, 2),
		    .why = db_col_text(st, 3),
		    .believed_ms = db_col_int(st, 4),
		};
		r = fn(ctx, &v);
	}
	return r < 0 ? r : 0;
}

int
store_source_put(
    struct store_batch *b, const struct store_source *v, struct err *err)
{
	return store_batch_run(b,
	    "INSERT OR REPLACE INTO activity_source"
	    "(product, state, told_ms, why, believed_ms)"
	    " VALUES(?1, ?2, ?3, ?4, ?5)",
	    DB_ARGS(db_int(v->product), db_int(v->state), db_int(v->told_ms),
		db_text(v->why), db_int(v->believed_ms)),
	    err);
}
