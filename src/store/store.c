/* SPDX-License-Identifier: MIT */
#include "store_int.h"

#include "gotofs/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int
open_fail(const char *what, const char *path, struct err *err)
{
	int code = errno == ENOSPC || errno == EDQUOT ? -ENOBUFS : -errno;

	return err_set(
	    err, code, "cannot %s %s: %s", what, path, strerror(errno));
}

/* As mkdir -p -m 700. */
static int
open_dirs(const char *dir, struct err *err)
{
	AUTO(text_done) char *path = text_dup(dir);
	char *p = path;

	if (!path)
		return err_nomem(err);
	do {
		p = strchr(p + (*p != '\0'), '/');
		if (p)
			*p = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return open_fail("create the state folder", path, err);
		if (p)
			*p = '/';
	} while (p);
	return 0;
}

static int
lock_held(int fd, const char *dir, struct err *err)
{
	char pid[32] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	if (n > 0)
		pid[strcspn(pid, "\n")] = '\0';
	return err_set(err, -EBUSY,
	    "another gotofs (pid %s) has this state folder: %s",
	    pid[0] ? pid : "unknown", dir);
}

/* The pid is for people alone: a full disk may leave it out. */
static int
lock_fd(int fd, const char *dir, const char *path, struct err *err)
{
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? lock_held(fd, dir, err)
					    : open_fail("lock", path, err);
	if (ftruncate(fd, 0) == 0)
		dprintf(fd, "%ld\n", (long)getpid());
	return 0;
}

int
store_lock(const char *dir, int *ret_fd, struct err *err)
{
	AUTO(text_done) char *path = text_printf("%s/lock", dir);
	int fd, r = path ? open_dirs(dir, err) : err_nomem(err);

	if (r < 0)
		return r;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return open_fail("create", path, err);
	r = lock_fd(fd, dir, path, err);
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

static int
head_load(struct store *s, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int64_t base;
	int r;

	r = db_query(s->writer,
	    "SELECT generation, time_ms, complete FROM generation"
	    " ORDER BY generation DESC LIMIT 1",
	    NULL, &st, err);
	if (r >= 0)
		r = db_step(st, err);
	if (r < 0)
		return r;
	if (r > 0) {
		s->head.generation = db_col_int(st, 0);
		s->head.generation_ms = db_col_int(st, 1);
		s->head.complete = db_col_int(st, 2) != 0;
	}
	r = store_journal_end_first(s, err);
	if (r >= 0)
		r = store_journal_load(s->writer, &s->head, err);
	if (r >= 0)
		r = db_query_int(s->writer,
		    "SELECT coalesce(max(start + bytes), 0)"
		    " FROM journal_segment",
		    NULL, &base, err);
	if (r < 0)
		return r;
	s->journal_base = base;
	s->generation = s->head.complete ? s->head.generation : 0;
	s->journal_bytes = s->head.journal_bytes;
	return 0;
}

static int
open_database(struct store *s, struct err *err)
{
	const struct db_options o = {
	    DB_CREATE, STORE_BUSY_MS, STORE_WRITER_CACHE_KIB};
	int r;

	s->path = text_printf("%s/mirror.db", s->dir);
	if (!s->path)
		return err_nomem(err);
	r = db_open(s->path, &o, &s->writer, err);
	if (r >= 0)
		r = store_schema_migrate(s->writer, err);
	if (r >= 0)
		r = head_load(s, err);
	if (r >= 0)
		r = store_pool_open(s, err);
	return r;
}

static struct store *
store_new(const char *dir)
{
	struct store *s = calloc(1, sizeof(*s));
	pthread_mutexattr_t check;

	if (!s)
		return NULL;
	s->lock_fd = -1;
	pthread_mutexattr_init(&check);
	pthread_mutexattr_settype(&check, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&s->writer_lock, &check);
	pthread_mutexattr_destroy(&check);
	pthread_mutex_init(&s->pool_lock, NULL);
	pthread_cond_init(&s->pool_cond, NULL);
	s->dir = text_dup(dir);
	if (!s->dir) {
		store_close(s);
		return NULL;
	}
	return s;
}

int
store_open(const char *dir, struct store **ret, struct err *err)
{
	struct store *s;
	int r;

	s = store_new(dir);
	if (!s)
		return err_nomem(err);
	r = store_lock(dir, &s->lock_fd, err);
	if (r >= 0)
		r = open_database(s, err);
	if (r < 0) {
		store_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

/* The writer goes last: it empties the WAL.  The lock file stays: removing
 * it could take it from one who has it open already. */
void
store_close(struct store *s)
{
	if (!s)
		return;
	store_pool_close(s);
	db_close(s->writer);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	pthread_cond_destroy(&s->pool_cond);
	pthread_mutex_destroy(&s->pool_lock);
	pthread_mutex_destroy(&s->writer_lock);
	free(s->path);
	free(s->dir);
	free(s);
}

int
store_set_sync(struct store *s, bool each, struct err *err)
{
	int r;

	pthread_mutex_lock(&s->writer_lock);
	r = db_exec(s->writer,
	    each ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
	    err);
	pthread_mutex_unlock(&s->writer_lock);
	return r;
}

int64_t
store_generation(struct store *s)
{
	return atomic_load(&s->generation);
}

/* ---- small named values ---- */

static int
meta_get(struct db *db, const char *name, char **ret, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	char *value;
	int r;

	r = db_query(db, "SELECT value FROM meta WHERE name = ?1",
	    DB_ARGS(db_text(name)), &st, err);
	if (r >= 0)
		r = db_step(st, err);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(err, -ENOENT, "no value named %s", name);
	value = text_dup(db_col_text(st, 0));
	if (!value)
		return err_nomem(err);
	*ret = value;
	return 0;
}

int
store_meta_get(struct store *s, const char *name, char **ret, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);

	return meta_get(rd.db, name, ret, err);
}

int
store_meta_peek(const char *dir, const char *name, char **ret, struct err *err)
{
	const struct db_options o = {
	    DB_READONLY, STORE_BUSY_MS, STORE_READER_CACHE_KIB};
	AUTO(text_done) char *path = text_printf("%s/mirror.db", dir);
	AUTO(db_done) struct db *db = NULL;
	int r;

	if (!path)
		return err_nomem(err);
	if (access(path, F_OK) < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	r = db_open(path, &o, &db, err);
	return r < 0 ? r : meta_get(db, name, ret, err);
}

int
store_meta_set(
    struct store_batch *b, const char *name, const char *value, struct err *err)
{
	return store_batch_run(b,
	    "INSERT INTO meta(name, value) VALUES(?1, ?2)"
	    " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
	    DB_ARGS(db_text(name), db_text(value)), err);
}
