/* SPDX-License-Identifier: MIT */
/* Counters and the log of requests. See stats.h. */
#include "stats.h"

#include <stdio.h>
#include <string.h>

#include "route.h"

enum { ROUTES_MAX = 128, STATUS_MAX = 600, LOG_BYTES_MAX = 256 << 20 };

static struct {
	long routes[ROUTES_MAX];
	long status[STATUS_MAX];
	long total, reads, writes, oauth;
} counters;

struct entry {
	struct entry *next;
	long seq;
	size_t n;
	char text[];
};

static struct {
	struct entry *first, *last;
	long seq;
	size_t bytes;
} entries;

static void
log_drop_first(void)
{
	struct entry *e = entries.first;

	entries.first = e->next;
	if (!e->next)
		entries.last = NULL;
	entries.bytes -= e->n;
	free(e);
}

static void
log_append(const char *text)
{
	size_t n = strlen(text);
	struct entry *e = mem_alloc(sizeof *e + n + 1);

	memcpy(e->text, text, n);
	e->n = n;
	e->seq = entries.seq;
	if (entries.last)
		entries.last->next = e;
	else
		entries.first = e;
	entries.last = e;
	entries.bytes += n;
	while (entries.bytes > LOG_BYTES_MAX)
		log_drop_first();
}

/* 0: the connection was reset instead. */
static int
status_sent(const struct call *c)
{
	return c->outcome == OUTCOME_RESET ? 0 : c->status;
}

static void
log_call(const struct call *c)
{
	AUTO(mem_auto_free) char *text = NULL;
	cJSON *line = cJSON_CreateObject();

	cJSON_AddNumberToObject(line, "seq", (double)++entries.seq);
	cJSON_AddNumberToObject(line, "time", (double)clock_ms());
	cJSON_AddStringToObject(line, "method", c->method);
	cJSON_AddStringToObject(line, "path", c->target);
	cJSON_AddStringToObject(line, "route", c->route->name);
	cJSON_AddNumberToObject(line, "status", status_sent(c));
	cJSON_AddStringToObject(line, "body", c->body.data ? c->body.data : "");
	cJSON_AddStringToObject(line, "api", api_name(c->route->api));
	cJSON_AddBoolToObject(line, "bearer", c->bearer_ok);
	if (c->fault)
		cJSON_AddStringToObject(line, "fault", c->fault);
	text = cJSON_PrintUnformatted(line);
	cJSON_Delete(line);
	log_append(text);
}

/* GoToTraining's only POST asks for a report: it changes nothing (5.3). */
void
stats_arrived(struct call *c)
{
	size_t index = (size_t)(c->route - routes());

	if (c->counted)
		return;
	c->counted = true;
	counters.routes[index]++;
	if (c->route->api == API_OAUTH) {
		counters.oauth++;
		return;
	}
	counters.total++;
	if (!strcmp(c->method, "GET") || c->route->api == API_TRAINING)
		counters.reads++;
	else
		counters.writes++;
}

void
stats_add(struct call *c)
{
	int status = status_sent(c);

	stats_arrived(c);
	if (c->route->api != API_OAUTH && status >= 0 && status < STATUS_MAX)
		counters.status[status]++;
	log_call(c);
}

long
stats_route(const char *name)
{
	for (size_t i = 0; i < routes_n(); i++) {
		if (!strcmp(routes()[i].name, name))
			return counters.routes[i];
	}
	return -1;
}

long
stats_total(void)
{
	return counters.total;
}

cJSON *
stats_tree(void)
{
	cJSON *tree = cJSON_CreateObject(), *list;
	char name[16];

	cJSON_AddNumberToObject(tree, "total", (double)counters.total);
	cJSON_AddNumberToObject(tree, "reads", (double)counters.reads);
	cJSON_AddNumberToObject(tree, "writes", (double)counters.writes);
	cJSON_AddNumberToObject(tree, "oauth", (double)counters.oauth);
	list = cJSON_AddObjectToObject(tree, "byRoute");
	for (size_t i = 0; i < routes_n(); i++) {
		if (routes()[i].api != API_CONTROL)
			cJSON_AddNumberToObject(
			    list, routes()[i].name, (double)counters.routes[i]);
	}
	list = cJSON_AddObjectToObject(tree, "status");
	for (int i = 0; i < STATUS_MAX; i++) {
		snprintf(name, sizeof name, "%d", i);
		if (counters.status[i])
			cJSON_AddNumberToObject(
			    list, name, (double)counters.status[i]);
	}
	return tree;
}

void
stats_clear(void)
{
	memset(&counters, 0, sizeof counters);
}

void
stats_log(struct buf *out, long since)
{
	for (const struct entry *e = entries.first; e; e = e->next) {
		if (e->seq <= since)
			continue;
		buf_add(out, e->text, e->n);
		buf_add(out, "\n", 1);
	}
}

void
stats_log_clear(void)
{
	while (entries.first)
		log_drop_first();
}
