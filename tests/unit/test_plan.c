/* SPDX-License-Identifier: MIT */
/*
 * The plan of a dry run: how it is printed, and what a queue comes to: a mirror
 * written by hand, operations on it, the lines.
 */
#include "../../src/tenant/plan_int.h"
#include "mirror_fixture.h"
#include "walk_fixture.h"

/* ---- printing ---- */

static int
make_plan(struct plan *p)
{
	struct plan_line *l;
	int r = plan_add(p, PLAN_REMOVE, "users/y.json", NULL, NULL);

	if (r == 0)
		r = plan_add(p, PLAN_CHANGE, "users/x.json", NULL, &l);
	if (r == 0)
		r = plan_add_field(l, "lastName", "\"A\"", "\"B\"");
	if (r == 0)
		r = plan_add_field(l, "locale", "null", "\"de_DE\"");
	if (r == 0)
		r = plan_add(
		    p, PLAN_CHANGE, "users/o.json", "users/p.json", &l);
	if (r == 0)
		r = plan_add_field(l, "adminRoles", "[]", "[\"SUPER_USER\"]");
	if (r == 0)
		r = plan_add(p, PLAN_ADD, "licenses/l/x.json", NULL, NULL);
	if (r == 0)
		r = plan_add(p, PLAN_CHANGE, "groups/a", "groups/b", NULL);
	p->calls_n = 5;
	return r;
}

static void
test_print(void **state)
{
	AUTO(plan_done) struct plan p = PLAN_NONE;
	AUTO(buf_done) struct buf out = BUF_MAX(TEXT_BYTES);

	assert_int_equal(make_plan(&p), 0);
	plan_sort(&p);
	assert_int_equal(plan_print(&p, &out), 0);
	assert_string_equal(buf_str(&out),
	    "~ groups/a -> groups/b\n"
	    "+ licenses/l/x.json\n"
	    "~ users/o.json -> users/p.json, adminRoles: [] -> "
	    "[\"SUPER_USER\"]\n"
	    "~ users/x.json lastName: \"A\" -> \"B\", locale: null -> "
	    "\"de_DE\"\n"
	    "- users/y.json\n"
	    "\n"
	    "1 to add, 3 to change, 1 to remove\n"
	    "guard: within the limits\n"
	    "5 calls to send\n");
	buf_clear(&out);
	assert_int_equal(plan_add_beyond(&p, "users", 31, 25), 0);
	assert_int_equal(plan_print(&p, &out), 0);
	assert_non_null(strstr(buf_str(&out),
	    "\nguard: beyond the limit: users: 31 removals, at most 25\n"));
}

static void
test_print_nothing(void **state)
{
	struct plan p = PLAN_NONE;
	AUTO(buf_done) struct buf out = BUF_MAX(TEXT_BYTES);

	assert_int_equal(plan_print(&p, &out), 0);
	assert_string_equal(buf_str(&out), "nothing to do\n");
	buf_clear(&out);
	assert_int_equal(plan_print_json(&p, &out), 0);
	assert_string_equal(buf_str(&out),
	    "{\"changes\":[],\"add\":0,\"change\":0,\"remove\":0,"
	    "\"guard\":{\"within\":true,\"beyond\":[]},\"calls\":0}");
}

static void
test_print_json(void **state)
{
	AUTO(plan_done) struct plan p = PLAN_NONE;
	AUTO(buf_done) struct buf out = BUF_MAX(TEXT_BYTES);

	assert_int_equal(make_plan(&p), 0);
	plan_sort(&p);
	assert_int_equal(plan_add_beyond(&p, "licenses/l", 4, 3), 0);
	assert_int_equal(plan_print_json(&p, &out), 0);
	assert_string_equal(buf_str(&out),
	    "{\"changes\":[{\"op\":\"change\",\"path\":\"groups/a\","
	    "\"to\":\"groups/b\"},"
	    "{\"op\":\"add\",\"path\":\"licenses/l/x.json\"},"
	    "{\"op\":\"change\",\"path\":\"users/o.json\","
	    "\"to\":\"users/p.json\",\"fields\":{\"adminRoles\":"
	    "{\"from\":[],\"to\":[\"SUPER_USER\"]}}},"
	    "{\"op\":\"change\",\"path\":\"users/x.json\",\"fields\":{"
	    "\"lastName\":{\"from\":\"A\",\"to\":\"B\"},"
	    "\"locale\":{\"from\":null,\"to\":\"de_DE\"}}},"
	    "{\"op\":\"remove\",\"path\":\"users/y.json\"}],"
	    "\"add\":1,\"change\":3,\"remove\":1,"
	    "\"guard\":{\"within\":false,\"beyond\":[{\"collection\":"
	    "\"licenses/l\",\"removals\":4,\"limit\":3}]},\"calls\":5}");
}

