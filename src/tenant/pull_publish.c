/* SPDX-License-Identifier: MIT */
/*
 * pull_publish: from a verified listing to a new generation and the tree.
 *
 * First all of it in one transaction of the store; when that is durable, the
 * same in memory.  The turn is held throughout.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/crash.h"
#include "gotofs/document.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "keep_int.h"
#include "pull_int.h"
#include "trash_int.h"

struct publish {
	struct pull *pull;
	struct tenant *t;
	struct store_batch *b;
	struct err *err;
	struct person **gone; /* no longer in the tenant */
	size_t gone_n;
};

/* ---- licenses and groups: few, compared in memory ---- */

static uint64_t
publish_hash(const char *text, const char *name, const char *ref)
{
	uint64_t h = map_hash_str(text, 0);

	h = map_hash_str(name ? name : "", h);
	return map_hash_str(ref ? ref : "", h);
}

static int
publish_put(struct publish *p, enum store_kind kind, const char *key,
    const char *name, const char *ref, const char *text, uint64_t hash,
    int64_t *ret_id, int64_t *ret_number, int64_t *ret_ns)
{
	struct store_record row = {.kind = kind,
	    .key = key,
	    .name = name ? name : "",
	    .ref = ref,
	    .hash = hash,
	    .changed_ns = clock_wall_ns(),
	    .text = text,
	    .text_bytes = strlen(text)};
	int r;

	*ret_ns = row.changed_ns;
	/* It names all its people, and no snapshot shows it.  The version that
	 * ends now may be read until the tree has the next: it goes later. */
	r = store_record_forget_texts(p->b, kind, key, p->err);
	return r < 0 ? r
		     : store_record_put(p->b, &row, ret_id, ret_number, p->err);
}

struct published { /* what memory is to become, once it is durable */
	char *text;
	uint64_t hash;
	int64_t id, number, ns;
	bool put;
};

static int
publish_license(
    struct publish *p, const struct license *l, struct published *out)
{
	AUTO(buf_done) struct buf text = BUF_MAX(RECORD_BYTES_MAX);
	struct tenant_license *mine = license_by_key(p->t, l->key);

	if (document_render_object(l->rest, &text) < 0)
		return err_nomem(p->err);
	out->hash = publish_hash(text.data, l->description, NULL);
	out->put = !mine || mine->hash != out->hash;
	out->text = buf_take(&text);
	if (!out->put)
		return 0;
	return publish_put(p, STORE_LICENSE, l->key, l->description, NULL,
	    out->text, out->hash, &out->id, &out->number, &out->ns);
}

/* The number that it was shown with stays its number. */
static int
publish_bind(
    struct publish *p, enum store_kind kind, const char *key, int64_t number)
{
	int r = store_number_bind(p->b, number, kind, key, &number, p->err);

	return r == -EEXIST || r == -EINVAL ? 0 : r;
}

/* The group of this name that we are about to make: it is the same (names are
 * unique), whoever made it. */
static struct tenant_group *
publish_group_to_be(const struct tenant *t, const struct group *g)
{
	size_t i;

	for (i = 0; i < t->groups_n; i++)
		if (!t->group[i]->key && !t->group[i]->gone &&
		    text_equal(t->group[i]->label, g->name))
			return t->group[i];
	return NULL;
}

static bool
publish_is_touched(const struct publish *p, const struct tenant_group *g)
{
	return g->touched_ms && g->touched_ms > pull_grace_ms(p->pull);
}

static int
publish_group(struct publish *p, const struct group *g, struct published *out)
{
	AUTO(buf_done) struct buf text = BUF_MAX(RECORD_BYTES_MAX);
	struct tenant_group *mine = group_by_key(p->t, g->key);
	struct tenant_group *to_be = mine ? NULL : publish_group_to_be(p->t, g);
	int r;

	if (document_render_object(g->rest, &text) < 0)
		return err_nomem(p->err);
	out->hash = publish_hash(text.data, g->name, g->parent_key);
	out->put = !mine || mine->hash != out->hash;
	if (mine && out->put && publish_is_touched(p, mine)) {
		p->pull->again_later = true;
		out->put = false;
	}
	out->text = buf_take(&text);
	if (!out->put)
		return 0;
	r = to_be ? publish_bind(p, STORE_GROUP, g->key, to_be->number) : 0;
	if (r < 0)
		return r;
	return publish_put(p, STORE_GROUP, g->key, g->name, g->parent_key,
	    out->text, out->hash, &out->id, &out->number, &out->ns);
}

