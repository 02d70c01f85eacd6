/* SPDX-License-Identifier: MIT */
/*
 * The one place that answers a request and turns the sign of an errno.
 *
 * An errno is our interface in band, and some numbers mean something else to
 * the tools than to us: cp repeats a write that says EINTR for ever, mv copies
 * and deletes after EXDEV, rsync removes the target after ETXTBSY, rm -f calls
 * EINVAL a success.  None of these may leave here; that one of them arrived is
 * a bug of ours and logged as one.
 */
#include "fs_int.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "gotofs/log.h"

struct fs_call
fs_call_begin(fuse_req_t req, enum fs_op op)
{
	struct fs *fs = fuse_req_userdata(req);

	atomic_fetch_add(&fs->stats.requests_n[op], 1);
	fs_notify_open(fs->notify);
	fs_notify_hold(fs->notify);
	return (struct fs_call){.fs = fs, .req = req, .op = op};
}

void
fs_call_end(struct fs_call *c)
{
	struct fs_batch held;

	if (!c->answered) {
		assert(!"a request without a reply");
		log_error("%s was not answered: a bug", fs_op_name(c->op));
		fs_reply_exact(c, -EIO);
	}
	held = fs_notify_take();
	fs_notify_send(c->fs->notify, &held);
}

struct fs_call
fs_call_hand_over(struct fs_call *c)
{
	struct fs_call other = *c;

	assert(!c->answered);
	c->answered = true;
	return other;
}

struct tenant_caller
fs_call_who(const struct fs_call *c)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(c->req);

	return (struct tenant_caller){.uid = ctx->uid,
	    .gid = ctx->gid,
	    .pid = fs_signals_process(ctx->pid)};
}

int
fs_call_check_name(const char *name)
{
	return strlen(name) > FS_NAME_BYTES ? -ENAMETOOLONG : 0;
}

/* False: it was answered before, and its fuse_req_t is gone. */
static bool
answer_once(struct fs_call *c)
{
	assert(!c->answered);
	if (c->answered) {
		log_error("%s was answered twice: a bug", fs_op_name(c->op));
		return false;
	}
	c->answered = true;
	atomic_fetch_add(&c->fs->stats.replies_n[c->op], 1);
	return true;
}

static int
clamp_rename(int code)
{
	switch (code) {
	case EINVAL: /* mv: "to a subdirectory of itself" */
		return EBADMSG;
	case EXDEV:   /* mv, rsync: copy, unlink, exit 0 */
	case ETXTBSY: /* rsync: unlinks the target */
		return EIO;
	}
	return code;
}

static int
clamp_unlink(int code)
{
	/* rm -f: success.  ENOENT stays: dir.c has looked whether it is true.
	 */
	if (code == EINVAL || code == EILSEQ || code == ENOTDIR)
		return EIO;
	return code;
}

/* What may be said, for a positive errno. */
static int
clamp(enum fs_op op, int code)
{
	if (code < 0 || code >= 512)
		return EIO;
	if (code == EINTR || code == EAGAIN || code == ENOSYS)
		return EIO;
	if (op == FS_OP_rename)
		return clamp_rename(code);
	if (op == FS_OP_unlink)
		return clamp_unlink(code);
	return code;
}

void
fs_reply_result(struct fs_call *c, int result)
{
	int code = clamp(c->op, -result);

	if (code != -result)
		log_error("%s: %s may not be answered, sent %s instead: a bug",
		    fs_op_name(c->op), strerror(-result), strerror(code));
	fs_reply_exact(c, -code);
}

void
fs_reply_exact(struct fs_call *c, int result)
{
	if (answer_once(c))
		fuse_reply_err(c->req, -result);
}

void
fs_reply_none(struct fs_call *c)
{
	if (answer_once(c))
		fuse_reply_none(c->req);
}

static struct timespec
time_of_ns(int64_t ns)
{
	struct timespec ts = {
	    .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	if (ts.tv_nsec < 0) {
		ts.tv_sec--;
		ts.tv_nsec += 1000000000;
	}
	return ts;
}

static struct stat
stat_of_attr(const struct tenant_attr *attr)
{
	return (struct stat){
	    .st_ino = attr->ino,
	    .st_mode = attr->mode,
	    .st_nlink = attr->nlink,
	    .st_uid = attr->uid,
	    .st_gid = attr->gid,
	    .st_size = attr->size,
	    .st_blocks = (attr->size + 511) / 512,
	    .st_blksize = 4096,
	    .st_atim = time_of_ns(attr->atime_ns),
	    .st_mtim = time_of_ns(attr->mtime_ns),
	    .st_ctim = time_of_ns(attr->ctime_ns),
	};
}

struct fuse_entry_param
fs_entry_param(const struct fs *fs, const struct tenant_attr *attr)
{
	double timeout_s = attr->uncached ? 0 : fs->timeout_s;

	return (struct fuse_entry_param){
	    .ino = attr->node,
	    .generation = attr->node == TENANT_ROOT_NODE ? 0 : fs->generation,
	    .attr = stat_of_attr(attr),
	    .attr_timeout = timeout_s,
	    .entry_timeout = timeout_s,
	};
}

void
fs_reply_entry(struct fs_call *c, const struct tenant_attr *attr)
{
	struct fuse_entry_param entry = fs_entry_param(c->fs, attr);

	assert(attr->node != 0);
	/* If this fails the connection is gone, and every lookup with it. */
	if (answer_once(c))
		fuse_reply_entry(c->req, &entry);
}

void
fs_reply_absent(struct fs_call *c)
{
	struct fuse_entry_param entry = {.entry_timeout = c->fs->timeout_s};

	if (answer_once(c))
		fuse_reply_entry(c->req, &entry);
}

void
fs_reply_attr(struct fs_call *c, const struct tenant_attr *attr)
{
	struct stat st = stat_of_attr(attr);

	if (answer_once(c))
		fuse_reply_attr(
		    c->req, &st, attr->uncached ? 0 : c->fs->timeout_s);
}

void
fs_reply_link(struct fs_call *c, const char *target)
{
	if (answer_once(c))
		fuse_reply_readlink(c->req, target);
}

void
fs_reply_data(struct fs_call *c, const void *data, size_t n)
{
	if (answer_once(c))
		fuse_reply_buf(c->req, data, n);
}

void
fs_reply_written(struct fs_call *c, size_t n)
{
	if (answer_once(c))
		fuse_reply_write(c->req, n);
}

void
fs_reply_statfs(struct fs_call *c, const struct statvfs *st)
{
	if (answer_once(c))
		fuse_reply_statfs(c->req, st);
}
