/* SPDX-License-Identifier: MIT */
/* plan: the queue of a dry run, folded into one line an object. */
#include "plan_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/document.h"
#include "gotofs/json.h"
#include "gotofs/list.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "tenant_int.h"

/* ---- the struct ---- */

static void
plan_line_done(struct plan_line *l)
{
	unsigned i;

	for (i = 0; i < l->fields_n; i++) {
		free(l->field[i].from);
		free(l->field[i].to);
	}
	free(l->path);
	free(l->to);
}

void
plan_done(struct plan *p)
{
	size_t i;

	for (i = 0; i < p->lines_n; i++)
		plan_line_done(&p->line[i]);
	for (i = 0; i < p->beyond_n; i++)
		free(p->beyond[i].collection);
	free(p->line);
	free(p->beyond);
	memset(p, 0, sizeof(*p));
}

int
plan_add(struct plan *p, enum plan_op op, const char *path, const char *to,
    struct plan_line **ret)
{
	struct plan_line l = {
	    .op = op, .path = text_dup(path), .to = text_dup(to)};
	struct plan_line *grown = NULL;

	if (l.path && (l.to || !to))
		grown = list_grow(p->line, p->lines_n, sizeof(*grown));
	if (!grown) {
		plan_line_done(&l);
		return -ENOMEM;
	}
	p->line = grown;
	p->line[p->lines_n++] = l;
	if (ret)
		*ret = &p->line[p->lines_n - 1];
	return 0;
}

int
plan_add_field(
    struct plan_line *l, const char *name, const char *from, const char *to)
{
	struct plan_field f = {name, text_dup(from), text_dup(to)};

	if (!f.from || !f.to || l->fields_n == PLAN_FIELDS_MAX) {
		free(f.from);
		free(f.to);
		return -ENOMEM;
	}
	l->field[l->fields_n++] = f;
	return 0;
}

int
plan_add_beyond(
    struct plan *p, const char *collection, long removals_n, long limit_n)
{
	struct plan_beyond b = {text_dup(collection), removals_n, limit_n};
	struct plan_beyond *grown =
	    b.collection ? list_grow(p->beyond, p->beyond_n, sizeof(*grown))
			 : NULL;

	if (!grown) {
		free(b.collection);
		return -ENOMEM;
	}
	p->beyond = grown;
	p->beyond[p->beyond_n++] = b;
	return 0;
}

/* ---- groups ---- */

/* "groups/a/b", also of one whose folder is hidden; label: instead of its own
 */
static char *
plan_group_path(const struct tenant_group *g, const char *label)
{
	AUTO(text_done)
	char *own = label ? name_from_group(label, NULL) : text_dup(g->name);

	if (!own)
		return NULL;
	if (g->parent)
		return text_printf("groups/%s/%s", g->parent->name, own);
	return text_printf("groups/%s", own);
}

/* What the tenant calls it. */
static const char *
plan_group_was(const struct tenant *t, const struct tenant_group *g)
{
	const struct change *c;

	for (c = t->first; c; c = c->next)
		if (c->verb == VERB_GROUP_RENAME && c->group == g)
			return c->old_name;
	return NULL;
}

static int
plan_group(struct tenant *t, struct plan *p, const struct tenant_group *g)
{
	bool gone = change_find_group(t, VERB_GROUP_DELETE, g) != NULL;
	const char *was = g->key ? plan_group_was(t, g) : NULL;
	AUTO(text_done) char *now = plan_group_path(g, NULL);
	AUTO(text_done) char *old = was ? plan_group_path(g, was) : NULL;

	if (!now || (was && !old))
		return -ENOMEM;
	if (!g->key)
		return gone || g->gone ? 0
				       : plan_add(p, PLAN_ADD, now, NULL, NULL);
	if (gone)
		return plan_add(p, PLAN_REMOVE, old ? old : now, NULL, NULL);
	if (!old || strcmp(old, now) == 0)
		return 0;
	return plan_add(p, PLAN_CHANGE, old, now, NULL);
}

/* ---- people ---- */

const char *
plan_name_was(const struct person *who)
{
	const struct change *c;

	for (c = who->changes; c; c = c->person_next)
		if (c->verb == VERB_UPDATE && c->old_name)
			return c->old_name;
	return who->name;
}

static int
plan_value(const char *s, char *const *roles, bool list, struct buf *out)
{
	int r = 0;

	buf_clear(out);
	if (!list)
		return s ? json_print_str(s, out) : buf_puts(out, "null");
	r = buf_putc(out, '[');
	for (; r == 0 && roles && *roles; roles++) {
		r = json_print_str(*roles, out);
		if (r == 0 && roles[1])
			r = buf_puts(out, ", ");
	}
	return r < 0 ? r : buf_putc(out, ']');
}

static int
plan_field(
    struct plan_line *l, const char *name, const char *from, const char *to)
{
	AUTO(buf_done) struct buf a = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(buf_done) struct buf b = BUF_MAX(STAGE_BYTES_MAX);
	int r;

	if (text_equal(from, to))
		return 0;
	r = plan_value(from, NULL, false, &a);
	if (r == 0)
		r = plan_value(to, NULL, false, &b);
	return r < 0 ? r : plan_add_field(l, name, buf_str(&a), buf_str(&b));
}

static int
plan_roles(struct plan_line *l, const struct user *was, const struct user *now)
{
	AUTO(buf_done) struct buf a = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(buf_done) struct buf b = BUF_MAX(STAGE_BYTES_MAX);
	int r;

	if (strv_same_set(was->admin_roles, now->admin_roles))
		return 0;
	r = plan_value(NULL, was->admin_roles, true, &a);
	if (r == 0)
		r = plan_value(NULL, now->admin_roles, true, &b);
	return r < 0
		   ? r
		   : plan_add_field(l, "adminRoles", buf_str(&a), buf_str(&b));
}

