/* SPDX-License-Identifier: MIT */
/* What goes in one call, and how a call is divided: the parts of push that
 * need neither a tenant nor a store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/tenant/push_int.h"
#include "alloc_fail.h"
#include "gotofs/clock.h"
#include "gotofs/text.h"
#include "gotofs/wait.h"

#define PEOPLE_N 250
#define LINKS_N 3

static int64_t now_ms;

static int64_t
fake_boot_ms(void)
{
	return now_ms;
}

static int64_t
fake_wall_ns(void)
{
	return 0;
}

struct fixture {
	struct tenant t;
	struct tenant_license license[LINKS_N];
	struct tenant_license *licenses[LINKS_N];
	struct tenant_group group;
	struct person person[PEOPLE_N];
	char name[PEOPLE_N][32];
	int64_t id;
};

static int
setup(void **state)
{
	static const struct clock_source fake = {fake_wall_ns, fake_boot_ms};
	struct fixture *f = calloc(1, sizeof(*f));
	size_t i;

	assert_non_null(f);
	clock_set_source(&fake);
	now_ms = 1000000;
	wait_cond_init(&f->t.work);
	f->t.conf.settle_ms = 3000;
	for (i = 0; i < LINKS_N; i++) {
		f->license[i].key = (char *)"1";
		f->license[i].seats = -1;
		f->licenses[i] = &f->license[i];
	}
	f->t.license = f->licenses;
	f->t.licenses_n = LINKS_N;
	f->group.key = (char *)"2";
	for (i = 0; i < PEOPLE_N; i++) {
		snprintf(f->name[i], sizeof(f->name[i]), "p%zu.json", i);
		f->person[i].name = f->name[i];
	}
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	while (f->t.first) {
		struct change *c = f->t.first;

		change_unlink(&f->t, c);
		change_free(c);
	}
	map_done(&f->t.changes_by_id);
	map_done(&f->t.left);
	pthread_cond_destroy(&f->t.work);
	clock_set_source(NULL);
	free(f);
	return 0;
}

static struct change *
add(struct fixture *f, enum verb verb, size_t who, int license)
{
	struct change *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->id = ++f->id;
	c->verb = verb;
	c->state = STATE_QUEUED;
	c->path = text_dup("users/x.json");
	c->person = &f->person[who];
	c->created_boot_ms = now_ms;
	if (license >= 0)
		c->license = &f->license[license];
	if (verb == VERB_MOVE)
		c->group = &f->group;
	change_link(&f->t, c);
	change_queue(&f->t, c);
	return c;
}

/* One of the group itself. */
static struct change *
add_own(struct fixture *f, enum verb verb)
{
	struct change *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->id = ++f->id;
	c->verb = verb;
	c->state = STATE_QUEUED;
	c->path = text_dup("groups/x");
	c->group = &f->group;
	change_link(&f->t, c);
	return c;
}

static struct change *
next(struct fixture *f, int64_t *ret_wait_ms)
{
	int64_t ms;

	return push_next(&f->t, ret_wait_ms ? ret_wait_ms : &ms);
}

static void
put_back(struct fixture *f, struct push *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		push_unfold(&f->t, &p->one[i]);
		change_queue(&f->t, p->one[i].change);
	}
	push_done(p);
}

static void
creates_gather(void **state)
{
	struct fixture *f = *state;
	int64_t ms;
	struct change *c = add(f, VERB_CREATE, 0, -1);

	assert_null(next(f, &ms));
	assert_int_equal(ms, 250);
	now_ms += 200;
	add(f, VERB_CREATE, 1, -1);
	assert_null(next(f, &ms));
	assert_int_equal(ms, 250);
	now_ms += 250;
	assert_ptr_equal(next(f, NULL), c);
}

/* However many come: those who came first do not wait for ever. */
static void
creates_gather_for_so_long(void **state)
{
	struct fixture *f = *state;
	struct change *c = add(f, VERB_CREATE, 0, -1);
	size_t i;

	for (i = 1; i < 15; i++) {
		now_ms += 200;
		add(f, VERB_CREATE, i, -1);
		assert_null(next(f, NULL));
	}
	now_ms += 200;
	assert_ptr_equal(next(f, NULL), c);
}

