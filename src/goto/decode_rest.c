/* SPDX-License-Identifier: MIT */
#include "decode_rest_int.h"

#include <errno.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

#define DECODE_REST_BYTES (64u << 20)

/* key, userKey, licenseKeys, keyPath ... */
static bool
decode_is_key_name(const char *name)
{
	return strcmp(name, "key") == 0 || strcmp(name, "keyPath") == 0 ||
	       text_ends(name, "Key") || text_ends(name, "Keys");
}

static bool
decode_is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

static struct json *decode_normal(const struct json *j, bool is_key);

static struct json *
decode_normal_key(const struct json *j)
{
	AUTO(text_done) char *key = json_key(j);
	AUTO(json_done) struct json *arr = json_new_array();
	struct json *copy;

	/* json.h makes strings as members of something */
	if (!key || !arr || json_push_str(arr, key) < 0)
		return NULL;
	copy = json_copy(json_first(arr));
	return copy;
}

static struct json *
decode_normal_array(const struct json *j, bool is_key)
{
	AUTO(json_done) struct json *out = json_new_array();

	if (!out)
		return NULL;
	for (j = json_first(j); j; j = json_next(j))
		if (json_push(out, decode_normal(j, is_key)) < 0)
			return NULL;
	return TAKE(out);
}

static struct json *
decode_normal_object(const struct json *j, const char *const *without)
{
	AUTO(json_done) struct json *out = json_new_object();

	if (!out)
		return NULL;
	for (j = json_first(j); j; j = json_next(j)) {
		const char *name = json_name(j);

		if (decode_is_one_of(name, without))
			continue;
		if (json_set(out, name,
			decode_normal(j, decode_is_key_name(name))) < 0)
			return NULL;
	}
	return TAKE(out);
}

static struct json *
decode_normal(const struct json *j, bool is_key)
{
	static const char *const nothing[] = {NULL};

	switch (json_type(j)) {
	case JSON_OBJECT:
		return decode_normal_object(j, nothing);
	case JSON_ARRAY:
		return decode_normal_array(j, is_key);
	case JSON_NUMBER:
		return is_key ? decode_normal_key(j) : json_copy(j);
	default:
		return json_copy(j);
	}
}

/* An object of depth 0 is "{\n", our lines, "\n}"; an empty one is "{}". */
int
decode_rest(const struct json *obj, const char *const *without, char **ret)
{
	AUTO(json_done) struct json *out = decode_normal_object(obj, without);
	AUTO(buf_done) struct buf text = BUF_MAX(DECODE_REST_BYTES);
	char *rest;
	int r;

	if (!out)
		return -ENOMEM;
	r = json_print_pretty(out, 0, true, &text);
	if (r < 0)
		return r;
	rest = text.len < 4 ? strdup("") : strndup(text.data + 2, text.len - 4);
	if (!rest)
		return -ENOMEM;
	*ret = rest;
	return 0;
}
