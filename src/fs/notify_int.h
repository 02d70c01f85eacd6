/* SPDX-License-Identifier: MIT */
/* notify_int: the queues (notify.c) and the threads that empty them
 * (notify_pool.c). */
#ifndef GOTOFS_FS_NOTIFY_INT_H
#define GOTOFS_FS_NOTIFY_INT_H

#include "fs_int.h"

#include "gotofs/map.h"

struct fs_notice {
	struct map_link link; /* of fs_notify.notices */
	struct fs_notice *next;
	enum fs_notice_kind kind;
	uint64_t node; /* the directory of an entry */
	char name[];   /* "" for an inode */
};

/* What must go out one after the other: the entries of one directory, or one
 * inode. */
struct lane {
	struct map_link link; /* of fs_notify.lanes */
	enum fs_notice_kind kind;
	uint64_t node;
	struct fs_notice *first, **last;
	struct lane *next_ready;
};

struct worker {
	pthread_t thread;
	struct fs_notify *notify;
	struct worker *next;	 /* of fs_notify.workers or .dead */
	int64_t inside_since_ms; /* inside the kernel; 0: not */
};

struct fs_notify {
	struct fs *fs;
	atomic_bool open; /* the kernel may hold something */
	pthread_mutex_t lock;
	/* all of this under the lock, which nobody holds inside the kernel */
	pthread_cond_t work;  /* a lane is ready, or the end */
	pthread_cond_t moved; /* a worker came out of the kernel, or ended */
	struct map notices;   /* those that wait, to drop equal ones */
	struct map lanes;     /* those that wait or are at work */
	struct lane *ready, **ready_last;
	struct worker *workers, *dead;
	int workers_n, idle_n;
	bool stop;
};

/* With the lock held. */
struct fs_notice *notify_next(struct fs_notify *n, struct lane **ret_lane);
void notify_lane_ready(struct fs_notify *n, struct lane *lane);
void notify_lane_rest(struct fs_notify *n, struct lane *lane);
void notify_pool_wake(struct fs_notify *n);
void notify_pool_reap(struct fs_notify *n);
/* Without it: tells the kernel. */
void notify_deliver(struct fs_notify *n, const struct fs_notice *notice);

#endif
