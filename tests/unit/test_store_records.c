/* SPDX-License-Identifier: MIT */
/* Versioned rows: records, links, and how the past is forgotten. */
#include "store_past_fixture.h"

/* ---- records ---- */

static void
drop(struct fixture *f, const char *key)
{
	struct store_batch *b = fixture_begin(f);

	assert_ok(f, store_record_drop(b, STORE_USER, key, &f->err));
	fixture_commit(f, b);
}

static int
see_group(void *ctx, const struct store_record *r)
{
	const struct store_record *want = ctx;

	assert_true(r->id > 0);
	assert_true(r->number > 0);
	assert_int_equal(r->kind, STORE_GROUP);
	assert_string_equal(r->key, want->key);
	assert_string_equal(r->name, want->name);
	assert_string_equal(r->ref, want->ref);
	assert_int_equal(r->flags, want->flags);
	assert_true(r->hash == want->hash);
	assert_true(r->changed_ns == want->changed_ns);
	assert_int_equal(r->text_bytes, want->text_bytes);
	assert_string_equal(r->text, want->text);
	return 0;
}

static void
test_every_column_comes_back(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);
	struct store_record r = fixture_user("9007199254740993", "{\n}\n");

	r.kind = STORE_GROUP;
	r.name = "S\303\274d / 'x'";
	r.ref = "1";
	r.flags = 0xffffffff;
	r.changed_ns = -1;
	assert_ok(f, store_record_put(b, &r, NULL, NULL, &f->err));
	fixture_commit(f, b);
	fixture_reopen(f);
	assert_ok(f, store_records_each(
			 f->s, STORE_GROUP, true, see_group, &r, &f->err));
	assert_users(f, "");
}

static void
test_versions(void **state)
{
	struct fixture *f = *state;
	struct fixture_seen seen;
	int64_t one, two, three, number;

	one = fixture_put(f, "100", "first");
	fixture_walk(f, false, &seen);
	number = seen.last.number;
	assert_string_equal(seen.text, "100=-\n");
	assert_int_equal(seen.last.text_bytes, 5);
	assert_int_equal(seen.last.id, one);
	two = fixture_put(f, "100", "second");
	assert_users(f, "100=second\n");
	drop(f, "100");
	drop(f, "100");
	assert_users(f, "");
	three = fixture_put(f, "100", "back");
	fixture_walk(f, true, &seen);
	assert_int_equal(seen.last.number, number);
	assert_true(one < two && two < three);
	assert_text(f, one, "first");
	assert_text(f, two, "second");
	assert_text(f, three, "back");
	assert_trimmed(f, three + 1);
}

static int
former(void *ctx, const char *name, const char *key, int64_t until_ms)
{
	char *said = ctx;

	sprintf(
	    said + strlen(said), "%s=%s<%lld ", name, key, (long long)until_ms);
	return 0;
}

#define assert_former(f, kind, expected)                                       \
	do {                                                                   \
		char said_[256] = "";                                          \
		assert_ok(f, store_former_names_each(                          \
				 (f)->s, kind, former, said_, &(f)->err));     \
		assert_string_equal(said_, expected);                          \
	} while (0)

/* At that time; the id of the version. */
static int64_t
rename_to(struct fixture *f, int64_t at_ms, const char *key, const char *name)
{
	struct store_record r = fixture_user(key, name);
	struct store_batch *b = fixture_begin(f);
	int64_t id;

	wall_ms = at_ms;
	r.name = name;
	assert_ok(f, store_record_put(b, &r, &id, NULL, &f->err));
	fixture_commit(f, b);
	return id;
}

/* Once for each time that it ended, however many versions had it. */
static void
test_former_names(void **state)
{
	struct fixture *f = *state;

	clock_set_source(&fake_clock);
	rename_to(f, 1, "1", "a");
	fixture_publish(f);
	rename_to(f, 2, "1", "A"); /* that is the same one */
	rename_to(f, 3, "1", "b");
	rename_to(f, 4, "2", "a");
	rename_to(f, 5, "3", "gone");
	rename_to(f, 6, "3", "c");
	assert_former(f, STORE_USER, "A=1<3 gone=3<6 ");
	assert_former(f, STORE_GROUP, "");
	/* back again: between them it was another's */
	rename_to(f, 7, "2", "d");
	rename_to(f, 8, "1", "a");
	assert_former(f, STORE_USER, "A=1<3 gone=3<6 a=2<7 b=1<8 ");
	/* and who is there no more had his until then */
	wall_ms = 9;
	drop(f, "3");
	assert_former(f, STORE_USER, "A=1<3 gone=3<6 a=2<7 b=1<8 c=3<9 ");
	rename_to(f, 10, "3", "c");
	assert_former(f, STORE_USER, "A=1<3 gone=3<6 a=2<7 b=1<8 c=3<9 ");
	clock_set_source(NULL);
}

