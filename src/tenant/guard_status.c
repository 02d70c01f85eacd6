/* SPDX-License-Identifier: MIT */
/* guard_status: "guard" in status.json: each limit, and what weighs on it. */
#include <stdio.h>

#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "status_int.h"
#include "tenant_int.h"

static int
guard_status_one(struct tenant *t, struct json *list, const char *name,
    const struct guard_ref *ref)
{
	const struct guard_count *count = ref->count;
	struct json *m = json_new_object();
	long size = guard_size(t, ref);
	int r = json_set(list, name, m);

	if (r == 0)
		r = json_set_int(m, "size", size);
	if (r == 0)
		r = json_set_int(
		    m, "limit", guard_limit(ref->kind, size, &t->guard.rule));
	if (r == 0)
		r = json_set_int(m, "held", count->held_n);
	if (r == 0)
		r = json_set_int(m, "sent", count->sent_n);
	if (r == 0)
		r = json_set_bool(
		    m, "tripped", guard_is_latched(count, clock_boot_ms()));
	return r;
}

/* Of the licenses those on which something weighs, or may: there may be
 * hundreds. */
static bool
guard_status_is_idle(const struct guard_ref *ref)
{
	return ref->license && ref->count->held_n == 0 &&
	       ref->count->left_n == 0 &&
	       !guard_is_latched(ref->count, clock_boot_ms()) &&
	       (ref->kind != GUARD_RECLAIM || ref->license->candidates_n == 0);
}

static int
guard_status_limits(struct tenant *t, struct json *j, bool *tripped)
{
	char name[GUARD_NAME_BYTES];
	struct guard_ref ref;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && guard_each(t, i, &ref); i++) {
		*tripped |= guard_is_latched(ref.count, clock_boot_ms());
		if (!guard_status_is_idle(&ref))
			r = guard_status_one(
			    t, j, guard_name(&ref, name), &ref);
	}
	return r;
}

static int
guard_status_allowance(struct tenant *t, struct json *j)
{
	const struct guard_allowance *a = &t->guard.allowance;
	struct json *m;
	int r;

	if (a->serial == 0 || clock_boot_ms() >= a->until_ms ||
	    a->removals == 0)
		return json_set_null(j, "allowance");
	m = json_new_object();
	r = json_set(j, "allowance", m);
	if (r == 0)
		r = json_set_int(m, "removals", a->removals);
	if (r == 0)
		r = json_set_int(m, "left", guard_allowance_left(t));
	if (r == 0)
		r = status_time(m, "until", a->until_wall_ms);
	if (r == 0)
		r = json_set_str(m, "reason", a->reason);
	return r;
}

int
guard_status(struct tenant *t, struct json *j)
{
	struct json *m = json_new_object(), *limits;
	bool tripped = false;
	int r = json_set(j, "guard", m);

	if (r < 0)
		return r;
	limits = json_new_object();
	r = guard_status_limits(t, limits, &tripped);
	if (r == 0)
		r = json_set_str(m, "state", tripped ? "tripped" : "ok");
	if (r < 0) {
		json_free(limits);
		return r;
	}
	r = json_set(m, "limits", limits);
	return r < 0 ? r : guard_status_allowance(t, m);
}
