/* SPDX-License-Identifier: MIT */
/* What a user's text is once a change has been carried out. */
#include "../../src/tenant/tenant_int.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/text.h"

static const char text[] = "{\n"
			   "  \"email\": \"bob@example.com\",\n"
			   "  \"firstName\": \"Bob\",\n"
			   "  \"lastName\": \"Stone\",\n"
			   "  \"locale\": null,\n"
			   "  \"timeZone\": \"Europe/Berlin\",\n"
			   "  \"adminRoles\": [],\n"
			   "  \"groupKey\": \"17\",\n"
			   "  \"groupName\": \"Old\",\n"
			   "  \"key\": \"99999999999999999999\",\n"
			   "  \"licenseKeys\": [\n"
			   "    \"1\"\n"
			   "  ],\n"
			   "  \"settings\": {\n"
			   "    \"G2M\": {}\n"
			   "  }\n"
			   "}\n";

struct want {
	struct user user;
	unsigned set;
	const struct apply_links *links;
};

static char *
apply(const struct want *w)
{
	struct err err = ERR_NONE;
	char *ret = NULL;

	assert_int_equal(apply_text(text, strlen(text), w ? &w->user : NULL,
			     w ? w->set : 0, w ? w->links : NULL, &ret, &err),
	    0);
	return ret;
}

/* text with one piece of it replaced. */
static void
assert_only(const char *got, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	AUTO(text_done) char *want = NULL;

	assert_non_null(at);
	want = text_printf(
	    "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	assert_string_equal(got, want);
}

static void
test_nothing(void **state)
{
	AUTO(text_done) char *got = apply(NULL);

	assert_string_equal(got, text);
}

static void
test_fields(void **state)
{
	char *roles[] = {"SUPER_USER", "MANAGE_USERS", NULL};
	const struct {
		struct user user;
		unsigned set;
		const char *from, *to;
	} cases[] = {
	    {{.email = "b@example.com"}, USER_SET_EMAIL, "bob@", "b@"},
	    {{.first_name = "B\"\xc3\xb6"}, USER_SET_FIRST_NAME, "Bob",
		"B\\\"\xc3\xb6"},
	    {{.last_name = "Stein"}, USER_SET_LAST_NAME, "Stone", "Stein"},
	    {{.locale = "de_DE"}, USER_SET_LOCALE, "null", "\"de_DE\""},
	    {{0}, USER_SET_TIME_ZONE, "\"Europe/Berlin\"", "null"},
	    {{.admin_roles = roles}, USER_SET_ADMIN_ROLES, "Roles\": []",
		"Roles\": [\n    \"SUPER_USER\",\n    \"MANAGE_USERS\"\n  ]"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct want w = {.user = cases[i].user, .set = cases[i].set};
		AUTO(text_done) char *got = apply(&w);

		assert_only(got, cases[i].from, cases[i].to);
		/* what is not set is left alone, whatever it holds */
		w.set = 0;
		text_done(&got);
		got = apply(&w);
		assert_string_equal(got, text);
	}
}

static void
test_links(void **state)
{
	char *keys[] = {"1", "22", NULL};
	struct apply_links links = {keys, "18", "New"};
	struct want w = {.links = &links};
	AUTO(text_done) char *got = apply(&w);
	const struct apply_links none = {NULL, NULL, NULL};

	assert_non_null(strstr(got, "  \"groupKey\": \"18\",\n"
				    "  \"groupName\": \"New\",\n"));
	assert_non_null(strstr(got, "  \"licenseKeys\": [\n"
				    "    \"1\",\n    \"22\"\n  ],\n"));
	assert_non_null(strstr(got, "\"99999999999999999999\""));
	w.links = &none;
	text_done(&got);
	got = apply(&w);
	assert_null(strstr(got, "group"));
	assert_null(strstr(got, "licenseKeys"));
	assert_non_null(strstr(got, "\"settings\""));
}

/* A record that has nothing but the writable fields. */
static void
test_bare(void **state)
{
	static const char bare[] = "{\n  \"email\": \"b@example.com\",\n"
				   "  \"firstName\": \"B\",\n"
				   "  \"lastName\": \"S\",\n"
				   "  \"locale\": null,\n"
				   "  \"timeZone\": null,\n"
				   "  \"adminRoles\": []\n}\n";
	struct err err = ERR_NONE;
	AUTO(text_done) char *got = NULL;

	assert_int_equal(
	    apply_text(bare, strlen(bare), NULL, 0, NULL, &got, &err), 0);
	assert_string_equal(got, bare);
}

static void
test_damaged(void **state)
{
	struct err err = ERR_NONE;
	char *got = NULL;

	assert_true(apply_text("{", 1, NULL, 0, NULL, &got, &err) < 0);
	assert_null(got);
	assert_true(*err.msg);
}

static int
apply_once(void *ctx)
{
	char *roles[] = {"SUPER_USER", NULL}, *keys[] = {"1", NULL};
	struct user want = {.email = "b@example.com", .admin_roles = roles};
	struct apply_links links = {keys, "18", "New"};
	struct err err = ERR_NONE;
	AUTO(text_done) char *got = NULL;

	return apply_text(text, strlen(text), &want,
	    USER_SET_EMAIL | USER_SET_ADMIN_ROLES, &links, &got, &err);
}

static void
test_no_memory(void **state)
{
	assert_true(alloc_fail_sweep(apply_once, NULL) > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_links),
	    cmocka_unit_test(test_bare),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
