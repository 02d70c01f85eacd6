/* SPDX-License-Identifier: MIT */
/* auth_fixture (tests): an auth whose GoTo goto_script plays, and a folder for
 * what it keeps. */
#ifndef GOTOFS_TESTS_AUTH_FIXTURE_H
#define GOTOFS_TESTS_AUTH_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/goto/auth_int.h"
#include "goto_script.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/http.h"
#include "gotofs/secret.h"

#define N(a) (sizeof(a) / sizeof(*(a)))
#define PAT_FORM "grant_type=personal_access_token&pat=p%20t"
#define FORM(token) "grant_type=refresh_token&refresh_token=" token
#define ASK .want = "POST /oauth/token"
#define TOKEN(access, more)                                                    \
	"{\"access_token\":\"" access "\",\"token_type\":\"Bearer\"" more "}"
#define REFRESH(token) ",\"refresh_token\":\"" token "\""
/* The start of a struct goto_conf. */
#define CONF                                                                   \
	.auth_url = SCRIPT_URL, .client_id = "id", .timeout_ms = 1000,         \
	.backoff_ms = 1

static char folder[] = TEST_TMP "/gotofs-test-auth-XXXXXX";
static char parked[sizeof(folder) + 8];
static char file[sizeof(folder) + 8]; /* token */
static struct http_pool *pool;

static inline struct auth *
auth_of(const struct goto_conf *conf)
{
	struct auth *a = NULL;

	assert_int_equal(auth_new(conf, pool, &a, NULL), 0);
	return a;
}

static inline int
ask(struct auth *a, char **ret_token, uint64_t *ret_serial, struct err *err)
{
	return auth_get(a, clock_boot_ms() + 10000, ret_token, ret_serial, err);
}

/* It answers this token; returns its serial. */
static inline uint64_t
expect_token(struct auth *a, const char *want)
{
	struct err err = ERR_NONE;
	char *got = NULL;
	uint64_t serial = 0;

	if (ask(a, &got, &serial, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(got, want);
	secret_free(got);
	return serial;
}

static inline void
expect_failure(struct auth *a, int r, const char *words)
{
	struct err err = ERR_NONE;
	char *got = NULL;
	uint64_t serial = 99;

	assert_int_equal(ask(a, &got, &serial, &err), r);
	if (!strstr(err.msg, words))
		fail_msg("no \"%s\": %s", words, err.msg);
	assert_int_equal(err.code, r);
	assert_null(got);
	assert_int_equal(serial, 99);
}

/* For alloc_fail_sweep: a token, from the beginning. */
static inline int
get_once(void *conf)
{
	struct auth *a = NULL;
	char *token = NULL;
	uint64_t serial;
	int r = auth_new(conf, pool, &a, NULL);

	if (r == 0)
		r = ask(a, &token, &serial, NULL);
	secret_free(token);
	auth_free(a);
	return r;
}

/* A hook of the script: from then on nothing can be written. */
static inline void
take_folder_away(void)
{
	snprintf(parked, sizeof(parked), "%s.away", folder);
	if (rename(folder, parked) < 0)
		abort();
}

static inline void
put_folder_back(void)
{
	assert_int_equal(rename(parked, folder), 0);
}

static inline int
setup(void **state)
{
	if (!mkdtemp(folder) || http_pool_new(1, &pool, NULL) < 0)
		return -1;
	snprintf(file, sizeof(file), "%s/token", folder);
	return 0;
}

static inline int
teardown(void **state)
{
	char lock[sizeof(file) + 8];

	http_pool_free(pool);
	unlink(file);
	snprintf(lock, sizeof(lock), "%s.lock", file);
	unlink(lock);
	return rmdir(folder);
}

#endif
