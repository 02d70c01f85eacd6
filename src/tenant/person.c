/* SPDX-License-Identifier: MIT */
/* person: one account: the mirror's record, with his changes laid over it. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/document.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "keep_int.h"

struct person *
person_by_key(struct tenant *t, const char *key)
{
	struct map_link *l =
	    map_first(&t->persons_by_key, map_hash_str(key, 0));

	for (; l; l = map_next(l)) {
		struct person *p = map_entry(l, struct person, by_key);

		if (strcmp(p->key, key) == 0)
			return p;
	}
	return NULL;
}

struct person *
person_by_name(struct tenant *t, const char *name)
{
	struct map_link *l =
	    map_first(&t->persons_by_name, map_hash_str(name, 0));

	for (; l; l = map_next(l)) {
		struct person *p = map_entry(l, struct person, by_name);

		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

int
person_set_key(struct tenant *t, struct person *p, const char *key)
{
	char *own = text_dup(key);

	if (!own ||
	    map_add(&t->persons_by_key, &p->by_key, map_hash_str(key, 0)) < 0) {
		free(own);
		return -ENOMEM;
	}
	assert(!p->key);
	p->key = own;
	return 0;
}

/* records/ has no nodes but those that the kernel knows: tell it of a name that
 * came or went there. */
static void
person_announce(struct tenant *t, const char *name)
{
	struct node *dir = t->fixed[FIXED_RECORDS];

	if (!name || atomic_load(&dir->lookups) == 0)
		return;
	tree_touch(t, dir);
	event_entry(t, dir, name);
}

/* His record is another one than before; is_new: he had none. */
void
person_record_moved(struct tenant *t, struct person *p, bool is_new)
{
	struct node *n = tree_child(t, t->fixed[FIXED_RECORDS], p->name);
	bool same = keep_settle(t, p); /* his file reads as before */

	reports_moved(t);
	if (n)
		event_inode(t, n);
	if (is_new)
		person_announce(t, p->name);
	if (!p->file || same)
		return;
	/* else ctime is changed_ns, which has just moved */
	if (attr_get(t, tree_ino(p->file)))
		attr_set_ctime(t, p->file);
	event_inode(t, p->file);
}

/* Files borrow the name: they are moved before the old one goes. */
int
person_take_name(struct tenant *t, struct person *p, char *own)
{
	char *old = p->name;
	struct node *n = p->file;

	if (old)
		map_remove(&t->persons_by_name, &p->by_name);
	p->name = own;
	/* only the very first table may be refused: there is no old name then
	 */
	if (map_add(&t->persons_by_name, &p->by_name, map_hash_str(own, 0)) <
	    0) {
		p->name = NULL;
		free(own);
		return -ENOMEM;
	}
	if (n && tree_move(t, n, t->fixed[FIXED_USERS], own, true) < 0) {
		p->file = NULL;
		tree_remove(t, n);
	}
	person_drop_links(t, p, old);
	p->hidden_until_ms = 0; /* that was the old name */
	if (p->record > 0) {
		person_announce(t, own);
		reports_moved(t);
	}
	free(old);
	return 0;
}

int
person_set_name(struct tenant *t, struct person *p, const char *name)
{
	char *own = text_dup(name);

	return own ? person_take_name(t, p, own) : -ENOMEM;
}

/* His links under a name that he no longer has. */
void
person_drop_links(struct tenant *t, struct person *p, const char *name)
{
	struct node *n =
	    name ? tree_child(t, t->fixed[FIXED_RECORDS], name) : NULL;
	size_t i;

	if (n)
		tree_forget_record(t, n);
	person_announce(t, name);
	activity_drop_nodes(t, p, name);
	reclaim_drop_nodes(t, p, name);
	for (i = 0; name && i < t->licenses_n; i++) {
		n = tree_child(t, t->license[i]->dir, name);
		if (n && n->kind == NODE_LICENSE_LINK && n->obj.person == p)
			tree_remove(t, n);
	}
	for (i = 0; name && i < t->groups_n; i++) {
		n = t->group[i]->dir ? tree_child(t, t->group[i]->dir, name)
				     : NULL;
		if (n && n->kind == NODE_GROUP_LINK && n->obj.person == p)
			tree_remove(t, n);
	}
}

