/* SPDX-License-Identifier: MIT */
/* One call: what is sent, what is repeated, what the caller hears. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "goto_fixture.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/text.h"

#define A SCRIPT_ACCOUNT
#define USER(key, email) "{\"key\":\"" key "\",\"email\":\"" email "\"}"
#define PAGE(rows, from, to, total)                                            \
	"{\"results\":[" rows "],\"fromIndex\":" #from ",\"toIndex\":" #to     \
	",\"total\":" #total "}"
#define ERROR(code) "{\"errors\":[{\"code\":\"" code "\"}]}"
#define FILTER(s)                                                              \
	"GET " A "/users?pageSize=1000&filter=%28email%3D%22" s "%22%29"
#define ALL(offset) "GET " A "/users?pageSize=1000&offset=" #offset

/* ---- reading ---- */

static void
test_me(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"GET /admin/rest/v1/me", .bearer = "t1", .body = "",
		.answer = "{\"key\":5,\"email\":\"me@x.org\",\"accountKey\":77,"
			  "\"accounts\":[{\"key\":77,\"name\":\"X\"}]}"},
	    {"GET " A "/users/1", .answer = USER("1", "a@x.org")},
	};
	struct goto_conf without = conf;
	struct user me = USER_NONE, u = USER_NONE;
	char *key = NULL;

	(void)state;
	without.account_key = NULL;
	start(&without, steps, N(steps));
	assert_int_equal(goto_me(client, &me, &key, &err), 0);
	assert_string_equal(key, "77");
	assert_string_equal(me.key, "5");
	assert_string_equal(me.email, "me@x.org");
	assert_int_equal(goto_set_account(client, key), 0);
	assert_int_equal(goto_set_account(client, NULL), -EINVAL);
	assert_int_equal(
	    goto_user_get(client, GOTO_INTERACTIVE, "1", &u, &err), 0);
	assert_string_equal(u.email, "a@x.org");
	free(key);
	user_done(&me);
	user_done(&u);
	finish();
}

/* The profile says which account; whom /me names is then his business. */
static void
test_me_without_an_account(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"GET /admin/rest/v1/me",
		.answer = "{\"key\":\"5\",\"email\":\"me@x.org\"}"},
	    {"GET /admin/rest/v1/me", .answer = "{\"key\":\"5\"}"},
	};
	struct goto_conf without = conf;
	struct user me = USER_NONE;
	char *key = NULL;

	(void)state;
	without.account_key = NULL;
	start(&without, steps, N(steps));
	assert_int_equal(goto_me(client, &me, &key, &err), 0);
	assert_null(key);
	assert_string_equal(me.email, "me@x.org");
	user_done(&me);
	assert_int_equal(goto_user_delete(client, "1", &err), -EPROTO);
	assert_non_null(strstr(err.msg, "set account_key in the profile"));
	finish();
}

/* Nobody said which account: it is asked for, once. */
static void
test_account_is_asked_for(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"GET /admin/rest/v1/me",
		.answer = "{\"key\":\"5\",\"accounts\":[{\"key\":\"77\"}]}"},
	    {"DELETE " A "/users/1", .status = 204},
	    {"DELETE " A "/users/2", .status = 204},
	};
	struct goto_conf without = conf;

	(void)state;
	without.account_key = NULL;
	start(&without, steps, N(steps));
	assert_int_equal(goto_user_delete(client, "1", &err), 0);
	assert_int_equal(goto_user_delete(client, "2", &err), 0);
	finish();
}

static void
test_users_page(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"GET " A "/users?pageSize=2&offset=4",
		.answer = PAGE(
		    USER("1", "a@x.org") "," USER("2", "b@x.org"), 4, 6, 9)},
	    /* toIndex, were it inclusive, must not cost a record */
	    {"GET " A "/users?pageSize=1000&offset=6",
		.answer = PAGE(USER("3", "c@x.org"), 6, 6, 9)},
	    {"GET " A "/users?pageSize=1000&offset=9",
		.answer = PAGE("", 9, 9, 9)},
	    {"GET " A "/users?pageSize=1000&offset=0",
		.answer = "{\"results\":[{\"email\":\"no key\"}],\"total\":1}"},
	    {"GET " A "/users?pageSize=1000&offset=0",
		.answer = "{\"error\":\"sorry\"}"},
	};
	struct user_list l = {NULL, 0};
	long next = -1, total = -1;

	(void)state;
	START(steps);
	assert_int_equal(goto_users_page(client, GOTO_BACKGROUND, 4, 2, &l,
			     &next, &total, &err),
	    0);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[1].email, "b@x.org");
	assert_int_equal(next, 6);
	assert_int_equal(total, 9);
	user_list_done(&l);
	assert_int_equal(goto_users_page(client, GOTO_BACKGROUND, 6, 5000, &l,
			     &next, &total, &err),
	    0);
	assert_int_equal(next, 7);
	user_list_done(&l);
	assert_int_equal(goto_users_page(client, GOTO_BACKGROUND, 9, 0, &l,
			     &next, &total, &err),
	    0);
	assert_int_equal(l.n, 0);
	user_list_done(&l);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(goto_users_page(client, GOTO_BACKGROUND, 0,
				     1000, &l, &next, &total, &err),
		    -EIO);
		assert_int_equal(err.code, -EIO);
		assert_null(l.v);
	}
	finish();
}

