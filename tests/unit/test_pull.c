/* SPDX-License-Identifier: MIT */
/* Whose a folder is where GoTo must be asked (pull_me.c); what becomes of a
 * license that is listed (pull_publish.c); a listing that GoTo itself
 * contradicts (pull_doubt.c). */
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
mount_as(const struct goto_conf *as, const struct script_step *steps, size_t n,
    bool forever)
{
	struct tenant_conf conf = mirror_conf(state_dir);

	script_start(steps, n, forever);
	conf.api = as;
	assert_int_equal(tenant_open(&conf, &tenant, NULL), 0);
}

static void
mount_it(const struct script_step *steps, size_t n)
{
	mount_as(&script_api, steps, n, true);
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

/* ---- doubt ---- */

#define TOKEN                                                                  \
	{                                                                      \
		.want = "POST /oauth/token",                                   \
		.answer = "{\"access_token\":\"t1\",\"expires_in\":100000}"    \
	}
#define ME(account)                                                            \
	{                                                                      \
		.want = "GET /admin/rest/v1/me",                               \
		.answer = "{\"key\":\"100\",\"email\":\"ann@example.com\","    \
			  "\"accountKey\":\"" account "\"}"                    \
	}
#define NONE                                                                   \
	{                                                                      \
		.answer = "{\"results\":[],\"total\":0}"                       \
	}
#define ONE(row)                                                               \
	{                                                                      \
		.answer =                                                      \
		    "{\"results\":[" row "],\"fromIndex\":0,\"toIndex\":1,"    \
		    "\"total\":1}"                                             \
	}
#define LICENSE ONE("{\"key\":\"5\",\"description\":\"Meeting Pro\"}")
#define GROUP ONE("{\"key\":\"6\",\"name\":\"Berlin\"}")
#define USER(key, more)                                                        \
	ONE("{\"key\":\"" key "\",\"email\":\"u" key "@example.com\"" more "}")
#define MINUTES(n) ((n)*INT64_C(60000))
#define MOUNT(as, steps)                                                       \
	mount_as(as, steps, sizeof(steps) / sizeof((steps)[0]), false)

static int
pull_it(struct err *err)
{
	struct pull p = {.t = tenant,
	    .number = ++tenant->pull_number,
	    .began_boot_ms = clock_boot_ms()};
	int r = pull_me(tenant, err);

	if (r == 0)
		r = pull_list(&p, err);
	if (r == 0)
		r = pull_publish(&p, err);
	pull_list_done(&p);
	return r;
}

static void
expect_doubt(const char *part)
{
	struct err err = ERR_NONE;

	assert_int_equal(pull_it(&err), -EIO);
	assert_non_null(strstr(err.msg, part));
	assert_non_null(strstr(err.msg, "nothing was changed"));
	assert_int_equal(find_node("users/u100@example.com.json"), 0);
	assert_int_not_equal(find_node("users/dan@example.com.json"), 0);
	assert_int_not_equal(find_node("licenses/meeting-pro"), 0);
	assert_int_not_equal(find_node("groups/Berlin"), 0);
}

static void
expect_belief(void)
{
	struct err err = ERR_NONE;

	assert_int_equal(pull_it(&err), 0);
	assert_int_equal(find_node("users/dan@example.com.json"), 0);
}

/* Nobody, or all but the token's own: not as long as /me says that he belongs
 * to this account. */
static void
test_without_the_own_account(void **state)
{
	static const struct script_step steps[] = {TOKEN, ME("77"), NONE, NONE,
	    NONE, ME("77"), LICENSE, GROUP, USER("104", ""), ME("77"), LICENSE,
	    GROUP, USER("100", ""), NONE, NONE, NONE, ME("78"), NONE, NONE,
	    NONE, ME("78"), NONE, NONE, NONE};
	struct err err = ERR_NONE;

	MOUNT(&script_api, steps);
	expect_doubt("lacks the token's own account, which belongs to it");
	script_advance_ms(MINUTES(120));
	expect_doubt("lacks the token's own account, which belongs to it");
	expect_belief(); /* whole; it begins anew */
	assert_int_equal(pull_it(&err), -EIO);
	script_advance_ms(MINUTES(59));
	assert_int_equal(pull_it(&err), -EIO);
	assert_non_null(strstr(err.msg, "unless it stays so for an hour"));
	expect_list("users", "u100@example.com.json ");
	script_advance_ms(MINUTES(1));
	assert_int_equal(pull_it(&err), 0);
	expect_list("users", "");
	unmount_it();
}

/* None, and people who have some: it may be behind, or they. */
static void
test_without_licenses_and_groups(void **state)
{
	static const struct script_step steps[] = {TOKEN, ME("77"), NONE, GROUP,
	    USER("100", ",\"licenseKeys\":[\"5\"]"), LICENSE, NONE,
	    USER("100", ",\"groupKey\":\"6\""), LICENSE, NONE,
	    USER("100", ",\"groupKey\":\"6\""), NONE, NONE, USER("100", "")};
	struct err err = ERR_NONE;

	MOUNT(&script_api, steps);
	expect_doubt("list of licenses is empty");
	expect_doubt("list of groups is empty");
	script_advance_ms(MINUTES(61));
	expect_belief();
	expect_list("groups", "");
	expect_list("licenses", "meeting-pro ");
	assert_int_equal(pull_it(&err), 0); /* nobody names it: at once */
	expect_list("licenses", "");
	unmount_it();
}

/* A first listing may be of an account that the token's own is not in. */
static void
test_the_first_listing(void **state)
{
	static const struct script_step ours[] = {TOKEN, ME("77"), NONE, NONE,
	    NONE, ME("77"), NONE, NONE,
	    USER("104", ",\"licenseKeys\":[\"5\"]")};
	static const struct script_step other[] = {
	    TOKEN, ME("78"), NONE, NONE, NONE};
	struct goto_conf of_another = script_api;
	struct err err = ERR_NONE;

	assert_int_equal(mirror_remove(state_dir), 0);
	assert_int_equal(mkdir(state_dir, 0700), 0);
	of_another.account_key = "77";
	MOUNT(&of_another, other);
	assert_int_equal(pull_it(&err), 0);
	unmount_it();
	MOUNT(&script_api, ours);
	assert_int_equal(pull_it(&err), -EIO);
	assert_int_equal(pull_it(&err), 0);
	expect_list("users", "u104@example.com.json ");
	unmount_it();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    each(test_memory),
	    each(test_a_license_of_many),
	    each(test_a_license_that_changes),
	    each(test_without_the_own_account),
	    each(test_without_licenses_and_groups),
	    each(test_the_first_listing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