static void
a_full_batch_goes(void **state)
{
	struct fixture *f = *state;
	struct push p = PUSH_NONE;
	size_t i;

	for (i = 0; i < PUSH_BATCH_MAX - 1; i++) {
		add(f, VERB_CREATE, i, -1);
		assert_null(next(f, NULL));
	}
	for (; i < PEOPLE_N; i++)
		add(f, VERB_CREATE, i, -1);
	assert_non_null(next(f, NULL));
	assert_int_equal(push_choose(&f->t, next(f, NULL), &p), 0);
	assert_int_equal(p.n, PUSH_BATCH_MAX);
	assert_int_equal(p.one[0].change->id, 1);
	assert_int_equal(p.one[PUSH_BATCH_MAX - 1].change->id, PUSH_BATCH_MAX);
	put_back(f, &p);
}

static void
who_is_waited_for_goes(void **state)
{
	struct fixture *f = *state;
	struct tenant_waiter w = {.done = NULL};
	struct change *first = add(f, VERB_CREATE, 0, -1), *second;
	struct push p = PUSH_NONE;

	add(f, VERB_CREATE, 2, -1)->want.admin_roles = NULL;
	second = add(f, VERB_CREATE, 1, -1);
	second->waiters = &w;
	change_hurry(&f->t, second);
	assert_ptr_equal(next(f, NULL), second);
	assert_int_equal(push_choose(&f->t, second, &p), 0);
	assert_int_equal(p.n, 3);
	assert_ptr_equal(p.one[0].change, second);
	assert_ptr_equal(p.one[1].change, first);
	second->waiters = NULL;
	put_back(f, &p);
}

/* Several who write at once share a call; none waits for long. */
static void
writers_share(void **state)
{
	struct fixture *f = *state;
	struct tenant_waiter w = {.done = NULL};
	struct change *c = add(f, VERB_CREATE, 0, -1);
	int64_t ms;

	c->waiters = &w;
	change_hurry(&f->t, c);
	f->t.creates_n = 1;
	f->t.create_began_ms = now_ms - 100;
	assert_null(next(f, &ms));
	assert_int_equal(ms, 150);
	now_ms += 150;
	assert_ptr_equal(next(f, NULL), c);
	now_ms -= 150;
	f->t.creates_n = 0;
	assert_ptr_equal(next(f, NULL), c);
	c->waiters = NULL;
}

static void
sets_are_kept_apart(void **state)
{
	struct fixture *f = *state;
	struct change *c = add(f, VERB_CREATE, 0, -1);
	struct push p = PUSH_NONE;
	size_t i;

	for (i = 1; i < 8; i++)
		add(f, VERB_CREATE, i, -1);
	add(f, VERB_ASSIGN, 0, 0);
	add(f, VERB_ASSIGN, 0, 2);
	add(f, VERB_ASSIGN, 1, 2);
	add(f, VERB_ASSIGN, 1, 0); /* the same, in another order */
	add(f, VERB_ASSIGN, 2, 0);
	add(f, VERB_ASSIGN, 3, 0);
	add(f, VERB_ASSIGN, 3, 2);
	add(f, VERB_MOVE, 3, -1);
	add(f, VERB_ASSIGN, 4, 0);
	add(f, VERB_ASSIGN, 4, 2);
	f->person[4].changes->unknown = true;
	assert_int_equal(push_choose(&f->t, c, &p), 0);
	assert_int_equal(p.n, 2);
	assert_int_equal(strv_n(p.license_keys), 2);
	assert_null(p.group_key);
	assert_int_equal(p.one[0].folded_n, 2);
	assert_int_equal(p.one[1].folded_n, 2);
	assert_ptr_equal(p.one[1].change->person, &f->person[1]);
	assert_int_equal(f->license[0].sending_n, 2);
	put_back(f, &p);
	assert_int_equal(f->license[0].sending_n, 0);
}

