/* SPDX-License-Identifier: MIT */
/*
 * change: one change between its acceptance and its verdict.
 *
 * All of it is under the turn.  A change is journalled (store) before it is in
 * memory, and is gone from the store in the transaction that has its outcome,
 * so that a crash at any moment leaves it either to be sent or done.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/crash.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "trash_int.h"

static const char *const change_verbs[VERB_N] = {
    [VERB_GROUP_CREATE] = "group-create",
    [VERB_GROUP_RENAME] = "group-rename",
    [VERB_CREATE] = "create",
    [VERB_UPDATE] = "update",
    [VERB_MOVE] = "move",
    [VERB_ASSIGN] = "assign",
    [VERB_UNASSIGN] = "unassign",
    [VERB_TAKE_OUT] = "take-out",
    [VERB_REMOVE] = "remove",
    [VERB_GROUP_DELETE] = "group-delete",
};

const char *
change_verb_name(enum verb verb)
{
	return change_verbs[verb];
}

const char *
change_name(const struct change *c)
{
	return c->reclaim ? "reclaim" : change_verb_name(c->verb);
}

const char *
change_errno_name(int code)
{
	const char *name = strerrorname_np(code < 0 ? -code : code);

	return name ? name : "EIO";
}

struct change *
change_new(enum verb verb, const char *path, const struct tenant_caller *who)
{
	struct change *c = calloc(1, sizeof(*c));
	char command[64];

	if (!c)
		return NULL;
	report_command(who->pid, command, sizeof(command));
	c->verb = verb;
	c->path = text_dup(path);
	c->command = text_dup(command);
	c->uid = who->uid;
	c->pid = who->pid;
	c->created_ms = clock_wall_ms();
	c->created_boot_ms = clock_boot_ms();
	if (!c->path || !c->command) {
		change_free(c);
		return NULL;
	}
	return c;
}

void
change_free(struct change *c)
{
	if (!c)
		return;
	assert(!c->waiters && !c->in);
	user_done(&c->want);
	trash_restore_free(c->restore);
	free(c->path);
	free(c->text);
	free(c->note);
	free(c->new_name);
	free(c->old_name);
	free(c->command);
	guard_sent_free(c->sent);
	free(c);
}

/* ---- lists ---- */

static void
change_link_person(struct person *p, struct change *c)
{
	struct change **at;

	change_count(p, -1);
	for (at = &p->changes; *at && (*at)->id < c->id;)
		at = &(*at)->person_next;
	c->person = p;
	c->person_next = *at;
	*at = c;
	change_count(p, 1);
}

static void
change_unlink_person(struct change *c)
{
	struct change **at = &c->person->changes;

	change_count(c->person, -1);
	while (*at != c)
		at = &(*at)->person_next;
	*at = c->person_next;
	change_count(c->person, 1);
}

static void
change_unlink_group(struct change *c)
{
	struct change **at = &c->group->own;

	change_count_own(c, -1);
	while (*at != c)
		at = &(*at)->group_next;
	*at = c->group_next;
}

/* Found by the name, without a look at all that is queued (push_is_behind). */
void
change_leave_name(struct tenant *t, struct change *c, char *name)
{
	if (c->leaves)
		map_remove(&t->left, &c->by_left);
	if (c->old_name != name)
		free(c->old_name);
	c->old_name = name;
	c->leaves = name != NULL;
	if (c->leaves)
		map_add(&t->left, &c->by_left, map_hash_str(name, 0));
}

void
change_link(struct tenant *t, struct change *c)
{
	c->prev = t->last;
	c->next = NULL;
	*(t->last ? &t->last->next : &t->first) = c;
	t->last = c;
	map_add(&t->changes_by_id, &c->by_id, map_hash_u64((uint64_t)c->id));
	change_leave_name(t, c, c->old_name);
	t->changes_n++;
	change_tally(t, c, 1);
	if (c->person) {
		change_link_person(c->person, c);
	} else if (c->group) {
		struct change **at = &c->group->own;

		while (*at)
			at = &(*at)->group_next;
		*at = c;
		c->group_next = NULL;
		change_count_own(c, 1);
	}
	change_set(t, c, c->state);
	guard_link(t, c);
}

