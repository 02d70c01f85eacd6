/* SPDX-License-Identifier: MIT */
/* revert: what was shown for a change that did not come to be goes back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/document.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "trash_int.h"

/* What they are laid over: his record, or what is to create him. */
static int
revert_base(struct tenant *t, const struct person *p, const struct change *but,
    struct buf *out, bool *ret_record)
{
	const struct change *c;

	*ret_record = p->record != 0;
	if (p->record)
		return person_record(t, p, out);
	for (c = p->changes; c; c = c->person_next)
		if (c != but && c->verb == VERB_CREATE)
			return document_render_user(&c->want, out);
	return -ENOENT;
}

/* What his file reads as with the changes that are left. */
void
change_reread(struct tenant *t, struct person *p, const struct change *but)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	struct change *c;
	struct err err = ERR_NONE;
	char *now = NULL;
	bool record;

	if (revert_base(t, p, but, &text, &record) < 0) {
		if (but && but->verb == VERB_CREATE)
			person_set_pending(t, p, NULL);
		return;
	}
	for (c = p->changes; c; c = c->person_next) {
		char *next = NULL;

		if (c == but || c->verb != VERB_UPDATE)
			continue;
		if (apply_text(now ? now : text.data,
			now ? strlen(now) : text.len, &c->want, c->set, NULL,
			&next, &err) < 0)
			continue;
		free(now);
		now = next;
	}
	if (!now && !record)
		now = buf_take(&text);
	person_set_pending(t, p, now);
}

/* Links of somebody who was not created wait for another try of his. */
static void
revert_links(struct tenant *t, struct person *p)
{
	struct change *c;
	struct err err = ERR_NONE;

	for (c = p->changes; c; c = c->person_next)
		if (c->state == STATE_QUEUED && c->verb != VERB_CREATE &&
		    c->verb != VERB_UPDATE) {
			change_unqueue(t, c);
			c->created_boot_ms = clock_boot_ms();
			if (change_set_state(t, c, STATE_WAITING, &err) < 0)
				change_set(t, c, STATE_WAITING);
		}
}

/* With the groups in it that came back before it did. */
static void
revert_show_group(
    struct tenant *t, struct tenant_group *g, const struct change *but)
{
	const struct change *c = change_find_group(t, VERB_GROUP_DELETE, g);
	size_t i;

	if (g->dir || g->gone || (c && c != but))
		return;
	group_show(t, g);
	group_settle(t, g);
	for (i = 0; g->dir && i < t->groups_n; i++)
		if (t->group[i]->parent == g)
			revert_show_group(t, t->group[i], NULL);
}

/* Another change of the same address or name follows: then that one has what
 * was there before to go back to. */
static bool
revert_is_passed_on(struct tenant *t, struct change *c)
{
	struct change *o = c->person ? c->person_next : c->group_next;

	for (; o; o = c->person ? o->person_next : o->group_next)
		if (o->verb == c->verb &&
		    (!c->person || (o->set & USER_SET_EMAIL))) {
			change_leave_name(t, o, TAKE(c->old_name));
			return true;
		}
	return false;
}

static void
revert_group(struct tenant *t, struct change *c)
{
	struct tenant_group *g = c->group;

	if (c->verb == VERB_GROUP_CREATE && !g->key)
		g->gone = true;
	if (c->verb == VERB_GROUP_RENAME && !revert_is_passed_on(t, c)) {
		free(g->label);
		g->label = TAKE(c->old_name);
		group_name_all(t);
	}
	if (c->verb == VERB_GROUP_DELETE)
		revert_show_group(t, g, c);
}

/* Back to the name before, unless somebody else has it by now. */
static void
revert_address(struct tenant *t, struct change *c)
{
	struct person *p = c->person, *holder;

	if (revert_is_passed_on(t, c))
		return;
	holder = person_by_name(t, c->old_name);
	if (!holder || holder == p) {
		person_take_name(t, p, TAKE(c->old_name));
	} else if (p->key) {
		AUTO(text_done)
		char *name = person_longer_name(c->old_name, p->key);

		if (name)
			person_set_name(t, p, name);
	}
}

/* The fields that a creation names and that his record has otherwise; the
 * address is that of his name. */
static unsigned
revert_differs(const struct change *create, const struct user *now)
{
	const struct user *want = &create->want;
	const struct {
		unsigned bit;
		bool same;
	} field[] = {
	    {USER_SET_EMAIL, true},
	    {USER_SET_FIRST_NAME,
		text_equal(want->first_name, now->first_name)},
	    {USER_SET_LAST_NAME, text_equal(want->last_name, now->last_name)},
	    {USER_SET_LOCALE, text_equal(want->locale, now->locale)},
	    {USER_SET_TIME_ZONE, text_equal(want->time_zone, now->time_zone)},
	    {USER_SET_ADMIN_ROLES,
		strv_same_set(want->admin_roles, now->admin_roles)},
	};
	unsigned set = create->set;
	size_t i;

	for (i = 0; i < sizeof(field) / sizeof(field[0]); i++)
		if (field[i].same)
			set &= ~field[i].bit;
	return set;
}

static int
revert_create(
    struct tenant *t, struct person *p, struct change *c, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(user_done) struct user now = USER_NONE;
	int r = person_record(t, p, &text);

	if (r < 0)
		return err_set(err, r, "his record cannot be read");
	r = document_parse_user(text.data, text.len, &now, err);
	if (r < 0)
		return err_prefix(err, "his record cannot be read");
	if (c->restore)
		return err_set(
		    err, -EEXIST, "his removal was refused: he is there still");
	change_tally(t, c, -1);
	c->verb = VERB_UPDATE;
	change_tally(t, c, 1);
	c->set = revert_differs(c, &now);
	return guard_check_roles(t, p, &c->want, c->set, err);
}

/* The store calls it a creation still: a remount comes by here again. */
void
change_stays(struct tenant *t, struct person *p)
{
	struct change *c = change_find(p, VERB_CREATE, NULL);
	struct err why = ERR_NONE, err = ERR_NONE;
	int r;

	if (!c || !p->key || !change_is_unsent(c) ||
	    change_find(p, VERB_REMOVE, NULL))
		return;
	tenant_mutate(t);
	change_unqueue(t, c);
	r = revert_create(t, p, c, &why);
	change_reread(t, p, NULL);
	if (r == 0 && c->set)
		change_queue(t, c);
	else if (change_finish(t, c, r, &why, &err) < 0)
		log_error("%s: %s", c->path, err.msg);
}

void
change_revert(struct tenant *t, struct change *c)
{
	struct person *p = c->person;

	if (!p) {
		revert_group(t, c);
		return;
	}
	if (c->verb == VERB_CREATE) {
		revert_links(t, p);
		trash_refused(t, c);
	}
	if (c->verb == VERB_UPDATE && (c->set & USER_SET_EMAIL) && c->old_name)
		revert_address(t, c);
}
