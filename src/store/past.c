/* SPDX-License-Identifier: MIT */
/*
 * past: what was valid in a generation, one thing or a page at a time.
 *
 * A version of then is found by the identity's number or by the name, each by
 * an index over all versions; how many there are of one identity is what it
 * costs.  Nothing here sorts.
 */
#include "store_int.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* ?1 is the generation everywhere. */
#define PAST_VALID(v) v ".valid_from <= ?1 AND " v ".valid_to > ?1"
#define PAST_YOUNGER                                                           \
	"EXISTS(SELECT 1 FROM record o INDEXED BY record_name"                 \
	" WHERE o.kind = r.kind AND o.name = r.name COLLATE NOCASE"            \
	" AND " PAST_VALID(                                                    \
	    "o") " AND (length(o.key) < length(r.key) OR"                      \
		 " (length(o.key) = length(r.key) AND o.key < r.key)))"
#define PAST_RECORD "SELECT " STORE_RECORD_COLUMNS ", " PAST_YOUNGER

static int
past_walk(struct store *s, const char *sql, const struct db_value *args,
    store_past_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	struct store_past p;
	int r;

	r = db_query(rd.db, sql, args, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		p.record = store_record_of_row(st, false);
		p.younger = db_col_int(st, STORE_RECORD_COLUMNS_N) != 0;
		r = fn(ctx, &p);
	}
	return r < 0 ? r : 0;
}

int
store_past_each(struct store *s, int64_t generation, enum store_kind kind,
    int64_t after, store_past_fn fn, void *ctx, struct err *err)
{
	return past_walk(s,
	    PAST_RECORD " FROM record r INDEXED BY record_version"
			" WHERE r.kind = ?2 AND r.number > ?3 AND " PAST_VALID(
			    "r") " ORDER BY r.number",
	    DB_ARGS(db_int(generation), db_int(kind), db_int(after)), fn, ctx,
	    err);
}

int
store_past_id(struct store *s, int64_t generation, int64_t id, store_past_fn fn,
    void *ctx, struct err *err)
{
	return past_walk(s,
	    PAST_RECORD " FROM record r WHERE r.id = ?2 AND " PAST_VALID("r"),
	    DB_ARGS(db_int(generation), db_int(id)), fn, ctx, err);
}

struct past_prefix {
	const char *prefix;
	size_t n;
	store_past_fn fn;
	void *ctx;
};

/* They come in order of their names: behind the last there is no other. */
static int
past_in_prefix(void *ctx, const struct store_past *p)
{
	const struct past_prefix *x = ctx;

	if (strncasecmp(p->record.name, x->prefix, x->n) != 0)
		return -ECANCELED;
	return x->fn(x->ctx, p);
}

int
store_past_named(struct store *s, int64_t generation, enum store_kind kind,
    const char *name, bool prefix, store_past_fn fn, void *ctx, struct err *err)
{
	const struct db_value *args =
	    DB_ARGS(db_int(generation), db_int(kind), db_text(name));
	struct past_prefix x = {name, strlen(name), fn, ctx};
	int r;

	if (!prefix)
		return past_walk(s,
		    PAST_RECORD
		    " FROM record r INDEXED BY record_name WHERE r.kind = ?2"
		    " AND r.name = ?3 COLLATE NOCASE AND " PAST_VALID("r"),
		    args, fn, ctx, err);
	r = past_walk(s,
	    PAST_RECORD
	    " FROM record r INDEXED BY record_name WHERE r.kind = ?2"
	    " AND r.name >= ?3 COLLATE NOCASE AND " PAST_VALID(
		"r") " ORDER BY r.name COLLATE NOCASE",
	    args, past_in_prefix, &x, err);
	return r == -ECANCELED ? 0 : r;
}

/* ---- links, with whom they are of ---- */

#define PAST_LINK                                                              \
	PAST_RECORD                                                            \
	", l.id, l.kind, l.container_key, l.since_ns FROM link l"              \
	" CROSS JOIN node n ON n.kind = 1 AND n.key = l.user_key"              \
	" CROSS JOIN record r INDEXED BY record_version"                       \
	" ON r.kind = 1 AND r.number = n.number AND " PAST_VALID(              \
	    "r") " WHERE " PAST_VALID("l")

static int
past_walk_links(struct store *s, const char *sql, const struct db_value *args,
    store_past_link_fn fn, void *ctx, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	const int more = STORE_RECORD_COLUMNS_N;
	struct store_past_link l;
	int r;

	r = db_query(rd.db, sql, args, &st, err);
	while (r >= 0 && (r = db_step(st, err)) > 0) {
		l.user.record = store_record_of_row(st, false);
		l.user.younger = db_col_int(st, more) != 0;
		l.id = db_col_int(st, more + 1);
		l.kind = (enum store_kind)db_col_int(st, more + 2);
		l.container_key = db_col_text(st, more + 3);
		l.since_ns = db_col_int(st, more + 4);
		r = fn(ctx, &l);
	}
	return r < 0 ? r : 0;
}

int
store_past_links(struct store *s, int64_t generation, enum store_kind kind,
    const char *container_key, int64_t after, store_past_link_fn fn, void *ctx,
    struct err *err)
{
	return past_walk_links(s,
	    PAST_LINK " AND l.kind = ?2 AND l.container_key = ?3"
		      " AND l.user_key > coalesce((SELECT user_key FROM link"
		      " WHERE id = ?4), '') ORDER BY l.user_key",
	    DB_ARGS(db_int(generation), db_int(kind), db_text(container_key),
		db_int(after)),
	    fn, ctx, err);
}

int
store_past_link_id(struct store *s, int64_t generation, int64_t id,
    store_past_link_fn fn, void *ctx, struct err *err)
{
	return past_walk_links(s, PAST_LINK " AND l.id = ?2",
	    DB_ARGS(db_int(generation), db_int(id)), fn, ctx, err);
}

int
store_past_link_of(struct store *s, int64_t generation, enum store_kind kind,
    const char *container_key, const char *user_key, store_past_link_fn fn,
    void *ctx, struct err *err)
{
	return past_walk_links(s,
	    PAST_LINK " AND l.kind = ?2 AND l.container_key = ?3"
		      " AND l.user_key = ?4",
	    DB_ARGS(db_int(generation), db_int(kind), db_text(container_key),
		db_text(user_key)),
	    fn, ctx, err);
}
