/* SPDX-License-Identifier: MIT */
/*
 * .gotofs/snapshots/: what is in one is what the live tree was, whatever the
 * tenant has in it and whatever comes after; and whoever is inside while it is
 * dropped never sees less than there was.
 */
#include "tenant_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#include "../../src/store/store_int.h"
#include "gotofs/clock.h"
#include "gotofs/crypto.h"
#include "snapshot_int.h"

#define SNAPSHOTS ".gotofs/snapshots"

/* ---- a mirror of everything that is odd ---- */

static char *
long_address(void)
{
	static char text[300];

	memset(text, 'x', 250);
	strcpy(text + 250, "@example.com");
	return text;
}

static void
put_group(struct store_batch *b, const char *key, const char *name,
    const char *parent)
{
	const struct store_record r = {.kind = STORE_GROUP,
	    .key = key,
	    .name = name,
	    .ref = parent,
	    .changed_ns = 1000000000,
	    .text = "{}\n",
	    .text_bytes = 3};

	assert_int_equal(store_record_put(b, &r, NULL, NULL, NULL), 0);
}

static void
make_odd_mirror(struct store_batch *b)
{
	static const char *const odd[] = {"ann@example.com", "Ann@Example.com",
	    "ANN@example.com", "nobody", "a/b@example.com", "a\\b@example.com",
	    "ann@example.com~1234", "ann@example.com~0123abcd", ".dot@x",
	    "100%@example.com", "~@x", "%@x", "with blank@x", "line\nfeed@x",
	    "\303\251@x", ""};
	char key[16];

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		snprintf(key, sizeof(key), "%zu", 9001 + i);
		put(b, STORE_USER, key, odd[i], key, 0);
		put_link(b, STORE_LICENSE, "5", key);
		put_link(b, STORE_GROUP, i % 2 ? "20" : "21", key);
	}
	put(b, STORE_USER, "8000", long_address(), "long", 0);
	put(b, STORE_USER, "8001", long_address(), "long, too", 0);
	put_link(b, STORE_LICENSE, "7", "8000");
	put_link(b, STORE_LICENSE, "7", "8001");
	put_link(b, STORE_LICENSE, "7", "4711");  /* nobody */
	put_link(b, STORE_LICENSE, "99", "8001"); /* nothing */
	put(b, STORE_LICENSE, "5", "Meeting Pro", "{}\n", 0);
	put(b, STORE_LICENSE, "7", "Meeting  Pro!", "{}\n", 0);
	put(b, STORE_LICENSE, "8", "", "{}\n", 0);
	put_group(b, "20", "Berlin", NULL);
	put_group(b, "21", "Sales", "20");
	put_group(b, "22", "Berlin", NULL);
	put_group(b, "23", "sales\\back.json", "22");
	put_group(b, "24", "Orphan", "99");
}

static void
change_store(void (*change)(struct store_batch *b))
{
	struct store_batch *b;

	assert_int_equal(store_begin(tenant->store, &b, NULL), 0);
	change(b);
	assert_int_equal(store_publish(b, NULL), 0);
	assert_int_equal(store_commit(b, NULL), 0);
}

static void
open_it(void)
{
	assert_int_equal(open_tenant(&tenant), 0);
}

static void
open_again(void)
{
	tenant_close(tenant);
	open_it();
}

static int
start(void **state)
{
	struct store *s;
	struct store_batch *b;

	if (setup(state) < 0)
		return -1;
	mirror_remove(state_dir);
	mkdir(state_dir, 0700);
	b = mirror_begin(state_dir, &s);
	make_odd_mirror(b);
	mirror_end(s, b);
	open_it();
	return 0;
}

/* How many people are in the tenant of these tests. */
static size_t many;

static int
start_people(void **state, size_t n)
{
	struct store *s;
	struct store_batch *b;
	char key[24], first[24];

	many = n;
	if (setup(state) < 0)
		return -1;
	mirror_remove(state_dir);
	mkdir(state_dir, 0700);
	b = mirror_begin(state_dir, &s);
	put(b, STORE_LICENSE, "5", "Meeting Pro", "{}\n", 0);
	for (size_t i = 0; i < many; i++) {
		snprintf(key, sizeof(key), "%zu", 1000 + i);
		snprintf(first, sizeof(first), "u%zu", i);
		put_user(b, key, first, "[]", 0);
		put_link(b, STORE_LICENSE, "5", key);
	}
	mirror_end(s, b);
	open_it();
	return 0;
}

static int
start_many(void **state)
{
	return start_people(state, getenv("GOTOFS_TEST_SLOW") ? 600 : 2000);
}

static int
start_some(void **state)
{
	return start_people(state, 400);
}

static int
stop(void **state)
{
	tenant_close(tenant);
	tenant = NULL;
	mirror_remove(state_dir);
	strcpy(state_dir + strlen(state_dir) - 6, "XXXXXX");
	return 0;
}

