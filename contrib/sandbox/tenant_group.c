/* SPDX-License-Identifier: MIT */
/* Groups: the record of goto-api.md 3.9 (B). See tenant.h. */
#include <string.h>

#include "mem.h"
#include "switches.h"
#include "tenant.h"

struct group *
group_by_key(const char *key)
{
	for (size_t i = 0; i < tenant.groups_n; i++) {
		struct group *g = tenant.groups[i];

		if (g->alive && !strcmp(g->key, key))
			return g;
	}
	return NULL;
}

struct group *
group_by_name(const char *name)
{
	for (size_t i = 0; i < tenant.groups_n; i++) {
		struct group *g = tenant.groups[i];

		if (g->alive && !strcmp(g->name, name))
			return g;
	}
	return NULL;
}

/* Before a change; afterwards all printed users are outdated, since they
 * carry the name. */
void
group_change_begin(struct group *g)
{
	struct group *past;

	tenant.era++;
	if (!switch_int(SW_STALENESS_MS))
		return;
	past = mem_alloc(sizeof *past);
	*past = *g;
	past->key = mem_dup(g->key);
	past->name = mem_dup(g->name);
	g->past = past;
	g->past_until_ms = clock_ms() + switch_int(SW_STALENESS_MS);
}

struct group *
group_view(struct group *g)
{
	int64_t now = g->past ? clock_ms() : 0;

	while (g->past && g->past_until_ms > now)
		g = g->past;
	return g;
}

struct group *
group_new(const char *name, struct group *parent)
{
	struct group *g = mem_alloc(sizeof *g);

	g->key = tenant_key_new(8);
	g->name = mem_dup(name);
	g->parent = parent;
	group_change_begin(g);
	g->alive = true;
	tenant.groups = mem_grow(
	    tenant.groups, (tenant.groups_n + 1) * sizeof *tenant.groups);
	tenant.groups[tenant.groups_n++] = g;
	return g;
}

/* Deleting a group does not delete its users (3.9 A); its sub-groups move up
 * to its parent. */
void
group_remove(struct group *g)
{
	for (size_t i = 0; i < tenant.users_n; i++) {
		struct user *u = tenant.users[i];

		if (u->group != g)
			continue;
		user_change_begin(u);
		u->group = NULL;
		user_change_end(u);
	}
	for (size_t i = 0; i < tenant.groups_n; i++) {
		struct group *child = tenant.groups[i];

		if (child->parent != g)
			continue;
		group_change_begin(child);
		child->parent = g->parent;
	}
	group_change_begin(g);
	g->alive = false;
}

static bool
group_is_below(struct group *g, const struct group *top, bool truth)
{
	for (; g; g = (truth ? g : group_view(g))->parent) {
		if (g == top)
			return true;
	}
	return false;
}

static void
members_add(cJSON *tree, struct group *g, bool truth)
{
	cJSON *members = cJSON_CreateArray();
	int total = 0;

	for (size_t i = 0; i < tenant.users_n; i++) {
		struct user *u = tenant.users[i];
		const struct user *v = truth ? u : user_view(u);

		if (!v->alive || !v->group)
			continue;
		if (v->group == g)
			cJSON_AddItemToArray(members, tenant_key_json(v->key));
		total += group_is_below(v->group, g, truth);
	}
	cJSON_AddNumberToObject(
	    tree, "memberCount", cJSON_GetArraySize(members));
	cJSON_AddNumberToObject(tree, "totalMemberCount", total);
	if (members->child)
		cJSON_AddItemToObject(tree, "userKeys", members);
	else
		cJSON_Delete(members);
}

static void
path_add(cJSON *keys, cJSON *names, struct group *g, bool truth)
{
	struct group *v = truth ? g : group_view(g);

	if (v->parent)
		path_add(keys, names, v->parent, truth);
	cJSON_AddItemToArray(keys, tenant_key_json(v->key));
	cJSON_AddItemToArray(names, cJSON_CreateString(v->name));
}

cJSON *
group_tree(struct group *g, bool truth)
{
	cJSON *tree = cJSON_CreateObject();
	struct group *v = truth ? g : group_view(g);
	cJSON *keys, *names;

	cJSON_AddItemToObject(tree, "key", tenant_key_json(v->key));
	cJSON_AddStringToObject(tree, "name", v->name);
	keys = cJSON_AddArrayToObject(tree, "keyPath");
	names = cJSON_AddArrayToObject(tree, "namePath");
	path_add(keys, names, g, truth);
	members_add(tree, g, truth);
	return tree;
}

const char *
group_field(const void *object, const char *name)
{
	const struct group *g = object;

	if (!strcmp(name, "key"))
		return g->key;
	return strcmp(name, "name") ? NULL : g->name;
}
