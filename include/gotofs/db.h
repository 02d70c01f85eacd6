/* SPDX-License-Identifier: MIT */
/*
 * db (floor 2): SQLite (the only module that sees it).
 *
 * A struct db is one connection; one thread at a time uses it, and it must
 * not cross a fork.  SQL is always a string literal: statements are prepared
 * once a connection and found again by the address of their text.  Values are
 * bound, never printed into SQL.
 *
 * The database is in WAL mode, and durable (fsync) when a transaction ends.
 * Nothing is mapped into memory; a connection caches cache_kib at most.
 *
 * Errors: -ENOBUFS the disk is full; -EIO the file is damaged, unreadable or
 * no database; -EBUSY another program holds it longer than busy_ms; -ENOMEM.
 * An error in a transaction may have rolled it back as a whole: see
 * db_in_transaction.
 */
#ifndef GOTOFS_DB_H
#define GOTOFS_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_stmt;
struct err;

enum {
	DB_CREATE = 1 << 0,   /* make the file (0600) where it is absent */
	DB_READONLY = 1 << 1, /* statements that write are refused */
};

struct db_options {
	unsigned flags;
	int busy_ms;   /* how long to wait for another process */
	int cache_kib; /* of pages, at most */
};

int db_open(const char *path, const struct db_options *o, struct db **ret,
    struct err *err);
void db_close(struct db *db); /* NULL is fine; no statement may be in use */
void db_done(struct db **db); /* for AUTO */

/* ---- values ---- */

enum db_type { DB_END, DB_NULL, DB_INT, DB_TEXT, DB_BLOB };

struct db_value {
	enum db_type type;
	int64_t i;
	const void *p; /* borrowed until the statement is done */
	size_t n;
};

static inline struct db_value
db_int(int64_t i)
{
	return (struct db_value){DB_INT, i, NULL, 0};
}

/* n bytes; s NULL is the SQL NULL. */
static inline struct db_value
db_text_n(const char *s, size_t n)
{
	return (struct db_value){s ? DB_TEXT : DB_NULL, 0, s, n};
}

static inline struct db_value
db_text(const char *s)
{
	return db_text_n(s, s ? __builtin_strlen(s) : 0);
}

/* n bytes of any kind; never the SQL NULL. */
static inline struct db_value
db_blob(const void *p, size_t n)
{
	return (struct db_value){DB_BLOB, 0, p, n};
}

/* The values of ?1, ?2, ... in order; NULL where there are none. */
#define DB_ARGS(...)                                                           \
	((const struct db_value[]){__VA_ARGS__, {DB_END, 0, NULL, 0}})

/* ---- statements ---- */

/* Runs any number of statements that take no values and give no rows. */
int db_exec(struct db *db, const char *sql, struct err *err);

/* Runs one statement to its end. */
int db_run(struct db *db, const char *sql, const struct db_value *args,
    struct err *err);

/* Prepares (or finds) a statement and binds; go on with db_step.
 *	AUTO(db_stmt_done) struct db_stmt *st = NULL;
 *	r = db_query(db, "SELECT ...", DB_ARGS(db_int(1)), &st, err);
 *	while (r >= 0 && (r = db_step(st, err)) > 0) ...
 * The same text may be in use several times at once. */
int db_query(struct db *db, const char *sql, const struct db_value *args,
    struct db_stmt **ret, struct err *err);
/* 1: a row; 0: no more; or a negative errno. */
int db_step(struct db_stmt *st, struct err *err);
void db_stmt_done(struct db_stmt **st); /* for AUTO; gives it back */

/* Columns of the row, from 0; valid until the next db_step. */
int64_t db_col_int(struct db_stmt *st, int col);
const char *db_col_text(struct db_stmt *st, int col); /* SQL NULL: NULL */
const void *db_col_blob(struct db_stmt *st, int col); /* no bytes: NULL */
size_t db_col_bytes(struct db_stmt *st, int col);

/* The first column of the first row; -ENOENT without a row (err not set). */
int db_query_int(struct db *db, const char *sql, const struct db_value *args,
    int64_t *ret, struct err *err);

int64_t db_last_id(struct db *db);     /* of the last INSERT */
int64_t db_changes(struct db *db);     /* rows of the last statement */
bool db_in_transaction(struct db *db); /* BEGIN, and no end of it yet */
void db_rollback(struct db *db);       /* fine without a transaction */
void db_shrink(struct db *db);	       /* lets go of the cached pages */
/* PRAGMA user_version */
int db_version_set(struct db *db, int version, struct err *err);

#endif
