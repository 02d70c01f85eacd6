/* SPDX-License-Identifier: MIT */
/* read: what a reader sees; never more than the read lock, never the network.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gotofs/clock.h"
#include "keep_int.h"
#include "known_int.h"
#include "plan_int.h"
#include "snapshot_int.h"

#define READ_STATUS_BLOCK 4096 /* status.json's size is a multiple of it */

/* ---- attributes ---- */

static mode_t
read_type(const struct node *n)
{
	switch ((enum node_kind)n->kind) {
	case NODE_DIR:
	case NODE_LICENSE_DIR:
	case NODE_GROUP_DIR:
	case NODE_LOCAL_DIR:
	case NODE_RECLAIM_DIR:
	case NODE_APPROVED_DIR:
	case NODE_ERROR_DIR:
		return S_IFDIR | 0777;
	case NODE_LICENSE_LINK:
	case NODE_GROUP_LINK:
	case NODE_LOCAL_LINK:
		return S_IFLNK | 0777;
	case NODE_USER:
	case NODE_LOCAL_FILE:
	case NODE_RULES:
	case NODE_CTL:
		return S_IFREG | 0666;
	default:
		return S_IFREG | 0444;
	}
}

static bool
read_is_uncached(const struct node *n)
{
	return n->kind == NODE_ERROR || n->kind == NODE_ERROR_DIR ||
	       n->kind == NODE_STATUS || n->kind == NODE_JOURNAL ||
	       n->kind == NODE_PLAN || n->kind == NODE_TRASH ||
	       n->kind == NODE_PENDING || n->kind == NODE_CTL ||
	       known_is_fleeting(n);
}

/* What a link prints; out NULL: only its length. */
static int
read_target(const struct node *n, struct buf *out)
{
	const struct node *dir;
	int r = 0;

	if (n->kind == NODE_LOCAL_LINK)
		return buf_puts(out, n->local->target);
	for (dir = n->parent; r == 0 && dir && dir->fixed != FIXED_ROOT;
	     dir = dir->parent)
		r = buf_puts(out, "../");
	if (r == 0)
		r = buf_printf(out, "users/%s", n->name);
	return r;
}

static off_t
read_target_size(const struct node *n)
{
	const struct node *dir;
	size_t size = strlen("users/") + strlen(n->name);

	if (n->kind == NODE_LOCAL_LINK)
		return (off_t)strlen(n->local->target);
	for (dir = n->parent; dir && dir->fixed != FIXED_ROOT;
	     dir = dir->parent)
		size += 3;
	return (off_t)size;
}

/* Bytes that wait for their commit or verdict.  Not those whose writer has
 * set their time already: they are kept. */
static bool
read_is_staged(const struct node *n)
{
	const struct person *p = n->obj.person;
	const struct writing *w = n->writing;

	if (!w || !stage_shows(&w->stage))
		return false;
	if (n->kind != NODE_USER)
		return n->kind == NODE_RULES;
	return w->stage.phase != STAGE_COMMITTED || !p || !keep_is_shown(p) ||
	       p->kept->id != w->kept;
}

static off_t
read_user_size(const struct node *n)
{
	const struct person *p = n->obj.person;

	if (read_is_staged(n))
		return (off_t)n->writing->stage.image.len;
	if (!p)
		return n->size;
	if (keep_is_shown(p))
		return p->kept->bytes;
	return p->pending_text ? p->pending_bytes : p->size;
}

/* In force, staged, not written yet, or what it was before another took its
 * place. */
static const char *
read_rules(const struct tenant *t, const struct node *n, size_t *ret_bytes)
{
	const struct buf *from = NULL;

	if (read_is_staged(n))
		from = &n->writing->stage.image;
	else if (!n->parent)
		from = n->local ? &n->local->content : NULL;
	else if (!t->reclaim.away_until_ms) {
		*ret_bytes = t->reclaim.bytes;
		return t->reclaim.text;
	}
	*ret_bytes = from ? from->len : 0;
	return from ? from->data : NULL;
}

static off_t
read_rules_size(const struct tenant *t, const struct node *n)
{
	size_t bytes;

	read_rules(t, n, &bytes);
	return (off_t)bytes;
}

