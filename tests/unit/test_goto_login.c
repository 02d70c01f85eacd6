/* SPDX-License-Identifier: MIT */
/* The login that is kept sealed: what is asked of GoTo, what is in the file
 * when, and what several processes (two auths here) make of one file. */
#include "alloc_fail.h"
#include "auth_fixture.h"
#include "gotofs/goto_login.h"
#include "gotofs/token.h"

#define DAY_MS (INT64_C(86400) * 1000)

static const uint8_t key[CRYPTO_KEY_BYTES] = "0123456789abcdef0123456789abcde";
static const struct token_place place = {file, "work", key, NULL};
static const struct goto_conf logged_in = {
    CONF, .account_key = "77", .client_secret = "secret", .login = &place};

/* ---- helpers ---- */

static void
log_in(const char *text, const char *account, bool is_pat)
{
	const struct token t = {.is_pat = is_pat,
	    .text = (char *)(uintptr_t)text,
	    .account_key = (char *)(uintptr_t)account,
	    .since_ms = clock_wall_ms()};

	assert_int_equal(token_write(&place, &t, NULL), 0);
}

static void
expect_file(const char *text, const char *access)
{
	AUTO(token_done) struct token t = TOKEN_NONE;

	assert_int_equal(token_read(&place, &t, NULL), 0);
	assert_string_equal(t.text, text);
	assert_string_equal(t.access ? t.access : "", access);
}

/* ---- tests ---- */

static void
test_a_new_one_is_kept_before_use(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .body = FORM("r1"), .answer = TOKEN("a1", REFRESH("r1"))},
	    {ASK, .body = FORM("r1"), .answer = TOKEN("a2", REFRESH("r2"))},
	    {ASK, .body = FORM("r2"), .answer = TOKEN("a3", "")},
	};
	struct auth *a = auth_of(&logged_in);

	script_start(steps, N(steps), false);
	log_in("r1", "77", false);
	assert_int_equal(auth_until_ms(a), 0);
	expect_token(a, "a1");
	expect_file("r1", "a1");
	assert_in_range(auth_until_ms(a) - clock_wall_ms(), 30 * DAY_MS - 60000,
	    30 * DAY_MS);
	script_advance_ms(20 * DAY_MS);
	expect_token(a, "a2");
	expect_file("r2", "a2");
	assert_in_range(auth_until_ms(a) - clock_wall_ms(), 30 * DAY_MS - 60000,
	    30 * DAY_MS);
	script_advance_ms(25 * DAY_MS);
	expect_token(a, "a3"); /* below ten days: the log says so */
	expect_file("r2", "a3");
	assert_int_equal(script_end(), 3);
	auth_free(a);
}

/* Who comes second takes what the first has got, until it fails him. */
static void
test_two_ask_once(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .body = FORM("r1"), .answer = TOKEN("a1", REFRESH("r2"))},
	    {ASK, .body = FORM("r2"), .answer = TOKEN("a2", REFRESH("r3"))},
	};
	struct auth *a = auth_of(&logged_in), *b = auth_of(&logged_in);
	uint64_t serial;

	script_start(steps, N(steps), false);
	log_in("r1", "77", false);
	expect_token(a, "a1");
	serial = expect_token(b, "a1");
	auth_reject(b, serial);
	expect_token(b, "a2");
	/* due for the first: it takes that one */
	script_advance_ms(2900 * 1000);
	expect_token(a, "a2");
	expect_file("r3", "a2");
	assert_int_equal(script_end(), 2);
	auth_free(a);
	auth_free(b);
}

static void
test_a_personal_one(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .body = PAT_FORM,
		.answer = TOKEN("a1", REFRESH("never taken"))},
	};
	struct auth *a = auth_of(&logged_in);

	script_start(steps, N(steps), false);
	log_in("p t", "77", true);
	expect_token(a, "a1");
	expect_file("p t", "a1");
	assert_int_equal(auth_until_ms(a), 0);
	assert_int_equal(script_end(), 1);
	auth_free(a);
}

