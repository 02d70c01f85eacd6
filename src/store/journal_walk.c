/* SPDX-License-Identifier: MIT */
/*
 * The whole journal of a state folder: its segments, then the rows.  Read
 * through a connection of its own and in one transaction, so that neither a
 * running daemon nor a rotation in the middle of it is noticed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gotofs/buf.h"
#include "gotofs/store_journal.h"
#include "gotofs/text.h"
#include "store_int.h"

struct walk {
	journal_line_fn fn;
	void *ctx;
	void (*skip)(void *ctx); /* a part is missing before the next line */
	const char *place;	 /* where the lines are, for people */
	int64_t line;
	/* the parts that are missing: those that are named, and a run
	 * that is not yet */
	char gaps[ERR_MSG_BYTES / 2];
	int64_t gap_first, gap_last; /* 0: none */
};

static int
walk_line(struct walk *w, const char *line, size_t n, struct err *err)
{
	int r;

	w->line++;
	r = w->fn(w->ctx, line, n, err);
	if (r < 0)
		err_prefix(err, "%s, line %lld", w->place, (long long)w->line);
	return r < 0 ? r : 0;
}

/* The whole lines at the beginning of b go. */
static int
walk_lines(struct walk *w, struct buf *b, struct err *err)
{
	const char *p = b->data, *end = b->data + b->len, *nl;
	int r = 0;

	while (r >= 0 && p < end && (nl = memchr(p, '\n', (size_t)(end - p)))) {
		r = walk_line(w, p, (size_t)(nl - p), err);
		p = nl + 1;
	}
	if (r >= 0 && p > b->data) {
		size_t left = (size_t)(end - p);

		memmove(b->data, p, left);
		r = buf_resize(b, left);
	}
	return r < 0 ? r : 0;
}

static int
walk_errno(const char *path, struct err *err)
{
	return err_set(err, -errno, "%s: %s", path, strerror(errno));
}

static int
walk_fd(struct walk *w, int fd, const char *path, struct err *err)
{
	AUTO(buf_done) struct buf b = BUF_MAX(STORE_JOURNAL_LINE_MAX + 65536);
	char piece[65536];
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0)
			return walk_errno(path, err);
		r = buf_append(&b, piece, (size_t)n);
		if (r < 0)
			return err_set(err, r == -EFBIG ? -EBADMSG : r,
			    "%s, line %lld: longer than any journal line",
			    w->place, (long long)w->line + 1);
		if (memchr(piece, '\n', (size_t)n))
			r = walk_lines(w, &b, err);
	}
	if (r == 0 && b.len > 0)
		r = err_set(err, -EBADMSG,
		    "%s, line %lld: it is cut off, its newline is missing",
		    w->place, (long long)w->line + 1);
	return r;
}

/* bytes -1: whatever its length. */
static int
walk_file(
    struct walk *w, int fd, const char *path, int64_t bytes, struct err *err)
{
	struct stat st;
	int r;

	w->line = 0;
	r = fstat(fd, &st) < 0 ? walk_errno(path, err)
			       : walk_fd(w, fd, path, err);
	if (r == 0 && bytes >= 0 && st.st_size != bytes)
		r = err_set(err, -EBADMSG,
		    "%s: it has %lld bytes and not the %lld that were written",
		    w->place, (long long)st.st_size, (long long)bytes);
	return r;
}

int
journal_each_in_file(
    const char *path, journal_line_fn fn, void *ctx, struct err *err)
{
	struct walk w = {.fn = fn, .ctx = ctx, .place = path};
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return walk_errno(path, err);
	r = walk_file(&w, fd, path, -1, err);
	close(fd);
	return r;
}

/* ---- parts that were taken away ---- */

/* "journal/000001.jsonl to journal/000003.jsonl"; what is too much is cut. */
static void
gap_name(struct walk *w)
{
	size_t n = strlen(w->gaps);

	if (w->gap_first)
		n += (size_t)snprintf(w->gaps + n, sizeof(w->gaps) - n,
		    "%sjournal/%06lld.jsonl", n ? ", " : "",
		    (long long)w->gap_first);
	if (w->gap_last > w->gap_first && n < sizeof(w->gaps))
		snprintf(w->gaps + n, sizeof(w->gaps) - n,
		    " to journal/%06lld.jsonl", (long long)w->gap_last);
}

static void
gap_add(struct walk *w, int64_t number)
{
	if (!w->gap_last || number != w->gap_last + 1) {
		gap_name(w);
		w->gap_first = number;
	}
	w->gap_last = number;
	if (w->skip)
		w->skip(w->ctx);
}

/* What was walked is all there is; is it all there was? */
static int
gap_check(struct walk *w, const char *rest, struct err *err)
{
	bool one = !*w->gaps && w->gap_first == w->gap_last;

	if (!w->gap_last)
		return 0;
	gap_name(w);
	return err_set(err, -EBADMSG, "%s: %s of the journal %s missing%s",
	    w->gaps, one ? "this part" : "these parts", one ? "is" : "are",
	    rest);
}