/* ---- mkdir and friends ---- */

static int
make(const char *name)
{
	uint64_t dir = node_of(SNAPSHOTS);
	struct tenant_attr a;
	int r = tenant_mkdir(tenant, &who, dir, name, 0755, &a);

	tenant_forget(tenant, dir, 1);
	return r;
}

static int
drop(const char *name)
{
	uint64_t dir = node_of(SNAPSHOTS);
	int r = tenant_rmdir(tenant, &who, dir, name);

	tenant_forget(tenant, dir, 1);
	return r;
}

static int
move(const char *name, const char *new_name)
{
	uint64_t dir = node_of(SNAPSHOTS), stale;
	int r = tenant_rename(
	    tenant, &who, dir, name, dir, new_name, false, &stale);

	tenant_forget(tenant, dir, 1);
	return r;
}

/* ---- a tree as one text ---- */

struct listed {
	char *name;
	struct tenant_attr attr;
};
struct listing {
	struct listed *v;
	size_t n, most; /* in one go */
	uint64_t cookie;
};

static bool
list_some(void *ctx, const char *name, const struct tenant_attr *attr,
    uint64_t cookie)
{
	struct listing *l = ctx;

	if (l->most-- == 0)
		return false;
	assert_true(cookie > l->cookie);
	l->v = realloc(l->v, (l->n + 1) * sizeof(*l->v));
	l->v[l->n].name = strdup(name);
	l->v[l->n++].attr = *attr;
	l->cookie = cookie;
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct listed *)a)->name, ((const struct listed *)b)->name);
}

/* Three at a time, as a kernel with a small page would. */
static struct listing
list_dir(uint64_t dir)
{
	struct listing l = {NULL, 0, 0, 0};
	size_t before;

	do {
		before = l.n;
		l.most = 3;
		assert_int_equal(
		    tenant_readdir(tenant, dir, l.cookie, false, list_some, &l),
		    0);
	} while (l.n > before);
	if (l.n > 1)
		qsort(l.v, l.n, sizeof(*l.v), by_name);
	return l;
}

static void
listing_done(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
}

#define PRINT_NUMBERS 1
#define PRINT_TIMES 2

static void print_dir(
    struct buf *out, const char *path, uint64_t dir, unsigned what);

static void
print_entry(struct buf *out, const char *path, uint64_t dir,
    const struct listed *e, unsigned what)
{
	AUTO(text_done) char *name = text_printf("%s/%s", path, e->name);
	AUTO(buf_done) struct buf text = BUF_MAX(1 << 24);
	struct tenant_attr a, again;

	/* found by its name, and the same as it was listed */
	assert_int_equal(tenant_lookup(tenant, dir, e->name, &a, NULL), 0);
	assert_int_equal(a.ino, e->attr.ino);
	if (e->attr.node) {
		assert_int_equal(a.node, e->attr.node);
		assert_int_equal(a.size, e->attr.size);
	} else { /* a listing does not measure it */
		assert_string_equal(e->name, "MANIFEST.sha256");
	}
	assert_int_equal(a.mtime_ns, e->attr.mtime_ns);
	assert_int_equal(tenant_getattr(tenant, a.node, &again), 0);
	assert_int_equal(a.ino, again.ino);
	assert_int_equal(a.mode, again.mode);
	assert_int_equal(a.size, again.size);
	assert_int_equal(a.mtime_ns, again.mtime_ns);
	buf_printf(out, "%s %o", name, a.mode);
	if (what & PRINT_NUMBERS)
		buf_printf(out, " %llx", (unsigned long long)a.ino);
	if (what & PRINT_TIMES)
		buf_printf(out, " %lld", (long long)a.mtime_ns);
	if (S_ISDIR(a.mode)) {
		assert_int_equal(tenant_parent(tenant, a.node), dir);
		buf_putc(out, '\n');
		print_dir(out, name, a.node, what);
	} else if (S_ISLNK(a.mode)) {
		assert_int_equal(tenant_readlink(tenant, a.node, &text), 0);
		assert_int_equal(text.len, a.size);
		buf_printf(out, " -> %s\n", buf_str(&text));
	} else {
		assert_int_equal(
		    tenant_read(tenant, a.node, 0, 1 << 24, &text), 0);
		assert_int_equal(text.len, a.size);
		buf_printf(out, " %s\n", buf_str(&text));
	}
	tenant_forget(tenant, a.node, 1);
}

static void
print_dir(struct buf *out, const char *path, uint64_t dir, unsigned what)
{
	struct listing l = list_dir(dir);

	for (size_t i = 0; i < l.n; i++)
		print_entry(out, path, dir, &l.v[i], what);
	listing_done(&l);
}

/* All that is below it, on the heap. */
static char *
print_tree(const char *path, unsigned what)
{
	struct buf out = BUF_MAX(1 << 26);
	uint64_t dir = node_of(path);

	print_dir(&out, "", dir, what);
	tenant_forget(tenant, dir, 1);
	return out.data ? buf_take(&out) : strdup("");
}

