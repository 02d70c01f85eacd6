/* SPDX-License-Identifier: MIT */
/* sandbox_run (tests): a gotofs-sandbox of the test's own, and its control
 * endpoint.  Whatever goes wrong here fails the test. */
#ifndef GOTOFS_TESTS_SANDBOX_RUN_H
#define GOTOFS_TESTS_SANDBOX_RUN_H

#include <sys/types.h>

struct http_pool;
struct json;

struct sandbox {
	pid_t pid;
	char url[64];
	struct http_pool *pool;
};

/* args: further ones, NULL-terminated; NULL: none. */
void sandbox_start(
    struct sandbox *s, const char *program, const char *const *args);
void sandbox_stop(struct sandbox *s);

/* path below /sandbox/; body NULL: none.  The answer, to be freed. */
struct json *sandbox_ask(
    struct sandbox *s, const char *method, const char *path, const char *body);
/* The same where the answer does not matter. */
void sandbox_tell(
    struct sandbox *s, const char *method, const char *path, const char *body);
void sandbox_switch(struct sandbox *s, const char *name, const char *value);
/* kind: as in the README; more: further members, with a comma first, or "". */
void sandbox_fault(
    struct sandbox *s, const char *route, const char *kind, const char *more);
/* Counters to 0, faults gone. */
void sandbox_clear(struct sandbox *s);
/* How often was this route asked since? */
long sandbox_count(struct sandbox *s, const char *route);
/* How many API requests at all, OAuth left out? */
long sandbox_total(struct sandbox *s);

#endif
