/* SPDX-License-Identifier: MIT */
/*
 * known: folders of .gotofs/ whose files have a node only while the kernel
 * knows one: records/, trash/, pending/.  However many there are, nobody pays
 * for them until he looks.  Private to src/tenant.
 */
#ifndef GOTOFS_KNOWN_INT_H
#define GOTOFS_KNOWN_INT_H

#include "tenant_int.h"

/* Names that come and go by themselves: each lookup and each listing is to
 * come here, whatever nodes there are. */
bool known_is_fleeting(const struct node *dir);
/* As tenant_lookup and tenant_readdir; no lock held. */
int known_lookup(
    struct tenant *t, uint64_t dir, const char *name, struct tenant_attr *ret);
int known_list(struct tenant *t, const struct node *dir, uint64_t cookie,
    tenant_dirent_fn fn, void *ctx);

#endif
