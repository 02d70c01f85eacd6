/* SPDX-License-Identifier: MIT */
/*
 * A caller that waits for its verdict cannot be killed: the kernel waits for
 * our reply.  It tells us once, at the first signal, and EINTR must go to dying
 * callers alone (cp, dd, git ... repeat a write that says EINTR, for ever).
 * So one thread looks, at the first signal and every 200 ms from then on,
 * whether a pending signal is going to end the caller; if so the caller gets
 * its EINTR, which nobody will see, and the change goes on.
 */
#include "fs_int.h"

#include <errno.h>
#include <string.h>

#include "gotofs/log.h"
#include "gotofs/wait.h"

#define LOOK_EVERY_MS 200

/* The next interrupted caller of this round, with a reference; or NULL. */
static struct fs_waiting *
next_in_round(struct fs_waits *ws, unsigned round)
{
	struct fs_waiting *w;

	for (w = ws->first; w; w = w->next) {
		if (!w->interrupted || w->round == round)
			continue;
		w->round = round;
		w->refs_n++;
		return w;
	}
	return NULL;
}

/* With the lock held, which is released in between.  True: some wait on. */
static bool
look_at_all(struct fs_waits *ws, unsigned round)
{
	struct fs_waiting *w;
	bool some = false;

	while ((w = next_in_round(ws, round))) {
		pthread_mutex_unlock(&ws->lock);
		if (fs_signals_thread_dies(w->tid)) {
			fs_waiting_abandon(w, -EINTR);
		} else {
			fs_waiting_unref(w);
			some = true;
		}
		pthread_mutex_lock(&ws->lock);
	}
	return some;
}

static void *
watch(void *arg)
{
	struct fs_waits *ws = arg;
	unsigned round = 0;

	pthread_mutex_lock(&ws->lock);
	while (!ws->stop) {
		if (look_at_all(ws, ++round))
			wait_cond_ms(&ws->wake, &ws->lock, LOOK_EVERY_MS);
		else if (!ws->stop)
			pthread_cond_wait(&ws->wake, &ws->lock);
	}
	pthread_mutex_unlock(&ws->lock);
	return NULL;
}

void
fs_interrupt_kick(struct fs_waits *ws)
{
	int r;

	if (!ws->watched && !ws->stop) {
		r = fs_thread_start(&ws->watcher, watch, ws);
		if (r)
			log_error("a caller cannot be killed: no thread: %s",
			    strerror(-r));
		else
			ws->watched = true;
	}
	pthread_cond_signal(&ws->wake);
}

/* From a thread of libfuse's, which holds the lock of this request. */
static void
interrupted(fuse_req_t req, void *arg)
{
	struct fs_waiting *w = arg;
	struct fs_waits *ws = &w->call.fs->waits;

	if (w->tid <= 0) /* in a pid namespace that we do not see */
		return;
	pthread_mutex_lock(&ws->lock);
	w->interrupted = true;
	if (w->state == WAITING_PARKED)
		fs_interrupt_kick(ws);
	pthread_mutex_unlock(&ws->lock);
}

void
fs_interrupt_arm(struct fs_waiting *w)
{
	fuse_req_interrupt_func(w->call.req, interrupted, w);
}

/* Waits for a call of interrupted() that has begun: w may be freed after. */
void
fs_interrupt_disarm(struct fs_waiting *w)
{
	fuse_req_interrupt_func(w->call.req, NULL, NULL);
}
