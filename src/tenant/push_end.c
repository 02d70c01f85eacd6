/* SPDX-License-Identifier: MIT */
/*
 * push_end: what became of a call: verdicts into the store and the mirror, or
 * back to the queue.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "push_int.h"

#define PUSH_BACKOFF_FIRST_MS 500
#define PUSH_BACKOFF_MAX_MS 60000

/* ---- on its way, or not ---- */

int
push_mark(
    struct tenant *t, const struct push_one *one, size_t n, enum state state)
{
	struct err err = ERR_NONE;
	struct store_batch *b = NULL;
	size_t i;
	int r = tenant_batch(t, &b, &err);

	for (i = 0; r == 0 && i < n; i++)
		r = store_change_update(
		    b, one[i].change->id, (int)state, NULL, NULL, &err);
	r = store_end(b, r, &err);
	tenant_mutate(t);
	if (r < 0)
		log_error(
		    "cannot mark %s as sent: %s", one->change->path, err.msg);
	for (i = 0; r == 0 && i < n; i++)
		change_set(t, one[i].change, state);
	return r;
}

int64_t
push_backoff_ms(int tries)
{
	int64_t ms = PUSH_BACKOFF_FIRST_MS;

	while (tries-- > 0 && ms < PUSH_BACKOFF_MAX_MS)
		ms *= 2;
	return ms < PUSH_BACKOFF_MAX_MS ? ms : PUSH_BACKOFF_MAX_MS;
}

/* Who waits is told that GoTo is away; what nobody waits for is tried for some
 * minutes. */
static bool
push_is_passing(const struct push_one *one)
{
	return one->result == -EIO && push_is_away(one->err.http_status) &&
	       !one->change->waiters &&
	       one->change->away_tries < PUSH_PASSING_TRIES;
}

/* Not sent, or nobody knows: it stays queued and is tried again, later and
 * later.  It has begun, so nobody is told that it was not sent. */
static void
push_later(struct tenant *t, struct push_one *one)
{
	struct change *c = one->change;

	c->not_before_ms = clock_boot_ms() + push_backoff_ms(c->tries);
	c->tries++;
	c->away_tries += push_is_passing(one);
	c->unknown = one->unknown;
	if (!c->unknown) /* else a crash must find it as it is */
		push_mark(t, one, 1, STATE_QUEUED);
	tenant_mutate(t);
	change_set(t, c, STATE_QUEUED);
	change_queue(t, c);
	push_unfold(t, one);
	if (c->tries == 1)
		log_warn("%s waits: %s", c->path, one->err.msg);
}

/* The tenant does not answer at all: not everything that is queued has to find
 * out by itself. */
static void
push_note_away(struct tenant *t, const struct push *p)
{
	int64_t now = clock_boot_ms();

	if (p->began_ms < t->away_ms)
		return; /* begun before that was known */
	t->away_until_ms = now + push_backoff_ms(t->away_n++);
	t->away_ms = now;
}

/* ---- verdicts ---- */

/* With the turn given back in between. */
static void
push_pause(struct tenant *t, const char *what, const struct err *err)
{
	log_error("%s: done, and cannot be journalled yet: %s", what, err->msg);
	tenant_end(t);
	tenant_begin(t);
	if (!t->stopping)
		tenant_wait(t, PUSH_STORE_MS);
}

/* Is it in what was created?  A user who was found afterwards, because nobody
 * knew the outcome, may have been created without it. */
static bool
push_has_folded(const struct push_one *one, const struct change *c)
{
	if (!one->found.key)
		return true;
	if (c->verb == VERB_MOVE)
		return text_equal(one->found.group_key, c->group->key);
	return strv_has(one->found.license_keys, c->license->key);
}

/* Changes that end together, with what memory was. */
struct push_ending {
	struct push_one **one;
	struct push_was *was;
	size_t n;
	struct change_ending *ending; /* with the links */
	size_t endings_n;
	bool removal;
};

static void
push_ending_done(struct push_ending *e)
{
	size_t i;

	for (i = 0; i < e->n && e->was; i++)
		push_was_done(&e->was[i]);
	for (i = 0; i < e->endings_n; i++) {
		free(e->ending[i].before);
		free(e->ending[i].after);
	}
	free(e->one);
	free(e->was);
	free(e->ending);
}

