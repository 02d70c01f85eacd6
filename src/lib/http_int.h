/* SPDX-License-Identifier: MIT */
/*
 * Inside http: the pool's slots and one exchange.  http.c runs an exchange,
 * http_request.c tells curl what to send, http_result.c reads what became of
 * it, http_pool.c lends the handles, http_url.c judges addresses, http_tls.c
 * says whom we trust, http_memory.c wipes what curl gives back.
 */
#ifndef GOTOFS_HTTP_INT_H
#define GOTOFS_HTTP_INT_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "gotofs/http.h"

#define HTTP_HOST_BYTES 256
#define HTTP_HEADS_BYTES (256u << 10) /* curl keeps them all */
#define HTTP_AUTHORITIES_BYTES (1 << 20)
#define HTTP_CONNECT_MS 10000
/* A server or a balancer in between drops an idle connection after a minute
 * or so; one that was idle for longer is not used again. */
#define HTTP_IDLE_S 55L

/* A handle with a connection cache of its own.  A multi handle only because
 * its poll can be woken from another thread. */
struct http_slot {
	CURL *easy; /* NULL until first used */
	CURLM *multi;
	bool busy;
	char error[CURL_ERROR_SIZE];
};

struct http_pool {
	pthread_mutex_t lock; /* guards busy of the slots, and their making */
	pthread_cond_t freed;
	atomic_bool cancelled;
	int n;
	struct http_slot *slots;
	struct buf authorities; /* PEM; empty: the system's */
};

/* One exchange, on the stack of http_do. */
struct http_exchange {
	const struct http_request *req;
	struct http_pool *pool;
	struct http_slot *slot;
	struct http_response res;
	struct curl_slist *headers;
	CURLU *url;
	char host[HTTP_HOST_BYTES];
	bool loopback;
	int attempts;	   /* requests that curl was about to send */
	size_t head_bytes; /* of all heads, those of 1xx answers too */
	int failure;	   /* negative errno from a callback */
	bool head_ended;   /* curl takes a head that was cut for a whole one */
};

/* Wait for a handle.  -ETIMEDOUT, -ECANCELED, -ENOMEM. */
int http_pool_take(struct http_pool *pool, int64_t deadline_ms,
    struct http_slot **ret, struct err *err);
void http_pool_give(struct http_pool *pool, struct http_slot *slot);

/* Parse, and refuse what is forbidden.  *ret is curl's own reading of it, so
 * that what was judged is what is used. */
int http_url_parse(const char *url, CURLU **ret, char host[HTTP_HOST_BYTES],
    bool *ret_loopback, struct err *err);

/* Fill the handle from x->req.  -EINVAL, -ENOMEM. */
int http_request_prepare(
    struct http_exchange *x, int64_t timeout_ms, struct err *err);
void http_request_forget(struct http_exchange *x);
void http_headers_free(struct curl_slist *list);

/* Inside a function with x and bool bad. */
#define HTTP_SET(option, value)                                                \
	do {                                                                   \
		if (curl_easy_setopt(x->slot->easy, (option), (value)))        \
			bad = true;                                            \
	} while (0)

/* ---- http_tls.c ---- */

/* Whom the handle may talk to, and how. */
int http_tls_set(struct http_exchange *x);
/* A sentence, static, when TLS is why it failed; NULL: none of ours. */
const char *http_tls_explain(struct http_exchange *x, CURLcode code);

/* ---- http_memory.c, http_result.c ---- */

/* curl_global_init() with an allocator that wipes. */
void http_memory_init(void);

/* After the transfer: fills x->res, or says why there is none. */
int http_result(struct http_exchange *x, CURLcode code, struct err *err);
/* Of a Retry-After value: milliseconds, -1 when not understood. */
int64_t http_retry_after_ms(const char *value);

#endif
