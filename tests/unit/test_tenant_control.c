/* SPDX-License-Identifier: MIT */
/*
 * .gotofs/trash, pending and ctl without threads and without a network, each
 * operation with each of its allocations failing in turn.
 */
#include "tenant_fixture.h"

#include "tenant_int.h"

#define ZED "zed@example.com.json"

/* Known before a sweep begins. */
static uint64_t users, trash, pending, ctl;

static void
open_all(void)
{
	assert_int_equal(open_tenant(&tenant), 0);
	users = node_of("users");
	trash = node_of(".gotofs/trash");
	pending = node_of(".gotofs/pending");
	ctl = node_of(".gotofs/ctl");
}

/* ---- who was removed ---- */

/* Zed had a seat of 5 and was in 6; and in a license that is no more. */
static void
make_trash(void)
{
	struct store_trash row = {.key = "104",
	    .name = ZED,
	    .longer_name = "zed@example.com~104.json",
	    .license_keys = "5\n99",
	    .group_key = "6",
	    .group_label = "Berlin",
	    .removed_ms = 1000,
	    .uid = 1000,
	    .command = "rm"};
	static const char text[] =
	    "{\n  \"email\": \"zed@example.com\",\n  \"firstName\": \"Zed\",\n"
	    "  \"lastName\": \"Test\",\n  \"locale\": null,\n"
	    "  \"timeZone\": null,\n  \"adminRoles\": [],\n"
	    "  \"key\": \"104\",\n  \"status\": \"ACTIVE\"\n}\n";
	struct store_record r = {.kind = STORE_USER,
	    .key = "104",
	    .name = "zed@example.com",
	    .changed_ns = 1000000000,
	    .text = text,
	    .text_bytes = strlen(text)};
	struct store *s;
	struct store_batch *b;

	assert_int_equal(store_open(state_dir, &s, NULL), 0);
	assert_int_equal(store_begin(s, &b, NULL), 0);
	assert_int_equal(
	    store_record_put(b, &r, &row.record, &row.number, NULL), 0);
	assert_int_equal(store_commit(b, NULL), 0);
	row.text_bytes = r.text_bytes;
	assert_int_equal(store_begin(s, &b, NULL), 0);
	assert_int_equal(store_trash_put(b, &row, NULL), 0);
	assert_int_equal(store_record_drop(b, STORE_USER, "104", NULL), 0);
	assert_int_equal(store_commit(b, NULL), 0);
	store_close(s);
}

static int
restore(const char *name)
{
	struct tenant_attr a;
	uint64_t stale;
	int r = tenant_lookup(tenant, trash, ZED, &a, NULL);

	if (r == 0) { /* as the kernel does: it holds the node meanwhile */
		r = tenant_rename(
		    tenant, &who, trash, ZED, users, name, false, &stale);
		tenant_forget(tenant, a.node, 1);
	}
	return r;
}

static int
take_back(void)
{
	return tenant_unlink(tenant, &who, users, ZED);
}

/* He is in one of the two places, and back in the trash at the end. */
static int
restore_once(void *ctx)
{
	int r = restore(ZED), e;

	while ((e = take_back()) == -ENOMEM)
		r = -ENOMEM;
	if (r == 0 && e < 0)
		r = e;
	return r;
}

static int
list_trash_once(void *ctx)
{
	char text[TEXT_BYTES] = "";
	int r = tenant_readdir(tenant, trash, 0, false, list_one, text);

	if (r == 0)
		assert_string_equal(text, ZED " ");
	return r;
}

