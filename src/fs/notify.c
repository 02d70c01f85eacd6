/* SPDX-License-Identifier: MIT */
/*
 * The tenant's events on their way to the kernel.
 *
 * Telling the kernel that an entry is stale (inval_entry) takes the directory's
 * lock, which a process may hold whose own request is waiting for us; that an
 * inode is stale (inval_inode) waits for the pages of a write that is waiting
 * for its verdict.  Either may take seconds.  Therefore:
 *
 * - no request waits for a notification, and none is sent with a lock held;
 * - there is a lane for the entries of each directory and one for each inode;
 *   a lane is emptied in order, by one thread at a time, and no lane waits for
 *   another (notify_pool.c);
 * - what a request causes goes out after its reply (the batch of its thread);
 * - an event that is equal to one that still waits is dropped; one that is on
 *   its way already is not enough, and is queued again.
 *
 * After an entry its directory is stale too: its listing, size and times.
 */
#include "notify_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/log.h"
#include "gotofs/wait.h"

/* Of this thread, while it is inside a request. */
static _Thread_local struct {
	struct fs_notify *notify; /* NULL: not inside one */
	struct fs_batch batch;
} held;

int
fs_notify_new(struct fs *fs, struct fs_notify **ret)
{
	struct fs_notify *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->fs = fs;
	n->ready_last = &n->ready;
	pthread_mutex_init(&n->lock, NULL);
	wait_cond_init(&n->work);
	wait_cond_init(&n->moved);
	*ret = n;
	return 0;
}

static struct fs_notice *
notice_new(enum fs_notice_kind kind, uint64_t node, const char *name)
{
	size_t name_n = strlen(name) + 1;
	struct fs_notice *notice = calloc(1, sizeof(*notice) + name_n);

	if (!notice)
		return NULL;
	notice->kind = kind;
	notice->node = node;
	memcpy(notice->name, name, name_n);
	return notice;
}

static uint64_t
lane_hash(enum fs_notice_kind kind, uint64_t node)
{
	return map_hash_u64(node * 2 + kind);
}

static uint64_t
notice_hash(const struct fs_notice *notice)
{
	return map_hash_str(
	    notice->name, lane_hash(notice->kind, notice->node));
}

/* Does an equal one wait? */
static bool
notice_waits(const struct fs_notify *n, const struct fs_notice *notice)
{
	struct map_link *l = map_first(&n->notices, notice_hash(notice));

	for (; l; l = map_next(l)) {
		const struct fs_notice *other =
		    map_entry(l, struct fs_notice, link);
		if (other->kind == notice->kind &&
		    other->node == notice->node &&
		    !strcmp(other->name, notice->name))
			return true;
	}
	return false;
}

static struct lane *
lane_find(const struct fs_notify *n, enum fs_notice_kind kind, uint64_t node)
{
	struct map_link *l = map_first(&n->lanes, lane_hash(kind, node));

	for (; l; l = map_next(l)) {
		struct lane *lane = map_entry(l, struct lane, link);
		if (lane->kind == kind && lane->node == node)
			return lane;
	}
	return NULL;
}

/* A new lane is ready at once. */
static struct lane *
lane_get(struct fs_notify *n, enum fs_notice_kind kind, uint64_t node)
{
	struct lane *lane = lane_find(n, kind, node);

	if (lane)
		return lane;
	lane = calloc(1, sizeof(*lane));
	if (!lane)
		return NULL;
	lane->kind = kind;
	lane->node = node;
	lane->last = &lane->first;
	if (map_add(&n->lanes, &lane->link, lane_hash(kind, node))) {
		free(lane);
		return NULL;
	}
	notify_lane_ready(n, lane);
	return lane;
}

void
notify_lane_ready(struct fs_notify *n, struct lane *lane)
{
	lane->next_ready = NULL;
	*n->ready_last = lane;
	n->ready_last = &lane->next_ready;
}

/* Its notice has gone out: to the end of the line, or away. */
void
notify_lane_rest(struct fs_notify *n, struct lane *lane)
{
	if (lane->first) {
		notify_lane_ready(n, lane);
		return;
	}
	map_remove(&n->lanes, &lane->link);
	free(lane);
}

