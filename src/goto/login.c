/* SPDX-License-Identifier: MIT */
#include "gotofs/goto_login.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api_int.h"
#include "auth_grant_int.h"
#include "decode_int.h"
#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/crypto.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/http.h"
#include "gotofs/json.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "gotofs/token.h"

#define LOGIN_URL_BYTES 8192
#define LOGIN_VALUE_BYTES 4096
#define LOGIN_RANDOM_BYTES 32 /* 43 characters (RFC 7636, 4.1) */
#define LOGIN_TIMEOUT_MS 30000
#define LOGIN_ACCOUNTS_MAX 1000

void
goto_login_done(struct goto_login *l)
{
	text_done(&l->redirect_url);
	text_done(&l->state);
	secret_done(&l->verifier);
	text_done(&l->url);
}

/* ---- the way there ---- */

static char *
login_random(void)
{
	uint8_t bytes[LOGIN_RANDOM_BYTES];
	char *text = NULL;

	if (crypto_random(bytes, sizeof(bytes)) == 0)
		text = crypto_base64url(bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
	return text;
}

/* S256: the one that GoTo knows (2.1, A). */
static char *
login_challenge(const char *verifier)
{
	uint8_t sum[CRYPTO_SHA256_BYTES];

	if (crypto_sha256(verifier, strlen(verifier), sum) < 0)
		return NULL;
	return crypto_base64url(sum, sizeof(sum));
}

static int
login_add(struct buf *url, const char *name, const char *value)
{
	int r = buf_printf(url, "&%s=", name);

	return r == 0 ? http_escape(value, url) : r;
}

/* 2.2 (A); without scope: all that the client has. */
static int
login_url(const struct goto_conf *conf, struct goto_login *l)
{
	AUTO(buf_done) struct buf url = BUF_MAX(LOGIN_URL_BYTES);
	AUTO(text_done) char *challenge = login_challenge(l->verifier);
	AUTO(text_done)
	char *page =
	    url_of(conf->auth_url, "/oauth/authorize?response_type=code");
	int r = challenge && page ? buf_puts(&url, page) : -ENOMEM;

	if (r == 0)
		r = login_add(&url, "client_id", conf->client_id);
	if (r == 0)
		r = login_add(&url, "redirect_uri", l->redirect_url);
	if (r == 0)
		r = login_add(&url, "state", l->state);
	if (r == 0)
		r = login_add(&url, "code_challenge", challenge);
	if (r == 0)
		r = login_add(&url, "code_challenge_method", "S256");
	if (r == 0)
		l->url = buf_take(&url);
	return r == 0 && !l->url ? -ENOMEM : r;
}

int
goto_login_begin(const struct goto_conf *conf, const char *redirect_url,
    struct goto_login *ret, struct err *err)
{
	AUTO(goto_login_done) struct goto_login l = GOTO_LOGIN_NONE;
	int r;

	l.redirect_url = text_dup(redirect_url);
	l.state = login_random();
	l.verifier = login_random();
	r = l.redirect_url && l.state && l.verifier ? login_url(conf, &l)
						    : -ENOMEM;
	if (r == -EFBIG)
		return err_set(err, -EINVAL, "client_id is too long");
	if (r < 0)
		return err_nomem(err);
	*ret = l;
	l = (struct goto_login)GOTO_LOGIN_NONE;
	return 0;
}

/* ---- what comes back ---- */

static int
login_hex(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF", *at;

	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) % 16 : -1;
}

/* In place: what follows name= in the query, decoded; NULL: not there. */
static char *
login_value(const char *query, const char *name)
{
	size_t n = strlen(name);
	char *value, *to;
	const char *p = query;

	while (strncmp(p, name, n) != 0 || p[n] != '=') {
		p = strchr(p, '&');
		if (!p)
			return NULL;
		p++;
	}
	p += n + 1;
	value = to = strndup(p, strcspn(p, "&"));
	for (p = value; p && *p; p++, to++) {
		if (*p == '%' && login_hex(p[1]) >= 0 && login_hex(p[2]) >= 0) {
			*to = (char)(login_hex(p[1]) * 16 + login_hex(p[2]));
			p += 2;
		} else {
			*to = *p == '+' ? ' ' : *p;
		}
	}
	if (value)
		*to = '\0';
	return value;
}

