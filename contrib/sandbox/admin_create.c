/* SPDX-License-Identifier: MIT */
/* Admin API: creating users. goto-api.md 3.6. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "admin.h"
#include "api.h"
#include "switches.h"

/* One POST: what applies to all its users, and how many are new. */
struct creation {
	const cJSON *body;
	const cJSON *users;
	uint64_t licenses;
	struct group *group;
	const cJSON *roles;
	long fresh;
	const char *conflict;
};

static const cJSON *
field(const struct creation *n, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(n->body, name);
}

static int
creation_licenses(struct call *c, struct creation *n)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, field(n, "licenseKeys"))
	{
		const char *key = cJSON_GetStringValue(item);

		if (admin_license_find(c, key ? key : "", &n->licenses))
			return -ENOENT;
	}
	return 0;
}

static int
creation_group(struct call *c, struct creation *n)
{
	const char *key = cJSON_GetStringValue(field(n, "groupKey"));

	if (!key)
		return 0;
	n->group = group_by_key(key);
	if (n->group)
		return 0;
	reply_error(c, 404, "group.not.found", key);
	return -ENOENT;
}

/* Is the address of users[at] taken, by a user or earlier in the call? */
static bool
creation_conflicts(const struct creation *n, const cJSON *at)
{
	const char *email =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(at, "email"));
	const cJSON *item;

	if (user_by_email(email))
		return true;
	cJSON_ArrayForEach(item, n->users)
	{
		const char *other = cJSON_GetStringValue(
		    cJSON_GetObjectItemCaseSensitive(item, "email"));

		if (item == at)
			return false;
		if (other && !strcasecmp(other, email))
			return true;
	}
	return false;
}

static int
creation_users(struct call *c, struct creation *n)
{
	long most = switch_int(SW_CREATE_MAX);
	const cJSON *item;

	n->users = field(n, "users");
	if (!cJSON_IsArray(n->users) || !n->users->child ||
	    cJSON_GetArraySize(n->users) > most) {
		reply_error(c, 400, "users.invalid", NULL);
		return -EINVAL;
	}
	cJSON_ArrayForEach(item, n->users)
	{
		if (!admin_names_check(c, item, true))
			return -EINVAL;
		if (!creation_conflicts(n, item))
			n->fresh++;
		else if (!n->conflict)
			n->conflict = cJSON_GetStringValue(
			    cJSON_GetObjectItemCaseSensitive(item, "email"));
	}
	return 0;
}

/* 3.6: the older page wants a license or a role, a recording has neither. */
static bool
creation_needs(struct call *c, const struct creation *n)
{
	if (switch_is(SW_CREATE_NEEDS, "nothing") || n->licenses)
		return true;
	if (cJSON_GetArraySize(n->roles) > 0)
		return true;
	reply_error(c, 400, "user.license.or.role.required", NULL);
	return false;
}

static int
creation_read(struct call *c, struct creation *n)
{
	n->roles = field(n, "adminRoles");
	if (!admin_roles_check(c, n->roles))
		return -EINVAL;
	if (creation_licenses(c, n) || creation_group(c, n))
		return -ENOENT;
	if (creation_users(c, n) || !creation_needs(c, n))
		return -EINVAL;
	if (n->conflict && call_flag(c, "allOrNothing", true)) {
		reply_error(c, 409, "user.name.conflict", n->conflict);
		return -EEXIST;
	}
	return admin_seats_check(c, n->licenses, n->fresh) ? 0 : -ENOSPC;
}

/* Whoever was deleted gets his old key back (3.6 A). */
static struct user *
user_start(const char *email)
{
	struct user *old = user_by_email_ever(email);

	if (!old || old->alive || !switch_on(SW_OLD_KEY))
		return user_new(NULL, email);
	user_change_begin(old);
	old->alive = true;
	old->licenses = 0;
	old->roles = 0;
	old->group = NULL;
	mem_set(&old->status, "SUSPENDED");
	return old;
}

static bool
email_is_elsewhere(const char *email)
{
	const char *at = strrchr(email, '@');
	const char *domain = switch_text(SW_ELSEWHERE);

	return at && *domain && !strcasecmp(at + 1, domain);
}

static void
email_lower(struct user *u)
{
	if (switch_is(SW_EMAIL_CASE, "keep"))
		return;
	for (char *s = u->email; *s; s++) {
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + 32);
	}
}

/* The fields of the wrapper, which are for every user of the call. */
static void
user_shared_merge(struct user *u, const struct creation *n)
{
	static const char *const names[] = {"adminRoles", "managedGroupKeys"};
	cJSON *shared = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const cJSON *item = field(n, names[i]);

		if (item)
			cJSON_AddItemToObject(
			    shared, names[i], cJSON_Duplicate(item, true));
	}
	user_merge(u, shared, false);
	cJSON_Delete(shared);
}

static struct user *
user_create(const struct creation *n, const cJSON *fields)
{
	const char *email = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(fields, "email"));
	struct user *u = user_start(email);

	user_merge(u, fields, false);
	email_lower(u);
	user_shared_merge(u, n);
	u->group = n->group;
	u->invited_ms = clock_ms();
	u->invite_count++;
	user_licenses_set(u, n->licenses);
	if (email_is_elsewhere(email)) {
		u->identity_read_only = true;
		mem_set(&u->status, "INVITED");
	}
	if (!u->locale)
		u->locale = mem_dup("en_US");
	user_change_end(u);
	return u;
}

/* 3.6: with allOrNothing=false a conflicting address comes without key (A);
 * the newer guide leaves open whether it has one. */
static cJSON *
creation_row(const struct creation *n, const cJSON *fields)
{
	const char *email = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(fields, "email"));
	struct user *u = user_by_email(email);
	bool show = !u || switch_is(SW_CONFLICT_KEY, "present");
	cJSON *row = cJSON_CreateObject();

	if (!u)
		u = user_create(n, fields);
	if (show)
		cJSON_AddItemToObject(row, "key", tenant_key_json(u->key));
	cJSON_AddStringToObject(row, "email", email);
	return row;
}

void
admin_users_create(struct call *c)
{
	struct creation n = {0};
	cJSON *body = call_object(c), *answer;
	const cJSON *item;
	int status;

	if (!body)
		return;
	n.body = body;
	if (!creation_read(c, &n)) {
		answer = cJSON_CreateArray();
		cJSON_ArrayForEach(item, n.users)
		{
			cJSON_AddItemToArray(answer, creation_row(&n, item));
		}
		status = (int)switch_int(SW_CREATE_STATUS);
		reply_tree(c, n.conflict ? 200 : status, answer);
	}
	cJSON_Delete(body);
}
