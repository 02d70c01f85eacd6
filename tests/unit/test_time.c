/* SPDX-License-Identifier: MIT */
/*
 * How long things last (the numbers of DESIGN 4): a tenant without threads, and
 * clocks that stand until they are moved to just before the end, and past it.
 */
#include "tenant_fixture.h"

#include "gotofs/clock.h"
#include "push_int.h"
#include "tenant_int.h"

static const char as_it_is[] = "{\"lastName\":\"Test\"}"; /* nothing to send */
static const char cyd[] = "users/cyd@example.com.json";
static int64_t now_ms;

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

static int
begin(void **state)
{
	static const struct clock_source clock = {test_wall_ns, test_boot_ms};

	now_ms = 1000000;
	clock_set_source(&clock);
	return setup(state) < 0 ? -1 : open_tenant(&tenant);
}

static int
end(void **state)
{
	tenant_close(tenant);
	clock_set_source(NULL);
	return teardown(state);
}

/* What the timer does then. */
static void
pass(int64_t ms)
{
	now_ms += ms;
	tenant_begin(tenant);
	write_tick(tenant, now_ms);
	change_tick(tenant, now_ms);
	tenant_end(tenant);
}

/* ---- a minute ---- */

static void
test_who_wrote_it_tidies_up(void **state)
{
	const struct tenant_caller other = {0, 0, 4712};
	uint64_t node = node_of(cyd), users = node_of("users");

	assert_int_equal(write_text(node, as_it_is), 0);
	now_ms += 59999;
	assert_int_equal(do_unlink("users", "cyd@example.com.json"), -EBUSY);
	now_ms += 1;
	assert_int_equal(do_unlink("users", "cyd@example.com.json"), 0);
	assert_int_equal(tenant->held_n, 1);
	tenant_forget(tenant, node, 1);

	node = node_of("users/dan@example.com.json");
	assert_int_equal(write_text(node, as_it_is), 0);
	assert_int_equal(/* who did not write it means it */
	    tenant_unlink(tenant, &other, users, "dan@example.com.json"), 0);
	tenant_forget(tenant, node, 1);
	tenant_forget(tenant, users, 1);
}

static int
write_blank(uint64_t node)
{
	return tenant_write(
	    tenant, &who, node, "\n", 1, 4096, false, false, NULL);
}

static void
test_a_verdict_is_repeated(void **state)
{
	uint64_t node = node_of(cyd);

	assert_int_equal(write_text(node, "{]"), -EINVAL);
	pass(59999);
	assert_int_equal(write_blank(node), -EINVAL);
	pass(1);
	assert_int_equal(write_blank(node), 0);
	tenant_forget(tenant, node, 1);
}

/* The mtime that its writer gives it so long after the text. */
static void
set_time_after(uint64_t node, int64_t ms)
{
	struct tenant_attr a = {.mtime_ns = 5 * CLOCK_NS_PER_S};
	int r;

	assert_int_equal(write_text(node, as_it_is), 0);
	now_ms += ms;
	r = tenant_setattr(tenant, &who, node, &a, TENANT_SET_MTIME, &a);
	assert_true(r == 0 || r == TENANT_STALE);
}

static void
test_a_text_is_kept(void **state)
{
	uint64_t node = node_of(cyd);
	struct tenant_attr a;

	set_time_after(node, 60001);
	assert_int_equal(tenant_getattr(tenant, node, &a), 0);
	assert_true(a.size > (off_t)strlen(as_it_is)); /* the record */
	set_time_after(node, 60000);
	assert_int_equal(tenant_getattr(tenant, node, &a), 0);
	assert_int_equal(a.size, strlen(as_it_is));
	tenant_forget(tenant, node, 1);
}

/* ---- ten minutes ---- */

static void
test_a_link_waits(void **state)
{
	static const char link[] = "licenses/meeting-pro/eve@example.com.json";

	assert_int_equal(
	    do_link("licenses/meeting-pro", "eve@example.com.json"), 0);
	pass(600000);
	assert_int_equal(tenant->waiting.n, 1);
	assert_int_not_equal(find_node(link), 0);
	pass(1);
	assert_int_equal(tenant->changes_n, 0);
	assert_int_equal(find_node(link), 0);
	expect_read(".gotofs/errors/licenses/meeting-pro/"
		    "eve@example.com.json.txt",
	    "within 10 minutes");
}

/* ---- about five minutes ---- */

/* A call that is answered with 503. */
static void
answer_503(struct change *c)
{
	struct push_one one = {.change = c, .over = true, .result = -EIO};
	struct push p = {.verb = c->verb, .one = &one, .n = 1};

	one.err.http_status = 503;
	err_set(&one.err, -EIO, "GoTo is away");
	tenant_begin(tenant);
	change_unqueue(tenant, c);
	c->begun = true;
	assert_int_equal(push_mark(tenant, &one, 1, STATE_SENDING), 0);
	assert_int_equal(push_end(tenant, &p), 0);
	tenant_end(tenant);
}

static void
test_an_answer_that_passes(void **state)
{
	int64_t began_ms = now_ms;
	int n = 0;

	assert_int_equal(
	    do_link("licenses/meeting-pro", "dan@example.com.json"), 0);
	for (; tenant->first; n++) {
		answer_503(tenant->first);
		if (tenant->first)
			now_ms = tenant->first->not_before_ms;
	}
	assert_int_equal(n, 11);
	assert_in_range(now_ms - began_ms, 240000, 300000);
	expect_read(".gotofs/errors/licenses/meeting-pro/"
		    "dan@example.com.json.txt",
	    "GoTo is away");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    T(test_who_wrote_it_tidies_up),
	    T(test_a_verdict_is_repeated),
	    T(test_a_text_is_kept),
	    T(test_a_link_waits),
	    T(test_an_answer_that_passes),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