struct person *
person_new(struct tenant *t, const char *key, const char *name)
{
	struct person *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	if (person_set_name(t, p, name) < 0) {
		free(p);
		return NULL;
	}
	t->persons_n++;
	if (key && person_set_key(t, p, key) < 0) {
		person_free(t, p);
		return NULL;
	}
	return p;
}

void
person_free(struct tenant *t, struct person *p)
{
	assert(!p->changes);
	if (p->file) {
		struct node *n = p->file;

		p->file = NULL;
		tree_remove(t, n);
	}
	keep_drop_all(t, p);
	person_drop_links(t, p, p->name);
	if (p->key)
		map_remove(&t->persons_by_key, &p->by_key);
	map_remove(&t->persons_by_name, &p->by_name);
	if (p->flags & PERSON_SUPER)
		t->supers_n--;
	if (p->record > 0)
		reports_moved(t);
	t->persons_n--;
	free(p->key);
	free(p->name);
	free(p->seat);
	free(p->activity);
	free(p->pending_text);
	free(p);
}

/* Nobody: neither in the mirror nor in the queue. */
void
person_forget_if_empty(struct tenant *t, struct person *p)
{
	if (p->record || p->changes || p->pinned)
		return;
	tenant_mutate(t);
	person_free(t, p);
}

struct seat *
person_seat(const struct person *p, const struct tenant_license *l)
{
	unsigned i;

	for (i = 0; i < p->seats_n; i++)
		if (p->seat[i].license == l)
			return &p->seat[i];
	return NULL;
}

static void
seat_count(const struct seat *seat, int by)
{
	struct tenant_license *l = seat->license;

	l->holders_n += by;
	l->usage_n[seat->usage] += by;
	l->reclaimable_n += seat->is_candidate ? by : 0;
}

void
person_seat_judged(struct seat *seat, const struct judgement *j)
{
	seat_count(seat, -1);
	seat->usage = (uint8_t)j->usage;
	seat->is_candidate = j->verdict == SEAT_CANDIDATE;
	seat_count(seat, 1);
}

int
person_seat_add(struct person *p, struct tenant_license *l, int64_t since_ns)
{
	struct seat *seat;

	if (person_seat(p, l))
		return 0;
	seat = realloc(p->seat, (p->seats_n + 1) * sizeof(*seat));
	if (!seat)
		return -ENOMEM;
	p->seat = seat;
	change_count(p, -1);
	seat[p->seats_n++] = (struct seat){
	    .license = l, .since_ns = since_ns, .usage = SEAT_UNKNOWN};
	seat_count(&seat[p->seats_n - 1], 1);
	change_count(p, 1);
	return 0;
}

void
person_seat_remove(struct person *p, struct tenant_license *l)
{
	struct seat *seat = person_seat(p, l);

	if (!seat)
		return;
	change_count(p, -1);
	seat_count(seat, -1);
	*seat = p->seat[--p->seats_n];
	change_count(p, 1);
}

bool
person_exists(const struct person *p)
{
	const struct change *c;
	bool exists = p->record > 0;

	for (c = p->changes; c; c = c->person_next) {
		if (c->verb == VERB_CREATE)
			exists = true;
		else if (c->verb == VERB_REMOVE)
			exists = false;
	}
	return exists;
}

bool
person_holds(const struct person *p, const struct tenant_license *l)
{
	const struct change *c;
	bool holds = person_seat(p, l) != NULL;

	for (c = p->changes; c; c = c->person_next) {
		if (c->verb == VERB_ASSIGN && c->license == l)
			holds = true;
		else if (c->verb == VERB_UNASSIGN && c->license == l)
			holds = false;
	}
	return holds;
}

struct tenant_group *
person_group(const struct person *p)
{
	const struct change *c;
	struct tenant_group *g = p->group;

	for (c = p->changes; c; c = c->person_next) {
		if (c->verb == VERB_MOVE)
			g = c->group;
		else if (c->verb == VERB_TAKE_OUT)
			g = NULL;
	}
	return g;
}

static void
person_settle_link(struct tenant *t, struct person *p, struct node *dir,
    enum node_kind kind, bool want, int64_t since_ns)
{
	struct node *n = dir ? tree_child(t, dir, p->name) : NULL;

