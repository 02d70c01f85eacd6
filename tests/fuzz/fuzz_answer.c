/* SPDX-License-Identifier: MIT */
/* What the token endpoint and the APIs answer when they refuse, or should not
 * be believed: a byte for the status, then the body.  No sentence holds what a
 * terminal would obey, or a secret of ours. */
#include <errno.h>
#include <string.h>

#include "auth_grant_int.h"
#include "fuzz.h"
#include "gotofs/err.h"
#include "gotofs/goto_error.h"
#include "gotofs/http.h"
#include "gotofs/text.h"
#include "gotofs/token.h"

#define SECRET "refresh-token-0123456789abcdefghijklmnopqrstuvwxyz"

static const int statuses[] = {
    200, 201, 204, 302, 400, 401, 403, 404, 408, 409, 413, 429, 500, 503};

struct answer {
	int status;
	const char *body;
	size_t len;
};

static int
answer_give(void *ctx, const struct http_request *req,
    struct http_response *ret, struct err *err)
{
	const struct answer *a = ctx;

	FUZZ_CHECK(strstr(req->body, SECRET));
	ret->status = a->status;
	ret->sent = true;
	ret->body = (struct buf)BUF_MAX(1 << 20);
	FUZZ_CHECK(buf_append(&ret->body, a->body, a->len) == 0);
	return 0;
}

static void
check_sentence(const struct err *err)
{
	const unsigned char *s = (const unsigned char *)err->msg;

	FUZZ_CHECK(*s && text_is_utf8(err->msg, strlen(err->msg)));
	for (; *s; s++) {
		FUZZ_CHECK(*s >= ' ' && *s != 0x7f);
		FUZZ_CHECK(*s != 0xc2 || s[1] >= 0xa0);
	}
}

static void
check_token(const char *token)
{
	size_t n = strlen(token);

	FUZZ_CHECK(n > 0 && n <= TOKEN_BYTES_MAX);
	for (; *token; token++)
		FUZZ_CHECK(*token > ' ' && *token < 0x7f);
}

static void
check_grant(struct http_pool *pool, struct answer *a)
{
	const struct auth_grant grant = {.url = "https://auth.example.com",
	    .client_id = "id",
	    .type = "refresh_token",
	    .field = "refresh_token",
	    .value = SECRET,
	    .timeout_ms = 1000};
	AUTO(auth_answer_done) struct auth_answer ans = AUTH_ANSWER_NONE;
	struct err err = ERR_NONE;
	int64_t again_ms = -2;
	int r;

	http_set_transport(answer_give, a);
	r = auth_grant_do(pool, &grant, &ans, &again_ms, &err);
	http_set_transport(NULL, NULL);
	FUZZ_CHECK(again_ms >= -1);
	if (r < 0) {
		FUZZ_CHECK(!ans.access_token && !ans.refresh_token);
		check_sentence(&err);
		FUZZ_CHECK(!strstr(err.msg, SECRET));
		return;
	}
	check_token(ans.access_token);
	if (ans.refresh_token)
		check_token(ans.refresh_token);
	FUZZ_CHECK(ans.life_ms >= 1000);
	FUZZ_CHECK(ans.life_ms <= AUTH_LIFE_MAX_S * INT64_C(1000));
}

static void
check_error(const struct answer *a)
{
	int verb;

	for (verb = 0; verb <= GOTO_VERB_TOKEN; verb++) {
		struct err err = ERR_NONE;
		int r = goto_error_answer(
		    (enum goto_verb)verb, a->status, a->body, a->len, &err);

		FUZZ_CHECK(r < 0 && err.code == r);
		FUZZ_CHECK(err.http_status == a->status);
		check_sentence(&err);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct http_pool *pool;
	AUTO(text_done) char *body = NULL;
	struct answer a;

	if (!pool)
		FUZZ_CHECK(http_pool_new(1, &pool, NULL) == 0);
	if (len == 0)
		return 0;
	/* as http_do gives it: with a NUL behind */
	body = calloc(len, 1);
	FUZZ_CHECK(body);
	memcpy(body, data + 1, len - 1);
	a = (struct answer){
	    statuses[*data % (sizeof(statuses) / sizeof(*statuses))], body,
	    len - 1};
	check_grant(pool, &a);
	if (a.status >= 300)
		check_error(&a);
	return 0;
}
