/* SPDX-License-Identifier: MIT */
/*
 * list (floor 1): arrays that grow by one.
 */
#ifndef GOTOFS_LIST_H
#define GOTOFS_LIST_H

#include <stddef.h>

/* Room for one more in v[0..n), which was only ever grown by this: it doubles
 * at the powers of two.  What v is from now on; NULL: no memory, and v is as it
 * was. */
void *list_grow(void *v, size_t n, size_t each);

#endif
