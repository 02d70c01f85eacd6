/* SPDX-License-Identifier: MIT */
/*
 * What is refused always.  The kernel remembers ENOSYS for the life of the
 * mount and does not ask again: that is what makes open, opendir, close and
 * the search for attributes free.  libfuse would answer most of these itself,
 * but then they would not be counted, and a benchmark could not show that
 * nothing reaches us.
 */
#include "fs_int.h"

#include <errno.h>

#include "gotofs/err.h"

static void
refuse(fuse_req_t req, enum fs_op op, int result)
{
	AUTO(fs_call_end) struct fs_call c = fs_call_begin(req, op);

	fs_reply_exact(&c, result);
}

/* No handles: the kernel opens and closes on its own from now on. */
static void
refuse_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	refuse(req, FS_OP_open, -ENOSYS);
}

static void
refuse_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	refuse(req, FS_OP_opendir, -ENOSYS);
}

static void
refuse_flush(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	refuse(req, FS_OP_flush, -ENOSYS);
}

/* The kernel caches no attribute: one answer for all of them, once. */
static void
refuse_getxattr(fuse_req_t req, fuse_ino_t node, const char *name, size_t n)
{
	refuse(req, FS_OP_getxattr, -ENOSYS);
}

static void
refuse_listxattr(fuse_req_t req, fuse_ino_t node, size_t n)
{
	refuse(req, FS_OP_listxattr, -ENOSYS);
}

static void
refuse_setxattr(fuse_req_t req, fuse_ino_t node, const char *name,
    const char *value, size_t n, int flags)
{
	refuse(req, FS_OP_setxattr, -ENOSYS);
}

static void
refuse_removexattr(fuse_req_t req, fuse_ino_t node, const char *name)
{
	refuse(req, FS_OP_removexattr, -ENOSYS);
}

static void
refuse_fallocate(fuse_req_t req, fuse_ino_t node, int mode, off_t offset,
    off_t n, struct fuse_file_info *fi)
{
	refuse(req, FS_OP_fallocate, -EOPNOTSUPP);
}

static void
refuse_ioctl(fuse_req_t req, fuse_ino_t node, unsigned cmd, void *arg,
    struct fuse_file_info *fi, unsigned flags, const void *in, size_t in_n,
    size_t out_n)
{
	refuse(req, FS_OP_ioctl, -ENOTTY);
}

/* There are none, and whoever tries is told why. */
static void
refuse_link(
    fuse_req_t req, fuse_ino_t node, fuse_ino_t new_dir, const char *new_name)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_link);
	struct tenant_caller who = fs_call_who(&c);
	int r = fs_call_check_name(new_name);

	if (!r)
		r = tenant_link(c.fs->tenant, &who, new_dir, new_name);
	fs_reply_result(&c, r);
}

/* A change of a directory is durable when it is answered. */
static void
refuse_fsyncdir(
    fuse_req_t req, fuse_ino_t dir, int datasync, struct fuse_file_info *fi)
{
	refuse(req, FS_OP_fsyncdir, 0);
}

void
fs_refuse_ops(struct fuse_lowlevel_ops *ops)
{
	ops->open = refuse_open;
	ops->opendir = refuse_opendir;
	ops->flush = refuse_flush;
	ops->getxattr = refuse_getxattr;
	ops->listxattr = refuse_listxattr;
	ops->setxattr = refuse_setxattr;
	ops->removexattr = refuse_removexattr;
	ops->fallocate = refuse_fallocate;
	ops->ioctl = refuse_ioctl;
	ops->link = refuse_link;
	ops->fsyncdir = refuse_fsyncdir;
}
