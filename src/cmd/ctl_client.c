/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

#define CTL_ERRNO_MAX 256

int
ctl_connect(const char *path, int *ret_fd, pid_t *ret_pid, struct err *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct ucred peer;
	socklen_t n = sizeof(peer);
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path))
		return err_set(
		    err, -ENAMETOOLONG, "%s: too long for a socket", path);
	memcpy(addr.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(err, -errno, "socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0) {
		bool gone = errno == ENOENT || errno == ECONNREFUSED;
		const char *who =
		    errno == EACCES
			? "; only root and whoever mounted can ask the daemon"
			: "";

		err_set(err, gone ? -ENOTCONN : -errno, "%s: %s%s%s", path,
		    gone ? "the daemon is gone: " : "", strerror(errno), who);
		close(fd);
		return err->code;
	}
	*ret_fd = fd;
	*ret_pid = peer.pid;
	return 0;
}

static int
client_errno_of(const char *name)
{
	int i;

	for (i = 1; name && i < CTL_ERRNO_MAX; i++)
		if (text_equal(strerrorname_np(i), name))
			return -i;
	return -EIO;
}

/* A final line: the answer, or a refusal. */
static int
client_finish(struct json **line, struct json **ret, struct err *err)
{
	const char *why = json_get_str(*line, "error");

	if (json_get_bool(*line, "ok", false)) {
		*ret = TAKE(*line);
		return 0;
	}
	err->http_status = (int)json_get_int(*line, "http_status", 0);
	return err_set(err, client_errno_of(json_get_str(*line, "errno")), "%s",
	    why ? why : "refused without a reason");
}

static int
client_read(struct ctl_reader *reader, struct json **ret, struct err *err)
{
	const char *text;
	size_t len;
	int r = ctl_line_read(reader, &text, &len);

	if (r == -ECONNRESET)
		return err_set(
		    err, -ENOTCONN, "the daemon ended before it had answered");
	if (r < 0)
		return err_set(
		    err, r, "no answer of the daemon: %s", strerror(-r));
	r = json_parse(text, len, ret, err);
	return r < 0 ? err_prefix(err, "the daemon's answer") : 0;
}

static int
client_answer(struct ctl_reader *reader, tenant_progress_fn progress, void *ctx,
    struct json **ret, struct err *err)
{
	for (;;) {
		AUTO(json_done) struct json *line = NULL;
		const char *what;
		int r = client_read(reader, &line, err);

		if (r < 0)
			return r;
		what = json_get_str(line, "progress");
		if (!what)
			return client_finish(&line, ret, err);
		if (progress)
			progress(ctx, what, (long)json_get_int(line, "done", 0),
			    (long)json_get_int(line, "total", -1));
	}
}

int
ctl_ask(int fd, const struct json *request, int idle_ms,
    tenant_progress_fn progress, void *ctx, struct json **ret_answer,
    struct err *err)
{
	AUTO(buf_done) struct buf pending = BUF_MAX(CTL_ANSWER_BYTES);
	struct ctl_reader reader = {fd, idle_ms, &pending, 0};
	int r = ctl_line_write(fd, request);

	/* one that refuses us unheard has still told why */
	if (r < 0 && r != -ECONNRESET)
		err_set(err, r, "control socket: %s", strerror(-r));
	else
		r = client_answer(&reader, progress, ctx, ret_answer, err);
	close(fd);
	return r;
}
