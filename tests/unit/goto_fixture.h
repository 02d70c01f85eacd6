/* SPDX-License-Identifier: MIT */
/* goto_fixture (tests): a client of the tenant that goto_script plays. */
#ifndef GOTOFS_TESTS_GOTO_FIXTURE_H
#define GOTOFS_TESTS_GOTO_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "goto_script.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"

#define N(a) (sizeof(a) / sizeof(*(a)))

static const struct goto_conf conf = {
    .account_key = "77",
    .api_url = SCRIPT_URL "//",
    .connect_url = SCRIPT_URL "/c/",
    .auth_url = SCRIPT_URL "/",
    .client_id = "id",
    .client_secret = "secret",
    .pat = "pat",
    .rate_per_s = 100000,
    .backoff_ms = 1,
};

static struct goto_client *client;
static struct err err;

static inline void
start(const struct goto_conf *with, const struct script_step *steps, size_t n)
{
	client = NULL;
	err = (struct err)ERR_NONE;
	script_start(steps, n, false);
	assert_int_equal(goto_client_new(with, &client, &err), 0);
}

#define START(steps) start(&conf, (steps), N(steps))

static inline void
finish(void)
{
	goto_client_free(client);
	script_end();
}

static inline void
check(int r)
{
	if (r != 0)
		fail_msg("%d: %s", r, err.msg);
}

#endif
