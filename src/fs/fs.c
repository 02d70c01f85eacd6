/* SPDX-License-Identifier: MIT */
/*
 * fs: the kernel's requests on one side, the tenant on the other.
 *
 * No handles.  open, opendir and flush are answered with ENOSYS once; the
 * kernel remembers that and opens and closes on its own, so that a warm
 * reader sends no request at all.  There is no release and no fi->fh: what a
 * listing or a write has to remember hangs on its offset or on its node.
 * create is not implemented: the kernel then sends MKNOD and opens by itself.
 * ATOMIC_O_TRUNC must be off: without open, nobody would truncate.
 *
 * Numbers.  The kernel's node ids are the tenant's and are never given to a
 * second object, so the generation is constant; st_ino is another number.  Both
 * survive a remount: a file handle (NFS) that comes back is looked up as "."
 * of its node id, with EXPORT_SUPPORT, and is that very object or stale.  Every
 * entry that is answered counts one lookup of its node, until a forget takes it
 * back.
 *
 * Caching.  The kernel keeps entries (absent ones too), attributes, pages,
 * listings and links for as long as fs_conf.timeout_s: it is told what becomes
 * stale (notify.c).  A notice that comes after the state was published cannot
 * be overtaken by an older answer: the directory's lock, the page's lock and
 * the kernel's attribute version order the two.  What the tenant calls
 * uncached gets timeouts of 0.
 *
 * Deadlocks.  A notice waits in the kernel for locks that a process holds
 * whose request waits for us.  So it is sent after the reply, by threads that
 * do nothing else, with no lock held, and never waited for; the one exception
 * is the page invalidation in rename (dir.c).  When the loop ends no request is
 * answered any more, so a notice that is still inside the kernel might never
 * come back: fs_exit lets them come back first, and fs_free cuts the
 * connection if one has not.
 *
 * Waiting.  A write may wait seconds for its verdict.  No thread waits with it
 * (waiting.c); its caller can be killed (interrupt.c).
 *
 * Life.  fs_mount starts no thread; fs_loop serves; tenant_stop comes between
 * fs_loop and fs_free, because waiting writes are answered by it.
 *
 *   reply.c      one reply a request, the sign of an errno
 *   read.c, readdir.c, write.c, dir.c, refuse.c     the operations
 *   waiting.c, interrupt.c, signals.c               those that wait
 *   notify.c, notify_pool.c                         what the kernel is told
 *   loop.c       serving, and the end of it
 *   stats.c      counts
 */
#include "fs_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/err.h"
#include "gotofs/log.h"
#include "gotofs/wait.h"

/* How long a notice may take to come out of the kernel. */
#define STOP_MS 5000

#define WANTED                                                                 \
	(FUSE_CAP_ASYNC_READ | FUSE_CAP_AUTO_INVAL_DATA |                      \
	    FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO |                 \
	    FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_CACHE_SYMLINKS |               \
	    FUSE_CAP_EXPORT_SUPPORT | FUSE_CAP_NO_OPEN_SUPPORT |               \
	    FUSE_CAP_NO_OPENDIR_SUPPORT)
#define UNWANTED                                                               \
	(FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_WRITEBACK_CACHE |                  \
	    FUSE_CAP_POSIX_ACL)
#define NEEDED (FUSE_CAP_NO_OPEN_SUPPORT | FUSE_CAP_NO_OPENDIR_SUPPORT)

static void
fs_op_init(void *userdata, struct fuse_conn_info *conn)
{
	if ((conn->capable & NEEDED) != NEEDED)
		log_error("this kernel cannot do without open: "
			  "Linux 5.1 or later is needed");
	conn->want |= conn->capable & WANTED;
	conn->want &= ~(unsigned)UNWANTED;
	conn->max_write = FS_MAX_WRITE_BYTES;
	conn->time_gran = 1;
}

static struct fuse_lowlevel_ops
all_ops(void)
{
	struct fuse_lowlevel_ops ops = {
	    .init = fs_op_init,
	    .lookup = fs_op_lookup,
	    .forget = fs_op_forget,
	    .forget_multi = fs_op_forget_multi,
	    .getattr = fs_op_getattr,
	    .setattr = fs_op_setattr,
	    .readlink = fs_op_readlink,
	    .mknod = fs_op_mknod,
	    .mkdir = fs_op_mkdir,
	    .symlink = fs_op_symlink,
	    .unlink = fs_op_unlink,
	    .rmdir = fs_op_rmdir,
	    .rename = fs_op_rename,
	    .read = fs_op_read,
	    .write = fs_op_write,
	    .fsync = fs_op_fsync,
	    .readdir = fs_op_readdir,
	    .readdirplus = fs_op_readdirplus,
	    .statfs = fs_op_statfs,
	};

	fs_refuse_ops(&ops);
	return ops;
}

static void
log_of_libfuse(enum fuse_log_level level, const char *fmt, va_list ap)
{
	char line[512];

	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	if (level <= FUSE_LOG_ERR)
		log_error("%s", line);
	else if (level <= FUSE_LOG_WARNING)
		log_warn("%s", line);
	else
		log_debug("%s", line);
}