void
change_unlink(struct tenant *t, struct change *c)
{
	guard_unlink(t, c);
	change_unqueue(t, c);
	*(c->prev ? &c->prev->next : &t->first) = c->next;
	*(c->next ? &c->next->prev : &t->last) = c->prev;
	map_remove(&t->changes_by_id, &c->by_id);
	if (c->leaves)
		map_remove(&t->left, &c->by_left);
	c->leaves = false;
	t->changes_n--;
	change_tally(t, c, -1);
	t->held_n = t->held.n;
	if (t->held_n == 0)
		t->settle_at_ms = 0;
	if (c->person)
		change_unlink_person(c);
	else if (c->group)
		change_unlink_group(c);
	if (c->verb == VERB_REMOVE) /* those of his links are themselves now */
		guard_recount(t, c->person);
}

void
change_pass_on(struct tenant *t, struct person *from, struct person *to)
{
	struct change *c;

	while ((c = from->changes)) {
		change_unlink_person(c);
		change_link_person(to, c);
	}
	guard_recount(t, to);
}

int
change_take_name(struct tenant *t, struct person *p, char *own)
{
	struct person *other = person_by_name(t, own);

	if (other && other != p) {
		change_pass_on(t, other, p);
		person_forget_if_empty(t, other);
	}
	return person_take_name(t, p, own);
}

struct change *
change_by_id(struct tenant *t, int64_t id)
{
	struct map_link *l =
	    map_first(&t->changes_by_id, map_hash_u64((uint64_t)id));

	for (; l; l = map_next(l)) {
		struct change *c = map_entry(l, struct change, by_id);

		if (c->id == id)
			return c;
	}
	return NULL;
}

struct change *
change_find(
    const struct person *p, enum verb verb, const struct tenant_license *l)
{
	struct change *c, *found = NULL;

	for (c = p->changes; c; c = c->person_next)
		if (c->verb == verb && (!l || c->license == l))
			found = c;
	return found;
}

struct change *
change_find_group(
    const struct tenant *t, enum verb verb, const struct tenant_group *g)
{
	struct change *c, *found = NULL;

	for (c = g->own; c; c = c->group_next)
		if (c->verb == verb)
			found = c;
	return found;
}

/* ---- to the store ---- */

char *
change_args(const struct change *c)
{
	AUTO(json_done) struct json *j = json_new_object();
	AUTO(buf_done) struct buf b = BUF_MAX(64 * 1024);
	const struct user *w = &c->want;
	int r = j ? 0 : -ENOMEM;

#define PUT(condition, call)                                                   \
	if (r == 0 && (condition))                                             \
	r = (call)
	PUT(c->person, json_set_str(j, "name", c->person->name));
	PUT(c->person, json_set_int(j, "number", c->person->number));
	PUT(c->license, json_set_str(j, "license", c->license->key));
	PUT(c->group && c->group->key, json_set_str(j, "group", c->group->key));
	PUT(c->group, json_set_int(j, "groupNumber", c->group->number));
	PUT(c->group, json_set_str(j, "groupLabel", c->group->label));
	PUT(c->group && c->group->parent,
	    json_set_int(j, "groupParent", c->group->parent->number));
	PUT(c->new_name, json_set_str(j, "newName", c->new_name));
	PUT(c->old_name, json_set_str(j, "oldName", c->old_name));
	PUT(c->set, json_set_int(j, "set", (int64_t)c->set));
	PUT(c->apply, json_set_int(j, "apply", c->apply));
	PUT(w->email, json_set_str(j, "email", w->email));
	PUT(w->first_name, json_set_str(j, "firstName", w->first_name));
	PUT(w->last_name, json_set_str(j, "lastName", w->last_name));
	PUT(w->locale, json_set_str(j, "locale", w->locale));
	PUT(w->time_zone, json_set_str(j, "timeZone", w->time_zone));
	PUT(w->admin_roles, json_set_strv(j, "adminRoles", w->admin_roles));
	PUT(c->note, json_set_str(j, "note", c->note));
	PUT(c->restore, trash_save(c->restore, j));
	PUT(c->restored, json_set_bool(j, "restored", true));
	PUT(c->reclaim, json_set_bool(j, "reclaim", true));
	PUT(c->moved, json_set_int(j, "moved", c->moved));
#undef PUT
	if (r == 0)
		r = json_print(j, &b);
	return r == 0 ? buf_take(&b) : NULL;
}

