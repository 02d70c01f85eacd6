/* SPDX-License-Identifier: MIT */
#ifndef GOTOFS_DB_INT_H
#define GOTOFS_DB_INT_H

#include "gotofs/db.h"
#include "gotofs/err.h"

#include <sqlite3.h>

/* More than the store has statements; what does not fit is not kept. */
#define DB_STATEMENTS_MAX 96

struct db_stmt {
	struct db *db;
	sqlite3_stmt *st;
	const char *sql; /* its address is the key */
	bool busy;
	bool kept; /* in db->kept, not on the heap */
};

struct db {
	sqlite3 *sqlite;
	char *path;
	struct db_stmt kept[DB_STATEMENTS_MAX];
	size_t kept_n;
};

/* What SQLite answered, as a negative errno and a sentence. */
int db_fail(struct db *db, int code, struct err *err);

#endif