static void
push_ending_add(struct tenant *t, struct push_ending *e, struct push_one *one)
{
	struct change *c = one->change;
	struct change_ending *at = &e->ending[e->endings_n++];
	size_t i;

	one->ended_n = 0;
	at->change = c;
	at->after = push_fields(&c->want, c->set);
	if (c->verb == VERB_UPDATE || c->verb == VERB_REMOVE)
		at->before = push_before(t, c);
	if (c->verb == VERB_GROUP_RENAME) {
		at->before = push_group_name(c->old_name);
		at->after = push_group_name(c->new_name);
	}
	if (c->reclaim) {
		at->before = reclaim_before(t, c);
		at->after = text_dup("{\"license\":null}");
	}
	e->one[e->n++] = one;
	for (i = 0; one->result == 0 && i < one->folded_n; i++) {
		struct change *link = one->folded[i];

		if (!push_has_folded(one, link))
			continue;
		one->folded[i] = one->folded[one->ended_n];
		one->folded[one->ended_n++] = link;
		e->ending[e->endings_n++].change = link;
	}
}

static bool
push_ending_has(const struct push *p, const struct push_one *one, int result)
{
	return one->over && one->result == result &&
	       (result == 0 || one == p->ending);
}

/* Those with this result: all that went well, or the one that did not. */
static int
push_ending_init(
    struct tenant *t, struct push *p, int result, struct push_ending *ret)
{
	size_t i, n = 0;

	*ret = (struct push_ending){0};
	for (i = 0; i < p->n; i++)
		n += 1 + p->one[i].folded_n;
	ret->one = calloc(p->n, sizeof(struct push_one *));
	ret->was = calloc(p->n, sizeof(*ret->was));
	ret->ending = calloc(n, sizeof(*ret->ending));
	if (!ret->one || !ret->was || !ret->ending)
		return -ENOMEM;
	for (i = 0; i < p->n; i++)
		if (push_ending_has(p, &p->one[i], result))
			push_ending_add(t, ret, &p->one[i]);
	return 0;
}

static void
push_restore_all(struct tenant *t, struct push_ending *e)
{
	size_t i;

	for (i = e->n; i-- > 0;)
		push_restore(t, e->one[i]->change, &e->was[i]);
}

/* It is sent, and the mirror cannot have it: the next pull brings it. */
static void
push_not_kept(struct tenant *t, struct push_ending *e, const struct err *err)
{
	size_t i;

	log_error(
	    "%s: sent, but not kept: %s", e->one[0]->change->path, err->msg);
	for (i = 0; i < e->n; i++)
		if (e->one[i]->change->person)
			e->one[i]->change->person->hash = 0;
	t->pulls_wanted++;
	tenant_wake(t);
}

/* The outcome into the mirror, in a batch to be committed; NULL: it cannot be
 * kept, whatever the disk does.  Negative: the disk; memory is as it was. */
static int
push_keep(struct tenant *t, struct push_ending *e, struct store_batch **ret,
    struct err *err)
{
	struct store_batch *b = NULL;
	size_t i;
	int r = 0;

	for (i = 0; i < e->n; i++)
		if (push_remember(e->one[i]->change, &e->was[i]) < 0)
			return err_nomem(err);
	r = tenant_batch(t, &b, err);
	tenant_mutate(t);
	if (r < 0)
		return r;
	for (i = 0; r == 0 && i < e->n; i++)
		r = push_apply(t, b, e->one[i],
		    i + 1 < e->n && e->one[i]->change->person ==
					e->one[i + 1]->change->person,
		    err);
	if (r == 0) {
		*ret = b;
		return 0;
	}
	store_rollback(b);
	push_restore_all(t, e);
	if (r == -ENOBUFS || r == -EIO || r == -EBUSY || r == -ENOMEM)
		return r;
	push_not_kept(t, e, err);
	return 0;
}

/* The links that went with it have ended; the others go by themselves. */
static void
push_ended(struct tenant *t, struct push_ending *e, int result)
{
	size_t i, k;

	for (i = 0; i < e->n; i++) {
		struct push_one *one = e->one[i];

		if (result == 0 && e->removal && e->was[i].person.key)
			pull_note_removed(t, e->was[i].person.key);
		for (k = one->ended_n; k < one->folded_n; k++)
			one->folded[k - one->ended_n] = one->folded[k];
		one->folded_n -= one->ended_n;
		push_unfold(t, one);
	}
}

