/* SPDX-License-Identifier: MIT */
/*
 * A user as JSON: the record of goto-api.md 3.4 (B). Empty arrays and nulls
 * are omitted, keys are text. See tenant.h.
 */
#include <stdio.h>
#include <string.h>

#include "mem.h"
#include "switches.h"
#include "tenant.h"

/* 3.4 B: settings keyed by product. */
static const char settings_standard[] =
    "{\"G2M\":{\"tollEnabled\":true,\"voipEnabled\":true,"
    "\"tollCountries\":[\"US\"]},"
    "\"G2MFREE\":{\"attendeeListEnabled\":true,\"chatEnabled\":true}}";

static void
text_add(cJSON *tree, const char *name, const char *text)
{
	if (text && *text)
		cJSON_AddStringToObject(tree, name, text);
}

static void
list_add(cJSON *tree, const char *name, cJSON *list)
{
	if (cJSON_GetArraySize(list) > 0)
		cJSON_AddItemToObject(tree, name, list);
	else
		cJSON_Delete(list);
}

static cJSON *
license_keys_tree(uint64_t licenses)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < tenant.licenses_n; i++) {
		if (licenses >> i & 1)
			cJSON_AddItemToArray(
			    list, tenant_key_json(tenant.licenses[i].key));
	}
	return list;
}

static cJSON *
roles_tree(uint32_t roles)
{
	cJSON *list = cJSON_CreateArray();

	for (int i = 0; role_name(i); i++) {
		if (roles >> i & 1)
			cJSON_AddItemToArray(
			    list, cJSON_CreateString(role_name(i)));
	}
	return list;
}

static void
flags_add(cJSON *tree, const struct user *u)
{
	cJSON_AddBoolToObject(tree, "passwordCreated", u->password_created);
	cJSON_AddNumberToObject(tree, "invitedDate", (double)u->invited_ms);
	cJSON_AddBoolToObject(tree, "nameLocked", u->name_locked);
	cJSON_AddBoolToObject(tree, "emailLocked", u->email_locked);
	cJSON_AddBoolToObject(tree, "identityReadOnly", u->identity_read_only);
	cJSON_AddBoolToObject(tree, "canAuthenticate", u->password_created);
	cJSON_AddStringToObject(tree, "status", u->status);
	cJSON_AddNumberToObject(tree, "inviteCount", u->invite_count);
}

/* 3.4 C: roleSets is a string or an array of one. */
static cJSON *
extra_value(const cJSON *item)
{
	bool single = switch_is(SW_ROLESETS_FORM, "string");

	if (!strcmp(item->string, "roleSets") && single && item->child)
		return cJSON_Duplicate(item->child, true);
	return cJSON_Duplicate(item, true);
}

static void
extra_add(cJSON *tree, const struct user *u)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, u->extra)
	{
		cJSON_DeleteItemFromObjectCaseSensitive(tree, item->string);
		cJSON_AddItemToObject(tree, item->string, extra_value(item));
	}
}

cJSON *
user_tree(struct user *u)
{
	struct group *group = u->group ? group_view(u->group) : NULL;
	cJSON *tree = cJSON_CreateObject();

	cJSON_AddItemToObject(tree, "key", tenant_key_json(u->key));
	text_add(tree, "email", u->email);
	text_add(tree, "firstName", u->first_name);
	text_add(tree, "lastName", u->last_name);
	text_add(tree, "locale", u->locale);
	text_add(tree, "timeZone", u->time_zone);
	cJSON_AddRawToObject(tree, "settings", settings_standard);
	flags_add(tree, u);
	list_add(tree, "licenseKeys", license_keys_tree(u->licenses));
	list_add(tree, "products", products_tree(u->licenses));
	list_add(tree, "adminRoles", roles_tree(u->roles));
	if (group) {
		cJSON_AddItemToObject(
		    tree, "groupKey", tenant_key_json(group->key));
		text_add(tree, "groupName", group->name);
	}
	extra_add(tree, u);
	return tree;
}

const char *
user_json(struct user *u)
{
	cJSON *tree;

	if (u->json && u->json_era == tenant.era)
		return u->json;
	tree = user_tree(u);
	free(u->json);
	u->json = cJSON_PrintUnformatted(tree);
	u->json_era = tenant.era;
	cJSON_Delete(tree);
	return u->json;
}

/* 3.5 A/B: a user, and the accounts that he is in. */
cJSON *
user_me_tree(struct user *u)
{
	cJSON *tree = user_tree(u);
	cJSON *accounts = cJSON_AddArrayToObject(tree, "accounts");
	cJSON *account = cJSON_CreateObject();

	cJSON_AddItemToObject(tree, "accountKey", tenant_key_json(tenant.key));
	cJSON_AddItemToObject(account, "key", tenant_key_json(tenant.key));
	cJSON_AddStringToObject(account, "name", tenant.name);
	cJSON_AddItemToArray(accounts, account);
	for (long i = 1; i <= switch_int(SW_MORE_ACCOUNTS); i++) {
		char text[48];

		account = cJSON_CreateObject();
		snprintf(text, sizeof text, "%ld", 700000000000000000 + i);
		cJSON_AddItemToObject(account, "key", tenant_key_json(text));
		snprintf(text, sizeof text, "Other Org %ld", i);
		cJSON_AddStringToObject(account, "name", text);
		cJSON_AddItemToArray(accounts, account);
	}
	cJSON_AddBoolToObject(
	    tree, "orgAdmin", (u->roles & ROLE_SUPER_USER) != 0);
	cJSON_AddNumberToObject(tree, "createTime", (double)u->invited_ms);
	return tree;
}

/* What filters and sorts may ask for, 3.10 B. */
const char *
user_field(const void *object, const char *name)
{
	const struct user *u = object;

	if (!strcmp(name, "email"))
		return u->email;
	if (!strcmp(name, "key"))
		return u->key;
	if (!strcmp(name, "firstName"))
		return u->first_name ? u->first_name : "";
	if (!strcmp(name, "lastName"))
		return u->last_name ? u->last_name : "";
	return NULL;
}
