/* SPDX-License-Identifier: MIT */
/* The rules of stage.h, each by itself, and what holds for all of them. */
#include "gotofs/stage.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"

static const char doc[] = "{\n  \"lastName\": \"Stone \\\"}\\\"\",\n"
			  "  \"adminRoles\": [{}, \"\xc3\xbc\"]\n}\n";
#define DOC_BYTES (sizeof(doc) - 1)
static const char record[] = "{\n  \"firstName\": \"Bob\",\n  \"lastName\": "
			     "\"Stein\",\n  \"status\": \"ACTIVE\"\n}\n";
#define RECORD_BYTES (sizeof(record) - 1)

/* One stage, and what it last said. */
struct
try {
	struct stage s;
	enum stage_action action;
	int code;
	const char *why;
	int64_t now_ms;
};

static struct try
try_new(const char *base)
{
	struct try t = {.now_ms = 1000};

	assert_int_equal(
	    stage_init(&t.s, base, base ? strlen(base) : 0, t.now_ms), 0);
	return t;
}

static enum stage_action
put(struct try *t, const char *data, size_t n, size_t offset)
{
	t->action = stage_write(&t->s, data, n, offset, false, false,
	    ++t->now_ms, &t->code, &t->why);
	return t->action;
}

static enum stage_action
put_str(struct try *t, const char *data, size_t offset)
{
	return put(t, data, strlen(data), offset);
}

static enum stage_action
append(struct try *t, const char *data)
{
	/* the kernel's end of the file: the image, or the record again */
	size_t end = stage_shows(&t->s) ? t->s.image.len : t->s.base_bytes;

	if (t->s.phase == STAGE_COMMITTED && !stage_shows(&t->s))
		end = 7;
	t->action = stage_write(&t->s, data, strlen(data), end, true, false,
	    ++t->now_ms, &t->code, &t->why);
	return t->action;
}

static enum stage_action
put_mapped(struct try *t, const char *data, size_t n, size_t offset)
{
	t->action = stage_write(&t->s, data, n, offset, false, true,
	    ++t->now_ms, &t->code, &t->why);
	return t->action;
}

static enum stage_action
cut(struct try *t, size_t size)
{
	t->action = stage_truncate(&t->s, size, ++t->now_ms, &t->code, &t->why);
	return t->action;
}

static enum stage_action
settle(struct try *t, bool at_fsync)
{
	t->action = stage_settle(&t->s, at_fsync, &t->code, &t->why);
	return t->action;
}

static void
assert_image(const struct try *t, const char *want, size_t n)
{
	assert_int_equal(t->s.image.len, n);
	if (n > 0)
		assert_memory_equal(t->s.image.data, want, n);
}

static void
assert_commits(const struct try *t, const char *want, size_t n)
{
	assert_int_equal(t->action, STAGE_COMMIT);
	assert_int_equal(t->s.phase, STAGE_COMMITTED);
	assert_int_equal(t->s.verdict, STAGE_PENDING);
	assert_int_equal(t->s.doc_bytes, n);
	assert_true(stage_shows(&t->s));
	assert_image(t, want, n);
}

/* Where the object is complete: white space may follow. */
static size_t
doc_end(void)
{
	return DOC_BYTES - 1;
}

/* ---- (a) ---- */

/* In order, in any three pieces, over any base: the same document, committed
 * by the piece that brings the closing brace. */
static void
test_any_split(void **state)
{
	static const char *const bases[] = {NULL, "", record, doc, "{}"};
	size_t b, i, j;

	for (b = 0; b < sizeof(bases) / sizeof(bases[0]); b++)
		for (i = 1; i < DOC_BYTES; i++)
			for (j = i; j < DOC_BYTES; j++) {
				struct try t = try_new(bases[b]);
				size_t at[] = {0, i, j, DOC_BYTES};
				size_t k, n = 0;

				for (k = 0; k < 3 && n < doc_end(); k++) {
					n = at[k + 1];
					put(&t, doc + at[k], n - at[k], at[k]);
					if (n < doc_end() && n > at[k])
						assert_int_equal(
						    t.action, STAGE_TAKEN);
				}
				assert_commits(&t, doc, n);
				for (; k < 3; k++)
					if (at[k + 1] > at[k])
						assert_int_equal(
						    put(&t, doc + at[k],
							at[k + 1] - at[k],
							at[k]),
						    STAGE_REPEAT);
				stage_done(&t.s);
			}
}

