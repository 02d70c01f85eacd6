/* SPDX-License-Identifier: MIT */
#include "gotofs/list.h"

#include <stdlib.h>

void *
list_grow(void *v, size_t n, size_t each)
{
	if (v && (n & (n - 1)) != 0)
		return v;
	return reallocarray(v, n ? 2 * n : 1, each);
}
