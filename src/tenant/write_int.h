/* SPDX-License-Identifier: MIT */
/* write_int: shared by write and write_time. Private to src/tenant. */
#ifndef GOTOFS_WRITE_INT_H
#define GOTOFS_WRITE_INT_H

#include "tenant_int.h"

/* The refused text is what is staged, or what was to be written. */
int write_refuse(struct tenant *t, const struct tenant_caller *who,
    struct node *n, int code, const char *why, const char *text, size_t text_n);
/* The document is whole: its verdict, or TENANT_WAIT. w NULL: nobody hears. */
int write_commit(struct tenant *t, const struct tenant_caller *who,
    struct node *n, struct tenant_waiter *w);
/* Whoever wrote it was not told: `gotofs sync` will (DESIGN 4.3). */
void write_unheard(struct tenant *t, const struct node *n, const char *why);
/* What is staged is shown no longer: its readers must ask again. */
void write_shown_again(struct tenant *t, struct node *n);
/* A name whose first document never came, or was refused. */
void write_vanish(struct tenant *t, struct node *n);

#endif
