/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "json_int.h"

void
json_free(struct json *j)
{
	cJSON_Delete(json_in(j));
}

void
json_done(struct json **j)
{
	json_free(*j);
	*j = NULL;
}

static void
json_wipe(cJSON *c)
{
	for (; c; c = c->next) {
		if (c->valuestring)
			secret_wipe(c->valuestring, strlen(c->valuestring));
		json_wipe(c->child);
	}
}

void
json_done_secret(struct json **j)
{
	json_wipe(json_in(*j));
	json_done(j);
}

/* ---- reading ---- */

enum json_type
json_type(const struct json *j)
{
	switch (j ? json_in(j)->type & 0xff : cJSON_NULL) {
	case cJSON_True:
	case cJSON_False:
		return JSON_BOOL;
	case cJSON_Number:
		return JSON_NUMBER;
	case cJSON_String:
		return JSON_STRING;
	case cJSON_Array:
		return JSON_ARRAY;
	case cJSON_Object:
		return JSON_OBJECT;
	}
	return JSON_NULL;
}

const struct json *
json_get(const struct json *obj, const char *name)
{
	if (json_type(obj) != JSON_OBJECT)
		return NULL;
	return json_out(cJSON_GetObjectItemCaseSensitive(json_in(obj), name));
}

const char *
json_str(const struct json *j)
{
	return json_type(j) == JSON_STRING ? json_in(j)->valuestring : NULL;
}

const char *
json_get_str(const struct json *obj, const char *name)
{
	return json_str(json_get(obj, name));
}

bool
json_get_bool(const struct json *obj, const char *name, bool fallback)
{
	const struct json *j = json_get(obj, name);

	return json_type(j) == JSON_BOOL ? cJSON_IsTrue(json_in(j)) : fallback;
}

int64_t
json_get_int(const struct json *obj, const char *name, int64_t fallback)
{
	const struct json *j = json_get(obj, name);

	return json_type(j) == JSON_NUMBER ? (int64_t)json_in(j)->valuedouble
					   : fallback;
}

char *
json_key(const struct json *j)
{
	AUTO(buf_done) struct buf digits = BUF_MAX(64);

	if (json_type(j) == JSON_STRING)
		return text_dup(json_str(j));
	if (json_type(j) != JSON_NUMBER || json_print(j, &digits) < 0)
		return NULL;
	return buf_take(&digits);
}

char *
json_get_key(const struct json *obj, const char *name)
{
	return json_key(json_get(obj, name));
}

int
json_get_keys(const struct json *obj, const char *name, char ***ret)
{
	const struct json *list = json_get(obj, name), *j;
	AUTO(strv_done) char **keys = NULL;
	size_t n = 0;

	if (json_type(list) != JSON_ARRAY && json_type(list) != JSON_NULL)
		return -EINVAL;
	for (j = json_first(list); j; j = json_next(j)) {
		AUTO(text_done) char *key = json_key(j);

		if (!key && json_type(j) != JSON_STRING &&
		    json_type(j) != JSON_NUMBER)
			return -EINVAL;
		if (!key || strv_add_n(&keys, &n, key) < 0)
			return -ENOMEM;
	}
	*ret = TAKE(keys);
	return 0;
}

const struct json *
json_first(const struct json *j)
{
	return j ? json_out(json_in(j)->child) : NULL;
}

const struct json *
json_next(const struct json *child)
{
	return json_out(json_in(child)->next);
}

const char *
json_name(const struct json *child)
{
	return json_in(child)->string;
}

size_t
json_n(const struct json *j)
{
	size_t n = 0;
	const struct json *child;

	for (child = json_first(j); child; child = json_next(child))
		n++;
	return n;
}

static bool
json_children_equal(const struct json *a, const struct json *b)
{
	const struct json *x, *y = json_first(b), *same;

	for (x = json_first(a); x; x = json_next(x)) {
		same = y; /* most objects have the same order */
		if (json_name(x) &&
		    !(y && text_equal(json_name(x), json_name(y))))
			same = json_get(b, json_name(x));
		if (!same || !json_equal(x, same))
			return false;
		y = y ? json_next(y) : NULL;
	}
	return true;
}

bool
json_equal(const struct json *a, const struct json *b)
{
	enum json_type type = json_type(a);

	if (type != json_type(b))
		return false;
	switch (type) {
	case JSON_NULL:
		return true;
	case JSON_BOOL:
		return cJSON_IsTrue(json_in(a)) == cJSON_IsTrue(json_in(b));
	case JSON_NUMBER:
		return json_in(a)->valuedouble == json_in(b)->valuedouble;
	case JSON_STRING:
		return strcmp(json_str(a), json_str(b)) == 0;
	default:
		return json_n(a) == json_n(b) && json_children_equal(a, b);
	}
}

/* ---- building ---- */

struct json *
json_new_object(void)
{
	return json_out(cJSON_CreateObject());
}

struct json *
json_new_array(void)
{
	return json_out(cJSON_CreateArray());
}

struct json *
json_copy(const struct json *j)
{
	return json_out(cJSON_Duplicate(json_in(j), true));
}

int
json_set(struct json *obj, const char *name, struct json *child)
{
	cJSON *c = json_in(child), *old;

	if (!child)
		return -ENOMEM;
	old = cJSON_GetObjectItemCaseSensitive(json_in(obj), name);
	if (!cJSON_AddItemToObject(json_in(obj), name, c)) {
		cJSON_Delete(c);
		return -ENOMEM;
	}
	if (old) {
		cJSON_DetachItemViaPointer(json_in(obj), c);
		cJSON_ReplaceItemViaPointer(json_in(obj), old, c);
	}
	return 0;
}

int
json_push(struct json *arr, struct json *child)
{
	if (!child)
		return -ENOMEM;
	cJSON_AddItemToArray(json_in(arr), json_in(child));
	return 0;
}

int
json_set_str(struct json *obj, const char *name, const char *value)
{
	if (!value)
		return json_set_null(obj, name);
	return json_set(obj, name, json_out(cJSON_CreateString(value)));
}

int
json_set_int(struct json *obj, const char *name, int64_t value)
{
	AUTO(text_done) char *digits = NULL;

	if (value >= -JSON_INT_MAX && value <= JSON_INT_MAX)
		return json_set(
		    obj, name, json_out(cJSON_CreateNumber((double)value)));
	digits = text_printf("%lld", (long long)value);
	return digits ? json_set_str(obj, name, digits) : -ENOMEM;
}

int
json_set_bool(struct json *obj, const char *name, bool value)
{
	return json_set(obj, name, json_out(cJSON_CreateBool(value)));
}

int
json_set_null(struct json *obj, const char *name)
{
	return json_set(obj, name, json_out(cJSON_CreateNull()));
}

int
json_set_strv(struct json *obj, const char *name, char *const *values)
{
	struct json *list = json_new_array();

	if (!list)
		return -ENOMEM;
	for (; values && *values; values++)
		if (json_push_str(list, *values) < 0) {
			json_free(list);
			return -ENOMEM;
		}
	return json_set(obj, name, list);
}

int
json_push_str(struct json *arr, const char *value)
{
	return json_push(arr, json_out(cJSON_CreateString(value)));
}

void
json_remove(struct json *obj, const char *name)
{
	cJSON_DeleteItemFromObjectCaseSensitive(json_in(obj), name);
}
