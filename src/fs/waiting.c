/* SPDX-License-Identifier: MIT */
/*
 * A write or fsync that waits for the tenant's verdict.
 *
 * Three parties meet here: the worker that brought the request (until
 * fs_waiting_settle), the tenant's done(), and the watcher (interrupt.c) that
 * sees the caller die.  Whoever turns the state into WAITING_OVER answers, so
 * there is exactly one reply:
 *
 *   BEGINS  the worker is inside the tenant.  done() leaves its result here
 *           and the worker answers when it comes back: until then the request
 *           must not vanish under its feet.
 *   PARKED  done() answers, or the watcher does after tenant_abandon said
 *           true, which means that done() will not be called.
 *
 * References: one belongs to whoever will answer; the watcher takes another
 * while it looks, so that done() may come and answer at any moment.
 *
 * Lock order: libfuse's request lock, then fs_waits.lock: libfuse calls the
 * interrupt function with the former held.  So nothing here calls libfuse with
 * fs_waits.lock held.
 */
#include "fs_int.h"

#include <errno.h>
#include <stdlib.h>

#include "gotofs/log.h"
#include "gotofs/wait.h"

int
fs_waits_init(struct fs_waits *ws)
{
	*ws = (struct fs_waits){0};
	pthread_mutex_init(&ws->lock, NULL);
	return wait_cond_init(&ws->wake);
}

static void
unlink_waiting(struct fs_waiting *w)
{
	if (!w->prev)
		return;
	*w->prev = w->next;
	if (w->next)
		w->next->prev = w->prev;
	w->prev = NULL;
}

static void
link_waiting(struct fs_waits *ws, struct fs_waiting *w)
{
	w->next = ws->first;
	w->prev = &ws->first;
	if (w->next)
		w->next->prev = &w->next;
	ws->first = w;
}

static void
unref_n(struct fs_waiting *w, int n)
{
	struct fs_waits *ws = &w->call.fs->waits;
	bool last;

	pthread_mutex_lock(&ws->lock);
	w->refs_n -= n;
	last = w->refs_n == 0;
	pthread_mutex_unlock(&ws->lock);
	if (last)
		free(w);
}

void
fs_waiting_unref(struct fs_waiting *w)
{
	unref_n(w, 1);
}

static void
reply(struct fs_call *c, int result, size_t bytes_n)
{
	if (!result && c->op == FS_OP_write)
		fs_reply_written(c, bytes_n);
	else
		fs_reply_result(c, result);
}

bool
fs_waits_defer(struct fs_waits *ws, uint64_t node)
{
	struct fs_waiting *w;
	bool defers = false;

	pthread_mutex_lock(&ws->lock);
	for (w = ws->first; w; w = w->next)
		if (w->node == node)
			defers = w->stale = true;
	pthread_mutex_unlock(&ws->lock);
	return defers;
}

/* After the reply: what was put off for its sake. */
static void
send_held(struct fs_waiting *w)
{
	struct fs_notify *n = w->call.fs->notify;

	fs_notify_send(n, &w->held);
	if (w->stale)
		fs_notify_post(n, FS_NOTICE_INODE, w->node, "");
}

/* The verdict, from a thread of the tenant. */
static void
waiting_done(struct tenant_waiter *waiter, int result)
{
	struct fs_waiting *w = waiter->ctx;
	struct fs_waits *ws = &w->call.fs->waits;
	bool begins;

	pthread_mutex_lock(&ws->lock);
	begins = w->state == WAITING_BEGINS;
	w->state = WAITING_OVER;
	w->result = result;
	unlink_waiting(w);
	pthread_mutex_unlock(&ws->lock);
	if (begins)
		return;
	fs_interrupt_disarm(w);
	reply(&w->call, result, w->bytes_n);
	send_held(w);
	fs_waiting_unref(w);
}

struct fs_waiting *
fs_waiting_new(struct fs_call *c, uint64_t node, size_t bytes_n)
{
	struct fs_waiting *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->waiter.done = waiting_done;
	w->waiter.ctx = w;
	w->call = *c;
	w->node = node;
	w->bytes_n = bytes_n;
	w->tid = fuse_req_ctx(c->req)->pid;
	w->refs_n = 1;
	return w;
}

/* False: the verdict came while the worker was inside the tenant. */
static bool
park(struct fs_waiting *w)
{
	struct fs_waits *ws = &w->call.fs->waits;
	bool parked;

	fs_interrupt_arm(w);
	w->held = fs_notify_take();
	pthread_mutex_lock(&ws->lock);
	parked = w->state == WAITING_BEGINS;
	if (parked) {
		w->state = WAITING_PARKED;
		link_waiting(ws, w);
		if (w->interrupted)
			fs_interrupt_kick(ws);
	}
	pthread_mutex_unlock(&ws->lock);
	return parked;
}

void
fs_waiting_settle(struct fs_waiting *w, struct fs_call *c, int result)
{
	if (result == TENANT_WAIT) {
		w->call = fs_call_hand_over(c);
		if (park(w))
			return;
		fs_interrupt_disarm(w);
		reply(&w->call, w->result, w->bytes_n);
		fs_notify_send(w->call.fs->notify, &w->held);
	} else {
		reply(c, result, w->bytes_n);
	}
	free(w);
}

void
fs_waiting_abandon(struct fs_waiting *w, int result)
{
	struct fs *fs = w->call.fs;

	if (!tenant_abandon(fs->tenant, &w->waiter)) {
		fs_waiting_unref(w);
		return;
	}
	pthread_mutex_lock(&fs->waits.lock);
	w->state = WAITING_OVER;
	unlink_waiting(w);
	pthread_mutex_unlock(&fs->waits.lock);
	fs_interrupt_disarm(w);
	fs_reply_exact(&w->call, result);
	send_held(w);
	unref_n(w, 2);
}

/* The tenant has stopped, so nobody waits any more, or it has a bug. */
static void
abandon_all(struct fs_waits *ws)
{
	struct fs_waiting *w;

	for (;;) {
		pthread_mutex_lock(&ws->lock);
		w = ws->first;
		if (w) {
			unlink_waiting(w);
			w->refs_n++;
		}
		pthread_mutex_unlock(&ws->lock);
		if (!w)
			return;
		log_error(
		    "%s never had its verdict: a bug", fs_op_name(w->call.op));
		fs_waiting_abandon(w, -EIO);
	}
}

void
fs_waits_done(struct fs_waits *ws)
{
	bool watched;

	pthread_mutex_lock(&ws->lock);
	ws->stop = true;
	watched = ws->watched;
	pthread_cond_broadcast(&ws->wake);
	pthread_mutex_unlock(&ws->lock);
	if (watched)
		pthread_join(ws->watcher, NULL);
	abandon_all(ws);
	pthread_cond_destroy(&ws->wake);
	pthread_mutex_destroy(&ws->lock);
}
