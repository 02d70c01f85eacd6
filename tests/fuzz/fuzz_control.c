/* SPDX-License-Identifier: MIT */
/* What a client says to the control socket, and what is written to .gotofs/ctl:
 * the first byte tells which.  There is always one answer, and it is an object
 * that says "ok".  Commands that would wait for the network are not carried
 * out. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl_int.h"
#include "fuzz_tenant.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "serve.h"

static const struct tenant_caller who = {0, 0, 4711};
static struct ctl_server *server;
static struct serve serve_state;
static char path[128];

static int
handle(void *ctx, const struct json *request, struct ctl_conn *conn,
    struct json *answer, struct err *err)
{
	static const char *const waits[] = {
	    "refresh", "sync", "apply", "accept", NULL};
	const char *name = json_get_str(request, "command");
	size_t i;

	for (i = 0; waits[i]; i++)
		if (text_equal(name, waits[i]))
			return err_set(err, -EBUSY, "not here");
	return control_handle(ctx, request, conn, answer, err);
}

static void
stop(void)
{
	ctl_server_close(server);
}

static void
start(void)
{
	serve_state.tenant = fuzz_tenant();
	snprintf(path, sizeof(path), "%s/s", fuzz_tenant_dir());
	FUZZ_CHECK(
	    ctl_server_open(path, handle, &serve_state, &server, NULL) == 0);
	FUZZ_CHECK(atexit(stop) == 0);
}

static int
dial(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(addr.sun_path, path, strlen(path));
	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	return fd;
}

/* To the end: the server frees what it had before it closes, and libFuzzer
 * looks for leaks right after.  (Its timer interrupts a recv now and then.) */
static void
read_all(int fd, struct buf *out)
{
	char piece[4096];
	ssize_t n;

	do {
		n = TEMP_FAILURE_RETRY(recv(fd, piece, sizeof(piece), 0));
		if (n > 0)
			FUZZ_CHECK(buf_append(out, piece, (size_t)n) == 0);
	} while (n > 0);
	FUZZ_CHECK(n == 0 || errno == ECONNRESET);
}

static void
check_socket(const char *text, size_t len)
{
	AUTO(buf_done) struct buf answer = BUF_MAX(CTL_ANSWER_BYTES);
	AUTO(json_done) struct json *j = NULL;
	int fd = dial();

	/* it may have heard enough before the end */
	if (len > 0 && send(fd, text, len, MSG_NOSIGNAL) < 0)
		FUZZ_CHECK(errno == EPIPE || errno == ECONNRESET);
	shutdown(fd, SHUT_WR);
	read_all(fd, &answer);
	close(fd);
	/* what was left unread resets the connection, answer and all */
	if (answer.len == 0)
		return;
	FUZZ_CHECK(answer.data[answer.len - 1] == '\n');
	FUZZ_CHECK(json_parse(answer.data, answer.len, &j, NULL) == 0);
	FUZZ_CHECK(json_type(json_get(j, "ok")) == JSON_BOOL);
	if (!json_get_bool(j, "ok", true))
		FUZZ_CHECK(*json_get_str(j, "error"));
}

static void
check_file(const char *text, size_t len)
{
	struct tenant *t = fuzz_tenant();
	int r;

	if (len >= 7 && memmem(text, len, "refresh", 7))
		return;
	tenant_begin(t);
	r = ctl_write(t, &who, text, len, NULL);
	tenant_end(t);
	FUZZ_CHECK(r == 0 || r == -EINVAL || r == -EROFS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!server)
		start();
	if (len == 0)
		return 0;
	if (*data == 'f')
		check_file((const char *)data + 1, len - 1);
	else
		check_socket((const char *)data + 1, len - 1);
	return 0;
}
