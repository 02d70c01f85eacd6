/* SPDX-License-Identifier: MIT */
/*
 * write_document: a whole text for a user file, judged against what he is now
 * (DESIGN 4.1, schema) and accepted as a change.
 */
#include <stdlib.h>
#include <string.h>

#include "gotofs/document.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "tenant_int.h"

/* Fields that he set and that are not his to set: named in the journal. */
static void
write_note_ignored(struct change *c, char *const *ignored)
{
	AUTO(text_done) char *names = strv_join(ignored, ", ");

	if (names && *names) {
		free(c->note);
		c->note = text_printf("ignored, read-only: %s", names);
	}
}

struct change *
write_in_flight(const struct person *p)
{
	struct change *c = change_find(p, VERB_UPDATE, NULL);

	return c ? c : change_find(p, VERB_CREATE, NULL);
}

static int
write_create(
    struct tenant *t, struct node *n, struct change *c, struct err *err)
{
	struct person *p = person_by_name(t, n->name);
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	struct user *want = &c->want;
	int r;

	if (!want->email)
		r = name_to_email(n->name, &want->email);
	else
		r = 0;
	if (r == 0)
		r = document_render_user(want, &text);
	if (r < 0) {
		change_free(c);
		return err_set(err, r, "not an address: %s", n->name);
	}
	tenant_mutate(t);
	if (!p)
		p = person_new(t, NULL, n->name);
	if (!p) {
		change_free(c);
		return err_nomem(err);
	}
	c->person = p;
	r = change_accept(t, c, STATE_QUEUED, err);
	if (r < 0) {
		person_forget_if_empty(t, p);
		return r;
	}
	person_set_pending(t, p, buf_take(&text));
	person_settle(t, p);
	return 0;
}

static int
write_update(struct tenant *t, struct person *p, struct change *c,
    const struct buf *now, struct err *err)
{
	char *text = NULL;
	int r = guard_check_roles(t, p, &c->want, c->set, err);

	c->person = p;
	if (r == 0)
		r = apply_text(
		    now->data, now->len, &c->want, c->set, NULL, &text, err);
	if (r < 0) {
		change_free(c);
		return r;
	}
	r = change_accept(t, c, STATE_QUEUED, err);
	if (r < 0)
		free(text);
	else
		person_set_pending(t, p, text);
	return r;
}

/* Judge a document for the user file n. 0 with *ret_change NULL: nothing
 * differs; with a change: its verdict is to come. */
int
write_document(struct tenant *t, const struct tenant_caller *who,
    struct node *n, const char *text, size_t len, struct change **ret_change,
    struct err *err)
{
	struct person *p = n->obj.person;
	AUTO(document_change_done)
	struct document_change d = DOCUMENT_CHANGE_NONE;
	AUTO(user_done) struct user now = USER_NONE;
	AUTO(buf_done) struct buf now_text = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(text_done) char *path = tree_path(n->parent, n->name);
	struct change *c;
	bool exists;
	int r;

	if (!p)
		p = person_by_name(t, n->name);
	exists = p && person_exists(p);
	*ret_change = NULL;
	r = tenant_check_writable(t, err);
	if (r == 0 && exists)
		r = person_text(t, p, &now_text);
	if (r == 0 && exists)
		r = document_parse_user(now_text.data, now_text.len, &now, err);
	if (r == 0)
		r = document_diff_user(text, len, n->name, exists ? &now : NULL,
		    exists ? now_text.data : NULL, load_is_known, t, &d, err);
	if (r < 0)
		return r;
	if (exists && d.set == 0) {
		*ret_change = write_in_flight(p);
		return 0;
	}
	c = path ? change_new(exists ? VERB_UPDATE : VERB_CREATE, path, who)
		 : NULL;
	if (!c)
		return err_nomem(err);
	c->text = strndup(text, len);
	if (!c->text) {
		change_free(c);
		return err_nomem(err);
	}
	c->want = d.want;
	memset(&d.want, 0, sizeof(d.want));
	c->set = d.set;
	write_note_ignored(c, d.ignored);
	r = exists ? write_update(t, p, c, &now_text, err)
		   : write_create(t, n, c, err);
	if (r == 0)
		*ret_change = c;
	return r;
}
