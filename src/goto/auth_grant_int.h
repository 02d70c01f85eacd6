/* SPDX-License-Identifier: MIT */
/*
 * auth_grant (floor 3): one exchange with the token endpoint.
 */
#ifndef GOTOFS_AUTH_GRANT_INT_H
#define GOTOFS_AUTH_GRANT_INT_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct http_pool;

#define AUTH_LIFE_S 3600 /* when the answer does not say (2.4, A) */
#define AUTH_LIFE_MAX_S (366 * 86400) /* 2.4: once it was a year */

struct auth_grant {
	const char *url; /* of the endpoint */
	const char *client_id;
	const char *client_secret;    /* NULL: a public client */
	const char *type;	      /* grant_type; NULL: none */
	const char *field;	      /* "pat", "refresh_token" */
	const char *value;	      /* a secret */
	const char *const (*more)[2]; /* fields that follow: name, value */
	size_t more_n;
	int64_t timeout_ms;
};

struct auth_answer {
	char *access_token;
	char *refresh_token; /* NULL: none was sent */
	int64_t life_ms;
};
#define AUTH_ANSWER_NONE                                                       \
	{                                                                      \
		NULL, NULL, 0                                                  \
	}
void auth_answer_done(struct auth_answer *ans);

/* *ret_again_ms, on failure: -1 when another try is useless, else the wait
 * that GoTo asks for, or 0. */
int auth_grant_do(struct http_pool *pool, const struct auth_grant *g,
    struct auth_answer *ret, int64_t *ret_again_ms, struct err *err);
/* The same form to the endpoint that revokes: any 2xx (2.7, D). */
int auth_revoke(
    struct http_pool *pool, const struct auth_grant *g, struct err *err);

#endif