static int
print_once(void *ctx)
{
	AUTO(plan_done) struct plan p = PLAN_NONE;
	AUTO(buf_done) struct buf out = BUF_MAX(TEXT_BYTES);
	int r = make_plan(&p);

	if (r == 0)
		r = plan_add_beyond(&p, "users", 31, 25);
	plan_sort(&p);
	if (r == 0)
		r = plan_print(&p, &out);
	return r < 0 ? r : plan_print_json(&p, &out);
}

static void
test_print_memory(void **state)
{
	assert_true(alloc_fail_sweep(print_once, NULL) > 20);
}

/* ---- a mirror ---- */

static char base[] = TEST_TMP "/gotofs-test-plan-XXXXXX";
static char live_dir[64], dry_dir[64];

static int
setup(void **state)
{
	static const char *const users[] = {
	    "ann", "ben", "cyd", "dan", "eve", "fay"};
	struct store *s;
	struct store_batch *b;
	char key[24];
	size_t i;

	if (!mkdtemp(base))
		return -1;
	snprintf(live_dir, sizeof(live_dir), "%s/live", base);
	snprintf(dry_dir, sizeof(dry_dir), "%s/live/dry-run", base);
	b = mirror_begin(live_dir, &s);
	put(b, STORE_LICENSE, "5", "Meeting Pro",
	    "{\n  \"key\": \"5\",\n  \"seats\": 20\n}\n", 0);
	put(b, STORE_LICENSE, "8", "Webinar",
	    "{\n  \"key\": \"8\",\n  \"seats\": 20\n}\n", 0);
	put(b, STORE_LICENSE, "9", "Training",
	    "{\n  \"key\": \"9\",\n  \"seats\": 20\n}\n", 0);
	put(b, STORE_GROUP, "6", "Berlin",
	    "{\n  \"key\": \"6\",\n  \"name\": \"Berlin\"\n}\n", 0);
	put(b, STORE_GROUP, "7", "Bonn",
	    "{\n  \"key\": \"7\",\n  \"name\": \"Bonn\"\n}\n", 0);
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		snprintf(key, sizeof(key), "%zu", 100 + i);
		put_user(b, key, users[i], "[]", 0);
	}
	put_link(b, STORE_LICENSE, "5", "102");
	put_link(b, STORE_LICENSE, "5", "103");
	put_link(b, STORE_GROUP, "6", "102");
	put_link(b, STORE_GROUP, "6", "103");
	mirror_end(s, b);
	return 0;
}

static int
teardown(void **state)
{
	return mirror_remove(base);
}

static int
open_dry_run(void)
{
	struct tenant_conf conf = mirror_conf(dry_dir);

	conf.dry_run_of = live_dir;
	return tenant_open(&conf, &tenant, NULL);
}

/* ---- as the kernel does ---- */

static void
no_waiting(struct tenant_waiter *w, int result)
{
	fail_msg("a dry run waits for nobody");
}

static int
do_write(const char *dir, const char *name, const char *text)
{
	struct tenant_waiter w = {.done = no_waiting};
	struct tenant_attr a;
	uint64_t d = node_of(dir);
	int r = tenant_lookup(tenant, d, name, &a, NULL);

	if (r < 0)
		r = tenant_mknod(tenant, &who, d, name, S_IFREG | 0644, &a);
	if (r == 0)
		r = tenant_write(tenant, &who, a.node, text, strlen(text), 0,
		    false, false, &w);
	if (r == 0)
		r = tenant_fsync(tenant, &who, a.node, &w);
	if (r == 0)
		tenant_forget(tenant, a.node, 1);
	tenant_forget(tenant, d, 1);
	return r;
}

