/* SPDX-License-Identifier: MIT */
/*
 * The OAuth server of goto-api.md 2: tokens, and who may call. The tenant is
 * locked.
 */
#ifndef SANDBOX_OAUTH_H
#define SANDBOX_OAUTH_H

#include <stdint.h>

#include "call.h"

enum token_kind { TOKEN_ACCESS, TOKEN_REFRESH, TOKEN_CODE, TOKEN_PAT };

struct token {
	struct token *next;
	enum token_kind kind;
	char *text;
	char *scope;
	char *challenge;    /* of a code, S256 */
	char *redirect_uri; /* of a code */
	uint64_t family;    /* tokens that come from one grant */
	int64_t issued_ms;
	int64_t expires_ms; /* 0: never */
	bool is_public;	    /* granted to a client without a secret */
};

/* oauth_store.c */
struct token *token_new(enum token_kind kind, const char *text,
    const char *scope, uint64_t family, long life_s);
/* A valid token of that kind; NULL: none, or expired. */
struct token *token_find(enum token_kind kind, const char *text);
void token_drop(struct token *t);
void token_family_drop(uint64_t family);
/* All of one kind. */
void tokens_drop(enum token_kind kind);
void tokens_done(void);
uint64_t token_family_new(void);

/* The texts of all that are kept, valid or not. */
cJSON *tokens_tree(void);

/* The client that is registered. */
void oauth_client_set(const char *id, const char *secret);
const char *oauth_client_id(void);

enum client { CLIENT_BAD, CLIENT_PUBLIC, CLIENT_KNOWN };

/* Who calls the token endpoint: by Basic, by form, or a public client that
 * gives only its id. */
enum client oauth_client_check(
    const struct call *c, const struct param *form, size_t form_n);

const char *form_get(const struct param *form, size_t n, const char *name);

/* Find the caller by his bearer token; else answer and return false. */
bool oauth_bearer_check(struct call *c);

/* oauth_code.c: base64 of RFC 4648 section 5; unpadded. Caller frees. */
char *base64url(const unsigned char *data, size_t n);
char *base64_decode(const char *text);
/* The S256 challenge of a verifier. Caller frees. */
char *pkce_challenge(const char *verifier);
/* chars of random text. Caller frees. */
char *random_text(size_t chars);

#endif
