/* SPDX-License-Identifier: MIT */
/*
 * goto_error (floor 3): the one table of what GoTo's statuses and codes mean.
 *
 * GoTo answers errors in five shapes (goto-api.md 2.6, 3.11, 4, 5.1, 5.4) and
 * sometimes not in JSON at all; goto_fault_parse reads whatever is there.  The
 * rows are tried in their order, the first that fits decides the errno and the
 * sentence.  Pure functions; any thread.
 *
 * What callers of goto.h see:
 *   -EINVAL   the values are refused          -ENOENT  no such user, group ...
 *   -EEXIST   address or group name taken     -ENOSPC  no free seat
 *   -EACCES   the token's user has no right   -EROFS   the token is dead
 *   -EPERM    GoTo refuses this removal       -EIO     GoTo fails, or cannot
 *   -ETIMEDOUT  no answer in time                      be reached
 *   -EINPROGRESS  a POST whose outcome is unknown: read back first
 *   -ECANCELED, -ENOMEM
 *
 * Retries (api.c): 429 is retried for every method until the call's deadline,
 * for nothing was applied.  500, 502, 503, 504, 408, lost connections,
 * timeouts and unreadable 2xx bodies are tried three times in all for GET, PUT
 * and DELETE, with back-off 1 s, 2 s and jitter (or Retry-After); for POST
 * only what the server cannot have seen.
 */
#ifndef GOTOFS_GOTO_ERROR_H
#define GOTOFS_GOTO_ERROR_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* What was asked for: the same status means different things. */
enum goto_verb {
	GOTO_VERB_ANY, /* a read, or nothing special */
	GOTO_VERB_TOKEN,
	GOTO_VERB_CREATE,
	GOTO_VERB_UPDATE,
	GOTO_VERB_DELETE,
	GOTO_VERB_ASSIGN,
	GOTO_VERB_PRODUCT, /* a read of what a product was used for */
	GOTO_VERB_CONNECT, /* the same on api.goto.com */
};

/* What the body says.  All are "" where it does not; printable UTF-8. */
struct goto_fault {
	char code[64];	/* "user.not.found", "invalid_grant", "NOT_FOUND" */
	char value[96]; /* what it is about */
	char text[160]; /* words for a person */
};

/* One row; tests walk them. */
struct goto_error_row {
	enum goto_verb verb; /* GOTO_VERB_ANY: whatever was asked for */
	int status;	     /* 0: any; 3 to 5: the class */
	const char *code;    /* NULL: any or none */
	int r;
	const char *sentence;
};
const struct goto_error_row *goto_error_rows(size_t *ret_n);

/* 0, or -ENOMEM; a body of any kind is fine. */
int goto_fault_parse(const char *body, size_t len, struct goto_fault *ret);

/* The errno of an answer that is no success, with its sentence. */
int goto_error_answer(enum goto_verb verb, int status, const char *body,
    size_t len, struct err *err);
/* The errno of a failure of http_do, whose sentence is in err already. */
int goto_error_transport(int r, struct err *err);

/* Worth another try later, with the same request: -EIO, -ETIMEDOUT. */
bool goto_error_is_transient(int r);

#endif
