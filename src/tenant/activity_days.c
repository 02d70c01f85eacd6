/* SPDX-License-Identifier: MIT */
/*
 * activity_days: what was done on which day.
 *
 * As bytes: a day is the distance to the one before (the first: to the epoch),
 * its kind with a bit for "of another", and how often; each a number of seven
 * bits a byte, the lowest first, the last without the top bit.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "activity_model_int.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/list.h"

#define DAYS_MAX 4096 /* 400 days, and what the tenant makes of them */
#define DAYS_OTHER 32u

void
activity_days_done(struct activity_days *d)
{
	free(d->v);
	*d = (struct activity_days)ACTIVITY_DAYS_NONE;
}

/* ---- bytes ---- */

static int
days_get(const unsigned char **p, const unsigned char *end, uint32_t *ret)
{
	uint64_t v = 0;
	int shift = 0;

	for (; *p < end && shift < 35; shift += 7) {
		unsigned char c = *(*p)++;

		v |= (uint64_t)(c & 127) << shift;
		if (c < 128) {
			*ret = (uint32_t)v;
			return v <= UINT32_MAX ? 0 : -EINVAL;
		}
	}
	return -EINVAL;
}

static int
days_put(struct buf *out, uint32_t v)
{
	int r = 0;

	for (; r == 0 && v >= 128; v >>= 7)
		r = buf_putc(out, (char)(v | 128));
	return r < 0 ? r : buf_putc(out, (char)v);
}

static struct activity_day *
days_insert(struct activity_days *d, size_t at)
{
	struct activity_day *v = list_grow(d->v, d->n, sizeof(*v));

	if (!v)
		return NULL;
	d->v = v;
	memmove(&v[at + 1], &v[at], (d->n - at) * sizeof(*v));
	d->n++;
	return &v[at];
}

int
activity_days_parse(const void *bytes, size_t n, struct activity_days *ret)
{
	const unsigned char *p = bytes, *end = p + n;
	AUTO(activity_days_done) struct activity_days d = ACTIVITY_DAYS_NONE;
	struct activity_day *one;
	uint32_t day = 0, step, kind, count;

	while (p && p < end) {
		if (d.n >= DAYS_MAX || days_get(&p, end, &step) < 0 ||
		    days_get(&p, end, &kind) < 0 ||
		    days_get(&p, end, &count) < 0 ||
		    step > (uint32_t)INT32_MAX - day ||
		    (kind & ~DAYS_OTHER) >= USE_N)
			return -EINVAL;
		day += step;
		one = days_insert(&d, d.n);
		if (!one)
			return -ENOMEM;
		*one = (struct activity_day){(int32_t)day,
		    (uint8_t)(kind & ~DAYS_OTHER), (kind & DAYS_OTHER) != 0,
		    count};
	}
	*ret = d;
	d = (struct activity_days)ACTIVITY_DAYS_NONE;
	return 0;
}

int
activity_days_print(const struct activity_days *d, struct buf *out)
{
	int32_t day = 0;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < d->n; i++) {
		const struct activity_day *v = &d->v[i];

		r = days_put(out, (uint32_t)(v->day - day));
		if (r == 0)
			r = days_put(
			    out, v->kind | (v->other ? DAYS_OTHER : 0));
		if (r == 0)
			r = days_put(out, v->n);
		day = v->day;
	}
	return r;
}

/* ---- days ---- */

void
activity_days_cut(
    struct activity_days *d, int64_t from, int64_t to, int64_t keep)
{
	size_t i, n = 0;

	for (i = 0; i < d->n; i++) {
		const struct activity_day *v = &d->v[i];

		if (v->day < keep ||
		    (!v->other && v->day >= from && v->day < to))
			continue;
		d->v[n++] = *v;
	}
	d->n = n; /* there is room for more than days_insert thinks */
}

static int
days_order(const struct activity_day *v, int32_t day, unsigned kind, bool other)
{
	if (v->day != day)
		return v->day < day ? -1 : 1;
	if (v->kind != kind)
		return v->kind < kind ? -1 : 1;
	return (int)v->other - (int)other;
}

int
activity_days_add(struct activity_days *d, int32_t day, enum use_kind kind,
    bool other, long n, bool more)
{
	uint32_t count = n < 0 ? 0 : n > INT32_MAX ? INT32_MAX : (uint32_t)n;
	struct activity_day *v;
	size_t at = d->n;

	while (at > 0 && days_order(&d->v[at - 1], day, kind, other) > 0)
		at--;
	if (at > 0 && days_order(&d->v[at - 1], day, kind, other) == 0) {
		v = &d->v[at - 1];
		if (more)
			v->n = v->n > UINT32_MAX - count ? UINT32_MAX
							 : v->n + count;
		else if (v->n < count)
			v->n = count;
		return 0;
	}
	v = days_insert(d, at);
	if (!v)
		return -ENOMEM;
	*v = (struct activity_day){day, (uint8_t)kind, other, count};
	return 0;
}
