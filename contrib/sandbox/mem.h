/* SPDX-License-Identifier: MIT */
/*
 * Memory, growable text and the clock of the sandbox. libc only; any thread.
 *
 * The sandbox is a tool for tests: when memory ends it says so and exits, so
 * nothing here returns an error.
 */
#ifndef SANDBOX_MEM_H
#define SANDBOX_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define AUTO(done) __attribute__((cleanup(done)))

/* n zeroed bytes; never NULL. */
void *mem_alloc(size_t n);

/* realloc that never fails. */
void *mem_grow(void *p, size_t n);

/* A copy of s; NULL for NULL. */
char *mem_dup(const char *s);

/* A copy of the n bytes at s, with a terminator. */
char *mem_dup_n(const char *s, size_t n);

/* Text that is digits alone, and not more than most; NULL is none. */
bool mem_number(const char *text, uint64_t most, uint64_t *ret);

/* Replace *where, freeing what it held, by a copy of s. */
void mem_set(char **where, const char *s);

/* For AUTO on a pointer from malloc. */
static inline void
mem_auto_free(void *p)
{
	free(*(void **)p);
}

/* Text that grows up to a ceiling; beyond it, nothing is added and over is
 * set. data is always terminated once anything was added. */
struct buf {
	char *data;
	size_t n;
	size_t cap;
	size_t max;
	bool over;
};

#define BUF_NONE                                                               \
	{                                                                      \
		.max = (size_t)256 << 20                                       \
	}

void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buf_done(struct buf *b);

/* The text, handed over; "" on the heap when nothing was added. */
char *buf_take(struct buf *b, size_t *ret_n);

/* Milliseconds since the epoch; runs evenly, and can be pushed forward. */
int64_t clock_ms(void);

/* The same without the pushes, for waiting. */
int64_t clock_wait_ms(void);

/* Let the sandbox's clock jump ahead, to reach an expiry without waiting. */
void clock_advance(int64_t ms);

/* Stop it, or let it go on from where it stands. */
void clock_freeze(bool on);

#endif
