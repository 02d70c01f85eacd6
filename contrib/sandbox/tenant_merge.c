/* SPDX-License-Identifier: MIT */
/*
 * The merge of a JSON body into a user: a PUT changes only the fields that it
 * names (goto-api.md 3.7 B/C); null clears. See tenant.h.
 */
#include <string.h>

#include "mem.h"
#include "switches.h"
#include "tenant.h"

/* Fields that follow from others or from time; a PUT leaves them alone. */
static const char *const derived[] = {"key", "status", "licenseKeys",
    "products", "groupKey", "groupName", "invitedDate", "inviteCount",
    "passwordCreated", "canAuthenticate", "nameLocked", "emailLocked",
    "identityReadOnly", "accounts", "accountKey", "orgAdmin", "createTime"};

static bool
name_is_derived(const char *name)
{
	for (size_t i = 0; i < sizeof derived / sizeof *derived; i++) {
		if (!strcmp(derived[i], name))
			return true;
	}
	return false;
}

/* Others that may be written and are kept as they came (3.4). */
static const char *const kept[] = {"settings", "roleSets", "managedGroupKeys",
    "emailTemplateKey", "systemGeneratedEmail", "hasAdminAccess", "admin"};

static bool
name_is_kept(const char *name)
{
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		if (!strcmp(kept[i], name))
			return true;
	}
	return switch_is(SW_UNKNOWN_FIELDS, "keep");
}

bool
user_field_known(const char *name)
{
	static const char *const plain[] = {"email", "firstName", "lastName",
	    "locale", "timeZone", "adminRoles"};

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		if (!strcmp(plain[i], name))
			return true;
	}
	return name_is_kept(name) || name_is_derived(name);
}

static void
merge_email_before(struct user *u, const cJSON *item)
{
	if (strcmp(item->string, "email") || !cJSON_IsString(item) ||
	    !strcmp(item->valuestring, u->email))
		return;
	mem_set(&u->email_before, u->email);
	u->email_since_ms = clock_ms();
}

static bool
merge_text(struct user *u, const cJSON *item)
{
	const struct {
		const char *name;
		char **where;
	} texts[] = {{"email", &u->email}, {"firstName", &u->first_name},
	    {"lastName", &u->last_name}, {"locale", &u->locale},
	    {"timeZone", &u->time_zone}};

	merge_email_before(u, item);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (strcmp(texts[i].name, item->string))
			continue;
		if (cJSON_IsString(item))
			mem_set(texts[i].where, item->valuestring);
		else if (cJSON_IsNull(item) && i)
			mem_set(texts[i].where, NULL);
		return true;
	}
	return false;
}

static void
merge_roles(struct user *u, const cJSON *list)
{
	const cJSON *item;

	u->roles = 0;
	cJSON_ArrayForEach(item, list)
	{
		int bit =
		    cJSON_IsString(item) ? role_find(item->valuestring) : -1;

		if (bit >= 0)
			u->roles |= 1u << bit;
	}
}

/* Fields that only the tenant itself sets, for the control endpoint. */
static bool
merge_derived(struct user *u, const cJSON *item)
{
	const struct {
		const char *name;
		bool *where;
	} flags[] = {{"passwordCreated", &u->password_created},
	    {"nameLocked", &u->name_locked}, {"emailLocked", &u->email_locked},
	    {"identityReadOnly", &u->identity_read_only}};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (!strcmp(flags[i].name, item->string))
			*flags[i].where = cJSON_IsTrue(item);
	}
	if (!strcmp(item->string, "status") && cJSON_IsString(item))
		mem_set(&u->status, item->valuestring);
	if (!strcmp(item->string, "invitedDate") && cJSON_IsNumber(item))
		u->invited_ms = (int64_t)item->valuedouble;
	if (!strcmp(item->string, "inviteCount") && cJSON_IsNumber(item))
		u->invite_count = item->valueint;
	return name_is_derived(item->string);
}

static bool
value_is_empty(const cJSON *item)
{
	bool holder = cJSON_IsArray(item) || cJSON_IsObject(item);

	return cJSON_IsNull(item) || (holder && !item->child);
}

static void
merge_extra(struct user *u, const cJSON *item)
{
	if (!u->extra)
		u->extra = cJSON_CreateObject();
	cJSON_DeleteItemFromObjectCaseSensitive(u->extra, item->string);
	if (!value_is_empty(item))
		cJSON_AddItemToObject(
		    u->extra, item->string, cJSON_Duplicate(item, true));
}

void
user_merge(struct user *u, const cJSON *fields, bool all)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, fields)
	{
		if (!item->string || merge_text(u, item))
			continue;
		if (!strcmp(item->string, "adminRoles"))
			merge_roles(u, item);
		else if (all && merge_derived(u, item))
			continue;
		else if (all || name_is_kept(item->string))
			merge_extra(u, item);
	}
}
