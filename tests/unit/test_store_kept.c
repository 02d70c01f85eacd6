/* SPDX-License-Identifier: MIT */
/* Texts as they were written, and how much they take. */
#include "store_fixture.h"

#include <sys/stat.h>

#include "gotofs/buf.h"

#define MANY 20000
#define MANY_TEXT_BYTES 100

struct seen {
	struct store_kept v[8];
	size_t n, all;
};

static int
see(void *ctx, const struct store_kept *k)
{
	struct seen *seen = ctx;

	if (seen->n < 8)
		seen->v[seen->n++] = *k;
	seen->all++;
	return 0;
}

static void
assert_text(struct fixture *f, int64_t id, const char *text)
{
	AUTO(buf_done) struct buf b = BUF_MAX(4096);

	assert_ok(f, store_kept_text(f->s, id, &b, &f->err));
	assert_int_equal(b.len, strlen(text));
	assert_memory_equal(b.data, text, b.len);
}

static void
test_kept(void **state)
{
	struct store_kept k = {0, 9, INT64_MIN, 7, 63, UINT64_MAX, 0, true};
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);
	AUTO(buf_done) struct buf none = BUF_MAX(4096);
	struct seen seen = {.n = 0};
	int64_t first, second, third;

	assert_ok(f, store_kept_add(b, &k, "{}\n\n", 4, &first, &f->err));
	k.number = 8;
	assert_ok(f, store_kept_add(b, &k, "{ }", 3, &second, &f->err));
	fixture_commit(f, b);
	assert_ok(f, store_begin_soon(f->s, &b, &f->err));
	k = (struct store_kept){second, 10, 5, 0, 0, 0, 0, false};
	assert_ok(f, store_kept_set(b, &k, &f->err));
	assert_ok(f, store_kept_set_text(b, second, "{ } ", 4, &f->err));
	fixture_commit(f, b);
	fixture_reopen(f);
	assert_ok(f, store_kept_each(f->s, see, &seen, &f->err));
	assert_int_equal(seen.n, 2);
	assert_true(seen.v[0].id == first && seen.v[0].number == 9);
	assert_true(seen.v[0].mtime_ns == INT64_MIN && seen.v[0].timed);
	assert_true(seen.v[0].fields == 63 && seen.v[0].hash == UINT64_MAX);
	assert_true(seen.v[0].record == 7 && seen.v[0].bytes == 4);
	assert_true(seen.v[1].number == 10 && seen.v[1].mtime_ns == 5);
	assert_true(!seen.v[1].timed && seen.v[1].record == 0);
	assert_text(f, first, "{}\n\n");
	assert_text(f, second, "{ } ");
	/* an id is never somebody else's */
	b = fixture_begin(f);
	assert_ok(f, store_kept_drop(b, second, &f->err));
	assert_ok(f, store_kept_add(b, &k, "{}", 2, &third, &f->err));
	fixture_commit(f, b);
	assert_true(third > second);
	assert_fails(-ENOENT, store_kept_text(f->s, second, &none, &f->err));
}

/* The pages that the database takes, when its log is folded in. */
static int64_t
bytes_of(struct fixture *f)
{
	char path[128];
	struct stat st;

	fixture_reopen(f);
	snprintf(path, sizeof(path), "%s/mirror.db", f->state);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* As rsync brings them, one by one: the texts and about 60 bytes each. */
static void
test_many_are_small(void **state)
{
	struct store_kept k = {0, 0, INT64_C(1577934245123456789), 1000000, 6,
	    UINT64_C(0x123456789abcdef0), 0, true};
	struct fixture *f = *state;
	int64_t before = bytes_of(f), after, id = 0;
	char text[MANY_TEXT_BYTES];
	struct seen seen = {.n = 0};

	memset(text, ' ', sizeof(text));
	for (k.number = 1; k.number <= MANY; k.number++) {
		struct store_batch *b;

		assert_ok(f, store_begin_soon(f->s, &b, &f->err));
		assert_ok(
		    f, store_kept_add(b, &k, text, sizeof(text), &id, &f->err));
		fixture_commit(f, b);
	}
	after = bytes_of(f);
	print_message("%d kept texts of %d bytes: %.1f MB\n", MANY,
	    MANY_TEXT_BYTES, (double)(after - before) / 1e6);
	assert_true(after - before < MANY * (MANY_TEXT_BYTES + 80));
	assert_ok(f, store_kept_each(f->s, see, &seen, &f->err));
	assert_int_equal(seen.all, MANY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_kept),
	    fixture_test(test_many_are_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
