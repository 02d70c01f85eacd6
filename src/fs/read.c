/* SPDX-License-Identifier: MIT */
#include "fs_int.h"

#include <errno.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"

/* statvfs: file managers refuse to copy into 0 free blocks. */
#define BLOCK_BYTES 4096
#define BLOCKS_N (UINT64_C(1) << 28) /* 1 TiB */
#define LINK_BYTES 4096		     /* PATH_MAX */

static void
lookup(struct fs_call *c, fuse_ino_t dir, const char *name)
{
	struct tenant_attr attr;
	bool uncached = false;
	int r;

	r = fs_call_check_name(name);
	if (!r)
		r = tenant_lookup(c->fs->tenant, dir, name, &attr, &uncached);
	if (!r)
		fs_reply_entry(c, &attr);
	else if (r == -ENOENT && !uncached)
		fs_reply_absent(c);
	else
		fs_reply_result(c, r);
}

void
fs_op_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_lookup);

	lookup(&c, dir, name);
}

void
fs_op_forget(fuse_req_t req, fuse_ino_t node, uint64_t lookups_n)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_forget);

	tenant_forget(c.fs->tenant, node, lookups_n);
	fs_reply_none(&c);
}

void
fs_op_forget_multi(fuse_req_t req, size_t n, struct fuse_forget_data *forgets)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_forget_multi);

	for (size_t i = 0; i < n; i++)
		tenant_forget(c.fs->tenant, forgets[i].ino, forgets[i].nlookup);
	fs_reply_none(&c);
}

void
fs_op_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_getattr);
	struct tenant_attr attr;
	int r;

	r = tenant_getattr(c.fs->tenant, node, &attr);
	if (r)
		fs_reply_result(&c, r);
	else
		fs_reply_attr(&c, &attr);
}

void
fs_op_readlink(fuse_req_t req, fuse_ino_t node)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_readlink);
	AUTO(buf_done) struct buf target = BUF_MAX(LINK_BYTES);
	int r;

	r = tenant_readlink(c.fs->tenant, node, &target);
	if (r)
		fs_reply_result(&c, r);
	else
		fs_reply_link(&c, buf_str(&target));
}

void
fs_op_read(fuse_req_t req, fuse_ino_t node, size_t n, off_t offset,
    struct fuse_file_info *fi)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_read);
	AUTO(buf_done) struct buf data = BUF_MAX(n);
	int r;

	r = tenant_read(c.fs->tenant, node, offset, n, &data);
	if (r)
		fs_reply_result(&c, r);
	else
		fs_reply_data(&c, data.data, data.len);
}

static struct statvfs
statvfs_of(const struct tenant_statfs *st)
{
	/* Seats are owned, some of them free; nodes are in use, more fit. */
	int64_t files = st->seats ? st->files : st->files + st->ffree;

	return (struct statvfs){
	    .f_bsize = BLOCK_BYTES,
	    .f_frsize = BLOCK_BYTES,
	    .f_blocks = BLOCKS_N,
	    .f_bfree = BLOCKS_N / 2,
	    .f_bavail = BLOCKS_N / 2,
	    .f_files = (fsfilcnt_t)files,
	    .f_ffree = (fsfilcnt_t)st->ffree,
	    .f_favail = (fsfilcnt_t)st->ffree,
	    .f_namemax = FS_NAME_BYTES,
	};
}

void
fs_op_statfs(fuse_req_t req, fuse_ino_t node)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_statfs);
	struct tenant_statfs st = {0};
	struct statvfs sv;
	int r;

	r = tenant_statfs(c.fs->tenant, node, &st);
	if (r) {
		fs_reply_result(&c, r);
		return;
	}
	sv = statvfs_of(&st);
	fs_reply_statfs(&c, &sv);
}