static int
plan_fields(struct tenant *t, const struct person *who, struct plan_line *l)
{
	AUTO(buf_done) struct buf a = BUF_MAX(4 * STAGE_BYTES_MAX);
	AUTO(buf_done) struct buf b = BUF_MAX(4 * STAGE_BYTES_MAX);
	AUTO(user_done) struct user was = USER_NONE;
	AUTO(user_done) struct user now = USER_NONE;
	struct err err = ERR_NONE;
	int r = person_record(t, who, &a);

	if (r == 0)
		r = person_text(t, who, &b);
	if (r == 0)
		r = document_parse_user(a.data, a.len, &was, &err);
	if (r == 0)
		r = document_parse_user(b.data, b.len, &now, &err);
	if (r == 0)
		r = plan_field(l, "firstName", was.first_name, now.first_name);
	if (r == 0)
		r = plan_field(l, "lastName", was.last_name, now.last_name);
	if (r == 0)
		r = plan_field(l, "locale", was.locale, now.locale);
	if (r == 0)
		r = plan_field(l, "timeZone", was.time_zone, now.time_zone);
	return r < 0 ? r : plan_roles(l, &was, &now);
}

/* He is there before and after. */
static int
plan_update(struct tenant *t, struct plan *p, const struct person *who)
{
	AUTO(text_done)
	char *was = text_printf("users/%s", plan_name_was(who));
	AUTO(text_done) char *now = text_printf("users/%s", who->name);
	struct plan_line *l;
	int r;

	if (!was || !now)
		return -ENOMEM;
	r = plan_add(p, PLAN_CHANGE, was, strcmp(was, now) ? now : NULL, &l);
	if (r == 0 && who->pending_text)
		r = plan_fields(t, who, l);
	if (r == 0 && !l->to && l->fields_n == 0) { /* nothing, after all */
		plan_line_done(l);
		p->lines_n--;
	} else if (r == 0) {
		p->calls_n++;
	}
	return r;
}

static int
plan_account(struct tenant *t, struct plan *p, const struct person *who)
{
	bool exists = person_exists(who);
	AUTO(text_done)
	char *path =
	    text_printf("users/%s", exists ? who->name : plan_name_was(who));

	if (!path)
		return -ENOMEM;
	if (who->record > 0 && exists)
		return plan_update(t, p, who);
	if (!exists && who->record > 0)
		p->calls_n++;
	return exists || who->record > 0
		   ? plan_add(
			 p, exists ? PLAN_ADD : PLAN_REMOVE, path, NULL, NULL)
		   : 0;
}

/* c is the last of his that names this license. */
static bool
plan_is_last(const struct change *c)
{
	const struct change *o;

	for (o = c->person_next; o; o = o->person_next)
		if (o->license == c->license)
			return false;
	return true;
}

static int
plan_seats(struct plan *p, const struct person *who)
{
	const struct change *c;
	bool assigned = false;
	int r = 0;

	for (c = who->changes; r == 0 && c; c = c->person_next) {
		bool had, has;
		char *path;

		if (!c->license || !plan_is_last(c))
			continue;
		had = person_seat(who, c->license) != NULL;
		has = person_holds(who, c->license);
		if (had == has)
			continue;
		path =
		    text_printf("licenses/%s/%s", c->license->name, who->name);
		r = path ? plan_add(p, has ? PLAN_ADD : PLAN_REMOVE, path, NULL,
			       NULL)
			 : -ENOMEM;
		free(path);
		p->calls_n += !has; /* one for all that he gets */
		assigned |= has;
	}
	p->calls_n += assigned && who->record > 0;
	return r;
}

char *
plan_member_path(const struct tenant_group *g, const struct person *who)
{
	AUTO(text_done) char *dir = plan_group_path(g, NULL);

	return dir ? text_printf("%s/%s", dir, who->name) : NULL;
}

static int
plan_member(struct plan *p, const struct person *who)
{
	const struct tenant_group *was = who->group, *now = person_group(who);
	AUTO(text_done) char *from = was ? plan_member_path(was, who) : NULL;
	AUTO(text_done) char *to = now ? plan_member_path(now, who) : NULL;

	if (was == now)
		return 0;
	if ((was && !from) || (now && !to))
		return -ENOMEM;
	p->calls_n += who->record > 0;
	if (!now)
		return plan_add(p, PLAN_REMOVE, from, NULL, NULL);
	if (!was)
		return plan_add(p, PLAN_ADD, to, NULL, NULL);
	return plan_add(p, PLAN_CHANGE, from, to, NULL);
}

static int
plan_person(struct tenant *t, struct plan *p, const struct person *who)
{
	int r = plan_account(t, p, who);

	/* who goes takes his links along */
	if (r < 0 || (who->record > 0 && !person_exists(who)))
		return r;
	r = plan_seats(p, who);
	return r < 0 ? r : plan_member(p, who);
}

int
plan_of(struct tenant *t, struct plan *ret, struct err *err)
{
	AUTO(plan_done) struct plan p = PLAN_NONE;
	const struct change *c;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < t->groups_n; i++)
		r = plan_group(t, &p, t->group[i]);
	p.calls_n = (long)p.lines_n;
	for (c = t->first; r == 0 && c; c = c->next)
		if (c->person && c->person->changes == c)
			r = plan_person(t, &p, c->person);
	if (r == 0)
		r = plan_calls(t, &p);
	if (r == 0)
		r = plan_guard(t, &p);
	if (r < 0)
		return r == -ENOMEM ? err_nomem(err)
				    : err_set(err, r, "cannot make the plan");
	plan_sort(&p);
	*ret = p;
	memset(&p, 0, sizeof(p));
	return 0;
}
