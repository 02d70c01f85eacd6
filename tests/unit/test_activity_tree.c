/* SPDX-License-Identifier: MIT */
/* activity/: who has a file there, what it reads as, and what may be done. */
#include "tenant_fixture.h"

#include "gotofs/clock.h"
#include "tenant_int.h"

#define PATH_CYD "activity/gotomeeting/cyd@example.com.json"
#define HOUR INT64_C(3600000)

static void
open_it(void)
{
	struct tenant_conf conf = mirror_conf(state_dir);

	conf.activity.products = PRODUCT_BIT(PRODUCT_GOTOMEETING);
	assert_int_equal(tenant_open(&conf, &tenant, NULL), 0);
}

/* Of license 5, which "cyd" (102) holds. */
static void
set_products(const char *products)
{
	AUTO(text_done)
	char *text = text_printf("{\n  \"key\": \"5\",\n  \"products\": %s,\n"
				 "  \"seats\": 2\n}\n",
	    products);
	struct store_batch *b;
	struct store *s;

	assert_int_equal(store_open(state_dir, &s, NULL), 0);
	assert_int_equal(store_begin(s, &b, NULL), 0);
	put(b, STORE_LICENSE, "5", "Meeting Pro", text, 0);
	assert_int_equal(store_commit(b, NULL), 0);
	store_close(s);
}

static void
mount_it(void)
{
	open_it();
}

static void
unmount_it(void)
{
	tenant_close(tenant);
	tenant = NULL;
}

/* The fetcher asked of cyd: one use, so many hours ago. */
static void
answer(const char *key, long hours, bool other)
{
	int64_t now = clock_wall_ms();
	struct use u = {"x", NULL, now - hours * HOUR, now - hours * HOUR,
	    USE_MEETING, 1, false};
	const struct use *uses[] = {&u};
	const struct activity_take v = {.user_key = key,
	    .product = PRODUCT_GOTOMEETING,
	    .answer = {activity_window(now, 90), now, activity_window(now, 90),
		now, other},
	    .uses = uses,
	    .uses_n = hours < 0 ? 0 : 1};

	assert_int_equal(activity_take_all(tenant, &v, 1, NULL), 0);
}

static struct tenant_attr
attr_of(const char *path)
{
	struct tenant_attr a;

	assert_int_equal(walk(path, &a), 0);
	tenant_forget(tenant, a.node, 1);
	return a;
}

static void
test_who_has_a_file(void **state)
{
	char text[TEXT_BYTES] = "";

	set_products("[\n    \"G2W\",\n    \"G2M\"\n  ]");
	mount_it();
	assert_int_equal(
	    tenant_readdir(tenant, TENANT_ROOT_NODE, 0, false, list_one, text),
	    0);
	assert_non_null(strstr(text, "activity "));
	expect_list("activity", "gotomeeting gotowebinar gotoconnect "
				"gototraining gotoassist openvoice ");
	expect_list("activity/gotomeeting", "cyd@example.com.json ");
	expect_list("activity/gotowebinar", "cyd@example.com.json ");
	expect_list("activity/gotoconnect", "");
	unmount_it();
	/* another license under the same key */
	set_products("[\n    \"OPENVOICE\"\n  ]");
	mount_it();
	expect_list("activity/gotomeeting", "");
	expect_list("activity/openvoice", "cyd@example.com.json ");
	expect_read("activity/openvoice/cyd@example.com.json",
	    "\"reason\": \"GoTo has no source");
	unmount_it();
	set_products("[]");
	mount_it();
	expect_list("activity/openvoice", "");
	unmount_it();
}

/* With the seat it comes and goes, also when that is still to be sent. */
static void
test_with_the_seat(void **state)
{
	struct tenant_attr a;
	uint64_t dir;

	set_products("[\n    \"G2M\"\n  ]");
	mount_it();
	dir = node_of("licenses/meeting-pro");
	assert_int_equal(
	    tenant_unlink(tenant, &who, dir, "cyd@example.com.json"), 0);
	expect_list("activity/gotomeeting", "");
	assert_int_equal(
	    tenant_symlink(tenant, &who, dir, "dan@example.com.json",
		"../../users/dan@example.com.json", &a),
	    0);
	expect_list("activity/gotomeeting", "dan@example.com.json ");
	assert_int_equal(
	    tenant_unlink(tenant, &who, dir, "dan@example.com.json"), 0);
	expect_list("activity/gotomeeting", "");
	tenant_forget(tenant, a.node, 1);
	tenant_forget(tenant, dir, 1);
	unmount_it();
}

