/* SPDX-License-Identifier: MIT */
/* The control endpoint: people use something, or never did; and groups of a
 * size. See README.md. */
#include <stdio.h>

#include "activity.h"
#include "mem.h"
#include "mutate.h"

static double
number_of(const struct mutation *m, const char *name, double standard)
{
	const cJSON *item = mutation_item(m, name);

	return cJSON_IsNumber(item) ? item->valuedouble : standard;
}

/* -1: missing, or unknown. */
static int
product_of(const struct mutation *m)
{
	const char *name = mutation_text(m, "product");

	return name ? product_find(name) : -1;
}

/* Of which length, and when: start_ms, or so many days ago; neither: it has
 * ended just now. */
static void
times_read(const struct mutation *m, struct event *e)
{
	int64_t length_ms = (int64_t)(number_of(m, "minutes", 30) * 60000);
	int64_t now = clock_ms();

	e->start_ms = now - length_ms;
	if (mutation_item(m, "ago_days"))
		e->start_ms =
		    now - (int64_t)(number_of(m, "ago_days", 0) * 86400000);
	e->start_ms = (int64_t)number_of(m, "start_ms", (double)e->start_ms);
	e->end_ms = e->start_ms + length_ms;
}

int
op_use_add(struct mutation *m)
{
	const char *other = mutation_text(m, "other");
	int product = product_of(m);
	struct event e = {.owner = m->user};

	if (product < 0)
		return mutation_fail(m, "no such product");
	e.product = (enum product)product;
	e.other = other ? user_by_email(other) : NULL;
	if (other &&
	    (!e.other || e.other == e.owner ||
		(product != PRODUCT_WEBINAR && product != PRODUCT_TRAINING)))
		return mutation_fail(m, "no such other, or not for a product");
	times_read(m, &e);
	activity_add(&e);
	return 0;
}

int
op_uses_clear(struct mutation *m)
{
	int product = product_of(m);

	if (product < 0 && mutation_text(m, "product"))
		return mutation_fail(m, "no such product");
	for (int i = 0; i < PRODUCT_N; i++) {
		if (product < 0 || product == i)
			activity_clear(m->user, (enum product)i);
	}
	return 0;
}

static bool
has_meetings(const struct user *u)
{
	return u->alive && product_held(u, PRODUCT_MEETING);
}

static struct group *
team_of(int n)
{
	struct group *g;
	char name[32];

	snprintf(name, sizeof name, "Team %05d", n);
	g = group_by_name(name);
	return g ? g : group_new(name, NULL);
}

/* All who hold GoToMeeting go into groups of so many. */
int
op_regroup(struct mutation *m)
{
	int size = (int)number_of(m, "size", 50), n = 0;
	struct group *g = NULL;

	if (size < 1)
		return mutation_fail(m, "size is not valid");
	for (size_t i = 0; i < tenant.users_n; i++) {
		struct user *u = tenant.users[i];

		if (!has_meetings(u))
			continue;
		if (n % size == 0)
			g = team_of(n / size + 1);
		user_change_begin(u);
		u->group = g;
		user_change_end(u);
		n++;
	}
	return 0;
}