static void
test_byte_by_byte(void **state)
{
	struct try t = try_new(record);
	size_t i;

	for (i = 0; i + 1 < doc_end(); i++) {
		assert_int_equal(put(&t, doc + i, 1, i), STAGE_TAKEN);
		assert_true(stage_shows(&t.s));
	}
	put(&t, doc + i, 1, i);
	assert_commits(&t, doc, doc_end());
	stage_done(&t.s);
}

/* Offset 0 begins anew, wherever the writer had come to. */
static void
test_anew(void **state)
{
	size_t i;

	for (i = 1; i < doc_end(); i++) {
		struct try t = try_new(i % 2 ? record : NULL);

		put(&t, doc, i, 0);
		assert_int_equal(put(&t, "{\"a\": 1", 7, 0), STAGE_TAKEN);
		put(&t, "}", 1, 7);
		assert_commits(&t, "{\"a\": 1}", 8);
		stage_done(&t.s);
	}
}

/* Written over within the prefix: it is looked at again. */
static void
test_over_prefix(void **state)
{
	struct try t = try_new(NULL);

	put_str(&t, "{\"a\": 1, \"b\": 2", 0);
	assert_int_equal(put_str(&t, "\"c\"", 9), STAGE_TAKEN);
	put_str(&t, "}", 15);
	assert_commits(&t, "{\"a\": 1, \"c\": 2}", 16);
	stage_done(&t.s);
	t = try_new(NULL);
	put_str(&t, "{\"a\": 1, \"b\": 2", 0);
	assert_int_equal(put_str(&t, "}", 7), STAGE_BROKEN); /* and then , */
	stage_done(&t.s);
}

static void
test_broken(void **state)
{
	static const char *const texts[] = {"x", "[", "1", "{\"a\" 1", "{}}",
	    "{} x", "{\"a\": \"\xff\"", "{,", "\xef\xbb\xbf{}"};
	size_t i, split;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (split = 0; split < strlen(texts[i]); split++) {
			struct try t = try_new(record);

			if (split > 0)
				put(&t, texts[i], split, 0);
			if (t.s.phase != STAGE_OPEN) { /* already */
				stage_done(&t.s);
				continue;
			}
			put_str(&t, texts[i] + split, split);
			assert_int_equal(t.action, STAGE_BROKEN);
			assert_int_equal(t.code, -EINVAL);
			assert_non_null(t.why);
			/* for the report; nobody reads it */
			assert_image(&t, texts[i], strlen(texts[i]));
			assert_false(stage_shows(&t.s));
			stage_verdict(&t.s, t.code, t.now_ms);
			assert_int_equal(put_str(&t, "\n", 99), STAGE_REPEAT);
			assert_int_equal(t.s.verdict, -EINVAL);
			assert_int_equal(put_str(&t, "x", 99), STAGE_REPEAT);
			assert_int_equal(put_str(&t, "x", 1), STAGE_REPEAT);
			assert_int_equal(t.s.verdict, -EINVAL);
			put(&t, doc, DOC_BYTES, 0);
			assert_commits(&t, doc, DOC_BYTES);
			stage_done(&t.s);
		}
}

/* ---- (b) ---- */

static void
test_elsewhere(void **state)
{
	enum { AT_FSYNC, AT_QUIET, AT_TRUNCATE, HOWS };
	const char *name = strstr(record, "Stein");
	size_t at = (size_t)(name - record);
	char want[sizeof(record)];
	int how;

	memcpy(want, record, sizeof(want));
	memcpy(want + at, "Stone", 5);
	for (how = 0; how < HOWS; how++) {
		struct try t = try_new(record);

		assert_int_equal(put_str(&t, "Stone", at), STAGE_TAKEN);
		assert_image(&t, want, RECORD_BYTES);
		assert_true(stage_shows(&t.s));
		if (how == AT_TRUNCATE)
			cut(&t, RECORD_BYTES);
		else
			settle(&t, how == AT_FSYNC);
		assert_commits(&t, want, RECORD_BYTES);
		assert_int_equal(settle(&t, true), STAGE_REPEAT);
		stage_done(&t.s);
	}
}