	if (!dir || (n && n->kind != kind))
		return; /* hidden; or a placeholder has the name for now */
	if (n && (!want || n->obj.person != p)) {
		tree_remove(t, n);
		n = NULL;
	}
	if (!want || n)
		return;
	n = tree_add(t, dir, p->name, true, kind);
	if (!n)
		return;
	n->obj.person = p;
	handle_name(t, n);
	if (since_ns > 0)
		n->mtime_ns = since_ns;
}

/* The made-up time of a link that is not sent yet: that of its change, so that
 * it stays when the change is done and when it is read from the journal. */
int64_t
person_since(const struct change *c)
{
	return c->created_ms * CLOCK_NS_PER_MS;
}

static int64_t
person_seat_since(const struct person *p, const struct tenant_license *l)
{
	const struct seat *seat = person_seat(p, l);
	const struct change *c = change_find(p, VERB_ASSIGN, l);

	return seat ? seat->since_ns : (c ? person_since(c) : 0);
}

static int64_t
person_group_since(const struct person *p, const struct tenant_group *g)
{
	const struct change *c = change_find(p, VERB_MOVE, NULL);

	if (g == p->group)
		return p->group_since_ns;
	return c && c->group == g ? person_since(c) : 0;
}

/* A link's made-up time. */
int64_t
person_link_since(const struct person *p, const struct node *dir)
{
	return dir->kind == NODE_LICENSE_DIR
		   ? person_seat_since(p, dir->obj.license)
		   : person_group_since(p, dir->obj.group);
}

void
person_settle_license(
    struct tenant *t, struct person *p, struct tenant_license *l)
{
	person_settle_link(t, p, l->dir, NODE_LICENSE_LINK, person_holds(p, l),
	    person_seat_since(p, l));
	reclaim_settle(t, p, l);
}

static void
person_settle_file(struct tenant *t, struct person *p)
{
	bool want = person_exists(p) && p->hidden_until_ms == 0;
	struct node *n = p->file;

	if (want && !n) {
		n = tree_child(t, t->fixed[FIXED_USERS], p->name);
		if (n && n->kind == NODE_USER && !n->obj.person) {
			/* the name that somebody has just created */
			n->obj.person = p;
			p->file = n;
			if (n->local)
				n->local->doomed = n->local->is_new = false;
			event_entry(t, n->parent, n->name);
			return;
		}
		p->file = tree_add(
		    t, t->fixed[FIXED_USERS], p->name, true, NODE_USER);
		if (p->file) {
			p->file->obj.person = p;
			handle_name(t, p->file);
		}
		if (p->record > 0)
			person_announce(t, p->name);
	} else if (!want && n) {
		p->file = NULL;
		person_announce(t, p->name);
		tree_remove(t, n);
	}
}

void
person_settle(struct tenant *t, struct person *p)
{
	const struct change *c;
	struct tenant_group *g = person_group(p);
	unsigned i;

	tenant_mutate(t);
	person_settle_file(t, p);
	activity_settle(t, p);
	for (i = 0; i < p->seats_n; i++)
		person_settle_license(t, p, p->seat[i].license);
	for (c = p->changes; c; c = c->person_next)
		if (c->license)
			person_settle_license(t, p, c->license);
	if (p->group && p->group != g)
		person_settle_link(
		    t, p, p->group->dir, NODE_GROUP_LINK, false, 0);
	for (c = p->changes; c; c = c->person_next)
		if (c->group && c->group != g)
			person_settle_link(
			    t, p, c->group->dir, NODE_GROUP_LINK, false, 0);
	if (g)
		person_settle_link(t, p, g->dir, NODE_GROUP_LINK, true,
		    person_group_since(p, g));
}

/* What was his has ended: remove the link that a settled person has lost. */
void
person_unlink(struct tenant *t, struct person *p, struct node *dir)
{
	struct node *n = dir ? tree_child(t, dir, p->name) : NULL;

	if (n && (n->kind == NODE_LICENSE_LINK || n->kind == NODE_GROUP_LINK) &&
	    n->obj.person == p)
		tree_remove(t, n);
}

int
person_record(const struct tenant *t, const struct person *p, struct buf *out)
{
	struct err err = ERR_NONE;

	if (!p->record)
		return -ENOENT;
	return store_record_text(t->store, p->record, out, &err);
}

int
person_text(struct tenant *t, const struct person *p, struct buf *out)
{
	if (p->pending_text)
		return buf_append(out, p->pending_text, p->pending_bytes);
	return person_record(t, p, out);
}

