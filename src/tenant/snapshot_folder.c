/* SPDX-License-Identifier: MIT */
/* snapshot_folder: the licenses and groups of a snapshot, under the names of
 * then. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/list.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "snapshot_int.h"

/* While they are read: what the names and the parents come from. */
struct folder_rows {
	struct snapshot_folders *out;
	char **label, **ref;
};

static int
folder_take(void *ctx, const struct store_past *p)
{
	struct folder_rows *rows = ctx;
	struct snapshot_folders *out = rows->out;
	size_t n = out->n;
	struct snapshot_folder *v = list_grow(out->v, n, sizeof(*v));
	char **label, **ref;

	if (v)
		out->v = v;
	label = list_grow(rows->label, n, sizeof(*label));
	if (label)
		rows->label = label;
	ref = list_grow(rows->ref, n, sizeof(*ref));
	if (ref)
		rows->ref = ref;
	if (!v || !label || !ref)
		return -ENOMEM;
	v[n] = (struct snapshot_folder){
	    .key = text_dup(p->record.key), .number = p->record.number};
	label[n] = text_dup(p->record.name);
	ref[n] = text_dup(p->record.ref);
	out->n++;
	return v[n].key && label[n] && (ref[n] || !p->record.ref) ? 0 : -ENOMEM;
}

static void
folder_rows_done(struct folder_rows *rows)
{
	for (size_t i = 0; i < rows->out->n; i++) {
		free(rows->label[i]);
		free(rows->ref[i]);
	}
	free(rows->label);
	free(rows->ref);
}

void
snapshot_folders_done(struct snapshot_folders *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].key);
		free(f->v[i].name);
	}
	free(f->v);
	free(f->by_key);
	*f = (struct snapshot_folders){NULL, NULL, NULL, 0};
}

static int
folder_compare_keys(const void *a, const void *b)
{
	return strcmp((*(const struct snapshot_folder *const *)a)->key,
	    (*(const struct snapshot_folder *const *)b)->key);
}

static int
folder_key_order(const void *key, const void *folder)
{
	return strcmp(
	    key, (*(const struct snapshot_folder *const *)folder)->key);
}

static int
folder_sort_keys(struct snapshot_folders *f)
{
	f->by_key = calloc(f->n + 1, sizeof(*f->by_key));
	if (!f->by_key)
		return -ENOMEM;
	for (size_t i = 0; i < f->n; i++)
		f->by_key[i] = &f->v[i];
	qsort(f->by_key, f->n, sizeof(*f->by_key), folder_compare_keys);
	return 0;
}

static const struct snapshot_folder *
folder_keyed(const struct snapshot_folders *f, const char *key)
{
	const struct snapshot_folder **found =
	    f->n == 0 ? NULL
		      : bsearch(key, f->by_key, f->n, sizeof(*f->by_key),
			    folder_key_order);

	return found ? *found : NULL;
}

static bool
folder_is_above(
    const struct snapshot_folder *f, const struct snapshot_folder *of)
{
	for (; of; of = of->parent)
		if (of == f)
			return true;
	return false;
}

/* Whatever the tenant said: no group lies in itself. */
static void
folder_set_parents(const struct folder_rows *rows)
{
	struct snapshot_folder *v = rows->out->v;

	for (size_t i = 0; i < rows->out->n; i++) {
		const struct snapshot_folder *parent =
		    rows->ref[i] ? folder_keyed(rows->out, rows->ref[i]) : NULL;

		if (!folder_is_above(&v[i], parent))
			v[i].parent = parent;
	}
}

static void
folder_set_siblings(struct snapshot_folders *f)
{
	for (size_t i = f->n; i-- > 0;) {
		const struct snapshot_folder *parent = f->v[i].parent;
		const struct snapshot_folder **first =
		    parent ? &f->v[parent - f->v].first : &f->first;

		f->v[i].next = *first;
		*first = &f->v[i];
	}
}

