/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "../../src/store/store_int.h"
#include "gotofs/buf.h"
#include "gotofs/json.h"
#include "store_journal_check.h"

static const struct store_journal_entry plain = {.time_ms = 1795251600123,
    .uid = 1000,
    .pid = 4321,
    .command = "cp",
    .verb = "update",
    .object = "users/kim@example.com.json",
    .before = "{\"a\":1}",
    .after = "{\"a\":2}",
    .http_status = 204,
    .result = "ok"};

static void
add(struct fixture *f, const struct store_journal_entry *e)
{
	struct store_batch *b = fixture_begin(f);

	assert_ok(f, store_journal_add(b, e, &f->err));
	fixture_commit(f, b);
}

static void
test_line(void **state)
{
	struct fixture *f = *state;
	AUTO(buf_done) struct buf b = BUF_MAX(10000);

	add(f, &plain);
	fixture_read_journal(f, 1000, &b);
	assert_string_equal(buf_str(&b),
	    "{\"time\":\"2026-11-21T09:00:00.123Z\",\"seq\":1,\"uid\":1000,"
	    "\"pid\":4321,\"command\":\"cp\",\"verb\":\"update\","
	    "\"object\":\"users/kim@example.com.json\","
	    "\"before\":{\"a\":1},\"after\":{\"a\":2},\"http\":204,"
	    "\"result\":\"ok\",\"reason\":null,\"prev\":\"\"}\n");
}

static void
test_line_without_a_call(void **state)
{
	struct fixture *f = *state;
	struct store_journal_entry e = {.time_ms = -1,
	    .uid = 4294967295u,
	    .pid = 0,
	    .verb = "remove",
	    .object = "users/\"\n\\.json",
	    .result = "EDQUOT",
	    .reason = "too many"};
	AUTO(buf_done) struct buf b = BUF_MAX(10000);

	add(f, &e);
	fixture_read_journal(f, 1000, &b);
	assert_string_equal(buf_str(&b),
	    "{\"time\":\"1969-12-31T23:59:59.999Z\",\"seq\":1,"
	    "\"uid\":4294967295,\"pid\":0,\"command\":null,"
	    "\"verb\":\"remove\",\"object\":\"users/\\\"\\n\\\\.json\","
	    "\"before\":null,\"after\":null,\"http\":null,"
	    "\"result\":\"EDQUOT\",\"reason\":\"too many\",\"prev\":\"\"}\n");
}

/* Whatever is put in, a line is one line, and JSON. */
static void
test_line_is_one_line(void **state)
{
	struct fixture *f = *state;
	struct store_journal_entry e = plain;
	AUTO(json_done) struct json *j = NULL;
	AUTO(buf_done) struct buf b = BUF_MAX(10000);

	e.command = "c\377p\n\303\251";
	e.object = "users/\303\251.json";
	e.before = "{\n  \"a\\\" \": [1,\t2],\r\n  \"b\": \"x  y\\\\\"\n}\n";
	add(f, &e);
	fixture_read_journal(f, 1000, &b);
	assert_ptr_equal(strchr(buf_str(&b), '\n'), b.data + b.len - 1);
	assert_non_null(strstr(
	    buf_str(&b), "{\"a\\\" \":[1,2],\"b\":\"x  y\\\\\"},\"after\""));
	assert_ok(f, json_parse(b.data, b.len - 1, &j, &f->err));
	assert_string_equal(json_get_str(j, "command"), "c?p\n??");
	assert_string_equal(json_get_str(j, "object"), "users/\303\251.json");
}

