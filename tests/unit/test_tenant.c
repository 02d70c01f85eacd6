/* SPDX-License-Identifier: MIT */
/*
 * The tenant without threads and without a network: a mirror written by hand,
 * then every operation with each of its allocations failing in turn.  Whatever
 * failed, the tree still shows the same people, and what was accepted is
 * there again after a restart.
 */
#include "tenant_fixture.h"

#include "../../src/tenant/tenant_int.h"

/* ---- one run each: brings everything back to how it was ---- */

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
note_change(void *ctx, const struct store_change *c)
{
	int64_t *id = ctx;

	memmove(id + 1, id, 3 * sizeof(*id));
	id[0] = c->id;
	return 0;
}

/* A sweep accepts a change for each failure that it survives; all of them are
 * applied anew whenever one is loaded. */
static void
drop_most_changes(void)
{
	struct store *s;
	struct store_batch *b;
	int64_t last[4] = {0}, id;

	assert_int_equal(store_open(state_dir, &s, NULL), 0);
	assert_int_equal(store_changes_each(s, note_change, last, NULL), 0);
	assert_int_equal(store_begin(s, &b, NULL), 0);
	for (id = 1; id <= last[3]; id++)
		assert_int_equal(store_change_drop(b, id, NULL), 0);
	assert_int_equal(store_commit(b, NULL), 0);
	store_close(s);
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
	drop_most_changes();
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

/* ---- the queue of the last run ---- */

#define EVE "eve@example.com.json"
#define EVA "eva@example.com.json"

static void
reopen(void)
{
	tenant_close(tenant);
	assert_int_equal(open_tenant(&tenant), 0);
}

static void
do_write(const char *path, const char *text)
{
	uint64_t n = node_of(path);

	assert_int_equal(write_text(n, text), 0);
	tenant_forget(tenant, n, 1);
}

static void
do_create(const char *name)
{
	uint64_t users = node_of("users");
	struct tenant_attr a;

	assert_int_equal(
	    tenant_mknod(tenant, &who, users, name, S_IFREG | 0600, &a), 0);
	assert_int_equal(
	    write_text(a.node, "{\"firstName\":\"E\",\"lastName\":\"One\"}"),
	    0);
	tenant_forget(tenant, a.node, 1);
	tenant_forget(tenant, users, 1);
}

/* As push does: his creation went out, with his links. */
static void
send_create(const char *name)
{
	struct err err = ERR_NONE;
	struct change *c;

	tenant_begin(tenant);
	tenant_mutate(tenant);
	c = person_by_name(tenant, name)->changes;
	for (; c; c = c->person_next)
		if (c->verb == VERB_CREATE) {
			assert_int_equal(
			    change_set_state(tenant, c, STATE_SENDING, &err),
			    0);
			c->begun = true;
		} else {
			change_set_folded(tenant, c, true);
		}
	tenant_end(tenant);
}

static void
expect_eva(const char *seats, const char *members)
{
	const char *text;

	expect_list("users",
	    "ann@example.com.json ben@example.com.json cyd@example.com.json "
	    "dan@example.com.json " EVA " ");
	text = person_by_name(tenant, EVA)->pending_text;
	assert_non_null(strstr(text, "\"email\": \"eva@example.com\""));
	assert_non_null(strstr(text, "\"lastName\": \"Two\""));
	expect_list("licenses/meeting-pro", seats);
	expect_list("groups/Berlin", members);
	assert_int_equal(find_node(".gotofs/errors/users"), 0);
	assert_int_equal(find_node(".gotofs/errors/licenses"), 0);
	assert_int_equal(find_node(".gotofs/errors/groups"), 0);
}

/* Whatever is behind a creation that is not sent waits for it in the next run
 * as well: his address, his fields, links that he was waited for with, links
 * that he got; and what was removed of him while it was on its way. */
static void
test_what_is_behind_a_creation_lasts(void **state)
{
	static const char both[] = "cyd@example.com.json " EVA " ";
	static const char gone[] = "cyd@example.com.json ";
	const struct tenant_caller rm = {0, 0, 4712};
	uint64_t users;
	int i;

	assert_int_equal(open_tenant(&tenant), 0);
	assert_int_equal(do_link("licenses/meeting-pro", EVA), 0);
	do_create(EVE);
	assert_int_equal(do_link("groups/Berlin", EVE), 0);
	assert_int_equal(do_rename("users", EVE, EVA), 0);
	do_write("users/" EVA, "{\"lastName\":\"Two\"}");
	for (i = 0; i < 3; i++) {
		assert_int_equal(tenant->changes_n, 5);
		assert_int_equal(tenant->waiting.n, 0);
		expect_eva(both, both);
		reopen();
	}
	send_create(EVA);
	assert_int_equal(do_unlink("licenses/meeting-pro", EVA), 0);
	assert_int_equal(do_unlink("groups/Berlin", EVA), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(tenant->changes_n, 7);
		assert_int_equal(tenant->held_n, 2);
		expect_eva(gone, gone);
		reopen();
	}
	send_create(EVA);
	users = node_of("users");
	assert_int_equal(tenant_unlink(tenant, &rm, users, EVA), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(tenant->held_n, 3);
		expect_whole();
		assert_int_equal(find_node(".gotofs/errors/users"), 0);
		reopen();
	}
	tenant_close(tenant);
}

/* Links that waited for an address that somebody else got. */
static void
test_an_address_takes_what_waited(void **state)
{
	int i;

	assert_int_equal(open_tenant(&tenant), 0);
	assert_int_equal(do_link("licenses/meeting-pro", EVA), 0);
	assert_int_equal(do_rename("users", "dan@example.com.json", EVA), 0);
	for (i = 0; i < 3; i++) {
		const struct person *p = person_by_name(tenant, EVA);

		assert_true(p && p->key);
		assert_string_equal(p->key, "103");
		assert_non_null(change_find(p, VERB_ASSIGN, NULL));
		assert_null(person_by_name(tenant, "dan@example.com.json"));
		reopen();
	}
	tenant_close(tenant);
}

/* Of somebody who is no more, several. */
static void
test_what_concerns_nobody_is_refused(void **state)
{
	struct store_batch *b;
	struct store *s;

	assert_int_equal(open_tenant(&tenant), 0);
	do_write("users/dan@example.com.json", "{\"lastName\":\"Two\"}");
	assert_int_equal(do_rename("users", "dan@example.com.json", EVA), 0);
	tenant_close(tenant);
	b = mirror_begin(state_dir, &s);
	assert_int_equal(store_record_drop(b, STORE_USER, "103", NULL), 0);
	mirror_end(s, b);
	assert_int_equal(open_tenant(&tenant), 0);
	assert_int_equal(tenant->changes_n, 0);
	expect_read(".gotofs/errors/users/dan@example.com.json.txt",
	    "is no longer there");
	expect_read(".gotofs/errors/users/" EVA ".txt", "is no longer there");
	tenant_close(tenant);
}

/* ---- whose the folder is ---- */

static int
open_as(const char *account, const char *url, struct err *err)
{
	struct tenant_conf conf = mirror_conf(state_dir);
	struct goto_conf other = api;
	int r;

	other.account_key = account;
	other.api_url = url;
	conf.api = &other;
	r = tenant_open(&conf, &tenant, err);
	if (r == 0)
		tenant_close(tenant);
	return r;
}

/* The first one to open a folder that does not note it has it. */
static void
test_a_folder_is_of_one_account(void **state)
{
	struct err err = ERR_NONE;

	assert_int_equal(open_as("77", "http://127.0.0.1:1/", &err), 0);
	assert_int_equal(open_as("77", "HTTP://127.0.0.1:1", &err), 0);
	assert_int_equal(open_as(NULL, "http://127.0.0.1:1", &err), 0);
	assert_int_equal(
	    open_as("78", "http://127.0.0.1:1", &err), -EMEDIUMTYPE);
	assert_non_null(strstr(err.msg,
	    " is the state folder of account 77 at http://127.0.0.1:1, and "
	    "the profile now leads to account 78 at http://127.0.0.1:1: "));
	assert_int_equal(
	    open_as("77", "http://127.0.0.1:2", &err), -EMEDIUMTYPE);
	assert_int_equal(
	    open_as(NULL, "http://127.0.0.1:2", &err), -EMEDIUMTYPE);
	assert_non_null(strstr(err.msg, "leads to one at http://127.0.0.1:2"));
	assert_int_equal(open_as("77", "http://127.0.0.1:1", &err), 0);
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
	    cmocka_unit_test(test_a_folder_is_of_one_account),
	};
	const struct CMUnitTest queue[] = {
	    each(test_what_is_behind_a_creation_lasts),
	    each(test_an_address_takes_what_waited),
	    each(test_what_concerns_nobody_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown) +
	       cmocka_run_group_tests(queue, NULL, NULL);
}