static int
do_move(const char *from, const char *to, const char *name)
{
	uint64_t d = node_of(from), n = node_of(to), stale;
	int r = tenant_rename(tenant, &who, d, name, n, name, false, &stale);

	tenant_forget(tenant, d, 1);
	tenant_forget(tenant, n, 1);
	return r;
}

static int
do_mkdir(const char *dir, const char *name)
{
	struct tenant_attr a;
	uint64_t d = node_of(dir);
	int r = tenant_mkdir(tenant, &who, d, name, 0755, &a);

	if (r == 0)
		tenant_forget(tenant, a.node, 1);
	tenant_forget(tenant, d, 1);
	return r;
}

static void
assert_plan(const char *want)
{
	AUTO(buf_done) struct buf out = BUF_MAX(TEXT_BYTES);
	long n = 0;

	assert_int_equal(tenant_plan(tenant, false, &out, &n, NULL), 0);
	assert_string_equal(buf_str(&out), want);
	assert_int_equal(n > 0, strcmp(want, "nothing to do\n") != 0);
}

static const char all_of_it[] =
    "~ groups/Berlin -> groups/Potsdam\n"
    "- groups/Bonn\n"
    "+ groups/New\n"
    "+ groups/New/gus@example.com.json\n"
    "~ groups/Potsdam/cyd@example.com.json -> groups/New/cyd@example.com.json\n"
    "- licenses/meeting-pro/cyd@example.com.json\n"
    "+ licenses/meeting-pro/gus@example.com.json\n"
    "~ users/ann@example.com.json -> users/anna@example.com.json, firstName: "
    "\"ann\" -> \"Anna\"\n"
    "~ users/ben@example.com.json lastName: \"Test\" -> \"Best\", adminRoles: "
    "[] -> [\"MANAGE_USERS\"]\n"
    "- users/dan@example.com.json\n"
    "+ users/gus@example.com.json\n"
    "\n"
    "4 to add, 4 to change, 3 to remove\n"
    "guard: within the limits\n"
    "9 calls to send\n";

static void
change_all(void)
{
	/* two updates are one line; what is written back is none */
	assert_int_equal(do_write("users", "ben@example.com.json",
			     "{\"lastName\":\"West\"}"),
	    0);
	assert_int_equal(do_write("users", "ben@example.com.json",
			     "{\"lastName\":\"Best\","
			     "\"adminRoles\":[\"MANAGE_USERS\"]}"),
	    0);
	assert_int_equal(do_write("users", "eve@example.com.json",
			     "{\"lastName\":\"Other\"}"),
	    0);
	assert_int_equal(do_write("users", "eve@example.com.json",
			     "{\"lastName\":\"Test\"}"),
	    0);
	/* to and fro */
	assert_int_equal(
	    do_link("licenses/meeting-pro", "fay@example.com.json"), 0);
	assert_int_equal(
	    do_unlink("licenses/meeting-pro", "fay@example.com.json"), 0);
	assert_int_equal(do_mkdir("groups", "New"), 0);
	assert_int_equal(do_rename("groups", "Berlin", "Potsdam"), 0);
	assert_int_equal(do_write("users", "gus@example.com.json",
			     "{\"firstName\":\"Gus\",\"lastName\":\"New\"}"),
	    0);
	assert_int_equal(
	    do_link("licenses/meeting-pro", "gus@example.com.json"), 0);
	assert_int_equal(do_link("groups/New", "gus@example.com.json"), 0);
	assert_int_equal(
	    do_unlink("groups/Potsdam", "cyd@example.com.json"), 0);
	assert_int_equal(do_link("groups/New", "cyd@example.com.json"), 0);
	assert_int_equal(
	    do_unlink("licenses/meeting-pro", "cyd@example.com.json"), 0);
	assert_int_equal(
	    do_rename("users", "ann@example.com.json", "anna@example.com.json"),
	    0);
	/* he is made when he has his last address */
	assert_int_equal(
	    do_rename("users", "gus@example.com.json", "ann@example.com.json"),
	    0);
	assert_int_equal(
	    do_rename("users", "ann@example.com.json", "gus@example.com.json"),
	    0);
	assert_int_equal(do_write("users", "anna@example.com.json",
			     "{\"firstName\":\"Anna\"}"),
	    0);
	/* his links go with him */
	assert_int_equal(
	    do_unlink("licenses/meeting-pro", "dan@example.com.json"), 0);
	assert_int_equal(do_unlink("users", "dan@example.com.json"), 0);
	assert_int_equal(
	    tenant_rmdir(tenant, &who, node_of("groups"), "Bonn"), 0);
	tenant_forget(tenant, node_of("groups"), 2);
}

