/* SPDX-License-Identifier: MIT */
#include "activity_plan_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "activity_model_int.h"
#include "gotofs/err.h"
#include "gotofs/list.h"
#include "gotofs/text.h"

void
activity_plan_done(struct activity_plan *p)
{
	free(p->call);
	free(p->key);
	*p = (struct activity_plan)ACTIVITY_PLAN_NONE;
}

static struct activity_call *
plan_add(
    struct activity_plan *p, enum activity_call_kind kind, enum product product)
{
	struct activity_call *v = list_grow(p->call, p->n, sizeof(*v));

	if (!v)
		return NULL;
	p->call = v;
	v = &p->call[p->n++];
	*v = (struct activity_call){.kind = kind, .product = product};
	v->first = p->keys_n;
	return v;
}

/* He is one whom the call is about; there is room. */
static void
plan_add_key(struct activity_plan *p, struct activity_call *c,
    const struct activity_due *d)
{
	if (c->n == 0 || d->from_ms < c->from_ms)
		c->from_ms = d->from_ms;
	if (c->n == 0 || d->looked_ms < c->looked_ms)
		c->looked_ms = d->looked_ms;
	p->key[p->keys_n++] = d->user_key;
	c->n++;
}

static int
plan_person(
    struct activity_plan *p, enum product product, const struct activity_due *d)
{
	struct activity_call *c = plan_add(p, ACTIVITY_CALL_PERSON, product);

	if (!c)
		return -ENOMEM;
	c->key = d->user_key;
	plan_add_key(p, c, d);
	return 0;
}

static int
plan_persons(struct activity_plan *p, enum product product,
    const struct activity_dues *due)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < due->n; i++)
		r = plan_person(p, product, &due->v[i]);
	return r;
}

/* ---- everybody at once ---- */

static void
plan_add_all(struct activity_plan *p, struct activity_call *c,
    const struct activity_dues *due)
{
	size_t i;

	for (i = 0; i < due->n; i++)
		plan_add_key(p, c, &due->v[i]);
}

static int
plan_assist(struct activity_plan *p, const struct activity_dues *due)
{
	struct activity_call *c;

	if (due->n == 0)
		return 0;
	c = plan_add(p, ACTIVITY_CALL_ASSIST, PRODUCT_GOTOASSIST);
	if (!c)
		return -ENOMEM;
	plan_add_all(p, c, due);
	return 0;
}

/* All days are about the same people. */
static int
plan_connect(struct activity_plan *p, const struct activity_plan_in *in)
{
	const struct activity_dues *due = &in->due[PRODUCT_GOTOCONNECT];
	struct activity_call all = {ACTIVITY_CALL_DAY, PRODUCT_GOTOCONNECT};
	int64_t from;

	if (due->n == 0)
		return 0;
	if (!in->users_known &&
	    !plan_add(p, ACTIVITY_CALL_USERS, PRODUCT_GOTOCONNECT))
		return -ENOMEM;
	all.first = p->keys_n;
	plan_add_all(p, &all, due);
	for (from = all.from_ms; from < in->now_ms; from += ACTIVITY_DAY_MS) {
		struct activity_call *c =
		    plan_add(p, ACTIVITY_CALL_DAY, PRODUCT_GOTOCONNECT);

		if (!c)
			return -ENOMEM;
		*c = all;
		c->from_ms = from;
		c->to_ms = from + ACTIVITY_DAY_MS > in->now_ms
			       ? 0
			       : from + ACTIVITY_DAY_MS;
	}
	return 0;
}

/* ---- GoToMeeting: groups ---- */

struct plan_member { /* an organizer who is in a group */
	const char *group, *key;
	const struct activity_due *due; /* NULL: he is not */
};

static int
plan_compare_members(const void *a, const void *b)
{
	const struct plan_member *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	return order ? order : strcmp(x->key, y->key);
}

static int
plan_compare_dues(const void *a, const void *b)
{
	const struct activity_due *x = a, *y = b;

	return strcmp(x->user_key, y->user_key);
}

static const struct activity_due *
plan_find_due(const struct activity_dues *due, const char *key)
{
	const struct activity_due want = {.user_key = key};

	return bsearch(&want, due->v, due->n, sizeof(want), plan_compare_dues);
}

static size_t
plan_members(const struct organizer_list *l, const struct activity_dues *due,
    struct plan_member *out)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		if (!l->v[i].group_key || !l->v[i].key)
			continue;
		out[n++] = (struct plan_member){l->v[i].group_key, l->v[i].key,
		    plan_find_due(due, l->v[i].key)};
	}
	if (n > 0)
		qsort(out, n, sizeof(*out), plan_compare_members);
	return n;
}

