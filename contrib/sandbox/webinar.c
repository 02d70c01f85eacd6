/* SPDX-License-Identifier: MIT */
/* GoToWebinar v2: webinars, and sessions that are over. goto-api.md 5.2 (A
 * where nothing else is said). */
#include <string.h>

#include "api.h"
#include "source.h"
#include "switches.h"

enum { SIZE_DEFAULT = 20, SIZE_MAX_ALLOWED = 200 };

struct page {
	long size, number;
	const char *list; /* its name in _embedded */
	cJSON *(*row)(const struct event *e);
};

static bool
page_parse(struct call *c, struct page *page)
{
	page->size = SIZE_DEFAULT;
	page->number = 0;
	if (!source_number(c, "size", 1, 1 << 30, &page->size) ||
	    !source_number(c, "page", 0, 1 << 30, &page->number))
		return false;
	if (page->size <= SIZE_MAX_ALLOWED)
		return true;
	page->size = SIZE_MAX_ALLOWED;
	if (switch_is(SW_WEBINAR_SIZE, "clamp"))
		return true;
	refuse_param(c, "size");
	return false;
}

static void
link_add(cJSON *links, const char *name, const char *href)
{
	cJSON *link = cJSON_AddObjectToObject(links, name);

	cJSON_AddStringToObject(link, "href", href);
}

static void
page_add(cJSON *tree, const struct page *page, size_t total)
{
	cJSON *p = cJSON_AddObjectToObject(tree, "page");
	size_t size = (size_t)page->size;

	cJSON_AddNumberToObject(p, "size", (double)page->size);
	cJSON_AddNumberToObject(p, "totalElements", (double)total);
	cJSON_AddNumberToObject(
	    p, "totalPages", (double)((total + size - 1) / size));
	cJSON_AddNumberToObject(p, "number", (double)page->number);
}

/* _embedded is absent when there is nothing (D). */
static void
page_reply(struct call *c, const struct page *page, struct events *all)
{
	cJSON *tree = cJSON_CreateObject(), *list = cJSON_CreateArray();
	size_t from = (size_t)(page->size * page->number);
	size_t to = from + (size_t)page->size;

	events_sort(all);
	for (size_t i = from; i < to && i < all->n; i++)
		cJSON_AddItemToArray(list, page->row(&all->v[i]));
	if (list->child || switch_is(SW_WEBINAR_EMPTY, "array"))
		cJSON_AddItemToObject(
		    cJSON_AddObjectToObject(tree, "_embedded"), page->list,
		    list);
	else
		cJSON_Delete(list);
	page_add(tree, page, all->n);
	if (switch_on(SW_WEBINAR_LINKS))
		link_add(
		    cJSON_AddObjectToObject(tree, "_links"), "self", c->target);
	reply_tree(c, 200, tree);
}

/* As seen: webinarId of a webinar (B), webinarID of a session (A). */
static void
id_add(cJSON *row, const struct event *e, const char *seen)
{
	const char *name = switch_is(SW_WEBINAR_ID, "as-seen")
			       ? seen
			       : switch_text(SW_WEBINAR_ID);
	char text[24];

	source_key(e, "00", text);
	text[11] = '\0';
	text[2] = '1';
	cJSON_AddStringToObject(row, name, text + 2);
}

static const char *
zone(const struct event *e)
{
	return e->owner->time_zone ? e->owner->time_zone : "Etc/UTC";
}

static const char *
subject(const struct event *e)
{
	static const char *const subjects[] = {"Product update",
	    "Customer day \u2013 Z\u00fcrich", "Onboarding", "Q & A"};

	return subjects[e->id % 4];
}

static void
person_add(cJSON *row, const char *key, const char *name, const struct user *u)
{
	AUTO(mem_auto_free) char *text = source_name(u);

	cJSON_AddStringToObject(row, key, u->key);
	cJSON_AddStringToObject(row, name, text);
}

