/* SPDX-License-Identifier: MIT */
/* The token endpoint: grants, refresh rules, answers. goto-api.md 2.3 to 2.6.
 */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "oauth.h"
#include "switches.h"

struct grant {
	struct call *call;
	struct param form[CALL_PARAMS_MAX];
	size_t form_n;
	enum client client;
};

static const char *
grant_field(const struct grant *g, const char *name)
{
	return form_get(g->form, g->form_n, name);
}

/* 2.6: the statuses B, the form of the body D. */
static void
refuse(struct call *c, int status, const char *error, const char *why)
{
	cJSON *tree;

	if (switch_is(SW_OAUTH_BODY, "text")) {
		AUTO(mem_auto_free) char *text = NULL;

		if (asprintf(&text, "%s: %s\n", error, why) < 0)
			text = mem_dup(error);
		reply_text(c, status, "text/plain", text);
		return;
	}
	tree = cJSON_CreateObject();
	cJSON_AddStringToObject(tree, "error", error);
	cJSON_AddStringToObject(tree, "error_description", why);
	reply_tree(c, status, tree);
}

static void
refuse_grant(struct call *c, const char *why)
{
	refuse(c, (int)switch_int(SW_GRANT_STATUS), "invalid_grant", why);
}

/* A token as long as GoTo's may be (up to 4096 characters, 2.4 A). */
static struct token *
access_token_issue(const char *scope, uint64_t family)
{
	size_t chars = (size_t)switch_int(SW_TOKEN_CHARS);
	AUTO(mem_auto_free) char *text = NULL;

	chars = chars < 43 ? 43 : chars > 16384 ? 16384 : chars;
	text = random_text(chars);
	memcpy(text, "eyJhbGci", 8);
	return token_new(
	    TOKEN_ACCESS, text, scope, family, switch_int(SW_ACCESS_LIFE_S));
}

static struct token *
refresh_token_issue(const char *scope, uint64_t family)
{
	AUTO(mem_auto_free) char *text = random_text(43);

	return token_new(
	    TOKEN_REFRESH, text, scope, family, switch_int(SW_REFRESH_LIFE_S));
}

/* Fields of the dead v2 body, which a client should take if present: 2.4. */
static void
legacy_add(cJSON *tree)
{
	const struct user *u = user_by_email(switch_text(SW_TOKEN_USER));

	if (!switch_on(SW_TOKEN_KEYS) || !u)
		return;
	cJSON_AddStringToObject(tree, "organizer_key", u->key);
	cJSON_AddStringToObject(tree, "account_key", tenant.key);
	cJSON_AddStringToObject(tree, "account_type", "corporate");
	cJSON_AddStringToObject(tree, "email", u->email);
	cJSON_AddStringToObject(tree, "platform", "Global");
	cJSON_AddStringToObject(tree, "version", "3");
}

static void
grant_answer(
    struct grant *g, const char *scope, uint64_t family, const char *refresh)
{
	struct token *access = access_token_issue(scope, family);
	cJSON *tree = cJSON_CreateObject();

	cJSON_AddStringToObject(tree, "access_token", access->text);
	cJSON_AddStringToObject(tree, "token_type", "Bearer");
	if (refresh)
		cJSON_AddStringToObject(tree, "refresh_token", refresh);
	cJSON_AddNumberToObject(
	    tree, "expires_in", (double)switch_int(SW_ACCESS_LIFE_S));
	cJSON_AddStringToObject(tree, "scope", scope);
	cJSON_AddStringToObject(tree, "principal", switch_text(SW_TOKEN_USER));
	if (switch_is(SW_LOA, "number"))
		cJSON_AddNumberToObject(tree, "loa", 2);
	else if (switch_is(SW_LOA, "string"))
		cJSON_AddStringToObject(tree, "loa", "2");
	legacy_add(tree);
	reply_tree(g->call, 200, tree);
}

static void
grant_pat(struct grant *g)
{
	const char *text = grant_field(g, "pat");
	const struct token *pat = text ? token_find(TOKEN_PAT, text) : NULL;
	struct token *refresh = NULL;
	uint64_t family = token_family_new();

	if (!text) {
		refuse(g->call, 400, "invalid_request", "pat is missing");
		return;
	}
	if (!pat) {
		refuse_grant(g->call, "Invalid personal access token");
		return;
	}
	if (switch_on(SW_PAT_REFRESH))
		refresh = refresh_token_issue(switch_text(SW_SCOPES), family);
	grant_answer(
	    g, switch_text(SW_SCOPES), family, refresh ? refresh->text : NULL);
}

