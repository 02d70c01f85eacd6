/* SPDX-License-Identifier: MIT */
/*
 * goto (floor 3): what GoTo says: the Admin API as C functions.
 *
 * One struct goto_client a tenant: bearer and its refresh (one refresher at a
 * time, before expiry; on 401, and on 403 near expiry, refresh once and retry
 * once), pacing per API, 429 and Retry-After, back-off with jitter.  Any
 * thread may call; every call blocks on the network.  **Never call from a FUSE
 * thread.**
 *
 * Every function returns 0 or a negative errno of the one table
 * (goto_error.h) with the sentence in err and err->http_status; the latter is
 * also set on success.  Results are untouched on failure.  GETs, PUTs and
 * DELETEs are retried as documented there; a POST is never repeated after an
 * unknown outcome: it returns -EINPROGRESS, and the caller reads back
 * (DESIGN 4.3).
 */
#ifndef GOTOFS_GOTO_H
#define GOTOFS_GOTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gotofs/record.h"

struct err;
struct goto_client;
struct token_place;

#define GOTO_API_URL "https://api.getgo.com"

/* Everything is copied.  NULL and 0 stand for the value named. */
struct goto_conf {
	const char *account_key; /* NULL: asked of /me */
	const char *api_url;	 /* GOTO_API_URL */
	const char *connect_url; /* https://api.goto.com */
	const char *auth_url;	 /* https://authentication.logmeininc.com */
	const char *ca_file;	 /* PEM; NULL: the system's authorities */
	const char *client_id;
	const char *client_secret; /* a secret */
	const char *pat;	   /* a secret; NULL: use the refresh token */
	const char *refresh_token_file;	 /* NULL, or a 0600 file that holds it;
					    rewritten when GoTo rotates it */
	const struct token_place *login; /* NULL, or where `gotofs login` has
					    put it (gotofs/token.h) */
	double rate_per_s;		 /* requests a second per API; 8 */
	int max_parallel;		 /* exchanges at once; 8 */
	int64_t timeout_ms;		 /* one exchange; 30000 */
	int64_t backoff_ms;		 /* first back-off; 1000 */
	/* one call with all its retries; 60000 and 300000 */
	int64_t interactive_ms;
	int64_t background_ms;
};

/* Background work is paced behind interactive work: it takes a token of the
 * bucket while nobody interactive waits for one, and one in 16 otherwise. */
enum goto_priority { GOTO_INTERACTIVE, GOTO_BACKGROUND };

int goto_client_new(
    const struct goto_conf *conf, struct goto_client **ret, struct err *err);
void goto_client_free(struct goto_client *c);
/* Ends waiting and running calls with -ECANCELED, for shutdown; a POST that
 * was on its way ends with -EINPROGRESS. */
void goto_client_cancel(struct goto_client *c);

/* GET /me (3.5).  *ret_account_key: the default account, on the heap; NULL: it
 * names none (its fields are B), and the profile has to.  me: the token's own
 * user. */
int goto_me(struct goto_client *c, struct user *ret_me, char **ret_account_key,
    struct err *err);
/* The account to work on, when conf.account_key was absent. */
int goto_set_account(struct goto_client *c, const char *account_key);

/* One page of GET /users (3.1, 3.3): at most 1000.  ret_next_offset: where the
 * next page begins (toIndex); ret_total: all matches. */
int goto_users_page(struct goto_client *c, enum goto_priority prio, long offset,
    long page_size, struct user_list *ret, long *ret_next_offset,
    long *ret_total, struct err *err);
/* -ENOENT: no such user. */
int goto_user_get(struct goto_client *c, enum goto_priority prio,
    const char *user_key, struct user *ret, struct err *err);
/* By address, without regard to case; what comes back is compared with the
 * address, because the filter is a regular expression (3.10, A); where the
 * filter cannot be trusted for the address (plus signs ...), pages of all
 * users are searched.  -ENOENT: nobody.  Calls: 1 when found by the filter, 2
 * when nobody has the address, else the pages of all. */
int goto_user_find(struct goto_client *c, enum goto_priority prio,
    const char *email, struct user *ret, struct err *err);

/* Several at once: ret (zeroed) has key NULL for an address that nobody has.
 * Not more calls than pages of all users, or than one by one.  On failure some
 * of ret may be filled. */