/* Three seats, one of them taken: the third person goes without. */
static void
seats_are_counted(void **state)
{
	struct fixture *f = *state;
	struct push p = PUSH_NONE;
	size_t i;

	f->license[0].seats = 3;
	f->license[0].holders_n = 1;
	for (i = 0; i < 3; i++)
		add(f, VERB_CREATE, i, -1);
	for (i = 0; i < 3; i++)
		add(f, VERB_ASSIGN, i, 0);
	assert_int_equal(license_free_now(&f->t, &f->license[0]), -1);
	assert_int_equal(push_choose(&f->t, f->person[0].changes, &p), 0);
	assert_int_equal(p.n, 2);
	put_back(f, &p);
}

static void
licenses_of_one_person_join(void **state)
{
	struct fixture *f = *state;
	struct push p = PUSH_NONE;
	struct change *c;

	f->person[0].key = (char *)"9";
	c = add(f, VERB_ASSIGN, 0, 0);
	add(f, VERB_UPDATE, 0, -1);
	add(f, VERB_ASSIGN, 0, 1);
	add(f, VERB_UNASSIGN, 0, 2);
	add(f, VERB_ASSIGN, 0, 2); /* after its own removal */
	assert_ptr_equal(next(f, NULL), c);
	assert_int_equal(push_choose(&f->t, c, &p), 0);
	assert_int_equal(p.n, 2);
	assert_ptr_equal(p.one[1].change->license, &f->license[1]);
	put_back(f, &p);
}

/* A seat that is left for the one that a change asks for (mv). */
static struct change *
add_left(struct fixture *f, size_t who, int license, int64_t moved)
{
	struct change *c = add(f, VERB_UNASSIGN, who, license);

	c->moved = moved;
	change_unqueue(&f->t, c);
	change_queue(&f->t, c);
	return c;
}

/* Nor does it go along with another of the same person. */
static void
what_is_left_for_a_seat_waits_for_it(void **state)
{
	struct fixture *f = *state;
	struct push p = PUSH_NONE;
	struct change *c, *assign;

	f->person[0].key = (char *)"9";
	c = add(f, VERB_UNASSIGN, 0, 0);
	assign = add(f, VERB_ASSIGN, 0, 1);
	add_left(f, 0, 2, assign->id);
	assert_ptr_equal(next(f, NULL), c);
	assert_int_equal(push_choose(&f->t, c, &p), 0);
	assert_int_equal(p.n, 1);
	put_back(f, &p);
}

/* An earlier change that waits for a later one. */
static void
what_waits_holds_nothing_up(void **state)
{
	struct fixture *f = *state;
	struct change *left, *c, *assign;

	f->person[0].key = (char *)"9";
	left = add_left(f, 0, 2, 3);
	c = add(f, VERB_UNASSIGN, 0, 0);
	assign = add(f, VERB_ASSIGN, 0, 1);
	change_unqueue(&f->t, left);
	change_queue(&f->t, left);
	change_unqueue(&f->t, c);
	change_queue(&f->t, c);
	assert_int_equal(assign->id, 3);
	assert_null(left->in);
	assert_ptr_equal(next(f, NULL), c);
}

/* Let go when nothing was in the way, and now something is. */
static void
one_of_a_person_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct change *c, *assign;

	f->person[0].key = (char *)"9";
	c = add(f, VERB_UNASSIGN, 0, 0);
	change_set(&f->t, c, STATE_HELD);
	assign = add(f, VERB_ASSIGN, 0, 1);
	assert_false(change_must_wait(&f->t, assign));
	change_set(&f->t, c, STATE_QUEUED);
	change_queue(&f->t, c);
	assert_ptr_equal(next(f, NULL), assign);
	assert_true(change_must_wait(&f->t, assign));
	assert_false(change_must_wait(&f->t, c));
	change_set(&f->t, c, STATE_SENDING);
	assert_true(change_must_wait(&f->t, assign));
}

