/* SPDX-License-Identifier: MIT */
/*
 * container_name: the file names of licenses and groups (DESIGN 2), so that
 * every machine, and a snapshot of today next year, finds the same.  Pure.
 * Private to src/tenant.
 */
#ifndef GOTOFS_CONTAINER_NAME_INT_H
#define GOTOFS_CONTAINER_NAME_INT_H

#include <stddef.h>

struct container_name {
	const char *key, *label;
	const void *parent; /* names within one parent are compared */
	char *name;	    /* the result, on the heap */
};

/* Which key is older: < 0: a is. */
int container_key_order(const char *a, const char *b);
/* Of equal slugs all get the end of their keys. -ENOMEM. */
int container_name_licenses(struct container_name *v, size_t n);
/* Of equal names in one parent all but the oldest key do. -ENOMEM. */
int container_name_groups(struct container_name *v, size_t n);
/* Frees what v has, and v. */
void container_names_done(struct container_name *v, size_t n);

#endif
