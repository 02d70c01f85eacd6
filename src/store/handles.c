/* SPDX-License-Identifier: MIT */
#include "store_int.h"

int
store_handles_each(
    struct store *s, store_handle_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_query(rd.db, "SELECT ino, node FROM handle", NULL, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0)
		r = fn(ctx, (uint64_t)db_col_int(st, 0),
		    (uint64_t)db_col_int(st, 1));
	return r < 0 ? r : 0;
}

int
store_handle_put(
    struct store_batch *b, uint64_t ino, uint64_t node, struct err *err)
{
	return store_batch_run(b,
	    "INSERT OR REPLACE INTO handle(ino, node) VALUES(?1, ?2)",
	    DB_ARGS(db_int((int64_t)ino), db_int((int64_t)node)), err);
}
