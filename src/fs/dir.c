/* SPDX-License-Identifier: MIT */
#include "fs_int.h"

#include <errno.h>
#include <stdio.h>

#include "gotofs/err.h"
#include "gotofs/log.h"

static void
reply_made(struct fs_call *c, int r, const struct tenant_attr *attr)
{
	if (r)
		fs_reply_result(c, r);
	else
		fs_reply_entry(c, attr);
}

/* A file's device number says nothing: tools pass what they find. */
void
fs_op_mknod(
    fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t rdev)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_mknod);
	struct tenant_caller who = fs_call_who(&c);
	struct tenant_attr attr;
	int r;

	r = fs_call_check_name(name);
	if (!r)
		r = tenant_mknod(c.fs->tenant, &who, dir, name, mode, &attr);
	reply_made(&c, r, &attr);
}

void
fs_op_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_mkdir);
	struct tenant_caller who = fs_call_who(&c);
	struct tenant_attr attr;
	int r;

	r = fs_call_check_name(name);
	if (!r)
		r = tenant_mkdir(c.fs->tenant, &who, dir, name, mode, &attr);
	reply_made(&c, r, &attr);
}

void
fs_op_symlink(
    fuse_req_t req, const char *target, fuse_ino_t dir, const char *name)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_symlink);
	struct tenant_caller who = fs_call_who(&c);
	struct tenant_attr attr;
	int r;

	r = fs_call_check_name(name);
	if (!r)
		r = tenant_symlink(
		    c.fs->tenant, &who, dir, name, target, &attr);
	reply_made(&c, r, &attr);
}

/* rm -f takes ENOENT for success: it must be true. */
static int
check_absent(struct fs *fs, fuse_ino_t dir, const char *name)
{
	struct tenant_attr attr;

	if (tenant_lookup(fs->tenant, dir, name, &attr, NULL))
		return -ENOENT;
	tenant_forget(fs->tenant, attr.node, 1);
	log_error("unlink: ENOENT for a name that is shown: a bug");
	return -EIO;
}

void
fs_op_unlink(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_unlink);
	struct tenant_caller who = fs_call_who(&c);
	int r;

	r = fs_call_check_name(name);
	if (!r)
		r = tenant_unlink(c.fs->tenant, &who, dir, name);
	if (r == -ENOENT)
		r = check_absent(c.fs, dir, name);
	fs_reply_result(&c, r);
}

void
fs_op_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_rmdir);
	struct tenant_caller who = fs_call_who(&c);
	int r;

	r = fs_call_check_name(name);
	if (!r)
		r = tenant_rmdir(c.fs->tenant, &who, dir, name);
	fs_reply_result(&c, r);
}

static int
do_rename(struct fs_call *c, fuse_ino_t dir, const char *name,
    fuse_ino_t new_dir, const char *new_name, unsigned flags)
{
	struct tenant_caller who = fs_call_who(c);
	uint64_t stale = 0;
	int r;

	r = fs_call_check_name(name);
	if (!r)
		r = fs_call_check_name(new_name);
	if (!r)
		r = tenant_rename(c->fs->tenant, &who, dir, name, new_dir,
		    new_name, flags & RENAME_NOREPLACE, &stale);
	/* The one invalidation before a reply: the moved file reads as the
	 * tenant's record now, and the first read after the reply would be cut
	 * at the size that the kernel remembers.  It waits for this file's
	 * pages only, never for a directory. */
	if (stale)
		fuse_lowlevel_notify_inval_inode(c->fs->session, stale, 0, 0);
	return r;
}

void
fs_op_rename(fuse_req_t req, fuse_ino_t dir, const char *name,
    fuse_ino_t new_dir, const char *new_name, unsigned flags)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_rename);

	/* Exchange and whiteout: EINVAL is what the tools expect here. */
	if (flags & ~(unsigned)RENAME_NOREPLACE)
		fs_reply_exact(&c, -EINVAL);
	else
		fs_reply_result(
		    &c, do_rename(&c, dir, name, new_dir, new_name, flags));
}
