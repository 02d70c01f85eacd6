/* SPDX-License-Identifier: MIT */
#include "gotofs/json_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gotofs/err.h"
#include "gotofs/json.h"
#include "random_json.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static enum json_scan_state
scan(const char *text, size_t len)
{
	struct json_scan s;

	json_scan_init(&s);
	return json_scan_feed(&s, text, len);
}

static void
states(void **state)
{
	static const struct {
		const char *text;
		enum json_scan_state want;
	} rows[] = {
	    {"", JSON_SCAN_INCOMPLETE},
	    {" \t\r\n", JSON_SCAN_INCOMPLETE},
	    {"{", JSON_SCAN_INCOMPLETE},
	    {"{\"a\":1", JSON_SCAN_INCOMPLETE},
	    {"{\"a\":tru", JSON_SCAN_INCOMPLETE},
	    {"{\"a\":\"\\ud83d", JSON_SCAN_INCOMPLETE},
	    {"{\"\xf0\x9f", JSON_SCAN_INCOMPLETE},
	    {"{}", JSON_SCAN_COMPLETE},
	    {" {} \n", JSON_SCAN_COMPLETE},
	    {"{\"a\":[1,{\"b\":[]}]}", JSON_SCAN_COMPLETE},
	    {"{\"a\":-0.5e+10}", JSON_SCAN_COMPLETE},
	    {"{\"\\ud83d\\uDE00\":null}", JSON_SCAN_COMPLETE},
	    {"{\"a\":1,\"a\":1}", JSON_SCAN_COMPLETE}, /* the one exception */
	    {"[", JSON_SCAN_ERROR},
	    {"1", JSON_SCAN_ERROR},
	    {"\"", JSON_SCAN_ERROR},
	    {"\xef", JSON_SCAN_ERROR}, /* a byte order mark */
	    {"{}x", JSON_SCAN_ERROR},
	    {"{}{", JSON_SCAN_ERROR},
	    {"{,", JSON_SCAN_ERROR},
	    {"{]", JSON_SCAN_ERROR},
	    {"{'", JSON_SCAN_ERROR},
	    {"{\"a\":1,}", JSON_SCAN_ERROR},
	    {"{\"a\":[1,]", JSON_SCAN_ERROR},
	    {"{\"a\" 1", JSON_SCAN_ERROR},
	    {"{\"a\":1 \"", JSON_SCAN_ERROR},
	    {"{\"a\":[}", JSON_SCAN_ERROR},
	    {"{\"a\":01", JSON_SCAN_ERROR},
	    {"{\"a\":+", JSON_SCAN_ERROR},
	    {"{\"a\":.", JSON_SCAN_ERROR},
	    {"{\"a\":1.}", JSON_SCAN_ERROR},
	    {"{\"a\":1.e", JSON_SCAN_ERROR},
	    {"{\"a\":1e}", JSON_SCAN_ERROR},
	    {"{\"a\":-}", JSON_SCAN_ERROR},
	    {"{\"a\":trux", JSON_SCAN_ERROR},
	    {"{\"a\":nulL", JSON_SCAN_ERROR},
	    {"{\"a\":NaN", JSON_SCAN_ERROR},
	    {"{\"\n", JSON_SCAN_ERROR},
	    {"{\"\\x", JSON_SCAN_ERROR},
	    {"{\"\\u00g", JSON_SCAN_ERROR},
	    {"{\"\\u0000", JSON_SCAN_ERROR},
	    {"{\"\\udc", JSON_SCAN_ERROR},
	    {"{\"\\ud83dx", JSON_SCAN_ERROR},
	    {"{\"\\ud83d\\n", JSON_SCAN_ERROR},
	    {"{\"\\ud83d\\u0041", JSON_SCAN_ERROR},
	    {"{\"\\ud83d\\ud8", JSON_SCAN_ERROR},
	    {"{\"\\ud83d\\u0", JSON_SCAN_ERROR},
	    {"{\"\x80", JSON_SCAN_ERROR},
	    {"{\"\xc0", JSON_SCAN_ERROR},
	    {"{\"\xc3x", JSON_SCAN_ERROR},
	    {"{\"\xe0\x80", JSON_SCAN_ERROR},
	    {"{\"\xed\xa0", JSON_SCAN_ERROR},
	    {"{\"\xf4\x90", JSON_SCAN_ERROR},
	    {"{\"\xf5", JSON_SCAN_ERROR},
	    {"{/", JSON_SCAN_ERROR},
	};
	size_t i;

	for (i = 0; i < N(rows); i++)
		if (scan(rows[i].text, strlen(rows[i].text)) != rows[i].want)
			fail_msg("%s: not %d", rows[i].text, rows[i].want);
	assert_int_equal(scan("{\0", 2), JSON_SCAN_ERROR);
	assert_int_equal(scan("{\"\0", 3), JSON_SCAN_ERROR);
}

static void
offsets(void **state)
{
	struct json_scan s;

	json_scan_init(&s);
	assert_null(s.what);
	json_scan_feed(&s, " {\"a\":", 6);
	assert_int_equal(s.offset, 6);
	json_scan_feed(&s, "{}}\n", 4);
	assert_int_equal(s.state, JSON_SCAN_COMPLETE);
	assert_int_equal(s.offset, 10);
	assert_int_equal(s.end_offset, 9);
	json_scan_feed(&s, "  x", 3);
	assert_int_equal(s.state, JSON_SCAN_ERROR);
	assert_int_equal(s.offset, 12);
	assert_non_null(s.what);
	json_scan_feed(&s, "{}", 2);
	assert_int_equal(s.state, JSON_SCAN_ERROR);
	assert_int_equal(s.offset, 12);
}

