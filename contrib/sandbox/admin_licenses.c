/* SPDX-License-Identifier: MIT */
/* Admin API: licenses. goto-api.md 3.9; all codes and statuses assumed. */
#include <string.h>

#include "admin.h"
#include "api.h"
#include "list.h"
#include "switches.h"

static cJSON *
license_row_tree(void *row)
{
	cJSON *tree = license_tree(row, false);

	if (switch_is(SW_LICENSE_KEYS, "hide")) {
		cJSON_DeleteItemFromObject(tree, "userKeys");
		cJSON_DeleteItemFromObject(tree, "invitedUserKeys");
	}
	return tree;
}

static const struct rows license_rows = {
    "key description", license_field, license_row_tree, NULL};

void
admin_licenses_list(struct call *c)
{
	void *seen[TENANT_LICENSES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < tenant.licenses_n; i++) {
		if (tenant.licenses[i].alive)
			seen[n++] = &tenant.licenses[i];
	}
	list_reply(c, &license_rows, seen, n);
}

void
admin_license_get(struct call *c)
{
	struct license *l = license_by_key(c->args[0]);

	if (!switch_on(SW_LICENSE_GET))
		reply_gateway(c, 404, "NOT_FOUND", "Not found");
	else if (l)
		reply_tree(c, 200, license_tree(l, false));
	else
		reply_error(c, 404, "license.not.found", c->args[0]);
}

/* The licenses of a path, {k1,k2}, and its user. */
static struct user *
path_read(struct call *c, uint64_t *ret_licenses)
{
	AUTO(mem_auto_free) char *keys = mem_dup(c->args[0]);
	struct user *u = user_by_key(c->args[1]);
	char *save = NULL;
	uint64_t bits = 0;

	for (char *k = strtok_r(keys, ",", &save); k;
	     k = strtok_r(NULL, ",", &save)) {
		if (admin_license_find(c, k, &bits))
			return NULL;
	}
	if (!u || !bits) {
		reply_error(c, 404, u ? "license.not.found" : "user.not.found",
		    c->args[u ? 0 : 1]);
		return NULL;
	}
	*ret_licenses = bits;
	return u;
}

static void
licenses_set(struct user *u, uint64_t licenses)
{
	if (licenses == u->licenses)
		return;
	user_change_begin(u);
	user_licenses_set(u, licenses);
	user_change_end(u);
}

/* One already held: no change (D). All or none. */
void
admin_license_assign(struct call *c)
{
	uint64_t bits;
	struct user *u = path_read(c, &bits);

	if (!u || !admin_seats_check(c, bits & ~u->licenses, 1))
		return;
	licenses_set(u, u->licenses | bits);
	reply_empty(c, (int)switch_int(SW_ASSIGN_STATUS));
}

void
admin_license_unassign(struct call *c)
{
	int status = (int)switch_int(SW_UNASSIGN_MISSING);
	uint64_t bits;
	struct user *u = path_read(c, &bits);

	if (!u)
		return;
	if (bits & ~u->licenses && status) {
		reply_error(c, status, "license.not.assigned", c->args[0]);
		return;
	}
	licenses_set(u, u->licenses & ~bits);
	reply_empty(c, (int)switch_int(SW_UNASSIGN_STATUS));
}
