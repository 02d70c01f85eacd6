/* SPDX-License-Identifier: MIT */
/* Admin API: groups. goto-api.md 3.1, 3.9. */
#include <string.h>

#include "admin.h"
#include "api.h"
#include "list.h"
#include "switches.h"

static cJSON *
group_row_tree(void *row)
{
	return group_tree(row, false);
}

static const char *
group_row_field(const void *row, const char *name)
{
	return group_field(group_view((struct group *)row), name);
}

static const struct rows group_rows = {
    "key name", group_row_field, group_row_tree, NULL};

static int
name_compare(const void *a, const void *b)
{
	return strcmp(group_row_field(*(void *const *)a, "name"),
	    group_row_field(*(void *const *)b, "name"));
}

void
admin_groups_list(struct call *c)
{
	AUTO(mem_auto_free)
	void **seen = mem_alloc((tenant.groups_n + 1) * sizeof *seen);
	size_t n = 0;

	for (size_t i = 0; i < tenant.groups_n; i++) {
		if (group_view(tenant.groups[i])->alive)
			seen[n++] = tenant.groups[i];
	}
	if (switch_is(SW_ORDER, "email"))
		qsort(seen, n, sizeof *seen, name_compare);
	list_reply(c, &group_rows, seen, n);
}

void
admin_group_get(struct call *c)
{
	for (size_t i = 0; i < tenant.groups_n; i++) {
		struct group *g = tenant.groups[i];

		if (group_view(g)->alive && !strcmp(g->key, c->args[0])) {
			reply_tree(c, 200, group_tree(g, false));
			return;
		}
	}
	reply_error(c, 404, "group.not.found", c->args[0]);
}

/* The group of args[0]; else answers. */
static struct group *
path_group(struct call *c)
{
	struct group *g = group_by_key(c->args[0]);

	if (!g)
		reply_error(c, 404, "group.not.found", c->args[0]);
	return g;
}

/* A name for a new group, or for g; unique in the account (A). */
static const char *
body_name(struct call *c, const cJSON *body, const struct group *g)
{
	const char *name = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(body, "name"));
	const struct group *other = name ? group_by_name(name) : NULL;

	if (!name || !*name) {
		reply_error(c, 400, "group.name.required", NULL);
		return NULL;
	}
	if (other && other != g) {
		reply_error(c, 409, "group.name.conflict", name);
		return NULL;
	}
	return name;
}

/* The answer is a bare key, quoted in one recording, not in another (B). */
static void
reply_bare_key(struct call *c, const char *key)
{
	bool quoted = switch_is(SW_GROUP_ANSWER, "quoted");

	reply_tree(
	    c, 200, quoted ? cJSON_CreateString(key) : cJSON_CreateRaw(key));
}

static void
group_create(struct call *c, const cJSON *body)
{
	const char *parent_key = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(body, "parentKey"));
	struct group *parent = NULL;
	const char *name = body_name(c, body, NULL);

	if (!name)
		return;
	if (parent_key && switch_on(SW_GROUP_PARENT)) {
		parent = group_by_key(parent_key);
		if (!parent) {
			reply_error(c, 404, "group.not.found", parent_key);
			return;
		}
	}
	reply_bare_key(c, group_new(name, parent)->key);
}

void
admin_group_create(struct call *c)
{
	cJSON *body = call_object(c);

	if (body)
		group_create(c, body);
	cJSON_Delete(body);
}

static void
group_update(struct call *c, struct group *g, const cJSON *body)
{
	const char *name;
	int status = (int)switch_int(SW_KEY_STATUS);

	if (cJSON_GetObjectItemCaseSensitive(body, "key") && status) {
		reply_error(c, status, "group.key.not.allowed", g->key);
		return;
	}
	name = body_name(c, body, g);
	if (!name)
		return;
	group_change_begin(g);
	mem_set(&g->name, name);
	reply_empty(c, (int)switch_int(SW_GROUP_STATUS));
}

void
admin_group_update(struct call *c)
{
	struct group *g = path_group(c);
	cJSON *body = g ? call_object(c) : NULL;

	if (body)
		group_update(c, g, body);
	cJSON_Delete(body);
}

void
admin_group_delete(struct call *c)
{
	struct group *g = path_group(c);

	if (!g)
		return;
	group_remove(g);
	reply_empty(c, (int)switch_int(SW_GROUP_STATUS));
}

static void
user_group_set(struct user *u, struct group *g)
{
	if (u->group == g)
		return;
	user_change_begin(u);
	u->group = g;
	user_change_end(u);
}

/* One group a user: putting him in one takes him out of the other (C). */
void
admin_group_user_put(struct call *c)
{
	struct user *users[USER_KEYS_MAX];
	struct group *g = path_group(c);
	size_t n = g ? admin_path_users(c, c->args[1], users) : 0;

	for (size_t i = 0; i < n; i++)
		user_group_set(users[i], g);
	if (n)
		reply_empty(c, (int)switch_int(SW_GROUP_STATUS));
}

void
admin_group_user_delete(struct call *c)
{
	struct user *users[USER_KEYS_MAX];
	size_t n = admin_path_users(c, c->args[0], users);

	for (size_t i = 0; i < n; i++)
		user_group_set(users[i], NULL);
	if (n)
		reply_empty(c, (int)switch_int(SW_GROUP_STATUS));
}
