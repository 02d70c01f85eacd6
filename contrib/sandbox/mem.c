/* SPDX-License-Identifier: MIT */
/* Memory that does not fail, growable text, the clock. See mem.h. */
#include "mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void *
mem_check(void *p)
{
	if (!p) {
		fputs("gotofs-sandbox: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

void *
mem_alloc(size_t n)
{
	return mem_check(calloc(1, n ? n : 1));
}

void *
mem_grow(void *p, size_t n)
{
	return mem_check(realloc(p, n ? n : 1));
}

char *
mem_dup(const char *s)
{
	return s ? mem_check(strdup(s)) : NULL;
}

char *
mem_dup_n(const char *s, size_t n)
{
	char *copy = mem_alloc(n + 1);

	if (n)
		memcpy(copy, s, n);
	return copy;
}

bool
mem_number(const char *text, uint64_t most, uint64_t *ret)
{
	uint64_t n;

	if (!text || !*text || text[strspn(text, "0123456789")])
		return false;
	errno = 0;
	n = strtoull(text, NULL, 10);
	if (errno || n > most)
		return false;
	*ret = n;
	return true;
}

void
mem_set(char **where, const char *s)
{
	char *copy = mem_dup(s);

	free(*where);
	*where = copy;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	size_t need = b->n + n + 1;

	if (b->over || need > b->max) {
		b->over = true;
		return;
	}
	if (need > b->cap) {
		b->cap = need < 128 ? 256 : need * 2;
		b->data = mem_grow(b->data, b->cap);
	}
	if (n)
		memcpy(b->data + b->n, p, n);
	b->n += n;
	b->data[b->n] = '\0';
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	AUTO(mem_auto_free) char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		mem_check(NULL);
	}
	buf_add(b, text, (size_t)n);
}

void
buf_done(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_NONE;
}

char *
buf_take(struct buf *b, size_t *ret_n)
{
	char *data = b->data ? b->data : mem_dup("");

	if (ret_n)
		*ret_n = b->n;
	*b = (struct buf)BUF_NONE;
	return data;
}

static struct {
	pthread_mutex_t lock;
	int64_t ahead_ms; /* of the even clock */
	int64_t frozen_ms;
	bool frozen;
} the_clock = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int64_t
clock_read(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The lock is held. The first call sets the clock to the real time. */
static int64_t
clock_now(void)
{
	if (!the_clock.ahead_ms)
		the_clock.ahead_ms =
		    clock_read(CLOCK_REALTIME) - clock_read(CLOCK_MONOTONIC);
	if (the_clock.frozen)
		return the_clock.frozen_ms;
	return clock_read(CLOCK_MONOTONIC) + the_clock.ahead_ms;
}

int64_t
clock_ms(void)
{
	int64_t now;

	pthread_mutex_lock(&the_clock.lock);
	now = clock_now();
	pthread_mutex_unlock(&the_clock.lock);
	return now;
}

int64_t
clock_wait_ms(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

void
clock_advance(int64_t ms)
{
	pthread_mutex_lock(&the_clock.lock);
	clock_now();
	the_clock.ahead_ms += ms;
	the_clock.frozen_ms += ms;
	pthread_mutex_unlock(&the_clock.lock);
}

void
clock_freeze(bool on)
{
	int64_t now;

	pthread_mutex_lock(&the_clock.lock);
	now = clock_now();
	the_clock.ahead_ms = now - clock_read(CLOCK_MONOTONIC);
	the_clock.frozen_ms = now;
	the_clock.frozen = on;
	pthread_mutex_unlock(&the_clock.lock);
}
