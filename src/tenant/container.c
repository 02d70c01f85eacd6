/* SPDX-License-Identifier: MIT */
/* container: licenses and groups: what people have links in. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/name.h"
#include "gotofs/text.h"
#include "tenant_int.h"

/* ---- both ---- */

static void
container_empty(struct tenant *t, struct node *dir)
{
	struct node *n;

	while ((n = tree_last_child(dir))) {
		if (n->kind == NODE_GROUP_DIR) {
			group_hide(t, n->obj.group);
			continue;
		}
		if (n->kind == NODE_LOCAL_DIR)
			container_empty(t, n);
		tree_remove(t, n);
	}
}

/* ---- licenses ---- */

struct tenant_license *
license_by_key(struct tenant *t, const char *key)
{
	size_t i;

	for (i = 0; i < t->licenses_n; i++)
		if (strcmp(t->license[i]->key, key) == 0)
			return t->license[i];
	return NULL;
}

static void
license_free(struct tenant_license *l)
{
	free(l->key);
	free(l->description);
	free(l->name);
	free(l->title);
	free(l->name_was);
	free(l->title_was);
	free(l);
}

/* Its folders in reclaim/; without memory it has none. */
static void
license_add_reclaim(struct tenant *t, struct tenant_license *l)
{
	l->reclaim = tree_add(
	    t, t->fixed[FIXED_RECLAIM], l->name, false, NODE_RECLAIM_DIR);
	if (!l->reclaim)
		return;
	l->reclaim->obj.license = l;
	handle_name(t, l->reclaim);
	l->approved =
	    tree_add(t, l->reclaim, "approved", true, NODE_APPROVED_DIR);
	if (!l->approved)
		return;
	l->approved->obj.license = l;
	handle_name(t, l->approved);
}

static void
license_drop_reclaim(struct tenant *t, struct tenant_license *l)
{
	if (l->approved)
		container_empty(t, l->approved);
	if (!l->reclaim)
		return;
	container_empty(t, l->reclaim);
	tree_remove(t, l->reclaim);
	l->reclaim = l->approved = NULL;
}

/* A scratch file that somebody left there has no right to the name. */
static int
license_rename_reclaim(
    struct tenant *t, struct tenant_license *l, const char *name)
{
	struct node *dir = t->fixed[FIXED_RECLAIM];
	struct node *n = tree_child(t, dir, name);

	if (!l->reclaim)
		return 0;
	if (n && (n->kind == NODE_LOCAL_FILE || n->kind == NODE_LOCAL_LINK))
		tree_remove(t, n);
	return tree_move(t, l->reclaim, dir, name, false);
}

struct tenant_license *
license_new(
    struct tenant *t, const char *key, const char *description, int64_t number)
{
	struct tenant_license *l = calloc(1, sizeof(*l)), **grown;

	grown = realloc(t->license, (t->licenses_n + 1) * sizeof(*grown));
	if (grown)
		t->license = grown;
	if (!l || !grown)
		goto out;
	l->key = text_dup(key);
	l->description = text_dup(description ? description : "");
	l->name = text_printf("?%s", key); /* until license_name_all */
	l->number = number;
	l->seats = -1;
	l->products = PRODUCT_BIT_OTHER;
	if (!l->key || !l->description || !l->name)
		goto out;
	l->dir = tree_add(
	    t, t->fixed[FIXED_LICENSES], l->name, false, NODE_LICENSE_DIR);
	if (!l->dir)
		goto out;
	l->dir->obj.license = l;
	handle_name(t, l->dir);
	l->record_node = tree_add(t, t->fixed[FIXED_LICENSE_RECORDS], l->name,
	    false, NODE_LICENSE_RECORD);
	if (l->record_node) {
		l->record_node->obj.license = l;
		handle_name(t, l->record_node);
	}
	license_add_reclaim(t, l);
	t->license[t->licenses_n++] = l;
	return l;
out:
	if (l)
		license_free(l);
	return NULL;
}

/* Nobody's change names it any more; its seats and links go with it. */
void
license_drop(struct tenant *t, struct tenant_license *l)
{
	struct map_link *link;
	size_t i;

	for (link = map_walk(&t->persons_by_name, NULL); link;
	     link = map_walk(&t->persons_by_name, link)) {
		struct person *p = map_entry(link, struct person, by_name);

		if (!person_seat(p, l))
			continue;
		person_seat_remove(p, l);
		activity_settle(t, p);
		p->hash = 0; /* should it come back, so does his seat */
	}
	license_drop_reclaim(t, l);
	container_empty(t, l->dir);
	tree_remove(t, l->dir);
	if (l->record_node)
		tree_remove(t, l->record_node);
	for (i = 0; t->license[i] != l; i++)
		;
	t->license[i] = t->license[--t->licenses_n];
	license_free(l);
	reports_moved(t);
}

