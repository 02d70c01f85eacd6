/* SPDX-License-Identifier: MIT */
/* trash: what is in .gotofs/trash/: rows of the store, nodes on demand. */
#include "trash_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/text.h"

void
trash_restore_free(struct restore *r)
{
	if (!r)
		return;
	free(r->from);
	free(r->left);
	free(r->differs);
	free(r);
}

void
trash_entry_done(struct trash_entry *e)
{
	free(e->key);
	free(e->group_key);
	free(e->group_label);
	free(e->command);
	strv_free(e->license_keys);
	*e = (struct trash_entry)TRASH_ENTRY_NONE;
}

/* ---- in ---- */

static char *
trash_license_keys(const struct person *p)
{
	AUTO(strv_done) char **keys = NULL;
	unsigned i;

	for (i = 0; i < p->seats_n; i++)
		if (strv_add(&keys, p->seat[i].license->key) < 0)
			return NULL;
	return strv_join(keys, "\n");
}

/* For when another key has his name in the trash. */
static char *
trash_longer_name(const struct person *p)
{
	char *longer = person_longer_name(p->name, p->key);

	return longer ? longer : text_dup(p->name);
}

int
trash_put(struct store_batch *b, const struct person *p, const struct change *c,
    struct err *err)
{
	AUTO(text_done) char *keys = trash_license_keys(p);
	AUTO(text_done) char *longer = trash_longer_name(p);
	struct store_trash row = {
	    .key = p->key,
	    .name = p->name,
	    .longer_name = longer,
	    .number = p->number,
	    .record = p->record,
	    .text_bytes = p->size,
	    .license_keys = keys && *keys ? keys : NULL,
	    .group_key = p->group ? p->group->key : NULL,
	    .group_label = p->group ? p->group->label : NULL,
	    .removed_ms = clock_wall_ms(),
	    .uid = c ? (int64_t)c->uid : -1,
	    .command = c ? c->command : NULL,
	};

	if (!p->record || !p->key)
		return 0;
	if (!keys || !longer)
		return err_nomem(err);
	return store_trash_put(b, &row, err);
}

/* ---- out ---- */

static int
trash_take_row(void *ctx, const struct store_trash *row)
{
	struct trash_entry *e = ctx;

	trash_entry_done(e);
	e->number = row->number;
	e->record = row->record;
	e->removed_ms = row->removed_ms;
	e->uid = row->uid;
	e->size = (uint32_t)row->text_bytes;
	e->key = text_dup(row->key);
	e->group_key = text_dup(row->group_key);
	e->group_label = text_dup(row->group_label);
	e->command = text_dup(row->command);
	if (row->license_keys)
		e->license_keys = strv_split(row->license_keys, "\n");
	if (!e->key || (row->group_key && !e->group_key) ||
	    (row->license_keys && !e->license_keys))
		return -ENOMEM;
	return 0;
}

int
trash_find(struct tenant *t, const char *name, struct trash_entry *ret,
    struct err *err)
{
	struct trash_entry e = TRASH_ENTRY_NONE;
	int r = store_trash_find(t->store, name, trash_take_row, &e, err);

	if (r < 0) {
		trash_entry_done(&e);
		return r;
	}
	*ret = e;
	return 0;
}

static uint64_t
trash_ino(int64_t number)
{
	return (uint64_t)INO_TRASH << 32 | (uint32_t)number;
}

int
trash_lookup(struct tenant *t, const char *name, struct node **ret)
{
	AUTO(trash_entry_done) struct trash_entry e = TRASH_ENTRY_NONE;
	struct node *dir = t->fixed[FIXED_TRASH];
	struct node *n = tree_child(t, dir, name);
	struct err err = ERR_NONE;
	int r = trash_find(t, name, &e, &err);

	tenant_mutate(t);
	if (n && (r < 0 || n->record != e.record)) {
		tree_forget_record(t, n); /* another removal, or none */
		n = NULL;
	}
	if (r < 0 && r != -ENOENT && r != -ENOMEM)
		log_error(".gotofs/trash/%s: %s", name, err.msg);
	if (r < 0)
		return r;
	if (!n)
		n = tree_add_known(
		    t, dir, name, NODE_TRASH, trash_ino(e.number));
	if (!n)
		return -ENOMEM;
	n->record = e.record;
	n->size = e.size;
	n->mtime_ns = e.removed_ms * CLOCK_NS_PER_MS;
	*ret = n;
	return 0;
}

struct trash_listing {
	struct tenant *t;
	tenant_dirent_fn fn;
	void *ctx;
};

static int
trash_list_row(void *ctx, const struct store_trash *row)
{
	struct trash_listing *l = ctx;
	struct tenant_attr a = {
	    .ino = trash_ino(row->number),
	    .mode = S_IFREG | (0444 & ~l->t->conf.umask),
	    .nlink = 1,
	    .size = (off_t)row->text_bytes,
	    .uncached = true,
	};

	return l->fn(l->ctx, row->name, &a, (uint64_t)row->seq) ? 0
								: -ECANCELED;
}

int
trash_list(struct tenant *t, uint64_t cookie, tenant_dirent_fn fn, void *ctx)
{
	struct trash_listing l = {t, fn, ctx};
	struct err err = ERR_NONE;
	int r = store_trash_each(
	    t->store, (int64_t)cookie, trash_list_row, &l, &err);

	return r == -ECANCELED ? 0 : r;
}
