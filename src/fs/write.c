/* SPDX-License-Identifier: MIT */
/*
 * Writes and what belongs to them.  write and fsync may wait for the tenant's
 * verdict; no thread waits with them (waiting.c).
 */
#include "fs_int.h"

#include <errno.h>
#include <fcntl.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"

void
fs_op_write(fuse_req_t req, fuse_ino_t node, const char *data, size_t n,
    off_t offset, struct fuse_file_info *fi)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_write);
	struct tenant_caller who = fs_call_who(&c);
	struct fs_waiting *w = fs_waiting_new(&c, node, n);
	int r;

	if (!w) {
		fs_reply_result(&c, -ENOMEM);
		return;
	}
	r = tenant_write(c.fs->tenant, &who, node, data, n, offset,
	    fi->flags & O_APPEND, fi->writepage, &w->waiter);
	fs_waiting_settle(w, &c, r);
}

void
fs_op_fsync(
    fuse_req_t req, fuse_ino_t node, int datasync, struct fuse_file_info *fi)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_fsync);
	struct tenant_caller who = fs_call_who(&c);
	struct fs_waiting *w = fs_waiting_new(&c, 0, 0);

	if (!w) {
		fs_reply_result(&c, -ENOMEM);
		return;
	}
	fs_waiting_settle(
	    w, &c, tenant_fsync(c.fs->tenant, &who, node, &w->waiter));
}

/* The kernel says ATIME with ATIME_NOW; the tenant is told one of the two, so
 * that SET_MTIME means a time that somebody chose. */
static unsigned
tenant_set_of(int set)
{
	unsigned s = 0;

	s |= set & FUSE_SET_ATTR_MODE ? TENANT_SET_MODE : 0;
	s |= set & FUSE_SET_ATTR_UID ? TENANT_SET_UID : 0;
	s |= set & FUSE_SET_ATTR_GID ? TENANT_SET_GID : 0;
	s |= set & FUSE_SET_ATTR_SIZE ? TENANT_SET_SIZE : 0;
	if (set & FUSE_SET_ATTR_ATIME_NOW)
		s |= TENANT_SET_ATIME_NOW;
	else if (set & FUSE_SET_ATTR_ATIME)
		s |= TENANT_SET_ATIME;
	if (set & FUSE_SET_ATTR_MTIME_NOW)
		s |= TENANT_SET_MTIME_NOW;
	else if (set & FUSE_SET_ATTR_MTIME)
		s |= TENANT_SET_MTIME;
	return s;
}

static int64_t
ns_of_time(const struct timespec *ts)
{
	int64_t ns;

	if (__builtin_mul_overflow(ts->tv_sec, CLOCK_NS_PER_S, &ns))
		return ts->tv_sec < 0 ? INT64_MIN : INT64_MAX;
	if (__builtin_add_overflow(ns, ts->tv_nsec, &ns))
		return INT64_MAX;
	return ns;
}

static struct tenant_attr
attr_of_stat(const struct stat *st)
{
	return (struct tenant_attr){
	    .mode = st->st_mode,
	    .uid = st->st_uid,
	    .gid = st->st_gid,
	    .size = st->st_size,
	    .atime_ns = ns_of_time(&st->st_atim),
	    .mtime_ns = ns_of_time(&st->st_mtim),
	};
}

void
fs_op_setattr(fuse_req_t req, fuse_ino_t node, struct stat *st, int set,
    struct fuse_file_info *fi)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_setattr);
	struct tenant_caller who = fs_call_who(&c);
	struct tenant_attr attr = attr_of_stat(st), now;
	int r;

	r = tenant_setattr(
	    c.fs->tenant, &who, node, &attr, tenant_set_of(set), &now);
	/* Before the reply, as in rename: a tool that verifies reads at once,
	 * and a new time alone drops no pages here.  No write of this file can
	 * be on its way, because the kernel locks the inode for both. */
	if (r == TENANT_STALE) {
		fuse_lowlevel_notify_inval_inode(c.fs->session, node, 0, 0);
		r = 0;
	}
	if (r)
		fs_reply_result(&c, r);
	else
		fs_reply_attr(&c, &now);
}