/* What is kept is known still when all else of that time is forgotten. */
static void
test_former_names_kept(void **state)
{
	struct fixture *f = *state;
	struct store_snapshot v = {.name = "s", .created_ns = 5000000};
	struct store_trash t = {.key = "2", .name = "b", .longer_name = "b~2"};
	struct store_batch *b;

	clock_set_source(&fake_clock);
	rename_to(f, 1, "1", "a");
	t.record = rename_to(f, 2, "2", "b");
	fixture_publish(f);
	wall_ms = 5;
	b = fixture_begin(f);
	assert_ok(f, store_snapshot_add(b, &v, "", &f->err));
	fixture_commit(f, b);
	rename_to(f, 7, "1", "c");
	rename_to(f, 8, "2", "B");
	t.record = rename_to(f, 9, "2", "b");
	b = fixture_begin(f);
	t.removed_ms = wall_ms = 11;
	assert_ok(f, store_trash_put(b, &t, &f->err));
	assert_ok(f, store_record_drop(b, STORE_USER, "2", &f->err));
	fixture_commit(f, b);
	assert_former(f, STORE_USER, "a=1<7 b=2<11 ");
	rename_to(f, 20, "3", "d");
	wall_ms = 30;
	while (store_trim(f->s, 0, &f->err) > 0)
		;
	assert_int_equal(rows(f, "SELECT count(*) FROM generation"), 1);
	assert_former(f, STORE_USER, "a=1<5 b=2<5 b=2<11 ");
	clock_set_source(NULL);
}

static void
test_order(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "30", "c");
	fixture_put(f, "10", "a");
	fixture_put(f, "20", "b");
	fixture_put(f, "30", "C");
	assert_users(f, "30=C\n10=a\n20=b\n");
}

static void
test_twice_in_one_batch(void **state)
{
	struct fixture *f = *state;
	struct store_record r = fixture_user("100", "one");
	struct store_record q = fixture_user("100", "two");
	struct store_batch *b = fixture_begin(f);
	int64_t one, two, n1, n2;

	assert_ok(f, store_record_put(b, &r, &one, &n1, &f->err));
	assert_ok(f, store_record_put(b, &q, &two, &n2, &f->err));
	assert_int_equal(n1, n2);
	fixture_commit(f, b);
	assert_users(f, "100=two\n");
	assert_trimmed(f, one);
	b = fixture_begin(f);
	assert_ok(f, store_record_put(b, &r, &one, NULL, &f->err));
	assert_ok(f, store_record_drop(b, STORE_USER, "100", &f->err));
	fixture_commit(f, b);
	assert_true(one > two);
	assert_users(f, "");
	assert_text(f, two, "two");
	assert_trimmed(f, one);
}

/* Kinds do not meet, though their keys are equal. */
static void
test_kinds_are_apart(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);
	struct store_record r = fixture_user("100", "kim");
	int64_t one, two;

	assert_ok(f, store_record_put(b, &r, NULL, &one, &f->err));
	r.kind = STORE_LICENSE;
	assert_ok(f, store_record_put(b, &r, NULL, &two, &f->err));
	assert_true(one != two);
	assert_ok(f, store_record_drop(b, STORE_LICENSE, "100", &f->err));
	fixture_commit(f, b);
	assert_users(f, "100=kim\n");
}

static int
stop(void *ctx, const struct store_record *r)
{
	++*(int *)ctx;
	return -ECANCELED;
}

static void
test_walk_ends_early(void **state)
{
	struct fixture *f = *state;
	int n = 0;

	fixture_put(f, "1", "a");
	fixture_put(f, "2", "b");
	assert_fails(-ECANCELED,
	    store_records_each(f->s, STORE_USER, false, stop, &n, &f->err));
	assert_int_equal(n, 1);
}

