/* SPDX-License-Identifier: MIT */
/* trash_end: how a restore ends: gone from the trash, or back in it; and what
 * of him is not as it was. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "trash_int.h"

/* ---- what the tenant did not give back ---- */

/* Writable, or of weight for a person; the others follow from what he does
 * (status, invitedDate ...) or from his links. */
static const char *const trash_compared[] = {"firstName", "lastName", "locale",
    "timeZone", "adminRoles", "roleSets", "managedGroupKeys", "settings"};

static bool
trash_is_empty(const struct json *j)
{
	const char *s = json_str(j);

	return json_type(j) == JSON_NULL || (s && !*s) ||
	       ((json_type(j) == JSON_ARRAY || json_type(j) == JSON_OBJECT) &&
		   json_n(j) == 0);
}

static bool
trash_is_same(const struct json *was, const struct json *is)
{
	return trash_is_empty(was) || json_equal(was, is);
}

static int
trash_differences(
    const struct json *was, const struct json *is, char **ret, struct err *err)
{
	AUTO(strv_done) char **names = NULL;
	size_t i, n = 0;

	for (i = 0; i < sizeof(trash_compared) / sizeof(trash_compared[0]); i++)
		if (!trash_is_same(json_get(was, trash_compared[i]),
			json_get(is, trash_compared[i])) &&
		    strv_add_n(&names, &n, trash_compared[i]) < 0)
			return err_nomem(err);
	*ret = n > 0 ? strv_join(names, ", ") : NULL;
	return n > 0 && !*ret ? err_nomem(err) : 0;
}

static int
trash_compare(
    struct tenant *t, struct change *c, const char *text, struct err *err)
{
	AUTO(buf_done) struct buf old = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(json_done) struct json *was = NULL;
	AUTO(json_done) struct json *is = NULL;
	char *differs = NULL;
	int r;

	r = store_record_text(t->store, c->restore->record, &old, err);
	if (r == 0)
		r = json_parse(old.data, old.len, &was, err);
	if (r == 0)
		r = json_parse(text, strlen(text), &is, err);
	/* without it this is what was sent, not what the tenant has */
	if (r == 0 && json_get(is, "status"))
		r = trash_differences(was, is, &differs, err);
	if (r < 0 && r != -ENOMEM) { /* he is there: that is what counts */
		log_warn("%s cannot be compared: %s", c->path, err->msg);
		return 0;
	}
	if (r == 0) {
		free(c->restore->differs);
		c->restore->differs = differs;
		c->restore->has_new_key =
		    json_get(is, "key") &&
		    !json_equal(json_get(was, "key"), json_get(is, "key"));
	}
	return r;
}

int
trash_arrived(struct tenant *t, struct store_batch *b, struct change *c,
    const char *text, struct err *err)
{
	if (c->restore)
		return trash_compare(t, c, text, err);
	return store_trash_drop_key(b, c->person->key, err);
}

/* ---- its end ---- */

bool
trash_has_left(const struct change *c)
{
	return c->restore && (c->restore->left || c->restore->differs);
}

/* "license x (no free seat), settings", NULL: nothing or no memory. */
static char *
trash_left(const struct restore *r)
{
	return text_printf("%s%s%s", r->left ? r->left : "",
	    r->left && r->differs ? ", " : "", r->differs ? r->differs : "");
}

static char *
trash_left_text(const struct change *c, const char *left)
{
	char when[CLOCK_ISO_BYTES];

	return text_printf("%s: restored, but not whole\n"
			   "not restored: %s; %s\n%s\n",
	    c->path, left, c->restore->from, clock_iso(clock_wall_ms(), when));
}

int
trash_store_end(struct store_batch *b, struct change *c, int result,
    char **ret_text, struct err *err)
{
	bool whole = !trash_has_left(c);
	AUTO(text_done) char *left = NULL;
	char *note, *text = NULL;

	if (!c->restore)
		return 0;
	if (result < 0)
		return store_trash_show(b, c->id, err);
	left = trash_left(c->restore);
	note = left ? text_printf("restored; %s%s%s%s", c->restore->from,
			  c->restore->has_new_key ? "; with another key" : "",
			  whole ? "" : "; not restored: ", left)
		    : NULL;
	if (note && !whole)
		text = trash_left_text(c, left);
	if (!note || (!whole && !text)) {
		free(note);
		return err_nomem(err);
	}
	free(c->note);
	c->note = note;
	*ret_text = text;
	return store_trash_drop(b, c->id, err);
}

/* ---- the links of somebody who did not come back ---- */

void
trash_refused(struct tenant *t, const struct change *c)
{
	struct hidden *h;

	if (!c->restore)
		return;
	h = calloc(1, sizeof(*h));
	if (!h || !(h->name = text_dup(c->person->name))) {
		free(h); /* they wait ten minutes, and end */
		return;
	}
	h->next = t->unrestored;
	t->unrestored = h;
	tenant_wake(t);
}

/* false: one of them is on its way yet. */
static bool
trash_cancel_links(struct tenant *t, struct person *p)
{
	struct change *c, *next;
	struct err err = ERR_NONE;
	bool all = true;

	p->pinned = true;
	for (c = p->changes; c; c = next) {
		next = c->person_next;
		if (!c->restored)
			continue;
		if (!change_is_cancellable(c) ||
		    change_cancel(t, c, "its person was not restored", &err) <
			0)
			all = false;
	}
	p->pinned = false;
	person_forget_if_empty(t, p);
	return all;
}

void
trash_tick(struct tenant *t)
{
	struct hidden **l = &t->unrestored, *h;

	while ((h = *l)) {
		struct person *p = person_by_name(t, h->name);

		if (p && !p->pinned && !person_exists(p) &&
		    !trash_cancel_links(t, p)) {
			l = &h->next;
			continue;
		}
		*l = h->next;
		free(h->name);
		free(h);
	}
}

/* ---- over a restart ---- */

int
trash_save(const struct restore *r, struct json *args)
{
	struct json *j = json_new_object();
	int e = json_set(args, "restore", j);

	if (e == 0)
		e = json_set_int(j, "record", r->record);
	if (e == 0)
		e = json_set_str(j, "from", r->from);
	if (e == 0 && r->left)
		e = json_set_str(j, "left", r->left);
	return e;
}

int
trash_load(struct change *c, const struct json *args)
{
	const struct json *j = json_get(args, "restore");
	struct restore *r;

	c->restored = json_get_bool(args, "restored", false);
	if (!j)
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	c->restore = r;
	r->record = json_get_int(j, "record", 0);
	r->from = text_dup(json_get_str(j, "from"));
	r->left = text_dup(json_get_str(j, "left"));
	return r->from && (r->left || !json_get_str(j, "left")) ? 0 : -ENOMEM;
}