static void
test_bad_keys(void **state)
{
	static const char *const bad[] = {NULL, "", ".", "..", "..."};
	static char *dots[] = {(char *)"1", (char *)"..", NULL};
	static char *one[] = {(char *)"1", NULL};
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    /* escaped: it cannot leave its place */
	    {"DELETE " A "/users/a%2F..%2Fb%3Fc%23", .status = 204},
	};
	struct user u = USER_NONE;

	(void)state;
	START(steps);
	for (size_t i = 0; i < N(bad); i++) {
		assert_int_equal(
		    goto_user_get(client, GOTO_INTERACTIVE, bad[i], &u, &err),
		    -EINVAL);
		assert_int_equal(err.code, -EINVAL);
		assert_int_equal(
		    goto_user_delete(client, bad[i], &err), -EINVAL);
		assert_int_equal(
		    goto_license_assign(client, one, bad[i], &err), -EINVAL);
		assert_int_equal(
		    goto_group_take_out(client, bad[i], &err), -EINVAL);
		assert_int_equal(
		    goto_group_delete(client, bad[i], &err), -EINVAL);
		assert_int_equal(
		    goto_group_rename(client, bad[i], "x", &err), -EINVAL);
		assert_int_equal(
		    goto_group_put_user(client, bad[i], "1", &err), -EINVAL);
		assert_int_equal(
		    goto_group_put_user(client, "1", bad[i], &err), -EINVAL);
	}
	assert_int_equal(goto_license_assign(client, dots, "1", &err), -EINVAL);
	assert_int_equal(goto_user_delete(client, "a/../b?c#", &err), 0);
	finish();
}

/* ---- finding ---- */

static int
find(const char *email, const char *want_key)
{
	struct user u = USER_NONE;
	int r = goto_user_find(client, GOTO_INTERACTIVE, email, &u, &err);

	if (r == 0)
		assert_string_equal(u.key, want_key);
	user_done(&u);
	return r;
}

static void
test_find(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {FILTER("%28%3Fi%29ann.lee%40x-y.org"),
		.answer = PAGE(USER("9", "annxlee@x-y.org") "," USER(
				   "1", "Ann.Lee@X-Y.org"),
		    0, 2, 2)},
	    /* as plain text */
	    {FILTER("%28%3Fi%29bob%40x.org"), .answer = PAGE("", 0, 0, 0)},
	    {FILTER("bob%40x.org"),
		.answer = PAGE(USER("2", "bob@x.org"), 0, 1, 1)},
	    /* nobody */
	    {FILTER("%28%3Fi%29no%40x.org"), .answer = PAGE("", 0, 0, 0)},
	    {FILTER("no%40x.org"), .answer = "{\"total\":0}"},
	    /* a filter that is not what we think */
	    {FILTER("%28%3Fi%29z%40x.org"),
		.answer = PAGE(USER("1", "a@x.org"), 0, 1, 1)},
	    {ALL(0), .answer = PAGE(USER("1", "a@x.org"), 0, 1, 2)},
	    {ALL(1), .answer = PAGE(USER("3", "Z@x.org"), 1, 2, 2)},
	    {FILTER("%28%3Fi%29y%40x.org"), .status = 400},
	    {ALL(0), .answer = PAGE(USER("1", "y@x.org"), 0, 1, 1)},
	};

	(void)state;
	START(steps);
	assert_int_equal(find("ann.lee@x-y.org", "1"), 0);
	assert_int_equal(find("bob@x.org", "2"), 0);
	assert_int_equal(find("no@x.org", NULL), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_int_equal(find("z@x.org", "3"), 0);
	assert_int_equal(find("y@x.org", "1"), 0);
	finish();
}

/* An address whose characters mean something in an expression. */
static void
test_find_among_all(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {ALL(0), .answer = PAGE(USER("1", "a@x.org"), 0, 1, 2)},
	    {ALL(1), .answer = PAGE(USER("2", "Max+Test@x.org"), 1, 2, 2)},
	    /* read to its end */
	    {ALL(0), .answer = PAGE(USER("1", "a@x.org"), 0, 1, 1)},
	    /* it shrinks while we read: not believed */
	    {ALL(0), .answer = PAGE(USER("1", "a@x.org"), 0, 1, 3)},
	    {ALL(1), .answer = PAGE("", 1, 1, 3)},
	    {ALL(0), .answer = PAGE(USER("1", "a@x.org"), 0, 1, 2)},
	    {ALL(1),
		.answer = PAGE(
		    USER("2", "b@x.org") "," USER("3", "c@x.org"), 1, 3, 2)},
	    {ALL(0), .answer = PAGE(USER("1", "a@x.org"), 0, 1, 3)},
	    {ALL(1), .answer = PAGE("", 1, 1, 3)},
	    {ALL(0), .status = 403},
	};

	(void)state;
	START(steps);
	assert_int_equal(find("max+test@x.org", "2"), 0);
	assert_int_equal(find("o'brien@x.org", NULL), -ENOENT);
	assert_int_equal(find("o'brien@x.org", NULL), -EIO);
	assert_int_equal(find("o'brien@x.org", NULL), -EACCES);
	assert_int_equal(err.http_status, 403);
	finish();
}

