/* SPDX-License-Identifier: MIT */
/* What became of an exchange: curl's codes as ours, and Retry-After. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "http_int.h"

#define HTTP_RETRY_AFTER_MAX_S 86400 /* a day; more is as good as for ever */

static int64_t
http_retry_after_seconds(const char *value)
{
	char *end;
	unsigned long long s;

	errno = 0;
	s = strtoull(value, &end, 10);
	end += strspn(end, " \t");
	if (*end)
		return -1;
	if (errno || s > HTTP_RETRY_AFTER_MAX_S)
		s = HTTP_RETRY_AFTER_MAX_S;
	return (int64_t)s * 1000;
}

int64_t
http_retry_after_ms(const char *value)
{
	time_t when;
	int64_t ms;

	value += strspn(value, " \t");
	if (*value >= '0' && *value <= '9')
		return http_retry_after_seconds(value);
	when = curl_getdate(value, NULL);
	if (when < 0)
		return -1;
	ms = (int64_t)when * 1000 - clock_wall_ms();
	if (ms < 0)
		ms = 0;
	if (ms > INT64_C(1000) * HTTP_RETRY_AFTER_MAX_S)
		ms = INT64_C(1000) * HTTP_RETRY_AFTER_MAX_S;
	return ms;
}

static const struct {
	CURLcode code;
	int r;
} http_codes[] = {
    {CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT},
    {CURLE_COULDNT_RESOLVE_HOST, -EHOSTUNREACH},
    {CURLE_COULDNT_RESOLVE_PROXY, -EHOSTUNREACH},
    {CURLE_COULDNT_CONNECT, -EHOSTUNREACH},
    {CURLE_PROXY, -EHOSTUNREACH},
    {CURLE_SSL_CONNECT_ERROR, -EACCES},
    {CURLE_PEER_FAILED_VERIFICATION, -EACCES},
    {CURLE_SSL_CACERT_BADFILE, -EACCES},
    {CURLE_SSL_CERTPROBLEM, -EACCES},
    {CURLE_SSL_CIPHER, -EACCES},
    {CURLE_SSL_ENGINE_NOTFOUND, -EACCES},
    {CURLE_SSL_ISSUER_ERROR, -EACCES},
    {CURLE_SSL_INVALIDCERTSTATUS, -EACCES},
    {CURLE_SEND_ERROR, -ECONNRESET},
    {CURLE_RECV_ERROR, -ECONNRESET},
    {CURLE_GOT_NOTHING, -ECONNRESET},
    {CURLE_HTTP2_STREAM, -ECONNRESET},
    /* curl wanted to send it again: see http_before_request */
    {CURLE_ABORTED_BY_CALLBACK, -ECONNRESET},
    {CURLE_HTTP2, -EPROTO},
    {CURLE_PARTIAL_FILE, -EPROTO},
    {CURLE_WEIRD_SERVER_REPLY, -EPROTO},
    {CURLE_BAD_CONTENT_ENCODING, -EPROTO},
    {CURLE_UNSUPPORTED_PROTOCOL, -EPROTO}, /* HTTP/0.9 */
    {CURLE_FILESIZE_EXCEEDED, -EFBIG},
    {CURLE_URL_MALFORMAT, -EINVAL},
    {CURLE_OUT_OF_MEMORY, -ENOMEM},
};

static int
http_code_errno(struct http_exchange *x, CURLcode code)
{
	long os_errno = 0;

	if (x->failure)
		return x->failure;
	curl_easy_getinfo(x->slot->easy, CURLINFO_OS_ERRNO, &os_errno);
	if (code == CURLE_COULDNT_CONNECT && os_errno == ECONNREFUSED)
		return -ECONNREFUSED;
	if (code == CURLE_SSL_CONNECT_ERROR && os_errno == ECONNRESET)
		return -ECONNRESET;
	for (size_t i = 0; i < sizeof(http_codes) / sizeof(*http_codes); i++)
		if (http_codes[i].code == code)
			return http_codes[i].r;
	return -EIO;
}

/* Bytes of a request left us, on whichever connection.  (What a proxy was asked
 * for, before the first of our attempts, counts as bytes for curl.) */
static bool
http_was_sent(struct http_exchange *x)
{
	long bytes = 0;

	if (x->attempts == 0)
		return false;
	curl_easy_getinfo(x->slot->easy, CURLINFO_REQUEST_SIZE, &bytes);
	return bytes > 0;
}

static int
http_explain(struct http_exchange *x, int r, CURLcode code, struct err *err)
{
	const char *why = http_tls_explain(x, code);

	if (!why)
		why = x->slot->error;
	if (!*why)
		why = curl_easy_strerror(code);
	if (r == -ECANCELED)
		return err_set(err, r, "shutting down");
	if (r == -ENOMEM)
		return err_nomem(err);
	if (x->head_bytes > HTTP_HEADS_BYTES)
		return err_set(err, r,
		    "%s: the head of the answer is larger than %u bytes",
		    x->host, HTTP_HEADS_BYTES);
	if (r == -EFBIG)
		return err_set(err, r,
		    "%s: the answer is larger than %zu bytes", x->host,
		    x->req->max_bytes);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		why = "the connection was lost";
	return err_set(err, r, "%s: %s", x->host, why);
}

int
http_result(struct http_exchange *x, CURLcode code, struct err *err)
{
	long status = 0;

	x->res.sent = http_was_sent(x);
	if (code != CURLE_OK || x->failure)
		return http_explain(x, http_code_errno(x, code), code, err);
	if (!x->head_ended)
		return err_set(err, -EPROTO, "%s: the answer was cut", x->host);
	curl_easy_getinfo(x->slot->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 100 || status > 599)
		return err_set(
		    err, -EPROTO, "%s: HTTP status %ld", x->host, status);
	x->res.status = (int)status;
	x->res.sent = true;
	return 0;
}
