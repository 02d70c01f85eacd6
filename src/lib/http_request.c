/* SPDX-License-Identifier: MIT */
/* What curl is told to send, and by which rules. */
#include <errno.h>
#include <string.h>

#include "gotofs/err.h"
#include "gotofs/secret.h"
#include "http_int.h"

#ifndef GOTOFS_VERSION
#define GOTOFS_VERSION "dev"
#endif

#define HTTP_HEADER_BYTES 16384 /* a token has up to 4096 (2.4, A) */

/* The lines may hold a token. */
void
http_headers_free(struct curl_slist *list)
{
	for (struct curl_slist *l = list; l; l = l->next)
		secret_wipe(l->data, strlen(l->data));
	curl_slist_free_all(list);
}

static int
http_header_add(struct http_exchange *x, const char *line)
{
	struct curl_slist *grown = curl_slist_append(x->headers, line);

	if (!grown)
		return -ENOMEM;
	x->headers = grown;
	return 0;
}

/* A line break in a value would be a header of its own. */
static bool
http_is_header_text(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static void
http_base64(const unsigned char *in, size_t n, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; n > 0; n -= n < 3 ? n : 3, in += 3) {
		unsigned v = (unsigned)in[0] << 16;

		v |= n > 1 ? (unsigned)in[1] << 8 : 0;
		v |= n > 2 ? in[2] : 0;
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = n > 1 ? digits[v >> 6 & 63] : '=';
		*out++ = n > 2 ? digits[v & 63] : '=';
	}
	*out = '\0';
}

static int
http_header_bearer(struct http_exchange *x, const char *token)
{
	char line[HTTP_HEADER_BYTES];
	int n = snprintf(line, sizeof(line), "Authorization: Bearer %s", token);
	int r = -EINVAL;

	if (n > 0 && n < (int)sizeof(line) && http_is_header_text(line))
		r = http_header_add(x, line);
	secret_wipe(line, sizeof(line));
	return r;
}

static int
http_header_basic(struct http_exchange *x, const char *user, const char *pass)
{
	char plain[2048], code[sizeof(plain) / 3 * 4 + 8];
	char line[sizeof(code) + 32];
	int n = snprintf(plain, sizeof(plain), "%s:%s", user, pass ? pass : "");
	int r = -EINVAL;

	if (n > 0 && n < (int)sizeof(plain)) {
		http_base64((const unsigned char *)plain, (size_t)n, code);
		snprintf(line, sizeof(line), "Authorization: Basic %s", code);
		r = http_header_add(x, line);
		secret_wipe(code, sizeof(code));
		secret_wipe(line, sizeof(line));
	}
	secret_wipe(plain, sizeof(plain));
	return r;
}

/* "Name:" takes away a header that curl would make up. */
static int
http_request_headers(struct http_exchange *x)
{
	const struct http_request *req = x->req;
	char type[128] = "Content-Type:";
	int r;

	if (req->content_type &&
	    snprintf(type, sizeof(type), "Content-Type: %s",
		req->content_type) >= (int)sizeof(type))
		return -EINVAL;
	r = http_header_add(x, "Accept: application/json");
	if (r == 0)
		r = http_header_add(x, "Expect:");
	if (r == 0)
		r = http_header_add(x, type);
	if (r == 0 && req->bearer)
		r = http_header_bearer(x, req->bearer);
	if (r == 0 && req->basic_user)
		r = http_header_basic(x, req->basic_user, req->basic_password);
	return r;
}

static int
http_request_method(struct http_exchange *x)
{
	const struct http_request *req = x->req;
	bool bad = false;

	if (req->body || strcmp(req->method, "POST") == 0 ||
	    strcmp(req->method, "PUT") == 0) {
		HTTP_SET(
		    CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_bytes);
		HTTP_SET(CURLOPT_POSTFIELDS, req->body ? req->body : "");
	}
	HTTP_SET(CURLOPT_CUSTOMREQUEST, req->method);
	HTTP_SET(CURLOPT_HTTPHEADER, x->headers);
	HTTP_SET(CURLOPT_USERAGENT, "gotofs/" GOTOFS_VERSION);
	HTTP_SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	return bad ? -ENOMEM : 0;
}

static int
http_request_limits(struct http_exchange *x, int64_t timeout_ms)
{
	bool bad = false;
	long ms = timeout_ms > INT32_MAX ? INT32_MAX : (long)timeout_ms;

	HTTP_SET(CURLOPT_NOSIGNAL, 1L);
	HTTP_SET(CURLOPT_TIMEOUT_MS, ms);
	HTTP_SET(CURLOPT_CONNECTTIMEOUT_MS,
	    ms < HTTP_CONNECT_MS ? ms : (long)HTTP_CONNECT_MS);
	HTTP_SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)x->req->max_bytes);
	HTTP_SET(CURLOPT_MAXAGE_CONN, HTTP_IDLE_S);
	HTTP_SET(CURLOPT_TCP_KEEPALIVE, 1L);
	/* do not wait for a resolver thread that hangs */
	HTTP_SET(CURLOPT_QUICK_EXIT, 1L);
	x->slot->error[0] = '\0';
	HTTP_SET(CURLOPT_ERRORBUFFER, x->slot->error);
	return bad ? -ENOMEM : 0;
}

int
http_request_prepare(
    struct http_exchange *x, int64_t timeout_ms, struct err *err)
{
	int r;

	curl_easy_reset(x->slot->easy);
	r = http_request_headers(x);
	if (r == 0)
		r = http_request_method(x);
	if (r == 0)
		r = http_tls_set(x);
	if (r == 0)
		r = http_request_limits(x, timeout_ms);
	if (r == -EINVAL)
		err_set(err, r, "a token or header cannot be sent as it is");
	else if (r < 0)
		err_nomem(err);
	return r;
}

/* The handle outlives the request: it must not point into it. */
void
http_request_forget(struct http_exchange *x)
{
	curl_easy_reset(x->slot->easy);
	http_headers_free(x->headers);
	x->headers = NULL;
}
