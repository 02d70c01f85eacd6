/* SPDX-License-Identifier: MIT */
/*
 * load: build the tree from the store: what a restart serves at once.
 *
 * Also the bits that a pull and a load share: hashes, and the names of fields
 * that the tenant has ever sent (DESIGN 4.1, schema).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "keep_int.h"
#include "snapshot_int.h"

#define LOAD_FIELDS_MAX 4096

/* ---- hashes ---- */

/* Over all that the mirror keeps of a user, whatever the order of licenses. */
uint64_t
load_user_hash(const char *text, size_t n, char *const *license_keys,
    const char *group_key)
{
	uint64_t h = map_hash_bytes(text, n, 0), sum = 0;

	for (; license_keys && *license_keys; license_keys++)
		sum += map_hash_str(*license_keys, 1);
	h = map_hash_u64(h ^ sum);
	return group_key ? map_hash_str(group_key, h) : h;
}

/* ---- field names ---- */

static int
load_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
load_is_known(void *tenant, const char *name)
{
	struct tenant *t = tenant;

	return t->known_fields_n > 0 &&
	       bsearch(&name, t->known_fields, t->known_fields_n,
		   sizeof(char *), load_compare) != NULL;
}

void
load_known_field(struct tenant *t, const char *name)
{
	if (t->known_fields_n >= LOAD_FIELDS_MAX || load_is_known(t, name))
		return;
	if (strv_add_n(&t->known_fields, &t->known_fields_n, name) < 0)
		return;
	qsort(t->known_fields, t->known_fields_n, sizeof(char *), load_compare);
	t->known_fields_new = true;
}

