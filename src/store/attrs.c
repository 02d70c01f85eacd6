/* SPDX-License-Identifier: MIT */
#include "store_int.h"

static struct store_attr
attr_of_row(struct db_stmt *st)
{
	struct store_attr a = {
	    .ino = (uint64_t)db_col_int(st, 0),
	    .set = (unsigned)db_col_int(st, 1),
	    .mode = (mode_t)db_col_int(st, 2),
	    .uid = (uid_t)db_col_int(st, 3),
	    .gid = (gid_t)db_col_int(st, 4),
	    .mtime_ns = db_col_int(st, 5),
	    .atime_ns = db_col_int(st, 6),
	    .ctime_ns = db_col_int(st, 7),
	    .mtime_version = db_col_int(st, 8),
	};
	return a;
}

int
store_attrs_each(struct store *s, store_attr_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_attr a;
	int r;

	r = db_query(rd.db,
	    "SELECT ino, present, mode, uid, gid, mtime_ns, atime_ns,"
	    " ctime_ns, mtime_version FROM attr",
	    NULL, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		a = attr_of_row(st);
		r = fn(ctx, &a);
	}
	return r < 0 ? r : 0;
}

int
store_attr_put(
    struct store_batch *b, const struct store_attr *a, struct err *err)
{
	return store_batch_run(b,
	    "INSERT OR REPLACE INTO attr(ino, present, mode, uid, gid,"
	    " mtime_ns, atime_ns, ctime_ns, mtime_version)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	    DB_ARGS(db_int((int64_t)a->ino), db_int(a->set), db_int(a->mode),
		db_int(a->uid), db_int(a->gid), db_int(a->mtime_ns),
		db_int(a->atime_ns), db_int(a->ctime_ns),
		db_int(a->mtime_version)),
	    err);
}

int
store_attr_drop(struct store_batch *b, uint64_t ino, struct err *err)
{
	return store_batch_run(b, "DELETE FROM attr WHERE ino = ?1",
	    DB_ARGS(db_int((int64_t)ino)), err);
}