/* Pieces in any order: the last settles it, if nothing did before. */
static void
test_any_order(void **state)
{
	static const int order[][3] = {
	    {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	size_t at[] = {0, 9, 30, DOC_BYTES}, i;
	int k;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct try t = try_new(NULL);

		cut(&t, 0);
		for (k = 0; k < 3; k++) {
			int p = order[i][k];

			put(&t, doc + at[p], at[p + 1] - at[p], at[p]);
		}
		if (t.action == STAGE_TAKEN)
			settle(&t, false);
		assert_commits(&t, doc, DOC_BYTES);
		stage_done(&t.s);
	}
}

static void
test_incomplete(void **state)
{
	struct try t = try_new(record);

	assert_int_equal(settle(&t, true), STAGE_TAKEN); /* nothing written */
	assert_int_equal(settle(&t, false), STAGE_TAKEN);
	assert_int_equal(cut(&t, 5), STAGE_TAKEN);
	assert_true(stage_shows(&t.s));
	assert_int_equal(settle(&t, true), STAGE_BROKEN);
	assert_int_equal(t.code, -EINVAL);
	stage_verdict(&t.s, t.code, t.now_ms);
	assert_false(stage_shows(&t.s));
	assert_int_equal(settle(&t, true), STAGE_REPEAT);
	stage_done(&t.s);
}

/* ---- (c) ---- */

static void
test_verdict(void **state)
{
	static const int verdicts[] = {0, -EINVAL, -EPERM, STAGE_PENDING};
	size_t i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		struct try t = try_new(record);

		put(&t, doc, DOC_BYTES, 0);
		stage_verdict(&t.s, verdicts[i], t.now_ms);
		assert_int_equal(
		    stage_shows(&t.s), verdicts[i] == STAGE_PENDING);
		assert_int_equal(put_str(&t, " \t\r\n", DOC_BYTES), //
		    STAGE_REPEAT);
		assert_int_equal(put_str(&t, "\n", 5000), STAGE_REPEAT);
		assert_int_equal(append(&t, "\n"), STAGE_REPEAT);
		assert_int_equal(cut(&t, DOC_BYTES), STAGE_REPEAT);
		assert_int_equal(cut(&t, DOC_BYTES + 7), STAGE_REPEAT);
		assert_int_equal(settle(&t, true), STAGE_REPEAT);
		assert_int_equal(t.s.verdict, verdicts[i]);
		assert_int_equal(put_str(&t, "x", DOC_BYTES), STAGE_REFUSE);
		assert_int_equal(t.code, -EINVAL);
		assert_int_equal(put_str(&t, " ", 3), STAGE_REFUSE);
		assert_int_equal(append(&t, "{}"), STAGE_REFUSE);
		assert_int_equal(put(&t, "", 1, DOC_BYTES), STAGE_REFUSE);
		assert_int_equal(t.s.verdict, verdicts[i]);
		assert_int_equal(cut(&t, 0), STAGE_TAKEN);
		assert_image(&t, "", 0);
		put_str(&t, "{}", 0);
		assert_commits(&t, "{}", 2);
		stage_done(&t.s);
	}
}

/* ---- (d) ---- */

static void
test_append(void **state)
{
	struct try t = try_new(record);

	assert_int_equal(append(&t, "{}"), STAGE_REFUSE);
	assert_int_equal(t.code, -EINVAL);
	assert_int_equal(put_str(&t, "x", RECORD_BYTES), STAGE_REFUSE);
	assert_int_equal(put_str(&t, "x", RECORD_BYTES + 9), STAGE_REFUSE);
	assert_int_equal(append(&t, " \n"), STAGE_TAKEN);
	assert_int_equal(put_str(&t, "\n", RECORD_BYTES), STAGE_TAKEN);
	assert_image(&t, record, RECORD_BYTES);
	assert_false(stage_shows(&t.s));
	assert_int_equal(cut(&t, 0), STAGE_TAKEN);
	assert_int_equal(append(&t, "{\"a\":"), STAGE_TAKEN);
	append(&t, "1}");
	assert_commits(&t, "{\"a\":1}", 7);
	stage_done(&t.s);
	t = try_new(NULL); /* a new name */
	append(&t, "{}");
	assert_commits(&t, "{}", 2);
	stage_done(&t.s);
}

/* ---- (e) ---- */

