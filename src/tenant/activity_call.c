/* SPDX-License-Identifier: MIT */
/* activity_call: one question of the plan, and its answer taken. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "activity_fetch_int.h"
#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/text.h"

#define CALL_STORE_MS 60000 /* when an answer cannot be kept */
/* Days of GoToConnect that are put into the store together: one for up to so
 * many people, and one more for each so many more, or the first look at
 * 100,000 people would write 1.4 GB. */
#define CALL_PEOPLE_A_DAY 20000

static enum fetch_next
call_not_kept(struct fetch *f, const struct err *why)
{
	log_warn("who used what cannot be kept: %s", why->msg);
	f->go_boot_ms = clock_boot_ms() + CALL_STORE_MS;
	return FETCH_AGAIN;
}

static struct activity_answer
call_answer(const struct fetch *f, int64_t from_ms, int64_t to_ms)
{
	struct activity_answer a = {.from_ms = from_ms,
	    .to_ms = to_ms,
	    .window_ms = f->window_ms,
	    .now_ms = f->now_ms};

	return a;
}

/* The answer is about whom the call is about; others: of whom else it tells,
 * too. */
static enum fetch_next
call_take(struct fetch *f, const struct activity_call *c,
    const struct use_list *uses, bool others)
{
	const struct activity_answer a = call_answer(f, c->from_ms, f->now_ms);
	struct err err = ERR_NONE;

	if (activity_split(f->t, c->product, &a, f->plan.key + c->first, c->n,
		uses, others, &err) < 0)
		return call_not_kept(f, &err);
	return fetch_succeeded(f, c);
}

/* ---- of each kind ---- */

static enum fetch_next
call_organizers(struct fetch *f, const struct activity_call *c)
{
	struct organizer_list list = {NULL, 0};
	struct err err = ERR_NONE;
	int64_t asked_ms = clock_boot_ms();
	int r =
	    goto_meeting_organizers(f->t->api, GOTO_BACKGROUND, &list, &err);

	if (r < 0)
		return fetch_failed(f, c, r, &err);
	activity_plan_done(&f->plan); /* it names those of the old list */
	organizer_list_done(&f->organizers);
	f->organizers = list;
	f->organizers_known = true;
	f->organizers_boot_ms = asked_ms;
	strv_done(&f->alone);
	f->alone_n = 0;
	return FETCH_AGAIN;
}

static enum fetch_next
call_group(struct fetch *f, const struct activity_call *c)
{
	AUTO(use_list_done) struct use_list uses = USE_LIST_NONE;
	struct err err = ERR_NONE;
	int r = goto_meetings_of_group(f->t->api, GOTO_BACKGROUND, c->key,
	    c->from_ms, f->now_ms, &uses, &err);

	if (r == -EINVAL || r == -EACCES || r == -ENOENT) {
		/* 5.1 (A): its people may be asked for one by one */
		if (strv_add_n(&f->alone, &f->alone_n, c->key) < 0)
			f->go_boot_ms = clock_boot_ms() + CALL_STORE_MS;
		return FETCH_AGAIN;
	}
	return r < 0 ? fetch_failed(f, c, r, &err)
		     : call_take(f, c, &uses, false);
}

static enum fetch_next
call_person(struct fetch *f, const struct activity_call *c)
{
	AUTO(use_list_done) struct use_list uses = USE_LIST_NONE;
	struct err err = ERR_NONE;
	int r = activity_ask_person(f->t, GOTO_BACKGROUND, c->product, c->key,
	    c->from_ms, f->now_ms, &uses, &err);

	return r < 0 ? fetch_failed(f, c, r, &err)
		     : call_take(f, c, &uses, true);
}

static enum fetch_next
call_assist(struct fetch *f, const struct activity_call *c)
{
	AUTO(use_list_done) struct use_list uses = USE_LIST_NONE;
	struct err err = ERR_NONE;
	int r = activity_ask_assist(
	    f->t, GOTO_BACKGROUND, c->from_ms, f->now_ms, &uses, &err);

	return r < 0 ? fetch_failed(f, c, r, &err)
		     : call_take(f, c, &uses, false);
}

/* ---- GoToConnect ---- */

