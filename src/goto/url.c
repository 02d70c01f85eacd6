/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "api_int.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/http.h"
#include "gotofs/text.h"

void
url_done(struct url *u)
{
	buf_done(&u->text);
}

char *
url_of(const char *server, const char *path)
{
	size_t n = strlen(server);

	while (n > 0 && server[n - 1] == '/')
		n--;
	return text_printf("%.*s%s", (int)n, server, path);
}

void
url_add(struct url *u, const char *text)
{
	if (u->r == 0)
		u->r = buf_puts(&u->text, text);
}

void
url_key(struct url *u, const char *key)
{
	if (u->r == 0 && (!key || key[strspn(key, ".")] == '\0'))
		u->r = -EINVAL;
	if (u->r == 0)
		u->r = http_escape(key, &u->text);
}

void
url_keys(struct url *u, char *const *keys)
{
	for (char *const *k = keys; k && *k; k++) {
		if (k != keys)
			url_add(u, ",");
		url_key(u, *k);
	}
}

void
url_number(struct url *u, const char *name, long value)
{
	if (u->r == 0)
		u->r = buf_printf(&u->text, "%s=%ld", name, value);
}

void
url_time(struct url *u, const char *name, int64_t ms)
{
	char when[CLOCK_ISO_BYTES];

	if (u->r == 0)
		u->r = buf_printf(&u->text, "%s=%s", name, clock_iso(ms, when));
}

char *
url_known_account(struct goto_client *c)
{
	char *key;

	pthread_mutex_lock(&c->lock);
	key = text_dup(c->account_key ? c->account_key : "");
	pthread_mutex_unlock(&c->lock);
	return key;
}

void
url_account_key(struct url *u, struct goto_client *c, struct err *err)
{
	AUTO(text_done) char *key = url_known_account(c);

	if (u->r < 0)
		return;

	if (!key) {
		u->r = err_nomem(err);
		return;
	}
	if (!*key) {
		AUTO(text_done) char *asked = NULL;

		u->r = goto_me(c, NULL, &asked, err);
		if (u->r == 0 && !asked)
			u->r = err_set(err, -EPROTO,
			    "GoTo names no account: set account_key in the "
			    "profile");
		if (u->r == 0)
			u->r = goto_set_account(c, asked);
		text_done(&key);
		key = TAKE(asked);
	}
	url_key(u, key);
}

void
url_account(struct url *u, struct goto_client *c, struct err *err)
{
	url_add(u, c->url[GOTO_API_ADMIN]);
	url_add(u, "/accounts/");
	url_account_key(u, c, err);
}

int
url_check(const struct url *u, const char **ret, struct err *err)
{
	if (u->r == 0)
		*ret = buf_str(&u->text);
	else if (u->r == -ENOMEM)
		err_nomem(err);
	else if (u->r == -EINVAL)
		err_set(err, u->r, "a key is missing or no key");
	else if (u->r == -EFBIG)
		err_set(err, u->r, "the request's address is too long");
	return u->r;
}
