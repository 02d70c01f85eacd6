/* SPDX-License-Identifier: MIT */
/*
 * auth_source (floor 3): where access tokens come from: a personal access
 * token, a refresh token in a file and what becomes of it when GoTo rotates it,
 * or the login that is kept sealed.  One caller at a time; auth sees to that.
 */
#ifndef GOTOFS_AUTH_SOURCE_INT_H
#define GOTOFS_AUTH_SOURCE_INT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "auth_grant_int.h"
#include "gotofs/token.h"

struct goto_conf;

/* Which file it was; all 0: none. */
struct auth_stamp {
	ino_t ino;
	struct timespec mtime;
};

struct auth_source {
	char *url;
	char *client_id;
	char *client_secret;
	char *pat; /* goes before the file */
	char *file;
	int64_t timeout_ms;
	char *stored; /* what the file held when last read or written */
	struct auth_stamp seen; /* of it, then */
	char *rotated;		/* new, and not durable yet */

	/* the login (auth_login.c) */
	bool sealed;
	struct token_place place; /* its strings, and the key, are ours */
	char *account_key;	  /* of the profile; NULL: any */
	char *given;		  /* the access token that we had last */
	int64_t since_ms;	  /* of the refresh token; 0: none */
	bool warned;
};

/* A refresh token lives so long (2.5, A); it is said below the second. */
#define AUTH_REFRESH_LIFE_MS (INT64_C(30) * 86400 * 1000)

int auth_source_init(struct auth_source *s, const struct goto_conf *conf);
void auth_source_done(struct auth_source *s);
/* The file as it is now; what it reads of s never changes. */
struct auth_stamp auth_source_stamp(const struct auth_source *s);

/* One exchange.  The refresh token that it may bring is durable when this
 * returns 0.  *ret_again_ms as in auth_grant_do. */
int auth_source_ask(struct auth_source *s, struct http_pool *pool,
    int64_t deadline_ms, struct auth_answer *ret, int64_t *ret_again_ms,
    struct err *err);

/* ---- auth_login.c, auth_source.c ---- */

int auth_login_init(struct auth_source *s, const struct goto_conf *conf);
void auth_login_done(struct auth_source *s);
/* As auth_source_ask, of the sealed file: what another process has got there is
 * taken, and what we get is there for others. */
int auth_login_ask(struct auth_source *s, struct http_pool *pool,
    int64_t deadline_ms, struct auth_answer *ret, int64_t *ret_again_ms,
    struct err *err);
/* One exchange of such a token. */
int auth_exchange(const struct auth_source *s, struct http_pool *pool,
    bool is_pat, const char *token, int64_t deadline_ms,
    struct auth_answer *ret, int64_t *ret_again_ms, struct err *err);

#endif
