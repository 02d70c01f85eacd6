/* SPDX-License-Identifier: MIT */
/* Generations that are kept: what is read in them, and what it costs. */
#include "store_past_fixture.h"

static int64_t
put(struct fixture *f, enum store_kind kind, const char *key, const char *name,
    const char *text)
{
	struct store_record r = fixture_user(key, text);
	struct store_batch *b = fixture_begin(f);
	int64_t id = 0;

	r.kind = kind;
	r.name = name;
	assert_ok(f, store_record_put(b, &r, &id, NULL, &f->err));
	fixture_commit(f, b);
	return id;
}

static void
drop(struct fixture *f, enum store_kind kind, const char *key)
{
	struct store_batch *b = fixture_begin(f);

	assert_ok(f, store_record_drop(b, kind, key, &f->err));
	fixture_commit(f, b);
}

static void
set_link(struct fixture *f, const char *container, const char *user, bool on)
{
	const struct store_link l = {STORE_LICENSE, container, user, 7};
	struct store_batch *b = fixture_begin(f);

	assert_ok(f, on ? store_link_put(b, &l, &f->err)
			: store_link_drop(b, &l, &f->err));
	fixture_commit(f, b);
}

/* In a batch of its own. */
static struct store_snapshot
pin(struct fixture *f, const char *name, const char *rules)
{
	struct store_snapshot v = {
	    .name = name, .created_ns = 5, .rules_bytes = strlen(rules)};
	struct store_batch *b = fixture_begin(f);

	v.rules_ns = wall_ms;
	assert_ok(f, store_snapshot_add(b, &v, rules, &f->err));
	fixture_commit(f, b);
	return v;
}

static void
unpin(struct fixture *f, int64_t seq)
{
	struct store_batch *b = fixture_begin(f);

	assert_ok(f, store_snapshot_drop(b, seq, &f->err));
	fixture_commit(f, b);
}

static int
see(void *ctx, const struct store_past *p)
{
	char *text = ctx;
	size_t n = strlen(text);

	snprintf(text + n, 1000 - n, "%s%s=%s ", p->record.key,
	    p->younger ? "'" : "", p->record.name);
	return 0;
}

static int
see_link(void *ctx, const struct store_past_link *l)
{
	char *text = ctx;
	size_t n = strlen(text);

	snprintf(text + n, 1000 - n, "%s/%s%s ", l->container_key,
	    l->user.record.key, l->user.younger ? "'" : "");
	return 0;
}

static int
see_last_link(void *ctx, const struct store_past_link *l)
{
	*(int64_t *)ctx = l->id;
	return 0;
}

#define assert_past(f, generation, after, want)                                \
	do {                                                                   \
		char text_[1000] = "";                                         \
		assert_ok(f, store_past_each((f)->s, generation, STORE_USER,   \
				 after, see, text_, &(f)->err));               \
		assert_string_equal(text_, want);                              \
	} while (0)

#define assert_named(f, generation, name, prefix, want)                        \
	do {                                                                   \
		char text_[1000] = "";                                         \
		assert_ok(f, store_past_named((f)->s, generation, STORE_USER,  \
				 name, prefix, see, text_, &(f)->err));        \
		assert_string_equal(text_, want);                              \
	} while (0)

#define assert_past_links(f, generation, container, after, want)               \
	do {                                                                   \
		char text_[1000] = "";                                         \
		assert_ok(                                                     \
		    f, store_past_links((f)->s, generation, STORE_LICENSE,     \
			   container, after, see_link, text_, &(f)->err));     \
		assert_string_equal(text_, want);                              \
	} while (0)

/* Each generation reads as it was, whatever came after. */
static void
test_past(void **state)
{
	struct fixture *f = *state;
	int64_t one, two, three;

	put(f, STORE_USER, "100", "ann@x", "a");
	put(f, STORE_LICENSE, "9", "Pro", "p");
	put(f, STORE_USER, "101", "ben@x", "b");
	set_link(f, "9", "100", true);
	fixture_publish(f);
	one = store_generation(f->s);
	put(f, STORE_USER, "100", "anna@x", "aa");
	drop(f, STORE_USER, "101");
	set_link(f, "9", "100", false);
	two = store_generation(f->s);
	put(f, STORE_USER, "102", "cyd@x", "c");
	put(f, STORE_USER, "101", "ben@x", "b");
	set_link(f, "9", "100", true);
	set_link(f, "9", "101", true);
	set_link(f, "9", "999", true); /* to nobody */
	three = store_generation(f->s);

	assert_past(f, one, 0, "100=ann@x 101=ben@x ");
	assert_past(f, two, 0, "100=anna@x ");
	assert_past(f, three, 0, "100=anna@x 101=ben@x 102=cyd@x ");
	assert_past(f, three, 1, "101=ben@x 102=cyd@x "); /* behind a number */
	assert_past_links(f, one, "9", 0, "9/100 ");
	assert_past_links(f, two, "9", 0, "");
	assert_past_links(f, three, "9", 0, "9/100 9/101 ");
	fixture_reopen(f);
	assert_past(f, one, 0, "100=ann@x 101=ben@x ");
	assert_past_links(f, three, "9", 0, "9/100 9/101 ");
}