/* ---- creating ---- */

static const struct user two[] = {
    {.email = (char *)"a@x.org",
	.first_name = (char *)"A \"q\"",
	.last_name = (char *)"B",
	.locale = (char *)"en_US",
	.time_zone = (char *)"Europe/Berlin",
	.key = (char *)"not sent"},
    {.email = (char *)"b@x.org"},
};

static int
create(size_t n, char *keys[2])
{
	struct goto_create req = {.users = two, .n = n};

	keys[0] = keys[1] = NULL;
	return goto_users_create(client, &req, keys, &err);
}

static void
test_create(void **state)
{
	static char *licenses[] = {(char *)"111", (char *)"112", NULL};
	static char *roles[] = {(char *)"RUN_REPORTS", NULL};
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"POST " A "/users?allOrNothing=true",
		.body =
		    "{\"users\":[{\"email\":\"a@x.org\",\"firstName\":"
		    "\"A \\\"q\\\"\",\"lastName\":\"B\",\"locale\":\"en_US\","
		    "\"timeZone\":\"Europe/Berlin\"},{\"email\":\"b@x.org\"}],"
		    "\"licenseKeys\":[\"111\",\"112\"],\"groupKey\":\"222\","
		    "\"adminRoles\":[\"RUN_REPORTS\"],\"emailContent\":"
		    "{\"subject\":\"Hi\",\"text\":\"There\"}}",
		.status = 201,
		.answer =
		    "[" USER("2", "B@x.org") "," USER("1", "a@x.org") "]"},
	    {"POST " A "/users?allOrNothing=true",
		.body = "{\"users\":[{\"email\":\"b@x.org\"}],"
			"\"suppressEmail\":true}",
		.answer = "[{\"email\":\"b@x.org\"}]"},
	};
	struct goto_create req = {
	    .users = two,
	    .n = 2,
	    .license_keys = licenses,
	    .group_key = "222",
	    .admin_roles = roles,
	    .mail_subject = "Hi",
	    .mail_text = "There",
	};
	char *keys[2] = {NULL, NULL};

	(void)state;
	START(steps);
	assert_int_equal(goto_users_create(client, &req, keys, &err), 0);
	assert_string_equal(keys[0], "1");
	assert_string_equal(keys[1], "2");
	free(keys[0]);
	free(keys[1]);
	req = (struct goto_create){
	    .users = two + 1,
	    .n = 1,
	    .suppress_email = true,
	    .mail_subject = "Hi",
	    .mail_text = "There",
	};
	assert_int_equal(goto_users_create(client, &req, keys, &err), 0);
	assert_null(keys[0]);
	req.n = 0;
	assert_int_equal(goto_users_create(client, &req, keys, &err), -EINVAL);
	req.n = GOTO_CREATE_MAX + 1;
	assert_int_equal(goto_users_create(client, &req, keys, &err), -EINVAL);
	finish();
}

#define CREATE "POST " A "/users?allOrNothing=true"

static void
test_create_is_refused(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {CREATE, .status = 409, .answer = ERROR("user.name.conflict")},
	    {CREATE, .status = 409},
	    {CREATE, .status = 409, .answer = ERROR("license.seats.exceeded")},
	    {CREATE, .status = 409, .answer = ERROR("license.disabled")},
	    {CREATE, .status = 400},
	    {CREATE, .status = 403},
	};
	static const int want[] = {
	    -EEXIST, -EEXIST, -ENOSPC, -EINVAL, -EINVAL, -EACCES};
	char *keys[2];

	(void)state;
	START(steps);
	for (size_t i = 0; i < N(want); i++) {
		assert_int_equal(create(2, keys), want[i]);
		assert_int_equal(err.code, want[i]);
	}
	finish();
}

/* Each of these may have made somebody: never twice. */
static void
test_create_outcome_unknown(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {CREATE, .r = -ECONNRESET},
	    {CREATE, .r = -ETIMEDOUT},
	    {CREATE, .r = -EPROTO},
	    {CREATE, .r = -EFBIG},
	    {CREATE, .r = -ECANCELED},
	    {CREATE, .status = 500},
	    {CREATE, .status = 502, .answer = "<html>"},
	    {CREATE, .status = 503, .retry_after_ms = 1},
	    {CREATE, .status = 504},
	    {CREATE, .status = 408},
	    {CREATE, .status = 302},
	    {CREATE, .status = 200, .answer = "[{\"key\""},
	    {CREATE, .status = 200, .answer = ""},
	    {CREATE, .status = 201, .answer = "{\"ok\":true}"},
	    {CREATE, .status = 429},
	    {CREATE, .r = -ECONNRESET},
	};
	char *keys[2];

	(void)state;
	START(steps);
	for (int i = 0; i < 15; i++) {
		assert_int_equal(create(1, keys), -EINPROGRESS);
		assert_int_equal(err.code, -EINPROGRESS);
		assert_null(keys[0]);
	}
	finish();
}

