/* SPDX-License-Identifier: MIT */
#include "store_int.h"

#include "gotofs/buf.h"

#include <assert.h>
#include <errno.h>

/* ---- reading ---- */

struct store_record
store_record_of_row(struct db_stmt *st, bool with_text)
{
	struct store_record r = {
	    .id = db_col_int(st, 0),
	    .kind = (enum store_kind)db_col_int(st, 1),
	    .number = db_col_int(st, 2),
	    .key = db_col_text(st, 3),
	    .name = db_col_text(st, 4),
	    .ref = db_col_text(st, 5),
	    .flags = (unsigned)db_col_int(st, 6),
	    .hash = (uint64_t)db_col_int(st, 7),
	    .changed_ns = db_col_int(st, 8),
	    .text_bytes = (size_t)db_col_int(st, 9),
	    .text = with_text ? db_col_text(st, 10) : NULL,
	};
	return r;
}

#define RECORD_WHERE                                                           \
	" WHERE r.kind = ?1 AND r.valid_to = " STORE_OPEN " ORDER BY r.number"

static const char record_walk[] =
    "SELECT " STORE_RECORD_COLUMNS " FROM record r" RECORD_WHERE;
static const char record_walk_text[] =
    "SELECT " STORE_RECORD_COLUMNS ", t.text FROM record r"
    " CROSS JOIN text t ON t.id = r.id" RECORD_WHERE;

int
store_records_each(struct store *s, enum store_kind kind, bool with_text,
    store_record_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_record rec;
	int r;

	r = db_query(rd.db, with_text ? record_walk_text : record_walk,
	    DB_ARGS(db_int(kind)), &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		rec = store_record_of_row(st, with_text);
		r = fn(ctx, &rec);
	}
	return r < 0 ? r : 0;
}

int
store_record_text(struct store *s, int64_t id, struct buf *out, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_query(rd.db, "SELECT text FROM text WHERE id = ?1",
	    DB_ARGS(db_int(id)), &st, err);
	if (r >= 0)
		r = db_step(st, err);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(err, -ENOENT, "version %lld of a record is gone",
		    (long long)id);
	r = buf_append(out, db_col_text(st, 0), db_col_bytes(st, 0));
	return r < 0 ? err_set(err, r, "no room for a record's text") : 0;
}

/* Of what the trash or a snapshot keeps the generation that ended it may have
 * been forgotten: it was there until the one was put there, the other made. */
static const char former_walk[] =
    "SELECT p.name, p.key, coalesce(g.time_ms, t.removed_ms,"
    "  (SELECT max(s.created_ns) / 1000000 FROM snapshot s"
    "   WHERE s.generation >= p.valid_from AND s.generation < p.valid_to), 0)"
    " FROM record p LEFT JOIN generation g ON g.generation = p.valid_to"
    " LEFT JOIN trash t ON t.key = p.key AND t.record = p.id"
    " WHERE p.kind = ?1 AND p.valid_to < " STORE_OPEN
    " AND NOT EXISTS(SELECT 1 FROM record n"
    "  WHERE n.kind = p.kind AND n.number = p.number"
    "  AND n.valid_to > p.valid_to AND n.valid_from = p.valid_to"
    "  AND n.name = p.name COLLATE NOCASE)"
    " ORDER BY p.valid_to";

int
store_former_names_each(struct store *s, enum store_kind kind,
    store_former_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_query(rd.db, former_walk, DB_ARGS(db_int(kind)), &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0)
		r = fn(ctx, db_col_text(st, 0), db_col_text(st, 1),
		    db_col_int(st, 2));
	return r < 0 ? r : 0;
}

/* ---- writing ---- */

int
store_text_add(struct store_batch *b, const struct store_record *r,
    int64_t *ret_id, struct err *err)
{
	int q;

	assert(r->key && r->name && r->text);
	q = store_batch_run(b, "INSERT INTO text(text) VALUES(?1)",
	    DB_ARGS(db_text_n(r->text, r->text_bytes)), err);
	if (q < 0)
		return q;
	*ret_id = db_last_id(b->s->writer);
	return 0;
}

