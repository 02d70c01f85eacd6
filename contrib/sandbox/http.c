/* SPDX-License-Identifier: MIT */
/* libmicrohttpd's side of the sandbox. See http.h. */
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "call.h"
#include "serve.h"

enum { BODY_MAX = 8 << 20 };

static struct MHD_Daemon *server;
static char server_url[64];

/* Called before all else with the target as sent: MHD's own parser would turn
 * "+" into a blank, which GoTo does not (3.10 B). */
static void *
http_begin(void *cls, const char *target, struct MHD_Connection *conn)
{
	struct call *c = mem_alloc(sizeof *c);

	c->body = (struct buf){.max = BODY_MAX};
	c->target = mem_dup(target);
	return c;
}

static void
http_end(void *cls, struct MHD_Connection *conn, void **context,
    enum MHD_RequestTerminationCode why)
{
	struct call *c = *context;

	if (c)
		call_done(c);
	free(c);
	*context = NULL;
}

/* Leave without a word: a reset, not an orderly end. */
static enum MHD_Result
http_reset(const struct call *c)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	connect(c->socket, &none, sizeof none);
	return MHD_NO;
}

struct half {
	char *data;
	size_t n;
};

static ssize_t
half_read(void *cls, uint64_t at, char *to, size_t max)
{
	const struct half *half = cls;
	size_t n = half->n - (size_t)at;

	if (!n)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	n = n < max ? n : max;
	memcpy(to, half->data + at, n);
	return (ssize_t)n;
}

static void
half_free(void *cls)
{
	struct half *half = cls;

	free(half->data);
	free(half);
}

/* Announce the whole answer, send half of it, end the connection. */
static struct MHD_Response *
http_truncated(struct call *c)
{
	struct half *half = mem_alloc(sizeof *half);

	if (!c->answer_n)
		c->status = 200;
	half->data = c->answer;
	half->n = c->answer_n / 2;
	c->answer = NULL;
	return MHD_create_response_from_callback(
	    c->answer_n ? c->answer_n : 1, 4096, half_read, half, half_free);
}

static struct MHD_Response *
http_response(struct call *c)
{
	struct MHD_Response *r;

	if (c->outcome == OUTCOME_TRUNCATE)
		return http_truncated(c);
	r = MHD_create_response_from_buffer(
	    c->answer_n, c->answer, MHD_RESPMEM_MUST_FREE);
	c->answer = NULL;
	return r;
}

static enum MHD_Result
http_send(struct call *c, struct MHD_Connection *conn)
{
	struct MHD_Response *r;
	enum MHD_Result done;
	char text[24];

	if (c->outcome == OUTCOME_RESET)
		return http_reset(c);
	r = http_response(c);
	if (c->type)
		MHD_add_response_header(r, "Content-Type", c->type);
	if (c->location)
		MHD_add_response_header(r, "Location", c->location);
	if (c->retry_after_s) {
		snprintf(text, sizeof text, "%ld", c->retry_after_s);
		MHD_add_response_header(r, "Retry-After", text);
	}
	done = MHD_queue_response(conn, (unsigned)c->status, r);
	MHD_destroy_response(r);
	return done;
}

static void
http_head(struct call *c, struct MHD_Connection *conn, const char *method)
{
	const union MHD_ConnectionInfo *info;

	c->method = mem_dup(method);
	c->authorization = mem_dup(MHD_lookup_connection_value(
	    conn, MHD_HEADER_KIND, "Authorization"));
	info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	c->socket = info ? info->connect_fd : -1;
}

static enum MHD_Result
http_handle(void *cls, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *data, size_t *data_n,
    void **context)
{
	struct call *c = *context;

	if (!c->method) {
		http_head(c, conn, method);
		return MHD_YES;
	}
	if (*data_n) {
		buf_add(&c->body, data, *data_n);
		*data_n = 0;
		return MHD_YES;
	}
	if (c->body.over)
		reply_gateway(c, 413, "TOO_LARGE", "body too large");
	else
		serve_call(c);
	return http_send(c, conn);
}

/* A message that MHD would print when a client goes away is of no use here. */
static void
http_log(void *cls, const char *format, va_list ap)
{
}

static struct MHD_Daemon *
http_listen(uint16_t port, const struct http_tls *tls)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct MHD_OptionItem secure[] = {
	    {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)tls->cert},
	    {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)tls->key},
	    {MHD_OPTION_HTTPS_PRIORITIES, 0,
		(void *)(tls->priorities ? tls->priorities : "NORMAL")},
	    {MHD_OPTION_END, 0, NULL},
	};

	return MHD_start_daemon(
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
		MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG |
		(tls->cert ? MHD_USE_TLS : 0),
	    port, NULL, NULL, http_handle, NULL, MHD_OPTION_EXTERNAL_LOGGER,
	    http_log, NULL, MHD_OPTION_SOCK_ADDR, &at,
	    MHD_OPTION_URI_LOG_CALLBACK, http_begin, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, http_end, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, 1024u,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)64 << 10,
	    MHD_OPTION_ARRAY, tls->cert ? secure : secure + 3, MHD_OPTION_END);
}

/* The lock keeps a first request, which asks for the URL, until it is set. */
int
http_start(uint16_t port, const struct http_tls *tls, uint16_t *ret_port)
{
	const union MHD_DaemonInfo *info;
	int r;

	tenant_lock();
	server = http_listen(port, tls);
	r = server ? 0 : errno ? -errno : -EIO;
	if (server) {
		info = MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT);
		*ret_port = info->port;
		snprintf(server_url, sizeof server_url, "%s://127.0.0.1:%u",
		    tls->cert ? "https" : "http", (unsigned)info->port);
	}
	tenant_unlock();
	return r;
}

void
http_stop(void)
{
	serve_stop();
	MHD_stop_daemon(server);
}

const char *
http_url(void)
{
	return server_url;
}
