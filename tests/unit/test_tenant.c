/* SPDX-License-Identifier: MIT */
/*
 * The tenant without threads and without a network: a mirror written by hand,
 * then every operation with each of its allocations failing in turn.  Whatever
 * failed, the tree still shows the same people, and what was accepted is
 * there again after a restart.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/store.h"
#include "gotofs/tenant.h"
#include "gotofs/text.h"

#define TEXT_BYTES 4096

static char state_dir[] = "/tmp/gotofs-test-tenant-XXXXXX";
static struct tenant *tenant;
static const struct tenant_caller who = {0, 0, 4711};

static const struct goto_conf api = {
    .account_key = "77",
    .api_url = "http://127.0.0.1:1",
    .connect_url = "http://127.0.0.1:1",
    .auth_url = "http://127.0.0.1:1",
    .client_id = "id",
    .client_secret = "secret",
    .pat = "pat",
};

/* ---- a mirror ---- */

static void
put(struct store_batch *b, enum store_kind kind, const char *key,
    const char *name, const char *text, unsigned flags)
{
	struct store_record r = {.kind = kind,
	    .key = key,
	    .name = name,
	    .flags = flags,
	    .hash = 1,
	    .changed_ns = 1000000000,
	    .text = text,
	    .text_bytes = strlen(text)};

	assert_int_equal(store_record_put(b, &r, NULL, NULL, NULL), 0);
}

static void
put_user(struct store_batch *b, const char *key, const char *first,
    const char *roles, unsigned flags)
{
	char text[TEXT_BYTES], email[64];

	snprintf(email, sizeof(email), "%s@example.com", first);
	snprintf(text, sizeof(text),
	    "{\n  \"email\": \"%s\",\n  \"firstName\": \"%s\",\n"
	    "  \"lastName\": \"Test\",\n  \"locale\": null,\n"
	    "  \"timeZone\": null,\n  \"adminRoles\": %s,\n"
	    "  \"key\": \"%s\",\n  \"status\": \"ACTIVE\"\n}\n",
	    email, first, roles, key);
	put(b, STORE_USER, key, email, text, flags);
}

static void
put_link(struct store_batch *b, enum store_kind kind, const char *container,
    const char *user)
{
	struct store_link l = {kind, container, user, 2000000000};

	assert_int_equal(store_link_put(b, &l, NULL), 0);
}

static void
make_mirror(void)
{
	static const char super[] = "[\n    \"SUPER_USER\"\n  ]";
	struct store *s;
	struct store_batch *b;

	assert_int_equal(store_open(state_dir, &s, NULL), 0);
	assert_int_equal(store_begin(s, &b, NULL), 0);
	put(b, STORE_LICENSE, "5", "Meeting Pro",
	    "{\n  \"key\": \"5\",\n  \"seats\": 2\n}\n", 0);
	put(b, STORE_GROUP, "6", "Berlin",
	    "{\n  \"key\": \"6\",\n  \"name\": \"Berlin\"\n}\n", 0);
	put_user(b, "100", "ann", super, 1);
	put_user(b, "101", "ben", super, 1);
	put_user(b, "102", "cyd", "[]", 0);
	put_user(b, "103", "dan", "[]", 0);
	put_link(b, STORE_LICENSE, "5", "102");
	put_link(b, STORE_GROUP, "6", "102");
	assert_int_equal(store_publish(b, NULL), 0);
	assert_int_equal(store_commit(b, NULL), 0);
	store_close(s);
}

static int
open_tenant(struct tenant **ret)
{
	const struct tenant_conf conf = {
	    .profile = "test",
	    .state_dir = state_dir,
	    .mountpoint = "/mnt",
	    .api = &api,
	    .umask = 077,
	    .settle_ms = 3000,
	    .deadline_ms = 10000,
	    .quiet_ms = 2000,
	};

	return tenant_open(&conf, ret, NULL);
}

/* ---- walking it as the kernel does ---- */

static int
walk(const char *path, struct tenant_attr *ret)
{
	AUTO(strv_done) char **part = strv_split(path, "/");
	char **p;
	int r = 0;

	if (!part)
		return -ENOMEM;
	ret->node = TENANT_ROOT_NODE;
	for (p = part; r == 0 && *p; p++) {
		uint64_t dir = ret->node;

		r = tenant_lookup(tenant, dir, *p, ret, NULL);
		if (dir != TENANT_ROOT_NODE)
			tenant_forget(tenant, dir, 1);
	}
	return r;
}

static uint64_t
node_of(const char *path)
{
	struct tenant_attr a;

	assert_int_equal(walk(path, &a), 0);
	return a.node;
}

static bool
list_one(void *ctx, const char *name, const struct tenant_attr *attr,
    uint64_t cookie)
{
	char *text = ctx;

	strncat(text, name, TEXT_BYTES - strlen(text) - 2);
	strcat(text, " ");
	return true;
}

