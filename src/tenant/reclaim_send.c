/* SPDX-License-Identifier: MIT */
/*
 * reclaim_send: right before the call his activity is read again (DESIGN 5).
 *
 * Until the sources have answered the change is neither sent nor marked as
 * sent, so that it can be cancelled, and a crash leaves it to be judged anew.
 * It stands among what is put off, where no other worker takes it, and is
 * found again by its number.
 *
 * If a call has gone out before and nobody knows what became of it, his record
 * is asked for first.  A seat that he has lost is taken: the call is made
 * again, as for any removal, so that it ends and counts as one that went well.
 * While there is no answer it waits, like all that is queued.  An answer that
 * does not tell (403 ...) is asked for a few times more; then it has failed,
 * and the next refresh tells whose the seat is.
 */
#include <errno.h>
#include <stdlib.h>

#include "ctl_int.h"
#include "gotofs/clock.h"
#include "gotofs/crash.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "push_int.h"

#define RECLAIM_ASK_MS INT64_C(86400000) /* nobody else takes it meanwhile */
#define RECLAIM_AGAIN_MS 1000 /* what the disk refused is tried again after */
#define RECLAIM_UNREAD_MS 15000
#define RECLAIM_UNREAD_TRIES 5 /* a quarter of a minute, see push_end.c */

struct ask {
	char *user_key, *license_key;
	unsigned products;
	bool begun;  /* a call went out before */
	bool gone;   /* and was heard */
	bool unread; /* nobody can say */
	int64_t since_ms, last_ms;
	enum use_kind kind;
	int result;
	struct err err;
};

static void
ask_put_off(struct tenant *t, struct change *c, int64_t ms)
{
	tenant_mutate(t);
	change_unqueue(t, c);
	c->not_before_ms = ms ? clock_boot_ms() + ms : 0;
	change_queue(t, c);
}

static void
ask_done(struct ask *a)
{
	free(a->user_key);
	free(a->license_key);
}

static int
ask_begin(struct tenant *t, struct change *c, struct ask *a)
{
	const struct reclaim_limits *limits = reclaim_rules_limits(
	    &t->reclaim.rules, c->license->name, c->license->title, NULL);

	a->begun = c->begun || c->unknown;
	a->user_key = text_dup(c->person->key);
	a->license_key = text_dup(c->license->key);
	if (!a->user_key || !a->license_key)
		return -ENOMEM;
	a->products = activity_products(c->license);
	a->since_ms = clock_wall_ms() - limits->inactive_days * ACTIVITY_DAY_MS;
	ask_put_off(t, c, RECLAIM_ASK_MS);
	return 0;
}

/* Has he it, as the license tells?  What is empty is omitted there, too: then
 * its count has to say so (goto-api.md 3.9, A; D: with the invited or not). */
static int
ask_license(struct ask *a, const struct license *l)
{
	bool tells = l->user_keys ||
		     (l->user_count >= 0 &&
			 (size_t)l->user_count <= strv_n(l->invited_user_keys));

	a->gone = tells && !strv_has(l->user_keys, a->user_key) &&
		  !strv_has(l->invited_user_keys, a->user_key);
	return tells ? 0
		     : err_set(&a->err, -EIO,
			   "GoTo does not tell who has a seat of this license");
}

static int
ask_licenses(struct tenant *t, struct ask *a)
{
	AUTO(license_list_done) struct license_list list = {NULL, 0};
	size_t i;
	int r = goto_licenses(t->api, GOTO_INTERACTIVE, &list, &a->err);

	if (r < 0)
		return r;
	for (i = 0; i < list.n; i++)
		if (text_equal(list.v[i].key, a->license_key))
			return ask_license(a, &list.v[i]);
	return err_set(&a->err, -EIO, "GoTo does not list this license");
}

/* Has he the seat still?  His record omits an empty licenseKeys (goto-api.md
 * 3.4, B), but that it is not there does not prove that he has none: what a
 * license says of its holders (A) decides, as it does in a pull (8.3). */
static void
ask_seat(struct tenant *t, struct ask *a)
{
	AUTO(user_done) struct user now = USER_NONE;
	int r =
	    goto_user_get(t->api, GOTO_INTERACTIVE, a->user_key, &now, &a->err);

	if (r == 0 && now.license_keys)
		a->gone = !strv_has(now.license_keys, a->license_key);
	else if (r == 0)
		r = ask_licenses(t, a);
	else
		a->gone = r == -ENOENT;
	a->unread = r < 0 && !a->gone;
	a->result = a->unread ? r : 0;
}

