/* SPDX-License-Identifier: MIT */
/* Admin API: changing and deleting users. goto-api.md 3.7. */
#include <errno.h>
#include <string.h>

#include "admin.h"
#include "api.h"
#include "switches.h"

static const cJSON *
get(const cJSON *body, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(body, name);
}

/* Does the body name a field of identity whose value differs? */
static bool
identity_differs(const struct user *u, const cJSON *body)
{
	static const char *const names[] = {"firstName", "lastName", "email"};

	for (size_t i = 0; i < 3; i++) {
		const cJSON *item = get(body, names[i]);
		const char *value = cJSON_GetStringValue(item);

		if (item && strcmp(value ? value : "", user_field(u, names[i])))
			return true;
	}
	return get(body, "locale") != NULL;
}

static bool
email_free(struct call *c, const struct user *u, const cJSON *body)
{
	const char *email = cJSON_GetStringValue(get(body, "email"));
	const struct user *other = email ? user_by_email(email) : NULL;

	if (other && other != u) {
		reply_error(c, 409, "user.name.conflict", email);
		return false;
	}
	if (email && u->email_locked && strcmp(email, u->email)) {
		reply_error(c, 403, "user.email.locked", u->key);
		return false;
	}
	return true;
}

static bool
roles_keep_super(struct call *c, struct user *u, const cJSON *body)
{
	const cJSON *list = get(body, "adminRoles"), *item;

	if (!list)
		return true;
	cJSON_ArrayForEach(item, list)
	{
		if (!strcmp(item->valuestring, "SUPER_USER"))
			return true;
	}
	return admin_supers_check(c, &u, 1);
}

/* The licenses of the body, where the switch lets them replace (3.7 C). */
static int
body_licenses(struct call *c, const struct user *u, const cJSON *body,
    uint64_t *ret_licenses)
{
	const cJSON *list = get(body, "licenseKeys"), *item;
	uint64_t bits = 0;

	*ret_licenses = u->licenses;
	if (!list || switch_is(SW_PUT_LICENSES, "ignore"))
		return 0;
	cJSON_ArrayForEach(item, list)
	{
		const char *key = cJSON_GetStringValue(item);

		if (admin_license_find(c, key ? key : "", &bits))
			return -ENOENT;
	}
	if (!admin_seats_check(c, bits & ~u->licenses, 1))
		return -ENOSPC;
	*ret_licenses = bits;
	return 0;
}

static bool
update_check(struct call *c, struct user *u, const cJSON *body)
{
	int key_status = (int)switch_int(SW_KEY_STATUS);
	int status = (int)switch_int(SW_IDENTITY_STATUS);

	if (get(body, "key") && key_status) {
		reply_error(c, key_status, "user.key.not.allowed", u->key);
		return false;
	}
	if (u->identity_read_only && status && identity_differs(u, body)) {
		reply_error(c, status, "user.identity.read.only", u->key);
		return false;
	}
	return admin_names_check(c, body, false) &&
	       admin_roles_check(c, get(body, "adminRoles")) &&
	       email_free(c, u, body) && roles_keep_super(c, u, body);
}

static void
update_apply(struct user *u, const cJSON *body, uint64_t licenses)
{
	user_change_begin(u);
	user_merge(u, body, false);
	if (licenses != u->licenses)
		user_licenses_set(u, licenses);
	user_change_end(u);
}

static void
update_users(struct call *c, struct user **users, size_t n, const cJSON *body)
{
	AUTO(mem_auto_free)
	uint64_t *licenses = mem_alloc(n * sizeof(uint64_t));
	int status = (int)switch_int(SW_UPDATE_STATUS);

	for (size_t i = 0; i < n; i++) {
		if (!update_check(c, users[i], body) ||
		    body_licenses(c, users[i], body, &licenses[i]))
			return;
	}
	for (size_t i = 0; i < n; i++)
		update_apply(users[i], body, licenses[i]);
	if (status == 204)
		reply_empty(c, status);
	else
		reply_text(c, status, "application/json", user_json(users[0]));
}

void
admin_user_update(struct call *c)
{
	struct user *users[USER_KEYS_MAX];
	cJSON *body = call_object(c);
	size_t n;

	if (!body)
		return;
	n = admin_path_users(c, c->args[0], users);
	if (n)
		update_users(c, users, n, body);
	cJSON_Delete(body);
}

/* He leaves the account; key and history wait for his return (3.6 A). */
void
admin_user_delete(struct call *c)
{
	struct user *users[USER_KEYS_MAX];
	size_t n = admin_path_users(c, c->args[0], users);
	int self = (int)switch_int(SW_SELF_DELETE);

	if (!n || !admin_supers_check(c, users, n))
		return;
	for (size_t i = 0; i < n; i++) {
		if (users[i] == c->caller && self) {
			reply_error(c, self, "user.self", users[i]->key);
			return;
		}
	}
	for (size_t i = 0; i < n; i++)
		user_remove(users[i]);
	reply_empty(c, (int)switch_int(SW_DELETE_STATUS));
}
