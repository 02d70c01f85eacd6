/* SPDX-License-Identifier: MIT */
/*
 * activity_plan_int: which questions are needed now.  Private to src/tenant;
 * pure.
 *
 * Theory.  Everybody who holds a product and was not looked at for long enough
 * is *due*.  GoToMeeting tells of one organizer, or of a group of at most 50
 * (5.1, A): one question for the list of organizers says who is in which group,
 * and pays off from three due people on.  GoToWebinar and GoToTraining tell of
 * one organizer.  GoToConnect tells of everybody at once, but no times: a day a
 * question, the oldest first, so that no interval gets a hole; whoever is new
 * costs all days of the window, once for all who are due together (5.4: the
 * report of one person tells times, but not how it is paged).  GoToAssist
 * tells of everybody at once.
 *
 * Whole accounts come first, because they are cheap, then whoever was not
 * looked at for longest.
 */
#ifndef GOTOFS_ACTIVITY_PLAN_INT_H
#define GOTOFS_ACTIVITY_PLAN_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gotofs/activity.h"
#include "gotofs/goto_activity.h"

#define ACTIVITY_GROUP_FROM 3 /* due people for whom the groups are asked */

struct activity_due { /* somebody who is due for a product */
	const char *user_key;
	int64_t from_ms;   /* his question begins there */
	int64_t looked_ms; /* 0: never */
	bool alone;	   /* his group may be another one by now */
};

struct activity_dues { /* of a product; by key */
	struct activity_due *v;
	size_t n;
};

enum activity_call_kind { /* also the order in which they are asked */
	ACTIVITY_CALL_ORGANIZERS,
	ACTIVITY_CALL_USERS, /* of GoToConnect */
	ACTIVITY_CALL_ASSIST,
	ACTIVITY_CALL_DAY, /* of GoToConnect */
	ACTIVITY_CALL_GROUP,
	ACTIVITY_CALL_PERSON,
};

struct activity_call {
	enum activity_call_kind kind;
	enum product product;
	const char *key;	/* of the person or group; else NULL */
	int64_t from_ms, to_ms; /* to_ms 0: until now */
	int64_t looked_ms;
	size_t first, n; /* plan.key: whom it is about; by key */
};

struct activity_plan_in {
	int64_t now_ms;
	const struct activity_dues *due; /* of each product; n 0: nothing */
	/* who is in which group; NULL: to be asked for */
	const struct organizer_list *organizers;
	char *const *alone; /* groups that were refused as such; strv */
	bool users_known;   /* GoToConnect's people were asked for */
};

struct activity_plan { /* strings are those of the input */
	struct activity_call *call;
	size_t n;
	const char **key;
	size_t keys_n;
	long later_n; /* at most so many more, that depend on an answer */
};
#define ACTIVITY_PLAN_NONE                                                     \
	{                                                                      \
		NULL, 0, NULL, 0, 0                                            \
	}
int activity_plan(const struct activity_plan_in *in, struct activity_plan *ret);
void activity_plan_done(struct activity_plan *p);

#endif
