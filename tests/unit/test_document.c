/* SPDX-License-Identifier: MIT */
#include "gotofs/document.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "random_json.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define TEN "abcdefghij"
#define BOB "bob@example.com.json"

/* the record that most tests compare with, in its canonical text */
static const char bob_text[] = "{\n"
			       "  \"email\": \"Bob@Example.com\",\n"
			       "  \"firstName\": \"Bob\",\n"
			       "  \"lastName\": \"Builder\",\n"
			       "  \"locale\": \"en_US\",\n"
			       "  \"timeZone\": null,\n"
			       "  \"adminRoles\": [\n"
			       "    \"MANAGE_USERS\",\n"
			       "    \"OLD_ROLE\"\n"
			       "  ],\n"
			       "  \"groupKey\": \"77\",\n"
			       "  \"key\": \"9007199254740993123\",\n"
			       "  \"licenseKeys\": [\n"
			       "    \"1\",\n"
			       "    \"2\"\n"
			       "  ],\n"
			       "  \"novelty\": {\n"
			       "    \"a\": 1\n"
			       "  },\n"
			       "  \"status\": \"ACTIVE\"\n"
			       "}\n";

static void
bob_make(struct user *ret)
{
	const char *rest = strstr(bob_text, "  \"groupKey\"");
	struct err err = ERR_NONE;

	if (document_parse_user(bob_text, strlen(bob_text), ret, &err) < 0)
		fail_msg("%s", err.msg);
	ret->rest = strndup(rest, strlen(rest) - strlen("\n}\n"));
	assert_non_null(ret->rest);
}

/* ---- rendering ---- */

static void
users_are_rendered(void **state)
{
	AUTO(buf_done) struct buf out = BUF_MAX(4096);
	AUTO(user_done) struct user bob = USER_NONE;

	bob_make(&bob);
	assert_int_equal(document_render_user(&bob, &out), 0);
	assert_string_equal(buf_str(&out), bob_text);
}

static void
empty_users_have_every_writable_field(void **state)
{
	AUTO(buf_done) struct buf out = BUF_MAX(4096);
	struct user none = USER_NONE;

	assert_int_equal(document_render_user(&none, &out), 0);
	assert_string_equal(buf_str(&out),
	    "{\n  \"email\": null,\n  \"firstName\": null,\n"
	    "  \"lastName\": null,\n  \"locale\": null,\n"
	    "  \"timeZone\": null,\n  \"adminRoles\": []\n}\n");
}

static void
objects_are_rendered(void **state)
{
	AUTO(buf_done) struct buf out = BUF_MAX(4096);

	assert_int_equal(document_render_object(NULL, &out), 0);
	assert_int_equal(document_render_object("", &out), 0);
	assert_int_equal(document_render_object("  \"key\": \"1\"", &out), 0);
	assert_string_equal(buf_str(&out), "{}\n{}\n{\n  \"key\": \"1\"\n}\n");
}

/* The printer of json is as jq's (test_json), so this is `jq .`. */
static void
rendering_is_canonical(void **state)
{
	int i;

	for (i = 0; i < 2000; i++) {
		AUTO(buf_done) struct buf text = BUF_MAX(1 << 16);
		AUTO(buf_done) struct buf again = BUF_MAX(1 << 16);
		AUTO(json_done) struct json *j = NULL;
		AUTO(user_done) struct user u = USER_NONE;
		AUTO(user_done) struct user back = USER_NONE;
		char name[5] = "";

		random_put_char(name);
		u.email = text_dup(random_below(4) ? name : NULL);
		u.first_name = text_dup(random_below(4) ? name : NULL);
		while (random_below(2))
			assert_int_equal(strv_add(&u.admin_roles, name), 0);
		if (random_below(2))
			u.rest = text_dup("  \"key\": \"1\"");
		assert_int_equal(document_render_user(&u, &text), 0);
		assert_int_equal(json_parse(text.data, text.len, &j, NULL), 0);
		assert_int_equal(json_print_pretty(j, 0, false, &again), 0);
		assert_int_equal(buf_putc(&again, '\n'), 0);
		assert_string_equal(buf_str(&text), buf_str(&again));
		assert_int_equal(
		    document_parse_user(text.data, text.len, &back, NULL), 0);
		assert_true(text_equal(back.email, u.email));
		assert_true(text_equal(back.first_name, u.first_name));
		assert_true(strv_equal(back.admin_roles, u.admin_roles));
		assert_true(text_equal(back.key, u.rest ? "1" : NULL));
	}
}

