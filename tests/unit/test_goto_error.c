/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "gotofs/err.h"
#include "gotofs/goto_error.h"
#include "gotofs/text.h"

#define ADMIN(code)                                                            \
	"{\"incidentId\":\"5\",\"errors\":[{\"code\":\"" code "\"}]}"
#define CONNECT(code) "{\"errorCode\":\"" code "\",\"message\":\"m\"}"
#define MEETING(code) "{\"int_err_code\":\"" code "\",\"msg\":\"m\"}"
#define OAUTH(code) "{\"error\":\"" code "\",\"error_description\":\"d\"}"

/* At least one for each row of the table. */
static const struct {
	enum goto_verb verb;
	int status;
	const char *body;
	int r;
	const char *sentence; /* how it begins */
} rows[] = {
    {0, 404, ADMIN("user.not.found"), -ENOENT, "GoTo knows no such user"},
    {0, 404, ADMIN("group.not.found"), -ENOENT, "GoTo knows no such group"},
    {GOTO_VERB_CREATE, 409, ADMIN("user.name.conflict"), -EEXIST,
	"the address belongs to another account"},
    {GOTO_VERB_ASSIGN, 409, ADMIN("user.name.conflict"), -EEXIST,
	"the address belongs to another account"},
    {0, 409, ADMIN("group.name.conflict"), -EEXIST,
	"a group of this name exists"},
    {0, 400, ADMIN("group.name.required"), -EINVAL, "a group needs a name"},
    {0, 404, ADMIN("license.not.found"), -ENOENT, "GoTo knows no such license"},
    {0, 409, ADMIN("license.seats.exceeded"), -ENOSPC,
	"the license has no free seat"},
    {0, 404, ADMIN("account.not.found"), -EACCES,
	"the token does not reach this account"},
    {0, 403, ADMIN("not.authorized"), -EACCES,
	"the token's user has not the role"},
    {0, 400, ADMIN("not.authorized"), -EACCES,
	"the token's user has not the role"},
    {GOTO_VERB_PRODUCT, 401, "", -EACCES,
	"the product does not accept the token"},
    {GOTO_VERB_PRODUCT, 403, "", -EACCES, "the token's user has not the right"},
    {GOTO_VERB_PRODUCT, 404, MEETING("NotFound"), -ENOENT,
	"GoTo does not know it"},
    {GOTO_VERB_PRODUCT, 400, MEETING("InvalidDate"), -EINVAL,
	"GoTo refuses these values (HTTP 400, InvalidDate: m)"},
    {GOTO_VERB_PRODUCT, 502, "{\"err\":\"gw\",\"message\":\"down\"}", -EIO,
	"GoTo fails (HTTP 502, gw: down)"},
    {GOTO_VERB_CONNECT, 401, CONNECT("AUTHN_EXPIRED_TOKEN"), -EACCES,
	"GoToConnect does not accept the token"},
    {GOTO_VERB_CONNECT, 403, CONNECT("AUTHZ_INSUFFICIENT_SCOPE"), -EACCES,
	"the OAuth client lacks a scope"},
    {GOTO_VERB_CONNECT, 403, CONNECT("UNAUTHORIZED"), -EACCES,
	"the token's user has not the right"},
    {GOTO_VERB_CONNECT, 404, CONNECT("NOT_FOUND"), -EACCES,
	"the token has no right to this in GoToConnect, or there is none"},
    {GOTO_VERB_CONNECT, 404, "", -EACCES,
	"the token has no right to this in GoToConnect"},
    {GOTO_VERB_CONNECT, 409, CONNECT("CONFLICT"), -EACCES,
	"GoToConnect has suspended the token's user"},
    {GOTO_VERB_CONNECT, 400,
	"{\"errorCode\":\"BAD_REQUEST\",\"message\":\"boilerplate\","
	"\"constraintViolations\":[{\"field\":\"startTime\",\"constraint\":"
	"\"must be before endTime\"}]}",
	-EINVAL,
	"GoTo refuses these values (HTTP 400, BAD_REQUEST startTime: must be "
	"before endTime)"},
    {0, 401, CONNECT("AUTHN_INVALID_TOKEN"), -EROFS, "the token is invalid"},
    {0, 401, CONNECT("AUTHN_EXPIRED_TOKEN"), -EROFS, "the token expired"},
    {0, 401, CONNECT("AUTHN_MALFORMED_TOKEN"), -EROFS, "the token is broken"},
    {0, 403, CONNECT("AUTHZ_INSUFFICIENT_SCOPE"), -EACCES,
	"the OAuth client lacks a scope"},
    {GOTO_VERB_TOKEN, 401, OAUTH("invalid_client"), -EROFS,
	"GoTo refuses client_id or client_secret"},
    {GOTO_VERB_TOKEN, 401, OAUTH("unauthorized_client"), -EROFS,
	"the OAuth client may not use this grant"},
    {GOTO_VERB_TOKEN, 400, OAUTH("unsupported_grant_type"), -EROFS,
	"the OAuth client may not use this grant"},
    {GOTO_VERB_TOKEN, 400, OAUTH("invalid_grant"), -EROFS,
	"the stored token was revoked or is too old"},
    {GOTO_VERB_TOKEN, 400, OAUTH("invalid_scope"), -EROFS,
	"the token's scopes do not match"},
    {GOTO_VERB_TOKEN, 400, OAUTH("invalid_request"), -EROFS,
	"GoTo refuses the stored token"},
    {GOTO_VERB_TOKEN, 401, "Unauthorized grant type", -EROFS,
	"GoTo refuses the credentials"},
    {GOTO_VERB_TOKEN, 403, "", -EROFS, "GoTo refuses the credentials"},
    {GOTO_VERB_TOKEN, 404, "", -EIO, "no token endpoint here"},
    {GOTO_VERB_DELETE, 404, CONNECT("NOT_FOUND"), -EIO,
	"GoTo has nothing here: check api_url"},
    {GOTO_VERB_ASSIGN, 409, "", -ENOSPC,
	"the license has no free seat, or is disabled"},
    {GOTO_VERB_ASSIGN, 409, ADMIN("no.idea"), -ENOSPC,
	"the license has no free seat, or is disabled"},
    {GOTO_VERB_DELETE, 409, "", -EPERM, "GoTo refuses to remove this"},
    {GOTO_VERB_CREATE, 409, "", -EEXIST,
	"it conflicts with what the tenant has"},
    {GOTO_VERB_CREATE, 409, "{\"error\":\"taken already\"}", -EEXIST,
	"it conflicts with what the tenant has"},
    {GOTO_VERB_CREATE, 409, ADMIN("no.idea"), -EINVAL,
	"GoTo refuses to create this"},
    {0, 400, "", -EINVAL, "GoTo refuses these values (HTTP 400)"},
    {0, 401, "", -EROFS, "the token no longer works"},
    {0, 401, ADMIN("not.authorized"), -EROFS, "the token no longer works"},
    {0, 403, "", -EACCES, "the token's user has not the right"},
    {0, 404, "", -ENOENT, "GoTo does not know it"},
    {0, 404, "<html>nginx</html>", -ENOENT, "GoTo does not know it"},
    {0, 408, "", -ETIMEDOUT, "GoTo gave up waiting"},
    {0, 409, "", -EEXIST, "it conflicts with what the tenant has"},
    {0, 413, "", -EINVAL, "GoTo finds it too large"},
    {0, 422, "", -EINVAL, "GoTo refuses these values"},
    {0, 429, CONNECT("TOO_MANY_REQUESTS"), -EIO, "GoTo's rate limit"},
    {0, 302, "", -EIO, "GoTo sends us elsewhere"},
    {0, 405, "", -EIO, "GoTo does not understand the request"},
    {0, 500, CONNECT("UNKNOWN_ERROR"), -EIO, "GoTo fails (HTTP 500"},
    {0, 503, "<html>", -EIO, "GoTo fails (HTTP 503)"},
    {0, 199, "", -EIO, "GoTo gave an answer that makes no sense"},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err err = ERR_NONE;
		int r = goto_error_answer(rows[i].verb, rows[i].status,
		    rows[i].body, strlen(rows[i].body), &err);

		if (r != rows[i].r || !text_starts(err.msg, rows[i].sentence))
			fail_msg("row %zu: %d %s", i, r, err.msg);
		assert_int_equal(err.code, r);
		assert_int_equal(err.http_status, rows[i].status);
		assert_int_equal(goto_error_answer(rows[i].verb, rows[i].status,
				     rows[i].body, strlen(rows[i].body), NULL),
		    r);
	}
}