/* What nobody saw, and what was turned away, may go out again. */
static void
test_create_again(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN, {CREATE, .r = -ECONNREFUSED, .unsent = true},
	    {CREATE, .r = -ETIMEDOUT, .unsent = true}, {CREATE, .status = 429},
	    {CREATE, .status = 429, .retry_after_ms = 5},
	    {CREATE, .status = 429, .answer = "slow down"},
	    {CREATE, .status = 429},
	    {CREATE, .answer = "[" USER("1", "a@x.org") "]"},
	    /* three times unreachable is enough */
	    {CREATE, .r = -EHOSTUNREACH, .unsent = true},
	    {CREATE, .r = -EHOSTUNREACH, .unsent = true},
	    {CREATE, .r = -EHOSTUNREACH, .unsent = true},
	    {CREATE, .r = -EACCES, .unsent = true}, /* TLS */
	};
	char *keys[2];

	(void)state;
	START(steps);
	assert_int_equal(create(1, keys), 0);
	assert_string_equal(keys[0], "1");
	free(keys[0]);
	assert_int_equal(create(1, keys), -EIO);
	assert_string_equal(
	    err.msg, "tried 3 times: goto.example: told to fail");
	assert_int_equal(create(1, keys), -EIO);
	finish();
}

/* ---- changing ---- */

static void
test_update(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"PUT " A "/users/1",
		.body = "{\"email\":\"a@x.org\",\"firstName\":\"A \\\"q\\\"\","
			"\"lastName\":\"B\",\"locale\":\"en_US\",\"timeZone\":"
			"\"Europe/Berlin\",\"adminRoles\":[]}",
		.status = 204},
	    {"PUT " A "/users/2",
		.body = "{\"firstName\":null,\"locale\":null}", .status = 200,
		.answer = "whatever"},
	    {"PUT " A "/users/2", .status = 409},
	};

	(void)state;
	START(steps);
	assert_int_equal(
	    goto_user_update(client, "1", &two[0],
		GOTO_SET_EMAIL | GOTO_SET_FIRST_NAME | GOTO_SET_LAST_NAME |
		    GOTO_SET_LOCALE | GOTO_SET_TIME_ZONE | GOTO_SET_ADMIN_ROLES,
		&err),
	    0);
	assert_int_equal(goto_user_update(client, "2", &two[1],
			     GOTO_SET_FIRST_NAME | GOTO_SET_LOCALE, &err),
	    0);
	/* nothing to say */
	assert_int_equal(goto_user_update(client, "2", &two[1], 0, &err), 0);
	assert_int_equal(
	    goto_user_update(client, "2", &two[1], GOTO_SET_EMAIL, &err),
	    -EEXIST);
	finish();
}

static void
test_delete(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"DELETE " A "/users/1", .status = 204},
	    {"DELETE " A "/users/1", .status = 404,
		.answer = ERROR("user.not.found")},
	    {"DELETE " A "/users/1", .status = 404},
	    /* wrong address of the API: nobody is gone */
	    {"DELETE " A "/users/1", .status = 404,
		.answer = "{\"errorCode\":\"NOT_FOUND\"}"},
	    {"DELETE " A "/users/1", .status = 404,
		.answer = ERROR("account.not.found")},
	    {"DELETE " A "/users/1", .status = 409},
	    {"DELETE " A "/users/1", .status = 403},
	};
	static const int want[] = {0, 0, 0, -EIO, -EACCES, -EPERM, -EACCES};

	(void)state;
	START(steps);
	for (size_t i = 0; i < N(want); i++)
		assert_int_equal(goto_user_delete(client, "1", &err), want[i]);
	finish();
}