char *
person_longer_name(const char *name, const char *key)
{
	AUTO(text_done) char *email = NULL;
	AUTO(text_done) char *none = name_from_email(NULL, NULL);

	return name_to_email(name, &email) == 0 || text_equal(name, none)
		   ? name_from_email(email, key)
		   : NULL;
}

int
person_record_email(const struct tenant *t, const struct person *p, char **ret)
{
	AUTO(buf_done) struct buf text = BUF_MAX(4 * STAGE_BYTES_MAX);
	AUTO(user_done) struct user u = USER_NONE;
	struct err err = ERR_NONE;
	int r = person_record(t, p, &text);

	if (r == 0)
		r = document_parse_user(text.data, text.len, &u, &err);
	if (r < 0)
		return r;
	*ret = u.email ? TAKE(u.email) : text_dup("");
	return *ret ? 0 : -ENOMEM;
}

int
person_email(const struct tenant *t, const struct person *p, char **ret)
{
	int r = name_to_email(p->name, ret);

	return r == -EINVAL || r == -ENAMETOOLONG
		   ? person_record_email(t, p, ret)
		   : r;
}

/* What he reads as now is newer than what he read as before. */
static void
person_move_time(struct tenant *t, struct person *p, bool pending)
{
	int64_t now = clock_wall_ns();

	if (pending) {
		p->changed_ns = now > p->changed_ns ? now : p->changed_ns + 1;
		return;
	}
	if (p->changed_ns == p->mirror_ns)
		return; /* it is the tenant's answer */
	/* the old record again: its version, at a time of its own */
	p->changed_ns = p->mirror_ns;
	if (p->file && !keep_is_shown(p))
		attr_touch(t, p->file);
}

/* Takes text over; NULL: the record again. */
void
person_set_pending(struct tenant *t, struct person *p, char *text)
{
	bool same;

	if (!text && !p->pending_text)
		return;
	tenant_mutate(t);
	if (!p->pending_text)
		p->mirror_ns = p->changed_ns;
	free(p->pending_text);
	p->pending_text = text;
	p->pending_bytes = text ? (uint32_t)strlen(text) : 0;
	same = keep_settle(t, p);
	person_move_time(t, p, text != NULL);
	if (p->file && !same) {
		attr_set_ctime(t, p->file);
		event_inode(t, p->file);
	}
}

void
person_set_flags(struct tenant *t, struct person *p, unsigned flags)
{
	if (p->flags == flags)
		return;
	t->supers_n -= (p->flags & PERSON_SUPER) != 0;
	p->flags = flags;
	t->supers_n += (p->flags & PERSON_SUPER) != 0;
	reclaim_judge_soon(t); /* the last two of them are protected */
	reports_moved(t);
}

/* He gives up the plain name to an older key. */
static int
person_rename_twin(struct tenant *t, struct person *p, const char *email)
{
	AUTO(text_done) char *name = name_from_email(email, p->key);
	int r = name ? 0 : -ENOMEM;

	if (r == 0) {
		tenant_mutate(t);
		r = person_set_name(t, p, name);
	}
	if (r == 0 && !t->loading)
		person_settle(t, p);
	return r;
}

/* The file name that (key, email) gets: of equal names all but the oldest key
 * carry the end of their key.  An older one that comes late takes the plain
 * name from the holder, who is renamed.  p: himself, or NULL when new. */
char *
person_free_name(
    struct tenant *t, struct person *p, const char *key, const char *email)
{
	char *name = name_from_email(email, NULL), *longer;
	struct person *holder = name ? person_by_name(t, name) : NULL;

	if (!holder || holder == p || !holder->key)
		return name;
	free(name);
	longer = name_from_email(email, key);
	if (!longer || container_key_order(holder->key, key) < 0)
		return longer;
	name = text_dup(holder->name);
	if (name && person_rename_twin(t, holder, email) == 0) {
		free(longer);
		return name;
	}
	free(name);
	return longer;
}

/* No longer in the tenant. */
void
person_gone(struct tenant *t, struct person *p)
{
	unsigned i;

	for (i = 0; i < p->seats_n; i++)
		seat_count(&p->seat[i], -1);
	p->seats_n = 0;
	p->group = NULL;
	person_free(t, p);
}
