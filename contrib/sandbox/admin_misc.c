/* SPDX-License-Identifier: MIT */
/* Admin API: account, rolesets, templates, attributes. goto-api.md 3.1; known
 * from clients only (C), so kept simple. */
#include <string.h>

#include "admin.h"
#include "api.h"
#include "filter.h"
#include "list.h"
#include "switches.h"

void
admin_account_get(struct call *c)
{
	cJSON *tree = cJSON_CreateObject();

	cJSON_AddItemToObject(tree, "key", tenant_key_json(tenant.key));
	cJSON_AddStringToObject(tree, "name", tenant.name);
	reply_tree(c, 200, tree);
}

void
admin_account_update(struct call *c)
{
	cJSON *body = call_object(c);
	const char *name;

	if (!body)
		return;
	name = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(body, "name"));
	if (name)
		mem_set(&tenant.name, name);
	tenant.era++;
	cJSON_Delete(body);
	reply_empty(c, (int)switch_int(SW_ACCOUNT_PUT_STATUS));
}

/* Rows that are JSON objects already. */
static const char *
object_field(const void *row, const char *name)
{
	const char *value = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive((const cJSON *)row, name));

	return value ? value : "";
}

static cJSON *
object_tree(void *row)
{
	return cJSON_Duplicate(row, true);
}

static void
objects_list(struct call *c, const cJSON *objects)
{
	static const struct rows kind = {
	    "id key name title", object_field, object_tree, NULL};
	size_t n = 0;
	AUTO(mem_auto_free)
	void **all =
	    mem_alloc(((size_t)cJSON_GetArraySize(objects) + 1) * sizeof *all);

	for (cJSON *item = objects->child; item; item = item->next)
		all[n++] = item;
	list_reply(c, &kind, all, n);
}

/* Keep the body under a new key; returns the kept object, or answers. */
static const cJSON *
object_keep(struct call *c, cJSON *objects, const char *id, const char *needed)
{
	AUTO(mem_auto_free) char *key = NULL;
	cJSON *body = call_object(c);

	if (!body)
		return NULL;
	if (!*object_field(body, needed)) {
		reply_error(c, 400, "name.required", NULL);
		cJSON_Delete(body);
		return NULL;
	}
	key = tenant_key_new(7);
	cJSON_DeleteItemFromObject(body, id);
	cJSON_AddStringToObject(body, id, key);
	cJSON_AddItemToArray(objects, body);
	return body;
}

void
admin_rolesets_list(struct call *c)
{
	objects_list(c, tenant.rolesets);
}

void
admin_roleset_create(struct call *c)
{
	const cJSON *kept = object_keep(c, tenant.rolesets, "id", "name");

	if (!kept)
		return;
	if (switch_is(SW_ROLESET_ANSWER, "object"))
		reply_tree(c, 200, cJSON_Duplicate(kept, true));
	else
		reply_tree(
		    c, 200, cJSON_CreateString(object_field(kept, "id")));
}

/* Give all users whom the filter selects this roleset; NULL: none. */
static void
rolesets_set(struct call *c, const char *id)
{
	const char *text = call_param(c, "filter");
	struct filter *f = NULL;
	cJSON *fields;

	if (!text || filter_parse(text, "key email firstName lastName", &f)) {
		reply_error(c, (int)switch_int(SW_FILTER_STATUS),
		    "filter.invalid", text);
		return;
	}
	fields = cJSON_CreateObject();
	cJSON_AddItemToObject(fields, "roleSets",
	    id ? cJSON_CreateStringArray(&id, 1) : cJSON_CreateArray());
	for (size_t i = 0; i < tenant.users_n; i++) {
		struct user *u = tenant.users[i];

		if (!u->alive || !filter_match(f, user_field, u))
			continue;
		user_change_begin(u);
		user_merge(u, fields, false);
		user_change_end(u);
	}
	cJSON_Delete(fields);
	filter_free(f);
	reply_empty(c, 204);
}

void
admin_roleset_assign(struct call *c)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, tenant.rolesets)
	{
		if (!strcmp(object_field(item, "id"), c->args[0])) {
			rolesets_set(c, c->args[0]);
			return;
		}
	}
	reply_error(c, 404, "roleset.not.found", c->args[0]);
}

void
admin_roleset_remove(struct call *c)
{
	rolesets_set(c, NULL);
}

void
admin_templates_list(struct call *c)
{
	objects_list(c, tenant.templates);
}

void
admin_template_create(struct call *c)
{
	const cJSON *kept = object_keep(c, tenant.templates, "key", "title");

	if (kept)
		reply_tree(
		    c, 200, cJSON_CreateString(object_field(kept, "key")));
}

void
admin_attributes_list(struct call *c)
{
	objects_list(c, tenant.attributes);
}

void
admin_attribute_create(struct call *c)
{
	const cJSON *kept = object_keep(c, tenant.attributes, "id", "name");

	if (kept)
		reply_tree(
		    c, 200, cJSON_CreateString(object_field(kept, "id")));
}
