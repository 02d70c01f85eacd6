/* SPDX-License-Identifier: MIT */
#include "store_int.h"

#include "gotofs/clock.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static void
batch_free(struct store_batch *b)
{
	struct store *s = b->s;

	free(b);
	pthread_mutex_unlock(&s->writer_lock);
}

/* How a transaction ends is said outside of one, and when it is prepared. */
static int
batch_set_soon(struct store *s, bool soon, struct err *err)
{
	int r;

	if (s->soon == soon)
		return 0;
	r = db_exec(s->writer,
	    soon ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL",
	    err);
	if (r >= 0)
		s->soon = soon;
	return r;
}

static int
batch_begin(
    struct store *s, bool soon, struct store_batch **ret, struct err *err)
{
	struct store_batch *b;
	int r;

	assert(!store_reader_held(s));
	r = pthread_mutex_lock(&s->writer_lock);
	assert(r == 0); /* EDEADLK: this thread has a batch open */
	b = calloc(1, sizeof(*b));
	if (!b) {
		pthread_mutex_unlock(&s->writer_lock);
		return err_nomem(err);
	}
	b->s = s;
	b->head = s->head;
	r = batch_set_soon(s, soon, err);
	if (r >= 0)
		r = db_run(s->writer, "BEGIN IMMEDIATE", NULL, err);
	if (r < 0) {
		batch_free(b);
		return r;
	}
	*ret = b;
	return 0;
}

int
store_begin(struct store *s, struct store_batch **ret, struct err *err)
{
	return batch_begin(s, false, ret, err);
}

int
store_begin_soon(struct store *s, struct store_batch **ret, struct err *err)
{
	return batch_begin(s, true, ret, err);
}

void
store_rollback(struct store_batch *b)
{
	if (!b)
		return;
	db_rollback(b->s->writer);
	batch_free(b);
}

int
store_commit(struct store_batch *b, struct err *err)
{
	struct store *s = b->s;
	int r;

	r = store_batch_check(b, err);
	if (r >= 0)
		r = store_journal_end(b, err);
	if (r >= 0)
		r = db_run(s->writer, "COMMIT", NULL, err);
	if (r < 0) {
		store_rollback(b);
		return r;
	}
	s->head = b->head;
	atomic_store(&s->journal_bytes, s->head.journal_bytes);
	if (s->head.complete)
		atomic_store(&s->generation, s->head.generation);
	batch_free(b);
	return 0;
}

int
store_end(struct store_batch *b, int r, struct err *err)
{
	if (r >= 0 && b)
		return store_commit(b, err);
	store_rollback(b);
	return r;
}

int
store_batch_check(const struct store_batch *b, struct err *err)
{
	if (b->spoilt.code < 0)
		return err_set(err, b->spoilt.code, "%s", b->spoilt.msg);
	if (!db_in_transaction(b->s->writer))
		return err_set(err, -EIO,
		    "%s: the transaction ended before its time", b->s->path);
	return 0;
}

int
store_batch_end(
    struct store_batch *b, int r, const struct err *why, struct err *err)
{
	if (r >= 0)
		return r;
	b->spoilt = *why;
	b->spoilt.code = r;
	return err_set(err, r, "%s", why->msg);
}

int
store_batch_run(struct store_batch *b, const char *sql,
    const struct db_value *args, struct err *err)
{
	struct err why = ERR_NONE;
	int r = store_batch_check(b, err);

	if (r < 0)
		return r;
	r = db_run(b->s->writer, sql, args, &why);
	return store_batch_end(b, r, &why, err);
}

int
store_batch_int(struct store_batch *b, const char *sql,
    const struct db_value *args, int64_t *ret, struct err *err)
{
	struct err why = ERR_NONE;
	int r = store_batch_check(b, err);

	if (r < 0)
		return r;
	r = db_query_int(b->s->writer, sql, args, ret, &why);
	return r == -ENOENT ? r : store_batch_end(b, r, &why, err);
}

/* ---- generations ---- */

int64_t
store_batch_generation(struct store_batch *b)
{
	return b->head.generation + (b->generation_taken ? 0 : 1);
}

int
store_batch_take_generation(struct store_batch *b, struct err *err)
{
	int64_t now = clock_wall_ms();
	int r;

	if (b->generation_taken)
		return store_batch_check(b, err);
	if (now < b->head.generation_ms)
		now = b->head.generation_ms;
	r = store_batch_run(b,
	    "INSERT INTO generation(generation, time_ms, complete)"
	    " VALUES(?1, ?2, ?3)",
	    DB_ARGS(db_int(b->head.generation + 1), db_int(now),
		db_int(b->head.complete)),
	    err);
	if (r < 0)
		return r;
	b->generation_taken = true;
	b->head.generation++;
	b->head.generation_ms = now;
	return 0;
}

int
store_publish(struct store_batch *b, struct err *err)
{
	int r;

	if (b->head.complete)
		return store_batch_check(b, err);
	r = store_batch_take_generation(b, err);
	if (r >= 0)
		r = store_batch_run(b,
		    "UPDATE generation SET complete = 1 WHERE generation = ?1",
		    DB_ARGS(db_int(b->head.generation)), err);
	if (r >= 0)
		b->head.complete = true;
	return r;
}