/* The first ready lane, which is at work from now on, and its notice. */
struct fs_notice *
notify_next(struct fs_notify *n, struct lane **ret_lane)
{
	struct lane *lane = n->ready;
	struct fs_notice *notice;

	if (!lane)
		return NULL;
	n->ready = lane->next_ready;
	if (!n->ready)
		n->ready_last = &n->ready;
	notice = lane->first;
	lane->first = notice->next;
	if (!lane->first)
		lane->last = &lane->first;
	map_remove(&n->notices, &notice->link);
	*ret_lane = lane;
	return notice;
}

/* Takes the notice.  With the lock held. */
static int
enqueue(struct fs_notify *n, struct fs_notice *notice)
{
	struct lane *lane;

	notice->next = NULL;
	if (n->stop || notice_waits(n, notice)) {
		free(notice);
		return 0;
	}
	if (map_add(&n->notices, &notice->link, notice_hash(notice))) {
		free(notice);
		return -ENOMEM;
	}
	lane = lane_get(n, notice->kind, notice->node);
	if (!lane) {
		map_remove(&n->notices, &notice->link);
		free(notice);
		return -ENOMEM;
	}
	*lane->last = notice;
	lane->last = &notice->next;
	notify_pool_wake(n);
	return 0;
}

static void
post_one(struct fs_notify *n, enum fs_notice_kind kind, uint64_t node,
    const char *name)
{
	struct fs_notice *notice = notice_new(kind, node, name);
	int r = -ENOMEM;

	if (notice && held.notify == n) {
		notice->next = held.batch.first;
		held.batch.first = notice;
		return;
	}
	if (notice) {
		pthread_mutex_lock(&n->lock);
		r = enqueue(n, notice);
		pthread_mutex_unlock(&n->lock);
	}
	if (r)
		log_error("no memory to tell the kernel what is stale");
}

void
fs_notify_post(struct fs_notify *n, enum fs_notice_kind kind, uint64_t node,
    const char *name)
{
	if (!atomic_load(&n->open))
		return;
	post_one(n, kind, node, name);
	if (kind == FS_NOTICE_ENTRY)
		post_one(n, FS_NOTICE_INODE, node, "");
}

void
fs_notify_open(struct fs_notify *n)
{
	if (!atomic_load_explicit(&n->open, memory_order_relaxed))
		atomic_store(&n->open, true);
}

void
fs_notify_hold(struct fs_notify *n)
{
	held.notify = n;
}

struct fs_batch
fs_notify_take(void)
{
	struct fs_batch b = held.batch;

	held.notify = NULL;
	held.batch.first = NULL;
	return b;
}

void
fs_notify_send(struct fs_notify *n, struct fs_batch *b)
{
	struct fs_notice *notice;
	int r = 0;

	if (!b->first)
		return;
	pthread_mutex_lock(&n->lock);
	while ((notice = b->first)) {
		b->first = notice->next;
		if (enqueue(n, notice))
			r = -ENOMEM;
	}
	pthread_mutex_unlock(&n->lock);
	if (r)
		log_error("no memory to tell the kernel what is stale");
}

void
notify_deliver(struct fs_notify *n, const struct fs_notice *notice)
{
	struct fuse_session *se = n->fs->session;
	int r;

	if (notice->kind == FS_NOTICE_INODE &&
	    fs_waits_defer(&n->fs->waits, notice->node))
		return;
	if (notice->kind == FS_NOTICE_ENTRY)
		r = fuse_lowlevel_notify_inval_entry(
		    se, notice->node, notice->name, strlen(notice->name));
	else
		r = fuse_lowlevel_notify_inval_inode(se, notice->node, 0, 0);
	/* ENOENT: not cached.  The others: there is no connection any more. */
	if (r && r != -ENOENT && r != -ENOTCONN && r != -ENODEV && r != -EBADF)
		log_warn(
		    "the kernel refused an invalidation: %s", strerror(-r));
}

static void
drop_waiting(struct fs_notify *n)
{
	struct fs_notice *notice;
	struct lane *lane;

	while ((notice = notify_next(n, &lane))) {
		free(notice);
		notify_lane_rest(n, lane);
	}
}

void
fs_notify_free(struct fs_notify *n)
{
	if (!n)
		return;
	notify_pool_reap(n);
	drop_waiting(n);
	map_done(&n->notices);
	map_done(&n->lanes);
	pthread_cond_destroy(&n->moved);
	pthread_cond_destroy(&n->work);
	pthread_mutex_destroy(&n->lock);
	free(n);
}