static void
test_licenses(void **state)
{
	static char *keys[] = {(char *)"11", (char *)"1 2", NULL};
	static char *none[] = {NULL};
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"POST " A "/licenses/11,1%202/users/5", .body = "", .status = 204},
	    {"POST " A "/licenses/11,1%202/users/5", .status = 409},
	    {"POST " A "/licenses/11,1%202/users/5", .status = 404,
		.answer = ERROR("license.not.found")},
	    {"POST " A "/licenses/11,1%202/users/5", .status = 403},
	    {"POST " A "/licenses/11,1%202/users/5", .r = -ECONNRESET},
	    {"POST " A "/licenses/11,1%202/users/5", .answer = "<html>"},
	    {"DELETE " A "/licenses/11,1%202/users/5", .status = 200},
	    {"DELETE " A "/licenses/11,1%202/users/5", .status = 404,
		.answer = ERROR("license.not.found")},
	    {"DELETE " A "/licenses/11/users/5", .status = 404,
		.answer = ERROR("license.not.found")},
	    {"DELETE " A "/licenses/11,1%202/users/5", .status = 409},
	};
	static char *one[] = {(char *)"11", NULL};
	static const int want[] = {
	    0, -ENOSPC, -ENOENT, -EACCES, -EINPROGRESS, -EINPROGRESS};

	(void)state;
	START(steps);
	for (size_t i = 0; i < N(want); i++)
		assert_int_equal(
		    goto_license_assign(client, keys, "5", &err), want[i]);
	assert_int_equal(goto_license_unassign(client, keys, "5", &err), 0);
	/* of several nobody knows which */
	assert_int_equal(
	    goto_license_unassign(client, keys, "5", &err), -ENOENT);
	assert_int_equal(goto_license_unassign(client, one, "5", &err), 0);
	assert_int_equal(
	    goto_license_unassign(client, keys, "5", &err), -EEXIST);
	assert_int_equal(goto_license_assign(client, none, "5", &err), 0);
	assert_int_equal(goto_license_unassign(client, NULL, "5", &err), 0);
	finish();
}

static void
test_groups(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"POST " A "/groups", .body = "{\"name\":\"R&D \\\"x\\\"\"}",
		.answer = "8450000000000000001"},
	    {"POST " A "/groups",
		.body = "{\"name\":\"Sub\",\"parentKey\":\"8\"}", .status = 201,
		.answer = "\"9\""},
	    {"POST " A "/groups", .status = 409,
		.answer = ERROR("group.name.conflict")},
	    {"POST " A "/groups", .status = 200},
	    {"POST " A "/groups", .status = 200, .answer = "{}"},
	    {"PUT " A "/groups/9", .body = "{\"name\":\"New\"}", .status = 204},
	    {"PUT " A "/groups/9/users/5", .body = "", .status = 204},
	    {"DELETE " A "/users/5/groups", .status = 204},
	    {"DELETE " A "/users/5/groups", .status = 404},
	    {"DELETE " A "/groups/9", .status = 204},
	    {"DELETE " A "/groups/9", .status = 404},
	};
	char *key = NULL;

	(void)state;
	START(steps);
	assert_int_equal(
	    goto_group_create(client, "R&D \"x\"", NULL, &key, &err), 0);
	assert_string_equal(key, "8450000000000000001");
	text_done(&key);
	assert_int_equal(goto_group_create(client, "Sub", "8", &key, &err), 0);
	assert_string_equal(key, "9");
	text_done(&key);
	assert_int_equal(
	    goto_group_create(client, "x", NULL, &key, &err), -EEXIST);
	assert_int_equal(
	    goto_group_create(client, "x", NULL, &key, &err), -EINPROGRESS);
	assert_int_equal(
	    goto_group_create(client, "x", NULL, &key, &err), -EINPROGRESS);
	assert_null(key);
	assert_int_equal(goto_group_rename(client, "9", "New", &err), 0);
	assert_int_equal(goto_group_put_user(client, "9", "5", &err), 0);
	assert_int_equal(goto_group_take_out(client, "5", &err), 0);
	assert_int_equal(goto_group_take_out(client, "5", &err), 0);
	assert_int_equal(goto_group_delete(client, "9", &err), 0);
	assert_int_equal(goto_group_delete(client, "9", &err), -ENOENT);
	finish();
}

/* ---- lists ---- */

#define LICENSES(offset) "GET " A "/licenses?pageSize=200&offset=" #offset
#define GROUPS(offset) "GET " A "/groups?pageSize=200&offset=" #offset
#define KEY(k) "{\"key\":\"" k "\"}"

static void
test_lists(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {LICENSES(0), .answer = PAGE(KEY("1") "," KEY("2"), 0, 2, 3)},
	    {LICENSES(2), .answer = PAGE(KEY("3"), 2, 3, 3)},
	    {GROUPS(0), .answer = "{\"fromIndex\":0,\"total\":0}"},
	    {GROUPS(0), .answer = "[" KEY("1") "," KEY("2") "]"},
	};
	struct license_list licenses = {NULL, 0};
	struct group_list groups = {NULL, 0};

	(void)state;
	START(steps);
	assert_int_equal(
	    goto_licenses(client, GOTO_BACKGROUND, &licenses, &err), 0);
	assert_int_equal(licenses.n, 3);
	assert_string_equal(licenses.v[2].key, "3");
	license_list_done(&licenses);
	assert_int_equal(
	    goto_groups(client, GOTO_BACKGROUND, &groups, &err), 0);
	assert_int_equal(groups.n, 0);
	group_list_done(&groups);
	assert_int_equal(
	    goto_groups(client, GOTO_BACKGROUND, &groups, &err), 0);
	assert_int_equal(groups.n, 2);
	group_list_done(&groups);
	finish();
}

