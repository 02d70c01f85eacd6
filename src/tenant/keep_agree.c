/* SPDX-License-Identifier: MIT */
/*
 * keep_agree: do the writable fields of a written text agree with a record?
 * (DESIGN 4.4)
 *
 * Of the text two numbers are remembered: which writable fields it names, and
 * a hash over their values.  A record agrees when the hash over its values of
 * the same fields is the same.  Fields that the text leaves out, and all that
 * are not writable, do not count; null, "" and [] are what the tenant omits.
 * Addresses are compared as the tenant does, whatever their case (ASCII), and
 * roles as a set: what document_diff_user() would not send agrees.
 */
#include <errno.h>
#include <string.h>

#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/map.h"
#include "gotofs/record.h"
#include "keep_int.h"

static const struct {
	const char *name;
	unsigned bit;
} agree_fields[] = {
    {"email", USER_SET_EMAIL},
    {"firstName", USER_SET_FIRST_NAME},
    {"lastName", USER_SET_LAST_NAME},
    {"locale", USER_SET_LOCALE},
    {"timeZone", USER_SET_TIME_ZONE},
    {"adminRoles", USER_SET_ADMIN_ROLES},
};
#define AGREE_FIELDS_N (sizeof(agree_fields) / sizeof(agree_fields[0]))

/* Of an address: the case of ASCII letters does not count. */
static uint64_t
agree_hash_address(const char *s, uint64_t h)
{
	for (; *s; s++) {
		char c = *s >= 'A' && *s <= 'Z' ? (char)(*s + 'a' - 'A') : *s;

		h = map_hash_u64(h ^ (unsigned char)c);
	}
	return h;
}

static bool
agree_has_before(const struct json *list, const struct json *end)
{
	const char *value = json_str(end);
	const struct json *j;

	for (j = json_first(list); j != end; j = json_next(j))
		if (json_str(j) && strcmp(json_str(j), value) == 0)
			return true;
	return false;
}

/* Whatever their order, and how often one is named. */
static uint64_t
agree_hash_set(const struct json *list)
{
	const struct json *j;
	uint64_t sum = 0;

	for (j = json_first(list); j; j = json_next(j))
		if (json_str(j) && !agree_has_before(list, j))
			sum += map_hash_str(json_str(j), 1);
	return sum;
}

static uint64_t
agree_hash_field(const struct json *value, unsigned bit, uint64_t h)
{
	const char *s = json_str(value);

	h = map_hash_u64(h ^ bit);
	if (bit == USER_SET_ADMIN_ROLES)
		return map_hash_u64(h ^ agree_hash_set(value));
	if (!s || !*s)
		return h;
	if (bit == USER_SET_EMAIL)
		return agree_hash_address(s, h);
	return map_hash_str(s, h);
}

static uint64_t
agree_hash(const struct json *doc, unsigned set)
{
	uint64_t h = 0;
	size_t i;

	for (i = 0; i < AGREE_FIELDS_N; i++)
		if (set & agree_fields[i].bit)
			h = agree_hash_field(
			    json_get(doc, agree_fields[i].name),
			    agree_fields[i].bit, h);
	return h;
}

static int
agree_parse(const char *text, size_t n, struct json **ret)
{
	struct err err = ERR_NONE;
	int r = json_parse(text, n, ret, &err);

	if (r == 0 && json_type(*ret) != JSON_OBJECT)
		r = -EINVAL;
	return r;
}

int
keep_fields_read(const char *text, size_t n, struct keep_fields *ret)
{
	AUTO(json_done) struct json *doc = NULL;
	unsigned set = 0;
	size_t i;
	int r = agree_parse(text, n, &doc);

	if (r < 0)
		return r;
	for (i = 0; i < AGREE_FIELDS_N; i++)
		if (json_get(doc, agree_fields[i].name))
			set |= agree_fields[i].bit;
	ret->set = set;
	ret->hash = agree_hash(doc, set);
	return 0;
}

int
keep_fields_agree(const struct keep_fields *kept, const char *record, size_t n)
{
	AUTO(json_done) struct json *doc = NULL;
	int r = agree_parse(record, n, &doc);

	return r < 0 ? r : agree_hash(doc, kept->set) == kept->hash;
}