#define assert_same_tree(a, b)                                                 \
	do {                                                                   \
		AUTO(text_done) char *a_ = print_tree(a, 0);                   \
		AUTO(text_done) char *b_ = print_tree(b, 0);                   \
		assert_string_equal(a_, b_);                                   \
	} while (0)

/* ---- tests ---- */

static void
assert_is_live(const char *name)
{
	static const char *const parts[] = {"users", "licenses", "groups"};
	char path[128];

	for (size_t i = 0; i < 3; i++) {
		snprintf(
		    path, sizeof(path), SNAPSHOTS "/%s/%s", name, parts[i]);
		assert_same_tree(parts[i], path);
	}
}

static void
test_same_as_live(void **state)
{
	assert_int_equal(make("a"), 0);
	assert_is_live("a");
	expect_read(SNAPSHOTS "/a/reclaim/rules.json", "inactive_days");
	expect_list(SNAPSHOTS, "a ");
	expect_list(
	    SNAPSHOTS "/a", "MANIFEST.sha256 users licenses groups reclaim ");
	/* names that nobody has */
	assert_int_equal(
	    find_node(SNAPSHOTS "/a/users/zoe@example.com.json"), 0);
	assert_int_equal(
	    find_node(SNAPSHOTS "/a/users/ann@example.com~9999.json"), 0);
	assert_int_equal(find_node(SNAPSHOTS "/a/users/ann@example.com"), 0);
	assert_int_equal(find_node(SNAPSHOTS "/a/users/.git"), 0);
	assert_int_equal(find_node(SNAPSHOTS "/a/activity"), 0);
	assert_int_equal(
	    find_node(SNAPSHOTS "/a/licenses/license/ann@example.com.json"), 0);
	assert_int_equal(find_node(SNAPSHOTS "/b"), 0);
}

static void
change_much(struct store_batch *b)
{
	const struct store_link gone = {STORE_LICENSE, "5", "9002", 0};

	put(b, STORE_USER, "9001", "anna@example.com", "renamed", 0);
	put(b, STORE_USER, "9004", "nobody", "changed", 0);
	assert_int_equal(store_record_drop(b, STORE_USER, "9006", NULL), 0);
	assert_int_equal(store_link_drop(b, &gone, NULL), 0);
	put(b, STORE_USER, "9100", "new@example.com", "new", 0);
	put_link(b, STORE_GROUP, "22", "9100");
	put(b, STORE_LICENSE, "7", "Webinar", "{}\n", 0);
	put_group(b, "20", "Potsdam", NULL);
	put_group(b, "21", "Sales", "22");
	assert_int_equal(store_record_drop(b, STORE_GROUP, "24", NULL), 0);
}

/* The live tree of then, after a restart of what the mirror had. */
static void
test_stays(void **state)
{
	AUTO(text_done) char *was = NULL;
	AUTO(text_done) char *is = NULL;

	assert_int_equal(make("a"), 0);
	was = print_tree(SNAPSHOTS "/a", PRINT_NUMBERS | PRINT_TIMES);
	change_store(change_much);
	while (store_trim(tenant->store, 0, NULL) > 0)
		;
	is = print_tree(SNAPSHOTS "/a", PRINT_NUMBERS | PRINT_TIMES);
	assert_string_equal(was, is);
	open_again();
	free(is);
	is = print_tree(SNAPSHOTS "/a", PRINT_NUMBERS | PRINT_TIMES);
	assert_string_equal(was, is);
	assert_int_equal(make("b"), 0);
	assert_is_live("b");
	expect_read(SNAPSHOTS "/b/users/anna@example.com.json", "renamed");
	assert_int_equal(drop("a"), 0);
	while (store_trim(tenant->store, 0, NULL) > 0)
		;
	assert_is_live("b");
}

