/* SPDX-License-Identifier: MIT */
#include "watchdog.h"

#include <stdlib.h>
#include <unistd.h>

#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/tenant.h"
#include "gotofs/text.h"
#include "gotofs/wait.h"
#include "mount.h"

#define WATCHDOG_MAX_MS INT64_C(86400000)
#define WATCHDOG_AGAIN_MS 500
#define WATCHDOG_BEAT_MS 5000 /* the timer's turn is due every second */

/* A whole number of the environment, or 0. */
static int64_t
watchdog_number(const char *name)
{
	const char *text = getenv(name);
	int64_t n;
	const char *end = text ? text_number(text, INT64_MAX, &n) : NULL;

	return end && !*end ? n : 0;
}

/* WATCHDOG_PID is whom systemd started: a daemon that has forked is another,
 * and would be killed for the silence of its parent. */
static int64_t
watchdog_limit_ms(void)
{
	int64_t ms = watchdog_number("WATCHDOG_USEC") / 1000;

	if (getenv("WATCHDOG_PID") &&
	    watchdog_number("WATCHDOG_PID") != getpid())
		return 0;
	return ms < WATCHDOG_MAX_MS ? ms : WATCHDOG_MAX_MS;
}

void
watchdog_init(struct watchdog *w)
{
	*w = (struct watchdog){.limit_ms = watchdog_limit_ms()};
	pthread_mutex_init(&w->lock, NULL);
	wait_cond_init(&w->moved);
}

void
watchdog_done(struct watchdog *w)
{
	pthread_cond_destroy(&w->moved);
	pthread_mutex_destroy(&w->lock);
}

/* false: stopped. */
static bool
watchdog_sleep(struct watchdog *w, int64_t ms)
{
	int64_t until = clock_boot_ms() + ms, now;
	bool stop;

	pthread_mutex_lock(&w->lock);
	while (!w->stop && (now = clock_boot_ms()) < until)
		wait_cond_ms(&w->moved, &w->lock, until - now);
	stop = w->stop;
	pthread_mutex_unlock(&w->lock);
	return !stop;
}

/* The timer's last turn is young enough. */
static bool
watchdog_timer_lives(struct watchdog *w, struct tenant *t)
{
	int64_t patience_ms = w->limit_ms / 2;

	if (patience_ms < WATCHDOG_BEAT_MS)
		patience_ms = WATCHDOG_BEAT_MS;
	return tenant_idle_ms(t) < patience_ms;
}

void
watchdog_run(struct watchdog *w, struct tenant *t, const char *mountpoint)
{
	int64_t half_ms = w->limit_ms / 2, ms;
	bool lives, lived = true;

	if (w->limit_ms == 0)
		return;
	pthread_setname_np(pthread_self(), "gotofs-watchdog");
	do {
		lives = watchdog_timer_lives(w, t) &&
			!mount_point_is_dead(mountpoint);
		if (lives)
			sd_notify_send("WATCHDOG=1");
		else if (lived)
			log_error(
			    "%s hangs: no word to the watchdog", mountpoint);
		lived = lives;
		/* after a suspend it only looks as if the timer were late */
		ms = lives || half_ms < WATCHDOG_AGAIN_MS ? half_ms
							  : WATCHDOG_AGAIN_MS;
	} while (watchdog_sleep(w, ms));
}

void
watchdog_stop(struct watchdog *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->moved);
	pthread_mutex_unlock(&w->lock);
}