/* The names at the first level of a rest: lines `  "name": ...`. */
void
load_learn_rest(struct tenant *t, const char *rest)
{
	const char *line = rest;

	while (line && *line) {
		const char *from, *to;

		if (strncmp(line, "  \"", 3) == 0) {
			from = line + 3;
			to = strchr(from, '"');
			if (to && to - from < 128) {
				char name[128];

				memcpy(name, from, (size_t)(to - from));
				name[to - from] = '\0';
				load_known_field(t, name);
			}
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
}

/* ---- rows ---- */

static int
load_user(void *ctx, const struct store_record *r)
{
	struct tenant *t = ctx;
	struct person *p;
	AUTO(text_done)
	char *name = person_free_name(t, NULL, r->key, r->name);

	p = name ? person_new(t, r->key, name) : NULL;
	if (!p)
		return -ENOMEM;
	p->number = r->number;
	p->record = r->id;
	p->hash = r->hash;
	p->changed_ns = r->changed_ns;
	p->size = (uint32_t)r->text_bytes;
	person_set_flags(t, p, r->flags);
	person_settle(t, p); /* listed in the order of their numbers */
	return 0;
}

int
load_license_text(
    struct tenant_license *l, const char *text, size_t n, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	AUTO(strv_done) char **codes = NULL;
	int r = json_parse(text, n, &j, err);

	if (r == 0)
		r = json_get_keys(j, "products", &codes);
	if (r == -EINVAL)
		r = 0; /* nothing that says what it is for */
	if (r < 0)
		return r;
	l->seats = (long)json_get_int(j, "seats", -1);
	l->products = product_bits(codes);
	return 0;
}

static int
load_license(void *ctx, const struct store_record *r)
{
	struct tenant *t = ctx;
	struct tenant_license *l = license_new(t, r->key, r->name, r->number);
	struct err err = ERR_NONE;

	if (!l)
		return -ENOMEM;
	l->record = r->id;
	l->hash = r->hash;
	l->changed_ns = r->changed_ns;
	l->size = (uint32_t)r->text_bytes;
	return load_license_text(l, r->text, r->text_bytes, &err);
}

struct load_parents {
	struct tenant *t;
	bool second; /* pass: parents may come after their children */
};

static int
load_group(void *ctx, const struct store_record *r)
{
	struct load_parents *lp = ctx;
	struct tenant_group *g;

	if (lp->second) {
		g = group_by_key(lp->t, r->key);
		if (g && r->ref)
			g->parent = group_by_key(lp->t, r->ref);
		return 0;
	}
	g = group_new(lp->t, r->key, r->name, NULL, r->number);
	if (!g)
		return -ENOMEM;
	g->record = r->id;
	g->hash = r->hash;
	g->changed_ns = r->changed_ns;
	g->size = (uint32_t)r->text_bytes;
	return 0;
}

static int
load_link(void *ctx, const struct store_link *l)
{
	struct tenant *t = ctx;
	struct person *p = person_by_key(t, l->user_key);
	struct tenant_license *license;

	if (!p)
		return 0;
	if (l->kind == STORE_GROUP) {
		p->group = group_by_key(t, l->container_key);
		p->group_since_ns = l->since_ns;
		person_settle(t, p);
		return 0;
	}
	license = license_by_key(t, l->container_key);
	if (!license)
		return 0;
	if (person_seat_add(p, license, l->since_ns) < 0)
		return -ENOMEM;
	person_settle_license(t, p, license);
	return 0;
}

static int
load_fields(struct tenant *t)
{
	struct err err = ERR_NONE;
	AUTO(text_done) char *names = NULL;
	AUTO(strv_done) char **v = NULL;
	char **name;
	int r = store_meta_get(t->store, "known_fields", &names, &err);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	v = strv_split(names, "\n");
	for (name = v; name && *name; name++)
		load_known_field(t, *name);
	t->known_fields_new = false;
	return 0;
}

/* Whose token it is, as the last pull knew: he is protected from the start. */
static int
load_me(struct tenant *t)
{
	struct err err = ERR_NONE;
	int r = store_meta_get(t->store, "me", &t->me_key, &err);

	return r == -ENOENT ? 0 : r;
}

/* ---- times of directories ---- */

/* What they showed before; else changed_ns, or (0) from now on. */
static void
load_dir_time(struct tenant *t, struct node *n, int64_t changed_ns)
{
	const struct store_attr *a = n ? attr_get(t, tree_ino(n)) : NULL;

	if (!n)
		return;
	if (a && (a->set & STORE_ATTR_CTIME))
		n->mtime_ns = a->ctime_ns;
	else if (changed_ns)
		n->mtime_ns = changed_ns;
	else
		attr_touch(t, n);
}

static void
load_dir_times(struct tenant *t)
{
	size_t i;

	for (i = 0; i < FIXED_N; i++)
		if (t->fixed[i] && tree_is_dir(t->fixed[i]))
			load_dir_time(t, t->fixed[i], 0);
	for (i = 0; i < t->licenses_n; i++) {
		int64_t changed_ns = t->license[i]->changed_ns;

		load_dir_time(t, t->license[i]->dir, changed_ns);
		load_dir_time(t, t->license[i]->reclaim, changed_ns);
		load_dir_time(t, t->license[i]->approved, changed_ns);
	}
	for (i = 0; i < t->groups_n; i++)
		load_dir_time(t, t->group[i]->dir, t->group[i]->changed_ns);
}

/* What the last run sent just before it ended may not be listed yet.  (A dry
 * run sends nothing.) */
static int
load_last_sent(struct tenant *t, struct err *err)
{
	int64_t sent_ms, left_ms;
	int r;

	if (t->conf.dry_run_of)
		return 0;
	r = store_journal_last_ms(t->store, &sent_ms, err);
	if (r < 0)
		return r;
	left_ms = sent_ms + t->conf.grace_ms - clock_wall_ms();
	if (left_ms > 0 && sent_ms <= clock_wall_ms() + 1000)
		t->pull_sure_boot_ms = clock_boot_ms() + left_ms;
	return 0;
}

int
load_all(struct tenant *t, struct err *err)
{
	struct load_parents lp = {t, false};
	struct map_link *l;
	int r;

	t->loading = true;
	r = attr_load(t, err);
	if (r == 0)
		r = store_records_each(
		    t->store, STORE_LICENSE, true, load_license, t, err);
	if (r == 0)
		r = license_name_all(t);
	if (r == 0)
		r = store_records_each(
		    t->store, STORE_GROUP, false, load_group, &lp, err);
	lp.second = true;
	if (r == 0)
		r = store_records_each(
		    t->store, STORE_GROUP, false, load_group, &lp, err);
	if (r == 0)
		r = group_name_all(t);
	if (r == 0)
		r = store_records_each(
		    t->store, STORE_USER, false, load_user, t, err);
	if (r == 0)
		r = store_links_each(t->store, load_link, t, err);
	if (r == 0)
		r = load_fields(t);
	if (r == 0)
		r = load_me(t);
	if (r == 0)
		r = guard_load(t, err);
	if (r == 0)
		r = load_changes(t, err);
	if (r == 0)
		r = activity_load(t, err);
	for (l = map_walk(&t->persons_by_name, NULL); r == 0 && l;
	     l = map_walk(&t->persons_by_name, l))
		person_settle(t, map_entry(l, struct person, by_name));
	if (r == 0)
		r = keep_load(t, err);
	if (r == 0)
		r = reclaim_load(t, err);
	if (r == 0)
		r = report_load(t, err);
	if (r == 0)
		r = load_last_sent(t, err);
	if (r == 0)
		r = snapshot_load(t, err);
	if (r == 0)
		load_dir_times(t);
	t->loading = false;
	if (r == -ENOMEM)
		err_nomem(err);
	return r;
}
