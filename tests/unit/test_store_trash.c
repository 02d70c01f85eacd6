/* SPDX-License-Identifier: MIT */
/* Who was removed: rows that name a version, and keep its text. */
#include "store_fixture.h"

#include "../../src/store/store_int.h"
#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/clock.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* Puts him, drops him, and throws him away: the version he was. */
static int64_t
remove_user(struct fixture *f, const char *key, const char *name)
{
	int64_t record = fixture_put(f, key, key);
	struct store_batch *b = fixture_begin(f);
	struct store_trash t = {.key = key,
	    .name = name,
	    .longer_name = "longer.json",
	    .number = 7,
	    .record = record,
	    .text_bytes = strlen(key),
	    .license_keys = "5\n6",
	    .group_key = "8",
	    .group_label = "Berlin",
	    .removed_ms = clock_wall_ms(),
	    .uid = 1000,
	    .command = "rm"};

	assert_ok(f, store_trash_put(b, &t, &f->err));
	assert_ok(f, store_record_drop(b, STORE_USER, key, &f->err));
	fixture_commit(f, b);
	return record;
}

static int
append_name(void *ctx, const struct store_trash *t)
{
	char *text = ctx;

	strcat(text, t->key);
	strcat(text, "=");
	strcat(text, t->name);
	strcat(text, "\n");
	return 0;
}

static void
assert_trash(struct fixture *f, const char *want)
{
	char text[1000] = "";

	assert_ok(f, store_trash_each(f->s, 0, append_name, text, &f->err));
	assert_string_equal(text, want);
}

static int
see_all(void *ctx, const struct store_trash *t)
{
	int *n = ctx;

	++*n;
	assert_true(t->seq > 0 && t->record > 0);
	assert_string_equal(t->key, "100");
	assert_string_equal(t->name, "dan.json");
	assert_int_equal(t->number, 7);
	assert_int_equal(t->text_bytes, 3);
	assert_string_equal(t->license_keys, "5\n6");
	assert_string_equal(t->group_key, "8");
	assert_string_equal(t->group_label, "Berlin");
	assert_true(t->removed_ms > 0);
	assert_int_equal(t->uid, 1000);
	assert_string_equal(t->command, "rm");
	return 0;
}

static void
test_every_column_comes_back(void **state)
{
	struct fixture *f = *state;
	int n = 0;

	remove_user(f, "100", "dan.json");
	fixture_reopen(f);
	assert_ok(f, store_trash_find(f->s, "dan.json", see_all, &n, &f->err));
	assert_int_equal(n, 1);
	assert_fails(
	    -ENOENT, store_trash_find(f->s, "kim.json", see_all, &n, &f->err));
	assert_int_equal(n, 1);
}

static void
test_names_are_unique(void **state)
{
	struct fixture *f = *state;

	remove_user(f, "100", "dan.json");
	remove_user(f, "200", "dan.json");
	assert_trash(f, "100=dan.json\n200=longer.json\n");
	remove_user(f, "300", "dan.json"); /* the third takes the second's */
	assert_trash(f, "100=dan.json\n300=longer.json\n");
	remove_user(f, "100", "dan.json"); /* again: replaced, and the last */
	assert_trash(f, "300=longer.json\n100=dan.json\n");
}

static void
test_a_restore(void **state)
{
	struct fixture *f = *state;
	int64_t dan = remove_user(f, "100", "dan.json");
	struct store_batch *b;
	int n = 0;

	remove_user(f, "200", "kim.json");
	b = fixture_begin(f);
	assert_ok(f, store_trash_hide(b, dan, 17, &f->err));
	assert_fails(-ENOENT, store_trash_hide(b, dan, 18, &f->err));
	fixture_commit(f, b);
	assert_trash(f, "200=kim.json\n");
	assert_fails(
	    -ENOENT, store_trash_find(f->s, "dan.json", see_all, &n, &f->err));
	b = fixture_begin(f);
	assert_ok(f, store_trash_show(b, 17, &f->err));
	fixture_commit(f, b);
	assert_trash(f, "100=dan.json\n200=kim.json\n");
	b = fixture_begin(f);
	assert_ok(f, store_trash_hide(b, dan, 19, &f->err));
	assert_ok(f, store_trash_drop(b, 0, &f->err)); /* no change: nobody */
	assert_ok(f, store_trash_drop(b, 19, &f->err));
	assert_ok(f, store_trash_show(b, 19, &f->err));
	fixture_commit(f, b);
	assert_trash(f, "200=kim.json\n");
}