static void
expect_state(
    const char *path, int64_t mtime_ms, int64_t ctime_ms, const char *part)
{
	struct tenant_attr a = attr_of(path);

	assert_int_equal(a.mtime_ns, mtime_ms * CLOCK_NS_PER_MS);
	assert_int_equal(a.ctime_ns, ctime_ms * CLOCK_NS_PER_MS);
	assert_true((a.mode & 0777) == 0400 && !a.uncached);
	expect_read(path, part);
}

/* Unknown, used, never seen: over remounts alike. */
static void
test_times(void **state)
{
	struct activity known;
	struct person *p;
	int64_t told_ms;
	uint64_t ino;

	set_products("[\n    \"G2M\"\n  ]");
	mount_it();
	told_ms = tenant->activity.source[PRODUCT_GOTOMEETING].told_ms;
	expect_state(PATH_CYD, told_ms, told_ms, "\"not looked at yet\"");
	ino = attr_of(PATH_CYD).ino;
	unmount_it();
	mount_it();
	expect_state(PATH_CYD, told_ms, told_ms, "\"state\": \"unknown\"");
	assert_int_equal(attr_of(PATH_CYD).ino, ino);
	/* told by another's answer: still unknown */
	answer("102", 30, true);
	expect_state(PATH_CYD, told_ms, told_ms, "\"state\": \"unknown\"");
	answer("102", 50, false);
	p = person_by_key(tenant, "102");
	assert_true(activity_get(tenant, p, PRODUCT_GOTOMEETING, &known));
	assert_int_equal(known.last_kind, USE_MEETING);
	assert_int_equal(known.to_ms, known.looked_ms);
	expect_state(PATH_CYD, known.last_ms, known.looked_ms,
	    "\"counts\": {\n    \"meetings\": 2\n  }");
	/* another's answer has one more: his file is another one */
	answer("102", 60, true);
	p = person_by_key(tenant, "102");
	told_ms = activity_entry(p, PRODUCT_GOTOMEETING)->told_ms;
	assert_true(told_ms > known.looked_ms);
	expect_state(PATH_CYD, known.last_ms, told_ms,
	    "\"counts\": {\n    \"meetings\": 3\n  }");
	unmount_it();
	mount_it();
	p = person_by_key(tenant, "102");
	expect_state(PATH_CYD, known.last_ms, told_ms,
	    "\"counts\": {\n    \"meetings\": 3\n  }");
	assert_false(activity_get(tenant, p, PRODUCT_GOTOWEBINAR, &known));
	assert_int_equal(known.product, PRODUCT_GOTOWEBINAR);
	unmount_it();
}

static void
test_never_seen(void **state)
{
	struct activity known;

	set_products("[\n    \"G2M\"\n  ]");
	mount_it();
	answer("102", -1, false);
	answer("999", 1, false); /* gone meanwhile */
	answer("100", 1, true);	 /* holds nothing */
	assert_true(activity_get(
	    tenant, person_by_key(tenant, "102"), PRODUCT_GOTOMEETING, &known));
	assert_int_equal(known.last_ms, 0);
	expect_state(
	    PATH_CYD, known.from_ms, known.looked_ms, "\"lastActivity\": null");
	assert_null(
	    activity_entry(person_by_key(tenant, "100"), PRODUCT_GOTOMEETING));
	unmount_it();
}

/* What a source answers is said of whoever is not known. */
static void
test_trouble(void **state)
{
	struct tenant_attr before;
	int64_t told_ms;

	set_products("[\n    \"G2M\",\n    \"JIVE\"\n  ]");
	mount_it();
	assert_null(activity_source_trouble(tenant, PRODUCT_GOTOMEETING));
	assert_non_null(
	    strstr(activity_source_trouble(tenant, PRODUCT_GOTOCONNECT),
		"the profile leaves it out"));
	before = attr_of(PATH_CYD);
	tenant_begin(tenant);
	activity_set_source(
	    tenant, PRODUCT_GOTOMEETING, SOURCE_DISABLED, "no right", 4711);
	tenant_end(tenant);
	told_ms = tenant->activity.source[PRODUCT_GOTOMEETING].told_ms;
	assert_true(told_ms * CLOCK_NS_PER_MS >= before.mtime_ns);
	expect_state(PATH_CYD, told_ms, told_ms, "\"reason\": \"no right\"");
	unmount_it();
	mount_it();
	expect_state(PATH_CYD, told_ms, told_ms, "\"reason\": \"no right\"");
	/* it is asked again after a start */
	assert_int_equal(
	    tenant->activity.source[PRODUCT_GOTOMEETING].again_ms, 0);
	/* it is said again once a day */
	tenant->activity.source[PRODUCT_GOTOMEETING].told_ms -= ACTIVITY_DAY_MS;
	tenant_begin(tenant);
	activity_tick(tenant);
	tenant_end(tenant);
	assert_true(attr_of(PATH_CYD).mtime_ns >= told_ms * CLOCK_NS_PER_MS);
	/* an answer is one all the same */
	answer("102", 3, false);
	expect_read(PATH_CYD, "\"state\": \"known\"");
	unmount_it();
}