/* The tenant's events. */
static void
on_entry(void *ctx, uint64_t dir, const char *name)
{
	struct fs *fs = ctx;

	fs_notify_post(fs->notify, FS_NOTICE_ENTRY, dir, name);
}

static void
on_inode(void *ctx, uint64_t node)
{
	struct fs *fs = ctx;

	fs_notify_post(fs->notify, FS_NOTICE_INODE, node, "");
}

/* Commas and backslashes in the source are escaped. */
static int
mount_options(const struct fs_conf *conf, char **ret)
{
	char *opts = NULL, *fsname = NULL;
	int r;

	if (asprintf(&fsname, "fsname=%s", conf->source) < 0)
		return -ENOMEM;
	r = fuse_opt_add_opt(&opts, "default_permissions,subtype=gotofs");
	r |= fuse_opt_add_opt_escaped(&opts, fsname);
	/* the other two are what libfuse does without being told */
	if (!conf->exec)
		r |= fuse_opt_add_opt(&opts, "noexec");
	if (conf->dev)
		r |= fuse_opt_add_opt(&opts, "dev");
	if (conf->suid)
		r |= fuse_opt_add_opt(&opts, "suid");
	if (conf->allow_other)
		r |= fuse_opt_add_opt(&opts, "allow_other");
	if (conf->read_only)
		r |= fuse_opt_add_opt(&opts, "ro");
	if (conf->debug)
		r |= fuse_opt_add_opt(&opts, "debug");
	free(fsname);
	if (r) {
		free(opts);
		return -ENOMEM;
	}
	*ret = opts;
	return 0;
}

static int
session_new(struct fs *fs, const struct fs_conf *conf, struct err *err)
{
	const struct fuse_lowlevel_ops ops = all_ops();
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	char *opts;
	int r;

	if (mount_options(conf, &opts))
		return err_nomem(err);
	r = fuse_opt_add_arg(&args, "gotofs");
	r |= fuse_opt_add_arg(&args, "-o");
	r |= fuse_opt_add_arg(&args, opts);
	if (!r)
		fs->session = fuse_session_new(&args, &ops, sizeof(ops), fs);
	fuse_opt_free_args(&args);
	free(opts);
	if (!fs->session)
		return err_set(err, -EINVAL, "libfuse refused our options");
	return 0;
}

/* A half-built fs is fit for fs_free. */
static int
fs_new(struct tenant *t, const struct fs_conf *conf, struct fs **ret)
{
	struct fs *fs = calloc(1, sizeof(*fs));
	int r;

	if (!fs)
		return -ENOMEM;
	fs->tenant = t;
	fs->timeout_s = (double)conf->timeout_s;
	fs->generation = tenant_generation(t);
	pthread_mutex_init(&fs->lock, NULL);
	wait_cond_init(&fs->moved);
	fs_waits_init(&fs->waits);
	*ret = fs;
	r = fs_notify_new(fs, &fs->notify);
	fs->mountpoint = strdup(conf->mountpoint);
	return r || !fs->mountpoint ? -ENOMEM : 0;
}

int
fs_mount(struct tenant *t, const struct fs_conf *conf, struct fs **ret,
    struct err *err)
{
	struct tenant_events events = {.entry = on_entry, .inode = on_inode};
	struct fs *fs = NULL;
	int r;

	fuse_set_log_func(log_of_libfuse);
	r = fs_new(t, conf, &fs) ? err_nomem(err) : session_new(fs, conf, err);
	if (!r && fuse_session_mount(fs->session, fs->mountpoint))
		r = err_set(err, -EIO, "cannot mount on %s", fs->mountpoint);
	if (r) {
		fs_free(fs);
		return r;
	}
	fs_remember_device(fs);
	events.ctx = fs;
	tenant_set_events(t, &events);
	*ret = fs;
	return 0;
}

/* False: a thread of ours is inside the kernel for good. */
static bool
end_threads(struct fs *fs)
{
	if (!fs->notify || fs_notify_stop(fs->notify, STOP_MS))
		return true;
	log_warn("an invalidation does not end: cutting the connection");
	fs_abort(fs);
	return fs_notify_stop(fs->notify, STOP_MS);
}

void
fs_free(struct fs *fs)
{
	if (!fs)
		return;
	if (!end_threads(fs)) {
		log_error("an invalidation never ended: leaving it behind");
		return;
	}
	fs_waits_done(&fs->waits);
	if (fs->session) {
		fs_unmount(fs);
		fuse_session_destroy(fs->session);
	}
	fs_stats_check(&fs->stats);
	fs_notify_free(fs->notify);
	pthread_cond_destroy(&fs->moved);
	pthread_mutex_destroy(&fs->lock);
	free(fs->mountpoint);
	free(fs);
}

void
fs_settle(struct fs *fs, int64_t timeout_ms)
{
	fs_notify_drain(fs->notify, timeout_ms);
}
