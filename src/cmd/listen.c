/* SPDX-License-Identifier: MIT */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"

#define LISTEN_LINE_BYTES 16384
#define LISTEN_READ_MS 5000 /* in all: others wait meanwhile */

void
listen_done(struct listen *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	text_done(&l->path);
	text_done(&l->url);
}

/* ---- where ---- */

static int
listen_bind(int port, int *ret_fd, int *ret_port, struct err *err)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) < 0 ||
	    listen(fd, 8) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &n) < 0) {
		int r = -errno;

		if (fd >= 0)
			close(fd);
		return err_set(err, r,
		    "cannot listen on port %d for the browser: %s; is another "
		    "login under way?",
		    port, strerror(-r));
	}
	*ret_fd = fd;
	*ret_port = ntohs(at.sin_port);
	return 0;
}

int
listen_open(const char *url, struct listen *ret, struct err *err)
{
	AUTO(listen_done) struct listen l = LISTEN_NONE;
	char host[32], path[256] = "/";
	int port = 80, r = 0;

	if (sscanf(url, "http://%31[a-z0-9.]:%d%255s", host, &port, path) < 2 ||
	    (strcmp(host, "localhost") != 0 && strcmp(host, "127.0.0.1") != 0))
		l.url = text_dup(url);
	else
		r = listen_bind(port, &l.fd, &port, err);
	if (r < 0)
		return r;
	if (!l.url)
		l.url = text_printf("http://%s:%d%s", host, port, path);
	l.path = text_dup(path);
	if (!l.url || !l.path)
		return err_nomem(err);
	*ret = l;
	l = (struct listen)LISTEN_NONE;
	return 0;
}

/* ---- one request ---- */

static void
listen_answer(int fd, const char *status, const char *text)
{
	AUTO(text_done)
	char *all = text_printf("HTTP/1.1 %s\r\n"
				"Content-Type: text/plain; charset=utf-8\r\n"
				"Cache-Control: no-store\r\n"
				"Connection: close\r\n"
				"Content-Length: %zu\r\n\r\n%s\n",
	    status, strlen(text) + 1, text);

	if (all)
		file_write_all(fd, all, strlen(all));
}

/* The first line of the request, and all of its head taken from the line, so
 * that closing does not reset what the browser still reads. */
static bool
listen_read(int fd, char line[LISTEN_LINE_BYTES])
{
	struct timeval patience = {.tv_sec = LISTEN_READ_MS / 1000};
	struct pollfd in = {.fd = fd, .events = POLLIN};
	int64_t until = clock_boot_ms() + LISTEN_READ_MS, left;
	size_t n = 0;
	ssize_t got;

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	while (n < LISTEN_LINE_BYTES - 1) {
		left = until - clock_boot_ms();
		if (left <= 0 || poll(&in, 1, (int)left) <= 0)
			return false;
		got = recv(fd, line + n, LISTEN_LINE_BYTES - 1 - n, 0);
		if (got <= 0)
			return false;
		n += (size_t)got;
		line[n] = '\0';
		if (strstr(line, "\r\n\r\n"))
			break;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

/* "GET /callback?... HTTP/1.1": what follows the path; NULL: something else */
static char *
listen_query(const struct listen *l, char *line)
{
	size_t n = strlen(l->path);
	char *at = line + strlen("GET ");

	if (!text_starts(line, "GET ") || strncmp(at, l->path, n) != 0 ||
	    at[n] != '?')
		return NULL;
	at[strcspn(at, " ")] = '\0';
	return at;
}

/* 1: it was none */
static int
listen_one(struct listen *l, listen_fn fn, void *ctx, struct err *err)
{
	char line[LISTEN_LINE_BYTES], *query = NULL;
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC), r = 1;

	if (fd < 0)
		return 1;
	if (listen_read(fd, line) && !(query = listen_query(l, line)))
		listen_answer(fd, "404 Not Found", "There is nothing here.");
	if (query) {
		r = fn(ctx, query, err);
		listen_answer(fd, r == -EINVAL ? "400 Bad Request" : "200 OK",
		    r == -EINVAL
			? "This belongs to no login that is waited for."
		    : r < 0
			? "The login failed; the terminal says why."
			: "Back to the terminal: you can close this window.");
		if (r == -EINVAL) /* anybody may have sent it */
			r = 1;
	}
	secret_wipe(line, sizeof(line));
	close(fd);
	return r;
}

/* ---- a pasted line ---- */

/* 1: not yet; 2: there will be none */
static int
listen_pasted(char line[LISTEN_LINE_BYTES], size_t *n, listen_fn fn, void *ctx,
    struct err *err)
{
	ssize_t got = read(STDIN_FILENO, line + *n, LISTEN_LINE_BYTES - 1 - *n);
	int r;

	if (got <= 0)
		return 2;
	*n += (size_t)got;
	line[*n] = '\0';
	if (!strchr(line, '\n'))
		return *n < LISTEN_LINE_BYTES - 1 ? 1 : 2;
	line[strcspn(line, "\r\n")] = '\0';
	*n = 0;
	if (!*line)
		return 1;
	r = fn(ctx, line, err);
	secret_wipe(line, LISTEN_LINE_BYTES);
	if (r != -EINVAL)
		return r;
	fprintf(stderr, "gotofs: %s\n", err->msg);
	return 1;
}

int
listen_wait(struct listen *l, int64_t timeout_ms, listen_fn fn, void *ctx,
    struct err *err)
{
	struct pollfd fds[2] = {{.fd = l->fd, .events = POLLIN},
	    {.fd = STDIN_FILENO, .events = POLLIN}};
	int64_t until = clock_boot_ms() + timeout_ms, left;
	char line[LISTEN_LINE_BYTES];
	size_t n = 0;
	int r = 1;

	while (r > 0 && (left = until - clock_boot_ms()) > 0) {
		if (fds[0].fd < 0 && fds[1].fd < 0)
			return err_set(err, -EINVAL,
			    "no address came; give the one that the browser "
			    "was sent to on standard input");
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return err_set(
			    err, -errno, "poll: %s", strerror(errno));
		if (fds[0].revents)
			r = listen_one(l, fn, ctx, err);
		if (r > 0 && fds[1].revents)
			r = listen_pasted(line, &n, fn, ctx, err);
		if (r == 2)
			fds[1].fd = -1;
	}
	secret_wipe(line, sizeof(line));
	return r <= 0 ? r
		      : err_set(err, -ETIMEDOUT,
			    "nobody logged in within %lld minutes",
			    (long long)(timeout_ms / 60000));
}