/* Who is not listed made calls that nobody could know of: unknown. */
static int
call_unlisted(struct fetch *f, struct err *err)
{
	const struct activity_dues *due = &f->due[PRODUCT_GOTOCONNECT];
	struct activity_take *v = calloc(due->n + 1, sizeof(*v));
	size_t i, n = 0;
	int r;

	if (!v)
		return err_nomem(err);
	for (i = 0; i < due->n; i++) {
		if (activity_join_has(f->t, due->v[i].user_key))
			continue;
		v[n].user_key = due->v[i].user_key;
		v[n].product = PRODUCT_GOTOCONNECT;
		v[n].answer.now_ms = f->now_ms;
		v[n++].why = ACTIVITY_WHY_NOT_FOUND;
	}
	r = activity_take_all(f->t, v, n, err);
	free(v);
	return r;
}

static enum fetch_next
call_users(struct fetch *f, const struct activity_call *c)
{
	struct err err = ERR_NONE;
	int r = activity_join_need(f->t, GOTO_BACKGROUND, 0, &err);

	if (r < 0)
		return fetch_failed(f, c, r, &err);
	if (call_unlisted(f, &err) < 0)
		return call_not_kept(f, &err);
	return FETCH_AGAIN;
}

/* Those of them whose interval has no hole before these days. */
static size_t
call_day_keys(const struct fetch *f, const char **out)
{
	const struct activity_dues *due = &f->due[PRODUCT_GOTOCONNECT];
	size_t i, n = 0;

	for (i = 0; i < due->n; i++)
		if (due->v[i].from_ms <= f->days_from_ms &&
		    activity_join_has(f->t, due->v[i].user_key))
			out[n++] = due->v[i].user_key;
	return n;
}

static enum fetch_next
call_take_days(struct fetch *f, const struct activity_call *c, int64_t to_ms)
{
	const struct activity_answer a = call_answer(f, f->days_from_ms, to_ms);
	const char **keys =
	    calloc(f->due[PRODUCT_GOTOCONNECT].n + 1, sizeof(*keys));
	struct err err = ERR_NONE;
	int r = keys ? 0 : err_nomem(&err);

	if (r == 0)
		r = activity_split(f->t, PRODUCT_GOTOCONNECT, &a, keys,
		    call_day_keys(f, keys), &f->days, false, &err);
	free(keys);
	use_list_done(&f->days);
	f->days_n = 0;
	if (r < 0)
		return call_not_kept(f, &err);
	return fetch_succeeded(f, c);
}

/* Does somebody's own question begin there? */
static bool
call_begins(const struct fetch *f, int64_t at_ms)
{
	const struct activity_dues *due = &f->due[PRODUCT_GOTOCONNECT];
	size_t i;

	for (i = 0; i < due->n; i++)
		if (due->v[i].from_ms == at_ms)
			return true;
	return false;
}

static enum fetch_next
call_day(struct fetch *f, const struct activity_call *c)
{
	struct err err = ERR_NONE;
	int64_t to_ms = c->to_ms ? c->to_ms : f->now_ms;
	int r = activity_ask_connect(
	    f->t, GOTO_BACKGROUND, c->from_ms, to_ms, &f->days, &err);

	if (r < 0) {
		use_list_done(&f->days);
		f->days_n = 0;
		return fetch_failed(f, c, r, &err);
	}
	if (f->days_n++ == 0)
		f->days_from_ms = c->from_ms;
	if (c->to_ms && !call_begins(f, to_ms) &&
	    f->days_n <= f->due[PRODUCT_GOTOCONNECT].n / CALL_PEOPLE_A_DAY)
		return FETCH_ON;
	return call_take_days(f, c, to_ms);
}

enum fetch_next
fetch_call(struct fetch *f, const struct activity_call *c)
{
	int64_t now = clock_wall_ms();

	if (now < f->now_ms) /* put back: is what is asked of still to come? */
		return FETCH_AGAIN;
	f->now_ms = now;
	switch (c->kind) {
	case ACTIVITY_CALL_ORGANIZERS:
		return call_organizers(f, c);
	case ACTIVITY_CALL_USERS:
		return call_users(f, c);
	case ACTIVITY_CALL_ASSIST:
		return call_assist(f, c);
	case ACTIVITY_CALL_DAY:
		return call_day(f, c);
	case ACTIVITY_CALL_GROUP:
		return call_group(f, c);
	case ACTIVITY_CALL_PERSON:
		return call_person(f, c);
	}
	return FETCH_ON;
}