static off_t
read_size(struct tenant *t, const struct node *n)
{
	switch ((enum node_kind)n->kind) {
	case NODE_USER:
		return read_user_size(n);
	case NODE_RECORD:
		return n->obj.person ? n->obj.person->size : n->size;
	case NODE_LICENSE_RECORD:
		return n->obj.license ? n->obj.license->size : n->size;
	case NODE_LICENSE_LINK:
	case NODE_GROUP_LINK:
	case NODE_LOCAL_LINK:
		return read_target_size(n);
	case NODE_LOCAL_FILE:
	case NODE_ERROR:
	case NODE_PENDING:
	case NODE_REPORT:
		return n->local ? (off_t)n->local->content.len : 0;
	case NODE_TRASH:
	case NODE_CANDIDATE:
		return n->size;
	case NODE_RULES:
		return read_rules_size(t, n);
	case NODE_CTL:
		return 0;
	case NODE_HELP:
		return (off_t)strlen(help_text);
	case NODE_JOURNAL:
		return store_journal_bytes(t->store) - n->record;
	case NODE_STATUS:
		return status_refresh(t);
	case NODE_PLAN:
		return plan_file_refresh(t);
	case NODE_ACTIVITY:
		return activity_size(t, n);
	default:
		return 4096;
	}
}

static nlink_t
read_nlink(const struct node *n)
{
	/* a journal that was rotated still grows: it is no file of the past */
	if (n->kind == NODE_JOURNAL)
		return 1;
	/* 1 for directories: "unknown" to those who count subfolders by it */
	return n->parent || n->fixed == FIXED_ROOT ? 1 : 0;
}

static int64_t
read_mtime(struct tenant *t, const struct node *n)
{
	/* the kernel keeps a listing for as long as this stands still */
	if (known_is_fleeting(n))
		return clock_wall_ns();
	switch ((enum node_kind)n->kind) {
	case NODE_USER:
	case NODE_RECORD:
		return n->obj.person && n->obj.person->changed_ns
			   ? n->obj.person->changed_ns
			   : n->mtime_ns;
	case NODE_LICENSE_RECORD:
		return n->obj.license ? n->obj.license->changed_ns
				      : n->mtime_ns;
	case NODE_STATUS:
	case NODE_JOURNAL:
	case NODE_PLAN:
		return clock_wall_ns();
	case NODE_HELP:
		return t->started_ms * CLOCK_NS_PER_MS;
	default:
		return n->mtime_ns;
	}
}

/* The times of his record are not those of his file. */
static bool
read_is_kept(const struct node *n)
{
	return n->kind == NODE_USER && n->obj.person &&
	       keep_is_shown(n->obj.person);
}

void
read_attr(struct tenant *t, const struct node *n, struct tenant_attr *ret)
{
	const struct store_attr *a = attr_get(t, tree_ino(n));
	mode_t type = read_type(n);

	ret->node = NODE_ID(n);
	ret->ino = tree_ino(n);
	ret->mode = S_ISLNK(type) ? type : type & ~t->conf.umask;
	ret->nlink = read_nlink(n);
	ret->uid = t->conf.uid;
	ret->gid = t->conf.gid;
	ret->size = read_size(t, n);
	ret->mtime_ns = ret->ctime_ns = read_mtime(t, n);
	if (n->kind == NODE_ACTIVITY && n->parent)
		activity_times(t, n, &ret->mtime_ns, &ret->ctime_ns);
	if (n->kind == NODE_CANDIDATE && n->record)
		ret->ctime_ns = reclaim_ctime_ms(t, n) * CLOCK_NS_PER_MS;
	ret->uncached =
	    read_is_uncached(n) || (reports_is_file(n) && !reports_is_fresh(t));
	if (a && (a->set & STORE_ATTR_MODE))
		ret->mode = (type & S_IFMT) | (a->mode & 07777);
	if (a && (a->set & STORE_ATTR_UID))
		ret->uid = a->uid;
	if (a && (a->set & STORE_ATTR_GID))
		ret->gid = a->gid;
	if (attr_has_mtime(a, n) && !known_is_fleeting(n))
		ret->mtime_ns = a->mtime_ns;
	ret->atime_ns = ret->mtime_ns;
	if (a && (a->set & STORE_ATTR_ATIME))
		ret->atime_ns = a->atime_ns;
	if (a && (a->set & STORE_ATTR_CTIME) &&
	    (a->ctime_ns > ret->ctime_ns || read_is_kept(n)))
		ret->ctime_ns = a->ctime_ns;
}

