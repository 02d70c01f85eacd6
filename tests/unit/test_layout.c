/* SPDX-License-Identifier: MIT */
#include "gotofs/layout.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/err.h"
#include "gotofs/text.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define ANN "ann@example.com.json"

/* ---- places ---- */

static const struct {
	const char *path, *place;
	bool folder;
} places[] = {
    {"/r/users/" ANN, "users/" ANN},
    {"/users/" ANN, "users/" ANN},
    {"/home/users/r/licenses/pro/" ANN, "licenses/pro/" ANN},
    {"/r/groups/Sales/" ANN, "groups/Sales/" ANN},
    {"/r/groups/Sales/Inside/" ANN, "groups/Sales/Inside/" ANN},
    {"/users/r/reclaim/rules.json", "reclaim/rules.json"},
    {"/r/groups/" ANN, NULL},
    {"/r/users", NULL},
    {"/r/users/a/b/" ANN, NULL},
    {"/r/users", "users", true},
    {"/r/groups/a", "groups/a", true},
    {"/r/groups/a/b/c", NULL, true},
    {"/r/licenses/pro/x", NULL, true},
    {"/r", NULL, true},
    /* a group may be named like a folder; the next one is another place */
    {"/r/groups/Sales/users/" ANN, "groups/Sales/users/" ANN},
    {"groups/Sales/users/" ANN, "users/" ANN},
    {"users/" ANN, NULL},
    {"/r/groups/users", "groups/users", true},
    {"groups/users", "users", true},
};

static void
the_place_is_the_end_of_the_path(void **state)
{
	size_t i;

	for (i = 0; i < N(places); i++) {
		const char *got =
		    layout_place(places[i].path, places[i].folder);

		if (!text_equal(got, places[i].place))
			fail_msg("%s: %s", places[i].path, got ? got : "none");
	}
}

static void
each_place_has_its_kind(void **state)
{
	enum layout_kind kind = LAYOUT_LINK;
	struct err err = ERR_NONE;

	assert_int_equal(layout_kind("users/" ANN, &kind, &err), 0);
	assert_int_equal(kind, LAYOUT_USER);
	assert_int_equal(layout_kind("reclaim/rules.json", &kind, &err), 0);
	assert_int_equal(kind, LAYOUT_RULES);
	assert_int_equal(layout_kind("groups/a/b/" ANN, &kind, &err), 0);
	assert_int_equal(kind, LAYOUT_LINK);
	assert_int_equal(
	    layout_kind("licenses/a/b/" ANN, &kind, &err), -EINVAL);
	assert_int_equal(
	    layout_kind("reclaim/other.json", &kind, &err), -EINVAL);
	assert_int_equal(layout_kind("activity/a", &kind, &err), -EINVAL);
	assert_int_equal(layout_kind("", &kind, &err), -EINVAL);
	assert_int_equal(kind, LAYOUT_LINK);
}

static void
folders_are_groups_of_two_levels(void **state)
{
	struct err err = ERR_NONE;

	assert_int_equal(layout_check_folder("users", &err), 0);
	assert_int_equal(layout_check_folder("licenses/pro", &err), 0);
	assert_int_equal(layout_check_folder("groups/A B/50%25", &err), 0);
	assert_int_equal(layout_check_folder("groups/50%", &err), -EINVAL);
	assert_int_equal(layout_check_folder("groups/a/b/c", &err), -EINVAL);
	assert_int_equal(layout_check_folder("users/a", &err), -EINVAL);
	assert_int_equal(layout_check_folder("reports", &err), -EINVAL);
}

/* ---- links ---- */

static const struct {
	const char *place, *target;
	const char *says; /* NULL: it is fine */
} links[] = {
    {"licenses/pro/" ANN, "../../users/" ANN, NULL},
    {"groups/a/" ANN, "../../users/" ANN, NULL},
    {"groups/a/b/" ANN, "../../../users/" ANN, NULL},
    {"groups/a/b/" ANN, ".././/../../groups/../users/./" ANN, NULL},
    {"groups/a/" ANN, "/mnt/goto/users/" ANN, NULL},
    {"groups/a/" ANN, "/mnt/goto/licenses/../users/" ANN, NULL},
    {"groups/a/" ANN, "/mnt/gotox/users/" ANN, "lead to a file in users/"},
    {"groups/a/" ANN, "/mnt/goto", "lead to a file in users/"},
    {"groups/a/" ANN, "/users/" ANN, "lead to a file in users/"},
    {"groups/a/b/" ANN, "../../users/" ANN, "lead to a file in users/"},
    {"groups/a/" ANN, "../../../users/" ANN, "lead to a file in users/"},
    {"groups/a/" ANN, "../../../../users/" ANN, "lead to a file in users/"},
    {"groups/a/" ANN, "../../users/x/" ANN, "lead to a file in users/"},
    {"groups/a/" ANN, "", "lead to a file in users/"},
    {"groups/a/" ANN, "../../users/bob@example.com.json", "must be the same"},
};

static void
links_lead_to_people(void **state)
{
	size_t i;

	for (i = 0; i < N(links); i++) {
		struct err err = ERR_NONE;
		int r = layout_check_link(
		    links[i].place, links[i].target, "/mnt/goto", &err);

		if (r != (links[i].says ? -EINVAL : 0) ||
		    (links[i].says && !strstr(err.msg, links[i].says)))
			fail_msg("%s: %d %s", links[i].target, r, err.msg);
	}
	assert_int_equal(layout_check_link("groups/a/" ANN,
			     "/mnt/goto/users/" ANN, NULL, NULL),
	    -EINVAL);
}

