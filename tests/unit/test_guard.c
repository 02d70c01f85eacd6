/* SPDX-License-Identifier: MIT */
/*
 * The guard: sizes to limits; then a mirror written by hand, a tenant without
 * threads, and clocks that stand until they are moved: what weighs, for how
 * long, the trip and its latch, the allowance, and all of it over a remount.
 */
#include "gotofs/clock.h"
#include "mirror_fixture.h"
#include "tenant_int.h"

#define USERS_N 200
#define HOLDERS_N 40
#define SETTLE_MS 3000

static char state_dir[64];
static struct tenant *t;
static int64_t now_ms = 1000000;

/* ---- clocks ---- */

static int64_t
test_wall_ns(void)
{
	return (INT64_C(1800000000000) + now_ms) * CLOCK_NS_PER_MS;
}

static int64_t
test_boot_ms(void)
{
	return now_ms;
}

static const struct clock_source test_clock = {test_wall_ns, test_boot_ms};

/* ---- a mirror ---- */

static void
put_person(struct store_batch *b, int i)
{
	char key[16], name[16];
	bool super = i < 2, holds = i >= 2 && i < 2 + HOLDERS_N;

	snprintf(key, sizeof(key), "%d", 1000 + i);
	snprintf(name, sizeof(name), "u%03d", i);
	put_user(b, key, name, super ? mirror_super : "[]",
	    super ? PERSON_SUPER : 0);
	if (!holds)
		return;
	put_link(b, STORE_LICENSE, "5", key);
	put_link(b, STORE_GROUP, "6", key);
}

static int
make_mirror(void **state)
{
	struct store *s;
	struct store_batch *b;
	int i;

	strcpy(state_dir, TEST_TMP "/gotofs-test-guard-XXXXXX");
	if (!mkdtemp(state_dir) || chmod(state_dir, 0700) < 0)
		return -1;
	clock_set_source(&test_clock);
	b = mirror_begin(state_dir, &s);
	put(b, STORE_LICENSE, "5", "Meeting",
	    "{\n  \"key\": \"5\",\n  \"seats\": 100\n}\n", 0);
	put(b, STORE_GROUP, "6", "Berlin",
	    "{\n  \"key\": \"6\",\n  \"name\": \"Berlin\"\n}\n", 0);
	for (i = 0; i < USERS_N; i++)
		put_person(b, i);
	mirror_end(s, b);
	return 0;
}

static int
drop_mirror(void **state)
{
	tenant_close(t);
	t = NULL;
	clock_set_source(NULL);
	return mirror_remove(state_dir);
}

static void
reopen(const char *max_removals)
{
	struct tenant_conf conf = mirror_conf(state_dir);

	conf.settle_ms = SETTLE_MS;
	conf.max_removals = max_removals;
	tenant_close(t);
	t = NULL;
	assert_int_equal(tenant_open(&conf, &t, NULL), 0);
}

/* ---- what a person does ---- */

static uint64_t
dir_of(const char *a, const char *b)
{
	struct tenant_attr attr;

	assert_int_equal(tenant_lookup(t, TENANT_ROOT_NODE, a, &attr, NULL), 0);
	if (b)
		assert_int_equal(
		    tenant_lookup(t, attr.node, b, &attr, NULL), 0);
	return attr.node;
}

static const char *
name_of(int i)
{
	static char name[64];

	snprintf(name, sizeof(name), "u%03d@example.com.json", i);
	return name;
}

static int
rm_user(int i)
{
	return tenant_unlink(t, &who, dir_of("users", NULL), name_of(i));
}

static int
rm_seat(int i)
{
	return tenant_unlink(
	    t, &who, dir_of("licenses", "meeting"), name_of(i));
}

static int
rm_member(int i)
{
	return tenant_unlink(t, &who, dir_of("groups", "Berlin"), name_of(i));
}

static int
link_again(const char *a, const char *b, int i)
{
	struct tenant_attr attr;
	char target[128];

	snprintf(target, sizeof(target), "../../users/%s", name_of(i));
	return tenant_symlink(t, &who, dir_of(a, b), name_of(i), target, &attr);
}

static bool
is_there(const char *a, const char *b, int i)
{
	struct tenant_attr attr;

	return tenant_lookup(t, dir_of(a, b), name_of(i), &attr, NULL) == 0;
}

static int
rm_users(int from, int n)
{
	int i, r = 0;

	for (i = from; r == 0 && i < from + n; i++)
		r = rm_user(i);
	return r;
}