/* The same number: the same bytes and times; else another. */
static void
test_numbers(void **state)
{
	struct tenant_attr a, b, live;

	assert_int_equal(make("a"), 0);
	assert_int_equal(make("same"), 0);
	change_store(change_much);
	assert_int_equal(make("b"), 0);
	assert_int_equal(walk("users/nobody.json", &live), 0);
	tenant_forget(tenant, live.node, 1);
	assert_int_equal(walk(SNAPSHOTS "/a/users/nobody.json", &a), 0);
	assert_int_equal(walk(SNAPSHOTS "/same/users/nobody.json", &b), 0);
	assert_int_equal(a.ino, b.ino);
	assert_int_not_equal(a.node, b.node);
	assert_int_not_equal(a.ino, live.ino);
	assert_int_equal(walk(SNAPSHOTS "/b/users/nobody.json", &b), 0);
	assert_int_not_equal(a.ino, b.ino);
	assert_int_equal(walk(SNAPSHOTS "/a/users/%25@x.json", &a), 0);
	assert_int_equal(walk(SNAPSHOTS "/b/users/%25@x.json", &b), 0);
	assert_int_equal(a.ino, b.ino);
	assert_int_equal(a.mtime_ns, b.mtime_ns);
	assert_int_equal(a.ctime_ns, b.ctime_ns);
	assert_int_equal(walk(SNAPSHOTS "/a/reclaim/rules.json", &a), 0);
	assert_int_equal(walk(SNAPSHOTS "/b/reclaim/rules.json", &b), 0);
	assert_int_equal(a.ino, b.ino);
	assert_int_equal(a.mtime_ns, b.mtime_ns);
	/* as long as nothing at all is another */
	assert_int_equal(walk(SNAPSHOTS "/a/MANIFEST.sha256", &a), 0);
	assert_int_equal(walk(SNAPSHOTS "/same/MANIFEST.sha256", &b), 0);
	assert_int_equal(a.ino, b.ino);
	assert_int_equal(a.mtime_ns, b.mtime_ns);
	assert_int_equal(walk(SNAPSHOTS "/b/MANIFEST.sha256", &b), 0);
	assert_int_not_equal(a.ino, b.ino);
	/* folders are each one's own */
	assert_int_equal(walk(SNAPSHOTS "/a/users", &a), 0);
	assert_int_equal(walk(SNAPSHOTS "/same/users", &b), 0);
	assert_int_not_equal(a.ino, b.ino);
	assert_int_equal(a.mtime_ns, b.mtime_ns);
}

/* Whatever the tenant says of who lies in whom, all of them are there. */
static void
put_ring(struct store_batch *b)
{
	put_group(b, "30", "One", "31");
	put_group(b, "31", "Two", "30");
	put_group(b, "32", "Self", "32");
}

static void
test_ring(void **state)
{
	change_store(put_ring);
	assert_int_equal(make("a"), 0);
	assert_true(find_node(SNAPSHOTS "/a/groups/Two/One") != 0 ||
		    find_node(SNAPSHOTS "/a/groups/One/Two") != 0);
	assert_true(find_node(SNAPSHOTS "/a/groups/Self") != 0);
}

static void
test_refusals(void **state)
{
	char longest[202];

	memset(longest, 'n', 201);
	longest[201] = '\0';
	assert_int_equal(make(".x"), -EINVAL);
	assert_int_equal(make("a\nb"), -EINVAL);
	assert_int_equal(make("\177"), -EINVAL);
	assert_int_equal(make("\xff"), -EINVAL);
	assert_int_equal(make(longest), -EINVAL);
	expect_read(".gotofs/errors/snapshots/.x.txt", "begin with a dot");
	longest[200] = '\0';
	assert_int_equal(make(longest), 0);
	assert_int_equal(make(longest), -EEXIST);
	assert_int_equal(drop(longest), 0);
	assert_int_equal(drop(longest), -ENOENT);
	assert_int_equal(make("a b, c.d"), 0);
	assert_int_equal(make("b"), 0);
	assert_int_equal(move("b", "a b, c.d"), -EEXIST);
	assert_int_equal(move("b", ".b"), -EBADMSG);
	assert_int_equal(move("x", "y"), -ENOENT);
	assert_int_equal(move("b", "c"), 0);
	expect_list(SNAPSHOTS, "a b, c.d c ");
	open_again();
	expect_list(SNAPSHOTS, "a b, c.d c ");
}

/* EROFS whatever is tried, and no record of it. */
static void
test_read_only(void **state)
{
	struct tenant_waiter w = {.done = nobody_waits};
	struct tenant_attr a;
	uint64_t dir, file, users = node_of("users"), stale;

	assert_int_equal(make("a"), 0);
	dir = node_of(SNAPSHOTS "/a/users");
	file = node_of(SNAPSHOTS "/a/users/nobody.json");
	assert_int_equal(
	    tenant_unlink(tenant, &who, dir, "nobody.json"), -EROFS);
	assert_int_equal(tenant_rmdir(tenant, &who,
			     node_of(SNAPSHOTS "/a/groups"), "Berlin"),
	    -EROFS);
	assert_int_equal(
	    tenant_rmdir(tenant, &who, node_of(SNAPSHOTS "/a"), "users"),
	    -EROFS);
	assert_int_equal(
	    tenant_mkdir(tenant, &who, dir, "x", 0755, &a), -EROFS);
	assert_int_equal(
	    tenant_mknod(tenant, &who, dir, "x.json", S_IFREG | 0644, &a),
	    -EROFS);
	assert_int_equal(
	    tenant_symlink(tenant, &who, dir, "x.json", "y", &a), -EROFS);
	assert_int_equal(tenant_link(tenant, &who, dir, "x.json"), -EROFS);
	assert_int_equal(tenant_rename(tenant, &who, dir, "nobody.json", dir,
			     "x.json", false, &stale),
	    -EROFS);
	assert_int_equal(tenant_rename(tenant, &who, users, "nobody.json", dir,
			     "x.json", false, &stale),
	    -EROFS);
	assert_int_equal(tenant_rename(tenant, &who, dir, "nobody.json", users,
			     "x.json", false, &stale),
	    -EROFS);
	/* one into another, and out of it */
	assert_int_equal(make("b"), 0);
	for (int i = 0; i < 2; i++) {
		uint64_t all = node_of(SNAPSHOTS), b = node_of(SNAPSHOTS "/b");

		assert_int_equal(tenant_rename(tenant, &who, all, "a", b,
				     i ? "users" : "a", false, &stale),
		    -EROFS);
		assert_int_equal(tenant_rename(tenant, &who, b, "users", all,
				     i ? "a" : "c", false, &stale),
		    -EROFS);
		assert_int_equal(tenant_rename(tenant, &who, b, "users", dir,
				     "users", i, &stale),
		    -EROFS);
	}
	assert_int_equal(
	    tenant_write(tenant, &who, file, "x", 1, 0, false, false, &w),
	    -EROFS);
	assert_int_equal(
	    tenant_setattr(tenant, &who, file, &a, TENANT_SET_MTIME_NOW, &a),
	    -EROFS);
	assert_int_equal(find_node(".gotofs/errors/snapshots"), 0);
}