/* It comes from elsewhere, and goes to a terminal. */
static void
login_clean(char *s)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s >= 0x7f)
			*s = '?';
}

/* RFC 6749, 4.1.2.1, which GoTo is assumed to follow (2.2, D). */
static const struct {
	const char *error;
	int code;
	const char *words;
} login_errors[] = {
    {"access_denied", -EACCES,
	"access was not granted: by whoever logged in, or by GoTo because he "
	"is no administrator"},
    {"unauthorized_client", -EACCES,
	"the OAuth client may not log anybody in: allow it the grant "
	"\"Authorization code\" at GoTo"},
    {"invalid_client", -EACCES,
	"GoTo does not know client_id: check the profile"},
    {"invalid_scope", -EACCES,
	"the OAuth client has none of the scopes: enable them at GoTo"},
    {"unsupported_response_type", -EACCES,
	"the OAuth client may not get codes: check it at GoTo"},
    {"invalid_request", -EACCES,
	"GoTo finds something wrong with the request: check client_id and "
	"redirect_url of the profile against the OAuth client"},
    {"server_error", -EIO, "GoTo failed: try again later"},
    {"temporarily_unavailable", -EIO, "GoTo is overloaded: try again later"},
};

static int
login_refused(const char *query, char *error, struct err *err)
{
	AUTO(text_done) char *why = login_value(query, "error_description");
	const char *words = "GoTo refuses the login";
	int code = -EACCES;
	size_t i;

	for (i = 0; i < sizeof(login_errors) / sizeof(login_errors[0]); i++)
		if (strcmp(login_errors[i].error, error) == 0) {
			code = login_errors[i].code;
			words = login_errors[i].words;
		}
	login_clean(error);
	login_clean(why);
	return err_set(err, code, "%s (%.60s%s%.160s)", words, error,
	    why ? ": " : "", why ? why : "");
}

int
goto_login_answer(const struct goto_login *l, const char *url, char **ret_code,
    struct err *err)
{
	const char *mark = strchr(url, '?');
	size_t n = strlen(url);
	AUTO(secret_done) char *query = NULL;
	AUTO(secret_done) char *code = NULL;
	AUTO(text_done) char *state = NULL;
	AUTO(text_done) char *error = NULL;

	if (n > LOGIN_URL_BYTES)
		return err_set(err, -EINVAL, "that address is too long");
	query = strndup(
	    mark ? mark + 1 : url, strcspn(mark ? mark + 1 : url, "# \r\n"));
	if (!query)
		return err_nomem(err);
	state = login_value(query, "state");
	error = login_value(query, "error");
	code = login_value(query, "code");
	if (!error && !code)
		return err_set(err, -EINVAL,
		    "neither a code nor an error is in that address: give all "
		    "of the one that the browser came to");
	/* before anything else: it may come from anybody */
	if (!state || strcmp(state, l->state) != 0)
		return err_set(err, -EINVAL,
		    "that is no answer to this login (its state differs): open "
		    "the address that was printed last");
	if (error)
		return login_refused(query, error, err);
	if (!*code || strlen(code) > LOGIN_VALUE_BYTES)
		return err_set(err, -EINVAL, "the code makes no sense");
	*ret_code = TAKE(code);
	return 0;
}

/* ---- the code ---- */

static int
login_pool(const struct goto_conf *conf, const char *path,
    struct http_pool **ret_pool, char **ret_url, struct err *err)
{
	int r = http_check_url(conf->auth_url, err);

	if (r == 0)
		r = http_pool_new(1, ret_pool, err);
	if (r == 0 && conf->ca_file &&
	    (r = http_pool_trust_file(*ret_pool, conf->ca_file, err)) < 0)
		err_prefix(err, "ca_file");
	if (r == 0 && !(*ret_url = url_of(conf->auth_url, path)))
		r = err_nomem(err);
	return r;
}

static void
login_pool_done(struct http_pool **pool)
{
	http_pool_free(*pool);
}