static int
license_rename(struct tenant *t, struct tenant_license *l, const char *name)
{
	char *file = text_printf("%s.json", name), *own = text_dup(name);
	int r = file && own ? 0 : -ENOMEM;

	if (r == 0)
		r = tree_move(t, l->dir, t->fixed[FIXED_LICENSES], name, false);
	if (r == 0 && l->record_node)
		r = tree_move(t, l->record_node,
		    t->fixed[FIXED_LICENSE_RECORDS], file, false);
	if (r == 0)
		r = license_rename_reclaim(t, l, name);
	if (r == 0) {
		if (*l->name != '?') /* rules may name it otherwise */
			reclaim_begin(t);
		free(l->name);
		l->name = TAKE(own);
		reports_moved(t);
	}
	free(file);
	free(own);
	return r;
}

/* Of several with one title: how rules name all of them. */
static int
license_set_title(struct tenant_license *l)
{
	char *title = name_from_license(l->description, NULL);

	if (!title)
		return -ENOMEM;
	free(l->title);
	l->title = TAKE(title);
	if (strcmp(l->title, l->name) == 0)
		text_done(&l->title);
	return 0;
}

int
license_name_all(struct tenant *t)
{
	struct container_name *v = calloc(t->licenses_n + 1, sizeof(*v));
	size_t i;
	int r = v ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < t->licenses_n; i++) {
		v[i].key = t->license[i]->key;
		v[i].label = t->license[i]->description;
	}
	if (r == 0)
		r = container_name_licenses(v, t->licenses_n);
	for (i = 0; r == 0 && i < t->licenses_n; i++)
		if (strcmp(v[i].name, t->license[i]->name) != 0) {
			r = license_rename(t, t->license[i], v[i].name);
			if (r == 0)
				r = license_set_title(t->license[i]);
		}
	container_names_done(v, t->licenses_n);
	reclaim_licenses_moved(t);
	return r;
}

/* Seats that are free once all that is queued has been sent. */
long
license_free_now(const struct tenant *t, const struct tenant_license *l)
{
	return l->seats - l->holders_n + l->pending_n;
}

/* The same with the held removals (DESIGN 4.3: they count, an assignment sends
 * them first), but not those under a placeholder of tar's. */
long
license_free_with_held(const struct tenant *t, const struct tenant_license *l)
{
	const struct change *c;
	long n = license_free_now(t, l) + l->held_n;

	for (c = l->held_n > 0 ? t->held.first : NULL; c; c = c->in_next)
		n -= c->license == l && c->verb == VERB_UNASSIGN &&
		     person_seat(c->person, l) &&
		     !change_find(c->person, VERB_REMOVE, NULL) &&
		     change_has_placeholder(t, c);
	return n;
}

/* ---- groups ---- */

struct tenant_group *
group_by_key(struct tenant *t, const char *key)
{
	size_t i;

	for (i = 0; i < t->groups_n; i++)
		if (t->group[i]->key && strcmp(t->group[i]->key, key) == 0)
			return t->group[i];
	return NULL;
}

struct tenant_group *
group_by_number(struct tenant *t, int64_t number)
{
	size_t i;

	for (i = 0; i < t->groups_n; i++)
		if (t->group[i]->number == number)
			return t->group[i];
	return NULL;
}

static void
group_free(struct tenant_group *g)
{
	free(g->key);
	free(g->label);
	free(g->name);
	free(g);
}

/* Not shown yet: group_show, once its parent and its name are known. */
struct tenant_group *
group_new(struct tenant *t, const char *key, const char *label,
    struct tenant_group *parent, int64_t number)
{
	struct tenant_group *g = calloc(1, sizeof(*g)), **grown;

	grown = realloc(t->group, (t->groups_n + 1) * sizeof(*grown));
	if (grown)
		t->group = grown;
	if (!g || !grown) {
		free(g);
		return NULL;
	}
	g->key = text_dup(key);
	g->label = text_dup(label);
	g->name = name_from_group(label, NULL);
	g->parent = parent;
	g->number = number;
	if ((key && !g->key) || !g->label || !g->name) {
		group_free(g);
		return NULL;
	}
	t->group[t->groups_n++] = g;
	return g;
}

