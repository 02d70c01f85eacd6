/* SPDX-License-Identifier: MIT */
/*
 * reclaim_approve: mv to approved/ and back (DESIGN 5): an unassignment that is
 * held like any removal, with a limit of its own, and asked about once more
 * right before its call (reclaim_send.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "tenant_int.h"

struct change *
reclaim_change(const struct person *p, const struct tenant_license *l)
{
	struct change *c;

	for (c = p->changes; c; c = c->person_next)
		if (c->reclaim && c->license == l)
			return c;
	return NULL;
}

/* 0: it is one, now. */
int
reclaim_check(const struct tenant *t, const struct person *p,
    const struct tenant_license *l, struct err *err)
{
	AUTO(text_done) char *email = NULL;
	struct seat_facts f;
	struct judgement j;
	int r;

	if (!person_seat(p, l) || !person_exists(p))
		return err_set(err, -ENOENT, "he has no such seat any more");
	if (t->reclaim.broken)
		return err_set(err, -EPERM,
		    "reclaim/rules.json is not understood; write it anew");
	r = reclaim_facts(t, p, l, &f, &email);
	if (r < 0)
		return err_set(err, r, "the address cannot be read now");
	if (!*email)
		return err_set(err, -EPERM, "%s", RECLAIM_NO_ADDRESS);
	reclaim_judge(&t->reclaim.rules, &f, clock_wall_ms(), &j);
	if (j.verdict == SEAT_CANDIDATE)
		return 0;
	err->code = 0;
	reclaim_why_not(&f, &j, err);
	return err->code;
}

static struct tenant_license *
reclaim_license(const struct tenant *t, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < t->licenses_n; i++)
		if (strlen(t->license[i]->name) == n &&
		    strncmp(t->license[i]->name, name, n) == 0)
			return t->license[i];
	return NULL;
}

/* With the turn. */
static int
reclaim_why(struct tenant *t, const char *seat, struct err *err)
{
	size_t n = strcspn(seat, "/");
	const struct tenant_license *l = reclaim_license(t, seat, n);
	const struct person *p =
	    seat[n] ? person_by_name(t, seat + n + 1) : NULL;

	if (!l)
		return err_set(err, -ENOENT, "there is no such license");
	if (!p || !person_exists(p))
		return err_set(err, -ENOENT, "there is no such account");
	if (!person_seat(p, l))
		return err_set(err, -ENOENT, "he has no such seat");
	if (!person_holds(p, l))
		return err_set(
		    err, -EBUSY, "the seat is on its way to be taken already");
	return reclaim_check(t, p, l, err);
}

int
tenant_reclaim_why(struct tenant *t, const char *seat, struct err *err)
{
	int r;

	tenant_begin(t);
	r = reclaim_why(t, seat, err);
	tenant_end(t);
	return r;
}

static struct change *
reclaim_change_new(
    const struct tenant_caller *who, struct person *p, struct tenant_license *l)
{
	AUTO(text_done)
	char *path = text_printf("reclaim/%s/%s", l->name, p->name);
	struct change *c = path ? change_new(VERB_UNASSIGN, path, who) : NULL;

	if (!c)
		return NULL;
	c->person = p;
	c->license = l;
	c->reclaim = true;
	return c;
}

int
reclaim_approve(struct tenant *t, const struct tenant_caller *who,
    struct person *p, struct tenant_license *l, struct err *err)
{
	struct change *c;
	int r = reclaim_check(t, p, l, err);

	if (r == 0 && !person_holds(p, l))
		r = err_set(
		    err, -EBUSY, "the seat is on its way to be taken already");
	if (r < 0) {
		t->quiet_name = NULL; /* the kernel is to know if it went */
		tenant_mutate(t);
		reclaim_settle(t, p, l);
		return r;
	}
	c = reclaim_change_new(who, p, l);
	if (!c)
		return err_nomem(err);
	r = change_hold(t, who, c, err);
	if (r == 0)
		person_settle(t, p);
	return r;
}

int
reclaim_cancel(struct tenant *t, struct person *p, struct tenant_license *l,
    struct err *err)
{
	struct change *c = reclaim_change(p, l);
	int r;

	if (!c)
		return -ENOENT;
	if (!change_is_cancellable(c))
		return err_set(err, -EBUSY,
		    "its call has begun: it can no longer be cancelled");
	p->pinned = true;
	r = change_cancel(t, c, "taken out of approved/ again", err);
	p->pinned = false;
	return r;
}

/* What was known of it, on one line. */
char *
reclaim_before(struct tenant *t, const struct change *c)
{
	AUTO(text_done) char *email = NULL;
	AUTO(json_done) struct json *j = NULL;
	AUTO(buf_done) struct buf text = BUF_MAX(RECLAIM_TEXT_BYTES);
	AUTO(buf_done) struct buf line = BUF_MAX(RECLAIM_TEXT_BYTES);
	struct seat_facts f;

	if (reclaim_facts(t, c->person, c->license, &f, &email) < 0 ||
	    reclaim_print(&t->reclaim.rules, &f, clock_wall_ms(), &text) < 0 ||
	    json_parse(text.data, text.len, &j, NULL) < 0 ||
	    json_print(j, &line) < 0)
		return NULL;
	return buf_take(&line);
}
