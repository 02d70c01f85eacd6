/* SPDX-License-Identifier: MIT */
/*
 * recover: the queue as the last run left it (DESIGN 4.2, 4.3).
 *
 * What was on its way is read back before it is sent again; a removal that was
 * not heard is held like the others then (push_end.c).  Held removals, and
 * those that were released and never sent, stay hidden; their settle time
 * starts anew, and the guard judges them at its end.  Those older than an hour
 * are cancelled, the name comes back, and errors/ says so.
 *
 * Whom a change concerns is in the mirror, or his creation is in the queue
 * before it: then the change waits for that one, as it did.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/crash.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "plan_int.h"
#include "trash_int.h"

#define RECOVER_HELD_MS (INT64_C(3600) * 1000)

static int
recover_want(struct change *c, const struct json *j)
{
	struct user *w = &c->want;
	const struct {
		const char *name;
		char **to;
	} text[] = {
	    {"email", &w->email},
	    {"firstName", &w->first_name},
	    {"lastName", &w->last_name},
	    {"locale", &w->locale},
	    {"timeZone", &w->time_zone},
	    {"newName", &c->new_name},
	    {"oldName", &c->old_name},
	    {"note", &c->note},
	};
	size_t i;

	c->set = (unsigned)json_get_int(j, "set", 0);
	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		const char *value = json_get_str(j, text[i].name);

		*text[i].to = text_dup(value);
		if (value && !*text[i].to)
			return -ENOMEM;
	}
	return json_get_keys(j, "adminRoles", &w->admin_roles);
}

static struct person *
recover_person(
    struct tenant *t, const struct store_change *row, const struct json *j)
{
	const char *name = json_get_str(j, "name");
	struct person *p =
	    row->user_key ? person_by_key(t, row->user_key) : NULL;

	if (!p && name)
		p = person_by_name(t, name);
	if (p && row->user_key && p->key && strcmp(p->key, row->user_key) != 0)
		return NULL; /* another account has the name now */
	if (!p && name)
		p = person_new(t, NULL, name);
	if (p && !p->number)
		p->number = json_get_int(j, "number", 0);
	return p;
}

static struct tenant_group *
recover_group(struct tenant *t, const struct json *j)
{
	const char *key = json_get_str(j, "group");
	const char *label = json_get_str(j, "groupLabel");
	int64_t number = json_get_int(j, "groupNumber", 0);
	int64_t parent = json_get_int(j, "groupParent", 0);
	struct tenant_group *g = key ? group_by_key(t, key) : NULL;

	if (!g && number)
		g = group_by_number(t, number);
	if (!g && label && !key) {
		g = group_new(t, NULL, label,
		    parent ? group_by_number(t, parent) : NULL, number);
		if (g)
			group_show(t, g);
	}
	return g;
}

/* Is he in the mirror, or about to be made? (Rows come by id.) */
static bool
recover_is_somebody(const struct person *p)
{
	return p && (p->key || change_find(p, VERB_CREATE, NULL));
}

/* Does it still concern something that exists? */
static bool
recover_is_whole(const struct change *c)
{
	switch (c->verb) {
	case VERB_ASSIGN:
		return c->person && c->license;
	case VERB_UNASSIGN:
		return recover_is_somebody(c->person) && c->license;
	case VERB_MOVE:
		return c->person && c->group;
	case VERB_TAKE_OUT:
		return recover_is_somebody(c->person) && c->group;
	case VERB_UPDATE:
	case VERB_REMOVE:
		return recover_is_somebody(c->person);
	case VERB_GROUP_CREATE:
	case VERB_GROUP_RENAME:
	case VERB_GROUP_DELETE:
		return c->group != NULL;
	default:
		return c->person != NULL;
	}
}

/* Under the new address, unless that is somebody else's by now. */
static int
recover_show_address(struct tenant *t, struct person *p, const char *name)
{
	const struct person *other = person_by_name(t, name);
	char *own;

	if (other && (other == p || other->key || person_exists(other)))
		return 0;
	own = text_dup(name);
	return own ? change_take_name(t, p, own) : -ENOMEM;
}

