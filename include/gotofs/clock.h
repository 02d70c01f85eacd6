/* SPDX-License-Identifier: MIT */
/*
 * clock (floor 1): the two clocks, and the seam by which tests replace them.
 *
 * Wall time is for records and file times; intervals (settle times, deadlines,
 * pacing) run on CLOCK_BOOTTIME, which neither jumps nor stops in suspend.
 * Any thread.  Nothing blocks but clock_sleep_ms.
 */
#ifndef GOTOFS_CLOCK_H
#define GOTOFS_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_NS_PER_S INT64_C(1000000000)

int64_t clock_wall_ms(void); /* milliseconds since the epoch */
int64_t clock_wall_ns(void); /* nanoseconds since the epoch */
int64_t clock_boot_ms(void); /* milliseconds since boot, suspend included */

/* "2026-11-30T03:29:00Z", whole seconds, rounded down; gives out. */
#define CLOCK_ISO_BYTES 32
const char *clock_iso(int64_t ms, char out[CLOCK_ISO_BYTES]);
/* Its day alone, "2026-11-30". */
const char *clock_date(int64_t ms, char out[CLOCK_ISO_BYTES]);

void clock_sleep_ms(int64_t ms);

/* Tests only: both clocks answer these until reset with NULL. */
struct clock_source {
	int64_t (*wall_ns)(void);
	int64_t (*boot_ms)(void);
};
void clock_set_source(const struct clock_source *source);

#endif