/* One whose file is open has his seat taken: it reads as it did. */
static void
test_open_file(void **state)
{
	AUTO(buf_done) struct buf before = BUF_MAX(4096);
	AUTO(buf_done) struct buf after = BUF_MAX(4096);
	struct tenant_attr a;
	uint64_t dir, file;

	set_products("[\n    \"G2M\"\n  ]");
	mount_it();
	answer("102", 3, false);
	file = node_of(PATH_CYD);
	assert_int_equal(tenant_read(tenant, file, 0, 4096, &before), 0);
	dir = node_of("licenses/meeting-pro");
	assert_int_equal(
	    tenant_unlink(tenant, &who, dir, "cyd@example.com.json"), 0);
	assert_int_equal(walk(PATH_CYD, &a), -ENOENT);
	assert_int_equal(tenant_read(tenant, file, 0, 4096, &after), 0);
	assert_string_equal(buf_str(&before), buf_str(&after));
	assert_int_equal(tenant_getattr(tenant, file, &a), 0);
	assert_int_equal(a.size, before.len);
	assert_int_equal(a.nlink, 0);
	tenant_forget(tenant, file, 1);
	tenant_forget(tenant, dir, 1);
	unmount_it();
}

/* Nothing can be changed, least of all by a tool that deletes. */
static void
test_refusals(void **state)
{
	static const char name[] = "cyd@example.com.json";
	struct tenant_attr a = {.mtime_ns = 1, .size = 0, .mode = 0600};
	uint64_t dir, file, stale, licenses;

	set_products("[\n    \"G2M\"\n  ]");
	mount_it();
	dir = node_of("activity/gotomeeting");
	file = node_of(PATH_CYD);
	licenses = node_of("licenses/meeting-pro");
	assert_int_equal(tenant_unlink(tenant, &who, dir, name), -EROFS);
	expect_read(".gotofs/errors/activity/gotomeeting/"
		    "cyd@example.com.json.txt",
	    "cannot be removed");
	assert_int_equal(tenant_unlink(tenant, &who, dir, name), -EROFS);
	assert_int_equal(
	    tenant_mknod(tenant, &who, dir, "x.json", S_IFREG | 0600, &a),
	    -EPERM);
	assert_int_equal(
	    tenant_mkdir(tenant, &who, dir, "x", 0700, &a), -EPERM);
	assert_int_equal(tenant_symlink(tenant, &who, dir, "x.json",
			     "../../users/cyd@example.com.json", &a),
	    -EPERM);
	assert_int_equal(tenant_rename(tenant, &who, licenses, name, dir, name,
			     false, &stale),
	    -EPERM);
	assert_int_equal(tenant_rename(tenant, &who, dir, name, licenses, name,
			     false, &stale),
	    -EPERM);
	assert_int_equal(
	    tenant_setattr(tenant, &who, file, &a, TENANT_SET_MTIME, &a),
	    -EPERM);
	assert_int_equal(
	    tenant_setattr(tenant, &who, file, &a, TENANT_SET_SIZE, &a),
	    -EPERM);
	assert_int_equal(write_text(file, "{}"), -EPERM);
	assert_int_equal(
	    tenant_setattr(tenant, &who, dir, &a, TENANT_SET_MTIME, &a), 0);
	assert_int_equal(
	    tenant_setattr(tenant, &who, file, &a, TENANT_SET_MODE, &a), 0);
	tenant_forget(tenant, file, 1);
	tenant_forget(tenant, dir, 1);
	dir = node_of("activity");
	assert_int_equal(
	    tenant_rmdir(tenant, &who, dir, "gotowebinar"), -EROFS);
	assert_int_equal(
	    tenant_rmdir(tenant, &who, dir, "gotomeeting"), -EROFS);
	tenant_forget(tenant, dir, 1);
	tenant_forget(tenant, licenses, 1);
	unmount_it();
}

