/* SPDX-License-Identifier: MIT */
/*
 * push_send: what was chosen as calls of goto.  No lock is held: of a change
 * only what does not move while it is being sent is read.
 *
 * One call, one step: its answer is everybody's, or some are left for another
 * call.  A refusal is nobody's verdict while others share the call.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/text.h"
#include "push_int.h"

#define PUSH_LATE_TRIES 8 /* about two minutes, see push_end.c */

/* ---- answers ---- */

size_t
push_open_n(const struct push *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		n += !p->one[i].over;
	return n;
}

bool
push_is_folded(const struct push *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->one[i].folded_n > 0)
			return true;
	return false;
}

bool
push_is_unreachable(int r, const struct err *err)
{
	return (r == -EIO || r == -ETIMEDOUT) && err->http_status == 0;
}

bool
push_is_away(int http_status)
{
	return http_status >= 502 && http_status <= 504;
}

void
push_all_unknown(struct push *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		p->one[i].unknown = p->one[i].unknown || !p->one[i].over;
}

/* Only then its status is of weight for whether it is tried again (push_end.c):
 * a connection that broke was no answer, and then others were given.  It is
 * read back once more before that: lists may lag. */
int
push_post_failed(struct push *p, const char *what)
{
	push_all_unknown(p);
	p->answers = true;
	if (!push_is_away(p->post_status))
		return err_set(&p->err, -EIO, "%s; nothing was changed", what);
	p->err.http_status = p->post_status;
	return err_set(&p->err, -EIO, "%s (HTTP %d); nothing was changed", what,
	    p->post_status);
}

int
push_late(struct push *p, const char *is, const char *exists)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct change *c = p->one[i].change;

		if (c->tries - c->away_tries >= PUSH_LATE_TRIES)
			return err_set(&p->err, -EEXIST, "%s", exists);
	}
	push_all_unknown(p);
	return err_set(&p->err, -EINPROGRESS, "%s", is);
}

enum push_step
push_answer(struct push *p, int r)
{
	size_t i;

	if (r == 0) { /* what went before is not of interest */
		p->err.code = 0;
		*p->err.msg = '\0';
	} else if (p->err.code == 0) {
		err_set(&p->err, r, "the outcome is unknown");
	}
	for (i = 0; i < p->n; i++) {
		struct push_one *one = &p->one[i];

		if (one->over)
			continue;
		one->over = true;
		one->result = r;
		one->err = p->err;
	}
	return PUSH_OVER;
}

/* That is no verdict on what was asked for. */
static bool
push_is_no_verdict(const struct push *p, int r)
{
	return r == -ECANCELED || r == -EINPROGRESS || r == -EROFS ||
	       r == -ENOMEM || push_is_unreachable(r, &p->err);
}

/* A license or a group is everybody's: not worth asking half of them for it. */
static bool
push_is_of_links(int r)
{
	return r == -ENOSPC || r == -ENOENT;
}

enum push_step
push_refused(struct push *p, int r)
{
	bool alone = push_open_n(p) == 1;

	if (push_is_no_verdict(p, r))
		return push_answer(p, r);
	if (push_is_folded(p) && (alone || push_is_of_links(r)))
		return PUSH_BARE;
	return alone ? push_answer(p, r) : PUSH_HALVES;
}

/* ---- licenses ---- */

static char **
push_seat_keys(const struct push *p)
{
	char **keys = calloc(p->n + 1, sizeof(*keys));
	size_t i, n = 0;

	for (i = 0; keys && i < p->n; i++)
		if (!p->one[i].over)
			keys[n++] = p->one[i].change->license->key;
	return keys;
}

/* What he has by now is done. */
static int
push_seats_read_back(struct tenant *t, struct push *p, const char *user_key)
{
	AUTO(user_done) struct user now = USER_NONE;
	size_t i;
	int r =
	    goto_user_get(t->api, GOTO_INTERACTIVE, user_key, &now, &p->err);

	for (i = 0; r == 0 && i < p->n; i++) {
		struct push_one *one = &p->one[i];

		one->unknown = false;
		if (!one->over &&
		    strv_has(now.license_keys, one->change->license->key)) {
			one->over = true;
			one->result = 0;
			one->err = p->err;
		}
	}
	return r;
}

static enum push_step
push_assign(struct tenant *t, struct push *p)
{
	const char *user_key = p->one[0].change->person->key;
	char **keys;
	int r = p->one[0].unknown ? push_seats_read_back(t, p, user_key) : 0;

	if (r < 0)
		return push_answer(p, r);
	if (push_open_n(p) == 0)
		return PUSH_OVER;
	if (p->asked && ++p->tries >= PUSH_TRIES)
		return push_answer(p,
		    push_post_failed(p, "GoTo fails to assign this license"));
	keys = push_seat_keys(p);
	r = keys ? goto_license_assign(t->api, keys, user_key, &p->err)
		 : err_nomem(&p->err);
	free(keys);
	p->asked = true;
	if (r == 0)
		return push_answer(p, 0);
	if (r != -EINPROGRESS)
		return push_refused(p, r);
	p->post_status = p->err.http_status;
	push_all_unknown(p);
	return PUSH_AGAIN;
}

static enum push_step
push_unassign(struct tenant *t, struct push *p)
{
	char **keys = push_seat_keys(p);
	int r = keys ? goto_license_unassign(
			   t->api, keys, p->one[0].change->person->key, &p->err)
		     : err_nomem(&p->err);

	free(keys);
	return r == 0 ? push_answer(p, 0) : push_refused(p, r);
}

