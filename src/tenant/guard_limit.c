/* SPDX-License-Identifier: MIT */
/* guard_limit: sizes to limits (DESIGN 4.2). Pure. */
#include <stdlib.h>
#include <string.h>

#include "guard_int.h"

#define GUARD_PERCENT 10

#define GUARD_LATCH_FACTOR 20
#define GUARD_LATCH_MIN_MS 5000
#define GUARD_LATCH_MAX_MS 60000
#define GUARD_LONG_FACTOR 10
#define GUARD_LONG_MAX_MS 30000

struct guard_rule
guard_rule_of(const char *text)
{
	struct guard_rule rule = {-1, GUARD_PERCENT};
	char *end;
	long v;

	if (!text)
		return rule;
	v = strtol(text, &end, 10);
	if (strcmp(end, "%") == 0)
		rule.percent = v;
	else
		rule.n = v;
	return rule;
}

static long
guard_clamp(long v, long min, long max)
{
	return v < min ? min : (v > max ? max : v);
}

/* A percentage of all licenses together is half of that of one, because one
 * person holds several.  Reclaiming has a limit of its own, but where nothing
 * may be removed at all. */
long
guard_limit(enum guard_kind kind, long size, const struct guard_rule *rule)
{
	if (kind == GUARD_RECLAIM && rule->n != 0 && rule->percent != 0)
		return guard_clamp(size / 4, 3, 100);
	if (rule->n >= 0)
		return rule->n;
	if (rule->percent == 0)
		return 0;
	if (kind == GUARD_LICENSES)
		return guard_clamp(size * rule->percent / 200, 10, 50);
	return guard_clamp(size * rule->percent / 100, 3, 25);
}

int64_t
guard_latch_ms(int64_t settle_ms)
{
	int64_t ms = GUARD_LATCH_FACTOR * settle_ms;

	if (ms < GUARD_LATCH_MIN_MS)
		return GUARD_LATCH_MIN_MS;
	return ms > GUARD_LATCH_MAX_MS ? GUARD_LATCH_MAX_MS : ms;
}

int64_t
guard_long_settle_ms(int64_t settle_ms)
{
	int64_t ms = GUARD_LONG_FACTOR * settle_ms;

	if (ms > GUARD_LONG_MAX_MS)
		ms = GUARD_LONG_MAX_MS;
	return ms > settle_ms ? ms : settle_ms;
}
