/* SPDX-License-Identifier: MIT */
/* The rate limit: so many requests in any second, for each API by itself
 * (goto-api.md 6 A; the buckets D). The tenant is locked. */
#ifndef SANDBOX_LIMIT_H
#define SANDBOX_LIMIT_H

#include <stdbool.h>

#include "route.h"

/* May one more request of this API pass now? Counts it if so. */
bool limit_pass(enum api api);
void limit_done(void);

#endif
