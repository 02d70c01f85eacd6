/* SPDX-License-Identifier: MIT */
/*
 * The daemon's side.  One thread accepts; each connection has a thread of its
 * own, detached and counted.  The lock covers the list of connections; no
 * handler and no socket is waited for with it held.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/log.h"
#include "gotofs/text.h"

#define CTL_BACKLOG 32

struct ctl_conn {
	struct ctl_server *server;
	struct ctl_conn *next;
	int fd;
	atomic_bool deaf; /* the client does not read any more */
};

struct ctl_server {
	char *path;
	ctl_handle_fn handle;
	void *ctx;
	int fd;	     /* listens */
	int wake_fd; /* eventfd: the accepting thread shall end */
	bool accepting;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t idle; /* a connection ended */
	struct ctl_conn *conns;
	int conns_n;
};

/* ---- a connection ---- */

/* The final line: the handler's answer, or its refusal. */
static int
conn_finish(struct ctl_conn *c, struct json *answer, const struct err *err)
{
	const char *name = strerrorname_np(-err->code);
	int r = json_set_bool(answer, "ok", err->code == 0);

	if (r == 0 && err->code < 0)
		r = json_set_str(answer, "errno", name ? name : "EIO");
	if (r == 0 && err->code < 0)
		r = json_set_str(answer, "error", err->msg);
	if (r == 0 && err->http_status)
		r = json_set_int(answer, "http_status", err->http_status);
	return r < 0 ? r : ctl_line_write(c->fd, answer);
}

void
ctl_conn_peer(const struct ctl_conn *c, uid_t *ret_uid, pid_t *ret_pid)
{
	struct ucred peer = {0, (uid_t)-1, 0};
	socklen_t n = sizeof(peer);

	/* it went well when the connection was accepted */
	getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &peer, &n);
	*ret_uid = peer.uid;
	*ret_pid = peer.pid;
}

static int
conn_check_peer(const struct ctl_conn *c, struct err *err)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return err_set(err, -errno, "who is it? %s", strerror(errno));
	if (peer.uid != geteuid() && peer.uid != 0)
		return err_set(err, -EPERM,
		    "this mount belongs to another user (uid %u)", geteuid());
	return 0;
}

static int
conn_read_request(struct ctl_conn *c, struct json **ret, struct err *err)
{
	AUTO(buf_done) struct buf pending = BUF_MAX(CTL_REQUEST_BYTES);
	struct ctl_reader reader = {c->fd, CTL_PATIENCE_MS, &pending, 0};
	const char *line;
	size_t len;
	int r = ctl_line_read(&reader, &line, &len);

	if (r < 0)
		return err_set(err, r, "no request: %s", strerror(-r));
	r = json_parse(line, len, ret, err);
	if (r < 0)
		return err_prefix(err, "the request");
	if (json_type(*ret) != JSON_OBJECT || !json_get_str(*ret, "command"))
		return err_set(
		    err, -EINVAL, "the request is not {\"command\":\"...\"}");
	return 0;
}

static void
conn_serve(struct ctl_conn *c)
{
	AUTO(json_done) struct json *request = NULL;
	AUTO(json_done) struct json *answer = json_new_object();
	struct err err = ERR_NONE;
	int r = conn_check_peer(c, &err);

	if (r == 0)
		r = conn_read_request(c, &request, &err);
	if (r == 0)
		r = c->server->handle(c->server->ctx, request, c, answer, &err);
	err.code = r;
	if (!c->deaf)
		conn_finish(c, answer, &err);
}

static void
conn_remove(struct ctl_conn *c)
{
	struct ctl_server *s = c->server;
	struct ctl_conn **p;

	pthread_mutex_lock(&s->lock);
	for (p = &s->conns; *p != c; p = &(*p)->next)
		;
	*p = c->next;
	s->conns_n--;
	close(c->fd);
	free(c);
	pthread_cond_broadcast(&s->idle);
	pthread_mutex_unlock(&s->lock);
}

static void *
conn_main(void *arg)
{
	conn_serve(arg);
	conn_remove(arg);
	return NULL;
}

void
ctl_conn_progress(void *conn, const char *what, long done, long total)
{
	AUTO(json_done) struct json *line = json_new_object();
	struct ctl_conn *c = conn;

	if (c->deaf || json_set_str(line, "progress", what) < 0 ||
	    json_set_int(line, "done", done) < 0 ||
	    json_set_int(line, "total", total) < 0)
		return;
	c->deaf = ctl_line_write(c->fd, line) < 0;
}

/* ---- the server ---- */

