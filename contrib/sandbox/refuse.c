/* SPDX-License-Identifier: MIT */
/* Refusals by API. See refuse.h. */
#include "refuse.h"

#include <string.h>

#include "route.h"
#include "serve.h"
#include "stats.h"
#include "switches.h"

/* A row is an API's; the first is for the Admin API and the edge. */
static const struct manner {
	enum api api;
	enum switch_id token_status, scope_status, right_status;
	enum switch_id source; /* what is wrong with it altogether */
	const char *token_code, *scope_code, *right_code, *account_code;
	const char *fields; /* names of code and text; NULL: 3.11's envelope */
} manners[] = {
    {API_ADMIN, SW_BAD_TOKEN_STATUS, SW_NO_SCOPE_STATUS, SW_NO_RIGHT_STATUS,
	SWITCH_N, "not.authorized", "not.authorized", "not.authorized",
	"account.not.found", NULL},
    {API_MEETING, SW_SOURCE_TOKEN_STATUS, SW_SOURCE_SCOPE_STATUS,
	SW_NO_RIGHT_STATUS, SW_MEETING, "InvalidToken", "AccessDenied",
	"AccessDenied", "NotFound", "int_err_code msg"},
    {API_WEBINAR, SW_WEBINAR_TOKEN_STATUS, SW_SOURCE_SCOPE_STATUS,
	SW_NO_RIGHT_STATUS, SW_WEBINAR, "InvalidToken", "AccessDenied",
	"AccessDenied", "NotFound", "errorCode description"},
    {API_TRAINING, SW_SOURCE_TOKEN_STATUS, SW_SOURCE_SCOPE_STATUS,
	SW_NO_RIGHT_STATUS, SW_TRAINING, "InvalidToken", "AccessDenied",
	"AccessDenied", "NotFound", "int_err_code msg"},
    {API_CONNECT, SW_SOURCE_TOKEN_STATUS, SW_SOURCE_SCOPE_STATUS,
	SW_CONNECT_RIGHT_STATUS, SW_CONNECT, "AUTHN_INVALID_TOKEN",
	"AUTHZ_INSUFFICIENT_SCOPE", "UNAUTHORIZED", "NOT_FOUND",
	"errorCode message"},
    {API_ASSIST, SW_SOURCE_TOKEN_STATUS, SW_SOURCE_SCOPE_STATUS,
	SW_NO_RIGHT_STATUS, SW_ASSIST, "InvalidToken", "AccessDenied",
	"AccessDenied", "NotFound", "errorCode message"},
};
enum { MANNERS_N = sizeof manners / sizeof *manners };

static const struct manner *
manner_of(const struct call *c)
{
	for (size_t i = 0; i < MANNERS_N; i++) {
		if (manners[i].api == c->route->api)
			return &manners[i];
	}
	return &manners[0];
}

void
refuse_with(struct call *c, int status, const char *code, const char *text)
{
	const struct manner *m = manner_of(c);
	AUTO(mem_auto_free) char *name = NULL;
	cJSON *tree;

	if (!m->fields) {
		reply_error(c, status, code, text);
		return;
	}
	tree = cJSON_CreateObject();
	name = mem_dup_n(m->fields, strcspn(m->fields, " "));
	cJSON_AddStringToObject(tree, name, code);
	cJSON_AddStringToObject(
	    tree, strchr(m->fields, ' ') + 1, text ? text : code);
	reply_tree(c, status, tree);
}

void
refuse(struct call *c, enum refusal why)
{
	const struct manner *m = manner_of(c);

	if (why == REFUSE_TOKEN)
		refuse_with(
		    c, (int)switch_int(m->token_status), m->token_code, NULL);
	else if (why == REFUSE_SCOPE)
		refuse_with(
		    c, (int)switch_int(m->scope_status), m->scope_code, NULL);
	else if (why == REFUSE_RIGHT)
		refuse_with(
		    c, (int)switch_int(m->right_status), m->right_code, NULL);
	else
		refuse_with(c, 404, m->account_code, c->args[0]);
}

/* GoToConnect: the text is boilerplate, the constraint is the truth (7.11). */
void
refuse_param(struct call *c, const char *name)
{
	AUTO(buf_done) struct buf text = BUF_NONE;
	cJSON *tree, *row;

	if (c->route->api != API_CONNECT) {
		buf_printf(&text, "%s is missing or not valid", name);
		refuse_with(c, 400, "InvalidRequest", text.data);
		return;
	}
	tree = cJSON_CreateObject();
	cJSON_AddStringToObject(tree, "errorCode", "BAD_REQUEST");
	cJSON_AddStringToObject(tree, "message", "The request is not valid");
	row = cJSON_CreateObject();
	cJSON_AddStringToObject(row, "field", name);
	cJSON_AddStringToObject(row, "constraint", "must be given and valid");
	cJSON_AddItemToArray(
	    cJSON_AddArrayToObject(tree, "constraintViolations"), row);
	reply_tree(c, 400, tree);
}

static bool
check_quick(void *arg)
{
	return !switch_is(*(const enum switch_id *)arg, "slow");
}

bool
refuse_not(struct call *c)
{
	enum switch_id source = manner_of(c)->source;

	if (source == SWITCH_N)
		return true;
	if (switch_is(source, "slow")) {
		stats_arrived(c);
		tenant_wake();
		serve_wait(c, check_quick, &source, switch_int(SW_SLOW_MS));
	}
	if (switch_is(source, "500"))
		refuse_with(c, 500, "InternalError", NULL);
	else if (switch_is(source, "403"))
		refuse_with(c, 403, manner_of(c)->right_code, NULL);
	else if (switch_is(source, "404"))
		refuse_with(c, 404, manner_of(c)->account_code, NULL);
	else
		return true;
	return false;
}

bool
source_is_empty(const struct call *c)
{
	enum switch_id source = manner_of(c)->source;

	return source != SWITCH_N && switch_is(source, "empty");
}

bool
source_is_silent(const struct call *c)
{
	enum switch_id source = manner_of(c)->source;

	return source_is_empty(c) ||
	       (source != SWITCH_N && switch_is(source, "silent"));
}

/* 2.8: identity: (B), collab: (A), those of GoToConnect (B); GoToAssist's is
 * not known (D). */
const char *
scope_needed(const struct call *c)
{
	switch (c->route->api) {
	case API_MEETING:
	case API_WEBINAR:
	case API_TRAINING:
		return "collab:";
	case API_CONNECT:
		return strncmp(c->route->path, "/call-", 6) ? "users.v1.read"
							    : "cr.v1.read";
	case API_ASSIST:
		return switch_text(SW_ASSIST_SCOPE);
	default:
		return "identity:";
	}
}
