/* SPDX-License-Identifier: MIT */
/* push_apply: what a verdict makes of the mirror and of the tree. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/document.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "keep_int.h"
#include "push_int.h"
#include "trash_int.h"

/* ---- journal texts ---- */

char *
push_fields(const struct user *u, unsigned set)
{
	AUTO(json_done) struct json *j = json_new_object();
	AUTO(buf_done) struct buf b = BUF_MAX(64 * 1024);
	const struct {
		unsigned bit;
		const char *name, *value;
	} field[] = {
	    {USER_SET_EMAIL, "email", u->email},
	    {USER_SET_FIRST_NAME, "firstName", u->first_name},
	    {USER_SET_LAST_NAME, "lastName", u->last_name},
	    {USER_SET_LOCALE, "locale", u->locale},
	    {USER_SET_TIME_ZONE, "timeZone", u->time_zone},
	};
	size_t i;
	int r = set && j ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < sizeof(field) / sizeof(field[0]); i++) {
		if (!(set & field[i].bit))
			continue;
		r = field[i].value
			? json_set_str(j, field[i].name, field[i].value)
			: json_set_null(j, field[i].name);
	}
	if (r == 0 && (set & USER_SET_ADMIN_ROLES))
		r = json_set_strv(j, "adminRoles", u->admin_roles);
	if (r == 0)
		r = json_print(j, &b);
	return r == 0 ? buf_take(&b) : NULL;
}

char *
push_group_name(const char *name)
{
	AUTO(buf_done) struct buf b = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(json_done) struct json *j = name ? json_new_object() : NULL;

	if (!j || json_set_str(j, "name", name) < 0 || json_print(j, &b) < 0)
		return NULL;
	return buf_take(&b);
}

/* The old values of what an update names; all of who is removed. */
char *
push_before(struct tenant *t, const struct change *c)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(buf_done) struct buf line = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(user_done) struct user u = USER_NONE;
	AUTO(json_done) struct json *j = NULL;
	struct err err = ERR_NONE;

	if (person_record(t, c->person, &text) < 0)
		return NULL;
	if (c->verb == VERB_UPDATE)
		return document_parse_user(text.data, text.len, &u, &err) < 0
			   ? NULL
			   : push_fields(&u, c->set);
	if (json_parse(text.data, text.len, &j, &err) < 0 ||
	    json_print(j, &line) < 0)
		return NULL;
	return buf_take(&line);
}

/* ---- back again ---- */

int
push_remember(const struct change *c, struct push_was *ret)
{
	const struct person *p = c->person;
	struct person *was = &ret->person;

	push_was_done(ret);
	if (c->group)
		ret->group = *c->group;
	if (!p)
		return 0;
	*was = *p;
	was->key = text_dup(p->key);
	was->seat = calloc(p->seats_n + 1, sizeof(*was->seat));
	if ((p->key && !was->key) || !was->seat)
		return -ENOMEM;
	if (p->seats_n > 0)
		memcpy(was->seat, p->seat, p->seats_n * sizeof(*was->seat));
	return 0;
}

void
push_was_done(struct push_was *was)
{
	free(was->person.key);
	free(was->person.seat);
	*was = (struct push_was)PUSH_WAS_NONE;
}

static void
push_restore_person(
    struct tenant *t, struct person *p, const struct person *was)
{
	unsigned i;

	if (p->key && !was->key) {
		map_remove(&t->persons_by_key, &p->by_key);
		free(p->key);
		p->key = NULL;
	} else if (!p->key && was->key) {
		person_set_key(t, p, was->key);
	}
	while (p->seats_n > 0)
		person_seat_remove(p, p->seat[0].license);
	for (i = 0; i < was->seats_n; i++)
		person_seat_add(p, was->seat[i].license, was->seat[i].since_ns);
	p->group = was->group;
	p->group_since_ns = was->group_since_ns;
	attr_set_number(t, p, was->number);
	p->record = was->record;
	p->mirror_ns = was->mirror_ns;
	p->changed_ns = was->changed_ns;
	p->hash = was->hash;
	p->size = was->size;
	person_set_flags(t, p, was->flags);
	person_settle(t, p);
	keep_settle(t, p);
	reports_moved(t);
}