static void
depth(void **state)
{
	char text[5 + 2 * JSON_DEPTH_MAX] = "{\"a\":";

	/* the object is the first level */
	memset(text + 5, '[', JSON_DEPTH_MAX - 1);
	memset(text + 5 + JSON_DEPTH_MAX - 1, ']', JSON_DEPTH_MAX - 1);
	text[5 + 2 * (JSON_DEPTH_MAX - 1)] = '}';
	assert_int_equal(
	    scan(text, 5 + 2 * (JSON_DEPTH_MAX - 1) + 1), JSON_SCAN_COMPLETE);
	text[5 + JSON_DEPTH_MAX - 1] = '[';
	assert_int_equal(
	    scan(text, 5 + JSON_DEPTH_MAX - 1), JSON_SCAN_INCOMPLETE);
	assert_int_equal(scan(text, 5 + JSON_DEPTH_MAX), JSON_SCAN_ERROR);
}

/* ---- properties ---- */

static void
assert_same_scan(const struct json_scan *a, const struct json_scan *b)
{
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->end_offset, b->end_offset);
	assert_ptr_equal(a->what, b->what);
}

static void
every_split_is_the_same(void **state)
{
	struct buf text = BUF_MAX(1 << 20);
	int i;

	for (i = 0; i < 2000; i++) {
		struct json_scan whole, bytes;
		size_t at;

		random_json_document(&text);
		if (i % 2)
			random_json_spoil(&text);
		json_scan_init(&whole);
		json_scan_init(&bytes);
		json_scan_feed(&whole, buf_str(&text), text.len);
		for (at = 0; at <= text.len; at++) {
			struct json_scan halves;

			json_scan_init(&halves);
			json_scan_feed(&halves, buf_str(&text), at);
			json_scan_feed(
			    &halves, buf_str(&text) + at, text.len - at);
			assert_same_scan(&halves, &whole);
			json_scan_feed(
			    &bytes, buf_str(&text) + at, at < text.len);
		}
		assert_same_scan(&bytes, &whole);
	}
	buf_done(&text);
}

static void
prefixes_are_incomplete(void **state)
{
	struct buf text = BUF_MAX(1 << 20);
	int i;

	for (i = 0; i < 3000; i++) {
		struct json_scan s;
		size_t at;

		random_json_document(&text);
		assert_int_equal(scan(text.data, text.len), JSON_SCAN_COMPLETE);
		json_scan_init(&s);
		json_scan_feed(&s, text.data, text.len);
		for (at = 0; at < s.end_offset; at++)
			assert_int_equal(
			    scan(text.data, at), JSON_SCAN_INCOMPLETE);
	}
	buf_done(&text);
}

/* What json_parse says: an object?  Names that are there twice count as one,
 * because the scanner does not see them. */
static bool
parses_as_object(const char *text, size_t len)
{
	AUTO(json_done) struct json *j = NULL;
	struct err err = ERR_NONE;

	if (json_parse(text, len, &j, &err) < 0)
		return strstr(err.msg, "this name is there twice") != NULL;
	return json_type(j) == JSON_OBJECT;
}

static void
agrees_with_the_parser(void **state)
{
	struct buf text = BUF_MAX(1 << 20);
	int i, spoils, complete = 0, broken = 0;

	for (i = 0; i < 60000; i++) {
		enum json_scan_state got;

		random_json_document(&text);
		for (spoils = i % 4; spoils > 0 && text.len > 1; spoils--)
			random_json_spoil(&text);
		got = scan(text.data, text.len);
		assert_int_equal(got == JSON_SCAN_COMPLETE,
		    parses_as_object(text.data, text.len));
		complete += got == JSON_SCAN_COMPLETE;
		broken += got == JSON_SCAN_ERROR;
	}
	assert_true(complete > 10000);
	assert_true(broken > 10000);
	buf_done(&text);
}

/* After a valid prefix each byte leads to ERROR exactly when no object begins
 * that way; that INCOMPLETE can be completed is shown by completing it. */
static void
incomplete_can_be_completed(void **state)
{
	struct buf text = BUF_MAX(1 << 20);
	int i;

	for (i = 0; i < 20000; i++) {
		struct json_scan s;
		int steps = 0;

		random_json_document(&text);
		random_json_spoil(&text);
		json_scan_init(&s);
		json_scan_feed(
		    &s, buf_str(&text), random_below((uint32_t)text.len + 1));
		while (s.state == JSON_SCAN_INCOMPLETE && steps++ < 1000) {
			static const char tries[] =
			    "\"}]0u1dcefrtalsn:{\\\x80\x90\xa0";
			size_t t;

			for (t = 0; t < sizeof(tries) - 1; t++) {
				struct json_scan next = s;

				json_scan_feed(&next, tries + t, 1);
				if (next.state != JSON_SCAN_ERROR) {
					s = next;
					break;
				}
			}
			assert_true(t < sizeof(tries) - 1);
		}
		assert_int_not_equal(s.state, JSON_SCAN_INCOMPLETE);
	}
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(states),
	    cmocka_unit_test(offsets),
	    cmocka_unit_test(depth),
	    cmocka_unit_test(every_split_is_the_same),
	    cmocka_unit_test(prefixes_are_incomplete),
	    cmocka_unit_test(agrees_with_the_parser),
	    cmocka_unit_test(incomplete_can_be_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
