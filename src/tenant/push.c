/* SPDX-License-Identifier: MIT */
/*
 * push: the workers that send what is queued (DESIGN 4.3).
 *
 * A worker takes the first change that may go, in the order of the verbs,
 * notes in the store that it is on its way, gives the turn back, calls, takes
 * the turn and finishes it.  What a crash interrupts is known by its state in
 * the store (STATE_SENDING) and is read back before it is sent again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "push_int.h"

#define PUSH_BACKOFF_FIRST_MS 500
#define PUSH_BACKOFF_MAX_MS 60000

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

/* On its way: durable before the call, so that a crash is not a second call */
static int
push_mark(struct tenant *t, struct push *p, enum state state)
{
	struct err err = ERR_NONE;
	struct store_batch *b = NULL;
	size_t i;
	int r = store_begin(t->store, &b, &err);

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
		p->folded[i]->begun = state == STATE_SENDING;
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

/* Not sent: it stays queued and is tried again, later and later. */
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
	push_mark(t, p, STATE_QUEUED);
	c->state = STATE_QUEUED;
	c->begun = false;
	change_queue(t, c);
	for (i = 0; i < (int)p->folded_n; i++)
		change_queue(t, p->folded[i]);
	if (c->tries == 1)
		log_warn("%s waits: %s", c->path, p->err.msg);
}

static void
push_end_folded(struct tenant *t, struct push *p)
{
	size_t i;

	for (i = 0; i < p->folded_n; i++) {
		struct change *c = p->folded[i];

		c->begun = false;
		if (p->result == 0)
			change_finish(t, c, 0, NULL, NULL, NULL, NULL);
		else
			change_queue(t, c);
	}
}

/* It was deleted, or never came to be: so its links do not either. */
static void
push_drop_group(struct tenant *t, struct tenant_group *g)
{
	struct change *c, *next;
	struct err why = ERR_NONE;

	err_set(&why, -ENOENT, "there is no such group");
	for (c = t->first; c; c = next) {
		next = c->next;
		if (c->group == g && c->state != STATE_SENDING) {
			change_finish(t, c, -ENOENT, &why, NULL, NULL, NULL);
			next = t->first;
		}
	}
	group_drop(t, g);
}

static void
push_end(struct tenant *t, struct push *p)
{
	struct change *c = p->change;
	struct store_batch *b = NULL;
	struct err err = ERR_NONE;
	AUTO(text_done) char *before = NULL;
	AUTO(text_done) char *after = push_fields(&c->want, c->set);
	struct tenant_group *gone =
	    c->verb == (p->result == 0 ? VERB_GROUP_DELETE : VERB_GROUP_CREATE)
		? c->group
		: NULL;

	if (c->verb == VERB_UPDATE || c->verb == VERB_REMOVE)
		before = push_before(t, c);
	tenant_mutate(t);
	if (p->result == 0 && store_begin(t->store, &b, &err) == 0 &&
	    push_apply(t, b, p, &err) < 0) {
		log_error("%s: sent, but not kept: %s", c->path, err.msg);
		store_rollback(b);
		b = NULL;
		t->pulls_wanted++; /* the tenant knows */
	}
	if (p->result == -EROFS)
		t->token_refused = true;
	if (p->result != 0)
		push_end_folded(t, p);
	change_finish(t, c, p->result, &p->err, b, before, after);
	if (p->result == 0)
		push_end_folded(t, p);
	if (gone)
		push_drop_group(t, gone);
}

static void
push_one(struct tenant *t, struct change *c)
{
	struct push p = {.change = c, .err = ERR_NONE};

	change_unqueue(t, c);
	if (c->verb == VERB_CREATE && c->tries == 0)
		push_fold(t, &p);
	if (push_mark(t, &p, STATE_SENDING) < 0) {
		c->not_before_ms = clock_boot_ms() + PUSH_BACKOFF_MAX_MS;
		change_queue(t, c);
		strv_free(p.license_keys);
		return;
	}
	c->begun = true;
	t->sending_n++;
	tenant_end(t);
	push_send(t, &p);
	tenant_begin(t);
	t->sending_n--;
	if (p.result == -ECANCELED || (p.result == -EINPROGRESS && t->stopping))
		; /* shutting down: the store knows that it was on its way */
	else if (push_is_unreachable(&p) && !t->stopping)
		push_later(t, &p);
	else
		push_end(t, &p);
	tenant_wake(t);
	strv_free(p.license_keys);
	user_done(&p.found);
	free(p.key);
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