/* What could not be written is not used, and goes before the file. */
static void
test_not_durable(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .body = FORM("r1"), .answer = TOKEN("a1", REFRESH("r2")),
		.hook = take_folder_away},
	    {ASK, .body = FORM("r2"), .answer = TOKEN("a2", "")},
	};
	struct auth *a = auth_of(&logged_in);

	script_start(steps, N(steps), false);
	log_in("r1", "77", false);
	expect_failure(a, -EIO, "cannot store the new refresh token");
	put_folder_back();
	expect_file("r1", "");
	expect_token(a, "a2");
	expect_file("r2", "a2");
	assert_int_equal(script_end(), 2);
	auth_free(a);
}

static void
test_refused_until_a_new_login(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .body = FORM("old"), .status = 400,
		.answer = "{\"error\":\"invalid_grant\"}"},
	    {ASK, .body = FORM("new"), .answer = TOKEN("a1", "")},
	};
	struct auth *a = auth_of(&logged_in);

	script_start(steps, N(steps), false);
	unlink(file);
	expect_failure(a, -EROFS, "nobody is logged in (run: gotofs login");
	script_advance_ms(AUTH_REFUSED_MS);
	log_in("old", "77", false);
	expect_failure(a, -EROFS, "revoked or is too old");
	script_advance_ms(2 * AUTH_REFUSED_MS);
	log_in("new", "78", false);
	expect_failure(a, -EROFS, "another account's");
	script_advance_ms(3 * AUTH_REFUSED_MS);
	log_in("new", "77", false);
	expect_token(a, "a1");
	assert_int_equal(script_end(), 2);
	auth_free(a);
}

/* A look at the file is enough, and what we wrote there is no new login. */
static void
test_a_new_login_is_seen(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .body = FORM("old"), .status = 400,
		.answer = "{\"error\":\"invalid_grant\"}"},
	    {ASK, .body = FORM("new"), .answer = TOKEN("a1", REFRESH("r2"))},
	};
	struct auth *a = auth_of(&logged_in);

	script_start(steps, N(steps), false);
	log_in("old", "77", false);
	expect_failure(a, -EROFS, "revoked or is too old");
	assert_false(auth_is_replaced(a));
	expect_failure(a, -EROFS, "revoked or is too old");
	unlink(file);
	assert_false(auth_is_replaced(a));
	log_in("new", "77", false);
	assert_true(auth_is_replaced(a));
	assert_false(auth_is_replaced(a));
	expect_token(a, "a1");
	assert_false(auth_is_replaced(a));
	assert_int_equal(script_end(), 2);
	auth_free(a);
}

/* ---- the authorization code ---- */

static const struct goto_conf code_conf = {
    .auth_url = SCRIPT_URL "/", .client_id = "i d"};

static void
test_the_way_there(void **state)
{
	AUTO(goto_login_done) struct goto_login a = GOTO_LOGIN_NONE;
	AUTO(goto_login_done) struct goto_login b = GOTO_LOGIN_NONE;
	const char *const begins =
	    SCRIPT_URL "/oauth/authorize?response_type=code&client_id=i%20d&"
		       "redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcb&state=";

	assert_int_equal(
	    goto_login_begin(&code_conf, "http://localhost:1/cb", &a, NULL), 0);
	assert_int_equal(
	    goto_login_begin(&code_conf, "http://localhost:1/cb", &b, NULL), 0);
	assert_int_equal(strncmp(a.url, begins, strlen(begins)), 0);
	assert_int_equal(strlen(a.verifier), 43);
	assert_null(strstr(a.url, a.verifier));
	assert_string_not_equal(a.state, b.state);
	assert_string_not_equal(a.verifier, b.verifier);
}

