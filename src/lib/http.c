/* SPDX-License-Identifier: MIT */
/*
 * One exchange, from the request to the answer.
 *
 * What was sent once is never sent again from here.  curl by itself repeats
 * any request, a POST too, whose reused connection broke before the first byte
 * of the answer; but a server may have carried it out just before the
 * connection broke.  http_before_request stops that.
 */
#include "gotofs/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/secret.h"
#include "http_int.h"

#define HTTP_POLL_MS 1000

static _Atomic(http_transport_fn) http_transport;
static _Atomic(void *) http_transport_ctx;

void
http_set_transport(http_transport_fn fn, void *ctx)
{
	atomic_store(&http_transport_ctx, ctx);
	atomic_store(&http_transport, fn);
}

/* realloc would leave a copy of a token in the heap. */
static int
http_body_grow(struct buf *b, size_t want)
{
	size_t cap = b->cap ? b->cap : 1024;
	char *data;

	while (cap <= want)
		cap *= 2;
	data = malloc(cap);
	if (!data)
		return -ENOMEM;
	if (b->len)
		memcpy(data, b->data, b->len);
	data[b->len] = '\0';
	secret_wipe(b->data, b->len);
	free(b->data);
	b->data = data;
	b->cap = cap;
	return 0;
}

static size_t
http_take_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;
	struct buf *b = &x->res.body;

	(void)size; /* always 1 */
	if (n > b->max - b->len)
		x->failure = -EFBIG;
	else if (b->len + n >= b->cap)
		x->failure = http_body_grow(b, b->len + n);
	if (!x->failure)
		x->failure = buf_append(b, data, n);
	return x->failure ? 0 : n;
}

/* The value of a line "name: value", if it is this name's and not too long. */
static bool
http_header_value(
    const char *data, size_t n, const char *name, char *value, size_t size)
{
	size_t len = strlen(name);

	if (n <= len || strncasecmp(data, name, len) != 0)
		return false;
	data += len;
	n -= len;
	while (n > 0 && (data[n - 1] == '\r' || data[n - 1] == '\n'))
		n--;
	if (n >= size)
		return false;
	memcpy(value, data, n);
	value[n] = '\0';
	return true;
}

static int64_t
http_date_ms(const char *value)
{
	time_t when = curl_getdate(value, NULL);

	return when < 0 ? -1 : (int64_t)when * 1000;
}

/* Called a line; a 1xx answer or a repeated one starts a new set. */
static size_t
http_take_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;
	char value[128];

	(void)size;
	x->head_bytes += n;
	if (x->head_bytes > HTTP_HEADS_BYTES) {
		x->failure = -EFBIG;
		return 0;
	}
	x->head_ended = n == 2 && memcmp(data, "\r\n", 2) == 0;
	if (n >= 5 && memcmp(data, "HTTP/", 5) == 0)
		x->res.retry_after_ms = x->res.date_ms = -1;
	if (http_header_value(data, n, "date:", value, sizeof(value)))
		x->res.date_ms = http_date_ms(value);
	if (http_header_value(data, n, "retry-after:", value, sizeof(value)))
		x->res.retry_after_ms = http_retry_after_ms(value);
	return n;
}

static int
http_before_request(
    void *arg, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	struct http_exchange *x = arg;
	long bytes = 0;

	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	curl_easy_getinfo(x->slot->easy, CURLINFO_REQUEST_SIZE, &bytes);
	if (x->attempts++ > 0 && bytes > 0)
		return CURL_PREREQFUNC_ABORT;
	return CURL_PREREQFUNC_OK;
}

static int
http_set_callbacks(struct http_exchange *x)
{
	CURL *e = x->slot->easy;

	return curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, http_take_body) ||
		       curl_easy_setopt(e, CURLOPT_WRITEDATA, x) ||
		       curl_easy_setopt(
			   e, CURLOPT_HEADERFUNCTION, http_take_header) ||
		       curl_easy_setopt(e, CURLOPT_HEADERDATA, x) ||
		       curl_easy_setopt(
			   e, CURLOPT_PREREQFUNCTION, http_before_request) ||
		       curl_easy_setopt(e, CURLOPT_PREREQDATA, x)
		   ? -ENOMEM
		   : 0;
}

/* Until curl is done with it or somebody cancels. */
static CURLcode
http_drive(struct http_pool *pool, struct http_exchange *x)
{
	CURLM *multi = x->slot->multi;
	CURLMcode mc = CURLM_OK;
	CURLMsg *msg;
	int running = 1, left;

	while (mc == CURLM_OK) {
		if (atomic_load(&pool->cancelled)) {
			x->failure = -ECANCELED;
			return CURLE_ABORTED_BY_CALLBACK;
		}
		mc = curl_multi_perform(multi, &running);
		if (mc == CURLM_OK && running == 0)
			break;
		if (mc == CURLM_OK)
			mc =
			    curl_multi_poll(multi, NULL, 0, HTTP_POLL_MS, NULL);
	}
	msg = mc == CURLM_OK ? curl_multi_info_read(multi, &left) : NULL;
	return msg ? msg->data.result : CURLE_OUT_OF_MEMORY;
}

static int
http_transfer(struct http_pool *pool, struct http_exchange *x, struct err *err)
{
	CURLcode code;
	int r;

	if (curl_multi_add_handle(x->slot->multi, x->slot->easy))
		return err_nomem(err);
	code = http_drive(pool, x);
	r = http_result(x, code, err);
	curl_multi_remove_handle(x->slot->multi, x->slot->easy);
	return r;
}

static int
http_exchange(struct http_pool *pool, struct http_exchange *x,
    int64_t deadline_ms, struct err *err)
{
	int64_t left;
	int r;

	r = http_url_parse(x->req->url, &x->url, x->host, &x->loopback, err);
	if (r == 0)
		r = http_pool_take(pool, deadline_ms, &x->slot, err);
	if (r < 0)
		return r;
	left = deadline_ms - clock_boot_ms();
	r = http_request_prepare(x, left > 0 ? left : 1, err);
	if (r == 0 && http_set_callbacks(x) < 0)
		r = err_nomem(err);
	if (r == 0)
		r = http_transfer(pool, x, err);
	http_request_forget(x);
	http_pool_give(pool, x->slot);
	return r;
}

int
http_do(struct http_pool *pool, const struct http_request *req,
    struct http_response *ret, struct err *err)
{
	http_transport_fn transport = atomic_load(&http_transport);
	struct http_exchange x = {
	    .req = req,
	    .pool = pool,
	    .res = {0, -1, -1, false, BUF_MAX(req->max_bytes)},
	};
	int r;

	ret->sent = false;
	if (atomic_load(&pool->cancelled))
		return err_set(err, -ECANCELED, "shutting down");
	if (transport)
		return transport(
		    atomic_load(&http_transport_ctx), req, ret, err);
	r = http_exchange(pool, &x, clock_boot_ms() + req->timeout_ms, err);
	curl_url_cleanup(x.url);
	if (r == 0)
		*ret = x.res;
	else {
		ret->sent = x.res.sent;
		http_response_done(&x.res);
	}
	return r;
}

void
http_response_done(struct http_response *res)
{
	secret_wipe(res->body.data, res->body.len);
	buf_done(&res->body);
	res->status = 0;
	res->retry_after_ms = res->date_ms = -1;
	res->sent = false;
}
