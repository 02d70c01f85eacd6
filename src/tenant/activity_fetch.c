/* SPDX-License-Identifier: MIT */
/* activity_fetch: the thread, its rounds and its pace. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "activity_fetch_int.h"
#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/store_activity.h"
#include "gotofs/text.h"

#define FETCH_RATE 4.0
#define FETCH_IDLE_MS 60000
#define FETCH_WAIT_MS 1000
/* Groups are as they were so lately: who moves meanwhile would not be told of.
 */
#define FETCH_ORGANIZERS_MS 60000
#define FETCH_USERS_MS 600000

/* ---- may it, and when ---- */

/* With the turn: nothing can be asked now. */
static bool
fetch_waits(const struct tenant *t)
{
	return store_generation(t->store) == 0 || t->token_refused ||
	       !t->bound || t->ctl_read_only;
}

/* With the turn: until then, or until somebody is new or asks; false: it has
 * nothing more to wait for. */
static bool
fetch_sleep(struct fetch *f, int64_t until_boot_ms, bool any)
{
	struct tenant *t = f->t;
	int64_t ms = until_boot_ms - clock_boot_ms();

	if (t->stopping || ms <= 0)
		return false;
	if (any && (t->activity.wanted || t->activity.asked_n != f->asked))
		return false;
	tenant_wait(t, ms);
	return true;
}

/* The next question may go; false: a new plan is wanted first. */
static bool
fetch_pace(struct fetch *f)
{
	struct tenant *t = f->t;
	double rate = t->conf.activity.rate_per_s > 0
			  ? t->conf.activity.rate_per_s
			  : FETCH_RATE;
	bool go;

	tenant_begin(t);
	while (fetch_sleep(f, f->go_boot_ms, false))
		;
	/* days that are not kept yet are not asked for twice for that */
	go = !t->stopping && !fetch_waits(t) &&
	     (f->days_n > 0 ||
		 (!t->activity.wanted && t->activity.asked_n == f->asked));
	tenant_end(t);
	f->go_boot_ms = clock_boot_ms() + (int64_t)(1000 / rate);
	return go;
}

/* ---- a round ---- */

static bool
fetch_knows_users(const struct fetch *f)
{
	const struct activity_dues *due = &f->due[PRODUCT_GOTOCONNECT];
	size_t i;

	if (!activity_join_is_fresh(f->t, FETCH_USERS_MS))
		return false;
	for (i = 0; i < due->n; i++)
		if (!activity_join_has(f->t, due->v[i].user_key))
			return false;
	return true;
}

static int
fetch_make_plan(struct fetch *f)
{
	struct activity_plan_in in = {
	    .now_ms = f->now_ms, .due = f->due, .alone = f->alone};

	if (f->organizers_known &&
	    clock_boot_ms() - f->organizers_boot_ms <= FETCH_ORGANIZERS_MS)
		in.organizers = &f->organizers;
	in.users_known = fetch_knows_users(f);
	return activity_plan(&in, &f->plan);
}

/* With the turn: what status.json says of it. */
static void
fetch_show(struct fetch *f, size_t from, bool fetching)
{
	struct activities *a = &f->t->activity;
	size_t i;

	tenant_mutate(f->t);
	a->fetching = fetching;
	for (i = 0; i < PRODUCT_N; i++)
		a->left_n[i] = 0;
	for (i = from; i < f->plan.n; i++)
		a->left_n[f->plan.call[i].product]++;
	if (from < f->plan.n)
		a->left_n[PRODUCT_GOTOMEETING] += f->plan.later_n;
}

static void
fetch_count(struct fetch *f, const struct activity_call *c)
{
	tenant_begin(f->t);
	tenant_mutate(f->t);
	f->t->activity.left_n[c->product]--;
	tenant_end(f->t);
}

/* The groups are asked for again before they are too old. */
static bool
fetch_is_stale(const struct fetch *f, const struct activity_call *c)
{
	return c->kind == ACTIVITY_CALL_GROUP &&
	       clock_boot_ms() - f->organizers_boot_ms > FETCH_ORGANIZERS_MS;
}

static void
fetch_run_plan(struct fetch *f)
{
	enum fetch_next next = FETCH_ON;
	size_t i;

	for (i = 0; next == FETCH_ON && i < f->plan.n; i++) {
		const struct activity_call c = f->plan.call[i];

		if (fetch_is_stale(f, &c) || !fetch_pace(f))
			break;
		next = fetch_call(f, &c);
		if (next == FETCH_ON)
			fetch_count(f, &c);
	}
	use_list_done(&f->days);
	f->days_n = 0;
}

