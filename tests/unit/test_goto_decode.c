/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/goto/decode_int.h"
#include "alloc_fail.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

/* The shape of goto-api.md 3.4, with what else is on record there. */
static const char full_user[] =
    "{\"key\":\"1234567890123456789\",\"email\":\"user@example.com\","
    "\"firstName\":\"Ann\",\"lastName\":\"Example\",\"locale\":\"en_US\","
    "\"timeZone\":\"America/Los_Angeles\",\"settings\":{\"G2MFREE\":{},"
    "\"G2M\":{\"tollEnabled\":true,\"tollCountries\":[\"US\",\"DE\"]}},"
    "\"invitedDate\":1700000000000,\"status\":\"SUSPENDED\","
    "\"inviteCount\":1,\"adminRoles\":[\"SUPER_USER\"],"
    "\"licenseKeys\":[900000000000000001,\"2\"],\"groupKey\":42,"
    "\"managedGroupKeys\":[7],\"nothing\":null}";

static const char full_rest[] = "  \"groupKey\": \"42\",\n"
				"  \"inviteCount\": 1,\n"
				"  \"invitedDate\": 1700000000000,\n"
				"  \"key\": \"1234567890123456789\",\n"
				"  \"licenseKeys\": [\n"
				"    \"900000000000000001\",\n"
				"    \"2\"\n"
				"  ],\n"
				"  \"managedGroupKeys\": [\n"
				"    \"7\"\n"
				"  ],\n"
				"  \"nothing\": null,\n"
				"  \"settings\": {\n"
				"    \"G2M\": {\n"
				"      \"tollCountries\": [\n"
				"        \"US\",\n"
				"        \"DE\"\n"
				"      ],\n"
				"      \"tollEnabled\": true\n"
				"    },\n"
				"    \"G2MFREE\": {}\n"
				"  },\n"
				"  \"status\": \"SUSPENDED\"";

static struct json *
parse(const char *text)
{
	struct json *j;
	struct err err = ERR_NONE;

	if (json_parse(text, strlen(text), &j, &err) < 0)
		fail_msg("%s", err.msg);
	return j;
}

static void
test_user(void **state)
{
	struct json *j = parse(full_user);
	struct user u = USER_NONE;

	(void)state;
	assert_int_equal(decode_user(j, &u, NULL), 0);
	assert_string_equal(u.key, "1234567890123456789");
	assert_string_equal(u.email, "user@example.com");
	assert_string_equal(u.first_name, "Ann");
	assert_string_equal(u.last_name, "Example");
	assert_string_equal(u.locale, "en_US");
	assert_string_equal(u.time_zone, "America/Los_Angeles");
	assert_string_equal(u.admin_roles[0], "SUPER_USER");
	assert_null(u.admin_roles[1]);
	assert_string_equal(u.status, "SUSPENDED");
	assert_string_equal(u.license_keys[0], "900000000000000001");
	assert_string_equal(u.license_keys[1], "2");
	assert_null(u.license_keys[2]);
	assert_string_equal(u.group_key, "42");
	assert_string_equal(u.rest, full_rest);
	user_done(&u);
	json_free(j);
}

static void
test_smallest_user(void **state)
{
	struct json *j = parse("{\"key\":5,\"email\":null,\"adminRoles\":[],"
			       "\"licenseKeys\":null,\"groupKey\":\"\"}");
	struct user u = USER_NONE;

	(void)state;
	assert_int_equal(decode_user(j, &u, NULL), 0);
	assert_string_equal(u.key, "5");
	assert_null(u.email);
	assert_null(u.admin_roles);
	assert_null(u.license_keys);
	assert_null(u.group_key);
	assert_string_equal(u.rest, "  \"groupKey\": \"\",\n"
				    "  \"key\": \"5\",\n"
				    "  \"licenseKeys\": null");
	user_done(&u);
	json_free(j);
}

/* 26 digits, as the documentation prints one (3.6, A). */
static void
test_long_key(void **state)
{
	struct json *j = parse("{\"key\":12345678901234567890123456}");
	struct user u = USER_NONE;

	(void)state;
	assert_int_equal(decode_user(j, &u, NULL), 0);
	assert_string_equal(u.key, "12345678901234567890123456");
	assert_string_equal(
	    u.rest, "  \"key\": \"12345678901234567890123456\"");
	user_done(&u);
	json_free(j);
}

