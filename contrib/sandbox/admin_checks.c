/* SPDX-License-Identifier: MIT */
/* Rules that several calls of the Admin API share. See admin.h. */
#include "admin.h"

#include <errno.h>
#include <string.h>

#include "switches.h"

size_t
admin_path_users(
    struct call *c, const char *keys, struct user *found[static USER_KEYS_MAX])
{
	AUTO(mem_auto_free) char *copy = mem_dup(keys);
	char *save = NULL;
	size_t n = 0;

	if (!switch_on(SW_MULTI_USER_KEYS) && strchr(keys, ',')) {
		reply_error(c, 404, "user.not.found", keys);
		return 0;
	}
	for (char *k = strtok_r(copy, ",", &save); k && n < USER_KEYS_MAX;
	     k = strtok_r(NULL, ",", &save)) {
		found[n] = user_by_key(k);
		if (!found[n++]) {
			reply_error(c, 404, "user.not.found", k);
			return 0;
		}
	}
	if (!n)
		reply_error(c, 404, "user.not.found", keys);
	return n;
}

static int
seat_refusal(const struct license *l, long n, const char **ret_code)
{
	*ret_code = "license.externally.managed";
	if (l->external && switch_int(SW_EXTERNAL_STATUS))
		return (int)switch_int(SW_EXTERNAL_STATUS);
	*ret_code = "license.disabled";
	if (!l->enabled && switch_int(SW_DISABLED_STATUS))
		return (int)switch_int(SW_DISABLED_STATUS);
	*ret_code = "license.seats.exceeded";
	if (l->used + n > l->seats && switch_int(SW_SEATS_STATUS))
		return (int)switch_int(SW_SEATS_STATUS);
	return 0;
}

bool
admin_seats_check(struct call *c, uint64_t licenses, long n)
{
	for (size_t i = 0; n > 0 && i < tenant.licenses_n; i++) {
		const struct license *l = &tenant.licenses[i];
		const char *code;
		int status;

		if (!(licenses >> i & 1))
			continue;
		status = seat_refusal(l, n, &code);
		if (status) {
			reply_error(c, status, code, l->key);
			return false;
		}
	}
	return true;
}

int
admin_license_find(struct call *c, const char *key, uint64_t *bits)
{
	struct license *l = license_by_key(key);

	if (!l) {
		reply_error(c, 404, "license.not.found", key);
		return -ENOENT;
	}
	*bits |= license_bit(l);
	return 0;
}

bool
admin_supers_check(struct call *c, struct user *const *leaving, size_t n)
{
	size_t supers = users_supers_n(), less = 0;

	for (size_t i = 0; i < n; i++)
		less += (leaving[i]->roles & ROLE_SUPER_USER) != 0;
	if (!less || supers > less || !switch_int(SW_LAST_SUPER))
		return true;
	reply_error(c, (int)switch_int(SW_LAST_SUPER), "user.last.super.admin",
	    leaving[0]->key);
	return false;
}

static bool
name_fits(const cJSON *item, bool required, size_t most)
{
	if (!item || cJSON_IsNull(item))
		return !required;
	if (!cJSON_IsString(item) || (required && !*item->valuestring))
		return false;
	for (const char *s = item->valuestring; *s; s++) {
		bool starts = (*s & 0xc0) != 0x80;

		if (starts && !most--)
			return false;
	}
	return true;
}

static const char *
field_unknown(const cJSON *fields)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, fields)
	{
		if (!user_field_known(item->string))
			return item->string;
	}
	return NULL;
}

/* First and last name at most 32, address at most 128 characters (3.4 A, of
 * the web page; assumed of the API). */
bool
admin_names_check(struct call *c, const cJSON *fields, bool create)
{
	const cJSON *email = cJSON_GetObjectItemCaseSensitive(fields, "email");
	const cJSON *first =
	    cJSON_GetObjectItemCaseSensitive(fields, "firstName");
	const cJSON *last =
	    cJSON_GetObjectItemCaseSensitive(fields, "lastName");
	const char *code = NULL, *unknown = field_unknown(fields);

	if (unknown && switch_is(SW_UNKNOWN_FIELDS, "refuse")) {
		reply_error(c, 400, "field.unknown", unknown);
		return false;
	}
	if (!name_fits(email, create, 128) ||
	    (email &&
		(!cJSON_IsString(email) || !strchr(email->valuestring, '@'))))
		code = "user.email.invalid";
	else if (!switch_on(SW_NAMES))
		return true;
	else if (!name_fits(first, create, 32))
		code = "user.first.name.invalid";
	else if (!name_fits(last, create, 32))
		code = "user.last.name.invalid";
	if (code)
		reply_error(c, 400, code,
		    cJSON_IsString(email) ? email->valuestring : NULL);
	return !code;
}

bool
admin_roles_check(struct call *c, const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		const char *name = cJSON_GetStringValue(item);

		if (!name || role_find(name) < 0) {
			reply_error(c, 400, "user.role.unknown", name);
			return false;
		}
	}
	return true;
}
