/* SPDX-License-Identifier: MIT */
/*
 * listen (floor 6): where the browser comes back to: one request on loopback,
 * or its address pasted on stdin.
 */
#ifndef CMD_LISTEN_H
#define CMD_LISTEN_H

#include <stdint.h>

struct err;

struct listen {
	int fd;	    /* -1: nothing listens, it can only be pasted */
	char *path; /* "/callback" */
	char *url;  /* with the port that it is */
};
#define LISTEN_NONE                                                            \
	{                                                                      \
		-1, NULL, NULL                                                 \
	}
void listen_done(struct listen *l); /* for AUTO */

/* url: http on localhost or 127.0.0.1 is listened on, port 0 is any; another
 * one is taken as it is. */
int listen_open(const char *url, struct listen *ret, struct err *err);

/* Is that the answer?  0: yes; else why not, and the next one is waited for. */
typedef int (*listen_fn)(void *ctx, const char *url, struct err *err);
/* Until fn takes one: what it returned then.  Whatever else comes is turned
 * away.  -ETIMEDOUT; -EINVAL: nothing can come any more. */
int listen_wait(struct listen *l, int64_t timeout_ms, listen_fn fn, void *ctx,
    struct err *err);

#endif