static void
test_fold(void **state)
{
	assert_int_equal(open_dry_run(), 0);
	assert_plan("nothing to do\n");
	change_all();
	assert_plan(all_of_it);
	assert_int_equal(find_node("groups/Bonn"), 0);
	tenant_close(tenant);
	/* it is kept */
	assert_int_equal(open_dry_run(), 0);
	assert_plan(all_of_it);
	tenant_close(tenant);
}

static int
plan_once(void *ctx)
{
	AUTO(buf_done) struct buf out = BUF_MAX(TEXT_BYTES);
	long n;

	return tenant_plan(tenant, ctx != NULL, &out, &n, NULL);
}

static int
export_once(void *ctx)
{
	AUTO(buf_done) struct buf out = BUF_MAX(TEXT_BYTES);
	long n;
	int r = tenant_export(tenant, &out, &n, NULL);

	if (r == 0)
		tenant_export_done(tenant);
	return r;
}

static void
test_memory(void **state)
{
	assert_int_equal(open_dry_run(), 0);
	assert_plan(all_of_it);
	assert_true(alloc_fail_sweep(plan_once, NULL) > 50);
	assert_true(alloc_fail_sweep(plan_once, tenant) > 50);
	assert_true(alloc_fail_sweep(export_once, NULL) > 50);
	assert_plan(all_of_it);
	tenant_close(tenant);
}

/* While it is being applied nothing is changed. */
static void
test_export(void **state)
{
	AUTO(buf_done) struct buf out = BUF_MAX(TEXT_BYTES);
	long n = 0;

	assert_int_equal(open_dry_run(), 0);
	assert_int_equal(tenant_export(tenant, &out, &n, NULL), 0);
	assert_string_equal(buf_str(&out),
	    "[{\"op\":\"mkdir\",\"path\":\"groups/New\"},"
	    "{\"op\":\"rename\",\"path\":\"groups/Berlin\","
	    "\"to\":\"groups/Potsdam\",\"group\":\"6\"},"
	    "{\"op\":\"rename\",\"path\":\"users/ann@example.com.json\","
	    "\"to\":\"users/anna@example.com.json\",\"user\":\"100\"},"
	    "{\"op\":\"create\",\"path\":\"users/gus@example.com.json\","
	    "\"document\":{\"firstName\":\"Gus\",\"lastName\":\"New\"}},"
	    "{\"op\":\"update\",\"path\":\"users/ben@example.com.json\","
	    "\"user\":\"101\",\"document\":{\"lastName\":\"Best\","
	    "\"adminRoles\":[\"MANAGE_USERS\"]}},"
	    "{\"op\":\"update\",\"path\":\"users/eve@example.com.json\","
	    "\"user\":\"104\",\"document\":{\"lastName\":\"Test\"}},"
	    "{\"op\":\"update\",\"path\":\"users/anna@example.com.json\","
	    "\"user\":\"100\",\"document\":{\"firstName\":\"Anna\"}},"
	    "{\"op\":\"unlink\","
	    "\"path\":\"licenses/meeting-pro/cyd@example.com.json\","
	    "\"license\":\"5\",\"user\":\"102\"},"
	    "{\"op\":\"remove\",\"path\":\"users/dan@example.com.json\","
	    "\"user\":\"103\"},"
	    "{\"op\":\"link\","
	    "\"path\":\"licenses/meeting-pro/gus@example.com.json\","
	    "\"license\":\"5\"},"
	    "{\"op\":\"link\",\"path\":\"groups/New/gus@example.com.json\"},"
	    "{\"op\":\"link\",\"path\":\"groups/New/cyd@example.com.json\","
	    "\"user\":\"102\"},"
	    "{\"op\":\"rmdir\",\"path\":\"groups/Bonn\",\"group\":\"7\"}]");
	assert_int_equal(n, 13);
	assert_int_equal(tenant_export(tenant, &out, &n, NULL), -EBUSY);
	assert_int_equal(do_mkdir("groups", "Late"), -EBUSY);
	tenant_export_done(tenant);
	assert_plan(all_of_it);
	tenant_close(tenant);
}

