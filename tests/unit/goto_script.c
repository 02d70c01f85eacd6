/* SPDX-License-Identifier: MIT */
#include "goto_script.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/http.h"

#define SCRIPT_STEPS 256

static struct {
	pthread_mutex_t lock;
	struct script_step steps[SCRIPT_STEPS];
	size_t n;
	size_t at;
	bool forever;
	int asked_n;
	char complaint[16384]; /* asserts must not run in other threads */
} script = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Atomic int64_t script_ahead_ms;

static int64_t
script_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * CLOCK_NS_PER_S + ts.tv_nsec +
	       atomic_load(&script_ahead_ms) * CLOCK_NS_PER_MS;
}

static int64_t
script_wall_ns(void)
{
	return script_ns(CLOCK_REALTIME);
}

static int64_t
script_boot_ms(void)
{
	return script_ns(CLOCK_BOOTTIME) / CLOCK_NS_PER_MS;
}

void
script_advance_ms(int64_t ms)
{
	atomic_fetch_add(&script_ahead_ms, ms);
}

static void
script_complain(const char *what, const char *want, const char *got)
{
	if (!*script.complaint)
		snprintf(script.complaint, sizeof(script.complaint),
		    "request %d: %s: wanted %s\ngot %s", script.asked_n, what,
		    want, got);
}

static void
script_check(const struct script_step *s, const struct http_request *req)
{
	char line[8192];
	const char *path = strstr(req->url, "://");

	path = path ? strchr(path + 3, '/') : NULL;
	snprintf(line, sizeof(line), "%s %s", req->method, path ? path : "/");
	if (s->want && strcmp(s->want, line) != 0)
		script_complain("line", s->want, line);
	if (s->body && strcmp(s->body, req->body ? req->body : "") != 0)
		script_complain("body", s->body, req->body ? req->body : "");
	if (s->bearer && strcmp(s->bearer, req->bearer ? req->bearer : ""))
		script_complain(
		    "bearer", s->bearer, req->bearer ? req->bearer : "");
}

static int
script_answer(const struct script_step *s, const struct http_request *req,
    struct http_response *ret, struct err *err)
{
	ret->sent = !s->unsent;
	if (s->hook)
		s->hook();
	if (s->r < 0)
		return err_set(err, s->r, "goto.example: told to fail");
	ret->status = s->status ? s->status : 200;
	ret->retry_after_ms = s->retry_after_ms ? s->retry_after_ms : -1;
	ret->body = (struct buf)BUF_MAX(req->max_bytes);
	if (s->answer && buf_puts(&ret->body, s->answer) < 0) {
		buf_done(&ret->body);
		ret->status = 0;
		return err_nomem(err);
	}
	return 0;
}

static int
script_transport(void *ctx, const struct http_request *req,
    struct http_response *ret, struct err *err)
{
	struct script_step s;

	(void)ctx;
	pthread_mutex_lock(&script.lock);
	script.asked_n++;
	if (script.at >= script.n) {
		script_complain("one too many", "nothing", req->url);
		pthread_mutex_unlock(&script.lock);
		return err_set(err, -EINVAL, "not in the script");
	}
	s = script.steps[script.at];
	if (script.at + 1 < script.n || !script.forever)
		script.at++;
	script_check(&s, req);
	pthread_mutex_unlock(&script.lock);
	return script_answer(&s, req, ret, err);
}

void
script_start(const struct script_step *steps, size_t n, bool forever)
{
	static const struct clock_source source = {
	    script_wall_ns, script_boot_ms};

	assert_true(n <= SCRIPT_STEPS);
	if (n > 0)
		memcpy(script.steps, steps, n * sizeof(*steps));
	script.n = n;
	script.at = 0;
	script.forever = forever;
	script.asked_n = 0;
	script.complaint[0] = '\0';
	atomic_store(&script_ahead_ms, 0);
	clock_set_source(&source);
	http_set_transport(script_transport, NULL);
}

int
script_end(void)
{
	http_set_transport(NULL, NULL);
	clock_set_source(NULL);
	if (*script.complaint)
		fail_msg("%s", script.complaint);
	if (!script.forever && script.at != script.n)
		fail_msg("request %zu (%s) never came", script.at + 1,
		    script.steps[script.at].want);
	return script.asked_n;
}

int
script_asked_n(void)
{
	int n;

	pthread_mutex_lock(&script.lock);
	n = script.asked_n;
	pthread_mutex_unlock(&script.lock);
	return n;
}
