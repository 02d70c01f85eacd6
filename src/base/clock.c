/* SPDX-License-Identifier: MIT */
#include "gotofs/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

static _Atomic(const struct clock_source *) clock_source;

static int64_t
clock_read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * CLOCK_NS_PER_S + ts.tv_nsec;
}

int64_t
clock_wall_ns(void)
{
	const struct clock_source *s = atomic_load(&clock_source);

	return s ? s->wall_ns() : clock_read_ns(CLOCK_REALTIME);
}

int64_t
clock_wall_ms(void)
{
	return clock_wall_ns() / CLOCK_NS_PER_MS;
}

int64_t
clock_boot_ms(void)
{
	const struct clock_source *s = atomic_load(&clock_source);

	return s ? s->boot_ms()
		 : clock_read_ns(CLOCK_BOOTTIME) / CLOCK_NS_PER_MS;
}

const char *
clock_iso(int64_t ms, char out[CLOCK_ISO_BYTES])
{
	time_t s = (time_t)(ms / 1000 - (ms % 1000 < 0));
	struct tm tm;

	/* whatever fits into ms has a year that fits, too */
	strftime(out, CLOCK_ISO_BYTES, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&s, &tm));
	return out;
}

const char *
clock_date(int64_t ms, char out[CLOCK_ISO_BYTES])
{
	clock_iso(ms, out);
	*strchr(out, 'T') = '\0';
	return out;
}

void
clock_sleep_ms(int64_t ms)
{
	struct timespec ts = {ms / 1000, (ms % 1000) * CLOCK_NS_PER_MS};

	if (ms <= 0)
		return;
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) == EINTR)
		;
}

void
clock_set_source(const struct clock_source *source)
{
	atomic_store(&clock_source, source);
}