static void
test_discard(void **state)
{
	long n = 0;

	assert_int_equal(open_dry_run(), 0);
	assert_int_equal(tenant_discard(tenant, &n, NULL), 0);
	assert_true(n > 10);
	assert_plan("nothing to do\n");
	assert_int_not_equal(find_node("users/ann@example.com.json"), 0);
	assert_int_equal(find_node("users/anna@example.com.json"), 0);
	assert_int_equal(find_node("users/gus@example.com.json"), 0);
	assert_int_not_equal(find_node("users/dan@example.com.json"), 0);
	assert_int_not_equal(
	    find_node("licenses/meeting-pro/dan@example.com.json"), 0);
	assert_int_not_equal(
	    find_node("groups/Berlin/cyd@example.com.json"), 0);
	assert_int_not_equal(find_node("groups/Bonn"), 0);
	assert_int_equal(find_node("groups/New"), 0);
	assert_int_equal(find_node("groups/Potsdam"), 0);
	/* it can all be done again, and is gone after a restart */
	change_all();
	assert_plan(all_of_it);
	assert_int_equal(tenant_discard(tenant, &n, NULL), 0);
	tenant_close(tenant);
	assert_int_equal(open_dry_run(), 0);
	assert_plan("nothing to do\n");
	tenant_close(tenant);
}

static void
assert_export(const char *want)
{
	AUTO(buf_done) struct buf out = BUF_MAX(TEXT_BYTES);
	long n = 0;

	assert_int_equal(tenant_export(tenant, &out, &n, NULL), 0);
	tenant_export_done(tenant);
	assert_string_equal(buf_str(&out), want);
}

/* A seat tells in place of which it is, also moved on, and over a restart. */
static void
test_moved(void **state)
{
	static const char both[] =
	    "[{\"op\":\"unlink\","
	    "\"path\":\"licenses/meeting-pro/cyd@example.com.json\","
	    "\"license\":\"5\",\"user\":\"102\"},"
	    "{\"op\":\"unlink\","
	    "\"path\":\"licenses/meeting-pro/dan@example.com.json\","
	    "\"license\":\"5\",\"user\":\"103\"},"
	    "{\"op\":\"link\","
	    "\"path\":\"licenses/webinar/dan@example.com.json\","
	    "\"license\":\"8\",\"user\":\"103\"},"
	    "{\"op\":\"link\","
	    "\"path\":\"licenses/training/cyd@example.com.json\","
	    "\"license\":\"9\",\"user\":\"102\",\"left\":[\"5\"]}]";
	long n;

	assert_int_equal(open_dry_run(), 0);
	assert_int_equal(do_move("licenses/meeting-pro", "licenses/webinar",
			     "cyd@example.com.json"),
	    0);
	assert_int_equal(
	    do_link("licenses/webinar", "dan@example.com.json"), 0);
	assert_int_equal(
	    do_unlink("licenses/meeting-pro", "dan@example.com.json"), 0);
	tenant_close(tenant);
	assert_int_equal(open_dry_run(), 0);
	assert_int_equal(do_move("licenses/webinar", "licenses/training",
			     "cyd@example.com.json"),
	    0);
	assert_export(both);
	tenant_close(tenant);
	assert_int_equal(open_dry_run(), 0);
	assert_export(both);
	assert_true(alloc_fail_sweep(export_once, NULL) > 20);
	assert_int_equal(tenant_discard(tenant, &n, NULL), 0);
	tenant_close(tenant);
}

/* A mount's tenant is handed a plan, the last operation of which is none: all
 * of it is taken back. */
