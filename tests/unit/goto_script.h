/* SPDX-License-Identifier: MIT */
/*
 * goto_script (tests): answers for http_do, one after the other, each with
 * the request that is expected; and a clock that can be put forward.
 */
#ifndef GOTOFS_TESTS_GOTO_SCRIPT_H
#define GOTOFS_TESTS_GOTO_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_URL "https://goto.example"
#define SCRIPT_ACCOUNT "/admin/rest/v1/accounts/77"
#define SCRIPT_TOKEN                                                           \
	{                                                                      \
		.want = "POST /oauth/token", .status = 200,                    \
		.answer = "{\"access_token\":\"t1\",\"expires_in\":3600}"      \
	}

struct script_step {
	const char *want;   /* "GET /path?query" without the host; NULL: any */
	const char *body;   /* NULL: not looked at */
	const char *bearer; /* NULL: not looked at */
	int r;		    /* negative errno: the exchange fails */
	bool unsent;	    /* then: the server cannot have seen it */
	int status;	    /* 0: 200 */
	int64_t retry_after_ms; /* 0: no such header */
	const char *answer;	/* NULL: an empty body */
	void (*hook)(void);	/* runs while the exchange is under way */
};

/* Steps are copied.  The last one is answered again and again if forever. */
void script_start(const struct script_step *steps, size_t n, bool forever);
/* Fails the test unless all went as expected; returns how many were asked. */
int script_end(void);
int script_asked_n(void);

/* From now until script_end, or NULL: the clocks run this much ahead. */
void script_advance_ms(int64_t ms);

#endif
