/* SPDX-License-Identifier: MIT */
/* Meetings, trainings, support: sessions that somebody held. */
#include "decode_use_int.h"

#include <stdlib.h>
#include <string.h>

#include "decode_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/list.h"
#include "gotofs/text.h"

/* The same thing is spelled in three ways (7.7). */
static const char *const organizer_names[] = {
    "organizerKey", "organizerkey", NULL};
static const char *const group_names[] = {
    "groupKey", "groupkey", "groupId", NULL};

void
organizer_list_done(struct organizer_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].key);
		free(l->v[i].email);
		free(l->v[i].group_key);
	}
	free(l->v);
	*l = (struct organizer_list){NULL, 0};
}

void
decode_ids_done(struct decode_ids *ids)
{
	strv_free(ids->v);
	*ids = (struct decode_ids)DECODE_IDS_NONE;
}

int
decode_ids_add(struct decode_ids *ids, const char *id, struct err *err)
{
	return strv_add_n(&ids->v, &ids->n, id) < 0 ? err_nomem(err) : 0;
}

int
decode_any_key(
    const struct json *j, const char *const *names, char **ret, struct err *err)
{
	int r = 0;

	for (; *names && !*ret && r == 0; names++)
		r = decode_key(j, *names, ret, err);
	return r;
}

int
decode_when(
    const struct json *j, const char *name, int64_t *ret_ms, struct err *err)
{
	const char *text = json_get_str(j, name);

	if (!text || decode_time(text, ret_ms) < 0)
		return decode_bad(err, name);
	return 0;
}

int
decode_rows(const struct json *j, const char *what,
    const struct json **ret_first, struct err *err)
{
	if (json_type(j) == JSON_OBJECT)
		*ret_first = j;
	else if (json_type(j) == JSON_ARRAY)
		*ret_first = json_first(j);
	else
		return decode_bad(err, what);
	return 0;
}

const struct json *
decode_next_row(const struct json *j, const struct json *row)
{
	return row == j ? NULL : json_next(row);
}

int
decode_use_add(struct use_list *l, struct use *u, struct err *err)
{
	struct use *to = use_list_add(l);

	if (!to)
		return err_nomem(err);
	*to = *u;
	u->user_key = u->email = NULL;
	return 0;
}

void
decode_use_done(struct use *u)
{
	free(u->user_key);
	free(u->email);
}

int
decode_use_times(const struct json *j, const char *begin, const char *end,
    struct use *u, struct err *err)
{
	int64_t at_ms;
	int r = decode_when(j, begin, &u->begin_ms, err);

	u->at_ms = u->begin_ms;
	if (r < 0 || json_type(json_get(j, end)) == JSON_NULL)
		return r;
	r = decode_when(j, end, &at_ms, err);
	if (r == 0 && at_ms > u->begin_ms)
		u->at_ms = at_ms;
	return r;
}

int
decode_use_owner(
    struct use *u, const char *owner, const char *name, struct err *err)
{
	if (u->user_key)
		return 0;
	if (!owner)
		return decode_bad(err, name);
	u->user_key = text_dup(owner);
	return u->user_key ? 0 : err_nomem(err);
}

/* ---- GoToMeeting ---- */

static int
organizer_read(const struct json *j, struct organizer *o, struct err *err)
{
	int r = decode_any_key(j, organizer_names, &o->key, err);

	if (r == 0 && !o->key)
		r = decode_bad(err, organizer_names[0]);
	if (r == 0)
		r = decode_text(j, "email", &o->email, err);
	if (r == 0)
		r = decode_any_key(j, group_names, &o->group_key, err);
	return r;
}

static int
organizer_add(const struct json *j, struct organizer_list *l, struct err *err)
{
	struct organizer *v = list_grow(l->v, l->n, sizeof(*v));

	if (!v)
		return err_nomem(err);
	l->v = v;
	v[l->n] = (struct organizer){NULL, NULL, NULL};
	return organizer_read(j, &v[l->n++], err);
}

int
decode_organizers(
    const struct json *j, struct organizer_list *ret, struct err *err)
{
	const struct json *row = NULL;
	int r = decode_rows(j, "organizers", &row, err);

	for (; row && r == 0; row = decode_next_row(j, row))
		r = organizer_add(row, ret, err);
	return r;
}

