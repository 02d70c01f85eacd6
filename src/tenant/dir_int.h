/* SPDX-License-Identifier: MIT */
/* dir_int: shared by dir and its parts, link and rename. Private to src/tenant.
 */
#ifndef GOTOFS_DIR_INT_H
#define GOTOFS_DIR_INT_H

#include "tenant_int.h"

struct node *dir_begin(struct tenant *t, uint64_t dir, const char *name);
/* What is answered where it found none: nothing in a snapshot ever changes, and
 * no record of each attempt is kept. */
int dir_absent(uint64_t dir);
/* May anything of this name be made? -EEXIST: it is there, which is no refusal
 * to speak of. */
int dir_check_new(struct tenant *t, const struct node *dir, const char *name,
    struct err *err);
int dir_end(
    struct tenant *t, struct node *made, struct tenant_attr *ret, int r);
int dir_refuse(struct tenant *t, const struct tenant_caller *who,
    const char *verb, const struct node *dir, const char *name, int code,
    const char *why);
void dir_set_mode(struct tenant *t, const struct node *n, mode_t mode,
    const struct tenant_caller *who);
/* A scratch file, link or directory; NULL: no memory. */
struct node *dir_add_local(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, const char *name, enum node_kind kind, mode_t mode);
/* Stays here: a scratch name, or a scratch directory. */
bool dir_is_local(const struct node *dir, const char *name);
void dir_watch(struct tenant *t, struct node *n);
/* A link in dir to the person of this name: assign, or move into the group. */
int link_accept(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, const char *name, struct err *err);
/* May a link of this name in dir lead to target? */
int link_check(struct tenant *t, const struct node *dir, const char *name,
    const char *target, struct err *err);
int link_take_place(
    struct tenant *t, struct node *n, struct node *dir, const char *name);
/* The name of a known account that is hidden comes back. */
int dir_revive(struct tenant *t, struct person *p, struct err *err);
void dir_hide_person(struct tenant *t, struct person *p);
/* A group that was never sent, and all that names it: cancelled. */
int dir_forget_group(
    struct tenant *t, struct tenant_group *g, const char *why, struct err *err);
/* -EEXIST: another one has this name, or has it until it is removed. */
int dir_check_group_name(struct tenant *t, const char *label,
    const struct tenant_group *but, struct err *err);
int dir_ask_link(struct tenant *t, const struct tenant_caller *who,
    const struct node *dir, const char *name, struct err *err);
/* moved: change.moved, 0 where nothing else hangs on it. */
int dir_hold_link(struct tenant *t, const struct tenant_caller *who,
    struct node *dir, const char *name, int64_t moved, struct err *err);

#endif
