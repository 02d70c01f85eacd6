/* SPDX-License-Identifier: MIT */
/* guard_status: "guard" in status.json: each limit, and what weighs on it. */
#include <errno.h>
#include <stdio.h>

#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "status_int.h"
#include "tenant_int.h"

#define GUARD_NAME_BYTES 300

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

/* Of the licenses those on which something weighs: there may be hundreds. */
static int
guard_status_licenses(struct tenant *t, struct json *list, bool *tripped)
{
	struct guard_ref ref = {GUARD_LICENSE, NULL, NULL};
	char name[GUARD_NAME_BYTES];
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < t->licenses_n; i++) {
		bool latched;

		ref.license = t->license[i];
		ref.count = &ref.license->removals;
		latched = guard_is_latched(ref.count, clock_boot_ms());
		*tripped |= latched;
		if (!latched && ref.count->held_n == 0 &&
		    ref.count->left_n == 0)
			continue;
		snprintf(name, sizeof(name), "licenses/%s", ref.license->name);
		r = guard_status_one(t, list, name, &ref);
	}
	return r;
}

static int
guard_status_limits(struct tenant *t, struct json *list, bool *tripped)
{
	static const struct {
		const char *name;
		enum guard_kind kind;
	} row[] = {
	    {"users", GUARD_USERS},
	    {"licenses", GUARD_LICENSES},
	    {"members", GUARD_MEMBERS},
	    {"groups", GUARD_GROUPS},
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(row) / sizeof(row[0]); i++) {
		struct guard_ref ref = {
		    row[i].kind, &t->guard.count[row[i].kind], NULL};

		*tripped |= guard_is_latched(ref.count, clock_boot_ms());
		r = guard_status_one(t, list, row[i].name, &ref);
	}
	return r < 0 ? r : guard_status_licenses(t, list, tripped);
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
