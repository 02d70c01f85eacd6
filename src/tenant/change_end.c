/* SPDX-License-Identifier: MIT */
/*
 * change_end: the verdict on a change: it went well, failed, was cancelled or
 * came too late; and those who wait for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_int.h"
#include "gotofs/clock.h"
#include "gotofs/crash.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "plan_int.h"
#include "trash_int.h"

#define CHANGE_AGAIN_MS 1000 /* what the disk refused is tried again after */

/* Nobody waits for it any more. */
static void
change_unwait(struct tenant *t, struct change *c)
{
	if (c->waited_prev)
		c->waited_prev->waited_next = c->waited_next;
	else if (t->waited == c)
		t->waited = c->waited_next;
	if (c->waited_next)
		c->waited_next->waited_prev = c->waited_prev;
	c->waited_prev = c->waited_next = NULL;
}

static void
change_tell(struct tenant *t, struct change *c, int result)
{
	while (c->waiters) {
		struct tenant_waiter *w = c->waiters;

		c->waiters = w->next;
		event_verdict(t, w, result);
	}
	change_unwait(t, c);
}

/* What it touched, shown as it is now without it. */
static void
change_settle_after(struct tenant *t, struct change *c)
{
	struct person *p = c->person;

	if (p && c->license)
		person_settle_license(t, p, c->license);
	if (p && c->group && person_group(p) != c->group)
		person_unlink(t, p, c->group->dir);
	if (p) {
		person_settle(t, p);
		person_forget_if_empty(t, p);
	}
}

int
change_cancel(
    struct tenant *t, struct change *c, const char *why, struct err *err)
{
	struct err reason = ERR_NONE;
	struct store_batch *b = NULL;
	int r = apply_check_own(t, c, err);

	err_set(&reason, -ECANCELED, "%s", why);
	if (r == 0)
		r = tenant_batch(t, &b, err);
	if (r == 0)
		r = store_change_drop(b, c->id, err);
	if (r == 0 && c->restore)
		r = store_trash_show(b, c->id, err);
	if (r == 0)
		r = report_journal(
		    t, b, c, -ECANCELED, &reason, NULL, NULL, err);
	crash_point("cancel-before-commit");
	r = store_end(b, r, err);
	crash_point("cancel-after-commit");
	if (r == 0)
		change_end_cancelled(t, c);
	return r;
}

/* What was to be changed of somebody who did not come to be. */
static void
change_end_updates(
    struct tenant *t, struct person *p, int result, const struct err *why)
{
	bool pinned = p->pinned;
	struct change *c, *next;
	struct err err = ERR_NONE;

	p->pinned = true;
	for (c = p->record ? NULL : p->changes; c; c = next) {
		int r = 0;

		next = c->person_next;
		if (c->verb != VERB_UPDATE || !change_is_unsent(c))
			continue;
		r = result == -ECANCELED
			? change_cancel(t, c, why->msg, &err)
			: change_finish(t, c, result, why, &err);
		if (r < 0)
			log_error("%s: %s", c->path, err.msg);
		else
			next = p->changes;
	}
	p->pinned = pinned;
}

void
change_end_cancelled(struct tenant *t, struct change *c)
{
	static const struct err why = {
	    .code = -ECANCELED, .msg = "its creation was cancelled"};

	tenant_mutate(t);
	change_revert(t, c);
	change_unlink(t, c);
	if (c->verb == VERB_UPDATE || c->verb == VERB_CREATE)
		change_reread(t, c->person, c);
	change_tell(t, c, -ECANCELED);
	write_finished(t, c, -ECANCELED);
	if (c->verb == VERB_CREATE)
		change_end_updates(t, c->person, -ECANCELED, &why);
	if (c->verb == VERB_REMOVE) {
		change_stays(t, c->person);
		change_requeue_arrived(t, c->person);
	}
	change_requeue(t, c->person, c->verb); /* it may have come first */
	change_settle_after(t, c);
	change_free(c);
}

/* What the journal adds to a change that went well (goto-api.md 7.4, A). */
static int
change_note(struct change *c)
{
	if (c->verb != VERB_UNASSIGN || c->person->seats_n > 0 || c->note)
		return 0;
	c->note = text_dup("that was his last license: GoTo suspends the "
			   "account until he gets another one");
	return c->note ? 0 : -ENOMEM;
}

/* From o on, a seat that he was to leave for the one that c asks for (mv). */
static struct change *
change_left_for(const struct change *c, struct change *o)
{
	while (o && (o->moved != c->id || !change_is_cancellable(o)))
		o = o->person_next;
	return o;
}

/* He keeps them: the other one was refused. */
static int
change_store_kept(struct tenant *t, struct store_batch *b,
    const struct change *c, struct err *err)
{
	static const struct err why = {.code = -ECANCELED, .msg = CHANGE_KEPT};
	struct change *o = c->person ? c->person->changes : NULL;
	int r = 0;

	for (; r == 0 && (o = change_left_for(c, o)); o = o->person_next) {
		r = report_journal(t, b, o, -ECANCELED, &why, NULL, NULL, err);
		if (r == 0)
			r = store_change_drop(b, o->id, err);
	}
	return r;
}

