/* SPDX-License-Identifier: MIT */
/*
 * The control endpoint: changes as an administrator makes them in GoTo's own
 * web page, past the API, its rules and its counters. See README.md.
 */
#include <errno.h>
#include <string.h>

#include "api.h"
#include "switches.h"

struct mutation {
	const cJSON *body;
	const char *why;   /* of a failure */
	const char *key;   /* of what was made or changed */
	struct user *user; /* the one named by email or userKey */
};

static const cJSON *
item_of(const struct mutation *m, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(m->body, name);
}

static const char *
text_of(const struct mutation *m, const char *name)
{
	return cJSON_GetStringValue(item_of(m, name));
}

static int
fail(struct mutation *m, const char *why)
{
	m->why = why;
	return -EINVAL;
}

/* By "license": key, or description of the first such. */
static struct license *
license_of(const struct mutation *m)
{
	const char *name = text_of(m, "license");

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
	const char *name = text_of(m, field);
	struct group *g = name ? group_by_key(name) : NULL;

	return g || !name ? g : group_by_name(name);
}

static int
op_user_update(struct mutation *m)
{
	user_change_begin(m->user);
	user_merge(m->user, item_of(m, "fields"), true);
	user_change_end(m->user);
	return 0;
}

static int
op_user_create(struct mutation *m)
{
	const char *email = text_of(m, "email");
	struct user *u = email ? user_by_email_ever(email) : NULL;
	const struct license *l = license_of(m);

	if (!email || (u && u->alive))
		return fail(m, "email missing or taken");
	if (u)
		user_change_begin(u);
	else
		u = user_new(text_of(m, "key"), email);
	u->alive = true;
	u->invited_ms = clock_ms();
	u->group = group_of(m, "group");
	user_licenses_set(u, l ? license_bit(l) : 0);
	user_merge(u, item_of(m, "fields"), true);
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
		return fail(m, "no such license");
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

	if (!g && text_of(m, "group"))
		return fail(m, "no such group");
	user_change_begin(m->user);
	m->user->group = g;
	user_change_end(m->user);
	return 0;
}

static int
op_group_create(struct mutation *m)
{
	const char *name = text_of(m, "name");

	if (!name || group_by_name(name))
		return fail(m, "name missing or taken");
	m->key = group_new(name, group_of(m, "parent"))->key;
	return 0;
}

static int
op_group_rename(struct mutation *m)
{
	struct group *g = group_of(m, "group");
	const char *name = text_of(m, "name");

	if (!g || !name || (group_by_name(name) && group_by_name(name) != g))
		return fail(m, "no such group, or name missing or taken");
	group_change_begin(g);
	mem_set(&g->name, name);
	return 0;
}

static int
op_group_delete(struct mutation *m)
{
	struct group *g = group_of(m, "group");

	if (!g)
		return fail(m, "no such group");
	group_remove(g);
	return 0;
}

static void
license_merge(struct mutation *m, struct license *l)
{
	const cJSON *seats = item_of(m, "seats");
	const cJSON *enabled = item_of(m, "enabled");
	const cJSON *external = item_of(m, "externallyManaged");

	if (cJSON_IsNumber(seats))
		l->seats = (long)seats->valuedouble;
	if (enabled)
		l->enabled = cJSON_IsTrue(enabled);
	if (external)
		l->external = cJSON_IsTrue(external);
	if (text_of(m, "description"))
		mem_set(&l->description, text_of(m, "description"));
	tenant.era++;
	m->key = l->key;
}

static int
op_license_update(struct mutation *m)
{
	struct license *l = license_of(m);

	if (!l)
		return fail(m, "no such license");
	license_merge(m, l);
	return 0;
}

static int
op_license_create(struct mutation *m)
{
	const char *products = text_of(m, "products");
	struct license *l =
	    license_new("New license", products ? products : "G2M");

	if (!l)
		return fail(m, "too many licenses");
	license_merge(m, l);
	return 0;
}

static int
op_license_delete(struct mutation *m)
{
	struct license *l = license_of(m);

	if (!l)
		return fail(m, "no such license");
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
    {"delete-license", op_license_delete, false}};

static int
mutate(struct mutation *m)
{
	const char *name = text_of(m, "op");
	const char *email = text_of(m, "email");

	m->user = email ? user_by_email(email) : NULL;
	for (size_t i = 0; name && i < sizeof ops / sizeof *ops; i++) {
		if (strcmp(ops[i].name, name))
			continue;
		if (ops[i].wants_user && !m->user)
			return fail(m, "no such user");
		if (m->user)
			m->key = m->user->key;
		return ops[i].run(m);
	}
	return fail(m, "no such op");
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
