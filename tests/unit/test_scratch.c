/* SPDX-License-Identifier: MIT */
/* What never reaches the tenant is kept in memory, and has a limit. */
#include "tenant_fixture.h"

#include "tenant_int.h"

#define ANN_TEXT "{\"firstName\":\"Anna\",\"lastName\":\"Test\"}"

static uint64_t users;

static int
make(const char *name)
{
	struct tenant_attr a;
	int r = tenant_mknod(tenant, &who, users, name, S_IFREG | 0600, &a);

	if (r == 0)
		tenant_forget(tenant, a.node, 1);
	return r;
}

static int
make_dir(const char *name)
{
	struct tenant_attr a;
	int r = tenant_mkdir(tenant, &who, users, name, 0700, &a);

	if (r == 0)
		tenant_forget(tenant, a.node, 1);
	return r;
}

static int
make_link(const char *name)
{
	struct tenant_attr a;
	int r = tenant_symlink(tenant, &who, users, name, "x", &a);

	if (r == 0)
		tenant_forget(tenant, a.node, 1);
	return r;
}

static int
write_n(const char *name, size_t n)
{
	AUTO(text_done) char *path = text_printf("users/%s", name);
	AUTO(text_done) char *text = malloc(n + 1);
	uint64_t node = node_of(path);
	int r;

	memset(text, 'x', n);
	text[n] = '\0';
	r = write_text(node, text);
	tenant_forget(tenant, node, 1);
	return r;
}

static int
cut(const char *name, off_t size)
{
	AUTO(text_done) char *path = text_printf("users/%s", name);
	uint64_t node = node_of(path);
	struct tenant_attr a = {.size = size}, now;
	int r = tenant_setattr(tenant, &who, node, &a, TENANT_SET_SIZE, &now);

	tenant_forget(tenant, node, 1);
	return r;
}

static void
expect_kept(long n, int64_t bytes)
{
	assert_int_equal(tenant->scratch_n, n);
	assert_int_equal(tenant->scratch_bytes, bytes);
}

/* Whatever becomes of them, what there is is known. */
static void
test_counts(void **state)
{
	uint64_t stale;

	assert_int_equal(open_tenant(&tenant), 0);
	users = node_of("users");
	expect_kept(0, 0);
	assert_int_equal(make(".ann"), 0);
	assert_int_equal(make_dir(".~tmp~"), 0);
	assert_int_equal(make_link("link"), 0);
	expect_kept(3, 0);
	assert_int_equal(write_n(".ann", 1000), 0);
	assert_int_equal(write_n(".ann", 10), 0); /* from its beginning */
	expect_kept(3, 1000);
	assert_int_equal(cut(".ann", 5), 0);
	expect_kept(3, 5);
	assert_int_equal(cut(".ann", 0), 0);
	assert_int_equal(write_text(node_of("users/.ann"), ANN_TEXT), 0);
	expect_kept(3, (int64_t)strlen(ANN_TEXT));
	/* it becomes ann's file, and ann's a copy */
	assert_int_equal(tenant_rename(tenant, &who, users, ".ann", users,
			     "ann@example.com.json", false, &stale),
	    0);
	expect_kept(2, 0);
	assert_int_equal(
	    tenant_rename(tenant, &who, users, "ben@example.com.json", users,
		"ben.bak", false, &stale),
	    0);
	assert_int_equal(tenant->scratch_n, 3);
	assert_true(tenant->scratch_bytes > 100);
	assert_int_equal(tenant_unlink(tenant, &who, users, "ben.bak"), 0);
	assert_int_equal(tenant_unlink(tenant, &who, users, "link"), 0);
	assert_int_equal(tenant_rmdir(tenant, &who, users, ".~tmp~"), 0);
	expect_kept(0, 0);
	tenant_close(tenant);
}

static void
test_limits(void **state)
{
	assert_int_equal(open_tenant(&tenant), 0);
	users = node_of("users");
	tenant->scratch_n = SCRATCH_MAX_N - 1;
	assert_int_equal(make(".a"), 0);
	assert_int_equal(make(".b"), -ENOSPC);
	assert_int_equal(make_dir(".~tmp~"), -ENOSPC);
	assert_int_equal(make_link(".l"), -ENOSPC);
	expect_read(".gotofs/errors/users/.b.txt", "1000000 scratch files");
	assert_int_equal(make("new@example.com.json"), 0); /* no such one */
	assert_int_equal(tenant_unlink(tenant, &who, users, ".a"), 0);
	assert_int_equal(make(".b"), 0);

	tenant->scratch_bytes = SCRATCH_MAX_BYTES - 1000;
	assert_int_equal(write_n(".b", 1001), -ENOSPC);
	expect_read(".gotofs/errors/users/.b.txt", "take 511 MiB");
	assert_int_equal(cut(".b", 1001), -ENOSPC);
	assert_int_equal(write_n(".b", 1000), 0);
	assert_int_equal(write_n(".b", 1000), 0); /* the same ones */
	assert_int_equal(cut(".b", 999), 0);
	tenant_close(tenant);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    each(test_counts),
	    each(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