static void
users_are_read_back(void **state)
{
	AUTO(user_done) struct user bob = USER_NONE;

	assert_int_equal(
	    document_parse_user(bob_text, strlen(bob_text), &bob, NULL), 0);
	assert_string_equal(bob.key, "9007199254740993123");
	assert_string_equal(bob.email, "Bob@Example.com");
	assert_string_equal(bob.last_name, "Builder");
	assert_string_equal(bob.locale, "en_US");
	assert_null(bob.time_zone);
	assert_int_equal(strv_n(bob.admin_roles), 2);
	assert_string_equal(bob.status, "ACTIVE");
	assert_string_equal(bob.license_keys[1], "2");
	assert_string_equal(bob.group_key, "77");
	assert_null(bob.rest);
}

static void
what_is_no_record_is_not_read(void **state)
{
	static const char *const rows[] = {"", "[]", "{\"key\":[]}",
	    "{\"email\":true}", "{\"adminRoles\":\"X\"}",
	    "{\"licenseKeys\":[null]}", "{\"key\":\"1\",\"status\":{}}"};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		struct user u = USER_NONE;

		assert_int_equal(
		    document_parse_user(rows[i], strlen(rows[i]), &u, NULL),
		    -EINVAL);
		assert_null(u.key);
	}
}

/* ---- what a text asks for ---- */

static bool
known(void *ctx, const char *name)
{
	return ctx && strcmp(name, ctx) == 0;
}

/* name, text: bob's record is written there. */
static int
diff_bob(const char *name, const char *text, struct document_change *ret,
    struct err *err)
{
	AUTO(user_done) struct user bob = USER_NONE;

	bob_make(&bob);
	return document_diff_user(text, strlen(text), name, &bob, bob_text,
	    known, (void *)"quirk", ret, err);
}

static int
diff_new(const char *name, const char *text, struct document_change *ret,
    struct err *err)
{
	return document_diff_user(text, strlen(text), name, NULL, NULL, known,
	    (void *)"quirk", ret, err);
}

static void
the_same_text_asks_for_nothing(void **state)
{
	static const char *const texts[] = {bob_text, "{}",
	    "{\"email\":\"bob@example.com\"}",
	    "{\"email\":\"BOB@EXAMPLE.COM\"}", "{\"timeZone\":null}",
	    "{\"timeZone\":\"\"}",
	    "{\"adminRoles\":[\"OLD_ROLE\",\"MANAGE_USERS\",\"OLD_ROLE\"]}",
	    "{\"firstName\":\"Bob\",\"locale\":\"en_US\"}",
	    "{\"novelty\":{\"a\":1},\"products\":[],\"quirk\":null}"};
	size_t i;

	for (i = 0; i < N(texts); i++) {
		struct document_change c = DOCUMENT_CHANGE_NONE;
		struct err err = ERR_NONE;

		if (diff_bob(BOB, texts[i], &c, &err) < 0)
			fail_msg("%s: %s", texts[i], err.msg);
		assert_int_equal(c.set, 0);
		assert_null(c.ignored);
		document_change_done(&c);
	}
}

static void
only_what_differs_is_set(void **state)
{
	AUTO(document_change_done)
	struct document_change c = DOCUMENT_CHANGE_NONE;

	assert_int_equal(diff_bob(BOB,
			     "{\"firstName\":\"Rob\",\"lastName\":\"Builder\","
			     "\"locale\":null,\"timeZone\":\"Europe/Rome\","
			     "\"adminRoles\":[]}",
			     &c, NULL),
	    0);
	assert_int_equal(c.set, USER_SET_FIRST_NAME | USER_SET_LOCALE |
				    USER_SET_TIME_ZONE | USER_SET_ADMIN_ROLES);
	assert_string_equal(c.want.first_name, "Rob");
	assert_null(c.want.last_name);
	assert_null(c.want.locale);
	assert_string_equal(c.want.time_zone, "Europe/Rome");
	assert_null(c.want.admin_roles);
	assert_null(c.want.email);
}

static void
roles_are_a_set(void **state)
{
	AUTO(document_change_done)
	struct document_change c = DOCUMENT_CHANGE_NONE;

	assert_int_equal(diff_bob(BOB,
			     "{\"adminRoles\":[\"OLD_ROLE\",\"SUPER_USER\","
			     "\"SUPER_USER\"]}",
			     &c, NULL),
	    0);
	assert_int_equal(c.set, USER_SET_ADMIN_ROLES);
	assert_int_equal(strv_n(c.want.admin_roles), 2);
	assert_string_equal(c.want.admin_roles[1], "SUPER_USER");
}

