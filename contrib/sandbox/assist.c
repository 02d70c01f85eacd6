/* SPDX-License-Identifier: MIT */
/* GoToAssist Remote Support: everybody's sessions, unpaged. goto-api.md 5.5
 * (C). */
#include <stdio.h>

#include "api.h"
#include "source.h"
#include "switches.h"

static void
expert_add(cJSON *row, const struct event *e)
{
	const struct user *u = e->owner;
	bool before = switch_is(SW_ASSIST_EXPERT, "then") && u->email_before &&
		      e->start_ms < u->email_since_ms;

	cJSON_AddStringToObject(
	    row, "expertEmail", before ? u->email_before : u->email);
	if (switch_is(SW_ASSIST_EXPERT, "key"))
		cJSON_AddStringToObject(row, "expertUserKey", u->key);
}

static cJSON *
session_row(const struct event *e)
{
	AUTO(mem_auto_free) char *name = source_name(e->owner);
	cJSON *row = cJSON_CreateObject();
	char customer[48];

	snprintf(customer, sizeof customer, "customer%03d@client.example.net",
	    source_luck(e, 1, 1000));
	source_key_add(row, "sessionId", e, "22");
	cJSON_AddStringToObject(row, "sessionType", "screen_sharing");
	cJSON_AddStringToObject(row, "status", "complete");
	source_time_add(row, "startedAt", e->start_ms);
	source_time_add(row, "customerJoinedAt", e->start_ms + 30000);
	source_time_add(row, "endedAt", e->end_ms);
	cJSON_AddStringToObject(row, "expertName", name);
	expert_add(row, e);
	cJSON_AddStringToObject(row, "customerName", "Chris Customer");
	cJSON_AddStringToObject(row, "customerEmail", customer);
	source_number_add(row, "accountKey", tenant.key);
	return row;
}

void
assist_sessions(struct call *c)
{
	AUTO(events_done) struct events all = EVENTS_NONE;
	struct buf out = BUF_LARGE;
	struct range r;

	if (!source_right(c, NULL) ||
	    !source_range(c, "fromTime", "toTime", &r))
		return;
	source_all(c, PRODUCT_ASSIST, &r, &all);
	events_sort(&all);
	buf_printf(&out, "{\"totalNumSessions\":%zu,\"sessions\":[", all.n);
	for (size_t i = 0; i < all.n; i++)
		rows_add(&out, session_row(&all.v[i]));
	buf_str(&out, "]}");
	reply_buf(c, "application/json", &out);
}
