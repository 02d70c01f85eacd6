/* SPDX-License-Identifier: MIT */
/*
 * change_count: what the changes under way mean for licenses and groups, kept
 * as numbers, so that no question about a seat walks through all of them.
 *
 * What one person adds follows from his changes and his seats: whoever alters
 * either takes it out before (-1) and puts it back after (1).
 */
#include "tenant_int.h"

static bool
count_is_going(const struct change *c)
{
	return c->state == STATE_QUEUED || c->state == STATE_SENDING;
}

/* It is on its way, by itself or in its person's creation. */
static bool
count_is_sending(const struct change *c)
{
	return c->state == STATE_SENDING || c->folded;
}

/* Seats that are freed when it has been sent, or would be. */
static void
count_freed(struct tenant_license *l, const struct change *c, bool seat, int by)
{
	if (count_is_going(c))
		l->freeing_n += by;
	if (!seat)
		return;
	if (c->state == STATE_HELD)
		l->held_n += by;
	else
		l->pending_n += by;
}

static void
count_license(
    const struct person *p, const struct change *c, bool removed, int by)
{
	struct tenant_license *l = c->license;
	bool seat = person_seat(p, l) != NULL;

	l->changes_n += by;
	if (c->verb == VERB_ASSIGN) {
		if (!seat)
			l->pending_n -= by;
		if (count_is_sending(c))
			l->sending_n += by;
	} else if (c->verb == VERB_UNASSIGN) {
		count_freed(l, c, seat && !removed, by);
	}
}

static void
count_group(struct tenant_group *g, const struct change *c, int by)
{
	g->changes_n += by;
	if (c->person && count_is_going(c))
		g->going_n += by;
	if (count_is_sending(c))
		g->sending_n += by;
}

void
change_count(const struct person *p, int sign)
{
	bool removed = p->changes && change_find(p, VERB_REMOVE, NULL);
	const struct change *c;
	unsigned i;

	for (c = p->changes; c; c = c->person_next) {
		if (c->license)
			count_license(p, c, removed, sign);
		if (c->group)
			count_group(c->group, c, sign);
		for (i = 0; c->verb == VERB_REMOVE && i < p->seats_n; i++)
			count_freed(p->seat[i].license, c, true, sign);
	}
}

/* A change of the group itself. */
void
change_count_own(struct change *c, int sign)
{
	count_group(c->group, c, sign);
}
