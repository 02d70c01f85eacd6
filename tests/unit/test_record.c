/* SPDX-License-Identifier: MIT */
#include "gotofs/record.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gotofs/activity.h"
#include "gotofs/text.h"

static void
empty_ones_are_freed(void **state)
{
	struct user u = USER_NONE;
	struct license l = LICENSE_NONE;
	struct group g = GROUP_NONE;
	struct user_list users = {NULL, 0};

	user_done(&u);
	license_done(&l);
	group_done(&g);
	user_list_done(&users);
	assert_false(user_is_super(&u));
}

/* The sanitizers and valgrind count what stays behind. */
static void
lists_are_freed_with_their_members(void **state)
{
	struct user_list users = {calloc(2, sizeof(struct user)), 2};
	struct license_list licenses = {calloc(1, sizeof(struct license)), 1};
	struct group_list groups = {calloc(1, sizeof(struct group)), 1};

	users.v[0].key = strdup("1");
	users.v[1].rest = strdup("  \"key\": \"2\"");
	assert_int_equal(strv_add(&users.v[1].license_keys, "7"), 0);
	licenses.v[0].description = strdup("GoToMeeting");
	assert_int_equal(strv_add(&licenses.v[0].user_keys, "1"), 0);
	groups.v[0].name = strdup("Alpha");
	assert_int_equal(strv_add(&groups.v[0].user_keys, "1"), 0);
	user_list_done(&users);
	license_list_done(&licenses);
	group_list_done(&groups);
	assert_null(users.v);
	assert_int_equal(users.n, 0);
	assert_null(licenses.v);
	assert_null(groups.v);
}

static void
super_users(void **state)
{
	struct user u = USER_NONE;

	assert_int_equal(strv_add(&u.admin_roles, "MANAGE_USERS"), 0);
	assert_false(user_is_super(&u));
	assert_int_equal(strv_add(&u.admin_roles, "SUPER_USER"), 0);
	assert_true(user_is_super(&u));
	user_done(&u);
	assert_null(u.admin_roles);
}

static void
codes_are_products(void **state)
{
	char *webinar[] = {"G2W", "G2M", NULL}, *none[] = {NULL};
	char *odd[] = {"JIVE", "ATTENDANTCONSOLE", NULL},
	     *corporate[] = {"G2AC", NULL};

	assert_int_equal(
	    product_bits(webinar), PRODUCT_BIT(PRODUCT_GOTOWEBINAR) |
				       PRODUCT_BIT(PRODUCT_GOTOMEETING));
	assert_int_equal(product_bits(odd),
	    PRODUCT_BIT(PRODUCT_GOTOCONNECT) | PRODUCT_BIT_OTHER);
	assert_int_equal(product_bits(none), PRODUCT_BIT_OTHER);
	assert_int_equal(product_bits(NULL), PRODUCT_BIT_OTHER);
	assert_int_equal(product_bits(corporate), PRODUCT_BIT_OTHER);
}

static void
products_have_names(void **state)
{
	for (int i = 0; i < PRODUCT_N; i++)
		assert_int_equal(product_by_name(product_name(i)), i);
	assert_int_equal(product_by_name("gotomyPC"), -1);
	assert_false(product_has_source(PRODUCT_OPENVOICE));
	assert_string_equal(product_title(PRODUCT_GOTOASSIST), "GoToAssist");
	assert_string_equal(
	    use_kind_text(USE_TRAINING), "organized a training");
	assert_string_equal(use_kind_plural(USE_CALLS), "calls");
}

static void
uses_are_listed(void **state)
{
	struct use_list l = USE_LIST_NONE;

	for (int i = 0; i < 9; i++) {
		struct use *u = use_list_add(&l);

		assert_non_null(u);
		assert_null(u->user_key);
		u->user_key = strdup("7");
		u->n = i;
	}
	assert_int_equal(l.n, 9);
	assert_int_equal(l.v[8].n, 8);
	use_list_done(&l);
	assert_null(l.v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(empty_ones_are_freed),
	    cmocka_unit_test(lists_are_freed_with_their_members),
	    cmocka_unit_test(super_users),
	    cmocka_unit_test(codes_are_products),
	    cmocka_unit_test(products_have_names),
	    cmocka_unit_test(uses_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
