/* SPDX-License-Identifier: MIT */
/* File handles: whose a node id is when it comes back, in the same run and in
 * later ones. */
#include "tenant_fixture.h"

#include "tenant_int.h"

#define ANN "users/ann@example.com.json"
#define CYD "users/cyd@example.com.json"
#define DAN "users/dan@example.com.json"
#define SEAT "licenses/meeting-pro/cyd@example.com.json"
#define RECORD ".gotofs/records/cyd@example.com.json"

static void
mount_it(void)
{
	assert_int_equal(open_tenant(&tenant), 0);
}

/* As the timer does, and without. */
static void
unmount_it(void)
{
	tenant_begin(tenant);
	handle_flush(tenant);
	tenant_end(tenant);
	tenant_close(tenant);
}

static void
crash(void)
{
	tenant_close(tenant);
}

/* The kernel has forgotten whom it has asked for. */
static uint64_t
id_of(const char *path)
{
	uint64_t id = node_of(path);

	tenant_forget(tenant, id, 1);
	return id;
}

static int
comes_back(uint64_t id)
{
	struct tenant_attr a;
	int r = tenant_lookup(tenant, id, ".", &a, NULL);

	if (r == 0) {
		assert_int_equal(a.node, id);
		tenant_forget(tenant, id, 1);
	}
	return r;
}

/* A new node under this name, as a rename of a scratch file makes one. */
static uint64_t
replace(const char *name)
{
	static const char text[] = "{\"lastName\":\"Test\"}";
	uint64_t users = node_of("users"), stale;
	struct tenant_attr a;
	struct tenant_waiter w = {0};

	assert_int_equal(
	    tenant_mknod(tenant, &who, users, ".new", S_IFREG | 0600, &a), 0);
	assert_int_equal(tenant_write(tenant, &who, a.node, text, strlen(text),
			     0, false, false, &w),
	    0);
	assert_int_equal(tenant_rename(tenant, &who, users, ".new", users, name,
			     false, &stale),
	    0);
	tenant_forget(tenant, users, 1);
	return a.node;
}

static void
test_the_same_in_each_run(void **state)
{
	static const char *const paths[] = {"users", ANN, SEAT, RECORD,
	    "licenses/meeting-pro", "groups/Berlin", ".gotofs",
	    "groups/Berlin/cyd@example.com.json", "reports/index.html",
	    "reclaim/rules.json", "reclaim/meeting-pro/approved", "activity",
	    ".gotofs/licenses/meeting-pro.json", ".gotofs/journal.jsonl"};
	uint64_t id[sizeof(paths) / sizeof(paths[0])];
	uint32_t generation;
	size_t i;

	mount_it();
	generation = tenant_generation(tenant);
	assert_true(generation != 0);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		id[i] = id_of(paths[i]);
	crash();
	mount_it();
	assert_int_equal(tenant_generation(tenant), generation);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(comes_back(id[i]), 0);
		assert_int_equal(id_of(paths[i]), id[i]);
	}
	unmount_it();
}

static void
test_dots(void **state)
{
	uint64_t users, ann;
	struct tenant_attr a;

	mount_it();
	users = id_of("users");
	ann = id_of(ANN);
	assert_int_equal(tenant_lookup(tenant, ann, "..", &a, NULL), 0);
	assert_int_equal(a.node, users);
	assert_int_equal(tenant_lookup(tenant, users, "..", &a, NULL), 0);
	assert_int_equal(a.node, TENANT_ROOT_NODE);
	assert_int_equal(
	    tenant_lookup(tenant, TENANT_ROOT_NODE, ".", &a, NULL), 0);
	assert_int_equal(a.node, TENANT_ROOT_NODE);
	assert_int_equal(
	    tenant_lookup(tenant, TENANT_ROOT_NODE, "..", &a, NULL), -ENOENT);
	assert_int_equal(comes_back(0), -ENOENT);
	assert_int_equal(comes_back(UINT64_MAX), -ENOENT);
	assert_int_equal(comes_back(UINT64_C(1) << 63 | 12345), -ENOENT);
	/* a record of nobody, of a license */
	assert_int_equal(
	    comes_back((UINT64_C(1) << 31 | INO_RECORD) << 32 | 77), -ENOENT);
	assert_int_equal(
	    comes_back((UINT64_C(1) << 31 | INO_RECORD) << 32 | 1), -ENOENT);
	unmount_it();
}

