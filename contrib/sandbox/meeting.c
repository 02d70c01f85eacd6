/* SPDX-License-Identifier: MIT */
/* GoToMeeting: the history of meetings, goto-api.md 5.1 (A). Bare arrays,
 * unpaged; meetings that began in the interval, running ones left out. */
#include <stdio.h>

#include "api.h"
#include "meeting.h"
#include "switches.h"

/* The present form is not documented (D); all of these have been seen. */
static const char *
time_form(const struct event *e)
{
	static const char *const forms[] = {
	    ".+0000", "Z", "+00:00", "+0000", ".sss+0000", "2012"};

	if (!switch_is(SW_MEETING_TIME, "mixed"))
		return switch_text(SW_MEETING_TIME);
	return forms[e->id % (sizeof forms / sizeof *forms)];
}

static void
times_add(cJSON *row, const struct event *e)
{
	const char *form = time_form(e);
	char text[TIME_CHARS];

	time_print(e->start_ms, form, text);
	cJSON_AddStringToObject(row, "startTime", text);
	time_print(e->end_ms, form, text);
	cJSON_AddStringToObject(row, "endTime", text);
}

static void
text_number_add(cJSON *row, const char *name, long n)
{
	char text[24];

	snprintf(text, sizeof text, "%ld", n);
	cJSON_AddStringToObject(row, name, text);
}

/* The room: two meetings of three are in the organizer's own one (5.1.1 B). */
static long
room(const struct event *e)
{
	const struct history *h = e->owner->history;

	if (e->id % 3 && h)
		return 100000000 + (long)(h->luck % 900000000);
	return 100000000 + source_luck(e, 1, 900000000);
}

static void
what_add(cJSON *row, const struct event *e)
{
	static const char *const types[] = {
	    "scheduled", "recurring", "immediate"};
	static const char *const subjects[] = {"Weekly", "Stand-up",
	    "Review \"Q3\"", "Caf\u00e9 \u2615", "Interview", "1:1"};

	text_number_add(row, "meetingId", room(e));
	cJSON_AddStringToObject(row, "meetingType", types[e->id % 3]);
	cJSON_AddStringToObject(row, "subject", subjects[e->id % 6]);
	times_add(row, e);
	text_number_add(
	    row, "duration", (long)((e->end_ms - e->start_ms) / 60000));
	text_number_add(row, "numAttendees", 1 + source_luck(e, 2, 12));
}

/* A group's rows have its name, and neither session nor call (A). */
static cJSON *
meeting_row(const struct event *e, struct group *group)
{
	const struct user *u = e->owner;
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "organizerKey", u->key);
	cJSON_AddStringToObject(row, "accountKey", tenant.key);
	what_add(row, e);
	cJSON_AddStringToObject(row, "email", u->email);
	source_text_add(row, "firstName", u->first_name);
	source_text_add(row, "lastName", u->last_name);
	cJSON_AddStringToObject(row, "locale", u->locale ? u->locale : "en_US");
	if (group) {
		cJSON_AddStringToObject(row, "groupName", group->name);
	} else {
		source_key_add(row, "sessionId", e, "44");
		cJSON_AddStringToObject(
		    row, "conferenceCallInfo", "United States: +1 555 0100");
	}
	return row;
}

static void
meetings_reply(struct call *c, struct events *all, struct group *group)
{
	struct buf out = BUF_LARGE;

	events_sort(all);
	buf_str(&out, "[");
	for (size_t i = 0; i < all->n; i++)
		rows_add(&out, meeting_row(&all->v[i], group));
	buf_str(&out, "]");
	reply_buf(c, "application/json", &out);
}

void
meeting_history(struct call *c)
{
	AUTO(events_done) struct events all = EVENTS_NONE;
	struct range r;

	if (!source_range(c, "startDate", "endDate", &r))
		return;
	source_owned(c, c->caller, PRODUCT_MEETING, &r, &all);
	meetings_reply(c, &all, NULL);
}

void
meeting_organizer_history(struct call *c)
{
	AUTO(events_done) struct events all = EVENTS_NONE;
	struct user *u = meeting_organizer_find(c, c->args[0]);
	struct range r;

	if (!u || !source_range(c, "startDate", "endDate", &r))
		return;
	source_owned(c, u, PRODUCT_MEETING, &r, &all);
	meetings_reply(c, &all, NULL);
}

/* Only for groups of at most 50 (A); what is answered else is not documented
 * (D). */
void
meeting_group_history(struct call *c)
{
	AUTO(events_done) struct events all = EVENTS_NONE;
	struct group *g = meeting_group_find(c, c->args[0]);
	struct user *u;
	struct range r;

	if (!g || !source_range(c, "startDate", "endDate", &r))
		return;
	if (meeting_group_count(g) > MEETING_GROUP_MAX) {
		refuse_with(c, (int)switch_int(SW_GROUP_LIMIT_STATUS),
		    "TooManyOrganizers", "more than 50 organizers");
		return;
	}
	for (size_t i = 0; (u = activity_person(i)); i++) {
		if (meeting_group_has(g, u))
			source_owned(c, u, PRODUCT_MEETING, &r, &all);
	}
	meetings_reply(c, &all, g);
}
