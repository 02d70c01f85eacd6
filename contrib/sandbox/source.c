/* SPDX-License-Identifier: MIT */
/* What the products' APIs share. See source.h. */
#include "source.h"

#include <stdio.h>

#include "switches.h"

bool
source_range(
    struct call *c, const char *from, const char *to, struct range *ret)
{
	if (!range_parse(call_param(c, from), call_param(c, to),
		switch_int(SW_RANGE_DAYS), ret))
		return true;
	refuse_param(c, from);
	return false;
}

bool
source_number(struct call *c, const char *name, long least, long most, long *n)
{
	const char *text = call_param(c, name);
	uint64_t number;

	if (!text)
		return true;
	if (!mem_number(text, (uint64_t)most, &number) ||
	    number < (uint64_t)least) {
		refuse_param(c, name);
		return false;
	}
	*n = (long)number;
	return true;
}

bool
source_right(struct call *c, const struct user *u)
{
	if (c->caller->roles || c->caller == u ||
	    switch_is(SW_ROLE_RULES, "none"))
		return true;
	refuse(c, REFUSE_RIGHT);
	return false;
}

struct user *
source_person(struct call *c, const char *key)
{
	struct user *u = activity_person_by_key(key);

	if (!source_right(c, u))
		return NULL;
	if (!u)
		refuse_with(c, 404, "NotFound", "no such organizer");
	return u;
}

/* Drop from the n-th on what is not over, or began outside. */
static void
events_within(struct events *l, size_t n, const struct range *r)
{
	size_t kept = n;

	for (size_t i = n; i < l->n; i++) {
		if (event_over(&l->v[i]) && range_has(r, l->v[i].start_ms))
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
}

void
source_owned(const struct call *c, const struct user *u, enum product product,
    const struct range *r, struct events *ret)
{
	size_t n = ret->n;

	if (!source_is_silent(c))
		activity_owned(u, product, ret);
	events_within(ret, n, r);
}

void
source_of(const struct call *c, const struct user *u, enum product product,
    const struct range *r, struct events *ret)
{
	size_t n = ret->n;

	if (!source_is_silent(c))
		activity_of(u, product, ret);
	events_within(ret, n, r);
}

void
source_all(const struct call *c, enum product product, const struct range *r,
    struct events *ret)
{
	const struct user *u;

	for (size_t i = 0; (u = activity_person(i)); i++)
		source_owned(c, u, product, r, ret);
}

void
source_key(const struct event *e, const char *digits, char out[static 24])
{
	snprintf(out, 24, "%.2s%017llu", digits, (unsigned long long)e->id);
}

void
source_key_add(
    cJSON *tree, const char *name, const struct event *e, const char *digits)
{
	char key[24];

	source_key(e, digits, key);
	cJSON_AddStringToObject(tree, name, key);
}

void
source_time_add(cJSON *tree, const char *name, int64_t ms)
{
	char text[TIME_CHARS];

	time_print(ms, "Z", text);
	cJSON_AddStringToObject(tree, name, text);
}

void
source_number_add(cJSON *tree, const char *name, const char *digits)
{
	cJSON_AddRawToObject(tree, name, digits);
}

void
source_text_add(cJSON *tree, const char *name, const char *text)
{
	cJSON_AddStringToObject(tree, name, text ? text : "");
}

char *
source_name(const struct user *u)
{
	struct buf name = BUF_NONE;

	buf_printf(&name, "%s %s", u->first_name ? u->first_name : "",
	    u->last_name ? u->last_name : "");
	return buf_take(&name, NULL);
}

int
source_luck(const struct event *e, int salt, int n)
{
	uint64_t luck = activity_mix(e->id + (uint64_t)salt * 7919);

	return (int)(luck % (uint64_t)n);
}
