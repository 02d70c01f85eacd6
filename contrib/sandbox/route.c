/* SPDX-License-Identifier: MIT */
/* The table of routes; goto-api.md 2, 3.1, 5 and the sandbox's own. See
 * route.h.
 */
#include "route.h"

#include <string.h>

#include "api.h"

#define ACCOUNT "/accounts/{}"

/* Rights: 3.8, documented (A) for creating and updating users; the rest
 * assumed (D). Those of GoToConnect: 5.4 (A); of the other products the
 * handlers ask, since everybody may see himself. Where two rows fit, the first
 * wins. */
#define SUPER ROLE_SUPER_USER
#define CREATE (SUPER | ROLE_ADD_USERS)
#define UPDATE (SUPER | ROLE_MANAGE_USERS)
#define SEATS (SUPER | ROLE_MANAGE_SEATS)
#define GROUPS (SUPER | ROLE_MANAGE_GROUPS)
#define SETTINGS (SUPER | ROLE_MANAGE_SETTINGS)
#define OWNER (SUPER | ROLE_MANAGE_ACCOUNT)
#define ANY ((unsigned)ROLE_ANY)

/* clang-format off */
static const struct route table[] = {
{API_EDGE, "*", "/", "UNKNOWN", NULL, 0, false},

{API_ADMIN, "GET", "/me", "GET /me", admin_me, 0, false},
{API_ADMIN, "GET", ACCOUNT, "GET /accounts/{}", admin_account_get, ANY, false},
{API_ADMIN, "PUT", ACCOUNT, "PUT /accounts/{}", admin_account_update, OWNER, false},
{API_ADMIN, "GET", ACCOUNT "/users", "GET /users", admin_users_list, ANY, false},
{API_ADMIN, "POST", ACCOUNT "/users", "POST /users", admin_users_create, CREATE, true},
{API_ADMIN, "DELETE", ACCOUNT "/users/rolesets", "DELETE /users/rolesets", admin_roleset_remove, UPDATE, false},
{API_ADMIN, "GET", ACCOUNT "/users/{}", "GET /users/{}", admin_user_get, ANY, false},
{API_ADMIN, "PUT", ACCOUNT "/users/{}", "PUT /users/{}", admin_user_update, UPDATE, true},
{API_ADMIN, "DELETE", ACCOUNT "/users/{}", "DELETE /users/{}", admin_user_delete, UPDATE, false},
{API_ADMIN, "DELETE", ACCOUNT "/users/{}/groups", "DELETE /users/{}/groups", admin_group_user_delete, GROUPS, false},
{API_ADMIN, "GET", ACCOUNT "/licenses", "GET /licenses", admin_licenses_list, ANY, false},
{API_ADMIN, "GET", ACCOUNT "/licenses/{}", "GET /licenses/{}", admin_license_get, ANY, false},
{API_ADMIN, "POST", ACCOUNT "/licenses/{}/users/{}", "POST /licenses/{}/users/{}", admin_license_assign, SEATS, false},
{API_ADMIN, "DELETE", ACCOUNT "/licenses/{}/users/{}", "DELETE /licenses/{}/users/{}", admin_license_unassign, SEATS, false},
{API_ADMIN, "GET", ACCOUNT "/groups", "GET /groups", admin_groups_list, ANY, false},
{API_ADMIN, "POST", ACCOUNT "/groups", "POST /groups", admin_group_create, GROUPS, false},
{API_ADMIN, "GET", ACCOUNT "/groups/{}", "GET /groups/{}", admin_group_get, ANY, false},
{API_ADMIN, "PUT", ACCOUNT "/groups/{}", "PUT /groups/{}", admin_group_update, GROUPS, false},
{API_ADMIN, "DELETE", ACCOUNT "/groups/{}", "DELETE /groups/{}", admin_group_delete, GROUPS, false},
{API_ADMIN, "PUT", ACCOUNT "/groups/{}/users/{}", "PUT /groups/{}/users/{}", admin_group_user_put, GROUPS, false},
{API_ADMIN, "GET", ACCOUNT "/rolesets", "GET /rolesets", admin_rolesets_list, ANY, false},
{API_ADMIN, "POST", ACCOUNT "/rolesets", "POST /rolesets", admin_roleset_create, SUPER, false},
{API_ADMIN, "PUT", ACCOUNT "/rolesets/{}/users", "PUT /rolesets/{}/users", admin_roleset_assign, UPDATE, false},
{API_ADMIN, "GET", ACCOUNT "/templates", "GET /templates", admin_templates_list, ANY, false},
{API_ADMIN, "POST", ACCOUNT "/templates", "POST /templates", admin_template_create, SETTINGS, false},
{API_ADMIN, "GET", ACCOUNT "/attributes", "GET /attributes", admin_attributes_list, ANY, false},
{API_ADMIN, "POST", ACCOUNT "/attributes", "POST /attributes", admin_attribute_create, SETTINGS, false},

{API_MEETING, "GET", "/organizers", "GET /G2M/organizers", meeting_organizers_list, 0, false},
{API_MEETING, "GET", "/organizers/{}", "GET /G2M/organizers/{}", meeting_organizer_get, 0, false},
{API_MEETING, "GET", "/organizers/{}/historicalMeetings", "GET /G2M/organizers/{}/historicalMeetings", meeting_organizer_history, 0, false},
{API_MEETING, "GET", "/groups", "GET /G2M/groups", meeting_groups_list, 0, false},
{API_MEETING, "GET", "/groups/{}/organizers", "GET /G2M/groups/{}/organizers", meeting_group_organizers, 0, false},
{API_MEETING, "GET", "/groups/{}/historicalMeetings", "GET /G2M/groups/{}/historicalMeetings", meeting_group_history, 0, false},
{API_MEETING, "GET", "/historicalMeetings", "GET /G2M/historicalMeetings", meeting_history, 0, false},

{API_WEBINAR, "GET", ACCOUNT "/webinars", "GET /G2W/webinars", webinar_account_webinars, 0, false},
{API_WEBINAR, "GET", "/organizers/{}/webinars", "GET /G2W/organizers/{}/webinars", webinar_webinars, 0, false},
{API_WEBINAR, "GET", "/organizers/{}/sessions", "GET /G2W/organizers/{}/sessions", webinar_sessions, 0, false},

{API_TRAINING, "POST", "/reports/organizers/{}/sessions", "POST /G2T/reports/organizers/{}/sessions", training_sessions, 0, false},

{API_CONNECT, "GET", "/users/v1/users", "GET /users/v1/users", connect_users, SUPER, true},
{API_CONNECT, "GET", "/call-reports/v1/reports/user-activity", "GET /call-reports/v1/reports/user-activity", connect_activity, SUPER | ROLE_RUN_REPORTS, true},

{API_ASSIST, "GET", "/extendedsessions", "GET /G2A/extendedsessions", assist_sessions, 0, false},

{API_OAUTH, "POST", "/oauth/token", "POST /oauth/token", oauth_token, 0, false},
{API_OAUTH, "GET", "/oauth/authorize", "GET /oauth/authorize", oauth_authorize, 0, false},
{API_OAUTH, "POST", "/oauth/revoke", "POST /oauth/revoke", oauth_revoke, 0, false},
{API_OAUTH, "POST", "/oauth/introspect", "POST /oauth/introspect", oauth_introspect, 0, false},
{API_OAUTH, "GET", "/oauth/jwks.json", "GET /oauth/jwks.json", oauth_keys, 0, false},
{API_OAUTH, "GET", "/.well-known/oauth-authorization-server", "GET /.well-known/oauth-authorization-server", oauth_metadata, 0, false},

{API_CONTROL, "GET", "/state", "", control_state, 0, false},
{API_CONTROL, "GET", "/user", "", control_user, 0, false},
{API_CONTROL, "GET", "/activity", "", control_activity, 0, false},
{API_CONTROL, "GET", "/log", "", control_log, 0, false},
{API_CONTROL, "POST", "/log/clear", "", control_log_clear, 0, false},
{API_CONTROL, "GET", "/counters", "", control_counters, 0, false},
{API_CONTROL, "POST", "/counters/clear", "", control_counters_clear, 0, false},
{API_CONTROL, "GET", "/fault", "", control_fault_list, 0, false},
{API_CONTROL, "POST", "/fault", "", control_fault_add, 0, false},
{API_CONTROL, "DELETE", "/fault", "", control_fault_clear, 0, false},
{API_CONTROL, "GET", "/switch", "", control_switch_list, 0, false},
{API_CONTROL, "POST", "/switch", "", control_switch_set, 0, false},
{API_CONTROL, "POST", "/revoke-tokens", "", control_revoke, 0, false},
{API_CONTROL, "POST", "/token", "", control_token_new, 0, false},
{API_CONTROL, "GET", "/tokens", "", control_token_list, 0, false},
{API_CONTROL, "POST", "/mutate", "", control_mutate, 0, false},
{API_CONTROL, "GET", "/wait", "", control_wait, 0, false},
{API_CONTROL, "POST", "/clock", "", control_clock, 0, false},
};
/* clang-format on */

