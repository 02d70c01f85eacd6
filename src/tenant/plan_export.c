/* SPDX-License-Identifier: MIT */
/*
 * plan_export: the queue of a dry run as operations, in an order in which
 * another tenant can accept them one by one:
 *	1. what gives and takes names (groups made and renamed, people made,
 *	   addresses moved), as it was done, because a name may be used twice;
 *	2. fields, under the names of the end;
 *	3. what is taken away: seats, people, places in groups;
 *	4. what is given: seats, places in groups;
 *	5. groups that go.
 * Who is there already is named by his key, a license and a group likewise.  A
 * seat that is given tells in place of which ones (mv): they stay if it is
 * refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/json.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "plan_int.h"
#include "tenant_int.h"

struct export
{
	struct tenant *t;
	struct json *list;
	struct json *op; /* the last one */
};

static int
export_op(struct export *e, const char *verb, const char *path)
{
	int r;

	e->op = json_new_object();
	r = json_push(e->list, e->op);
	if (r == 0)
		r = json_set_str(e->op, "op", verb);
	return r == 0 ? json_set_str(e->op, "path", path) : r;
}

/* Who it is, when the account knows him. */
static int
export_person(struct export *e, const struct person *who)
{
	return who->key ? json_set_str(e->op, "user", who->key) : 0;
}

static int
export_group(struct export *e, const struct tenant_group *g)
{
	return g->key ? json_set_str(e->op, "group", g->key) : 0;
}

/* ---- fields ---- */

static int
export_text(struct json *doc, const char *name, const char *value, bool set)
{
	return set ? json_set_str(doc, name, value) : 0;
}

/* Those of one change, but for the address. */
static int
export_fields(struct json *doc, const struct user *w, unsigned set)
{
	int r = export_text(
	    doc, "firstName", w->first_name, set & USER_SET_FIRST_NAME);

	if (r == 0)
		r = export_text(
		    doc, "lastName", w->last_name, set & USER_SET_LAST_NAME);
	if (r == 0)
		r = export_text(
		    doc, "locale", w->locale, set & USER_SET_LOCALE);
	if (r == 0)
		r = export_text(
		    doc, "timeZone", w->time_zone, set & USER_SET_TIME_ZONE);
	if (r == 0 && (set & USER_SET_ADMIN_ROLES))
		r = json_set_strv(doc, "adminRoles", w->admin_roles);
	return r;
}

/* All of his changes, the later over the earlier. */
static int
export_document(struct export *e, const struct person *who)
{
	struct json *doc = json_new_object();
	const struct change *c;
	int r = json_set(e->op, "document", doc);

	for (c = who->changes; r == 0 && c; c = c->person_next)
		if (c->verb == VERB_CREATE || c->verb == VERB_UPDATE)
			r = export_fields(doc, &c->want, c->set);
	return r;
}

/* ---- 1: names ---- */

/* He will not be there: neither what was changed of him, nor he, if he never
 * was. */
static bool
export_is_moot(const struct person *who)
{
	return !person_exists(who);
}

/* From another name in the same folder. */
static int
export_rename(struct export *e, const struct change *c, const char *old_name)
{
	int n = (int)(strrchr(c->path, '/') - c->path), r;
	AUTO(text_done)
	char *was =
	    old_name ? text_printf("%.*s/%s", n, c->path, old_name) : NULL;

	r = was ? export_op(e, "rename", was) : -ENOMEM;
	return r < 0 ? r : json_set_str(e->op, "to", c->path);
}

static int
export_group_rename(struct export *e, const struct change *c)
{
	AUTO(text_done) char *name = name_from_group(c->old_name, NULL);
	int r = export_rename(e, c, name);

	return r < 0 ? r : export_group(e, c->group);
}

static int
export_create(struct export *e, const struct change *c)
{
	int r = export_op(e, "create", c->path);

	return r < 0 ? r : export_document(e, c->person);
}

/* Somebody new has his last address from the beginning: it is where he got it
 * that nobody else has it. */
static bool
export_is_named(const struct change *c)
{
	const struct change *o;

	for (o = c->person_next; o; o = o->person_next)
		if (o->verb == VERB_UPDATE && o->old_name)
			return false;
	return c->verb == VERB_CREATE || c->old_name;
}

static int
export_address(struct export *e, const struct change *c)
{
	int r;

	if (export_is_moot(c->person))
		return 0;
	if (!c->person->record)
		return export_is_named(c) ? export_create(e, c) : 0;
	if (c->verb != VERB_UPDATE || !c->old_name)
		return 0;
	r = export_rename(e, c, c->old_name);
	return r < 0 ? r : export_person(e, c->person);
}