static int
allow(long removals, int64_t for_ms)
{
	int64_t until = 0;
	int r = tenant_allow(
	    t, &who, removals, for_ms, "site closed", &until, NULL);

	if (r == 0)
		assert_int_equal(until, clock_wall_ms() + for_ms);
	return r;
}

/* What the timer and the workers do, with a tenant that says yes. */
static void
send_held(void)
{
	struct change *c, *next;
	struct err why = ERR_NONE;

	tenant_begin(t);
	change_release_held(t, "");
	for (c = t->first; c; c = next) {
		next = c->next;
		if (c->state != STATE_QUEUED)
			continue;
		c->begun = true;
		assert_int_equal(change_finish(t, c, 0, &why, NULL), 0);
		next = t->first;
	}
	tenant_end(t);
}

static void
pass(int64_t ms)
{
	now_ms += ms;
	tenant_begin(t);
	guard_tick(t, now_ms);
	tenant_end(t);
}

static struct guard_count *
users_count(void)
{
	return &t->guard.count[GUARD_USERS];
}

/* ---- the tables ---- */

static void
test_limits(void **state)
{
	static const struct {
		enum guard_kind kind;
		const char *rule;
		long size, limit;
	} row[] = {
	    {GUARD_USERS, NULL, 0, 3},
	    {GUARD_USERS, NULL, 3, 3},
	    {GUARD_USERS, NULL, 39, 3},
	    {GUARD_USERS, NULL, 40, 4},
	    {GUARD_USERS, NULL, 200, 20},
	    {GUARD_USERS, NULL, 249, 24},
	    {GUARD_USERS, NULL, 250, 25},
	    {GUARD_USERS, NULL, 1000000, 25},
	    {GUARD_LICENSE, NULL, 100, 10},
	    {GUARD_MEMBERS, NULL, 100, 10},
	    {GUARD_GROUPS, NULL, 11, 3},
	    {GUARD_LICENSES, NULL, 0, 10},
	    {GUARD_LICENSES, NULL, 200, 10},
	    {GUARD_LICENSES, NULL, 240, 12},
	    {GUARD_LICENSES, NULL, 1000, 50},
	    {GUARD_LICENSES, NULL, 1000000, 50},
	    {GUARD_USERS, "5%", 200, 10},
	    {GUARD_USERS, "5%", 10, 3},
	    {GUARD_USERS, "100%", 10, 10},
	    {GUARD_USERS, "100%", 1000, 25},
	    {GUARD_LICENSES, "20%", 200, 20},
	    {GUARD_USERS, "0%", 200, 0},
	    {GUARD_USERS, "0", 200, 0},
	    {GUARD_LICENSES, "0", 200, 0},
	    {GUARD_USERS, "1", 200, 1},
	    {GUARD_USERS, "400", 200, 400},
	    {GUARD_LICENSES, "400", 200, 400},
	};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct guard_rule rule = guard_rule_of(row[i].rule);
		long got = guard_limit(row[i].kind, row[i].size, &rule);

		if (got != row[i].limit)
			fail_msg("row %zu: %ld", i, got);
	}
}

static void
test_times(void **state)
{
	assert_int_equal(guard_latch_ms(0), 5000);
	assert_int_equal(guard_latch_ms(100), 5000);
	assert_int_equal(guard_latch_ms(500), 10000);
	assert_int_equal(guard_latch_ms(3000), 60000);
	assert_int_equal(guard_latch_ms(60000), 60000);
	assert_int_equal(guard_long_settle_ms(0), 0);
	assert_int_equal(guard_long_settle_ms(500), 5000);
	assert_int_equal(guard_long_settle_ms(3000), 30000);
	assert_int_equal(guard_long_settle_ms(10000), 30000);
	assert_int_equal(guard_long_settle_ms(60000), 60000);
}

/* ---- the trip ---- */

static void
test_the_one_beyond(void **state)
{
	int i;

	reopen(NULL);
	assert_int_equal(rm_users(10, 20), 0);
	assert_int_equal(users_count()->held_n, 20);
	assert_int_equal(rm_user(30), -EDQUOT);
	for (i = 10; i <= 30; i++)
		assert_true(is_there("users", NULL, i));
	assert_int_equal(t->changes_n, 0);
	assert_int_equal(users_count()->held_n, 0);
	/* each that came back is told, and so is the refused one */
	assert_int_equal(t->failures_n, 20);
	assert_true(tree_child(t, t->fixed[FIXED_ERRORS], "users") != NULL);
	/* other kinds go on */
	assert_int_equal(rm_seat(5), 0);
	assert_int_equal(rm_member(6), 0);
}

