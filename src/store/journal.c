/* SPDX-License-Identifier: MIT */
/*
 * The journal is a file made of lines; a line's key is the offset at which it
 * begins, so that reading anywhere is one seek.  Nothing is ever removed: the
 * offsets have no holes, and the last row says where the end is.
 */
#include "store_int.h"

#include "gotofs/buf.h"
#include "gotofs/crypto.h"

#include <errno.h>
#include <string.h>

/* Two documents of 1 MiB, and what escaping can make of the rest. */
#define JOURNAL_LINE_MAX (8u << 20)

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

	r = db_query(db,
	    "SELECT start, seq, line FROM journal ORDER BY start DESC LIMIT 1",
	    NULL, &st, err);
	if (r >= 0)
		r = db_step(st, err);
	if (r <= 0)
		return r;
	head->journal_bytes = db_col_int(st, 0);
	head->journal_seq = db_col_int(st, 1) - 1;
	r = journal_advance(head, db_col_text(st, 2), db_col_bytes(st, 2));
	return r < 0 ? err_set(err, r, "cannot hash the journal's end") : 0;
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
	AUTO(buf_done) struct buf line = BUF_MAX(JOURNAL_LINE_MAX);
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

int
store_journal_read(
    struct store *s, int64_t offset, size_t n, struct buf *out, struct err *err)
{
	AUTO(store_reader_done) struct store_reader rd = store_reader_get(s);
	AUTO(db_stmt_done) struct db_stmt *st = NULL;
	size_t before = out->len;
	int r;

	if (offset < 0)
		return err_set(err, -EINVAL, "an offset below 0");
	r = db_query(rd.db,
	    "SELECT start, line FROM journal WHERE start >="
	    " (SELECT max(start) FROM journal WHERE start <= ?1)"
	    " ORDER BY start",
	    DB_ARGS(db_int(offset)), &st, err);
	while (r >= 0 && n > 0 && (r = db_step(st, err)) > 0) {
		r = journal_take(st, &offset, &n, out);
		if (r < 0)
			err_set(err, r, "no room for the journal's text");
	}
	if (r < 0 && out->len > before)
		buf_resize(out, before);
	return r < 0 ? r : 0;
}
