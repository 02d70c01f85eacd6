/* SPDX-License-Identifier: MIT */
/* The answers that are no record: envelopes, keys, what a create made. */
#include <errno.h>
#include <stdlib.h>

#include "decode_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

bool
decode_same_email(const char *a, const char *b)
{
	if (!a || !b)
		return false;
	for (; *a || *b; a++, b++) {
		char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
		char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;

		if (x != y)
			return false;
	}
	return true;
}

int
decode_account_key(const struct json *j, char **ret, struct err *err)
{
	const struct json *key = json_get(j, "accountKey");
	char *text;

	if (json_type(key) == JSON_NULL)
		key = json_get(json_first(json_get(j, "accounts")), "key");
	if (json_type(key) != JSON_STRING && json_type(key) != JSON_NUMBER)
		return err_set(err, -EPROTO,
		    "GoTo names no account: set account_key in the profile");
	text = json_key(key);
	if (!text)
		return err_nomem(err);
	*ret = text;
	return 0;
}

/* results may be absent when there is nothing (3.3, D). */
int
decode_page(
    const struct json *j, long offset, struct decode_page *ret, struct err *err)
{
	const struct json *results =
	    json_type(j) == JSON_ARRAY ? j : json_get(j, "results");
	long n = (long)json_n(results);
	int64_t total = json_get_int(j, "total", offset + n);
	int64_t from = json_get_int(j, "fromIndex", offset);

	if (json_type(j) != JSON_ARRAY && json_type(j) != JSON_OBJECT)
		return err_set(err, -EPROTO, "GoTo's list is no list");
	if (json_type(results) != JSON_ARRAY && json_type(results) != JSON_NULL)
		return err_set(err, -EPROTO, "GoTo's results are no list");
	/* an error object with status 200 must not read as an empty tenant */
	if (json_type(j) == JSON_OBJECT &&
	    json_type(json_get(j, "total")) != JSON_NUMBER)
		return err_set(err, -EPROTO, "GoTo's list has no total");
	if (n > 0 && from != offset)
		return err_set(err, -EPROTO,
		    "asked for records from %ld on, GoTo sent those from %lld",
		    offset, (long long)from);
	if (total < 0 || total > INT32_MAX)
		return err_set(err, -EPROTO, "GoTo's list has a wrong total");
	*ret = (struct decode_page){
	    .results = results, .n = n, .total = (long)total};
	return 0;
}

static int
decode_created_one(
    const struct json *j, const struct user *users, size_t n, char **keys)
{
	const char *email = json_get_str(j, "email");

	for (size_t i = 0; i < n; i++) {
		const struct json *key = json_get(j, "key");

		if (keys[i] || !decode_same_email(users[i].email, email))
			continue;
		if (json_type(key) != JSON_STRING &&
		    json_type(key) != JSON_NUMBER)
			return 0;
		keys[i] = json_key(key);
		return keys[i] ? 0 : -ENOMEM;
	}
	return 0;
}

int
decode_created(const struct json *j, const struct user *users, size_t n,
    char **ret_keys, struct err *err)
{
	const struct json *list = json_type(j) == JSON_ARRAY ? j : NULL;
	char **keys = calloc(n, sizeof(*keys));
	int r = keys ? 0 : -ENOMEM;

	/* documented as an array; an object around it is tolerated */
	if (!list && json_type(json_get(j, "users")) == JSON_ARRAY)
		list = json_get(j, "users");
	if (!list && json_type(json_get(j, "results")) == JSON_ARRAY)
		list = json_get(j, "results");
	if (r == 0 && !list)
		r = -EPROTO;
	for (j = json_first(list); j && r == 0; j = json_next(j))
		r = decode_created_one(j, users, n, keys);
	for (size_t i = 0; keys && i < n; i++)
		if (r == 0)
			ret_keys[i] = keys[i];
		else
			free(keys[i]);
	free(keys);
	if (r == -ENOMEM)
		return err_nomem(err);
	return r < 0 ? err_set(err, r, "GoTo's answer names nobody") : 0;
}

int
decode_bare_key(const struct json *j, char **ret, struct err *err)
{
	const struct json *key =
	    json_type(j) == JSON_OBJECT ? json_get(j, "key") : j;
	char *text;

	if ((json_type(key) != JSON_STRING && json_type(key) != JSON_NUMBER) ||
	    text_equal(json_str(key), ""))
		return err_set(err, -EPROTO, "GoTo's answer is no key");
	text = json_key(key);
	if (!text)
		return err_nomem(err);
	*ret = text;
	return 0;
}