static void
tenant_fields_are_ignored_and_named(void **state)
{
	AUTO(document_change_done)
	struct document_change c = DOCUMENT_CHANGE_NONE;

	assert_int_equal(
	    diff_bob(BOB,
		"{\"key\":\"9007199254740993123\",\"status\":\"X\","
		"\"licenseKeys\":[\"1\"],\"groupKey\":null,"
		"\"novelty\":{\"a\":2},\"quirk\":1,"
		"\"settings\":{},\"inviteCount\":null}",
		&c, NULL),
	    0);
	assert_int_equal(c.set, 0);
	assert_int_equal(strv_n(c.ignored), 6);
	assert_false(strv_has(c.ignored, "key"));
	assert_true(strv_has(c.ignored, "status"));
	assert_true(strv_has(c.ignored, "licenseKeys"));
	assert_true(strv_has(c.ignored, "groupKey"));
	assert_true(strv_has(c.ignored, "novelty"));
	assert_true(strv_has(c.ignored, "quirk"));
	assert_true(strv_has(c.ignored, "settings"));
}

static void
new_people(void **state)
{
	struct document_change c = DOCUMENT_CHANGE_NONE;

	assert_int_equal(
	    diff_new(
		BOB, "{\"firstName\":\"Bob\",\"lastName\":\"B\"}", &c, NULL),
	    0);
	assert_int_equal(
	    c.set, USER_SET_EMAIL | USER_SET_FIRST_NAME | USER_SET_LAST_NAME);
	assert_string_equal(c.want.email, "bob@example.com");
	document_change_done(&c);

	assert_int_equal(
	    diff_new(BOB,
		"{\"email\":\"Bob@Example.com\",\"firstName\":\"B\","
		"\"lastName\":\"B\",\"locale\":\"de_DE\","
		"\"timeZone\":null,\"adminRoles\":[\"SUPER_USER\"],"
		"\"key\":\"1\",\"licenseKeys\":[]}",
		&c, NULL),
	    0);
	assert_int_equal(c.set, USER_SET_EMAIL | USER_SET_FIRST_NAME |
				    USER_SET_LAST_NAME | USER_SET_LOCALE |
				    USER_SET_ADMIN_ROLES);
	assert_string_equal(c.want.email, "Bob@Example.com");
	assert_int_equal(strv_n(c.ignored), 1);
	assert_string_equal(c.ignored[0], "key");
	document_change_done(&c);
}

#define LONG_LOCAL TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define NAMES "\"firstName\":\"B\",\"lastName\":\"B\""

