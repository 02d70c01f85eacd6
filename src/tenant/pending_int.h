/* SPDX-License-Identifier: MIT */
/*
 * pending: .gotofs/pending/, the changes that are not sent yet, a file each:
 * ID.VERB.NAME.  rm cancels one.  Private to src/tenant.
 */
#ifndef GOTOFS_PENDING_INT_H
#define GOTOFS_PENDING_INT_H

#include "tenant_int.h"

/* The change of a name, or NULL. With the turn. */
struct change *pending_find(struct tenant *t, const char *name);
/* The node of a name, made for the kernel; its text as of now. With the turn.
 * -ENOENT, -ENOMEM. */
int pending_lookup(struct tenant *t, const char *name, struct node **ret);
/* In order of acceptance; no lock held. */
int pending_list(
    struct tenant *t, uint64_t cookie, tenant_dirent_fn fn, void *ctx);
/* rm: take the change back. With the turn. -EBUSY when its call has begun,
 * -ENOENT when it has ended. */
int pending_cancel(struct tenant *t, const struct tenant_caller *who,
    struct node *n, struct err *err);

#endif