/* Their verdict, and that of the links that went with them.  Negative: the
 * store does not take it, nothing has ended. */
static int
push_finish_once(struct tenant *t, struct push *p, int result, struct err *err)
{
	struct push_ending e;
	struct store_batch *b = NULL;
	int r = push_ending_init(t, p, result, &e);

	if (r < 0) {
		push_ending_done(&e);
		return err_nomem(err);
	}
	e.removal = p->verb == VERB_REMOVE;
	tenant_mutate(t);
	if (result == 0)
		r = push_keep(t, &e, &b, err);
	if (r == 0) {
		r = change_finish_all(
		    t, e.ending, e.endings_n, result, &e.one[0]->err, b, err);
		if (r < 0 && b)
			push_restore_all(t, &e);
	}
	if (r == 0)
		push_ended(t, &e, result);
	push_ending_done(&e);
	return r;
}

/* ---- the end of a group ---- */

/* Sub-groups that were to be made in it, and changes that name it, end as it
 * was deleted, or never came to be. */
static int
push_drop_group(struct tenant *t, struct tenant_group *g, struct err *err)
{
	struct err why = ERR_NONE;
	struct change *c, *next;
	size_t i;
	int r = 0;

	err_set(&why, -ENOENT, "there is no such group");
	for (i = 0; r == 0 && i < t->groups_n; i++)
		if (t->group[i]->parent == g && !t->group[i]->key) {
			r = push_drop_group(t, t->group[i], err);
			i = (size_t)-1;
		}
	for (c = t->first; r == 0 && c && g->changes_n > 0; c = next) {
		bool moot =
		    c->verb == VERB_TAKE_OUT || c->verb == VERB_GROUP_DELETE;

		next = c->next;
		if (c->group != g)
			continue;
		assert(c->state != STATE_SENDING);
		r = change_finish(t, c, moot ? 0 : -ENOENT, &why, err);
		next = t->first;
	}
	if (r == 0)
		group_drop(t, g);
	return r;
}

static bool
push_group_is_there(const struct tenant *t, const struct tenant_group *g)
{
	size_t i;

	for (i = 0; i < t->groups_n; i++)
		if (t->group[i] == g)
			return true;
	return false;
}

static struct tenant_group *
push_group_gone(const struct push *p, const struct push_one *one)
{
	struct tenant_group *g = one->change->group;

	if (p->verb == VERB_GROUP_DELETE && one->result == 0)
		return g;
	if (p->verb == VERB_GROUP_CREATE && one->result != 0 && !g->key)
		return g;
	return NULL;
}

/* ---- all of it ---- */

static void
push_note_result(struct tenant *t, const struct push *p, int result)
{
	if (result == -EEXIST && p->verb == VERB_CREATE &&
	    t->conf.refresh_ms > 0) {
		t->pulls_wanted++; /* somebody else made him */
		tenant_wake(t);
	}
	if (result == -EROFS)
		t->token_refused = true;
}

/* Until the store takes it: what the tenant has done is not forgotten.  When
 * everything ends it stays in the store as being on its way, and is read back
 * the next time. */
static int
push_finish(struct tenant *t, struct push *p, struct push_one *one, int result)
{
	struct tenant_group *gone = push_group_gone(p, one);
	struct err err = ERR_NONE;
	char *path = text_dup(one->change->path);
	int r;

	p->ending = one;
	tenant_mutate(t);
	push_note_result(t, p, result);
	while ((r = push_finish_once(t, p, result, &err)) < 0 && !t->stopping)
		push_pause(t, path ? path : "a change", &err);
	while (r == 0 && gone && push_group_is_there(t, gone) &&
	       (r = push_drop_group(t, gone, &err)) < 0 && !t->stopping)
		push_pause(t, "a group's end", &err);
	free(path);
	return r;
}

static void
push_pin(struct push *p, bool pinned, struct person **person)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (person[i])
			person[i]->pinned = pinned;
}

/* The address or name was, or still is, that of another who gives it up by an
 * earlier change: the calls of two may overtake each other. */
static bool
push_was_behind(const struct tenant *t, const struct push_one *one)
{
	return one->result == -EEXIST &&
	       (one->behind || push_is_behind(t, one->change));
}

