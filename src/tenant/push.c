/* SPDX-License-Identifier: MIT */
/*
 * push: the workers that send what is queued (DESIGN 4.3).
 *
 * A worker chooses what may go and fits into one call, notes in the store that
 * it is on its way, gives the turn back, calls, takes the turn and finishes
 * what has its answer.  What a crash interrupts is known by its state in the
 * store (STATE_SENDING) and is read back before it is sent again.
 *
 * A call that is refused for several is made again for one half and then for
 * the other, until each change has its own verdict.
 */

#include "ctl_int.h"
#include "gotofs/clock.h"
#include "gotofs/crash.h"
#include "push_int.h"

bool
push_has_work(const struct tenant *t)
{
	size_t i;

	if (t->later.n > 0)
		return true;
	for (i = 0; i < VERB_N; i++)
		if (t->ready[i].first || t->urgent[i].first)
			return true;
	return false;
}

/* Nothing was sent: as before, and again in a while. */
static void
push_back(struct tenant *t, struct push *p)
{
	size_t i;

	tenant_mutate(t);
	for (i = 0; i < p->n; i++) {
		struct change *c = p->one[i].change;

		push_unfold(t, &p->one[i]);
		c->not_before_ms = clock_boot_ms() + PUSH_STORE_MS;
		change_queue(t, c);
	}
}

static void
push_bare(struct tenant *t, struct push *p)
{
	size_t i;

	tenant_begin(t);
	tenant_mutate(t);
	for (i = 0; i < p->n; i++) {
		push_unfold(t, &p->one[i]);
		p->one[i].change->bare = true;
	}
	tenant_end(t);
}

static int push_run(struct tenant *t, struct push *p);

static int
push_halves(struct tenant *t, struct push *p)
{
	AUTO(push_done) struct push half = PUSH_NONE;
	int r = push_divide(p, &half);

	if (r < 0) { /* all of it later */
		push_answer(p, err_set(&p->err, r, "out of memory"));
		tenant_begin(t);
		r = push_end(t, p);
		tenant_end(t);
		return r;
	}
	r = push_run(t, p);
	return r < 0 ? r : push_run(t, &half);
}

/* Until all of it has its verdict or is queued again; without the turn. */
static int
push_run(struct tenant *t, struct push *p)
{
	int r = 0;

	while (r == 0 && p->n > 0) {
		enum push_step step;

		p->began_ms = clock_boot_ms();
		step = push_send(t, p);
		crash_point("send-after-call");
		tenant_begin(t);
		r = push_end(t, p);
		tenant_end(t);
		if (r == 0 && step == PUSH_BARE)
			push_bare(t, p);
		if (r == 0 && step == PUSH_HALVES && p->n > 1)
			return push_halves(t, p);
	}
	return r;
}

/* Right before the call the guard is asked once more: of c, and of the licenses
 * of the same person that would be taken away with it. */
static bool
push_is_stopped(struct tenant *t, struct change *c)
{
	struct change *o;

	if (guard_stops(t, c))
		return true;
	if (c->verb != VERB_UNASSIGN || c->reclaim)
		return false;
	for (o = c->person_next; o; o = o->person_next)
		if (o->verb == VERB_UNASSIGN && o->state == STATE_QUEUED &&
		    !o->reclaim && o->not_before_ms == 0 && guard_stops(t, o))
			return true;
	return false;
}

static void
push_one(struct tenant *t, struct change *c)
{
	AUTO(push_done) struct push p = PUSH_NONE;
	bool probe = t->away_n > 0, creates;
	size_t i;

	if (push_is_stopped(t, c))
		return;
	if (c->reclaim && (!reclaim_may_go(t, c) || push_is_stopped(t, c)))
		return;
	crash_point("send-before-mark");
	tenant_mutate(t);
	if (push_choose(t, c, &p) < 0 ||
	    push_mark(t, p.one, p.n, STATE_SENDING) < 0) {
		push_back(t, &p);
		if (p.n == 0) { /* no memory for even one */
			c->not_before_ms = clock_boot_ms() + PUSH_STORE_MS;
			change_queue(t, c);
		}
		return;
	}
	for (i = 0; i < p.n; i++)
		p.one[i].change->begun = true;
	t->sending_n++;
	t->probes_n += probe;
	creates = p.verb == VERB_CREATE;
	t->creates_n += creates;
	if (creates)
		t->create_began_ms = clock_boot_ms();
	tenant_end(t);
	crash_point("send-after-mark");
	push_run(t, &p);
	tenant_begin(t);
	tenant_mutate(t);
	t->sending_n--;
	t->probes_n -= probe;
	t->creates_n -= creates;
	tenant_wake(t);
	tenant_wake_work(t);
}

void *
push_main(void *tenant)
{
	struct tenant *t = tenant;

	tenant_begin(t);
	while (!t->stopping) {
		int64_t wait_ms = 1000;
		struct change *c = !t->bound || ctl_is_read_only(t)
				       ? NULL
				       : push_next(t, &wait_ms);

		if (!c) {
			tenant_wait_work(t, wait_ms);
			continue;
		}
		/* two may have been let go for the one seat that came free, or
		 * of one person */
		if (c->in && change_must_wait(t, c)) {
			change_unqueue(t, c);
			change_queue(t, c);
			continue;
		}
		push_one(t, c);
		tenant_end(t);
		tenant_begin(t);
	}
	tenant_end(t);
	return NULL;
}
