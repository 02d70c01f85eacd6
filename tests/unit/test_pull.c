/* SPDX-License-Identifier: MIT */
/* Whose a folder is where GoTo must be asked (pull_me.c). */
#include "tenant_fixture.h"

#include "../../src/tenant/pull_int.h"
#include "goto_script.h"
#include "gotofs/clock.h"

static const struct goto_conf script_api = {
    .api_url = SCRIPT_URL,
    .connect_url = SCRIPT_URL,
    .auth_url = SCRIPT_URL,
    .client_id = "id",
    .client_secret = "secret",
    .pat = "pat",
    .rate_per_s = 100000,
    .backoff_ms = 1,
};

static void
mount_it(const struct script_step *steps, size_t n)
{
	struct tenant_conf conf = mirror_conf(state_dir);

	script_start(steps, n, true);
	conf.api = &script_api;
	assert_int_equal(tenant_open(&conf, &tenant, NULL), 0);
}

static void
unmount_it(void)
{
	tenant_close(tenant);
	tenant = NULL;
	script_end();
}

static bool
goto_knows(void)
{
	struct goto_stats s;

	goto_get_stats(tenant->api, &s);
	return strcmp(s.account_key, "77") == 0;
}

/* Whichever allocation fails: who is let go finds the account, and the next
 * time it comes to be. */
static void
test_memory(void **state)
{
	/* whether the token is asked for or /me */
	static const struct script_step both = {
	    .answer = "{\"access_token\":\"t1\",\"expires_in\":3600,"
		      "\"key\":\"100\",\"email\":\"ann@example.com\","
		      "\"accountKey\":\"77\"}"};
	struct err err = ERR_NONE;
	bool failed;
	long n = 0;
	int r;

	do {
		mount_it(&both, 1);
		alloc_fail_arm(++n);
		r = pull_me(tenant, &err);
		failed = alloc_fail_disarm();
		assert_true(r == 0 || r == -ENOMEM);
		assert_true(!tenant->bound || goto_knows());
		if (r == -ENOMEM)
			assert_int_equal(pull_me(tenant, &err), 0);
		assert_true(tenant->bound && goto_knows());
		unmount_it();
	} while (failed);
	assert_true(n > 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {each(test_memory)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
