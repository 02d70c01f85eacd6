/* SPDX-License-Identifier: MIT */
#include "store_int.h"

#include <assert.h>
#include <errno.h>

static struct store_change
change_of_row(struct db_stmt *st)
{
	struct store_change c = {
	    .id = db_col_int(st, 0),
	    .verb = (int)db_col_int(st, 1),
	    .state = (int)db_col_int(st, 2),
	    .created_ms = db_col_int(st, 3),
	    .path = db_col_text(st, 4),
	    .user_key = db_col_text(st, 5),
	    .args = db_col_text(st, 6),
	    .uid = (uid_t)db_col_int(st, 7),
	    .pid = (pid_t)db_col_int(st, 8),
	    .command = db_col_text(st, 9),
	};
	return c;
}

int
store_changes_each(
    struct store *s, store_change_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_change c;
	int r;

	r = db_query(rd.db,
	    "SELECT id, verb, state, created_ms, path, user_key, args, uid,"
	    " pid, command FROM change ORDER BY id",
	    NULL, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		c = change_of_row(st);
		r = fn(ctx, &c);
	}
	return r < 0 ? r : 0;
}

int
store_change_add(struct store_batch *b, const struct store_change *c,
    int64_t *ret_id, struct err *err)
{
	int r;

	assert(c->path);
	r = store_batch_run(b,
	    "INSERT INTO change(verb, state, created_ms, path, user_key, args,"
	    " uid, pid, command) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	    DB_ARGS(db_int(c->verb), db_int(c->state), db_int(c->created_ms),
		db_text(c->path), db_text(c->user_key), db_text(c->args),
		db_int(c->uid), db_int(c->pid), db_text(c->command)),
	    err);
	if (r < 0)
		return r;
	if (ret_id)
		*ret_id = db_last_id(b->s->writer);
	return 0;
}

int
store_change_update(struct store_batch *b, int64_t id, int state,
    const char *user_key, const char *args, struct err *err)
{
	int r;

	r = store_batch_run(b,
	    "UPDATE change SET state = ?2,"
	    " user_key = coalesce(?3, user_key), args = coalesce(?4, args)"
	    " WHERE id = ?1",
	    DB_ARGS(
		db_int(id), db_int(state), db_text(user_key), db_text(args)),
	    err);
	if (r < 0)
		return r;
	if (db_changes(b->s->writer) == 0)
		return err_set(
		    err, -ENOENT, "change %lld is not queued", (long long)id);
	return 0;
}

int
store_change_drop(struct store_batch *b, int64_t id, struct err *err)
{
	return store_batch_run(
	    b, "DELETE FROM change WHERE id = ?1", DB_ARGS(db_int(id)), err);
}
