/* SPDX-License-Identifier: MIT */
/* The OAuth server but for its token endpoint: authorization, revocation,
 * introspection, metadata. goto-api.md 2.1, 2.2, 2.7. */
#include "oauth.h"

#include <stdio.h>
#include <string.h>

#include "api.h"
#include "http.h"
#include "switches.h"

/* A registered redirect URI (2.2 A): the one of the switch, or any that leads
 * to loopback. */
static bool
redirect_allowed(const char *uri)
{
	const char *registered = switch_text(SW_REDIRECT_URI);

	if (*registered)
		return !strcmp(uri, registered);
	return !strncmp(uri, "http://127.0.0.1:", 17) ||
	       !strncmp(uri, "http://localhost:", 17) ||
	       !strncmp(uri, "http://[::1]:", 13);
}

static void
url_encode(struct buf *out, const char *text)
{
	for (; *text; text++) {
		bool plain = (*text >= '0' && *text <= '9') ||
			     (*text >= 'A' && *text <= 'Z') ||
			     (*text >= 'a' && *text <= 'z') ||
			     strchr("-._~", *text);

		if (plain)
			buf_add(out, text, 1);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

static void
redirect_back(
    struct call *c, const char *uri, const char *name, const char *value)
{
	AUTO(buf_done) struct buf to = BUF_NONE;
	const char *state = call_param(c, "state");

	buf_printf(&to, "%s%s%s=", uri, strchr(uri, '?') ? "&" : "?", name);
	url_encode(&to, value);
	if (state) {
		buf_str(&to, "&state=");
		url_encode(&to, state);
	}
	reply_empty(c, 302);
	mem_set(&c->location, to.data);
}

static const char *
authorize_problem(const struct call *c)
{
	const char *method = call_param(c, "code_challenge_method");
	const char *type = call_param(c, "response_type");

	if (!type || strcmp(type, "code"))
		return "unsupported_response_type";
	if (call_param(c, "code_challenge") &&
	    (!method || strcmp(method, "S256")))
		return "invalid_request";
	if (*switch_text(SW_AUTHORIZE_ERROR))
		return switch_text(SW_AUTHORIZE_ERROR);
	return NULL;
}

void
oauth_authorize(struct call *c)
{
	const char *id = call_param(c, "client_id");
	const char *sent = call_param(c, "redirect_uri");
	const char *uri = sent ? sent : switch_text(SW_REDIRECT_URI);
	const char *scope = call_param(c, "scope");
	const char *problem = authorize_problem(c);
	AUTO(mem_auto_free) char *text = NULL;
	struct token *code;

	if (!id || strcmp(id, oauth_client_id()) || !redirect_allowed(uri)) {
		reply_text(c, 400, "text/html",
		    "<html><body>Unknown client or redirect URI</body></html>");
		return;
	}
	if (problem) {
		redirect_back(c, uri, "error", problem);
		return;
	}
	text = random_text(43);
	code =
	    token_new(TOKEN_CODE, text, scope ? scope : switch_text(SW_SCOPES),
		0, switch_int(SW_CODE_LIFE_S));
	code->challenge = mem_dup(call_param(c, "code_challenge"));
	code->redirect_uri = mem_dup(sent);
	redirect_back(c, uri, "code", text);
}

/* The token that a form names, if the client is known. */
static struct token *
form_token(struct call *c, bool *ret_known)
{
	struct param form[CALL_PARAMS_MAX];
	size_t n = params_parse(c->body.data ? c->body.data : "", true, form);
	const char *text = form_get(form, n, "token");
	struct token *found = NULL;

	*ret_known = oauth_client_check(c, form, n) != CLIENT_BAD;
	for (int kind = TOKEN_ACCESS; text && kind <= TOKEN_PAT; kind++) {
		if (!found && kind != TOKEN_CODE)
			found = token_find((enum token_kind)kind, text);
	}
	params_done(form, n);
	if (!*ret_known)
		reply_tree(
		    c, 401, cJSON_Parse("{\"error\":\"invalid_client\"}"));
	return *ret_known ? found : NULL;
}

/* RFC 7009, assumed (2.7 D): 200 always. */
void
oauth_revoke(struct call *c)
{
	bool known;
	struct token *t = form_token(c, &known);

	if (t && t->kind == TOKEN_REFRESH && switch_on(SW_REVOKE_FAMILY))
		token_family_drop(t->family);
	else if (t)
		token_drop(t);
	if (known)
		reply_empty(c, 200);
}

/* RFC 7662, assumed (2.7 D). */
void
oauth_introspect(struct call *c)
{
	bool known;
	const struct token *t = form_token(c, &known);
	cJSON *tree;

	if (!known)
		return;
	tree = cJSON_CreateObject();
	cJSON_AddBoolToObject(tree, "active", t != NULL);
	if (t) {
		cJSON_AddStringToObject(tree, "scope", t->scope);
		cJSON_AddStringToObject(tree, "client_id", oauth_client_id());
		cJSON_AddStringToObject(
		    tree, "username", switch_text(SW_TOKEN_USER));
		cJSON_AddNumberToObject(
		    tree, "exp", (double)(t->expires_ms / 1000));
	}
	reply_tree(c, 200, tree);
}

static void
endpoint_add(cJSON *tree, const char *name, const char *path)
{
	char url[128];

	snprintf(url, sizeof url, "%s%s", http_url(), path);
	cJSON_AddStringToObject(tree, name, url);
}

/* RFC 8414 metadata, 2.1 A. */
void
oauth_metadata(struct call *c)
{
	cJSON *tree = cJSON_Parse(
	    "{\"response_types_supported\":[\"code\"],"
	    "\"grant_types_supported\":[\"authorization_code\","
	    "\"refresh_token\"],\"token_endpoint_auth_methods_supported\":["
	    "\"client_secret_basic\",\"client_secret_post\",\"none\"],"
	    "\"code_challenge_methods_supported\":[\"S256\"],"
	    "\"client_id_metadata_document_supported\":true}");

	endpoint_add(tree, "issuer", "");
	endpoint_add(tree, "authorization_endpoint", "/oauth/authorize");
	endpoint_add(tree, "token_endpoint", "/oauth/token");
	endpoint_add(tree, "introspection_endpoint", "/oauth/introspect");
	endpoint_add(tree, "revocation_endpoint", "/oauth/revoke");
	endpoint_add(tree, "jwks_uri", "/oauth/jwks.json");
	reply_tree(c, 200, tree);
}

void
oauth_keys(struct call *c)
{
	reply_text(c, 200, "application/json", "{\"keys\":[]}");
}
