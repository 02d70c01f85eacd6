/* SPDX-License-Identifier: MIT */
#include "gotofs/record.h"

#include <stdlib.h>
#include <string.h>

#include "gotofs/text.h"

void
user_done(struct user *u)
{
	free(u->key);
	free(u->email);
	free(u->first_name);
	free(u->last_name);
	free(u->locale);
	free(u->time_zone);
	strv_free(u->admin_roles);
	free(u->status);
	strv_free(u->license_keys);
	free(u->group_key);
	free(u->rest);
	memset(u, 0, sizeof(*u));
}

void
license_done(struct license *l)
{
	free(l->key);
	free(l->description);
	strv_free(l->user_keys);
	strv_free(l->invited_user_keys);
	strv_free(l->products);
	free(l->rest);
	memset(l, 0, sizeof(*l));
}

void
group_done(struct group *g)
{
	free(g->key);
	free(g->name);
	free(g->parent_key);
	strv_free(g->user_keys);
	free(g->rest);
	memset(g, 0, sizeof(*g));
}

void
user_list_done(struct user_list *l)
{
	while (l->n > 0)
		user_done(&l->v[--l->n]);
	free(l->v);
	l->v = NULL;
}

void
license_list_done(struct license_list *l)
{
	while (l->n > 0)
		license_done(&l->v[--l->n]);
	free(l->v);
	l->v = NULL;
}

void
group_list_done(struct group_list *l)
{
	while (l->n > 0)
		group_done(&l->v[--l->n]);
	free(l->v);
	l->v = NULL;
}

bool
user_is_super(const struct user *u)
{
	return strv_has(u->admin_roles, "SUPER_USER");
}

const struct user_right user_rights[] = {
    {"ADD_USERS", "create people"},
    {"MANAGE_USERS", "change and remove people"},
    {"MANAGE_SEATS", "assign licenses"},
    {"MANAGE_GROUPS", "change groups"},
    {0},
};

bool
user_may(const struct user *u, const struct user_right *right)
{
	return user_is_super(u) || strv_has(u->admin_roles, right->role);
}
