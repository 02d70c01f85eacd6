/* SPDX-License-Identifier: MIT */
#include "db_int.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static struct db_stmt *
db_kept_find(struct db *db, const char *sql)
{
	for (size_t i = 0; i < db->kept_n; i++)
		if (db->kept[i].sql == sql && !db->kept[i].busy)
			return &db->kept[i];
	return NULL;
}

static bool
db_kept_has(const struct db *db, const char *sql)
{
	for (size_t i = 0; i < db->kept_n; i++)
		if (db->kept[i].sql == sql)
			return true;
	return false;
}

/* A place for a new statement; NULL without memory. */
static struct db_stmt *
db_stmt_place(struct db *db, const char *sql)
{
	bool keep = db->kept_n < DB_STATEMENTS_MAX && !db_kept_has(db, sql);
	struct db_stmt *st;

	st = keep ? &db->kept[db->kept_n] : calloc(1, sizeof(*st));
	if (st)
		*st = (struct db_stmt){db, NULL, sql, false, keep};
	return st;
}

static int
db_prepare(
    struct db *db, const char *sql, struct db_stmt **ret, struct err *err)
{
	struct db_stmt *st = db_kept_find(db, sql);
	unsigned flags;
	int code;

	if (!st) {
		st = db_stmt_place(db, sql);
		if (!st)
			return err_nomem(err);
		flags = st->kept ? SQLITE_PREPARE_PERSISTENT : 0;
		code = sqlite3_prepare_v3(
		    db->sqlite, sql, -1, flags, &st->st, NULL);
		if (code != SQLITE_OK) {
			if (!st->kept)
				free(st);
			return db_fail(db, code, err);
		}
		if (st->kept)
			db->kept_n++;
	}
	st->busy = true;
	*ret = st;
	return 0;
}

static int
db_bind_one(sqlite3_stmt *st, int i, const struct db_value *v)
{
	switch (v->type) {
	case DB_INT:
		return sqlite3_bind_int64(st, i, v->i);
	case DB_TEXT:
		return sqlite3_bind_text64(
		    st, i, v->p, v->n, SQLITE_STATIC, SQLITE_UTF8);
	case DB_BLOB:
		return sqlite3_bind_blob64(st, i, v->p, v->n, SQLITE_STATIC);
	default:
		return sqlite3_bind_null(st, i);
	}
}

static int
db_bind(struct db_stmt *st, const struct db_value *args, struct err *err)
{
	int code = SQLITE_OK, i = 0;

	for (; args && args[i].type != DB_END && code == SQLITE_OK; i++)
		code = db_bind_one(st->st, i + 1, &args[i]);
	if (code != SQLITE_OK)
		return db_fail(st->db, code, err);
	assert(i == sqlite3_bind_parameter_count(st->st));
	return 0;
}

int
db_query(struct db *db, const char *sql, const struct db_value *args,
    struct db_stmt **ret, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_prepare(db, sql, &st, err);
	if (r >= 0)
		r = db_bind(st, args, err);
	if (r < 0)
		return r;
	*ret = TAKE(st);
	return 0;
}

/* Text is fetched here, so that reading a column cannot fail. */
static bool
db_row_fetch(sqlite3_stmt *st)
{
	int n = sqlite3_column_count(st);

	for (int i = 0; i < n; i++)
		if (sqlite3_column_type(st, i) == SQLITE_TEXT &&
		    !sqlite3_column_text(st, i))
			return false;
	return true;
}

int
db_step(struct db_stmt *st, struct err *err)
{
	int code = sqlite3_step(st->st);

	if (code == SQLITE_DONE)
		return 0;
	if (code != SQLITE_ROW)
		return db_fail(st->db, code, err);
	return db_row_fetch(st->st) ? 1 : err_nomem(err);
}

void
db_stmt_done(struct db_stmt **pst)
{
	struct db_stmt *st = TAKE(*pst);

	if (!st)
		return;
	if (!st->kept) {
		sqlite3_finalize(st->st);
		free(st);
		return;
	}
	sqlite3_reset(st->st);
	sqlite3_clear_bindings(st->st);
	st->busy = false;
}

int
db_run(struct db *db, const char *sql, const struct db_value *args,
    struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_query(db, sql, args, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0)
		;
	return r;
}

int
db_query_int(struct db *db, const char *sql, const struct db_value *args,
    int64_t *ret, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_query(db, sql, args, &st, err);
	if (r >= 0)
		r = db_step(st, err);
	if (r < 0)
		return r;
	if (r == 0)
		return -ENOENT;
	*ret = db_col_int(st, 0);
	return 0;
}

int64_t
db_col_int(struct db_stmt *st, int col)
{
	return sqlite3_column_int64(st->st, col);
}

const char *
db_col_text(struct db_stmt *st, int col)
{
	return (const char *)sqlite3_column_text(st->st, col);
}

const void *
db_col_blob(struct db_stmt *st, int col)
{
	return sqlite3_column_blob(st->st, col);
}

size_t
db_col_bytes(struct db_stmt *st, int col)
{
	return (size_t)sqlite3_column_bytes(st->st, col);
}