/* Is it cheaper to ask for all n of this group at once? */
static bool
plan_is_group(
    const struct activity_plan_in *in, const struct plan_member *m, size_t n)
{
	size_t i, due_n = 0;

	for (i = 0; i < n; i++)
		due_n += m[i].due && !m[i].due->alone;
	return n <= GOTO_GROUP_MAX && due_n >= 2 &&
	       !strv_has(in->alone, m->group);
}

static int
plan_group(struct activity_plan *p, const struct plan_member *m, size_t n,
    bool *covered, const struct activity_due *first)
{
	struct activity_call *c =
	    plan_add(p, ACTIVITY_CALL_GROUP, PRODUCT_GOTOMEETING);
	size_t i;

	if (!c)
		return -ENOMEM;
	c->key = m->group;
	for (i = 0; i < n; i++) {
		/* an organizer that is listed twice is one all the same */
		if (!m[i].due || m[i].due->alone || covered[m[i].due - first])
			continue;
		plan_add_key(p, c, m[i].due);
		covered[m[i].due - first] = true;
	}
	return 0;
}

static int
plan_groups(struct activity_plan *p, const struct activity_plan_in *in,
    const struct plan_member *m, size_t n, bool *covered)
{
	const struct activity_due *first = in->due[PRODUCT_GOTOMEETING].v;
	size_t i = 0, run;
	int r = 0;

	for (; r == 0 && i < n; i += run) {
		for (run = 1; i + run < n; run++)
			if (strcmp(m[i].group, m[i + run].group) != 0)
				break;
		if (plan_is_group(in, m + i, run))
			r = plan_group(p, m + i, run, covered, first);
	}
	return r;
}

static int
plan_by_groups(struct activity_plan *p, const struct activity_plan_in *in)
{
	const struct activity_dues *due = &in->due[PRODUCT_GOTOMEETING];
	struct plan_member *m = calloc(in->organizers->n + 1, sizeof(*m));
	bool *covered = calloc(due->n + 1, sizeof(*covered));
	size_t i;
	int r = m && covered ? 0 : -ENOMEM;

	if (r == 0)
		r = plan_groups(
		    p, in, m, plan_members(in->organizers, due, m), covered);
	for (i = 0; r == 0 && i < due->n; i++)
		if (!covered[i])
			r = plan_person(p, PRODUCT_GOTOMEETING, &due->v[i]);
	free(m);
	free(covered);
	return r;
}

static int
plan_meeting(struct activity_plan *p, const struct activity_plan_in *in)
{
	const struct activity_dues *due = &in->due[PRODUCT_GOTOMEETING];
	size_t i, alone_n = 0;

	for (i = 0; i < due->n; i++)
		alone_n += due->v[i].alone;
	if (due->n - alone_n < ACTIVITY_GROUP_FROM)
		return plan_persons(p, PRODUCT_GOTOMEETING, due);
	if (in->organizers)
		return plan_by_groups(p, in);
	p->later_n = (long)due->n;
	return plan_add(p, ACTIVITY_CALL_ORGANIZERS, PRODUCT_GOTOMEETING)
		   ? 0
		   : -ENOMEM;
}

/* ---- all ---- */

static int
plan_compare_calls(const void *a, const void *b)
{
	const struct activity_call *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->kind == ACTIVITY_CALL_DAY)
		return x->from_ms < y->from_ms ? -1 : 1;
	if (x->looked_ms != y->looked_ms)
		return x->looked_ms < y->looked_ms ? -1 : 1;
	if (x->product != y->product)
		return x->product < y->product ? -1 : 1;
	return x->key && y->key ? strcmp(x->key, y->key) : 0;
}

int
activity_plan(const struct activity_plan_in *in, struct activity_plan *ret)
{
	AUTO(activity_plan_done) struct activity_plan p = ACTIVITY_PLAN_NONE;
	size_t i, n = 0;
	int r;

	for (i = 0; i < PRODUCT_N; i++)
		n += in->due[i].n;
	p.key = calloc(n + 1, sizeof(*p.key));
	if (!p.key)
		return -ENOMEM;
	r = plan_assist(&p, &in->due[PRODUCT_GOTOASSIST]);
	if (r == 0)
		r = plan_connect(&p, in);
	if (r == 0)
		r = plan_meeting(&p, in);
	if (r == 0)
		r = plan_persons(
		    &p, PRODUCT_GOTOWEBINAR, &in->due[PRODUCT_GOTOWEBINAR]);
	if (r == 0)
		r = plan_persons(
		    &p, PRODUCT_GOTOTRAINING, &in->due[PRODUCT_GOTOTRAINING]);
	if (r < 0)
		return r;
	if (p.n > 0)
		qsort(p.call, p.n, sizeof(*p.call), plan_compare_calls);
	*ret = p;
	p = (struct activity_plan)ACTIVITY_PLAN_NONE;
	return 0;
}