static void
refusals_name_the_field(void **state)
{
	static const struct {
		const char *text, *name, *want;
		bool fresh;
	} rows[] = {
	    {"{\"firstName\":\"B\"", BOB, "line 1, column 17: ", false},
	    {"[]", BOB, "line 1, column 1: an object", false},
	    {"{\"a\":1,\"a\":2}", BOB, "line 1, column 8: this name", false},
	    {"{\"firstName\":\"\xff\"}", BOB, "line 1, column 15: ", false},
	    {"{\"firstName\":null}", BOB, "firstName must not be empty", false},
	    {"{\"lastName\":\"\"}", BOB, "lastName must not be empty", false},
	    {"{\"lastName\":\"  \"}", BOB, "lastName must not be blank", false},
	    {"{\"lastName\":7}", BOB, "lastName must be text", false},
	    {"{\"lastName\":\"a\\nb\"}", BOB, "lastName must not hold control",
		false},
	    {"{\"firstName\":\"" TEN TEN TEN "\xc3\xa9\xc3\xa9\xc3\xa9\"}", BOB,
		"firstName has 33 characters; GoTo takes at most 32", false},
	    {"{\"locale\":\"english\\u001b\"}", BOB,
		"locale is \"english\\u001b\"; it has", false},
	    {"{\"locale\":\"en-US\"}", BOB, "locale is \"en-US\"; it has",
		false},
	    {"{\"locale\":\"en_US_x\"}", BOB, "locale is", false},
	    {"{\"locale\":\"e\"}", BOB, "locale is", false},
	    {"{\"locale\":\"en_\"}", BOB, "locale is", false},
	    {"{\"locale\":[]}", BOB, "locale must be text", false},
	    {"{\"timeZone\":true}", BOB, "timeZone must be text", false},
	    {"{\"timeZone\":\"\\u0007\"}", BOB, "timeZone must not", false},
	    {"{\"adminRoles\":\"SUPER_USER\"}", BOB,
		"adminRoles must be a list", false},
	    {"{\"adminRoles\":[1]}", BOB, "adminRoles must be a list", false},
	    {"{\"adminRoles\":[\"BOSS\"]}", BOB,
		"adminRoles has \"BOSS\", which", false},
	    {"{\"email\":\"rob@example.com\"}", BOB,
		"email is \"rob@example.com\"; it must be", false},
	    {"{\"email\":null}", BOB, "email must not be empty", false},
	    {"{\"email\":1}", BOB, "email must be text", false},
	    {"{\"firstname\":\"B\"}", BOB,
		"there is no field \"firstname\"; it is spelt \"firstName\"",
		false},
	    {"{\"phone\":\"1\"}", BOB, "there is no field \"phone\"; writ",
		false},
	    {"{\"lastName\":\"B\"}", BOB, "firstName is missing", true},
	    {"{\"firstName\":\"B\"}", BOB, "lastName is missing", true},
	    {"{\"firstName\":null,\"lastName\":\"B\"}", BOB,
		"firstName must not be empty", true},
	    {"{" NAMES ",\"email\":\"x@y\"}", BOB, "email is \"x@y\"", true},
	    {"{" NAMES ",\"email\":\"\"}", BOB, "email must not be", true},
	    {"{" NAMES ",\"adminRoles\":[\"OLD_ROLE\"]}", BOB,
		"adminRoles has \"OLD_ROLE\"", true},
	    {"{" NAMES ",\"novelty\":1}", BOB, "there is no field", true},
	    {"{" NAMES "}", "Bob@example.com.json",
		"\"Bob@example.com.json\" is no name for", true},
	    {"{" NAMES "}", "bob.json", "\"bob.json\" is no name", true},
	    {"{" NAMES "}", LONG_LOCAL "@long.org.json",
		"email has 129 characters; GoTo takes at most 128", true},
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		struct document_change c = DOCUMENT_CHANGE_NONE;
		struct err err = ERR_NONE;
		int r = (rows[i].fresh ? diff_new : diff_bob)(
		    rows[i].name, rows[i].text, &c, &err);

		if (r != -EINVAL || !text_starts(err.msg, rows[i].want))
			fail_msg("%s: %d %s", rows[i].text, r, err.msg);
		assert_int_equal(err.code, -EINVAL);
		assert_int_equal(c.set, 0);
		assert_null(c.ignored);
	}
}

static void
long_values_do_not_hide_the_reason(void **state)
{
	static const char text[] =
	    "{\"locale\":\"" LONG_LOCAL LONG_LOCAL LONG_LOCAL LONG_LOCAL "\"}";
	struct document_change c = DOCUMENT_CHANGE_NONE;
	struct err err = ERR_NONE;

	assert_int_equal(diff_bob(BOB, text, &c, &err), -EINVAL);
	assert_string_equal(err.msg,
	    "locale is a text of 480 bytes; it has the form \"en_US\"");
}

static void
locales(void **state)
{
	static const char *const good[] = {
	    "de", "de_DE", "es_419", "zh_Hans", "fil_PH"};
	char text[64];
	size_t i;

	for (i = 0; i < N(good); i++) {
		struct document_change c = DOCUMENT_CHANGE_NONE;

		snprintf(text, sizeof(text), "{\"locale\":\"%s\"}", good[i]);
		assert_int_equal(diff_bob(BOB, text, &c, NULL), 0);
		assert_int_equal(c.set, USER_SET_LOCALE);
		document_change_done(&c);
	}
}

/* A record that our schema would refuse is written back as it is. */
static void
what_is_there_is_never_refused(void **state)
{
	static const char text[] =
	    "{\"email\":\"odd name@x\\u0001\",\"firstName\":null,"
	    "\"lastName\":\"" TEN TEN TEN TEN "\",\"locale\":\"klingon!\","
	    "\"timeZone\":\"a\\tb\",\"adminRoles\":[\"\",\"CUSTOM\"],"
	    "\"weird\":[]}";
	AUTO(user_done) struct user odd = USER_NONE;
	AUTO(document_change_done)
	struct document_change c = DOCUMENT_CHANGE_NONE;

	assert_int_equal(
	    document_parse_user(text, strlen(text), &odd, NULL), 0);
	assert_int_equal(
	    document_diff_user(text, strlen(text), "odd name@x%01.json", &odd,
		text, NULL, NULL, &c, NULL),
	    0);
	assert_int_equal(c.set, 0);
	assert_null(c.ignored);
}