static void
test_trash(void **state)
{
	uint64_t ino;
	struct tenant_attr a;

	open_all();
	expect_list(".gotofs/trash", ZED " ");
	expect_read(".gotofs/trash/" ZED, "\"key\": \"104\"");
	assert_int_equal(tenant_unlink(tenant, &who, trash, ZED), -ENOENT);
	ino = node_of(".gotofs/trash/" ZED); /* rm has looked it up */
	assert_int_equal(tenant_unlink(tenant, &who, trash, ZED), -EPERM);
	tenant_forget(tenant, ino, 1);
	assert_int_equal(restore("ann@example.com.json"), -EEXIST);
	assert_int_equal(restore("zoe@example.com.json"), -EBADMSG);
	alloc_fail_sweep_lenient(list_trash_once, NULL);
	alloc_fail_sweep_lenient(restore_once, NULL);
	expect_list(".gotofs/trash", ZED " ");
	assert_int_equal(restore(ZED), 0);
	expect_list(".gotofs/trash", "");
	expect_list("licenses/meeting-pro", "cyd@example.com.json " ZED " ");
	expect_list("groups/Berlin", "cyd@example.com.json " ZED " ");
	expect_read("users/" ZED, "\"firstName\": \"Zed\"");
	assert_int_equal(walk("users/" ZED, &a), 0);
	ino = a.ino;
	tenant_close(tenant);

	open_all(); /* it waits to be sent */
	expect_list(".gotofs/trash", "");
	expect_read("users/" ZED, "\"firstName\": \"Zed\"");
	assert_int_equal(walk("users/" ZED, &a), 0);
	assert_true(a.ino == ino);
	while (take_back() == -ENOMEM)
		;
	expect_list(".gotofs/trash", ZED " ");
	tenant_close(tenant);
}

/* ---- what is not sent yet ---- */

static bool
take_name(void *ctx, const char *name, const struct tenant_attr *attr,
    uint64_t cookie)
{
	uint64_t *last = ctx;

	assert_true(cookie > *last && attr->ino >> 32 == 9);
	*last = cookie;
	return false; /* one at a time */
}

/* As many as a listing that is asked again and again for one more. */
static int
count_pending(void)
{
	uint64_t last = 0, before;
	int n = -1;

	do {
		before = last;
		n++;
		assert_int_equal(tenant_readdir(tenant, pending, last, true,
				     take_name, &last),
		    0);
	} while (last != before);
	return n;
}

static int
cancel(const char *name)
{
	struct tenant_attr a;
	int r = tenant_lookup(tenant, pending, name, &a, NULL);

	if (r == 0) {
		r = tenant_unlink(tenant, &who, pending, name);
		tenant_forget(tenant, a.node, 1);
	}
	return r;
}

static bool
take_first(void *ctx, const char *name, const struct tenant_attr *attr,
    uint64_t cookie)
{
	snprintf(ctx, 256, "%s", name);
	return false;
}

static int
cancel_first(void)
{
	char name[256] = "";

	tenant_readdir(tenant, pending, 0, false, take_first, name);
	return *name ? cancel(name) : -ENOENT;
}

static int
pending_once(void *ctx)
{
	uint64_t group = *(uint64_t *)ctx;
	struct tenant_attr a;
	int r = tenant_symlink(tenant, &who, group, "dan@example.com.json",
		"../../users/dan@example.com.json", &a),
	    e;

	if (r == 0)
		tenant_forget(tenant, a.node, 1);
	while ((e = cancel_first()) == -ENOMEM)
		r = -ENOMEM;
	return r == 0 ? e : r;
}