int
tenant_getattr(struct tenant *t, uint64_t node, struct tenant_attr *ret)
{
	const struct node *n;

	if (snapshot_is(node))
		return snapshot_getattr(t, node, ret);
	tenant_read_lock(t);
	n = tree_get(t, node);
	if (n)
		read_attr(t, n, ret);
	tenant_read_unlock(t);
	return n ? 0 : -ESTALE;
}

/* ---- names ---- */

static bool
read_is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A handle came back to the kernel: who is it, and in which folder? Not one
 * that was removed: that is stale. */
static struct node *
read_dots(struct node *n, const char *name)
{
	if (n && name[1])
		return n->parent;
	return n && (n->parent || n->fixed == FIXED_ROOT) ? n : NULL;
}

static int
read_lookup_dots(
    struct tenant *t, uint64_t node, const char *name, struct tenant_attr *ret)
{
	struct node *d, *n;

	if (snapshot_is(node) && !name[1])
		return snapshot_getattr(t, node, ret) < 0 ? -ENOENT : 0;
	if (snapshot_is(node))
		return read_lookup_dots(t, snapshot_parent(t, node), ".", ret);
	tenant_read_lock(t);
	d = tree_get(t, node);
	n = read_dots(d, name);
	if (n) {
		atomic_fetch_add(&n->lookups, 1);
		read_attr(t, n, ret);
	}
	tenant_read_unlock(t);
	return n	 ? 0
	       : d	 ? -ENOENT
	       : name[1] ? -ENOENT
			 : known_lookup_again(t, node, ret);
}

int
tenant_lookup(struct tenant *t, uint64_t dir, const char *name,
    struct tenant_attr *ret, bool *ret_uncached)
{
	struct node *d, *n = NULL;
	bool known = false;
	int r = -ENOENT;

	if (ret_uncached)
		*ret_uncached = false;
	if (read_is_dots(name))
		return read_lookup_dots(t, dir, name, ret);
	if (snapshot_is(dir))
		return snapshot_lookup(t, dir, name, ret);
	r = reports_refresh_for(t, dir, name);
	if (r < 0)
		return r;
	tenant_read_lock(t);
	d = tree_get(t, dir);
	if (d && tree_is_dir(d) && !known_is_fleeting(d))
		n = tree_child(t, d, name);
	known = d && !n &&
		(d->fixed == FIXED_RECORDS || known_is_fleeting(d) ||
		    activity_is_dir(d));
	if (n) {
		atomic_fetch_add(&n->lookups, 1);
		read_attr(t, n, ret);
		r = 0;
	} else {
		r = d && d->fixed == FIXED_SNAPSHOTS
			? snapshot_find(t, name, ret)
			: -ENOENT;
	}
	if (ret_uncached)
		*ret_uncached = !d || read_is_uncached(d);
	tenant_read_unlock(t);
	if (known)
		return known_lookup(t, dir, name, ret);
	return r;
}

uint64_t
tenant_parent(struct tenant *t, uint64_t dir)
{
	const struct node *n;
	uint64_t id = TENANT_ROOT_NODE;

	if (snapshot_is(dir))
		return snapshot_parent(t, dir);
	tenant_read_lock(t);
	n = tree_get(t, dir);
	if (n && n->parent)
		id = NODE_ID(n->parent);
	tenant_read_unlock(t);
	return id;
}

/* The persons behind users/ are also those of records/; no lookups there. */
static void
read_records_attr(
    struct tenant *t, const struct node *user, struct tenant_attr *a)
{
	const struct person *p = user->obj.person;

	read_attr(t, user, a);
	a->mode = S_IFREG | (0444 & ~t->conf.umask);
	a->ino = (uint64_t)INO_RECORD << 32 | (uint32_t)p->number;
	a->size = p->size;
}