static int
publish_drop_containers(struct publish *p)
{
	struct tenant *t = p->t;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < t->licenses_n; i++)
		if (!t->license[i]->seen && t->license[i]->changes_n == 0)
			r = store_record_drop(
			    p->b, STORE_LICENSE, t->license[i]->key, p->err);
	for (i = 0; r == 0 && i < t->groups_n; i++)
		if (!t->group[i]->seen && t->group[i]->key &&
		    t->group[i]->changes_n == 0)
			r = store_record_drop(
			    p->b, STORE_GROUP, t->group[i]->key, p->err);
	return r;
}

static void
publish_mark_seen(struct publish *p)
{
	struct tenant *t = p->t;
	size_t i;

	for (i = 0; i < t->licenses_n; i++)
		t->license[i]->seen = false;
	for (i = 0; i < t->groups_n; i++)
		t->group[i]->seen = false;
	for (i = 0; i < p->pull->licenses.n; i++) {
		struct tenant_license *l =
		    license_by_key(t, p->pull->licenses.v[i].key);

		if (l)
			l->seen = true;
	}
	for (i = 0; i < p->pull->groups.n; i++) {
		struct tenant_group *g =
		    group_by_key(t, p->pull->groups.v[i].key);

		if (g)
			g->seen = true;
	}
	for (i = 0; i < t->groups_n; i++) {
		struct tenant_group *g = t->group[i];

		if (!g->seen && publish_is_touched(p, g)) {
			p->pull->again_later = true; /* not listed yet? */
			g->seen = true;
		}
	}
}

/* ---- people: to the store ---- */

/* Who is waited for has come: his number is the one that was shown.  Unless
 * we are creating him: then the verdict brings the record. */
struct publish_arrived {
	struct publish *p;
	char **skip, **keys;
	size_t skip_n, keys_n;
	int64_t *number; /* of each key */
};

static int
publish_find_arrived(void *ctx, const struct store_incoming *in)
{
	struct publish_arrived *a = ctx;
	AUTO(text_done) char *name = name_from_email(in->record.name, NULL);
	struct person *who = name ? person_by_name(a->p->t, name) : NULL;
	int64_t *number;

	if (!name)
		return err_nomem(a->p->err);
	if (!who || who->key || person_by_key(a->p->t, in->record.key))
		return 0;
	if (change_find(who, VERB_CREATE, NULL)) {
		a->p->t->pull_left_out = true;
		return strv_add_n(&a->skip, &a->skip_n, in->record.key);
	}
	if (!who->number)
		return 0;
	number = realloc(a->number, (a->keys_n + 1) * sizeof(*number));
	if (!number)
		return err_nomem(a->p->err);
	a->number = number;
	number[a->keys_n] = who->number;
	return strv_add_n(&a->keys, &a->keys_n, in->record.key);
}

static bool
publish_waits_for_some(const struct tenant *t)
{
	const struct change *c;

	for (c = t->first; c; c = c->next)
		if (c->person && !c->person->key)
			return true;
	return false;
}

static int
publish_skip_arrived(struct publish *p)
{
	struct publish_arrived a = {.p = p};
	size_t i;
	int r;

	if (!publish_waits_for_some(p->t))
		return 0;
	r = store_incoming_each(NULL, p->b, publish_find_arrived, &a, p->err);
	for (i = 0; r == 0 && i < a.skip_n; i++)
		r = store_incoming_drop(p->b, STORE_USER, a.skip[i], p->err);
	for (i = 0; r == 0 && i < a.keys_n; i++)
		r = publish_bind(p, STORE_USER, a.keys[i], a.number[i]);
	strv_free(a.skip);
	strv_free(a.keys);
	free(a.number);
	return r;
}

/* Who has a change now, or was pushed to or removed after he was asked for, is
 * left as he is. */
