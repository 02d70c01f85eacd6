/* SPDX-License-Identifier: MIT */
/*
 * The journal is a file made of lines; a line's key is the offset at which it
 * begins, so that reading anywhere is one seek.  Nothing is ever removed, only
 * moved (journal_rotate.c): the offsets have no holes.  Where the end is, and
 * the hash of the last line, is written down beside it with each batch, so
 * that lines that are missing there are missed.
 */
#include "store_int.h"

#include "gotofs/buf.h"
#include "gotofs/crypto.h"

#include <errno.h>
#include <string.h>

/* Puts the head behind the line at its end. */
static int
journal_advance(struct store_head *head, const char *line, size_t len)
{
	uint8_t sum[CRYPTO_SHA256_BYTES];
	int r;

	r = crypto_sha256(line, len, sum);
	if (r < 0)
		return r;
	crypto_hex(sum, sizeof(sum), head->journal_hash);
	head->journal_bytes += (int64_t)len + 1;
	head->journal_seq++;
	return 0;
}

int
store_journal_load(struct db *db, struct store_head *head, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_query(
	    db, "SELECT bytes, seq, hash FROM journal_end", NULL, &st, err);
	if (r >= 0)
		r = db_step(st, err);
	if (r <= 0)
		return r;
	if (db_col_bytes(st, 2) >= sizeof(head->journal_hash))
		return err_set(err, -EIO, "the journal's end is damaged");
	head->journal_bytes = db_col_int(st, 0);
	head->journal_seq = db_col_int(st, 1);
	memcpy(head->journal_hash, db_col_text(st, 2), db_col_bytes(st, 2) + 1);
	return 0;
}

static int
journal_end_put(struct store_batch *b, struct err *err)
{
	return store_batch_run(b,
	    "INSERT INTO journal_end(one, bytes, seq, hash)"
	    " VALUES(1, ?1, ?2, ?3) ON CONFLICT(one) DO UPDATE SET"
	    " bytes = excluded.bytes, seq = excluded.seq, hash = excluded.hash",
	    DB_ARGS(db_int(b->head.journal_bytes), db_int(b->head.journal_seq),
		db_text(b->head.journal_hash)),
	    err);
}

int
store_journal_end(struct store_batch *b, struct err *err)
{
	if (b->head.journal_seq == b->s->head.journal_seq)
		return 0;
	return journal_end_put(b, err);
}

/* From the last line there is. */
static int
journal_find_end(struct store_batch *b, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r;

	r = db_query(b->s->writer,
	    "SELECT start, seq, line FROM journal ORDER BY start DESC LIMIT 1",
	    NULL, &st, err);
	if (r >= 0)
		r = db_step(st, err);
	if (r <= 0)
		return r;
	b->head.journal_bytes = db_col_int(st, 0);
	b->head.journal_seq = db_col_int(st, 1) - 1;
	r = journal_advance(&b->head, db_col_text(st, 2), db_col_bytes(st, 2));
	return r < 0 ? err_set(err, r, "cannot hash the journal's end") : 0;
}

int
store_journal_end_first(struct store *s, struct err *err)
{
	struct store_batch *b = NULL;
	int64_t n;
	int r = db_query_int(
	    s->writer, "SELECT count(*) FROM journal_end", NULL, &n, err);

	if (r < 0 || n > 0)
		return r;
	r = store_begin(s, &b, err);
	if (r < 0)
		return r;
	r = journal_find_end(b, err);
	if (r >= 0)
		r = journal_end_put(b, err);
	return store_end(b, r, err);
}

static int
journal_fail(struct store_batch *b, int code, struct err *err)
{
	struct err why = ERR_NONE;

	err_set(&why, code,
	    code == -ENOMEM ? "out of memory" : "cannot make a journal line");
	return store_batch_end(b, code, &why, err);
}

int
store_journal_add(
    struct store_batch *b, const struct store_journal_entry *e, struct err *err)
{
	AUTO(buf_done) struct buf line = BUF_MAX(STORE_JOURNAL_LINE_MAX);
	struct store_head *head = &b->head;
	int r;

	r = store_journal_line(
	    e, head->journal_seq + 1, head->journal_hash, &line);
	if (r < 0)
		return journal_fail(b, r, err);
	r = store_batch_run(b,
	    "INSERT INTO journal(start, seq, line) VALUES(?1, ?2, ?3)",
	    DB_ARGS(db_int(head->journal_bytes), db_int(head->journal_seq + 1),
		db_text_n(line.data, line.len)),
	    err);
	if (r < 0)
		return r;
	r = journal_advance(head, line.data, line.len);
	return r < 0 ? journal_fail(b, r, err) : 0;
}

int64_t
store_journal_bytes(struct store *s)
{
	return atomic_load(&s->journal_bytes);
}

int64_t
store_journal_base(struct store *s)
{
	return atomic_load(&s->journal_base);
}

int
store_journal_last_ms(struct store *s, int64_t *ret, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	int r = db_query_int(rd.db,
	    "SELECT 1000 * (1 + unixepoch(line ->> 'time')) FROM journal"
	    " ORDER BY start DESC LIMIT 1",
	    NULL, ret, err);

	if (r != -ENOENT)
		return r;
	*ret = 0;
	return 0;
}

/* Of a line that begins at start, with its newline: what lies in
 * [offset, offset + *n) and was not yet taken. */
static int
journal_take(struct db_stmt *st, int64_t *offset, size_t *n, struct buf *out)
{
	const char *line = db_col_text(st, 1);
	size_t len = db_col_bytes(st, 1);
	size_t skip = (size_t)(*offset - db_col_int(st, 0)), take;
	int r = 0;

	take = skip < len ? len - skip : 0;
	if (take > *n)
		take = *n;
	if (take > 0)
		r = buf_append(out, line + skip, take);
	if (r >= 0 && skip <= len && take < *n) {
		r = buf_putc(out, '\n');
		take++;
	}
	*offset += (int64_t)take;
	*n -= take;
	return r;
}

static int
journal_read_rows(
    struct db *db, int64_t *offset, size_t *n, struct buf *out, struct err *err)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	int r = db_query(db,
	    "SELECT start, line FROM journal WHERE start >="
	    " (SELECT max(start) FROM journal WHERE start <= ?1)"
	    " ORDER BY start",
	    DB_ARGS(db_int(*offset)), &st, err);

	while (r >= 0 && *n > 0 && (r = db_step(st, err)) > 0) {
		r = journal_take(st, offset, n, out);
		if (r < 0)
			err_set(err, r, "no room for the journal's text");
	}
	return r < 0 ? r : 0;
}

static int
journal_read_moved(struct store *s, struct db *db, int64_t *offset, size_t *n,
    struct buf *out, struct err *err)
{
	size_t before = out->len;
	int r = store_segment_read(db, s->dir, *offset, *n, out, err);

	*offset += (int64_t)(out->len - before);
	*n -= out->len - before;
	return r;
}

/* The rows first: those that are moved meanwhile are in a segment by then. */
int
store_journal_read(
    struct store *s, int64_t offset, size_t n, struct buf *out, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	int64_t end = store_journal_bytes(s);
	size_t before = out->len, left;
	int r = 0;

	if (offset < 0)
		return err_set(err, -EINVAL, "an offset below 0");
	do {
		left = n;
		r = journal_read_rows(rd.db, &offset, &n, out, err);
		if (r == 0 && n == left && n > 0 && offset < end)
			r = journal_read_moved(s, rd.db, &offset, &n, out, err);
	} while (r == 0 && n > 0 && n < left && offset < end);
	if (r < 0 && out->len > before)
		buf_resize(out, before);
	return r;
}