int
tenant_readdir(struct tenant *t, uint64_t dir, uint64_t cookie, bool plus,
    tenant_dirent_fn fn, void *ctx)
{
	struct node *d, *from, *n;
	struct tenant_attr a;
	size_t i;
	int r = 0;

	if (snapshot_is(dir))
		return snapshot_readdir(t, dir, cookie, fn, ctx);
	if (plus && cookie == 0)
		r = reports_refresh_for(t, dir, NULL);
	if (r < 0)
		return r;
	tenant_read_lock(t);
	d = tree_get(t, dir);
	if (!d || !tree_is_dir(d)) {
		r = d ? -ENOTDIR : -ESTALE;
		goto out;
	}
	if (known_is_fleeting(d)) { /* one of the fixed: it stays */
		tenant_read_unlock(t);
		return known_list(t, d, cookie, fn, ctx);
	}
	if (activity_is_dir(d)) { /* likewise */
		unsigned product = (unsigned)(d->fixed - FIXED_PRODUCT);

		tenant_read_unlock(t);
		return activity_list(t, product, cookie, plus, fn, ctx);
	}
	if (d->fixed == FIXED_SNAPSHOTS) {
		snapshot_list(t, cookie, fn, ctx);
		goto out;
	}
	from = d->fixed == FIXED_RECORDS ? t->fixed[FIXED_USERS] : d;
	i = tree_seek(from, cookie);
	while ((n = tree_next_child(from, &i))) {
		if (!tree_is_listed(n))
			continue;
		if (from != d) {
			if (n->kind != NODE_USER || !n->obj.person ||
			    !n->obj.person->record)
				continue;
			read_records_attr(t, n, &a);
			a.node = 0; /* not known to the kernel by this */
		} else {
			read_attr(t, n, &a);
		}
		if (!fn(ctx, n->name, &a, n->cookie))
			break;
		if (plus && from == d)
			atomic_fetch_add(&n->lookups, 1);
	}
out:
	tenant_read_unlock(t);
	return r;
}

/* ---- bytes ---- */

int
read_slice(
    const char *data, size_t len, off_t offset, size_t n, struct buf *out)
{
	if ((size_t)offset >= len)
		return 0;
	if (n > len - (size_t)offset)
		n = len - (size_t)offset;
	return buf_append(out, data + offset, n);
}

/* A version of the store, after the lock was given back. */
static int
read_version(
    struct tenant *t, int64_t record, off_t offset, size_t n, struct buf *out)
{
	AUTO(buf_done) struct buf text = BUF_MAX(RECORD_BYTES_MAX);
	struct err err = ERR_NONE;
	int r = store_record_text(t->store, record, &text, &err);

	return r < 0 ? r : read_slice(text.data, text.len, offset, n, out);
}

/* Where in the store the bytes of a node are; {0, 0, -1}: they were in memory
 */
struct read_from {
	int64_t record; /* a version */
	int64_t kept;
	int64_t journal; /* where it begins for this reader */
};

static int
read_user(const struct node *n, off_t offset, size_t len, struct buf *out,
    struct read_from *ret)
{
	const struct person *p = n->obj.person;
	const struct buf *left = n->local ? &n->local->content : NULL;

	if (read_is_staged(n))
		return read_slice(n->writing->stage.image.data,
		    n->writing->stage.image.len, offset, len, out);
	if (n->kind == NODE_USER && p && keep_is_shown(p))
		ret->kept = p->kept->id;
	else if (n->kind == NODE_USER && p && p->pending_text)
		return read_slice(
		    p->pending_text, p->pending_bytes, offset, len, out);
	else if (n->kind == NODE_USER && !p && !n->parent && left && left->len)
		return read_slice(left->data, left->len, offset, len, out);
	else
		ret->record = p ? p->record : n->record;
	return 0;
}

/* What is printed anew, of what is known, for each read. */
static int
read_printed(struct tenant *t, const struct node *n, off_t offset, size_t len,
    struct buf *out)
{
	AUTO(buf_done) struct buf text = BUF_MAX(RECLAIM_TEXT_BYTES);
	int r = n->kind == NODE_ACTIVITY ? activity_text(t, n, &text)
					 : reclaim_text(t, n, &text);

	return r < 0 ? r : read_slice(text.data, text.len, offset, len, out);
}

static int
read_rules_text(const struct tenant *t, const struct node *n, off_t offset,
    size_t len, struct buf *out)
{
	size_t bytes;
	const char *text = read_rules(t, n, &bytes);

	return text ? read_slice(text, bytes, offset, len, out) : 0;
}

