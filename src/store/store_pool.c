/* SPDX-License-Identifier: MIT */
/*
 * The read connections.
 *
 * A thread that holds one and reads again (a callback that asks for a text)
 * gets the same: threads that each hold one and wait for a second would wait
 * for ever, and within one walk it sees one state.  The last one given back
 * is the first one taken: its pages are warm.
 */
#include "store_int.h"

static _Thread_local struct store_reader pool_held;

int
store_pool_open(struct store *s, struct err *err)
{
	const struct db_options o = {
	    DB_READONLY, STORE_BUSY_MS, STORE_READER_CACHE_KIB};
	int r;

	for (; s->readers_n < STORE_READERS; s->readers_n++) {
		r = db_open(s->path, &o, &s->readers[s->readers_n], err);
		if (r < 0)
			return r;
	}
	return 0;
}

void
store_pool_close(struct store *s)
{
	while (s->readers_n > 0)
		db_close(s->readers[--s->readers_n]);
}

bool
store_reader_held(const struct store *s)
{
	return pool_held.s == s;
}

struct store_reader
store_reader_get(struct store *s)
{
	struct store_reader rd = {s, NULL, false};

	if (store_reader_held(s)) {
		rd = pool_held;
		rd.nested = true;
		return rd;
	}
	pthread_mutex_lock(&s->pool_lock);
	while (s->readers_n == 0)
		pthread_cond_wait(&s->pool_cond, &s->pool_lock);
	rd.db = s->readers[--s->readers_n];
	pthread_mutex_unlock(&s->pool_lock);
	if (!pool_held.s)
		pool_held = rd;
	return rd;
}

void
store_shrink(struct store *s)
{
	size_t i;

	pthread_mutex_lock(&s->writer_lock);
	db_shrink(s->writer);
	pthread_mutex_unlock(&s->writer_lock);
	pthread_mutex_lock(&s->pool_lock);
	for (i = 0; i < s->readers_n; i++)
		db_shrink(s->readers[i]);
	pthread_mutex_unlock(&s->pool_lock);
}

void
store_reader_done(struct store_reader *rd)
{
	struct store *s = rd->s;

	if (!s || rd->nested)
		return;
	if (pool_held.db == rd->db)
		pool_held = (struct store_reader){NULL, NULL, false};
	pthread_mutex_lock(&s->pool_lock);
	s->readers[s->readers_n++] = rd->db;
	pthread_cond_signal(&s->pool_cond);
	pthread_mutex_unlock(&s->pool_lock);
	rd->s = NULL;
}
