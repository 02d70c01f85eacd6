/* SPDX-License-Identifier: MIT */
#include "store_int.h"

#include <assert.h>

int
store_removals_each(struct store *s, int64_t since_ms, store_removal_fn fn,
    void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_removal v;
	int r;

	r = db_query(rd.db,
	    "SELECT verb, container, path, time_ms, allowed FROM removal"
	    " WHERE time_ms >= ?1 ORDER BY id",
	    DB_ARGS(db_int(since_ms)), &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		v.verb = (int)db_col_int(st, 0);
		v.container = db_col_text(st, 1);
		v.path = db_col_text(st, 2);
		v.time_ms = db_col_int(st, 3);
		v.allowed = db_col_int(st, 4) != 0;
		r = fn(ctx, &v);
	}
	return r < 0 ? r : 0;
}

int
store_removal_add(struct store_batch *b, const struct store_removal *v,
    int64_t keep_ms, struct err *err)
{
	int r;

	assert(v->path);
	r = store_batch_run(b, "DELETE FROM removal WHERE time_ms < ?1",
	    DB_ARGS(db_int(v->time_ms - keep_ms)), err);
	if (r < 0)
		return r;
	return store_batch_run(b,
	    "INSERT INTO removal(verb, container, path, time_ms, allowed)"
	    " VALUES(?1, ?2, ?3, ?4, ?5)",
	    DB_ARGS(db_int(v->verb), db_text(v->container), db_text(v->path),
		db_int(v->time_ms), db_int(v->allowed)),
	    err);
}
