/* SPDX-License-Identifier: MIT */
/* Any text written to reclaim/rules.json is judged; what is accepted is within
 * its limits and can be asked. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "gotofs/err.h"
#include "reclaim_int.h"

static void
check_limits(const struct reclaim_limits *l)
{
	FUZZ_CHECK(
	    l->inactive_days > 0 && l->inactive_days <= RECLAIM_DAYS_MAX);
	FUZZ_CHECK(l->new_seat_grace_days >= 0 &&
		   l->new_seat_grace_days <= RECLAIM_DAYS_MAX);
	FUZZ_CHECK(l->max_data_age_hours > 0 &&
		   l->max_data_age_hours <= RECLAIM_AGE_HOURS_MAX);
}

static void
check_rules(const struct reclaim_rules *r)
{
	const struct reclaim_override *o = NULL;
	size_t i;

	check_limits(&r->limits);
	FUZZ_CHECK(r->overrides_n <= RECLAIM_OVERRIDES_MAX);
	FUZZ_CHECK(r->exemptions_n <= RECLAIM_EXEMPTIONS_MAX);
	for (i = 0; i < r->overrides_n; i++) {
		check_limits(&r->override[i].limits);
		FUZZ_CHECK(*r->override[i].license);
		check_limits(
		    reclaim_rules_limits(r, r->override[i].license, NULL, &o));
		FUZZ_CHECK(o);
	}
	for (i = 0; i < r->exemptions_n; i++)
		FUZZ_CHECK(r->exemption[i].pattern);
	check_limits(reclaim_rules_limits(r, "gotomeeting-pro", NULL, &o));
	reclaim_rules_exemption(r, "Ann.Lee@Example.com", "gotomeeting-pro",
	    NULL, INT64_C(1800000000000));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reclaim_rules rules = RECLAIM_RULES_NONE;
	struct err err = ERR_NONE;
	int r = reclaim_rules_parse((const char *)data, len, &rules, &err);

	if (r < 0)
		FUZZ_CHECK(r == -EINVAL && err.code == r && *err.msg &&
			   rules.overrides_n == 0 && rules.exemptions_n == 0);
	else
		check_rules(&rules);
	reclaim_rules_done(&rules);
	return 0;
}