/* ---- texts ---- */

static int
check(const char *place, const char *text, const char *before, struct err *err)
{
	return layout_check_text(place, text, strlen(text), before,
	    before ? strlen(before) : 0, true, err);
}

/* The same where nobody knows who is there. */
static int
check_alone(const char *place, const char *text, struct err *err)
{
	return layout_check_text(
	    place, text, strlen(text), NULL, 0, false, err);
}

static void
texts_are_judged_against_what_is_there(void **state)
{
	static const char was[] = "{\"email\":\"Ann@example.com\","
				  "\"firstName\":null,\"odd\":7}";
	struct err err = ERR_NONE;

	assert_int_equal(
	    check("users/" ANN, "{\"lastName\":\"L\"}", NULL, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "a new person needs one"));
	assert_int_equal(
	    check("users/" ANN, "{\"lastName\":\"L\"}", was, &err), 0);
	assert_int_equal(
	    check("users/" ANN, "{\"odd\":8,\"firstName\":\"\"}", was, &err),
	    0);
	assert_int_equal(
	    check("users/" ANN, "{\"even\":8}", was, &err), -EINVAL);
	/* what was no document says nothing */
	assert_int_equal(
	    check("users/" ANN, "{\"lastName\":\"L\"}", "{", &err), -EINVAL);
	assert_int_equal(check("reclaim/rules.json", "{}", NULL, &err), 0);
	assert_int_equal(
	    check("reclaim/rules.json", "[]", NULL, &err), -EINVAL);
	assert_int_equal(check("groups/a/" ANN, "{}", NULL, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "no symbolic link"));
}

static const struct {
	const char *name, *text;
	const char *says; /* NULL: it is fine */
} theirs[] = {
    {"~e3b0c442.json", "{\"email\":null}", NULL},
    {"~e3b0c442.json", "{\"lastName\":\"L\"}", NULL},
    {"~e3b0c442~2222.json", "{\"email\":\"\",\"firstName\":null}", NULL},
    {"ann@example.com~2222.json", "{\"email\":\"Ann@example.com\"}", NULL},
    {"ann@example.com~2222.json", "{\"email\":\"bob@example.com\"}",
	"is no name for a person's file"},
    {"ann@example.com~2222.json", "{}", "is no name for a person's file"},
    {"~e3b0c443.json", "{\"email\":null}", "is no name for a person's file"},
    {"~e3b0c442.json", "{\"firstname\":\"A\"}", "it is spelt"},
    {"~e3b0c442.json", "{", "line 1"},
    {ANN, "{\"email\":\"ann@example.com\"}", "a new person needs one"},
    {"Ann@example.com.json", "{\"email\":\"Ann@example.com\"}",
	"is no name for a person's file"},
};

static void
names_that_nobody_can_be_given_are_of_who_is_there(void **state)
{
	size_t i;

	for (i = 0; i < N(theirs); i++) {
		AUTO(text_done)
		char *place = text_printf("users/%s", theirs[i].name);
		struct err err = ERR_NONE;
		int r = check_alone(place, theirs[i].text, &err);

		if (r != (theirs[i].says ? -EINVAL : 0) ||
		    (theirs[i].says && !strstr(err.msg, theirs[i].says)))
			fail_msg(
			    "%s %s: %d %s", place, theirs[i].text, r, err.msg);
		/* who is known not to be there has no such name */
		assert_int_equal(
		    check(place, theirs[i].text, NULL, &err), -EINVAL);
	}
}

static void
a_document_has_a_ceiling(void **state)
{
	size_t n = 1024 * 1024 + 1;
	char *text = calloc(1, n + 1);
	struct err err = ERR_NONE;

	assert_non_null(text);
	memset(text, ' ', n);
	assert_int_equal(
	    layout_check_text("users/" ANN, text, n, NULL, 0, true, &err),
	    -EFBIG);
	assert_int_equal(
	    layout_check_text("users/" ANN, text, n - 1, NULL, 0, true, &err),
	    -EINVAL);
	free(text);
}

/* ---- memory ---- */

static int
check_once(void *ctx)
{
	struct err err = ERR_NONE;
	int r = check("users/" ANN, "{\"lastName\":\"Li\"}",
	    "{\"email\":\"ann@example.com\",\"lastName\":\"Lee\"}", &err);

	if (r == 0)
		r = layout_check_link(
		    "groups/a/" ANN, "../../users/" ANN, NULL, &err);
	if (r == 0)
		r = check_alone("users/~e3b0c442.json", "{}", &err);
	return r < 0 ? r : layout_check_folder("groups/a", &err);
}

static void
memory_runs_out(void **state)
{
	assert_true(alloc_fail_sweep(check_once, NULL) > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_place_is_the_end_of_the_path),
	    cmocka_unit_test(each_place_has_its_kind),
	    cmocka_unit_test(folders_are_groups_of_two_levels),
	    cmocka_unit_test(links_lead_to_people),
	    cmocka_unit_test(texts_are_judged_against_what_is_there),
	    cmocka_unit_test(
		names_that_nobody_can_be_given_are_of_who_is_there),
	    cmocka_unit_test(a_document_has_a_ceiling),
	    cmocka_unit_test(memory_runs_out),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
