/* SPDX-License-Identifier: MIT */
/*
 * Whom we trust.  TLS 1.2 or newer, certificate and host verified: there is no
 * switch for any of it.  What can be chosen is the authorities.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gotofs/err.h"
#include "gotofs/file.h"
#include "http_int.h"

/* ---- the authorities ---- */

static int
http_authorities_check(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s: not a regular file", path);
	if (st.st_size > HTTP_AUTHORITIES_BYTES)
		return err_set(err, -EFBIG, "%s: larger than %d bytes", path,
		    HTTP_AUTHORITIES_BYTES);
	if (st.st_mode & S_IWOTH)
		return err_set(err, -EPERM,
		    "%s: anybody may write this file; run: chmod o-w %s", path,
		    path);
	return 0;
}

static int
http_authorities_read(
    int fd, const char *path, struct buf *out, struct err *err)
{
	int r = http_authorities_check(fd, path, err);

	if (r == 0 && (r = file_read_all(fd, out)) < 0)
		err_set(err, r, "%s: %s", path, strerror(-r));
	if (r == 0 && !strstr(buf_str(out), "-----BEGIN CERTIFICATE-----"))
		r = err_set(err, -EINVAL,
		    "%s: no certificate in it (PEM is expected)", path);
	return r;
}

int
http_pool_trust_file(struct http_pool *pool, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;

	if (fd < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	buf_clear(&pool->authorities);
	r = http_authorities_read(fd, path, &pool->authorities, err);
	if (r < 0)
		buf_clear(&pool->authorities);
	close(fd);
	return r;
}

/* ---- a handle ---- */

/* Ours in place of the system's, which are a file and a folder. */
static bool
http_authorities_set(struct http_exchange *x)
{
	const struct buf *pem = &x->pool->authorities;
	struct curl_blob blob = {pem->data, pem->len, CURL_BLOB_NOCOPY};
	bool bad = false;

	HTTP_SET(CURLOPT_CAPATH, NULL);
	HTTP_SET(CURLOPT_CAINFO_BLOB, &blob);
	HTTP_SET(CURLOPT_PROXY_CAPATH, NULL);
	HTTP_SET(CURLOPT_PROXY_CAINFO_BLOB, &blob);
	return bad;
}

int
http_tls_set(struct http_exchange *x)
{
	bool bad = false;

	HTTP_SET(CURLOPT_CURLU, x->url);
	HTTP_SET(CURLOPT_PROTOCOLS_STR, x->loopback ? "http,https" : "https");
	HTTP_SET(CURLOPT_PATH_AS_IS, 1L);
	HTTP_SET(CURLOPT_FOLLOWLOCATION, 0L);
	HTTP_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	HTTP_SET(CURLOPT_SSL_VERIFYPEER, 1L);
	HTTP_SET(CURLOPT_SSL_VERIFYHOST, 2L);
	HTTP_SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	HTTP_SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	if (x->loopback)
		HTTP_SET(CURLOPT_NOPROXY, "*");
	if (x->pool->authorities.len > 0)
		bad = http_authorities_set(x) || bad;
	return bad ? -ENOMEM : 0;
}

/* ---- why it failed ---- */

/* OpenSSL's X509_V_ERR_*, which curl hands on as numbers. */
static const struct {
	long verdict;
	const char *sentence;
} http_verdicts[] = {
#define UNTRUSTED                                                              \
	"the server's certificate is signed by nobody who is trusted here "    \
	"(for "                                                                \
	"an authority of your own, set ca_file in [tenant])"
    {2, UNTRUSTED},
    {18, UNTRUSTED},
    {19, UNTRUSTED},
    {20, UNTRUSTED},
    {21, UNTRUSTED},
#undef UNTRUSTED
    {9, "the server's certificate is not valid yet; is this machine's clock "
	"right?"},
    {10, "the server's certificate has expired (or this machine's clock is "
	 "wrong)"},
    {62, "the server's certificate is for another host"},
    {66, "the server's certificate is too weak"},
    {67, "the server's certificate is signed by one that is too weak"},
    {68, "the server's certificate is signed in a way that is too weak"},
};

static const char *
http_explain_certificate(struct http_exchange *x)
{
	long verdict = 0;

	curl_easy_getinfo(x->slot->easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
	/* its host is checked by curl itself, when OpenSSL is content */
	if (strstr(x->slot->error, "target host name"))
		return "the server's certificate is for another host";
	for (size_t i = 0; i < sizeof(http_verdicts) / sizeof(*http_verdicts);
	     i++)
		if (http_verdicts[i].verdict == verdict)
			return http_verdicts[i].sentence;
	return NULL;
}

/* These have no code of their own, only OpenSSL's words. */
static const char *
http_explain_handshake(const char *words)
{
	if (strstr(words, "protocol version") ||
	    strstr(words, "unsupported protocol"))
		return "the server's TLS is too old; 1.2 is needed";
	if (strstr(words, "wrong version number") ||
	    strstr(words, "packet length too long") ||
	    strstr(words, "http request"))
		return "what answers there speaks no TLS";
	if (strstr(words, "SSL_ERROR_SYSCALL"))
		return "the connection ended before TLS began; is there a "
		       "server of TLS?";
	return NULL;
}

const char *
http_tls_explain(struct http_exchange *x, CURLcode code)
{
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return http_explain_certificate(x);
	case CURLE_SSL_CONNECT_ERROR:
		return http_explain_handshake(x->slot->error);
	case CURLE_SSL_CACERT_BADFILE:
		return x->pool->authorities.len > 0
			   ? "a certificate in ca_file cannot be read"
			   : NULL;
	default:
		return NULL;
	}
}