/* Who was inside gets ESTALE, of everything. */
static void
test_dropped(void **state)
{
	static const char *const paths[] = {"", "/users", "/users/nobody.json",
	    "/licenses", "/licenses/license", "/groups/Orphan",
	    "/reclaim/rules.json", "/MANIFEST.sha256",
	    "/groups/Berlin/Sales/ann@example.com.json"};
	AUTO(buf_done) struct buf b = BUF_MAX(1 << 20);
	struct listing l = {.most = 100};
	struct tenant_attr a;
	uint64_t node[9];

	assert_int_equal(make("a"), 0);
	for (size_t i = 0; i < 9; i++) {
		char path[128];

		snprintf(path, sizeof(path), SNAPSHOTS "/a%s", paths[i]);
		node[i] = node_of(path);
	}
	assert_int_equal(drop("a"), 0);
	assert_int_equal(make("a"), 0);
	for (size_t i = 0; i < 9; i++) {
		assert_int_equal(tenant_getattr(tenant, node[i], &a), -ESTALE);
		assert_int_equal(
		    tenant_lookup(tenant, node[i], "users", &a, NULL), -ESTALE);
		assert_int_equal(
		    tenant_readdir(tenant, node[i], 0, true, list_some, &l),
		    -ESTALE);
		assert_int_equal(
		    tenant_read(tenant, node[i], 0, 100, &b), -ESTALE);
		assert_int_equal(tenant_readlink(tenant, node[i], &b), -ESTALE);
		assert_int_equal(
		    tenant_parent(tenant, node[i]), TENANT_ROOT_NODE);
		tenant_forget(tenant, node[i], 1);
	}
	assert_int_equal(l.n, 0);
}

/* When the store has just been told, or has refused it. */
static void (*at_commit)(void);
static bool commit_fails;

int __real_store_commit(struct store_batch *b, struct err *err);
int __wrap_store_commit(struct store_batch *b, struct err *err);

int
__wrap_store_commit(struct store_batch *b, struct err *err)
{
	int r = -EIO;

	if (commit_fails)
		store_rollback(b);
	else
		r = __real_store_commit(b, err);
	if (at_commit)
		at_commit();
	return r;
}

static uint64_t inside;
static int seen;

/* (Who holds the turn must not fail.) */
static void
look_while_dropped(void)
{
	struct listing l = {.most = 100};

	at_commit = NULL;
	while (store_trim(tenant->store, 0, NULL) > 0)
		;
	seen = tenant_readdir(tenant, inside, 0, true, list_some, &l);
	listing_done(&l);
}

/* What is forgotten at once is forgotten of nobody who is still inside. */
static void
test_dropped_and_trimmed(void **state)
{
	assert_int_equal(make("a"), 0);
	inside = node_of(SNAPSHOTS "/a/users");
	change_store(change_much);
	at_commit = look_while_dropped;
	assert_int_equal(drop("a"), 0);
	assert_null(at_commit);
	assert_int_equal(seen, -ESTALE);
}

static void
test_not_dropped(void **state)
{
	AUTO(text_done) char *was = NULL;
	AUTO(text_done) char *is = NULL;

	assert_int_equal(make("a"), 0);
	was = print_tree(SNAPSHOTS "/a", PRINT_NUMBERS | PRINT_TIMES);
	commit_fails = true;
	assert_int_equal(drop("a"), -EIO);
	commit_fails = false;
	is = print_tree(SNAPSHOTS "/a", PRINT_NUMBERS | PRINT_TIMES);
	assert_string_equal(was, is);
	assert_int_equal(drop("a"), 0);
}