/* What is in memory, with the read lock. */
static int
read_node(struct tenant *t, const struct node *n, off_t offset, size_t len,
    struct buf *out, struct read_from *ret)
{
	switch ((enum node_kind)n->kind) {
	case NODE_USER:
	case NODE_RECORD:
		return read_user(n, offset, len, out, ret);
	case NODE_LICENSE_RECORD:
		ret->record =
		    n->obj.license ? n->obj.license->record : n->record;
		return 0;
	case NODE_TRASH:
		ret->record = n->record;
		return 0;
	case NODE_CTL:
		return 0;
	case NODE_LOCAL_FILE:
	case NODE_ERROR:
	case NODE_PENDING:
	case NODE_REPORT:
		return n->local ? read_slice(n->local->content.data,
				      n->local->content.len, offset, len, out)
				: 0;
	case NODE_HELP:
		return read_slice(
		    help_text, strlen(help_text), offset, len, out);
	case NODE_STATUS:
		return status_read(t, offset, len, out);
	case NODE_PLAN:
		return plan_file_read(t, offset, len, out);
	case NODE_ACTIVITY:
	case NODE_CANDIDATE:
		return read_printed(t, n, offset, len, out);
	case NODE_RULES:
		return read_rules_text(t, n, offset, len, out);
	case NODE_JOURNAL:
		ret->journal = n->record;
		return 0;
	case NODE_DIR:
		return -EISDIR;
	default:
		return -EINVAL;
	}
}

/* As it was written; -ENOENT: it is shown no longer. */
static int
read_kept(struct tenant *t, int64_t id, off_t offset, size_t n, struct buf *out)
{
	AUTO(buf_done) struct buf text = BUF_MAX(4 * STAGE_BYTES_MAX);
	struct err err = ERR_NONE;
	int r = store_kept_text(t->store, id, &text, &err);

	return r < 0 ? r : read_slice(text.data, text.len, offset, n, out);
}

static int
read_once(
    struct tenant *t, uint64_t node, off_t offset, size_t n, struct buf *out)
{
	struct read_from from = {0, 0, -1};
	const struct node *nd;
	struct err err = ERR_NONE;
	int r = -ESTALE;

	tenant_read_lock(t);
	nd = tree_get(t, node);
	if (nd)
		r = read_node(t, nd, offset, n, out, &from);
	tenant_read_unlock(t);
	if (r == 0 && from.journal >= 0)
		return store_journal_read(
		    t->store, from.journal + offset, n, out, &err);
	if (r == 0 && from.kept)
		return read_kept(t, from.kept, offset, n, out);
	return r == 0 && from.record
		   ? read_version(t, from.record, offset, n, out)
		   : r;
}

int
tenant_read(
    struct tenant *t, uint64_t node, off_t offset, size_t n, struct buf *out)
{
	int r, tries = 0;

	if (snapshot_is(node))
		return snapshot_read(t, node, offset, n, out);
	/* what was kept may have been forgotten in between */
	do
		r = read_once(t, node, offset, n, out);
	while (r == -ENOENT && ++tries < 100);
	return r == -ENOENT ? -EIO : r;
}

int
tenant_readlink(struct tenant *t, uint64_t node, struct buf *out)
{
	const struct node *n;
	int r = -ESTALE;

	if (snapshot_is(node))
		return snapshot_readlink(t, node, out);
	tenant_read_lock(t);
	n = tree_get(t, node);
	if (n)
		r = S_ISLNK(read_type(n)) ? read_target(n, out) : -EINVAL;
	tenant_read_unlock(t);
	return r;
}

/* DESIGN 2: seats as inodes; a person's files count nowhere else. */
int
tenant_statfs(struct tenant *t, uint64_t node, struct tenant_statfs *ret)
{
	const struct node *n;

	tenant_read_lock(t);
	n = tree_get(t, node);
	while (n && n->parent && n->kind != NODE_LICENSE_DIR)
		n = n->parent;
	ret->seats =
	    n && n->kind == NODE_LICENSE_DIR && n->obj.license->seats >= 0;
	if (ret->seats) {
		long left = license_free_now(t, n->obj.license);

		ret->files = n->obj.license->seats;
		ret->ffree = left > 0 ? left : 0;
	} else {
		ret->files = (int64_t)t->nodes.n;
		ret->ffree = 1000000;
	}
	tenant_read_unlock(t);
	return 0;
}