struct seen {
	size_t n, most;
	uint64_t node[8], last;
};

static bool
see(void *ctx, const char *name, const struct tenant_attr *a, uint64_t cookie)
{
	struct seen *seen = ctx;

	if (seen->n == seen->most)
		return false;
	assert_true(cookie > seen->last);
	seen->last = cookie;
	seen->node[seen->n++] = a->node;
	return true;
}

/* However many hold a product, there is a node of whom the kernel knows. */
static void
test_nodes(void **state)
{
	static const char *const name[] = {
	    "dan@example.com.json", "cyd@example.com.json"};
	struct seen seen = {.most = 1};
	struct tenant_attr a;
	uint64_t dir, licenses;
	size_t n;

	set_products("[\n    \"G2M\"\n  ]");
	mount_it();
	licenses = node_of("licenses/meeting-pro");
	assert_int_equal(tenant_symlink(tenant, &who, licenses, name[0],
			     "../../users/dan@example.com.json", &a),
	    0);
	dir = node_of("activity/gotomeeting");
	n = tenant->nodes.n;
	assert_int_equal(tenant_readdir(tenant, dir, 0, false, see, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(tenant->nodes.n, n);
	/* from there on, all that is left: known by the listing itself */
	seen.most = 8;
	assert_int_equal(
	    tenant_readdir(tenant, dir, seen.last, true, see, &seen), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(tenant->nodes.n, n + 1);
	tenant_forget(tenant, seen.node[1], 1);
	assert_int_equal(tenant->nodes.n, n);
	/* one that does not fit is not known */
	seen = (struct seen){.most = 1};
	assert_int_equal(tenant_readdir(tenant, dir, 0, true, see, &seen), 0);
	assert_int_equal(tenant->nodes.n, n + 1);
	assert_int_equal(tenant_lookup(tenant, dir, name[1], &a, NULL), 0);
	assert_int_equal(a.node, seen.node[0]);
	tenant_forget(tenant, a.node, 2);
	assert_int_equal(tenant->nodes.n, n);
	tenant_forget(tenant, dir, 1);
	tenant_forget(tenant, licenses, 1);
	unmount_it();
}

/* The file has the name that he has. */
static void
test_renamed(void **state)
{
	uint64_t users, stale;
	uint64_t ino;

	set_products("[\n    \"G2M\"\n  ]");
	mount_it();
	answer("102", 3, false);
	ino = attr_of(PATH_CYD).ino;
	users = node_of("users");
	assert_int_equal(
	    tenant_rename(tenant, &who, users, "cyd@example.com.json", users,
		"kim@example.com.json", false, &stale),
	    0);
	expect_list("activity/gotomeeting", "kim@example.com.json ");
	expect_read("activity/gotomeeting/kim@example.com.json",
	    "\"email\": \"kim@example.com\"");
	assert_int_equal(
	    attr_of("activity/gotomeeting/kim@example.com.json").ino, ino);
	tenant_forget(tenant, users, 1);
	unmount_it();
}

static int
take_once(void *ctx)
{
	int64_t now = clock_wall_ms();
	struct use u = {"x", NULL, now, now, USE_MEETING, 1, false};
	const struct use *uses[] = {&u};
	const struct activity_take v[] = {
	    {.user_key = "102",
		.product = PRODUCT_GOTOMEETING,
		.answer = {activity_midnight(now), now + 1, 0, now, false},
		.uses = uses,
		.uses_n = 1},
	    {.user_key = "103",
		.product = PRODUCT_GOTOCONNECT,
		.answer = {.now_ms = now},
		.why = ACTIVITY_WHY_FAILED}};
	struct err err = ERR_NONE;

	return activity_take_all(tenant, v, 2, &err);
}

static void
test_failing(void **state)
{
	set_products("[\n    \"G2M\"\n  ]");
	mount_it();
	alloc_fail_sweep_lenient(take_once, NULL); /* reclaim/ may do without */
	unmount_it();
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    each(test_who_has_a_file),
	    each(test_with_the_seat),
	    each(test_times),
	    each(test_never_seen),
	    each(test_trouble),
	    each(test_open_file),
	    each(test_refusals),
	    each(test_nodes),
	    each(test_renamed),
	    each(test_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