static void
test_one(void **state)
{
	struct fixture *f = *state;
	char text[1000] = "";
	int64_t was, is, generation, link = 0;

	was = put(f, STORE_USER, "100", "ann@x", "a");
	put(f, STORE_USER, "101", "ben@x", "b");
	set_link(f, "9", "100", true);
	set_link(f, "9", "101", true);
	fixture_publish(f);
	generation = store_generation(f->s);
	is = put(f, STORE_USER, "100", "anna@x", "aa");

	assert_ok(f, store_past_id(f->s, generation, was, see, text, &f->err));
	assert_ok(f, store_past_id(f->s, generation, is, see, text, &f->err));
	assert_ok(f, store_past_id(f->s, generation, 999, see, text, &f->err));
	assert_ok(
	    f, store_past_id(f->s, generation + 1, is, see, text, &f->err));
	assert_string_equal(text, "100=ann@x 100=anna@x ");

	assert_ok(f, store_past_link_of(f->s, generation, STORE_LICENSE, "9",
			 "100", see_last_link, &link, &f->err));
	assert_true(link > 0);
	/* a listing goes on behind the one it came to */
	assert_past_links(f, generation, "9", link, "9/101 ");
	*text = '\0';
	assert_ok(f, store_past_link_id(
			 f->s, generation, link, see_link, text, &f->err));
	assert_ok(
	    f, store_past_link_id(f->s, 1, link, see_link, text, &f->err));
	assert_ok(f, store_past_link_of(f->s, generation, STORE_GROUP, "9",
			 "100", see_link, text, &f->err));
	assert_string_equal(text, "9/100 ");
}

/* Of two with one name the older key has it; in which generation matters. */
static void
test_names(void **state)
{
	struct fixture *f = *state;
	int64_t one, two;

	put(f, STORE_USER, "99", "Kim@x", "k");
	put(f, STORE_USER, "100", "kim@X", "k");
	put(f, STORE_USER, "101", "kimberly@x", "k");
	put(f, STORE_LICENSE, "9", "kim@x", "k");
	put(f, STORE_USER, "102", "k\303\211@x", "k");
	fixture_publish(f);
	one = store_generation(f->s);
	drop(f, STORE_USER, "99");
	two = store_generation(f->s);

	assert_past(
	    f, one, 0, "99=Kim@x 100'=kim@X 101=kimberly@x 102=k\303\211@x ");
	assert_past(f, two, 0, "100=kim@X 101=kimberly@x 102=k\303\211@x ");
	assert_named(f, one, "kim@x", false, "99=Kim@x 100'=kim@X ");
	assert_named(f, two, "KIM@x", false, "100=kim@X ");
	assert_named(f, two, "kim", false, "");
	assert_named(
	    f, one, "kIM", true, "99=Kim@x 100'=kim@X 101=kimberly@x ");
	assert_named(f, one, "kz", true, "");
	assert_named(f, one, "", true,
	    "99=Kim@x 100'=kim@X 101=kimberly@x 102=k\303\211@x ");
	/* case is that of ASCII */
	assert_named(f, two, "k\303\251@x", false, "");
}

/* What a snapshot has is never trimmed, and all of the rest is. */
static void
test_pin(void **state)
{
	struct fixture *f = *state;
	struct store_snapshot a, b;
	int64_t one, two, three;

	clock_set_source(&fake_clock);
	wall_ms = 1000;
	one = put(f, STORE_USER, "100", "ann@x", "one");
	set_link(f, "9", "100", true);
	fixture_publish(f);
	a = pin(f, "a", "rules");
	assert_int_equal(a.generation, store_generation(f->s));
	assert_int_equal(a.generation_ms, 1000);
	wall_ms = 2000;
	two = put(f, STORE_USER, "100", "ann@x", "two");
	set_link(f, "9", "100", false);
	wall_ms = 3000;
	three = put(f, STORE_USER, "100", "ann@x", "three");
	b = pin(f, "b", "rules");
	assert_int_equal(b.generation_ms, 3000);
	wall_ms = 4000;
	put(f, STORE_USER, "100", "ann@x", "four");
	wall_ms = 10000;
	while (store_trim(f->s, 0, &f->err) > 0)
		;
	assert_text(f, one, "one");
	assert_trimmed(f, two);
	assert_text(f, three, "three");
	assert_past(f, a.generation, 0, "100=ann@x ");
	assert_past_links(f, a.generation, "9", 0, "9/100 ");
	assert_past_links(f, b.generation, "9", 0, "");
	fixture_reopen(f);
	assert_int_equal(store_trim(f->s, 0, &f->err), 0);

	unpin(f, a.seq);
	assert_int_equal(store_trim(f->s, 0, &f->err), 2);
	assert_trimmed(f, one);
	assert_past_links(f, a.generation, "9", 0, "");
	unpin(f, b.seq);
	unpin(f, b.seq); /* 0 also when it is gone */
	while (store_trim(f->s, 0, &f->err) > 0)
		;
	assert_trimmed(f, three);
	assert_users(f, "100=four\n");
	clock_set_source(NULL);
}

