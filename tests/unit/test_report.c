/* SPDX-License-Identifier: MIT */
/* errors/: there is no end to what may be refused. */
#include "tenant_fixture.h"

#include "tenant_int.h"

#define ERRORS_MAX 10000
#define NEWEST "users/n10000@example.com.json.txt"

static void
error_path(int i, char *ret)
{
	sprintf(ret, "users/n%05d@example.com.json", i);
}

static void
put_error(struct store_batch *b, int i)
{
	char path[64];

	error_path(i, path);
	assert_int_equal(report_put_error(tenant, b, path, 0, "no\n"), 0);
}

static bool
has_error(int i)
{
	char path[64], file[128];
	uint64_t node;

	error_path(i, path);
	snprintf(file, sizeof(file), ".gotofs/errors/%s.txt", path);
	node = find_node(file);
	if (node)
		tenant_forget(tenant, node, 1);
	return node != 0;
}

static void
expect_status(const char *part)
{
	AUTO(buf_done) struct buf text = BUF_MAX(1 << 20);

	assert_int_equal(tenant_status(tenant, &text, NULL), 0);
	if (!strstr(buf_str(&text), part))
		fail_msg("no %s in %s", part, buf_str(&text));
}

static void
expect_records(long n, long forgotten)
{
	AUTO(text_done)
	char *part = text_printf("\"errors\": {\n    \"records\": %ld,\n"
				 "    \"forgotten\": %ld\n",
	    n, forgotten);

	expect_status(part);
}

/* All but the first thousand and one, of which the very first was refused
 * again. */
static void
expect_the_newer(void)
{
	int i;

	for (i = 1; i <= 1001; i++)
		assert_false(has_error(i));
	for (; i <= ERRORS_MAX; i++)
		assert_true(has_error(i));
	assert_true(has_error(0));
}

static void
put_errors(int from, int to)
{
	struct store_batch *b;

	tenant_begin(tenant);
	assert_int_equal(tenant_batch(tenant, &b, NULL), 0);
	for (; from < to; from++)
		put_error(b, from);
	assert_int_equal(store_commit(b, NULL), 0);
	tenant_end(tenant);
}

/* Those whose last refusal is the longest ago, a tenth at once, and for good;
 * the others as they were. */
static void
test_the_oldest_go(void **state)
{
	struct tenant_attr a, again;

	assert_int_equal(open_tenant(&tenant), 0);
	put_errors(0, ERRORS_MAX);
	put_errors(0, 1); /* once more: not the oldest now */
	expect_records(ERRORS_MAX, 0);
	put_errors(ERRORS_MAX, ERRORS_MAX + 1);
	expect_records(9000, 1001);
	expect_the_newer();
	assert_int_equal(walk(".gotofs/errors/" NEWEST, &a), 0);
	tenant_close(tenant);

	assert_int_equal(open_tenant(&tenant), 0);
	expect_records(9000, 0);
	expect_the_newer();
	assert_int_equal(walk(".gotofs/errors/" NEWEST, &again), 0);
	assert_int_equal(again.mtime_ns, a.mtime_ns);

	tenant->errors_bytes += INT64_C(256) << 20; /* long texts */
	put_errors(1, 2);
	expect_records(1, 9000);
	assert_true(has_error(1));
	tenant_close(tenant);
}

/* What an older gotofs left. */
static void
test_too_many_are_found(void **state)
{
	struct store_batch *b;
	struct store *s;
	int i;

	assert_int_equal(store_open(state_dir, &s, NULL), 0);
	assert_int_equal(store_begin(s, &b, NULL), 0);
	for (i = 0; i <= ERRORS_MAX; i++) {
		char path[64];
		struct store_error e = {path, "no\n", 1000, 0};

		error_path(i, path);
		assert_int_equal(store_error_put(b, &e, NULL, NULL), 0);
	}
	assert_int_equal(store_commit(b, NULL), 0);
	store_close(s);
	for (i = 0; i < 2; i++) {
		assert_int_equal(open_tenant(&tenant), 0);
		expect_records(9000, i == 0 ? 1001 : 0);
		assert_false(has_error(1000));
		assert_true(has_error(1001));
		tenant_close(tenant);
	}
}

/* ---- what went well, and what did not ---- */

#define DAN "users/dan@example.com.json"

static struct change *
write_dan(const char *last)
{
	AUTO(text_done) char *text = text_printf("{\"lastName\":\"%s\"}", last);
	uint64_t dan = node_of(DAN);

	assert_int_equal(write_text(dan, text), 0);
	tenant_forget(tenant, dan, 1);
	return tenant->last;
}

static void
refuse_dan(void)
{
	uint64_t dan = node_of(DAN);

	assert_int_equal(write_text(dan, "{\"lastName\":5}"), -EINVAL);
	tenant_forget(tenant, dan, 1);
}

static void
end(struct change *c, int result)
{
	struct err why = ERR_NONE, err = ERR_NONE;

	if (result < 0)
		err_set(&why, result, "its own refusal");
	tenant_begin(tenant);
	assert_int_equal(change_finish(tenant, c, result, &why, &err), 0);
	tenant_end(tenant);
}

static void
put_record(const struct change *failed, const char *text)
{
	tenant_begin(tenant);
	report_put_error(tenant, NULL, DAN, failed->id, text);
	tenant_end(tenant);
}

static void
expect_record(const char *part)
{
	if (part)
		expect_read(".gotofs/errors/" DAN ".txt", part);
	else
		assert_int_equal(find_node(".gotofs/errors/" DAN ".txt"), 0);
}

/* What was refused later is not ended by what went well before it; what came
 * before, and itself, is. */
static void
test_only_a_later_change_ends_it(void **state)
{
	struct change *first, *second;

	assert_int_equal(open_tenant(&tenant), 0);
	first = write_dan("One");
	refuse_dan();
	end(first, 0);
	expect_record("lastName");
	end(write_dan("Two"), 0);
	expect_record(NULL);

	first = write_dan("Three");
	second = write_dan("Four");
	put_record(first, "first\n");
	end(second, 0);
	expect_record(NULL);
	put_record(first, "late\n");
	end(first, 0);
	expect_record(NULL);

	first = write_dan("Five");
	refuse_dan();
	end(first, -EACCES); /* of what was asked for last it says nothing */
	expect_record("lastName");
	first = write_dan("Six");
	refuse_dan();
	end(first, 0);
	tenant_close(tenant);
	assert_int_equal(open_tenant(&tenant), 0);
	expect_record("lastName"); /* in the store, too */
	tenant_close(tenant);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    each(test_the_oldest_go),
	    each(test_too_many_are_found),
	    each(test_only_a_later_change_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
