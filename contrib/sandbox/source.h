/* SPDX-License-Identifier: MIT */
/* What the APIs of the products share: whose events, in which interval, and
 * how their keys look. The tenant is locked. */
#ifndef SANDBOX_SOURCE_H
#define SANDBOX_SOURCE_H

#include "activity.h"
#include "call.h"
#include "refuse.h"
#include "times.h"

/* The interval that two parameters name; else answers 400. */
bool source_range(
    struct call *c, const char *from, const char *to, struct range *ret);

/* A parameter that is a number, least to most; absent, *n stays. false: it is
 * none, and that is answered. */
bool source_number(
    struct call *c, const char *name, long least, long most, long *n);

/* May the caller see what this person did: an admin, or himself (5.1 A)? Else
 * answers. */
bool source_right(struct call *c, const struct user *u);

/* The person whose key is in the path, if the caller may see him; else answers
 * and returns NULL. */
struct user *source_person(struct call *c, const char *key);

/* Append what he owns: over, and begun in the interval. Nothing if the source
 * is silent. */
void source_owned(const struct call *c, const struct user *u,
    enum product product, const struct range *r, struct events *ret);
/* ... what he took part in as well; everybody's. */
void source_of(const struct call *c, const struct user *u, enum product product,
    const struct range *r, struct events *ret);
void source_all(const struct call *c, enum product product,
    const struct range *r, struct events *ret);

/* A key made of an event's id, 17 digits behind these (two, or none). */
void source_key(const struct event *e, const char *digits, char out[static 24]);
void source_key_add(
    cJSON *tree, const char *name, const struct event *e, const char *digits);
/* ISO 8601 with Z. */
void source_time_add(cJSON *tree, const char *name, int64_t ms);
/* Digits that are no string: docs and GoToMeeting (5.1 A). */
void source_number_add(cJSON *tree, const char *name, const char *digits);
/* "" for NULL. */
void source_text_add(cJSON *tree, const char *name, const char *text);
/* "Ann Lee"; the caller frees it. */
char *source_name(const struct user *u);
/* A number of an event that is no secret: below n, always the same. */
int source_luck(const struct event *e, int salt, int n);

#endif