int
goto_login_code(const struct goto_conf *conf, const struct goto_login *l,
    const char *code, struct token *ret, struct err *err)
{
	AUTO(login_pool_done) struct http_pool *pool = NULL;
	AUTO(auth_answer_done) struct auth_answer ans = AUTH_ANSWER_NONE;
	AUTO(text_done) char *url = NULL;
	int64_t again_ms, began_ms = clock_wall_ms();
	const char *const more[][2] = {{"redirect_uri", l->redirect_url},
	    {"code_verifier", l->verifier}, {"client_id", conf->client_id}};
	struct auth_grant g = {
	    .client_id = conf->client_id,
	    .client_secret = conf->client_secret,
	    .type = "authorization_code",
	    .field = "code",
	    .value = code,
	    .more = more,
	    .more_n = conf->client_secret ? 3 : 2, /* its form has it then */
	    .timeout_ms = LOGIN_TIMEOUT_MS,
	};
	int r = login_pool(conf, "/oauth/token", &pool, &url, err);

	g.url = url;
	if (r == 0)
		r = auth_grant_do(pool, &g, &ans, &again_ms, err);
	if (r < 0)
		return r;
	if (!ans.refresh_token)
		return err_set(err, -EIO,
		    "GoTo gave no refresh token: the OAuth client must have "
		    "that grant");
	*ret = (struct token)TOKEN_NONE;
	ret->text = TAKE(ans.refresh_token);
	ret->since_ms = began_ms;
	ret->access = TAKE(ans.access_token);
	ret->access_until_ms = began_ms + ans.life_ms;
	return 0;
}

/* ---- the end ---- */

/* RFC 7009 (2.7, D): 200, known or not. */
int
goto_revoke(
    const struct goto_conf *conf, const struct token *t, struct err *err)
{
	static const char *const more[][2] = {
	    {"token_type_hint", "refresh_token"}};
	AUTO(login_pool_done) struct http_pool *pool = NULL;
	AUTO(text_done) char *url = NULL;
	struct auth_grant g = {
	    .client_id = conf->client_id,
	    .client_secret = conf->client_secret,
	    .field = "token",
	    .value = t->text,
	    .more = more,
	    .more_n = 1,
	    .timeout_ms = LOGIN_TIMEOUT_MS,
	};
	int r = login_pool(conf, "/oauth/revoke", &pool, &url, err);

	g.url = url;
	return r < 0 ? r : auth_revoke(pool, &g, err);
}

/* ---- who it is ---- */

void
goto_identity_done(struct goto_identity *i)
{
	text_done(&i->email);
	strv_done(&i->keys);
	strv_done(&i->names);
}

static int
login_account(struct goto_identity *i, const char *key, const char *name)
{
	AUTO(text_done) char *clean = text_dup(name ? name : "");
	int r = clean ? 0 : -ENOMEM;

	if (strv_has(i->keys, key))
		return 0;
	login_clean(clean);
	if (r == 0)
		r = strv_add(&i->keys, key);
	return r < 0 ? r : strv_add(&i->names, clean);
}

/* 3.5: accountKey is the default one; the list may be absent. */
static int
login_identity(const struct json *j, struct goto_identity *ret, struct err *err)
{
	const struct json *a = json_first(json_get(j, "accounts"));
	AUTO(text_done) char *key = NULL;
	int r = decode_account_key(j, &key, err);
	const char *email;
	int n = 0;

	if (r < 0)
		return r;
	r = login_account(ret, key, NULL);
	for (; r == 0 && a && n < LOGIN_ACCOUNTS_MAX; a = json_next(a), n++) {
		AUTO(text_done) char *one = json_key(json_get(a, "key"));
		const char *name = json_get_str(a, "name");

		if (one && strcmp(one, key) == 0 && name) {
			free(ret->names[0]);
			ret->names[0] = text_dup(name);
			login_clean(ret->names[0]);
			r = ret->names[0] ? 0 : -ENOMEM;
		} else if (one) {
			r = login_account(ret, one, name);
		}
	}
	email = json_get_str(j, "email");
	ret->email = text_dup(email ? email : "?");
	login_clean(ret->email);
	return r < 0 || !ret->email ? err_nomem(err) : 0;
}

int
goto_identify(struct goto_client *c, struct goto_identity *ret, struct err *err)
{
	AUTO(goto_identity_done)
	struct goto_identity i = GOTO_IDENTITY_NONE;
	AUTO(json_done) struct json *j = NULL;
	int r = api_me(c, &j, err);

	if (r < 0)
		return r;
	r = login_identity(j, &i, err);
	if (r < 0)
		return api_unusable(r, err);
	*ret = i;
	i = (struct goto_identity)GOTO_IDENTITY_NONE;
	return 0;
}
