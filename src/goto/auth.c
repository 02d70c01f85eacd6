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

#include "auth_source_int.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/secret.h"
#include "gotofs/wait.h"
#include "limit_int.h"

#define AUTH_TRIES 3
/* While the old token is good, a renewal that fails costs its caller little,
 * and is not tried again at once. */
#define AUTH_EARLY_ROUND_MS 5000
#define AUTH_EARLY_RETRY_MS 10000

struct auth {
	/* never change */
	struct http_pool *pool;
	int64_t backoff_ms;

	struct auth_source source; /* of the round: who set renewing */

	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	bool renewing;
	bool cancelled;
	uint64_t rounds_n;
	int64_t next_ms;	/* after a failure: no round before */
	struct err last;	/* outcome of the last round; code 0: good */
	struct auth_stamp seen; /* by the last round */
	char *access;
	uint64_t serial;
	int64_t until_ms; /* of the refresh token, see goto_stats */
	int64_t renew_ms; /* due */
	int64_t expires_ms;
};

int
auth_new(const struct goto_conf *conf, struct http_pool *pool,
    struct auth **ret, struct err *err)
{
	struct auth *a;

	if (!conf->client_id || !*conf->client_id)
		return err_set(err, -EINVAL, "client_id is missing");
	if (!conf->pat && !conf->refresh_token_file && !conf->login)
		return err_set(err, -EINVAL,
		    "neither a personal access token nor a refresh token is "
		    "known");
	a = calloc(1, sizeof(*a));
	if (!a)
		return err_nomem(err);
	pthread_mutex_init(&a->lock, NULL);
	a->pool = pool;
	a->backoff_ms = conf->backoff_ms;
	if (wait_cond_init(&a->changed) < 0 ||
	    auth_source_init(&a->source, conf) < 0) {
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
	auth_source_done(&a->source);
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

static int
auth_round(struct auth *a, int64_t deadline_ms, struct auth_answer *ret,
    struct err *err)
{
	for (int i = 1;; i++) {
		int64_t again_ms, ms = limit_backoff_ms(a->backoff_ms, i - 1);
		int r = auth_source_ask(
		    &a->source, a->pool, deadline_ms, ret, &again_ms, err);

		if (r == 0 || again_ms < 0 || i == AUTH_TRIES)
			return r;
		if (auth_pause(a, again_ms > ms ? again_ms : ms, deadline_ms) <
		    0)
			return r;
	}
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
	secret_free(a->access);
	a->access = TAKE(ans->access_token);
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
	a->seen = a->source.seen;
	a->next_ms = now;
	a->until_ms =
	    a->source.since_ms ? a->source.since_ms + AUTH_REFRESH_LIFE_MS : 0;
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
auth_is_replaced(struct auth *a)
{
	struct auth_stamp now = auth_source_stamp(&a->source);
	bool replaced;

	pthread_mutex_lock(&a->lock);
	replaced = !a->renewing && now.ino != 0 &&
		   (now.ino != a->seen.ino ||
		       now.mtime.tv_sec != a->seen.mtime.tv_sec ||
		       now.mtime.tv_nsec != a->seen.mtime.tv_nsec);
	if (replaced) {
		a->seen = now;
		a->last = (struct err)ERR_NONE;
		a->next_ms = 0;
		a->expires_ms = a->renew_ms = INT64_MIN;
	}
	pthread_mutex_unlock(&a->lock);
	return replaced;
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

int64_t
auth_until_ms(struct auth *a)
{
	int64_t ms;

	pthread_mutex_lock(&a->lock);
	ms = a->until_ms;
	pthread_mutex_unlock(&a->lock);
	return ms;
}

void
auth_cancel(struct auth *a)
{
	pthread_mutex_lock(&a->lock);
	a->cancelled = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}
