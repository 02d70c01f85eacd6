/* SPDX-License-Identifier: MIT */
/* A listing on its way: it is nobody's until it is published. */
#include "store_fixture.h"

#include "../../src/store/store_int.h"
#include "gotofs/text.h"

static char *two_licenses[] = {(char *)"11", (char *)"22", NULL};
static char *no_license[] = {NULL};

static struct store_incoming
incoming(const char *key, const char *text, char **licenses, const char *group)
{
	struct store_incoming i = {fixture_user(key, text), licenses, group};

	return i;
}

static void
add(struct fixture *f, const char *key, const char *text)
{
	struct store_incoming i = incoming(key, text, two_licenses, "7");

	assert_ok(f, store_incoming_add(f->s, &i, 1, &f->err));
}

static int
see(void *ctx, const struct store_incoming *i)
{
	AUTO(text_done) char *keys = strv_join(i->license_keys, "+");
	const struct store_record *r = &i->record;
	char *text = ctx;
	size_t len = strlen(text);

	assert_true((r->id == 0) == (r->number == 0));
	assert_int_equal(r->kind, STORE_USER);
	assert_string_equal(r->name, "kim@example.com");
	assert_true(r->hash == UINT64_C(0xfedcba9876543210));
	assert_int_equal(r->flags, 5);
	assert_int_equal(r->changed_ns, 42);
	snprintf(text + len, 1000 - len, "%s=%s %s %s %d\n", r->key,
	    r->text ? r->text : "-", keys, i->group_key ? i->group_key : "-",
	    (int)r->number);
	return 0;
}

#define assert_incoming(f, b, expected)                                        \
	do {                                                                   \
		char text_[1000] = "";                                         \
		assert_ok(                                                     \
		    f, store_incoming_each((f)->s, b, see, text_, &(f)->err)); \
		assert_string_equal(text_, expected);                          \
	} while (0)

static void
publish(struct fixture *f)
{
	struct store_batch *b = fixture_begin(f);

	assert_ok(f, store_incoming_publish(b, &f->err));
	assert_ok(f, store_publish(b, &f->err));
	fixture_commit(f, b);
}

static int64_t
texts(struct fixture *f)
{
	int64_t n = -1;

	assert_ok(f, db_query_int(f->s->writer, "SELECT count(*) FROM text",
			 NULL, &n, &f->err));
	return n;
}

static void
test_order_of_arrival(void **state)
{
	struct fixture *f = *state;
	struct store_incoming v[3];

	v[0] = incoming("30", "c", two_licenses, "7");
	v[1] = incoming("10", "a", no_license, NULL);
	v[2] = incoming("20", "b", NULL, NULL);
	assert_ok(f, store_incoming_add(f->s, v, 3, &f->err));
	assert_ok(f, store_incoming_add(f->s, v, 0, &f->err));
	add(f, "05", "d");
	assert_incoming(
	    f, NULL, "30=c 11+22 7 0\n10=a  - 0\n20=b  - 0\n05=d 11+22 7 0\n");
	assert_users(f, "");
	assert_int_equal(store_generation(f->s), 0);
}

static void
test_publish(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;

	fixture_put(f, "10", "old");
	fixture_put(f, "99", "stays");
	add(f, "30", "c");
	add(f, "10", "new");
	b = fixture_begin(f);
	assert_incoming(f, b, "30=c 11+22 7 0\n10=new 11+22 7 0\n");
	assert_ok(f, store_incoming_publish(b, &f->err));
	assert_incoming(f, b, "30=c 11+22 7 3\n10=new 11+22 7 1\n");
	assert_users(f, "10=old\n99=stays\n");
	assert_ok(f, store_publish(b, &f->err));
	fixture_commit(f, b);
	assert_int_equal(store_generation(f->s), 3);
	assert_users(f, "10=new\n99=stays\n30=c\n");
	assert_incoming(f, NULL, "30=c 11+22 7 3\n10=new 11+22 7 1\n");
	assert_ok(f, store_incoming_clear(f->s, &f->err));
	assert_incoming(f, NULL, "");
	assert_users(f, "10=new\n99=stays\n30=c\n");
}

static void
test_rolled_back_publish(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;

	add(f, "30", "c");
	b = fixture_begin(f);
	assert_ok(f, store_incoming_publish(b, &f->err));
	store_rollback(b);
	assert_users(f, "");
	assert_incoming(f, NULL, "30=c 11+22 7 0\n");
	publish(f);
	assert_users(f, "30=c\n");
}

static void
test_nothing_to_publish(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);

	assert_ok(f, store_incoming_publish(b, &f->err));
	fixture_commit(f, b);
	assert_int_equal(store_generation(f->s), 0);
	publish(f);
	assert_int_equal(store_generation(f->s), 1);
}

