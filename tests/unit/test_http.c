/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/http.h"
#include "gotofs/text.h"
#include "tiny_server.h"

struct fixture {
	struct tiny_server s;
	struct http_pool *pool;
	struct http_response res;
	struct err err;
	char url[64];
};

static void
up(struct fixture *f, tiny_answer answer, void *ctx)
{
	tiny_start(&f->s, answer, ctx);
	f->pool = NULL;
	f->res = (struct http_response)HTTP_RESPONSE_NONE;
	f->err = (struct err)ERR_NONE;
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%d/x", f->s.port);
	assert_int_equal(http_pool_new(4, &f->pool, NULL), 0);
}

static void
down(struct fixture *f)
{
	http_response_done(&f->res);
	http_pool_free(f->pool);
	tiny_stop(&f->s);
}

static int
ask(struct fixture *f, const char *method, int64_t timeout_ms)
{
	struct http_request req = {
	    .method = method,
	    .url = f->url,
	    .timeout_ms = timeout_ms,
	    .max_bytes = 10000,
	};

	http_response_done(&f->res);
	return http_do(f->pool, &req, &f->res, &f->err);
}

/* ---- answers ---- */

static enum tiny_after
answer_ctx(struct tiny_server *s, int fd, const char *request, int n)
{
	(void)request;
	(void)n;
	tiny_send(fd, s->ctx);
	return TINY_CLOSE;
}

static enum tiny_after
answer_ok(struct tiny_server *s, int fd, const char *request, int n)
{
	(void)s;
	(void)request;
	(void)n;
	tiny_reply(fd, 200, "", "{\"ok\":1}");
	return TINY_KEEP;
}

static enum tiny_after
answer_reset(struct tiny_server *s, int fd, const char *request, int n)
{
	(void)s;
	(void)fd;
	(void)request;
	(void)n;
	return TINY_RESET;
}

static enum tiny_after
answer_hang(struct tiny_server *s, int fd, const char *request, int n)
{
	(void)s;
	(void)fd;
	(void)request;
	(void)n;
	return TINY_HANG;
}

/* The first is answered, what follows on the connection is not. */
static enum tiny_after
answer_once(struct tiny_server *s, int fd, const char *request, int n)
{
	return n == 0 ? answer_ok(s, fd, request, n) : TINY_CLOSE;
}

/* ---- tests ---- */

static void
test_keep_alive(void **state)
{
	struct fixture f;

	(void)state;
	up(&f, answer_ok, NULL);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(ask(&f, "GET", 5000), 0);
		assert_int_equal(f.res.status, 200);
		assert_string_equal(buf_str(&f.res.body), "{\"ok\":1}");
		assert_true(f.res.sent);
		assert_int_equal(f.res.retry_after_ms, -1);
	}
	assert_int_equal(tiny_connections_n(&f.s), 1);
	assert_int_equal(tiny_requests_n(&f.s), 5);
	down(&f);
}

static void
test_what_is_sent(void **state)
{
	struct fixture f;
	struct http_request req = {
	    .method = "POST",
	    .bearer = "s3cret",
	    .content_type = "application/json",
	    .body = "{\"a\":1}",
	    .body_bytes = 7,
	    .timeout_ms = 5000,
	    .max_bytes = 100,
	};

	(void)state;
	up(&f, answer_ok, NULL);
	req.url = f.url;
	assert_int_equal(http_do(f.pool, &req, &f.res, &f.err), 0);
	assert_true(text_starts(tiny_last(&f.s), "POST /x HTTP/1.1\r\n"));
	assert_non_null(
	    strstr(tiny_last(&f.s), "Authorization: Bearer s3cret\r\n"));
	assert_non_null(
	    strstr(tiny_last(&f.s), "Accept: application/json\r\n"));
	assert_non_null(
	    strstr(tiny_last(&f.s), "Content-Type: application/json\r\n"));
	assert_non_null(strstr(tiny_last(&f.s), "User-Agent: gotofs/"));
	assert_null(strstr(tiny_last(&f.s), "Expect"));
	assert_true(text_ends(tiny_last(&f.s), "\r\n\r\n{\"a\":1}"));

	/* nothing of it stays with the handle */
	assert_int_equal(ask(&f, "GET", 5000), 0);
	assert_true(text_starts(tiny_last(&f.s), "GET /x HTTP/1.1\r\n"));
	assert_null(strstr(tiny_last(&f.s), "Authorization"));
	assert_null(strstr(tiny_last(&f.s), "Content-"));
	down(&f);
}