/* A mirror without a complete listing has nothing to freeze. */
static void
test_first_pull(void **state)
{
	tenant_close(tenant);
	mirror_remove(state_dir);
	mkdir(state_dir, 0700);
	open_it();
	assert_int_equal(make("a"), -EIO);
	expect_read(".gotofs/errors/snapshots/a.txt", "no complete listing");
	expect_list(SNAPSHOTS, "");
}

static void
test_dry_run(void **state)
{
	char dir[80];
	struct tenant_conf conf = mirror_conf(dir);
	struct tenant *live = tenant;

	snprintf(dir, sizeof(dir), "%s/dry", state_dir);
	conf.dry_run_of = state_dir;
	assert_int_equal(make("a"), 0);
	assert_int_equal(tenant_open(&conf, &tenant, NULL), 0);
	assert_is_live("a");
	assert_int_equal(make("b"), -EPERM);
	assert_int_equal(drop("a"), -EPERM);
	assert_int_equal(move("a", "b"), -EPERM);
	tenant_close(tenant);
	tenant = live;
	assert_int_equal(drop("a"), 0);
}

/* ---- MANIFEST.sha256 ---- */

static void
manifest_line(struct buf *out, const char *root, const char *path)
{
	AUTO(text_done) char *name = text_printf("%s/%s", root, path);
	AUTO(buf_done) struct buf text = BUF_MAX(1 << 20);
	uint8_t sum[CRYPTO_SHA256_BYTES];
	char hex[CRYPTO_SHA256_HEX_BYTES];
	uint64_t node = node_of(name);

	assert_int_equal(tenant_read(tenant, node, 0, 1 << 20, &text), 0);
	assert_int_equal(crypto_sha256(buf_str(&text), text.len, sum), 0);
	crypto_hex(sum, sizeof(sum), hex);
	buf_printf(out, "%s  %s\n", hex, path);
}

static void
read_manifest(const char *name, struct buf *out)
{
	char path[128];
	uint64_t node;

	snprintf(path, sizeof(path), SNAPSHOTS "/%s/MANIFEST.sha256", name);
	node = node_of(path);
	assert_int_equal(tenant_read(tenant, node, 0, 1 << 24, out), 0);
}

