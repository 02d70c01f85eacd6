/* SPDX-License-Identifier: MIT */
/*
 * auth_source (floor 3): where access tokens come from: a personal access
 * token, or a refresh token in a file and what becomes of it when GoTo rotates
 * it.  One caller at a time; auth sees to that.
 */
#ifndef GOTOFS_AUTH_SOURCE_INT_H
#define GOTOFS_AUTH_SOURCE_INT_H

#include "auth_grant_int.h"

struct goto_conf;

struct auth_source {
	char *url;
	char *client_id;
	char *client_secret;
	char *pat; /* goes before the file */
	char *file;
	int64_t timeout_ms;
	char *stored;  /* what the file held when last read or written */
	char *rotated; /* new, and not durable yet */
};

int auth_source_init(struct auth_source *s, const struct goto_conf *conf);
void auth_source_done(struct auth_source *s);

/* One exchange.  The refresh token that it may bring is durable when this
 * returns 0.  *ret_again_ms as in auth_grant_do. */
int auth_source_ask(struct auth_source *s, struct http_pool *pool,
    int64_t deadline_ms, struct auth_answer *ret, int64_t *ret_again_ms,
    struct err *err);

#endif
