/* SPDX-License-Identifier: MIT */
/*
 * plan_apply: gotofs apply: the plan of a dry run, accepted as a whole by the
 * account's own tenant, then sent.
 *
 * All of it is accepted within one turn, so that the workers see nothing before
 * the end.  Each change carries the number of its apply, and counts only when
 * the store says that this apply has accepted all (meta "applied"): what a
 * crash interrupts has not happened, and the dry run has it still.  For the
 * same reason only the last commit waits for the disk.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/crash.h"
#include "gotofs/json.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "plan_int.h"
#include "tenant_int.h"

#define APPLY_LOOK_MS 200

/* ---- the dry run's side ---- */

int
tenant_export(struct tenant *t, struct buf *out, long *ret_n, struct err *err)
{
	int r = plan_check(t, err);

	if (r < 0)
		return r;
	tenant_begin(t);
	if (t->applying)
		r = err_set(err, -EBUSY, "gotofs apply is on its way already");
	if (r == 0 && (r = plan_export(t, out, ret_n)) < 0)
		err_set(err, r, "cannot make the plan");
	if (r == 0)
		t->applying = true;
	tenant_end(t);
	return r;
}

void
tenant_export_done(struct tenant *t)
{
	tenant_begin(t);
	t->applying = false;
	tenant_end(t);
}

/* ---- the account's: before ---- */

int
apply_load(struct tenant *t, struct err *err)
{
	AUTO(text_done) char *value = NULL;
	int r = store_meta_get(t->store, "applied", &value, err);

	if (r == -ENOENT)
		return 0;
	t->applied = r == 0 ? strtoll(value, NULL, 10) : 0;
	return r;
}

/* Does it name somebody or something that the mirror does not know? */
static bool
apply_is_unknown(struct tenant *t, const struct json *op)
{
	const char *user = json_get_str(op, "user");
	const char *license = json_get_str(op, "license");
	const char *group = json_get_str(op, "group");

	return (user && !person_by_key(t, user)) ||
	       (license && !license_by_key(t, license)) ||
	       (group && !group_by_key(t, group));
}

/* The dry run may have read the account later than we. */
static int
apply_catch_up(struct tenant *t, const struct json *ops, struct err *err)
{
	const struct json *op;
	bool behind = false;

	tenant_read_lock(t);
	for (op = json_first(ops); !behind && op; op = json_next(op))
		behind = apply_is_unknown(t, op);
	tenant_read_unlock(t);
	return behind ? tenant_refresh(t, err) : 0;
}

/* ---- accepting ---- */

/* In the order of the locks: the store's writer, then the tree. */
static int
apply_set_sync(struct tenant *t, bool each, struct err *err)
{
	tenant_pause(t);
	return store_set_sync(t->store, each, err);
}

/* From here on a crash leaves it all done. */
static int
apply_seal(struct tenant *t, int64_t id, struct err *err)
{
	struct store_batch *b = NULL;
	char text[32];
	int r = apply_set_sync(t, true, err);

	snprintf(text, sizeof(text), "%lld", (long long)id);
	if (r == 0)
		r = tenant_batch(t, &b, err);
	if (r < 0)
		return r;
	r = store_meta_set(b, "applied", text, err);
	r = store_end(b, r, err);
	if (r == 0)
		t->applied = id;
	return r;
}

static int
apply_accept(struct tenant *t, const struct tenant_caller *who,
    const struct json *ops, int64_t *ret_id, struct err *err)
{
	int64_t id = t->applied + 1;
	const struct json *op;
	int r = tenant_check_writable(t, err);

	if (r == 0)
		r = plan_judge(t, ops, err);
	if (r == 0)
		r = apply_sweep(t, err);
	if (r == 0)
		r = apply_set_sync(t, false, err);
	if (r < 0)
		return r;
	t->apply = id;
	t->apply_met = (struct err)ERR_NONE;
	tenant_nest(t, true);
	for (op = json_first(ops); r == 0 && op; op = json_next(op))
		r = plan_replay(t, who, op, err);
	tenant_nest(t, false);
	t->apply = 0;
	crash_point("apply-before-seal");
	if (r == 0)
		r = apply_seal(t, id, err);
	crash_point("apply-after-seal");
	if (r < 0) {
		struct err ignored = ERR_NONE;

		apply_take_back(t, id);
		apply_set_sync(t, true, &ignored);
		return r;
	}
	*ret_id = id;
	return 0;
}

/* ---- afterwards ---- */

static long
apply_pending(const struct tenant *t, int64_t id)
{
	const struct change *c;
	long n = 0;

	for (c = t->first; c; c = c->next)
		n += c->apply == id && c->state != STATE_WAITING;
	return n;
}

/* Its removals were weighed as a whole: they need not be held. */
static void
apply_release(struct tenant *t, int64_t id)
{
	struct change **v = calloc((size_t)t->held_n + 1, sizeof(*v)), *c;
	struct err err = ERR_NONE;
	size_t i, n = 0;

	for (c = t->first; v && c; c = c->next)
		if (c->apply == id && c->state == STATE_HELD)
			v[n++] = c;
	/* otherwise they go when the settle time is over */
	if (n > 0 && change_set_state_all(t, v, n, STATE_QUEUED, &err) < 0)
		log_error("the removals of a plan stay held: %s", err.msg);
	for (i = 0; i < n; i++)
		change_queue(t, v[i]);
	free(v);
}

static void
apply_wait(struct tenant *t, int64_t id, tenant_progress_fn progress, void *ctx)
{
	long left, most;

	most = left = apply_pending(t, id);
	while (left > 0 && !t->stopping) {
		tenant_end(t);
		if (progress)
			progress(ctx, "changes", most - left, most);
		tenant_begin(t);
		if (apply_pending(t, id) == left)
			tenant_wait(t, APPLY_LOOK_MS);
		left = apply_pending(t, id);
	}
}

int
tenant_apply(struct tenant *t, const struct tenant_caller *who,
    const char *text, size_t len, tenant_progress_fn progress, void *ctx,
    struct tenant_sync_report *ret, struct err *err)
{
	AUTO(json_done) struct json *ops = NULL;
	struct tenant_sync_report report = {0};
	int64_t id = 0;
	int r = json_parse(text, len, &ops, err);

	if (r == 0)
		r = apply_catch_up(t, ops, err);
	if (r < 0)
		return r;
	tenant_begin(t);
	r = apply_accept(t, who, ops, &id, err);
	if (r == 0) {
		report.sent_n = apply_pending(t, id);
		apply_release(t, id);
		control_close_gathering(t);
		apply_wait(t, id, progress, ctx);
	}
	if (r == 0)
		r = report_take_failures(
		    t, "", id, &report.failures, &report.failed_n);
	tenant_end(t);
	if (r < 0)
		tenant_sync_report_done(&report);
	else
		*ret = report;
	return r;
}
