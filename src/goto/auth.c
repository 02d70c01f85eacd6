/* SPDX-License-Identifier: MIT */
/*
 * Theory: a round is one attempt to get a new access token, made by the one
 * caller that set `renewing`, without the lock.  Who needs its result waits
 * for the end of the round and takes its outcome, good or bad, instead of
 * trying again in turn.  The fields of the round belong to that caller alone.
 */
#include "auth_int.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "auth_grant_int.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "gotofs/wait.h"
#include "limit_int.h"
#include "token_int.h"

#define AUTH_TRIES 3
/* While the old token is good, a renewal that fails costs its caller little,
 * and is not tried again at once. */
#define AUTH_EARLY_ROUND_MS 5000
#define AUTH_EARLY_RETRY_MS 10000

struct auth {
	/* never change */
	struct http_pool *pool;
	char *url;
	char *client_id;
	char *client_secret;
	char *pat;
	char *file;
	int64_t timeout_ms;
	int64_t backoff_ms;

	/* of the round: who set renewing */
	char *stored;  /* what the file held when last read or written */
	char *rotated; /* new, and not durable yet */

	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	bool renewing;
	bool cancelled;
	uint64_t rounds_n;
	int64_t next_ms; /* after a failure: no round before */
	struct err last; /* outcome of the last round; code 0: good */
	char *access;
	uint64_t serial;
	int64_t renew_ms; /* due */
	int64_t expires_ms;
};

static int
auth_copy_conf(struct auth *a, const struct goto_conf *conf)
{
	a->url = text_printf("%s/oauth/token", conf->auth_url);
	a->client_id = text_dup(conf->client_id);
	a->client_secret = secret_dup(conf->client_secret);
	a->pat = secret_dup(conf->pat);
	a->file = text_dup(conf->refresh_token_file);
	a->timeout_ms = conf->timeout_ms;
	a->backoff_ms = conf->backoff_ms;
	if (!a->url || !a->client_id ||
	    (conf->client_secret && !a->client_secret) ||
	    (conf->pat && !a->pat) || (conf->refresh_token_file && !a->file))
		return -ENOMEM;
	return wait_cond_init(&a->changed);
}

int
auth_new(const struct goto_conf *conf, struct http_pool *pool,
    struct auth **ret, struct err *err)
{
	struct auth *a;

	if (!conf->client_id || !*conf->client_id)
		return err_set(err, -EINVAL, "client_id is missing");
	if (!conf->pat && !conf->refresh_token_file)
		return err_set(err, -EINVAL,
		    "neither a personal access token nor a refresh token is "
		    "known");
	a = calloc(1, sizeof(*a));
	if (!a)
		return err_nomem(err);
	pthread_mutex_init(&a->lock, NULL);
	a->pool = pool;
	if (auth_copy_conf(a, conf) < 0) {
		auth_free(a);
		return err_nomem(err);
	}
	*ret = a;
	return 0;
}

void
auth_free(struct auth *a)
{
	if (!a)
		return;
	free(a->url);
	free(a->client_id);
	secret_free(a->client_secret);
	secret_free(a->pat);
	free(a->file);
	secret_free(a->stored);
	secret_free(a->rotated);
	secret_free(a->access);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->changed);
	free(a);
}

/* ---- a round ---- */

/* Sleep, unless cancelled or beyond the deadline. */
static int
auth_pause(struct auth *a, int64_t ms, int64_t deadline_ms)
{
	int64_t until = clock_boot_ms() + ms, now;
	bool cancelled;

	if (until >= deadline_ms)
		return -ETIMEDOUT;
	pthread_mutex_lock(&a->lock);
	while (!a->cancelled && (now = clock_boot_ms()) < until)
		wait_cond_ms(&a->changed, &a->lock, until - now);
	cancelled = a->cancelled;
	pthread_mutex_unlock(&a->lock);
	return cancelled ? -ECANCELED : 0;
}

