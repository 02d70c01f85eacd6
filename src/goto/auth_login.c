/* SPDX-License-Identifier: MIT */
/*
 * auth_login: the login that is kept sealed (DESIGN 6).
 *
 * Theory: under the file's lock, read it, take the access token that is there
 * if it is none that failed us, else ask GoTo and write down what it answers.
 * So of several processes one asks; and a rotated refresh token is durable
 * before anybody uses the access token that came with it.  What could not be
 * written is kept, and goes before the file as long as that has not changed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auth_int.h"
#include "auth_source_int.h"
#include "gotofs/clock.h"
#include "gotofs/crash.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/log.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"

int
auth_login_init(struct auth_source *s, const struct goto_conf *conf)
{
	const struct token_place *p = conf->login;
	uint8_t *key = p->key ? malloc(CRYPTO_KEY_BYTES) : NULL;

	if (key)
		memcpy(key, p->key, CRYPTO_KEY_BYTES);
	s->place.path = text_dup(p->path);
	s->place.profile = text_dup(p->profile);
	s->place.passphrase = secret_dup(p->passphrase);
	s->place.key = key;
	s->account_key = text_dup(conf->account_key);
	return !s->place.path || !s->place.profile || (p->key && !key) ||
		       (p->passphrase && !s->place.passphrase) ||
		       (conf->account_key && !s->account_key)
		   ? -ENOMEM
		   : 0;
}

void
auth_login_done(struct auth_source *s)
{
	secret_free((char *)(uintptr_t)s->place.passphrase);
	if (s->place.key)
		secret_wipe((void *)(uintptr_t)s->place.key, CRYPTO_KEY_BYTES);
	free((void *)(uintptr_t)s->place.key);
	free((void *)(uintptr_t)s->place.path);
	free((void *)(uintptr_t)s->place.profile);
	free(s->account_key);
	secret_free(s->given);
}

static int
login_refuse(const struct auth_source *s, struct err *err, const char *why)
{
	err_prefix(err, "%s (run: gotofs login %s)", why, s->place.profile);
	if (err)
		err->code = -EROFS;
	return -EROFS;
}

static int
login_read(struct auth_source *s, struct token *ret, struct err *err)
{
	int r = token_read(&s->place, ret, err);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return login_refuse(s, err,
		    r == -ENOENT ? "nobody is logged in"
				 : "the login cannot be read");
	if (s->account_key && *ret->account_key &&
	    strcmp(s->account_key, ret->account_key) != 0) {
		err_set(err, -EROFS, "it is for %s, the profile names %s",
		    ret->account_key, s->account_key);
		return login_refuse(s, err, "the login is another account's");
	}
	/* what changed there since is a new login */
	if (s->stored && strcmp(s->stored, ret->text) != 0)
		secret_keep(&s->rotated, NULL);
	secret_keep(&s->stored, secret_dup(ret->text));
	return s->stored ? 0 : err_nomem(err);
}

static void
login_warn(struct auth_source *s)
{
	long long days = token_days_left(s->since_ms + AUTH_REFRESH_LIFE_MS);

	if (!s->since_ms || days >= TOKEN_WARN_DAYS) {
		s->warned = false;
	} else if (!s->warned) {
		s->warned = true;
		log_warn(TOKEN_WARNING, days, s->place.profile);
	}
}

/* Another process has asked meanwhile, or the last run had. */
static bool
login_has_access(const struct auth_source *s, const struct token *t)
{
	return t->access && !s->rotated &&
	       t->access_until_ms - clock_wall_ms() > 2 * AUTH_MARGIN_MS &&
	       (!s->given || strcmp(s->given, t->access) != 0);
}

static int
login_give(struct auth_source *s, const struct token *t,
    struct auth_answer *ret, struct err *err)
{
	struct auth_answer ans = AUTH_ANSWER_NONE;

	secret_keep(&s->given, secret_dup(t->access));
	ans.access_token = secret_dup(t->access);
	ans.life_ms = t->access_until_ms - clock_wall_ms();
	if (ans.life_ms > AUTH_LIFE_MAX_S * INT64_C(1000))
		ans.life_ms = AUTH_LIFE_MAX_S * INT64_C(1000);
	if (!s->given || !ans.access_token) {
		auth_answer_done(&ans);
		return err_nomem(err);
	}
	*ret = ans;
	return 0;
}

/* 2.5: a new one, the same one again (A) or none at all (C). */
static int
login_take(struct auth_source *s, struct token *t, struct auth_answer *ans,
    int64_t began_ms, struct err *err)
{
	bool is_new = !t->is_pat && ans->refresh_token &&
		      strcmp(ans->refresh_token, t->text) != 0;

	if (is_new) {
		secret_keep(&t->text, TAKE(ans->refresh_token));
		t->since_ms = began_ms;
		secret_keep(&s->rotated, secret_dup(t->text));
		if (!s->rotated)
			return err_nomem(err);
	}
	secret_keep(&t->access, TAKE(ans->access_token));
	t->access_until_ms = began_ms + ans->life_ms;
	s->since_ms = t->is_pat ? 0 : t->since_ms;
	return 0;
}

static int
login_save(struct auth_source *s, const struct token *t, struct err *err)
{
	int r;

	crash_point("token-before-save");
	r = token_write(&s->place, t, err);
	crash_point("token-after-save");
	if (r == 0) {
		s->seen = auth_source_stamp(s);
		secret_keep(&s->rotated, NULL);
		secret_keep(&s->stored, secret_dup(t->text));
		return s->stored ? 0 : err_nomem(err);
	}
	if (!s->rotated)
		return 0; /* others ask for themselves */
	err_prefix(err, "cannot store the new refresh token");
	if (err)
		err->code = -EIO;
	return -EIO;
}

static int
login_ask_locked(struct auth_source *s, struct http_pool *pool,
    int64_t deadline_ms, struct auth_answer *ret, int64_t *ret_again_ms,
    struct err *err)
{
	AUTO(token_done) struct token t = TOKEN_NONE;
	AUTO(auth_answer_done) struct auth_answer ans = AUTH_ANSWER_NONE;
	int64_t began_ms = clock_wall_ms();
	int r;

	s->seen = auth_source_stamp(s);
	r = login_read(s, &t, err);
	if (r < 0)
		return r;
	s->since_ms = t.is_pat ? 0 : t.since_ms;
	if (login_has_access(s, &t)) {
		login_warn(s);
		return login_give(s, &t, ret, err);
	}
	if (s->rotated) {
		secret_keep(&t.text, secret_dup(s->rotated));
		t.since_ms = began_ms;
		if (!t.text)
			return err_nomem(err);
	}
	r = auth_exchange(
	    s, pool, t.is_pat, t.text, deadline_ms, &ans, ret_again_ms, err);
	if (r < 0)
		return r;
	*ret_again_ms = -1;
	r = login_take(s, &t, &ans, began_ms, err);
	if (r == 0)
		r = login_save(s, &t, err);
	login_warn(s);
	return r < 0 ? r : login_give(s, &t, ret, err);
}

int
auth_login_ask(struct auth_source *s, struct http_pool *pool,
    int64_t deadline_ms, struct auth_answer *ret, int64_t *ret_again_ms,
    struct err *err)
{
	int fd = -1, r;

	*ret_again_ms = -1;
	r = token_lock(s->place.path, deadline_ms, &fd, err);
	if (r == 0)
		r = login_ask_locked(
		    s, pool, deadline_ms, ret, ret_again_ms, err);
	token_unlock(fd);
	return r;
}
