/* SPDX-License-Identifier: MIT */
/*
 * Forgetting the past.  A version goes when the generation that ended it is
 * older than asked for, unless the trash names it or a snapshot has it.
 *
 * Where to begin is looked for without the writer: what is pinned lies in the
 * way of each search, and nobody should wait for that.  Nothing that could be
 * forgotten then can be pinned before it is: a new snapshot pins the present.
 */
#include "store_int.h"

#include "gotofs/clock.h"

#include <errno.h>

#define TRIM_ROWS 2000

/* The newest generation that began more than keep_ms ago; 0: none. */
static int
trim_horizon(struct db *db, int64_t keep_ms, int64_t *ret, struct err *err)
{
	int r;

	r = db_query_int(db,
	    "SELECT generation FROM generation WHERE time_ms <= ?1"
	    " ORDER BY time_ms DESC, generation DESC LIMIT 1",
	    DB_ARGS(db_int(clock_wall_ms() - keep_ms)), ret, err);
	if (r == -ENOENT) {
		*ret = 0;
		return 0;
	}
	return r;
}

#define TRIM_PAST(table)                                                       \
	table " WHERE valid_to <= ?1 AND valid_to >= ?2"                       \
	      " AND valid_to < " STORE_OPEN                                    \
	      " AND NOT EXISTS(SELECT 1 FROM snapshot s"                       \
	      "	WHERE s.generation >= valid_from"                              \
	      "	AND s.generation < valid_to)"
#define TRIM_RECORD                                                            \
	TRIM_PAST("record") " AND id NOT IN (SELECT record FROM trash)"
#define TRIM_LINK TRIM_PAST("link")

/* Where they begin, each by the generation that ended it. */
struct trim_from {
	int64_t record, link, generation; /* -1: there is none */
};

static int
trim_first(struct db *db, const char *sql, int64_t horizon, int64_t *ret,
    struct err *err)
{
	int r = db_query_int(
	    db, sql, DB_ARGS(db_int(horizon), db_int(0)), ret, err);

	if (r == -ENOENT) {
		*ret = -1;
		return 0;
	}
	return r;
}

static int
trim_look(struct store *s, int64_t keep_ms, int64_t *ret_horizon,
    struct trim_from *ret, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	int r = trim_horizon(rd.db, keep_ms, ret_horizon, err);

	if (r >= 0)
		r = trim_first(rd.db,
		    "SELECT valid_to FROM " TRIM_RECORD
		    " ORDER BY valid_to LIMIT 1",
		    *ret_horizon, &ret->record, err);
	if (r >= 0)
		r = trim_first(rd.db,
		    "SELECT valid_to FROM " TRIM_LINK
		    " ORDER BY valid_to LIMIT 1",
		    *ret_horizon, &ret->link, err);
	if (r >= 0)
		r = trim_first(rd.db,
		    "SELECT generation FROM generation"
		    " WHERE generation < ?1 AND generation >= ?2 LIMIT 1",
		    *ret_horizon, &ret->generation, err);
	return r;
}

/* Adds the number of rows that went. */
static int
trim_run(struct store_batch *b, const char *sql, int64_t horizon, int64_t from,
    int *rows, struct err *err)
{
	int r;

	r = store_batch_run(b, sql,
	    DB_ARGS(db_int(horizon), db_int(from), db_int(TRIM_ROWS)), err);
	if (r >= 0 && rows)
		*rows += (int)db_changes(b->s->writer);
	return r;
}

#define TRIM_IDS(table)                                                        \
	"(SELECT id FROM " table " ORDER BY valid_to, id LIMIT ?3)"

static int
trim_past(struct store_batch *b, int64_t horizon, const struct trim_from *from,
    int *rows, struct err *err)
{
	int r = 0;

	if (from->record >= 0)
		r = trim_run(b,
		    "DELETE FROM text WHERE id IN " TRIM_IDS(TRIM_RECORD),
		    horizon, from->record, NULL, err);
	if (r >= 0 && from->record >= 0)
		r = trim_run(b,
		    "DELETE FROM record WHERE id IN " TRIM_IDS(TRIM_RECORD),
		    horizon, from->record, rows, err);
	if (r >= 0 && from->link >= 0)
		r = trim_run(b,
		    "DELETE FROM link WHERE id IN " TRIM_IDS(TRIM_LINK),
		    horizon, from->link, rows, err);
	/* Once nothing refers to them; the horizon itself tells the time. */
	if (r >= 0 && *rows == 0)
		r = trim_run(b,
		    "DELETE FROM generation WHERE generation IN"
		    " (SELECT generation FROM generation WHERE generation < ?1"
		    " AND generation >= ?2 ORDER BY generation LIMIT ?3)",
		    horizon, from->generation, rows, err);
	return r;
}

int
store_trim(struct store *s, int64_t keep_ms, struct err *err)
{
	struct trim_from from = {-1, -1, -1};
	struct store_batch *b;
	int64_t horizon;
	int r, rows = 0;

	r = trim_look(s, keep_ms, &horizon, &from, err);
	if (r < 0 || (from.record < 0 && from.link < 0 && from.generation < 0))
		return r < 0 ? r : 0;
	r = store_begin(s, &b, err);
	if (r < 0)
		return r;
	r = trim_past(b, horizon, &from, &rows, err);
	r = store_end(b, r, err);
	return r < 0 ? r : rows;
}
