/* SPDX-License-Identifier: MIT */
/*
 * Inode numbers.  AUTOINCREMENT remembers the greatest number ever given, so
 * a reserved number needs no row until it has an identity; the row of an
 * identity stays for ever, because people come back.
 */
#include "store_int.h"

#include <errno.h>

int
store_number_find(struct store_batch *b, enum store_kind kind, const char *key,
    int64_t *ret, struct err *err)
{
	return store_batch_int(b,
	    "SELECT number FROM node WHERE kind = ?1 AND key = ?2",
	    DB_ARGS(db_int(kind), db_text(key)), ret, err);
}

static int
number_insert(struct store_batch *b, const struct db_value *number,
    enum store_kind kind, const char *key, int64_t *ret, struct err *err)
{
	int r;

	r = store_batch_run(b,
	    "INSERT INTO node(number, kind, key) VALUES(?1, ?2, ?3)",
	    DB_ARGS(*number, db_int(kind), db_text(key)), err);
	if (r < 0)
		return r;
	*ret = db_last_id(b->s->writer);
	return 0;
}

static int
number_new(struct store_batch *b, enum store_kind kind, const char *key,
    int64_t *ret, struct err *err)
{
	const struct err why = {-EIO, 0, "all inode numbers are used up"};
	const struct db_value next = {DB_NULL, 0, NULL, 0};
	int64_t number;
	int r;

	r = number_insert(b, &next, kind, key, &number, err);
	if (r < 0)
		return r;
	if (number >= STORE_NUMBER_MAX)
		return store_batch_end(b, why.code, &why, err);
	*ret = number;
	return 0;
}

int
store_number_need(struct store_batch *b, enum store_kind kind, const char *key,
    int64_t *ret, struct err *err)
{
	int r = store_number_find(b, kind, key, ret, err);

	return r == -ENOENT ? number_new(b, kind, key, ret, err) : r;
}

int
store_number_reserve(struct store_batch *b, int64_t *ret, struct err *err)
{
	int64_t number;
	int r;

	r = number_new(b, 0, "", &number, err);
	if (r >= 0)
		r = store_batch_run(b, "DELETE FROM node WHERE number = ?1",
		    DB_ARGS(db_int(number)), err);
	if (r < 0)
		return r;
	*ret = number;
	return 0;
}

/* Only a number that was reserved, and is nobody's yet, can be given. */
static int
number_check_free(struct store_batch *b, int64_t number, struct err *err)
{
	int64_t last = 0, kind;
	int r;

	r = store_batch_int(b,
	    "SELECT seq FROM sqlite_sequence WHERE name = 'node'", NULL, &last,
	    err);
	if (r < 0 && r != -ENOENT)
		return r;
	if (number < 1 || number > last)
		return err_set(err, -EINVAL,
		    "inode number %lld was never reserved", (long long)number);
	r = store_batch_int(b, "SELECT kind FROM node WHERE number = ?1",
	    DB_ARGS(db_int(number)), &kind, err);
	if (r >= 0)
		return err_set(err, -EEXIST,
		    "inode number %lld is another record's", (long long)number);
	return r == -ENOENT ? 0 : r;
}

int
store_number_bind(struct store_batch *b, int64_t number, enum store_kind kind,
    const char *key, int64_t *ret_effective, struct err *err)
{
	const struct db_value v = db_int(number);
	int r;

	r = store_number_find(b, kind, key, ret_effective, err);
	if (r != -ENOENT)
		return r;
	r = number_check_free(b, number, err);
	if (r < 0)
		return r;
	return number_insert(b, &v, kind, key, ret_effective, err);
}
