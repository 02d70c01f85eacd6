/* SPDX-License-Identifier: MIT */
/*
 * The control endpoint: changes as an administrator makes them in GoTo's own
 * web page, past the API, its rules and its counters. See README.md.
 */
#include <errno.h>
#include <string.h>

#include "api.h"
#include "mutate.h"
#include "switches.h"

const cJSON *
mutation_item(const struct mutation *m, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(m->body, name);
}

const char *
mutation_text(const struct mutation *m, const char *name)
{
	return cJSON_GetStringValue(mutation_item(m, name));
}

int
mutation_fail(struct mutation *m, const char *why)
{
	m->why = why;
	return -EINVAL;
}

/* By "license": key, or description of the first such. */
static struct license *
license_of(const struct mutation *m)
{
	const char *name = mutation_text(m, "license");

	for (size_t i = 0; name && i < tenant.licenses_n; i++) {
		struct license *l = &tenant.licenses[i];

		if (l->alive &&
		    (!strcmp(l->key, name) || !strcmp(l->description, name)))
			return l;
	}
	return NULL;
}

/* By a field's key or name. */
static struct group *
group_of(const struct mutation *m, const char *field)
{
	const char *name = mutation_text(m, field);
	struct group *g = name ? group_by_key(name) : NULL;

	return g || !name ? g : group_by_name(name);
}

static int
op_user_update(struct mutation *m)
{
	user_change_begin(m->user);
	user_merge(m->user, mutation_item(m, "fields"), true);
	user_change_end(m->user);
	return 0;
}

static int
op_user_create(struct mutation *m)
{
	const char *email = mutation_text(m, "email");
	struct user *u = email ? user_by_email_ever(email) : NULL;
	const struct license *l = license_of(m);

	if (!email || (u && u->alive))
		return mutation_fail(m, "email missing or taken");
	if (u)
		user_change_begin(u);
	else
		u = user_new(mutation_text(m, "key"), email);
	u->alive = true;
	u->invited_ms = clock_ms();
	u->group = group_of(m, "group");
	user_licenses_set(u, l ? license_bit(l) : 0);
	user_merge(u, mutation_item(m, "fields"), true);
	user_change_end(u);
	m->key = u->key;
	return 0;
}

static int
op_user_delete(struct mutation *m)
{
	user_remove(m->user);
	return 0;
}

static int
licenses_change(struct mutation *m, bool assign)
{
	const struct license *l = license_of(m);

	if (!l)
		return mutation_fail(m, "no such license");
	user_change_begin(m->user);
	user_licenses_set(m->user, assign
				       ? m->user->licenses | license_bit(l)
				       : m->user->licenses & ~license_bit(l));
	user_change_end(m->user);
	return 0;
}

static int
op_assign(struct mutation *m)
{
	return licenses_change(m, true);
}

static int
op_unassign(struct mutation *m)
{
	return licenses_change(m, false);
}

static int
op_group_set(struct mutation *m)
{
	struct group *g = group_of(m, "group");

	if (!g && mutation_text(m, "group"))
		return mutation_fail(m, "no such group");
	user_change_begin(m->user);
	m->user->group = g;
	user_change_end(m->user);
	return 0;
}

static int
op_group_create(struct mutation *m)
{
	const char *name = mutation_text(m, "name");

	if (!name || group_by_name(name))
		return mutation_fail(m, "name missing or taken");
	m->key = group_new(name, group_of(m, "parent"))->key;
	return 0;
}

static int
op_group_rename(struct mutation *m)
{
	struct group *g = group_of(m, "group");
	const char *name = mutation_text(m, "name");

	if (!g || !name || (group_by_name(name) && group_by_name(name) != g))
		return mutation_fail(
		    m, "no such group, or name missing or taken");
	group_change_begin(g);
	mem_set(&g->name, name);
	return 0;
}

static int
op_group_delete(struct mutation *m)
{
	struct group *g = group_of(m, "group");

	if (!g)
		return mutation_fail(m, "no such group");
	group_remove(g);
	return 0;
}

static void
license_merge(struct mutation *m, struct license *l)
{
	const cJSON *seats = mutation_item(m, "seats");
	const cJSON *enabled = mutation_item(m, "enabled");
	const cJSON *external = mutation_item(m, "externallyManaged");

	if (cJSON_IsNumber(seats))
		l->seats = (long)seats->valuedouble;
	if (enabled)
		l->enabled = cJSON_IsTrue(enabled);
	if (external)
		l->external = cJSON_IsTrue(external);
	if (mutation_text(m, "description"))
		mem_set(&l->description, mutation_text(m, "description"));
	tenant.era++;
	m->key = l->key;
}

static int
op_license_update(struct mutation *m)
{
	struct license *l = license_of(m);

	if (!l)
		return mutation_fail(m, "no such license");
	license_merge(m, l);
	return 0;
}

static int
op_license_create(struct mutation *m)
{
	const char *products = mutation_text(m, "products");
	struct license *l =
	    license_new("New license", products ? products : "G2M");

	if (!l)
		return mutation_fail(m, "too many licenses");
	license_merge(m, l);
	return 0;
}

static int
op_license_delete(struct mutation *m)
{
	struct license *l = license_of(m);

	if (!l)
		return mutation_fail(m, "no such license");
	for (size_t i = 0; i < tenant.users_n; i++) {
		struct user *u = tenant.users[i];

		if (!(u->licenses & license_bit(l)))
			continue;
		user_change_begin(u);
		user_licenses_set(u, u->licenses & ~license_bit(l));
		user_change_end(u);
	}
	l->alive = false;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct mutation *m);
	bool wants_user;
} ops[] = {{"update-user", op_user_update, true},
    {"create-user", op_user_create, false},
    {"delete-user", op_user_delete, true}, {"assign", op_assign, true},
    {"unassign", op_unassign, true}, {"set-group", op_group_set, true},
    {"create-group", op_group_create, false},
    {"rename-group", op_group_rename, false},
    {"delete-group", op_group_delete, false},
    {"update-license", op_license_update, false},
    {"create-license", op_license_create, false},
    {"delete-license", op_license_delete, false}, {"add-use", op_use_add, true},
    {"clear-uses", op_uses_clear, true}, {"regroup", op_regroup, false}};

static int
mutate(struct mutation *m)
{
	const char *name = mutation_text(m, "op");
	const char *email = mutation_text(m, "email");

	m->user = email ? user_by_email(email) : NULL;
	for (size_t i = 0; name && i < sizeof ops / sizeof *ops; i++) {
		if (strcmp(ops[i].name, name))
			continue;
		if (ops[i].wants_user && !m->user)
			return mutation_fail(m, "no such user");
		if (m->user)
			m->key = m->user->key;
		return ops[i].run(m);
	}
	return mutation_fail(m, "no such op");
}

void
control_mutate(struct call *c)
{
	cJSON *body = call_object(c), *answer;
	struct mutation m = {.body = body};

	if (!body)
		return;
	if (mutate(&m)) {
		reply_gateway(c, 400, "BAD_REQUEST", m.why);
	} else {
		answer = cJSON_CreateObject();
		if (m.key)
			cJSON_AddStringToObject(answer, "key", m.key);
		reply_tree(c, 200, answer);
	}
	cJSON_Delete(body);
}
