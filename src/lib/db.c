/* SPDX-License-Identifier: MIT */
#include "db_int.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- errors ---- */

static int
db_fail_full(struct db *db, struct err *err)
{
	return err_set(err, -ENOBUFS,
	    "the disk under %s is full; free some space there", db->path);
}

static int
db_fail_io(struct db *db, struct err *err)
{
	int no = sqlite3_system_errno(db->sqlite);

	if (no == ENOSPC || no == EDQUOT)
		return db_fail_full(db, err);
	if (no == ENOMEM)
		return err_nomem(err);
	return err_set(err, -EIO, "cannot read or write %s: %s", db->path,
	    no ? strerror(no) : sqlite3_errmsg(db->sqlite));
}

int
db_fail(struct db *db, int code, struct err *err)
{
	if (code == SQLITE_IOERR_NOMEM)
		code = SQLITE_NOMEM;
	switch (code & 0xff) {
	case SQLITE_NOMEM:
		return err_nomem(err);
	case SQLITE_FULL:
		return db_fail_full(db, err);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return db_fail_io(db, err);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, -EBUSY,
		    "another program holds %s locked; end it and try again",
		    db->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(err, -EIO,
		    "%s is damaged (%s); keep a copy of it and of its -wal "
		    "file, move both away and start again: the tenant is then "
		    "listed anew",
		    db->path, sqlite3_errstr(code));
	default:
		return err_set(
		    err, -EIO, "%s: %s", db->path, sqlite3_errmsg(db->sqlite));
	}
}

/* ---- life ---- */

/* Without its statistics SQLite's allocator needs no global lock. */
static void
db_setup(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* SQLite would make the file readable by all, and would not make its name
 * durable. */
static int
db_create(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char *copy;

	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0)
		return err_set(err,
		    errno == ENOSPC || errno == EDQUOT ? -ENOBUFS : -errno,
		    "cannot create %s: %s", path, strerror(errno));
	close(fd);
	copy = strdup(path);
	if (!copy)
		return err_nomem(err);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	return 0;
}

static int
db_set_wal(struct db *db, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	const char *mode;
	int r;

	r = db_query(db, "PRAGMA journal_mode=WAL", NULL, &st, err);
	if (r < 0)
		return r;
	r = db_step(st, err);
	if (r < 0)
		return r;
	mode = r > 0 ? db_col_text(st, 0) : NULL;
	if (!mode || strcmp(mode, "wal") != 0)
		return err_set(err, -EIO,
		    "%s cannot be in WAL mode; put it on a local disk",
		    db->path);
	return 0;
}

static int
db_set_cache(struct db *db, int kib, struct err *err)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA cache_size=-%d", kib);
	return db_exec(db, sql, err);
}

static int
db_set_up(struct db *db, const struct db_options *o, struct err *err)
{
	static const char common[] = "PRAGMA synchronous=FULL;"
				     "PRAGMA foreign_keys=ON;"
				     "PRAGMA temp_store=MEMORY;"
				     "PRAGMA mmap_size=0;"
				     "PRAGMA journal_size_limit=16777216;"
				     "PRAGMA secure_delete=FAST;"
				     "PRAGMA trusted_schema=OFF;";
	int r;

	sqlite3_extended_result_codes(db->sqlite, 1);
	sqlite3_busy_timeout(db->sqlite, o->busy_ms);
	r = db_set_wal(db, err);
	if (r >= 0)
		r = db_exec(db, common, err);
	if (r >= 0)
		r = db_set_cache(db, o->cache_kib, err);
	if (r >= 0 && (o->flags & DB_READONLY))
		r = db_exec(db, "PRAGMA query_only=ON", err);
	return r;
}

static int
db_connect(struct db *db, const char *path, struct err *err)
{
	int code;

	db->path = strdup(path);
	if (!db->path)
		return err_nomem(err);
	code = sqlite3_open_v2(path, &db->sqlite,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (!db->sqlite)
		return err_nomem(err);
	return code == SQLITE_OK ? 0 : db_fail(db, code, err);
}

int
db_open(const char *path, const struct db_options *o, struct db **ret,
    struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	AUTO(db_done) struct db *db = NULL;
	int r = 0;

	pthread_once(&once, db_setup);
	if (o->flags & DB_CREATE)
		r = db_create(path, err);
	if (r < 0)
		return r;
	db = calloc(1, sizeof(*db));
	if (!db)
		return err_nomem(err);
	r = db_connect(db, path, err);
	if (r >= 0)
		r = db_set_up(db, o, err);
	if (r < 0)
		return r;
	*ret = TAKE(db);
	return 0;
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->kept_n; i++) {
		assert(!db->kept[i].busy);
		sqlite3_finalize(db->kept[i].st);
	}
	sqlite3_close_v2(db->sqlite);
	free(db->path);
	free(db);
}

void
db_done(struct db **db)
{
	db_close(*db);
	*db = NULL;
}

/* ---- the connection ---- */

int
db_exec(struct db *db, const char *sql, struct err *err)
{
	int code = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : db_fail(db, code, err);
}

int64_t
db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->sqlite);
}

int64_t
db_changes(struct db *db)
{
	return sqlite3_changes64(db->sqlite);
}

bool
db_in_transaction(struct db *db)
{
	return !sqlite3_get_autocommit(db->sqlite);
}

void
db_rollback(struct db *db)
{
	if (db_in_transaction(db))
		sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

void
db_shrink(struct db *db)
{
	sqlite3_db_release_memory(db->sqlite);
}

int
db_version_set(struct db *db, int version, struct err *err)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", version);
	return db_exec(db, sql, err);
}