/* Its end, in the store: the journal's line, its error record or the end of
 * one, and its row in the queue. */
static int
change_store_end(struct tenant *t, struct store_batch *b, struct change *c,
    int result, const struct err *why, const char *before, const char *after,
    struct err *err)
{
	AUTO(text_done) char *text = NULL;
	int r = 0;

	if (result < 0 && report_error_text(c->path, result, why->msg, c->text,
			      c->text ? strlen(c->text) : 0, &text) < 0)
		return err_nomem(err);
	if (result == 0 && change_note(c) < 0)
		return err_nomem(err);
	if (result == 0 && c->begun && guard_is_removal(c))
		r = guard_store_sent(t, b, c, err);
	if (r < 0)
		return r;
	r = trash_store_end(b, c, result, &text, err);
	if (r < 0)
		return r;
	if (report_is_later(t, c))
		; /* what was said since is about what was asked for last */
	else if (text)
		report_put_error(t, b, c->path, c->id, text);
	else
		store_error_drop(b, c->path, err);
	r = report_journal(t, b, c, result, why, before, after, err);
	if (r == 0 && result < 0)
		r = change_store_kept(t, b, c, err);
	return r < 0 ? r : store_change_drop(b, c->id, err);
}

/* The removals of his links that his own has swallowed. */
static void
change_end_covered(struct tenant *t, struct person *p)
{
	bool pinned = p->pinned;
	struct change *c, *next;
	struct err err = ERR_NONE;

	p->pinned = true;
	for (c = p->changes; c; c = next) {
		next = c->person_next;
		if (c->state == STATE_HELD &&
		    change_cancel(
			t, c, "the removal of the account covers it", &err) < 0)
			log_error("%s: %s", c->path, err.msg);
	}
	p->pinned = pinned;
}

/* The tenant did not know what it was about, also where that is as good as
 * done (a removal), or his own record did not tell: the list of the next pull
 * says what there is. */
static bool
change_asks_list(const struct change *c, int result, const struct err *why)
{
	return result == -ENOENT || (why && why->http_status == 404) ||
	       (result < 0 && c->unread_n > 0);
}

/* Its end, in memory. */
static void
change_end(
    struct tenant *t, struct change *c, int result, const struct err *why)
{
	struct person *p = c->person;
	struct tenant_license *l = c->license;
	struct tenant_group *g = c->group;
	struct change *kept;

	tenant_mutate(t);
	while (result < 0 && p && (kept = change_left_for(c, p->changes)))
		change_end_cancelled(t, kept);
	if (result < 0)
		change_revert(t, c);
	else if (!trash_has_left(c) && !report_is_later(t, c))
		/* or the record says what is missing */
		report_clear(t, NULL, c->path);
	if (result < 0 && !c->was_waited)
		report_failure(t, c->path, why->msg, c->apply);
	t->done_n++;
	if (result == 0)
		guard_sent(t, c);
	change_unlink(t, c);
	if (c->verb == VERB_REMOVE)
		change_end_covered(t, p);
	if (p && (c->verb == VERB_UPDATE || c->verb == VERB_CREATE))
		change_reread(t, p, c);
	change_tell(t, c, result);
	write_finished(t, c, result);
	if (c->verb == VERB_CREATE && result < 0)
		change_end_updates(t, p, result, why);
	if (c->verb == VERB_REMOVE && result < 0)
		change_stays(t, p);
	if (p)
		p->touched_ms =
		    change_asks_list(c, result, why) ? 0 : clock_boot_ms();
	if (p && g && g != person_group(p))
		person_unlink(t, p, g->dir);
	if (p && l)
		person_settle_license(t, p, l);
	if (p)
		person_settle(t, p);
	change_requeue(t, p, c->verb);
	if (c->verb == VERB_CREATE || c->verb == VERB_REMOVE)
		change_requeue_arrived(t, p);
	if (p)
		person_forget_if_empty(t, p);
	change_free(c);
	tenant_wake(t);
}

/* The store first: what could not be journalled has not ended. */
int
change_finish_all(struct tenant *t, const struct change_ending *e, size_t n,
    int result, const struct err *why, struct store_batch *b, struct err *err)
{
	int r = b ? 0 : tenant_batch(t, &b, err);
	size_t i;

	if (r < 0)
		return r;
	for (i = 0; r == 0 && i < n; i++)
		r = change_store_end(t, b, e[i].change, result, why,
		    e[i].before, e[i].after, err);
	crash_point("verdict-before-commit");
	r = store_end(b, r, err);
	crash_point("verdict-after-commit");
	tenant_mutate(t);
	for (i = 0; r == 0 && i < n; i++)
		change_end(t, e[i].change, result, why);
	return r;
}

