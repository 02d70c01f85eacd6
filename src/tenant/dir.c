/* SPDX-License-Identifier: MIT */
/*
 * dir: what happens to names; here the frame of every operation.  What makes
 * a name is in dir_make (links: link.c), what takes one away in dir_remove,
 * what the clock does in dir_time.
 *
 * None of it waits (DESIGN 4.3): everything is checked against the mirror and
 * what is pending, journalled, and answered.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "dir_int.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "snapshot_int.h"

/* ---- the frame of every operation ---- */

/* Take the turn and find the directory; no events for this very name. */
struct node *
dir_begin(struct tenant *t, uint64_t dir, const char *name)
{
	struct node *d;

	tenant_begin(t);
	if (!tenant_is_nested(t)) {
		t->quiet_dir = dir;
		t->quiet_name = name;
	}
	d = tree_get(t, dir);
	return d && tree_is_dir(d) && (d->parent || d->fixed == FIXED_ROOT)
		   ? d
		   : NULL;
}

int
dir_absent(uint64_t dir)
{
	return snapshot_is(dir) ? -EROFS : -ENOENT;
}

int
dir_check_new(
    struct tenant *t, const struct node *dir, const char *name, struct err *err)
{
	int r = tenant_check_writable(t, err);

	if (r < 0)
		return r;
	if (tree_child(t, dir, name))
		return -EEXIST;
	if (strlen(name) > NAME_BYTES_MAX)
		return err_set(
		    err, -ENAMETOOLONG, "a name has at most 255 bytes");
	return dir_is_local(dir, name) ? scratch_check_new(t, err) : 0;
}

int
dir_end(struct tenant *t, struct node *made, struct tenant_attr *ret, int r)
{
	if (r == 0 && made) {
		tenant_mutate(t);
		atomic_fetch_add(&made->lookups, 1);
		read_attr(t, made, ret);
	}
	tenant_end(t);
	return r;
}

int
dir_refuse(struct tenant *t, const struct tenant_caller *who, const char *verb,
    const struct node *dir, const char *name, int code, const char *why)
{
	AUTO(text_done) char *path = tree_path(dir, name);

	if (path)
		report_refusal(t, who, verb, path, code, NULL, 0, why);
	return code;
}

bool
dir_is_local(const struct node *dir, const char *name)
{
	if (dir->kind == NODE_LOCAL_DIR)
		return true;
	return name_is_scratch(name) &&
	       (dir->fixed == FIXED_USERS || dir->fixed == FIXED_RECLAIM ||
		   dir->kind == NODE_LICENSE_DIR ||
		   dir->kind == NODE_GROUP_DIR);
}

void
dir_set_mode(struct tenant *t, const struct node *n, mode_t mode,
    const struct tenant_caller *who)
{
	struct store_attr *a = attr_make(t, tree_ino(n));

	if (!a)
		return;
	a->mode = mode & 07777;
	a->set |= STORE_ATTR_MODE;
	if (who->uid != t->conf.uid) {
		a->uid = who->uid;
		a->set |= STORE_ATTR_UID;
	}
	if (who->gid != t->conf.gid) {
		a->gid = who->gid;
		a->set |= STORE_ATTR_GID;
	}
}

struct node *
dir_add_local(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, const char *name, enum node_kind kind, mode_t mode)
{
	struct node *n;

	tenant_mutate(t);
	n = tree_add(t, dir, name, false, kind);
	if (!n || !tree_local(n)) {
		if (n)
			tree_remove(t, n);
		return NULL;
	}
	handle_name(t, n);
	if (kind != NODE_LOCAL_LINK)
		dir_set_mode(t, n, mode, who);
	return n;
}
