/* SPDX-License-Identifier: MIT */
/*
 * buf (floor 1): a growable byte buffer that demands a ceiling.
 *
 * data is always terminated by a NUL that len does not count, once anything
 * was appended; before that it is NULL (buf_str gives "").  Errors: -ENOMEM,
 * -EFBIG beyond the ceiling; the contents are then as before.  One thread at
 * a time.
 */
#ifndef GOTOFS_BUF_H
#define GOTOFS_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max; /* bytes; a buffer cannot grow beyond it */
};

#define BUF_MAX(max_bytes)                                                     \
	{                                                                      \
		NULL, 0, 0, (max_bytes)                                        \
	}

/* Frees the bytes; the ceiling stays and the buffer may be used again. */
void buf_done(struct buf *b);
/* Forget the contents, keep the memory. */
void buf_clear(struct buf *b);
int buf_append(struct buf *b, const void *data, size_t len);
int buf_puts(struct buf *b, const char *s);
int buf_putc(struct buf *b, char c);
int buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Set the length: cuts, or fills with NUL bytes. */
int buf_resize(struct buf *b, size_t len);
/* Gives back what it has beyond its length: it is kept as it is for long. */
void buf_trim(struct buf *b);
/* The contents as a string, never NULL; valid until the next change. */
const char *buf_str(const struct buf *b);
/* The contents as a string of the caller's (free()); the buffer is empty
 * afterwards.  NULL without memory. */
char *buf_take(struct buf *b);

#endif