/* A version that was made in this very generation was never anybody's. */
static int
version_forget(struct store_batch *b, int64_t id, struct err *err)
{
	int r;

	r = store_batch_run(
	    b, "DELETE FROM record WHERE id = ?1", DB_ARGS(db_int(id)), err);
	if (r >= 0)
		r = store_batch_run(b, "DELETE FROM text WHERE id = ?1",
		    DB_ARGS(db_int(id)), err);
	return r;
}

/* Ends the present version of a number; 0 also when there is none. */
static int
version_end(struct store_batch *b, enum store_kind kind, int64_t number,
    struct err *err)
{
	int64_t id, from;
	int r;

	r = store_batch_int(b,
	    "SELECT id FROM record WHERE kind = ?1 AND number = ?2"
	    " AND valid_to = " STORE_OPEN,
	    DB_ARGS(db_int(kind), db_int(number)), &id, err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = store_batch_take_generation(b, err);
	if (r >= 0)
		r = store_batch_int(b,
		    "SELECT valid_from FROM record WHERE id = ?1",
		    DB_ARGS(db_int(id)), &from, err);
	if (r < 0)
		return r;
	if (from == b->head.generation)
		return version_forget(b, id, err);
	return store_batch_run(b,
	    "UPDATE record SET valid_to = ?2 WHERE id = ?1",
	    DB_ARGS(db_int(id), db_int(b->head.generation)), err);
}

int
store_version_begin(struct store_batch *b, const struct store_record *v,
    int64_t *ret_number, struct err *err)
{
	int64_t number;
	int r;

	r = store_batch_take_generation(b, err);
	if (r >= 0)
		r = store_number_need(b, v->kind, v->key, &number, err);
	if (r >= 0)
		r = version_end(b, v->kind, number, err);
	if (r >= 0)
		r = store_batch_run(b,
		    "INSERT INTO record(id, kind, number, key, name, ref,"
		    " flags, hash, changed_ns, text_bytes, valid_from,"
		    " valid_to) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
		    " ?10, ?11, " STORE_OPEN ")",
		    DB_ARGS(db_int(v->id), db_int(v->kind), db_int(number),
			db_text(v->key), db_text(v->name), db_text(v->ref),
			db_int(v->flags), db_int((int64_t)v->hash),
			db_int(v->changed_ns), db_int((int64_t)v->text_bytes),
			db_int(b->head.generation)),
		    err);
	if (r < 0)
		return r;
	if (ret_number)
		*ret_number = number;
	return 0;
}

int
store_record_put(struct store_batch *b, const struct store_record *r,
    int64_t *ret_id, int64_t *ret_number, struct err *err)
{
	struct store_record v = *r;
	int q;

	q = store_text_add(b, r, &v.id, err);
	if (q >= 0)
		q = store_version_begin(b, &v, ret_number, err);
	if (q < 0)
		return q;
	if (ret_id)
		*ret_id = v.id;
	return 0;
}

int
store_record_forget_texts(struct store_batch *b, enum store_kind kind,
    const char *key, struct err *err)
{
	return store_batch_run(b,
	    "DELETE FROM text WHERE id IN (SELECT r.id FROM node n"
	    " CROSS JOIN record r INDEXED BY record_version"
	    " ON r.kind = n.kind AND r.number = n.number"
	    " AND r.valid_to < " STORE_OPEN
	    " WHERE n.kind = ?1 AND n.key = ?2)",
	    DB_ARGS(db_int(kind), db_text(key)), err);
}

int
store_record_drop(struct store_batch *b, enum store_kind kind, const char *key,
    struct err *err)
{
	int64_t number;
	int r;

	r = store_number_find(b, kind, key, &number, err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return version_end(b, kind, number, err);
}
