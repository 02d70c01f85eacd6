/* SPDX-License-Identifier: MIT */
/*
 * curl's memory.  curl makes copies of what it sends and receives, tokens among
 * it, and gives them back as they are.  It takes its memory from here, and what
 * it gives back is wiped.  (OpenSSL's and nghttp2's buffers are their own.)
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/secret.h"
#include "http_int.h"

static void
http_memory_free(void *p)
{
	if (p)
		secret_wipe(p, malloc_usable_size(p));
	free(p);
}

/* realloc would leave the old place as it was. */
static void *
http_memory_realloc(void *p, size_t size)
{
	size_t had = p ? malloc_usable_size(p) : 0;
	void *grown;

	if (size > 0 && size <= had && size > had / 2)
		return p;
	grown = malloc(size);
	if (!grown)
		return NULL;
	if (p)
		memcpy(grown, p, had < size ? had : size);
	http_memory_free(p);
	return grown;
}

void
http_memory_init(void)
{
	curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, http_memory_free,
	    http_memory_realloc, strdup, calloc);
}
