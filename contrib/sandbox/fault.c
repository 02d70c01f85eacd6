/* SPDX-License-Identifier: MIT */
/* The list of faults, and what they make of an answer. See fault.h. */
#include "fault.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "refuse.h"
#include "route.h"

struct planned {
	struct planned *next;
	char *match;
	long count; /* negative: forever */
	long skip;
	long played;
	struct fault fault;
};

static struct planned *planned_first;
static unsigned long era;

static const struct {
	const char *name;
	int status;
	bool apply;
} kinds[FAULT_KIND_N] = {
    [FAULT_STATUS] = {"status", 500, false},
    [FAULT_HTML] = {"html", 502, false},
    [FAULT_RESET_BEFORE] = {"reset-before", 0, false},
    [FAULT_RESET_AFTER] = {"reset-after", 0, true},
    [FAULT_TRUNCATE] = {"truncate", 0, true},
    [FAULT_GARBAGE] = {"garbage", 200, false},
    [FAULT_SLOW] = {"slow", 0, true},
    [FAULT_HANG] = {"hang", 0, false},
    [FAULT_EMPTY] = {"empty", 200, false},
    [FAULT_HOLD] = {"hold", 0, false},
};

static long
form_number(const cJSON *form, const char *name, long standard)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(form, name);

	return cJSON_IsNumber(item) ? (long)item->valuedouble : standard;
}

static const char *
form_text(const cJSON *form, const char *name, const char *standard)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(form, name);

	return cJSON_IsString(item) ? item->valuestring : standard;
}

static int
kind_find(const char *name)
{
	for (int i = 0; i < FAULT_KIND_N; i++) {
		if (!strcmp(kinds[i].name, name))
			return i;
	}
	return -1;
}

static bool
match_known(const char *match)
{
	if (strpbrk(match, "*?"))
		return true;
	for (size_t i = 0; i < routes_n(); i++) {
		if (*match && !strcmp(routes()[i].name, match))
			return true;
	}
	return false;
}

static void
fault_read(const cJSON *form, int kind, struct fault *f)
{
	const cJSON *apply = cJSON_GetObjectItemCaseSensitive(form, "apply");

	f->kind = (enum fault_kind)kind;
	f->status = (int)form_number(form, "status", kinds[kind].status);
	f->retry_after_s = form_number(form, "retryAfter", 0);
	f->delay_ms = form_number(form, "delay_ms", 1000);
	f->apply = apply ? cJSON_IsTrue(apply) : kinds[kind].apply;
	strncpy(f->code, form_text(form, "code", ""), sizeof f->code - 1);
}

int
fault_add(const cJSON *form, const char **ret_why)
{
	int kind = kind_find(form_text(form, "kind", "status"));
	const char *match = form_text(form, "match", "*");
	struct planned *p, **end = &planned_first;

	*ret_why = kind < 0 ? "no such kind" : "no such route";
	if (kind < 0 || !match_known(match))
		return -EINVAL;
	p = mem_alloc(sizeof *p);
	p->match = mem_dup(match);
	p->count = form_number(form, "count", 1);
	p->skip = form_number(form, "skip", 0);
	fault_read(form, kind, &p->fault);
	while (*end)
		end = &(*end)->next;
	*end = p;
	return 0;
}

/* A pattern with wildcards means the APIs; the OAuth server only if it says
 * so. */
static bool
planned_fits(const struct planned *p, const struct route *r)
{
	if (!strcmp(p->match, r->name))
		return true;
	if (r->api == API_OAUTH && !strstr(p->match, "oauth"))
		return false;
	return strpbrk(p->match, "*?") && !fnmatch(p->match, r->name, 0);
}

bool
fault_take(const struct call *c, struct fault *ret_fault)
{
	for (struct planned *p = planned_first; p; p = p->next) {
		if (!p->count || !planned_fits(p, c->route))
			continue;
		if (p->skip > 0) {
			p->skip--;
			continue;
		}
		p->count -= p->count > 0;
		p->played++;
		*ret_fault = p->fault;
		return true;
	}
	return false;
}

static void
shape_status(struct call *c, const struct fault *f)
{
	bool denied = f->status == 401 || f->status == 403;
	const char *code = denied ? "not.authorized" : "sandbox.fault";

	if (f->status == 429)
		reply_gateway(c, 429, "TOO_MANY_REQUESTS", "Too many requests");
	else if (c->route->api == API_OAUTH)
		reply_tree(
		    c, f->status, cJSON_Parse("{\"error\":\"server_error\"}"));
	else
		refuse_with(c, f->status, f->code[0] ? f->code : code, NULL);
	c->retry_after_s = f->retry_after_s;
}

void
fault_shape(struct call *c, const struct fault *f)
{
	static const char html[] =
	    "<html><head><title>Bad gateway</title></head>"
	    "<body><h1>Bad gateway</h1></body></html>\n";

	c->fault = kinds[f->kind].name;
	switch (f->kind) {
	case FAULT_STATUS:
		shape_status(c, f);
		break;
	case FAULT_HTML:
		reply_text(c, f->status, "text/html", html);
		c->retry_after_s = f->retry_after_s;
		break;
	case FAULT_GARBAGE:
		reply_text(c, f->status, "application/json",
		    "\x01{\"results\":[{\"key\":\xff\xfe ]]");
		break;
	case FAULT_EMPTY:
		reply_empty(c, f->status);
		break;
	case FAULT_TRUNCATE:
		c->outcome = OUTCOME_TRUNCATE;
		break;
	case FAULT_SLOW:
	case FAULT_HOLD: /* whose outcome is known already */
		break;
	default:
		c->outcome = OUTCOME_RESET;
	}
}

cJSON *
faults_tree(void)
{
	cJSON *list = cJSON_CreateArray();

	for (const struct planned *p = planned_first; p; p = p->next) {
		cJSON *item = cJSON_CreateObject();

		cJSON_AddStringToObject(item, "match", p->match);
		cJSON_AddStringToObject(
		    item, "kind", kinds[p->fault.kind].name);
		cJSON_AddNumberToObject(item, "count", (double)p->count);
		cJSON_AddNumberToObject(item, "skip", (double)p->skip);
		cJSON_AddNumberToObject(item, "played", (double)p->played);
		cJSON_AddItemToArray(list, item);
	}
	return list;
}

void
faults_clear(void)
{
	while (planned_first) {
		struct planned *p = planned_first;

		planned_first = p->next;
		free(p->match);
		free(p);
	}
	era++;
}

unsigned long
faults_era(void)
{
	return era;
}