/* Takes fd over; false: the connection could not be served. */
static bool
server_add(struct ctl_server *s, int fd)
{
	struct timeval patience = {CTL_PATIENCE_MS / 1000, 0};
	struct ctl_conn *c = calloc(1, sizeof(*c));
	pthread_t thread;
	bool ok = c && s->conns_n < CTL_CONNS_MAX;

	if (ok) {
		setsockopt(
		    fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		c->server = s;
		c->fd = fd;
		c->next = s->conns;
		ok = pthread_create(&thread, NULL, conn_main, c) == 0;
	}
	if (!ok) {
		free(c);
		close(fd);
		return false;
	}
	pthread_detach(thread);
	s->conns = c;
	s->conns_n++;
	return true;
}

/* A connection that we have no room for waits in the kernel. */
static void
server_accept(struct ctl_server *s)
{
	int fd;

	pthread_mutex_lock(&s->lock);
	while (s->accepting && s->conns_n >= CTL_CONNS_MAX)
		pthread_cond_wait(&s->idle, &s->lock);
	fd = s->accepting ? accept4(s->fd, NULL, NULL, SOCK_CLOEXEC) : -1;
	if (fd >= 0 && !server_add(s, fd))
		log_warn("control socket: no thread for a client");
	pthread_mutex_unlock(&s->lock);
}

static void *
server_main(void *arg)
{
	struct ctl_server *s = arg;
	struct pollfd p[] = {{s->fd, POLLIN, 0}, {s->wake_fd, POLLIN, 0}};

	while (p[1].revents == 0) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[0].revents && p[1].revents == 0)
			server_accept(s);
	}
	return NULL;
}

static int
server_listen(struct ctl_server *s, struct err *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if (strlen(s->path) >= sizeof(addr.sun_path))
		return err_set(err, -ENAMETOOLONG,
		    "%s: too long for a socket (%zu bytes at most); give a "
		    "shorter state_dir",
		    s->path, sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, s->path, strlen(s->path));
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return err_set(err, -errno, "socket: %s", strerror(errno));
	unlink(s->path);
	/* fchmod before bind(2) gives the name its mode from the start */
	if (fchmod(s->fd, 0600) < 0 ||
	    bind(s->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(s->fd, CTL_BACKLOG) < 0)
		return err_set(err, -errno, "%s: %s", s->path, strerror(errno));
	return 0;
}

static int
server_start(struct ctl_server *s, struct err *err)
{
	int r = server_listen(s, err);

	if (r < 0)
		return r;
	s->wake_fd = eventfd(0, EFD_CLOEXEC);
	if (s->wake_fd < 0)
		return err_set(err, -errno, "eventfd: %s", strerror(errno));
	s->accepting = true;
	r = -pthread_create(&s->thread, NULL, server_main, s);
	if (r < 0) {
		s->accepting = false;
		return err_set(err, r, "thread: %s", strerror(-r));
	}
	return 0;
}

int
ctl_server_open(const char *path, ctl_handle_fn handle, void *ctx,
    struct ctl_server **ret, struct err *err)
{
	struct ctl_server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_nomem(err);
	s->fd = s->wake_fd = -1;
	s->handle = handle;
	s->ctx = ctx;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->idle, NULL);
	s->path = text_dup(path);
	r = s->path ? server_start(s, err) : err_nomem(err);
	if (r < 0) {
		ctl_server_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

void
ctl_server_stop(struct ctl_server *s)
{
	uint64_t one = 1;
	struct ctl_conn *c;
	bool was;

	pthread_mutex_lock(&s->lock);
	was = s->accepting;
	s->accepting = false;
	/* who has not asked yet shall not: reading ends, answering goes on */
	for (c = s->conns; c; c = c->next)
		shutdown(c->fd, SHUT_RD);
	pthread_cond_broadcast(&s->idle);
	pthread_mutex_unlock(&s->lock);
	if (!was)
		return;
	if (write(s->wake_fd, &one, sizeof(one)) < 0)
		log_error("control socket: %s", strerror(errno));
	pthread_join(s->thread, NULL);
	unlink(s->path);
}

void
ctl_server_close(struct ctl_server *s)
{
	if (!s)
		return;
	ctl_server_stop(s);
	pthread_mutex_lock(&s->lock);
	while (s->conns_n > 0)
		pthread_cond_wait(&s->idle, &s->lock);
	pthread_mutex_unlock(&s->lock);
	if (s->fd >= 0)
		close(s->fd);
	if (s->wake_fd >= 0)
		close(s->wake_fd);
	pthread_cond_destroy(&s->idle);
	pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s);
}
