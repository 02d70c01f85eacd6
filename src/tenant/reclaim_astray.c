/* SPDX-License-Identifier: MIT */
/*
 * reclaim_astray: rules that name no license, or have ended, though somebody
 * wrote them down and believes them to be in force.
 *
 * A license may get another name at GoTo, and so may both of two that are
 * called the same now.  An exemption that has lost its license holds for all of
 * them: nobody can know which one it was for.
 */
#include <errno.h>
#include <stdlib.h>

#include "gotofs/clock.h"
#include "gotofs/text.h"
#include "tenant_int.h"

#define ASTRAY_WARNINGS_MAX 20 /* lines */

static bool
astray_names_none(const struct tenant *t, const char *pattern)
{
	size_t i;

	for (i = 0; i < t->licenses_n; i++)
		if (reclaim_rules_name(
			pattern, t->license[i]->name, t->license[i]->title))
			return false;
	return true;
}

bool
reclaim_find_astray(const struct tenant *t, struct reclaim_rules *r, bool set)
{
	bool other = false;
	size_t i;

	for (i = 0; i < r->exemptions_n; i++) {
		struct reclaim_exemption *e = &r->exemption[i];
		bool astray = e->license && astray_names_none(t, e->license);

		other |= astray != e->astray;
		if (set)
			e->astray = astray;
	}
	return other;
}

/* Takes line. */
static int
astray_add(char ***v, char *line)
{
	int r = line ? strv_add(v, line) : -ENOMEM;

	free(line);
	return r;
}

int
reclaim_warnings(const struct tenant *t, char ***v)
{
	const struct reclaim_rules *r = &t->reclaim.rules;
	int64_t now = clock_wall_ms();
	size_t i;
	int e = 0;

	for (i = 0; e == 0 && i < r->overrides_n; i++)
		if (astray_names_none(t, r->override[i].license) &&
		    strv_n(*v) < ASTRAY_WARNINGS_MAX)
			e = astray_add(
			    v, text_printf("licenses.%s names no license",
				   r->override[i].license));
	for (i = 0; e == 0 && i < r->exemptions_n; i++) {
		const struct reclaim_exemption *x = &r->exemption[i];

		if (strv_n(*v) == ASTRAY_WARNINGS_MAX)
			break;
		if (x->until_ms && now >= x->until_ms)
			e = astray_add(
			    v, text_printf("exemptions[%zu] of %s has ended", i,
				   x->pattern));
		else if (x->astray)
			e = astray_add(v,
			    text_printf("exemptions[%zu]: %s names no license: "
					"until it does, %s is exempt for all",
				i, x->license, x->pattern));
	}
	return e;
}
