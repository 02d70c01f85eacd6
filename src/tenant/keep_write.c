/* SPDX-License-Identifier: MIT */
/*
 * keep_write: from a document that was written to one that is kept: in place
 * it waits for its writer's utimens, by a rename the scratch file has its time
 * already.
 */
#include <stdlib.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "keep_int.h"

#define KEEP_TIMED_MS 60000 /* from the commit to its utimens (DESIGN 4.4) */

/* A text of his with a row; not in his list yet. NULL: it is not kept. */
static struct kept *
keep_make(struct tenant *t, const struct person *p, const char *text,
    size_t len, bool timed, int64_t mtime_ns)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->timed = timed;
	k->mtime_ns = mtime_ns;
	k->number = p->number;
	k->bytes = (uint32_t)len;
	if (keep_fields_read(text, len, &k->fields) == 0) {
		keep_is_judged(t, p, k);
		k->dirty = false; /* the row begins with it */
		if (keep_put(t, p, k, text) == 0)
			return k;
	}
	free(k);
	return NULL;
}

/* What was shown before, and what is now: its readers must ask again. */
static void
keep_switched(struct tenant *t, const struct person *p)
{
	if (!p->file)
		return;
	attr_set_ctime(t, p->file);
	event_inode(t, p->file);
}

/* What this writing has brought, if it is still the newest. */
static struct kept *
keep_of(const struct person *p, const struct writing *w)
{
	struct kept *k = p ? p->kept : NULL;

	return k && w->kept && k->id == w->kept ? k : NULL;
}

/* ---- in place ---- */

void
keep_written(struct tenant *t, struct node *n, const char *text, size_t len)
{
	struct writing *w = n->writing;
	struct person *p = n->obj.person;
	struct kept *k;

	w->kept = 0;
	if (!p)
		return;
	k = keep_make(t, p, text, len, false, 0);
	tenant_mutate(t);
	if (!k) { /* what was kept before has been written over */
		keep_drop_all(t, p);
		return;
	}
	/* one that is to be judged still: only what is below it was agreed */
	if (p->kept && (!p->kept->timed || p->kept->older))
		keep_pop(t, p);
	if (p->kept)
		p->kept->shown = false;
	keep_link(t, p, k);
	w->kept = k->id;
	w->kept_pid = w->who.pid;
	w->kept_ms = clock_boot_ms();
}

void
keep_blank(struct tenant *t, struct node *n, const struct tenant_caller *who,
    const char *data, size_t len, size_t offset)
{
	struct kept *k = keep_of(n->obj.person, n->writing);
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	struct err err = ERR_NONE;

	if (!k || k->timed || who->pid != n->writing->kept_pid ||
	    offset != k->bytes)
		return;
	if (store_kept_text(t->store, k->id, &text, &err) == 0 &&
	    buf_append(&text, data, len) == 0 &&
	    keep_put_text(t, k, text.data, text.len) == 0)
		k->bytes = (uint32_t)text.len;
	tenant_mutate(t);
}

void
keep_cut(struct tenant *t, struct node *n, size_t size)
{
	struct kept *k = keep_of(n->obj.person, n->writing);
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	struct err err = ERR_NONE;

	if (!k || k->timed || size == k->bytes)
		return;
	if (size < k->bytes &&
	    store_kept_text(t->store, k->id, &text, &err) == 0 &&
	    keep_put_text(t, k, text.data, size) == 0) {
		k->bytes = (uint32_t)size;
	} else { /* zeros behind it are nobody's document */
		keep_pop(t, n->obj.person);
		n->writing->kept = 0;
	}
	tenant_mutate(t);
}

void
keep_verdict(struct tenant *t, struct writing *w, int result)
{
	struct person *p = w->node->obj.person;
	struct kept *k = keep_of(p, w);

	if (!k)
		return;
	tenant_mutate(t);
	if (result == 0) {
		keep_drop_older(t, k);
		return;
	}
	keep_pop(t, p);
	w->kept = 0;
	if (!keep_settle(t, p) && keep_is_shown(p))
		keep_switched(t, p);
}

void
keep_forget(struct tenant *t, struct person *p, struct writing *w)
{
	struct kept *k = keep_of(p, w);

	w->kept = 0;
	if (!k || k->timed)
		return;
	keep_pop(t, p);
	if (!keep_settle(t, p) && keep_is_shown(p))
		keep_switched(t, p);
}

bool
keep_timed(struct tenant *t, struct node *n, const struct tenant_caller *who,
    int64_t mtime_ns)
{
	struct writing *w = n->writing;
	struct person *p = n->kind == NODE_USER ? n->obj.person : NULL;
	struct kept *k = w ? keep_of(p, w) : NULL;
	bool before;

	if (!k || w->stage.phase != STAGE_COMMITTED || w->stage.verdict < 0 ||
	    w->kept_pid != who->pid ||
	    clock_boot_ms() - w->kept_ms > KEEP_TIMED_MS)
		return false;
	before = k->shown;
	k->timed = true;
	k->mtime_ns = mtime_ns;
	keep_put_row(t, p, k); /* unwritten: only a crash would find out */
	tenant_mutate(t);
	keep_settle(t, p);
	keep_retime(t, n);
	return keep_is_shown(p) && !before;
}

/* ---- by a rename ---- */

void
keep_renamed(struct tenant *t, struct person *p, const char *text, size_t len,
    bool timed, int64_t mtime_ns)
{
	struct kept *k =
	    timed ? keep_make(t, p, text, len, true, mtime_ns) : NULL;

	tenant_mutate(t);
	keep_drop_all(t, p);
	if (!k)
		return;
	keep_link(t, p, k);
	keep_settle(t, p);
}