/* Two people exchange the seats of two full licenses. */
static void
a_ring_is_untied(void **state)
{
	struct fixture *f = *state;
	struct change *left[2], *assign[2];
	size_t i;

	for (i = 0; i < 2; i++) {
		f->license[i].seats = f->license[i].holders_n = 1;
		f->person[i].key = (char *)"9";
		left[i] = add_left(f, i, (int)i, 3 + (int64_t)i);
	}
	for (i = 0; i < 2; i++)
		assign[i] = add(f, VERB_ASSIGN, i, 1 - (int)i);
	for (i = 0; i < 2; i++) {
		change_unqueue(&f->t, left[i]);
		change_queue(&f->t, left[i]);
		assert_null(left[i]->in);
		assert_ptr_equal(assign[i]->in, &f->license[1 - i].blocked);
	}
	f->t.sending_n = 1; /* that may bring a seat */
	assert_null(next(f, NULL));
	f->t.sending_n = 0;
	assert_ptr_equal(next(f, NULL), left[0]);
	/* the other one waits: his seat is what the first one goes for */
	change_unlink(&f->t, left[0]);
	change_free(left[0]);
	f->license[0].holders_n = 0;
	change_queue(&f->t, assign[1]);
	assert_ptr_equal(next(f, NULL), assign[1]);
	assert_null(left[1]->in);
}

/* Who asks for an address that somebody else is about to give up may overtake
 * him, and is not refused for it: a creation as well as a change. */
static void
behind_who_leaves_an_address(void **state)
{
	static const enum verb verbs[] = {VERB_CREATE, VERB_UPDATE};
	struct fixture *f = *state;
	struct change *leaves, *c;
	size_t i;

	f->person[0].key = f->person[2].key = (char *)"9";
	for (i = 0; i < 2; i++) {
		struct push p = PUSH_NONE;

		leaves = add(f, VERB_UPDATE, 0, -1);
		c = add(f, verbs[i], 1 + i, -1);
		c->set = USER_SET_EMAIL;
		assert_false(push_is_behind(&f->t, c));
		change_leave_name(&f->t, leaves, text_dup("y.json"));
		assert_false(push_is_behind(&f->t, c));
		change_leave_name(&f->t, leaves, text_dup("x.json"));
		assert_int_equal(push_choose(&f->t, c, &p), 0);
		assert_int_equal(p.n, 1);
		assert_true(p.one[0].behind);
		put_back(f, &p);
		change_leave_name(&f->t, c, text_dup("x.json"));
		leaves->set = USER_SET_EMAIL;
		assert_false(push_is_behind(&f->t, leaves)); /* before it */
		change_unlink(&f->t, leaves);
		change_free(leaves);
		assert_false(push_is_behind(&f->t, c));
		change_leave_name(&f->t, c, NULL);
	}
}

/* Groups, too; a group may be called like a user's file. */
static void
behind_who_leaves_a_group_name(void **state)
{
	struct fixture *f = *state;
	struct change *leaves = add_own(f, VERB_GROUP_RENAME), *c;

	leaves->new_name = text_dup("z");
	change_leave_name(&f->t, leaves, text_dup("x.json"));
	c = add(f, VERB_CREATE, 1, -1);
	assert_false(push_is_behind(&f->t, c));
	c = add_own(f, VERB_GROUP_RENAME);
	c->new_name = text_dup("x.json");
	assert_true(push_is_behind(&f->t, c));
	f->group.label = (char *)"y";
	c = add_own(f, VERB_GROUP_CREATE);
	assert_false(push_is_behind(&f->t, c));
	f->group.label = (char *)"x.json";
	assert_true(push_is_behind(&f->t, c));
}

/* What it was asked for as: it may have been made so, and the name that it has
 * by now may be another's until that one's change has gone. */
static void
a_group_is_made_under_its_first_name(void **state)
{
	struct fixture *f = *state;
	struct push p = PUSH_NONE;
	struct change *c = add_own(f, VERB_GROUP_CREATE), *o;

	o = add_own(f, VERB_GROUP_RENAME);
	o->new_name = text_dup("second");
	change_leave_name(&f->t, o, text_dup("first"));
	o = add_own(f, VERB_GROUP_RENAME);
	o->new_name = text_dup("last");
	change_leave_name(&f->t, o, text_dup("second"));
	f->group.label = (char *)"last";
	assert_int_equal(push_choose(&f->t, c, &p), 0);
	assert_string_equal(p.label, "first");
	put_back(f, &p);
}