static void
test_manifest(void **state)
{
	AUTO(buf_done) struct buf all = BUF_MAX(1 << 24);
	AUTO(buf_done) struct buf line = BUF_MAX(4096);
	const char *p;
	int lines = 0;

	assert_int_equal(make("a"), 0);
	read_manifest("a", &all);
	for (p = buf_str(&all); (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, 18 + 16 + 2 + 16 + 1);
	manifest_line(&line, SNAPSHOTS "/a", "users/nobody.json");
	assert_non_null(strstr(buf_str(&all), buf_str(&line)));
	/* a link has the sum of what it leads to */
	memcpy(strstr(line.data, "  "), "", 1);
	strcat(line.data, "  groups/Berlin/nobody.json\n");
	assert_non_null(strstr(buf_str(&all), line.data));
	/* as sha256sum wants it */
	assert_non_null(strstr(buf_str(&all), "users/a\\\\b@example.com.json"));
	assert_non_null(strstr(buf_str(&all), "\n\\"));
}

/* Read from wherever, in pieces of any size, it is the same. */
static void
test_manifest_in_pieces(void **state)
{
	AUTO(buf_done) struct buf all = BUF_MAX(1 << 24);
	AUTO(buf_done) struct buf some = BUF_MAX(1 << 24);
	static const size_t pieces[] = {1, 63, 4096, 65536, 131072};
	uint64_t node;

	assert_int_equal(make("a"), 0);
	read_manifest("a", &all);
	assert_true(all.len > (getenv("GOTOFS_TEST_SLOW") ? 1 : 5) * 65536);
	node = node_of(SNAPSHOTS "/a/MANIFEST.sha256");
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
		for (size_t at = 0; at <= all.len; at += 7919 + 50 * i) {
			size_t n =
			    all.len - at < pieces[i] ? all.len - at : pieces[i];

			buf_clear(&some);
			assert_int_equal(tenant_read(tenant, node, (off_t)at,
					     pieces[i], &some),
			    0);
			assert_int_equal(some.len, n);
			assert_true(
			    n == 0 || !memcmp(some.data, all.data + at, n));
		}
}

#define MEASURED 8

static void *
measure(void *name)
{
	node_of(name);
	return NULL;
}

static size_t
readers_left(void)
{
	struct store *s = tenant->store;
	size_t n;

	pthread_mutex_lock(&s->pool_lock);
	n = s->readers_n;
	pthread_mutex_unlock(&s->pool_lock);
	return n;
}

/* A listing does not measure it; and whoever does, with however many others,
 * takes no more than one reader of the store. */
static void
test_manifest_measured(void **state)
{
	pthread_t thread[MEASURED];
	char name[MEASURED][64];
	size_t least = STORE_READERS;

	for (int i = 0; i < MEASURED; i++) {
		snprintf(name[i], sizeof(name[i]), "m%d", i);
		assert_int_equal(make(name[i]), 0);
		snprintf(name[i], sizeof(name[i]), SNAPSHOTS "/m%d", i);
		expect_list(
		    name[i], "MANIFEST.sha256 users licenses groups reclaim ");
		assert_false(tenant->snapshot[i]->has_manifest);
		strcat(name[i], "/MANIFEST.sha256");
	}
	for (int i = 0; i < MEASURED; i++)
		assert_int_equal(
		    pthread_create(&thread[i], NULL, measure, name[i]), 0);
	for (int i = 0; i < MEASURED; i++)
		while (!tenant->snapshot[i]->has_manifest) {
			size_t n = readers_left();

			least = n < least ? n : least;
		}
	for (int i = 0; i < MEASURED; i++)
		pthread_join(thread[i], NULL);
	assert_true(least >= STORE_READERS - 1);
}

#define DEEP 20
#define DEEP_NAME 250

/* Whatever the depth: GoTo has two, and says what it says. */
static void
put_deep(struct store_batch *b)
{
	char key[16], above[16], name[DEEP_NAME + 1];

	memset(name, 'g', DEEP_NAME);
	name[DEEP_NAME] = '\0';
	for (int i = 0; i < DEEP; i++) {
		snprintf(key, sizeof(key), "%d", 100 + i);
		snprintf(above, sizeof(above), "%d", 100 + i - 1);
		name[0] = (char)('a' + i);
		put_group(b, key, name, i ? above : NULL);
	}
	put_link(b, STORE_GROUP, key, "9004");
}

/* A path that no open() takes breaks nothing, and is in the manifest. */
static void
test_manifest_deep(void **state)
{
	AUTO(buf_done) struct buf all = BUF_MAX(1 << 24);
	AUTO(buf_done) struct buf some = BUF_MAX(1 << 24);
	AUTO(buf_done) struct buf path = BUF_MAX(1 << 24);
	const char *line;
	uint64_t node;
	size_t at;

	change_store(put_deep);
	assert_int_equal(make("a"), 0);
	expect_list(
	    SNAPSHOTS "/a", "MANIFEST.sha256 users licenses groups reclaim ");
	buf_puts(&path, "  groups/");
	for (int i = 0; i < DEEP; i++) {
		buf_putc(&path, (char)('a' + i));
		for (int j = 1; j < DEEP_NAME; j++)
			buf_putc(&path, 'g');
		buf_putc(&path, '/');
	}
	buf_puts(&path, "nobody.json\n");
	assert_true(path.len > 4096);
	read_manifest("a", &all);
	line = strstr(buf_str(&all), path.data);
	assert_non_null(line);
	node = node_of(SNAPSHOTS "/a/MANIFEST.sha256");
	at = (size_t)(line - all.data);
	for (size_t i = 0; i < path.len; i += 509) {
		buf_clear(&some);
		assert_int_equal(
		    tenant_read(tenant, node, (off_t)(at + i), 100, &some), 0);
		assert_int_equal(
		    some.len, all.len - at - i < 100 ? all.len - at - i : 100);
		assert_memory_equal(some.data, all.data + at + i, some.len);
	}
}

/* ---- nobody inside ---- */

static void
tick(int64_t ms)
{
	tenant_begin(tenant);
	snapshot_tick(tenant, clock_boot_ms() + ms);
	tenant_end(tenant);
}

/* What is made for readers goes a minute after the last, and comes again. */
static void
test_idle(void **state)
{
	AUTO(text_done) char *was = NULL;
	AUTO(text_done) char *is = NULL;
	struct snapshot_place place;
	uint64_t node;

	assert_int_equal(make("a"), 0);
	assert_int_equal(make("never"), 0);
	node = node_of(SNAPSHOTS "/a/groups/Berlin/Sales");
	was = print_tree(SNAPSHOTS "/a", PRINT_NUMBERS | PRINT_TIMES);
	assert_true(tenant->snapshot[0]->groups.n > 0);
	tick(50000);
	assert_true(tenant->snapshot[0]->groups.n > 0);
	assert_int_equal(snapshot_enter(tenant, node, &place), 0);
	tick(70000);
	assert_true(tenant->snapshot[0]->groups.n > 0);
	snapshot_leave(&place);
	tick(70000);
	assert_int_equal(tenant->snapshot[0]->groups.n, 0);
	assert_int_equal(tenant->snapshot[0]->licenses.n, 0);
	is = print_tree(SNAPSHOTS "/a", PRINT_NUMBERS | PRINT_TIMES);
	assert_string_equal(was, is);
	assert_true(tenant->snapshot[0]->groups.n > 0);
}

/* ---- at once ---- */

static _Atomic bool readers_stop;

/* Whatever is there is there as a whole. */
static void *
read_for_ever(void *arg)
{
	struct listing l;
	struct tenant_attr a, users;
	int r;

	while (!readers_stop) {
		AUTO(buf_done) struct buf b = BUF_MAX(1 << 24);

		if (walk(SNAPSHOTS "/a", &a) < 0 ||
		    tenant_lookup(tenant, a.node, "users", &users, NULL) < 0)
			continue;
		l = (struct listing){.most = SIZE_MAX};
		r = tenant_readdir(tenant, users.node, 0, true, list_some, &l);
		if (r == 0 && l.n != many)
			abort();
		if (r < 0 && r != -ESTALE)
			abort();
		if (l.n > 0) {
			r = tenant_read(
			    tenant, l.v[l.n / 2].attr.node, 0, 4096, &b);
			if (r == 0 ? b.len != (size_t)l.v[l.n / 2].attr.size
				   : r != -ESTALE)
				abort();
		}
		listing_done(&l);
		if (tenant_lookup(
			tenant, a.node, "MANIFEST.sha256", &users, NULL) < 0)
			continue;
		buf_clear(&b);
		r = tenant_read(
		    tenant, users.node, users.size - 1000, 5000, &b);
		if (r == 0 ? b.len != 1000 : r != -ESTALE)
			abort();
	}
	return NULL;
}

static void
change_all(struct store_batch *b)
{
	static int round;
	char key[24], first[24];

	round++;
	for (size_t i = 0; i < many; i += 7) {
		snprintf(key, sizeof(key), "%zu", 1000 + i);
		snprintf(first, sizeof(first), "u%zu", i);
		put_user(b, key, first, round % 2 ? mirror_super : "[]", 0);
	}
}

static void
test_at_once(void **state)
{
	pthread_t reader[3];

	readers_stop = false;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
		    pthread_create(&reader[i], NULL, read_for_ever, NULL), 0);
	for (int i = 0; i < 15; i++) {
		assert_int_equal(make("a"), 0);
		tick(70000);
		change_store(change_all);
		tick(70000);
		assert_int_equal(drop("a"), 0);
		while (store_trim(tenant->store, 0, NULL) > 0)
			;
	}
	readers_stop = true;
	for (size_t i = 0; i < 3; i++)
		pthread_join(reader[i], NULL);
}

