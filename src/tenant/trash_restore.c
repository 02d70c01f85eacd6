/* SPDX-License-Identifier: MIT */
/*
 * trash_restore: mv .gotofs/trash/dan@example.com.json users/
 *
 * A creation, and beside it the links of his licenses and group, accepted in
 * one transaction: they wait for it, so they travel in its one call.  What has
 * no free seat, or is gone, is left out and said.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/document.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "trash_int.h"

struct restoring {
	struct tenant *t;
	const struct tenant_caller *who;
	const char *name;
	struct trash_entry entry;
	struct user was;
	struct person *person;
	struct change **change; /* the creation first */
	size_t n;
	char **left; /* strv: what cannot be restored */
	size_t left_n;
	struct err *err;
};

static void
restoring_done(struct restoring *r)
{
	while (r->n > 0)
		change_free(r->change[--r->n]);
	free(r->change);
	strv_free(r->left);
	user_done(&r->was);
	trash_entry_done(&r->entry);
}

/* ---- may he come back ---- */

static int
restore_check_name(struct restoring *r)
{
	AUTO(text_done) char *own = name_from_email(r->was.email, NULL);

	if (!own)
		return err_nomem(r->err);
	if (strcmp(own, r->name) != 0)
		return err_set(r->err, -EBADMSG,
		    "an account is restored under its own address: mv it to "
		    "users/%.200s, and from there to another name",
		    own);
	return 0;
}

static int
restore_check_free(struct restoring *r)
{
	const struct person *p = person_by_name(r->t, r->name);
	const struct person *same = person_by_key(r->t, r->entry.key);

	if (p && (p->record || person_exists(p)))
		return err_set(
		    r->err, -EEXIST, "this address belongs to another account");
	if (same)
		return err_set(r->err, -EEXIST,
		    "this account is there already: users/%.200s", same->name);
	return 0;
}

static int
restore_read(struct restoring *r, const char *entry_name)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	int e = trash_find(r->t, entry_name, &r->entry, r->err);

	if (e == 0)
		e = store_record_text(
		    r->t->store, r->entry.record, &text, r->err);
	if (e == 0)
		e = document_parse_user(text.data, text.len, &r->was, r->err);
	if (e == 0 && !r->was.email)
		e = err_set(r->err, -EBADMSG, "this record has no address");
	return e;
}

/* ---- what is asked for ---- */

static struct change *
restore_add(struct restoring *r, enum verb verb, char *path)
{
	struct change *c = path ? change_new(verb, path, r->who) : NULL;
	struct change **more =
	    c ? realloc(r->change, (r->n + 1) * sizeof(*more)) : NULL;

	free(path);
	if (!more) {
		change_free(c);
		err_nomem(r->err);
		return NULL;
	}
	r->change = more;
	r->change[r->n++] = c;
	c->person = r->person;
	return c;
}

static int
restore_leave(struct restoring *r, char *what)
{
	int e = what ? strv_add_n(&r->left, &r->left_n, what) : -ENOMEM;

	free(what);
	return e < 0 ? err_nomem(r->err) : 0;
}

static int
restore_license(struct restoring *r, const char *key)
{
	struct tenant_license *l = license_by_key(r->t, key);
	struct change *c;

	if (!l)
		return restore_leave(
		    r, text_printf("license %s (there is none)", key));
	if (change_find(r->person, VERB_ASSIGN, l))
		return 0; /* a link of his waits for him already */
	if (l->seats >= 0 && license_free_now(r->t, l) <= 0)
		return restore_leave(r, text_printf("license %s (no free seat)",
					    l->name ? l->name : key));
	c = restore_add(r, VERB_ASSIGN, tree_path(l->dir, r->name));
	if (!c)
		return -ENOMEM;
	c->license = l;
	c->restored = true;
	return 0;
}

/* By its key, or by its name when it was deleted and made again. */
static struct tenant_group *
restore_find_group(const struct restoring *r)
{
	struct tenant *t = r->t;
	struct tenant_group *g = group_by_key(t, r->entry.group_key);
	size_t i;

	for (i = 0; !g && i < t->groups_n; i++)
		if (text_equal(t->group[i]->label, r->entry.group_label))
			g = t->group[i];
	return g && g->dir && !g->gone ? g : NULL;
}