static int
export_name(struct export *e, const struct change *c)
{
	switch (c->verb) {
	case VERB_GROUP_CREATE: /* somebody else may have made it meanwhile */
		return c->group->key ? 0 : export_op(e, "mkdir", c->path);
	case VERB_GROUP_RENAME:
		return export_group_rename(e, c);
	case VERB_CREATE:
	case VERB_UPDATE:
		return export_address(e, c);
	default:
		return 0;
	}
}

/* ---- 2: fields ---- */

static bool
export_is_last(const struct change *c)
{
	unsigned set = 0;
	const struct change *o;

	for (o = c->person->changes; o; o = o->person_next)
		if (o->verb == VERB_UPDATE)
			set |= o->set;
	return (set & ~(unsigned)USER_SET_EMAIL) &&
	       change_find(c->person, VERB_UPDATE, NULL) == c;
}

static int
export_update(struct export *e, const struct change *c)
{
	const struct person *who = c->person;
	AUTO(text_done) char *path = NULL;
	int r;

	if (c->verb != VERB_UPDATE || export_is_moot(who) || !who->record ||
	    !export_is_last(c))
		return 0; /* the last one speaks for all */
	path = text_printf("users/%s", who->name);
	r = path ? export_op(e, "update", path) : -ENOMEM;
	if (r == 0)
		r = export_person(e, who);
	return r < 0 ? r : export_document(e, who);
}

/* ---- 3, 4: what he has ---- */

static int
export_link(struct export *e, const char *verb, const struct change *c,
    const struct tenant_license *l, const struct tenant_group *g)
{
	AUTO(text_done)
	char *path = l ? text_printf("licenses/%s/%s", l->name, c->person->name)
		       : plan_member_path(g, c->person);
	int r = path ? export_op(e, verb, path) : -ENOMEM;

	if (r == 0 && l)
		r = json_set_str(e->op, "license", l->key);
	if (r == 0 && g)
		r = export_group(e, g);
	return r < 0 ? r : export_person(e, c->person);
}

static int
export_removal(struct export *e, const struct person *who)
{
	AUTO(text_done)
	char *path = text_printf("users/%s", plan_name_was(who));
	int r = path ? export_op(e, "remove", path) : -ENOMEM;

	return r < 0 ? r : export_person(e, who);
}

static int
export_taken(struct export *e, const struct change *c)
{
	const struct person *who = c->person;

	if (c->verb == VERB_REMOVE && who->record && export_is_moot(who))
		return export_removal(e, who);
	if (who && who->record && export_is_moot(who))
		return 0; /* goes with him */
	if (c->verb == VERB_UNASSIGN && !person_holds(who, c->license))
		return export_link(
		    e, c->reclaim ? "reclaim" : "unlink", c, c->license, NULL);
	if (c->verb == VERB_TAKE_OUT && who->group && !person_group(who))
		return export_link(e, "unlink", c, NULL, who->group);
	return 0;
}

/* The licenses that he leaves for the one of c. */
static int
export_left(struct export *e, const struct change *c)
{
	AUTO(strv_done) char **left = NULL;
	const struct change *o;
	int r = 0;

	for (o = c->person->changes; r == 0 && o; o = o->person_next)
		if (o->moved == c->id && !person_holds(c->person, o->license))
			r = strv_add(&left, o->license->key);
	return r == 0 && left ? json_set_strv(e->op, "left", left) : r;
}

static int
export_given(struct export *e, const struct change *c)
{
	const struct person *who = c->person;
	int r;

	if (!who || (who->record && export_is_moot(who)))
		return 0;
	if (c->verb == VERB_ASSIGN && person_holds(who, c->license)) {
		r = export_link(e, "link", c, c->license, NULL);
		return r < 0 ? r : export_left(e, c);
	}
	if (c->verb == VERB_MOVE && person_group(who) == c->group &&
	    change_find(who, VERB_MOVE, NULL) == c)
		return export_link(e, "link", c, NULL, c->group);
	return 0;
}

/* ---- 5: groups ---- */

static int
export_rmdir(struct export *e, const struct change *c)
{
	int r;

	if (c->verb != VERB_GROUP_DELETE)
		return 0;
	r = export_op(e, "rmdir", c->path);
	return r < 0 ? r : export_group(e, c->group);
}

int
plan_export(struct tenant *t, struct buf *out, long *ret_n)
{
	static int (*const pass[])(struct export *, const struct change *) = {
	    export_name, export_update, export_taken, export_given,
	    export_rmdir};
	AUTO(json_done) struct json *list = json_new_array();
	struct export e = {t, list, NULL};
	const struct change *c;
	size_t i;
	int r = list ? 0 : -ENOMEM;

	for (i = 0; i < sizeof(pass) / sizeof(pass[0]); i++)
		for (c = t->first; r == 0 && c; c = c->next)
			r = pass[i](&e, c);
	if (r == 0)
		r = json_print(list, out);
	if (r == 0)
		*ret_n = (long)json_n(list);
	return r;
}
