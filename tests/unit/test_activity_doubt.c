/* SPDX-License-Identifier: MIT */
/* A source that tells of nobody is not believed, whoever is not known. */
#include "tenant_fixture.h"

#include "gotofs/clock.h"
#include "tenant_int.h"

#define HOLDERS 8 /* 201 to 208 */

static int holders = HOLDERS;

static void
open_it(void)
{
	struct tenant_conf conf = mirror_conf(state_dir);

	conf.activity.products = PRODUCT_BIT(PRODUCT_GOTOMEETING);
	assert_int_equal(tenant_open(&conf, &tenant, NULL), 0);
}

static void
mount_it(void)
{
	struct store_batch *b;
	struct store *s;
	int i;

	assert_int_equal(store_open(state_dir, &s, NULL), 0);
	assert_int_equal(store_begin(s, &b, NULL), 0);
	put(b, STORE_LICENSE, "5", "Meeting Pro",
	    "{\n  \"key\": \"5\",\n  \"products\": [\n    \"G2M\"\n  ],\n"
	    "  \"seats\": 20\n}\n",
	    0);
	for (i = 1; i <= holders; i++) {
		char key[16], first[16];

		snprintf(key, sizeof(key), "20%d", i);
		snprintf(first, sizeof(first), "p%d", i);
		put_user(b, key, first, "[]", 0);
		put_link(b, STORE_LICENSE, "5", key);
	}
	assert_int_equal(store_commit(b, NULL), 0);
	store_close(s);
	open_it();
	assert_int_equal(activity_doubtful(tenant), 0);
}

static void
unmount_it(void)
{
	tenant_close(tenant);
	tenant = NULL;
}

/* Person i used it so many days ago; -1: never. */
static void
answer(int i, int days, enum activity_why why)
{
	int64_t now = clock_wall_ms(), at = now - days * ACTIVITY_DAY_MS;
	struct use u = {"x", NULL, at, at, USE_MEETING, 1, false};
	const struct use *uses[] = {&u};
	char key[16];
	const struct activity_take v = {.user_key = key,
	    .product = PRODUCT_GOTOMEETING,
	    .answer = {activity_window(now, 90), now, activity_window(now, 90),
		now, false},
	    .uses = uses,
	    .uses_n = days < 0 ? 0 : 1,
	    .why = why};

	snprintf(key, sizeof(key), "20%d", i);
	assert_int_equal(activity_take_all(tenant, &v, 1, NULL), 0);
}

static bool
doubted(void)
{
	return activity_doubtful(tenant) == PRODUCT_BIT(PRODUCT_GOTOMEETING);
}

/* From the first empty answer on, whoever was not looked at yet. */
static void
test_first_round(void **state)
{
	struct activity a;
	int i;

	mount_it();
	answer(1, -1, ACTIVITY_WHY_NONE);
	assert_true(doubted());
	answer(2, 50, ACTIVITY_WHY_NONE);
	assert_true(doubted());
	answer(3, 2, ACTIVITY_WHY_NONE);
	assert_false(doubted());
	answer(4, -1, ACTIVITY_WHY_NONE);
	assert_false(doubted());
	for (i = 1; i <= 4; i++) {
		char key[] = {'2', '0', (char)('0' + i), '\0'};

		assert_true(activity_get(tenant, person_by_key(tenant, key),
		    PRODUCT_GOTOMEETING, &a));
	}
	unmount_it();
}

/* One whom the source does not list does not make it credible. */
static void
test_not_listed(void **state)
{
	int i;

	mount_it();
	answer(1, -1, ACTIVITY_WHY_NOT_FOUND);
	assert_int_equal(activity_doubtful(tenant), 0);
	for (i = 2; i <= HOLDERS; i++)
		answer(i, -1, ACTIVITY_WHY_NONE);
	assert_true(doubted());
	unmount_it();
}

static void
set_days(long days, long override_days)
{
	static struct reclaim_override o = {.license = (char *)"x"};
	struct reclaim_rules *r = &tenant->reclaim.rules;

	o.limits.inactive_days = override_days;
	r->limits.inactive_days = days;
	r->override = &o;
	r->overrides_n = 1;
	tenant_begin(tenant);
	activity_doubt(tenant);
	tenant_end(tenant);
	r->override = NULL;
	r->overrides_n = 0;
}

