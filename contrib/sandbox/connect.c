/* SPDX-License-Identifier: MIT */
/* GoToConnect: users, and the report of who called. goto-api.md 5.4 (A/B). The
 * report knows people by a UUID alone. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "source.h"
#include "switches.h"

#define KEPT_MS (INT64_C(395) * 86400000) /* 13 months (A) */

enum { PAGE_DEFAULT = 100, PAGE_MAX = 10000 };

/* A UUID of something that has a key, always the same. */
static void
uuid_print(const char *key, char salt, char out[static 40])
{
	uint64_t a = (unsigned char)salt, b;

	for (; *key; key++)
		a = activity_mix(a * 31 + (unsigned char)*key);
	b = activity_mix(a);
	snprintf(out, 40, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
	    (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
	    0x8000u | (unsigned)(b >> 50),
	    (unsigned long long)(b % 0x1000000000000ull));
}

static void
uuid_add(cJSON *row, const char *name, const char *key, char salt)
{
	char text[40];

	uuid_print(key, salt, text);
	cJSON_AddStringToObject(row, name, text);
}

static cJSON *
line_row(const struct user *u)
{
	cJSON *row = cJSON_CreateObject(), *org;
	AUTO(mem_auto_free) char *name = source_name(u);
	char number[8];

	snprintf(number, sizeof number, "%04d",
	    (int)(1000 +
		  strtoull(u->key + strlen(u->key) - 4, NULL, 10) % 9000));
	uuid_add(row, "id", u->key, 'l');
	cJSON_AddStringToObject(row, "name", name);
	cJSON_AddStringToObject(row, "number", number);
	cJSON_AddBoolToObject(row, "primary", true);
	cJSON_AddStringToObject(row, "region", "US");
	cJSON_AddStringToObject(row, "accountKey", tenant.key);
	org = cJSON_AddObjectToObject(row, "organization");
	uuid_add(org, "id", tenant.key, 'o');
	cJSON_AddStringToObject(org, "name", tenant.name);
	return row;
}

static cJSON *
user_row(const struct user *u)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "userKey", u->key);
	uuid_add(row, "userId", u->key, 'u');
	cJSON_AddItemToArray(cJSON_AddArrayToObject(row, "lines"), line_row(u));
	return row;
}

static bool
is_caller(const struct user *u)
{
	return u->alive && product_held(u, PRODUCT_CONNECT);
}

/* Where a page begins: after the user whose key the marker has. Users are kept
 * by key. -1: no such marker. */
static long
marker_find(const char *marker)
{
	if (!marker)
		return 0;
	for (size_t i = 0; *marker == 'k' && i < tenant.users_n; i++) {
		if (!strcmp(tenant.users[i]->key, marker + 1))
			return (long)i + 1;
	}
	return -1;
}

/* Adds a page of users from the i-th on; what the next one begins after. */
static const struct user *
page_add(struct buf *out, size_t i)
{
	long most = switch_int(SW_CONNECT_PAGE), n = 0;
	const struct user *last = NULL;

	for (; i < tenant.users_n; i++) {
		const struct user *u = tenant.users[i];

		if (!is_caller(u))
			continue;
		if (n++ == most)
			return last;
		rows_add(out, user_row(u));
		last = u;
	}
	return NULL;
}

static bool
account_good(struct call *c, bool needed)
{
	const char *key = call_param(c, "accountKey");

	if (!key && !needed)
		return true;
	if (!key) {
		refuse_param(c, "accountKey");
		return false;
	}
	if (!strcmp(key, tenant.key))
		return true;
	refuse_with(c, 404, "NOT_FOUND", "The account was not found");
	return false;
}

void
connect_users(struct call *c)
{
	long from = marker_find(call_param(c, "pageMarker"));
	const struct user *next = NULL;
	struct buf out = BUF_LARGE;

	if (!account_good(c, true))
		return;
	if (from < 0) {
		refuse_param(c, "pageMarker");
		return;
	}
	buf_str(&out, "{\"items\":[");
	if (!source_is_empty(c))
		next = page_add(&out, (size_t)from);
	buf_str(&out, "]");
	if (next)
		buf_printf(&out, ",\"nextPageMarker\":\"k%s\"", next->key);
	buf_str(&out, "}");
	reply_buf(c, "application/json", &out);
}

struct volume {
	long in, out, queue;
	int64_t in_ms, out_ms;
};

