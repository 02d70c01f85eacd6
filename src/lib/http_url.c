/* SPDX-License-Identifier: MIT */
/*
 * Which addresses we talk to: https, or http on the loopback interface.
 * curl's own parser reads the URL and curl gets that reading, so that there is
 * no second opinion about which host is meant.  No name is resolved: loopback
 * is what is written as such.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gotofs/err.h"
#include "http_int.h"

#define HTTP_URL_BYTES 8192

static bool
http_is_loopback(const char *host)
{
	static const char v6[] = "[::1]";
	struct in_addr a;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, v6) == 0)
		return true;
	return inet_pton(AF_INET, host, &a) == 1 &&
	       (ntohl(a.s_addr) >> 24) == 127;
}

/* Blanks and control bytes have no place in a URL, secrets neither. */
static int
http_url_check_text(const char *url, struct err *err)
{
	const unsigned char *p;

	if (!url || !*url)
		return err_set(err, -EINVAL, "no URL was given");
	if (strlen(url) > HTTP_URL_BYTES)
		return err_set(err, -EINVAL, "the URL is too long");
	for (p = (const unsigned char *)url; *p; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return err_set(err, -EINVAL,
			    "the URL holds a character that must be encoded");
	return 0;
}

static bool
http_url_has(CURLU *u, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(u, part, &text, 0) == CURLUE_OK && *text;

	curl_free(text);
	return has;
}

static int
http_url_judge(
    CURLU *u, char host[HTTP_HOST_BYTES], bool *ret_loopback, struct err *err)
{
	char *scheme = NULL, *name = NULL;
	CURLUcode rc = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
	int r = 0;

	if (rc == CURLUE_OK)
		rc = curl_url_get(u, CURLUPART_HOST, &name, 0);
	if (rc == CURLUE_OUT_OF_MEMORY)
		r = err_nomem(err);
	else if (rc || strlen(name) >= HTTP_HOST_BYTES)
		r = err_set(err, -EINVAL, "the URL has no scheme or host");
	else if (http_url_has(u, CURLUPART_USER) ||
		 http_url_has(u, CURLUPART_PASSWORD))
		r = err_set(err, -EINVAL, "the URL holds a user or password");
	else if (strcmp(scheme, "https") != 0 &&
		 (strcmp(scheme, "http") != 0 || !http_is_loopback(name)))
		r = err_set(err, -EINVAL,
		    "%s://%s is not allowed: https only (http on loopback)",
		    scheme, name);
	if (r == 0) {
		snprintf(host, HTTP_HOST_BYTES, "%s", name);
		*ret_loopback = http_is_loopback(name);
	}
	curl_free(scheme);
	curl_free(name);
	return r;
}

int
http_url_parse(const char *url, CURLU **ret, char host[HTTP_HOST_BYTES],
    bool *ret_loopback, struct err *err)
{
	CURLUcode rc;
	CURLU *u;
	int r = http_url_check_text(url, err);

	if (r < 0)
		return r;
	u = curl_url();
	if (!u)
		return err_nomem(err);
	rc = curl_url_set(u, CURLUPART_URL, url, CURLU_PATH_AS_IS);
	if (rc == CURLUE_OUT_OF_MEMORY)
		r = err_nomem(err);
	else if (rc)
		r = err_set(err, -EINVAL, "not a URL of https");
	else
		r = http_url_judge(u, host, ret_loopback, err);
	if (r < 0)
		curl_url_cleanup(u);
	else
		*ret = u;
	return r;
}

int
http_check_url(const char *url, struct err *err)
{
	char host[HTTP_HOST_BYTES];
	bool loopback;
	CURLU *u;
	int r = http_url_parse(url, &u, host, &loopback, err);

	if (r == 0)
		curl_url_cleanup(u);
	return r;
}

static bool
http_is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

int
http_escape(const char *s, struct buf *out)
{
	size_t before = out->len;
	int r = 0;

	for (; *s && r == 0; s++)
		r = http_is_unreserved(*s)
			? buf_putc(out, *s)
			: buf_printf(out, "%%%02X", (unsigned char)*s);
	if (r < 0 && out->data)
		buf_resize(out, before);
	return r;
}