static int
publish_skip_busy(struct publish *p)
{
	const struct removed *gone;
	struct map_link *l;
	int r = 0;

	for (l = map_walk(&p->t->persons_by_key, NULL); r == 0 && l;
	     l = map_walk(&p->t->persons_by_key, l)) {
		const struct person *who = map_entry(l, struct person, by_key);

		if (change_is_under_way(p->t, who) ||
		    (who->touched_ms && who->touched_ms >= who->pulled_ms))
			r = store_incoming_drop(
			    p->b, STORE_USER, who->key, p->err);
	}
	for (gone = p->t->removed; r == 0 && gone; gone = gone->next)
		if (!person_by_key(p->t, gone->key))
			r = store_incoming_drop(
			    p->b, STORE_USER, gone->key, p->err);
	return r < 0 ? r : publish_skip_arrived(p);
}

static int
publish_link(struct publish *p, enum store_kind kind, const char *container,
    const char *user, int64_t since_ns)
{
	struct store_link l = {kind, container, user, since_ns};

	return since_ns ? store_link_put(p->b, &l, p->err)
			: store_link_drop(p->b, &l, p->err);
}

static int
publish_store_links(void *ctx, const struct store_incoming *in)
{
	struct publish *p = ctx;
	const char *user = in->record.key;
	struct person *who = person_by_key(p->t, user);
	const char *group = who && who->group ? who->group->key : NULL;
	char *const *key;
	unsigned i;
	int r = 0;

	if (who) /* here, where readers go on meanwhile */
		keep_judge(
		    who, in->record.id, in->record.text, in->record.text_bytes);
	for (key = in->license_keys; r == 0 && key && *key; key++) {
		struct tenant_license *l = license_by_key(p->t, *key);

		if (!who || !l || !person_seat(who, l))
			r = publish_link(p, STORE_LICENSE, *key, user,
			    in->record.changed_ns);
	}
	for (i = 0; r == 0 && who && i < who->seats_n; i++)
		if (!strv_has(in->license_keys, who->seat[i].license->key))
			r = publish_link(p, STORE_LICENSE,
			    who->seat[i].license->key, user, 0);
	if (r == 0 && group && !text_equal(group, in->group_key))
		r = publish_link(p, STORE_GROUP, group, user, 0);
	if (r == 0 && in->group_key && !text_equal(group, in->group_key))
		r = publish_link(
		    p, STORE_GROUP, in->group_key, user, in->record.changed_ns);
	return r;
}

/* In the mirror, not in the listing: gone, unless we know better. */
static int
publish_find_gone(struct publish *p)
{
	struct map_link *l;
	int64_t grace = pull_grace_ms(p->pull);

	p->gone = calloc(p->t->persons_n + 1, sizeof(*p->gone));
	if (!p->gone)
		return err_nomem(p->err);
	for (l = map_walk(&p->t->persons_by_key, NULL); l;
	     l = map_walk(&p->t->persons_by_key, l)) {
		struct person *who = map_entry(l, struct person, by_key);

		if (!who->record || who->pull == p->pull->number)
			continue;
		if (who->touched_ms > grace)
			p->pull->again_later = true;
		else if (who->changes)
			p->t->pull_left_out = true;
		else
			p->gone[p->gone_n++] = who;
	}
	return 0;
}

static int
publish_drop_person(struct publish *p, const struct person *who)
{
	unsigned i;
	int r = trash_put(p->b, who, NULL, p->err);

	if (r == 0)
		r = store_record_drop(p->b, STORE_USER, who->key, p->err);
	for (i = 0; r == 0 && i < who->seats_n; i++)
		r = publish_link(
		    p, STORE_LICENSE, who->seat[i].license->key, who->key, 0);
	if (r == 0 && who->group && who->group->key)
		r = publish_link(p, STORE_GROUP, who->group->key, who->key, 0);
	return r;
}