/* Was it no answer?  Then it goes back to the queue. */
static bool
push_goes_back(const struct tenant *t, const struct push_one *one)
{
	return push_is_unreachable(one->result, &one->err) ||
	       push_is_passing(one) || one->result == -ENOMEM ||
	       one->result == -EINPROGRESS || push_was_behind(t, one) ||
	       (one->result == -EROFS && !one->change->waiters);
}

/* A removal that a crash cut off, and that has not come to be: held like any
 * other, and the guard judges it.  But what was made again since is behind it:
 * then it is judged right before its call. */
static void
push_hold(struct tenant *t, struct push_one *one)
{
	struct change *c = one->change;
	enum state state = change_is_undone(c) ? STATE_QUEUED : STATE_HELD;
	struct err err = ERR_NONE;

	tenant_mutate(t);
	if (recover_is_old(t, c)) {
		if (recover_cancel(t, c, &err) < 0) {
			one->err = err;
			push_later(t, one);
		}
		return;
	}
	c->begun = c->unknown = false;
	push_mark(t, one, 1, state);
	change_set(t, c, state);
	change_requeue(t, c->person, c->verb);
	if (state == STATE_QUEUED)
		return;
	change_hold_more(t);
	if (link_make_room_again(t, &err) < 0)
		log_error("seats that were promised stay taken: %s", err.msg);
}

static int
push_end_one(struct tenant *t, struct push *p, struct push_one *one)
{
	if (one->still) {
		t->away_n = 0;
		push_hold(t, one);
		return 0;
	}
	if (one->result == -ECANCELED ||
	    (one->result == -EINPROGRESS && t->stopping))
		return -ESHUTDOWN; /* the store knows that it was on its way */
	if (one->result == -EROFS)
		t->token_refused = true;
	if (!push_goes_back(t, one)) {
		t->away_n = 0;
		return push_finish(t, p, one, one->result) < 0 ? -ESHUTDOWN : 0;
	}
	if (one->result != -ENOMEM && one->result != -EINPROGRESS &&
	    one->result != -EEXIST && !p->answers)
		push_note_away(t, p);
	push_later(t, one);
	return 0;
}

static void
push_compact(struct tenant *t, struct push *p, struct person **person)
{
	size_t i, left = 0;

	for (i = 0; i < p->n; i++) {
		if (!p->one[i].over) {
			p->one[left++] = p->one[i];
			continue;
		}
		push_one_done(&p->one[i]);
		if (person[i]) {
			change_requeue_arrived(t, person[i]);
			person_forget_if_empty(t, person[i]);
		}
	}
	p->n = left;
}

/* Is what was found there somebody else's in the mirror? */
static int
push_check_one(struct tenant *t, const struct push_one *one, struct err *err)
{
	const struct tenant_group *g = one->change->group, *holder;

	if (one->change->verb == VERB_CREATE)
		return person_by_key(t, one->key)
			   ? err_set(err, -EEXIST,
				 "this address belongs to another account")
			   : 0;
	holder = group_by_key(t, one->key);
	return holder && holder != g
		   ? err_set(err, -EEXIST, "a group of this name exists")
		   : 0;
}

/* Found where the outcome was unknown, and known before: it is not ours, but
 * another's whose address or name is being changed. */
static void
push_check_found(struct tenant *t, struct push *p)
{
	bool made = p->verb == VERB_GROUP_CREATE ||
		    (p->verb == VERB_CREATE && p->doubt);
	size_t i;

	for (i = 0; made && i < p->n; i++) {
		struct push_one *one = &p->one[i];

		if (one->over && one->result == 0)
			one->result = push_check_one(t, one, &one->err);
	}
}

int
push_end(struct tenant *t, struct push *p)
{
	struct person *person[PUSH_BATCH_MAX];
	struct push_one *good = NULL;
	size_t i;
	int r = 0;

	push_check_found(t, p);
	for (i = 0; i < p->n; i++) {
		person[i] = p->one[i].change->person;
		if (p->one[i].over && p->one[i].result == 0)
			good = &p->one[i];
	}
	push_pin(p, true, person);
	if (good)
		t->away_n = 0;
	if (good && push_finish(t, p, good, 0) < 0)
		r = -ESHUTDOWN;
	for (i = 0; r == 0 && i < p->n; i++)
		if (p->one[i].over && p->one[i].result < 0)
			r = push_end_one(t, p, &p->one[i]);
	push_pin(p, false, person);
	if (r == 0)
		push_compact(t, p, person);
	return r;
}
