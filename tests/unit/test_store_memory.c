/* SPDX-License-Identifier: MIT */
/*
 * Every allocation fails once, SQLite's too: the answer is -ENOMEM or success,
 * nothing is half done, and the store goes on.
 */
#include "store_fixture.h"

#include "../../src/store/store_int.h"
#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "sqlite_fail.h"
#include "store_journal_check.h"

static int
see_record(void *ctx, const struct store_record *r)
{
	return r->key && r->name && r->text ? 0 : -EPROTO;
}

static int
see_incoming(void *ctx, const struct store_incoming *i)
{
	return i->record.key && i->license_keys[1] ? 0 : -EPROTO;
}

static int
see_link(void *ctx, const struct store_link *l)
{
	return l->container_key && l->user_key ? 0 : -EPROTO;
}

static int
see_change(void *ctx, const struct store_change *c)
{
	return c->path ? 0 : -EPROTO;
}

static int
see_attr(void *ctx, const struct store_attr *a)
{
	return 0;
}

static int
see_error(void *ctx, const struct store_error *e)
{
	return e->path && e->text ? 0 : -EPROTO;
}

/* ---- the runs ---- */

static int
write_mirror(struct store_batch *b)
{
	const struct store_link l = {STORE_LICENSE, "L", "100", 7};
	struct store_record r = fixture_user("100", "kim");
	int64_t n;
	int q;

	if ((q = store_record_put(b, &r, NULL, NULL, NULL)) < 0 ||
	    (q = store_link_put(b, &l, NULL)) < 0 ||
	    (q = store_link_drop(b, &l, NULL)) < 0 ||
	    (q = store_link_put(b, &l, NULL)) < 0 ||
	    (q = store_record_drop(b, STORE_USER, "200", NULL)) < 0 ||
	    (q = store_number_reserve(b, &n, NULL)) < 0)
		return q;
	return store_number_bind(b, n, STORE_USER, "300", &n, NULL);
}

static int
write_rows(struct store_batch *b)
{
	const struct store_attr a = {.ino = 1};
	const struct store_change c = {.path = "p"};
	const struct store_error e = {.path = "p", .text = "t"};
	const struct store_journal_entry j = {
	    .verb = "v", .command = "\377", .object = "o", .result = "ok"};
	int64_t id;
	int q;

	if ((q = store_attr_put(b, &a, NULL)) < 0 ||
	    (q = store_change_add(b, &c, &id, NULL)) < 0 ||
	    (q = store_change_update(b, id, 1, "100", NULL, NULL)) < 0 ||
	    (q = store_error_put(b, &e, NULL, NULL)) < 0 ||
	    (q = store_meta_set(b, "m", "v", NULL)) < 0)
		return q;
	return store_journal_add(b, &j, NULL);
}

static int64_t written; /* commits that said yes */

static int
write_once(void *ctx)
{
	struct fixture *f = ctx;
	struct store_batch *b;
	int r;

	r = store_begin(f->s, &b, NULL);
	if (r < 0)
		return r;
	r = write_mirror(b);
	if (r >= 0)
		r = write_rows(b);
	if (r >= 0)
		r = store_publish(b, NULL);
	if (r >= 0) {
		r = store_commit(b, NULL);
		written += r >= 0;
		return r;
	}
	assert_fails(r, store_commit(b, NULL)); /* spoilt, and says so */
	return r;
}

static int
read_once(void *ctx)
{
	AUTO(buf_done) struct buf out = BUF_MAX(100000);
	struct fixture *f = ctx;
	struct store *s = f->s;
	char *v = NULL;
	int r;

	if ((r = store_records_each(s, 1, true, see_record, f, NULL)) < 0 ||
	    (r = store_links_each(s, see_link, f, NULL)) < 0 ||
	    (r = store_changes_each(s, see_change, f, NULL)) < 0 ||
	    (r = store_attrs_each(s, see_attr, f, NULL)) < 0 ||
	    (r = store_errors_each(s, see_error, f, NULL)) < 0 ||
	    (r = store_record_text(s, 1, &out, NULL)) < 0 ||
	    (r = store_journal_read(s, 3, 5000, &out, NULL)) < 0 ||
	    (r = store_meta_get(s, "m", &v, NULL)) < 0)
		return r;
	free(v);
	return 0;
}

