/* SPDX-License-Identifier: MIT */
#include "sandbox_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/http.h"
#include "gotofs/json.h"

#define SANDBOX_ARGS 32

static void
sandbox_exec(const char *program, const char *const *args, int out)
{
	const char *argv[SANDBOX_ARGS] = {program, "--port", "0"};
	size_t n = 3;

	for (; args && *args && n + 1 < SANDBOX_ARGS; args++)
		argv[n++] = *args;
	dup2(out, 1);
	execv(program, (char *const *)argv);
	_exit(127);
}

/* It says where it listens when it can be asked. */
static void
sandbox_await(struct sandbox *s, int in)
{
	char line[128];
	FILE *f = fdopen(in, "r");

	assert_non_null(f);
	if (!fgets(line, sizeof(line), f) ||
	    sscanf(line, "listening on %60s", s->url) != 1)
		fail_msg("the sandbox does not start");
	fclose(f);
}

void
sandbox_start(struct sandbox *s, const char *program, const char *const *args)
{
	int fds[2];

	memset(s, 0, sizeof(*s));
	assert_int_equal(pipe(fds), 0);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		close(fds[0]);
		sandbox_exec(program, args, fds[1]);
	}
	close(fds[1]);
	sandbox_await(s, fds[0]);
	assert_int_equal(http_pool_new(2, &s->pool, NULL), 0);
}

void
sandbox_stop(struct sandbox *s)
{
	int status = -1;

	http_pool_free(s->pool);
	kill(s->pid, SIGTERM);
	waitpid(s->pid, &status, 0);
	assert_int_equal(status, 0);
}

struct json *
sandbox_ask(
    struct sandbox *s, const char *method, const char *path, const char *body)
{
	AUTO(http_response_done) struct http_response res = HTTP_RESPONSE_NONE;
	struct err err = ERR_NONE;
	struct json *j = NULL;
	char url[256];
	struct http_request req = {
	    .method = method,
	    .url = url,
	    .content_type = body ? "application/json" : NULL,
	    .body = body,
	    .body_bytes = body ? strlen(body) : 0,
	    .timeout_ms = 20000,
	    .max_bytes = 64 << 20,
	};

	snprintf(url, sizeof(url), "%s/sandbox/%s", s->url, path);
	if (http_do(s->pool, &req, &res, &err) < 0)
		fail_msg("%s: %s", path, err.msg);
	if (res.status != 200)
		fail_msg("%s: %d %s", path, res.status, buf_str(&res.body));
	if (json_parse(buf_str(&res.body), res.body.len, &j, &err) < 0)
		fail_msg("%s: %s", path, err.msg);
	return j;
}

void
sandbox_tell(
    struct sandbox *s, const char *method, const char *path, const char *body)
{
	json_free(sandbox_ask(s, method, path, body));
}

void
sandbox_switch(struct sandbox *s, const char *name, const char *value)
{
	char body[256];

	snprintf(body, sizeof(body), "{\"%s\":\"%s\"}", name, value);
	sandbox_tell(s, "POST", "switch", body);
}

void
sandbox_fault(
    struct sandbox *s, const char *route, const char *kind, const char *more)
{
	char body[256];

	snprintf(body, sizeof(body), "{\"match\":\"%s\",\"kind\":\"%s\"%s}",
	    route, kind, more);
	sandbox_tell(s, "POST", "fault", body);
}

void
sandbox_clear(struct sandbox *s)
{
	sandbox_tell(s, "POST", "counters/clear", NULL);
	sandbox_tell(s, "DELETE", "fault", NULL);
}

long
sandbox_count(struct sandbox *s, const char *route)
{
	AUTO(json_done)
	struct json *j = sandbox_ask(s, "GET", "counters", NULL);

	return (long)json_get_int(json_get(j, "byRoute"), route, -1);
}

long
sandbox_total(struct sandbox *s)
{
	AUTO(json_done)
	struct json *j = sandbox_ask(s, "GET", "counters", NULL);

	return (long)json_get_int(j, "total", -1);
}