/* Without the turn. */
static void
ask_sources(struct tenant *t, struct ask *a)
{
	t->sending_n++;
	tenant_end(t);
	crash_point("reclaim-before-read");
	if (a->begun)
		ask_seat(t, a);
	if (!a->gone && !a->unread)
		a->result = activity_read_again(t, a->user_key, a->products,
		    a->since_ms, &a->last_ms, &a->kind, &a->err);
	crash_point("reclaim-after-read");
	tenant_begin(t);
	tenant_mutate(t);
	t->sending_n--;
	tenant_wake(t);
}

/* 0: it may go. */
static int
ask_judge(const struct tenant *t, const struct change *c, const struct ask *a,
    struct err *why)
{
	const char *sent = a->begun ? "an earlier call was not heard, and no "
				      "other was sent"
				    : "nothing was sent";
	char when[CLOCK_ISO_BYTES];

	if (a->unread) {
		*why = a->err;
		why->code = a->result;
		return err_prefix(why,
		    "nobody knows whether an earlier call was heard, and no "
		    "other was sent; the next refresh shows whether he has the "
		    "seat");
	}
	if (a->result < 0) {
		*why = a->err;
		why->code = a->result;
		err_prefix(why, "his activity cannot be read now");
		return err_prefix(why, "%s", sent);
	}
	if (a->last_ms > 0)
		return err_set(why, -EBUSY,
		    "%s, he keeps the seat: he %s on %s", sent,
		    use_kind_text(a->kind), clock_iso(a->last_ms, when));
	if (reclaim_check(t, c->person, c->license, why) == 0)
		return 0;
	err_prefix(why, "it is no candidate any more");
	return err_prefix(why, "%s", sent);
}

static void
ask_refuse(struct tenant *t, struct change *c, int r, const struct err *why)
{
	bool unknown = c->begun || c->unknown;
	struct err err = ERR_NONE;

	if (change_finish(t, c, r, why, &err) < 0) {
		log_error("%s may not go, and waits: %s", c->path, err.msg);
		ask_put_off(t, c, RECLAIM_AGAIN_MS);
	} else if (unknown) { /* should the earlier call be heard after all */
		t->pulls_wanted++;
		tenant_wake(t);
	}
}

/* Does it wait for an(other) answer? */
static bool
ask_waits(struct tenant *t, struct change *c, const struct ask *a)
{
	bool answered = a->result != -ENOMEM && a->result != -EROFS &&
			!push_is_unreachable(a->result, &a->err);

	if (!a->unread || (answered && c->unread_n >= RECLAIM_UNREAD_TRIES))
		return false;
	log_warn("%s waits: nobody knows whether an earlier call was heard: %s",
	    c->path, a->err.msg);
	ask_put_off(t, c,
	    answered ? push_backoff_ms(c->unread_n++) : RECLAIM_UNREAD_MS);
	return true;
}

bool
reclaim_may_go(struct tenant *t, struct change *c)
{
	struct ask a = {.err = ERR_NONE};
	struct err why = ERR_NONE;
	int64_t id = c->id;
	int r;

	if (ask_begin(t, c, &a) < 0) {
		ask_done(&a);
		ask_put_off(t, c, RECLAIM_AGAIN_MS);
		return false;
	}
	ask_sources(t, &a);
	ask_done(&a);
	c = change_by_id(t, id);
	if (!c || c->state != STATE_QUEUED)
		return false; /* cancelled meanwhile */
	if (a.result == -ECANCELED || t->stopping || ctl_is_read_only(t)) {
		ask_put_off(t, c, 0); /* whoever sends it next asks anew */
		return false;
	}
	if (ask_waits(t, c, &a))
		return false;
	r = a.gone ? 0 : ask_judge(t, c, &a, &why);
	if (r < 0) {
		ask_refuse(t, c, r, &why);
		return false;
	}
	c->not_before_ms = 0;
	if (a.begun && !a.gone) /* not heard: the guard judges it again */
		c->begun = c->unknown = false;
	return true;
}
