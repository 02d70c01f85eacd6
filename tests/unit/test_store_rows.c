/* SPDX-License-Identifier: MIT */
/* Inode numbers, attributes, the change queue, error records. */
#include "store_fixture.h"

/* ---- numbers ---- */

static int64_t
reserve(struct fixture *f, struct store_batch *b)
{
	int64_t n = 0;

	assert_ok(f, store_number_reserve(b, &n, &f->err));
	return n;
}

static void
test_numbers_are_given_once(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);
	int64_t n = 0;

	assert_int_equal(reserve(f, b), 1);
	assert_int_equal(reserve(f, b), 2);
	fixture_commit(f, b);
	fixture_reopen(f);
	fixture_put(f, "100", "kim");
	b = fixture_begin(f);
	assert_int_equal(reserve(f, b), 4);
	assert_ok(f, store_number_bind(b, 2, STORE_USER, "200", &n, &f->err));
	assert_int_equal(n, 2);
	assert_int_equal(reserve(f, b), 5);
	fixture_commit(f, b);
}

static void
test_bound_number_is_the_record_s(void **state)
{
	struct fixture *f = *state;
	struct store_record r = fixture_user("100", "kim");
	struct store_batch *b = fixture_begin(f);
	int64_t reserved = reserve(f, b), n = 0;

	assert_ok(
	    f, store_number_bind(b, reserved, STORE_USER, "100", &n, &f->err));
	assert_int_equal(n, reserved);
	assert_ok(f, store_record_put(b, &r, NULL, &n, &f->err));
	assert_int_equal(n, reserved);
	fixture_commit(f, b);
}

/* A person who came back keeps the number he had. */
static void
test_number_of_one_who_came_back(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;
	int64_t n = 0, reserved;

	fixture_put(f, "100", "kim");
	b = fixture_begin(f);
	assert_ok(f, store_record_drop(b, STORE_USER, "100", &f->err));
	fixture_commit(f, b);
	b = fixture_begin(f);
	reserved = reserve(f, b);
	assert_ok(
	    f, store_number_bind(b, reserved, STORE_USER, "100", &n, &f->err));
	assert_int_equal(n, 1);
	/* again, as after a crash: the same answer */
	assert_ok(
	    f, store_number_bind(b, reserved, STORE_USER, "100", &n, &f->err));
	assert_int_equal(n, 1);
	/* what was not needed can still be somebody's */
	assert_ok(
	    f, store_number_bind(b, reserved, STORE_GROUP, "100", &n, &f->err));
	assert_int_equal(n, reserved);
	fixture_commit(f, b);
}

static void
test_wrong_numbers_are_refused(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;
	int64_t n = 77;

	fixture_put(f, "100", "kim");
	b = fixture_begin(f);
	assert_fails(
	    -EEXIST, store_number_bind(b, 1, STORE_USER, "200", &n, &f->err));
	assert_fails(
	    -EINVAL, store_number_bind(b, 2, STORE_USER, "200", &n, &f->err));
	assert_fails(
	    -EINVAL, store_number_bind(b, 0, STORE_USER, "200", &n, &f->err));
	assert_int_equal(n, 77);
	assert_int_equal(reserve(f, b), 2);
	fixture_commit(f, b); /* that spoilt nothing */
}

static void
test_bind_before_any_number(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);
	int64_t n;

	assert_fails(
	    -EINVAL, store_number_bind(b, 1, STORE_USER, "200", &n, &f->err));
	store_rollback(b);
}

/* ---- attributes ---- */

struct attrs {
	struct store_attr v[4];
	size_t n;
};

static int
see_attr(void *ctx, const struct store_attr *a)
{
	struct attrs *all = ctx;

	all->v[all->n++] = *a;
	return 0;
}

static void
test_attrs(void **state)
{
	const struct store_attr a = {UINT64_C(0x8000000000000001),
	    STORE_ATTR_MODE | STORE_ATTR_MTIME, 0640, 4294967294u, 7, INT64_MIN,
	    INT64_MAX, -1, 99};
	struct fixture *f = *state;
	struct attrs all = {{{0}}, 0};
	struct store_attr other = a;
	struct store_batch *b = fixture_begin(f);

	other.mode = 0600;
	assert_ok(f, store_attr_put(b, &other, &f->err));
	assert_ok(f, store_attr_put(b, &a, &f->err));
	other.ino = 2;
	assert_ok(f, store_attr_put(b, &other, &f->err));
	assert_ok(f, store_attr_drop(b, 2, &f->err));
	assert_ok(f, store_attr_drop(b, 3, &f->err));
	fixture_commit(f, b);
	fixture_reopen(f);
	assert_ok(f, store_attrs_each(f->s, see_attr, &all, &f->err));
	assert_int_equal(all.n, 1);
	assert_true(all.v[0].ino == a.ino && all.v[0].set == a.set);
	assert_true(all.v[0].mode == a.mode && all.v[0].uid == a.uid);
	assert_true(all.v[0].gid == a.gid);
	assert_true(all.v[0].mtime_ns == a.mtime_ns);
	assert_true(all.v[0].atime_ns == a.atime_ns);
	assert_true(all.v[0].ctime_ns == a.ctime_ns);
	assert_true(all.v[0].mtime_version == a.mtime_version);
}