static void
names_with_a_suffix_stand_for_the_record(void **state)
{
	struct document_change c = DOCUMENT_CHANGE_NONE;
	static const char suffixed[] = "bob@example.com~3123.json";

	assert_int_equal(
	    diff_bob(suffixed, "{\"email\":\"bob@example.com\"}", &c, NULL), 0);
	assert_int_equal(diff_bob(suffixed, "{}", &c, NULL), 0);
	assert_int_equal(c.set, 0);
	assert_int_equal(
	    diff_bob(suffixed, "{\"email\":\"rob@example.com\"}", &c, NULL),
	    -EINVAL);
	assert_int_equal(diff_new(suffixed, "{" NAMES "}", &c, NULL), -EINVAL);
}

/* The record under another name: a rename that brings its text along. */
static void
another_name_changes_the_address(void **state)
{
	AUTO(document_change_done)
	struct document_change c = DOCUMENT_CHANGE_NONE;

	assert_int_equal(diff_bob("rob@example.com.json",
			     "{\"email\":\"Rob@example.com\"}", &c, NULL),
	    0);
	assert_int_equal(c.set, USER_SET_EMAIL);
	assert_string_equal(c.want.email, "Rob@example.com");
}

/* Whatever is written, it is judged: no crash, and success asks only for what
 * the schema allows. */
static void
random_documents_are_judged(void **state)
{
	static const char *const names[] = {"email", "firstName", "lastName",
	    "locale", "timeZone", "adminRoles", "key"};
	int i, good = 0;

	for (i = 0; i < 20000; i++) {
		AUTO(buf_done) struct buf text = BUF_MAX(1 << 16);
		AUTO(document_change_done)
		struct document_change c = DOCUMENT_CHANGE_NONE;
		struct err err = ERR_NONE;
		uint32_t first = random_below(7), n = random_below(4), k;
		int unused = 0, r;

		assert_int_equal(buf_putc(&text, '{'), 0);
		for (k = 0; k < n; k++) {
			assert_int_equal(
			    buf_printf(&text, "%s\"%s\":", k ? "," : "",
				names[(first + k) % 7]),
			    0);
			random_json_value(&text, 1, &unused);
		}
		assert_int_equal(buf_putc(&text, '}'), 0);
		r = diff_bob(BOB, text.data, &c, &err);
		assert_true(r == 0 || (r == -EINVAL && *err.msg));
		good += r == 0;
		assert_int_equal(c.set & USER_SET_EMAIL, 0);
		if (c.set & USER_SET_FIRST_NAME)
			assert_true(*c.want.first_name);
	}
	assert_true(good > 1000);
}

/* ---- without memory ---- */

static int
render_once(void *ctx)
{
	AUTO(buf_done) struct buf out = BUF_MAX(1 << 16);
	AUTO(user_done) struct user u = USER_NONE;
	int r = document_parse_user(bob_text, strlen(bob_text), &u, NULL);

	return r < 0 ? r : document_render_user(&u, &out);
}

static int
diff_once(void *ctx)
{
	static const char text[] =
	    "{\"email\":\"rob@example.com\",\"firstName\":\"Rob\",\"locale\":"
	    "\"de\",\"adminRoles\":[\"SUPER_USER\"],\"status\":\"X\"}";
	AUTO(document_change_done)
	struct document_change c = DOCUMENT_CHANGE_NONE;

	return document_diff_user(text, strlen(text), "rob@example.com.json",
	    ctx, bob_text, NULL, NULL, &c, NULL);
}

static void
without_memory(void **state)
{
	AUTO(user_done) struct user bob = USER_NONE;

	bob_make(&bob);
	assert_true(alloc_fail_sweep(render_once, NULL) > 10);
	assert_true(alloc_fail_sweep(diff_once, &bob) > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(users_are_rendered),
	    cmocka_unit_test(empty_users_have_every_writable_field),
	    cmocka_unit_test(objects_are_rendered),
	    cmocka_unit_test(rendering_is_canonical),
	    cmocka_unit_test(users_are_read_back),
	    cmocka_unit_test(what_is_no_record_is_not_read),
	    cmocka_unit_test(the_same_text_asks_for_nothing),
	    cmocka_unit_test(only_what_differs_is_set),
	    cmocka_unit_test(roles_are_a_set),
	    cmocka_unit_test(tenant_fields_are_ignored_and_named),
	    cmocka_unit_test(new_people),
	    cmocka_unit_test(refusals_name_the_field),
	    cmocka_unit_test(long_values_do_not_hide_the_reason),
	    cmocka_unit_test(locales),
	    cmocka_unit_test(what_is_there_is_never_refused),
	    cmocka_unit_test(names_with_a_suffix_stand_for_the_record),
	    cmocka_unit_test(another_name_changes_the_address),
	    cmocka_unit_test(random_documents_are_judged),
	    cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