/* The same record, whichever way its keys and members come. */
static void
test_same_text(void **state)
{
	struct json *a = parse("{\"key\":\"1\",\"b\":{\"y\":1,\"x\":[2]},"
			       "\"groupKey\":\"3\",\"a\":\"\\u00e9\"}");
	struct json *b = parse("{\"a\":\"\xc3\xa9\",\"groupKey\":3,"
			       "\"b\":{\"x\":[2],\"y\":1},\"key\":1}");
	struct user u = USER_NONE, v = USER_NONE;

	(void)state;
	assert_int_equal(decode_user(a, &u, NULL), 0);
	assert_int_equal(decode_user(b, &v, NULL), 0);
	assert_string_equal(u.rest, v.rest);
	user_done(&u);
	user_done(&v);
	json_free(a);
	json_free(b);
}

static void
test_bad_users(void **state)
{
	static const struct {
		const char *text, *field;
	} rows[] = {
	    {"[]", "key"},
	    {"null", "key"},
	    {"\"x\"", "key"},
	    {"{}", "key"},
	    {"{\"key\":\"\"}", "key"},
	    {"{\"key\":null}", "key"},
	    {"{\"key\":true}", "key"},
	    {"{\"key\":{}}", "key"},
	    {"{\"key\":\"1\",\"email\":5}", "email"},
	    {"{\"key\":\"1\",\"licenseKeys\":\"5\"}", "licenseKeys"},
	    {"{\"key\":\"1\",\"licenseKeys\":[{}]}", "licenseKeys"},
	    {"{\"key\":\"1\",\"adminRoles\":[null]}", "adminRoles"},
	    {"{\"key\":\"1\",\"groupKey\":[]}", "groupKey"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json *j = parse(rows[i].text);
		struct user u = USER_NONE;
		struct err err = ERR_NONE;

		assert_int_equal(decode_user(j, &u, &err), -EPROTO);
		assert_non_null(strstr(err.msg, rows[i].field));
		assert_null(u.key);
		json_free(j);
	}
}

static void
test_license(void **state)
{
	struct json *j = parse(
	    "{\"key\":900000000000000001,\"concurrentLicenseKey\":null,"
	    "\"seats\":25,\"userCount\":12,\"enabled\":false,"
	    "\"description\":\"GoToMeeting Business\",\"userKeys\":[1,\"2\"],"
	    "\"invitedUserKeys\":[3],\"products\":[\"G2M\"],"
	    "\"entitlements\":{\"g2m\":{}},\"externallyManaged\":true}");
	struct license l = LICENSE_NONE;

	(void)state;
	assert_int_equal(decode_license(j, &l, NULL), 0);
	assert_string_equal(l.key, "900000000000000001");
	assert_string_equal(l.description, "GoToMeeting Business");
	assert_int_equal(l.seats, 25);
	assert_int_equal(l.user_count, 12);
	assert_false(l.enabled);
	assert_true(l.externally_managed);
	assert_int_equal(strv_n(l.user_keys), 2);
	assert_string_equal(l.user_keys[0], "1");
	assert_string_equal(l.invited_user_keys[0], "3");
	assert_string_equal(l.products[0], "G2M");
	assert_true(text_starts(l.rest,
	    "  \"concurrentLicenseKey\": null,\n  \"description\": "
	    "\"GoToMeeting Business\",\n"));
	assert_true(text_ends(l.rest, "    \"1\",\n    \"2\"\n  ]"));
	license_done(&l);
	json_free(j);
	j = parse("{\"key\":\"1\",\"seats\":\"many\",\"userCount\":-4}");
	assert_int_equal(decode_license(j, &l, NULL), 0);
	assert_int_equal(l.seats, -1);
	assert_int_equal(l.user_count, -1);
	assert_true(l.enabled);
	assert_false(l.externally_managed);
	license_done(&l);
	json_free(j);
}

static void
test_group(void **state)
{
	static const struct {
		const char *text, *parent;
	} rows[] = {
	    {"{\"key\":\"1\",\"name\":\"A\",\"keyPath\":[\"1\"]}", NULL},
	    {"{\"key\":\"1\",\"name\":\"A\",\"keyPath\":[9,\"1\"]}", "9"},
	    {"{\"key\":\"1\",\"name\":\"A\",\"keyPath\":[8,9,1]}", "9"},
	    {"{\"key\":\"1\",\"name\":\"A\",\"keyPath\":[]}", NULL},
	    {"{\"key\":\"1\",\"name\":\"A\",\"parentKey\":9}", "9"},
	    {"{\"key\":\"1\",\"name\":\"A\",\"parentKey\":1}", NULL},
	    {"{\"key\":\"1\",\"name\":\"A\",\"parentKey\":null}", NULL},
	    {"{\"key\":\"1\",\"name\":\"A\"}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json *j = parse(rows[i].text);
		struct group g = GROUP_NONE;

		assert_int_equal(decode_group(j, &g, NULL), 0);
		assert_string_equal(g.key, "1");
		assert_string_equal(g.name, "A");
		assert_true(text_equal(g.parent_key, rows[i].parent));
		assert_null(g.user_keys);
		group_done(&g);
		json_free(j);
	}
}

/* The tenant omits what is empty. */
static void
test_group_without_name(void **state)
{
	struct json *j = parse("{\"key\":\"1\"}");
	struct group g = GROUP_NONE;

	(void)state;
	assert_int_equal(decode_group(j, &g, NULL), 0);
	assert_string_equal(g.name, "");
	group_done(&g);
	json_free(j);
}

static void
test_pages(void **state)
{
	static const struct {
		const char *text;
		long offset, n, total; /* n -1: refused */
	} rows[] = {
	    {"{\"results\":[{},{}],\"fromIndex\":0,\"toIndex\":2,\"total\":5}",
		0, 2, 5},
	    {"{\"results\":[{},{}],\"fromIndex\":2,\"toIndex\":4,\"total\":5}",
		2, 2, 5},
	    {"{\"results\":[],\"fromIndex\":0,\"toIndex\":0,\"total\":0}", 0, 0,
		0},
	    {"{\"fromIndex\":0,\"toIndex\":0,\"total\":0}", 0, 0, 0},
	    {"{\"results\":null,\"total\":0}", 0, 0, 0},
	    {"{\"results\":[{}],\"total\":1}", 0, 1, 1},
	    {"[{},{},{}]", 0, 3, 3},
	    /* beyond the end */
	    {"{\"results\":[],\"fromIndex\":5,\"toIndex\":5,\"total\":5}", 9, 0,
		5},
	    /* another page than was asked for */
	    {"{\"results\":[{}],\"fromIndex\":0,\"toIndex\":1,\"total\":5}", 2,
		-1, 0},
	    /* unreachable is not empty */
	    {"{}", 0, -1, 0},
	    {"{\"error\":\"oops\"}", 0, -1, 0},
	    {"{\"results\":[]}", 0, -1, 0},
	    {"{\"results\":{},\"total\":1}", 0, -1, 0},
	    {"{\"results\":[],\"total\":-1}", 0, -1, 0},
	    {"{\"results\":[],\"total\":\"1\"}", 0, -1, 0},
	    {"\"\"", 0, -1, 0},
	    {"null", 0, -1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json *j = parse(rows[i].text);
		struct decode_page page;
		int r = decode_page(j, rows[i].offset, &page, NULL);

		if (r != (rows[i].n < 0 ? -EPROTO : 0))
			fail_msg("%s: %d", rows[i].text, r);
		if (r == 0) {
			assert_int_equal(page.n, rows[i].n);
			assert_int_equal(page.total, rows[i].total);
		}
		json_free(j);
	}
}

static void
test_created(void **state)
{
	static const struct {
		const char *text, *keys[3];
		int r;
	} rows[] = {
	    {"[{\"key\":\"1\",\"email\":\"a@x.org\"},"
	     "{\"key\":2,\"email\":\"B@X.org\"},"
	     "{\"key\":\"3\",\"email\":\"c@x.org\"}]",
		{"1", "2", "3"}, 0},
	    /* another order, one without a key, a stranger */
	    {"[{\"key\":\"3\",\"email\":\"c@x.org\"},{\"email\":\"a@x.org\"},"
	     "{\"key\":\"9\",\"email\":\"z@x.org\"}]",
		{NULL, NULL, "3"}, 0},
	    {"[]", {NULL}, 0},
	    {"[1,null,\"x\",{}]", {NULL}, 0},
	    {"{\"users\":[{\"key\":\"1\",\"email\":\"a@x.org\"}]}", {"1"}, 0},
	    {"{\"results\":[{\"key\":\"1\",\"email\":\"a@x.org\"}]}", {"1"}, 0},
	    {"{}", {NULL}, -EPROTO},
	    {"\"ok\"", {NULL}, -EPROTO},
	};
	struct user users[3] = {{.email = (char *)"a@x.org"},
	    {.email = (char *)"b@x.org"}, {.email = (char *)"c@x.org"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json *j = parse(rows[i].text);
		char *keys[3] = {NULL, NULL, NULL};

		assert_int_equal(
		    decode_created(j, users, 3, keys, NULL), rows[i].r);
		for (int k = 0; k < 3; k++) {
			assert_true(text_equal(keys[k], rows[i].keys[k]));
			free(keys[k]);
		}
		json_free(j);
	}
}

static void
test_bare_keys(void **state)
{
	static const struct {
		const char *text, *key;
	} rows[] = {
	    {"8450000000000000001", "8450000000000000001"},
	    {"\"8450000000000000001\"", "8450000000000000001"},
	    {"12", "12"},
	    {"{\"key\":\"7\"}", "7"},
	    {"{\"key\":7,\"name\":\"A\"}", "7"},
	    {"\"\"", NULL},
	    {"{}", NULL},
	    {"[]", NULL},
	    {"null", NULL},
	    {"true", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json *j = parse(rows[i].text);
		char *key = NULL;
		int r = decode_bare_key(j, &key, NULL);

		assert_int_equal(r, rows[i].key ? 0 : -EPROTO);
		assert_true(text_equal(key, rows[i].key));
		free(key);
		json_free(j);
	}
}

static void
test_accounts(void **state)
{
	static const struct {
		const char *text, *key;
	} rows[] = {
	    {"{\"key\":\"1\",\"accountKey\":\"7\",\"accounts\":[{\"key\":8}]}",
		"7"},
	    {"{\"key\":\"1\",\"accountKey\":7}", "7"},
	    {"{\"key\":\"1\",\"accounts\":[{\"key\":8},{\"key\":9}]}", "8"},
	    {"{\"key\":\"1\",\"accounts\":[]}", NULL},
	    {"{\"key\":\"1\"}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json *j = parse(rows[i].text);
		char *key = NULL;

		assert_int_equal(decode_account_key(j, &key, NULL),
		    rows[i].key ? 0 : -EPROTO);
		assert_true(text_equal(key, rows[i].key));
		free(key);
		json_free(j);
	}
}

static void
test_same_email(void **state)
{
	(void)state;
	assert_true(decode_same_email("a@x.org", "A@X.ORG"));
	assert_false(decode_same_email("a@x.org", "a@x.orga"));
	assert_false(decode_same_email("a@x.orga", "a@x.org"));
	assert_false(decode_same_email("a[x", "a{x"));
	assert_false(decode_same_email(NULL, NULL));
	assert_false(decode_same_email("a", NULL));
	/* ASCII alone */
	assert_false(decode_same_email("\xc3\xa9", "\xc3\x89"));
}

static int
user_once(void *ctx)
{
	AUTO(user_done) struct user u = USER_NONE;

	return decode_user(ctx, &u, NULL);
}

static int
license_once(void *ctx)
{
	AUTO(license_done) struct license l = LICENSE_NONE;

	return decode_license(ctx, &l, NULL);
}

static int
group_once(void *ctx)
{
	AUTO(group_done) struct group g = GROUP_NONE;

	return decode_group(ctx, &g, NULL);
}

static int
created_once(void *ctx)
{
	struct user users[2] = {
	    {.email = (char *)"a@x.org"}, {.email = (char *)"b@x.org"}};
	char *keys[2] = {NULL, NULL};
	int r = decode_created(ctx, users, 2, keys, NULL);

	free(keys[0]);
	free(keys[1]);
	return r;
}

static void
test_memory(void **state)
{
	struct json *user = parse(full_user);
	struct json *other = parse(
	    "{\"key\":1,\"name\":\"A\",\"keyPath\":[2,1],\"userKeys\":[3,4],"
	    "\"description\":\"d\",\"products\":[\"G2M\"],"
	    "\"invitedUserKeys\":[5]}");
	struct json *made = parse("[{\"key\":\"1\",\"email\":\"a@x.org\"},"
				  "{\"key\":\"2\",\"email\":\"b@x.org\"}]");

	(void)state;
	alloc_fail_sweep(user_once, user);
	alloc_fail_sweep(license_once, other);
	alloc_fail_sweep(group_once, other);
	alloc_fail_sweep(created_once, made);
	json_free(user);
	json_free(other);
	json_free(made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_user),
	    cmocka_unit_test(test_smallest_user),
	    cmocka_unit_test(test_long_key),
	    cmocka_unit_test(test_same_text),
	    cmocka_unit_test(test_bad_users),
	    cmocka_unit_test(test_license),
	    cmocka_unit_test(test_group),
	    cmocka_unit_test(test_group_without_name),
	    cmocka_unit_test(test_pages),
	    cmocka_unit_test(test_created),
	    cmocka_unit_test(test_bare_keys),
	    cmocka_unit_test(test_accounts),
	    cmocka_unit_test(test_same_email),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("goto_decode", tests, NULL, NULL);
}
