/* SPDX-License-Identifier: MIT */
/*
 * The life of a request: latency, fault, bearer, rate limit, rights, handler,
 * counters and log; and the waiting that a test may ask for. Any thread.
 */
#ifndef SANDBOX_SERVE_H
#define SANDBOX_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"

/* Have a call handled; may wait long. */
void serve_call(struct call *c);

/* Release all who wait; further waits return at once. */
void serve_stop(void);

/* Wait until check(arg) is true: 0; -ETIMEDOUT after ms (negative: never);
 * -ECANCELED when the client has gone or the sandbox ends. The tenant is
 * locked, and unlocked while waiting. */
int serve_wait(
    const struct call *c, bool (*check)(void *arg), void *arg, int64_t ms);

#endif
