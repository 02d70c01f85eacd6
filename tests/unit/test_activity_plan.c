/* SPDX-License-Identifier: MIT */
/* Which questions are needed. */
#include "../../src/tenant/activity_plan_int.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/tenant/activity_model_int.h"
#include "alloc_fail.h"
#include "gotofs/err.h"

#define DAY ACTIVITY_DAY_MS
#define NOW (20000 * DAY + DAY / 2)
#define MANY 5000

/* Keys of so many people, in byte order: "k00000". */
struct people {
	char key[MANY][8];
	struct activity_due due[MANY];
	struct organizer organizer[MANY];
	char group[MANY][8];
	struct organizer_list organizers;
};

/* In groups of so many; 0: in none. */
static struct people *
people_new(size_t n, size_t group_n)
{
	struct people *p = calloc(1, sizeof(*p));

	for (size_t i = 0; i < n; i++) {
		snprintf(p->key[i], sizeof(p->key[i]), "k%05zu", i);
		p->due[i].user_key = p->key[i];
		p->due[i].from_ms = NOW - 90 * DAY;
		p->organizer[i].key = p->key[i];
		if (group_n == 0)
			continue;
		snprintf(
		    p->group[i], sizeof(p->group[i]), "g%05zu", i / group_n);
		p->organizer[i].group_key = p->group[i];
	}
	p->organizers = (struct organizer_list){p->organizer, n};
	return p;
}

static struct activity_plan_in
plan_in(const struct activity_dues *due)
{
	struct activity_plan_in in = {.now_ms = NOW, .due = due};

	return in;
}

/* "kind:key:n " of each call; kinds by letter. */
static void
assert_plan(const struct activity_plan_in *in, const char *want)
{
	static const char letters[] = "OUADGP";
	AUTO(activity_plan_done) struct activity_plan p = ACTIVITY_PLAN_NONE;
	char text[1024] = "";
	size_t i;

	assert_int_equal(activity_plan(in, &p), 0);
	for (i = 0; i < p.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%c:%s:%zu ", letters[p.call[i].kind],
		    p.call[i].key ? p.call[i].key : "", p.call[i].n);
	assert_string_equal(text, want);
}

static void
test_nothing(void **state)
{
	struct activity_dues due[PRODUCT_N] = {{NULL, 0}};
	struct activity_plan_in in = plan_in(due);

	assert_plan(&in, "");
}

/* 5.1: groups from three due people on; one of them when it is alone. */
static void
test_groups(void **state)
{
	struct people *p = people_new(8, 3);
	struct activity_dues due[PRODUCT_N] = {{p->due, 2}};
	struct activity_plan_in in = plan_in(due);
	char *alone[] = {"g00000", NULL};

	assert_plan(&in, "P:k00000:1 P:k00001:1 ");
	due[0].n = 4;
	assert_plan(&in, "O::0 ");
	in.organizers = &p->organizers;
	assert_plan(&in, "G:g00000:3 P:k00003:1 ");
	p->due[0].looked_ms = NOW - 1;
	assert_plan(&in, "G:g00000:3 P:k00003:1 ");
	p->due[1].alone = true;
	assert_plan(&in, "G:g00000:2 P:k00001:1 P:k00003:1 ");
	/* refused as a group: one by one, the oldest look first */
	in.alone = alone;
	assert_plan(&in, "P:k00001:1 P:k00002:1 P:k00003:1 P:k00000:1 ");
	/* he is in no group, or no organizer */
	in.alone = NULL;
	p->due[1].alone = false;
	p->organizer[1].group_key = NULL;
	p->organizers.n = 3;
	assert_plan(&in, "G:g00000:2 P:k00001:1 P:k00003:1 ");
	free(p);
}

/* The interval of a group is that of who needs most. */
static void
test_group_interval(void **state)
{
	struct people *p = people_new(3, 3);
	struct activity_dues due[PRODUCT_N] = {{p->due, 3}};
	AUTO(activity_plan_done) struct activity_plan plan = ACTIVITY_PLAN_NONE;
	struct activity_plan_in in = plan_in(due);

	in.organizers = &p->organizers;
	p->due[0].from_ms = NOW - DAY;
	p->due[2].from_ms = NOW - 3 * DAY;
	p->due[1].from_ms = NOW - 2 * DAY;
	assert_int_equal(activity_plan(&in, &plan), 0);
	assert_int_equal(plan.n, 1);
	assert_int_equal(plan.call[0].from_ms, NOW - 3 * DAY);
	assert_int_equal(plan.call[0].to_ms, 0);
	assert_string_equal(plan.key[plan.call[0].first + 2], "k00002");
	free(p);
}