/* What was shown before the end is shown again. */
static int
recover_show(struct tenant *t, struct change *c)
{
	int r = 0;

	if (c->verb == VERB_GROUP_DELETE)
		group_hide(t, c->group);
	if (c->verb == VERB_GROUP_RENAME && c->new_name) {
		char *label = text_dup(c->new_name);

		if (!label)
			return -ENOMEM;
		free(c->group->label);
		c->group->label = label;
		r = group_name_all(t);
	}
	if (c->verb == VERB_UPDATE && (c->set & USER_SET_EMAIL))
		r = recover_show_address(
		    t, c->person, c->path + strlen("users/"));
	if (c->verb == VERB_UPDATE || c->verb == VERB_CREATE)
		change_reread(t, c->person, NULL);
	return r;
}

struct recover {
	struct tenant *t;
	struct change *lost;   /* what no longer applies, through next */
	struct change *undone; /* of an apply that did not come to its end */
};

static int
recover_one(void *ctx, const struct store_change *row)
{
	struct recover *rec = ctx;
	struct tenant *t = rec->t;
	struct tenant_caller who = {row->uid, 0, 0};
	AUTO(json_done) struct json *j = NULL;
	struct err err = ERR_NONE;
	struct change *c;
	int r = json_parse(row->args, strlen(row->args), &j, &err);

	if (r < 0 || row->verb <= 0 || row->verb >= VERB_N)
		return r;
	c = change_new((enum verb)row->verb, row->path, &who);
	if (!c)
		return -ENOMEM;
	free(c->command);
	c->command = text_dup(row->command ? row->command : "");
	c->pid = row->pid;
	c->id = row->id;
	if (json_get_int(j, "apply", 0) > t->applied) {
		c->next = rec->undone;
		rec->undone = c;
		return 0;
	}
	c->created_ms = row->created_ms;
	c->state = (enum state)row->state;
	c->unknown = c->state == STATE_SENDING;
	c->begun = c->unknown;
	c->promised = true;
	if (c->unknown)
		c->state = STATE_QUEUED;
	else if (c->state == STATE_QUEUED && guard_is_removal(c))
		c->let_go = true;
	c->reclaim = json_get_bool(j, "reclaim", false);
	c->moved = json_get_int(j, "moved", 0);
	r = recover_want(c, j);
	if (r == 0)
		r = trash_load(c, j);
	if (r == 0 && c->verb != VERB_GROUP_CREATE &&
	    c->verb != VERB_GROUP_RENAME && c->verb != VERB_GROUP_DELETE)
		c->person = recover_person(t, row, j);
	if (json_get_str(j, "license"))
		c->license = license_by_key(t, json_get_str(j, "license"));
	c->group = recover_group(t, j);
	if (r < 0) {
		change_free(c);
		return r;
	}
	if (!recover_is_whole(c)) {
		if (c->person)
			person_forget_if_empty(t, c->person);
		c->person = NULL;
		c->next = rec->lost;
		rec->lost = c;
		return 0;
	}
	change_link(t, c);
	return recover_show(t, c);
}

/* It was accepted, so its end is told like any other. */
static int
recover_refuse(struct tenant *t, struct change *c, struct err *err)
{
	AUTO(text_done) char *text = NULL;
	struct store_batch *b = NULL;
	struct err why = ERR_NONE;
	int r = tenant_batch(t, &b, err);

	err_set(&why, -ENOENT,
	    "accepted before the last unmount; the person, license or group "
	    "that it names is no longer there");
	if (r == 0 &&
	    report_error_text(c->path, -ENOENT, why.msg, NULL, 0, &text) == 0)
		report_put_error(t, b, c->path, c->id, text);
	if (r == 0)
		r = report_journal(t, b, c, -ENOENT, &why, NULL, NULL, err);
	if (r == 0)
		r = store_change_drop(b, c->id, err);
	r = store_end(b, r, err);
	tenant_mutate(t);
	if (r == 0)
		report_failure(t, c->path, why.msg, c->apply);
	return r;
}

