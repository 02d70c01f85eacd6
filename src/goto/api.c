/* SPDX-License-Identifier: MIT */
/*
 * One call: token, turn, exchange, verdict; and again, while that is right.
 *
 * What may be repeated (goto-api.md 6, 8; no idempotency key anywhere):
 *
 *   answer                           GET PUT DELETE     POST that changes
 *   429                              until the deadline until the deadline
 *   401; 403 near the token's end    once, new token    once, new token
 *   the server cannot have seen it   3 tries            3 tries
 *   lost, late, truncated, no JSON   3 tries            -EINPROGRESS
 *     (2xx is good where nothing is to be read, unless the body is foreign)
 *   408, 500, 502, 503, 504          3 tries            -EINPROGRESS
 *   3xx                              -EIO               -EINPROGRESS
 *   anything else                    goto_error.h       goto_error.h
 *
 * A POST that changes nothing (a report of GoToTraining, 5.3) is a GET here.
 *
 * A DELETE that finds nothing, after an earlier try whose outcome is unknown,
 * has done its work.
 */
#include "api_int.h"

#include <errno.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/http.h"
#include "gotofs/json.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "gotofs/wait.h"

#define API_BODY_BYTES (1u << 20)
#define API_AGAIN 1
#define API_LEAST_MS 5000

/* The state of one call over its tries. */
struct api_try {
	struct goto_client *c;
	const struct goto_call *call;
	struct buf body;
	int64_t deadline_ms;
	int64_t sent_ms; /* when the last exchange began */
	uint64_t serial; /* of its token */
	int status;	 /* of its answer; 0: none */
	int failed_n;
	bool renewed; /* the token, once */
	bool unknown; /* an earlier try may have been carried out */
};

static bool
api_is_post(const struct api_try *t)
{
	return strcmp(t->call->method, "POST") == 0 &&
	       !t->call->changes_nothing;
}

static void
api_count(struct goto_client *c, enum goto_api api, int status)
{
	bool good = status >= 200 && status < 300;

	pthread_mutex_lock(&c->lock);
	c->stats.calls_n++;
	if (status == 429)
		c->stats.refused_n++;
	if (good && api == GOTO_API_ADMIN) {
		c->stats.last_ok_ms = clock_wall_ms();
		c->stats.token_refused = false;
	}
	pthread_mutex_unlock(&c->lock);
}

/* A verdict on a request (no such user, name taken) is no sign of illness. */
static bool
api_is_verdict(int r)
{
	return r == -ENOENT || r == -EEXIST || r == -ENOSPC || r == -EINVAL ||
	       r == -EPERM;
}

/* As much of a sentence as fits, not half a character. */
static void
api_copy_msg(char *to, size_t size, const char *from)
{
	size_t n = 0, more, len = strlen(from);

	while ((more = text_utf8_n(from + n, len - n)) > 0 && n + more < size)
		n += more;
	memcpy(to, from, n);
	to[n] = '\0';
}

/* The tenant is as well as its Admin API: a product that nobody bought, or
 * that the token may not see, is no illness. */
static void
api_note(struct goto_client *c, enum goto_api api, int r, const struct err *err)
{
	struct goto_stats *s = &c->stats;

	if (r == -ECANCELED || api != GOTO_API_ADMIN)
		return;
	pthread_mutex_lock(&c->lock);
	s->last_error = api_is_verdict(r) ? 0 : r;
	api_copy_msg(s->last_error_msg, sizeof(s->last_error_msg),
	    s->last_error ? err->msg : "");
	if (r == -EROFS)
		s->token_refused = true;
	pthread_mutex_unlock(&c->lock);
}