static void
test_pending(void **state)
{
	static const char *const names[] = {"ann@example.com.json",
	    "ben@example.com.json", "dan@example.com.json"};
	uint64_t group;
	struct tenant_attr a;
	char target[64];
	size_t i;

	open_all();
	while (cancel_first() == 0) /* links of the test before */
		;
	assert_int_equal(count_pending(), 0);
	group = node_of("groups/Berlin");
	for (i = 0; i < 3; i++) {
		snprintf(target, sizeof(target), "../../users/%s", names[i]);
		assert_int_equal(
		    tenant_symlink(tenant, &who, group, names[i], target, &a),
		    0);
		tenant_forget(tenant, a.node, 1);
	}
	assert_int_equal(count_pending(), 3);
	assert_int_equal(cancel("1.move.ben@example.com.json"), -ENOENT);
	assert_int_equal(cancel("x"), -ENOENT);
	assert_int_equal(cancel("99999999999999999999.move.x"), -ENOENT);
	assert_int_equal(cancel_first(), 0);
	expect_list("groups/Berlin",
	    "cyd@example.com.json ben@example.com.json dan@example.com.json ");
	assert_int_equal(cancel_first(), 0);
	assert_int_equal(cancel_first(), 0);
	assert_int_equal(count_pending(), 0);
	expect_list("groups/Berlin", "cyd@example.com.json ");
	tenant_close(tenant);
}

/* A listing goes on behind a number whose change has ended. */
static void
test_pending_with_holes(void **state)
{
	uint64_t groups, last = 0;
	struct tenant_attr a;
	char name[64], first[256] = "";
	int i;

	open_all();
	groups = node_of("groups");
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "G%02d", i);
		assert_int_equal(
		    tenant_mkdir(tenant, &who, groups, name, 0700, &a), 0);
		tenant_forget(tenant, a.node, 1);
	}
	assert_int_equal(
	    tenant_readdir(tenant, pending, 0, false, take_name, &last), 0);
	for (i = 0; i < 39; i++)
		assert_int_equal(cancel_first(), 0);
	assert_int_equal(
	    tenant_readdir(tenant, pending, last, false, take_first, first), 0);
	assert_non_null(strstr(first, ".group-create.G39"));
	assert_int_equal(cancel_first(), 0);
	expect_list("groups", "Berlin ");
	tenant_close(tenant);
}

static int heard, overtaken;

static void
hear_inode(void *ctx, uint64_t node)
{
	heard++;
	if (pthread_mutex_trylock(&tenant->turn) == 0) {
		overtaken++;
		pthread_mutex_unlock(&tenant->turn);
	}
}

static void
hear_entry(void *ctx, uint64_t dir, const char *name)
{
	hear_inode(ctx, dir);
}

/* gotofs sync sees that a change has ended when it has the turn: what the
 * kernel is to be told of it is queued by then, for sync to wait for. */
static void
test_events_before_others(void **state)
{
	static const struct tenant_events events = {
	    .entry = hear_entry, .inode = hear_inode};
	uint64_t group;

	open_all();
	group = node_of("groups/Berlin");
	tenant_set_events(tenant, &events);
	assert_int_equal(pending_once(&group), 0);
	assert_true(heard > 0);
	assert_int_equal(overtaken, 0);
	tenant_close(tenant);
}

static void
test_pending_without_memory(void **state)
{
	uint64_t group;

	open_all();
	group = node_of("groups/Berlin");
	alloc_fail_sweep_lenient(pending_once, &group);
	assert_int_equal(count_pending(), 0);
	expect_list("groups/Berlin", "cyd@example.com.json ");
	tenant_close(tenant);
}

/* ---- commands ---- */

static int
command(const char *text)
{
	int r = write_text(ctl, text);

	return r;
}

static int
commands_once(void *ctx)
{
	int r = command("ro\n");

	if (r == 0)
		r = command(" rw");
	if (r == 0)
		r = command("acknowledge\n");
	if (r == 0)
		r = command("refresh\n"); /* and gives up waiting */
	return r;
}

