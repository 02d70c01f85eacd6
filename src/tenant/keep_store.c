/* SPDX-License-Identifier: MIT */
/*
 * keep_store: kept texts to the store and back.
 *
 * What a caller is told about has its row before, so that a kill -9 finds it;
 * no row waits for the disk (store_begin_soon), because a power failure that
 * takes one leaves a file that reads as the record.
 */
#include <errno.h>
#include <stdlib.h>

#include "gotofs/err.h"
#include "gotofs/log.h"
#include "keep_int.h"

#define KEEP_FLUSH_ROWS 4000 /* at a time: others wait for the turn */

static struct store_kept
keep_row(const struct kept *k)
{
	return (struct store_kept){.id = k->id,
	    .number = k->number,
	    .mtime_ns = k->mtime_ns,
	    .record = k->agrees ? k->judged : 0,
	    .fields = k->fields.set,
	    .hash = k->fields.hash,
	    .bytes = k->bytes,
	    .timed = k->timed};
}

static int
keep_begin(struct tenant *t, struct store_batch **ret, struct err *err)
{
	tenant_pause(t);
	return store_begin_soon(t->store, ret, err);
}

static int
keep_end(struct store_batch *b, int r, struct err *err)
{
	r = store_end(b, r, err);
	if (r < 0)
		log_warn("cannot keep a file as it was written: %s", err->msg);
	return r;
}

/* Mode and times go with it: rsync compares them all. */
static int
keep_put_attr(struct tenant *t, struct store_batch *b, const struct person *p,
    struct err *err)
{
	const struct store_attr *a =
	    attr_get(t, (uint64_t)INO_ACCOUNT << 32 | (uint32_t)p->number);

	return a && a->set ? store_attr_put(b, a, err) : 0;
}

int
keep_put(
    struct tenant *t, const struct person *p, struct kept *k, const char *text)
{
	struct store_kept row = keep_row(k);
	struct err err = ERR_NONE;
	struct store_batch *b = NULL;
	int r = keep_begin(t, &b, &err);

	if (r == 0)
		r = store_kept_add(b, &row, text, k->bytes, &k->id, &err);
	if (r == 0 && k->timed)
		r = keep_put_attr(t, b, p, &err);
	return keep_end(b, r, &err);
}

int
keep_put_text(
    struct tenant *t, const struct kept *k, const char *text, size_t len)
{
	struct err err = ERR_NONE;
	struct store_batch *b = NULL;
	int r = keep_begin(t, &b, &err);

	if (r == 0)
		r = store_kept_set_text(b, k->id, text, len, &err);
	return keep_end(b, r, &err);
}

void
keep_put_row(struct tenant *t, const struct person *p, const struct kept *k)
{
	struct store_kept row = keep_row(k);
	struct err err = ERR_NONE;
	struct store_batch *b = NULL;
	int r = keep_begin(t, &b, &err);

	if (r == 0)
		r = store_kept_set(b, &row, &err);
	if (r == 0)
		r = keep_put_attr(t, b, p, &err);
	keep_end(b, r, &err);
}

/* ---- later ---- */

void
keep_gone(struct tenant *t, int64_t id)
{
	if (t->kept_gone_n == t->kept_gone_cap) {
		size_t cap = t->kept_gone_cap ? t->kept_gone_cap * 2 : 64;
		int64_t *v = realloc(t->kept_gone, cap * sizeof(*v));

		if (!v)
			return; /* it goes when it is loaded */
		t->kept_gone = v;
		t->kept_gone_cap = cap;
	}
	t->kept_gone[t->kept_gone_n++] = id;
}

/* Rows that say otherwise; *ret_left: there are more. */
static int
keep_flush_dirty(
    struct tenant *t, struct store_batch *b, bool *ret_left, struct err *err)
{
	struct kept *k;
	size_t n = 0;
	int r = 0;

	*ret_left = false;
	for (k = t->kept; r == 0 && k; k = k->next) {
		struct store_kept row = keep_row(k);

		if (!k->dirty)
			continue;
		if (n++ == KEEP_FLUSH_ROWS) {
			*ret_left = true;
			break;
		}
		r = store_kept_set(b, &row, err);
		k->dirty = r < 0;
	}
	return r;
}

void
keep_flush(struct tenant *t)
{
	struct err err = ERR_NONE;
	struct store_batch *b = NULL;
	bool left = false;
	size_t i;
	int r;

	if (!t->kept_gone_n && !t->kept_dirty)
		return;
	r = keep_begin(t, &b, &err);
	for (i = 0; r == 0 && i < t->kept_gone_n; i++)
		r = store_kept_drop(b, t->kept_gone[i], &err);
	if (r == 0)
		r = keep_flush_dirty(t, b, &left, &err);
	if (keep_end(b, r, &err) < 0)
		return; /* what stays behind goes when it is loaded */
	t->kept_dirty = left;
	t->kept_gone_n = 0;
	if (t->kept_gone_cap > 4096) { /* after a pull that changed everybody */
		free(t->kept_gone);
		t->kept_gone = NULL;
		t->kept_gone_cap = 0;
	}
}

/* ---- back ---- */

struct keep_rows {
	struct tenant *t;
	struct store_kept *v; /* by number, the oldest first */
	size_t n, cap;
};

static int
keep_load_row(void *ctx, const struct store_kept *row)
{
	struct keep_rows *rows = ctx;

	if (!row->timed) { /* nobody can set its time any more */
		keep_gone(rows->t, row->id);
		return 0;
	}
	if (rows->n == rows->cap) {
		size_t cap = rows->cap ? rows->cap * 2 : 64;
		struct store_kept *v = realloc(rows->v, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		rows->v = v;
		rows->cap = cap;
	}
	rows->v[rows->n++] = *row;
	return 0;
}

/* The first row of this number, or of the next one. */
static size_t
keep_rows_seek(const struct keep_rows *rows, int64_t number)
{
	size_t lo = 0, hi = rows->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (rows->v[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
keep_attach(struct keep_rows *rows, struct person *p)
{
	size_t i = keep_rows_seek(rows, p->number);

	for (; p->number && i < rows->n && rows->v[i].number == p->number;
	     i++) {
		struct store_kept *row = &rows->v[i];
		struct kept *k = calloc(1, sizeof(*k));

		if (!k)
			return -ENOMEM;
		*k = (struct kept){.id = row->id,
		    .number = row->number,
		    .mtime_ns = row->mtime_ns,
		    .judged = row->record,
		    .agrees = row->record != 0,
		    .fields = {row->fields, row->hash},
		    .bytes = row->bytes,
		    .timed = true};
		keep_link(rows->t, p, k);
		row->timed = false; /* taken */
	}
	keep_settle(rows->t, p);
	return 0;
}

/* After the records and the queue, which says what is pending. */
int
keep_load(struct tenant *t, struct err *err)
{
	struct keep_rows rows = {.t = t};
	struct map_link *l;
	size_t i;
	int r = store_kept_each(t->store, keep_load_row, &rows, err);

	for (l = map_walk(&t->persons_by_name, NULL); r == 0 && rows.n && l;
	     l = map_walk(&t->persons_by_name, l))
		r = keep_attach(&rows, map_entry(l, struct person, by_name));
	for (i = 0; r == 0 && i < rows.n; i++)
		if (rows.v[i].timed) /* nobody's */
			keep_gone(t, rows.v[i].id);
	free(rows.v);
	return r == -ENOMEM ? err_nomem(err) : r;
}

void
keep_done(struct tenant *t)
{
	free(t->kept_gone);
	t->kept_gone = NULL;
	t->kept_gone_n = t->kept_gone_cap = 0;
}
