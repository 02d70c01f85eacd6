/* SPDX-License-Identifier: MIT */
/*
 * auth (floor 3): the access token, and how it stays fresh.
 *
 * Grants: personal_access_token, and refresh_token from a file (goto-api.md
 * 2.3, A), or either of them from the sealed login.  One caller refreshes, the
 * others wait, or go on with the old token while it is good.  A token is
 * renewed at 80 % of its life and at least 30 s before its end.  A rotated
 * refresh token (2.5, A) is durable in its file before the new access token is
 * used.  The file is read anew for each refresh, so that a fresh login takes
 * effect by itself.
 *
 * When GoTo refuses the credentials, callers get -EROFS with the sentence, and
 * GoTo is left alone for AUTH_REFUSED_MS, or until there is another login.  Any
 * thread; auth_get blocks.
 */
#ifndef GOTOFS_AUTH_INT_H
#define GOTOFS_AUTH_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "gotofs/goto.h"

#define AUTH_REFUSED_MS 30000
#define AUTH_MARGIN_MS 30000

struct auth;
struct err;
struct http_pool;

/* conf has its defaults filled in; it is copied. */
int auth_new(const struct goto_conf *conf, struct http_pool *pool,
    struct auth **ret, struct err *err);
void auth_free(struct auth *a);

/* A token to send, and its number; waits until deadline_ms (clock_boot_ms).
 * *ret_token: a secret.  -EROFS, -EIO, -ETIMEDOUT, -ECANCELED, -ENOMEM. */
int auth_get(struct auth *a, int64_t deadline_ms, char **ret_token,
    uint64_t *ret_serial, struct err *err);
/* GoTo did not accept this one: the next auth_get fetches another, unless that
 * has happened already. */
void auth_reject(struct auth *a, uint64_t serial);
/* Is it due for renewal? Then a 403 may mean that it expired (3.11). */
bool auth_is_near_expiry(struct auth *a, uint64_t serial);
/* Were the credentials refused when they were last tried? */
bool auth_is_refused(struct auth *a);
/* Is there another login than the one that was tried last?  Then what is known
 * of that one is forgotten, and the next auth_get asks. */
bool auth_is_replaced(struct auth *a);
/* goto_stats.token_until_ms */
int64_t auth_until_ms(struct auth *a);
void auth_cancel(struct auth *a);

#endif
