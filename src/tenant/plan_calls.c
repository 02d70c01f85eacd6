/* SPDX-License-Identifier: MIT */
/*
 * plan_calls: how many calls the new people of a plan are.  Those with the same
 * licenses, group and roles go together, up to a hundred a call (DESIGN 4.3).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/text.h"
#include "plan_int.h"
#include "tenant_int.h"

#define PLAN_CREATE_MAX 100 /* of one call: goto-api.md 3.6, A */

static int
calls_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The keys of what he gets, in one order. */
static char *
calls_licenses(const struct person *who)
{
	AUTO(strv_done) char **keys = NULL;
	const struct change *c;

	for (c = who->changes; c; c = c->person_next)
		if (c->license && person_holds(who, c->license) &&
		    !strv_has(keys, c->license->key) &&
		    strv_add(&keys, c->license->key) < 0)
			return NULL;
	if (keys)
		qsort(keys, strv_n(keys), sizeof(*keys), calls_compare);
	return strv_join(keys, " ");
}

static char *
calls_set_of(const struct person *who)
{
	const struct change *create = change_find(who, VERB_CREATE, NULL);
	const struct tenant_group *g = person_group(who);
	AUTO(text_done) char *licenses = calls_licenses(who);
	AUTO(text_done)
	char *roles = create ? strv_join(create->want.admin_roles, " ") : NULL;

	if (!licenses || !roles)
		return NULL;
	return text_printf(
	    "%s/%lld/%s", licenses, g ? (long long)g->number : 0, roles);
}

/* As many as there are hundreds, begun ones too, of each set. */
static long
calls_count(char **sets, size_t n)
{
	size_t i, same = 0;
	long calls_n = 0;

	if (n > 1)
		qsort(sets, n, sizeof(*sets), calls_compare);
	for (i = 0; i < n; i++) {
		if (i > 0 && strcmp(sets[i], sets[i - 1]) != 0)
			same = 0;
		calls_n += same++ % PLAN_CREATE_MAX == 0;
	}
	return calls_n;
}

int
plan_calls(struct tenant *t, struct plan *p)
{
	AUTO(strv_done) char **sets = NULL;
	const struct change *c;
	size_t n = 0;

	for (c = t->first; c; c = c->next) {
		AUTO(text_done) char *set = NULL;

		if (c->verb != VERB_CREATE || !person_exists(c->person) ||
		    c->person->record > 0)
			continue;
		set = calls_set_of(c->person);
		if (!set || strv_add_n(&sets, &n, set) < 0)
			return -ENOMEM;
	}
	p->calls_n += calls_count(sets, n);
	return 0;
}