static void
test_empty_bodies(void **state)
{
	static const char *const with[] = {"POST", "PUT"};
	struct fixture f;

	(void)state;
	up(&f, answer_ok, NULL);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ask(&f, with[i], 5000), 0);
		assert_true(text_starts(tiny_last(&f.s), with[i]));
		assert_non_null(
		    strstr(tiny_last(&f.s), "Content-Length: 0\r\n"));
		assert_null(strstr(tiny_last(&f.s), "Content-Type"));
	}
	assert_int_equal(ask(&f, "DELETE", 5000), 0);
	assert_true(text_starts(tiny_last(&f.s), "DELETE /x HTTP/1.1\r\n"));
	assert_null(strstr(tiny_last(&f.s), "Content-"));
	down(&f);
}

static void
test_basic(void **state)
{
	static const struct {
		const char *user, *password, *sent;
	} rows[] = {
	    {"Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
	    {"a", "b", "YTpi"},
	    {"a", "bc", "YTpiYw=="},
	    {"a", NULL, "YTo="},
	};
	struct fixture f;
	char line[128];

	(void)state;
	up(&f, answer_ok, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_request req = {
		    .method = "GET",
		    .url = f.url,
		    .basic_user = rows[i].user,
		    .basic_password = rows[i].password,
		    .timeout_ms = 5000,
		    .max_bytes = 100,
		};

		http_response_done(&f.res);
		assert_int_equal(http_do(f.pool, &req, &f.res, &f.err), 0);
		snprintf(line, sizeof(line), "Authorization: Basic %s\r\n",
		    rows[i].sent);
		assert_non_null(strstr(tiny_last(&f.s), line));
	}
	down(&f);
}

static void
test_broken_answers(void **state)
{
	static const struct {
		const char *answer;
		int r;
	} rows[] = {
	    /* cut */
	    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\"", -EPROTO},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde",
		-EPROTO},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
		-EPROTO},
	    /* nothing at all */
	    {"", -ECONNRESET},
	    /* no HTTP */
	    {"hello\r\n\r\n", -EPROTO},
	    /* within its head */
	    {"HTTP/1.1 200 OK\r\nContent-Le", -EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture f;

		up(&f, answer_ctx, (void *)rows[i].answer);
		assert_int_equal(ask(&f, "GET", 5000), rows[i].r);
		assert_true(f.res.sent);
		assert_int_equal(f.res.status, 0);
		assert_int_equal(f.res.body.len, 0);
		assert_int_not_equal(f.err.msg[0], '\0');
		assert_int_equal(f.err.code, rows[i].r);
		assert_int_equal(tiny_requests_n(&f.s), 1);
		down(&f);
	}
}

static void
test_reset(void **state)
{
	struct fixture f;

	(void)state;
	up(&f, answer_reset, NULL);
	assert_int_equal(ask(&f, "POST", 5000), -ECONNRESET);
	assert_true(f.res.sent);
	assert_int_equal(tiny_requests_n(&f.s), 1);
	down(&f);
}

/* curl would send it again on a new connection. */
static void
test_no_hidden_repetition(void **state)
{
	struct fixture f;

	(void)state;
	up(&f, answer_once, NULL);
	assert_int_equal(ask(&f, "GET", 5000), 0);
	assert_int_equal(ask(&f, "POST", 5000), -ECONNRESET);
	assert_true(f.res.sent);
	assert_int_equal(tiny_requests_n(&f.s), 2);
	down(&f);
}

