/* SPDX-License-Identifier: MIT */
#include "gotofs/name.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/err.h"
#include "gotofs/text.h"
#include "random.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define TEN "abcdefghij"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void
assert_name(char *name, const char *want)
{
	assert_non_null(name);
	assert_string_equal(name, want);
	free(name);
}

static void
email_to_name(void **state)
{
	static const char *const rows[][2] = {
	    {"ann@example.com", "ann@example.com.json"},
	    {"Ann.Lee+x@Example.COM", "ann.lee+x@example.com.json"},
	    {"\xc3\x89va@x.com", "\xc3\x89va@x.com.json"},
	    {"a/b%c@x", "a%2Fb%25c@x.json"},
	    {"../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.json"},
	    {".", "%2E.json"},
	    {"a\nb\x7f\x01@x", "a%0Ab%7F%01@x.json"},
	    {"a\xff\xc3@x", "a%FF%C3@x.json"},
	    {"\xed\xa0\x80@x", "%ED%A0%80@x.json"},
	    {"a~b@x", "a~b@x.json"},
	    {"a@x~1234", "a@x%7E1234.json"},
	    {"a@x~12345", "a@x~12345.json"},
	    {"a@x~0123abcd", "a@x%7E0123abcd.json"},
	    {"", "~e3b0c442.json"},
	    {NULL, "~e3b0c442.json"},
	};
	size_t i;

	for (i = 0; i < N(rows); i++)
		assert_name(name_from_email(rows[i][0], NULL), rows[i][1]);
}

static void
key_suffixes(void **state)
{
	assert_name(
	    name_from_email("a@x", "900000000000004711"), "a@x~4711.json");
	assert_name(name_from_email("a@x", "7"), "a@x~0007.json");
	assert_name(name_from_email("a@x", ""), "a@x~0000.json");
	assert_name(name_from_email("a@x", "../a"), "a@x~6677.json");
	assert_name(name_from_email(NULL, "12345"), "~e3b0c442~2345.json");
	assert_name(name_from_group("Ops", "12345"), "Ops~2345");
	assert_name(name_from_group(NULL, "12345"), "~e3b0c442~2345");
	assert_name(name_from_license("G2M", "12345"), "g2m-2345");
	assert_int_equal(name_check_email("a@x~2345.json", "A@x"), 0);
	assert_int_equal(name_check_email("a@x.json", "A@x"), 0);
	assert_int_equal(name_check_email("~e3b0c442~2345.json", NULL), 0);
	assert_int_equal(name_check_email("a@x~234.json", "a@x"), -EINVAL);
	assert_int_equal(name_check_email("a@x~23456.json", "a@x"), -EINVAL);
	assert_int_equal(name_check_email("b@x~2345.json", "a@x"), -EINVAL);
	assert_int_equal(name_check_email("a", "a"), -EINVAL);
}

static void
long_names_are_cut(void **state)
{
	char *a = name_from_email(HUNDRED HUNDRED HUNDRED "@x.com", NULL);
	char *b = name_from_email(HUNDRED HUNDRED HUNDRED "@y.com", NULL);
	char *c = name_from_email(HUNDRED HUNDRED HUNDRED "@y.com", "1234");
	char *email = NULL;

	assert_int_equal(strlen(a), 200 + 1 + 8 + 5);
	assert_memory_equal(a, HUNDRED HUNDRED "~", 201);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(c), 200 + 1 + 8 + 5 + 5);
	assert_int_equal(name_to_email(a, &email), -EINVAL);
	assert_int_equal(name_to_email(c, &email), -EINVAL);
	assert_null(email);
	free(a);
	free(b);
	free(c);
}

static void
cuts_respect_characters(void **state)
{
	/* 199 bytes, then a character or an escape over the edge */
	static const char *const tails[] = {
	    "\xf0\x9f\x98\x80", "\xc3\xa9", "/", "\x01"};
	char text[400], want[256];
	size_t i, before;

	for (before = 197; before < 200; before++)
		for (i = 0; i < N(tails); i++) {
			char *name;

			snprintf(text, sizeof(text), "%.*s%s%s", (int)before,
			    HUNDRED HUNDRED, tails[i], HUNDRED);
			name = name_from_group(text, NULL);
			if (before + (i == 0 ? 4 : i == 1 ? 2 : 3) <= 200) {
				assert_true(strlen(name) == 209);
			} else {
				snprintf(want, sizeof(want), "%.*s~",
				    (int)before, HUNDRED HUNDRED);
				assert_true(text_starts(name, want));
				assert_int_equal(strlen(name), before + 9);
			}
			free(name);
		}
}

