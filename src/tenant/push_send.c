/* SPDX-License-Identifier: MIT */
/*
 * push_send: one change as calls of goto.  No lock is held: of the change only
 * what does not move while it is being sent is read.
 *
 * A POST whose outcome is unknown is read back, never blindly repeated
 * (DESIGN 4.3; there is no idempotency key, goto-api.md 6, A by silence).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/text.h"
#include "push_int.h"

#define PUSH_TRIES 3

/* ---- create ---- */

static int
push_find(struct tenant *t, struct push *p)
{
	return goto_user_find(t->api, GOTO_INTERACTIVE, p->change->want.email,
	    &p->found, &p->err);
}

static int
push_create_once(struct tenant *t, struct push *p)
{
	const struct change *c = p->change;
	struct goto_create req = {
	    .users = &c->want,
	    .n = 1,
	    .license_keys = p->license_keys,
	    .group_key = p->group_key,
	    .admin_roles = c->want.admin_roles,
	    .suppress_email = t->conf.suppress_email,
	    .mail_subject = t->mail_subject,
	    .mail_text = t->mail_text,
	};
	struct err ignored = ERR_NONE;
	int r = goto_users_create(t->api, &req, &p->key, &p->err);

	if (r < 0)
		return r;
	if (!p->key) /* created, but not named: read it back */
		return -EINPROGRESS;
	/* the record as the tenant has it; without it the key will do */
	if (goto_user_get(
		t->api, GOTO_INTERACTIVE, p->key, &p->found, &ignored) < 0)
		memset(&p->found, 0, sizeof(p->found));
	return 0;
}

static int
push_create(struct tenant *t, struct push *p)
{
	int tries, r = -EIO;

	for (tries = 0; p->unknown || tries == 0; tries++) {
		if (p->unknown) {
			r = push_find(t, p);
			if (r == 0)
				p->key = text_dup(p->found.key);
			if (r != -ENOENT)
				return r;
			if (tries >= PUSH_TRIES)
				break;
		}
		r = push_create_once(t, p);
		if (r != -EINPROGRESS)
			return r;
		p->unknown = true;
	}
	return err_set(&p->err, -EIO,
	    "GoTo fails to create this user, and he is not there afterwards");
}

/* ---- licenses ---- */

static int
push_assign(struct tenant *t, struct push *p)
{
	const struct change *c = p->change;
	char *keys[] = {c->license->key, NULL};
	int tries, r = -EIO;

	for (tries = 0; p->unknown || tries == 0; tries++) {
		AUTO(user_done) struct user now = USER_NONE;

		if (p->unknown) {
			r = goto_user_get(t->api, GOTO_INTERACTIVE,
			    c->person->key, &now, &p->err);
			if (r < 0 || strv_has(now.license_keys, keys[0]))
				return r;
			if (tries >= PUSH_TRIES)
				break;
		}
		r = goto_license_assign(t->api, keys, c->person->key, &p->err);
		if (r != -EINPROGRESS)
			return r;
		p->unknown = true;
	}
	return err_set(&p->err, -EIO,
	    "GoTo fails to assign this license; nothing was changed");
}

static int
push_unassign(struct tenant *t, struct push *p)
{
	const struct change *c = p->change;
	char *keys[] = {c->license->key, NULL};

	return goto_license_unassign(t->api, keys, c->person->key, &p->err);
}

/* ---- groups ---- */

static int
push_find_group(struct tenant *t, struct push *p)
{
	AUTO(group_list_done) struct group_list list = {NULL, 0};
	size_t i;
	int r = goto_groups(t->api, GOTO_INTERACTIVE, &list, &p->err);

	for (i = 0; r == 0 && i < list.n; i++)
		if (text_equal(list.v[i].name, p->label)) {
			p->key = text_dup(list.v[i].key);
			return p->key ? 0 : err_nomem(&p->err);
		}
	return r < 0 ? r : -ENOENT;
}

static int
push_create_group(struct tenant *t, struct push *p)
{
	int tries, r = -EIO;

	for (tries = 0; p->unknown || tries == 0; tries++) {
		if (p->unknown) {
			r = push_find_group(t, p);
			if (r != -ENOENT)
				return r;
			if (tries >= PUSH_TRIES)
				break;
		}
		r = goto_group_create(
		    t->api, p->label, p->parent_key, &p->key, &p->err);
		if (r != -EINPROGRESS)
			return r;
		p->unknown = true;
	}
	return err_set(&p->err, -EIO, "GoTo fails to create this group");
}

void
push_send(struct tenant *t, struct push *p)
{
	const struct change *c = p->change;

	switch (c->verb) {
	case VERB_GROUP_CREATE:
		p->result = push_create_group(t, p);
		break;
	case VERB_GROUP_RENAME:
		p->result = goto_group_rename(
		    t->api, c->group->key, c->new_name, &p->err);
		break;
	case VERB_CREATE:
		p->result = push_create(t, p);
		break;
	case VERB_UPDATE:
		p->result = goto_user_update(
		    t->api, c->person->key, &c->want, c->set, &p->err);
		break;
	case VERB_MOVE:
		p->result = goto_group_put_user(
		    t->api, c->group->key, c->person->key, &p->err);
		break;
	case VERB_ASSIGN:
		p->result = push_assign(t, p);
		break;
	case VERB_UNASSIGN:
		p->result = push_unassign(t, p);
		break;
	case VERB_TAKE_OUT:
		p->result =
		    goto_group_take_out(t->api, c->person->key, &p->err);
		break;
	case VERB_REMOVE:
		p->result = goto_user_delete(t->api, c->person->key, &p->err);
		break;
	case VERB_GROUP_DELETE:
		p->result = goto_group_delete(t->api, c->group->key, &p->err);
		if (p->result == -ENOENT) /* somebody else did */
			p->result = 0;
		break;
	case VERB_N:
		break;
	}
	if (p->result == 0) { /* what went before is not of interest */
		p->err.code = 0;
		*p->err.msg = '\0';
	}
	if (p->result == -EINPROGRESS && p->err.code == 0)
		err_set(&p->err, -EINPROGRESS, "the outcome is unknown");
}
