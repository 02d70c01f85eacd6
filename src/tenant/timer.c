/* SPDX-License-Identifier: MIT */
/*
 * timer: the thread for all that happens because time passes: settle windows,
 * deadlines of writers, staged bytes that nobody finishes, names that expire,
 * attributes to be kept, snapshots that nobody reads, the journal that grows,
 * and the next pull.
 */
#include "gotofs/clock.h"
#include "keep_int.h"
#include "snapshot_int.h"
#include "trash_int.h"

#define TIMER_BUSY_MS 50   /* while something is counting down */
#define TIMER_IDLE_MS 1000 /* attributes, refresh */

static bool
timer_is_busy(const struct tenant *t)
{
	return (t->first && !t->dry_run) || t->writings || t->watched ||
	       t->hidden || reclaim_is_busy(t);
}

static bool
timer_wants_pull(const struct tenant *t, int64_t now)
{
	int64_t every_ms = t->conf.refresh_ms, at_ms = t->pull_again_boot_ms;

	return (every_ms > 0 && now - t->pull_began_boot_ms >= every_ms) ||
	       (at_ms > 0 && now >= at_ms);
}

static void
timer_tick(struct tenant *t, int64_t *flushed_ms)
{
	int64_t now = clock_boot_ms();

	write_tick(t, now);
	dir_tick(t, now);
	trash_tick(t);
	change_tick(t, now);
	reclaim_tick(t, now);
	reports_tick(t);
	if (now - *flushed_ms >= TIMER_IDLE_MS) {
		keep_flush(t);
		attr_flush(t);
		handle_flush(t);
		activity_tick(t);
		snapshot_tick(t, now);
		tenant_token_is_refused(t);
		*flushed_ms = now;
	}
	if (!t->pulling && t->pulls_wanted == t->pulls_done &&
	    timer_wants_pull(t, now)) {
		t->pull_again_boot_ms = 0;
		t->pulls_wanted++;
		tenant_wake(t);
	}
}

void *
timer_main(void *tenant)
{
	struct tenant *t = tenant;
	int64_t flushed_ms = clock_boot_ms(), rotate_ms = 0;

	pthread_setname_np(pthread_self(), "gotofs-timer");
	for (;;) {
		tenant_begin(t);
		if (t->stopping) {
			tenant_end(t);
			return NULL;
		}
		timer_tick(t, &flushed_ms);
		t->timer_boot_ms = clock_boot_ms();
		/* what was collected goes out before waiting */
		tenant_end(t);
		rotate_tick(t, &rotate_ms);
		reports_prices_tick(t);
		reports_trend_tick(t);
		tenant_begin(t);
		if (!t->stopping)
			tenant_wait(t,
			    timer_is_busy(t) ? TIMER_BUSY_MS : TIMER_IDLE_MS);
		tenant_end(t);
	}
}

int64_t
tenant_idle_ms(const struct tenant *t)
{
	return clock_boot_ms() - t->timer_boot_ms;
}
