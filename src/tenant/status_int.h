/* SPDX-License-Identifier: MIT */
/* status_int: shared by the parts of status.json. Private to src/tenant. */
#ifndef GOTOFS_STATUS_INT_H
#define GOTOFS_STATUS_INT_H

#include <stdint.h>

struct json;
struct tenant;

/* Whose token it is, and what it may do: the member "token". */
int status_account(struct tenant *t, struct json *j);
/* As 2026-11-21T09:00:00Z; 0: null. */
int status_time(struct json *j, const char *name, int64_t ms);

#endif