static int
publish_store(struct publish *p, struct published *lic, struct published *grp)
{
	AUTO(text_done) char *fields = NULL;
	size_t i;
	int r = tenant_batch(p->t, &p->b, p->err);

	if (r < 0)
		return r;
	for (i = 0; r == 0 && i < p->pull->licenses.n; i++)
		r = publish_license(p, &p->pull->licenses.v[i], &lic[i]);
	for (i = 0; r == 0 && i < p->pull->groups.n; i++)
		r = publish_group(p, &p->pull->groups.v[i], &grp[i]);
	if (r == 0)
		r = publish_drop_containers(p);
	if (r == 0)
		r = publish_skip_busy(p);
	if (r == 0)
		r = store_incoming_publish(p->b, p->err);
	if (r == 0)
		r = store_incoming_each(
		    NULL, p->b, publish_store_links, p, p->err);
	for (i = 0; r == 0 && i < p->gone_n; i++)
		r = publish_drop_person(p, p->gone[i]);
	if (r == 0)
		r = store_trash_drop_present(p->b, p->err);
	if (r == 0 && p->t->known_fields_new) {
		fields = strv_join(p->t->known_fields, "\n");
		r = fields
			? store_meta_set(p->b, "known_fields", fields, p->err)
			: err_nomem(p->err);
	}
	if (r == 0 && p->t->me_key)
		r = store_meta_set(p->b, "me", p->t->me_key, p->err);
	if (r == 0)
		r = bind_store(p->t, p->b, p->err);
	if (r == 0)
		r = reclaim_store_first(p->t, p->b, p->err);
	if (r == 0)
		r = store_publish(p->b, p->err);
	crash_point("pull-before-commit");
	r = store_end(p->b, r, p->err);
	crash_point("pull-after-commit");
	if (r == 0)
		reclaim_stored_first(p->t);
	return r;
}

/* ---- to memory ---- */

static int
publish_set_text(char **at, const char *value)
{
	char *own = text_dup(value ? value : "");

	if (!own)
		return -ENOMEM;
	free(*at);
	*at = own;
	return 0;
}

static int
publish_show_license(struct tenant *t, const struct license *l,
    const struct published *pub, struct err *err)
{
	struct tenant_license *mine = license_by_key(t, l->key);
	int r = 0;

	if (!pub->put)
		return 0;
	if (!mine)
		mine = license_new(t, l->key, l->description, pub->number);
	if (!mine)
		return err_nomem(err);
	mine->seen = true;
	mine->hash = pub->hash;
	mine->record = pub->id;
	mine->changed_ns = pub->ns;
	mine->size = (uint32_t)strlen(pub->text);
	mine->seats = l->seats;
	reports_moved(t);
	activity_set_products(t, mine, l->products);
	if (!text_equal(mine->description, l->description))
		r = publish_set_text(&mine->description, l->description);
	if (mine->record_node)
		event_inode(t, mine->record_node);
	return r < 0 ? err_nomem(err) : 0;
}

static int
publish_show_group(struct tenant *t, const struct group *g,
    const struct published *pub, struct err *err)
{
	struct tenant_group *mine = group_by_key(t, g->key);

	if (!pub->put)
		return 0;
	if (!mine && (mine = publish_group_to_be(t, g))) {
		mine->key = text_dup(g->key);
		mine->number = pub->number;
		if (!mine->key)
			return err_nomem(err);
	}
	if (!mine)
		mine = group_new(t, g->key, g->name, NULL, pub->number);
	if (!mine)
		return err_nomem(err);
	mine->seen = true;
	mine->hash = pub->hash;
	mine->record = pub->id;
	mine->changed_ns = pub->ns;
	reports_moved(t); /* where it lies */
	if (!text_equal(mine->label, g->name) &&
	    !change_find_group(t, VERB_GROUP_RENAME, mine) &&
	    publish_set_text(&mine->label, g->name) < 0)
		return err_nomem(err);
	return 0;
}

static void
publish_show_parents(struct tenant *t, const struct group_list *list)
{
	struct tenant_group *g, *parent;
	size_t i;

	for (i = 0; i < list->n; i++)
		if ((g = group_by_key(t, list->v[i].key)))
			g->parent = NULL;
	for (i = 0; i < list->n; i++) {
		const char *key = list->v[i].parent_key;

		g = group_by_key(t, list->v[i].key);
		parent = key ? group_by_key(t, key) : NULL;
		/* whatever the tenant says: no group lies in itself */
		if (g && !group_is_above(g, parent))
			g->parent = parent;
	}
}

