/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "alloc_fail.h"
#include "auth_fixture.h"

/* By a personal access token, or by what is in the file. */
static const struct goto_conf by_pat = {
    CONF, .client_secret = "secret", .pat = "p t"};
static const struct goto_conf by_file = {
    CONF, .client_secret = "secret", .refresh_token_file = file};

/* ---- helpers ---- */

static void
write_file(const char *text, mode_t mode)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
assert_file(const char *token)
{
	char *text;
	struct stat st;

	assert_int_equal(secret_read_file(file, &text, NULL), 0);
	assert_string_equal(text, token);
	secret_free(text);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* ---- tests ---- */

static void
test_pat(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .body = PAT_FORM,
		.answer = TOKEN("t1", ",\"expires_in\":3600")},
	    {ASK, .body = PAT_FORM,
		.answer = TOKEN("t2", ",\"expires_in\":\"100\"" REFRESH("r"))},
	    {ASK, .answer = TOKEN("t3", "")},
	    {ASK, .answer = TOKEN("t4", "")},
	};
	struct auth *a = auth_of(&by_pat);

	script_start(steps, N(steps), false);
	expect_token(a, "t1");
	expect_token(a, "t1");
	/* renewed at 80 % */
	script_advance_ms(2870 * 1000);
	expect_token(a, "t1");
	script_advance_ms(20 * 1000);
	expect_token(a, "t2");
	/* 30 s before the end, where that is earlier */
	script_advance_ms(68 * 1000);
	expect_token(a, "t2");
	script_advance_ms(3 * 1000);
	expect_token(a, "t3");
	/* without expires_in: an hour */
	script_advance_ms(2870 * 1000);
	expect_token(a, "t3");
	script_advance_ms(1000 * 1000);
	expect_token(a, "t4");
	script_end();
	auth_free(a);
}

static void
test_reject(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .answer = TOKEN("t1", "")},
	    {ASK, .answer = TOKEN("t2", "")},
	};
	struct auth *a = auth_of(&by_pat);
	uint64_t serial;

	script_start(steps, N(steps), false);
	serial = expect_token(a, "t1");
	assert_false(auth_is_near_expiry(a, serial));
	auth_reject(a, serial + 1);
	expect_token(a, "t1");
	auth_reject(a, serial);
	assert_true(auth_is_near_expiry(a, serial));
	expect_token(a, "t2");
	/* the old one is rejected by one more caller */
	auth_reject(a, serial);
	expect_token(a, "t2");
	assert_true(auth_is_near_expiry(a, serial));
	script_end();
	auth_free(a);
}

static void
test_rotation(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .body = FORM("r1"), .answer = TOKEN("t1", REFRESH("r1"))},
	    {ASK, .body = FORM("r1"), .answer = TOKEN("t2", "")},
	    {ASK, .body = FORM("r1"), .answer = TOKEN("t3", REFRESH("r2"))},
	    {ASK, .body = FORM("r2"), .answer = TOKEN("t4", REFRESH("r3"))},
	};
	struct auth *a = auth_of(&by_file);

	write_file("r1\n", 0600);
	script_start(steps, N(steps), false);
	expect_token(a, "t1");
	assert_file("r1");
	script_advance_ms(3600 * 1000);
	expect_token(a, "t2");
	assert_file("r1");
	script_advance_ms(3600 * 1000);
	expect_token(a, "t3");
	assert_file("r2");
	script_advance_ms(3600 * 1000);
	expect_token(a, "t4");
	assert_file("r3");
	script_end();
	auth_free(a);
}

/* Somebody logs in anew while we run. */
static void
test_new_login(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .body = FORM("r1"), .answer = TOKEN("t1", REFRESH("r2"))},
	    {ASK, .body = FORM("other"), .answer = TOKEN("t2", "")},
	};
	struct auth *a = auth_of(&by_file);

	write_file("r1\n", 0600);
	script_start(steps, N(steps), false);
	expect_token(a, "t1");
	assert_file("r2");
	write_file("other\n", 0600);
	script_advance_ms(3600 * 1000);
	expect_token(a, "t2");
	assert_file("other");
	script_end();
	auth_free(a);
}

/* The new refresh token cannot be stored: its access token is not used, and it
 * is not forgotten. */
