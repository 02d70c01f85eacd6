/* SPDX-License-Identifier: MIT */
/* A tenant without threads and without a network, over a mirror written by
 * hand, and walked as the kernel does. */
#ifndef GOTOFS_TESTS_TENANT_FIXTURE_H
#define GOTOFS_TESTS_TENANT_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/store.h"
#include "gotofs/tenant.h"
#include "gotofs/text.h"

#define TEXT_BYTES 4096

static char state_dir[] = "/tmp/gotofs-test-tenant-XXXXXX";
static struct tenant *tenant;
static const struct tenant_caller who = {0, 0, 4711};

static const struct goto_conf api = {
    .account_key = "77",
    .api_url = "http://127.0.0.1:1",
    .connect_url = "http://127.0.0.1:1",
    .auth_url = "http://127.0.0.1:1",
    .client_id = "id",
    .client_secret = "secret",
    .pat = "pat",
};

/* ---- a mirror ---- */

static inline void
put(struct store_batch *b, enum store_kind kind, const char *key,
    const char *name, const char *text, unsigned flags)
{
	struct store_record r = {.kind = kind,
	    .key = key,
	    .name = name,
	    .flags = flags,
	    .hash = 1,
	    .changed_ns = 1000000000,
	    .text = text,
	    .text_bytes = strlen(text)};

	assert_int_equal(store_record_put(b, &r, NULL, NULL, NULL), 0);
}

static inline void
put_user(struct store_batch *b, const char *key, const char *first,
    const char *roles, unsigned flags)
{
	char text[TEXT_BYTES], email[64];

	snprintf(email, sizeof(email), "%s@example.com", first);
	snprintf(text, sizeof(text),
	    "{\n  \"email\": \"%s\",\n  \"firstName\": \"%s\",\n"
	    "  \"lastName\": \"Test\",\n  \"locale\": null,\n"
	    "  \"timeZone\": null,\n  \"adminRoles\": %s,\n"
	    "  \"key\": \"%s\",\n  \"status\": \"ACTIVE\"\n}\n",
	    email, first, roles, key);
	put(b, STORE_USER, key, email, text, flags);
}

static inline void
put_link(struct store_batch *b, enum store_kind kind, const char *container,
    const char *user)
{
	struct store_link l = {kind, container, user, 2000000000};

	assert_int_equal(store_link_put(b, &l, NULL), 0);
}

static inline void
make_mirror(void)
{
	static const char super[] = "[\n    \"SUPER_USER\"\n  ]";
	struct store *s;
	struct store_batch *b;

	assert_int_equal(store_open(state_dir, &s, NULL), 0);
	assert_int_equal(store_begin(s, &b, NULL), 0);
	put(b, STORE_LICENSE, "5", "Meeting Pro",
	    "{\n  \"key\": \"5\",\n  \"seats\": 2\n}\n", 0);
	put(b, STORE_GROUP, "6", "Berlin",
	    "{\n  \"key\": \"6\",\n  \"name\": \"Berlin\"\n}\n", 0);
	put_user(b, "100", "ann", super, 1);
	put_user(b, "101", "ben", super, 1);
	put_user(b, "102", "cyd", "[]", 0);
	put_user(b, "103", "dan", "[]", 0);
	put_link(b, STORE_LICENSE, "5", "102");
	put_link(b, STORE_GROUP, "6", "102");
	assert_int_equal(store_publish(b, NULL), 0);
	assert_int_equal(store_commit(b, NULL), 0);
	store_close(s);
}

static inline int
open_tenant(struct tenant **ret)
{
	const struct tenant_conf conf = {
	    .profile = "test",
	    .state_dir = state_dir,
	    .mountpoint = "/mnt",
	    .api = &api,
	    .umask = 077,
	    .settle_ms = 3000,
	    .deadline_ms = 10000,
	    .quiet_ms = 2000,
	};

	return tenant_open(&conf, ret, NULL);
}

/* ---- walking it as the kernel does ---- */

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
setup(void **state)
{
	if (!mkdtemp(state_dir) || chmod(state_dir, 0700) < 0)
		return -1;
	make_mirror();
	return 0;
}

static inline int
teardown(void **state)
{
	static const char *const names[] = {
	    "mirror.db", "mirror.db-wal", "mirror.db-shm", "lock"};
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", state_dir, names[i]);
		unlink(path);
	}
	return rmdir(state_dir);
}

#endif
