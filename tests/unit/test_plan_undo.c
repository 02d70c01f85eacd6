/* SPDX-License-Identifier: MIT */
/*
 * A plan that is not accepted as a whole: what others had accepted before is as
 * it was, and of the plan nothing is left: when it would undo something, when
 * it is broken, without memory, and over a restart.
 */
#include "sqlite_fail.h"
#include "tenant_fixture.h"

#define CYD "cyd@example.com.json"
#define DAN "dan@example.com.json"
#define GUS "gus@example.com.json"

/* ---- what is on its way before ---- */

static int
setup_changes(void **state)
{
	int r = setup(state);

	if (r < 0)
		return r;
	assert_int_equal(open_tenant(&tenant), 0);
	assert_int_equal(do_unlink("groups/Berlin", CYD), 0);
	assert_int_equal(do_link("licenses/meeting-pro", DAN), 0);
	assert_int_equal(do_link("groups/Berlin", GUS), 0);
	return 0;
}

static void
expect_status(const char *part)
{
	AUTO(buf_done) struct buf b = BUF_MAX(1 << 20);

	assert_int_equal(tenant_status(tenant, &b, NULL), 0);
	if (!strstr(buf_str(&b), part))
		fail_msg("no %s in %s", part, buf_str(&b));
}

static void
expect_as_before(void)
{
	struct tenant_attr a;

	expect_status("\"pending\": 3");
	expect_status("\"held\": 1");
	expect_status("\"waiting\": 1");
	expect_list("groups", "Berlin ");
	expect_list("groups/Berlin", GUS " ");
	tenant_forget(tenant, node_of("licenses/meeting-pro/" CYD), 1);
	tenant_forget(tenant, node_of("licenses/meeting-pro/" DAN), 1);
	expect_read("users/ann@example.com.json", "\"lastName\": \"Test\"");
	assert_int_equal(walk("users/" GUS, &a), -ENOENT);
}

static void
expect_as_before_twice(void)
{
	expect_as_before();
	tenant_close(tenant);
	assert_int_equal(open_tenant(&tenant), 0);
	expect_as_before();
}

static int
apply(const char *plan, struct err *err)
{
	struct tenant_sync_report report = {0};

	return tenant_apply(
	    tenant, &who, plan, strlen(plan), NULL, NULL, &report, err);
}

/* ---- it would undo something ---- */

static const struct {
	const char *plan, *why;
} meetings[] = {
    {"[{\"op\":\"mkdir\",\"path\":\"groups/New\"},"
     "{\"op\":\"link\",\"path\":\"groups/New/" CYD "\",\"user\":\"102\"}]",
	"take-out groups/Berlin/" CYD},
    {"[{\"op\":\"update\",\"path\":\"users/ann@example.com.json\","
     "\"user\":\"100\",\"document\":{\"lastName\":\"New\"}},"
     "{\"op\":\"unlink\",\"path\":\"licenses/meeting-pro/" DAN "\","
     "\"license\":\"5\",\"user\":\"103\"}]",
	"assign licenses/meeting-pro/" DAN},
    {"[{\"op\":\"rename\",\"path\":\"users/ann@example.com.json\","
     "\"to\":\"users/" GUS "\",\"user\":\"100\"}]",
	"move groups/Berlin/" GUS},
};

static void
test_what_it_would_undo_stays(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(meetings) / sizeof(meetings[0]); i++) {
		struct err err = ERR_NONE;

		assert_int_equal(apply(meetings[i].plan, &err), -EBUSY);
		if (!strstr(err.msg, meetings[i].why))
			fail_msg("%s", err.msg);
		assert_non_null(strstr(err.msg, "gotofs sync"));
		expect_as_before_twice();
	}
}

/* ---- it is broken ---- */

static const char broken[] =
    "[{\"op\":\"mkdir\",\"path\":\"groups/New\"},"
    "{\"op\":\"create\",\"path\":\"users/" GUS "\","
    "\"document\":{\"firstName\":\"Gus\",\"lastName\":\"New\"}},"
    "{\"op\":\"update\",\"path\":\"users/" GUS "\","
    "\"document\":{\"lastName\":\"Newer\"}},"
    "{\"op\":\"update\",\"path\":\"users/ann@example.com.json\","
    "\"user\":\"100\",\"document\":{\"lastName\":\"New\"}},"
    "{\"op\":\"unlink\",\"path\":\"licenses/meeting-pro/" CYD "\","
    "\"license\":\"5\",\"user\":\"102\"},"
    "{\"op\":\"remove\",\"path\":\"users/" CYD "\",\"user\":\"102\"},"
    "{\"op\":\"frobnicate\",\"path\":\"users\"}]";

static void
test_who_was_waited_for_is_waited_for_again(void **state)
{
	struct err err = ERR_NONE;

	assert_int_equal(apply(broken, &err), -EINVAL);
	expect_as_before_twice();
}

/* Also what takes it back may find no memory. */
static void
test_without_memory(void **state)
{
	bool failed = true;
	long n;

	for (n = 1; failed; n++) {
		struct err err = ERR_NONE;
		int r;

		alloc_fail_arm(n);
		r = apply(broken, &err);
		failed = alloc_fail_disarm();
		assert_true(r == -EINVAL || (failed && r == -ENOMEM));
		expect_as_before();
	}
	assert_true(n > 200);
	expect_as_before_twice();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_it_would_undo_stays),
	    cmocka_unit_test(test_who_was_waited_for_is_waited_for_again),
	    cmocka_unit_test(test_without_memory),
	};

	sqlite_fail_install();
	return cmocka_run_group_tests(tests, setup_changes, teardown);
}