static int
publish_show_containers(
    struct publish *p, const struct published *lic, const struct published *grp)
{
	struct tenant *t = p->t;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < p->pull->licenses.n; i++)
		r = publish_show_license(
		    t, &p->pull->licenses.v[i], &lic[i], p->err);
	for (i = 0; r == 0 && i < p->pull->groups.n; i++)
		r = publish_show_group(
		    t, &p->pull->groups.v[i], &grp[i], p->err);
	if (r == 0)
		publish_show_parents(t, &p->pull->groups);
	if (r == 0)
		r = license_name_all(t);
	return r < 0 ? r : group_name_all(t);
}

static void
publish_show_seats(
    struct publish *p, struct person *who, const struct store_incoming *in)
{
	char *const *key;
	unsigned i = 0;

	while (i < who->seats_n) {
		struct tenant_license *l = who->seat[i].license;

		if (strv_has(in->license_keys, l->key)) {
			i++;
			continue;
		}
		person_seat_remove(who, l);
		person_unlink(p->t, who, l->dir);
		reclaim_settle(p->t, who, l);
	}
	for (key = in->license_keys; key && *key; key++) {
		struct tenant_license *l = license_by_key(p->t, *key);

		if (!l || person_seat_add(who, l, in->record.changed_ns) < 0)
			who->hash = 0; /* listed before the license: again */
	}
}

static void
publish_show_group_of(
    struct publish *p, struct person *who, const struct store_incoming *in)
{
	struct tenant_group *g =
	    in->group_key ? group_by_key(p->t, in->group_key) : NULL;

	if (in->group_key && !g)
		who->hash = 0; /* listed before the group: again */
	if (who->group == g)
		return;
	if (who->group)
		person_unlink(p->t, who, who->group->dir);
	who->group = g;
	who->group_since_ns = in->record.changed_ns;
}

/* The address moved to one that somebody is waited for under. */
static int
publish_clear_name(struct tenant *t, struct person *who, char **name,
    const struct store_incoming *in)
{
	struct person *other = person_by_name(t, *name);

	if (!other || other == who || other->key)
		return 0;
	if (change_find(other, VERB_CREATE, NULL)) {
		free(*name); /* he is refused soon */
		*name = name_from_email(in->record.name, in->record.key);
		return *name ? 0 : -ENOMEM;
	}
	change_pass_on(t, other, who);
	person_forget_if_empty(t, other);
	return 0;
}

/* His address is being changed: the new one is shown. */
static bool
publish_keeps_name(const struct person *who)
{
	const struct change *c;

	for (c = who->changes; c; c = c->person_next)
		if (c->verb == VERB_UPDATE && (c->set & USER_SET_EMAIL))
			return true;
	return false;
}

/* The time of the record; in a dry run his changes may lie over it, and are
 * laid over the new one now. */
static void
publish_show_time(
    struct tenant *t, struct person *who, const struct store_incoming *in)
{
	if (!who->pending_text) {
		who->changed_ns = in->record.changed_ns;
		return;
	}
	who->mirror_ns = in->record.changed_ns;
	change_reread(t, who, NULL);
}

static int
publish_show_person(void *ctx, const struct store_incoming *in)
{
	struct publish *p = ctx;
	struct tenant *t = p->t;
	struct person *who = person_by_key(t, in->record.key);
	AUTO(text_done)
	char *name = person_free_name(t, who, in->record.key, in->record.name);
	bool is_new;
	int r = 0;

	if (name && who && publish_keeps_name(who)) {
		free(name);
		name = text_dup(who->name);
	}
	if (!name)
		return err_nomem(p->err);
	if (!who) { /* he may be waited for, or just being created */
		who = person_by_name(t, name);
		if (who && !who->key)
			r = person_set_key(t, who, in->record.key);
		else
			who = person_new(t, in->record.key, name);
		if (!who)
			return err_nomem(p->err);
	}
	is_new = who->record == 0;
	if (strcmp(who->name, name) != 0)
		r = publish_clear_name(t, who, &name, in);
	if (r < 0)
		return r;
	who->pull = p->pull->number;
	attr_set_number(t, who, in->record.number);
	who->record = in->record.id;
	who->hash = in->record.hash;
	who->size = (uint32_t)in->record.text_bytes;
	publish_show_time(t, who, in);
	person_set_flags(t, who, in->record.flags);
	if (strcmp(who->name, name) != 0) /* the address moved */
		r = person_set_name(t, who, name);
	publish_show_seats(p, who, in);
	publish_show_group_of(p, who, in);
	person_settle(t, who);
	person_record_moved(t, who, is_new);
	return r;
}

