/* SPDX-License-Identifier: MIT */
/* For the tests of versioned rows, and of how the past is forgotten. */
#ifndef GOTOFS_TESTS_STORE_PAST_FIXTURE_H
#define GOTOFS_TESTS_STORE_PAST_FIXTURE_H

#include "store_fixture.h"

#include "../../src/store/store_int.h"
#include "gotofs/clock.h"

static inline void
assert_text(struct fixture *f, int64_t id, const char *expected)
{
	AUTO(buf_done) struct buf b = BUF_MAX(1000);

	assert_ok(f, store_record_text(f->s, id, &b, &f->err));
	assert_string_equal(buf_str(&b), expected);
}

static inline void
assert_trimmed(struct fixture *f, int64_t id)
{
	AUTO(buf_done) struct buf b = BUF_MAX(1000);

	assert_fails(-ENOENT, store_record_text(f->s, id, &b, &f->err));
}

static inline int64_t
rows(struct fixture *f, const char *sql)
{
	int64_t n = -1;

	assert_ok(f, db_query_int(f->s->writer, sql, NULL, &n, &f->err));
	return n;
}

static int64_t wall_ms;

static inline int64_t
fake_wall_ns(void)
{
	return wall_ms * CLOCK_NS_PER_MS;
}

static inline int64_t
fake_boot_ms(void)
{
	return wall_ms;
}

static const struct clock_source fake_clock = {fake_wall_ns, fake_boot_ms};

#endif
