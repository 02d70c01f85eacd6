/* SPDX-License-Identifier: MIT */
/* A tenant walked as the kernel does; after mirror_fixture.h. */
#ifndef GOTOFS_TESTS_WALK_FIXTURE_H
#define GOTOFS_TESTS_WALK_FIXTURE_H

#include "mirror_fixture.h"

#define TEXT_BYTES 8192

static struct tenant *tenant;

static inline int
walk(const char *path, struct tenant_attr *ret)
{
	AUTO(strv_done) char **part = strv_split(path, "/");
	char **p;
	int r = 0;

	if (!part)
		return -ENOMEM;
	ret->node = TENANT_ROOT_NODE;
	for (p = part; r == 0 && *p; p++) {
		uint64_t dir = ret->node;

		r = tenant_lookup(tenant, dir, *p, ret, NULL);
		if (dir != TENANT_ROOT_NODE)
			tenant_forget(tenant, dir, 1);
	}
	return r;
}

static inline uint64_t
node_of(const char *path)
{
	struct tenant_attr a;

	assert_int_equal(walk(path, &a), 0);
	return a.node;
}

/* 0: there is no such thing */
static inline uint64_t
find_node(const char *path)
{
	struct tenant_attr a;

	return walk(path, &a) == 0 ? a.node : 0;
}

static inline int
do_rename(const char *dir, const char *from, const char *to)
{
	uint64_t d = node_of(dir), stale;
	int r = tenant_rename(tenant, &who, d, from, d, to, false, &stale);

	tenant_forget(tenant, d, 1);
	return r;
}

static inline bool
list_one(void *ctx, const char *name, const struct tenant_attr *attr,
    uint64_t cookie)
{
	char *text = ctx;

	strncat(text, name, TEXT_BYTES - strlen(text) - 2);
	strcat(text, " ");
	return true;
}

/* What ls -U shows, and nothing else. */
static inline void
expect_list(const char *path, const char *want)
{
	char text[TEXT_BYTES] = "";
	uint64_t dir = node_of(path);

	assert_int_equal(
	    tenant_readdir(tenant, dir, 0, false, list_one, text), 0);
	tenant_forget(tenant, dir, 1);
	assert_string_equal(text, want);
}

static inline void
expect_read(const char *path, const char *part)
{
	AUTO(buf_done) struct buf b = BUF_MAX(1 << 20);
	struct tenant_attr a;

	assert_int_equal(walk(path, &a), 0);
	assert_int_equal(tenant_read(tenant, a.node, 0, 1 << 20, &b), 0);
	assert_int_equal(b.len, a.size);
	assert_non_null(strstr(buf_str(&b), part));
	tenant_forget(tenant, a.node, 1);
}

static inline void
nobody_waits(struct tenant_waiter *w, int result)
{
	(void)w;
	(void)result;
}

static inline int
write_text(uint64_t node, const char *text)
{
	struct tenant_waiter w = {.done = nobody_waits};
	int r = tenant_write(
	    tenant, &who, node, text, strlen(text), 0, false, false, &w);

	if (r == TENANT_WAIT) {
		assert_true(tenant_abandon(tenant, &w));
		r = 0;
	}
	return r;
}

static inline int
do_link(const char *dir, const char *name)
{
	AUTO(text_done) char *to = text_printf("../../users/%s", name);
	struct tenant_attr a;
	uint64_t d = node_of(dir);
	int r = tenant_symlink(tenant, &who, d, name, to, &a);

	if (r == 0)
		tenant_forget(tenant, a.node, 1);
	tenant_forget(tenant, d, 1);
	return r;
}

static inline int
do_unlink(const char *dir, const char *name)
{
	uint64_t d = node_of(dir);
	int r = tenant_unlink(tenant, &who, d, name);

	tenant_forget(tenant, d, 1);
	return r;
}

#endif