/* Is a code's exchange as it must be? NULL, or why not. 2.2, RFC 7636. */
static const char *
code_problem(const struct grant *g, const struct token *code)
{
	const char *uri = grant_field(g, "redirect_uri");
	const char *verifier = grant_field(g, "code_verifier");
	AUTO(mem_auto_free) char *challenge = NULL;

	if (code->redirect_uri && (!uri || strcmp(uri, code->redirect_uri)))
		return "redirect_uri differs";
	if (!code->challenge)
		return g->client == CLIENT_KNOWN ? NULL : "PKCE is missing";
	if (!verifier)
		return "code_verifier is missing";
	challenge = pkce_challenge(verifier);
	return strcmp(challenge, code->challenge) ? "code_verifier is wrong"
						  : NULL;
}

/* A code can be exchanged once; a second try is an error. 2.2 A. */
static void
grant_code(struct grant *g)
{
	const char *text = grant_field(g, "code");
	struct token *code = text ? token_find(TOKEN_CODE, text) : NULL;
	const char *problem = code ? code_problem(g, code) : NULL;
	struct token *refresh;

	if (!text) {
		refuse(g->call, 400, "invalid_request", "code is missing");
		return;
	}
	if (!code || problem) {
		if (code)
			token_drop(code);
		refuse_grant(g->call, problem ? problem : "Invalid code");
		return;
	}
	refresh = refresh_token_issue(code->scope, token_family_new());
	refresh->is_public = g->client == CLIENT_PUBLIC;
	token_drop(code);
	grant_answer(g, refresh->scope, refresh->family, refresh->text);
}

/* A new one only once a part of the life has passed; then the old one ends,
 * at once or after a grace. 2.5 A/C/D. */
static struct token *
refresh_rotate(struct token *old)
{
	int64_t life = old->expires_ms - old->issued_ms;
	int64_t age = clock_ms() - old->issued_ms;
	struct token *t;

	if (age * 100 < life * switch_int(SW_REFRESH_PERCENT))
		return old;
	t = refresh_token_issue(old->scope, old->family);
	t->is_public = old->is_public;
	if (switch_int(SW_REFRESH_GRACE_S))
		old->expires_ms =
		    clock_ms() + switch_int(SW_REFRESH_GRACE_S) * 1000;
	else
		token_drop(old);
	return t;
}

static void
grant_refresh(struct grant *g)
{
	const char *text = grant_field(g, "refresh_token");
	struct token *old = text ? token_find(TOKEN_REFRESH, text) : NULL;
	struct token *t;
	bool silent;

	if (!text) {
		refuse(
		    g->call, 400, "invalid_request", "refresh_token missing");
		return;
	}
	if (!old || (g->client == CLIENT_PUBLIC && !old->is_public)) {
		refuse_grant(g->call, "Invalid refresh token");
		return;
	}
	t = refresh_rotate(old);
	silent = t == old && switch_is(SW_REFRESH_EARLY, "omit");
	grant_answer(g, t->scope, t->family, silent ? NULL : t->text);
}

static void
grant_handle(struct grant *g, const char *type)
{
	if (!strcmp(type, "personal_access_token") && g->client == CLIENT_KNOWN)
		grant_pat(g);
	else if (!strcmp(type, "authorization_code"))
		grant_code(g);
	else if (!strcmp(type, "refresh_token"))
		grant_refresh(g);
	else
		refuse(
		    g->call, 401, "invalid_client", "Unauthorized grant type");
}

void
oauth_token(struct call *c)
{
	struct grant g = {.call = c};
	const char *type;

	g.form_n = params_parse(c->body.data ? c->body.data : "", true, g.form);
	g.client = oauth_client_check(c, g.form, g.form_n);
	type = grant_field(&g, "grant_type");
	if (g.client == CLIENT_BAD)
		refuse(c, 401, "invalid_client", "Bad client credentials");
	else if (!type)
		refuse(c, 400, "invalid_request", "grant_type is missing");
	else
		grant_handle(&g, type);
	params_done(g.form, g.form_n);
}
