/* SPDX-License-Identifier: MIT */
/*
 * A tenant whose memory ends: what was accepted is whole, and what a restart
 * takes over is, or it does not start.  Whichever allocation fails, nothing is
 * ever there without its name.
 */
#include "tenant_fixture.h"

#define ANN "ann@example.com.json"
#define ANNA "anna@example.com.json"
#define DAN "dan@example.com.json"

static void
expect_either(const char *path, bool is_there)
{
	uint64_t node = find_node(path);

	if ((node != 0) != is_there)
		fail_msg("%s: %s", path, is_there ? "is missing" : "is there");
	if (node)
		tenant_forget(tenant, node, 1);
}

/* ---- renames ---- */

struct named {
	const char *dir, *from, *to;
};

/* It has happened, also for a later run, or it was refused. */
static void
rename_without(const struct named *x, long nth, bool *ret_failed)
{
	AUTO(text_done) char *from = text_printf("%s/%s", x->dir, x->from);
	AUTO(text_done) char *to = text_printf("%s/%s", x->dir, x->to);
	uint64_t d, stale;
	int r;

	assert_int_equal(setup(NULL), 0);
	assert_int_equal(open_tenant(&tenant), 0);
	d = node_of(x->dir);
	tenant_forget(tenant, node_of(from), 1);
	alloc_fail_arm(nth);
	r = tenant_rename(tenant, &who, d, x->from, d, x->to, false, &stale);
	*ret_failed = alloc_fail_disarm();
	tenant_forget(tenant, d, 1);
	if (r != 0)
		assert_int_equal(r, -ENOMEM);
	assert_true(*ret_failed || r == 0);
	tenant_close(tenant);
	assert_int_equal(open_tenant(&tenant), 0);
	expect_either(from, r != 0);
	expect_either(to, r == 0);
	tenant_close(tenant);
	assert_int_equal(teardown(NULL), 0);
}

static void
rename_sweep(const struct named *x)
{
	bool failed = true;
	long n;

	for (n = 1; failed; n++)
		rename_without(x, n, &failed);
	assert_true(n > 10);
}

static void
test_a_group_is_renamed_or_not(void **state)
{
	rename_sweep(&(struct named){"groups", "Berlin", "Potsdam"});
}

static void
test_an_address_is_changed_or_not(void **state)
{
	rename_sweep(&(struct named){"users", ANN, ANNA});
}

/* ---- a start ---- */

static int
open_protected(void)
{
	static char *protect[] = {(char *)"dan@*", NULL};
	struct tenant_conf conf = mirror_conf(state_dir);

	conf.protect = protect;
	return tenant_open(&conf, &tenant, NULL);
}

static void
expect_taken_over(void)
{
	uint64_t users = node_of("users");

	expect_list("groups", "Potsdam ");
	expect_either("users/" ANNA, true);
	assert_int_equal(tenant_unlink(tenant, &who, users, DAN), -EPERM);
	tenant_forget(tenant, users, 1);
}

static void
test_a_start_takes_over_all(void **state)
{
	bool failed = true;
	long n;

	assert_int_equal(setup(NULL), 0);
	assert_int_equal(open_protected(), 0);
	assert_int_equal(do_rename("groups", "Berlin", "Potsdam"), 0);
	assert_int_equal(do_rename("users", ANN, ANNA), 0);
	expect_taken_over();
	tenant_close(tenant);
	for (n = 1; failed; n++) {
		int r;

		alloc_fail_arm(n);
		r = open_protected();
		failed = alloc_fail_disarm();
		assert_true(r == 0 || (failed && r == -ENOMEM));
		if (r < 0)
			continue;
		expect_taken_over();
		tenant_close(tenant);
	}
	assert_true(n > 50);
	assert_int_equal(teardown(NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_group_is_renamed_or_not),
	    cmocka_unit_test(test_an_address_is_changed_or_not),
	    cmocka_unit_test(test_a_start_takes_over_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