static void
name_to_email_accepts(void **state)
{
	static const char *const rows[][2] = {
	    {"ann@example.com.json", "ann@example.com"},
	    {"a%2Fb%25@x.json", "a/b%@x"},
	    {"%2Ea@x.json", ".a@x"},
	    {"a@x%7E1234.json", "a@x~1234"},
	    {"\xc3\xa9@x.json", "\xc3\xa9@x"},
	    {"a@b@c.json", "a@b@c"},
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		char *email = NULL;

		assert_int_equal(name_to_email(rows[i][0], &email), 0);
		assert_name(email, rows[i][1]);
	}
}

static void
name_to_email_refuses(void **state)
{
	static const char *const rows[] = {
	    "",
	    "ann@example.com",
	    "Ann@example.com.json",
	    "ann@example.com.JSON",
	    "a%2fb@x.json", /* lower-case hex */
	    "%61@x.json",   /* needless */
	    "a%@x.json",
	    "a%2@x.json",
	    "a@x%2.json",
	    "a%zz@x.json",
	    "a%00@x.json", /* NUL */
	    "a%0A@x.json", /* control byte */
	    "a%FF@x.json", /* not UTF-8 */
	    "a\xff@x.json",
	    ".a@x.json",
	    "a b@x.json",
	    "a\tb@x.json",
	    "ann.json",
	    "@x.json",
	    "ann@.json",
	    ".json",
	    "@.json",
	    "a@x~1234.json", /* a key suffix */
	    "a@x%7Eb.json",  /* needless */
	    "a/b@x.json",
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		char *email = NULL;

		if (name_to_email(rows[i], &email) != -EINVAL)
			fail_msg("accepted: %s", rows[i]);
		assert_null(email);
	}
}

static void
too_long_to_decode(void **state)
{
	char *text = NULL;

	assert_int_equal(
	    name_to_email(HUNDRED HUNDRED HUNDRED "@x.json", &text),
	    -ENAMETOOLONG);
	assert_int_equal(
	    name_to_group(HUNDRED HUNDRED HUNDRED, &text), -ENAMETOOLONG);
	assert_null(text);
}

static void
groups(void **state)
{
	static const char *const rows[][2] = {
	    {"Sales EMEA", "Sales EMEA"},
	    {".", "%2E"},
	    {"..", "%2E."},
	    {"A/B", "A%2FB"},
	    {"Ops~2024", "Ops%7E2024"},
	    {"x.json", "x%2Ejson"},
	    {".json", "%2Ejson"},
	    {"x.json.bak", "x.json.bak"},
	};
	char *text = NULL;
	size_t i;

	for (i = 0; i < N(rows); i++) {
		assert_name(name_from_group(rows[i][0], NULL), rows[i][1]);
		assert_int_equal(name_to_group(rows[i][1], &text), 0);
		assert_name(text, rows[i][0]);
	}
	text = NULL;
	assert_int_equal(name_to_group("", &text), -EINVAL);
	assert_int_equal(name_to_group(".hidden", &text), -EINVAL);
	assert_int_equal(name_to_group("x.json", &text), -EINVAL);
	assert_int_equal(name_to_group("a~1234", &text), -EINVAL);
	assert_int_equal(name_to_group("a%0Ab", &text), -EINVAL);
	assert_null(text);
}

static void
licenses(void **state)
{
	static const char *const rows[][2] = {
	    {"GoToMeeting Business", "gotomeeting-business"},
	    {"  GoTo -- Connect (EU)! ", "goto-connect-eu"},
	    {"", "license"},
	    {"../..", "license"},
	    {"\xc3\x89quipe 1", "\xc3\x89quipe-1"},
	    {"a\xff"
	     "b",
		"a-b"},
	    {"G2M", "g2m"},
	};
	char *name;
	size_t i;

	for (i = 0; i < N(rows); i++)
		assert_name(name_from_license(rows[i][0], NULL), rows[i][1]);
	name = name_from_license(HUNDRED HUNDRED HUNDRED, "1234");
	assert_int_equal(strlen(name), 200 + 9 + 5);
	free(name);
}

static void
scratch_names(void **state)
{
	assert_false(name_is_scratch("ann@example.com.json"));
	assert_true(name_is_scratch(".ann@example.com.json.Xy12"));
	assert_true(name_is_scratch(".json"));
	assert_true(name_is_scratch("4913"));
	assert_true(name_is_scratch("ann@example.com.json~"));
	assert_true(name_is_scratch(""));
}

/* ---- properties ---- */

static void
random_text(char *text, size_t chars, bool bytes)
{
	static const char odd[] = "./%~@-0123456789abcdef json";

	while (chars-- > 0)
		switch (random_below(bytes ? 4 : 3)) {
		case 0:
			*text++ = odd[random_below(sizeof(odd) - 1)];
			break;
		case 3:
			*text++ = (char)(1 + random_below(255));
			break;
		default:
			text += random_put_char(text);
		}
	*text = '\0';
}

