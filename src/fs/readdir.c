/* SPDX-License-Identifier: MIT */
/*
 * Listings, without a handle: where a listing stands is in its offset alone.
 *
 * An entry's offset is where the entry after it begins: 1 after ".", 2 after
 * "..", and the tenant's cookie + 2 after any other.  So an offset up to 2 is
 * ours, and cookie 0, the tenant's beginning, is offset 2.
 */
#include "fs_int.h"

#include <errno.h>
#include <stdlib.h>

#include "gotofs/err.h"

#define OFFSET_DOTDOT 1
#define OFFSET_TENANT 2

struct listing {
	struct fs_call *call;
	char *data;
	size_t size, used;
	bool plus;
};

static void
listing_done(struct listing *l)
{
	free(l->data);
}

/* False: it did not fit. */
static bool
listing_add(struct listing *l, const char *name,
    const struct fuse_entry_param *entry, off_t next)
{
	size_t left = l->size - l->used;
	char *at = l->data + l->used;
	size_t n;

	if (l->plus)
		n = fuse_add_direntry_plus(
		    l->call->req, at, left, name, entry, next);
	else
		n = fuse_add_direntry(
		    l->call->req, at, left, name, &entry->attr, next);
	if (n > left)
		return false;
	l->used += n;
	return true;
}

/* "." or "..": node id 0, so that the kernel counts no lookup of it. */
static int
listing_add_dot(struct listing *l, const char *name, uint64_t node, off_t next)
{
	struct fuse_entry_param entry = {0};
	struct tenant_attr attr;
	int r;

	r = tenant_getattr(l->call->fs->tenant, node, &attr);
	if (r)
		return r;
	entry.attr.st_ino = attr.ino;
	entry.attr.st_mode = attr.mode;
	return listing_add(l, name, &entry, next) ? 0 : -ENOBUFS;
}

static bool
listing_add_node(void *ctx, const char *name, const struct tenant_attr *attr,
    uint64_t cookie)
{
	struct listing *l = ctx;
	struct fuse_entry_param entry = fs_entry_param(l->call->fs, attr);

	return listing_add(l, name, &entry, (off_t)cookie + OFFSET_TENANT);
}

static int
listing_fill(struct listing *l, fuse_ino_t dir, off_t offset)
{
	struct tenant *t = l->call->fs->tenant;
	int r = 0;

	if (offset < OFFSET_DOTDOT)
		r = listing_add_dot(l, ".", dir, OFFSET_DOTDOT);
	if (!r && offset < OFFSET_TENANT)
		r = listing_add_dot(
		    l, "..", tenant_parent(t, dir), OFFSET_TENANT);
	if (r)
		return r == -ENOBUFS ? 0 : r;
	if (offset < OFFSET_TENANT)
		offset = OFFSET_TENANT;
	return tenant_readdir(t, dir, (uint64_t)(offset - OFFSET_TENANT),
	    l->plus, listing_add_node, l);
}

static void
list(struct fs_call *c, fuse_ino_t dir, size_t n, off_t offset, bool plus)
{
	AUTO(listing_done)
	struct listing l = {
	    .call = c, .data = malloc(n), .size = n, .plus = plus};
	int r;

	if (!l.data) {
		fs_reply_result(c, -ENOMEM);
		return;
	}
	r = offset < 0 ? -EINVAL : listing_fill(&l, dir, offset);
	/* What was taken has counted a lookup and must arrive; the next call
	 * meets the error again. */
	if (r && !l.used)
		fs_reply_result(c, r);
	else
		fs_reply_data(c, l.data, l.used);
}

void
fs_op_readdir(fuse_req_t req, fuse_ino_t dir, size_t n, off_t offset,
    struct fuse_file_info *fi)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_readdir);

	list(&c, dir, n, offset, false);
}

void
fs_op_readdirplus(fuse_req_t req, fuse_ino_t dir, size_t n, off_t offset,
    struct fuse_file_info *fi)
{
	AUTO(fs_call_end)
	struct fs_call c = fs_call_begin(req, FS_OP_readdirplus);

	list(&c, dir, n, offset, true);
}