static bool
is_tested(const struct goto_error_row *row)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].r == row->r &&
		    (row->verb == 0 || rows[i].verb == row->verb) &&
		    (row->status < 100 || rows[i].status == row->status) &&
		    (!row->code || strstr(rows[i].body, row->code)) &&
		    strncmp(rows[i].sentence, row->sentence,
			strlen(rows[i].sentence) < strlen(row->sentence)
			    ? strlen(rows[i].sentence)
			    : strlen(row->sentence)) == 0)
			return true;
	return false;
}

static void
test_each_row_is_tested(void **state)
{
	size_t n;
	const struct goto_error_row *table = goto_error_rows(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		if (!is_tested(&table[i]))
			fail_msg(
			    "no test for row %zu: %s", i, table[i].sentence);
}

static const struct {
	const char *body, *code, *value, *text;
} shapes[] = {
    /* Admin (3.11) */
    {"{\"incidentId\":\"5\",\"errors\":[{\"code\":\"user.not.found\","
     "\"value\":\"123\"}]}",
	"user.not.found", "123", ""},
    {"{\"errors\":[{\"code\":\"a.b\"},{\"code\":\"c.d\"}]}", "a.b", "", ""},
    {"{\"errors\":[]}", "", "", ""},
    {"{\"errors\":\"no\"}", "", "", ""},
    /* edge, and GoToConnect (5.4) */
    {"{\"errorCode\":\"NOT_FOUND\",\"message\":\"no route\"}", "NOT_FOUND", "",
	"no route"},
    /* SCIM (4) */
    {"{\"code\":\"not.authorized\",\"uri\":\"/v1/Users\"}", "not.authorized",
	"/v1/Users", ""},
    /* GoToMeeting (5.1) */
    {"{\"int_err_code\":\"InvalidDate\",\"msg\":\"bad date\"}", "InvalidDate",
	"", "bad date"},
    {"{\"err\":\"gw\",\"message\":\"down\"}", "gw", "", "down"},
    /* GoToConnect's 400 (5.4): the constraint is the truth (7.11) */
    {"{\"errorCode\":\"BAD_REQUEST\",\"message\":\"no\","
     "\"constraintViolations\":[{\"field\":\"page\",\"constraint\":\"min "
     "0\"}]}",
	"BAD_REQUEST", "page", "min 0"},
    {"{\"errorCode\":\"BAD_REQUEST\",\"constraints\":[{\"constraint\":\"c\"}]}",
	"BAD_REQUEST", "", "c"},
    {"{\"errorCode\":\"X\",\"message\":\"m\",\"constraints\":[1]}", "X", "",
	"m"},
    /* OAuth (2.6) */
    {"{\"error\":\"invalid_grant\",\"error_description\":\"too old\"}",
	"invalid_grant", "", "too old"},
    /* a framework's own */
    {"{\"timestamp\":1,\"status\":404,\"error\":\"Not Found\"}", "", "",
	"Not Found"},
    {"{\"code\":404}", "", "", ""},
    {"\"just a string\"", "", "", "just a string"},
    {"[1,2]", "", "", ""},
    {"null", "", "", ""},
    {"", "", "", ""},
    {"  \n", "", "", ""},
    {"Unauthorized grant type", "", "", "Unauthorized grant type"},
    {"\n <!DOCTYPE html><h1>No</h1>", "", "", ""},
    /* for a terminal */
    {"a\x1b[2Jb\r\nc", "", "", "a [2Jb  c"},
    {"{\"message\":\"a\\u001b\\u009b\\u0000z\"}", "", "", ""},
    {"{\"message\":\"a\\u001b\\u009bz\"}", "", "", "a  z"},
    {"bad \xff utf8", "", "", ""},
    {"{\"code\":\"with blank\"}", "", "", "with blank"},
};

static void
test_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		struct goto_fault f;

		assert_int_equal(goto_fault_parse(shapes[i].body,
				     strlen(shapes[i].body), &f),
		    0);
		if (strcmp(f.code, shapes[i].code) != 0 ||
		    strcmp(f.value, shapes[i].value) != 0 ||
		    (strcmp(f.text, shapes[i].text) != 0 &&
			!strstr(shapes[i].body, "u0000")))
			fail_msg("%s: %s|%s|%s", shapes[i].body, f.code,
			    f.value, f.text);
	}
}