static void
assert_safe(const char *name)
{
	size_t n = strlen(name);

	assert_in_range(n, 1, NAME_BYTES_MAX);
	assert_true(*name != '.');
	assert_null(strchr(name, '/'));
	assert_true(text_is_utf8(name, n));
	for (; *name; name++)
		assert_false((unsigned char)*name < 0x20 || *name == 0x7f);
}

static void
whatever_comes_the_name_is_safe(void **state)
{
	char text[2048];
	int i;

	for (i = 0; i < 20000; i++) {
		const char *key = random_below(2) ? "../x\n" : NULL;
		char *name;

		random_text(text, random_below(i % 10 ? 40 : 400), true);
		name = name_from_email(text, key);
		assert_safe(name);
		assert_true(text_ends(name, ".json"));
		free(name);
		name = name_from_group(text, key);
		assert_safe(name);
		assert_false(text_ends(name, ".json"));
		free(name);
		name = name_from_license(text, key);
		assert_safe(name);
		free(name);
	}
}

static bool
has_control_or_blank(const char *s, bool blank)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f ||
		    (blank && *s == ' '))
			return true;
	return false;
}

static void
encoding_comes_back(void **state)
{
	char text[2048];
	int i, decoded = 0;

	for (i = 0; i < 20000; i++) {
		char *name, *back = NULL;
		const char *at;
		int r;

		random_text(text, 1 + random_below(12), false);
		name = name_from_group(text, NULL);
		r = name_to_group(name, &back);
		assert_int_equal(
		    r, has_control_or_blank(text, false) ? -EINVAL : 0);
		if (r == 0)
			assert_name(back, text);
		free(name);

		strcat(text, "@x");
		name = name_from_email(text, NULL);
		r = name_to_email(name, &back);
		text_lower(text);
		at = strrchr(text, '@');
		assert_int_equal(r, has_control_or_blank(text, true) || !at ||
					    at == text || !at[1]
					? -EINVAL
					: 0);
		if (r == 0)
			assert_name(back, text);
		decoded += r == 0;
		free(name);
	}
	assert_true(decoded > 1000);
}

static void
what_decodes_is_the_only_spelling(void **state)
{
	static const char odd[] = "%%%2FE5a~@.x/ json1234";
	char name[64];
	int i, decoded = 0;

	for (i = 0; i < 200000; i++) {
		size_t n = 1 + random_below(12);
		char *text = NULL;

		name[n] = '\0';
		while (n-- > 0)
			name[n] = odd[random_below(sizeof(odd) - 1)];
		if (name_to_group(name, &text) == 0)
			assert_name(name_from_group(text, NULL), name);
		free(text);
		text = NULL;
		strcat(name, ".json");
		if (name_to_email(name, &text) == 0) {
			assert_name(name_from_email(text, NULL), name);
			decoded++;
		}
		free(text);
	}
	assert_true(decoded > 1000);
}

/* ---- without memory ---- */

static int
names_once(void *ctx)
{
	static const char text[] = HUNDRED HUNDRED HUNDRED "/\xc3\xa9";
	AUTO(text_done) char *a = name_from_email(text, "1234");
	AUTO(text_done) char *b = a ? name_from_group(".a~1234", NULL) : NULL;
	AUTO(text_done) char *c = b ? name_from_license(text, "1") : NULL;
	AUTO(text_done) char *d = c ? name_from_license("", NULL) : NULL;

	return d ? 0 : -ENOMEM;
}

static int
decode_once(void *ctx)
{
	AUTO(text_done) char *email = NULL;
	AUTO(text_done) char *group = NULL;
	int r = name_to_email("a%2F@x.json", &email);

	return r < 0 ? r : name_to_group("A%2FB", &group);
}

static void
without_memory(void **state)
{
	assert_true(alloc_fail_sweep(names_once, NULL) > 4);
	assert_int_equal(alloc_fail_sweep(decode_once, NULL), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(email_to_name),
	    cmocka_unit_test(key_suffixes),
	    cmocka_unit_test(long_names_are_cut),
	    cmocka_unit_test(cuts_respect_characters),
	    cmocka_unit_test(name_to_email_accepts),
	    cmocka_unit_test(name_to_email_refuses),
	    cmocka_unit_test(too_long_to_decode),
	    cmocka_unit_test(groups),
	    cmocka_unit_test(licenses),
	    cmocka_unit_test(scratch_names),
	    cmocka_unit_test(whatever_comes_the_name_is_safe),
	    cmocka_unit_test(encoding_comes_back),
	    cmocka_unit_test(what_decodes_is_the_only_spelling),
	    cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
