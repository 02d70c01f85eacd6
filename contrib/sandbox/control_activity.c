/* SPDX-License-Identifier: MIT */
/* The control endpoint: who really used what, whatever the switches make the
 * sources say. A JSON line a use, or a person. See README.md. */
#include <string.h>

#include "api.h"
#include "source.h"

struct asked {
	int product;	   /* -1: all */
	struct user *user; /* NULL: all */
	bool last;
};

static void
line_add(struct buf *out, cJSON *tree)
{
	AUTO(mem_auto_free) char *text = cJSON_PrintUnformatted(tree);

	cJSON_Delete(tree);
	buf_str(out, text);
	buf_str(out, "\n");
}

static cJSON *
line_new(const struct user *u, enum product product)
{
	cJSON *line = cJSON_CreateObject();

	cJSON_AddStringToObject(line, "email", u->email);
	cJSON_AddStringToObject(line, "key", u->key);
	cJSON_AddStringToObject(line, "product", product_name(product));
	return line;
}

static const char *
kind_name(const struct event *e, const struct user *u)
{
	static const char *const names[PRODUCT_N] = {
	    [PRODUCT_MEETING] = "meeting",
	    [PRODUCT_TRAINING] = "training",
	    [PRODUCT_CONNECT] = "call",
	    [PRODUCT_ASSIST] = "support",
	};

	if (e->product != PRODUCT_WEBINAR)
		return names[e->product];
	return !e->other || u == e->other ? "webinar-started" : "webinar-owned";
}

/* What this person has of an event. */
static void
use_add(struct buf *out, const struct event *e, const struct user *u)
{
	cJSON *line = line_new(u, e->product);
	char id[24];

	source_key(e, "", id);
	cJSON_AddStringToObject(line, "kind", kind_name(e, u));
	cJSON_AddNumberToObject(line, "start_ms", (double)e->start_ms);
	cJSON_AddNumberToObject(line, "end_ms", (double)e->end_ms);
	cJSON_AddBoolToObject(line, "over", event_over(e));
	cJSON_AddStringToObject(line, "id", id);
	cJSON_AddStringToObject(line, "owner", e->owner->key);
	if (e->other)
		cJSON_AddStringToObject(line, "other", e->other->key);
	line_add(out, line);
}

static void
uses_of(struct buf *out, const struct user *u, enum product product)
{
	AUTO(events_done) struct events all = EVENTS_NONE;

	activity_of(u, product, &all);
	events_sort(&all);
	for (size_t i = 0; i < all.n; i++)
		use_add(out, &all.v[i], u);
}

static void
last_add(cJSON *line, const struct event *last)
{
	if (!last) {
		cJSON_AddNullToObject(line, "last_ms");
		return;
	}
	cJSON_AddNumberToObject(line, "last_ms", (double)last->end_ms);
	cJSON_AddNumberToObject(line, "last_start_ms", (double)last->start_ms);
}

/* One line for him who holds the product, or has used it: only what is over
 * counts. */
static void
last_of(struct buf *out, const struct user *u, enum product product)
{
	AUTO(events_done) struct events all = EVENTS_NONE;
	bool holds = u->alive && product_held(u, product);
	const struct event *last = NULL;
	cJSON *line;
	int n = 0;

	activity_of(u, product, &all);
	for (size_t i = 0; i < all.n; i++) {
		if (!event_over(&all.v[i]))
			continue;
		n++;
		if (!last || all.v[i].end_ms > last->end_ms)
			last = &all.v[i];
	}
	if (!n && !holds)
		return;
	line = line_new(u, product);
	cJSON_AddBoolToObject(line, "holds", holds);
	cJSON_AddNumberToObject(line, "n", n);
	last_add(line, last);
	line_add(out, line);
}

static void
person_add(struct buf *out, const struct user *u, const struct asked *asked)
{
	for (int i = 0; i < PRODUCT_N; i++) {
		if (asked->product >= 0 && asked->product != i)
			continue;
		if (asked->last)
			last_of(out, u, (enum product)i);
		else
			uses_of(out, u, (enum product)i);
	}
}

/* The stranger's own are the last; what he started for others is not looked
 * for. */
static void
all_add(struct buf *out, const struct asked *asked)
{
	const struct user *u;

	for (size_t i = 0; (u = activity_person(i)); i++)
		person_add(out, u, asked);
}

void
control_activity(struct call *c)
{
	const char *product = call_param(c, "product");
	const char *email = call_param(c, "email");
	struct asked asked = {.last = call_flag(c, "last", false)};
	struct buf out = BUF_LARGE;

	asked.product = product ? product_find(product) : -1;
	asked.user = email ? user_by_email_ever(email) : NULL;
	if ((product && asked.product < 0) || (email && !asked.user)) {
		reply_gateway(c, 404, "NOT_FOUND", "no such product or user");
		return;
	}
	if (asked.user)
		person_add(&out, asked.user, &asked);
	else
		all_add(&out, &asked);
	reply_buf(c, "application/x-ndjson", &out);
}
