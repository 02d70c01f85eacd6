/* SPDX-License-Identifier: MIT */
/*
 * alloc_fail (tests): fail the Nth allocation, for each N in turn.
 *
 * A function under test that allocates must, whichever allocation fails,
 * answer -ENOMEM, leave its results untouched and leak nothing (the sanitizers
 * and valgrind see to that).  So each test hands one run of its function to
 * the sweep:
 *
 *	static int
 *	parse_once(void *ctx)
 *	{
 *		AUTO(json_done) struct json *j = NULL;
 *
 *		return json_parse(ctx, strlen(ctx), &j, NULL);
 *	}
 *	...
 *	alloc_fail_sweep(parse_once, (void *)"{\"a\":[1]}");
 *
 * The linker sends malloc, calloc, realloc, reallocarray, strdup, strndup,
 * asprintf and vasprintf of our own objects here (--wrap, so the sanitizers
 * still see the real ones); cJSON has them by its hooks.  Shared libraries
 * otherwise (libc, SQLite, curl, OpenSSL, cmocka) are not touched.  Only the
 * thread that armed it sees failures.
 */
#ifndef GOTOFS_TESTS_ALLOC_FAIL_H
#define GOTOFS_TESTS_ALLOC_FAIL_H

#include <stdbool.h>

/* One run: everything it made it frees, whatever happens.  Returns 0 or a
 * negative errno; a function that answers NULL without memory is turned into
 * -ENOMEM by the run. */
typedef int (*alloc_fail_run)(void *ctx);

/* Runs with the 1st, 2nd, ... allocation failing, until a run needs no more.
 * A run in which an allocation failed must answer -ENOMEM; the last one, in
 * which none did, must answer 0.  Returns how many allocations it took. */
long alloc_fail_sweep(alloc_fail_run run, void *ctx);
/* The same for code that may do without some memory: each run may also answer
 * 0. */
long alloc_fail_sweep_lenient(alloc_fail_run run, void *ctx);

/* By hand: the nth allocation from now on (1: the next) fails, once. */
void alloc_fail_arm(long nth);
/* Ends it; did an allocation fail? */
bool alloc_fail_disarm(void);

#endif
