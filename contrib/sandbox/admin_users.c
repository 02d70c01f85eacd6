/* SPDX-License-Identifier: MIT */
/* Admin API: reading users. goto-api.md 3.4, 3.5. */
#include <string.h>

#include "admin.h"
#include "api.h"
#include "list.h"
#include "switches.h"

void
admin_me(struct call *c)
{
	reply_tree(c, 200, user_me_tree(c->caller));
}

static cJSON *
user_row_tree(void *row)
{
	return user_tree(row);
}

static const char *
user_row_text(void *row)
{
	return user_json(row);
}

static const struct rows user_rows = {
    "key email firstName lastName", user_field, user_row_tree, user_row_text};

static int
email_compare(const void *a, const void *b)
{
	const struct user *x = *(struct user *const *)a;
	const struct user *y = *(struct user *const *)b;

	return strcmp(x->email, y->email);
}

/* Users that a reader sees now, in the order without a sort (3.2 D). The
 * caller frees the array. */
static struct user **
users_seen(size_t *ret_n)
{
	struct user **seen = mem_alloc((tenant.users_n + 1) * sizeof *seen);
	size_t n = 0;

	for (size_t i = 0; i < tenant.users_n; i++) {
		struct user *v = user_view(tenant.users[i]);

		if (v->alive)
			seen[n++] = v;
	}
	if (switch_is(SW_ORDER, "email"))
		qsort(seen, n, sizeof *seen, email_compare);
	*ret_n = n;
	return seen;
}

void
admin_users_list(struct call *c)
{
	size_t n;
	AUTO(mem_auto_free) struct user **seen = users_seen(&n);

	list_reply(c, &user_rows, (void **)seen, n);
}

/* Several keys in one path: a list (3.1 D). */
static void
users_get_several(struct call *c, char *keys)
{
	AUTO(mem_auto_free) void **found = NULL;
	char *save = NULL;
	size_t n = 0;

	found = mem_alloc((strlen(keys) + 1) * sizeof *found);
	for (char *k = strtok_r(keys, ",", &save); k;
	     k = strtok_r(NULL, ",", &save)) {
		struct user *u = map_get(&tenant.by_key, k);

		u = u ? user_view(u) : NULL;
		if (!u || !u->alive) {
			reply_error(c, 404, "user.not.found", k);
			return;
		}
		found[n++] = u;
	}
	list_reply(c, &user_rows, found, n);
}

static void
user_reply(struct call *c, struct user *u)
{
	cJSON *tree;

	if (!switch_is(SW_USER_LICENSES, "hide")) {
		reply_text(c, 200, "application/json", user_json(u));
		return;
	}
	tree = user_tree(u);
	cJSON_DeleteItemFromObject(tree, "licenseKeys");
	reply_tree(c, 200, tree);
}

void
admin_user_get(struct call *c)
{
	struct user *u = map_get(&tenant.by_key, c->args[0]);

	if (strchr(c->args[0], ',') && switch_on(SW_MULTI_USER_KEYS)) {
		users_get_several(c, c->args[0]);
		return;
	}
	u = u ? user_view(u) : NULL;
	if (u && u->alive)
		user_reply(c, u);
	else
		reply_error(c, 404, "user.not.found", c->args[0]);
}
