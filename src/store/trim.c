/* SPDX-License-Identifier: MIT */
/*
 * Forgetting the past.  A version goes when the generation that ended it is
 * older than asked for, unless the trash names it.  (A pinned generation, for
 * snapshots, will keep the versions that were valid in it: one more condition
 * in trim_past.)
 */
#include "store_int.h"

#include "gotofs/clock.h"

#include <errno.h>

#define TRIM_ROWS 2000

/* The newest generation that began more than keep_ms ago; 0: none. */
static int
trim_horizon(
    struct store_batch *b, int64_t keep_ms, int64_t *ret, struct err *err)
{
	int r;

	r = store_batch_int(b,
	    "SELECT generation FROM generation WHERE time_ms <= ?1"
	    " ORDER BY time_ms DESC, generation DESC LIMIT 1",
	    DB_ARGS(db_int(clock_wall_ms() - keep_ms)), ret, err);
	if (r == -ENOENT) {
		*ret = 0;
		return 0;
	}
	return r;
}

/* Adds the number of rows that went. */
static int
trim_run(struct store_batch *b, const char *sql, int64_t horizon, int *rows,
    struct err *err)
{
	int r;

	r = store_batch_run(
	    b, sql, DB_ARGS(db_int(horizon), db_int(TRIM_ROWS)), err);
	if (r >= 0 && rows)
		*rows += (int)db_changes(b->s->writer);
	return r;
}

#define TRIM_PAST                                                              \
	"SELECT id FROM record WHERE valid_to <= ?1"                           \
	" AND valid_to < " STORE_OPEN                                          \
	" AND id NOT IN (SELECT record FROM trash)"                            \
	" ORDER BY valid_to, id LIMIT ?2"

static int
trim_past(struct store_batch *b, int64_t horizon, int *rows, struct err *err)
{
	int r;

	r = trim_run(b, "DELETE FROM text WHERE id IN (" TRIM_PAST ")", horizon,
	    NULL, err);
	if (r >= 0)
		r = trim_run(b,
		    "DELETE FROM record WHERE id IN (" TRIM_PAST ")", horizon,
		    rows, err);
	if (r >= 0)
		r = trim_run(b,
		    "DELETE FROM link WHERE"
		    " (kind, container_key, user_key, valid_to) IN"
		    " (SELECT kind, container_key, user_key, valid_to"
		    " FROM link WHERE valid_to <= ?1"
		    " AND valid_to < " STORE_OPEN
		    " ORDER BY valid_to LIMIT ?2)",
		    horizon, rows, err);
	/* Once nothing refers to them; the horizon itself tells the time. */
	if (r >= 0 && *rows == 0)
		r = trim_run(b,
		    "DELETE FROM generation WHERE generation IN"
		    " (SELECT generation FROM generation"
		    " WHERE generation < ?1 ORDER BY generation LIMIT ?2)",
		    horizon, rows, err);
	return r;
}

int
store_trim(struct store *s, int64_t keep_ms, struct err *err)
{
	struct store_batch *b;
	int64_t horizon;
	int r, rows = 0;

	r = store_begin(s, &b, err);
	if (r < 0)
		return r;
	r = trim_horizon(b, keep_ms, &horizon, err);
	if (r >= 0)
		r = trim_past(b, horizon, &rows, err);
	if (r < 0) {
		store_rollback(b);
		return r;
	}
	r = store_commit(b, err);
	return r < 0 ? r : rows;
}