static void
test_shifting_lists(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    /* one twice, so another one not at all */
	    {GROUPS(0), .answer = PAGE(KEY("1") "," KEY("2"), 0, 2, 3)},
	    {GROUPS(2), .answer = PAGE(KEY("2"), 2, 3, 3)},
	    /* one less than at first */
	    {GROUPS(0), .answer = PAGE(KEY("1") "," KEY("2"), 0, 2, 3)},
	    {GROUPS(2), .answer = PAGE("", 2, 2, 2)},
	    /* three times incomplete */
	    {LICENSES(0), .answer = PAGE(KEY("1"), 0, 1, 2)},
	    {LICENSES(1), .answer = PAGE("", 1, 1, 2)},
	    {LICENSES(0), .answer = PAGE("", 0, 0, 2)},
	    {LICENSES(0), .answer = PAGE(KEY("1") "," KEY("2"), 0, 2, 1)},
	    {LICENSES(0), .answer = PAGE("{}", 0, 1, 1)},
	};
	struct group_list groups = {NULL, 0};
	struct license_list licenses = {NULL, 0};

	(void)state;
	START(steps);
	assert_int_equal(
	    goto_groups(client, GOTO_BACKGROUND, &groups, &err), 0);
	assert_int_equal(groups.n, 2);
	group_list_done(&groups);
	assert_int_equal(
	    goto_licenses(client, GOTO_BACKGROUND, &licenses, &err), -EIO);
	assert_null(licenses.v);
	assert_int_equal(
	    goto_licenses(client, GOTO_BACKGROUND, &licenses, &err), -EIO);
	finish();
}

/* ---- trouble ---- */

#define GET1 "GET " A "/users/1"

static int
get(void)
{
	struct user u = USER_NONE;
	int r = goto_user_get(client, GOTO_INTERACTIVE, "1", &u, &err);

	user_done(&u);
	return r;
}

static void
test_idempotent_again(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {GET1, .status = 500},
	    {GET1, .r = -ECONNRESET},
	    {GET1, .answer = USER("1", "a@x.org")},
	    {GET1, .answer = "{\"key\":"},
	    {GET1, .answer = ""},
	    {GET1, .answer = USER("1", "a@x.org")},
	    {GET1, .status = 502},
	    {GET1, .status = 503},
	    {GET1, .status = 504},
	    {GET1, .r = -ETIMEDOUT},
	    {GET1, .r = -EPROTO},
	    {GET1, .r = -ETIMEDOUT},
	    /* once is enough */
	    {GET1, .status = 501},
	    {GET1, .status = 404},
	    {GET1, .status = 302},
	    {GET1, .r = -EFBIG},
	    {GET1, .answer = "{}"},
	    {"PUT " A "/users/1", .r = -ECONNRESET},
	    {"PUT " A "/users/1", .status = 204},
	    /* no answer is wanted, and this is none of GoTo's */
	    {"PUT " A "/users/1", .status = 200, .answer = "<html>"},
	    {"PUT " A "/users/1", .status = 200, .answer = "{\"key\""},
	    {"PUT " A "/users/1", .status = 200, .answer = " \n"},
	    {"PUT " A "/users/1", .status = 200, .answer = "\001\377"},
	    {"PUT " A "/users/1", .status = 200, .answer = " {}"},
	    /* the first try did it */
	    {"DELETE " A "/groups/1", .status = 500},
	    {"DELETE " A "/groups/1", .status = 404},
	};
	static const int want[] = {
	    0, 0, -EIO, -ETIMEDOUT, -EIO, -ENOENT, -EIO, -EIO, -EIO};

	(void)state;
	START(steps);
	for (size_t i = 0; i < N(want); i++) {
		assert_int_equal(get(), want[i]);
		if (want[i] < 0)
			assert_int_equal(err.code, want[i]);
	}
	for (int i = 0; i < 3; i++)
		assert_int_equal(goto_user_update(client, "1", &two[0],
				     GOTO_SET_EMAIL, &err),
		    0);
	assert_int_equal(goto_group_delete(client, "1", &err), 0);
	finish();
}

static void
test_retry_after_beyond_deadline(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {GET1, .status = 503, .retry_after_ms = 61000},
	    {GET1, .status = 429, .retry_after_ms = 61000},
	    {GET1, .answer = USER("1", "a@x.org")},
	};
	struct goto_stats stats;

	(void)state;
	START(steps);
	assert_int_equal(get(), -EIO);
	assert_non_null(strstr(err.msg, "HTTP 503"));
	assert_int_equal(get(), -EIO);
	assert_non_null(strstr(err.msg, "asks to wait for 61 s"));
	/* for all callers of this API */
	assert_int_equal(get(), -EIO);
	goto_get_stats(client, &stats);
	assert_int_equal(stats.calls_n, 2);
	assert_int_equal(stats.refused_n, 1);
	assert_int_equal(stats.last_error, -EIO);
	assert_non_null(strstr(stats.last_error_msg, "asks to wait"));
	assert_int_equal(stats.last_ok_ms, 0);
	script_advance_ms(62000);
	assert_int_equal(get(), 0);
	goto_get_stats(client, &stats);
	assert_int_equal(stats.last_error, 0);
	assert_string_equal(stats.last_error_msg, "");
	assert_true(llabs(stats.last_ok_ms - clock_wall_ms()) < 10000);
	finish();
}