/* ---- groups ---- */

static int
push_find_group(struct tenant *t, struct push *p)
{
	AUTO(group_list_done) struct group_list list = {NULL, 0};
	struct push_one *one = &p->one[0];
	size_t i;
	int r = goto_groups(t->api, GOTO_INTERACTIVE, &list, &p->err);

	for (i = 0; r == 0 && i < list.n; i++)
		if (text_equal(list.v[i].name, p->label)) {
			one->key = text_dup(list.v[i].key);
			return one->key ? 0 : err_nomem(&p->err);
		}
	return r < 0 ? r : -ENOENT;
}

static int
push_create_group(struct tenant *t, struct push *p)
{
	struct push_one *one = &p->one[0];
	int tries, r = -EIO;

	for (tries = 0; one->unknown || tries == 0; tries++) {
		if (one->unknown) {
			r = push_find_group(t, p);
			if (r != -ENOENT)
				return r;
			if (tries >= PUSH_TRIES)
				break;
		}
		r = goto_group_create(
		    t->api, p->label, p->parent_key, &one->key, &p->err);
		if (r == -EEXIST && one->unknown)
			return push_late(p,
			    "GoTo has made this group, and does not show it "
			    "yet",
			    "GoTo has a group of this name, and does not show "
			    "it");
		if (r != -EINPROGRESS)
			return r;
		p->post_status = p->err.http_status;
		one->unknown = true;
	}
	return push_post_failed(p, "GoTo fails to create this group");
}

static int
push_delete_group(struct tenant *t, const char *key, struct err *err)
{
	int r = goto_group_delete(t->api, key, err);

	return r == -ENOENT ? 0 : r; /* somebody else did */
}

static int
push_single(struct tenant *t, struct push *p)
{
	const struct change *c = p->one[0].change;
	const char *user_key = c->person ? c->person->key : NULL;
	const char *group_key = c->group ? c->group->key : NULL;
	struct err *err = &p->err;

	switch (c->verb) {
	case VERB_GROUP_CREATE:
		return push_create_group(t, p);
	case VERB_GROUP_RENAME:
		return goto_group_rename(t->api, group_key, c->new_name, err);
	case VERB_UPDATE:
		return goto_user_update(
		    t->api, user_key, &c->want, c->set, err);
	case VERB_MOVE:
		return goto_group_put_user(t->api, group_key, user_key, err);
	case VERB_TAKE_OUT:
		return goto_group_take_out(t->api, user_key, err);
	case VERB_REMOVE:
		return goto_user_delete(t->api, user_key, err);
	case VERB_GROUP_DELETE:
		return push_delete_group(t, group_key, err);
	default:
		return 0;
	}
}

/* ---- removals that a crash cut off ---- */

/* Has nothing of it left the tenant?  now NULL: the account is gone. */
static bool
push_is_still(const struct change *c, const struct user *now)
{
	if (!now)
		return false;
	/* no groupKey: he is in none (goto-api.md 3.4, B/C), so he is out */
	if (c->verb == VERB_TAKE_OUT)
		return text_equal(now->group_key, c->group->key);
	/* a list that is not there tells nothing (goto-api.md 3.4, B) */
	return c->verb != VERB_UNASSIGN || !now->license_keys ||
	       strv_has(now->license_keys, c->license->key);
}

static bool
push_lists_group(const struct group_list *list, const char *key)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (text_equal(list->v[i].key, key))
			return true;
	return false;
}

static int
push_removals_read_back(struct tenant *t, struct push *p)
{
	AUTO(group_list_done) struct group_list list = {NULL, 0};
	AUTO(user_done) struct user now = USER_NONE;
	const struct change *c = p->one[0].change;
	size_t i;
	int r;

	if (!c->person) {
		r = goto_groups(t->api, GOTO_INTERACTIVE, &list, &p->err);
		p->one[0].still = push_lists_group(&list, c->group->key);
		return r;
	}
	r = goto_user_get(
	    t->api, GOTO_INTERACTIVE, c->person->key, &now, &p->err);
	if (r < 0 && r != -ENOENT)
		return r;
	for (i = 0; i < p->n; i++)
		p->one[i].still =
		    push_is_still(p->one[i].change, r == 0 ? &now : NULL);
	return 0;
}

/* What is gone was heard; what is not is judged once more before anything is
 * sent (DESIGN 4.2). */
static enum push_step
push_look(struct tenant *t, struct push *p)
{
	enum push_step step = push_answer(p, push_removals_read_back(t, p));
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->one[i].still)
			p->one[i].result = -EAGAIN;
	return step;
}

/* (Who is reclaimed was looked at already.) */
static bool
push_was_cut_off(const struct push *p)
{
	const struct change *c = p->one[0].change;

	return p->one[0].unknown && guard_is_removal(c) && !c->reclaim;
}

enum push_step
push_send(struct tenant *t, struct push *p)
{
	if (push_was_cut_off(p))
		return push_look(t, p);
	switch (p->verb) {
	case VERB_CREATE:
		return push_send_creates(t, p);
	case VERB_ASSIGN:
		return push_assign(t, p);
	case VERB_UNASSIGN:
		return push_unassign(t, p);
	default:
		return push_answer(p, push_single(t, p));
	}
}
