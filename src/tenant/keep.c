/* SPDX-License-Identifier: MIT */
/* keep: which of what was written is shown; see keep_int.h for the theory. */
#include <stdlib.h>

#include "gotofs/err.h"
#include "keep_int.h"

/* ---- the list ---- */

void
keep_link(struct tenant *t, struct person *p, struct kept *k)
{
	k->older = p->kept;
	p->kept = k;
	k->prev = NULL;
	k->next = t->kept;
	if (t->kept)
		t->kept->prev = k;
	t->kept = k;
}

static void
keep_free(struct tenant *t, struct kept *k)
{
	*(k->prev ? &k->prev->next : &t->kept) = k->next;
	if (k->next)
		k->next->prev = k->prev;
	keep_gone(t, k->id);
	free(k);
}

void
keep_pop(struct tenant *t, struct person *p)
{
	struct kept *k = p->kept;

	tenant_mutate(t);
	p->kept = k->older;
	keep_free(t, k);
}

void
keep_drop_older(struct tenant *t, struct kept *k)
{
	struct kept *older;

	while ((older = k->older)) {
		k->older = older->older;
		keep_free(t, older);
	}
}

void
keep_drop_all(struct tenant *t, struct person *p)
{
	while (p->kept)
		keep_pop(t, p);
}

/* ---- agreement ---- */

static void
keep_judge_one(struct kept *k, int64_t record, const char *text, size_t n)
{
	int r = keep_fields_agree(&k->fields, text, n);

	if (r < 0) /* no memory: asked again */
		return;
	k->judged = record;
	k->agrees = r > 0;
	k->dirty = k->dirty || k->agrees;
}

void
keep_judge(struct person *p, int64_t record, const char *text, size_t n)
{
	struct kept *k;

	for (k = p->kept; k && text; k = k->older)
		keep_judge_one(k, record, text, n);
}

/* Is it known whether it agrees with the record that there is? */
bool
keep_is_judged(struct tenant *t, const struct person *p, struct kept *k)
{
	AUTO(buf_done) struct buf text = BUF_MAX(4 * STAGE_BYTES_MAX);

	if (k->judged != p->record && p->record > 0 &&
	    person_record(t, p, &text) == 0)
		keep_judge_one(k, p->record, text.data, text.len);
	return k->judged == p->record;
}

/* With what he would read as without it. */
static bool
keep_agrees(struct tenant *t, const struct person *p, struct kept *k)
{
	if (p->pending_text)
		return keep_fields_agree(
			   &k->fields, p->pending_text, p->pending_bytes) > 0;
	return keep_is_judged(t, p, k) && k->agrees;
}

/* ---- what is shown ---- */

/* The time that its writer gave it. */
static void
keep_set_time(struct tenant *t, const struct person *p, const struct kept *k)
{
	uint64_t ino = (uint64_t)INO_ACCOUNT << 32 | (uint32_t)p->number;
	const struct store_attr *was = attr_get(t, ino);
	struct store_attr *a;

	if (t->loading && was && (was->set & STORE_ATTR_MTIME) &&
	    was->mtime_version == k->id)
		return; /* somebody touched it since, before the last unmount */
	a = attr_make(t, ino);
	if (!a)
		return;
	a->set |= STORE_ATTR_MTIME;
	a->mtime_ns = k->mtime_ns;
	a->mtime_version = k->id;
}

/* Nothing is on its way: what the record has left behind goes for good. */
static void
keep_prune(struct tenant *t, struct person *p)
{
	struct kept *k;

	if (!p->record)
		keep_drop_all(t, p);
	while (
	    (k = p->kept) && k->timed && keep_is_judged(t, p, k) && !k->agrees)
		keep_pop(t, p);
	if (k && k->timed && k->agrees && k->judged == p->record)
		keep_drop_older(t, k);
}

/* His number is another one than his rows have, or agreement is news. */
static void
keep_note(struct tenant *t, const struct person *p)
{
	struct kept *k;

	for (k = p->kept; k; k = k->older) {
		if (k->number != p->number) {
			k->number = p->number;
			k->dirty = true;
			if (k->shown)
				keep_set_time(t, p, k);
		}
		t->kept_dirty = t->kept_dirty || k->dirty;
	}
}

bool
keep_settle(struct tenant *t, struct person *p)
{
	int64_t before = keep_is_shown(p) ? p->kept->id : 0;
	struct kept *k;

	if (!p->kept)
		return false;
	tenant_mutate(t);
	if (!p->pending_text)
		keep_prune(t, p);
	keep_note(t, p);
	k = p->kept;
	if (!k)
		return false;
	k->shown = k->timed && keep_agrees(t, p, k);
	t->kept_dirty = t->kept_dirty || k->dirty;
	if (k->shown && k->id != before)
		keep_set_time(t, p, k);
	return k->shown && k->id == before;
}

int
keep_reads(struct tenant *t, const struct person *p, struct buf *out)
{
	struct err err = ERR_NONE;

	if (keep_is_shown(p))
		return store_kept_text(t->store, p->kept->id, out, &err);
	return person_text(t, p, out);
}

void
keep_retime(struct tenant *t, const struct node *n)
{
	if (n->kind == NODE_USER && n->obj.person &&
	    keep_is_shown(n->obj.person))
		keep_set_time(t, n->obj.person, n->obj.person->kept);
}

/* ---- the end of a node ---- */

void
keep_leave(struct node *n, struct buf *text)
{
	struct local *local = text->len ? tree_local(n) : NULL;

	if (!local)
		return;
	buf_done(&local->content);
	local->content = *text;
	*text = (struct buf)BUF_MAX(0);
}

static void
keep_leave_shown(struct tenant *t, struct node *n)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);

	if (!t->loading && atomic_load(&n->lookups) > 0 &&
	    keep_is_shown(n->obj.person) &&
	    keep_reads(t, n->obj.person, &text) == 0)
		keep_leave(n, &text);
}

void
keep_let_go(struct tenant *t, struct node *n)
{
	if (n->kind != NODE_USER || !n->obj.person)
		return;
	if (n->writing)
		keep_forget(t, n->obj.person, n->writing);
	keep_leave_shown(t, n);
	if (n->local && n->local->content.len)
		n->size = (uint32_t)n->local->content.len;
}
