/* SPDX-License-Identifier: MIT */
#include "store_int.h"

#include "gotofs/text.h"

#define PULL_KEYS_SEP "\n"
/* Cleared in pieces, so that nobody waits long for the writer. */
#define PULL_CLEAR_ROWS 5000

/* ---- arriving ---- */

/* Texts that no record took over go with their rows. */
static int
clear_some(struct store_batch *b, struct err *err)
{
	int64_t last;
	int r;

	r = store_batch_int(b,
	    "SELECT coalesce(max(id), 0) FROM"
	    " (SELECT id FROM incoming ORDER BY id LIMIT ?1)",
	    DB_ARGS(db_int(PULL_CLEAR_ROWS)), &last, err);
	if (r >= 0)
		r = store_batch_run(b,
		    "DELETE FROM text WHERE id IN (SELECT i.id FROM incoming i"
		    " WHERE i.id <= ?1 AND NOT EXISTS"
		    " (SELECT 1 FROM record r WHERE r.id = i.id))",
		    DB_ARGS(db_int(last)), err);
	if (r >= 0)
		r = store_batch_run(b, "DELETE FROM incoming WHERE id <= ?1",
		    DB_ARGS(db_int(last)), err);
	return r < 0 ? r : last > 0;
}

int
store_incoming_clear(struct store *s, struct err *err)
{
	struct store_batch *b;
	int r, more = 1;

	while (more > 0) {
		r = store_begin(s, &b, err);
		if (r < 0)
			return r;
		more = clear_some(b, err);
		r = store_end(b, more, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
incoming_insert(
    struct store_batch *b, const struct store_incoming *v, struct err *err)
{
	AUTO(text_done) char *keys = NULL;
	const struct store_record *rec = &v->record;
	int64_t id;
	int r;

	if (v->license_keys) {
		keys = strv_join(v->license_keys, PULL_KEYS_SEP);
		if (!keys)
			return err_nomem(err);
	}
	r = store_text_add(b, rec, &id, err);
	if (r < 0)
		return r;
	return store_batch_run(b,
	    "INSERT INTO incoming(id, kind, key, name, ref, flags, hash,"
	    " changed_ns, text_bytes, license_keys, group_key)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	    DB_ARGS(db_int(id), db_int(rec->kind), db_text(rec->key),
		db_text(rec->name), db_text(rec->ref), db_int(rec->flags),
		db_int((int64_t)rec->hash), db_int(rec->changed_ns),
		db_int((int64_t)rec->text_bytes), db_text(keys),
		db_text(v->group_key)),
	    err);
}

int
store_incoming_add(
    struct store *s, const struct store_incoming *v, size_t n, struct err *err)
{
	struct store_batch *b;
	int r;

	r = store_begin(s, &b, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r >= 0; i++)
		r = incoming_insert(b, &v[i], err);
	return store_end(b, r, err);
}

int
store_incoming_drop(struct store_batch *b, enum store_kind kind,
    const char *key, struct err *err)
{
	const struct db_value *args = DB_ARGS(db_int(kind), db_text(key));
	int r;

	r = store_batch_run(b,
	    "DELETE FROM text WHERE id IN"
	    " (SELECT id FROM incoming WHERE kind = ?1 AND key = ?2)",
	    args, err);
	if (r < 0)
		return r;
	return store_batch_run(
	    b, "DELETE FROM incoming WHERE kind = ?1 AND key = ?2", args, err);
}

/* ---- read again ---- */

/* The record's id and number are there once it is published. */
static const char incoming_walk[] =
    "SELECT r.id, i.kind, r.number, i.key, i.name, i.ref, i.flags, i.hash,"
    " i.changed_ns, i.text_bytes, t.text, i.license_keys, i.group_key"
    " FROM incoming i LEFT JOIN record r ON r.id = i.id"
    " LEFT JOIN text t ON t.id = i.id ORDER BY i.id";

static void
incoming_of_row(struct db_stmt *st, struct store_incoming *i)
{
	i->record = (struct store_record){
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
	    .text = db_col_text(st, 10),
	};
	i->group_key = db_col_text(st, 12);
}

static int
incoming_row(
    struct db_stmt *st, store_incoming_fn fn, void *ctx, struct err *err)
{
	AUTO(strv_done) char **keys = NULL;
	struct store_incoming i;
	const char *text = db_col_text(st, 11);

	if (text && text[0]) {
		keys = strv_split(text, PULL_KEYS_SEP);
		if (!keys)
			return err_nomem(err);
	}
	incoming_of_row(st, &i);
	i.license_keys = keys;
	return fn(ctx, &i);
}

static int
incoming_each(struct db *db, store_incoming_fn fn, void *ctx, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_query(db, incoming_walk, NULL, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0)
		r = incoming_row(st, fn, ctx, err);
	return r < 0 ? r : 0;
}

int
store_incoming_each(struct store *s, struct store_batch *b,
    store_incoming_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = {NULL, NULL, false};
	int r;

	if (b) {
		r = store_batch_check(b, err);
		return r < 0 ? r : incoming_each(b->s->writer, fn, ctx, err);
	}
	rd = store_reader_get(s);
	return incoming_each(rd.db, fn, ctx, err);
}

/* ---- published ---- */

static const char incoming_publish[] =
    "SELECT i.id, i.kind, 0, i.key, i.name, i.ref, i.flags, i.hash,"
    " i.changed_ns, i.text_bytes, NULL, NULL, NULL FROM incoming i"
    " ORDER BY i.id";

int
store_incoming_publish(struct store_batch *b, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct err why = ERR_NONE;
	struct store_incoming i;
	int r = store_batch_check(b, err);

	if (r < 0)
		return r;
	r = db_query(b->s->writer, incoming_publish, NULL, &st, &why);
	while (r >= 0 && (r = db_step(st, &why)) > 0) {
		incoming_of_row(st, &i);
		r = store_version_begin(b, &i.record, NULL, &why);
	}
	return store_batch_end(b, r < 0 ? r : 0, &why, err);
}
