/* SPDX-License-Identifier: MIT */
/*
 * api (floor 3): one call, with everything that belongs to it: bearer, turn,
 * exchange, what to do about the answer.  client.c makes the client, api.c
 * makes calls, api_list.c reads lists to their end, url.c builds addresses;
 * api_<resource>.c know the paths and bodies.
 */
#ifndef GOTOFS_API_INT_H
#define GOTOFS_API_INT_H

#include <pthread.h>

#include "auth_int.h"
#include "gotofs/buf.h"
#include "gotofs/goto.h"
#include "gotofs/goto_error.h"
#include "limit_int.h"

#define API_TRIES 3
#define API_LIST_TRIES 3 /* of a list that changed meanwhile */
#define API_LIST_MAX 1000000
/* A user has long lists of countries in his settings; a thousand of them make
 * some megabytes. */
#define API_LIST_BYTES (64u << 20)
#define API_ANSWER_BYTES (4u << 20)
#define API_PAGE_MAX 1000 /* 3.2, B */

struct http_pool;
struct json;

/* Each has an address and a bucket of its own (6, D). */
enum goto_api {
	GOTO_API_ADMIN,
	GOTO_API_MEETING,
	GOTO_API_WEBINAR,
	GOTO_API_TRAINING,
	GOTO_API_CONNECT,
	GOTO_API_ASSIST,
	GOTO_API_N
};

struct goto_client {
	/* never change */
	char *url[GOTO_API_N]; /* ".../admin/rest/v1" ... */
	int64_t timeout_ms;
	int64_t backoff_ms;
	int64_t deadline_ms[2]; /* by enum goto_priority */
	struct http_pool *pool;
	struct auth *auth;
	struct limit *limit[GOTO_API_N];

	pthread_mutex_t lock; /* guards all below; a leaf */
	pthread_cond_t cancel;
	bool cancelled;
	char *account_key;
	char *organization; /* what GoToConnect calls it; NULL: unknown */
	bool organization_needed;
	struct goto_stats stats;
};

struct goto_call {
	enum goto_api api;
	enum goto_priority prio;
	enum goto_verb verb;
	const char *method;
	const char *url;
	const struct json *body; /* NULL: none */
	bool changes_nothing;	 /* a POST that may be repeated as a GET */
	bool can_ask_for_less;	 /* an answer beyond max_bytes is -EFBIG */
	size_t max_bytes;
};

/* ret NULL: any 2xx will do, the body is not looked at (8.1).  Otherwise it
 * must be JSON. */
int api_call(struct goto_client *c, const struct goto_call *call,
    struct json **ret, struct err *err);

/* What decode says, as callers of goto.h know it: -EPROTO is -EIO. */
int api_unusable(int r, struct err *err);

/* GET /me (3.5). */
int api_me(struct goto_client *c, struct json **ret, struct err *err);

/* Addresses: the first failure sticks, url_check tells. */
struct url {
	struct buf text;
	int r;
};
#define URL_NONE                                                               \
	{                                                                      \
		BUF_MAX(8000), 0                                               \
	}
void url_done(struct url *u);
/* The account's key, "" when it is not known yet; NULL: no memory. */
char *url_known_account(struct goto_client *c);
/* The account's key, escaped; asks /me when it is not known yet. */
void url_account_key(struct url *u, struct goto_client *c, struct err *err);
/* ".../accounts/{account key}" of the Admin API. */
void url_account(struct url *u, struct goto_client *c, struct err *err);
void url_add(struct url *u, const char *text);
/* One segment, escaped.  A key that is none of a path ("", ".", "..") fails:
 * DELETE /users/ must never leave us. */
void url_key(struct url *u, const char *key);
void url_keys(struct url *u, char *const *keys); /* joined by commas */
void url_number(struct url *u, const char *name, long value);
/* ISO 8601, UTC, whole seconds (5.1, A); its colons may stand in a query. */
void url_time(struct url *u, const char *name, int64_t ms);
int url_check(const struct url *u, const char **ret, struct err *err);
/* path of a server, whose address may end in slashes; on the heap. */
char *url_of(const char *server, const char *path);

/* How a list is read to its end. */
struct api_list {
	const char *path; /* "/licenses" */
	/* append; -EPROTO, -ENOMEM */
	int (*add)(const struct json *item, void *list, struct err *err);
	const char *(*key)(const void *list, size_t i);
	size_t (*n)(const void *list);
	void (*clear)(void *list);
};
/* One page.  list grows; *ret_n: by how many. */
int api_page(struct goto_client *c, enum goto_priority prio,
    const struct api_list *what, const char *url, long offset, void *list,
    long *ret_n, long *ret_total, struct err *err);
/* All of them, each once, as many as GoTo says there are; read again up to
 * three times when they changed meanwhile, then -EIO. */
int api_list_all(struct goto_client *c, enum goto_priority prio,
    const struct api_list *what, void *list, struct err *err);
/* Is one of them there twice?  Sorts them. */
bool api_has_twins(const char **keys, size_t n);
extern const struct api_list user_api; /* path and add alone */

#endif