static const char broken[] =
    "[{\"op\":\"mkdir\",\"path\":\"groups/New\"},"
    "{\"op\":\"rename\",\"path\":\"groups/Berlin\","
    "\"to\":\"groups/Potsdam\",\"group\":\"6\"},"
    "{\"op\":\"create\",\"path\":\"users/gus@example.com.json\","
    "\"document\":{\"firstName\":\"Gus\",\"lastName\":\"New\"}},"
    "{\"op\":\"rename\",\"path\":\"users/ann@example.com.json\","
    "\"to\":\"users/anna@example.com.json\",\"user\":\"100\"},"
    "{\"op\":\"update\",\"path\":\"users/anna@example.com.json\","
    "\"user\":\"100\",\"document\":{\"lastName\":\"Best\"}},"
    "{\"op\":\"unlink\","
    "\"path\":\"licenses/meeting-pro/cyd@example.com.json\","
    "\"license\":\"5\",\"user\":\"102\"},"
    "{\"op\":\"remove\",\"path\":\"users/dan@example.com.json\","
    "\"user\":\"103\"},"
    "{\"op\":\"link\",\"path\":\"groups/New/gus@example.com.json\"},"
    "{\"op\":\"link\","
    "\"path\":\"licenses/meeting-pro/fay@example.com.json\","
    "\"license\":\"5\",\"user\":\"105\"},"
    "{\"op\":\"rmdir\",\"path\":\"groups/Bonn\",\"group\":\"7\"},"
    "{\"op\":\"frobnicate\",\"path\":\"groups/Bonn\"}]";

static int
open_live(void)
{
	const struct tenant_conf conf = mirror_conf(live_dir);

	return tenant_open(&conf, &tenant, NULL);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
assert_list(const char *path, const char *want)
{
	AUTO(strv_done) char **names = NULL;
	AUTO(text_done) char *got = NULL;
	char text[TEXT_BYTES] = "";
	uint64_t dir = node_of(path);

	assert_int_equal(
	    tenant_readdir(tenant, dir, 0, false, list_one, text), 0);
	tenant_forget(tenant, dir, 1);
	names = strv_split(text, " ");
	assert_non_null(names);
	qsort(names, strv_n(names), sizeof(*names), compare);
	got = strv_join(names, " ");
	assert_string_equal(got, want);
}

static void
assert_untouched(void)
{
	AUTO(buf_done) struct buf b = BUF_MAX(TEXT_BYTES);
	uint64_t ann = node_of("users/ann@example.com.json");

	assert_list("groups", "Berlin Bonn");
	assert_list(
	    "groups/Berlin", "cyd@example.com.json dan@example.com.json");
	assert_list("licenses/meeting-pro",
	    "cyd@example.com.json dan@example.com.json");
	assert_int_equal(find_node("users/gus@example.com.json"), 0);
	assert_int_equal(find_node("users/anna@example.com.json"), 0);
	assert_int_not_equal(find_node("users/dan@example.com.json"), 0);
	assert_int_equal(tenant_read(tenant, ann, 0, TEXT_BYTES, &b), 0);
	assert_non_null(strstr(buf_str(&b), "\"lastName\": \"Test\""));
	assert_null(strstr(buf_str(&b), "anna"));
}

static void
assert_pending(const char *want)
{
	AUTO(buf_done) struct buf b = BUF_MAX(64 * 1024);

	assert_int_equal(tenant_status(tenant, &b, NULL), 0);
	assert_non_null(strstr(buf_str(&b), want));
}

static void
test_broken_off(void **state)
{
	struct tenant_sync_report report;
	struct err err = ERR_NONE;

	assert_int_equal(open_live(), 0);
	assert_int_equal(tenant_apply(tenant, &who, broken, strlen(broken),
			     NULL, NULL, &report, &err),
	    -EINVAL);
	assert_non_null(strstr(err.msg, "frobnicate"));
	assert_pending("\"pending\": 0");
	assert_untouched();
	tenant_close(tenant);
	assert_int_equal(open_live(), 0);
	assert_pending("\"pending\": 0");
	assert_untouched();
	tenant_close(tenant);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_print),
	    cmocka_unit_test(test_print_nothing),
	    cmocka_unit_test(test_print_json),
	    cmocka_unit_test(test_print_memory),
	    cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_export),
	    cmocka_unit_test(test_discard),
	    cmocka_unit_test(test_moved),
	    cmocka_unit_test(test_broken_off),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
