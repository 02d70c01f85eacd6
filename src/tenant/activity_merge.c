/* SPDX-License-Identifier: MIT */
/* activity_merge: what an answer makes of what was known. */
#include <assert.h>

#include "activity_model_int.h"
#include "gotofs/err.h"

#define MERGE_LAG_MS (ACTIVITY_DAY_MS / 2)

enum use_kind
activity_count_kind(enum product product, int i)
{
	static const uint8_t kinds[PRODUCT_N][2] = {
	    [PRODUCT_GOTOMEETING] = {USE_MEETING},
	    [PRODUCT_GOTOWEBINAR] = {USE_WEBINAR_STARTED, USE_WEBINAR_OWNED},
	    [PRODUCT_GOTOCONNECT] = {USE_CALLS},
	    [PRODUCT_GOTOTRAINING] = {USE_TRAINING},
	    [PRODUCT_GOTOASSIST] = {USE_SUPPORT},
	};

	return (enum use_kind)kinds[product][i];
}

int64_t
activity_window(int64_t now_ms, int days)
{
	int64_t from = now_ms - days * ACTIVITY_DAY_MS;
	int64_t midnight = activity_midnight(from);

	return midnight == from ? from : midnight + ACTIVITY_DAY_MS;
}

int64_t
activity_next_from(
    const struct activity_entry *e, int64_t window_ms, int64_t now_ms)
{
	int64_t from;

	if (!activity_has_interval(e) || e->to_ms > now_ms ||
	    activity_from_ms(e) > window_ms)
		return window_ms;
	/* days that are past were told of for good */
	from = activity_midnight(
	    activity_is_known(e) ? e->to_ms - MERGE_LAG_MS : e->to_ms);
	return from > window_ms ? from : window_ms;
}

/* Times that the tenant has from the future are taken for now. */
static int64_t
merge_time(const struct use *u, const struct activity_answer *a)
{
	return u->at_ms < a->now_ms ? u->at_ms : a->now_ms;
}

static void
merge_last(struct activity_entry *e, const struct activity_answer *a,
    const struct use *const *uses, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		int64_t at = merge_time(uses[i], a);

		if (at <= e->last_ms)
			continue;
		e->last_ms = at;
		e->last_kind = (uint8_t)uses[i]->kind;
		e->day_only = uses[i]->day_only;
	}
}

/* What the answer makes of the days; those of uses that began elsewhere are not
 * its business. */
static int
merge_days(struct activity_days *d, const struct activity_answer *a,
    const struct use *const *uses, size_t n)
{
	int64_t from = activity_day_of(a->from_ms);
	int64_t to = activity_day_of(a->to_ms - 1) + 1;
	int64_t keep = activity_day_of(a->window_ms);
	size_t i;
	int r = 0;

	activity_days_cut(d, a->other ? 0 : from, a->other ? 0 : to, keep);
	for (i = 0; r == 0 && i < n; i++) {
		int64_t day = activity_day_of(uses[i]->begin_ms);

		if (day >= from && day < to && day >= keep)
			r = activity_days_add(d, (int32_t)day, uses[i]->kind,
			    a->other, uses[i]->n, true);
	}
	return r;
}

/* An answer about another names him as often as it does: what it says of a day
 * is put together before it is compared with what others said. */
static int
merge_others(struct activity_days *d, const struct activity_answer *a,
    const struct use *const *uses, size_t n)
{
	AUTO(activity_days_done) struct activity_days said = ACTIVITY_DAYS_NONE;
	size_t i;
	int r = merge_days(&said, a, uses, n);

	activity_days_cut(d, 0, 0, activity_day_of(a->window_ms));
	for (i = 0; r == 0 && i < said.n; i++)
		r = activity_days_add(d, said.v[i].day,
		    (enum use_kind)said.v[i].kind, true, said.v[i].n, false);
	return r;
}

void
activity_recount(struct activity_entry *e, const struct activity_days *d)
{
	size_t i;

	e->count[0] = e->count[1] = 0;
	for (i = 0; i < d->n; i++) {
		int second = d->v[i].kind == activity_count_kind(e->product, 1);

		if (d->v[i].day >= e->from_day)
			e->count[second] += d->v[i].n;
	}
}

static void
merge_interval(struct activity_entry *e, const struct activity_answer *a)
{
	int64_t window_day = activity_day_of(a->window_ms);
	bool anew = !activity_has_interval(e) || a->from_ms > e->to_ms ||
		    a->to_ms < activity_from_ms(e);

	e->tried_ms = 0;
	e->why = ACTIVITY_WHY_NONE;
	if (anew && a->from_ms > a->window_ms)
		return;
	if (anew)
		e->looked_ms = 0;
	if (anew || a->from_ms < activity_from_ms(e))
		e->from_day = (int32_t)activity_day_of(a->from_ms);
	if (anew || a->to_ms > e->to_ms)
		e->to_ms = a->to_ms;
	if (e->from_day < window_day)
		e->from_day = (int32_t)window_day;
	if (e->to_ms >= a->now_ms)
		e->looked_ms = a->now_ms;
}

void
activity_forget(struct activity_entry *e)
{
	e->to_ms = activity_from_ms(e);
	e->looked_ms = 0;
}

void
activity_forget_ahead(struct activity_entry *e, int64_t now_ms)
{
	if (e->to_ms <= now_ms)
		return;
	activity_forget(e);
	if (e->last_ms <= now_ms)
		return;
	e->last_ms = 0;
	e->last_kind = USE_NONE;
	e->day_only = false;
}

/* What his file says is something else than before. */
static void
merge_told(struct activity_entry *e, const struct activity_entry *was,
    const struct activity_answer *a)
{
	int64_t changed_ms =
	    e->told_ms > e->looked_ms ? e->told_ms : e->looked_ms;

	if (e->last_ms == was->last_ms && e->count[0] == was->count[0] &&
	    e->count[1] == was->count[1])
		return;
	e->told_ms = a->now_ms > changed_ms ? a->now_ms : changed_ms + 1;
}

int
activity_merge(struct activity_entry *e, struct activity_days *d,
    const struct activity_answer *a, const struct use *const *uses, size_t n)
{
	const struct activity_entry was = *e;
	int r;

	assert(a->from_ms % ACTIVITY_DAY_MS == 0 && a->to_ms > a->from_ms);
	r = a->other ? merge_others(d, a, uses, n) : merge_days(d, a, uses, n);
	if (r < 0)
		return r;
	merge_last(e, a, uses, n);
	if (!a->other)
		merge_interval(e, a);
	activity_recount(e, d);
	if (a->other)
		merge_told(e, &was, a);
	return 0;
}
