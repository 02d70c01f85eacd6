/* SPDX-License-Identifier: MIT */
/* known: nodes made when the kernel asks for their names. */
#include "known_int.h"

#include <errno.h>

#include "pending_int.h"
#include "trash_int.h"

bool
known_is_fleeting(const struct node *dir)
{
	return dir->fixed == FIXED_TRASH || dir->fixed == FIXED_PENDING;
}

int
known_record(struct tenant *t, const char *name, struct node **ret)
{
	struct person *p = person_by_name(t, name);

	if (!p || p->record <= 0)
		return -ENOENT;
	tenant_mutate(t);
	*ret = tree_child(t, t->fixed[FIXED_RECORDS], name);
	if (!*ret)
		*ret = tree_add_record(t, p);
	return *ret ? 0 : -ENOMEM;
}

int
known_lookup(
    struct tenant *t, uint64_t dir, const char *name, struct tenant_attr *ret)
{
	const struct node *d;
	struct node *n = NULL;
	int r;

	tenant_begin(t);
	d = tree_get(t, dir);
	if (!d)
		r = -ENOENT;
	else if (d->fixed == FIXED_TRASH)
		r = trash_lookup(t, name, &n);
	else if (d->fixed == FIXED_PENDING)
		r = pending_lookup(t, name, &n);
	else if (activity_is_dir(d))
		r = activity_lookup(
		    t, (unsigned)(d->fixed - FIXED_PRODUCT), name, &n);
	else
		r = known_record(t, name, &n);
	if (r == 0) {
		atomic_fetch_add(&n->lookups, 1);
		read_attr(t, n, ret);
	}
	tenant_end(t);
	return r;
}

int
known_lookup_again(struct tenant *t, uint64_t node, struct tenant_attr *ret)
{
	struct node *n = NULL;
	int r;

	tenant_begin(t);
	r = handle_find_known(t, node, &n);
	if (r == 0 && NODE_ID(n) != node)
		r = -ENOENT;
	if (r == 0) {
		atomic_fetch_add(&n->lookups, 1);
		read_attr(t, n, ret);
	}
	tenant_end(t);
	return r;
}

int
known_list(struct tenant *t, const struct node *dir, uint64_t cookie,
    tenant_dirent_fn fn, void *ctx)
{
	if (dir->fixed == FIXED_TRASH)
		return trash_list(t, cookie, fn, ctx);
	return pending_list(t, cookie, fn, ctx);
}
