/* SPDX-License-Identifier: MIT */
/* Who used what, as far as it was looked for. */
#include "store_fixture.h"

#include "alloc_fail.h"
#include "gotofs/store_activity.h"

struct seen {
	char text[4096];
	size_t n;
};

static int
see(void *ctx, const struct store_activity *a)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len,
	    "%d %s %lld %lld %lld %lld %d %d %lld %d %.*s %lld\n", a->product,
	    a->user_key, (long long)a->from_ms, (long long)a->to_ms,
	    (long long)a->looked_ms, (long long)a->last_ms, a->last_kind,
	    a->day_only, (long long)a->tried_ms, a->why, (int)a->days_bytes,
	    a->days ? (const char *)a->days : "", (long long)a->told_ms);
	seen->n++;
	return 0;
}

static int
see_source(void *ctx, const struct store_source *v)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "%d %d %lld %s\n",
	    v->product, v->state, (long long)v->told_ms, v->why ? v->why : "-");
	return 0;
}

static void
assert_rows(struct fixture *f, const char *want)
{
	struct seen seen = {""};

	assert_ok(f, store_activity_each(f->s, see, &seen, &f->err));
	assert_string_equal(seen.text, want);
}

static struct store_activity
row(enum product product, const char *key)
{
	struct store_activity a = {
	    product, key, 10, 20, 21, 15, USE_MEETING, false, 0, 0, "days", 4};

	return a;
}

static void
put(struct fixture *f, const struct store_activity *a)
{
	struct store_batch *b = NULL;

	assert_ok(f, store_begin_soon(f->s, &b, &f->err));
	assert_ok(f, store_activity_put(b, a, &f->err));
	fixture_commit(f, b);
}

static void
test_rows(void **state)
{
	struct fixture *f = *state;
	struct store_activity a =
	    row(PRODUCT_GOTOWEBINAR, "12345678901234567890");
	struct seen seen = {""};

	put(f, &a);
	a = row(PRODUCT_GOTOMEETING, "7");
	put(f, &a);
	a.to_ms = a.looked_ms = 30;
	a.day_only = true;
	a.tried_ms = 31;
	a.why = 2;
	a.told_ms = 32;
	a.days = NULL;
	put(f, &a);
	fixture_reopen(f);
	assert_rows(f, "0 7 10 30 30 15 1 1 31 2  32\n"
		       "1 12345678901234567890 10 20 21 15 1 0 0 0 days 0\n");
	assert_ok(f, store_activity_get(
			 f->s, PRODUCT_GOTOMEETING, "7", see, &seen, &f->err));
	assert_string_equal(seen.text, "0 7 10 30 30 15 1 1 31 2  32\n");
	assert_fails(-ENOENT, store_activity_get(f->s, PRODUCT_GOTOWEBINAR, "7",
				  see, &seen, &f->err));
}

static void
test_sources(void **state)
{
	struct fixture *f = *state;
	struct store_source v = {PRODUCT_GOTOCONNECT, 2, 5, "no right"};
	struct store_batch *b = fixture_begin(f);
	struct seen seen = {""};

	assert_ok(f, store_source_put(b, &v, &f->err));
	v.product = PRODUCT_GOTOMEETING;
	v.why = NULL;
	assert_ok(f, store_source_put(b, &v, &f->err));
	v.state = 1;
	assert_ok(f, store_source_put(b, &v, &f->err));
	fixture_commit(f, b);
	assert_ok(f, store_sources_each(f->s, see_source, &seen, &f->err));
	assert_string_equal(seen.text, "0 1 5 -\n2 2 5 no right\n");
}

/* Who is in the mirror or in the trash is remembered. */
static void
test_prune(void **state)
{
	static const struct store_trash gone = {.key = "2",
	    .name = "gone@example.com.json",
	    .longer_name = "gone@example.com~2.json",
	    .number = 2,
	    .record = 1};
	struct fixture *f = *state;
	struct store_activity a = row(PRODUCT_GOTOMEETING, "1");
	struct store_batch *b;

	fixture_put(f, "1", "{}");
	fixture_publish(f);
	put(f, &a);
	a.user_key = "2";
	put(f, &a);
	a.user_key = "3";
	put(f, &a);
	b = fixture_begin(f);
	assert_ok(f, store_trash_put(b, &gone, &f->err));
	fixture_commit(f, b);
	assert_int_equal(store_activity_prune(f->s, &f->err), 1);
	assert_int_equal(store_activity_prune(f->s, &f->err), 0);
	assert_rows(f, "0 1 10 20 21 15 1 0 0 0 days 0\n"
		       "0 2 10 20 21 15 1 0 0 0 days 0\n");
}

/* A dry run shows what its account knows. */
static void
test_clone(void **state)
{
	struct fixture *f = *state;
	struct store_activity a = row(PRODUCT_GOTOASSIST, "1");
	char copy[96];

	put(f, &a);
	snprintf(copy, sizeof(copy), "%s/copy", f->dir);
	assert_ok(f, store_clone(f->state, copy, &f->err));
	store_close(f->s);
	f->s = NULL;
	strcpy(f->state, copy);
	fixture_open(f);
	assert_rows(f, "4 1 10 20 21 15 1 0 0 0 days 0\n");
}

static int
once(void *ctx)
{
	struct fixture *f = ctx;
	struct store_activity a = row(PRODUCT_GOTOMEETING, "1");
	struct store_source v = {PRODUCT_GOTOMEETING, 1, 1, "why"};
	struct store_batch *b = NULL;
	struct seen seen = {""};
	int r = store_begin_soon(f->s, &b, &f->err);

	if (r < 0)
		return r;
	r = store_activity_put(b, &a, &f->err);
	if (r == 0)
		r = store_source_put(b, &v, &f->err);
	r = store_end(b, r, &f->err);
	if (r == 0)
		r = store_activity_each(f->s, see, &seen, &f->err);
	if (r == 0)
		r = store_activity_get(
		    f->s, PRODUCT_GOTOMEETING, "1", see, &seen, &f->err);
	if (r == 0)
		r = store_sources_each(f->s, see_source, &seen, &f->err);
	return r < 0					 ? r
	       : store_activity_prune(f->s, &f->err) < 0 ? -ENOMEM
							 : 0;
}

static void
test_failing(void **state)
{
	struct fixture *f = *state;

	alloc_fail_sweep(once, f);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    fixture_test(test_rows),
	    fixture_test(test_sources),
	    fixture_test(test_prune),
	    fixture_test(test_clone),
	    fixture_test(test_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