static void
test_not_durable(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .body = FORM("r1"), .answer = TOKEN("t1", REFRESH("r2")),
		.hook = take_folder_away},
	    {ASK, .body = FORM("r2"), .answer = TOKEN("t2", "")},
	};
	struct auth *a = auth_of(&by_file);

	write_file("r1\n", 0600);
	script_start(steps, N(steps), false);
	expect_failure(a, -EIO, "cannot store the new refresh token");
	expect_failure(a, -EIO, "cannot store the new refresh token");
	put_folder_back();
	assert_file("r1");
	expect_token(a, "t2");
	assert_file("r2");
	script_end();
	auth_free(a);
}

static void
test_bad_files(void **state)
{
	struct auth *a = auth_of(&by_file);

	script_start(NULL, 0, false);
	unlink(file);
	expect_failure(a, -EROFS, "gotofs login");
	write_file("r1\n", 0644);
	script_advance_ms(AUTH_REFUSED_MS);
	expect_failure(a, -EROFS, "chmod 600");
	write_file("", 0600);
	script_advance_ms(AUTH_REFUSED_MS);
	expect_failure(a, -EROFS, "empty");
	script_end();
	auth_free(a);
}

static void
test_refused(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .status = 400, .answer = "{\"error\":\"invalid_grant\"}"},
	    {ASK, .status = 401, .answer = "{\"error\":\"invalid_client\"}"},
	    {ASK, .answer = TOKEN("t1", "")},
	};
	struct auth *a = auth_of(&by_pat);

	script_start(steps, N(steps), false);
	assert_false(auth_is_refused(a));
	expect_failure(a, -EROFS, "revoked");
	assert_true(auth_is_refused(a));
	/* GoTo is not asked again at once */
	expect_failure(a, -EROFS, "revoked");
	script_advance_ms(AUTH_REFUSED_MS - 1000);
	expect_failure(a, -EROFS, "revoked");
	script_advance_ms(2000);
	expect_failure(a, -EROFS, "client_secret");
	script_advance_ms(AUTH_REFUSED_MS);
	expect_token(a, "t1");
	assert_false(auth_is_refused(a));
	script_end();
	auth_free(a);
}

/* What is good is used up to its end. */
static void
test_refused_early(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .answer = TOKEN("t1", "")},
	    {ASK, .status = 400, .answer = "{\"error\":\"invalid_grant\"}"},
	    {ASK, .status = 400, .answer = "{\"error\":\"invalid_grant\"}"},
	};
	struct auth *a = auth_of(&by_pat);

	script_start(steps, N(steps), false);
	expect_token(a, "t1");
	script_advance_ms(3000 * 1000);
	expect_token(a, "t1");
	assert_true(auth_is_refused(a));
	expect_token(a, "t1");
	script_advance_ms(600 * 1000);
	expect_failure(a, -EROFS, "revoked");
	script_end();
	auth_free(a);
}

static void
test_passing_failures(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .status = 503, .answer = "<html>"},
	    {ASK, .r = -ECONNRESET},
	    {ASK, .answer = TOKEN("t1", "")},
	    /* three in a row end a round */
	    {ASK, .status = 200, .answer = "nonsense"},
	    {ASK, .status = 200, .answer = "{\"access_token\":\"a\\nb\"}"},
	    {ASK, .status = 429},
	    /* no use in trying again */
	    {ASK, .r = -EACCES},
	    /* more patience than the caller has */
	    {ASK, .status = 503, .retry_after_ms = 60000},
	};
	struct auth *a = auth_of(&by_pat);

	script_start(steps, N(steps), false);
	expect_token(a, "t1");
	script_advance_ms(3600 * 1000);
	expect_failure(a, -EIO, "HTTP 429");
	expect_failure(a, -EIO, "told to fail");
	expect_failure(a, -EIO, "HTTP 503");
	script_end();
	auth_free(a);
}

/* While the old one is good, a failed renewal is nobody's trouble, and not
 * repeated by each caller. */
