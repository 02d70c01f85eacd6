/* SPDX-License-Identifier: MIT */
/*
 * watchdog (floor 6): tell systemd that we live, if we do.
 *
 * sd_watchdog_enabled(3): with WATCHDOG_USEC (and WATCHDOG_PID, if it is there,
 * our own) systemd kills and restarts a daemon that has not said WATCHDOG=1 for
 * so long.  It is said twice in that time, and only after both have answered:
 *
 *   the tenant's timer   whose turn takes the tenant's lock and the store's
 *   the FUSE loop        a statfs of the mount, which the kernel never answers
 *			  by itself
 *
 * So nothing is said as soon as one of them hangs.  The network is not asked:
 * a tenant that does not answer is no reason for a restart.
 */
#ifndef CMD_WATCHDOG_H
#define CMD_WATCHDOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct tenant;

struct watchdog {
	int64_t limit_ms;     /* 0: nobody watches */
	pthread_mutex_t lock; /* covers stop */
	pthread_cond_t moved;
	bool stop;
};

/* Reads the environment. */
void watchdog_init(struct watchdog *w);
void watchdog_done(struct watchdog *w);
/* Returns after watchdog_stop, or at once where nobody watches; may hang as
 * long as the mount does. */
void watchdog_run(struct watchdog *w, struct tenant *t, const char *mountpoint);
void watchdog_stop(struct watchdog *w);

#endif