struct nested {
	struct fixture *f;
	struct fixture_seen seen;
};

/* Another thread's commit is not seen within one walk. */
static int
read_within(void *ctx, const struct store_record *r)
{
	struct nested *n = ctx;
	AUTO(buf_done) struct buf b = BUF_MAX(100);

	assert_ok(n->f, store_record_text(n->f->s, r->id, &b, &n->f->err));
	assert_string_equal(buf_str(&b), "kim");
	fixture_walk(n->f, true, &n->seen);
	return 0;
}

static void
test_reading_within_a_walk(void **state)
{
	struct fixture *f = *state;
	struct nested n = {f, {{0}, 0, {0}}};

	fixture_put(f, "1", "kim");
	for (int i = 0; i < 2 * STORE_READERS; i++)
		assert_ok(f, store_records_each(f->s, STORE_USER, false,
				 read_within, &n, &f->err));
	assert_string_equal(n.seen.text, "1=kim\n");
	assert_int_equal(f->s->readers_n, STORE_READERS);
}

static void
test_text_has_a_ceiling(void **state)
{
	struct fixture *f = *state;
	AUTO(buf_done) struct buf b = BUF_MAX(4);
	int64_t id = fixture_put(f, "1", "12345");

	assert_ok(f, buf_puts(&b, "x"));
	assert_fails(-EFBIG, store_record_text(f->s, id, &b, &f->err));
	assert_string_equal(buf_str(&b), "x");
}

/* ---- links ---- */

static int
see_link(void *ctx, const struct store_link *l)
{
	char *text = ctx;
	size_t len = strlen(text);

	snprintf(text + len, 1000 - len, "%d %s %s %lld\n", (int)l->kind,
	    l->container_key, l->user_key, (long long)l->since_ns);
	return 0;
}

#define assert_links(f, expected)                                              \
	do {                                                                   \
		char text_[1000] = "";                                         \
		assert_ok(                                                     \
		    f, store_links_each((f)->s, see_link, text_, &(f)->err));  \
		assert_string_equal(text_, expected);                          \
	} while (0)

static const struct store_link kim_seat = {STORE_LICENSE, "L", "100", 7};
static const struct store_link kim_group = {STORE_GROUP, "L", "100", 8};

static void
test_links(void **state)
{
	struct fixture *f = *state;
	struct store_link later = kim_seat;
	struct store_batch *b = fixture_begin(f);

	later.since_ns = 9;
	assert_ok(f, store_link_put(b, &kim_seat, &f->err));
	assert_ok(f, store_link_put(b, &kim_group, &f->err));
	assert_int_equal(store_batch_generation(b), 1);
	fixture_commit(f, b);
	b = fixture_begin(f);
	assert_ok(f, store_link_put(b, &later, &f->err));
	fixture_commit(f, b);
	assert_links(f, "2 L 100 7\n3 L 100 8\n");
	for (int i = 0; i < 2; i++) {
		b = fixture_begin(f);
		assert_ok(f, store_link_drop(b, &kim_seat, &f->err));
		fixture_commit(f, b);
		assert_links(f, "3 L 100 8\n");
	}
	b = fixture_begin(f);
	assert_ok(f, store_link_put(b, &later, &f->err));
	fixture_commit(f, b);
	fixture_reopen(f);
	assert_links(f, "3 L 100 8\n2 L 100 9\n");
	fixture_publish(f);
	assert_int_equal(store_generation(f->s), 4);
}

static void
test_link_comes_and_goes_in_one_batch(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);

	for (int i = 0; i < 3; i++) {
		assert_ok(f, store_link_put(b, &kim_seat, &f->err));
		assert_ok(f, store_link_drop(b, &kim_seat, &f->err));
	}
	fixture_commit(f, b);
	assert_links(f, "");
	b = fixture_begin(f);
	assert_ok(f, store_link_put(b, &kim_seat, &f->err));
	fixture_commit(f, b);
	b = fixture_begin(f);
	for (int i = 0; i < 3; i++) {
		assert_ok(f, store_link_drop(b, &kim_seat, &f->err));
		assert_ok(f, store_link_put(b, &kim_seat, &f->err));
	}
	fixture_commit(f, b);
	assert_links(f, "2 L 100 7\n");
}

