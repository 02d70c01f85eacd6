/* SPDX-License-Identifier: MIT */
/*
 * Rotation: the older half of the lines in the database moves to a file,
 * <state folder>/journal/NNNNNN.jsonl, which is never written again and never
 * removed.  The file is durable before its lines leave the database, in one
 * transaction with the row that names it: a crash leaves the lines where they
 * were, and at most a file that the next rotation writes anew.
 *
 * Offsets go on over all of it, so that who has read up to some line goes on
 * behind it, wherever it is by then.
 */
#include "store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gotofs/buf.h"
#include "gotofs/crash.h"
#include "gotofs/text.h"

struct segment {
	int64_t number, start, end;
};

char *
store_segment_path(const char *dir, int64_t number)
{
	return text_printf("%s/journal/%06lld.jsonl", dir, (long long)number);
}

static int
segment_fail(const char *path, struct err *err)
{
	int code = errno == ENOSPC || errno == EDQUOT ? -ENOBUFS : -errno;

	return err_set(err, code, "%s: %s", path, strerror(errno));
}

/* ---- reading ---- */

int
store_segment_read(struct db *db, const char *dir, int64_t offset, size_t n,
    struct buf *out, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	AUTO(text_done) char *path = NULL;
	size_t before = out->len;
	int64_t start, left;
	ssize_t got;
	int fd, r;

	r = db_query(db,
	    "SELECT number, start, bytes FROM journal_segment"
	    " WHERE start <= ?1 AND start + bytes > ?1",
	    DB_ARGS(db_int(offset)), &st, err);
	if (r >= 0)
		r = db_step(st, err);
	if (r <= 0)
		return r;
	start = db_col_int(st, 1);
	left = start + db_col_int(st, 2) - offset;
	path = store_segment_path(dir, db_col_int(st, 0));
	if (!path)
		return err_nomem(err);
	if ((int64_t)n > left)
		n = (size_t)left;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return segment_fail(path, err);
	r = buf_resize(out, before + n);
	got = r < 0 ? 0 : pread(fd, out->data + before, n, offset - start);
	if (got < 0)
		r = segment_fail(path, err);
	close(fd);
	if (r == 0 || got > 0)
		buf_resize(out, before + (size_t)(got > 0 ? got : 0));
	return r < 0 ? err_set(err, r, "no room for the journal's text") : 0;
}

/* ---- writing ---- */

/* Where the second half of what is in the database begins. */
static int
segment_plan(struct store *s, struct segment *seg, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	int64_t end = store_journal_bytes(s);
	int r;

	seg->start = store_journal_base(s);
	r = db_query_int(rd.db,
	    "SELECT coalesce(max(number), 0) + 1 FROM journal_segment", NULL,
	    &seg->number, err);
	if (r == 0)
		r = db_query_int(rd.db,
		    "SELECT coalesce(min(start), ?2) FROM journal"
		    " WHERE start >= ?1",
		    DB_ARGS(db_int(seg->start + (end - seg->start) / 2),
			db_int(end)),
		    &seg->end, err);
	return r;
}

static int
segment_fill(struct store *s, const struct segment *seg, FILE *out,
    const char *path, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int64_t written = 0;
	int r = db_query(rd.db,
	    "SELECT line FROM journal WHERE start < ?1 ORDER BY start",
	    DB_ARGS(db_int(seg->end)), &st, err);

	while (r >= 0 && (r = db_step(st, err)) > 0) {
		size_t n = db_col_bytes(st, 0);

		if (fwrite(db_col_text(st, 0), 1, n, out) != n ||
		    putc('\n', out) == EOF)
			return segment_fail(path, err);
		written += (int64_t)n + 1;
	}
	if (r < 0)
		return r;
	if (fflush(out) != 0 || fsync(fileno(out)) < 0)
		return segment_fail(path, err);
	/* a gap would move every line behind it */
	if (written != seg->end - seg->start)
		return err_set(err, -EBADMSG,
		    "lines are missing in the journal; it is not rotated");
	return 0;
}

static int
segment_sync_dir(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return segment_fail(path, err);
	if (fsync(fd) < 0)
		r = segment_fail(path, err);
	close(fd);
	return r;
}

/* <dir>/journal, durable as well. */
static int
segment_make_dir(const char *dir, char **ret, struct err *err)
{
	AUTO(text_done) char *path = text_printf("%s/journal", dir);

	if (!path)
		return err_nomem(err);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return segment_fail(path, err);
	*ret = TAKE(path);
	return segment_sync_dir(dir, err);
}

static int
segment_write(struct store *s, const struct segment *seg, struct err *err)
{
	AUTO(text_done) char *path = store_segment_path(s->dir, seg->number);
	AUTO(text_done) char *fresh = path ? text_printf("%s.new", path) : NULL;
	AUTO(text_done) char *dir = NULL;
	FILE *out;
	int fd, r;

	if (!fresh)
		return err_nomem(err);
	r = segment_make_dir(s->dir, &dir, err);
	if (r < 0)
		return r;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out) {
		r = segment_fail(fresh, err);
		if (fd >= 0)
			close(fd);
		return r;
	}
	r = segment_fill(s, seg, out, fresh, err);
	if (fclose(out) != 0 && r == 0)
		r = segment_fail(fresh, err);
	if (r == 0 && rename(fresh, path) < 0)
		r = segment_fail(path, err);
	if (r == 0)
		return segment_sync_dir(dir, err);
	unlink(fresh);
	return r;
}

static int
segment_commit(struct store *s, const struct segment *seg, struct err *err)
{
	struct store_batch *b = NULL;
	int r = store_begin(s, &b, err);

	if (r < 0)
		return r;
	r = store_batch_run(b,
	    "INSERT INTO journal_segment(number, start, bytes)"
	    " VALUES(?1, ?2, ?3)",
	    DB_ARGS(db_int(seg->number), db_int(seg->start),
		db_int(seg->end - seg->start)),
	    err);
	if (r == 0)
		r = store_batch_run(b, "DELETE FROM journal WHERE start < ?1",
		    DB_ARGS(db_int(seg->end)), err);
	return store_end(b, r, err);
}

int
store_journal_rotate(struct store *s, int64_t max_bytes, struct err *err)
{
	struct segment seg;
	int r;

	if (store_journal_bytes(s) - store_journal_base(s) <= max_bytes)
		return 0;
	r = segment_plan(s, &seg, err);
	if (r == 0)
		r = segment_write(s, &seg, err);
	crash_point("rotate-before-commit");
	if (r == 0)
		r = segment_commit(s, &seg, err);
	if (r < 0) {
		err_prefix(err, "cannot rotate the journal");
		return r;
	}
	crash_point("rotate-after-commit");
	atomic_store(&s->journal_base, seg.end);
	return 1;
}