/* What the trash names stays for it, and a pin that is gone keeps nothing. */
static void
test_pin_and_trash(void **state)
{
	struct fixture *f = *state;
	struct store_trash t = {.key = "100",
	    .name = "ann@x.json",
	    .longer_name = "ann@x~0100.json"};
	struct store_snapshot a;
	struct store_batch *b;

	t.record = put(f, STORE_USER, "100", "ann@x", "one");
	fixture_publish(f);
	a = pin(f, "a", "");
	b = fixture_begin(f);
	assert_ok(f, store_trash_put(b, &t, &f->err));
	assert_ok(f, store_record_drop(b, STORE_USER, "100", &f->err));
	fixture_commit(f, b);
	unpin(f, a.seq);
	while (store_trim(f->s, 0, &f->err) > 0)
		;
	assert_text(f, t.record, "one");
}

static int
see_snapshot(void *ctx, const struct store_snapshot *v)
{
	char *text = ctx;
	size_t n = strlen(text);

	snprintf(text + n, 1000 - n, "%lld %s %lld %zu\n", (long long)v->seq,
	    v->name, (long long)v->rules_ns, v->rules_bytes);
	return 0;
}

#define assert_snapshots(f, want)                                              \
	do {                                                                   \
		char text_[1000] = "";                                         \
		assert_ok(f, store_snapshots_each(                             \
				 (f)->s, see_snapshot, text_, &(f)->err));     \
		assert_string_equal(text_, want);                              \
	} while (0)

/* The list; a text that several have is kept once, until none has it. */
static void
test_list(void **state)
{
	struct fixture *f = *state;
	struct store_snapshot v = {.name = "a"}, a, b, c;
	struct store_batch *batch = fixture_begin(f);

	assert_fails(-EINVAL, store_snapshot_add(batch, &v, "", &f->err));
	fixture_commit(f, batch); /* that spoilt nothing */
	fixture_publish(f);
	wall_ms = 1;
	a = pin(f, "a", "rules");
	wall_ms = 2;
	b = pin(f, "b", "rules");
	c = pin(f, "c", "others");
	assert_int_equal(a.rules, b.rules);
	assert_int_not_equal(a.rules, c.rules);
	batch = fixture_begin(f);
	assert_fails(-EEXIST, store_snapshot_add(batch, &v, "", &f->err));
	assert_ok(f, store_snapshot_rename(batch, a.seq, "z", &f->err));
	fixture_commit(f, batch);
	assert_snapshots(f, "1 z 1 5\n2 b 2 5\n3 c 2 6\n");
	fixture_reopen(f);
	unpin(f, a.seq);
	assert_text(f, b.rules, "rules");
	unpin(f, b.seq);
	assert_trimmed(f, b.rules);
	assert_text(f, c.rules, "others");
	unpin(f, c.seq);
	assert_snapshots(f, "");
	/* a number is never given again */
	assert_int_equal(pin(f, "a", "").seq, 4);
}

/* A hundred snapshots, of which each saw ten more changes: so many rows. */
static void
test_cost(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);
	struct store_record r;
	char key[16], name[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		r = fixture_user(key, "text");
		assert_ok(f, store_record_put(b, &r, NULL, NULL, &f->err));
	}
	fixture_commit(f, b);
	fixture_publish(f);
	for (int n = 0; n < 100; n++) {
		snprintf(name, sizeof(name), "s%d", n);
		pin(f, name, "rules");
		b = fixture_begin(f);
		for (int i = 0; i < 10; i++) {
			snprintf(key, sizeof(key), "%d", (n * 10 + i) % 1000);
			r = fixture_user(key, "changed");
			assert_ok(
			    f, store_record_put(b, &r, NULL, NULL, &f->err));
		}
		fixture_commit(f, b);
	}
	while (store_trim(f->s, 0, &f->err) > 0)
		;
	assert_int_equal(rows(f, "SELECT count(*) FROM record"), 2000);
	assert_int_equal(rows(f, "SELECT count(*) FROM text"), 2001);
	assert_int_equal(rows(f, "SELECT count(*) FROM snapshot"), 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_past),
	    fixture_test(test_one),
	    fixture_test(test_names),
	    fixture_test(test_pin),
	    fixture_test(test_pin_and_trash),
	    fixture_test(test_list),
	    fixture_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
