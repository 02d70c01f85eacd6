/* SPDX-License-Identifier: MIT */
#include "auth_grant_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/err.h"
#include "gotofs/goto_error.h"
#include "gotofs/http.h"
#include "gotofs/json.h"
#include "gotofs/secret.h"
#include "gotofs/token.h"

#define AUTH_FORM_BYTES (4 * TOKEN_BYTES_MAX)
#define AUTH_ANSWER_BYTES 65536

void
auth_answer_done(struct auth_answer *ans)
{
	secret_done(&ans->access_token);
	secret_done(&ans->refresh_token);
}

static void
auth_form_done(struct buf *b)
{
	secret_wipe(b->data, b->cap);
	buf_done(b);
}

/* A public client names itself in the form (auth method "none", 2.1, A). */
static int
auth_form(const struct auth_grant *g, struct buf *out)
{
	size_t i;
	int r;

	/* all at once: growing would leave copies of the secret behind */
	r = buf_resize(out, AUTH_FORM_BYTES);
	if (r < 0)
		return r;
	buf_clear(out);
	r = g->type ? buf_printf(out, "grant_type=%s&", g->type) : 0;
	if (r == 0)
		r = buf_printf(out, "%s=", g->field);
	if (r == 0)
		r = http_escape(g->value, out);
	if (r == 0 && !g->client_secret)
		r = buf_puts(out, "&client_id=");
	if (r == 0 && !g->client_secret)
		r = http_escape(g->client_id, out);
	for (i = 0; r == 0 && i < g->more_n; i++) {
		r = buf_printf(out, "&%s=", g->more[i][0]);
		if (r == 0)
			r = http_escape(g->more[i][1], out);
	}
	return r;
}

/* It becomes a header line. */
static bool
auth_is_token(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (n == 0 || n > TOKEN_BYTES_MAX)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f)
			return false;
	return true;
}

/* A number (A); a string of digits is tolerated. */
static int64_t
auth_life_ms(const struct json *j)
{
	const char *text = json_get_str(j, "expires_in");
	int64_t s = text ? strtoll(text, NULL, 10)
			 : json_get_int(j, "expires_in", AUTH_LIFE_S);

	if (s < 1)
		s = 1;
	if (s > AUTH_LIFE_MAX_S)
		s = AUTH_LIFE_MAX_S;
	return s * 1000;
}

static int
auth_answer_read(
    const struct buf *body, struct auth_answer *ret, struct err *err)
{
	AUTO(json_done_secret) struct json *j = NULL;
	AUTO(auth_answer_done) struct auth_answer ans = AUTH_ANSWER_NONE;
	const char *access, *refresh;
	int r = json_parse(buf_str(body), body->len, &j, NULL);

	if (r == -ENOMEM)
		return err_nomem(err);
	access = json_get_str(j, "access_token");
	refresh = json_get_str(j, "refresh_token");
	if (r < 0 || !auth_is_token(access))
		return err_set(err, -EIO, "no access token in GoTo's answer");
	ans.life_ms = auth_life_ms(j);
	ans.access_token = secret_dup(access);
	if (auth_is_token(refresh))
		ans.refresh_token = secret_dup(refresh);
	if (!ans.access_token || (auth_is_token(refresh) && !ans.refresh_token))
		return err_nomem(err);
	*ret = ans;
	ans = (struct auth_answer)AUTH_ANSWER_NONE;
	return 0;
}

static bool
auth_status_is_passing(int status)
{
	return status == 429 || status == 408 || status >= 500;
}

/* -EROFS, -ENOMEM: it was not sent. */
static int
auth_grant_send(struct http_pool *pool, const struct auth_grant *g,
    struct buf *form, struct http_response *ret, struct err *err)
{
	int r = auth_form(g, form);
	struct http_request req = {
	    .method = "POST",
	    .url = g->url,
	    .basic_user = g->client_secret ? g->client_id : NULL,
	    .basic_password = g->client_secret,
	    .content_type = "application/x-www-form-urlencoded",
	    .body = buf_str(form),
	    .body_bytes = form->len,
	    .timeout_ms = g->timeout_ms,
	    .max_bytes = AUTH_ANSWER_BYTES,
	};

	if (r == -EFBIG)
		return err_set(err, -EROFS, "the stored token is too long");
	return r < 0 ? err_nomem(err) : http_do(pool, &req, ret, err);
}

static int
auth_refused(const struct auth_grant *g, const struct http_response *res,
    struct err *err)
{
	int r = goto_error_answer(GOTO_VERB_TOKEN, res->status,
	    buf_str(&res->body), res->body.len, err);

	if (err) { /* some servers quote what they refuse */
		secret_redact(err->msg, g->value);
		secret_redact(err->msg, g->client_secret);
	}
	return r;
}

/* A lost answer is asked for again, even though it may have rotated the
 * refresh token: there is nothing else to do. */
int
auth_grant_do(struct http_pool *pool, const struct auth_grant *g,
    struct auth_answer *ret, int64_t *ret_again_ms, struct err *err)
{
	AUTO(auth_form_done) struct buf form = BUF_MAX(AUTH_FORM_BYTES);
	AUTO(http_response_done) struct http_response res = HTTP_RESPONSE_NONE;
	int r = auth_grant_send(pool, g, &form, &res, err);

	*ret_again_ms = -1;
	if (r == -EROFS || r == -ENOMEM)
		return r;
	if (r < 0) {
		bool again = r != -ECANCELED && r != -EACCES && r != -EINVAL;

		*ret_again_ms = again ? 0 : -1;
		return goto_error_transport(r, err);
	}
	if (res.status >= 200 && res.status < 300) {
		*ret_again_ms = 0;
		return auth_answer_read(&res.body, ret, err);
	}
	if (auth_status_is_passing(res.status))
		*ret_again_ms = res.retry_after_ms > 0 ? res.retry_after_ms : 0;
	return auth_refused(g, &res, err);
}

int
auth_revoke(struct http_pool *pool, const struct auth_grant *g, struct err *err)
{
	AUTO(auth_form_done) struct buf form = BUF_MAX(AUTH_FORM_BYTES);
	AUTO(http_response_done) struct http_response res = HTTP_RESPONSE_NONE;
	int r = auth_grant_send(pool, g, &form, &res, err);

	if (r == -EROFS || r == -ENOMEM)
		return r;
	if (r < 0)
		return goto_error_transport(r, err);
	return res.status >= 200 && res.status < 300
		   ? 0
		   : auth_refused(g, &res, err);
}
