/* SPDX-License-Identifier: MIT */
/*
 * Who was removed: which version of the record, and what the person had.
 *
 * The text itself is the version's, which store_trim leaves alone while a row
 * here names it.
 */
#include "store_int.h"

#include "gotofs/clock.h"

#include <assert.h>
#include <errno.h>

#define TRASH_COLUMNS                                                          \
	"seq, key, name, number, record, text_bytes, license_keys, group_key," \
	" group_label, removed_ms, uid, command"

static struct store_trash
trash_of_row(struct db_stmt *st)
{
	struct store_trash t = {
	    .seq = db_col_int(st, 0),
	    .key = db_col_text(st, 1),
	    .name = db_col_text(st, 2),
	    .number = db_col_int(st, 3),
	    .record = db_col_int(st, 4),
	    .text_bytes = (size_t)db_col_int(st, 5),
	    .license_keys = db_col_text(st, 6),
	    .group_key = db_col_text(st, 7),
	    .group_label = db_col_text(st, 8),
	    .removed_ms = db_col_int(st, 9),
	    .uid = db_col_int(st, 10),
	    .command = db_col_text(st, 11),
	};
	return t;
}

static int
trash_walk(struct store *s, const char *sql, const struct db_value *args,
    store_trash_fn fn, void *ctx, long *ret_n, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_trash t;
	long n = 0;
	int r;

	r = db_query(rd.db, sql, args, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		t = trash_of_row(st);
		n++;
		r = fn(ctx, &t);
	}
	if (r >= 0 && ret_n)
		*ret_n = n;
	return r < 0 ? r : 0;
}

int
store_trash_each(struct store *s, int64_t after, store_trash_fn fn, void *ctx,
    struct err *err)
{
	return trash_walk(s,
	    "SELECT " TRASH_COLUMNS " FROM trash"
	    " WHERE seq > ?1 AND restoring = 0 ORDER BY seq",
	    DB_ARGS(db_int(after)), fn, ctx, NULL, err);
}

int
store_trash_find(struct store *s, const char *name, store_trash_fn fn,
    void *ctx, struct err *err)
{
	long n = 0;
	int r;

	r = trash_walk(s,
	    "SELECT " TRASH_COLUMNS " FROM trash"
	    " WHERE name = ?1 AND restoring = 0",
	    DB_ARGS(db_text(name)), fn, ctx, &n, err);
	if (r == 0 && n == 0)
		return err_set(err, -ENOENT, "nobody of this name was removed");
	return r;
}

/* The name that is free, of the two that he may have; the second is taken from
 * whoever has it. */
static int
trash_free_name(struct store_batch *b, const struct store_trash *t,
    const char **ret, struct err *err)
{
	int64_t seq;
	int r;

	r = store_batch_int(b, "SELECT seq FROM trash WHERE name = ?1",
	    DB_ARGS(db_text(t->name)), &seq, err);
	*ret = r == -ENOENT ? t->name : t->longer_name;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return store_batch_run(b, "DELETE FROM trash WHERE name = ?1",
	    DB_ARGS(db_text(t->longer_name)), err);
}

int
store_trash_put(
    struct store_batch *b, const struct store_trash *t, struct err *err)
{
	const char *name = NULL;
	int r;

	assert(t->key && t->name && t->longer_name);
	r = store_batch_run(b, "DELETE FROM trash WHERE key = ?1",
	    DB_ARGS(db_text(t->key)), err);
	if (r >= 0)
		r = trash_free_name(b, t, &name, err);
	if (r < 0)
		return r;
	return store_batch_run(b,
	    "INSERT INTO trash(key, name, number, record, text_bytes,"
	    " license_keys, group_key, group_label, removed_ms, uid, command,"
	    " restoring) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
	    " 0)",
	    DB_ARGS(db_text(t->key), db_text(name), db_int(t->number),
		db_int(t->record), db_int((int64_t)t->text_bytes),
		db_text(t->license_keys), db_text(t->group_key),
		db_text(t->group_label), db_int(t->removed_ms), db_int(t->uid),
		db_text(t->command)),
	    err);
}

int
store_trash_hide(
    struct store_batch *b, int64_t record, int64_t change, struct err *err)
{
	int r;

	r = store_batch_run(b,
	    "UPDATE trash SET restoring = ?2 WHERE record = ?1 AND restoring = "
	    "0",
	    DB_ARGS(db_int(record), db_int(change)), err);
	if (r < 0)
		return r;
	if (db_changes(b->s->writer) == 0)
		return err_set(err, -ENOENT, "version %lld is not in the trash",
		    (long long)record);
	return 0;
}

int
store_trash_show(struct store_batch *b, int64_t change, struct err *err)
{
	return store_batch_run(b,
	    "UPDATE trash SET restoring = 0"
	    " WHERE restoring = ?1 AND restoring > 0",
	    DB_ARGS(db_int(change)), err);
}

int
store_trash_drop(struct store_batch *b, int64_t change, struct err *err)
{
	return store_batch_run(b,
	    "DELETE FROM trash WHERE restoring = ?1 AND restoring > 0",
	    DB_ARGS(db_int(change)), err);
}

int
store_trash_drop_present(struct store_batch *b, struct err *err)
{
	return store_batch_run(b,
	    "DELETE FROM trash WHERE restoring = 0 AND EXISTS("
	    " SELECT 1 FROM record r WHERE r.kind = ?1"
	    " AND r.number = trash.number AND r.valid_to = " STORE_OPEN
	    " AND r.key = trash.key)",
	    DB_ARGS(db_int(STORE_USER)), err);
}

int
store_trash_drop_key(struct store_batch *b, const char *key, struct err *err)
{
	return store_batch_run(b,
	    "DELETE FROM trash WHERE restoring = 0 AND key = ?1",
	    DB_ARGS(db_text(key)), err);
}

static int
trash_prune(struct store_batch *b, int64_t keep_ms, struct err *err)
{
	int r;

	r = store_batch_run(b,
	    "DELETE FROM trash WHERE restoring = 0 AND removed_ms <= ?1",
	    DB_ARGS(db_int(clock_wall_ms() - keep_ms)), err);
	if (r < 0)
		return r;
	return store_batch_run(b,
	    "UPDATE trash SET restoring = 0 WHERE restoring > 0"
	    " AND restoring NOT IN (SELECT id FROM change)",
	    NULL, err);
}

int
store_trash_prune(struct store *s, int64_t keep_ms, struct err *err)
{
	struct store_batch *b;
	int r;

	r = store_begin(s, &b, err);
	if (r < 0)
		return r;
	r = trash_prune(b, keep_ms, err);
	return store_end(b, r, err);
}