/* ---- all of it ---- */

static int
walk_segment(struct walk *w, const char *dir, int64_t number, int64_t bytes,
    struct err *err)
{
	AUTO(text_done) char *path = store_segment_path(dir, number);
	int fd, r;

	if (!path)
		return err_nomem(err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		gap_add(w, number);
		return 0;
	}
	if (fd < 0)
		return walk_errno(path, err);
	w->place = path + strlen(dir) + 1;
	r = walk_file(w, fd, path, bytes, err);
	close(fd);
	return r;
}

static int
walk_segments(struct walk *w, struct db *db, const char *dir, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r = db_query(db,
	    "SELECT number, bytes FROM journal_segment ORDER BY number", NULL,
	    &st, err);

	while (r >= 0 && (r = db_step(st, err)) > 0)
		r = walk_segment(
		    w, dir, db_col_int(st, 0), db_col_int(st, 1), err);
	return r;
}

static int
walk_rows(struct walk *w, struct db *db, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r = db_query(
	    db, "SELECT line FROM journal ORDER BY start", NULL, &st, err);

	w->place = "journal.jsonl";
	w->line = 0;
	while (r >= 0 && (r = db_step(st, err)) > 0)
		r = walk_line(w, db_col_text(st, 0), db_col_bytes(st, 0), err);
	return r;
}

static int
walk_open(const char *state_dir, struct db **ret, struct err *err)
{
	const struct db_options o = {
	    DB_READONLY, STORE_BUSY_MS, STORE_READER_CACHE_KIB};
	AUTO(text_done) char *path = text_printf("%s/mirror.db", state_dir);
	AUTO(db_done) struct db *db = NULL;
	int64_t n;
	int r;

	if (!path)
		return err_nomem(err);
	if (access(path, R_OK) < 0)
		return walk_errno(path, err);
	r = db_open(path, &o, &db, err);
	if (r == 0)
		r = db_exec(db, "BEGIN", err);
	if (r == 0)
		r = db_query_int(db,
		    "SELECT count(*) FROM sqlite_schema"
		    " WHERE name = 'journal_end'",
		    NULL, &n, err);
	if (r < 0)
		return r;
	if (n == 0)
		return err_set(err, -ENOTSUP,
		    "%s is of an older gotofs; mount it once with this one",
		    path);
	*ret = TAKE(db);
	return 0;
}

int
journal_each(
    const char *state_dir, journal_line_fn fn, void *ctx, struct err *err)
{
	struct walk w = {.fn = fn, .ctx = ctx};
	AUTO(db_done) struct db *db = NULL;
	int r = walk_open(state_dir, &db, err);

	if (r == 0)
		r = walk_segments(&w, db, state_dir, err);
	if (r == 0)
		r = walk_rows(&w, db, err);
	return r < 0 ? r : gap_check(&w, "", err);
}

/* ---- and its end ---- */

static int
verify_line(void *chain, const char *line, size_t n, struct err *err)
{
	return journal_chain_add(chain, line, n, err);
}

/* What comes behind a gap is a chain of its own. */
static void
verify_skip(void *chain)
{
	*(struct journal_chain *)chain =
	    (struct journal_chain)JOURNAL_CHAIN_NONE;
}

static int
verify_ends(const struct journal_chain *c, bool gaps,
    const struct store_head *head, struct err *err)
{
	if (gaps && c->lines_n == 0)
		return 0; /* the end is missing as well */
	if (c->lines_n > 0 && c->first_seq != 1 && !gaps)
		return err_set(err, -EBADMSG,
		    "the lines before seq %lld are missing",
		    (long long)c->first_seq);
	if (c->seq != head->journal_seq)
		return err_set(err, -EBADMSG,
		    "the lines after seq %lld are missing: the last one "
		    "written had seq %lld",
		    (long long)c->seq, (long long)head->journal_seq);
	if (strcmp(c->hash, head->journal_hash) != 0)
		return err_set(err, -EBADMSG,
		    "the line with seq %lld, the last one, was changed: "
		    "another SHA-256 of it was written down",
		    (long long)c->seq);
	return 0;
}

int
journal_verify(
    const char *state_dir, struct journal_chain *ret, struct err *err)
{
	struct journal_chain chain = JOURNAL_CHAIN_NONE;
	struct walk w = {.fn = verify_line, .ctx = &chain, .skip = verify_skip};
	struct store_head head = {.journal_hash = ""};
	AUTO(db_done) struct db *db = NULL;
	int r = walk_open(state_dir, &db, err);

	if (r == 0)
		r = walk_segments(&w, db, state_dir, err);
	if (r == 0)
		r = walk_rows(&w, db, err);
	if (r == 0)
		r = store_journal_load(db, &head, err);
	if (r == 0)
		r = verify_ends(&chain, w.gap_last > 0, &head, err);
	if (r == 0)
		r = gap_check(&w, "; what is there is whole", err);
	if (r < 0)
		return r;
	*ret = chain;
	return 0;
}
