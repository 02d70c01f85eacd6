/* SPDX-License-Identifier: MIT */
/*
 * What the files of the store share.
 *
 * The head is the end of what only grows (generations, the journal).  It is
 * kept in memory, copied into a batch, moved on there, and copied back once
 * the batch is durable: a rollback merely forgets the copy.
 *
 * A batch in which a write failed is spoilt: SQLite may have rolled all of it
 * back, and a later statement would then be a transaction of its own.  So
 * every write goes through store_batch_run or store_batch_check, and
 * store_commit repeats the first failure.
 *
 * Lock order: writer_lock, pool_lock.  A thread that holds a reader must not
 * ask for the writer (a callback of an _each function must not begin a batch).
 */
#ifndef GOTOFS_STORE_INT_H
#define GOTOFS_STORE_INT_H

#include "gotofs/crypto.h"
#include "gotofs/db.h"
#include "gotofs/err.h"
#include "gotofs/store.h"

#include <pthread.h>
#include <stdatomic.h>

struct buf;

#define STORE_READERS 4
#define STORE_BUSY_MS 5000
#define STORE_WRITER_CACHE_KIB 8192
#define STORE_READER_CACHE_KIB 2048
/* Two documents of 1 MiB, and what escaping can make of the rest. */
#define STORE_JOURNAL_LINE_MAX (8u << 20)
#define STORE_NUMBER_MAX (INT64_C(1) << 40)

/* valid_to of a present version, as the indexes of schema.c spell it. */
#define STORE_OPEN "9223372036854775807"

struct store_head {
	int64_t generation; /* the last one */
	int64_t generation_ms;
	bool complete; /* a complete listing was published */
	int64_t journal_seq;
	int64_t journal_bytes;
	char journal_hash[CRYPTO_SHA256_HEX_BYTES]; /* of the last line, "" */
};

struct store {
	char *dir;
	char *path; /* of the database */
	int lock_fd;
	pthread_mutex_t writer_lock; /* held by a batch; guards the next ones */
	struct db *writer;
	struct store_head head;
	bool soon; /* the writer does not wait for the disk now */
	pthread_mutex_t pool_lock; /* guards the next two */
	pthread_cond_t pool_cond;
	struct db *readers[STORE_READERS]; /* the idle ones */
	size_t readers_n;
	_Atomic int64_t generation; /* what store_generation() answers */
	_Atomic int64_t journal_bytes;
	_Atomic int64_t journal_base; /* where the rows begin */
};

struct store_batch {
	struct store *s;
	struct store_head head;
	bool generation_taken;
	struct err spoilt; /* code < 0: the first failure */
};

/* ---- store.c ---- */

/* The one gotofs of this folder, which is made when absent; held until the
 * descriptor is closed. -EBUSY. */
int store_lock(const char *dir, int *ret_fd, struct err *err);

/* ---- schema.c ---- */

/* Brings the database to the newest version; -ENOTSUP beyond it. */
int store_schema_migrate(struct db *db, struct err *err);
/* The same with other steps: steps[i] leads from version i to i + 1. */
int store_schema_run(
    struct db *db, const char *const *steps, int n, struct err *err);

/* ---- store_pool.c ---- */

/* A read connection; of a thread that holds one already: that one. */
struct store_reader {
	struct store *s;
	struct db *db;
	bool nested;
};
int store_pool_open(struct store *s, struct err *err);
void store_pool_close(struct store *s);
struct store_reader store_reader_get(struct store *s);
void store_reader_done(struct store_reader *rd); /* for AUTO */
bool store_reader_held(const struct store *s);	 /* by this thread */

/* ---- store_batch.c ---- */

/* Fails when the batch is spoilt already. */
int store_batch_check(const struct store_batch *b, struct err *err);
/* r >= 0: r; else the batch is spoilt for the reason why, copied to err. */
int store_batch_end(
    struct store_batch *b, int r, const struct err *why, struct err *err);
int store_batch_run(struct store_batch *b, const char *sql,
    const struct db_value *args, struct err *err);
/* -ENOENT without a row: the batch is as good as before. */
int store_batch_int(struct store_batch *b, const char *sql,
    const struct db_value *args, int64_t *ret, struct err *err);
/* Writes down the generation of this batch, once. */
int store_batch_take_generation(struct store_batch *b, struct err *err);

/* ---- journal.c, journal_line.c ---- */

/* The end as it was written down. */
int store_journal_load(struct db *db, struct store_head *head, struct err *err);
/* Writes it down, when this batch has moved it. */
int store_journal_end(struct store_batch *b, struct err *err);
/* The same for a journal from before there was such a thing. */
int store_journal_end_first(struct store *s, struct err *err);
/* Without the newline; appended to out. */
int store_journal_line(const struct store_journal_entry *e, int64_t seq,
    const char *prev, struct buf *out);

/* ---- journal_rotate.c ---- */

char *store_segment_path(const char *dir, int64_t number); /* on the heap */
/* At most n bytes from offset of the segment that has it; appended to out.
 * Nothing when none has. */
int store_segment_read(struct db *db, const char *dir, int64_t offset, size_t n,
    struct buf *out, struct err *err);

/* ---- nodes.c ---- */

/* The number of an identity; -ENOENT when it has none. */
int store_number_find(struct store_batch *b, enum store_kind kind,
    const char *key, int64_t *ret, struct err *err);
int store_number_need(struct store_batch *b, enum store_kind kind,
    const char *key, int64_t *ret, struct err *err);

/* ---- records.c ---- */

/* Of a version r, in the order in which store_record_of_row reads them; its
 * text comes after, if it does. */
#define STORE_RECORD_COLUMNS                                                   \
	"r.id, r.kind, r.number, r.key, r.name, r.ref, r.flags, r.hash,"       \
	" r.changed_ns, r.text_bytes"
#define STORE_RECORD_COLUMNS_N 10
struct store_record store_record_of_row(struct db_stmt *st, bool with_text);
/* A text that waits for its record; the id is that of the version to be. */
int store_text_add(struct store_batch *b, const struct store_record *r,
    int64_t *ret_id, struct err *err);
/* The version r->id begins; that before it ends. */
int store_version_begin(struct store_batch *b, const struct store_record *r,
    int64_t *ret_number, struct err *err);

#endif