int
change_finish(struct tenant *t, struct change *c, int result,
    const struct err *why, struct err *err)
{
	const struct change_ending e = {c, NULL, NULL};

	return change_finish_all(t, &e, 1, result, why, NULL, err);
}

/* w waits for the verdict on c. */
int
change_wait(struct tenant *t, struct change *c, struct tenant_waiter *w)
{
	if (t->dry_run)
		return 0; /* nobody will ever answer */
	w->change = c;
	w->deadline_boot_ms = clock_boot_ms() + t->conf.deadline_ms;
	if (!c->waiters) {
		c->waited_next = t->waited;
		if (t->waited)
			t->waited->waited_prev = c;
		t->waited = c;
	}
	w->next = c->waiters;
	c->waiters = w;
	c->was_waited = true;
	change_hurry(t, c);
	tenant_wake(t);
	return TENANT_WAIT;
}

static bool
change_leave(struct tenant *t, struct change *c, struct tenant_waiter *w)
{
	struct tenant_waiter **p = &c->waiters;

	while (*p && *p != w)
		p = &(*p)->next;
	if (!*p)
		return false;
	*p = w->next;
	w->change = NULL;
	c->promised = true;
	/* nobody was told: its failure belongs into the next sync */
	if (!c->waiters) {
		c->was_waited = false;
		change_unwait(t, c);
	}
	return true;
}

bool
tenant_abandon(struct tenant *t, struct tenant_waiter *w)
{
	bool left;

	tenant_begin(t);
	left = w->change ? change_leave(t, w->change, w) : ctl_leave(t, w);
	tenant_end(t);
	return left;
}

/* Deadlines of those who wait: a change whose call has not begun is withdrawn,
 * one that has begun goes on; errors/ says which (DESIGN 4.3). */
static void
change_time_out(struct tenant *t, struct change *c)
{
	struct err why = ERR_NONE, err = ERR_NONE;
	AUTO(text_done) char *text = NULL;
	struct store_batch *b = NULL;

	if (!c->promised && change_is_unsent(c)) {
		err_set(&why, -ETIMEDOUT,
		    "no answer in time; nothing was sent and the change was "
		    "withdrawn: write it again later");
		if (change_finish(t, c, -ETIMEDOUT, &why, &err) == 0)
			return;
		log_error("%s cannot be withdrawn: %s", c->path, err.msg);
	}
	err_set(&why, -ETIMEDOUT,
	    "no answer in time; %s and goes on: its verdict "
	    "will be in .gotofs/journal.jsonl and in `gotofs sync`",
	    change_is_unsent(c) ? "the change was accepted before"
				: "the call has begun");
	change_tell(t, c, -ETIMEDOUT);
	c->was_waited = false;
	if (report_is_later(t, c) ||
	    report_error_text(c->path, -ETIMEDOUT, why.msg, c->text,
		c->text ? strlen(c->text) : 0, &text) < 0)
		return;
	if (tenant_batch(t, &b, &err) < 0)
		b = NULL;
	report_put_error(t, b, c->path, c->id, text);
	if (b && store_commit(b, &err) < 0)
		log_warn("errors/%s.txt: %s", c->path, err.msg);
}

static struct change *
change_first_late(const struct tenant *t, int64_t now_ms)
{
	const struct tenant_waiter *w;
	struct change *c;

	for (c = t->waited; c; c = c->waited_next)
		for (w = c->waiters; w; w = w->next)
			if (now_ms >= w->deadline_boot_ms)
				return c;
	return NULL;
}

/* Nobody of this name came. */
static void
change_expire(struct tenant *t, struct change *c)
{
	struct err why = ERR_NONE, err = ERR_NONE;

	err_set(&why, -ENOENT,
	    "nobody of this name appeared in users/ within 10 minutes; create "
	    "the user, then the link");
	if (change_finish(t, c, -ENOENT, &why, &err) == 0)
		return;
	tenant_mutate(t);
	c->created_boot_ms += CHANGE_AGAIN_MS;
	change_unqueue(t, c); /* behind the others */
	change_set(t, c, STATE_WAITING);
}

void
change_tick(struct tenant *t, int64_t now_ms)
{
	struct change *c;

	if (t->dry_run)
		return; /* its time stands still */
	while ((c = change_first_late(t, now_ms)))
		change_time_out(t, c);
	while ((c = t->waiting.first) &&
	       now_ms - c->created_boot_ms > CHANGE_WAITING_MS)
		change_expire(t, c);
	guard_tick(t, now_ms);
	if (t->settle_at_ms && now_ms >= t->settle_at_ms &&
	    !ctl_is_read_only(t))
		change_release_held(t, "");
}

/* Those who still wait when everything ends. */
void
change_release_waiters(struct tenant *t)
{
	struct change *c;

	for (c = t->first; c; c = c->next)
		change_tell(t, c, -ETIMEDOUT);
}
