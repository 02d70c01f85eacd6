/* SPDX-License-Identifier: MIT */
/*
 * pull_doubt: a complete listing that GoTo itself contradicts is not published
 * (DESIGN 1, P3).
 *
 * "There is nobody" is what a server says, too, that has lost its index for a
 * while, page by page and with the right total.  It is not believed
 *
 * of users	while the token's own person, who was listed before, is not, or
 *		nobody is where there was somebody: as long as /me, asked again
 *		each time, says that this account is his, for ever;
 * of licenses	where there was one, and the users of the same listing name
 * of groups	keys of some.
 *
 * An honest account may look like that as well: he was removed and his token
 * lives yet, the last license has ended and users name it still.  So what is
 * not contradicted by /me is believed once it has been said for an hour.  (One
 * hour of this daemon: what it saw before its start it does not know.)  A list
 * that is empty, and of which nobody names anything, is an account that has
 * none: it is believed at once.  A first listing takes nothing away, and is
 * refused only where it is of nobody at all, and /me says it is his account.
 */
#include <errno.h>

#include "gotofs/clock.h"
#include "gotofs/text.h"
#include "pull_int.h"

#define DOUBT_MS (INT64_C(3600) * 1000)

static bool
doubt_is_over(struct tenant *t, enum pull_doubt what, bool doubtful)
{
	int64_t now = clock_boot_ms(), *since = &t->pull_doubt_ms[what];

	if (!doubtful)
		*since = 0;
	else if (*since == 0)
		*since = now;
	return !doubtful || now - *since >= DOUBT_MS;
}

/* In the mirror: it can be taken away. */
static bool
doubt_has_groups(const struct tenant *t)
{
	size_t i;

	for (i = 0; i < t->groups_n; i++)
		if (t->group[i]->record > 0)
			return true;
	return false;
}

static int
doubt_users(struct pull *p, struct err *err)
{
	struct tenant *t = p->t;
	const struct person *me =
	    t->me_key ? person_by_key(t, t->me_key) : NULL;
	bool was = me && me->record > 0, empty = p->seen_n == 0;
	bool missing =
	    t->me_key && !p->saw_me && (was || (empty && t->me_is_ours));
	bool doubtful = missing || (empty && t->persons_by_key.n > 0);
	bool over = doubt_is_over(t, PULL_DOUBT_USERS, doubtful);

	t->me_asked = t->me_asked && !missing; /* is it his account still? */
	if (missing && t->me_is_ours)
		return err_set(err, -EIO,
		    "GoTo's list of users (%ld) lacks the token's own account, "
		    "which belongs to it, as GoTo says: not believed, nothing "
		    "was changed",
		    p->seen_n);
	if (!over)
		return err_set(err, -EIO,
		    "GoTo's list of users (%ld) lacks %s: not believed unless "
		    "it stays so for an hour; nothing was changed",
		    p->seen_n,
		    missing ? "the token's own account" : "everybody");
	return 0;
}

static int
doubt_containers(struct pull *p, enum pull_doubt what, const char *name,
    bool doubtful, struct err *err)
{
	if (doubt_is_over(p->t, what, doubtful))
		return 0;
	return err_set(err, -EIO,
	    "GoTo's list of %s is empty, and its users name some: not "
	    "believed unless it stays so for an hour; nothing was changed",
	    name);
}

int
pull_doubt(struct pull *p, struct err *err)
{
	struct tenant *t = p->t;
	int r, e;

	tenant_begin(t);
	r = doubt_users(p, err);
	e = doubt_containers(p, PULL_DOUBT_LICENSES, "licenses",
	    p->licenses.n == 0 && t->licenses_n > 0 && p->names_licenses, err);
	r = r < 0 ? r : e;
	e = doubt_containers(p, PULL_DOUBT_GROUPS, "groups",
	    p->groups.n == 0 && doubt_has_groups(t) && p->names_groups, err);
	r = r < 0 ? r : e;
	tenant_end(t);
	return r;
}