static void
publish_hide_containers(struct publish *p)
{
	struct tenant *t = p->t;
	size_t i;

	for (i = t->licenses_n; i-- > 0;)
		if (!t->license[i]->seen && t->license[i]->changes_n == 0)
			license_drop(t, t->license[i]);
	reclaim_licenses_moved(t);
	for (i = t->groups_n; i-- > 0;)
		if (!t->group[i]->seen && t->group[i]->key &&
		    t->group[i]->changes_n == 0)
			group_drop(t, t->group[i]);
}

/* Of two with one name one has gone, or has another address: the other's name
 * is what a mount of tomorrow would find. */
static int
publish_rename_twin(struct publish *p, struct person *who)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(user_done) struct user u = USER_NONE;
	AUTO(text_done) char *name = NULL;
	int r = person_record(p->t, who, &text);

	if (r == 0)
		r = document_parse_user(text.data, text.len, &u, p->err);
	if (r < 0)
		return r;
	name = person_free_name(p->t, who, who->key, u.email);
	if (!name)
		return err_nomem(p->err);
	if (strcmp(name, who->name) == 0)
		return 0;
	r = person_set_name(p->t, who, name);
	person_settle(p->t, who);
	return r;
}

static int
publish_rename_twins(struct publish *p)
{
	AUTO(strv_done) char **keys = NULL;
	struct map_link *l;
	size_t n = 0;
	char **key;
	int r = 0;

	for (l = map_walk(&p->t->persons_by_key, NULL); r == 0 && l;
	     l = map_walk(&p->t->persons_by_key, l)) {
		struct person *who = map_entry(l, struct person, by_key);

		if (who->record && !who->changes && strchr(who->name, '~'))
			r = strv_add_n(&keys, &n, who->key);
	}
	for (key = keys; r == 0 && key && *key; key++)
		r = publish_rename_twin(p, person_by_key(p->t, *key));
	return r;
}

static int
publish_show(
    struct publish *p, const struct published *lic, const struct published *grp)
{
	size_t i;
	int r;

	tenant_mutate(p->t);
	publish_mark_seen(p);
	r = publish_show_containers(p, lic, grp);
	for (i = 0; i < p->gone_n; i++)
		person_gone(p->t, p->gone[i]);
	if (r == 0)
		r = store_incoming_each(
		    p->t->store, NULL, publish_show_person, p, p->err);
	if (r == 0)
		r = publish_rename_twins(p);
	publish_hide_containers(p);
	pull_forget_removed(p->t, pull_grace_ms(p->pull));
	change_requeue_all(p->t);
	change_requeue_waiting(p->t);
	p->t->known_fields_new = false;
	return r;
}

static void
publish_free(struct published *v, size_t n)
{
	while (v && n-- > 0)
		free(v[n].text);
	free(v);
}

int
pull_publish(struct pull *pull, struct err *err)
{
	struct publish p = {.pull = pull, .t = pull->t, .err = err};
	struct published *lic = calloc(pull->licenses.n + 1, sizeof(*lic));
	struct published *grp = calloc(pull->groups.n + 1, sizeof(*grp));
	int r = lic && grp ? 0 : err_nomem(err);

	tenant_begin(p.t);
	reclaim_finish(p.t); /* licenses may move what holds for all again */
	publish_mark_seen(&p);
	if (r == 0)
		r = publish_find_gone(&p);
	if (r == 0)
		r = publish_store(&p, lic, grp);
	if (r == 0)
		r = publish_show(&p, lic, grp);
	tenant_end(p.t);
	publish_free(lic, pull->licenses.n);
	publish_free(grp, pull->groups.n);
	free(p.gone);
	return r;
}
