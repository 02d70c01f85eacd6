/* SPDX-License-Identifier: MIT */
/*
 * push_create: creates as calls of goto; no lock is held.
 *
 * A POST whose outcome is unknown is read back by address, never blindly
 * repeated (DESIGN 4.3; there is no idempotency key, goto-api.md 6, A by
 * silence).  Who is there afterwards is ours; who is not is created in a
 * smaller batch, so that one who makes GoTo stumble ends up alone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/text.h"
#include "push_int.h"

/* ---- who is there? ---- */

static int
create_found(struct push_one *one, struct user *u)
{
	one->unknown = false;
	if (!u->key)
		return 0;
	one->key = text_dup(u->key);
	if (!one->key)
		return -ENOMEM;
	one->found = *u;
	*u = (struct user)USER_NONE;
	one->over = true;
	one->result = 0;
	return 0;
}

static size_t
create_unknown(struct push *p, struct push_one **one, const char **emails)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		if (!p->one[i].over && p->one[i].unknown) {
			one[n] = &p->one[i];
			emails[n++] = p->one[i].change->want.email;
		}
	return n;
}

/* Negative: nobody knows, with the reason in p->err. */
static int
create_read_back(struct tenant *t, struct push *p)
{
	struct push_one *one[PUSH_BATCH_MAX];
	const char *emails[PUSH_BATCH_MAX] = {NULL};
	size_t n = create_unknown(p, one, emails), i;
	struct user *found = calloc(n, sizeof(*found));
	int r = found ? goto_users_find(
			    t->api, GOTO_INTERACTIVE, emails, n, found, &p->err)
		      : err_nomem(&p->err);

	for (i = 0; r == 0 && i < n; i++)
		r = create_found(one[i], &found[i]);
	for (i = 0; found && i < n; i++)
		user_done(&found[i]);
	free(found);
	return r == -ENOMEM ? err_nomem(&p->err) : r;
}

static bool
create_is_unknown(const struct push *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (!p->one[i].over && p->one[i].unknown)
			return true;
	return false;
}

/* ---- the call ---- */

/* Who is asked for: copies of the structs, not of what they own. */
static struct user *
create_users(const struct push *p, size_t *ret_n)
{
	struct user *v = calloc(p->n, sizeof(*v));
	size_t i, n = 0;

	for (i = 0; v && i < p->n; i++)
		if (!p->one[i].over)
			v[n++] = p->one[i].change->want;
	*ret_n = n;
	return v;
}

/* The record as the tenant has it: of one who is created alone.  Without it,
 * what was sent and the key will do until the next pull. */
static void
create_get(struct tenant *t, struct push_one *one)
{
	struct err ignored = ERR_NONE;

	if (goto_user_get(
		t->api, GOTO_INTERACTIVE, one->key, &one->found, &ignored) < 0)
		memset(&one->found, 0, sizeof(one->found));
}

/* Each his key; whom the answer names without one is read back. */
static void
create_take_keys(struct tenant *t, struct push *p, char **keys, size_t n)
{
	size_t i, k = 0;

	for (i = 0; i < p->n; i++) {
		struct push_one *one = &p->one[i];

		if (one->over)
			continue;
		one->key = keys[k];
		keys[k++] = NULL;
		one->unknown = !one->key;
		one->over = one->key != NULL;
		one->result = 0;
		one->err.http_status = p->err.http_status;
		if (one->key && n == 1)
			create_get(t, one);
	}
}

static int
create_post(struct tenant *t, struct push *p)
{
	struct goto_create req = {
	    .license_keys = push_is_folded(p) ? p->license_keys : NULL,
	    .group_key = push_is_folded(p) ? p->group_key : NULL,
	    .admin_roles = p->admin_roles,
	    .suppress_email = t->conf.suppress_email,
	    .mail_subject = t->mail_subject,
	    .mail_text = t->mail_text,
	};
	struct user *users = create_users(p, &req.n);
	char **keys = calloc(p->n, sizeof(*keys));
	int r = users && keys ? 0 : err_nomem(&p->err);

	req.users = users;
	if (r == 0)
		r = goto_users_create(t->api, &req, keys, &p->err);
	if (r == 0)
		create_take_keys(t, p, keys, req.n);
	free(users);
	free(keys);
	return r;
}

/* GoTo is away for a while, and what nobody waits for may be tried again: then
 * it is nobody's fault, and they go on together.  (One of them may be what GoTo
 * cannot answer; who waits for the others is not told of that.) */
static bool
create_is_away(const struct push *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (!p->one[i].over &&
		    (p->one[i].waited ||
			p->one[i].change->away_tries >= PUSH_PASSING_TRIES))
			return false;
	return push_is_away(p->post_status);
}

/* Read back, and some are not there: what was asked for did not come to be. */
static enum push_step
create_missing(struct push *p)
{
	bool late = p->late;

	p->late = false;
	p->asked = false;
	p->doubt = true;
	if (push_open_n(p) > 1 && (late || !create_is_away(p)))
		return PUSH_HALVES;
	if (late)
		return push_answer(p,
		    push_late(p,
			"GoTo has created this user, and does not show him yet",
			"GoTo has this address, and does not show whose it "
			"is"));
	if (++p->tries < PUSH_TRIES)
		return PUSH_AGAIN;
	return push_answer(
	    p, push_post_failed(p,
		   "GoTo fails to create this user, and he is not there "
		   "afterwards"));
}

enum push_step
push_send_creates(struct tenant *t, struct push *p)
{
	int r = 0;

	if (create_is_unknown(p)) {
		r = create_read_back(t, p);
		p->doubt = true;
	}
	if (r < 0)
		return push_answer(p, r);
	if (push_open_n(p) == 0)
		return PUSH_OVER;
	if (p->asked)
		return create_missing(p);
	r = create_post(t, p);
	if (r < 0 && r != -EINPROGRESS && !(r == -EEXIST && p->doubt))
		return push_refused(p, r);
	if (r < 0) /* EEXIST (of no other 409): whom one before made was late
		    * to be seen */
		push_all_unknown(p);
	p->late = r == -EEXIST;
	p->post_status = r < 0 ? p->err.http_status : 0;
	p->asked = true;
	return push_open_n(p) > 0 ? PUSH_AGAIN : PUSH_OVER;
}
