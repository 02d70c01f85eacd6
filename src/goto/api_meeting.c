/* SPDX-License-Identifier: MIT */
/* GoToMeeting (goto-api.md 5.1, A): bare arrays, unpaged. */
#include "api_use_int.h"
#include "decode_use_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

int
goto_meeting_organizers(struct goto_client *c, enum goto_priority prio,
    struct organizer_list *ret, struct err *err)
{
	AUTO(organizer_list_done) struct organizer_list list = {NULL, 0};
	AUTO(json_done) struct json *j = NULL;
	AUTO(url_done) struct url u = URL_NONE;
	struct api_slice all = {.c = c, .prio = prio};
	int r;

	url_add(&u, c->url[GOTO_API_MEETING]);
	url_add(&u, "/organizers");
	r = api_use_ask(&all, GOTO_API_MEETING, &u, NULL, &j, err);
	if (r == 0)
		r = api_unusable(decode_organizers(j, &list, err), err);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct organizer_list){NULL, 0};
	return 0;
}

/* who: "/organizers/", "/groups/" */
static int
meeting_read(const struct api_slice *s, const char *who, const char *owner,
    struct use_list *uses, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	AUTO(url_done) struct url u = URL_NONE;
	int r;

	url_add(&u, s->c->url[GOTO_API_MEETING]);
	url_add(&u, who);
	url_key(&u, s->key);
	url_add(&u, "/historicalMeetings");
	url_time(&u, "?startDate", s->from_ms);
	url_time(&u, "&endDate", s->to_ms);
	r = api_use_ask(s, GOTO_API_MEETING, &u, NULL, &j, err);
	return r < 0 ? r : decode_meetings(j, owner, uses, err);
}

static int
meeting_of_organizer(
    const struct api_slice *s, struct use_list *uses, struct err *err)
{
	return meeting_read(s, "/organizers/", s->key, uses, err);
}

static int
meeting_of_group(
    const struct api_slice *s, struct use_list *uses, struct err *err)
{
	return meeting_read(s, "/groups/", NULL, uses, err);
}

int
goto_meetings_of_organizer(struct goto_client *c, enum goto_priority prio,
    const char *organizer_key, int64_t from_ms, int64_t to_ms,
    struct use_list *ret, struct err *err)
{
	struct api_slice s = {c, prio, organizer_key, from_ms, to_ms};

	return api_uses(&s, meeting_of_organizer, ret, err);
}

int
goto_meetings_of_group(struct goto_client *c, enum goto_priority prio,
    const char *group_key, int64_t from_ms, int64_t to_ms, struct use_list *ret,
    struct err *err)
{
	struct api_slice s = {c, prio, group_key, from_ms, to_ms};

	return api_uses(&s, meeting_of_group, ret, err);
}
