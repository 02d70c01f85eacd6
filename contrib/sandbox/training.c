/* SPDX-License-Identifier: MIT */
/* GoToTraining: the report of sessions that are over. goto-api.md 5.3 (A). */
#include "api.h"
#include "source.h"
#include "switches.h"

static void
organizer_add(cJSON *list, const struct user *u)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "organizerKey", u->key);
	source_text_add(row, "givenName", u->first_name);
	source_text_add(row, "surname", u->last_name);
	cJSON_AddStringToObject(row, "email", u->email);
	cJSON_AddItemToArray(list, row);
}

static cJSON *
session_row(const struct event *e)
{
	static const char *const names[] = {
	    "Forklift basics", "Data protection", "Sales \u00a7 1", "Python"};
	cJSON *row = cJSON_CreateObject(), *list;

	source_key_add(row, "sessionKey", e, "33");
	cJSON_AddStringToObject(row, "trainingName", names[e->id % 4]);
	source_time_add(row, "sessionStartTime", e->start_ms);
	source_time_add(row, "sessionEndTime", e->end_ms);
	cJSON_AddNumberToObject(
	    row, "duration", (double)((e->end_ms - e->start_ms) / 60000));
	cJSON_AddNumberToObject(row, "attendanceCount", source_luck(e, 1, 25));
	list = cJSON_AddArrayToObject(row, "organizers");
	organizer_add(list, e->owner);
	if (e->other)
		organizer_add(list, e->other);
	return row;
}

/* The interval is in the body; else answers. */
static bool
range_find(struct call *c, struct range *r)
{
	cJSON *body =
	    cJSON_ParseWithLength(c->body.data ? c->body.data : "", c->body.n);
	const char *from = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(body, "startDate"));
	const char *to = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(body, "endDate"));
	int bad = range_parse(from, to, switch_int(SW_RANGE_DAYS), r);

	cJSON_Delete(body);
	if (bad)
		refuse_param(c, "startDate");
	return !bad;
}

void
training_sessions(struct call *c)
{
	AUTO(events_done) struct events all = EVENTS_NONE;
	struct buf out = BUF_LARGE;
	const struct user *u = source_person(c, c->args[0]);
	struct range r;

	if (!u || !range_find(c, &r))
		return;
	source_of(c, u, PRODUCT_TRAINING, &r, &all);
	events_sort(&all);
	buf_str(&out, "[");
	for (size_t i = 0; i < all.n; i++)
		rows_add(&out, session_row(&all.v[i]));
	buf_str(&out, "]");
	reply_buf(c, "application/json", &out);
}
