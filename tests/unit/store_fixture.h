/* SPDX-License-Identifier: MIT */
/* A store in a private folder, for the tests of the store. */
#ifndef GOTOFS_TESTS_STORE_FIXTURE_H
#define GOTOFS_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these four first */
#include <cmocka.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/store.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
	char dir[64]; /* private */
	char state[80];
	struct store *s;
	struct err err;
};

/* A call that must succeed; its sentence is shown when it does not. */
#define assert_ok(f, call)                                                     \
	do {                                                                   \
		if ((call) < 0)                                                \
			fail_msg("%s: %s", #call, (f)->err.msg);               \
	} while (0)

#define assert_fails(code, call) assert_int_equal((call), (code))

static inline int
fixture_unlink(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void
fixture_open(struct fixture *f)
{
	assert_ok(f, store_open(f->state, &f->s, &f->err));
}

static inline void
fixture_reopen(struct fixture *f)
{
	store_close(f->s);
	f->s = NULL;
	fixture_open(f);
}

static inline int
fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, TEST_TMP "/gotofs-store-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->state, sizeof(f->state), "%s/state", f->dir);
	*state = f;
	return store_open(f->state, &f->s, &f->err);
}

static inline int
fixture_teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	nftw(f->dir, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

#define fixture_test(fn)                                                       \
	cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

static inline struct store_batch *
fixture_begin(struct fixture *f)
{
	struct store_batch *b = NULL;

	assert_ok(f, store_begin(f->s, &b, &f->err));
	return b;
}

static inline void
fixture_commit(struct fixture *f, struct store_batch *b)
{
	assert_ok(f, store_commit(b, &f->err));
}

static inline struct store_record
fixture_user(const char *key, const char *text)
{
	struct store_record r = {
	    .kind = STORE_USER,
	    .key = key,
	    .name = "kim@example.com",
	    .flags = 5,
	    .hash = UINT64_C(0xfedcba9876543210),
	    .changed_ns = 42,
	    .text = text,
	    .text_bytes = strlen(text),
	};
	return r;
}

/* One record in a batch of its own; returns its id. */
static inline int64_t
fixture_put(struct fixture *f, const char *key, const char *text)
{
	struct store_record r = fixture_user(key, text);
	struct store_batch *b = fixture_begin(f);
	int64_t id = 0;

	assert_ok(f, store_record_put(b, &r, &id, NULL, &f->err));
	fixture_commit(f, b);
	return id;
}

static inline void
fixture_publish(struct fixture *f)
{
	struct store_batch *b = fixture_begin(f);

	assert_ok(f, store_publish(b, &f->err));
	fixture_commit(f, b);
}

/* What a walk saw: "key=text\n" lines (text "-" when it was not read). */
struct fixture_seen {
	char text[4096];
	size_t n;
	struct store_record last; /* its strings are gone */
};

static inline int
fixture_see(void *ctx, const struct store_record *r)
{
	struct fixture_seen *seen = ctx;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "%s=%s\n", r->key,
	    r->text ? r->text : "-");
	seen->n++;
	seen->last = *r;
	return 0;
}

static inline void
fixture_walk(struct fixture *f, bool with_text, struct fixture_seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	assert_ok(f, store_records_each(f->s, STORE_USER, with_text,
			 fixture_see, seen, &f->err));
}

#define assert_users(f, expected)                                              \
	do {                                                                   \
		struct fixture_seen seen_;                                     \
		fixture_walk(f, true, &seen_);                                 \
		assert_string_equal(seen_.text, expected);                     \
	} while (0)

/* All of the journal appended to out, n bytes at a time. */
static inline void
fixture_read_journal(struct fixture *f, size_t n, struct buf *out)
{
	int64_t size = store_journal_bytes(f->s);

	while ((int64_t)out->len < size)
		assert_ok(f, store_journal_read(
				 f->s, (int64_t)out->len, n, out, &f->err));
	assert_int_equal(out->len, size);
}

/* Every length at every step-th offset, against a copy of all of it. */
static inline void
fixture_read_anywhere(struct fixture *f, const struct buf *all, size_t step)
{
	AUTO(buf_done) struct buf b = BUF_MAX(all->len);
	size_t at, n, want;

	for (at = 0; at <= all->len + 2; at += step)
		for (n = 0; n < all->len + 2; n += 1 + n / 3) {
			want = at < all->len ? all->len - at : 0;
			if (want > n)
				want = n;
			buf_clear(&b);
			assert_ok(f, store_journal_read(
					 f->s, (int64_t)at, n, &b, &f->err));
			assert_int_equal(b.len, want);
			if (want > 0)
				assert_memory_equal(
				    b.data, all->data + at, want);
		}
}

#endif
