/* SPDX-License-Identifier: MIT */
/*
 * fs_int: what the files of src/fs share.  No other folder includes it; it is
 * where <fuse_lowlevel.h> comes in.
 */
#ifndef GOTOFS_FS_INT_H
#define GOTOFS_FS_INT_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gotofs/fs.h"
#include "gotofs/tenant.h"

struct buf;

#define FS_NAME_BYTES 255
#define FS_MAX_WRITE_BYTES (1U << 20)

/* ---- requests (reply.c, stats.c) ---- */

#define FS_OPS(X)                                                              \
	X(lookup)                                                              \
	X(forget)                                                              \
	X(forget_multi)                                                        \
	X(getattr)                                                             \
	X(setattr)                                                             \
	X(readlink)                                                            \
	X(mknod)                                                               \
	X(mkdir)                                                               \
	X(symlink)                                                             \
	X(unlink)                                                              \
	X(rmdir)                                                               \
	X(rename)                                                              \
	X(link)                                                                \
	X(open)                                                                \
	X(read)                                                                \
	X(write)                                                               \
	X(flush)                                                               \
	X(fsync)                                                               \
	X(opendir)                                                             \
	X(readdir)                                                             \
	X(readdirplus)                                                         \
	X(fsyncdir)                                                            \
	X(statfs)                                                              \
	X(getxattr)                                                            \
	X(listxattr)                                                           \
	X(setxattr)                                                            \
	X(removexattr)                                                         \
	X(fallocate)                                                           \
	X(ioctl)

enum fs_op {
#define X(name) FS_OP_##name,
	FS_OPS(X)
#undef X
	    FS_OPS_N
};

struct fs_stats {
	atomic_ulong requests_n[FS_OPS_N];
	atomic_ulong replies_n[FS_OPS_N];
};

const char *fs_op_name(enum fs_op op);
/* Debug builds: every request had its reply. */
void fs_stats_check(const struct fs_stats *stats);

/* One request, from its arrival to its one reply. */
struct fs_call {
	struct fs *fs;
	fuse_req_t req;
	enum fs_op op;
	bool answered; /* or handed over to whoever will answer */
};

/* AUTO(fs_call_end) struct fs_call c = fs_call_begin(req, FS_OP_lookup);
 * Between the two, notifications caused by this thread are held back. */
struct fs_call fs_call_begin(fuse_req_t req, enum fs_op op);
void fs_call_end(struct fs_call *c);
/* The copy that is returned answers, on any thread; c is done with. */
struct fs_call fs_call_hand_over(struct fs_call *c);
struct tenant_caller fs_call_who(const struct fs_call *c);
/* -ENAMETOOLONG or 0: the kernel passes longer names on. */
int fs_call_check_name(const char *name);

/* Each answers the call.  result: 0 or a negative errno of the tenant's; what
 * tools would misread is replaced and logged. */
void fs_reply_result(struct fs_call *c, int result);
/* The errno exactly as given: protocol answers, real interrupts. */
void fs_reply_exact(struct fs_call *c, int result);
void fs_reply_none(struct fs_call *c);
void fs_reply_entry(struct fs_call *c, const struct tenant_attr *attr);
void fs_reply_absent(struct fs_call *c); /* an absence that may be cached */
void fs_reply_attr(struct fs_call *c, const struct tenant_attr *attr);
void fs_reply_link(struct fs_call *c, const char *target);
void fs_reply_data(struct fs_call *c, const void *data, size_t n);
void fs_reply_written(struct fs_call *c, size_t n);
void fs_reply_statfs(struct fs_call *c, const struct statvfs *st);

struct fuse_entry_param fs_entry_param(
    const struct fs *fs, const struct tenant_attr *attr);

/* ---- notifications (notify.c, notify_pool.c) ---- */

enum fs_notice_kind { FS_NOTICE_ENTRY, FS_NOTICE_INODE };

struct fs_notice;
struct fs_notify;
struct fs_batch {
	struct fs_notice *first;
};

int fs_notify_new(struct fs *fs, struct fs_notify **ret);
/* The tenant's events end here; never blocks. */
void fs_notify_post(struct fs_notify *n, enum fs_notice_kind kind,
    uint64_t node, const char *name);
/* The kernel has asked for something: from now on it may hold something. */
void fs_notify_open(struct fs_notify *n);
/* No new notification begins; waits for those inside the kernel. False: some
 * are still there after timeout_ms. May be called again. */
bool fs_notify_stop(struct fs_notify *n, int64_t timeout_ms);
/* Waits until the kernel was told all that is queued now or meanwhile. */
void fs_notify_drain(struct fs_notify *n, int64_t timeout_ms);
/* After a fs_notify_stop that returned true.  NULL is fine. */
void fs_notify_free(struct fs_notify *n);

/* This thread's notifications are held back until _take or _release. */
void fs_notify_hold(struct fs_notify *n);
struct fs_batch fs_notify_take(void);
void fs_notify_send(struct fs_notify *n, struct fs_batch *b);

/* ---- calls that wait for a verdict (waiting.c, interrupt.c, signals.c) ----
 */

struct fs_waiting;

struct fs_waits {
	pthread_mutex_t lock;
	pthread_cond_t wake; /* the watcher: an interrupt, or the end */
	struct fs_waiting *first;
	pthread_t watcher;
	bool watched; /* the watcher runs */
	bool stop;
};

