/* SPDX-License-Identifier: MIT */
#include "gotofs/wait.h"

#include <time.h>

#include "gotofs/clock.h"

int
wait_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	int r;

	r = pthread_condattr_init(&attr);
	if (r)
		return -r;
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	r = pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
	return -r;
}

void
wait_cond_ms(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t ms)
{
	struct timespec until;
	int64_t ns;

	if (ms <= 0)
		return;
	if (ms > WAIT_SLICE_MS)
		ms = WAIT_SLICE_MS;
	clock_gettime(CLOCK_MONOTONIC, &until);
	ns = until.tv_nsec + ms * CLOCK_NS_PER_MS;
	until.tv_sec += ns / CLOCK_NS_PER_S;
	until.tv_nsec = ns % CLOCK_NS_PER_S;
	pthread_cond_timedwait(cond, lock, &until);
}