/* What ls -U shows, and nothing else. */
static void
expect_list(const char *path, const char *want)
{
	char text[TEXT_BYTES] = "";
	uint64_t dir = node_of(path);

	assert_int_equal(
	    tenant_readdir(tenant, dir, 0, false, list_one, text), 0);
	tenant_forget(tenant, dir, 1);
	assert_string_equal(text, want);
}

static void
expect_read(const char *path, const char *part)
{
	AUTO(buf_done) struct buf b = BUF_MAX(1 << 20);
	struct tenant_attr a;

	assert_int_equal(walk(path, &a), 0);
	assert_int_equal(tenant_read(tenant, a.node, 0, 1 << 20, &b), 0);
	assert_int_equal(b.len, a.size);
	assert_non_null(strstr(buf_str(&b), part));
	tenant_forget(tenant, a.node, 1);
}

/* ---- one run each: brings everything back to how it was ---- */

static void
nobody_waits(struct tenant_waiter *w, int result)
{
	(void)w;
	(void)result;
}

static int
write_text(uint64_t node, const char *text)
{
	struct tenant_waiter w = {.done = nobody_waits};
	int r = tenant_write(
	    tenant, &who, node, text, strlen(text), 0, false, false, &w);

	if (r == TENANT_WAIT) {
		assert_true(tenant_abandon(tenant, &w));
		r = 0;
	}
	return r;
}

static int
read_once(void *ctx)
{
	AUTO(buf_done) struct buf b = BUF_MAX(1 << 20);
	struct tenant_attr a;
	int r = walk("users/ann@example.com.json", &a);
	if (r == 0) {
		r = tenant_read(tenant, a.node, 0, 100, &b);
		tenant_forget(tenant, a.node, 1);
	}
	if (r == 0)
		r = walk(".gotofs/records/ann@example.com.json", &a);
	if (r == 0) {
		r = tenant_read(tenant, a.node, 0, 100, &b);
		tenant_forget(tenant, a.node, 1);
	}
	return r;
}

static int
create_once(void *ctx)
{
	static const char text[] = "{\"firstName\":\"Bob\",\"lastName\":\"S\"}";
	uint64_t users = *(uint64_t *)ctx;
	struct tenant_attr a;
	int r = tenant_mknod(
	    tenant, &who, users, "bob@example.com.json", S_IFREG | 0600, &a);

	if (r == 0) {
		r = write_text(a.node, text);
		tenant_forget(tenant, a.node, 1);
	}
	/* without memory the cancel may have to be tried again */
	if (tenant_unlink(tenant, &who, users, "bob@example.com.json") ==
	    -ENOMEM) {
		tenant_unlink(tenant, &who, users, "bob@example.com.json");
		r = -ENOMEM;
	}
	return r;
}

static int
update_once(void *ctx)
{
	static int n;
	char text[128];
	struct tenant_attr a;
	int r = walk("users/dan@example.com.json", &a);

	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "{\"lastName\":\"T%d\"}", ++n);
	r = write_text(a.node, text);
	tenant_forget(tenant, a.node, 1);
	return r;
}

static int
link_once(void *ctx)
{
	uint64_t dir = *(uint64_t *)ctx;
	struct tenant_attr a;
	int r = tenant_symlink(tenant, &who, dir, "dan@example.com.json",
	    "../../users/dan@example.com.json", &a);

	if (r == 0)
		tenant_forget(tenant, a.node, 1);
	if (tenant_unlink(tenant, &who, dir, "dan@example.com.json") ==
	    -ENOMEM) {
		tenant_unlink(tenant, &who, dir, "dan@example.com.json");
		r = -ENOMEM;
	}
	return r;
}

static int
group_once(void *ctx)
{
	uint64_t groups = *(uint64_t *)ctx;
	struct tenant_attr a;
	int r = tenant_mkdir(tenant, &who, groups, "Paris", 0700, &a);

	if (r == 0)
		tenant_forget(tenant, a.node, 1);
	if (tenant_rmdir(tenant, &who, groups, "Paris") == -ENOMEM) {
		tenant_rmdir(tenant, &who, groups, "Paris");
		r = -ENOMEM;
	}
	return r;
}

static int
replace_once(void *ctx)
{
	static int n;
	char text[128];
	uint64_t users = *(uint64_t *)ctx, stale;
	struct tenant_attr a;
	int r =
	    tenant_mknod(tenant, &who, users, ".dan.XXXX", S_IFREG | 0600, &a);

	snprintf(text, sizeof(text), "{\"lastName\":\"R%d\"}", ++n);
	if (r == 0) {
		r = write_text(a.node, text);
		tenant_forget(tenant, a.node, 1);
	}
	if (r == 0)
		r = tenant_rename(tenant, &who, users, ".dan.XXXX", users,
		    "dan@example.com.json", false, &stale);
	tenant_unlink(tenant, &who, users, ".dan.XXXX");
	return r;
}