/* Nobody is due: those who asked are told, and the past is forgotten. */
static void
fetch_rest(struct fetch *f)
{
	struct tenant *t = f->t;
	struct err err = ERR_NONE;
	int64_t now = clock_boot_ms();

	if (f->pruned_boot_ms == 0 ||
	    now - f->pruned_boot_ms >= ACTIVITY_DAY_MS) {
		if (store_activity_prune(t->store, &err) < 0)
			log_warn("old activity is not forgotten: %s", err.msg);
		f->pruned_boot_ms = now;
	}
	organizer_list_done(&f->organizers);
	f->organizers_known = false;
	malloc_trim(0);
	tenant_begin(t);
	fetch_show(f, 0, false);
	t->activity.answered_n = f->asked;
	tenant_wake(t);
	tenant_end(t);
}

/* With the turn. */
static void
fetch_wait(struct fetch *f)
{
	int64_t until = clock_boot_ms() + FETCH_IDLE_MS, left_ms;

	if (f->next_due_ms > 0) {
		left_ms = f->next_due_ms - clock_wall_ms();
		if (left_ms < FETCH_IDLE_MS)
			until = clock_boot_ms() + left_ms + 1;
	}
	while (fetch_sleep(f, until, true))
		;
}

static void
fetch_round(struct fetch *f)
{
	struct tenant *t = f->t;
	int r;

	tenant_begin(t);
	t->activity.wanted = false;
	f->asked = t->activity.asked_n;
	tenant_end(t);
	r = fetch_find_due(f);
	if (r == 0)
		r = fetch_make_plan(f);
	if (r < 0) {
		f->go_boot_ms = clock_boot_ms() + FETCH_WAIT_MS;
		fetch_pace(f);
		return;
	}
	if (f->plan.n == 0) {
		fetch_rest(f);
		tenant_begin(t);
		fetch_wait(f);
		tenant_end(t);
		return;
	}
	tenant_begin(t);
	fetch_show(f, 0, true);
	tenant_end(t);
	fetch_run_plan(f);
}

void *
fetch_main(void *tenant)
{
	struct tenant *t = tenant;
	struct fetch f = {.t = t};

	tenant_begin(t);
	while (!t->stopping) {
		if (fetch_waits(t)) {
			tenant_wait(t, FETCH_WAIT_MS);
			continue;
		}
		tenant_end(t);
		fetch_round(&f);
		tenant_begin(t);
	}
	tenant_end(t);
	for (int i = 0; i < PRODUCT_N; i++)
		fetch_forget_fails(&f, (enum product)i);
	fetch_free_due(&f);
	use_list_done(&f.days);
	organizer_list_done(&f.organizers);
	strv_free(f.alone);
	return NULL;
}

/* ---- gotofs refresh --activity ---- */

int
tenant_refresh_activity(struct tenant *t, tenant_progress_fn progress,
    void *ctx, char ***ret_troubles, struct err *err)
{
	int r = pull_now(t, err);
	unsigned i;
	long mine;

	if (r < 0)
		return r;
	tenant_begin(t);
	if (!t->activity.fetcher_runs) {
		tenant_end(t);
		return err_set(err, -EINVAL,
		    t->dry_run ? "a dry run asks nothing: it shows what was "
				 "known when it began"
			       : "[activity] products in the profile is none");
	}
	activity_retry(t);
	t->activity.asked_ms = clock_wall_ms();
	mine = ++t->activity.asked_n;
	while (
	    t->activity.answered_n < mine && !t->stopping && !fetch_waits(t)) {
		long left = 0;

		for (i = 0; i < PRODUCT_N; i++)
			left += t->activity.left_n[i];
		tenant_end(t);
		if (progress)
			progress(ctx, "questions left", left, -1);
		tenant_begin(t);
		if (t->activity.answered_n < mine && !t->stopping)
			tenant_wait(t, FETCH_WAIT_MS);
	}
	if (t->activity.answered_n < mine)
		r = t->stopping
			? err_set(err, -ECANCELED, "the daemon is ending")
			: err_set(err, -EROFS,
			      "nothing is asked while the token does not work, "
			      "or \"ro\" in .gotofs/ctl is in force");
	else
		r = activity_troubles(t, ret_troubles);
	tenant_end(t);
	return r == -ENOMEM ? err_nomem(err) : r;
}
