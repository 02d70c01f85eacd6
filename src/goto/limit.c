/* SPDX-License-Identifier: MIT */
#include "limit_int.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/wait.h"

struct limit {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	double rate_per_ms;
	double tokens;
	int64_t filled_ms; /* tokens was right at this time */
	int64_t base_ms;
	int64_t stop_ms;    /* nobody before this time */
	int64_t stopped_ms; /* when that was last put off */
	int refused_n;	    /* one after the other */
	int interactive_n;  /* who wait */
	int background_n;
	int passed_n; /* interactive turns while background ones waited */
	bool cancelled;
};

int64_t
limit_backoff_ms(int64_t base_ms, int n)
{
	int64_t ms = base_ms;
	uint32_t dice = 0;

	while (n-- > 0 && ms < LIMIT_BACKOFF_MAX_MS)
		ms *= 2;
	if (ms > LIMIT_BACKOFF_MAX_MS)
		ms = LIMIT_BACKOFF_MAX_MS;
	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) < 0)
		dice = (uint32_t)clock_boot_ms() * 2654435761u;
	return ms + (ms / 2 * (int64_t)(dice >> 16) >> 16);
}

int
limit_new(double rate_per_s, int64_t base_ms, struct limit **ret)
{
	struct limit *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	if (wait_cond_init(&l->changed) < 0) {
		free(l);
		return -ENOMEM;
	}
	pthread_mutex_init(&l->lock, NULL);
	l->rate_per_ms = rate_per_s / 1000;
	l->tokens = LIMIT_BURST;
	l->base_ms = base_ms;
	l->filled_ms = clock_boot_ms();
	l->stopped_ms = INT64_MIN;
	*ret = l;
	return 0;
}

void
limit_free(struct limit *l)
{
	if (!l)
		return;
	pthread_cond_destroy(&l->changed);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void
limit_fill(struct limit *l, int64_t now)
{
	if (now <= l->filled_ms)
		return;
	l->tokens += (double)(now - l->filled_ms) * l->rate_per_ms;
	if (l->tokens > LIMIT_BURST)
		l->tokens = LIMIT_BURST;
	l->filled_ms = now;
}

/* Interactive first, but for every LIMIT_FAIR-th turn. */
static bool
limit_is_next(const struct limit *l, enum goto_priority prio)
{
	bool due = l->passed_n >= LIMIT_FAIR - 1;

	return prio == GOTO_BACKGROUND ? l->interactive_n == 0 || due
				       : l->background_n == 0 || !due;
}

/* Milliseconds until there may be a turn, 0: take it. */
static int64_t
limit_wait_ms(struct limit *l, enum goto_priority prio, int64_t now)
{
	int64_t ms;

	if (now < l->stop_ms)
		return l->stop_ms - now;
	if (!limit_is_next(l, prio))
		return WAIT_SLICE_MS; /* whoever goes or leaves wakes us */
	limit_fill(l, now);
	if (l->tokens >= 1)
		return 0;
	ms = (int64_t)ceil((1 - l->tokens) / l->rate_per_ms);
	return ms > 0 ? ms : 1;
}

static int
limit_check(struct limit *l, int64_t now, int64_t deadline_ms, struct err *err)
{
	if (l->cancelled)
		return err_set(err, -ECANCELED, "shutting down");
	if (l->stop_ms > now && l->stop_ms > deadline_ms)
		return err_set(err, -EIO,
		    "GoTo asks to wait for %lld s (HTTP 429)",
		    (long long)(l->stop_ms - now + 999) / 1000);
	return 0;
}

static int
limit_wait(struct limit *l, enum goto_priority prio, int64_t deadline_ms,
    struct err *err)
{
	for (;;) {
		int64_t now = clock_boot_ms(), ms;
		int r = limit_check(l, now, deadline_ms, err);

		if (r < 0)
			return r;
		ms = limit_wait_ms(l, prio, now);
		if (ms == 0)
			break;
		if (now >= deadline_ms)
			return err_set(err, -ETIMEDOUT,
			    "no turn within GoTo's rate limit until the "
			    "deadline");
		if (ms > deadline_ms - now)
			ms = deadline_ms - now;
		wait_cond_ms(&l->changed, &l->lock, ms);
	}
	l->tokens -= 1;
	if (prio == GOTO_BACKGROUND)
		l->passed_n = 0;
	else if (l->background_n > 0)
		l->passed_n++;
	return 0;
}

/* He has his turn, or gives up: the others may be next. */
static void
limit_leave(struct limit *l, int *waiting_n)
{
	--*waiting_n;
	if (l->background_n == 0)
		l->passed_n = 0;
	if (*waiting_n == 0 || l->passed_n >= LIMIT_FAIR - 1)
		pthread_cond_broadcast(&l->changed);
}

int
limit_take(struct limit *l, enum goto_priority prio, int64_t deadline_ms,
    struct err *err)
{
	int r;

	int *waiting_n =
	    prio == GOTO_INTERACTIVE ? &l->interactive_n : &l->background_n;

	pthread_mutex_lock(&l->lock);
	++*waiting_n;
	r = limit_wait(l, prio, deadline_ms, err);
	limit_leave(l, waiting_n);
	pthread_mutex_unlock(&l->lock);
	return r;
}

/* Several requests under way are refused together: that is one refusal. */
void
limit_refused(struct limit *l, int64_t sent_ms, int64_t retry_after_ms)
{
	int64_t now = clock_boot_ms(), ms = 0;

	pthread_mutex_lock(&l->lock);
	if (retry_after_ms > 0)
		ms = retry_after_ms;
	else if (sent_ms >= l->stopped_ms)
		ms = limit_backoff_ms(l->base_ms, l->refused_n);
	if (sent_ms >= l->stopped_ms) {
		l->refused_n++;
		l->stopped_ms = now;
	}
	if (now + ms > l->stop_ms)
		l->stop_ms = now + ms;
	/* begin again slowly */
	l->tokens = 1;
	l->filled_ms = l->stop_ms;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

void
limit_accepted(struct limit *l, int64_t sent_ms)
{
	pthread_mutex_lock(&l->lock);
	if (sent_ms >= l->stopped_ms)
		l->refused_n = 0;
	pthread_mutex_unlock(&l->lock);
}

void
limit_cancel(struct limit *l)
{
	pthread_mutex_lock(&l->lock);
	l->cancelled = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}