struct fs_waiting {
	struct tenant_waiter waiter;
	struct fs_call call;
	struct fs_batch held; /* goes out after the reply */
	size_t bytes_n;	      /* of a write */
	uint64_t node;	      /* of a write: its pages are locked; else 0 */
	pid_t tid;	      /* of the caller; 0: not known to us */
	/* under fs_waits.lock */
	struct fs_waiting *next, **prev;
	enum { WAITING_BEGINS, WAITING_PARKED, WAITING_OVER } state;
	int refs_n;
	int result;
	bool interrupted;
	bool stale; /* the node's pages are to be invalidated after the reply */
	unsigned round; /* of the watcher, in which it was looked at */
};

int fs_waits_init(struct fs_waits *ws);
void fs_waits_done(struct fs_waits *ws);
struct fs_waiting *fs_waiting_new(
    struct fs_call *c, uint64_t node, size_t bytes_n);
/* Does a write to this node wait?  Then its invalidation comes after the reply:
 * the kernel would hold the notifier until then, past its SIGKILL, and the
 * daemon with it. */
bool fs_waits_defer(struct fs_waits *ws, uint64_t node);
/* What the tenant's function returned: answers, or leaves that to done(). */
void fs_waiting_settle(struct fs_waiting *w, struct fs_call *c, int result);
/* For the watcher: the caller goes; answers EINTR unless the verdict came
 * first.  Gives back one reference. */
void fs_waiting_abandon(struct fs_waiting *w, int result);
void fs_waiting_unref(struct fs_waiting *w);

void fs_interrupt_arm(struct fs_waiting *w);
void fs_interrupt_disarm(struct fs_waiting *w);
/* With the lock held: someone may have to be looked at. */
void fs_interrupt_kick(struct fs_waits *ws);

/* Signals of a thread, one bit each (signal 1 is bit 0). */
struct fs_signals {
	uint64_t pending; /* the thread's and the process's */
	uint64_t blocked, ignored, caught;
};
/* The text of /proc/TID/status. -EBADMSG */
int fs_signals_parse(const char *text, struct fs_signals *ret);
bool fs_signals_kill(const struct fs_signals *s);
/* Will one of its pending signals end this thread? False if not known. */
bool fs_signals_thread_dies(pid_t tid);
/* The process of this thread (requests name the thread); tid if not known. */
pid_t fs_signals_process(pid_t tid);

/* ---- operations, and life ---- */

struct fs {
	struct tenant *tenant;
	struct fuse_session *session;
	char *mountpoint;
	unsigned device; /* minor number of the mount, 0: not known */
	double timeout_s;
	uint32_t generation;
	struct fs_stats stats;
	struct fs_notify *notify;
	struct fs_waits waits;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t moved;
	pthread_t loop; /* while running */
	bool running;	/* fs_loop serves */
	bool ending;	/* fs_exit was called */
	int exits_n;	/* threads inside fs_exit */
};

/* Every thread of ours leaves the signals to cmd's.  0 or negative errno. */
int fs_thread_start(pthread_t *ret, void *(*fn)(void *), void *arg);
/* Right after mounting, for fs_abort. */
void fs_remember_device(struct fs *fs);
/* The last resort: all requests fail, all threads come back. */
void fs_abort(struct fs *fs);
void fs_unmount(struct fs *fs);

/* read.c, readdir.c */
void fs_op_lookup(fuse_req_t req, fuse_ino_t dir, const char *name);
void fs_op_forget(fuse_req_t req, fuse_ino_t node, uint64_t lookups_n);
void fs_op_forget_multi(
    fuse_req_t req, size_t n, struct fuse_forget_data *forgets);
void fs_op_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void fs_op_readlink(fuse_req_t req, fuse_ino_t node);
void fs_op_read(fuse_req_t req, fuse_ino_t node, size_t n, off_t offset,
    struct fuse_file_info *fi);
void fs_op_statfs(fuse_req_t req, fuse_ino_t node);
void fs_op_readdir(fuse_req_t req, fuse_ino_t dir, size_t n, off_t offset,
    struct fuse_file_info *fi);
void fs_op_readdirplus(fuse_req_t req, fuse_ino_t dir, size_t n, off_t offset,
    struct fuse_file_info *fi);

/* write.c */
void fs_op_write(fuse_req_t req, fuse_ino_t node, const char *data, size_t n,
    off_t offset, struct fuse_file_info *fi);
void fs_op_fsync(
    fuse_req_t req, fuse_ino_t node, int datasync, struct fuse_file_info *fi);
void fs_op_setattr(fuse_req_t req, fuse_ino_t node, struct stat *st, int set,
    struct fuse_file_info *fi);

/* dir.c */
void fs_op_mknod(
    fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t rdev);
void fs_op_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode);
void fs_op_symlink(
    fuse_req_t req, const char *target, fuse_ino_t dir, const char *name);
void fs_op_unlink(fuse_req_t req, fuse_ino_t dir, const char *name);
void fs_op_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name);
void fs_op_rename(fuse_req_t req, fuse_ino_t dir, const char *name,
    fuse_ino_t new_dir, const char *new_name, unsigned flags);

/* refuse.c: what is answered the same way always */
void fs_refuse_ops(struct fuse_lowlevel_ops *ops);

#endif
