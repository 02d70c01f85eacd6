/* SPDX-License-Identifier: MIT */
/* A ring of the times of the last requests, for each API. See limit.h. */
#include "limit.h"

#include "mem.h"
#include "switches.h"

enum { RATE_MAX = 100000 };

static struct {
	int64_t *times;
	size_t n;
	size_t at;
} rings[API_N];

bool
limit_pass(enum api api)
{
	size_t rate = (size_t)switch_int(SW_RATE);
	int64_t now = clock_ms();

	if (switch_is(SW_RATE_BUCKETS, "shared"))
		api = API_EDGE;
	if (!rate || rate > RATE_MAX)
		return true;
	if (rings[api].n != rate) {
		free(rings[api].times);
		rings[api].times = mem_alloc(rate * sizeof(int64_t));
		rings[api].n = rate;
		rings[api].at = 0;
	}
	if (now - rings[api].times[rings[api].at] < 1000)
		return false;
	rings[api].times[rings[api].at] = now;
	rings[api].at = (rings[api].at + 1) % rate;
	return true;
}

void
limit_done(void)
{
	for (size_t i = 0; i < API_N; i++) {
		free(rings[i].times);
		rings[i].times = NULL;
		rings[i].n = 0;
	}
}