static int
api_pause(struct api_try *t, int64_t ms)
{
	struct goto_client *c = t->c;
	int64_t until = clock_boot_ms() + ms, now;
	bool cancelled;

	if (until >= t->deadline_ms)
		return -ETIMEDOUT;
	pthread_mutex_lock(&c->lock);
	while (!c->cancelled && (now = clock_boot_ms()) < until)
		wait_cond_ms(&c->cancel, &c->lock, until - now);
	cancelled = c->cancelled;
	pthread_mutex_unlock(&c->lock);
	return cancelled ? -ECANCELED : 0;
}

/* Try again after a pause, or give up with the failure that err tells. */
static int
api_again(struct api_try *t, int r, int64_t at_least_ms, struct err *err)
{
	int64_t ms = limit_backoff_ms(t->c->backoff_ms, t->failed_n);
	int paused = -ETIMEDOUT;

	if (++t->failed_n < API_TRIES)
		paused = api_pause(t, at_least_ms > ms ? at_least_ms : ms);
	if (paused == 0)
		return API_AGAIN;
	if (paused == -ECANCELED)
		return err_set(err, -ECANCELED, "shutting down");
	if (t->failed_n > 1)
		err_prefix(err, "tried %d times", t->failed_n);
	return r;
}

/* The request may have been carried out, and nobody told us. */
static int
api_unknown(struct api_try *t, int r, int64_t at_least_ms, struct err *err)
{
	t->unknown = true;
	if (!api_is_post(t))
		return r == -ECANCELED || r == -ENOMEM
			   ? r
			   : api_again(t, r, at_least_ms, err);
	err_prefix(err, "sent, but whether GoTo did it is unknown");
	if (err)
		err->code = -EINPROGRESS;
	return -EINPROGRESS;
}

static int
api_after_failure(struct api_try *t, int r, bool sent, struct err *err)
{
	bool hopeless = r == -EACCES || r == -EINVAL || r == -EFBIG;

	if (r == -EFBIG && t->call->can_ask_for_less)
		return r;
	r = goto_error_transport(r, err);
	if (sent && hopeless && !api_is_post(t))
		return r;
	if (sent)
		return api_unknown(t, r, 0, err);
	if (hopeless || r == -ECANCELED || r == -ENOMEM)
		return r;
	return api_again(t, r, 0, err);
}

/* What no API says to a request that wants no answer, empty or a few words: a
 * proxy's page, bytes that are no text, half of an object. */
static bool
api_is_foreign(const char *text, size_t len)
{
	const char *first = text + strspn(text, " \t\r\n");
	size_t i;

	if (*first == '<' || !text_is_utf8(text, len))
		return true;
	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' &&
		    !memchr("\t\r\n", text[i], 3))
			return true;
	return *first == '{' || *first == '[';
}

static int
api_read(struct api_try *t, const struct http_response *res, struct json **ret,
    struct err *err)
{
	AUTO(json_done) struct json *unwanted = NULL;
	const char *text = buf_str(&res->body);
	struct err why = ERR_NONE;
	int r;

	if (!ret && !api_is_foreign(text, res->body.len))
		return 0;
	r = json_parse(text, res->body.len, ret ? ret : &unwanted, &why);
	if (r == 0)
		return 0;
	if (r == -ENOMEM)
		err_nomem(err);
	else
		r = err_set(err, -EIO, "GoTo's answer is no JSON: %s", why.msg);
	return api_unknown(t, r, 0, err);
}

static bool
api_is_token_trouble(struct api_try *t, int status)
{
	return !t->renewed &&
	       (status == 401 || (status == 403 && auth_is_near_expiry(
						       t->c->auth, t->serial)));
}

static bool
api_is_passing(int status)
{
	return status == 408 || status == 500 || status == 502 ||
	       status == 503 || status == 504;
}

static int
api_after_answer(struct api_try *t, const struct http_response *res,
    struct json **ret, struct err *err)
{
	struct limit *limit = t->c->limit[t->call->api];
	int r;