static cJSON *
session_row(const struct event *e)
{
	cJSON *row = cJSON_CreateObject();
	int came = source_luck(e, 1, 80);

	source_key_add(row, "sessionKey", e, "55");
	source_key_add(row, "webinarKey", e, "77");
	cJSON_AddStringToObject(row, "webinarName", subject(e));
	id_add(row, e, "webinarID");
	source_time_add(row, "startTime", e->start_ms);
	source_time_add(row, "endTime", e->end_ms);
	cJSON_AddNumberToObject(row, "registrantsAttended", came);
	cJSON_AddNumberToObject(
	    row, "registrantCount", came + source_luck(e, 2, 60));
	cJSON_AddStringToObject(row, "accountKey", tenant.key);
	person_add(
	    row, "creatingOrganizerKey", "creatingOrganizerName", e->owner);
	person_add(row, "startingOrganizerKey", "startingOrganizerName",
	    e->other ? e->other : e->owner);
	cJSON_AddNumberToObject(row, "totalPollCount", source_luck(e, 3, 3));
	cJSON_AddStringToObject(row, "timeZone", zone(e));
	cJSON_AddStringToObject(row, "experienceType", "CLASSIC");
	return row;
}

/* Names beyond the specification are from a live answer of 2026-05 (B). */
static void
webinar_rest_add(cJSON *row, const struct event *e)
{
	cJSON_AddStringToObject(row, "timeZone", zone(e));
	cJSON_AddStringToObject(row, "locale", "en_US");
	cJSON_AddStringToObject(row, "approvalType", "AUTOMATIC");
	cJSON_AddStringToObject(
	    row, "registrationUrl", "https://attendee.example.com/register");
	cJSON_AddBoolToObject(row, "impromptu", false);
	cJSON_AddBoolToObject(row, "isPasswordProtected", false);
	cJSON_AddStringToObject(row, "recurrenceType", "single_session");
	cJSON_AddStringToObject(row, "experienceType", "CLASSIC");
	source_key_add(row, "omid", e, "66");
	source_key_add(row, "registrationSettingsKey", e, "67");
	cJSON_AddStringToObject(row, "status", "NEW");
	cJSON_AddBoolToObject(row, "breakoutsAllowed", false);
}

static cJSON *
webinar_row(const struct event *e)
{
	cJSON *row = cJSON_CreateObject(), *when;

	source_key_add(row, "webinarKey", e, "77");
	id_add(row, e, "webinarId");
	cJSON_AddStringToObject(row, "organizerKey", e->owner->key);
	cJSON_AddStringToObject(row, "accountKey", tenant.key);
	cJSON_AddStringToObject(row, "subject", subject(e));
	when = cJSON_CreateObject();
	source_time_add(when, "startTime", e->start_ms);
	source_time_add(when, "endTime", e->end_ms);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(row, "times"), when);
	webinar_rest_add(row, e);
	return row;
}

/* Everybody's for the account's key, if the tenant is not strict (7.20 B). */
static bool
events_find(
    struct call *c, const char *key, const struct range *r, struct events *all)
{
	bool loose = !switch_on(SW_STRICT_ORGANIZER);
	const struct user *u;

	if (!key || (loose && !strcmp(key, tenant.key))) {
		if (!source_right(c, NULL))
			return false;
		source_all(c, PRODUCT_WEBINAR, r, all);
		return true;
	}
	u = source_person(c, key);
	if (!u)
		return false;
	if (switch_is(SW_SESSIONS_OF, "both"))
		source_of(c, u, PRODUCT_WEBINAR, r, all);
	else
		source_owned(c, u, PRODUCT_WEBINAR, r, all);
	return true;
}

static void
events_reply(struct call *c, const char *key, struct page page)
{
	AUTO(events_done) struct events all = EVENTS_NONE;
	struct range r;

	if (source_range(c, "fromTime", "toTime", &r) && page_parse(c, &page) &&
	    events_find(c, key, &r, &all))
		page_reply(c, &page, &all);
}

void
webinar_sessions(struct call *c)
{
	events_reply(c, c->args[0],
	    (struct page){.list = "sessionInfoResources", .row = session_row});
}

void
webinar_webinars(struct call *c)
{
	events_reply(c, c->args[0],
	    (struct page){.list = "webinars", .row = webinar_row});
}

void
webinar_account_webinars(struct call *c)
{
	events_reply(
	    c, NULL, (struct page){.list = "webinars", .row = webinar_row});
}
