/* SPDX-License-Identifier: MIT */
/*
 * push_set: which creates fit into one call: those with the same licenses,
 * group and roles (DESIGN 4.3).  Nothing here changes anything.
 */
#include "gotofs/text.h"
#include "push_int.h"

/* A seat is there now: not one that is still to be freed, nor one that
 * another call is about to take. */
static bool
set_has_seat(const struct tenant_license *l)
{
	return l->seats < 0 || l->holders_n + l->sending_n < l->seats;
}

static bool
set_can_fold(const struct change *c)
{
	if (c->begun || c->folded ||
	    (c->state != STATE_WAITING && c->state != STATE_QUEUED))
		return false;
	if (c->verb == VERB_ASSIGN)
		return set_has_seat(c->license);
	return c->verb == VERB_MOVE && c->group->key &&
	       !change_find_group(NULL, VERB_GROUP_DELETE, c->group);
}

static void
set_add(struct push_set *set, const struct tenant_license *l)
{
	size_t i = set->licenses_n++;

	for (; i > 0 && set->license[i - 1] > l; i--)
		set->license[i] = set->license[i - 1];
	set->license[i] = l;
}

void
push_set_of(const struct change *create, struct push_set *ret)
{
	const struct change *c = create->bare ? NULL : create->person->changes;

	*ret = (struct push_set){
	    .roles = create->want.admin_roles, .unknown = create->unknown};
	for (; c; c = c->person_next) {
		if (!set_can_fold(c))
			continue;
		if (c->verb == VERB_MOVE)
			ret->group = c->group;
		else if (ret->licenses_n < PUSH_FOLDED_MAX - 1)
			set_add(ret, c->license);
	}
}

bool
push_set_equal(const struct push_set *a, const struct push_set *b)
{
	size_t i;

	if (a->licenses_n != b->licenses_n || a->group != b->group ||
	    a->unknown != b->unknown || !strv_same_set(a->roles, b->roles))
		return false;
	for (i = 0; i < a->licenses_n; i++)
		if (a->license[i] != b->license[i])
			return false;
	return true;
}

bool
push_set_takes(const struct push_set *set, const struct change *link)
{
	size_t i;

	if (!set_can_fold(link))
		return false;
	if (link->verb == VERB_MOVE)
		return link->group == set->group;
	for (i = 0; i < set->licenses_n; i++)
		if (set->license[i] == link->license)
			return true;
	return false;
}
