/* SPDX-License-Identifier: MIT */
#include "tiny_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct tiny_connection {
	struct tiny_server *s;
	int fd;
};

void
tiny_send(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

void
tiny_reply(int fd, int status, const char *headers, const char *body)
{
	char head[1024];

	snprintf(head, sizeof(head),
	    "HTTP/1.1 %d Whatever\r\nContent-Length: %zu\r\n%s\r\n", status,
	    strlen(body), headers);
	tiny_send(fd, head);
	tiny_send(fd, body);
}

/* Bytes of the first complete request in text, 0: not yet. */
static size_t
tiny_request_bytes(const char *text, size_t len)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strcasestr(text, "\r\nContent-Length:");
	size_t want;

	if (!end)
		return 0;
	want = (size_t)(end - text) + 4;
	if (length && length < end)
		want += strtoul(length + 17, NULL, 10);
	return want <= len ? want : 0;
}

/* One request from the connection; false at its end. */
static bool
tiny_read(int fd, char *text, size_t size)
{
	size_t len = 0, want;

	text[0] = '\0';
	while ((want = tiny_request_bytes(text, len)) == 0) {
		ssize_t n = recv(fd, text + len, size - 1 - len, 0);

		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
	}
	return true;
}

static int
tiny_note(struct tiny_server *s, const char *request)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->requests_n++;
	strcpy(s->last, request);
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return n;
}

static void
tiny_end(struct tiny_server *s, int fd, enum tiny_after after)
{
	struct linger rst = {1, 0};

	pthread_mutex_lock(&s->lock);
	while (after == TINY_HANG && !s->stopping)
		pthread_cond_wait(&s->changed, &s->lock);
	for (int i = 0; i < s->connections_n; i++)
		if (s->fds[i] == fd)
			s->fds[i] = -1;
	pthread_mutex_unlock(&s->lock);
	if (after == TINY_RESET)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &rst, sizeof(rst));
	close(fd);
}

static void *
tiny_serve(void *arg)
{
	struct tiny_connection *c = arg;
	struct tiny_server *s = c->s;
	char *text = malloc(sizeof(s->last));
	enum tiny_after after = TINY_KEEP;

	if (!s->answer) {
		tiny_send(c->fd, "speak plainly\r\n");
		after = TINY_CLOSE;
	}
	while (after == TINY_KEEP && tiny_read(c->fd, text, sizeof(s->last)))
		after = s->answer(s, c->fd, text, tiny_note(s, text));
	tiny_end(s, c->fd, after);
	free(text);
	free(c);
	return NULL;
}

static void *
tiny_accept(void *arg)
{
	struct tiny_server *s = arg;
	int fd, on = 1;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		struct tiny_connection *c = malloc(sizeof(*c));

		*c = (struct tiny_connection){s, fd};
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		pthread_mutex_lock(&s->lock);
		if (s->stopping || s->connections_n == TINY_CONNECTIONS_MAX) {
			close(fd);
			free(c);
		} else {
			int i = s->connections_n++;

			s->fds[i] = fd;
			pthread_create(&s->threads[i], NULL, tiny_serve, c);
		}
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

void
tiny_start(struct tiny_server *s, tiny_answer answer, void *ctx)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);

	memset(s, 0, sizeof(*s));
	s->answer = answer;
	s->ctx = ctx;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(s->fd, 64) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&a, &len) < 0)
		abort();
	s->port = ntohs(a.sin_port);
	pthread_create(&s->acceptor, NULL, tiny_accept, s);
}

void
tiny_stop(struct tiny_server *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	n = s->connections_n;
	for (int i = 0; i < n; i++)
		if (s->fds[i] >= 0)
			shutdown(s->fds[i], SHUT_RDWR);
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->acceptor, NULL);
	for (int i = 0; i < n; i++)
		pthread_join(s->threads[i], NULL);
	close(s->fd);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
}

void
tiny_await(struct tiny_server *s, int requests_n)
{
	pthread_mutex_lock(&s->lock);
	while (s->requests_n < requests_n)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

int
tiny_requests_n(struct tiny_server *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->requests_n;
	pthread_mutex_unlock(&s->lock);
	return n;
}

int
tiny_connections_n(struct tiny_server *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->connections_n;
	pthread_mutex_unlock(&s->lock);
	return n;
}

const char *
tiny_last(struct tiny_server *s)
{
	pthread_mutex_lock(&s->lock);
	pthread_mutex_unlock(&s->lock);
	return s->last;
}
