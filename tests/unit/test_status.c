/* SPDX-License-Identifier: MIT */
/* status.json: how long the login lasts, and from when on it warns. */
#include "mirror_fixture.h"

#include "gotofs/clock.h"
#include "gotofs/token.h"
#include "tenant_int.h"

#define DAY_MS (INT64_C(86400) * 1000)

static char dir[] = TEST_TMP "/gotofs-test-status-XXXXXX";
static char path[128];
static const uint8_t key[CRYPTO_KEY_BYTES] = "0123456789abcdef0123456789abcde";

/* A login of that age, used once: nobody answers, but the token is known. */
static void
expect_status(int64_t age_days, const char *days, const char *warning)
{
	AUTO(buf_done) struct buf text = BUF_MAX(1 << 20);
	const struct token_place place = {path, "test", key, NULL};
	const struct token token = {.text = (char *)"refresh",
	    .account_key = (char *)"77",
	    .since_ms = clock_wall_ms() - age_days * DAY_MS + DAY_MS / 2,
	    .access = (char *)"access",
	    .access_until_ms = clock_wall_ms() + 3600 * 1000};
	struct goto_conf login = api;
	struct tenant_conf conf = mirror_conf(dir);
	struct tenant *t;
	struct user me = USER_NONE;

	assert_int_equal(token_write(&place, &token, NULL), 0);
	login.pat = NULL;
	login.login = &place;
	login.backoff_ms = 1;
	login.interactive_ms = 10;
	conf.api = &login;
	assert_int_equal(tenant_open(&conf, &t, NULL), 0);
	assert_int_equal(tenant_status(t, &text, NULL), 0);
	assert_non_null(strstr(buf_str(&text), "\"tokenDaysLeft\": null"));
	/* a slow machine may not come to read the token in time */
	for (int i = 0; i < 100; i++) {
		assert_true(goto_me(t->api, &me, NULL, NULL) < 0);
		buf_clear(&text);
		assert_int_equal(tenant_status(t, &text, NULL), 0);
		if (!strstr(buf_str(&text), "\"tokenDaysLeft\": null"))
			break;
	}
	if (!strstr(buf_str(&text), days) || !strstr(buf_str(&text), warning))
		fail_msg("no %s, %s in %s", days, warning, buf_str(&text));
	tenant_close(t);
}

static void
test_how_long_it_lasts(void **state)
{
	expect_status(1, "\"tokenDaysLeft\": 29", "\"tokenWarning\": null");
	expect_status(20, "\"tokenDaysLeft\": 10", "\"tokenWarning\": null");
	expect_status(21, "\"tokenDaysLeft\": 9",
	    "\"the login ends in 9 days; run: gotofs login test\"");
	expect_status(31, "\"tokenDaysLeft\": 0", "ends in 0 days");
}

static int
setup(void **state)
{
	struct store_batch *b;
	struct store *s;

	if (!mkdtemp(dir) || chmod(dir, 0700) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/token", dir);
	b = mirror_begin(dir, &s);
	put_user(b, "100", "ann", "[]", 0);
	mirror_end(s, b);
	return 0;
}

static int
teardown(void **state)
{
	return mirror_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_how_long_it_lasts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
