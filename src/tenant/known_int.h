/* SPDX-License-Identifier: MIT */
/*
 * known: folders whose files have a node only while the kernel knows one:
 * records/, trash/, pending/ in .gotofs/, and those of activity/.  However many
 * there are, nobody pays for them until he looks.  Private to src/tenant.
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
/* A record's node. With the turn. */
int known_record(struct tenant *t, const char *name, struct node **ret);
/* "." of a node that is not there: one of these, whose handle came back, or
 * nobody. No lock held. */
int known_lookup_again(
    struct tenant *t, uint64_t node, struct tenant_attr *ret);
int known_list(struct tenant *t, const struct node *dir, uint64_t cookie,
    tenant_dirent_fn fn, void *ctx);

/* ---- activity_dir.c ---- */

bool activity_is_dir(const struct node *dir);
/* A person's file. With the turn. */
int activity_lookup(
    struct tenant *t, unsigned product, const char *name, struct node **ret);
/* As tenant_readdir; no lock held. */
int activity_list(struct tenant *t, unsigned product, uint64_t cookie,
    bool plus, tenant_dirent_fn fn, void *ctx);

#endif