static void
a_call_is_divided(void **state)
{
	struct fixture *f = *state;
	struct push p = PUSH_NONE, half = PUSH_NONE;
	size_t i, n = 7;

	for (i = 0; i < n; i++)
		add(f, VERB_CREATE, i, -1);
	assert_int_equal(push_choose(&f->t, f->t.first, &p), 0);
	while (p.n > 1) {
		assert_int_equal(push_divide(&p, &half), 0);
		assert_int_equal(p.n, (n + 1) / 2);
		assert_int_equal(p.n + half.n, n);
		assert_int_equal(half.one[0].change->id, (int64_t)p.n + 1);
		n = p.n;
		put_back(f, &half);
		half = (struct push)PUSH_NONE;
	}
	put_back(f, &p);
}

static enum push_step
refuse(struct push *p, int r, int status)
{
	err_set(&p->err, r, "no");
	p->err.http_status = status;
	return push_refused(p, r);
}

static void
a_refusal_is_for_one(void **state)
{
	struct fixture *f = *state;
	struct push p = PUSH_NONE;

	add(f, VERB_CREATE, 0, -1);
	add(f, VERB_CREATE, 1, -1);
	assert_int_equal(push_choose(&f->t, f->t.first, &p), 0);
	assert_int_equal(refuse(&p, -EEXIST, 409), PUSH_HALVES);
	assert_int_equal(push_open_n(&p), 2);
	p.one[0].over = true;
	assert_int_equal(refuse(&p, -EEXIST, 409), PUSH_OVER);
	assert_int_equal(p.one[1].result, -EEXIST);
	assert_int_equal(p.one[0].result, 0);
	/* that is nobody's verdict */
	p.one[0].over = p.one[1].over = false;
	assert_int_equal(refuse(&p, -EIO, 0), PUSH_OVER);
	assert_int_equal(p.one[0].result, -EIO);
	put_back(f, &p);
}

static void
links_are_left_out_first(void **state)
{
	struct fixture *f = *state;
	struct push p = PUSH_NONE;

	add(f, VERB_CREATE, 0, -1);
	add(f, VERB_CREATE, 1, -1);
	add(f, VERB_ASSIGN, 0, 0);
	add(f, VERB_ASSIGN, 1, 0);
	assert_int_equal(push_choose(&f->t, f->t.first, &p), 0);
	assert_int_equal(p.n, 2);
	/* no seat: for none of them */
	assert_int_equal(refuse(&p, -ENOSPC, 409), PUSH_BARE);
	/* an address: whose? */
	assert_int_equal(refuse(&p, -EEXIST, 409), PUSH_HALVES);
	p.one[1].over = true;
	assert_int_equal(refuse(&p, -EEXIST, 409), PUSH_BARE);
	put_back(f, &p);
}

/* What was chosen goes back as it was, whichever allocation fails. */
static void
memory_may_end(void **state)
{
	struct fixture *f = *state;
	long n = 0;
	int r = -ENOMEM;
	size_t i;

	for (i = 0; i < 3; i++) {
		add(f, VERB_CREATE, i, -1);
		add(f, VERB_ASSIGN, i, 1);
	}
	while (r == -ENOMEM) {
		struct push p = PUSH_NONE;

		alloc_fail_arm(++n);
		r = push_choose(&f->t, f->person[0].changes, &p);
		alloc_fail_disarm();
		put_back(f, &p);
		change_queue(&f->t, f->person[0].changes);
		assert_int_equal(f->license[1].sending_n, 0);
		assert_int_equal(f->t.ready[VERB_CREATE].n, 3);
	}
	assert_int_equal(r, 0);
	assert_true(n > 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	    T(creates_gather),
	    T(creates_gather_for_so_long),
	    T(a_full_batch_goes),
	    T(who_is_waited_for_goes),
	    T(writers_share),
	    T(sets_are_kept_apart),
	    T(seats_are_counted),
	    T(licenses_of_one_person_join),
	    T(what_is_left_for_a_seat_waits_for_it),
	    T(what_waits_holds_nothing_up),
	    T(one_of_a_person_at_a_time),
	    T(a_ring_is_untied),
	    T(behind_who_leaves_an_address),
	    T(behind_who_leaves_a_group_name),
	    T(a_group_is_made_under_its_first_name),
	    T(a_call_is_divided),
	    T(a_refusal_is_for_one),
	    T(links_are_left_out_first),
	    T(memory_may_end),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