/* Who reads the old one keeps it; its id is nobody's after that. */
static void
test_replaced(void **state)
{
	uint64_t old, fresh;

	mount_it();
	old = node_of(ANN);
	fresh = replace("ann@example.com.json");
	assert_true(fresh != old);
	assert_int_equal(id_of(ANN), fresh);
	assert_int_equal(comes_back(old), -ENOENT);
	unmount_it();

	mount_it();
	assert_int_equal(comes_back(fresh), 0);
	assert_int_equal(id_of(ANN), fresh);
	assert_int_equal(comes_back(old), -ENOENT);
	unmount_it();
}

/* What was not written down is stale, and no node of a later run gets it. */
static void
test_a_crash(void **state)
{
	uint64_t before = 0, lost, other;

	mount_it();
	before = id_of(CYD);
	node_of(CYD);
	lost = replace("cyd@example.com.json");
	crash();
	mount_it();
	assert_int_equal(comes_back(lost), -ENOENT);
	assert_int_equal(id_of(CYD), before);
	for (int i = 0; i < 20; i++) {
		other = replace("ann@example.com.json");
		assert_true(other != lost && other != before);
	}
	unmount_it();
}

static void
move(const char *from, const char *to)
{
	uint64_t users = node_of("users"), stale;

	assert_int_equal(
	    tenant_rename(tenant, &who, users, from, users, to, false, &stale),
	    0);
	tenant_forget(tenant, users, 1);
}

/* A file that leaves for a scratch name takes its id along, and over another's
 * file as well. */
static void
test_renamed_away(void **state)
{
	static const char text[] = "{\"lastName\":\"Test\"}";
	const struct tenant_attr empty = {.size = 0};
	struct tenant_waiter w = {0};
	struct tenant_attr a;
	uint64_t was;

	mount_it();
	was = node_of(CYD);
	move("cyd@example.com.json", ".cyd");
	assert_int_equal(comes_back(was), 0);
	assert_int_equal(
	    tenant_setattr(tenant, &who, was, &empty, TENANT_SET_SIZE, &a), 0);
	assert_int_equal(tenant_write(tenant, &who, was, text, strlen(text), 0,
			     false, false, &w),
	    0);
	move(".cyd", "dan@example.com.json");
	assert_int_equal(id_of(DAN), was);
	unmount_it();
	mount_it();
	assert_int_equal(id_of(DAN), was);
	assert_true(id_of(CYD) != was);
	unmount_it();
}

/* While the kernel has the old node, the new one of that number has an id of
 * its own. */
static void
test_made_anew(void **state)
{
	struct person *p;
	struct node *n;
	uint64_t seat;

	mount_it();
	seat = node_of(SEAT);
	tenant_begin(tenant);
	tenant_mutate(tenant);
	n = tree_get(tenant, seat);
	p = n->obj.person;
	tree_remove(tenant, n);
	person_settle(tenant, p);
	tenant_end(tenant);
	assert_true(id_of(SEAT) != seat);
	assert_int_equal(comes_back(seat), -ENOENT);
	unmount_it();
}

/* Numbers may mean others there. */
static void
test_another_store(void **state)
{
	uint32_t generation;

	mount_it();
	generation = tenant_generation(tenant);
	unmount_it();
	assert_int_equal(mirror_remove(state_dir), 0);
	assert_int_equal(mkdir(state_dir, 0700), 0);
	mirror_make(state_dir);
	mount_it();
	assert_true(tenant_generation(tenant) != generation);
	unmount_it();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_same_in_each_run),
	    cmocka_unit_test(test_dots),
	    cmocka_unit_test(test_replaced),
	    cmocka_unit_test(test_a_crash),
	    cmocka_unit_test(test_renamed_away),
	    cmocka_unit_test(test_made_anew),
	    cmocka_unit_test(test_another_store),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
