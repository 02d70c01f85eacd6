/* SPDX-License-Identifier: MIT */
/*
 * activity_ask_int: questions to the product APIs, and whose the answers are.
 * Private to src/tenant.  All of it blocks on the network, but for
 * activity_split: neither turn nor locks are held.
 */
#ifndef GOTOFS_ACTIVITY_ASK_INT_H
#define GOTOFS_ACTIVITY_ASK_INT_H

#include "gotofs/goto_activity.h"
#include "tenant_int.h"

/* ---- activity_ask.c ---- */

/* Of one person; of the products that are asked for so (-ENOTSUP: not this
 * one). */
int activity_ask_person(struct tenant *t, enum goto_priority prio,
    enum product product, const char *user_key, int64_t from_ms, int64_t to_ms,
    struct use_list *ret, struct err *err);
/* Of everybody; user_key is the Admin API's, and who has none is left out. */
int activity_ask_connect(struct tenant *t, enum goto_priority prio,
    int64_t from_ms, int64_t to_ms, struct use_list *ret, struct err *err);
int activity_ask_assist(struct tenant *t, enum goto_priority prio,
    int64_t from_ms, int64_t to_ms, struct use_list *ret, struct err *err);

/* What an answer says of those who were asked of (keys, in byte order: each has
 * one, be it that he did nothing) and, others, of everybody else. */
int activity_split(struct tenant *t, enum product product,
    const struct activity_answer *answer, const char *const *keys, size_t n,
    const struct use_list *uses, bool others, struct err *err);

/* ---- activity_former.c ---- */

/* Who is known by his address alone (5.5, C) gets the key of whoever had it
 * when his use began; nobody's stays without. */
int activity_find_keys(
    struct tenant *t, struct use_list *uses, struct err *err);

/* ---- activity_join.c: GoToConnect's names of people (goto-api.md 5.4) ---- */

/* Whom GoToConnect lists; asked for when what there is is older (0: always). */
int activity_join_need(struct tenant *t, enum goto_priority prio,
    int64_t max_age_ms, struct err *err);
bool activity_join_is_fresh(struct tenant *t, int64_t max_age_ms);
bool activity_join_has(struct tenant *t, const char *user_key);
/* Of all uses but the first from, UUIDs become keys; a use of nobody loses its
 * own. -ENOMEM. */
int activity_join_uses(struct tenant *t, struct use_list *uses, size_t from);

#endif
