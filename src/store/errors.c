/* SPDX-License-Identifier: MIT */
#include "store_int.h"

#include <assert.h>

int
store_errors_each(
    struct store *s, store_error_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_error e;
	int r;

	r = db_query(rd.db,
	    "SELECT seq, path, text, time_ns FROM error ORDER BY seq", NULL,
	    &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		e.seq = db_col_int(st, 0);
		e.path = db_col_text(st, 1);
		e.text = db_col_text(st, 2);
		e.time_ns = db_col_int(st, 3);
		r = fn(ctx, &e);
	}
	return r < 0 ? r : 0;
}

int
store_error_put(struct store_batch *b, const struct store_error *e,
    int64_t *ret_seq, struct err *err)
{
	int r;

	assert(e->path && e->text);
	r = store_batch_run(b,
	    "INSERT OR REPLACE INTO error(path, text, time_ns)"
	    " VALUES(?1, ?2, ?3)",
	    DB_ARGS(db_text(e->path), db_text(e->text), db_int(e->time_ns)),
	    err);
	if (r < 0)
		return r;
	if (ret_seq)
		*ret_seq = db_last_id(b->s->writer);
	return 0;
}

int
store_error_drop(struct store_batch *b, const char *path, struct err *err)
{
	return store_batch_run(b, "DELETE FROM error WHERE path = ?1",
	    DB_ARGS(db_text(path)), err);
}

int
store_errors_clear(struct store_batch *b, struct err *err)
{
	return store_batch_run(b, "DELETE FROM error", NULL, err);
}
