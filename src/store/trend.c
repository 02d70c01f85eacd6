/* SPDX-License-Identifier: MIT */
/* trend: what the reports counted, a row a day and license. */
#include "store_int.h"

#include <assert.h>

int
store_trend_each(struct store *s, int64_t from_day, store_trend_fn fn,
    void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_trend v;
	int r;

	r = db_query(rd.db,
	    "SELECT day, license_key, owned, assigned, active, unknown,"
	    " reclaimable FROM trend WHERE day >= ?1"
	    " ORDER BY day, license_key",
	    DB_ARGS(db_int(from_day)), &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		v.day = db_col_int(st, 0);
		v.license_key = db_col_text(st, 1);
		v.owned = db_col_int(st, 2);
		v.assigned = db_col_int(st, 3);
		v.active = db_col_int(st, 4);
		v.unknown = db_col_int(st, 5);
		v.reclaimable = db_col_int(st, 6);
		r = fn(ctx, &v);
	}
	return r < 0 ? r : 0;
}

int
store_trend_put(
    struct store_batch *b, const struct store_trend *v, struct err *err)
{
	assert(v->license_key);
	return store_batch_run(b,
	    "INSERT OR REPLACE INTO trend(day, license_key, owned, assigned,"
	    " active, unknown, reclaimable)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    DB_ARGS(db_int(v->day), db_text(v->license_key), db_int(v->owned),
		db_int(v->assigned), db_int(v->active), db_int(v->unknown),
		db_int(v->reclaimable)),
	    err);
}

int
store_trend_drop(
    struct store_batch *b, int64_t from_day, int64_t to_day, struct err *err)
{
	return store_batch_run(b,
	    "DELETE FROM trend WHERE day >= ?1 AND day < ?2",
	    DB_ARGS(db_int(from_day), db_int(to_day)), err);
}