static const struct {
	const char *name;
	const char *prefix;
} apis[API_N] = {
    [API_EDGE] = {"edge", ""},
    [API_ADMIN] = {"admin", "/admin/rest/v1"},
    [API_MEETING] = {"meeting", "/G2M/rest"},
    [API_WEBINAR] = {"webinar", "/G2W/rest/v2"},
    [API_TRAINING] = {"training", "/G2T/rest"},
    [API_CONNECT] = {"connect", ""},
    [API_ASSIST] = {"assist", "/G2A/rest/v1"},
    [API_OAUTH] = {"oauth", ""},
    [API_CONTROL] = {"control", "/sandbox"},
};

const char *
api_name(enum api api)
{
	return apis[api].name;
}

const struct route *
routes(void)
{
	return table;
}

size_t
routes_n(void)
{
	return sizeof table / sizeof *table;
}

static void
args_clear(struct call *c)
{
	for (size_t i = 0; i < CALL_ARGS_MAX; i++)
		mem_set(&c->args[i], NULL);
}

/* Does path fit pattern? Then args has what stood for each {}. */
static bool
path_fits(struct call *c, const char *pattern, const char *path)
{
	size_t args_n = 0;

	args_clear(c);
	while (*pattern && *path) {
		size_t pn = 1 + strcspn(pattern + 1, "/");
		size_t n = 1 + strcspn(path + 1, "/");

		if (pn == 3 && !memcmp(pattern, "/{}", 3) && n > 1)
			c->args[args_n++] = url_decode(path + 1, n - 1, false);
		else if (pn != n || memcmp(pattern, path, n))
			return false;
		pattern += pn;
		path += n;
	}
	return !*pattern && !*path;
}

const struct route *
route_find(struct call *c)
{
	for (size_t i = 1; i < routes_n(); i++) {
		const struct route *r = &table[i];
		const char *prefix = apis[r->api].prefix;
		size_t n = strlen(prefix);

		if (strcmp(r->method, c->method) || strncmp(c->path, prefix, n))
			continue;
		if (path_fits(c, r->path, c->path + n))
			return r;
	}
	args_clear(c);
	return &table[0];
}
