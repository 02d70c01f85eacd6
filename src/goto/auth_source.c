/* SPDX-License-Identifier: MIT */
#include "auth_source_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "token_int.h"

/* However near the deadline: with a lost answer a new refresh token is lost,
 * and somebody must log in. */
#define AUTH_LEAST_MS 10000

int
auth_source_init(struct auth_source *s, const struct goto_conf *conf)
{
	s->url = text_printf("%s/oauth/token", conf->auth_url);
	s->client_id = text_dup(conf->client_id);
	s->client_secret = secret_dup(conf->client_secret);
	s->pat = secret_dup(conf->pat);
	s->file = text_dup(conf->refresh_token_file);
	s->timeout_ms = conf->timeout_ms;
	if (!s->url || !s->client_id ||
	    (conf->client_secret && !s->client_secret) ||
	    (conf->pat && !s->pat) || (conf->refresh_token_file && !s->file))
		return -ENOMEM;
	s->sealed = conf->login && !conf->pat && !conf->refresh_token_file;
	return s->sealed ? auth_login_init(s, conf) : 0;
}

void
auth_source_done(struct auth_source *s)
{
	free(s->url);
	free(s->client_id);
	secret_free(s->client_secret);
	secret_free(s->pat);
	free(s->file);
	secret_free(s->stored);
	secret_free(s->rotated);
	auth_login_done(s);
}

struct auth_stamp
auth_source_stamp(const struct auth_source *s)
{
	const char *path = s->sealed ? s->place.path : s->pat ? NULL : s->file;
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return (struct auth_stamp){0};
	return (struct auth_stamp){st.st_ino, st.st_mtim};
}

/* Make a rotated token durable.  On failure it stays in memory, and the next
 * exchange begins with it: it is the only one that GoTo still takes. */
static int
auth_save_rotated(struct auth_source *s, struct err *err)
{
	if (!s->rotated)
		return 0;
	if (token_save(s->file, s->rotated, err) < 0) {
		err_prefix(err, "cannot store the new refresh token");
		if (err)
			err->code = -EIO;
		return -EIO;
	}
	s->seen = auth_source_stamp(s);
	secret_keep(&s->stored, TAKE(s->rotated));
	return 0;
}

/* Read the file.  What changed there since is a new login and counts more
 * than what we hold. */
static int
auth_load(struct auth_source *s, struct err *err)
{
	AUTO(secret_done) char *token = NULL;
	int r;

	s->seen = auth_source_stamp(s);
	r = token_load(s->file, &token, err);

	if (r == -ENOMEM)
		return r;
	if (r < 0 && !s->rotated) {
		err_prefix(err, "no refresh token (run: gotofs login)");
		if (err)
			err->code = -EROFS;
		return -EROFS;
	}
	if (r == 0 && (!s->stored || strcmp(token, s->stored) != 0)) {
		secret_keep(&s->rotated, NULL);
		secret_keep(&s->stored, TAKE(token));
	}
	return auth_save_rotated(s, err);
}

int
auth_exchange(const struct auth_source *s, struct http_pool *pool, bool is_pat,
    const char *token, int64_t deadline_ms, struct auth_answer *ret,
    int64_t *ret_again_ms, struct err *err)
{
	int64_t left = deadline_ms - clock_boot_ms();
	int64_t ms = left > AUTH_LEAST_MS ? left : AUTH_LEAST_MS;
	struct auth_grant g = {
	    .url = s->url,
	    .client_id = s->client_id,
	    .client_secret = s->client_secret,
	    .type = is_pat ? "personal_access_token" : "refresh_token",
	    .field = is_pat ? "pat" : "refresh_token",
	    .value = token,
	    .timeout_ms = ms < s->timeout_ms ? ms : s->timeout_ms,
	};

	return auth_grant_do(pool, &g, ret, ret_again_ms, err);
}

int
auth_source_ask(struct auth_source *s, struct http_pool *pool,
    int64_t deadline_ms, struct auth_answer *ret, int64_t *ret_again_ms,
    struct err *err)
{
	AUTO(auth_answer_done) struct auth_answer ans = AUTH_ANSWER_NONE;
	int r;

	*ret_again_ms = -1;
	if (s->sealed)
		return auth_login_ask(
		    s, pool, deadline_ms, ret, ret_again_ms, err);
	r = s->pat ? 0 : auth_load(s, err);
	if (r == 0)
		r = auth_exchange(s, pool, s->pat != NULL,
		    s->pat ? s->pat : s->stored, deadline_ms, &ans,
		    ret_again_ms, err);
	if (r < 0)
		return r;
	*ret_again_ms = -1;
	/* 2.5: a new one, the same one again (A) or none at all (C) */
	if (!s->pat && ans.refresh_token &&
	    strcmp(ans.refresh_token, s->stored) != 0)
		secret_keep(&s->rotated, TAKE(ans.refresh_token));
	r = auth_save_rotated(s, err);
	if (r < 0)
		return r;
	*ret = ans;
	ans = (struct auth_answer)AUTH_ANSWER_NONE;
	return 0;
}