/* ---- changes ---- */

static int
see_change(void *ctx, const struct store_change *c)
{
	char *text = ctx;
	size_t len = strlen(text);

	snprintf(text + len, 1000 - len, "%lld %d %d %lld %s %s %s %u %d %s\n",
	    (long long)c->id, c->verb, c->state, (long long)c->created_ms,
	    c->path, c->user_key ? c->user_key : "-", c->args ? c->args : "-",
	    c->uid, (int)c->pid, c->command ? c->command : "-");
	return 0;
}

#define assert_changes(f, expected)                                            \
	do {                                                                   \
		char text_[1000] = "";                                         \
		assert_ok(f,                                                   \
		    store_changes_each((f)->s, see_change, text_, &(f)->err)); \
		assert_string_equal(text_, expected);                          \
	} while (0)

static void
test_changes(void **state)
{
	const struct store_change one = {.verb = 3,
	    .state = 1,
	    .created_ms = 1234567890123,
	    .path = "users/kim@example.com.json",
	    .args = "{\"a\":1}",
	    .uid = 4294967294u,
	    .pid = 12,
	    .command = "cp"};
	const struct store_change two = {.path = "p", .user_key = "9"};
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);
	int64_t id = 0;

	assert_ok(f, store_change_add(b, &one, &id, &f->err));
	assert_int_equal(id, 1);
	assert_ok(f, store_change_add(b, &two, NULL, &f->err));
	fixture_commit(f, b);
	assert_changes(f,
	    "1 3 1 1234567890123 users/kim@example.com.json - {\"a\":1} "
	    "4294967294 12 cp\n2 0 0 0 p 9 - 0 0 -\n");
	b = fixture_begin(f);
	assert_ok(f, store_change_update(b, 2, 8, NULL, "{}", &f->err));
	assert_ok(f, store_change_update(b, 1, 2, "100", NULL, &f->err));
	assert_fails(
	    -ENOENT, store_change_update(b, 3, 2, NULL, NULL, &f->err));
	fixture_commit(f, b);
	assert_changes(f,
	    "1 3 2 1234567890123 users/kim@example.com.json 100 {\"a\":1} "
	    "4294967294 12 cp\n2 0 8 0 p 9 {} 0 0 -\n");
}

static void
test_change_ids_are_never_used_again(void **state)
{
	const struct store_change c = {.path = "p"};
	struct fixture *f = *state;
	struct store_batch *b;
	int64_t id = 0;

	for (int i = 1; i < 4; i++) {
		b = fixture_begin(f);
		assert_ok(f, store_change_add(b, &c, &id, &f->err));
		assert_int_equal(id, i);
		assert_ok(f, store_change_drop(b, id, &f->err));
		assert_ok(f, store_change_drop(b, id, &f->err));
		fixture_commit(f, b);
		fixture_reopen(f);
	}
	assert_changes(f, "");
}

/* ---- errors ---- */

static int
see_error(void *ctx, const struct store_error *e)
{
	char *text = ctx;
	size_t len = strlen(text);

	snprintf(text + len, 1000 - len, "%lld %s %s %lld\n", (long long)e->seq,
	    e->path, e->text, (long long)e->time_ns);
	return 0;
}

#define assert_errors(f, expected)                                             \
	do {                                                                   \
		char text_[1000] = "";                                         \
		assert_ok(f,                                                   \
		    store_errors_each((f)->s, see_error, text_, &(f)->err));   \
		assert_string_equal(text_, expected);                          \
	} while (0)

static void
test_errors(void **state)
{
	struct fixture *f = *state;
	struct store_error e = {.path = "a", .text = "no", .time_ns = 5};
	struct store_batch *b = fixture_begin(f);
	int64_t seq = 0;

	assert_ok(f, store_error_put(b, &e, &seq, &f->err));
	assert_int_equal(seq, 1);
	e.path = "b";
	assert_ok(f, store_error_put(b, &e, NULL, &f->err));
	e.path = "a";
	e.text = "still no";
	assert_ok(f, store_error_put(b, &e, &seq, &f->err));
	assert_int_equal(seq, 3);
	fixture_commit(f, b);
	assert_errors(f, "2 b no 5\n3 a still no 5\n");
	b = fixture_begin(f);
	assert_ok(f, store_error_drop(b, "a", &f->err));
	assert_ok(f, store_error_drop(b, "a", &f->err));
	fixture_commit(f, b);
	fixture_reopen(f);
	assert_errors(f, "2 b no 5\n");
	b = fixture_begin(f);
	assert_ok(f, store_error_put(b, &e, &seq, &f->err));
	assert_int_equal(seq, 4);
	fixture_commit(f, b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_numbers_are_given_once),
	    fixture_test(test_bound_number_is_the_record_s),
	    fixture_test(test_number_of_one_who_came_back),
	    fixture_test(test_wrong_numbers_are_refused),
	    fixture_test(test_bind_before_any_number),
	    fixture_test(test_attrs),
	    fixture_test(test_changes),
	    fixture_test(test_change_ids_are_never_used_again),
	    fixture_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
