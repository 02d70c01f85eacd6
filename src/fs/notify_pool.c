/* SPDX-License-Identifier: MIT */
/*
 * The threads that carry notifications into the kernel.
 *
 * Two at work are enough (a call takes some microseconds), unless they are
 * stuck: whoever has been inside the kernel for STUCK_MS no longer counts, and
 * the idle thread, of which there is always one while others work, takes its
 * place and starts the next idle one.  So there are never more threads than
 * stuck lanes and three, and they end when there is nothing to do.
 */
#include "notify_int.h"

#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/wait.h"

#define AT_WORK_N 2
#define WORKERS_MAX 256
#define STUCK_MS 20
#define IDLE_MS 5000

static void *work(void *arg);

/* At least one idle thread, if there is work for it or might be soon. */
static void
ensure_idle(struct fs_notify *n)
{
	struct worker *w;
	int r;

	notify_pool_reap(n);
	if (n->idle_n > 0 || n->workers_n >= WORKERS_MAX || n->stop)
		return;
	w = calloc(1, sizeof(*w));
	if (!w)
		return;
	w->notify = n;
	r = fs_thread_start(&w->thread, work, w);
	if (r) {
		log_error("no thread for notifications: %s", strerror(-r));
		free(w);
		return;
	}
	w->next = n->workers;
	n->workers = w;
	n->workers_n++;
	n->idle_n++;
}

void
notify_pool_wake(struct fs_notify *n)
{
	ensure_idle(n);
	pthread_cond_signal(&n->work);
}

static int
at_work_n(const struct fs_notify *n)
{
	int64_t now = clock_boot_ms();
	int at_work = 0;

	for (const struct worker *w = n->workers; w; w = w->next)
		at_work += w->inside_since_ms != 0 &&
			   now - w->inside_since_ms < STUCK_MS;
	return at_work;
}

/* Out of the kernel, the lock is held again. */
static void
carry(struct fs_notify *n, struct worker *w)
{
	struct lane *lane;
	struct fs_notice *notice = notify_next(n, &lane);

	n->idle_n--;
	ensure_idle(n);
	w->inside_since_ms = clock_boot_ms();
	pthread_mutex_unlock(&n->lock);
	notify_deliver(n, notice);
	free(notice);
	pthread_mutex_lock(&n->lock);
	w->inside_since_ms = 0;
	n->idle_n++;
	notify_lane_rest(n, lane);
	pthread_cond_broadcast(&n->moved);
}

/* Waits for work that this thread may take.  False: it is not needed. */
static bool
wait_for_work(struct fs_notify *n)
{
	int64_t until = clock_boot_ms() + IDLE_MS;
	int64_t left;

	while (!n->stop) {
		if (n->ready && at_work_n(n) < AT_WORK_N)
			return true;
		left = until - clock_boot_ms();
		if (!n->ready && left <= 0)
			return false;
		wait_cond_ms(&n->work, &n->lock, n->ready ? STUCK_MS : left);
	}
	return false;
}

static void
leave(struct fs_notify *n, struct worker *w)
{
	struct worker **at = &n->workers;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->next = n->dead;
	n->dead = w;
	n->workers_n--;
	n->idle_n--;
	pthread_cond_broadcast(&n->moved);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct fs_notify *n = w->notify;

	pthread_mutex_lock(&n->lock);
	while (wait_for_work(n))
		carry(n, w);
	leave(n, w);
	pthread_mutex_unlock(&n->lock);
	return NULL;
}

/* Those that have left; they need nothing but the lock to end. */
void
notify_pool_reap(struct fs_notify *n)
{
	struct worker *w;

	while ((w = n->dead)) {
		n->dead = w->next;
		pthread_join(w->thread, NULL);
		free(w);
	}
}

void
fs_notify_drain(struct fs_notify *n, int64_t timeout_ms)
{
	int64_t until = clock_boot_ms() + timeout_ms, left;

	pthread_mutex_lock(&n->lock);
	while (
	    n->lanes.n > 0 && !n->stop && (left = until - clock_boot_ms()) > 0)
		wait_cond_ms(&n->moved, &n->lock, left < 20 ? left : 20);
	pthread_mutex_unlock(&n->lock);
}

bool
fs_notify_stop(struct fs_notify *n, int64_t timeout_ms)
{
	int64_t until = clock_boot_ms() + timeout_ms;
	bool all;

	pthread_mutex_lock(&n->lock);
	n->stop = true;
	pthread_cond_broadcast(&n->work);
	while (n->workers_n > 0 && clock_boot_ms() < until)
		wait_cond_ms(&n->moved, &n->lock, until - clock_boot_ms());
	all = n->workers_n == 0;
	pthread_mutex_unlock(&n->lock);
	return all;
}
