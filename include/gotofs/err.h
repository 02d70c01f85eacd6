/* SPDX-License-Identifier: MIT */
/*
 * err (floor 1): why something failed, in one sentence a person can act on.
 *
 * A function that can fail returns 0 or a negative errno and, where it takes
 * a struct err, says why in it.  The sentence is set where the reason is
 * known, prefixed on the way up, and logged once at the edge.  Threads: a
 * struct err belongs to one caller; nothing here is shared.  Nothing blocks.
 */
#ifndef GOTOFS_ERR_H
#define GOTOFS_ERR_H

#include <stddef.h>

#define ERR_MSG_BYTES 384

struct err {
	int code;		 /* negative errno, 0: no error */
	int http_status;	 /* of the answer that caused it, 0: none */
	char msg[ERR_MSG_BYTES]; /* always terminated; UTF-8 */
};

#define ERR_NONE                                                               \
	{                                                                      \
		0, 0, ""                                                       \
	}

/* Free a local when it leaves its scope: AUTO(buf_done) struct buf b = ... */
#define AUTO(done) __attribute__((cleanup(done)))

/* Hand a pointer over: the variable is NULL afterwards. */
#define TAKE(p)                                                                \
	__extension__({                                                        \
		__typeof__(p) taken_ = (p);                                    \
		(p) = NULL;                                                    \
		taken_;                                                        \
	})

/* Set code and sentence; returns code.  err may be NULL.  A too long
 * sentence is cut at a UTF-8 boundary. */
int err_set(struct err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put a prefix and ": " before the sentence; returns err->code. */
int err_prefix(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The usual one: -ENOMEM with its sentence. */
int err_nomem(struct err *err);

#endif