static int
restore_group(struct restoring *r)
{
	struct tenant_group *g;
	struct change *c;

	if (!r->entry.group_key || change_find(r->person, VERB_MOVE, NULL))
		return 0;
	g = restore_find_group(r);
	if (!g)
		return restore_leave(
		    r, text_printf("group \"%s\" (there is none)",
			   r->entry.group_label ? r->entry.group_label : "?"));
	c = restore_add(r, VERB_MOVE, tree_path(g->dir, r->name));
	if (!c)
		return -ENOMEM;
	c->group = g;
	c->restored = true;
	return 0;
}

static char *
restore_from(const struct trash_entry *e)
{
	char when[CLOCK_ISO_BYTES];

	clock_iso(e->removed_ms, when);
	if (e->uid < 0)
		return text_printf("removed elsewhere, seen at %s", when);
	return text_printf("removed at %s by uid %lld (%s)", when,
	    (long long)e->uid, e->command ? e->command : "?");
}

static int
restore_create(struct restoring *r)
{
	struct change *c =
	    restore_add(r, VERB_CREATE, text_printf("users/%s", r->name));
	struct user *w;

	if (!c)
		return -ENOMEM;
	c->restore = calloc(1, sizeof(*c->restore));
	if (!c->restore || !(c->restore->from = restore_from(&r->entry)))
		return err_nomem(r->err);
	c->restore->record = r->entry.record;
	c->want = r->was;
	r->was = (struct user)USER_NONE;
	w = &c->want;
	c->set = USER_SET_EMAIL;
	c->set |= w->first_name ? USER_SET_FIRST_NAME : 0;
	c->set |= w->last_name ? USER_SET_LAST_NAME : 0;
	c->set |= w->locale ? USER_SET_LOCALE : 0;
	c->set |= w->time_zone ? USER_SET_TIME_ZONE : 0;
	c->set |= w->admin_roles ? USER_SET_ADMIN_ROLES : 0;
	return 0;
}

static int
restore_plan(struct restoring *r)
{
	char *const *key;
	int e = restore_create(r);

	for (key = r->entry.license_keys; e == 0 && key && *key; key++)
		e = restore_license(r, *key);
	if (e == 0)
		e = restore_group(r);
	if (e == 0 && r->left) {
		r->change[0]->restore->left = strv_join(r->left, ", ");
		if (!r->change[0]->restore->left)
			e = err_nomem(r->err);
	}
	return e;
}

/* ---- the file ---- */

/* n, which the kernel has under this name now, is his file. */
static void
restore_take_place(struct restoring *r, struct node *n)
{
	struct tenant *t = r->t;
	struct person *p = r->person;
	struct node *old = p->file;

	tenant_mutate(t);
	if (old) {
		p->file = NULL;
		tree_remove(t, old);
	}
	tree_take(t, n);
	tree_set_kind(t, n, NODE_USER);
	n->record = 0;
	n->obj.person = p;
	p->file = n;
	if (tree_move(t, n, t->fixed[FIXED_USERS], p->name, true) < 0)
		p->file = NULL;
	attr_set_ctime(t, n);
}

static int
restore_accept(struct restoring *r, char *text)
{
	struct person *p = r->person;
	int64_t number = p->number;
	size_t n = r->n;
	int e;

	tenant_mutate(r->t);
	if (!p->number) /* goto-api.md 3.6, A: the old key comes back */
		p->number = r->entry.number;
	r->n = 0; /* they are taken over */
	e = change_accept_all(r->t, r->change, n, STATE_QUEUED, r->err);
	if (e < 0) {
		tenant_mutate(r->t);
		p->number = number;
		free(text);
		return e;
	}
	r->change[0]->promised = true;
	person_set_pending(r->t, p, text);
	return 0;
}

int
trash_restore(struct tenant *t, const struct tenant_caller *who, struct node *n,
    const char *name, struct err *err)
{
	AUTO(restoring_done)
	struct restoring r = {.t = t, .who = who, .name = name, .err = err};
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	int e = restore_read(&r, n->name);

	if (e == 0)
		e = restore_check_name(&r);
	if (e == 0)
		e = restore_check_free(&r);
	if (e == 0 && document_render_user(&r.was, &text) < 0)
		e = err_nomem(err);
	if (e < 0)
		return e;
	tenant_mutate(t);
	r.person = person_by_name(t, name);
	if (!r.person)
		r.person = person_new(t, NULL, name);
	if (!r.person)
		return err_nomem(err);
	e = restore_plan(&r);
	if (e == 0)
		e = restore_accept(&r, buf_take(&text));
	if (e < 0) {
		person_forget_if_empty(t, r.person);
		return e;
	}
	restore_take_place(&r, n);
	person_settle(t, r.person);
	change_requeue_arrived(t, r.person);
	return 0;
}