	if (res->status == 429) {
		limit_refused(limit, t->sent_ms, res->retry_after_ms);
		return API_AGAIN;
	}
	limit_accepted(limit, t->sent_ms);
	if (res->status >= 200 && res->status < 300)
		return api_read(t, res, ret, err);
	if (api_is_token_trouble(t, res->status)) {
		auth_reject(t->c->auth, t->serial);
		t->renewed = true;
		return API_AGAIN;
	}
	r = goto_error_answer(t->call->verb, res->status, buf_str(&res->body),
	    res->body.len, err);
	if (api_is_passing(res->status) ||
	    (res->status / 100 == 3 && api_is_post(t)))
		return api_unknown(t, r, res->retry_after_ms, err);
	if (t->unknown && res->status == 404 && r == -ENOENT &&
	    strcmp(t->call->method, "DELETE") == 0)
		return 0;
	return r;
}

/* The deadline is for beginning a try; what has begun gets a fair time, or a
 * POST would end unknown for nothing. */
static int64_t
api_timeout_ms(const struct api_try *t)
{
	int64_t left = t->deadline_ms - clock_boot_ms();

	if (left < API_LEAST_MS)
		left = API_LEAST_MS;
	return left < t->c->timeout_ms ? left : t->c->timeout_ms;
}

static int
api_exchange(
    struct api_try *t, const char *token, struct json **ret, struct err *err)
{
	AUTO(http_response_done) struct http_response res = HTTP_RESPONSE_NONE;
	struct http_request req = {
	    .method = t->call->method,
	    .url = t->call->url,
	    .bearer = token,
	    .content_type = t->call->body ? "application/json" : NULL,
	    .body = t->call->body ? buf_str(&t->body) : NULL,
	    .body_bytes = t->body.len,
	    .timeout_ms = api_timeout_ms(t),
	    .max_bytes = t->call->max_bytes,
	};
	int r;

	t->sent_ms = clock_boot_ms();
	r = http_do(t->c->pool, &req, &res, err);
	t->status = res.status;
	if (r == 0 || res.sent)
		api_count(t->c, t->call->api, res.status);
	r = r < 0 ? api_after_failure(t, r, res.sent, err)
		  : api_after_answer(t, &res, ret, err);
	if (err) /* some servers quote what they refuse */
		secret_redact(err->msg, token);
	return r;
}

static int
api_once(struct api_try *t, struct json **ret, struct err *err)
{
	AUTO(secret_done) char *token = NULL;
	int r;

	if (err)
		err->http_status = 0; /* of this try, not of the one before */
	r = auth_get(t->c->auth, t->deadline_ms, &token, &t->serial, err);
	if (r == 0)
		r = limit_take(t->c->limit[t->call->api], t->call->prio,
		    t->deadline_ms, err);
	return r < 0 ? r : api_exchange(t, token, ret, err);
}

static int
api_print_body(struct api_try *t, struct err *err)
{
	int r = t->call->body ? json_print(t->call->body, &t->body) : 0;

	if (r == -EFBIG)
		return err_set(err, -EINVAL, "the request is too large");
	return r < 0 ? err_nomem(err) : 0;
}

int
api_unusable(int r, struct err *err)
{
	if (r != -EPROTO)
		return r;
	if (err)
		err->code = -EIO;
	return -EIO;
}

int
api_call(struct goto_client *c, const struct goto_call *call, struct json **ret,
    struct err *err)
{
	struct err own = ERR_NONE;
	struct api_try t = {
	    .c = c,
	    .call = call,
	    .body = BUF_MAX(API_BODY_BYTES),
	    .deadline_ms = clock_boot_ms() + c->deadline_ms[call->prio],
	};
	int r = api_print_body(&t, &own);

	if (r == 0)
		do
			r = api_once(&t, ret, &own);
		while (r == API_AGAIN);
	buf_done(&t.body);
	api_note(c, call->api, r, &own);
	if (r < 0 && err)
		*err = own;
	else if (err)
		err->http_status = t.status; /* for the journal */
	return r;
}
