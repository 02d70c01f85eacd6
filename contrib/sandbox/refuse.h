/* SPDX-License-Identifier: MIT */
/*
 * How each API says no: the status and the body differ from one to the next
 * (goto-api.md 3.11, 5.1, 5.2, 5.4, 7.9, 7.10). The tenant is locked.
 */
#ifndef SANDBOX_REFUSE_H
#define SANDBOX_REFUSE_H

#include "call.h"

enum refusal {
	REFUSE_TOKEN,	/* none, bad, expired */
	REFUSE_SCOPE,	/* the token has not the scope */
	REFUSE_RIGHT,	/* the caller has not the role */
	REFUSE_ACCOUNT, /* the path names another account */
};

/* With the API's status for it. */
void refuse(struct call *c, enum refusal why);

/* With this one. code: as the API spells such things; text: for people, or for
 * the Admin API the value that it is about (may be NULL). */
void refuse_with(
    struct call *c, int status, const char *code, const char *text);

/* 400: a parameter is missing or wrong. */
void refuse_param(struct call *c, const char *name);

/* Does the product's switch say that this source is down, or slow? Answers, and
 * returns false, if it is down. */
bool refuse_not(struct call *c);
/* Does it say that there is nothing to tell: of what people do (also for
 * silent), or of people either? */
bool source_is_silent(const struct call *c);
bool source_is_empty(const struct call *c);

/* The scope without which an API is closed (2.8); "": any will do. */
const char *scope_needed(const struct call *c);

#endif