static int
remove_once(void *ctx)
{
	uint64_t users = *(uint64_t *)ctx;
	struct tenant_attr a;
	struct tenant_caller rm = {0, 0, 4712};
	int r = tenant_unlink(tenant, &rm, users, "cyd@example.com.json"), e;

	do /* it comes back by being made again, and is empty until written */
		e = tenant_mknod(tenant, &who, users, "cyd@example.com.json",
		    S_IFREG | 0600, &a);
	while (e == -ENOMEM && (r = e) == -ENOMEM);
	if (e == 0) {
		while (write_text(a.node, "{\"firstName\":\"cyd\"}") == -ENOMEM)
			r = -ENOMEM;
		tenant_forget(tenant, a.node, 1);
	}
	return r;
}

static int
status_once(void *ctx)
{
	AUTO(buf_done) struct buf b = BUF_MAX(1 << 20);

	return tenant_status(tenant, &b, NULL);
}

static int
refuse_once(void *ctx)
{
	struct tenant_attr a;
	int r = walk("users/dan@example.com.json", &a);

	if (r < 0)
		return r;
	r = write_text(a.node, "{\"nonsense\":1}");
	tenant_forget(tenant, a.node, 1);
	return r == -EINVAL ? 0 : r;
}

/* ---- the tests ---- */

static void
expect_whole(void)
{
	expect_list("users", "ann@example.com.json ben@example.com.json "
			     "cyd@example.com.json dan@example.com.json ");
	expect_list("licenses", "meeting-pro ");
	expect_list("licenses/meeting-pro", "cyd@example.com.json ");
	expect_list("groups", "Berlin ");
	expect_list("groups/Berlin", "cyd@example.com.json ");
}

static void
test_every_allocation_may_fail(void **state)
{
	uint64_t users, license, groups;

	assert_int_equal(open_tenant(&tenant), 0);
	expect_whole();
	users = node_of("users");
	license = node_of("licenses/meeting-pro");
	groups = node_of("groups");
	alloc_fail_sweep_lenient(read_once, NULL);
	alloc_fail_sweep_lenient(status_once, NULL);
	alloc_fail_sweep_lenient(create_once, &users);
	alloc_fail_sweep_lenient(link_once, &license);
	alloc_fail_sweep_lenient(group_once, &groups);
	alloc_fail_sweep_lenient(refuse_once, NULL);
	alloc_fail_sweep_lenient(update_once, NULL);
	alloc_fail_sweep_lenient(replace_once, &users);
	tenant_close(tenant);
}

static void
test_a_restart_shows_the_same(void **state)
{
	AUTO(buf_done) struct buf b = BUF_MAX(1 << 20);

	assert_int_equal(open_tenant(&tenant), 0);
	expect_whole();
	/* the last accepted change, still to be sent */
	expect_read("users/dan@example.com.json", "\"lastName\": \"R");
	expect_read("users/cyd@example.com.json", "\"lastName\": \"Test\"");
	tenant_close(tenant);
}

static int
open_once(void *ctx)
{
	struct tenant *t;
	int r = open_tenant(&t);

	if (r == 0)
		tenant_close(t);
	return r;
}

static void
test_opening_without_memory(void **state)
{
	alloc_fail_sweep_lenient(open_once, NULL);
}

/* A removal is held, hidden, and there again when it is cancelled by writing,
 * also over a restart. */
static void
test_a_held_removal_lasts(void **state)
{
	uint64_t users;

	assert_int_equal(open_tenant(&tenant), 0);
	users = node_of("users");
	assert_int_equal(
	    tenant_unlink(tenant, &who, users, "cyd@example.com.json"), 0);
	expect_list("users", "ann@example.com.json ben@example.com.json "
			     "dan@example.com.json ");
	expect_list("licenses/meeting-pro", "cyd@example.com.json ");
	tenant_close(tenant);
	assert_int_equal(open_tenant(&tenant), 0);
	expect_list("users", "ann@example.com.json ben@example.com.json "
			     "dan@example.com.json ");
	users = node_of("users");
	alloc_fail_sweep_lenient(remove_once, &users);
	expect_list("users", "ann@example.com.json ben@example.com.json "
			     "dan@example.com.json cyd@example.com.json ");
	tenant_close(tenant);
}

/* The last two who have SUPER_USER stay. */
static void
test_the_last_two_stay(void **state)
{
	uint64_t users, ann;

	assert_int_equal(open_tenant(&tenant), 0);
	users = node_of("users");
	assert_int_equal(
	    tenant_unlink(tenant, &who, users, "ann@example.com.json"), -EPERM);
	ann = node_of("users/ann@example.com.json");
	assert_int_equal(write_text(ann, "{\"adminRoles\":[]}"), -EPERM);
	tenant_close(tenant);
}

static int
setup(void **state)
{
	if (!mkdtemp(state_dir) || chmod(state_dir, 0700) < 0)
		return -1;
	make_mirror();
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = {
	    "mirror.db", "mirror.db-wal", "mirror.db-shm", "lock"};
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", state_dir, names[i]);
		unlink(path);
	}
	return rmdir(state_dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_allocation_may_fail),
	    cmocka_unit_test(test_a_restart_shows_the_same),
	    cmocka_unit_test(test_opening_without_memory),
	    cmocka_unit_test(test_a_held_removal_lasts),
	    cmocka_unit_test(test_the_last_two_stay),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
