/* SPDX-License-Identifier: MIT */
#include "gotofs/json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/text.h"
#include "random_json.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct json *
parse(const char *text)
{
	struct json *j = NULL;
	struct err err = ERR_NONE;

	if (json_parse(text, strlen(text), &j, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return j;
}

static void
assert_prints(const struct json *j, const char *want)
{
	AUTO(buf_done) struct buf out = BUF_MAX(1 << 20);

	assert_int_equal(json_print(j, &out), 0);
	assert_string_equal(buf_str(&out), want);
}

/* ---- parsing ---- */

static void
refusals_name_the_place(void **state)
{
	static const char *const rows[][2] = {
	    {"", "line 1, column 1: the JSON text ends"},
	    {"{\n  \"a\": ", "line 2, column 8: the JSON text ends"},
	    {"{\n \"\xc3\xa9\xc3\xa9\" x}", "line 2, column 7: a : is"},
	    {"{\"a\":1,}", "line 1, column 8: a name in double quotes"},
	    {"[1 2]", "line 1, column 4: a , or ] is expected"},
	    {"{} x", "line 1, column 4: nothing may follow"},
	    {"\xef\xbb\xbf{}", "line 1, column 1: a byte order mark"},
	    {"\xff\xfe{\1}", "line 1, column 1: this is UTF-16"},
	    {" \xef\xbb\xbf{}", "line 1, column 2: a value is expected"},
	    {"{\"a\":\"\xff\"}", "line 1, column 7: this is not UTF-8"},
	    {"{\"a\":\"\\u0000\"}", "line 1, column 12: the character NUL"},
	    {"{\"a\":1,\n\"b\":{\"a\":[]},\"a\":2}",
		"line 2, column 14: this name is there twice: \"a\""},
	    {"[{\"x\":1},{\"x\":2,\"y\":3,\"\\u0078\":1}]",
		"line 1, column 23: this name is there twice: \"x\""},
	    {"tru", "line 1, column 4: the JSON text ends"},
	    {"-", "line 1, column 2: the JSON text ends"},
	    {"\"abc", "line 1, column 5: the JSON text ends"},
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		struct json *j = NULL;
		struct err err = ERR_NONE;

		assert_int_equal(
		    json_parse(rows[i][0], strlen(rows[i][0]), &j, &err),
		    -EINVAL);
		assert_null(j);
		assert_int_equal(err.code, -EINVAL);
		if (!text_starts(err.msg, rows[i][1]))
			fail_msg("got: %s\nwant: %s", err.msg, rows[i][1]);
	}
	assert_int_equal(json_parse("{", 1, NULL, NULL), -EINVAL);
	/* one byte of two */
	assert_int_equal(json_parse("{}}", 3, NULL, NULL), -EINVAL);
}

static void
any_value_is_parsed(void **state)
{
	static const char *const rows[] = {
	    "1", "-0.5", "\"a\"", "null", "true", "[]", "{}", "[1,[2]]"};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		AUTO(json_done) struct json *j = parse(rows[i]);

		assert_prints(j, rows[i]);
	}
}

static void
the_length_counts(void **state)
{
	AUTO(json_done) struct json *j = NULL;

	assert_int_equal(json_parse("[12]34", 4, &j, NULL), 0);
	assert_prints(j, "[12]");
}

static void
big_numbers_become_strings(void **state)
{
	AUTO(json_done)
	struct json *j = parse(
	    "{\"a\":12345678901234567890123456,\"b\":9007199254740993,"
	    "\"c\":-9007199254740993,\"d\":9007199254740992,"
	    "\"e\":[true,false,1e2,1e999,-1E+400,17,1e16,9007199254740993.5],"
	    "\"f\":\"1e999,9007199254740993\\\"\\\\\"}");

	assert_prints(j,
	    "{\"a\":\"12345678901234567890123456\",\"b\":\"9007199254740993\","
	    "\"c\":\"-9007199254740993\",\"d\":9007199254740992,"
	    "\"e\":[true,false,100,\"1e999\",\"-1E+400\",17,\"1e16\","
	    "\"9007199254740993.5\"],"
	    "\"f\":\"1e999,9007199254740993\\\"\\\\\"}");
}

static void
long_fractions_become_strings(void **state)
{
	static const char text[] =
	    "[0."
	    "12345678901234567890123456789012345678901234567890123456789012]";
	AUTO(json_done) struct json *j = parse(text);

	assert_int_equal(json_type(json_first(j)), JSON_STRING);
	assert_memory_equal(
	    json_str(json_first(j)), text + 1, sizeof(text) - 3);
}

static void
depth_has_a_limit(void **state)
{
	char text[200000];
	struct json *j = NULL;

	memset(text, '[', sizeof(text));
	assert_int_equal(json_parse(text, sizeof(text), &j, NULL), -EINVAL);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_int_equal(json_parse(text, 2 * JSON_DEPTH_MAX, &j, NULL), 0);
	json_free(j);
}

static void
large_objects_are_quick(void **state)
{
	AUTO(buf_done) struct buf text = BUF_MAX(1 << 24);
	AUTO(json_done) struct json *j = NULL;
	struct err err = ERR_NONE;
	int i;

	assert_int_equal(buf_putc(&text, '{'), 0);
	for (i = 0; i < 100000; i++)
		assert_int_equal(buf_printf(&text, "\"%d\":%d,", i, i), 0);
	assert_int_equal(buf_puts(&text, "\"last\":0}"), 0);
	assert_int_equal(json_parse(text.data, text.len, &j, NULL), 0);
	assert_int_equal(json_n(j), 100001);
	assert_true(json_equal(j, j));
	text.len -= strlen("\"last\":0}");
	assert_int_equal(buf_puts(&text, "\"77\":0}"), 0);
	assert_int_equal(json_parse(text.data, text.len, &j, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "there twice: \"77\""));
}

/* ---- reading ---- */

static void
members_are_read(void **state)
{
	AUTO(json_done)
	struct json *j =
	    parse("{\"s\":\"x\",\"n\":-7,\"b\":true,\"z\":null,\"o\":{\"k\":1},"
		  "\"big\":1e300,\"small\":-9007199254740992}");

	assert_string_equal(json_get_str(j, "s"), "x");
	assert_null(json_get_str(j, "n"));
	assert_null(json_get_str(j, "absent"));
	assert_null(json_get_str(NULL, "s"));
	assert_null(json_get_str(json_get(j, "s"), "s"));
	assert_int_equal(json_get_int(j, "n", 3), -7);
	assert_int_equal(json_get_int(j, "s", 3), 3);
	assert_int_equal(json_get_int(j, "big", 3), 3);
	assert_true(json_get_int(j, "small", 3) == -INT64_C(9007199254740992));
	assert_true(json_get_bool(j, "b", false));
	assert_true(json_get_bool(j, "z", true));
	assert_int_equal(json_type(json_get(j, "z")), JSON_NULL);
	assert_non_null(json_get(j, "z"));
	assert_int_equal(json_type(NULL), JSON_NULL);
	assert_int_equal(json_get_int(json_get(j, "o"), "k", 0), 1);
	assert_null(json_get(j, "S"));
	assert_int_equal(json_n(j), 7);
	assert_int_equal(json_n(NULL), 0);
	assert_string_equal(json_name(json_next(json_first(j))), "n");
	assert_null(json_name(j));
	assert_null(json_first(json_get(j, "s")));
}

static void
assert_key(const struct json *obj, const char *name, const char *want)
{
	AUTO(text_done) char *key = json_get_key(obj, name);

	if (want)
		assert_string_equal(key, want);
	else
		assert_null(key);
}

static void
keys_are_text(void **state)
{
	AUTO(json_done)
	struct json *j =
	    parse("{\"a\":\"12\",\"b\":8450000000000,\"c\":"
		  "90000000000000000123456789,\"d\":null,\"e\":[],"
		  "\"l\":[1,\"2\",90000000000000000123456789],\"m\":[1,true]}");
	char **keys = NULL;

	assert_key(j, "a", "12");
	assert_key(j, "b", "8450000000000");
	assert_key(j, "c", "90000000000000000123456789");
	assert_key(j, "d", NULL);
	assert_key(j, "e", NULL);
	assert_key(j, "absent", NULL);
	assert_int_equal(json_get_keys(j, "m", &keys), -EINVAL);
	assert_int_equal(json_get_keys(j, "a", &keys), -EINVAL);
	assert_null(keys);
	assert_int_equal(json_get_keys(j, "l", &keys), 0);
	assert_int_equal(strv_n(keys), 3);
	assert_string_equal(keys[0], "1");
	assert_string_equal(keys[2], "90000000000000000123456789");
	strv_free(keys);
	assert_int_equal(json_get_keys(j, "e", &keys), 0);
	assert_null(keys);
	assert_int_equal(json_get_keys(j, "absent", &keys), 0);
	assert_int_equal(json_get_keys(j, "d", &keys), 0);
	assert_null(keys);
}

static void
equality(void **state)
{
	static const struct {
		const char *a, *b;
		bool want;
	} rows[] = {
	    {"{\"a\":1,\"b\":[1,2]}", "{\"b\":[1,2],\"a\":1}", true},
	    {"{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", false},
	    {"{\"a\":1}", "{\"a\":1,\"b\":2}", false},
	    {"{\"a\":null}", "{\"b\":null}", false},
	    {"[1,2]", "[2,1]", false},
	    {"[1,2]", "[1,2,3]", false},
	    {"1", "\"1\"", false},
	    {"0.1", "0.1", true},
	    {"true", "false", false},
	    {"null", "null", true},
	    {"\"a\"", "\"A\"", false},
	    {"{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"y\":2,\"x\":1}}", true},
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		AUTO(json_done) struct json *a = parse(rows[i].a);
		AUTO(json_done) struct json *b = parse(rows[i].b);

		assert_int_equal(json_equal(a, b), rows[i].want);
		assert_int_equal(json_equal(b, a), rows[i].want);
	}
	assert_true(json_equal(NULL, NULL));
}

/* ---- building ---- */

static void
trees_are_built(void **state)
{
	char *roles[] = {(char *)"A", (char *)"B", NULL};
	AUTO(json_done) struct json *j = json_new_object();
	AUTO(json_done) struct json *copy = NULL;
	struct json *list = json_new_array();

	assert_int_equal(json_push_str(list, "x"), 0);
	assert_int_equal(json_push(list, json_new_object()), 0);
	assert_int_equal(json_push(list, NULL), -ENOMEM);
	assert_int_equal(json_set(j, "list", list), 0);
	assert_int_equal(json_set_str(j, "s", "t"), 0);
	assert_int_equal(json_set_str(j, "none", NULL), 0);
	assert_int_equal(json_set_int(j, "i", -3), 0);
	assert_int_equal(json_set_int(j, "max", INT64_MAX), 0);
	assert_int_equal(json_set_bool(j, "b", false), 0);
	assert_int_equal(json_set_null(j, "z"), 0);
	assert_int_equal(json_set_strv(j, "roles", roles), 0);
	assert_int_equal(json_set_strv(j, "empty", NULL), 0);
	assert_int_equal(json_set(j, "no", NULL), -ENOMEM);
	assert_prints(j,
	    "{\"list\":[\"x\",{}],\"s\":\"t\",\"none\":null,\"i\":-3,"
	    "\"max\":\"9223372036854775807\",\"b\":false,\"z\":null,"
	    "\"roles\":[\"A\",\"B\"],\"empty\":[]}");
	copy = json_copy(j);
	assert_true(json_equal(copy, j));
	json_remove(copy, "list");
	json_remove(copy, "absent");
	assert_false(json_equal(copy, j));
}

static void
set_replaces_in_place(void **state)
{
	static const char *const want[] = {"{\"a\":9,\"b\":2,\"c\":3}",
	    "{\"a\":1,\"b\":9,\"c\":3}", "{\"a\":1,\"b\":2,\"c\":9}"};
	static const char *const names[] = {"a", "b", "c"};
	AUTO(json_done) struct json *one = parse("{\"a\":1}");
	size_t i;

	for (i = 0; i < 3; i++) {
		AUTO(json_done)
		struct json *j = parse("{\"a\":1,\"b\":2,\"c\":3}");

		assert_int_equal(json_set_int(j, names[i], 9), 0);
		assert_prints(j, want[i]);
		assert_int_equal(json_set_int(j, "d", 4), 0);
		assert_int_equal(json_n(j), 4);
	}
	assert_int_equal(json_set_int(one, "a", 2), 0);
	assert_prints(one, "{\"a\":2}");
}

/* ---- printing ---- */

/* Each line as `jq .` (1.6 and 1.7) leaves it. */
static void
numbers_are_printed_as_jq_does(void **state)
{
	static const char *const rows[][2] = {
	    {"1.0", "1"},
	    {"1.50", "1.5"},
	    {"100000", "100000"},
	    {"1e5", "100000"},
	    {"1e15", "1000000000000000"},
	    {"9007199254740992.0", "9007199254740992"},
	    {"4503599627370495.5", "4503599627370495.5"},
	    {"123456.789e-3", "123.456789"},
	    {"0.0001", "0.0001"},
	    {"0.00001", "1e-05"},
	    {"0.00012345", "0.00012345"},
	    {"1.25e-7", "1.25e-07"},
	    {"-0", "-0"},
	    {"-2.5", "-2.5"},
	    {"5e-324", "5e-324"},
	    {"0.1", "0.1"},
	    {"3.14159265358979", "3.14159265358979"},
	    {"1700000000000", "1700000000000"},
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		AUTO(json_done) struct json *j = parse(rows[i][0]);

		assert_prints(j, rows[i][1]);
	}
}

static void
strings_are_printed_as_jq_does(void **state)
{
	AUTO(json_done)
	struct json *j =
	    parse("\"\\u0001\\u001f\\b\\f\\n\\r\\t\\\"\\\\\\/\\u007f"
		  "\\u00e9\\ud83d\\ude00<>&'\\u2028\"");
	AUTO(buf_done) struct buf out = BUF_MAX(100);

	assert_prints(j, "\"\\u0001\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\\u007f"
			 "\xc3\xa9\xf0\x9f\x98\x80<>&'\xe2\x80\xa8\"");
	assert_int_equal(json_print_str("a\xff\xc3"
					"b\xed\xa0\x80",
			     &out),
	    0);
	assert_string_equal(buf_str(&out),
	    "\"a\xef\xbf\xbd\xef\xbf\xbd"
	    "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static const char pretty_source[] =
    "{\"b\":{\"y\":[],\"x\":{}},\"a\":[1,[2,{\"k\":null}],[]],"
    "\"\xc3\xa9\":true,\"Z\":\"s\"}";

/* the output of jq . and of jq -S . */
static const char pretty_golden[] = "{\n"
				    "  \"b\": {\n"
				    "    \"y\": [],\n"
				    "    \"x\": {}\n"
				    "  },\n"
				    "  \"a\": [\n"
				    "    1,\n"
				    "    [\n"
				    "      2,\n"
				    "      {\n"
				    "        \"k\": null\n"
				    "      }\n"
				    "    ],\n"
				    "    []\n"
				    "  ],\n"
				    "  \"\xc3\xa9\": true,\n"
				    "  \"Z\": \"s\"\n"
				    "}";
static const char sorted_golden[] = "{\n"
				    "  \"Z\": \"s\",\n"
				    "  \"a\": [\n"
				    "    1,\n"
				    "    [\n"
				    "      2,\n"
				    "      {\n"
				    "        \"k\": null\n"
				    "      }\n"
				    "    ],\n"
				    "    []\n"
				    "  ],\n"
				    "  \"b\": {\n"
				    "    \"x\": {},\n"
				    "    \"y\": []\n"
				    "  },\n"
				    "  \"\xc3\xa9\": true\n"
				    "}";

static void
pretty_is_as_jq_prints(void **state)
{
	AUTO(json_done) struct json *j = parse(pretty_source);
	AUTO(buf_done) struct buf out = BUF_MAX(1000);

	assert_int_equal(json_print_pretty(j, 0, false, &out), 0);
	assert_string_equal(buf_str(&out), pretty_golden);
	buf_clear(&out);
	assert_int_equal(json_print_pretty(j, 0, true, &out), 0);
	assert_string_equal(buf_str(&out), sorted_golden);
	buf_clear(&out);
	assert_int_equal(
	    json_print_pretty(json_get(j, "b"), 2, false, &out), 0);
	assert_string_equal(
	    buf_str(&out), "{\n      \"y\": [],\n      \"x\": {}\n    }");
}

static void
printing_stops_at_the_ceiling(void **state)
{
	AUTO(json_done) struct json *j = parse(pretty_source);
	size_t max, n = strlen(pretty_golden);

	for (max = 0; max < n; max++) {
		AUTO(buf_done) struct buf out = BUF_MAX(max);

		assert_int_equal(json_print_pretty(j, 0, false, &out), -EFBIG);
	}
}

/* What is printed parses to the same, and prints the same again. */
static void
printing_and_parsing_agree(void **state)
{
	AUTO(buf_done) struct buf text = BUF_MAX(1 << 20);
	AUTO(buf_done) struct buf once = BUF_MAX(1 << 20);
	AUTO(buf_done) struct buf again = BUF_MAX(1 << 20);
	int i;

	for (i = 0; i < 5000; i++) {
		AUTO(json_done) struct json *a = NULL;
		AUTO(json_done) struct json *b = NULL;

		random_json_document(&text);
		buf_clear(&once);
		buf_clear(&again);
		assert_int_equal(json_parse(text.data, text.len, &a, NULL), 0);
		assert_int_equal(json_print_pretty(a, i % 3, i % 2, &once), 0);
		assert_int_equal(json_parse(once.data, once.len, &b, NULL), 0);
		assert_true(json_equal(a, b));
		assert_int_equal(json_print_pretty(b, i % 3, i % 2, &again), 0);
		assert_string_equal(buf_str(&once), buf_str(&again));
	}
}

/* ---- without memory ---- */

static int
parse_and_print(void *ctx)
{
	AUTO(buf_done) struct buf out = BUF_MAX(1 << 16);
	AUTO(json_done) struct json *j = NULL;
	AUTO(json_done) struct json *copy = NULL;
	AUTO(strv_done) char **keys = NULL;
	struct err err = ERR_NONE;
	int r = json_parse(ctx, strlen(ctx), &j, &err);

	if (r < 0)
		return r;
	copy = json_copy(j);
	r = copy ? json_get_keys(copy, "keys", &keys) : -ENOMEM;
	return r < 0 ? r : json_print_pretty(copy, 0, true, &out);
}

static int
build(void *ctx)
{
	char *roles[] = {(char *)"A", (char *)"B", NULL};
	AUTO(json_done) struct json *j = json_new_object();
	int r = j ? json_set_strv(j, "a", roles) : -ENOMEM;

	if (r == 0)
		r = json_set(j, "b", json_new_array());
	if (r == 0)
		r = json_set_str(j, "b", "x");
	if (r == 0)
		r = json_set_int(j, "c", INT64_MIN);
	if (r == 0)
		r = json_set_null(j, "c");
	return r < 0 ? r : json_set_bool(j, "d", true);
}

/* Without memory for the sentence it may be -ENOMEM, but never success. */
static void
refusals_without_memory(void **state)
{
	static const char text[] = "{\"a\":1,\"a\":90000000000000000000}";
	long nth;

	for (nth = 1; nth < 100; nth++) {
		struct json *j = NULL;
		struct err err = ERR_NONE;
		int r;

		alloc_fail_arm(nth);
		r = json_parse(text, sizeof(text) - 1, &j, &err);
		if (!alloc_fail_disarm())
			break;
		assert_int_equal(r, -ENOMEM);
		assert_null(j);
	}
	assert_in_range(nth, 4, 50);
}

static void
without_memory(void **state)
{
	assert_true(alloc_fail_sweep(parse_and_print,
			(void *)"{\"keys\":[1,\"2\",90000000000000000000],"
				"\"o\":{\"b\":1,\"a\":[true,\"\\n\"]}}") > 20);
	assert_true(alloc_fail_sweep(build, NULL) > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refusals_name_the_place),
	    cmocka_unit_test(any_value_is_parsed),
	    cmocka_unit_test(the_length_counts),
	    cmocka_unit_test(big_numbers_become_strings),
	    cmocka_unit_test(long_fractions_become_strings),
	    cmocka_unit_test(depth_has_a_limit),
	    cmocka_unit_test(large_objects_are_quick),
	    cmocka_unit_test(members_are_read),
	    cmocka_unit_test(keys_are_text),
	    cmocka_unit_test(equality),
	    cmocka_unit_test(trees_are_built),
	    cmocka_unit_test(set_replaces_in_place),
	    cmocka_unit_test(numbers_are_printed_as_jq_does),
	    cmocka_unit_test(strings_are_printed_as_jq_does),
	    cmocka_unit_test(pretty_is_as_jq_prints),
	    cmocka_unit_test(printing_stops_at_the_ceiling),
	    cmocka_unit_test(printing_and_parsing_agree),
	    cmocka_unit_test(refusals_without_memory),
	    cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
