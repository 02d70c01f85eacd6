/* SPDX-License-Identifier: MIT */
/*
 * plan_guard: what the guard says of a plan as a whole.  The dry run itself
 * accepts what is beyond a limit, and says so; where it is to be applied all of
 * it is weighed before any of it is accepted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "guard_int.h"
#include "plan_int.h"
#include "tenant_int.h"

static long
plan_limit(struct tenant *t, const struct guard_ref *ref)
{
	return guard_limit(ref->kind, guard_size(t, ref), &t->guard.rule);
}

/* ---- in the dry run ---- */

int
plan_guard(struct tenant *t, struct plan *p)
{
	struct guard_ref ref;
	char name[GUARD_NAME_BYTES];
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && guard_each(t, i, &ref); i++) {
		long used = guard_used(t, &ref), limit = plan_limit(t, &ref);

		if (ref.count->held_n > 0 && used > limit)
			r = plan_add_beyond(
			    p, guard_name(&ref, name), used, limit);
	}
	return r;
}

/* ---- where it is applied ---- */

/* What an operation takes away, or 0. */
static int
plan_verb(struct tenant *t, const struct json *op, struct tenant_license **ret)
{
	const char *name = json_get_str(op, "op");
	const char *user = json_get_str(op, "user");
	const char *license = json_get_str(op, "license");

	*ret = NULL;
	if (text_equal(name, "rmdir"))
		return VERB_GROUP_DELETE;
	if (!user || !person_by_key(t, user))
		return 0; /* gone already */
	if (text_equal(name, "remove"))
		return VERB_REMOVE;
	if (text_equal(name, "reclaim") && license) {
		*ret = license_by_key(t, license);
		return GUARD_VERB_RECLAIM;
	}
	if (!text_equal(name, "unlink"))
		return 0;
	*ret = license ? license_by_key(t, license) : NULL;
	return license ? VERB_UNASSIGN : VERB_TAKE_OUT;
}

/* Adds one to the collections of an operation, in the order of
 * guard_each(); what an allowance pays for does not weigh. */
static void
plan_weigh(struct tenant *t, const struct json *op, long *weight, long *left)
{
	struct guard_ref ref[GUARD_REFS_MAX], each;
	struct tenant_license *license;
	int verb = plan_verb(t, op, &license);
	size_t i, k, n = verb ? guard_refs_of(t, verb, license, ref) : 0;

	if (n > 0 && *left > 0) {
		--*left;
		return;
	}
	for (i = 0; n > 0 && guard_each(t, i, &each); i++)
		for (k = 0; k < n; k++)
			weight[i] += each.count == ref[k].count;
}

int
plan_judge(struct tenant *t, const struct json *ops, struct err *err)
{
	long *weight = calloc(guard_each_n(t), sizeof(*weight));
	long left = guard_allowance_left(t);
	int64_t now = clock_boot_ms();
	const struct json *op;
	struct guard_ref ref;
	char name[GUARD_NAME_BYTES];
	size_t i;
	int r = 0;

	if (!weight)
		return err_nomem(err);
	guard_tick(t, now);
	for (op = json_first(ops); op; op = json_next(op))
		plan_weigh(t, op, weight, &left);
	for (i = 0; r == 0 && guard_each(t, i, &ref); i++) {
		long used = guard_used(t, &ref), limit = plan_limit(t, &ref);

		if (weight[i] == 0 || (!guard_is_latched(ref.count, now) &&
					  used + weight[i] <= limit))
			continue;
		r = err_set(err, -EDQUOT,
		    "the removal limit: the plan takes %ld from %s, %ld more "
		    "are under way or were sent within 10 minutes, at most %ld "
		    "may; nothing was sent, and the plan is kept; gotofs allow "
		    "DIR --removals N --for 10m --reason TEXT in the mount of "
		    "the account lets more go",
		    weight[i], guard_name(&ref, name), used, limit);
	}
	free(weight);
	return r;
}
