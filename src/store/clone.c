/* SPDX-License-Identifier: MIT */
/*
 * clone: the mirror of a live mount, copied for a dry run beside it.
 *
 * VACUUM INTO reads one state of the source in WAL mode: its owner writes on
 * meanwhile.  The copy is made under another name and takes the old one's place
 * at its end, so that a copy that was broken off is none.
 */
#include "store_int.h"

#include "gotofs/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct clone {
	char *from, *to, *fresh; /* paths of databases */
	int lock_fd;
};

static void
clone_done(struct clone *c)
{
	text_done(&c->from);
	text_done(&c->to);
	text_done(&c->fresh);
	if (c->lock_fd >= 0)
		close(c->lock_fd);
}

static int
clone_open(const char *path, struct db **ret, struct err *err)
{
	const struct db_options o = {0, STORE_BUSY_MS, STORE_READER_CACHE_KIB};

	return db_open(path, &o, ret, err);
}

/* Is there a plan already? */
static int
clone_has_changes(const struct clone *c, bool *ret, struct err *err)
{
	AUTO(db_done) struct db *db = NULL;
	int64_t tables = 0, n = 0;
	int r;

	*ret = false;
	if (access(c->to, F_OK) < 0)
		return 0;
	r = clone_open(c->to, &db, err);
	if (r >= 0)
		r = db_query_int(db,
		    "SELECT count(*) FROM sqlite_schema WHERE name = 'change'",
		    NULL, &tables, err);
	if (r >= 0 && tables > 0)
		r = db_query_int(
		    db, "SELECT count(*) FROM change", NULL, &n, err);
	*ret = n > 0;
	return r < 0 ? r : 0;
}

/* SQLite takes an empty file for one that is not there, and keeps its mode. */
static int
clone_make(const struct clone *c, struct err *err)
{
	int fd = open(c->fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(err,
		    errno == ENOSPC || errno == EDQUOT ? -ENOBUFS : -errno,
		    "cannot create %s: %s", c->fresh, strerror(errno));
	close(fd);
	return 0;
}

static int
clone_copy(const struct clone *c, struct err *err)
{
	AUTO(db_done) struct db *db = NULL;
	int r = clone_make(c, err);

	if (r >= 0)
		r = clone_open(c->from, &db, err);
	if (r >= 0)
		r = db_run(
		    db, "VACUUM INTO ?1", DB_ARGS(db_text(c->fresh)), err);
	return r;
}

/* What belongs to the live mount alone. */
static int
clone_strip(const struct clone *c, struct err *err)
{
	AUTO(db_done) struct db *db = NULL;
	int r = clone_open(c->fresh, &db, err);

	if (r >= 0) /* it may be of an older gotofs */
		r = store_schema_migrate(db, err);
	if (r >= 0)
		r = db_exec(db,
		    "BEGIN;DELETE FROM change;DELETE FROM journal;"
		    "DELETE FROM journal_end;DELETE FROM journal_segment;"
		    "DELETE FROM error;DELETE FROM incoming;"
		    "DELETE FROM handle;DELETE FROM meta WHERE name = "
		    "'handles';"
		    "UPDATE trash SET restoring = 0;COMMIT",
		    err);
	return r;
}

static int
clone_remove(const char *path, const char *suffix)
{
	AUTO(text_done) char *name = text_printf("%s%s", path, suffix);

	if (!name)
		return -ENOMEM;
	return unlink(name) < 0 && errno != ENOENT ? -errno : 0;
}

/* The old one's log must not be taken for the new one's. */
static int
clone_replace(const struct clone *c, struct err *err)
{
	int r = clone_remove(c->to, "-wal");

	if (r == 0)
		r = clone_remove(c->to, "-shm");
	if (r == 0 && rename(c->fresh, c->to) < 0)
		r = -errno;
	return r < 0 ? err_set(err, r, "%s: %s", c->to, strerror(-r)) : 0;
}

int
store_clone(const char *from_dir, const char *dir, struct err *err)
{
	AUTO(clone_done)
	struct clone c = {text_printf("%s/mirror.db", from_dir),
	    text_printf("%s/mirror.db", dir),
	    text_printf("%s/mirror.db.new", dir), -1};
	bool kept = false;
	int r;

	if (!c.from || !c.to || !c.fresh)
		return err_nomem(err);
	r = store_lock(dir, &c.lock_fd, err);
	if (r < 0 || access(c.from, F_OK) < 0)
		return r;
	r = clone_has_changes(&c, &kept, err);
	if (r < 0 || kept)
		return r;
	r = clone_copy(&c, err);
	if (r >= 0)
		r = clone_strip(&c, err);
	if (r >= 0)
		r = clone_replace(&c, err);
	if (r < 0)
		unlink(c.fresh);
	return r < 0 ? r : 0;
}