static void
test_429_until_the_deadline(void **state)
{
	struct script_step steps[40];
	struct goto_conf hasty = conf;

	(void)state;
	hasty.interactive_ms = 200;
	hasty.backoff_ms = 20;
	steps[0] = (struct script_step)SCRIPT_TOKEN;
	for (size_t i = 1; i < N(steps); i++)
		steps[i] = (struct script_step){GET1, .status = 429};
	script_start(steps, N(steps), true);
	assert_int_equal(goto_client_new(&hasty, &client, &err), 0);
	assert_int_equal(get(), -EIO);
	assert_non_null(strstr(err.msg, "HTTP 429"));
	goto_client_free(client);
	assert_in_range(script_end(), 3, 8);
}

static void
test_new_token(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {GET1, .bearer = "t1", .status = 401},
	    {"POST /oauth/token",
		.answer = "{\"access_token\":\"t2\",\"expires_in\":3600}"},
	    {GET1, .bearer = "t2", .answer = USER("1", "a@x.org")},
	    /* a POST too: nothing was done */
	    {CREATE, .bearer = "t2", .status = 401},
	    {"POST /oauth/token",
		.answer = "{\"access_token\":\"t3\",\"expires_in\":3600}"},
	    {CREATE, .bearer = "t3", .answer = "[" USER("1", "a@x.org") "]"},
	    /* the new one is no better */
	    {GET1, .bearer = "t3", .status = 401},
	    SCRIPT_TOKEN,
	    {GET1, .bearer = "t1", .status = 401},
	    {GET1, .bearer = "t1", .answer = USER("1", "a@x.org")},
	};
	struct goto_stats stats;
	char *keys[2];

	(void)state;
	START(steps);
	assert_int_equal(get(), 0);
	assert_int_equal(create(1, keys), 0);
	free(keys[0]);
	assert_int_equal(get(), -EROFS);
	assert_int_equal(err.http_status, 401);
	goto_get_stats(client, &stats);
	assert_true(stats.token_refused);
	assert_int_equal(get(), 0);
	goto_get_stats(client, &stats);
	assert_false(stats.token_refused);
	finish();
}

static void
pass_most_of_its_life(void)
{
	script_advance_ms(3000 * 1000);
}

/* 403 means rights, unless the token is about to expire. */
static void
test_403(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {GET1, .status = 403},
	    {GET1, .status = 403, .hook = pass_most_of_its_life},
	    {"POST /oauth/token",
		.answer = "{\"access_token\":\"t2\",\"expires_in\":3600}"},
	    {GET1, .bearer = "t2", .status = 403},
	};
	struct goto_conf patient = conf;

	(void)state;
	patient.interactive_ms = 4000 * 1000;
	start(&patient, steps, N(steps));
	assert_int_equal(get(), -EACCES);
	assert_int_equal(get(), -EACCES);
	finish();
}

static void
test_no_credentials(void **state)
{
	static const struct script_step steps[] = {
	    {"POST /oauth/token", .status = 400,
		.answer = "{\"error\":\"invalid_grant\"}"},
	};
	struct goto_stats stats;

	(void)state;
	START(steps);
	assert_int_equal(get(), -EROFS);
	goto_get_stats(client, &stats);
	assert_true(stats.token_refused);
	assert_int_equal(stats.calls_n, 0);
	assert_int_equal(stats.last_error, -EROFS);
	finish();
}

static void
test_verdicts_are_no_illness(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {GET1, .status = 404},
	};
	struct goto_stats stats;

	(void)state;
	START(steps);
	assert_int_equal(get(), -ENOENT);
	goto_get_stats(client, &stats);
	assert_int_equal(stats.last_error, 0);
	assert_int_equal(stats.calls_n, 1);
	finish();
}

static void
test_bad_conf(void **state)
{
	struct goto_conf bad = conf;

	(void)state;
	bad.api_url = "http://api.getgo.com";
	assert_int_equal(goto_client_new(&bad, &client, &err), -EINVAL);
	assert_true(text_starts(err.msg, "api_url: "));
	bad = conf;
	bad.auth_url = "ftp://x";
	assert_int_equal(goto_client_new(&bad, &client, &err), -EINVAL);
	assert_true(text_starts(err.msg, "auth_url: "));
	bad = conf;
	bad.max_parallel = 100000;
	assert_int_equal(goto_client_new(&bad, &client, &err), -EINVAL);
	bad = conf;
	bad.pat = NULL;
	assert_int_equal(goto_client_new(&bad, &client, &err), -EINVAL);
	goto_client_free(NULL);
}

/* ---- ending ---- */

static void
cancel(void)
{
	goto_client_cancel(client);
}