static void
test_refused(void **state)
{
	struct fixture f;

	(void)state;
	up(&f, answer_ok, NULL);
	tiny_stop(&f.s);
	assert_int_equal(ask(&f, "POST", 5000), -ECONNREFUSED);
	assert_false(f.res.sent);
	http_pool_free(f.pool);
}

static void
test_timeout(void **state)
{
	struct fixture f;

	(void)state;
	up(&f, answer_hang, NULL);
	assert_int_equal(ask(&f, "GET", 100), -ETIMEDOUT);
	assert_true(f.res.sent);
	down(&f);
}

static void
test_too_large(void **state)
{
	static const char length[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\nabc";
	char chunked[12000] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
			      "chunked\r\n\r\n2711\r\n";
	size_t n = strlen(chunked);
	struct fixture f;

	(void)state;
	up(&f, answer_ctx, (void *)length);
	assert_int_equal(ask(&f, "GET", 5000), -EFBIG);
	assert_true(f.res.sent);
	down(&f);
	memset(chunked + n, 'x', 10001);
	strcpy(chunked + n + 10001, "\r\n0\r\n\r\n");
	up(&f, answer_ctx, chunked);
	assert_int_equal(ask(&f, "GET", 5000), -EFBIG);
	down(&f);
}

static void
test_largest(void **state)
{
	char text[12000] = "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n";
	size_t n = strlen(text);
	struct fixture f;

	(void)state;
	memset(text + n, 'x', 10000);
	up(&f, answer_ctx, text);
	assert_int_equal(ask(&f, "GET", 5000), 0);
	assert_int_equal(f.res.body.len, 10000);
	assert_int_equal(strspn(f.res.body.data, "x"), 10000);
	down(&f);
}

static int64_t
fixed_wall_ns(void)
{
	return INT64_C(784111777) * CLOCK_NS_PER_S; /* 1994-11-06 08:49:37 */
}

static int64_t
real_boot_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
test_retry_after(void **state)
{
	static const struct clock_source fixed = {fixed_wall_ns, real_boot_ms};
	static const struct {
		const char *header;
		int64_t ms;
	} rows[] = {
	    {"Retry-After: 120", 120000},
	    {"retry-after:7  ", 7000},
	    {"Retry-After: 0", 0},
	    {"Retry-After: Sun, 06 Nov 1994 08:50:37 GMT", 60000},
	    {"Retry-After: Sun, 06 Nov 1994 08:48:37 GMT", 0},
	    {"Retry-After: soon", -1},
	    {"Retry-After: -5", -1},
	    {"Retry-After: 5 minutes", -1},
	    {"Retry-After:", -1},
	    {"Retry-After: 99999999999999999999999", 86400000},
	    {"Retry-After-Not: 5", -1},
	};

	(void)state;
	clock_set_source(&fixed);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture f;
		char answer[256];

		snprintf(answer, sizeof(answer),
		    "HTTP/1.1 429 No\r\n%s\r\nContent-Length: 2\r\n\r\n{}",
		    rows[i].header);
		up(&f, answer_ctx, answer);
		assert_int_equal(ask(&f, "GET", 5000), 0);
		assert_int_equal(f.res.status, 429);
		assert_int_equal(f.res.retry_after_ms, rows[i].ms);
		down(&f);
	}
	clock_set_source(NULL);
}

static void
test_interim_answer(void **state)
{
	static const char answer[] =
	    "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
	    "HTTP/1.1 204 None\r\n\r\n";
	struct fixture f;

	(void)state;
	up(&f, answer_ctx, (void *)answer);
	assert_int_equal(ask(&f, "GET", 5000), 0);
	assert_int_equal(f.res.status, 204);
	assert_int_equal(f.res.retry_after_ms, -1);
	down(&f);
}