static void
test_chain(void **state)
{
	struct fixture *f = *state;
	struct store_journal_entry e = plain;
	AUTO(buf_done) struct buf b = BUF_MAX(100000);
	struct store_batch *batch;
	char reason[200];

	for (int i = 0; i < 30; i++) {
		memset(reason, 'r', sizeof(reason));
		reason[i * 5] = '\0';
		e.reason = reason;
		batch = fixture_begin(f);
		for (int k = 0; k < i % 3; k++)
			assert_ok(f, store_journal_add(batch, &e, &f->err));
		if (i % 4 == 3)
			store_rollback(batch);
		else
			fixture_commit(f, batch);
		if (i % 7 == 6)
			fixture_reopen(f);
	}
	fixture_read_journal(f, 64, &b);
	assert_int_equal(journal_check(b.data, b.len), 24);
	b.data[200] ^= 1; /* and the check does check */
	assert_int_equal(journal_check(b.data, b.len), -1);
}

/* Every offset, every length, against a plain copy. */
static void
test_reading_anywhere(void **state)
{
	struct fixture *f = *state;
	AUTO(buf_done) struct buf all = BUF_MAX(10000);

	for (int i = 0; i < 3; i++)
		add(f, &plain);
	fixture_read_journal(f, 10000, &all);
	fixture_read_anywhere(f, &all, 1);
}

static void
test_reading_nothing(void **state)
{
	struct fixture *f = *state;
	AUTO(buf_done) struct buf b = BUF_MAX(10);

	assert_ok(f, store_journal_read(f->s, 0, 10, &b, &f->err));
	assert_ok(f, store_journal_read(f->s, 99, 10, &b, &f->err));
	assert_int_equal(b.len, 0);
	assert_fails(-EINVAL, store_journal_read(f->s, -1, 10, &b, &f->err));
	add(f, &plain);
	assert_ok(f, buf_puts(&b, "x"));
	assert_fails(-EFBIG, store_journal_read(f->s, 0, 10, &b, &f->err));
	assert_string_equal(buf_str(&b), "x");
	assert_ok(f, store_journal_read(f->s, 0, 9, &b, &f->err));
	assert_string_equal(buf_str(&b), "x{\"time\":\"");
}

static void
test_last_time(void **state)
{
	struct fixture *f = *state;
	int64_t ms = -1;

	assert_ok(f, store_journal_last_ms(f->s, &ms, &f->err));
	assert_int_equal(ms, 0);
	add(f, &plain);
	assert_ok(f, store_journal_last_ms(f->s, &ms, &f->err));
	assert_int_equal(ms, 1795251601000);
}

/* A line that cannot be had must not be missing from what is committed. */
static void
test_line_that_cannot_be_made(void **state)
{
	struct fixture *f = *state;
	struct store_journal_entry e = plain;
	struct store_batch *b = fixture_begin(f);
	char *huge = malloc(9u << 20);

	memset(huge, 'x', 9u << 20);
	huge[(9u << 20) - 1] = '\0';
	e.reason = huge;
	assert_fails(-EFBIG, store_journal_add(b, &e, &f->err));
	assert_fails(-EFBIG, store_commit(b, &f->err));
	free(huge);
	assert_int_equal(store_journal_bytes(f->s), 0);
	add(f, &plain);
}

/* Two documents of the greatest size fit. */
static void
test_large_line(void **state)
{
	struct fixture *f = *state;
	AUTO(buf_done) struct buf doc = BUF_MAX(2u << 20);
	AUTO(buf_done) struct buf all = BUF_MAX(4u << 20);
	struct store_journal_entry e = plain;

	assert_ok(f, buf_puts(&doc, "{\"a\":\""));
	for (int i = 0; i < (1 << 20) - 20; i++)
		assert_ok(f, buf_putc(&doc, 'y'));
	assert_ok(f, buf_puts(&doc, "\"}"));
	e.before = e.after = doc.data;
	add(f, &plain);
	add(f, &e);
	add(f, &plain);
	fixture_reopen(f);
	fixture_read_journal(f, 131072, &all);
	assert_int_equal(journal_check(all.data, all.len), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_line),
	    fixture_test(test_line_without_a_call),
	    fixture_test(test_line_is_one_line),
	    fixture_test(test_chain),
	    fixture_test(test_reading_anywhere),
	    fixture_test(test_reading_nothing),
	    fixture_test(test_last_time),
	    fixture_test(test_line_that_cannot_be_made),
	    fixture_test(test_large_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