/* Calls are kept for 13 months (A). */
static struct volume
volume_sum(const struct call *c, const struct user *u, const struct range *r)
{
	AUTO(events_done) struct events calls = EVENTS_NONE;
	int64_t oldest = clock_ms() - KEPT_MS;
	struct volume v = {0};

	source_owned(c, u, PRODUCT_CONNECT, r, &calls);
	for (size_t i = 0; i < calls.n; i++) {
		const struct event *e = &calls.v[i];
		bool in = source_luck(e, 1, 2);

		if (e->start_ms < oldest)
			continue;
		*(in ? &v.in : &v.out) += 1;
		*(in ? &v.in_ms : &v.out_ms) += e->end_ms - e->start_ms;
		v.queue += in && source_luck(e, 2, 4) == 0;
	}
	return v;
}

static void
duration_add(cJSON *row, const char *name, int64_t ms)
{
	bool seconds = switch_is(SW_CONNECT_UNIT, "s");

	cJSON_AddNumberToObject(row, name, (double)(seconds ? ms / 1000 : ms));
}

static cJSON *
report_row(const struct user *u, const struct volume *v)
{
	AUTO(mem_auto_free) char *name = source_name(u);
	cJSON *row = cJSON_CreateObject(), *data;
	int64_t all_ms = v->in_ms + v->out_ms;
	long all = v->in + v->out;

	uuid_add(row, "userId", u->key, 'u');
	cJSON_AddStringToObject(row, "userName", name);
	cJSON_AddArrayToObject(row, "userAlternativeNames");
	data = cJSON_AddObjectToObject(row, "dataValues");
	cJSON_AddNumberToObject(data, "volume", (double)all);
	cJSON_AddNumberToObject(data, "inboundVolume", (double)v->in);
	duration_add(data, "inboundDuration", v->in_ms);
	cJSON_AddNumberToObject(data, "outboundVolume", (double)v->out);
	duration_add(data, "outboundDuration", v->out_ms);
	duration_add(data, "averageDuration", all ? all_ms / all : 0);
	duration_add(data, "totalDuration", all_ms);
	cJSON_AddNumberToObject(data, "inboundQueueVolume", (double)v->queue);
	return row;
}

/* userIds: UUIDs, separated by commas; none: everybody. */
static bool
is_wanted(const struct call *c, const struct user *u)
{
	const char *ids = call_param(c, "userIds");
	char text[40];

	if (!ids)
		return true;
	uuid_print(u->key, 'u', text);
	return strstr(ids, text) != NULL;
}

/* organizationId wins over accountKey, and is needed by who is in several
 * organizations (A). */
static bool
organization_good(struct call *c)
{
	const char *id = call_param(c, "organizationId");
	char ours[40];

	uuid_print(tenant.key, 'o', ours);
	if (id && !strcmp(id, ours))
		return true;
	if (id) {
		refuse_with(c, 404, "NOT_FOUND", "No such organization");
		return false;
	}
	if (switch_is(SW_CONNECT_ORG, "required")) {
		refuse_param(c, "organizationId");
		return false;
	}
	return account_good(c, false);
}

/* The page after the last: is it there? */
static bool
beyond_refused(struct call *c)
{
	if (switch_is(SW_CONNECT_BEYOND, "400"))
		refuse_param(c, "page");
	else if (switch_is(SW_CONNECT_BEYOND, "404"))
		refuse_with(c, 404, "NOT_FOUND", "No such page");
	else
		return false;
	return true;
}

static void
report_reply(struct call *c, const struct range *r, long page, long size)
{
	bool zero = switch_is(SW_CONNECT_ZERO, "present");
	long from = page * size, n = 0;
	struct buf out = BUF_LARGE;
	const struct user *u;

	buf_str(&out, "{\"items\":[");
	for (size_t i = 0; (u = activity_person(i)); i++) {
		struct volume v;

		if (!is_wanted(c, u))
			continue;
		v = volume_sum(c, u, r);
		if (v.in + v.out == 0 && !(zero && is_caller(u)))
			continue;
		if (n >= from && n < from + size)
			rows_add(&out, report_row(u, &v));
		n++;
	}
	buf_str(&out, "]}");
	if (page > 0 && n <= from && beyond_refused(c))
		buf_done(&out);
	else
		reply_buf(c, "application/json", &out);
}

void
connect_activity(struct call *c)
{
	long page = 0, size = PAGE_DEFAULT;
	struct range r;

	if (!organization_good(c) ||
	    !source_range(c, "startTime", "endTime", &r) ||
	    !source_number(c, "page", 0, 1000000, &page) ||
	    !source_number(c, "pageSize", 1, PAGE_MAX, &size))
		return;
	if (size > switch_int(SW_CONNECT_REPORT_PAGE))
		size = switch_int(SW_CONNECT_REPORT_PAGE);
	r.to_ms -= switch_is(SW_RANGE_END, "inclusive"); /* exclusive (A) */
	report_reply(c, &r, page, size);
}
