/* SPDX-License-Identifier: MIT */
/* GoToMeeting's people: who is an organizer, and in which group. The tenant is
 * locked. */
#ifndef SANDBOX_MEETING_H
#define SANDBOX_MEETING_H

#include "source.h"

enum { MEETING_GROUP_MAX = 50 };

/* By the key in the path, if the caller may see him; else answers. */
struct user *meeting_organizer_find(struct call *c, const char *key);

/* The group of the path, if the caller may see it; else answers. */
struct group *meeting_group_find(struct call *c, const char *key);

/* Its organizers: direct ones, or below as well (switch group_deep). */
bool meeting_group_has(const struct group *g, const struct user *u);
long meeting_group_count(const struct group *g);

#endif
