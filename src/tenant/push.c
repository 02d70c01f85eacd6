/* SPDX-License-Identifier: MIT */
/*
 * push: the workers that send what is queued (DESIGN 4.3).
 *
 * A worker takes the first change that may go, in the order of the verbs,
 * notes in the store that it is on its way, gives the turn back, calls, takes
 * the turn and finishes it.  What a crash interrupts is known by its state in
 * the store (STATE_SENDING) and is read back before it is sent again.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "push_int.h"

#define PUSH_BACKOFF_FIRST_MS 500
#define PUSH_BACKOFF_MAX_MS 60000
#define PUSH_STORE_MS 1000 /* what the disk refused is tried again after */

/* ---- which ---- */

bool
push_has_work(const struct tenant *t)
{
	size_t i;

	for (i = 0; i < VERB_N; i++)
		if (t->ready[i])
			return true;
	return false;
}

/* The first that is due; *ret_wait_ms: how long until another may be. */
static struct change *
push_next(struct tenant *t, int64_t *ret_wait_ms)
{
	int64_t now = clock_boot_ms();
	struct change *c;
	size_t i;

	*ret_wait_ms = 1000;
	for (i = 0; i < VERB_N; i++)
		for (c = t->ready[i]; c; c = c->ready_next) {
			int64_t wait = c->not_before_ms - now;

			if (wait <= 0)
				return c;
			if (wait < *ret_wait_ms)
				*ret_wait_ms = wait;
		}
	return NULL;
}

/* Links of somebody who is about to be created go with him. */
static void
push_fold(struct tenant *t, struct push *p)
{
	struct change *c;

	for (c = p->change->person->changes; c; c = c->person_next) {
		bool group = c->verb == VERB_MOVE && c->group->key;
		bool seat = c->verb == VERB_ASSIGN;

		if ((!seat && !group) || c->begun ||
		    (c->state != STATE_WAITING && c->state != STATE_QUEUED) ||
		    p->folded_n == PUSH_FOLDED_MAX)
			continue;
		if (seat && license_free_now(t, c->license) < 0)
			continue; /* its seat is still to be freed */
		if (seat && strv_add(&p->license_keys, c->license->key) < 0)
			continue;
		if (group)
			p->group_key = c->group->key;
		p->folded[p->folded_n++] = c;
	}
}

/* What moves while the turn is away. */
static int
push_prepare(struct push *p)
{
	const struct change *c = p->change;

	p->unknown = c->unknown;
	if (c->verb != VERB_GROUP_CREATE)
		return 0;
	p->label = text_dup(c->group->label);
	p->parent_key =
	    c->group->parent ? text_dup(c->group->parent->key) : NULL;
	return p->label && (!c->group->parent || p->parent_key) ? 0 : -ENOMEM;
}

/* On its way: durable before the call, so that a crash is not a second call */
static int
push_mark(struct tenant *t, struct push *p, enum state state)
{
	struct err err = ERR_NONE;
	struct store_batch *b = NULL;
	size_t i;
	int r = tenant_batch(t, &b, &err);

	if (r == 0)
		r = store_change_update(
		    b, p->change->id, (int)state, NULL, NULL, &err);
	if (r == 0)
		r = store_commit(b, &err);
	else
		store_rollback(b);
	if (r < 0) {
		log_error(
		    "cannot mark %s as sent: %s", p->change->path, err.msg);
		return r;
	}
	tenant_mutate(t);
	p->change->state = state;
	for (i = 0; i < p->folded_n; i++) {
		change_unqueue(t, p->folded[i]);
		p->folded[i]->begun = true;
	}
	return 0;
}

/* ---- the end ---- */

static bool
push_is_unreachable(const struct push *p)
{
	return (p->result == -EIO || p->result == -ETIMEDOUT) &&
	       p->err.http_status == 0;
}

static void
push_unfold(struct tenant *t, struct push *p)
{
	size_t i;

	tenant_mutate(t);
	for (i = 0; i < p->folded_n; i++) {
		p->folded[i]->begun = false;
		change_queue(t, p->folded[i]);
	}
}

/* Not sent, or nobody knows: it stays queued and is tried again, later and
 * later.  It has begun, so nobody is told that it was not sent. */
static void
push_later(struct tenant *t, struct push *p)
{
	struct change *c = p->change;
	int64_t wait = PUSH_BACKOFF_FIRST_MS;
	int i;

	for (i = 0; i < c->tries && wait < PUSH_BACKOFF_MAX_MS; i++)
		wait *= 2;
	c->tries++;
	c->not_before_ms = clock_boot_ms() + wait;
	c->unknown = p->unknown;
	if (!c->unknown) /* else a crash must find it as it is */
		push_mark(t, p, STATE_QUEUED);
	tenant_mutate(t);
	c->state = STATE_QUEUED;
	change_queue(t, c);
	push_unfold(t, p);
	if (c->tries == 1)
		log_warn("%s waits: %s", c->path, p->err.msg);
}

/* With the turn given back in between. */
static int
push_pause(struct tenant *t, const char *what, int r, const struct err *err)
{
	log_error("%s: done, and cannot be journalled yet: %s", what, err->msg);
	tenant_end(t);
	tenant_begin(t);
	if (!t->stopping)
		tenant_wait(t, PUSH_STORE_MS);
	return 0;
}

/* Is it in what was created?  A user who was found afterwards, because nobody
 * knew the outcome, may have been created without it. */