static size_t
calls_of(size_t people_n, size_t group_n)
{
	struct people *p = people_new(people_n, group_n);
	struct activity_dues due[PRODUCT_N] = {{p->due, people_n}};
	struct activity_plan_in in = plan_in(due);
	AUTO(activity_plan_done) struct activity_plan plan = ACTIVITY_PLAN_NONE;
	size_t n;

	assert_int_equal(activity_plan(&in, &plan), 0);
	n = plan.n;
	assert_int_equal(plan.later_n, people_n);
	activity_plan_done(&plan);
	in.organizers = &p->organizers;
	assert_int_equal(activity_plan(&in, &plan), 0);
	assert_int_equal(plan.keys_n, people_n);
	assert_int_equal(plan.later_n, 0);
	n += plan.n;
	free(p);
	return n;
}

/* The figure of the issue: at most 105 calls for 5,000 in groups of 50. */
static void
test_many(void **state)
{
	assert_int_equal(calls_of(5000, 50), 101);
	/* too large each, but for the last two */
	assert_int_equal(calls_of(5000, 51), 5000);
	assert_int_equal(calls_of(5000, 0), 5001);
	assert_int_equal(calls_of(5000, 1), 5001);
	assert_int_equal(calls_of(4999, 2), 2501);
}

/* A day a question, the oldest first, without a hole. */
static void
test_days(void **state)
{
	struct people *p = people_new(3, 0);
	struct activity_dues due[PRODUCT_N] = {{NULL, 0}};
	AUTO(activity_plan_done) struct activity_plan plan = ACTIVITY_PLAN_NONE;
	struct activity_plan_in in = plan_in(due);
	size_t i;

	due[PRODUCT_GOTOCONNECT] = (struct activity_dues){p->due, 3};
	p->due[0].from_ms = 19998 * DAY;
	p->due[1].from_ms = 19900 * DAY;
	p->due[2].from_ms = 20000 * DAY;
	assert_int_equal(activity_plan(&in, &plan), 0);
	assert_int_equal(plan.n, 102);
	assert_int_equal(plan.call[0].kind, ACTIVITY_CALL_USERS);
	for (i = 1; i < plan.n; i++) {
		assert_int_equal(plan.call[i].kind, ACTIVITY_CALL_DAY);
		assert_int_equal(plan.call[i].n, 3);
		assert_int_equal(
		    plan.call[i].from_ms, (19900 + (int64_t)i - 1) * DAY);
		assert_int_equal(plan.call[i].to_ms,
		    i + 1 < plan.n ? plan.call[i].from_ms + DAY : 0);
	}
	activity_plan_done(&plan);
	in.users_known = true;
	due[PRODUCT_GOTOCONNECT].n = 0;
	assert_plan(&in, "");
	due[PRODUCT_GOTOCONNECT].v = p->due + 2;
	due[PRODUCT_GOTOCONNECT].n = 1;
	assert_plan(&in, "D::1 ");
	free(p);
}

/* Everybody's at once, then by the oldest look, whatever the product. */
static void
test_order(void **state)
{
	struct people *p = people_new(6, 0);
	struct activity_dues due[PRODUCT_N] = {{p->due, 2}};
	struct activity_plan_in in = plan_in(due);

	due[PRODUCT_GOTOWEBINAR] = (struct activity_dues){p->due + 2, 2};
	due[PRODUCT_GOTOTRAINING] = (struct activity_dues){p->due + 4, 1};
	due[PRODUCT_GOTOASSIST] = (struct activity_dues){p->due, 6};
	p->due[0].looked_ms = 5;
	p->due[1].looked_ms = 1;
	p->due[2].looked_ms = 4;
	p->due[3].looked_ms = 2;
	p->due[4].looked_ms = 3;
	assert_plan(&in, "A::6 P:k00001:1 P:k00003:1 P:k00004:1 "
			 "P:k00002:1 P:k00000:1 ");
	free(p);
}

static int
once(void *ctx)
{
	AUTO(activity_plan_done) struct activity_plan p = ACTIVITY_PLAN_NONE;

	return activity_plan(ctx, &p);
}

static void
test_failing(void **state)
{
	struct people *p = people_new(30, 3);
	struct activity_dues due[PRODUCT_N] = {{p->due, 30}};
	struct activity_plan_in in = plan_in(due);

	in.organizers = &p->organizers;
	due[PRODUCT_GOTOCONNECT] = due[PRODUCT_GOTOASSIST] = due[0];
	alloc_fail_sweep(once, &in);
	free(p);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_group_interval),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_days),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