static int
meeting_add(const struct json *j, const char *owner, struct use_list *l,
    struct err *err)
{
	AUTO(decode_use_done) struct use u = {.kind = USE_MEETING, .n = 1};
	int r = decode_any_key(j, organizer_names, &u.user_key, err);

	if (r == 0)
		r = decode_text(j, "email", &u.email, err);
	if (r == 0)
		r = decode_use_owner(&u, owner, organizer_names[0], err);
	if (r == 0)
		r = decode_use_times(j, "startTime", "endTime", &u, err);
	return r < 0 ? r : decode_use_add(l, &u, err);
}

int
decode_meetings(const struct json *j, const char *organizer_key,
    struct use_list *ret, struct err *err)
{
	const struct json *row = NULL;
	int r = decode_rows(j, "meetings", &row, err);

	for (; row && r == 0; row = decode_next_row(j, row))
		r = meeting_add(row, organizer_key, ret, err);
	return r;
}

/* ---- GoToTraining ---- */

static int
training_organizer(const struct json *j, const char *owner,
    const struct use *when, struct use_list *l, struct err *err)
{
	AUTO(decode_use_done) struct use u = *when;
	int r = decode_any_key(j, organizer_names, &u.user_key, err);

	if (r == 0)
		r = decode_text(j, "email", &u.email, err);
	if (r == 0)
		r = decode_use_owner(&u, owner, "organizers", err);
	return r < 0 ? r : decode_use_add(l, &u, err);
}

static int
training_add(const struct json *j, const char *owner, struct use_list *l,
    struct err *err)
{
	const struct json *list = json_get(j, "organizers"), *row = NULL;
	struct use when = {.kind = USE_TRAINING, .n = 1};
	int r = decode_use_times(
	    j, "sessionStartTime", "sessionEndTime", &when, err);

	if (r == 0 && json_type(list) != JSON_NULL)
		r = decode_rows(list, "organizers", &row, err);
	if (r == 0 && !row)
		return training_organizer(NULL, owner, &when, l, err);
	for (; row && r == 0; row = decode_next_row(list, row))
		r = training_organizer(row, NULL, &when, l, err);
	return r;
}

int
decode_trainings(const struct json *j, const char *organizer_key,
    struct use_list *ret, struct err *err)
{
	const struct json *row = NULL;
	int r = decode_rows(j, "sessions", &row, err);

	for (; row && r == 0; row = decode_next_row(j, row))
		r = training_add(row, organizer_key, ret, err);
	return r;
}

/* ---- GoToAssist ---- */

/* A session that never began (waiting, cancelled) is nobody's use. */
static int
support_add(const struct json *j, struct use_list *l, struct err *err)
{
	AUTO(decode_use_done) struct use u = {.kind = USE_SUPPORT, .n = 1};
	const char *status = json_get_str(j, "status");
	bool complete = !status || strcmp(status, "complete") == 0;
	int r;

	if (!complete && json_type(json_get(j, "startedAt")) == JSON_NULL)
		return 0;
	r = decode_use_times(j, "startedAt", "endedAt", &u, err);
	if (r == 0)
		r = decode_key(j, "expertUserKey", &u.user_key, err);
	if (r == 0)
		r = decode_text(j, "expertEmail", &u.email, err);
	if (r == 0 && !u.email) /* the address alone will do */
		r = decode_use_owner(&u, NULL, "expertUserKey", err);
	return r < 0 ? r : decode_use_add(l, &u, err);
}

/* Unpaged: as many rows as it says there are.  Without rows it must say that
 * they are none. */
int
decode_support(const struct json *j, struct use_list *ret, struct err *err)
{
	const struct json *list = json_get(j, "sessions"), *row;
	int64_t n = json_get_int(j, "totalNumSessions", -1);
	int r = 0;

	if (json_type(list) != JSON_ARRAY &&
	    (json_type(list) != JSON_NULL || n != 0))
		return decode_bad(err, "sessions");
	if (n >= 0 && n != (int64_t)json_n(list))
		return decode_bad(err, "totalNumSessions");
	for (row = json_first(list); row && r == 0; row = json_next(row))
		r = support_add(row, ret, err);
	return r;
}