static void
test_the_latch(void **state)
{
	reopen("1");
	assert_int_equal(rm_users(10, 1), 0);
	assert_int_equal(rm_user(11), -EDQUOT);
	assert_int_equal(rm_user(10), -EDQUOT);
	pass(59999);
	assert_int_equal(rm_user(10), -EDQUOT); /* a try: it begins anew */
	pass(59999);
	assert_int_equal(rm_user(10), -EDQUOT);
	pass(60000);
	assert_int_equal(rm_user(10), 0);
	/* it does not outlive the mount */
	assert_int_equal(rm_user(11), -EDQUOT);
	reopen("1");
	assert_int_equal(rm_user(11), 0);
}

static void
test_no_removal_at_all(void **state)
{
	reopen("0");
	assert_int_equal(rm_user(10), -EDQUOT);
	assert_int_equal(rm_seat(10), -EDQUOT);
	assert_int_equal(rm_member(10), -EDQUOT);
	assert_int_equal(
	    tenant_rmdir(t, &who, dir_of("groups", NULL), "Berlin"),
	    -ENOTEMPTY);
	assert_int_equal(allow(1, 60000), 0);
	assert_int_equal(rm_user(10), 0);
	assert_int_equal(rm_user(11), -EDQUOT);
	assert_true(is_there("users", NULL, 10)); /* all or nothing */
}

/* What one license refuses counts for all. */
static void
test_all_licenses(void **state)
{
	int i;

	reopen(NULL); /* 40 holders: 4 of the license, 10 of all */
	for (i = 2; i < 6; i++)
		assert_int_equal(rm_seat(i), 0);
	assert_int_equal(rm_seat(6), -EDQUOT);
	assert_int_equal(t->license[0]->removals.tried_n, 5);
	for (i = 7; i < 12; i++) {
		assert_false(
		    guard_is_latched(&t->guard.count[GUARD_LICENSES], now_ms));
		assert_int_equal(rm_seat(i), -EDQUOT);
	}
	assert_int_equal(rm_seat(12), -EDQUOT);
	assert_true(guard_is_latched(&t->guard.count[GUARD_LICENSES], now_ms));
}

/* ---- what weighs ---- */

static void
test_covered_and_made_again(void **state)
{
	struct guard_count *seats, *members;

	reopen(NULL);
	seats = &t->license[0]->removals;
	members = &t->guard.count[GUARD_MEMBERS];
	assert_int_equal(rm_seat(5), 0);
	assert_int_equal(rm_member(5), 0);
	assert_int_equal(seats->held_n, 1);
	assert_int_equal(members->held_n, 1);
	/* his own covers them */
	assert_int_equal(rm_user(5), 0);
	assert_int_equal(seats->held_n, 0);
	assert_int_equal(members->held_n, 0);
	assert_int_equal(users_count()->held_n, 1);
	/* one that is made afterwards is covered as well */
	assert_int_equal(rm_user(6), 0);
	assert_int_equal(rm_seat(6), 0);
	assert_int_equal(seats->held_n, 0);
	/* made again */
	assert_int_equal(rm_seat(7), 0);
	assert_int_equal(link_again("licenses", "meeting", 7), 0);
	assert_int_equal(seats->held_n, 0);
	assert_int_equal(rm_member(7), 0);
	assert_int_equal(link_again("groups", "Berlin", 7), 0);
	assert_int_equal(members->held_n, 0);
}

/* A tar archive of all links: each is unlinked, and has a placeholder until
 * the archive's end. */
static void
test_placeholders(void **state)
{
	uint64_t dir;
	struct tenant_attr attr;
	int i;

	reopen(NULL);
	dir = dir_of("licenses", "meeting");
	for (i = 2; i < 2 + HOLDERS_N; i++) {
		assert_int_equal(rm_seat(i), 0);
		assert_int_equal(
		    tenant_mknod(t, &who, dir, name_of(i), S_IFREG, &attr), 0);
		assert_int_equal(t->license[0]->removals.held_n, 0);
	}
	/* without it the removal is one again, and judged as such */
	for (i = 2; i < 2 + HOLDERS_N; i++)
		assert_int_equal(rm_seat(i), 0);
	assert_int_equal(t->license[0]->removals.held_n, HOLDERS_N);
	send_held();
	assert_int_equal(t->license[0]->removals.held_n, 0);
	assert_int_equal(t->license[0]->removals.sent_n, 0);
	for (i = 2; i < 2 + HOLDERS_N; i++)
		assert_true(is_there("licenses", "meeting", i));
}