/* A source that fell silent is doubted before anybody becomes inactive by it;
 * a few quiet days are no reason. */
static void
test_fell_silent(void **state)
{
	int i;

	mount_it();
	for (i = 1; i <= HOLDERS; i++)
		answer(i, 8 + i, ACTIVITY_WHY_NONE);
	assert_false(doubted());
	set_days(60, 60);
	assert_false(doubted());
	set_days(60, 8);
	assert_true(doubted());
	set_days(8, 60);
	assert_true(doubted());
	set_days(60, 60);
	answer(1, 5, ACTIVITY_WHY_NONE);
	set_days(1, 1);
	assert_false(doubted());
	unmount_it();
}

static void
test_silent_for_weeks(void **state)
{
	int i;

	mount_it();
	for (i = 1; i <= HOLDERS; i++)
		answer(i, 14 + i, ACTIVITY_WHY_NONE);
	assert_true(doubted());
	unmount_it();
}

/* 0: all; -1: nobody. */
static void
expect_known(int only)
{
	struct activity a;
	char key[8];
	int i;

	for (i = 1; i <= HOLDERS; i++) {
		snprintf(key, sizeof(key), "20%d", i);
		assert_true(
		    activity_get(tenant, person_by_key(tenant, key),
			PRODUCT_GOTOMEETING, &a) == (only == 0 || i == only));
	}
}

/* It tells again: what was looked at while it did not is looked at again, also
 * after a start; but not for the few first answers of a first look. */
static void
test_tells_again(void **state)
{
	int64_t told_ms;
	int i;

	mount_it();
	for (i = 1; i <= HOLDERS; i++)
		answer(i, -1, ACTIVITY_WHY_NONE);
	expect_known(0);
	unmount_it();
	open_it();
	assert_true(doubted());
	tenant->activity.wanted = false;
	answer(4, 3, ACTIVITY_WHY_NONE);
	assert_false(doubted());
	assert_true(tenant->activity.wanted);
	expect_known(-1);
	for (told_ms = clock_wall_ms(); clock_wall_ms() <= told_ms;)
		; /* a later look is another millisecond */
	answer(4, 3, ACTIVITY_WHY_NONE);
	expect_known(4);
	unmount_it();
	open_it();
	expect_known(4);
	for (i = 1; i <= HOLDERS; i++)
		answer(i, -1, ACTIVITY_WHY_NONE);
	expect_known(0);
	unmount_it();
}

/* Found silent though it had told: doubted also by the next daemon, until it
 * tells of anybody, be it of long ago; then all is looked at again. */
static void
test_found_silent(void **state)
{
	int i;

	mount_it();
	for (i = 1; i <= HOLDERS; i++)
		answer(i, 1 + i, ACTIVITY_WHY_NONE);
	assert_false(doubted());
	tenant_begin(tenant);
	activity_doubt_silent(tenant, PRODUCT_GOTOMEETING);
	tenant_end(tenant);
	assert_true(doubted());
	expect_known(0);
	answer(1, -1, ACTIVITY_WHY_NONE);
	assert_true(doubted());
	unmount_it();
	open_it();
	assert_true(doubted());
	answer(2, -1, ACTIVITY_WHY_NONE);
	assert_true(doubted());
	answer(2, 80, ACTIVITY_WHY_NONE);
	assert_false(doubted());
	expect_known(-1);
	unmount_it();
}

/* However few hold it: nobody was ever seen. */
static void
test_few(void **state)
{
	int i;

	holders = 3;
	mount_it();
	for (i = 1; i <= holders; i++) {
		answer(i, -1, ACTIVITY_WHY_NONE);
		assert_true(doubted());
	}
	/* few may have been away for long */
	answer(3, 80, ACTIVITY_WHY_NONE);
	tenant_begin(tenant);
	activity_doubt_tick(tenant, clock_boot_ms());
	tenant_end(tenant);
	assert_false(doubted());
	unmount_it();
	holders = HOLDERS;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    each(test_first_round),
	    each(test_not_listed),
	    each(test_fell_silent),
	    each(test_silent_for_weeks),
	    each(test_tells_again),
	    each(test_found_silent),
	    each(test_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