static void
test_early_failure(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .answer = TOKEN("t1", "")},
	    {ASK, .status = 500},
	    {ASK, .status = 500},
	    {ASK, .status = 500},
	    {ASK, .answer = TOKEN("t2", "")},
	};
	struct auth *a = auth_of(&by_pat);

	script_start(steps, N(steps), false);
	expect_token(a, "t1");
	script_advance_ms(3000 * 1000);
	expect_token(a, "t1");
	expect_token(a, "t1");
	script_advance_ms(11 * 1000);
	expect_token(a, "t2");
	script_end();
	auth_free(a);
}

static void
test_public_client(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .body = PAT_FORM "&client_id=a%26b",
		.answer = TOKEN("t1", "")},
	};
	struct goto_conf conf = {CONF, .pat = "p t"};
	struct auth *a;

	conf.client_id = "a&b";
	a = auth_of(&conf);
	script_start(steps, N(steps), false);
	expect_token(a, "t1");
	script_end();
	auth_free(a);
}

static void
test_missing_conf(void **state)
{
	struct goto_conf conf = {.auth_url = SCRIPT_URL, .pat = "p"};
	struct auth *a;

	assert_int_equal(auth_new(&conf, pool, &a, NULL), -EINVAL);
	conf.client_id = "id";
	conf.pat = NULL;
	assert_int_equal(auth_new(&conf, pool, &a, NULL), -EINVAL);
	auth_free(NULL);
}

/* ---- many callers ---- */

static void
linger(void)
{
	clock_sleep_ms(20);
}

static void *
get_one(void *arg)
{
	char *token = NULL;
	uint64_t serial;
	intptr_t r = ask(arg, &token, &serial, NULL);

	secret_free(token);
	return (void *)r;
}

static void
get_together(struct auth *a, int r)
{
	pthread_t threads[8];
	void *got;

	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, get_one, a);
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], &got);
		assert_int_equal((intptr_t)got, r);
	}
}

static void
test_one_refresher(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .answer = TOKEN("t1", ""), .hook = linger},
	    {ASK, .answer = TOKEN("t2", ""), .hook = linger},
	};
	struct auth *a = auth_of(&by_pat);

	script_start(steps, N(steps), false);
	get_together(a, 0);
	/* due, but still good */
	script_advance_ms(3000 * 1000);
	get_together(a, 0);
	assert_int_equal(script_end(), 2);
	auth_free(a);
}

static void
test_one_refusal(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .status = 400, .hook = linger},
	};
	struct auth *a = auth_of(&by_pat);

	script_start(steps, N(steps), false);
	get_together(a, -EROFS);
	assert_int_equal(script_end(), 1);
	auth_free(a);
}

static struct auth *being_cancelled;

static void
cancel(void)
{
	auth_cancel(being_cancelled);
}

static void
test_cancel(void **state)
{
	static const struct script_step steps[] = {
	    {ASK, .status = 503, .retry_after_ms = 5000, .hook = cancel},
	};
	struct auth *a = being_cancelled = auth_of(&by_pat);

	script_start(steps, N(steps), false);
	get_together(a, -ECANCELED);
	script_end();
	auth_free(a);
}

/* ---- memory ---- */

static void
test_memory(void **state)
{
	static const struct script_step pat[] = {
	    {ASK, .answer = TOKEN("t1", "")}};
	static const struct script_step rotating[] = {
	    {ASK, .answer = TOKEN("t1", REFRESH("r2"))}};

	script_start(pat, 1, true);
	/* an answer that could not be read is asked for again */
	alloc_fail_sweep_lenient(get_once, (void *)&by_pat);
	script_end();
	write_file("r1\n", 0600);
	script_start(rotating, 1, true);
	alloc_fail_sweep_lenient(get_once, (void *)&by_file);
	script_end();
	assert_file("r2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pat),
	    cmocka_unit_test(test_reject),
	    cmocka_unit_test(test_rotation),
	    cmocka_unit_test(test_new_login),
	    cmocka_unit_test(test_not_durable),
	    cmocka_unit_test(test_bad_files),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_refused_early),
	    cmocka_unit_test(test_passing_failures),
	    cmocka_unit_test(test_early_failure),
	    cmocka_unit_test(test_public_client),
	    cmocka_unit_test(test_missing_conf),
	    cmocka_unit_test(test_one_refresher),
	    cmocka_unit_test(test_one_refusal),
	    cmocka_unit_test(test_cancel),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("goto_auth", tests, setup, teardown);
}
