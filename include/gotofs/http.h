/* SPDX-License-Identifier: MIT */
/*
 * http (floor 2): one HTTP exchange at a time a caller (libcurl underneath;
 * the only module that sees it).
 *
 * A pool of handles with keep-alive and HTTP/2 where the server offers it.
 * https only, TLS 1.2 or newer, verification always on; http is accepted for
 * loopback addresses alone.  Redirects are never followed.  One http_do sends
 * one request, never two (curl would, see http.c).  A proxy is used where
 * https_proxy, all_proxy and no_proxy say so, never for loopback.  Any thread
 * may call http_do; it blocks until the answer, the deadline or http_cancel.
 * Errors: -ETIMEDOUT deadline, -ECONNREFUSED / -EHOSTUNREACH never connected,
 * -ECONNRESET connection lost, -EFBIG answer beyond the ceiling, -EPROTO not
 * HTTP or truncated, -EACCES TLS, -EINVAL forbidden URL, -ECANCELED.
 */
#ifndef GOTOFS_HTTP_H
#define GOTOFS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gotofs/buf.h"

struct err;
struct http_pool;

struct http_request {
	const char *method; /* "GET", "POST", ... */
	const char *url;
	const char *bearer;	/* NULL, or the access token: a secret */
	const char *basic_user; /* NULL, or HTTP Basic credentials */
	const char *basic_password;
	const char *content_type; /* NULL without a body */
	const char *body;
	size_t body_bytes;
	int64_t timeout_ms; /* for the whole exchange */
	size_t max_bytes;   /* ceiling of the answer */
};

struct http_response {
	int status;	 /* 100..599, 0: there was no answer */
	int64_t date_ms; /* the server's clock, wall time; -1: it did not say */
	int64_t retry_after_ms; /* -1: the header is absent or not understood */
	bool sent;		/* may the server have seen the request? */
	struct buf body;	/* secret-wiped when freed */
};

#define HTTP_RESPONSE_NONE                                                     \
	{                                                                      \
		0, -1, -1, false, BUF_MAX(0)                                   \
	}

/* Create one when the process has forked for the last time.  SIGPIPE is ignored
 * from then on, unless the process has a handler for it. */
int http_pool_new(int max_handles, struct http_pool **ret, struct err *err);
void http_pool_free(struct http_pool *pool);
/* Trust the authorities in this file (PEM) and no others, in place of the
 * system's.  It is read now; call it before the first http_do.  A file that
 * anybody may write is -EPERM, one without a certificate -EINVAL. */
int http_pool_trust_file(
    struct http_pool *pool, const char *path, struct err *err);

/* 0 when there is an HTTP answer, whatever its status.  ret->sent is set also
 * on failure: false means that the server cannot have seen the request. */
int http_do(struct http_pool *pool, const struct http_request *req,
    struct http_response *ret, struct err *err);
void http_response_done(struct http_response *res);

/* From now on every exchange, running ones too, ends with -ECANCELED. */
void http_cancel(struct http_pool *pool);

/* Is this URL https, or http to a loopback address? 0 or -EINVAL. */
int http_check_url(const char *url, struct err *err);
/* Percent-encode all but unreserved characters (a blank is %20, never +:
 * goto-api.md 3.10, B). */
int http_escape(const char *s, struct buf *out);

/* The seam for tests: every http_do of the process goes here until NULL. */
typedef int (*http_transport_fn)(void *ctx, const struct http_request *req,
    struct http_response *ret, struct err *err);
void http_set_transport(http_transport_fn fn, void *ctx);

#endif