static void
test_the_settle_time(void **state)
{
	reopen(NULL);
	assert_int_equal(rm_users(10, 10), 0);
	assert_int_equal(t->settle_at_ms, now_ms + SETTLE_MS);
	assert_int_equal(rm_user(20), 0); /* more than half of it */
	assert_int_equal(t->settle_at_ms, now_ms + 30000);
	assert_int_equal(allow(100, 60000), 0);
	send_held();
	assert_int_equal(rm_seat(50 - 20), 0);
	assert_int_equal(t->settle_at_ms, now_ms + SETTLE_MS);
}

/* ---- ten minutes ---- */

static void
test_the_window(void **state)
{
	reopen("4");
	assert_int_equal(rm_users(10, 2), 0);
	send_held();
	assert_int_equal(users_count()->sent_n, 2);
	pass(300000);
	assert_int_equal(rm_users(12, 2), 0);
	send_held();
	assert_int_equal(rm_user(14), -EDQUOT);
	pass(299999); /* the first two are still within, and so is the latch */
	assert_int_equal(users_count()->sent_n, 4);
	pass(1);
	assert_int_equal(users_count()->sent_n, 2);
	assert_int_equal(rm_users(14, 2), 0);
	assert_int_equal(rm_user(16), -EDQUOT);
	pass(300000);
	assert_int_equal(users_count()->sent_n, 0);
	assert_null(t->guard.first);
	assert_null(t->guard.last);
}

static void
test_the_window_over_a_remount(void **state)
{
	reopen("4");
	assert_int_equal(rm_users(10, 3), 0);
	assert_int_equal(rm_seat(20), 0);
	send_held();
	pass(100000);
	reopen("4");
	assert_int_equal(users_count()->sent_n, 3);
	assert_int_equal(t->license[0]->removals.sent_n, 1);
	assert_int_equal(t->guard.count[GUARD_LICENSES].sent_n, 1);
	assert_int_equal(rm_user(13), 0);
	assert_int_equal(rm_user(14), -EDQUOT);
	pass(500000);
	assert_int_equal(users_count()->sent_n, 0);
	reopen("4");
	assert_int_equal(users_count()->sent_n, 0);
}

/* Held ones are judged again: the profile has another limit by now. */
static void
test_held_over_a_remount(void **state)
{
	reopen("10");
	assert_int_equal(rm_users(10, 6), 0);
	reopen("5");
	assert_false(is_there("users", NULL, 10));
	assert_int_equal(users_count()->held_n, 6);
	send_held();
	assert_int_equal(users_count()->sent_n, 0);
	assert_int_equal(t->changes_n, 0);
	assert_true(is_there("users", NULL, 10));
}

/* What was released and never sent is held anew. */
static void
test_released_over_a_remount(void **state)
{
	reopen(NULL);
	assert_int_equal(rm_users(10, 2), 0);
	tenant_begin(t);
	change_release_held(t, "");
	tenant_end(t);
	assert_int_equal(t->held_n, 0);
	reopen(NULL);
	assert_int_equal(t->held_n, 2);
	assert_int_equal(users_count()->held_n, 2);
	assert_true(t->settle_at_ms > now_ms);
}

/* ---- the allowance ---- */