static void
test_drop(void **state)
{
	struct try t = try_new(record);

	cut(&t, 0);
	put_str(&t, "{\"a\"", 0);
	assert_int_equal(settle(&t, false), STAGE_BROKEN);
	stage_drop(&t.s);
	assert_false(stage_shows(&t.s));
	assert_int_equal(put_str(&t, ":1}", 4), STAGE_REFUSE);
	assert_int_equal(t.code, -EIO);
	assert_int_equal(settle(&t, true), STAGE_REPEAT);
	assert_int_equal(t.s.verdict, -EIO);
	assert_int_equal(settle(&t, false), STAGE_TAKEN);
	put_str(&t, "{}", 0);
	assert_commits(&t, "{}", 2);
	stage_done(&t.s);
}

/* ---- mappings, sizes, memory ---- */

static void
test_mapping(void **state)
{
	const char *name = strstr(record, "Stein");
	size_t at = (size_t)(name - record);
	char page[4096] = {0}, want[sizeof(record)];
	struct try t = try_new(record);

	memcpy(want, record, sizeof(want));
	memcpy(want + at, "Stone", 5);
	memcpy(page, want, RECORD_BYTES);
	assert_int_equal(put_mapped(&t, page, sizeof(page), 0), STAGE_TAKEN);
	assert_image(&t, want, RECORD_BYTES); /* not the page's zeros */
	assert_int_equal(put_mapped(&t, page, 4096, 4096), STAGE_TAKEN);
	assert_int_equal(settle(&t, false), STAGE_TAKEN);
	assert_true(stage_shows(&t.s));
	settle(&t, true);
	assert_commits(&t, want, RECORD_BYTES);
	/* again, while the first is being judged */
	memcpy(page + at, "Stern", 5);
	put_mapped(&t, page, sizeof(page), 0);
	memcpy(want + at, "Stern", 5);
	settle(&t, true);
	assert_commits(&t, want, RECORD_BYTES);
	stage_done(&t.s);
}

static void
test_size(void **state)
{
	struct try t = try_new(record);

	assert_int_equal(put_str(&t, "{}", STAGE_BYTES_MAX), STAGE_REFUSE);
	assert_int_equal(t.code, -EINVAL); /* an append */
	cut(&t, 0);
	assert_int_equal(put_str(&t, " ", STAGE_BYTES_MAX - 1), STAGE_TAKEN);
	assert_int_equal(put_str(&t, "  ", STAGE_BYTES_MAX - 1), STAGE_BROKEN);
	assert_int_equal(t.code, -EFBIG);
	stage_verdict(&t.s, t.code, t.now_ms);
	assert_int_equal(settle(&t, true), STAGE_REPEAT);
	/* the rest of a write() of which the first part was taken */
	assert_int_equal(put_str(&t, "}", STAGE_BYTES_MAX - 1), STAGE_REPEAT);
	assert_int_equal(t.s.verdict, -EFBIG);
	assert_int_equal(cut(&t, STAGE_BYTES_MAX + 1), STAGE_REFUSE);
	assert_int_equal(t.code, -EFBIG);
	cut(&t, 0);
	assert_int_equal(put_str(&t, "x", SIZE_MAX), STAGE_BROKEN);
	assert_int_equal(t.code, -EFBIG);
	stage_done(&t.s);
}

static int
write_once(void *ctx)
{
	struct stage s;
	const char *why;
	enum stage_action action;
	int code = 0, r = stage_init(&s, record, RECORD_BYTES, 0);

	if (r < 0)
		return r;
	action =
	    stage_write(&s, ctx, strlen(ctx), 0, false, false, 1, &code, &why);
	if (action == STAGE_REFUSE) /* nothing was taken */
		assert_int_equal(s.phase, STAGE_OPEN);
	stage_done(&s);
	return action == STAGE_REFUSE ? code : 0;
}

static void
test_no_memory(void **state)
{
	static char text[5000];

	memset(text, ' ', sizeof(text) - 1);
	assert_true(alloc_fail_sweep(write_once, text) >= 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_any_split),
	    cmocka_unit_test(test_byte_by_byte),
	    cmocka_unit_test(test_anew),
	    cmocka_unit_test(test_over_prefix),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_elsewhere),
	    cmocka_unit_test(test_any_order),
	    cmocka_unit_test(test_incomplete),
	    cmocka_unit_test(test_verdict),
	    cmocka_unit_test(test_append),
	    cmocka_unit_test(test_drop),
	    cmocka_unit_test(test_mapping),
	    cmocka_unit_test(test_size),
	    cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