/* Whatever it is called and wherever it leads, nobody goes there. */
static void
test_redirect(void **state)
{
	static const int codes[] = {300, 301, 302, 303, 305, 307, 308};
	static const char *const places[] = {
	    "http://127.0.0.1:%d/y", "http://localhost:%d/", "//127.0.0.1:%d/"};
	struct tiny_server other;

	(void)state;
	tiny_start(&other, answer_ok, NULL);
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		for (size_t j = 0; j < 3; j++) {
			char answer[256], place[64];
			struct fixture f;
			struct http_request req = {
			    .method = j ? "GET" : "POST",
			    .url = f.url,
			    .bearer = "s3cret",
			    .timeout_ms = 5000,
			    .max_bytes = 100,
			};

			snprintf(place, sizeof(place), places[j], other.port);
			snprintf(answer, sizeof(answer),
			    "HTTP/1.1 %d Go\r\nLocation: %s\r\n"
			    "Content-Length: 0\r\n\r\n",
			    codes[i], place);
			up(&f, answer_ctx, answer);
			assert_int_equal(
			    http_do(f.pool, &req, &f.res, &f.err), 0);
			assert_int_equal(f.res.status, codes[i]);
			assert_int_equal(tiny_requests_n(&f.s), 1);
			down(&f);
		}
	assert_int_equal(tiny_connections_n(&other), 0);
	tiny_stop(&other);
}

/* Heads without an end, for a client that keeps them all. */
static enum tiny_after
answer_heads(struct tiny_server *s, int fd, const char *request, int n)
{
	const char *again = s->ctx;

	(void)request;
	(void)n;
	tiny_send(fd, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 20000; i++)
		tiny_send(fd, again);
	tiny_send(fd, "Content-Length: 0\r\n\r\n");
	return TINY_CLOSE;
}

static void
test_flood_of_heads(void **state)
{
	static const char *const again[] = {
	    "X-Header: 0123456789\r\n", "\r\nHTTP/1.1 103 Early Hints\r\n"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct fixture f;

		up(&f, answer_heads, (void *)again[i]);
		assert_int_equal(ask(&f, "GET", 60000), -EFBIG);
		down(&f);
	}
}

struct bits {
	unsigned char bytes[8192];
	size_t n; /* bits */
};

/* The lowest bit first, as deflate has it; of a code, the highest. */
static void
bits_put(struct bits *b, unsigned value, int count, bool code)
{
	for (int i = 0; i < count; i++, b->n++)
		if (value >> (code ? count - 1 - i : i) & 1)
			b->bytes[b->n / 8] |= (unsigned char)(1 << (b->n % 8));
}

