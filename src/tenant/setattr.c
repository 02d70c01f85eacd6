/* SPDX-License-Identifier: MIT */
/* setattr: sizes, modes, owners and times (DESIGN 2: kept when set). */
#include <errno.h>

#include "gotofs/clock.h"
#include "keep_int.h"
#include "snapshot_int.h"

#define SETATTR_CONTENT                                                        \
	(TENANT_SET_SIZE | TENANT_SET_MTIME | TENANT_SET_MTIME_NOW |           \
	    TENANT_SET_ATIME | TENANT_SET_ATIME_NOW)

static void
setattr_times(struct tenant *t, const struct node *n,
    const struct tenant_attr *attr, unsigned set)
{
	int64_t now = clock_wall_ns();
	struct store_attr *a;

	if (set & (TENANT_SET_MTIME | TENANT_SET_MTIME_NOW))
		attr_set_mtime(
		    t, n, set & TENANT_SET_MTIME_NOW ? now : attr->mtime_ns);
	if (!(set & (TENANT_SET_ATIME | TENANT_SET_ATIME_NOW)))
		return;
	a = attr_make(t, tree_ino(n));
	if (!a)
		return;
	a->set |= STORE_ATTR_ATIME;
	a->atime_ns = set & TENANT_SET_ATIME_NOW ? now : attr->atime_ns;
}

static void
setattr_owner(struct tenant *t, const struct node *n,
    const struct tenant_attr *attr, unsigned set)
{
	struct store_attr *a = attr_make(t, tree_ino(n));

	if (!a)
		return;
	if (set & TENANT_SET_MODE) {
		a->mode = attr->mode & 07777;
		a->set |= STORE_ATTR_MODE;
	}
	if (set & TENANT_SET_UID) {
		a->uid = attr->uid;
		a->set |= STORE_ATTR_UID;
	}
	if (set & TENANT_SET_GID) {
		a->gid = attr->gid;
		a->set |= STORE_ATTR_GID;
	}
}

/* A time that somebody chose, or that of now: does the file keep its writer's
 * bytes for it?  True: they are others than before. */
static bool
setattr_chosen(struct tenant *t, const struct tenant_caller *who,
    struct node *n, const struct tenant_attr *attr, unsigned set)
{
	bool chosen = set & TENANT_SET_MTIME;

	if (n->local)
		n->local->timed = chosen;
	return chosen && keep_timed(t, n, who, attr->mtime_ns);
}

int
tenant_setattr(struct tenant *t, const struct tenant_caller *who, uint64_t node,
    const struct tenant_attr *attr, unsigned set, struct tenant_attr *ret)
{
	struct node *n;
	int r = -ESTALE;

	if (snapshot_is(node))
		return -EROFS;
	tenant_begin(t);
	n = tree_get(t, node);
	if (n &&
	    (n->kind == NODE_ACTIVITY || n->kind == NODE_CANDIDATE ||
		reports_is_file(n)) &&
	    (set & SETATTR_CONTENT))
		r = -EPERM; /* its time is what it tells */
	else if (n)
		r = set & TENANT_SET_SIZE
			? write_truncate(t, who, n, attr->size)
			: 0;
	if (r == 0) {
		tenant_mutate(t);
		if (set & (TENANT_SET_MODE | TENANT_SET_UID | TENANT_SET_GID))
			setattr_owner(t, n, attr, set);
		if (set & (TENANT_SET_MTIME | TENANT_SET_MTIME_NOW)) {
			dir_touched(n);
		}
		setattr_times(t, n, attr, set);
		attr_set_ctime(t, n);
		if (set & (TENANT_SET_MTIME | TENANT_SET_MTIME_NOW) &&
		    setattr_chosen(t, who, n, attr, set))
			r = TENANT_STALE;
		tenant_mutate(t);
		read_attr(t, n, ret);
	}
	tenant_end(t);
	return r;
}
