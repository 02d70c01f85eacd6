/* SPDX-License-Identifier: MIT */
/* A copy of a mirror that is in use, for a dry run. */
#include "store_fixture.h"

#include <sys/stat.h>

static void
clone_dir(const struct fixture *f, char *ret, size_t n)
{
	snprintf(ret, n, "%s/dry-run", f->state);
}

/* The copy, open; the fixture's own store stays open beside it. */
static struct store *
clone_open(struct fixture *f)
{
	struct store *s = NULL;
	char dir[100];

	clone_dir(f, dir, sizeof(dir));
	assert_ok(f, store_clone(f->state, dir, &f->err));
	assert_ok(f, store_open(dir, &s, &f->err));
	return s;
}

static int64_t
queue(struct fixture *f, struct store *s, const char *path)
{
	const struct store_change c = {
	    .verb = 4, .state = 3, .path = path, .args = "{}", .command = "cp"};
	struct store_batch *b = NULL;
	int64_t id;

	assert_ok(f, store_begin(s, &b, &f->err));
	assert_ok(f, store_change_add(b, &c, &id, &f->err));
	assert_ok(f, store_commit(b, &f->err));
	return id;
}

static int
count_one(void *ctx, const struct store_change *c)
{
	++*(int *)ctx;
	return 0;
}

static int
queued_n(struct fixture *f, struct store *s)
{
	int n = 0;

	assert_ok(f, store_changes_each(s, count_one, &n, &f->err));
	return n;
}

static int
users_n(struct fixture *f, struct store *s)
{
	struct fixture_seen seen = {.n = 0};

	assert_ok(f, store_records_each(
			 s, STORE_USER, true, fixture_see, &seen, &f->err));
	return (int)seen.n;
}

static void
test_mirror_alone(void **state)
{
	static const struct store_journal_entry line = {.command = "cp",
	    .verb = "update",
	    .object = "users/kim@example.com.json",
	    .result = "ok"};
	static const struct store_error error = {
	    "users/kim@example.com.json", "why\n", 1, 0};
	struct fixture *f = *state;
	struct store_batch *b;
	struct store *s;
	struct stat st;
	char path[128];

	fixture_put(f, "101", "{}");
	fixture_publish(f);
	queue(f, f->s, "users/kim@example.com.json");
	b = fixture_begin(f);
	assert_ok(f, store_journal_add(b, &line, &f->err));
	assert_ok(f, store_error_put(b, &error, NULL, &f->err));
	fixture_commit(f, b);

	s = clone_open(f);
	assert_int_equal(users_n(f, s), 1);
	assert_int_equal(store_generation(s), store_generation(f->s));
	assert_int_equal(queued_n(f, s), 0);
	assert_int_equal(store_journal_bytes(s), 0);
	snprintf(path, sizeof(path), "%s/dry-run/mirror.db", f->state);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* and the source has what it had */
	assert_int_equal(queued_n(f, f->s), 1);
	assert_true(store_journal_bytes(f->s) > 0);
	store_close(s);
}

/* Anew each time, as long as there is no plan. */
static void
test_plan_is_kept(void **state)
{
	struct fixture *f = *state;
	struct store *s;
	struct store_batch *b = NULL;
	int64_t id;

	fixture_put(f, "101", "{}");
	s = clone_open(f);
	assert_int_equal(users_n(f, s), 1);
	store_close(s);
	fixture_put(f, "102", "{}");
	s = clone_open(f);
	assert_int_equal(users_n(f, s), 2);
	id = queue(f, s, "users/new@example.com.json");
	store_close(s);
	fixture_put(f, "103", "{}");
	s = clone_open(f);
	assert_int_equal(users_n(f, s), 2);
	assert_int_equal(queued_n(f, s), 1);
	assert_ok(f, store_begin(s, &b, &f->err));
	assert_ok(f, store_change_drop(b, id, &f->err));
	assert_ok(f, store_commit(b, &f->err));
	store_close(s);
	s = clone_open(f);
	assert_int_equal(users_n(f, s), 3);
	store_close(s);
}

static void
test_in_use(void **state)
{
	struct fixture *f = *state;
	struct store *s = clone_open(f);
	char dir[100];

	clone_dir(f, dir, sizeof(dir));
	assert_fails(-EBUSY, store_clone(f->state, dir, &f->err));
	store_close(s);
}

static void
test_nothing_to_copy(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	char from[100], dir[100];

	snprintf(from, sizeof(from), "%s/nowhere", f->dir);
	clone_dir(f, dir, sizeof(dir));
	assert_ok(f, store_clone(from, dir, &f->err));
	assert_ok(f, store_open(dir, &s, &f->err));
	assert_int_equal(store_generation(s), 0);
	store_close(s);
}

/* Not waiting for the disk is not forgetting. */
static void
test_sync(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, store_set_sync(f->s, false, &f->err));
	fixture_put(f, "101", "{}");
	assert_ok(f, store_set_sync(f->s, true, &f->err));
	fixture_reopen(f);
	assert_users(f, "101={}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_mirror_alone),
	    fixture_test(test_plan_is_kept),
	    fixture_test(test_in_use),
	    fixture_test(test_nothing_to_copy),
	    fixture_test(test_sync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
