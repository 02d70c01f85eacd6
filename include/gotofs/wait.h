/* SPDX-License-Identifier: MIT */
/*
 * wait (floor 1): condition variables whose timed waits can be trusted.
 *
 * They run on CLOCK_MONOTONIC, so that a step of the wall clock neither ends
 * nor prolongs a wait.  One wait lasts at most WAIT_SLICE_MS: the caller's
 * loop looks at clock_boot_ms again, so that time in suspend (which
 * CLOCK_MONOTONIC leaves out) counts, and a test's clock is noticed.
 */
#ifndef GOTOFS_WAIT_H
#define GOTOFS_WAIT_H

#include <pthread.h>
#include <stdint.h>

#define WAIT_SLICE_MS 1000

int wait_cond_init(pthread_cond_t *cond);
/* Wait until a signal, ms milliseconds, WAIT_SLICE_MS or for no reason at all:
 * to be called in a loop, with the lock held.  ms <= 0 returns at once. */
void wait_cond_ms(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t ms);

#endif
