/* SPDX-License-Identifier: MIT */
/* The control endpoint: faults, switches, tokens. See README.md. */
#include <stdio.h>

#include "api.h"
#include "fault.h"
#include "oauth.h"
#include "switches.h"

void
control_fault_add(struct call *c)
{
	cJSON *body = call_object(c);
	const char *why;

	if (!body)
		return;
	if (fault_add(body, &why))
		reply_gateway(c, 400, "BAD_REQUEST", why);
	else
		reply_tree(c, 200, faults_tree());
	cJSON_Delete(body);
}

void
control_fault_list(struct call *c)
{
	reply_tree(c, 200, faults_tree());
}

void
control_fault_clear(struct call *c)
{
	faults_clear();
	tenant_wake();
	reply_tree(c, 200, faults_tree());
}

static int
switch_from(const cJSON *item)
{
	AUTO(mem_auto_free) char *text = NULL;

	if (cJSON_IsString(item))
		return switch_set(item->string, item->valuestring);
	text = cJSON_PrintUnformatted(item);
	return switch_set(item->string, text);
}

void
control_switch_set(struct call *c)
{
	cJSON *body = call_object(c);
	const cJSON *item;
	bool bad = false;

	if (!body)
		return;
	cJSON_ArrayForEach(item, body)
	{
		bad = bad || switch_from(item);
	}
	tenant_refresh();
	tenant_wake();
	if (bad)
		reply_gateway(c, 400, "BAD_REQUEST", "no such switch or value");
	else
		reply_tree(c, 200, switches_tree());
	cJSON_Delete(body);
}

void
control_switch_list(struct call *c)
{
	reply_tree(c, 200, switches_tree());
}

/* All access tokens; with {"refresh":true} or {"pat":true} those too. */
void
control_revoke(struct call *c)
{
	cJSON *body = c->body.n ? call_object(c) : cJSON_CreateObject();

	if (!body)
		return;
	tokens_drop(TOKEN_ACCESS);
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "refresh")))
		tokens_drop(TOKEN_REFRESH);
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "pat")))
		tokens_drop(TOKEN_PAT);
	cJSON_Delete(body);
	reply_text(c, 200, "application/json", "{}");
}

/* {"pat":TEXT}: a new personal access token, as somebody makes one at GoTo. */
void
control_token_new(struct call *c)
{
	cJSON *body = call_object(c);
	const char *text;

	if (!body)
		return;
	text =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "pat"));
	if (text && *text) {
		token_new(TOKEN_PAT, text, switch_text(SW_SCOPES), 0,
		    switch_int(SW_PAT_LIFE_S));
		reply_text(c, 200, "application/json", "{}");
	} else {
		reply_gateway(c, 400, "BAD_REQUEST", "pat is missing");
	}
	cJSON_Delete(body);
}

void
control_token_list(struct call *c)
{
	reply_tree(c, 200, tokens_tree());
}
