/* SPDX-License-Identifier: MIT */
/* List calls: paging, filter, sort, restricted fields, the envelope.
 * goto-api.md 3.2, 3.3, 3.10. */
#ifndef SANDBOX_LIST_H
#define SANDBOX_LIST_H

#include "call.h"
#include "filter.h"

/* A kind of rows. */
struct rows {
	const char *names;	/* fields for filters and sorts */
	filter_field_fn *field; /* value of such a field */
	cJSON *(*tree)(void *row);
	const char *(*text)(void *row); /* printed, kept by the row; or NULL */
};

/* Answer with a page of the n rows, all that the reader may see, in the order
 * without a sort. The array is the list's to reorder. */
void list_reply(struct call *c, const struct rows *kind, void **all, size_t n);

#endif