/* What a pull that failed left behind goes, with its texts. */
static void
test_clear(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, store_incoming_clear(f->s, &f->err));
	fixture_put(f, "10", "old");
	add(f, "10", "new");
	add(f, "30", "c");
	fixture_reopen(f);
	assert_int_equal(texts(f), 3);
	assert_ok(f, store_incoming_clear(f->s, &f->err));
	assert_int_equal(texts(f), 1);
	assert_incoming(f, NULL, "");
	assert_users(f, "10=old\n");
}

/* The tenant named a person twice: the later one counts. */
static void
test_twice(void **state)
{
	struct fixture *f = *state;

	add(f, "30", "first");
	add(f, "30", "second");
	publish(f);
	assert_users(f, "30=second\n");
	assert_incoming(f, NULL, "30=- 11+22 7 0\n30=second 11+22 7 1\n");
	assert_ok(f, store_incoming_clear(f->s, &f->err));
	assert_int_equal(texts(f), 1);
}

static void
test_drop(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;

	fixture_put(f, "10", "newer");
	add(f, "10", "listed");
	add(f, "30", "c");
	add(f, "10", "listed again");
	b = fixture_begin(f);
	assert_ok(f, store_incoming_drop(b, STORE_USER, "10", &f->err));
	assert_ok(f, store_incoming_drop(b, STORE_USER, "10", &f->err));
	assert_ok(f, store_incoming_drop(b, STORE_GROUP, "30", &f->err));
	assert_ok(f, store_incoming_publish(b, &f->err));
	fixture_commit(f, b);
	assert_users(f, "10=newer\n30=c\n");
	assert_incoming(f, NULL, "30=c 11+22 7 2\n");
	assert_int_equal(texts(f), 2);
}

static int
drop_it(void *ctx, const struct store_incoming *i)
{
	struct store_batch *b = ctx;

	return store_record_drop(b, STORE_USER, i->record.key, NULL);
}

static void
test_changing_within_the_walk(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;

	fixture_put(f, "10", "old");
	add(f, "10", "new");
	b = fixture_begin(f);
	assert_ok(f, store_incoming_each(f->s, b, drop_it, b, &f->err));
	fixture_commit(f, b);
	assert_users(f, "");
}

static int
stop(void *ctx, const struct store_incoming *i)
{
	return -ECANCELED;
}

static void
test_walk_ends_early(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;

	add(f, "10", "new");
	assert_fails(
	    -ECANCELED, store_incoming_each(f->s, NULL, stop, NULL, &f->err));
	b = fixture_begin(f);
	assert_fails(
	    -ECANCELED, store_incoming_each(f->s, b, stop, NULL, &f->err));
	fixture_commit(f, b); /* that spoilt nothing */
}

static void
test_spoilt(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;

	add(f, "10", "new");
	b = fixture_begin(f);
	assert_fails(
	    -EIO, store_batch_run(b, "INSERT INTO a VALUES(1)", NULL, NULL));
	assert_fails(-EIO, store_incoming_each(f->s, b, stop, NULL, &f->err));
	assert_fails(-EIO, store_incoming_publish(b, &f->err));
	store_rollback(b);
}

/* More than one piece of the clearing, more than one page of the tenant's. */
static void
test_many(void **state)
{
	static struct store_incoming v[1000];
	static char keys[1000][16];
	struct fixture *f = *state;
	struct fixture_seen seen;

	for (int page = 0; page < 12; page++) {
		for (int i = 0; i < 1000; i++) {
			snprintf(
			    keys[i], sizeof(keys[i]), "%d", page * 1000 + i);
			v[i] = incoming(keys[i], "text", NULL, NULL);
		}
		assert_ok(f, store_incoming_add(f->s, v, 1000, &f->err));
	}
	assert_int_equal(texts(f), 12000);
	publish(f);
	fixture_walk(f, false, &seen);
	assert_int_equal(seen.n, 12000);
	assert_int_equal(seen.last.number, 12000);
	assert_ok(f, store_incoming_add(f->s, v, 1000, &f->err));
	assert_ok(f, store_incoming_clear(f->s, &f->err));
	assert_int_equal(texts(f), 12000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_order_of_arrival),
	    fixture_test(test_publish),
	    fixture_test(test_rolled_back_publish),
	    fixture_test(test_nothing_to_publish),
	    fixture_test(test_clear),
	    fixture_test(test_twice),
	    fixture_test(test_drop),
	    fixture_test(test_changing_within_the_walk),
	    fixture_test(test_walk_ends_early),
	    fixture_test(test_spoilt),
	    fixture_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
