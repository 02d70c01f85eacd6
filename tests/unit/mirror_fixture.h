/* SPDX-License-Identifier: MIT */
/* A mirror written by hand, for tests of a tenant without a network. */
#ifndef GOTOFS_TESTS_MIRROR_FIXTURE_H
#define GOTOFS_TESTS_MIRROR_FIXTURE_H

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
	char text[512], email[64];

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

static const char mirror_super[] = "[\n    \"SUPER_USER\"\n  ]";

static inline struct store_batch *
mirror_begin(const char *state_dir, struct store **ret)
{
	struct store_batch *b;

	assert_int_equal(store_open(state_dir, ret, NULL), 0);
	assert_int_equal(store_begin(*ret, &b, NULL), 0);
	return b;
}

static inline void
mirror_end(struct store *s, struct store_batch *b)
{
	assert_int_equal(store_publish(b, NULL), 0);
	assert_int_equal(store_commit(b, NULL), 0);
	store_close(s);
}

/* The tenant over it, as most tests want it. */
static inline struct tenant_conf
mirror_conf(const char *state_dir)
{
	return (struct tenant_conf){
	    .profile = "test",
	    .state_dir = state_dir,
	    .mountpoint = "/mnt",
	    .api = &api,
	    .umask = 077,
	    .settle_ms = 3000,
	    .deadline_ms = 10000,
	    .quiet_ms = 2000,
	};
}

/* With all that is in it. */
static inline int
mirror_remove(const char *dir)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command); /* NOLINT: our own name */
}

/* Of four people, two of them super administrators. */
static inline void
mirror_make(const char *dir)
{
	struct store *s;
	struct store_batch *b = mirror_begin(dir, &s);

	put(b, STORE_LICENSE, "5", "Meeting Pro",
	    "{\n  \"key\": \"5\",\n  \"seats\": 2\n}\n", 0);
	put(b, STORE_GROUP, "6", "Berlin",
	    "{\n  \"key\": \"6\",\n  \"name\": \"Berlin\"\n}\n", 0);
	put_user(b, "100", "ann", mirror_super, 1);
	put_user(b, "101", "ben", mirror_super, 1);
	put_user(b, "102", "cyd", "[]", 0);
	put_user(b, "103", "dan", "[]", 0);
	put_link(b, STORE_LICENSE, "5", "102");
	put_link(b, STORE_GROUP, "6", "102");
	mirror_end(s, b);
}

#endif