static int
folder_set_names(const struct folder_rows *rows,
    int (*name)(struct container_name *, size_t))
{
	struct snapshot_folder *v = rows->out->v;
	size_t n = rows->out->n, i;
	struct container_name *names = calloc(n + 1, sizeof(*names));
	int r = names ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < n; i++)
		names[i] = (struct container_name){
		    v[i].key, rows->label[i], v[i].parent, NULL};
	if (r == 0)
		r = name(names, n);
	for (i = 0; r == 0 && i < n; i++)
		v[i].name = TAKE(names[i].name);
	container_names_done(names, n);
	return r;
}

static int
folder_load(struct tenant *t, const struct snapshot *s, enum store_kind kind,
    int (*name)(struct container_name *, size_t), struct snapshot_folders *ret)
{
	struct folder_rows rows = {ret, NULL, NULL};
	struct err err = ERR_NONE;
	int r = store_past_each(
	    t->store, s->row.generation, kind, 0, folder_take, &rows, &err);

	if (r < 0 && r != -ENOMEM)
		log_error(".gotofs/snapshots/: %s", err.msg);
	if (r == 0)
		r = folder_sort_keys(ret);
	if (r == 0) {
		folder_set_parents(&rows);
		folder_set_siblings(ret);
		r = folder_set_names(&rows, name);
	}
	folder_rows_done(&rows);
	return r;
}

int
snapshot_need_folders(struct tenant *t, struct snapshot *s)
{
	int r = 0;

	pthread_mutex_lock(&s->folders_lock);
	if (!s->has_folders) {
		r = folder_load(
		    t, s, STORE_LICENSE, container_name_licenses, &s->licenses);
		if (r == 0)
			r = folder_load(t, s, STORE_GROUP,
			    container_name_groups, &s->groups);
		if (r < 0) {
			snapshot_folders_done(&s->licenses);
			snapshot_folders_done(&s->groups);
		}
		s->has_folders = r == 0;
	}
	pthread_mutex_unlock(&s->folders_lock);
	return r;
}

static const struct snapshot_folders *
folders_of(const struct snapshot *s, enum snapshot_view view)
{
	return view == SNAPSHOT_LICENSE ? &s->licenses : &s->groups;
}

static int
folder_number_order(const void *key, const void *folder)
{
	const struct snapshot_folder *f = folder;
	int64_t number = *(const int64_t *)key;

	return number < f->number ? -1 : number > f->number;
}

const struct snapshot_folder *
snapshot_folder_of(
    const struct snapshot *s, enum snapshot_view view, int64_t number)
{
	const struct snapshot_folders *f = folders_of(s, view);

	return f->n == 0 ? NULL
			 : bsearch(&number, f->v, f->n, sizeof(*f->v),
			       folder_number_order);
}

const struct snapshot_folder *
snapshot_folder_keyed(
    const struct snapshot *s, enum store_kind kind, const char *key)
{
	return folder_keyed(
	    kind == STORE_LICENSE ? &s->licenses : &s->groups, key);
}

const struct snapshot_folder *
snapshot_folder_first(const struct snapshot *s, enum snapshot_view view,
    const struct snapshot_folder *parent)
{
	return parent ? parent->first : folders_of(s, view)->first;
}

const struct snapshot_folder *
snapshot_folder_named(const struct snapshot *s, enum snapshot_view view,
    const struct snapshot_folder *parent, const char *name)
{
	const struct snapshot_folder *f =
	    snapshot_folder_first(s, view, parent);

	while (f && strcmp(f->name, name) != 0)
		f = f->next;
	return f;
}

int
snapshot_folder_depth(const struct snapshot_folder *f)
{
	int depth = 1;

	for (; f; f = f->parent)
		depth++;
	return depth;
}

int
snapshot_folder_path(
    const struct snapshot_folder *f, enum snapshot_view view, struct buf *out)
{
	int r = f->parent ? snapshot_folder_path(f->parent, view, out)
			  : buf_puts(out, view == SNAPSHOT_LICENSE ? "licenses"
								   : "groups");

	return r < 0 ? r : buf_printf(out, "/%s", f->name);
}
