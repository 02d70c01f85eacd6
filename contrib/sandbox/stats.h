/* SPDX-License-Identifier: MIT */
/* What was asked: counters a route and the log of requests. The tenant is
 * locked. */
#ifndef SANDBOX_STATS_H
#define SANDBOX_STATS_H

#include "call.h"

/* Count a call of an API or of the OAuth server, once. */
void stats_arrived(struct call *c);

/* The same, and log it: it is finished. */
void stats_add(struct call *c);

long stats_route(const char *name);
long stats_total(void);
cJSON *stats_tree(void);
void stats_clear(void);

/* The log as JSON lines, of entries after since. */
void stats_log(struct buf *out, long since);
void stats_log_clear(void);

#endif