static void
test_ctl(void **state)
{
	struct tenant_attr a;

	open_all();
	assert_int_equal(command("acknowledge"), 0);
	assert_int_equal(command("reload\n"), -EINVAL);
	expect_read(".gotofs/errors/ctl.txt", "no such command");
	assert_int_equal(command("ro rw\n"), -EINVAL);
	assert_int_equal(command(""), -EINVAL);
	assert_int_equal(command("acknowledgeacknowledge"), -EINVAL);
	assert_int_equal(command("ro\n"), 0);
	expect_list(".gotofs/errors", "");
	assert_int_equal(
	    tenant_unlink(tenant, &who, users, "dan@example.com.json"), -EROFS);
	expect_list(".gotofs/errors", "users ");
	assert_int_equal(command("acknowledge"), 0);
	expect_list(".gotofs/errors", "");
	assert_int_equal(command("rw"), 0);
	alloc_fail_sweep_lenient(commands_once, NULL);
	assert_int_equal(command("rw"), 0);
	assert_int_equal(
	    tenant_unlink(tenant, &who, users, "dan@example.com.json"), 0);
	assert_int_equal(walk(".gotofs/ctl", &a), 0);
	assert_int_equal(a.size, 0);
	assert_true(a.uncached);
	tenant_forget(tenant, a.node, 1);
	assert_int_equal(cancel_first(), 0);
	tenant_close(tenant);
}

/* ---- whose the state folder is ---- */

static void
note_owner(const char *account, const char *api_url)
{
	struct store_batch *b;
	struct store *s;

	assert_int_equal(store_open(state_dir, &s, NULL), 0);
	assert_int_equal(store_begin(s, &b, NULL), 0);
	assert_int_equal(store_meta_set(b, "account", account, NULL), 0);
	assert_int_equal(store_meta_set(b, "api_url", api_url, NULL), 0);
	assert_int_equal(store_commit(b, NULL), 0);
	store_close(s);
}

static const struct {
	const char *noted, *now;
	bool same;
} addresses[] = {
    {"https://api.getgo.com", NULL, true}, /* the usual one */
    {"https://host", "https://host:443", true},
    {"https://host:443", "https://host", true},
    {"https://host:443/", "HTTPS://Host", true},
    {"https://host/api", "https://HOST:443/api//", true},
    {"http://127.0.0.1:80", "http://127.0.0.1", true},
    {"https://[::1]:443", "https://[::1]", true},
    {"https://host", "https://host:4443", false},
    {"https://host", "http://host:443", false},
    {"https://host:80", "https://host", false},
    {"https://host/api", "https://host/API", false},
    {"https://host/api", "https://host", false},
    {"https://host", "https://host.example.com", false},
};

static int
owner_once(void *ctx)
{
	return tenant_check_owner(state_dir, "https://HOST:443", "900", NULL);
}

static void
test_owner(void **state)
{
	struct err err = ERR_NONE;
	size_t i;

	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		int r;

		note_owner("900", addresses[i].noted);
		r = tenant_check_owner(
		    state_dir, addresses[i].now, "900", &err);
		if (r != (addresses[i].same ? 0 : -EMEDIUMTYPE))
			fail_msg("%s: %d %s", addresses[i].noted, r, err.msg);
	}
	note_owner("900", "https://host/");
	assert_int_equal(
	    tenant_check_owner(state_dir, "https://host", NULL, &err), 0);
	assert_int_equal(
	    tenant_check_owner(state_dir, "https://host", "901", &err),
	    -EMEDIUMTYPE);
	assert_non_null(
	    strstr(err.msg, "of account 900 at https://host/, and "
			    "the profile now leads to account 901"));
	assert_int_equal(
	    tenant_check_owner("/nonexistent", "https://host", "901", &err), 0);
	assert_true(alloc_fail_sweep(owner_once, NULL) > 4);
}

static int
setup_control(void **state)
{
	int r = setup(state);

	if (r == 0)
		make_trash();
	return r;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_trash), cmocka_unit_test(test_pending),
	    cmocka_unit_test(test_pending_with_holes),
	    cmocka_unit_test(test_events_before_others),
	    cmocka_unit_test(test_pending_without_memory),
	    cmocka_unit_test(test_ctl),
	    cmocka_unit_test(test_owner), /* last: another account's */
	};

	return cmocka_run_group_tests(tests, setup_control, teardown);
}
