/* SPDX-License-Identifier: MIT */
/*
 * plan_undo: a plan that was not accepted as a whole has not happened.
 *
 * What of it was accepted by then does not count, because the store does not
 * say that its apply has come to its end: so it is given up in memory whether
 * or not its rows could be dropped (the disk may be what was in the way), and
 * rows that are left are dropped before another apply may take their number.
 *
 * What others had accepted before is not taken back for a plan, because it
 * could not come back if the plan does not come to its end: -EBUSY.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/json.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "plan_int.h"
#include "tenant_int.h"

int
apply_check_own(struct tenant *t, const struct change *c, struct err *err)
{
	if (!t->apply || c->apply == t->apply)
		return 0;
	err_set(&t->apply_met, -EBUSY,
	    "the plan would undo what is still to be sent (%s %s): `gotofs "
	    "sync` the mount, or rm that in .gotofs/pending/, then apply "
	    "again",
	    change_verb_name(c->verb), c->path);
	return err_set(err, -EBUSY, "%s", t->apply_met.msg);
}

/* ---- in the store ---- */

/* Its rows go, and the journal has a line of each. */
static int
undo_store(struct tenant *t, int64_t id, struct err *err)
{
	struct err why = ERR_NONE;
	struct store_batch *b = NULL;
	const struct change *c = t->last;
	int r;

	while (c && c->apply != id)
		c = c->prev;
	r = c ? tenant_batch(t, &b, err) : 0;
	err_set(&why, -ECANCELED, "not all of the plan was accepted");
	for (; r == 0 && c; c = c->prev) {
		if (c->apply != id)
			continue;
		r = store_change_drop(b, c->id, err);
		if (r == 0)
			r = report_journal(
			    t, b, c, -ECANCELED, &why, NULL, NULL, err);
	}
	return store_end(b, r, err);
}

struct undo_rows {
	int64_t applied;
	int64_t *id;
	size_t n, cap;
};

static int
undo_collect(void *ctx, const struct store_change *row)
{
	struct undo_rows *rows = ctx;
	AUTO(json_done) struct json *j = NULL;
	struct err err = ERR_NONE;
	int r = json_parse(row->args, strlen(row->args), &j, &err);

	if (r < 0 || json_get_int(j, "apply", 0) <= rows->applied)
		return r;
	if (rows->n == rows->cap) {
		size_t cap = rows->cap ? 2 * rows->cap : 64;
		int64_t *id = realloc(rows->id, cap * sizeof(*id));

		if (!id)
			return -ENOMEM;
		rows->id = id;
		rows->cap = cap;
	}
	rows->id[rows->n++] = row->id;
	return 0;
}

int
apply_sweep(struct tenant *t, struct err *err)
{
	struct undo_rows rows = {.applied = t->applied};
	struct store_batch *b = NULL;
	size_t i;
	int r;

	if (!t->apply_left)
		return 0;
	r = store_changes_each(t->store, undo_collect, &rows, err);
	if (r == 0)
		r = tenant_batch(t, &b, err);
	for (i = 0; r == 0 && i < rows.n; i++)
		r = store_change_drop(b, rows.id[i], err);
	r = store_end(b, r, err);
	free(rows.id);
	t->apply_left = r < 0;
	return r;
}

/* ---- in memory ---- */

static void
undo_one(struct tenant *t, struct change *c)
{
	struct tenant_group *made = plan_group_made(c);
	struct person *p = c->person;
	bool text = c->verb == VERB_CREATE || c->verb == VERB_UPDATE;

	tenant_mutate(t);
	if (p)
		p->pinned = true;
	if (c->verb == VERB_CREATE)
		person_set_pending(t, p, NULL);
	change_end_cancelled(t, c);
	if (made)
		group_drop(t, made);
	if (text)
		change_reread(t, p, NULL);
	if (p) {
		p->pinned = false;
		person_forget_if_empty(t, p);
	}
}

void
apply_take_back(struct tenant *t, int64_t id)
{
	AUTO(strv_done) char **failures = NULL;
	struct err err = ERR_NONE;
	struct change *c, *prev;
	long n;

	if (undo_store(t, id, &err) < 0) {
		log_warn("a plan was not accepted, what is left of it in the "
			 "store does not count: %s",
		    err.msg);
		t->apply_left = true;
	}
	for (c = t->last; c; c = prev) { /* the last first */
		prev = c->prev;
		if (c->apply == id)
			undo_one(t, c);
	}
	report_take_failures(t, "", id, &failures, &n);
}