int goto_users_find(struct goto_client *c, enum goto_priority prio,
    const char *const *emails, size_t n, struct user *ret, struct err *err);

/* POST /users (3.6).  All get the same license set, group and roles. */
struct goto_create {
	const struct user *users; /* email, names, locale, time zone are read */
	size_t n;		  /* at most GOTO_CREATE_MAX */
	char *const *license_keys;
	const char *group_key;
	char *const *admin_roles;
	bool suppress_email;
	const char *mail_subject; /* NULL: GoTo's own mail */
	const char *mail_text;
};
#define GOTO_CREATE_MAX 100 /* assumed, 3.6 (D) */
/* ret_keys[i]: key of users[i] on the heap, NULL where the tenant named none.
 * allOrNothing=true: -EEXIST when any address is taken; nothing was created.
 * (A 409 without a code says so too, A; one with another code does not.) */
int goto_users_create(struct goto_client *c, const struct goto_create *req,
    char **ret_keys, struct err *err);

/* PUT /users/{key} (3.7): only the fields with their bit set are sent; NULL
 * clears (sent as null; adminRoles as []). */
enum {
	GOTO_SET_EMAIL = USER_SET_EMAIL,
	GOTO_SET_FIRST_NAME = USER_SET_FIRST_NAME,
	GOTO_SET_LAST_NAME = USER_SET_LAST_NAME,
	GOTO_SET_LOCALE = USER_SET_LOCALE,
	GOTO_SET_TIME_ZONE = USER_SET_TIME_ZONE,
	GOTO_SET_ADMIN_ROLES = USER_SET_ADMIN_ROLES,
};
int goto_user_update(struct goto_client *c, const char *user_key,
    const struct user *fields, unsigned set, struct err *err);
/* 404 counts as success: he is gone. */
int goto_user_delete(
    struct goto_client *c, const char *user_key, struct err *err);

int goto_licenses(struct goto_client *c, enum goto_priority prio,
    struct license_list *ret, struct err *err);
/* -ENOSPC: no free seat.  -EINPROGRESS: unknown outcome. */
int goto_license_assign(struct goto_client *c, char *const *license_keys,
    const char *user_key, struct err *err);
/* Not held any more counts as success; of several it is -ENOENT: ask for each
 * by itself. */
int goto_license_unassign(struct goto_client *c, char *const *license_keys,
    const char *user_key, struct err *err);

int goto_groups(struct goto_client *c, enum goto_priority prio,
    struct group_list *ret, struct err *err);
/* parent_key NULL: a top group.  ret_key on the heap (3.9: a bare key). */
int goto_group_create(struct goto_client *c, const char *name,
    const char *parent_key, char **ret_key, struct err *err);
int goto_group_rename(struct goto_client *c, const char *group_key,
    const char *name, struct err *err);
int goto_group_delete(
    struct goto_client *c, const char *group_key, struct err *err);
int goto_group_put_user(struct goto_client *c, const char *group_key,
    const char *user_key, struct err *err);
/* In no group any more, or unknown, counts as success. */
int goto_group_take_out(
    struct goto_client *c, const char *user_key, struct err *err);

/* For status.json; a snapshot.  The numbers are of all APIs, all else is of the
 * Admin API and the token: that a product (goto_activity.h) is refused says
 * nothing about the tenant. */
#define GOTO_ACCOUNT_KEY_BYTES 64 /* a longer one is cut */

struct goto_stats {
	int64_t calls_n;    /* API exchanges since the start */
	int64_t refused_n;  /* answered 429 */
	int64_t last_ok_ms; /* wall time of the last good answer, 0 none */
	/* negative errno of the last call; 0: fine, or a verdict on what was
	 * asked for (no such user, name taken, no seat ...) */
	int last_error;
	char last_error_msg[256];
	bool token_refused; /* the token no longer works (DESIGN 4.5) */
	/* when a refresh token ends that is not renewed, wall time; 0: unknown,
	 * or there is none */
	int64_t token_until_ms;
	char account_key[GOTO_ACCOUNT_KEY_BYTES]; /* "": not known yet */
};
void goto_get_stats(struct goto_client *c, struct goto_stats *ret);
/* After a refusal: has somebody logged in meanwhile (a file looked at, no
 * call)?  Once for each login; the next call is made with it. */
bool goto_token_is_new(struct goto_client *c);

#endif