static void
test_allowance(void **state)
{
	struct tenant_attr attr;

	reopen("2");
	assert_int_equal(allow(-1, 60000), -EINVAL);
	assert_int_equal(allow(1000001, 60000), -EINVAL);
	assert_int_equal(allow(5, 0), -EINVAL);
	assert_int_equal(allow(5, 86400001), -EINVAL);
	assert_int_equal(
	    tenant_allow(t, &who, 5, 60000, " ", NULL, NULL), -EINVAL);
	assert_int_equal(
	    tenant_allow(t, &who, 5, 60000, "two\nlines", NULL, NULL), -EINVAL);
	assert_int_equal(allow(5, 60000), 0);
	assert_int_equal(rm_users(10, 5), 0);
	assert_int_equal(guard_allowance_left(t), 0);
	assert_int_equal(users_count()->held_n, 0);
	/* made again: it is given back, and pays for another kind */
	assert_int_equal(tenant_mknod(t, &who, dir_of("users", NULL),
			     name_of(10), S_IFREG | 0600, &attr),
	    0);
	assert_int_equal(guard_allowance_left(t), 1);
	assert_int_equal(rm_seat(20), 0);
	assert_int_equal(t->license[0]->removals.held_n, 0);
	assert_int_equal(guard_allowance_left(t), 0);
	send_held();
	assert_int_equal(users_count()->sent_n, 0);
	assert_int_equal(users_count()->left_n, 4);
	/* beyond it the limits */
	assert_int_equal(rm_users(20, 2), 0);
	assert_int_equal(rm_user(22), -EDQUOT);
	/* a new one ends the latch */
	assert_int_equal(allow(1, 60000), 0);
	assert_int_equal(rm_user(22), 0);
	/* but the latch comes before what is left of one */
	assert_int_equal(rm_users(23, 2), 0);
	assert_int_equal(rm_user(25), -EDQUOT);
	assert_int_equal(guard_allowance_left(t), 1);
	assert_int_equal(rm_user(25), -EDQUOT);
}

static void
test_allowance_ends(void **state)
{
	reopen("1");
	assert_int_equal(allow(5, 60000), 0);
	pass(59999);
	assert_int_equal(rm_users(10, 2), 0);
	pass(1);
	assert_int_equal(guard_allowance_left(t), 0);
	assert_int_equal(rm_user(12), 0); /* that is the limit's */
	assert_int_equal(users_count()->held_n, 1);
	send_held(); /* those in time are paid for */
	assert_int_equal(users_count()->sent_n, 1);
	assert_int_equal(users_count()->left_n, 3);
	assert_int_equal(allow(5, 60000), 0);
	assert_int_equal(allow(0, 1000), 0);
	assert_int_equal(guard_allowance_left(t), 0);
	assert_int_equal(rm_user(13), -EDQUOT);
}

static void
test_allowance_over_a_remount(void **state)
{
	reopen("0");
	assert_int_equal(allow(5, 60000), 0);
	assert_int_equal(rm_users(10, 2), 0);
	send_held();
	assert_int_equal(rm_users(12, 2), 0);
	pass(30000);
	reopen("0");
	assert_int_equal(t->guard.allowance.sent_n, 2);
	assert_int_equal(t->guard.allowance.pending_n, 2);
	assert_int_equal(guard_allowance_left(t), 1);
	assert_string_equal(t->guard.allowance.reason, "site closed");
	assert_int_equal(rm_user(14), 0);
	/* after its time what is held is beyond the limit */
	pass(30000);
	reopen("0");
	send_held();
	assert_true(is_there("users", NULL, 12));
	assert_true(is_there("users", NULL, 14));
	assert_int_equal(users_count()->sent_n, 0);
}

/* ---- without memory ---- */

static int
trip_once(void *ctx)
{
	int r;

	pass(60000);
	r = rm_user(10);
	if (r == 0 || r == -ENOENT) /* it is held since the run before */
		r = rm_user(11);
	return r == -EDQUOT ? 0 : r;
}

static int
allow_once(void *ctx)
{
	return allow(0, 1000);
}

static void
test_every_allocation_may_fail(void **state)
{
	reopen("1");
	alloc_fail_sweep_lenient(allow_once, NULL);
	alloc_fail_sweep_lenient(trip_once, NULL);
	/* (a name that there was no memory to show is shown by a pull) */
	send_held();
	send_held();
	assert_int_equal(t->changes_n, 0);
	assert_in_range(users_count()->sent_n, 0, 1);
	assert_false(users_count()->due);
}

#define guard_test(f)                                                          \
	cmocka_unit_test_setup_teardown(f, make_mirror, drop_mirror)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_times),
	    guard_test(test_the_one_beyond),
	    guard_test(test_the_latch),
	    guard_test(test_no_removal_at_all),
	    guard_test(test_all_licenses),
	    guard_test(test_covered_and_made_again),
	    guard_test(test_placeholders),
	    guard_test(test_the_settle_time),
	    guard_test(test_the_window),
	    guard_test(test_the_window_over_a_remount),
	    guard_test(test_held_over_a_remount),
	    guard_test(test_released_over_a_remount),
	    guard_test(test_allowance),
	    guard_test(test_allowance_ends),
	    guard_test(test_allowance_over_a_remount),
	    guard_test(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
