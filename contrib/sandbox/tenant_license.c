/* SPDX-License-Identifier: MIT */
/* Licenses: the record of goto-api.md 3.9 (A). See tenant.h. */
#include <string.h>

#include "mem.h"
#include "switches.h"
#include "tenant.h"

struct license *
license_by_key(const char *key)
{
	for (size_t i = 0; i < tenant.licenses_n; i++) {
		struct license *l = &tenant.licenses[i];

		if (l->alive && !strcmp(l->key, key))
			return l;
	}
	return NULL;
}

struct license *
license_new(const char *description, const char *products)
{
	struct license *l;

	if (tenant.licenses_n == TENANT_LICENSES_MAX)
		return NULL;
	l = &tenant.licenses[tenant.licenses_n++];
	*l = (struct license){.alive = true, .enabled = true};
	l->key = tenant_key_new(9);
	l->description = mem_dup(description);
	l->products = mem_dup(products);
	return l;
}

uint64_t
license_bit(const struct license *l)
{
	return (uint64_t)1 << (l - tenant.licenses);
}

static void
products_add(cJSON *list, const char *products)
{
	AUTO(mem_auto_free) char *copy = mem_dup(products);
	char *save = NULL;

	for (char *p = strtok_r(copy, ",", &save); p;
	     p = strtok_r(NULL, ",", &save)) {
		const cJSON *item;

		cJSON_ArrayForEach(item, list)
		{
			if (!strcmp(item->valuestring, p))
				break;
		}
		if (!item)
			cJSON_AddItemToArray(list, cJSON_CreateString(p));
	}
}

cJSON *
products_tree(uint64_t licenses)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < tenant.licenses_n; i++) {
		if (licenses >> i & 1)
			products_add(list, tenant.licenses[i].products);
	}
	return list;
}

/* Holders, and those among them who have not accepted yet; 3.9. */
static void
holders_find(
    const struct license *l, bool truth, cJSON *holders, cJSON *invited)
{
	uint64_t bit = license_bit(l);

	for (size_t i = 0; i < tenant.users_n; i++) {
		struct user *u = tenant.users[i];
		const struct user *v = truth ? u : user_view(u);
		bool waits;

		if (!v->alive || !(v->licenses & bit))
			continue;
		waits = !strcmp(v->status, "INVITED");
		cJSON_AddItemToArray(
		    waits ? invited : holders, tenant_key_json(v->key));
	}
}

static void
holders_add(cJSON *tree, const char *name, cJSON *list)
{
	if (list->child)
		cJSON_AddItemToObject(tree, name, list);
	else
		cJSON_Delete(list);
}

cJSON *
license_tree(const struct license *l, bool truth)
{
	cJSON *tree = cJSON_CreateObject();
	cJSON *holders = cJSON_CreateArray(), *invited = cJSON_CreateArray();
	int count;

	holders_find(l, truth, holders, invited);
	count = cJSON_GetArraySize(holders);
	if (truth || switch_is(SW_USER_COUNT, "both"))
		count += cJSON_GetArraySize(invited);
	cJSON_AddItemToObject(tree, "key", tenant_key_json(l->key));
	cJSON_AddNumberToObject(tree, "seats", (double)l->seats);
	cJSON_AddNumberToObject(tree, "userCount", count);
	cJSON_AddBoolToObject(tree, "enabled", l->enabled);
	cJSON_AddStringToObject(tree, "description", l->description);
	cJSON_AddStringToObject(tree, "type", "PAID");
	cJSON_AddStringToObject(tree, "channel", "Corporate");
	holders_add(tree, "userKeys", holders);
	holders_add(tree, "invitedUserKeys", invited);
	cJSON_AddNumberToObject(tree, "deviceCount", 0);
	cJSON_AddItemToObject(tree, "products", products_tree(license_bit(l)));
	cJSON_AddBoolToObject(tree, "devicesOnly", false);
	cJSON_AddBoolToObject(tree, "devicesAllowed", false);
	cJSON_AddBoolToObject(tree, "externallyManaged", l->external);
	return tree;
}

const char *
license_field(const void *object, const char *name)
{
	const struct license *l = object;

	if (!strcmp(name, "key"))
		return l->key;
	return strcmp(name, "description") ? NULL : l->description;
}
