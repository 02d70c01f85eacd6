/* SPDX-License-Identifier: MIT */
/* reclaim_judge: rules, facts, time; and what they make of a seat. Pure: the
 * theory is in reclaim_int.h. */
#include <stddef.h>

#include "reclaim_int.h"

#define JUDGE_HOUR_MS INT64_C(3600000)

/* A clock that was wrong once has looked into what is still to come. */
#define JUDGE_FUTURE_MS ACTIVITY_DAY_MS

struct judge {
	const struct seat_facts *seat;
	unsigned main; /* products */
	int64_t now_ms;
	struct judgement *ret;
};

/* A Webinar or Training license gives GoToMeeting, too (3.8, A). */
unsigned
reclaim_main_products(unsigned products)
{
	if (products & (PRODUCT_BIT(PRODUCT_GOTOWEBINAR) |
			   PRODUCT_BIT(PRODUCT_GOTOTRAINING)))
		return products & ~PRODUCT_BIT(PRODUCT_GOTOMEETING);
	return products;
}

/* At that moment it may be another, or has become this. */
static void
judge_turns_at(const struct judge *j, int64_t at_ms)
{
	struct judgement *ret = j->ret;

	if (at_ms <= j->now_ms)
		ret->since_ms = at_ms > ret->since_ms ? at_ms : ret->since_ms;
	else if (at_ms < ret->next_ms)
		ret->next_ms = at_ms;
}

static int64_t
judge_inactive_ms(const struct judge *j)
{
	return j->ret->limits->inactive_days * ACTIVITY_DAY_MS;
}

/* ---- usage ---- */

/* The last use of the main products. */
static void
judge_last(const struct judge *j)
{
	int i;

	for (i = 0; i < PRODUCT_N; i++) {
		const struct activity *a = &j->seat->activity[i];

		if (!(j->main & PRODUCT_BIT(i)))
			continue;
		if (j->ret->product < 0)
			j->ret->product = i;
		if (a->last_ms <= j->ret->last_ms)
			continue;
		j->ret->last_ms = a->last_ms;
		j->ret->product = i;
	}
}

/* Why nobody can know whether it was used since the threshold, or NULL. */
static const char *
judge_unknown_why(const struct judge *j, int product)
{
	const struct activity *a = &j->seat->activity[product];
	int64_t age = j->ret->limits->max_data_age_hours * JUDGE_HOUR_MS;

	if (!product_has_source((enum product)product))
		return "no source tells who uses it";
	if (a->from_ms >= a->to_ms)
		return "its use was not looked at yet";
	if (j->seat->doubtful & PRODUCT_BIT(product))
		return "its source tells of no use by anybody, which is hard "
		       "to believe";
	if (a->to_ms > j->now_ms + JUDGE_FUTURE_MS)
		return "the data is of a time that is still to come: was the "
		       "clock wrong?";
	if (j->now_ms - a->to_ms > age)
		return "the data is older than max_data_age_hours";
	judge_turns_at(j, a->to_ms + age + 1);
	judge_turns_at(j, a->from_ms + judge_inactive_ms(j));
	return a->from_ms > j->ret->threshold_ms
		   ? "the time that was looked at does not reach back to the "
		     "threshold"
		   : NULL;
}

static bool
judge_is_unknown(const struct judge *j)
{
	int i;

	for (i = 0; !j->ret->unknown_why && i < PRODUCT_N; i++)
		if (j->seat->products & PRODUCT_BIT(i)) {
			j->ret->unknown_why = judge_unknown_why(j, i);
			if (j->ret->unknown_why)
				j->ret->product = i;
		}
	if (!j->ret->unknown_why &&
	    (!j->seat->products || (j->seat->products & PRODUCT_BIT_OTHER))) {
		j->ret->unknown_why = "nobody tells what else the license is "
				      "used for";
		j->ret->product = -1;
	}
	return j->ret->unknown_why != NULL;
}

static enum seat_usage
judge_usage(const struct judge *j)
{
	int64_t last;

	judge_last(j);
	last = j->ret->last_ms;
	if (last > 0)
		judge_turns_at(j, last + judge_inactive_ms(j) + 1);
	if (last > 0 && last >= j->ret->threshold_ms)
		return SEAT_ACTIVE;
	if (judge_is_unknown(j))
		return SEAT_UNKNOWN;
	return last > 0 ? SEAT_INACTIVE : SEAT_NEVER;
}

/* ---- verdict ---- */

static bool
judge_is_new(const struct judge *j)
{
	int64_t since = j->seat->since_ms, end;

	if (j->ret->usage == SEAT_INACTIVE &&
	    !(j->seat->seen_to_come && since > j->ret->last_ms))
		return false;
	end = since + judge_inactive_ms(j) +
	      j->ret->limits->new_seat_grace_days * ACTIVITY_DAY_MS;
	judge_turns_at(j, end);
	return j->now_ms < end;
}

/* What comes with it is used, and it is not. */
static bool
judge_is_downgrade(const struct judge *j)
{
	unsigned extra = j->seat->products & ~j->main;
	int i;

	for (i = 0; i < PRODUCT_N; i++) {
		int64_t last = j->seat->activity[i].last_ms;

		if (!(extra & PRODUCT_BIT(i)) || last <= 0 ||
		    last < j->ret->threshold_ms)
			continue;
		judge_turns_at(j, last + judge_inactive_ms(j) + 1);
		return true;
	}
	return false;
}

static enum seat_verdict
judge_verdict(const struct judge *j, const struct reclaim_rules *rules)
{
	const struct reclaim_exemption *e;

	if (j->ret->usage == SEAT_ACTIVE || j->ret->usage == SEAT_UNKNOWN)
		return SEAT_KEEP;
	if (j->seat->protected)
		return SEAT_PROTECTED;
	e = reclaim_rules_exemption(
	    rules, j->seat->email, j->seat->license, j->seat->title, j->now_ms);
	if (e) {
		j->ret->exemption = e;
		if (e->until_ms)
			judge_turns_at(j, e->until_ms);
		return SEAT_EXEMPT;
	}
	if (judge_is_new(j))
		return SEAT_NEW;
	return judge_is_downgrade(j) ? SEAT_DOWNGRADE : SEAT_CANDIDATE;
}

void
reclaim_judge(const struct reclaim_rules *rules, const struct seat_facts *seat,
    int64_t now_ms, struct judgement *ret)
{
	struct judge j = {
	    .seat = seat,
	    .main = reclaim_main_products(seat->products),
	    .now_ms = now_ms,
	    .ret = ret,
	};

	*ret = (struct judgement){.product = -1, .next_ms = INT64_MAX};
	ret->limits = reclaim_rules_limits(
	    rules, seat->license, seat->title, &ret->override);
	ret->threshold_ms = now_ms - judge_inactive_ms(&j);
	ret->usage = judge_usage(&j);
	ret->verdict = judge_verdict(&j, rules);
}
