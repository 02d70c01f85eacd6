/* SPDX-License-Identifier: MIT */
/* container_name: the file names of licenses and groups, of now or of then
 * (DESIGN 2): pure. */
#include "container_name_int.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/name.h"
#include "gotofs/text.h"

/* Digits compare by length, then by text: "oldest" is the smallest. */
int
container_key_order(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	return n != m ? (n < m ? -1 : 1) : strcmp(a, b);
}

/* Those of one name stand together, the oldest first. */
static int
container_name_order(const void *a, const void *b)
{
	const struct container_name *x = *(struct container_name *const *)a;
	const struct container_name *y = *(struct container_name *const *)b;
	int c = strcmp(x->name, y->name);

	if (x->parent != y->parent)
		return (uintptr_t)x->parent < (uintptr_t)y->parent ? -1 : 1;
	return c ? c : container_key_order(x->key, y->key);
}

static bool
container_name_is_one(
    const struct container_name *a, const struct container_name *b)
{
	return a->parent == b->parent && strcmp(a->name, b->name) == 0;
}

static int
container_name_longer(
    struct container_name *c, char *(*encode)(const char *, const char *))
{
	char *longer = encode(c->label, c->key);

	if (!longer)
		return -ENOMEM;
	free(c->name);
	c->name = longer;
	return 0;
}

/* Of a run of equal names all get the end of their keys, or all but the
 * oldest. */
static int
container_name_all(struct container_name *v, size_t n, bool all,
    char *(*encode)(const char *, const char *))
{
	struct container_name **by =
	    calloc(n + 1, sizeof(struct container_name *));
	size_t i, end;
	int r = by ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < n; i++) {
		by[i] = &v[i];
		v[i].name = encode(v[i].label, NULL);
		r = v[i].name ? 0 : -ENOMEM;
	}
	if (r == 0)
		qsort(by, n, sizeof(struct container_name *),
		    container_name_order);
	for (i = 0; r == 0 && i < n; i = end) {
		for (end = i + 1;
		     end < n && container_name_is_one(by[i], by[end]); end++)
			;
		for (size_t k = end; r == 0 && end - i > 1 && k-- > i;)
			if (all || k > i)
				r = container_name_longer(by[k], encode);
	}
	free(by);
	return r;
}

int
container_name_licenses(struct container_name *v, size_t n)
{
	return container_name_all(v, n, true, name_from_license);
}

int
container_name_groups(struct container_name *v, size_t n)
{
	return container_name_all(v, n, false, name_from_group);
}

void
container_names_done(struct container_name *v, size_t n)
{
	for (size_t i = 0; v && i < n; i++)
		free(v[i].name);
	free(v);
}