/* A few KB that become a MB: 'x', and copies of it, 258 at once. */
static enum tiny_after
answer_bomb(struct tiny_server *s, int fd, const char *request, int n)
{
	static const unsigned char head[10] = {
	    0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
	struct bits b = {{0}, 0};

	(void)s;
	(void)request;
	(void)n;
	bits_put(&b, 1, 1, false); /* the last block */
	bits_put(&b, 1, 2, false); /* fixed codes */
	bits_put(&b, 0x30 + 'x', 8, true);
	for (int i = 0; i < 4000; i++) {
		bits_put(&b, 0xc0 + 285 - 280, 8, true);
		bits_put(&b, 0, 5, true);
	}
	tiny_send(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
	assert_int_equal(send(fd, head, sizeof(head), 0), sizeof(head));
	send(fd, b.bytes, b.n / 8, MSG_NOSIGNAL);
	return TINY_CLOSE;
}

static void
test_bomb(void **state)
{
	struct fixture f;

	(void)state;
	up(&f, answer_bomb, NULL);
	assert_int_equal(ask(&f, "GET", 60000), -EFBIG);
	assert_int_equal(f.res.body.len, 0);
	down(&f);
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int
trust_once(void *ctx)
{
	struct http_pool *pool = NULL;
	int r = http_pool_new(1, &pool, NULL);

	if (r == 0)
		r = http_pool_trust_file(pool, ctx, NULL);
	http_pool_free(pool);
	return r;
}

static void
test_trust_file(void **state)
{
	static const char pem[] = "# ours\n-----BEGIN CERTIFICATE-----\nAAAA\n";
	char folder[] = TEST_TMP "/gotofs-http.XXXXXX", path[64];
	struct fixture f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/ca.pem", folder);
	up(&f, answer_ok, NULL);
	assert_int_equal(http_pool_trust_file(f.pool, path, &f.err), -ENOENT);
	assert_true(text_starts(f.err.msg, path));
	assert_int_equal(http_pool_trust_file(f.pool, folder, &f.err), -EINVAL);
	write_file(path, "nothing", 0600);
	assert_int_equal(http_pool_trust_file(f.pool, path, &f.err), -EINVAL);
	write_file(path, pem, 0666);
	assert_int_equal(http_pool_trust_file(f.pool, path, &f.err), -EPERM);
	write_file(path, pem, 0644);
	assert_int_equal(truncate(path, (2 << 20)), 0);
	assert_int_equal(http_pool_trust_file(f.pool, path, &f.err), -EFBIG);
	write_file(path, pem, 0644);
	assert_int_equal(http_pool_trust_file(f.pool, path, &f.err), 0);
	/* without TLS nobody is asked */
	assert_int_equal(ask(&f, "GET", 5000), 0);
	alloc_fail_sweep(trust_once, path);
	down(&f);
	unlink(path);
	rmdir(folder);
}

static void *
ask_slowly(void *arg)
{
	return (void *)(intptr_t)ask(arg, "GET", 60000);
}

static void
test_cancel(void **state)
{
	struct fixture f;
	pthread_t thread;
	int64_t from;
	void *r;

	(void)state;
	up(&f, answer_hang, NULL);
	pthread_create(&thread, NULL, ask_slowly, &f);
	tiny_await(&f.s, 1);
	from = real_boot_ms();
	http_cancel(f.pool);
	pthread_join(thread, &r);
	assert_int_equal((intptr_t)r, -ECANCELED);
	assert_true(f.res.sent);
	assert_true(real_boot_ms() - from < 1000);
	assert_int_equal(ask(&f, "GET", 5000), -ECANCELED);
	assert_false(f.res.sent);
	down(&f);
}

/* Another thread holds the only handle. */
static void
test_pool_is_full(void **state)
{
	struct http_request req = {
	    .method = "GET", .timeout_ms = 50, .max_bytes = 10};
	struct http_response res = HTTP_RESPONSE_NONE;
	struct fixture f;
	pthread_t thread;
	void *r;

	(void)state;
	up(&f, answer_hang, NULL);
	http_pool_free(f.pool);
	assert_int_equal(http_pool_new(1, &f.pool, NULL), 0);
	req.url = f.url;
	pthread_create(&thread, NULL, ask_slowly, &f);
	tiny_await(&f.s, 1);
	assert_int_equal(http_do(f.pool, &req, &res, NULL), -ETIMEDOUT);
	assert_false(res.sent);
	http_cancel(f.pool);
	pthread_join(thread, &r);
	assert_int_equal((intptr_t)r, -ECANCELED);
	down(&f);
}

static void *
ask_often(void *arg)
{
	struct fixture *f = arg;
	struct http_request req = {
	    .method = "GET",
	    .url = f->url,
	    .timeout_ms = 20000,
	    .max_bytes = 100,
	};
	intptr_t bad = 0;

	for (int i = 0; i < 50; i++) {
		struct http_response res = HTTP_RESPONSE_NONE;

		bad += http_do(f->pool, &req, &res, NULL) != 0 ||
		       res.status != 200;
		http_response_done(&res);
	}
	return (void *)bad;
}

static void
test_many_threads(void **state)
{
	struct fixture f;
	pthread_t threads[8];
	void *bad;

	(void)state;
	up(&f, answer_ok, NULL);
	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, ask_often, &f);
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], &bad);
		assert_null(bad);
	}
	assert_int_equal(tiny_requests_n(&f.s), 400);
	assert_in_range(tiny_connections_n(&f.s), 1, 4);
	down(&f);
}