static int
recover_refuse_all(struct tenant *t, struct change *c, struct err *err)
{
	int r = 0;

	while (c) {
		struct change *next = c->next;

		if (r == 0)
			r = recover_refuse(t, c, err);
		change_free(c);
		c = next;
	}
	return r;
}

/* The dry run has it still. */
static int
recover_undo(struct tenant *t, struct change *c, int r, struct err *err)
{
	struct store_batch *b = NULL;

	if (r == 0 && c)
		r = tenant_batch(t, &b, err);

	while (c) {
		struct change *next = c->next;

		if (r == 0)
			r = store_change_drop(b, c->id, err);
		change_free(c);
		c = next;
	}
	r = store_end(b, r, err);
	tenant_mutate(t);
	return r;
}

/* Somebody who was there, and is no more, is waited for. */
static bool
recover_is_early(const struct change *c)
{
	return (c->verb == VERB_ASSIGN || c->verb == VERB_MOVE) &&
	       c->state == STATE_QUEUED && !person_exists(c->person);
}

/* Released, and never sent: the guard judges again.  But one whose call had
 * begun keeps its place before what undoes it. */
static void
recover_hold(struct tenant *t)
{
	struct change *c;

	for (c = t->first; c; c = c->next)
		if (c->let_go && !change_is_undone(c))
			change_set(t, c, STATE_HELD);
}

/* Whom nothing removes any more, or who has come meanwhile. */
static void
recover_stay(struct tenant *t)
{
	struct change *c, *next;

	for (c = t->first; c; c = next) {
		next = c->next;
		if (c->verb != VERB_CREATE || !c->person->key ||
		    change_find(c->person, VERB_REMOVE, NULL))
			continue;
		c->begun = c->unknown = false;
		change_stays(t, c->person);
	}
}

/* (A plan does not grow old.) */
bool
recover_is_old(const struct tenant *t, const struct change *c)
{
	return !t->dry_run &&
	       clock_wall_ms() - c->created_ms >= RECOVER_HELD_MS;
}

int
recover_cancel(struct tenant *t, struct change *c, struct err *err)
{
	struct err why = ERR_NONE;

	err_set(&why, -ECANCELED,
	    "held for more than an hour while nothing was mounted: the "
	    "removal was cancelled; remove it again if it is meant");
	return change_finish(t, c, -ECANCELED, &why, err);
}

static int
recover_cancel_old(struct tenant *t, struct err *err)
{
	struct change *c, *next;
	int r = 0;

	for (c = t->first; r == 0 && c; c = next) {
		next = c->next;
		if (c->state != STATE_HELD || !recover_is_old(t, c))
			continue;
		r = recover_cancel(t, c, err);
		next = t->first; /* it may have taken others along */
	}
	return r;
}

int
load_changes(struct tenant *t, struct err *err)
{
	struct recover rec = {t, NULL, NULL};
	struct change *c;
	int r = apply_load(t, err);

	if (r == 0)
		r = store_changes_each(t->store, recover_one, &rec, err);
	r = recover_undo(t, rec.undone, r, err);
	if (r == 0)
		r = recover_refuse_all(t, rec.lost, err);
	if (r == 0)
		recover_hold(t);
	if (r == 0)
		r = recover_cancel_old(t, err);
	if (r == 0 && t->held_n > 0)
		r = link_make_room_again(t, err);
	if (r < 0)
		return r;
	recover_stay(t);
	crash_point("recover-before-send");
	for (c = t->first; c; c = c->next) {
		if (recover_is_early(c))
			change_set(t, c, STATE_WAITING);
		change_queue(t, c);
	}
	if (t->held_n > 0)
		change_hold_more(t);
	return 0;
}