static bool
push_has_folded(const struct push *p, const struct change *c)
{
	if (!p->found.key)
		return true;
	if (c->verb == VERB_MOVE)
		return text_equal(p->found.group_key, c->group->key);
	return strv_has(p->found.license_keys, c->license->key);
}

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
	for (c = t->first; r == 0 && c; c = next) {
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

/* The outcome into the mirror, in a batch to be committed. -ENOENT: it cannot
 * be kept, whatever the disk does; memory is as it was. */
static int
push_keep(struct tenant *t, struct push *p, struct push_was *was,
    struct store_batch **ret, struct err *err)
{
	struct store_batch *b;
	int r = push_remember(p->change, was);

	if (r < 0)
		return err_nomem(err);
	r = tenant_batch(t, &b, err);
	tenant_mutate(t);
	if (r < 0)
		return r;
	r = push_apply(t, b, p, err);
	if (r == 0) {
		*ret = b;
		return 0;
	}
	store_rollback(b);
	push_restore(t, p->change, was);
	if (r == -ENOBUFS || r == -EIO || r == -EBUSY || r == -ENOMEM)
		return r;
	log_error("%s: sent, but not kept: %s", p->change->path, err->msg);
	if (p->change->person)
		p->change->person->hash = 0; /* the next pull keeps it */
	t->pulls_wanted++;
	return 0;
}

/* Its verdict, and that of the links that went with it.  Negative: the store
 * does not take it, nothing has ended. */
static int
push_end(struct tenant *t, struct push *p, struct err *err)
{
	struct change *c = p->change, *all[1 + PUSH_FOLDED_MAX] = {c};
	AUTO(push_was_done) struct push_was was = PUSH_WAS_NONE;
	AUTO(text_done) char *before = NULL;
	AUTO(text_done) char *after = push_fields(&c->want, c->set);
	struct store_batch *b = NULL;
	bool removed = c->verb == VERB_REMOVE && p->result == 0;
	size_t i, n = 1, left = 0;
	int r = 0;

	if (c->verb == VERB_UPDATE || c->verb == VERB_REMOVE)
		before = push_before(t, c);
	tenant_mutate(t);
	if (p->result == 0)
		r = push_keep(t, p, &was, &b, err);
	if (r < 0)
		return r;
	for (i = 0; p->result == 0 && i < p->folded_n; i++) {
		if (push_has_folded(p, p->folded[i]))
			all[n++] = p->folded[i];
		else
			p->folded[left++] = p->folded[i];
	}
	r = change_finish_all(
	    t, all, n, p->result, &p->err, b, before, after, err);
	if (r < 0 && b)
		push_restore(t, c, &was);
	if (r == 0 && p->result == 0)
		p->folded_n = left;
	if (r == 0 && removed && was.person.key)
		pull_note_removed(t, was.person.key);
	return r;
}

/* Until the store takes it: what the tenant has done is not forgotten.  When
 * everything ends it stays in the store as being on its way, and is read back
 * the next time. */
static void
push_finish(struct tenant *t, struct push *p)
{
	struct change *c = p->change;
	struct tenant_group *gone = NULL;
	struct person *person = c->person;
	struct err err = ERR_NONE;
	enum verb verb = c->verb;
	int r;

	if (verb == VERB_GROUP_DELETE && p->result == 0)
		gone = c->group;
	if (verb == VERB_GROUP_CREATE && p->result != 0 && !c->group->key)
		gone = c->group;
	tenant_mutate(t);
	if (p->result == -EROFS)
		t->token_refused = true;
	if (p->result == -EEXIST && verb == VERB_CREATE &&
	    t->conf.refresh_ms > 0)
		t->pulls_wanted++; /* somebody else made him */
	if (person)
		person->pinned = true;
	while ((r = push_end(t, p, &err)) < 0 && !t->stopping)
		push_pause(t, c->path, r, &err);
	if (r == 0)
		push_unfold(t, p);
	if (person)
		person->pinned = false;
	if (r == 0 && person) {
		change_requeue_arrived(t, person);
		person_forget_if_empty(t, person);
	}
	while (r == 0 && gone && push_group_is_there(t, gone) &&
	       (r = push_drop_group(t, gone, &err)) < 0 && !t->stopping)
		r = push_pause(t, "a group's end", r, &err);
}

static void
push_done(struct push *p)
{
	strv_free(p->license_keys);
	user_done(&p->found);
	free(p->key);
	free(p->label);
	free(p->parent_key);
}

static void
push_one(struct tenant *t, struct change *c)
{
	AUTO(push_done) struct push p = {.change = c, .err = ERR_NONE};

	change_unqueue(t, c);
	if (c->verb == VERB_CREATE && c->tries == 0)
		push_fold(t, &p);
	if (push_prepare(&p) < 0 || push_mark(t, &p, STATE_SENDING) < 0) {
		c->not_before_ms = clock_boot_ms() + PUSH_STORE_MS;
		change_queue(t, c);
		return;
	}
	c->begun = true;
	t->sending_n++;
	tenant_end(t);
	push_send(t, &p);
	tenant_begin(t);
	if (p.result == -ECANCELED || (p.result == -EINPROGRESS && t->stopping))
		; /* shutting down: the store knows that it was on its way */
	else if (push_is_unreachable(&p))
		push_later(t, &p);
	else
		push_finish(t, &p);
	tenant_mutate(t);
	t->sending_n--;
	tenant_wake(t);
}

void *
push_main(void *tenant)
{
	struct tenant *t = tenant;

	tenant_begin(t);
	while (!t->stopping) {
		int64_t wait_ms;
		struct change *c = push_next(t, &wait_ms);

		if (!c) {
			tenant_wait(t, wait_ms);
			continue;
		}
		push_one(t, c);
		tenant_end(t);
		tenant_begin(t);
	}
	tenant_end(t);
	return NULL;
}
