/* SPDX-License-Identifier: MIT */
#include "ctl.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

#define CLIENTS_N 100

static char dir[] = TEST_TMP "/test_ctl.XXXXXX";
static char path[64];
static struct ctl_server *server;
static atomic_int handled;
static pthread_barrier_t gate;

/* What the daemon would do: "echo" sends back, "fail" refuses, "count" makes
 * progress, "flood" answers more than a socket holds, "gate" waits. */
static int
handle(void *ctx, const struct json *request, struct ctl_conn *conn,
    struct json *answer, struct err *err)
{
	const char *command = json_get_str(request, "command");
	long i;

	assert_ptr_equal(ctx, dir);
	atomic_fetch_add(&handled, 1);
	if (text_equal(command, "echo"))
		return json_set_str(
		    answer, "text", json_get_str(request, "text"));
	if (text_equal(command, "count")) {
		for (i = 1; i <= 3; i++)
			ctl_conn_progress(conn, "counting", i, 3);
		return 0;
	}
	if (text_equal(command, "flood")) {
		for (i = 0; i < 20000; i++)
			ctl_conn_progress(conn, "flooding the socket", i, -1);
		return 0;
	}
	if (text_equal(command, "gate")) {
		pthread_barrier_wait(&gate);
		return 0;
	}
	err->http_status = 401;
	return err_set(err, -EROFS, "no \"%s\"", command);
}

static int
start(void **state)
{
	struct err err = ERR_NONE;

	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/control.sock", dir);
	return ctl_server_open(path, handle, dir, &server, &err);
}

static int
stop(void **state)
{
	ctl_server_close(server);
	assert_int_equal(access(path, F_OK), -1);
	return rmdir(dir);
}

static int
dial(void)
{
	struct err err = ERR_NONE;
	pid_t pid;
	int fd;

	if (ctl_connect(path, &fd, &pid, &err) < 0)
		return -1;
	return pid == getpid() ? fd : -1;
}

static int
ask(const char *command, const char *text, tenant_progress_fn progress,
    void *ctx, struct json **ret, struct err *err)
{
	AUTO(json_done) struct json *request = json_new_object();
	int fd = dial();

	assert_true(fd >= 0);
	assert_int_equal(json_set_str(request, "command", command), 0);
	if (text)
		assert_int_equal(json_set_str(request, "text", text), 0);
	return ctl_ask(fd, request, 10000, progress, ctx, ret, err);
}

/* Send bytes; the daemon's last line, in a static buffer. */
static const char *
say(const char *bytes, size_t len)
{
	static char answer[4096];
	int fd = dial();
	size_t n = 0;
	ssize_t r;

	assert_true(fd >= 0);
	while (len > 0 && (r = send(fd, bytes, len, MSG_NOSIGNAL)) > 0) {
		bytes += r;
		len -= (size_t)r;
	}
	shutdown(fd, SHUT_WR);
	while ((r = recv(fd, answer + n, sizeof(answer) - 1 - n, 0)) > 0)
		n += (size_t)r;
	answer[n] = '\0';
	close(fd);
	return answer;
}

static void
it_is_private(void **state)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
it_answers(void **state)
{
	AUTO(json_done) struct json *answer = NULL;
	struct err err = ERR_NONE;

	assert_int_equal(
	    ask("echo", "\"\n\xc3\xbc", NULL, NULL, &answer, &err), 0);
	assert_string_equal(json_get_str(answer, "text"), "\"\n\xc3\xbc");
}

static void
it_refuses(void **state)
{
	struct json *answer = NULL;
	struct err err = ERR_NONE;

	assert_int_equal(ask("odd", NULL, NULL, NULL, &answer, &err), -EROFS);
	assert_string_equal(err.msg, "no \"odd\"");
	assert_int_equal(err.http_status, 401);
	assert_null(answer);
}

static void
add_up(void *ctx, const char *what, long done, long total)
{
	long *sum = ctx;

	assert_string_equal(what, "counting");
	assert_int_equal(total, 3);
	*sum = 10 * *sum + done;
}

static void
it_tells_progress(void **state)
{
	AUTO(json_done) struct json *answer = NULL;
	struct err err = ERR_NONE;
	long sum = 0;

	assert_int_equal(ask("count", NULL, add_up, &sum, &answer, &err), 0);
	assert_int_equal(sum, 123);
}

static void
garbage_is_refused(void **state)
{
	static const char nul[] = "{\"command\":\"e\0cho\"}\n";
	char *big = malloc(CTL_REQUEST_BYTES + 100);

	assert_non_null(strstr(say("no json\n", 8), "\"ok\":false"));
	assert_non_null(strstr(say("{}\n", 3), "\"ok\":false"));
	assert_non_null(strstr(say("[]\n", 3), "the request is not"));
	assert_non_null(strstr(say("{\"command\":7}\n", 14), "EINVAL"));
	assert_non_null(strstr(say(nul, sizeof(nul) - 1), "\"ok\":false"));
	assert_non_null(strstr(say("\n", 1), "\"ok\":false"));
	assert_non_null(strstr(say("", 0), "no request"));
	assert_non_null(strstr(say("{\"command\":", 11), "no request"));
	assert_non_null(big);
	memset(big, ' ', CTL_REQUEST_BYTES + 100);
	/* it may reset the connection before it has read all of this */
	say(big, CTL_REQUEST_BYTES + 100);
	free(big);
	it_answers(state);
}

