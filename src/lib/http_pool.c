/* SPDX-License-Identifier: MIT */
/*
 * The handles: a fixed number of slots, lent one an exchange.  The lowest free
 * one is lent first, so that a light load stays on few, warm connections.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/wait.h"
#include "http_int.h"

#define HTTP_HANDLES_MAX 256

static void
http_global_init(void)
{
	struct sigaction old;

	/* whoever has it reads along (curl writes TLS's secrets there) */
	unsetenv("SSLKEYLOGFILE");
	http_memory_init();
	/* With CURLOPT_NOSIGNAL curl leaves SIGPIPE to the program; a lost
	 * connection must not end it. */
	if (sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
}

int
http_pool_new(int max_handles, struct http_pool **ret, struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http_pool *pool;

	if (max_handles < 1 || max_handles > HTTP_HANDLES_MAX)
		return err_set(err, -EINVAL,
		    "the number of parallel exchanges must be 1 to %d",
		    HTTP_HANDLES_MAX);
	pthread_once(&once, http_global_init);
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return err_nomem(err);
	pool->slots = calloc((size_t)max_handles, sizeof(*pool->slots));
	if (!pool->slots || wait_cond_init(&pool->freed) < 0) {
		free(pool->slots);
		free(pool);
		return err_nomem(err);
	}
	pthread_mutex_init(&pool->lock, NULL);
	pool->n = max_handles;
	pool->authorities = (struct buf)BUF_MAX(HTTP_AUTHORITIES_BYTES);
	*ret = pool;
	return 0;
}

void
http_pool_free(struct http_pool *pool)
{
	if (!pool)
		return;
	for (int i = 0; i < pool->n; i++) {
		curl_easy_cleanup(pool->slots[i].easy);
		curl_multi_cleanup(pool->slots[i].multi);
	}
	pthread_cond_destroy(&pool->freed);
	pthread_mutex_destroy(&pool->lock);
	buf_done(&pool->authorities);
	free(pool->slots);
	free(pool);
}

static struct http_slot *
http_pool_find_free(struct http_pool *pool)
{
	for (int i = 0; i < pool->n; i++)
		if (!pool->slots[i].busy)
			return &pool->slots[i];
	return NULL;
}

static int
http_slot_open(struct http_slot *slot)
{
	if (!slot->easy)
		slot->easy = curl_easy_init();
	if (!slot->multi)
		slot->multi = curl_multi_init();
	return slot->easy && slot->multi ? 0 : -ENOMEM;
}

int
http_pool_take(struct http_pool *pool, int64_t deadline_ms,
    struct http_slot **ret, struct err *err)
{
	struct http_slot *slot = NULL;
	int r = 0;

	pthread_mutex_lock(&pool->lock);
	while (r == 0 && !(slot = http_pool_find_free(pool))) {
		int64_t left = deadline_ms - clock_boot_ms();

		if (atomic_load(&pool->cancelled))
			break;
		if (left <= 0)
			r = err_set(err, -ETIMEDOUT,
			    "all connections were busy until the deadline");
		else
			wait_cond_ms(&pool->freed, &pool->lock, left);
	}
	if (r == 0 && atomic_load(&pool->cancelled))
		r = err_set(err, -ECANCELED, "shutting down");
	if (r == 0 && http_slot_open(slot) < 0)
		r = err_nomem(err);
	if (r == 0) {
		slot->busy = true;
		*ret = slot;
	}
	pthread_mutex_unlock(&pool->lock);
	return r;
}

void
http_pool_give(struct http_pool *pool, struct http_slot *slot)
{
	pthread_mutex_lock(&pool->lock);
	slot->busy = false;
	pthread_cond_signal(&pool->freed);
	pthread_mutex_unlock(&pool->lock);
}

void
http_cancel(struct http_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	atomic_store(&pool->cancelled, true);
	for (int i = 0; i < pool->n; i++)
		if (pool->slots[i].busy)
			curl_multi_wakeup(pool->slots[i].multi);
	pthread_cond_broadcast(&pool->freed);
	pthread_mutex_unlock(&pool->lock);
}
