/* SPDX-License-Identifier: MIT */
#include "sqlite_fail.h"

#include <malloc.h>
#include <sqlite3.h>
#include <stdlib.h>

static void *
fail_malloc(int n)
{
	return malloc((size_t)n);
}

static void
fail_free(void *p)
{
	free(p);
}

static void *
fail_realloc(void *p, int n)
{
	return realloc(p, (size_t)n);
}

static int
fail_size(void *p)
{
	return (int)malloc_usable_size(p);
}

static int
fail_roundup(int n)
{
	return (n + 7) & ~7;
}

static int
fail_init(void *ctx)
{
	return SQLITE_OK;
}

static void
fail_shutdown(void *ctx)
{
}

void
sqlite_fail_install(void)
{
	static const sqlite3_mem_methods methods = {fail_malloc, fail_free,
	    fail_realloc, fail_size, fail_roundup, fail_init, fail_shutdown,
	    NULL};

	sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}