/* ---- the past ---- */

static void
test_trim(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;
	int64_t one, two, three;

	clock_set_source(&fake_clock);
	wall_ms = 1000;
	one = fixture_put(f, "100", "one");
	wall_ms = 2000;
	two = fixture_put(f, "100", "two");
	b = fixture_begin(f);
	assert_ok(f, store_link_put(b, &kim_seat, &f->err));
	fixture_commit(f, b);
	wall_ms = 3000;
	three = fixture_put(f, "100", "three");
	b = fixture_begin(f);
	assert_ok(f, store_link_drop(b, &kim_seat, &f->err));
	fixture_commit(f, b);
	fixture_publish(f);

	wall_ms = 3999;
	assert_int_equal(store_trim(f->s, 2000, &f->err), 0);
	assert_text(f, one, "one");
	wall_ms = 4000; /* one ended 2000 ms ago */
	assert_int_equal(store_trim(f->s, 2000, &f->err), 1);
	assert_trimmed(f, one);
	assert_text(f, two, "two");
	assert_int_equal(store_trim(f->s, 2000, &f->err), 2); /* generations */
	assert_int_equal(store_trim(f->s, 2000, &f->err), 0);
	wall_ms = 10000;
	assert_int_equal(store_trim(f->s, 0, &f->err), 2);
	assert_trimmed(f, two);
	assert_text(f, three, "three");
	while (store_trim(f->s, 0, &f->err) > 0)
		;
	assert_users(f, "100=three\n");
	assert_int_equal(store_generation(f->s), 6);
	fixture_reopen(f);
	assert_int_equal(store_generation(f->s), 6);
	assert_int_equal(rows(f, "SELECT count(*) FROM text"), 1);
	assert_int_equal(rows(f, "SELECT count(*) FROM link"), 0);
	assert_int_equal(rows(f, "SELECT count(*) FROM generation"), 1);
	clock_set_source(NULL);
}

static void
test_trim_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;
	struct store_record r;
	char key[16];
	int n, calls = 0;

	for (int round = 0; round < 2; round++) {
		b = fixture_begin(f);
		for (int i = 0; i < 5000; i++) {
			snprintf(key, sizeof(key), "%d", i);
			r = fixture_user(key, "text");
			assert_ok(
			    f, store_record_put(b, &r, NULL, NULL, &f->err));
		}
		fixture_commit(f, b);
	}
	while ((n = store_trim(f->s, 0, &f->err)) > 0) {
		assert_true(n <= 2000);
		calls++;
	}
	assert_int_equal(n, 0);
	assert_int_equal(calls, 4); /* 2000, 2000, 1000, the generation */
	assert_int_equal(rows(f, "SELECT count(*) FROM text"), 5000);
	assert_int_equal(rows(f, "SELECT count(*) FROM record"), 5000);
}

/* A clock that jumps back neither keeps nor loses anything for ever. */
static void
test_clock_jumps_back(void **state)
{
	struct fixture *f = *state;
	int64_t one;

	clock_set_source(&fake_clock);
	wall_ms = 5000;
	one = fixture_put(f, "100", "one");
	wall_ms = 1000;
	fixture_put(f, "100", "two");
	assert_int_equal(store_trim(f->s, 0, &f->err), 0);
	wall_ms = 5000;
	assert_int_equal(store_trim(f->s, 0, &f->err), 1);
	assert_trimmed(f, one);
	clock_set_source(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_every_column_comes_back),
	    fixture_test(test_versions),
	    fixture_test(test_former_names),
	    fixture_test(test_former_names_kept),
	    fixture_test(test_order),
	    fixture_test(test_twice_in_one_batch),
	    fixture_test(test_kinds_are_apart),
	    fixture_test(test_walk_ends_early),
	    fixture_test(test_reading_within_a_walk),
	    fixture_test(test_text_has_a_ceiling),
	    fixture_test(test_links),
	    fixture_test(test_link_comes_and_goes_in_one_batch),
	    fixture_test(test_trim),
	    fixture_test(test_trim_is_bounded),
	    fixture_test(test_clock_jumps_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