/* Each: what came back, "@" for the state; the code, or what is said. */
static const struct {
	const char *url;
	int r;
	const char *says;
} answers[] = {
    {"http://localhost:1/cb?code=a%2Bb+c&state=@", 0, "a+b c"},
    {"state=@&code=x#fragment", 0, "x"},
    {"?code=x&state=@ HTTP/1.1", 0, "x"},
    {"?code=x", -EINVAL, "its state differs"},
    {"?code=x&state=other", -EINVAL, "its state differs"},
    {"?error=access_denied&state=other", -EINVAL, "its state differs"},
    {"?acode=x&state=@", -EINVAL, "neither a code nor an error"},
    {"", -EINVAL, "neither a code nor an error"},
    {"?code=&state=@", -EINVAL, "makes no sense"},
    {"?error=access_denied&state=@", -EACCES, "was not granted"},
    {"?error=server_error&state=@", -EIO, "try again later"},
    {"?error=odd%1b%5b2J&error_description=%07bell&state=@", -EACCES,
	"(odd?[2J: ?bell)"},
};

static void
test_what_comes_back(void **state)
{
	AUTO(goto_login_done) struct goto_login l = GOTO_LOGIN_NONE;
	size_t i;

	assert_int_equal(
	    goto_login_begin(&code_conf, "http://localhost:1/cb", &l, NULL), 0);
	for (i = 0; i < N(answers); i++) {
		struct err err = ERR_NONE;
		const char *at = strchr(answers[i].url, '@');
		char url[512], *code = NULL;
		int r;

		snprintf(url, sizeof(url), "%.*s%s%s",
		    (int)(at ? at - answers[i].url
			     : (ptrdiff_t)strlen(answers[i].url)),
		    answers[i].url, at ? l.state : "", at ? at + 1 : "");
		r = goto_login_answer(&l, url, &code, &err);
		if (r != answers[i].r ||
		    !strstr(code ? code : err.msg, answers[i].says))
			fail_msg("%s: %d %s", url, r, code ? code : err.msg);
		secret_free(code);
	}
}

static int
begin_once(void *ctx)
{
	AUTO(goto_login_done) struct goto_login l = GOTO_LOGIN_NONE;

	return goto_login_begin(&code_conf, "http://localhost:1/cb", &l, NULL);
}

static void
test_code_without_memory(void **state)
{
	assert_true(alloc_fail_sweep(begin_once, NULL) > 4);
}

/* Public clients name themselves in the form; a sentence that quotes the token
 * is told without it. */
static void
test_the_end(void **state)
{
	static const struct script_step steps[] = {
	    {.want = "POST /oauth/revoke",
		.body = "token=r%2B1-to-be-revoked&client_id=i%20d&"
			"token_type_hint=refresh_token"},
	    {.want = "POST /oauth/revoke",
		.status = 400,
		.answer = "{\"error\":\"odd\",\"error_description\":"
			  "\"what is r+1-to-be-revoked?\"}"},
	};
	const struct token t = {
	    .text = (char *)(uintptr_t) "r+1-to-be-revoked"};
	struct err err = ERR_NONE;

	script_start(steps, N(steps), false);
	assert_int_equal(goto_revoke(&code_conf, &t, &err), 0);
	assert_true(goto_revoke(&code_conf, &t, &err) < 0);
	assert_null(strstr(err.msg, "to-be-revoked"));
	assert_non_null(strstr(err.msg, "what is *****************?"));
	assert_int_equal(script_end(), 2);
}

static void
test_memory(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .answer = TOKEN("a1", REFRESH("r2"))}};
	bool failed = true;
	long n;

	script_start(steps, N(steps), true);
	for (n = 1; failed; n++) {
		int r;

		log_in("r1", "77", false);
		alloc_fail_arm(n);
		r = get_once((void *)&logged_in);
		failed = alloc_fail_disarm();
		assert_true(r == 0 || failed);
	}
	script_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_new_one_is_kept_before_use),
	    cmocka_unit_test(test_two_ask_once),
	    cmocka_unit_test(test_a_personal_one),
	    cmocka_unit_test(test_not_durable),
	    cmocka_unit_test(test_refused_until_a_new_login),
	    cmocka_unit_test(test_a_new_login_is_seen),
	    cmocka_unit_test(test_the_end),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_the_way_there),
	    cmocka_unit_test(test_what_comes_back),
	    cmocka_unit_test(test_code_without_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
