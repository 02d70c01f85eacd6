/* SPDX-License-Identifier: MIT */
/*
 * decode_use (floor 3): what the product APIs say of who used what
 * (goto-api.md 5) as plain structs.  decode_time.c reads their times,
 * decode_use.c meetings, trainings and support, decode_webinar.c webinars,
 * decode_connect.c GoToConnect.
 *
 * Strict: a row that cannot be read makes the whole answer -EPROTO, because an
 * answer with one row less would call somebody inactive.  Indifferent to what
 * we do not rely on: three spellings of a name (7.7), numbers as text, a bare
 * object in the place of an array.  Keys that nobody knows pass.  Lists are
 * appended to, also on failure.  -EPROTO, -ENOMEM.  Pure functions.
 */
#ifndef GOTOFS_DECODE_USE_INT_H
#define GOTOFS_DECODE_USE_INT_H

#include "gotofs/goto_activity.h"

struct err;
struct json;

/* "2015-07-01T22:00:00" and Z, +00:00, +0000, any fraction of a second before
 * it, a dot without one too (".+0000": 5.1, A); another offset counts; or the
 * form of 2012, "06/14/2012 11:14:43", taken for UTC (D).  -EPROTO: anything
 * else. */
int decode_time(const char *text, int64_t *ret_ms);

/* GoToMeeting (5.1). */
int decode_organizers(
    const struct json *j, struct organizer_list *ret, struct err *err);
/* organizer_key: whose meetings these are where a row does not say; or
 * NULL. */
int decode_meetings(const struct json *j, const char *organizer_key,
    struct use_list *ret, struct err *err);

/* What tells two rows of an answer in pages apart. */
struct decode_ids {
	char **v;
	size_t n;
};
#define DECODE_IDS_NONE                                                        \
	{                                                                      \
		NULL, 0                                                        \
	}
void decode_ids_done(struct decode_ids *ids);

/* GoToWebinar (5.2): one page of sessions. */
struct decode_sessions {
	long total_n; /* all that match */
	long pages_n; /* -1: it does not say */
};
/* page: the number that was asked for; another one is -EPROTO. */
int decode_sessions(const struct json *j, long page, const char *organizer_key,
    struct decode_sessions *ret, struct decode_ids *ids, struct use_list *uses,
    struct err *err);

/* GoToTraining (5.3). */
int decode_trainings(const struct json *j, const char *organizer_key,
    struct use_list *ret, struct err *err);

/* GoToConnect (5.4).  On the heap, *ret_marker: where the next page begins,
 * NULL: this is the last; *ret_organization: what GoToConnect calls the
 * account, if it is NULL and a line of a user tells. */
int decode_connect_users(const struct json *j, const char *account_key,
    struct connect_user_list *ret, char **ret_marker, char **ret_organization,
    struct err *err);
/* One page of the report: a use at at_ms by each UUID whose volume is not 0. */
int decode_connect_activity(const struct json *j, int64_t at_ms,
    struct decode_ids *ids, struct use_list *uses, struct err *err);

/* GoToAssist (5.5). */
int decode_support(const struct json *j, struct use_list *ret, struct err *err);

/* ---- for the decoders ---- */

/* The first of names (NULL-terminated) that is there, as decode_key. */
int decode_any_key(const struct json *j, const char *const *names, char **ret,
    struct err *err);
/* Required. */
int decode_when(
    const struct json *j, const char *name, int64_t *ret_ms, struct err *err);
/* The rows of j, an array, or the one object that stands for it (5.1). */
int decode_rows(const struct json *j, const char *what,
    const struct json **ret_first, struct err *err);
const struct json *decode_next_row(
    const struct json *j, const struct json *row);
int decode_ids_add(struct decode_ids *ids, const char *id, struct err *err);
void decode_use_done(struct use *u);
/* From its beginning to its end; the latter may be absent. */
int decode_use_times(const struct json *j, const char *begin, const char *end,
    struct use *u, struct err *err);
/* Where nobody is named by a key, it is of owner; NULL: it must say, -EPROTO
 * with name. */
int decode_use_owner(
    struct use *u, const char *owner, const char *name, struct err *err);
/* Hands what u owns over to the list. */
int decode_use_add(struct use_list *l, struct use *u, struct err *err);

#endif