void
push_restore(struct tenant *t, struct change *c, const struct push_was *was)
{
	struct tenant_group *g = c->group;

	tenant_mutate(t);
	if (c->person)
		push_restore_person(t, c->person, &was->person);
	if (!g)
		return;
	if (!was->group.key) {
		free(g->key);
		g->key = NULL;
	}
	g->number = was->group.number;
	g->record = was->group.record;
	g->hash = was->group.hash;
}

/* ---- the mirror ---- */

static char **
push_license_keys(const struct person *p)
{
	char **keys = NULL;
	unsigned i;

	for (i = 0; i < p->seats_n; i++)
		if (strv_add(&keys, p->seat[i].license->key) < 0)
			break;
	return keys;
}

int
push_store_person(struct tenant *t, struct store_batch *b, struct person *p,
    const char *text, struct err *err)
{
	AUTO(strv_done) char **keys = push_license_keys(p);
	AUTO(user_done) struct user u = USER_NONE;
	int64_t now = clock_wall_ns();
	bool is_new = p->record == 0;
	struct store_record row = {
	    .kind = STORE_USER,
	    .key = p->key,
	    .text = text,
	    .text_bytes = strlen(text),
	};
	int r = document_parse_user(text, row.text_bytes, &u, err);

	if (r < 0)
		return r;
	row.name = u.email ? u.email : "";
	row.flags = user_is_super(&u) ? PERSON_SUPER : 0;
	row.hash = load_user_hash(
	    text, row.text_bytes, keys, p->group ? p->group->key : NULL);
	row.changed_ns = now > p->changed_ns ? now : p->changed_ns + 1;
	r = store_record_put(b, &row, &p->record, NULL, err);
	if (r < 0)
		return r;
	person_set_flags(t, p, row.flags);
	p->hash = row.hash;
	p->size = (uint32_t)row.text_bytes;
	p->changed_ns = p->mirror_ns = row.changed_ns;
	keep_judge(p, p->record, text, row.text_bytes);
	person_record_moved(t, p, is_new);
	return 0;
}

/* His record with what this change has made of it. */
static int
push_rewrite(struct tenant *t, struct store_batch *b, struct person *p,
    const struct change *c, struct err *err)
{
	AUTO(buf_done) struct buf old = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(strv_done) char **keys = push_license_keys(p);
	struct apply_links links = {keys, p->group ? p->group->key : NULL,
	    p->group ? p->group->label : NULL};
	AUTO(text_done) char *text = NULL;
	int r = person_record(t, p, &old);

	if (r == 0)
		r = apply_text(old.data, old.len, c->set ? &c->want : NULL,
		    c->set, c->set ? NULL : &links, &text, err);
	return r < 0 ? r : push_store_person(t, b, p, text, err);
}

/* since_ns 0: it is no more. */
static int
push_put_link(struct store_batch *b, const struct person *p,
    enum store_kind kind, const char *container, int64_t since_ns,
    struct err *err)
{
	struct store_link link = {kind, container, p->key, since_ns};

	return since_ns ? store_link_put(b, &link, err)
			: store_link_drop(b, &link, err);
}

/* The time that the link in dir has shown so far. */
static int64_t
push_since(const struct person *p, const struct node *dir)
{
	int64_t since_ns = dir ? person_link_since(p, dir) : 0;

	return since_ns ? since_ns : clock_wall_ns();
}

static int
push_apply_group(struct tenant *t, struct store_batch *b, struct person *p,
    struct tenant_group *g, const struct change *c, struct err *err)
{
	int64_t since_ns = g ? push_since(p, g->dir) : 0;
	int r = 0;

	if (p->group && p->group->key)
		r = push_put_link(b, p, STORE_GROUP, p->group->key, 0, err);
	p->group = g;
	p->group_since_ns = since_ns;
	if (r == 0 && g)
		r = push_put_link(b, p, STORE_GROUP, g->key, since_ns, err);
	return r < 0 ? r : push_rewrite(t, b, p, c, err);
}

static int
push_apply_seat(struct tenant *t, struct store_batch *b, struct person *p,
    struct tenant_license *l, bool put, struct err *err)
{
	int64_t since_ns = put ? push_since(p, l->dir) : 0;
	int r = 0;

	if (put)
		r = person_seat_add(p, l, since_ns);
	else
		person_seat_remove(p, l);
	return r < 0
		   ? r
		   : push_put_link(b, p, STORE_LICENSE, l->key, since_ns, err);
}

