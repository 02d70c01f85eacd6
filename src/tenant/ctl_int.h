/* SPDX-License-Identifier: MIT */
/*
 * ctl: .gotofs/ctl: a command a write, errno is the answer.  Private to
 * src/tenant; with the turn.
 *
 *	refresh      a pull; the write waits for its end (through the waiter)
 *	acknowledge  no more errors/ records, nothing for sync to tell
 *	ro, rw       changes are EROFS, and nothing is sent, until rw
 */
#ifndef GOTOFS_CTL_INT_H
#define GOTOFS_CTL_INT_H

#include "tenant_int.h"

/* 0, TENANT_WAIT, -EINVAL, -EROFS (rw, but it is mounted read-only), or what
 * the store says. */
int ctl_write(struct tenant *t, const struct tenant_caller *who,
    const char *text, size_t len, struct tenant_waiter *w);
/* Nothing is to be sent now: held removals stay held, the queue stays. */
bool ctl_is_read_only(const struct tenant *t);
/* A pull has ended. */
void ctl_pull_ended(struct tenant *t, int result, const struct err *why);
/* The caller goes away.  false: nobody of this waits here. */
bool ctl_leave(struct tenant *t, const struct tenant_waiter *w);
/* Everything ends: whoever waits is told so. */
void ctl_release(struct tenant *t);

#endif
