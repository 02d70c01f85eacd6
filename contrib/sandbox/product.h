/* SPDX-License-Identifier: MIT */
/* The products whose use somebody tells (goto-api.md 5), and who holds them.
 * The tenant is locked. */
#ifndef SANDBOX_PRODUCT_H
#define SANDBOX_PRODUCT_H

#include <stdbool.h>

#include "tenant.h"

enum product {
	PRODUCT_MEETING,
	PRODUCT_WEBINAR,
	PRODUCT_TRAINING,
	PRODUCT_CONNECT,
	PRODUCT_ASSIST,
	PRODUCT_N
};

/* "gotomeeting": as gotofs calls its folder. */
const char *product_name(enum product product);

/* By that name, or by the code of a license ("G2M"); -1: none of them. */
int product_find(const char *name);

/* Does one of his licenses give it now? */
bool product_held(const struct user *u, enum product product);

#endif