static void
test_urls(void **state)
{
	static const struct {
		const char *url;
		int r;
	} rows[] = {
	    {"https://api.getgo.com", 0},
	    {"https://api.getgo.com:8443/a/b?c=d", 0},
	    {"HTTPS://api.getgo.com/", 0},
	    {"http://127.0.0.1:8080/x", 0},
	    {"http://127.200.3.4/", 0},
	    {"http://localhost:80/", 0},
	    {"http://LOCALHOST/", 0},
	    {"http://[::1]:8080/", 0},
	    {"http://api.getgo.com/", -EINVAL},
	    {"http://127.0.0.1.evil.example/", -EINVAL},
	    {"http://localhost.evil.example/", -EINVAL},
	    {"http://128.0.0.1/", -EINVAL},
	    {"http://[::2]/", -EINVAL},
	    {"http://0.0.0.0/", -EINVAL},
	    {"http://127.0.0.1@evil.example/", -EINVAL},
	    {"https://user:pass@api.getgo.com/", -EINVAL},
	    {"https://user@api.getgo.com/", -EINVAL},
	    {"ftp://127.0.0.1/", -EINVAL},
	    {"file:///etc/passwd", -EINVAL},
	    {"api.getgo.com", -EINVAL},
	    {"https://", -EINVAL},
	    {"https://a b/", -EINVAL},
	    {"https://api.getgo.com/\r\nX: y", -EINVAL},
	    {"", -EINVAL},
	    {NULL, -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err err = ERR_NONE;

		if (http_check_url(rows[i].url, &err) != rows[i].r)
			fail_msg("%s", rows[i].url ? rows[i].url : "NULL");
		assert_int_equal(err.code, rows[i].r);
	}
}

static void
test_forbidden_url(void **state)
{
	struct fixture f;

	(void)state;
	up(&f, answer_ok, NULL);
	strcpy(f.url, "http://192.0.2.1/");
	assert_int_equal(ask(&f, "GET", 5000), -EINVAL);
	assert_false(f.res.sent);
	down(&f);
}

/* "/users/.." must not become "/". */
static void
test_path_as_it_is(void **state)
{
	struct fixture f;

	(void)state;
	up(&f, answer_ok, NULL);
	strcat(f.url, "/a/../b");
	assert_int_equal(ask(&f, "GET", 5000), 0);
	assert_true(text_starts(tiny_last(&f.s), "GET /x/a/../b HTTP/1.1\r\n"));
	down(&f);
}

static void
test_header_injection(void **state)
{
	struct fixture f;
	struct http_request req = {
	    .method = "GET",
	    .bearer = "a\r\nX-Evil: 1",
	    .timeout_ms = 5000,
	    .max_bytes = 100,
	};

	(void)state;
	up(&f, answer_ok, NULL);
	req.url = f.url;
	assert_int_equal(http_do(f.pool, &req, &f.res, &f.err), -EINVAL);
	assert_false(f.res.sent);
	assert_int_equal(tiny_requests_n(&f.s), 0);
	down(&f);
}

/* TLS to a server that has none. */
static void
test_no_tls(void **state)
{
	struct fixture f;

	(void)state;
	up(&f, NULL, NULL);
	snprintf(f.url, sizeof(f.url), "https://127.0.0.1:%d/", f.s.port);
	assert_int_equal(ask(&f, "POST", 5000), -EACCES);
	assert_false(f.res.sent);
	assert_string_equal(
	    f.err.msg, "127.0.0.1: what answers there speaks no TLS");
	down(&f);
}

static void
test_escape(void **state)
{
	struct buf b = BUF_MAX(60);

	(void)state;
	assert_int_equal(http_escape("aZ09-._~", &b), 0);
	assert_string_equal(buf_str(&b), "aZ09-._~");
	buf_clear(&b);
	assert_int_equal(http_escape("a b+\"(é)/", &b), 0);
	assert_string_equal(buf_str(&b), "a%20b%2B%22%28%C3%A9%29%2F");
	/* 22 characters of three bytes do not fit: nothing is added */
	buf_clear(&b);
	assert_int_equal(buf_puts(&b, "x"), 0);
	assert_int_equal(http_escape("++++++++++++++++++++++", &b), -EFBIG);
	assert_string_equal(buf_str(&b), "x");
	buf_done(&b);
}

static int
fake_transport(void *ctx, const struct http_request *req,
    struct http_response *ret, struct err *err)
{
	(void)err;
	assert_string_equal(req->method, "PATCH");
	*(int *)ctx += 1;
	ret->status = 418;
	ret->sent = true;
	return 0;
}

static void
test_transport(void **state)
{
	struct http_request req = {.method = "PATCH", .url = "x"};
	struct http_response res = HTTP_RESPONSE_NONE;
	struct http_pool *pool;
	int calls = 0;

	(void)state;
	assert_int_equal(http_pool_new(1, &pool, NULL), 0);
	http_set_transport(fake_transport, &calls);
	assert_int_equal(http_do(pool, &req, &res, NULL), 0);
	assert_int_equal(res.status, 418);
	http_cancel(pool);
	assert_int_equal(http_do(pool, &req, &res, NULL), -ECANCELED);
	http_set_transport(NULL, NULL);
	assert_int_equal(calls, 1);
	http_pool_free(pool);
}

static int
pool_once(void *ctx)
{
	struct http_pool *pool = NULL;
	int r = http_pool_new(3, &pool, ctx);

	http_pool_free(pool);
	return r;
}

/* curl's memory is among it, and curl has other words for it at times, or does
 * without what it could not have. */
static int
ask_once(void *ctx)
{
	struct fixture *f = ctx;
	int r = ask(f, "GET", 5000);

	if (r == 0)
		assert_string_equal(buf_str(&f->res.body), "{\"ok\":1}");
	http_response_done(&f->res);
	return r < 0 ? -ENOMEM : 0;
}

static void
test_memory(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(http_pool_new(0, &f.pool, NULL), -EINVAL);
	alloc_fail_sweep(pool_once, NULL);
	up(&f, answer_ok, NULL);
	alloc_fail_sweep_lenient(ask_once, &f);
	down(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keep_alive),
	    cmocka_unit_test(test_what_is_sent),
	    cmocka_unit_test(test_empty_bodies),
	    cmocka_unit_test(test_basic),
	    cmocka_unit_test(test_broken_answers),
	    cmocka_unit_test(test_reset),
	    cmocka_unit_test(test_no_hidden_repetition),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_timeout),
	    cmocka_unit_test(test_too_large),
	    cmocka_unit_test(test_largest),
	    cmocka_unit_test(test_retry_after),
	    cmocka_unit_test(test_interim_answer),
	    cmocka_unit_test(test_redirect),
	    cmocka_unit_test(test_flood_of_heads),
	    cmocka_unit_test(test_bomb),
	    cmocka_unit_test(test_trust_file),
	    cmocka_unit_test(test_cancel),
	    cmocka_unit_test(test_pool_is_full),
	    cmocka_unit_test(test_many_threads),
	    cmocka_unit_test(test_urls),
	    cmocka_unit_test(test_forbidden_url),
	    cmocka_unit_test(test_path_as_it_is),
	    cmocka_unit_test(test_header_injection),
	    cmocka_unit_test(test_no_tls),
	    cmocka_unit_test(test_escape),
	    cmocka_unit_test(test_transport),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