static int
pull_once(void *ctx)
{
	char *keys[] = {(char *)"1", (char *)"2", NULL};
	struct store_incoming i = {fixture_user("400", "new"), keys, "7"};
	struct fixture *f = ctx;
	struct store_batch *b;
	int r;

	if ((r = store_incoming_clear(f->s, NULL)) < 0 ||
	    (r = store_incoming_add(f->s, &i, 1, NULL)) < 0 ||
	    (r = store_incoming_each(f->s, NULL, see_incoming, NULL, NULL)) <
		0 ||
	    (r = store_begin(f->s, &b, NULL)) < 0)
		return r;
	r = store_incoming_each(f->s, b, see_incoming, NULL, NULL);
	if (r >= 0)
		r = store_incoming_publish(b, NULL);
	return store_end(b, r, NULL);
}

static int
trim_once(void *ctx)
{
	struct fixture *f = ctx;
	int r = store_trim(f->s, 0, NULL);

	return r < 0 ? r : 0;
}

/* ---- the tests ---- */

static int64_t
lines(struct fixture *f)
{
	AUTO(buf_done) struct buf all = BUF_MAX(16u << 20);

	assert_ok(f, store_journal_read(f->s, 0, SIZE_MAX, &all, &f->err));
	assert_int_equal(all.len, store_journal_bytes(f->s));
	return journal_check(buf_str(&all), all.len);
}

/* So that statements are prepared again, and fail to be. */
static void
fresh(struct fixture *f)
{
	assert_int_equal(write_once(f), 0);
	fixture_reopen(f);
}

static void
test_writing(void **state)
{
	struct fixture *f = *state;

	written = 0;
	fresh(f);
	assert_true(alloc_fail_sweep_lenient(write_once, f) > 20);
	assert_true(written >= 2);
	assert_int_equal(lines(f), written);
	assert_int_equal(store_generation(f->s), written);
	fixture_reopen(f);
	assert_int_equal(lines(f), written);
	assert_int_equal(store_generation(f->s), written);
	assert_users(f, "100=kim\n");
}

static void
test_reading(void **state)
{
	struct fixture *f = *state;

	fresh(f);
	assert_true(alloc_fail_sweep_lenient(read_once, f) > 20);
	assert_int_equal(f->s->readers_n, STORE_READERS);
}

static void
test_pulling(void **state)
{
	struct fixture *f = *state;

	fresh(f);
	assert_true(alloc_fail_sweep_lenient(pull_once, f) > 20);
	assert_users(f, "100=kim\n400=new\n");
}

static void
test_trimming(void **state)
{
	struct fixture *f = *state;

	fresh(f);
	fresh(f);
	assert_true(alloc_fail_sweep_lenient(trim_once, f) > 5);
	assert_users(f, "100=kim\n");
}

static int
open_once(void *ctx)
{
	struct fixture *f = ctx;
	struct store *s = NULL;
	int r = store_open(f->state, &s, NULL);

	store_close(s);
	return r;
}

static int
make_once(void *ctx)
{
	struct fixture *f = ctx;

	nftw(f->state, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
	return open_once(f);
}

/* As the sweep, with growing steps: opening allocates thousands of times. */
static void
stride(alloc_fail_run run, void *ctx)
{
	bool failed = true;
	int r;

	for (long nth = 1; failed; nth += 1 + nth / 32) {
		alloc_fail_arm(nth);
		r = run(ctx);
		failed = alloc_fail_disarm();
		assert_true(r == 0 || (failed && r == -ENOMEM));
	}
}

static void
test_opening(void **state)
{
	struct fixture *f = *state;

	fresh(f);
	store_close(TAKE(f->s));
	stride(open_once, f);
	fixture_open(f);
	assert_int_equal(lines(f), 1);
	assert_users(f, "100=kim\n");
}

static void
test_making(void **state)
{
	struct fixture *f = *state;

	store_close(TAKE(f->s));
	stride(make_once, f);
	fixture_open(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_writing),
	    fixture_test(test_reading),
	    fixture_test(test_pulling),
	    fixture_test(test_trimming),
	    fixture_test(test_opening),
	    fixture_test(test_making),
	};

	sqlite_fail_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
