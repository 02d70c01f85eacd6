/* SPDX-License-Identifier: MIT */
/*
 * snapshots: names for generations.  That a generation has one is all that
 * keeps its versions (trim.c): making one copies nothing.
 */
#include "store_int.h"

#include <assert.h>
#include <errno.h>

int
store_snapshots_each(
    struct store *s, store_snapshot_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_snapshot v;
	int r;

	r = db_query(rd.db,
	    "SELECT seq, name, generation, generation_ms, created_ns, rules,"
	    " rules_ns, rules_bytes FROM snapshot ORDER BY seq",
	    NULL, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		v = (struct store_snapshot){
		    .seq = db_col_int(st, 0),
		    .name = db_col_text(st, 1),
		    .generation = db_col_int(st, 2),
		    .generation_ms = db_col_int(st, 3),
		    .created_ns = db_col_int(st, 4),
		    .rules = db_col_int(st, 5),
		    .rules_ns = db_col_int(st, 6),
		    .rules_bytes = (size_t)db_col_int(st, 7),
		};
		r = fn(ctx, &v);
	}
	return r < 0 ? r : 0;
}

/* The text that another snapshot has already, or a new one. */
static int
snapshot_rules(struct store_batch *b, struct store_snapshot *v,
    const char *rules, struct err *err)
{
	const struct db_value *args = DB_ARGS(db_text_n(rules, v->rules_bytes));
	int r;

	r = store_batch_int(b,
	    "SELECT s.rules FROM snapshot s JOIN text t ON t.id = s.rules"
	    " WHERE t.text = ?1 LIMIT 1",
	    args, &v->rules, err);
	if (r != -ENOENT)
		return r;
	r = store_batch_run(b, "INSERT INTO text(text) VALUES(?1)", args, err);
	v->rules = r < 0 ? 0 : db_last_id(b->s->writer);
	return r;
}

int
store_snapshot_add(struct store_batch *b, struct store_snapshot *v,
    const char *rules, struct err *err)
{
	int64_t seq;
	int r = store_batch_int(b, "SELECT seq FROM snapshot WHERE name = ?1",
	    DB_ARGS(db_text(v->name)), &seq, err);

	assert(!b->generation_taken);
	if (r != -ENOENT)
		return r < 0 ? r
			     : err_set(err, -EEXIST,
				   "there is a snapshot of this name");
	if (!b->head.complete)
		return err_set(err, -EINVAL,
		    "there is no complete listing of the tenant yet");
	v->generation = b->head.generation;
	v->generation_ms = b->head.generation_ms;
	r = snapshot_rules(b, v, rules, err);
	if (r < 0)
		return r;
	r = store_batch_run(b,
	    "INSERT INTO snapshot(name, generation, generation_ms, created_ns,"
	    " rules, rules_ns, rules_bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    DB_ARGS(db_text(v->name), db_int(v->generation),
		db_int(v->generation_ms), db_int(v->created_ns),
		db_int(v->rules), db_int(v->rules_ns),
		db_int((int64_t)v->rules_bytes)),
	    err);
	if (r >= 0)
		v->seq = db_last_id(b->s->writer);
	return r;
}

int
store_snapshot_rename(
    struct store_batch *b, int64_t seq, const char *name, struct err *err)
{
	return store_batch_run(b,
	    "UPDATE snapshot SET name = ?2 WHERE seq = ?1",
	    DB_ARGS(db_int(seq), db_text(name)), err);
}

int
store_snapshot_drop(struct store_batch *b, int64_t seq, struct err *err)
{
	const struct db_value *args = DB_ARGS(db_int(seq));
	int r;

	r = store_batch_run(b,
	    "DELETE FROM text WHERE id IN (SELECT rules FROM snapshot s"
	    " WHERE s.seq = ?1 AND NOT EXISTS(SELECT 1 FROM snapshot o"
	    " WHERE o.rules = s.rules AND o.seq <> s.seq))",
	    args, err);
	if (r < 0)
		return r;
	return store_batch_run(
	    b, "DELETE FROM snapshot WHERE seq = ?1", args, err);
}
