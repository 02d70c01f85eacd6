/* SPDX-License-Identifier: MIT */
/* The control endpoint: the truth, the log, counters, waiting. See README.md.
 */
#include <string.h>

#include "api.h"
#include "fault.h"
#include "oauth.h"
#include "serve.h"
#include "stats.h"
#include "switches.h"

static void
array_open(struct buf *out, const char *name)
{
	buf_printf(out, ",\"%s\":[", name);
}

static void
state_users(struct buf *out)
{
	array_open(out, "users");
	for (size_t i = 0; i < tenant.users_n; i++) {
		struct user *u = tenant.users[i];

		if (!u->alive)
			continue;
		if (out->data[out->n - 1] != '[')
			buf_str(out, ",");
		buf_str(out, user_json(u));
	}
	buf_str(out, "]");
}

static void
state_rest(struct buf *out)
{
	array_open(out, "licenses");
	for (size_t i = 0; i < tenant.licenses_n; i++) {
		if (tenant.licenses[i].alive)
			rows_add(out, license_tree(&tenant.licenses[i], true));
	}
	buf_str(out, "]");
	array_open(out, "groups");
	for (size_t i = 0; i < tenant.groups_n; i++) {
		if (tenant.groups[i]->alive)
			rows_add(out, group_tree(tenant.groups[i], true));
	}
	buf_str(out, "]");
}

void
control_state(struct call *c)
{
	struct buf out = {.max = (size_t)1 << 30};
	cJSON *account = cJSON_CreateObject();
	AUTO(mem_auto_free) char *text = NULL;
	size_t n;

	cJSON_AddStringToObject(account, "key", tenant.key);
	cJSON_AddStringToObject(account, "name", tenant.name);
	text = cJSON_PrintUnformatted(account);
	cJSON_Delete(account);
	buf_printf(&out, "{\"account\":%s", text);
	state_users(&out);
	state_rest(&out);
	buf_str(&out, "}");
	n = out.n;
	reply_take(c, 200, "application/json", buf_take(&out, NULL), n);
}

void
control_user(struct call *c)
{
	const char *email = call_param(c, "email");
	const char *key = call_param(c, "key");
	struct user *u = email ? user_by_email(email) : NULL;

	if (!email && key)
		u = user_by_key(key);
	if (u)
		reply_text(c, 200, "application/json", user_json(u));
	else
		reply_gateway(c, 404, "NOT_FOUND", "no such user");
}

static long
number_param(const struct call *c, const char *name, long standard)
{
	const char *text = call_param(c, name);

	return text ? strtol(text, NULL, 10) : standard;
}

void
control_log(struct call *c)
{
	struct buf out = {.max = (size_t)1 << 30};
	size_t n;

	stats_log(&out, number_param(c, "since", 0));
	n = out.n;
	reply_take(c, 200, "application/x-ndjson", buf_take(&out, NULL), n);
}

static void
reply_done(struct call *c)
{
	reply_text(c, 200, "application/json", "{}");
}

void
control_log_clear(struct call *c)
{
	stats_log_clear();
	reply_done(c);
}

void
control_counters(struct call *c)
{
	reply_tree(c, 200, stats_tree());
}

void
control_counters_clear(struct call *c)
{
	stats_clear();
	reply_done(c);
}

struct waiting {
	const char *route;
	long count;
};

static bool
check_count(void *arg)
{
	const struct waiting *w = arg;

	if (!w->route)
		return stats_total() >= w->count;
	return stats_route(w->route) >= w->count;
}

/* Answer when a route was asked so often: 200, or 408 in time. */
void
control_wait(struct call *c)
{
	struct waiting w = {call_param(c, "route"), 0};
	long ms = number_param(c, "timeout_ms", 10000);

	w.count = number_param(c, "count", 1);
	if (w.route && stats_route(w.route) < 0)
		reply_gateway(c, 400, "BAD_REQUEST", "no such route");
	else if (serve_wait(c, check_count, &w, ms))
		reply_gateway(c, 408, "TIMEOUT", "not reached");
	else
		reply_tree(c, 200, stats_tree());
}

void
control_clock(struct call *c)
{
	cJSON *body = call_object(c);
	const cJSON *item;

	if (!body)
		return;
	item = cJSON_GetObjectItemCaseSensitive(body, "advance_ms");
	if (cJSON_IsNumber(item))
		clock_advance((int64_t)item->valuedouble);
	item = cJSON_GetObjectItemCaseSensitive(body, "freeze");
	if (cJSON_IsBool(item))
		clock_freeze(cJSON_IsTrue(item));
	cJSON_Delete(body);
	body = cJSON_CreateObject();
	cJSON_AddNumberToObject(body, "time", (double)clock_ms());
	reply_tree(c, 200, body);
}
