/* SPDX-License-Identifier: MIT */
/* What was counted, a row a day and license. */
#include "store_fixture.h"

#include "alloc_fail.h"
#include "gotofs/db.h"
#include "store_v7.h"

struct seen {
	char text[1024];
};

static int
see(void *ctx, const struct store_trend *v)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len,
	    "%lld %s %ld %ld %ld %ld %ld\n", (long long)v->day, v->license_key,
	    v->owned, v->assigned, v->active, v->unknown, v->reclaimable);
	return 0;
}

static void
assert_trend(struct fixture *f, int64_t from_day, const char *want)
{
	struct seen seen = {""};

	assert_ok(f, store_trend_each(f->s, from_day, see, &seen, &f->err));
	assert_string_equal(seen.text, want);
}

static void
put(struct fixture *f, struct store_batch *b, int64_t day, const char *key,
    long assigned)
{
	struct store_trend v = {.day = day,
	    .license_key = key,
	    .owned = -1,
	    .assigned = assigned,
	    .active = 1,
	    .unknown = assigned - 6,
	    .reclaimable = 4};

	assert_ok(f, store_trend_put(b, &v, &f->err));
}

static void
test_trend(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);

	put(f, b, 20001, "9007199254740993001", 7);
	put(f, b, 20000, "2", 8);
	put(f, b, 20001, "2", 9);
	put(f, b, 20001, "2", 10);
	fixture_commit(f, b);
	fixture_reopen(f);
	assert_trend(f, 0,
	    "20000 2 -1 8 1 2 4\n"
	    "20001 2 -1 10 1 4 4\n"
	    "20001 9007199254740993001 -1 7 1 1 4\n");
	assert_trend(f, 20002, "");
	b = fixture_begin(f);
	assert_ok(f, store_trend_drop(b, 0, 20001, &f->err));
	fixture_commit(f, b);
	assert_trend(f, 20001,
	    "20001 2 -1 10 1 4 4\n"
	    "20001 9007199254740993001 -1 7 1 1 4\n");
	assert_trend(f, 0,
	    "20001 2 -1 10 1 4 4\n"
	    "20001 9007199254740993001 -1 7 1 1 4\n");
}

/* A dry run begins with the trend of its account. */
static void
test_clone(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);
	char copy[96];

	put(f, b, 20000, "2", 8);
	fixture_commit(f, b);
	snprintf(copy, sizeof(copy), "%s/copy", f->dir);
	assert_ok(f, store_clone(f->state, copy, &f->err));
	store_close(f->s);
	f->s = NULL;
	strcpy(f->state, copy);
	fixture_open(f);
	assert_trend(f, 0, "20000 2 -1 8 1 2 4\n");
}

/* What was never read is gone, and nothing else. */
static void
test_version_7(void **state)
{
	struct fixture *f = *state;
	const struct db_options o = {DB_CREATE, 1000, 512};
	AUTO(db_done) struct db *db = NULL;
	char path[128];

	store_close(TAKE(f->s));
	snprintf(path, sizeof(path), "rm -rf '%s'/*", f->state);
	assert_int_equal(system(path), 0); /* NOLINT: our own name */
	snprintf(path, sizeof(path), "%s/mirror.db", f->state);
	assert_ok(f, db_open(path, &o, &db, &f->err));
	assert_ok(f, db_exec(db, store_v7, &f->err));
	assert_ok(f, db_exec(db, store_v7_rest, &f->err));
	db_done(&db);
	fixture_open(f);
	assert_trend(f, 0,
	    "20000 900719925474099301 9 8 1 2 4\n"
	    "20001 900719925474099301 -1 7 1 1 4\n");
	assert_int_equal(store_generation(f->s), 1);
}

/* What a walk answers is what its callback says. */
static int
stop(void *ctx, const struct store_trend *v)
{
	return -ECANCELED;
}

static int
trend_once(void *ctx)
{
	struct fixture *f = ctx;
	struct store_batch *b = NULL;
	struct store_trend v = {.day = 1, .license_key = "2"};
	struct seen seen = {""};
	int r = store_begin(f->s, &b, &f->err);

	if (r < 0)
		return r;
	r = store_trend_put(b, &v, &f->err);
	r = store_end(b, r, &f->err);
	return r < 0 ? r : store_trend_each(f->s, 0, see, &seen, &f->err);
}

static void
test_failing(void **state)
{
	struct fixture *f = *state;

	alloc_fail_sweep(trend_once, f);
	assert_fails(
	    -ECANCELED, store_trend_each(f->s, 0, stop, NULL, &f->err));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    fixture_test(test_trend),
	    fixture_test(test_clone),
	    fixture_test(test_version_7),
	    fixture_test(test_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