static void
test_cancel_in_back_off(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {GET1, .status = 503, .retry_after_ms = 30000, .hook = cancel},
	};

	(void)state;
	START(steps);
	assert_int_equal(get(), -ECANCELED);
	assert_int_equal(err.code, -ECANCELED);
	assert_int_equal(get(), -ECANCELED);
	finish();
}

static void
test_cancel_in_stop(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {GET1, .status = 429, .retry_after_ms = 30000, .hook = cancel},
	};

	(void)state;
	START(steps);
	assert_int_equal(get(), -ECANCELED);
	finish();
}

/* ---- threads ---- */

static void *
get_often(void *arg)
{
	intptr_t bad = 0;

	(void)arg;
	for (int i = 0; i < 20; i++) {
		struct user u = USER_NONE;
		struct goto_stats stats;

		bad += goto_user_get(client,
			   i % 2 ? GOTO_BACKGROUND : GOTO_INTERACTIVE, "1", &u,
			   NULL) != 0;
		user_done(&u);
		goto_get_stats(client, &stats);
	}
	return (void *)bad;
}

static void
test_threads(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {GET1, .bearer = "t1", .answer = USER("1", "a@x.org")},
	};
	pthread_t threads[6];
	struct goto_stats stats;
	void *bad;

	(void)state;
	script_start(steps, N(steps), true);
	assert_int_equal(goto_client_new(&conf, &client, &err), 0);
	for (size_t i = 0; i < N(threads); i++)
		pthread_create(&threads[i], NULL, get_often, NULL);
	for (size_t i = 0; i < N(threads); i++) {
		pthread_join(threads[i], &bad);
		assert_null(bad);
	}
	goto_get_stats(client, &stats);
	assert_int_equal(stats.calls_n, 120);
	goto_client_free(client);
	assert_int_equal(script_end(), 121);
}

/* ---- memory ---- */

static int
new_once(void *ctx)
{
	struct goto_client *c = NULL;
	int r = goto_client_new(&conf, &c, NULL);

	(void)ctx;
	goto_client_free(c);
	return r;
}

static int
get_once(void *ctx)
{
	struct user u = USER_NONE;
	int r = goto_user_get(ctx, GOTO_INTERACTIVE, "1", &u, NULL);

	user_done(&u);
	return r;
}

static int
groups_once(void *ctx)
{
	struct group_list l = {NULL, 0};
	int r = goto_groups(ctx, GOTO_INTERACTIVE, &l, NULL);

	group_list_done(&l);
	return r;
}

/* Without memory for the answer: unknown, and not forgotten. */
static int
create_once(void *ctx)
{
	struct goto_create req = {.users = two, .n = 2};
	char *keys[2] = {NULL, NULL};
	int r = goto_users_create(ctx, &req, keys, NULL);

	free(keys[0]);
	free(keys[1]);
	return r == -EINPROGRESS ? -ENOMEM : r;
}

static void
sweep(alloc_fail_run run, const char *answer)
{
	struct script_step steps[] = {SCRIPT_TOKEN, {.answer = answer}};

	script_start(steps, N(steps), true);
	assert_int_equal(goto_client_new(&conf, &client, &err), 0);
	/* the token is there before the sweep */
	assert_int_equal(run(client), 0);
	alloc_fail_sweep(run, client);
	goto_client_free(client);
	script_end();
}

static void
test_memory(void **state)
{
	(void)state;
	alloc_fail_sweep(new_once, NULL);
	sweep(get_once, USER("1", "a@x.org"));
	sweep(groups_once, PAGE(KEY("1") "," KEY("2"), 0, 2, 2));
	sweep(
	    create_once, "[" USER("1", "a@x.org") "," USER("2", "b@x.org") "]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_me),
	    cmocka_unit_test(test_me_without_an_account),
	    cmocka_unit_test(test_account_is_asked_for),
	    cmocka_unit_test(test_users_page),
	    cmocka_unit_test(test_bad_keys),
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_find_among_all),
	    cmocka_unit_test(test_create),
	    cmocka_unit_test(test_create_is_refused),
	    cmocka_unit_test(test_create_outcome_unknown),
	    cmocka_unit_test(test_create_again),
	    cmocka_unit_test(test_update),
	    cmocka_unit_test(test_delete),
	    cmocka_unit_test(test_licenses),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_shifting_lists),
	    cmocka_unit_test(test_idempotent_again),
	    cmocka_unit_test(test_retry_after_beyond_deadline),
	    cmocka_unit_test(test_429_until_the_deadline),
	    cmocka_unit_test(test_new_token),
	    cmocka_unit_test(test_403),
	    cmocka_unit_test(test_no_credentials),
	    cmocka_unit_test(test_verdicts_are_no_illness),
	    cmocka_unit_test(test_bad_conf),
	    cmocka_unit_test(test_cancel_in_back_off),
	    cmocka_unit_test(test_cancel_in_stop),
	    cmocka_unit_test(test_threads),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("goto_api", tests, NULL, NULL);
}