/* A body of any length fits, and no character is cut in half. */
static void
test_long_texts(void **state)
{
	char body[600];

	(void)state;
	for (size_t n = 100; n < 500; n++) {
		struct goto_fault f;
		struct err err = ERR_NONE;

		for (size_t i = 0; i + 3 <= n; i += 3)
			memcpy(body + i, "\xe2\x82\xac", 3);
		assert_int_equal(goto_fault_parse(body, n / 3 * 3, &f), 0);
		assert_true(text_is_utf8(f.text, strlen(f.text)));
		assert_true(strlen(f.text) > 90);
		goto_error_answer(0, 400, body, n / 3 * 3, &err);
		assert_true(text_is_utf8(err.msg, strlen(err.msg)));
	}
}

static void
test_transport(void **state)
{
	static const struct {
		int from, to;
	} maps[] = {
	    {-ETIMEDOUT, -ETIMEDOUT},
	    {-ENOMEM, -ENOMEM},
	    {-ECANCELED, -ECANCELED},
	    {-ECONNREFUSED, -EIO},
	    {-EHOSTUNREACH, -EIO},
	    {-ECONNRESET, -EIO},
	    {-EPROTO, -EIO},
	    {-EFBIG, -EIO},
	    /* of TLS and of our own URL: no verdict on anybody's rights */
	    {-EACCES, -EIO},
	    {-EINVAL, -EIO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		struct err err = ERR_NONE;

		err_set(&err, maps[i].from, "why");
		assert_int_equal(
		    goto_error_transport(maps[i].from, &err), maps[i].to);
		assert_int_equal(err.code, maps[i].to);
		assert_string_equal(err.msg, "why");
		assert_int_equal(
		    goto_error_transport(maps[i].from, NULL), maps[i].to);
	}
	assert_true(goto_error_is_transient(-EIO));
	assert_true(goto_error_is_transient(-ETIMEDOUT));
	assert_false(goto_error_is_transient(-EINPROGRESS));
	assert_false(goto_error_is_transient(-ENOENT));
	assert_false(goto_error_is_transient(0));
}

static int
parse_once(void *ctx)
{
	struct goto_fault f;

	return goto_fault_parse(ctx, strlen(ctx), &f);
}

static void
test_memory(void **state)
{
	(void)state;
	alloc_fail_sweep(parse_once, (void *)ADMIN("user.not.found"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_each_row_is_tested),
	    cmocka_unit_test(test_shapes),
	    cmocka_unit_test(test_long_texts),
	    cmocka_unit_test(test_transport),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("goto_error", tests, NULL, NULL);
}
