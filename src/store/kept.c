/* SPDX-License-Identifier: MIT */
/* kept: texts as they were written, by the number of the person. */
#include "store_int.h"

#include "gotofs/buf.h"

#include <errno.h>

static struct store_kept
kept_of_row(struct db_stmt *st)
{
	struct store_kept k = {
	    .id = db_col_int(st, 0),
	    .number = db_col_int(st, 1),
	    .timed = db_col_int(st, 2) != 0,
	    .mtime_ns = db_col_int(st, 3),
	    .record = db_col_int(st, 4),
	    .fields = (unsigned)db_col_int(st, 5),
	    .hash = (uint64_t)db_col_int(st, 6),
	    .bytes = (uint32_t)db_col_int(st, 7),
	};
	return k;
}

int
store_kept_each(struct store *s, store_kept_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_kept k;
	int r;

	r = db_query(rd.db,
	    "SELECT id, number, timed, mtime_ns, record, fields, hash, bytes"
	    " FROM kept ORDER BY number, id",
	    NULL, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		k = kept_of_row(st);
		r = fn(ctx, &k);
	}
	return r < 0 ? r : 0;
}

int
store_kept_text(struct store *s, int64_t id, struct buf *out, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_query(rd.db, "SELECT text FROM kept_text WHERE id = ?1",
	    DB_ARGS(db_int(id)), &st, err);
	if (r >= 0)
		r = db_step(st, err);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(
		    err, -ENOENT, "kept text %lld is gone", (long long)id);
	r = buf_append(out, db_col_text(st, 0), db_col_bytes(st, 0));
	return r < 0 ? err_set(err, r, "no room for a kept text") : 0;
}

int
store_kept_add(struct store_batch *b, const struct store_kept *k,
    const char *text, size_t n, int64_t *ret_id, struct err *err)
{
	int64_t id;
	int r;

	r = store_batch_run(b,
	    "INSERT INTO kept(number, timed, mtime_ns, record, fields, hash,"
	    " bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    DB_ARGS(db_int(k->number), db_int(k->timed), db_int(k->mtime_ns),
		db_int(k->record), db_int(k->fields), db_int((int64_t)k->hash),
		db_int((int64_t)n)),
	    err);
	if (r < 0)
		return r;
	id = db_last_id(b->s->writer);
	r = store_batch_run(b, "INSERT INTO kept_text(id, text) VALUES(?1, ?2)",
	    DB_ARGS(db_int(id), db_text_n(text, n)), err);
	if (r < 0)
		return r;
	*ret_id = id;
	return 0;
}

int
store_kept_set(
    struct store_batch *b, const struct store_kept *k, struct err *err)
{
	return store_batch_run(b,
	    "UPDATE kept SET number = ?2, timed = ?3, mtime_ns = ?4,"
	    " record = ?5 WHERE id = ?1",
	    DB_ARGS(db_int(k->id), db_int(k->number), db_int(k->timed),
		db_int(k->mtime_ns), db_int(k->record)),
	    err);
}

int
store_kept_set_text(struct store_batch *b, int64_t id, const char *text,
    size_t n, struct err *err)
{
	int r;

	r = store_batch_run(b, "UPDATE kept SET bytes = ?2 WHERE id = ?1",
	    DB_ARGS(db_int(id), db_int((int64_t)n)), err);
	if (r < 0)
		return r;
	return store_batch_run(b,
	    "UPDATE kept_text SET text = ?2 WHERE id = ?1",
	    DB_ARGS(db_int(id), db_text_n(text, n)), err);
}

int
store_kept_drop(struct store_batch *b, int64_t id, struct err *err)
{
	int r;

	r = store_batch_run(
	    b, "DELETE FROM kept WHERE id = ?1", DB_ARGS(db_int(id)), err);
	if (r < 0)
		return r;
	return store_batch_run(
	    b, "DELETE FROM kept_text WHERE id = ?1", DB_ARGS(db_int(id)), err);
}
