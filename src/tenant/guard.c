/* SPDX-License-Identifier: MIT */
/*
 * guard: who may not be removed, and who must stay an administrator
 * (DESIGN 4.2, protected; 4.1, SUPER_USER).
 */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "gotofs/text.h"
#include "tenant_int.h"

/* Super administrators that there will be without this person. */
static long
guard_supers_without(const struct tenant *t, const struct person *p)
{
	const struct change *c;
	long n = t->supers_n;

	if (p->flags & PERSON_SUPER)
		n--;
	for (c = t->first; c; c = c->next) {
		if (c->person == p || !c->person ||
		    !(c->person->flags & PERSON_SUPER))
			continue;
		if (c->verb == VERB_REMOVE ||
		    (c->verb == VERB_UPDATE &&
			(c->set & USER_SET_ADMIN_ROLES) &&
			!user_is_super(&c->want)))
			n--;
	}
	return n;
}

static bool
guard_protects(const struct tenant *t, const char *email)
{
	char *const *pattern = t->protect;

	for (; pattern && *pattern; pattern++)
		if (fnmatch(*pattern, email, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

/* Why the profile protects him, or NULL.  By his address: of twins, and of long
 * ones, the file's name is another.  One that is changed counts as well, until
 * the change has been sent. */
static const char *
guard_why_protected(const struct tenant *t, const struct person *p)
{
	AUTO(text_done) char *email = NULL;
	AUTO(text_done) char *was = NULL;
	int r;

	if (!t->protect || !*t->protect)
		return NULL;
	r = person_email(t, p, &email);
	if (r == 0 && p->record > 0)
		r = person_record_email(t, p, &was);
	if (email && !*email)
		return "perhaps protected by the profile ([guard] protect), "
		       "for it has no address";
	if ((r < 0 && !(r == -ENOENT && email)) || /* nobody can tell */
	    guard_protects(t, email) || (was && guard_protects(t, was)))
		return "protected by the profile ([guard] protect)";
	return NULL;
}

/* Who has left the patterns could be removed. */
int
guard_check_address(const struct tenant *t, const struct person *p,
    const char *email, struct err *err)
{
	const char *why = guard_why_protected(t, p);

	if (guard_protects(t, email) || !why)
		return 0;
	return err_set(
	    err, -EPERM, "%s, and the new address would not be", why);
}

int
guard_check_remove(
    const struct tenant *t, const struct person *p, struct err *err)
{
	const char *why = guard_why_protected(t, p);

	if (t->me_key && p->key && strcmp(t->me_key, p->key) == 0)
		return err_set(err, -EPERM,
		    "this is the account whose token gotofs uses; it cannot "
		    "be removed from here");
	if (why)
		return err_set(err, -EPERM, "%s", why);
	if ((p->flags & PERSON_SUPER) &&
	    guard_supers_without(t, p) < GUARD_SUPERS_MIN)
		return err_set(err, -EPERM,
		    "one of the last two super administrators cannot be "
		    "removed; make somebody else SUPER_USER first");
	return 0;
}

/* Whom a pull has put into it meanwhile GoTo would leave without a group. */
int
guard_check_group(
    struct tenant *t, const struct tenant_group *g, struct err *err)
{
	struct map_link *l = NULL;
	size_t i;

	for (i = 0; i < t->groups_n; i++)
		if (t->group[i]->parent == g && !t->group[i]->gone &&
		    !change_find_group(t, VERB_GROUP_DELETE, t->group[i]))
			return err_set(err, -ENOTEMPTY,
			    "there is a group in this group by now");
	while ((l = map_walk(&t->persons_by_key, l))) {
		const struct person *p = map_entry(l, struct person, by_key);

		if (p->group == g && person_group(p) == g && person_exists(p))
			return err_set(err, -ENOTEMPTY,
			    "somebody is in this group by now");
	}
	return 0;
}

int
guard_check_roles(struct tenant *t, const struct person *p,
    const struct user *want, unsigned set, struct err *err)
{
	if (!(set & USER_SET_ADMIN_ROLES) || !(p->flags & PERSON_SUPER) ||
	    user_is_super(want))
		return 0;
	if (guard_supers_without(t, p) >= GUARD_SUPERS_MIN)
		return 0;
	return err_set(err, -EPERM,
	    "SUPER_USER cannot be taken from one of the last two who have it; "
	    "give it to somebody else first");
}