static struct node *
group_parent_dir(struct tenant *t, const struct tenant_group *g)
{
	return g->parent ? g->parent->dir : t->fixed[FIXED_GROUPS];
}

int
group_show(struct tenant *t, struct tenant_group *g)
{
	struct node *dir = group_parent_dir(t, g);

	if (g->dir || !dir)
		return 0;
	g->dir = tree_add(t, dir, g->name, false, NODE_GROUP_DIR);
	if (!g->dir)
		return -ENOMEM;
	g->dir->obj.group = g;
	handle_name(t, g->dir);
	return 0;
}

/* Takes the directory away with all that is in it. */
void
group_hide(struct tenant *t, struct tenant_group *g)
{
	struct node *dir = g->dir;

	if (!dir)
		return;
	container_empty(t, dir);
	g->dir = NULL;
	tree_remove(t, dir);
}

void
group_drop(struct tenant *t, struct tenant_group *g)
{
	struct map_link *l;
	size_t i;

	tenant_mutate(t);
	group_hide(t, g);
	for (l = map_walk(&t->persons_by_name, NULL); l;
	     l = map_walk(&t->persons_by_name, l)) {
		struct person *p = map_entry(l, struct person, by_name);

		if (p->group != g)
			continue;
		p->group = NULL;
		p->hash = 0;
	}
	for (i = 0; i < t->groups_n; i++)
		if (t->group[i]->parent == g)
			t->group[i]->parent = g->parent;
	for (i = 0; t->group[i] != g; i++)
		;
	t->group[i] = t->group[--t->groups_n];
	group_free(g);
	reports_moved(t);
}

/* Its directory where it belongs, under the name it has; true: it moved. */
static bool
group_place(struct tenant *t, struct tenant_group *g, int *ret)
{
	struct node *dir = group_parent_dir(t, g);

	if (!dir || g->gone || change_find_group(t, VERB_GROUP_DELETE, g))
		return false;
	if (!g->dir) {
		*ret = group_show(t, g);
		return true;
	}
	if (g->dir->parent == dir && strcmp(g->dir->name, g->name) == 0)
		return false;
	*ret = tree_move(t, g->dir, dir, g->name, false);
	return true;
}

/* Whoever has no key yet, or is gone, has a name that says nothing about those
 * of others. */
static bool
group_is_named_alone(const struct tenant_group *g)
{
	return !g->key || g->gone;
}

/* In memory alone: where they stand is group_place()'s. */
static int
group_set_names(struct tenant *t)
{
	struct container_name *v = calloc(t->groups_n + 1, sizeof(*v));
	size_t i, n = 0;
	int r = v ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < t->groups_n; i++) {
		const struct tenant_group *g = t->group[i];

		if (!group_is_named_alone(g))
			v[n++] = (struct container_name){
			    g->key, g->label, g->parent, NULL};
	}
	if (r == 0)
		r = container_name_groups(v, n);
	for (i = n = 0; r == 0 && i < t->groups_n; i++) {
		struct tenant_group *g = t->group[i];
		char *name;

		if (group_is_named_alone(g)) {
			name = name_from_group(g->label, NULL);
		} else {
			name = TAKE(v[n].name);
			n++;
		}
		r = name ? 0 : -ENOMEM;
		if (r < 0)
			break;
		if (strcmp(name, g->name) != 0)
			reports_moved(t);
		free(g->name);
		g->name = name;
	}
	container_names_done(v, t->groups_n);
	return r;
}

/* Names and places of all groups, parents before children. */
int
group_name_all(struct tenant *t)
{
	size_t i, left = t->groups_n + 1;
	bool more = true;
	int r = group_set_names(t);

	while (r == 0 && more && left-- > 0) {
		more = false;
		for (i = 0; r == 0 && i < t->groups_n; i++)
			more |= group_place(t, t->group[i], &r);
	}
	return r;
}

/* The links of its people, after its directory came back. */
void
group_settle(struct tenant *t, const struct tenant_group *g)
{
	struct map_link *l;

	for (l = map_walk(&t->persons_by_name, NULL); l;
	     l = map_walk(&t->persons_by_name, l)) {
		struct person *p = map_entry(l, struct person, by_name);

		if (person_group(p) == g)
			person_settle(t, p);
	}
}

/* Is g the group itself, or one that it lies in? */
bool
group_is_above(const struct tenant_group *g, const struct tenant_group *of)
{
	for (; of; of = of->parent)
		if (of == g)
			return true;
	return false;
}
