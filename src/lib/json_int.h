/* SPDX-License-Identifier: MIT */
/* What the json files share: a struct json is a cJSON. */
#ifndef GOTOFS_JSON_INT_H
#define GOTOFS_JSON_INT_H

#include <cjson/cJSON.h>

#include "gotofs/json.h"

/* Numbers up to here are numbers, larger ones strings: beyond it a double skips
 * integers. */
#define JSON_INT_MAX INT64_C(9007199254740992) /* 2^53 */

static inline cJSON *
json_in(const struct json *j)
{
	return (cJSON *)(void *)j;
}

static inline struct json *
json_out(const cJSON *c)
{
	return (struct json *)(void *)c;
}

#endif