/* Several of one person: his record is rewritten once, with the last. */
static int
push_apply_license(struct tenant *t, struct store_batch *b, struct person *p,
    const struct change *c, bool more, struct err *err)
{
	int r =
	    push_apply_seat(t, b, p, c->license, c->verb == VERB_ASSIGN, err);

	return r < 0 || more ? r : push_rewrite(t, b, p, c, err);
}

static int
push_take_seat(struct tenant *t, struct store_batch *b, struct person *p,
    struct tenant_license *l, struct err *err)
{
	int64_t since_ns;
	int r;

	if (!l || person_seat(p, l))
		return 0;
	since_ns = push_since(p, l->dir);
	r = person_seat_add(p, l, since_ns);
	return r < 0
		   ? r
		   : push_put_link(b, p, STORE_LICENSE, l->key, since_ns, err);
}

static int
push_take_group(struct tenant *t, struct store_batch *b, struct person *p,
    struct tenant_group *g, struct err *err)
{
	if (!g)
		return 0;
	p->group_since_ns = push_since(p, g->dir);
	p->group = g;
	return push_put_link(b, p, STORE_GROUP, g->key, p->group_since_ns, err);
}

/* Everything the tenant says of one user, links too. */
static int
push_take_found(struct tenant *t, struct store_batch *b, struct person *p,
    const struct user *u, struct err *err)
{
	char *const *key = u->license_keys;
	int r = 0;

	for (; r == 0 && key && *key; key++)
		r = push_take_seat(t, b, p, license_by_key(t, *key), err);
	if (r == 0 && u->group_key)
		r = push_take_group(
		    t, b, p, group_by_key(t, u->group_key), err);
	return r;
}

/* The links that went with him. */
static int
push_take_folded(struct tenant *t, struct store_batch *b, struct person *p,
    const struct push_one *one, struct err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < one->folded_n; i++) {
		const struct change *c = one->folded[i];

		r = c->verb == VERB_MOVE
			? push_take_group(t, b, p, c->group, err)
			: push_take_seat(t, b, p, c->license, err);
	}
	return r;
}

/* The number that it was shown with, unless that is somebody else's: a person
 * who is created anew after his removal gets another key. */
static int
push_bind(struct store_batch *b, int64_t number, enum store_kind kind,
    const char *key, int64_t *ret, struct err *err)
{
	int r = store_number_bind(b, number, kind, key, ret, err);

	if (r != -EEXIST && r != -EINVAL)
		return r;
	r = store_number_reserve(b, &number, err);
	return r < 0 ? r : store_number_bind(b, number, kind, key, ret, err);
}

/* His record until the next pull: what was sent, and his key. */
static int
push_made_up(
    const struct person *p, struct user *u, char **ret, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(strv_done) char **keys = push_license_keys(p);
	struct apply_links links = {keys, p->group ? p->group->key : NULL,
	    p->group ? p->group->label : NULL};

	if (!u->rest || !*u->rest) {
		free(u->rest);
		u->rest = text_printf("  \"key\": \"%s\"", p->key);
	}
	if (!u->rest || document_render_user(u, &text) < 0)
		return err_nomem(err);
	return apply_text(text.data, text.len, NULL, 0, &links, ret, err);
}

static int
push_found_text(const struct user *u, char **ret, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);

	if (document_render_user(u, &text) < 0)
		return err_nomem(err);
	*ret = buf_take(&text);
	return 0;
}

/* The next run finds whom they concern, whatever his name is by then. */
static int
push_tell_key(struct store_batch *b, const struct person *p, struct err *err)
{
	const struct change *c = p->changes;
	int r = 0;

	for (; r == 0 && c; c = c->person_next)
		if (c->verb != VERB_CREATE && !c->folded)
			r = store_change_update(
			    b, c->id, (int)c->state, p->key, NULL, err);
	return r;
}

static int
push_apply_create(struct tenant *t, struct store_batch *b, struct push_one *one,
    struct err *err)
{
	struct person *p = one->change->person;
	bool found = one->found.key != NULL;
	AUTO(text_done) char *text = NULL;
	int64_t number;
	int r = 0;

