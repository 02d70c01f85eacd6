/* SPDX-License-Identifier: MIT */
#include "alloc_fail.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#define ALLOC_FAIL_RUNS_MAX 100000

static _Thread_local long alloc_left; /* until one fails; 0: disarmed */
static _Thread_local bool alloc_failed;

static bool
alloc_fails(void)
{
	if (alloc_left == 0 || --alloc_left > 0)
		return false;
	alloc_failed = true;
	errno = ENOMEM;
	return true;
}

void
alloc_fail_arm(long nth)
{
	alloc_left = nth;
	alloc_failed = false;
}

bool
alloc_fail_disarm(void)
{
	alloc_left = 0;
	return alloc_failed;
}

static long
alloc_sweep(alloc_fail_run run, void *ctx, bool lenient)
{
	long nth;

	for (nth = 1; nth < ALLOC_FAIL_RUNS_MAX; nth++) {
		int r;

		alloc_fail_arm(nth);
		r = run(ctx);
		if (!alloc_fail_disarm()) {
			assert_int_equal(r, 0);
			return nth - 1;
		}
		if (lenient && r == 0)
			continue;
		if (r != -ENOMEM)
			print_error("allocation %ld failed: got %d\n", nth, r);
		assert_int_equal(r, -ENOMEM);
	}
	fail_msg("the sweep does not end");
	return -1;
}

long
alloc_fail_sweep(alloc_fail_run run, void *ctx)
{
	return alloc_sweep(run, ctx, false);
}

long
alloc_fail_sweep_lenient(alloc_fail_run run, void *ctx)
{
	return alloc_sweep(run, ctx, true);
}

/* What --wrap calls, and the real ones. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t len);
int __real_vasprintf(char **ret, const char *fmt, va_list ap);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t len);
int __wrap_vasprintf(char **ret, const char *fmt, va_list ap);
int __wrap_asprintf(char **ret, const char *fmt, ...);
/* what these two are with _FORTIFY_SOURCE */
int __wrap___vasprintf_chk(char **ret, int flag, const char *fmt, va_list ap);
int __wrap___asprintf_chk(char **ret, int flag, const char *fmt, ...);

void *
__wrap_malloc(size_t size)
{
	return alloc_fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return alloc_fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return alloc_fails() ? NULL : __real_realloc(p, size);
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return alloc_fails() ? NULL : __real_reallocarray(p, n, size);
}

char *
__wrap_strdup(const char *s)
{
	return alloc_fails() ? NULL : __real_strdup(s);
}

char *
__wrap_strndup(const char *s, size_t len)
{
	return alloc_fails() ? NULL : __real_strndup(s, len);
}

int
__wrap_vasprintf(char **ret, const char *fmt, va_list ap)
{
	return alloc_fails() ? -1 : __real_vasprintf(ret, fmt, ap);
}

int
__wrap_asprintf(char **ret, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = __wrap_vasprintf(ret, fmt, ap);
	va_end(ap);
	return n;
}

int
__wrap___vasprintf_chk(char **ret, int flag, const char *fmt, va_list ap)
{
	return __wrap_vasprintf(ret, fmt, ap);
}

int
__wrap___asprintf_chk(char **ret, int flag, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = __wrap_vasprintf(ret, fmt, ap);
	va_end(ap);
	return n;
}

__attribute__((constructor)) static void
alloc_fail_hook_cjson(void)
{
	cJSON_Hooks hooks = {__wrap_malloc, free};

	cJSON_InitHooks(&hooks);
}
