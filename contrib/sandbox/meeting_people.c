/* SPDX-License-Identifier: MIT */
/* GoToMeeting: organizers and groups, goto-api.md 5.1 (A). Keys are numbers
 * here, status is lower-case, the lists are bare. */
#include <string.h>

#include "api.h"
#include "meeting.h"
#include "switches.h"

static bool
holds_any(const struct user *u)
{
	return product_held(u, PRODUCT_MEETING) ||
	       product_held(u, PRODUCT_WEBINAR) ||
	       product_held(u, PRODUCT_TRAINING);
}

/* Who holds one of the three, or has hosted meetings and lost it since: he is
 * "suspended" then. */
static bool
is_organizer(const struct user *u)
{
	const struct history *h = u->history;

	return u->alive &&
	       (holds_any(u) || (h && h->products >> PRODUCT_MEETING & 1));
}

/* The codes of this API alone. */
static cJSON *
codes_tree(const struct user *u)
{
	cJSON *all = products_tree(u->licenses);

	for (cJSON *item = all->child, *next; item; item = next) {
		next = item->next;
		if (!strcmp(item->valuestring, "JIVE") ||
		    !strcmp(item->valuestring, "G2A"))
			cJSON_Delete(cJSON_DetachItemViaPointer(all, item));
	}
	return all;
}

static cJSON *
organizer_row(const struct user *u)
{
	bool off = !holds_any(u) || !strcmp(u->status, "SUSPENDED");
	cJSON *row = cJSON_CreateObject();

	source_number_add(row, "organizerKey", u->key);
	cJSON_AddStringToObject(row, "email", u->email);
	source_text_add(row, "firstName", u->first_name);
	source_text_add(row, "lastName", u->last_name);
	if (u->group) {
		source_number_add(row, "groupId", u->group->key);
		cJSON_AddStringToObject(row, "groupName", u->group->name);
	}
	cJSON_AddStringToObject(row, "status", off ? "suspended" : "active");
	cJSON_AddNumberToObject(row, "maxNumAttendeesAllowed", 250);
	cJSON_AddItemToObject(row, "products", codes_tree(u));
	return row;
}

/* Of a group, or one alone, or all; bare: not as an array. */
static void
organizers_reply(
    struct call *c, const struct group *g, const struct user *only, bool bare)
{
	struct buf out = BUF_LARGE;
	struct user *u;

	buf_str(&out, "[");
	for (size_t i = 0; (u = activity_person(i)); i++) {
		if (!is_organizer(u) || (g && !meeting_group_has(g, u)) ||
		    (only && u != only))
			continue;
		rows_add(&out, organizer_row(u));
	}
	buf_str(&out, "]");
	if (!bare || out.n == 2) {
		reply_buf(c, "application/json", &out);
		return;
	}
	out.data[out.n - 1] = '\0';
	reply_text(c, 200, "application/json", out.data + 1);
	buf_done(&out);
}

static void
organizer_reply(struct call *c, const struct user *u)
{
	bool bare = switch_is(SW_ORGANIZER_FORM, "object");

	organizers_reply(c, NULL, u, bare);
}

struct user *
meeting_organizer_find(struct call *c, const char *key)
{
	struct user *u = source_person(c, key);

	if (!u || is_organizer(u))
		return u;
	refuse_with(c, 404, "NotFound", "no such organizer");
	return NULL;
}

void
meeting_organizer_get(struct call *c)
{
	struct user *u = meeting_organizer_find(c, c->args[0]);

	if (u && source_is_empty(c))
		refuse_with(c, 404, "NotFound", "no such organizer");
	else if (u)
		organizer_reply(c, u);
}

void
meeting_organizers_list(struct call *c)
{
	const char *email = call_param(c, "email");
	struct user *u = email ? user_by_email(email) : NULL;

	if (!source_right(c, u))
		return;
	if (email && (!u || !is_organizer(u) || source_is_empty(c)))
		refuse_with(c, 404, "NotFound", "no such organizer");
	else if (email)
		organizer_reply(c, u);
	else if (source_is_empty(c))
		reply_text(c, 200, "application/json", "[]");
	else
		organizers_reply(c, NULL, NULL, false);
}

struct group *
meeting_group_find(struct call *c, const char *key)
{
	struct group *g = group_by_key(key);

	if (!source_right(c, NULL))
		return NULL;
	if (!g)
		refuse_with(c, 404, "NotFound", "no such group");
	return g;
}

bool
meeting_group_has(const struct group *g, const struct user *u)
{
	const struct group *at = u->group;

	while (at && at != g)
		at = switch_on(SW_GROUP_DEEP) ? at->parent : NULL;
	return at == g && is_organizer(u);
}

/* All at once, since there may be thousands. */
static void
groups_count(void)
{
	const struct user *u;

	for (size_t i = 0; i < tenant.groups_n; i++)
		tenant.groups[i]->organizers = 0;
	for (size_t i = 0; (u = activity_person(i)); i++) {
		struct group *g = u->group;

		if (!g || !is_organizer(u))
			continue;
		for (; g; g = switch_on(SW_GROUP_DEEP) ? g->parent : NULL)
			g->organizers++;
	}
}

long
meeting_group_count(const struct group *g)
{
	groups_count();
	return g->organizers;
}

/* parentKey is its own key for a group at the top (A). */
static cJSON *
group_row(const struct group *g)
{
	const struct group *parent = g->parent ? g->parent : g;
	cJSON *row = cJSON_CreateObject();

	source_number_add(row, "groupkey", g->key);
	cJSON_AddStringToObject(row, "groupName", g->name);
	source_number_add(row, "parentKey", parent->key);
	cJSON_AddStringToObject(row, "status", "active");
	cJSON_AddNumberToObject(row, "numOrganizers", (double)g->organizers);
	return row;
}

void
meeting_groups_list(struct call *c)
{
	struct buf out = BUF_LARGE;

	if (!source_right(c, NULL))
		return;
	groups_count();
	buf_str(&out, "[");
	for (size_t i = 0; i < tenant.groups_n && !source_is_empty(c); i++) {
		if (tenant.groups[i]->alive)
			rows_add(&out, group_row(tenant.groups[i]));
	}
	buf_str(&out, "]");
	reply_buf(c, "application/json", &out);
}

void
meeting_group_organizers(struct call *c)
{
	struct group *g = meeting_group_find(c, c->args[0]);

	if (g && source_is_empty(c))
		reply_text(c, 200, "application/json", "[]");
	else if (g)
		organizers_reply(c, g, NULL, false);
}