	if (p->key || person_by_key(t, one->key))
		return err_set(err, -EEXIST, "the mirror has him already");
	r = person_set_key(t, p, one->key);
	if (r == 0 && found)
		load_learn_rest(t, one->found.rest);
	if (r == 0)
		r = found ? push_take_found(t, b, p, &one->found, err)
			  : push_take_folded(t, b, p, one, err);
	if (r == 0)
		r = found ? push_found_text(&one->found, &text, err)
			  : push_made_up(p, &one->change->want, &text, err);
	if (r == 0)
		r = push_bind(b, p->number, STORE_USER, one->key, &number, err);
	if (r < 0)
		return r;
	attr_set_number(t, p, number);
	r = push_store_person(t, b, p, text, err);
	if (r == 0)
		r = push_tell_key(b, p, err);
	return r < 0 ? r : trash_arrived(t, b, one->change, text, err);
}

static int
push_apply_remove(
    struct tenant *t, struct store_batch *b, struct change *c, struct err *err)
{
	struct person *p = c->person;
	int r = trash_put(b, p, c, err);

	if (r == 0)
		r = store_record_drop(b, STORE_USER, p->key, err);
	while (r == 0 && p->seats_n > 0) {
		struct tenant_license *l = p->seat[0].license;

		r = push_put_link(b, p, STORE_LICENSE, l->key, 0, err);
		person_seat_remove(p, l);
		person_unlink(t, p, l->dir);
	}
	if (r == 0 && p->group) {
		r = push_put_link(b, p, STORE_GROUP, p->group->key, 0, err);
		person_unlink(t, p, p->group->dir);
		p->group = NULL;
	}
	person_set_flags(t, p, 0);
	map_remove(&t->persons_by_key, &p->by_key);
	free(p->key);
	p->key = NULL;
	p->record = 0;
	reports_moved(t);
	return r;
}

static int
push_store_group(struct store_batch *b, struct tenant_group *g, struct err *err)
{
	AUTO(buf_done) struct buf name = BUF_MAX(4096);
	AUTO(text_done) char *text = NULL;
	struct store_record row = {.kind = STORE_GROUP,
	    .key = g->key,
	    .name = g->label,
	    .ref = g->parent ? g->parent->key : NULL,
	    .changed_ns = clock_wall_ns()};
	int r = json_print_str(g->label, &name);

	if (r == 0)
		text = text_printf("{\n  \"key\": \"%s\",\n  \"name\": %s\n}\n",
		    g->key, name.data);
	if (!text)
		return err_nomem(err);
	row.text = text;
	row.text_bytes = strlen(text);
	r = store_record_put(b, &row, &g->record, NULL, err);
	g->hash = 0; /* the next pull stores what the tenant says of it */
	g->touched_ms = clock_boot_ms();
	return r;
}

static int
push_apply_group_create(struct store_batch *b, struct tenant_group *g,
    const char *key, struct err *err)
{
	int r;

	if (g->key) /* a pull has seen it already */
		return 0;
	g->key = text_dup(key);
	if (!g->key)
		return err_nomem(err);
	r = push_bind(b, g->number, STORE_GROUP, key, &g->number, err);
	return r < 0 ? r : push_store_group(b, g, err);
}

int
push_apply(struct tenant *t, struct store_batch *b, struct push_one *one,
    bool more, struct err *err)
{
	struct change *c = one->change;
	struct person *p = c->person;

	switch (c->verb) {
	case VERB_CREATE:
		return push_apply_create(t, b, one, err);
	case VERB_UPDATE:
		return push_rewrite(t, b, p, c, err);
	case VERB_MOVE:
		return push_apply_group(t, b, p, c->group, c, err);
	case VERB_TAKE_OUT:
		return push_apply_group(t, b, p, NULL, c, err);
	case VERB_ASSIGN:
	case VERB_UNASSIGN:
		return push_apply_license(t, b, p, c, more, err);
	case VERB_REMOVE:
		return push_apply_remove(t, b, c, err);
	case VERB_GROUP_CREATE:
		return push_apply_group_create(b, c->group, one->key, err);
	case VERB_GROUP_RENAME:
		return push_store_group(b, c->group, err);
	case VERB_GROUP_DELETE:
		return store_record_drop(b, STORE_GROUP, c->group->key, err);
	case VERB_N:
		break;
	}
	return 0;
}
