/* SPDX-License-Identifier: MIT */
/* Tokens that were issued, and who holds them. See oauth.h. */
#include <string.h>
#include <strings.h>

#include "oauth.h"
#include "refuse.h"
#include "switches.h"

enum { TOKENS_MAX = 10000 };

static struct token *tokens;
static size_t tokens_n;
static uint64_t families;
static char *client_id, *client_secret;

static void
token_free(struct token *t)
{
	free(t->text);
	free(t->scope);
	free(t->challenge);
	free(t->redirect_uri);
	free(t);
	tokens_n--;
}

cJSON *
tokens_tree(void)
{
	cJSON *list = cJSON_CreateArray();

	for (const struct token *t = tokens; t; t = t->next)
		cJSON_AddItemToArray(list, cJSON_CreateString(t->text));
	return list;
}

/* Drop all for which fits() is true. */
static void
tokens_drop_if(bool (*fits)(const struct token *t, uint64_t arg), uint64_t arg)
{
	for (struct token **at = &tokens; *at;) {
		struct token *t = *at;

		if (!fits(t, arg)) {
			at = &t->next;
			continue;
		}
		*at = t->next;
		token_free(t);
	}
}

static bool
fits_expired(const struct token *t, uint64_t now)
{
	return t->expires_ms && t->expires_ms <= (int64_t)now;
}

static bool
fits_family(const struct token *t, uint64_t family)
{
	return t->family == family && t->kind != TOKEN_PAT;
}

static bool
fits_kind(const struct token *t, uint64_t kind)
{
	return t->kind == kind;
}

static bool
fits_itself(const struct token *t, uint64_t address)
{
	return (uintptr_t)t == address;
}

struct token *
token_new(enum token_kind kind, const char *text, const char *scope,
    uint64_t family, long life_s)
{
	struct token *t = mem_alloc(sizeof *t);

	if (tokens_n >= TOKENS_MAX)
		tokens_drop_if(fits_expired, (uint64_t)clock_ms());
	if (tokens_n >= TOKENS_MAX)
		tokens_drop_if(fits_kind, TOKEN_ACCESS);
	t->kind = kind;
	t->text = mem_dup(text);
	t->scope = mem_dup(scope);
	t->family = family;
	t->issued_ms = clock_ms();
	t->expires_ms = life_s ? t->issued_ms + life_s * 1000 : 0;
	t->next = tokens;
	tokens = t;
	tokens_n++;
	return t;
}

struct token *
token_find(enum token_kind kind, const char *text)
{
	for (struct token *t = tokens; t; t = t->next) {
		if (t->kind == kind && !strcmp(t->text, text))
			return fits_expired(t, (uint64_t)clock_ms()) ? NULL : t;
	}
	return NULL;
}

void
token_drop(struct token *t)
{
	tokens_drop_if(fits_itself, (uintptr_t)t);
}

void
token_family_drop(uint64_t family)
{
	tokens_drop_if(fits_family, family);
}

void
tokens_drop(enum token_kind kind)
{
	tokens_drop_if(fits_kind, kind);
}

uint64_t
token_family_new(void)
{
	return ++families;
}

void
oauth_client_set(const char *id, const char *secret)
{
	mem_set(&client_id, id);
	mem_set(&client_secret, secret);
}

const char *
oauth_client_id(void)
{
	return client_id;
}

void
tokens_done(void)
{
	for (int kind = TOKEN_ACCESS; kind <= TOKEN_PAT; kind++)
		tokens_drop((enum token_kind)kind);
	oauth_client_set(NULL, NULL);
}

const char *
form_get(const struct param *form, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(form[i].name, name))
			return form[i].value;
	}
	return NULL;
}

static enum client
client_match(const char *id, const char *secret)
{
	if (!id || strcmp(id, client_id))
		return CLIENT_BAD;
	if (!secret)
		return CLIENT_PUBLIC;
	return strcmp(secret, client_secret) ? CLIENT_BAD : CLIENT_KNOWN;
}

/* client_secret_basic, client_secret_post, none: 2.1 A. */
enum client
oauth_client_check(
    const struct call *c, const struct param *form, size_t form_n)
{
	AUTO(mem_auto_free) char *pair = NULL;
	char *colon;

	if (!c->authorization)
		return client_match(form_get(form, form_n, "client_id"),
		    form_get(form, form_n, "client_secret"));
	if (strncasecmp(c->authorization, "Basic ", 6))
		return CLIENT_BAD;
	pair = base64_decode(c->authorization + 6);
	colon = pair ? strchr(pair, ':') : NULL;
	if (!colon)
		return CLIENT_BAD;
	*colon = '\0';
	return client_match(pair, colon + 1);
}

/* The token of an Authorization header. No scheme word is history (1). */
static const char *
bearer_text(const char *header)
{
	if (!header)
		return NULL;
	if (!strncasecmp(header, "Bearer ", 7))
		return header + 7;
	if (switch_is(SW_SCHEMELESS_TOKEN, "accept") && !strchr(header, ' '))
		return header;
	return NULL;
}

static bool
scope_has(const char *scope, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = scope; (at = strstr(at, word)); at += n) {
		if ((at == scope || at[-1] == ' ') && (!at[n] || at[n] == ' '))
			return true;
	}
	return false;
}

/* Has the token the scope, and is that honoured? */
static bool
scope_good(const struct call *c, const struct token *t)
{
	const char *scope = scope_needed(c);

	if (!*scope)
		return true;
	return scope_has(t->scope, scope) &&
	       !scope_has(switch_text(SW_SCOPES_OFF), scope);
}

bool
oauth_bearer_check(struct call *c)
{
	const char *text = bearer_text(c->authorization);
	const struct token *t = text ? token_find(TOKEN_ACCESS, text) : NULL;

	if (!t) {
		refuse(c, REFUSE_TOKEN);
		return false;
	}
	c->bearer_ok = true;
	c->caller = user_by_email(switch_text(SW_TOKEN_USER));
	if (!c->caller) {
		refuse(c, REFUSE_TOKEN);
		return false;
	}
	if (!scope_good(c, t)) {
		refuse(c, REFUSE_SCOPE);
		return false;
	}
	return true;
}
