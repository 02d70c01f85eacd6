/* SPDX-License-Identifier: MIT */
/*
 * api_use (floor 3): an interval in slices, and what they said as one list.
 * api_meeting.c, api_webinar.c, api_training.c, api_connect.c and api_assist.c
 * know the paths.
 */
#ifndef GOTOFS_API_USE_INT_H
#define GOTOFS_API_USE_INT_H

#include "api_int.h"
#include "gotofs/goto_activity.h"

/* No maximum is documented, 400 days are asked for by others (5.1, D). */
#define API_SLICE_MS (INT64_C(90) * 86400000)
#define API_LEAST_SLICE_MS INT64_C(86400000)

struct api_slice {
	struct goto_client *c;
	enum goto_priority prio;
	const char *key; /* whose uses; NULL: everybody's */
	int64_t from_ms; /* whole seconds, as the tenant's times */
	int64_t to_ms;	 /* [from, to) */
};
/* Appends what one slice says, whatever the outcome. */
typedef int (*api_slice_fn)(
    const struct api_slice *s, struct use_list *uses, struct err *err);

/* All slices of [from_ms, to_ms), appended to ret; on failure ret is as
 * before. */
int api_uses(const struct api_slice *whole, api_slice_fn read,
    struct use_list *ret, struct err *err);
/* Hands all of uses over. */
int api_use_append(
    struct use_list *ret, struct use_list *uses, struct err *err);
/* An answer in pages, read again up to three times when it changed meanwhile.
 * try: 1 complete, 0 it changed under our eyes, or a failure. */
int api_use_again(const struct api_slice *s, api_slice_fn try, const char *what,
    struct use_list *uses, struct err *err);
/* What a product was used for: a GET, or with a body a POST that asks. -EFBIG:
 * ask for less. */
int api_use_ask(const struct api_slice *s, enum goto_api api, struct url *u,
    const struct json *body, struct json **ret, struct err *err);

#endif
