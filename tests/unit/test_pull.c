/* SPDX-License-Identifier: MIT */
/* Whose a folder is where GoTo must be asked (pull_me.c); what becomes of a
 * license that is listed (pull_publish.c). */
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

/* ---- a license ---- */

/* Listed with so many holders, and nothing else. */
static void
publish_holders(long n)
{
	AUTO(buf_done) struct buf rest = BUF_MAX(16u << 20);
	struct license l = {.key = "5", .description = "Meeting Pro"};
	struct pull p = {.t = tenant, .licenses = {&l, 1}};
	struct err err = ERR_NONE;

	assert_int_equal(
	    buf_puts(&rest, "  \"key\": \"5\",\n  \"userKeys\": [\n"), 0);
	for (long i = 1; i <= n; i++)
		assert_int_equal(buf_printf(&rest, "    \"%019ld\"%s", i,
				     i < n ? ",\n" : "\n  ]"),
		    0);
	l.rest = rest.data;
	if (pull_publish(&p, &err) < 0)
		fail_msg("%s", err.msg);
}

static void
expect_end(const char *path, const char *end)
{
	AUTO(buf_done) struct buf b = BUF_MAX(4096);
	struct tenant_attr a;
	size_t n = strlen(end);

	assert_int_equal(walk(path, &a), 0);
	assert_int_equal(
	    tenant_read(tenant, a.node, a.size - (off_t)n, 4096, &b), 0);
	assert_string_equal(buf_str(&b), end);
	tenant_forget(tenant, a.node, 1);
}

/* However many hold it: what is shown can be read. */
static void
test_a_license_of_many(void **state)
{
	assert_int_equal(open_tenant(&tenant), 0);
	publish_holders(340000);
	expect_end(".gotofs/licenses/meeting-pro.json",
	    "\"0000000000000340000\"\n  ]\n}\n");
	tenant_close(tenant);
}

static int
text_of(int64_t version)
{
	AUTO(buf_done) struct buf b = BUF_MAX(4096);

	return store_record_text(tenant->store, version, &b, NULL);
}

/* A changed seat is not paid with one more list of all holders: that of the
 * last version is kept, for whoever reads it just then. */
static void
test_a_license_that_changes(void **state)
{
	int64_t version[4];

	assert_int_equal(open_tenant(&tenant), 0);
	for (int i = 0; i < 4; i++) {
		version[i] = license_by_key(tenant, "5")->record;
		publish_holders(i + 1);
	}
	assert_int_equal(text_of(version[0]), -ENOENT);
	assert_int_equal(text_of(version[1]), -ENOENT);
	assert_int_equal(text_of(version[2]), -ENOENT);
	assert_int_equal(text_of(version[3]), 0);
	expect_end(".gotofs/licenses/meeting-pro.json",
	    "\"0000000000000000004\"\n  ]\n}\n");
	tenant_close(tenant);
	assert_int_equal(open_tenant(&tenant), 0);
	expect_end(".gotofs/licenses/meeting-pro.json",
	    "\"0000000000000000004\"\n  ]\n}\n");
	tenant_close(tenant);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    each(test_memory),
	    each(test_a_license_of_many),
	    each(test_a_license_that_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