static void
test_who_is_back_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;
	int64_t number;

	fixture_put(f, "100", "here");
	remove_user(f, "200", "kim.json");
	b = fixture_begin(f);
	assert_ok(
	    f, store_batch_int(b, "SELECT number FROM record WHERE key = '200'",
		   NULL, &number, &f->err));
	assert_ok(f, store_batch_run(b, "UPDATE trash SET number = ?1",
			 DB_ARGS(db_int(number)), &f->err));
	assert_ok(f, store_trash_drop_present(b, &f->err));
	fixture_commit(f, b);
	assert_trash(f, "200=kim.json\n");
	fixture_put(f, "200", "back");
	b = fixture_begin(f);
	assert_ok(f, store_trash_drop_present(b, &f->err));
	fixture_commit(f, b);
	assert_trash(f, "");
}

/* ---- time ---- */

static int64_t wall_ms;

static int64_t
fake_wall_ns(void)
{
	return wall_ms * CLOCK_NS_PER_MS;
}

static int64_t
fake_boot_ms(void)
{
	return wall_ms;
}

static const struct clock_source fake_clock = {fake_wall_ns, fake_boot_ms};

static void
trim_all(struct fixture *f)
{
	int r;

	while ((r = store_trim(f->s, 0, &f->err)) > 0)
		;
	assert_int_equal(r, 0);
}

/* The text is there for as long as the row is, and no longer. */
static void
test_the_text_is_kept(void **state)
{
	struct fixture *f = *state;
	AUTO(buf_done) struct buf b = BUF_MAX(1000);
	int64_t dan;

	clock_set_source(&fake_clock);
	wall_ms = DAY_MS;
	dan = remove_user(f, "100", "dan.json");
	wall_ms += 89 * DAY_MS;
	remove_user(f, "200", "kim.json");
	trim_all(f);
	assert_ok(f, store_trash_prune(f->s, 90 * DAY_MS, &f->err));
	assert_ok(f, store_record_text(f->s, dan, &b, &f->err));
	assert_string_equal(buf_str(&b), "100");
	wall_ms += DAY_MS;
	assert_ok(f, store_trash_prune(f->s, 90 * DAY_MS, &f->err));
	assert_trash(f, "200=kim.json\n");
	trim_all(f);
	assert_fails(-ENOENT, store_record_text(f->s, dan, &b, &f->err));
	clock_set_source(NULL);
}

/* A restore on its way is not forgotten; one whose change is no more is back.
 */
static void
test_prune_and_restores(void **state)
{
	struct fixture *f = *state;
	struct store_change c = {.verb = 3,
	    .state = 3,
	    .path = "users/dan.json",
	    .args = "{}",
	    .command = "mv"};
	struct store_batch *b;
	int64_t dan, kim, change;

	clock_set_source(&fake_clock);
	wall_ms = DAY_MS;
	dan = remove_user(f, "100", "dan.json");
	kim = remove_user(f, "200", "kim.json");
	b = fixture_begin(f);
	assert_ok(f, store_change_add(b, &c, &change, &f->err));
	assert_ok(f, store_trash_hide(b, dan, change, &f->err));
	assert_ok(f, store_trash_hide(b, kim, change + 1, &f->err));
	fixture_commit(f, b);
	assert_trash(f, "");
	wall_ms += 100 * DAY_MS;
	assert_ok(f, store_trash_prune(f->s, 90 * DAY_MS, &f->err));
	assert_trash(f, "200=kim.json\n");
	b = fixture_begin(f);
	assert_ok(f, store_trash_show(b, change, &f->err));
	fixture_commit(f, b);
	assert_trash(f, "100=dan.json\n200=kim.json\n");
	clock_set_source(NULL);
}

/* ---- without memory ---- */

static int
put_once(void *ctx)
{
	struct fixture *f = ctx;
	struct store_trash t = {.key = "9",
	    .name = "a.json",
	    .longer_name = "b.json",
	    .record = 1,
	    .uid = -1};
	struct store_batch *b;
	int r = store_begin(f->s, &b, NULL);

	if (r < 0)
		return r;
	r = store_trash_put(b, &t, NULL);
	return store_end(b, r, NULL);
}

static int
find_once(void *ctx)
{
	struct fixture *f = ctx;
	char text[1000] = "";

	return store_trash_find(f->s, "a.json", append_name, text, NULL);
}

static void
test_every_allocation_may_fail(void **state)
{
	struct fixture *f = *state;

	alloc_fail_sweep_lenient(put_once, f);
	alloc_fail_sweep_lenient(find_once, f);
	assert_trash(f, "9=a.json\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_every_column_comes_back),
	    fixture_test(test_names_are_unique),
	    fixture_test(test_a_restore),
	    fixture_test(test_who_is_back_is_not_there),
	    fixture_test(test_the_text_is_kept),
	    fixture_test(test_prune_and_restores),
	    fixture_test(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