/* ---- memory ---- */

static bool
list_none(void *ctx, const char *name, const struct tenant_attr *attr,
    uint64_t cookie)
{
	return true;
}

static int
all_once(void *ctx)
{
	AUTO(buf_done) struct buf b = BUF_MAX(1 << 20);
	struct tenant_attr a;
	uint64_t dir;
	int r = walk(SNAPSHOTS, &a);

	if (r < 0)
		return r;
	dir = a.node;
	r = tenant_mkdir(tenant, &who, dir, "m", 0755, &a);
	if (r == -EEXIST)
		r = 0; /* to drop it was what failed before */
	if (r == 0)
		r = walk(SNAPSHOTS "/m/licenses/license", &a);
	if (r == 0)
		r = walk(SNAPSHOTS
		    "/m/groups/Berlin/Sales/ann@example.com.json",
		    &a);
	if (r == 0)
		r = tenant_readlink(tenant, a.node, &b);
	if (r == 0)
		r = walk(SNAPSHOTS "/m/MANIFEST.sha256", &a);
	if (r == 0)
		r = tenant_read(tenant, a.node, 0, 4096, &b);
	if (r == 0)
		r = walk(SNAPSHOTS "/m/users", &a);
	if (r == 0)
		r = tenant_readdir(tenant, a.node, 0, true, list_none, NULL);
	tenant_rmdir(tenant, &who, dir, "m");
	tenant_forget(tenant, dir, 1);
	return r;
}

static void
test_memory(void **state)
{
	alloc_fail_sweep_lenient(all_once, NULL);
	assert_int_equal(make("a"), 0);
	assert_is_live("a");
}

#define test_with(begin, fn) cmocka_unit_test_setup_teardown(fn, begin, stop)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    test_with(start, test_same_as_live),
	    test_with(start, test_stays),
	    test_with(start, test_numbers),
	    test_with(start, test_ring),
	    test_with(start, test_refusals),
	    test_with(start, test_read_only),
	    test_with(start, test_dropped),
	    test_with(start, test_dropped_and_trimmed),
	    test_with(start, test_not_dropped),
	    test_with(start, test_first_pull),
	    test_with(start, test_dry_run),
	    test_with(start, test_manifest),
	    test_with(start, test_manifest_deep),
	    test_with(start_many, test_manifest_in_pieces),
	    test_with(start_many, test_manifest_measured),
	    test_with(start, test_idle),
	    test_with(start_some, test_at_once),
	    test_with(start, test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