static void
auth_keep(char **slot, char *token)
{
	secret_free(*slot);
	*slot = token;
}

/* Make a rotated token durable.  On failure it stays in memory, and the next
 * round begins with it: it is the only one that GoTo still takes. */
static int
auth_save_rotated(struct auth *a, struct err *err)
{
	int r;

	if (!a->rotated)
		return 0;
	r = token_save(a->file, a->rotated, err);
	if (r < 0) {
		err_prefix(err, "cannot store the new refresh token");
		if (err)
			err->code = -EIO;
		return -EIO;
	}
	auth_keep(&a->stored, TAKE(a->rotated));
	return 0;
}

/* Read the file.  What changed there since is a new login and counts more
 * than what we hold. */
static int
auth_load(struct auth *a, struct err *err)
{
	AUTO(secret_done) char *token = NULL;
	int r = token_load(a->file, &token, err);

	if (r == -ENOMEM)
		return r;
	if (r < 0 && !a->rotated) {
		err_prefix(err, "no refresh token (run: gotofs login)");
		if (err)
			err->code = -EROFS;
		return -EROFS;
	}
	if (r == 0 && (!a->stored || strcmp(token, a->stored) != 0)) {
		auth_keep(&a->rotated, NULL);
		auth_keep(&a->stored, TAKE(token));
	}
	return auth_save_rotated(a, err);
}

static int
auth_try(struct auth *a, int64_t deadline_ms, struct auth_answer *ret,
    int64_t *ret_again_ms, struct err *err)
{
	int64_t left = deadline_ms - clock_boot_ms();
	struct auth_grant g = {
	    .url = a->url,
	    .client_id = a->client_id,
	    .client_secret = a->client_secret,
	    .type = a->pat ? "personal_access_token" : "refresh_token",
	    .field = a->pat ? "pat" : "refresh_token",
	    .value = a->pat ? a->pat : a->stored,
	    .timeout_ms = left < a->timeout_ms ? left : a->timeout_ms,
	};

	return auth_grant_do(a->pool, &g, ret, ret_again_ms, err);
}

static int
auth_try_some(struct auth *a, int64_t deadline_ms, struct auth_answer *ret,
    struct err *err)
{
	int r = 0;

	for (int i = 0; i < AUTH_TRIES; i++) {
		int64_t again_ms, ms = limit_backoff_ms(a->backoff_ms, i);

		r = auth_try(a, deadline_ms, ret, &again_ms, err);
		if (r == 0 || again_ms < 0 || i == AUTH_TRIES - 1)
			return r;
		if (auth_pause(a, again_ms > ms ? again_ms : ms, deadline_ms) <
		    0)
			return r;
	}
	return r;
}

static int
auth_round(struct auth *a, int64_t deadline_ms, struct auth_answer *ret,
    struct err *err)
{
	AUTO(auth_answer_done) struct auth_answer ans = AUTH_ANSWER_NONE;
	int r = a->pat ? 0 : auth_load(a, err);

	if (r == 0)
		r = auth_try_some(a, deadline_ms, &ans, err);
	if (r < 0)
		return r;
	/* 2.5: a new one, the same one again (A) or none at all (C) */
	if (!a->pat && ans.refresh_token &&
	    strcmp(ans.refresh_token, a->stored) != 0)
		auth_keep(&a->rotated, TAKE(ans.refresh_token));
	r = auth_save_rotated(a, err);
	if (r < 0)
		return r;
	*ret = ans;
	ans = (struct auth_answer)AUTH_ANSWER_NONE;
	return 0;
}

/* ---- the callers, all with the lock ---- */

static void
auth_install(struct auth *a, struct auth_answer *ans, int64_t began_ms)
{
	int64_t early = ans->life_ms / 5;

	/* a short life (tests) must not be all margin */
	if (early < AUTH_MARGIN_MS)
		early = AUTH_MARGIN_MS;
	if (early > ans->life_ms / 2)
		early = ans->life_ms / 2;
	auth_keep(&a->access, TAKE(ans->access_token));
	a->serial++;
	a->expires_ms = began_ms + ans->life_ms;
	a->renew_ms = a->expires_ms - early;
}

