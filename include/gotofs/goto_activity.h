/* SPDX-License-Identifier: MIT */
/*
 * goto_activity (floor 3): who used what: the product APIs as C functions
 * (goto-api.md 5).  As goto.h says of threads, blocking, retries and results;
 * each of these APIs has a rate of its own (6, D).
 *
 * What an interval means: [from_ms, to_ms), ms since the epoch, cut into
 * requests of 90 days at most (5.1: no maximum is documented).  Uses are
 * appended to ret; on failure ret is as before.  Each has a user_key, but for
 * an expert of GoToAssist who is known by his address alone.
 *
 * Errors beyond those of goto.h: -EACCES the token has no right or scope for
 * this product (403 also where one expects 401: 5.2; 404 hides it on
 * api.goto.com: 5.4), -ENOENT this organizer or group is not known here,
 * -EINVAL the tenant refuses the question (a group of more than 50: 5.1).
 */
#ifndef GOTOFS_GOTO_ACTIVITY_H
#define GOTOFS_GOTO_ACTIVITY_H

#include "gotofs/activity.h"
#include "gotofs/goto.h"

/* ---- GoToMeeting (5.1, A) ---- */

#define GOTO_GROUP_MAX 50 /* organizers, for a history of a group (A) */

struct organizer {
	char *key; /* the Admin API's user key */
	char *email;
	char *group_key; /* NULL: in none */
};
struct organizer_list {
	struct organizer *v;
	size_t n;
};
void organizer_list_done(struct organizer_list *l);

/* All of them: one call. */
int goto_meeting_organizers(struct goto_client *c, enum goto_priority prio,
    struct organizer_list *ret, struct err *err);
/* Meetings that began in the interval and are over. */
int goto_meetings_of_organizer(struct goto_client *c, enum goto_priority prio,
    const char *organizer_key, int64_t from_ms, int64_t to_ms,
    struct use_list *ret, struct err *err);
int goto_meetings_of_group(struct goto_client *c, enum goto_priority prio,
    const char *group_key, int64_t from_ms, int64_t to_ms, struct use_list *ret,
    struct err *err);

/* ---- GoToWebinar (5.2, A) ---- */

/* Completed sessions that this organizer owns, all pages: a use by who ran it
 * (USE_WEBINAR_STARTED) and, when that is another, one by the owner
 * (USE_WEBINAR_OWNED). */
int goto_webinars_of_organizer(struct goto_client *c, enum goto_priority prio,
    const char *organizer_key, int64_t from_ms, int64_t to_ms,
    struct use_list *ret, struct err *err);

/* ---- GoToTraining (5.3, A) ---- */

/* A POST that changes nothing: it is retried as a GET is.  A use by each of
 * the session's organizers. */
int goto_trainings_of_organizer(struct goto_client *c, enum goto_priority prio,
    const char *organizer_key, int64_t from_ms, int64_t to_ms,
    struct use_list *ret, struct err *err);

/* ---- GoToConnect (5.4, A/B) ---- */

struct connect_user {
	char *user_key; /* the Admin API's */
	char *user_id;	/* the UUID that the reports name */
};
struct connect_user_list {
	struct connect_user *v;
	size_t n;
};
void connect_user_list_done(struct connect_user_list *l);
/* All pages. */
int goto_connect_users(struct goto_client *c, enum goto_priority prio,
    struct connect_user_list *ret, struct err *err);
/* Of everybody at once, for one interval: the report has no times, so at_ms is
 * the interval's last millisecond, and day_only is true.  user_key has the UUID
 * (nobody but users can join it).  Who has volume 0 is not in it.  One call for
 * 10,000 people, unless the tenant's pages are shorter; one more where a page
 * has just as many as a full one may have. */
int goto_connect_activity(struct goto_client *c, enum goto_priority prio,
    int64_t from_ms, int64_t to_ms, struct use_list *ret, struct err *err);

/* ---- GoToAssist Remote Support (5.5, C) ---- */

/* Of everybody at once. */
int goto_assist_sessions(struct goto_client *c, enum goto_priority prio,
    int64_t from_ms, int64_t to_ms, struct use_list *ret, struct err *err);

#endif