static int
change_store(struct store_batch *b, struct change *c, struct err *err)
{
	AUTO(text_done) char *args = change_args(c);
	struct store_change row = {
	    .verb = (int)c->verb,
	    .state = (int)c->state,
	    .created_ms = c->created_ms,
	    .path = c->path,
	    .user_key = c->person ? c->person->key : NULL,
	    .args = args,
	    .uid = c->uid,
	    .pid = c->pid,
	    .command = c->command,
	};

	if (!args)
		return err_nomem(err);
	return store_change_add(b, &row, &c->id, err);
}

/* The numbers of what is new, in the same transaction as the intent. */
static int
change_reserve(
    struct tenant *t, struct store_batch *b, struct change *c, struct err *err)
{
	int64_t *number = NULL, reserved;
	int r;

	if (c->person && !c->person->number)
		number = &c->person->number;
	else if (c->group && !c->group->number)
		number = &c->group->number;
	if (!number)
		return 0;
	r = store_number_reserve(b, &reserved, err);
	if (r < 0)
		return r;
	tenant_mutate(t);
	*number = reserved;
	c->reserved = true;
	return 0;
}

/* The transaction that gave the number did not come to be. */
static void
change_unreserve(struct tenant *t, struct change *c)
{
	if (!c->reserved)
		return;
	tenant_mutate(t);
	if (c->person)
		c->person->number = 0;
	else
		c->group->number = 0;
}

int
change_accept_all(struct tenant *t, struct change **c, size_t n,
    enum state state, struct err *err)
{
	struct store_batch *b = NULL;
	size_t i;
	int r = tenant_batch(t, &b, err);

	for (i = 0; r == 0 && i < n; i++) {
		c[i]->state = state;
		c[i]->apply = t->apply;
		r = change_reserve(t, b, c[i], err);
		if (r == 0)
			r = change_store(b, c[i], err);
		if (r == 0 && c[i]->restore)
			r = store_trash_hide(
			    b, c[i]->restore->record, c[i]->id, err);
	}
	crash_point("accept-before-commit");
	r = store_end(b, r, err);
	crash_point("accept-after-commit");
	if (r < 0) {
		for (i = 0; i < n; i++) {
			change_unreserve(t, c[i]);
			change_free(c[i]);
		}
		return r;
	}
	tenant_mutate(t);
	for (i = 0; i < n; i++)
		change_link(t, c[i]);
	for (i = 0; i < n; i++)
		change_queue(t, c[i]);
	if (state == STATE_HELD)
		change_hold_more(t);
	return 0;
}

int
change_accept(
    struct tenant *t, struct change *c, enum state state, struct err *err)
{
	return change_accept_all(t, &c, 1, state, err);
}

/* The store first, as with a state: a crash must not part the two. */
int
change_set_moved(
    struct tenant *t, struct change *c, int64_t moved, struct err *err)
{
	AUTO(text_done) char *args = NULL;
	struct store_batch *b = NULL;
	struct change *o;
	int64_t was = c->moved;
	int r;

	tenant_mutate(t);
	c->moved = moved;
	args = change_args(c);
	r = args ? tenant_batch(t, &b, err) : err_nomem(err);
	if (r == 0)
		r = store_change_update(
		    b, c->id, (int)c->state, NULL, args, err);
	r = store_end(b, r, err);
	tenant_mutate(t);
	if (r < 0)
		c->moved = was;
	if (c->state != STATE_QUEUED)
		return r;
	change_unqueue(t, c); /* now it waits, and what waited for it may go */
	for (o = c->person->changes; o; o = o->person_next)
		change_queue(t, o);
	return r;
}

int
change_set_state_all(struct tenant *t, struct change **c, size_t n,
    enum state state, struct err *err)
{
	struct store_batch *b = NULL;
	size_t i;
	int r = tenant_batch(t, &b, err);

	for (i = 0; r == 0 && i < n; i++)
		r = store_change_update(
		    b, c[i]->id, (int)state, NULL, NULL, err);
	crash_point("release-before-commit");
	r = store_end(b, r, err);
	crash_point("release-after-commit");
	tenant_mutate(t); /* the caller may be in the middle of something */
	for (i = 0; r == 0 && i < n; i++)
		change_set(t, c[i], state);
	return r;
}

int
change_set_state(
    struct tenant *t, struct change *c, enum state state, struct err *err)
{
	return change_set_state_all(t, &c, 1, state, err);
}
