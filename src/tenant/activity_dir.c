/* SPDX-License-Identifier: MIT */
/*
 * activity_dir: whom activity/<product>/ lists.
 *
 * A list of people by number, which is also the place in a listing.  A file
 * has a node only while the kernel knows it (known_int.h): there is one for
 * each person and product.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gotofs/list.h"
#include "known_int.h"

static struct node *
dir_of(const struct tenant *t, unsigned product)
{
	return t->fixed[FIXED_PRODUCT + product];
}

bool
activity_is_dir(const struct node *dir)
{
	return dir->fixed >= FIXED_PRODUCT && dir->fixed <= FIXED_PRODUCT_LAST;
}

size_t
activity_holders_from(const struct activity_holders *h, int64_t number)
{
	size_t lo = 0, hi = h->n;

	if (hi > 0 && h->v[hi - 1]->number < number) /* as at the load */
		return hi;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (h->v[mid]->number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
dir_add(struct activity_holders *h, struct person *p)
{
	struct person **v = list_grow(h->v, h->n, sizeof(struct person *));
	size_t at;

	if (!v)
		return -ENOMEM;
	h->v = v;
	at = activity_holders_from(h, p->number);
	memmove(v + at + 1, v + at, (h->n - at) * sizeof(struct person *));
	v[at] = p;
	h->n++;
	return 0;
}

static void
dir_take(struct activity_holders *h, const struct person *p)
{
	size_t at = activity_holders_from(h, p->number);

	while (at < h->n && h->v[at] != p)
		at++;
	if (at == h->n)
		return;
	h->n--;
	memmove(
	    h->v + at, h->v + at + 1, (h->n - at) * sizeof(struct person *));
}

static void
dir_announce(struct tenant *t, struct node *dir, const char *name)
{
	tree_touch(t, dir);
	event_entry(t, dir, name);
}

static void
dir_drop_node(struct tenant *t, struct node *n)
{
	activity_let_go(t, n);
	tree_forget_record(t, n);
}

void
activity_show(struct tenant *t, struct person *p, unsigned product)
{
	if (dir_add(&t->activity.holders[product], p) < 0)
		return;
	p->activity_shown |= (uint8_t)PRODUCT_BIT(product);
	dir_announce(t, dir_of(t, product), p->name);
}

void
activity_hide(
    struct tenant *t, struct person *p, unsigned product, const char *name)
{
	struct node *dir = dir_of(t, product), *n = tree_child(t, dir, name);

	if (n && n->obj.person == p)
		dir_drop_node(t, n);
	if (!(p->activity_shown & PRODUCT_BIT(product)))
		return;
	p->activity_shown &= (uint8_t)~PRODUCT_BIT(product);
	dir_take(&t->activity.holders[product], p);
	dir_announce(t, dir, name);
}

/* His node in there. NULL: no memory. */
static struct node *
dir_node(struct tenant *t, struct node *dir, struct person *p)
{
	struct node *n = tree_child(t, dir, p->name);

	tenant_mutate(t);
	if (n && n->obj.person != p) { /* of one who has had his name */
		dir_drop_node(t, n);
		n = NULL;
	}
	if (n)
		return n;
	n = tree_add_known(t, dir, p->name, NODE_ACTIVITY, 0);
	if (n) {
		n->obj.person = p;
		handle_name(t, n);
	}
	return n;
}

int
activity_lookup(
    struct tenant *t, unsigned product, const char *name, struct node **ret)
{
	struct person *p = person_by_name(t, name);

	if (!p || !(p->activity_shown & PRODUCT_BIT(product)))
		return -ENOENT;
	*ret = dir_node(t, dir_of(t, product), p);
	return *ret ? 0 : -ENOMEM;
}

/* With the turn, plus: the kernel learns of each node. False: that was the
 * last one. */
static bool
dir_list_node(struct tenant *t, struct node *dir, struct person *p,
    tenant_dirent_fn fn, void *ctx)
{
	struct node *n = dir_node(t, dir, p);
	struct tenant_attr a;
	bool more;

	if (!n)
		return false;
	read_attr(t, n, &a);
	more = fn(ctx, p->name, &a, (uint64_t)p->number);
	if (more)
		atomic_fetch_add(&n->lookups, 1);
	else if (atomic_load(&n->lookups) == 0)
		tree_forget_record(t, n);
	return more;
}

static bool
dir_list_name(struct tenant *t, unsigned product, const struct person *p,
    tenant_dirent_fn fn, void *ctx)
{
	const struct tenant_attr a = {
	    .ino = (uint64_t)INO_ACTIVITY << 32 |
		   (uint32_t)activity_number_of(p, (enum product)product),
	    .mode = S_IFREG | (0444 & ~t->conf.umask),
	    .nlink = 1,
	};

	return fn(ctx, p->name, &a, (uint64_t)p->number);
}

int
activity_list(struct tenant *t, unsigned product, uint64_t cookie, bool plus,
    tenant_dirent_fn fn, void *ctx)
{
	const struct activity_holders *h = &t->activity.holders[product];
	bool more = true;
	size_t i;

	if (plus)
		tenant_begin(t);
	else
		tenant_read_lock(t);
	for (i = activity_holders_from(h, (int64_t)cookie + 1);
	     more && i < h->n; i++)
		more = plus ? dir_list_node(
				  t, dir_of(t, product), h->v[i], fn, ctx)
			    : dir_list_name(t, product, h->v[i], fn, ctx);
	if (plus)
		tenant_end(t);
	else
		tenant_read_unlock(t);
	return 0;
}