static void
who_vanishes_is_forgotten(void **state)
{
	static const char flood[] = "{\"command\":\"flood\"}\n";
	int i, fd;

	for (i = 0; i < 10; i++) {
		fd = dial();
		assert_true(fd >= 0);
		assert_true(send(fd, flood, sizeof(flood) - 1, 0) > 0);
		close(fd);
		fd = dial();
		close(fd);
	}
	it_answers(state);
}

static void *
one_of_many(void *arg)
{
	AUTO(json_done) struct json *answer = NULL;
	struct err err = ERR_NONE;
	char text[16];
	int *ok = arg;

	snprintf(text, sizeof(text), "%p", arg);
	*ok = ask("echo", text, NULL, NULL, &answer, &err) == 0 &&
	      text_equal(json_get_str(answer, "text"), text);
	return NULL;
}

static void
many_at_once(void **state)
{
	pthread_t threads[CLIENTS_N];
	int ok[CLIENTS_N], i, silent[CTL_CONNS_MAX / 2];

	/* and some who say nothing: the others go on */
	for (i = 0; i < CTL_CONNS_MAX / 2; i++)
		silent[i] = dial();
	for (i = 0; i < CLIENTS_N; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, one_of_many, &ok[i]), 0);
	for (i = 0; i < CLIENTS_N; i++) {
		pthread_join(threads[i], NULL);
		assert_true(ok[i]);
	}
	for (i = 0; i < CTL_CONNS_MAX / 2; i++)
		close(silent[i]);
}

static void
nobody_listens(void **state)
{
	char name[64], much[200];
	struct err err = ERR_NONE;
	pid_t pid;
	int fd;

	snprintf(name, sizeof(name), "%s/none", dir);
	assert_int_equal(ctl_connect(name, &fd, &pid, &err), -ENOTCONN);
	memset(much, 'x', sizeof(much) - 1);
	much[0] = '/';
	much[sizeof(much) - 1] = '\0';
	assert_int_equal(ctl_connect(much, &fd, &pid, &err), -ENAMETOOLONG);
	assert_int_equal(
	    ctl_server_open(much, handle, dir, &server, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.msg, "state_dir"));
}

/* A socket that a dead daemon left behind. */
static void
a_stale_one_is_replaced(void **state)
{
	AUTO(json_done) struct json *answer = NULL;
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct err err = ERR_NONE;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ctl_server_close(server);
	memcpy(addr.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	assert_int_equal(dial(), -1);
	assert_int_equal(ctl_server_open(path, handle, dir, &server, &err), 0);
	assert_int_equal(ask("echo", "x", NULL, NULL, &answer, &err), 0);
}

static int
ask_once(void *ctx)
{
	AUTO(json_done) struct json *request = json_new_object();
	AUTO(json_done) struct json *answer = NULL;
	struct err err = ERR_NONE;
	pid_t pid;
	int fd;

	if (!request || json_set_str(request, "command", ctx) < 0)
		return -ENOMEM;
	if (ctl_connect(path, &fd, &pid, &err) < 0)
		return err.code;
	return ctl_ask(fd, request, 10000, NULL, NULL, &answer, &err);
}

static void
memory_may_end(void **state)
{
	assert_true(alloc_fail_sweep(ask_once, (void *)"count") > 5);
}

static void *
wait_at_gate(void *arg)
{
	AUTO(json_done) struct json *answer = NULL;
	struct err err = ERR_NONE;
	int *r = arg;

	*r = ask("gate", NULL, NULL, NULL, &answer, &err);
	return NULL;
}

/* stop: no new client, but who has asked is answered. */
static void
the_end_is_orderly(void **state)
{
	struct err err = ERR_NONE;
	int before = atomic_load(&handled), r = 1, idle = dial();
	pthread_t thread;

	pthread_barrier_init(&gate, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, wait_at_gate, &r), 0);
	while (atomic_load(&handled) == before)
		sched_yield();
	ctl_server_stop(server);
	assert_int_equal(dial(), -1);
	pthread_barrier_wait(&gate);
	pthread_join(thread, NULL);
	assert_int_equal(r, 0);
	ctl_server_close(server);
	close(idle);
	assert_int_equal(ctl_server_open(path, handle, dir, &server, &err), 0);
	pthread_barrier_destroy(&gate);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_is_private),
	    cmocka_unit_test(it_answers),
	    cmocka_unit_test(it_refuses),
	    cmocka_unit_test(it_tells_progress),
	    cmocka_unit_test(garbage_is_refused),
	    cmocka_unit_test(who_vanishes_is_forgotten),
	    cmocka_unit_test(many_at_once),
	    cmocka_unit_test(nobody_listens),
	    cmocka_unit_test(a_stale_one_is_replaced),
	    cmocka_unit_test(memory_may_end),
	    cmocka_unit_test(the_end_is_orderly),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