static void
auth_renew(struct auth *a, int64_t deadline_ms)
{
	AUTO(auth_answer_done) struct auth_answer ans = AUTH_ANSWER_NONE;
	struct err err = ERR_NONE;
	int64_t began_ms = clock_boot_ms(), now;
	int r;

	a->renewing = true;
	pthread_mutex_unlock(&a->lock);
	r = auth_round(a, deadline_ms, &ans, &err);
	pthread_mutex_lock(&a->lock);
	a->renewing = false;
	a->rounds_n++;
	a->last = err;
	a->last.code = r;
	now = clock_boot_ms();
	a->next_ms = now;
	if (r == 0)
		auth_install(a, &ans, began_ms);
	else if (r == -EROFS)
		a->next_ms = now + AUTH_REFUSED_MS;
	else if (now < a->expires_ms)
		a->next_ms = now + AUTH_EARLY_RETRY_MS;
	pthread_cond_broadcast(&a->changed);
}

static int
auth_fail(struct auth *a, struct err *err)
{
	if (err)
		*err = a->last;
	return a->last.code;
}

/* 0: there is a token to use; 1: look again; else the failure. */
static int
auth_step(
    struct auth *a, uint64_t first_round, int64_t deadline_ms, struct err *err)
{
	int64_t now = clock_boot_ms();
	bool good = a->access && now < a->expires_ms;

	if (a->cancelled)
		return err_set(err, -ECANCELED, "shutting down");
	if (good && (now < a->renew_ms || a->renewing || now < a->next_ms))
		return 0;
	if (!good && !a->renewing && a->last.code < 0 &&
	    (a->rounds_n != first_round || now < a->next_ms))
		return auth_fail(a, err);
	if (now >= deadline_ms)
		return err_set(
		    err, -ETIMEDOUT, "no access token until the deadline");
	if (a->renewing)
		wait_cond_ms(&a->changed, &a->lock, deadline_ms - now);
	else if (good && deadline_ms > now + AUTH_EARLY_ROUND_MS)
		auth_renew(a, now + AUTH_EARLY_ROUND_MS);
	else
		auth_renew(a, deadline_ms);
	return 1;
}

int
auth_get(struct auth *a, int64_t deadline_ms, char **ret_token,
    uint64_t *ret_serial, struct err *err)
{
	char *token = NULL;
	uint64_t first;
	int r;

	pthread_mutex_lock(&a->lock);
	first = a->rounds_n;
	do
		r = auth_step(a, first, deadline_ms, err);
	while (r > 0);
	if (r == 0) {
		token = secret_dup(a->access);
		if (token)
			*ret_serial = a->serial;
		else
			r = err_nomem(err);
	}
	pthread_mutex_unlock(&a->lock);
	if (r == 0)
		*ret_token = token;
	return r;
}

void
auth_reject(struct auth *a, uint64_t serial)
{
	pthread_mutex_lock(&a->lock);
	if (a->serial == serial)
		a->expires_ms = a->renew_ms = INT64_MIN;
	pthread_mutex_unlock(&a->lock);
}

bool
auth_is_near_expiry(struct auth *a, uint64_t serial)
{
	bool near;

	pthread_mutex_lock(&a->lock);
	near = a->serial != serial || clock_boot_ms() >= a->renew_ms;
	pthread_mutex_unlock(&a->lock);
	return near;
}

bool
auth_is_refused(struct auth *a)
{
	bool refused;

	pthread_mutex_lock(&a->lock);
	refused = a->last.code == -EROFS;
	pthread_mutex_unlock(&a->lock);
	return refused;
}

void
auth_cancel(struct auth *a)
{
	pthread_mutex_lock(&a->lock);
	a->cancelled = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}
