/* SPDX-License-Identifier: MIT */
/* plan_overlay: the overlay of a dry run: shown, emptied, .gotofs/plan. */
#include <errno.h>
#include <stdlib.h>

#include "gotofs/buf.h"
#include "plan_int.h"
#include "tenant_int.h"

int
plan_check(const struct tenant *t, struct err *err)
{
	if (t->dry_run)
		return 0;
	return err_set(err, -EINVAL,
	    "this is no dry run, what is changed here is sent; a dry run is "
	    "mounted with -o dry_run");
}

int
tenant_plan(
    struct tenant *t, bool json, struct buf *out, long *ret_n, struct err *err)
{
	AUTO(plan_done) struct plan p = PLAN_NONE;
	int r = plan_check(t, err);

	if (r < 0)
		return r;
	tenant_read_lock(t);
	r = plan_of(t, &p, err);
	tenant_read_unlock(t);
	if (r < 0)
		return r;
	r = json ? plan_print_json(&p, out) : plan_print(&p, out);
	if (r < 0)
		return err_set(err, r, "cannot print the plan");
	*ret_n = (long)p.lines_n;
	return 0;
}

/* ---- .gotofs/plan ---- */

/* Made anew when anything has moved since.  With the read lock. */
off_t
plan_file_refresh(struct tenant *t)
{
	AUTO(plan_done) struct plan p = PLAN_NONE;
	struct buf b = BUF_MAX(PLAN_BYTES_MAX);
	struct err err = ERR_NONE;
	off_t size;

	pthread_mutex_lock(&t->plan_lock);
	if (!t->plan_text || t->plan_mutations != t->mutations) {
		if (plan_of(t, &p, &err) == 0 && plan_print(&p, &b) == 0) {
			free(t->plan_text);
			t->plan_bytes = b.len;
			t->plan_text = buf_take(&b);
			t->plan_mutations = t->mutations;
		}
		buf_done(&b);
	}
	size = t->plan_text ? (off_t)t->plan_bytes : 0;
	pthread_mutex_unlock(&t->plan_lock);
	return size;
}

int
plan_file_read(struct tenant *t, off_t offset, size_t n, struct buf *out)
{
	int r = 0;

	pthread_mutex_lock(&t->plan_lock);
	if (t->plan_text && (size_t)offset < t->plan_bytes) {
		size_t left = t->plan_bytes - (size_t)offset;

		r = buf_append(out, t->plan_text + offset, n < left ? n : left);
	}
	pthread_mutex_unlock(&t->plan_lock);
	return r;
}

/* ---- emptied ---- */

struct tenant_group *
plan_group_made(const struct change *c)
{
	return c->verb == VERB_GROUP_CREATE && !c->group->key ? c->group : NULL;
}

static int
overlay_drop(struct tenant *t, struct err *err)
{
	struct store_batch *b = NULL;
	const struct change *c;
	int r = tenant_batch(t, &b, err);

	if (r < 0)
		return r;
	for (c = t->first; r == 0 && c; c = c->next) {
		r = store_change_drop(b, c->id, err);
		if (r == 0 && c->restore)
			r = store_trash_show(b, c->id, err);
	}
	return store_end(b, r, err);
}

/* The last first: each is taken back to what was there before it. */
static void
overlay_revert(struct tenant *t)
{
	struct change *c;

	for (c = t->first; c; c = c->next)
		if (c->person)
			person_set_pending(t, c->person, NULL);
	while ((c = t->last)) {
		struct tenant_group *made = plan_group_made(c);

		change_end_cancelled(t, c);
		if (made)
			group_drop(t, made);
	}
}

int
tenant_discard(struct tenant *t, long *ret_n, struct err *err)
{
	int r = plan_check(t, err);
	long n;

	if (r < 0)
		return r;
	tenant_begin(t);
	n = t->changes_n;
	r = n > 0 ? overlay_drop(t, err) : 0;
	if (r == 0) {
		tenant_mutate(t);
		overlay_revert(t);
		t->pulls_wanted += t->pull_left_out;
		t->pull_left_out = false;
		tenant_wake(t);
		*ret_n = n;
	}
	tenant_end(t);
	return r;
}
