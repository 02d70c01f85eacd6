/* SPDX-License-Identifier: MIT */
/*
 * ctl (floor 6): how the subcommands talk to the daemon: a unix socket in the
 * state folder, newline-delimited JSON, one request a connection.
 *
 *   > {"command":"sync","path":"users","timeout_ms":0}
 *   < {"progress":"sending","done":3,"total":12}          any number of these
 *   < {"ok":true,...}            or {"ok":false,"errno":"EIO","error":"why"}
 *
 * The socket is 0600 and each client's uid is looked at (SO_PEERCRED): the
 * daemon's own and root's are served.  A thread a connection; what a client
 * does (garbage, silence, vanishing) ends its connection and nothing else.
 */
#ifndef CMD_CTL_H
#define CMD_CTL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "gotofs/tenant.h"

struct buf;
struct err;
struct json;

#define CTL_REQUEST_BYTES 65536
#define CTL_ANSWER_BYTES (64 * 1024 * 1024)
#define CTL_CONNS_MAX 64
#define CTL_PATIENCE_MS 5000 /* with a client's request, and its reading */

/* ---- ctl_server.c ---- */

struct ctl_server;
struct ctl_conn;

/* Answer a request: fill answer (an empty object); a negative errno makes it a
 * refusal with err's sentence. Runs in a thread of its own, may block long. */
typedef int (*ctl_handle_fn)(void *ctx, const struct json *request,
    struct ctl_conn *conn, struct json *answer, struct err *err);

/* Call it with the state folder's lock held: a socket that is there already is
 * a dead daemon's, and replaced. */
int ctl_server_open(const char *path, ctl_handle_fn handle, void *ctx,
    struct ctl_server **ret, struct err *err);
/* No new client from now on; the socket's name goes. */
void ctl_server_stop(struct ctl_server *s);
/* Waits until every handler has returned. NULL is fine. */
void ctl_server_close(struct ctl_server *s);
/* Who asks. */
void ctl_conn_peer(const struct ctl_conn *conn, uid_t *ret_uid, pid_t *ret_pid);
/* A progress line; a tenant_progress_fn with the connection as its ctx. */
void ctl_conn_progress(void *conn, const char *what, long done, long total);

/* ---- ctl_client.c ---- */

/* Connects. ret_pid: of the daemon. -ENOTCONN: nobody listens there. */
int ctl_connect(const char *path, int *ret_fd, pid_t *ret_pid, struct err *err);
/* Asks over a connection, and closes it. idle_ms: how long the daemon may be
 * silent (-1: for ever).  ret_answer (json_free) on success; a refusal comes
 * back as its errno and sentence. */
int ctl_ask(int fd, const struct json *request, int idle_ms,
    tenant_progress_fn progress, void *ctx, struct json **ret_answer,
    struct err *err);

/* ---- ctl_line.c ---- */

/* One line without its newline; bytes behind it stay in pending. patience_ms:
 * for the whole line, or with idle for each piece of it; -1 for ever.
 * -ECONNRESET at the end, -ETIMEDOUT, -EFBIG. */
struct ctl_reader {
	int fd;
	int patience_ms;
	struct buf *pending;
	size_t eaten; /* of pending, by the last line */
};
int ctl_line_read(struct ctl_reader *r, const char **ret, size_t *ret_len);
/* Prints the value and a newline. -ECONNRESET, -ENOMEM. */
int ctl_line_write(int fd, const struct json *value);

#endif
