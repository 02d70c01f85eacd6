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
#include "gotofs/json.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "tenant_int.h"

#define CHANGE_AGAIN_MS 1000 /* what the disk refused is tried again after */

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
	assert(!c->waiters && !c->ready);
	user_done(&c->want);
	free(c->path);
	free(c->text);
	free(c->note);
	free(c->new_name);
	free(c->old_name);
	free(c->command);
	free(c);
}

/* ---- lists ---- */

void
change_link(struct tenant *t, struct change *c)
{
	struct change **p;

	c->prev = t->last;
	c->next = NULL;
	*(t->last ? &t->last->next : &t->first) = c;
	t->last = c;
	t->changes_n++;
	t->held_n += c->state == STATE_HELD;
	if (!c->person)
		return;
	p = &c->person->changes;
	while (*p)
		p = &(*p)->person_next;
	*p = c;
	c->person_next = NULL;
}

void
change_unlink(struct tenant *t, struct change *c)
{
	struct change **p;

	change_unqueue(t, c);
	*(c->prev ? &c->prev->next : &t->first) = c->next;
	*(c->next ? &c->next->prev : &t->last) = c->prev;
	t->changes_n--;
	t->held_n -= c->state == STATE_HELD;
	if (t->held_n == 0)
		t->settle_at_ms = 0;
	if (!c->person)
		return;
	p = &c->person->changes;
	while (*p != c)
		p = &(*p)->person_next;
	*p = c->person_next;
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
	struct change *c;

	for (c = t->last; c; c = c->prev)
		if (c->verb == verb && c->group == g)
			return c;
	return NULL;
}

/* ---- the ready queues: what push may send now ---- */

void
change_unqueue(struct tenant *t, struct change *c)
{
	struct change **p = &t->ready[c->verb], *prev = NULL;

	if (!c->ready)
		return;
	while (*p != c) {
		prev = *p;
		p = &(*p)->ready_next;
	}
	*p = c->ready_next;
	if (t->ready_tail[c->verb] == c)
		t->ready_tail[c->verb] = prev;
	c->ready = false;
}

static bool
change_is_going(const struct change *c)
{
	return c->state == STATE_QUEUED || c->state == STATE_SENDING;
}

/* One call at a time for each person; earlier ones come first. */
static bool
change_waits_for_person(const struct change *c)
{
	const struct change *o;
	bool earlier = true;

	for (o = c->person->changes; o; o = o->person_next) {
		if (o == c)
			earlier = false;
		else if (o->state == STATE_SENDING ||
			 (earlier && o->state == STATE_QUEUED))
			return true;
	}
	return !c->person->key && c->verb != VERB_CREATE;
}

/* It needs the group's key, and the group itself: nothing goes while it is
 * being deleted, and it is not deleted while something goes. */
static bool
change_waits_for_group(const struct tenant *t, const struct change *c)
{
	bool own = !c->person || c->verb == VERB_TAKE_OUT, earlier = true;
	const struct change *o;

	if (!c->group->key && c->verb != VERB_GROUP_CREATE)
		return true;
	if (c->group->parent && !c->group->parent->key)
		return true;
	for (o = t->first; o; o = o->next) {
		bool same = o->group == c->group;

		if (o == c) {
			earlier = false;
			continue;
		}
		if (!o->group || (!same && o->group->parent != c->group))
			continue;
		if (own && earlier && change_is_going(o))
			return true;
		if (same && o->state == STATE_SENDING &&
		    (o->verb == VERB_GROUP_DELETE ||
			c->verb == VERB_GROUP_DELETE))
			return true;
	}
	return false;
}

static bool
change_is_blocked(const struct tenant *t, const struct change *c)
{
	if (c->person && change_waits_for_person(c))
		return true;
	if (c->group && change_waits_for_group(t, c))
		return true;
	return c->verb == VERB_ASSIGN && c->license->seats >= 0 &&
	       c->license->holders_n >= c->license->seats &&
	       change_frees_seat(t, c->license);
}

/* Is a removal on its way that frees a seat of this license? */
bool
change_frees_seat(const struct tenant *t, const struct tenant_license *l)
{
	const struct change *o;

	for (o = t->first; o; o = o->next)
		if (change_is_going(o) &&
		    ((o->verb == VERB_UNASSIGN && o->license == l) ||
			(o->verb == VERB_REMOVE && person_seat(o->person, l))))
			return true;
	return false;
}

void
change_queue(struct tenant *t, struct change *c)
{
	if (c->state != STATE_QUEUED || c->ready || change_is_blocked(t, c))
		return;
	c->ready = true;
	c->ready_next = NULL;
	*(t->ready[c->verb] ? &t->ready_tail[c->verb]->ready_next
			    : &t->ready[c->verb]) = c;
	t->ready_tail[c->verb] = c;
	tenant_wake(t);
}

/* Something ended: what waited for it may go. A removal gives back seats of
 * any license; a sub-group's end may be what its parent waited for. */
static void
change_requeue(struct tenant *t, const struct person *p, enum verb verb)
{
	bool seats = verb == VERB_UNASSIGN || verb == VERB_REMOVE;
	bool groups = verb == VERB_MOVE || verb == VERB_TAKE_OUT ||
		      verb == VERB_GROUP_CREATE || verb == VERB_GROUP_RENAME ||
		      verb == VERB_GROUP_DELETE;
	struct change *c;

	for (c = p ? p->changes : NULL; c; c = c->person_next)
		change_queue(t, c);
	if (!seats && !groups)
		return;
	for (c = t->first; c; c = c->next)
		if ((seats && c->verb == VERB_ASSIGN) || (groups && c->group))
			change_queue(t, c);
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
	PUT(w->email, json_set_str(j, "email", w->email));
	PUT(w->first_name, json_set_str(j, "firstName", w->first_name));
	PUT(w->last_name, json_set_str(j, "lastName", w->last_name));
	PUT(w->locale, json_set_str(j, "locale", w->locale));
	PUT(w->time_zone, json_set_str(j, "timeZone", w->time_zone));
	PUT(w->admin_roles, json_set_strv(j, "adminRoles", w->admin_roles));
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
change_reserve(struct store_batch *b, struct change *c, struct err *err)
{
	if (c->person && !c->person->number) {
		int r = store_number_reserve(b, &c->person->number, err);

		if (r < 0)
			return r;
	}
	if (c->group && !c->group->number)
		return store_number_reserve(b, &c->group->number, err);
	return 0;
}

int
change_accept_all(struct tenant *t, struct change **c, size_t n,
    enum state state, struct err *err)
{
	struct store_batch *b = NULL;
	size_t i;
	int r = store_begin(t->store, &b, err);

	for (i = 0; r == 0 && i < n; i++) {
		c[i]->state = state;
		r = change_reserve(b, c[i], err);
		if (r == 0)
			r = change_store(b, c[i], err);
	}
	if (r == 0)
		r = store_commit(b, err);
	else
		store_rollback(b);
	if (r < 0) {
		for (i = 0; i < n; i++)
			change_free(c[i]);
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

int
change_set_state(
    struct tenant *t, struct change *c, enum state state, struct err *err)
{
	struct store_batch *b = NULL;
	int r = store_begin(t->store, &b, err);

	if (r < 0)
		return r;
	r = store_change_update(b, c->id, (int)state, NULL, NULL, err);
	if (r < 0) {
		store_rollback(b);
		return r;
	}
	r = store_commit(b, err);
	if (r < 0)
		return r;
	t->held_n += (state == STATE_HELD) - (c->state == STATE_HELD);
	c->state = state;
	return 0;
}

/* ---- the settle window ---- */

void
change_hold_more(struct tenant *t)
{
	t->settle_at_ms = clock_boot_ms() + t->conf.settle_ms;
	tenant_wake(t);
}

bool
change_is_below(const struct change *c, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(c->path, prefix, n) == 0 &&
	       (n == 0 || c->path[n] == '\0' || c->path[n] == '/' ||
		   prefix[n - 1] == '/');
}

/* Its call has not begun, nor ever may have: it can be taken back. */
bool
change_is_unsent(const struct change *c)
{
	return !c->begun && !c->unknown &&
	       (c->state == STATE_QUEUED || c->state == STATE_WAITING);
}

/* A held removal of a person swallows those of his links (DESIGN 4.2). */
static void
change_swallow(struct tenant *t, const struct change *removal)
{
	struct change *c, *next;
	struct err err = ERR_NONE;

	for (c = removal->person->changes; c; c = next) {
		next = c->person_next;
		if (c != removal && c->state == STATE_HELD)
			change_cancel(
			    t, c, "the removal of the account covers it", &err);
	}
}

/* tar x keeps an empty file where a link will be: its removal waits. */
bool
change_has_placeholder(struct tenant *t, const struct change *c)
{
	struct node *dir =
	    c->license ? c->license->dir : (c->group ? c->group->dir : NULL);
	struct node *n =
	    dir && c->person ? tree_child(t, dir, c->person->name) : NULL;

	return n && n->kind == NODE_LOCAL_FILE;
}

void
change_release_held(struct tenant *t, const char *prefix)
{
	struct change *c, *next;
	struct err err = ERR_NONE;
	bool again = false;

	for (c = t->first; c; c = c->next)
		if (c->verb == VERB_REMOVE && c->state == STATE_HELD &&
		    change_is_below(c, prefix))
			change_swallow(t, c);
	for (c = t->first; c; c = next) {
		next = c->next;
		if (c->state != STATE_HELD || !change_is_below(c, prefix))
			continue;
		if (change_has_placeholder(t, c)) {
			again = true;
			continue;
		}
		if (change_set_state(t, c, STATE_QUEUED, &err) < 0) {
			log_error("cannot release a held removal: %s", err.msg);
			again = true;
			break;
		}
	}
	for (c = t->first; c; c = c->next)
		change_queue(t, c);
	t->settle_at_ms = 0;
	if (again || t->held_n > 0)
		change_hold_more(t);
}

/* ---- the end ---- */

static void
change_tell(struct tenant *t, struct change *c, int result)
{
	while (c->waiters) {
		struct tenant_waiter *w = c->waiters;

		c->waiters = w->next;
		event_verdict(t, w, result);
	}
}

/* What it touched, shown as it is now without it. */
static void
change_settle_after(struct tenant *t, struct change *c)
{
	struct person *p = c->person;

	if (p && c->license)
		person_settle_license(t, p, c->license);
	if (p && c->group && person_group(p) != c->group)
		person_unlink(t, p, c->group->dir);
	if (p) {
		person_settle(t, p);
		person_forget_if_empty(t, p);
	}
}

int
change_cancel(
    struct tenant *t, struct change *c, const char *why, struct err *err)
{
	struct err reason = ERR_NONE;
	struct store_batch *b = NULL;
	int r = store_begin(t->store, &b, err);

	err_set(&reason, -ECANCELED, "%s", why);
	if (r == 0)
		r = store_change_drop(b, c->id, err);
	if (r == 0)
		r = report_journal(
		    t, b, c, -ECANCELED, &reason, NULL, NULL, err);
	if (r == 0)
		r = store_commit(b, err);
	else
		store_rollback(b);
	if (r < 0)
		return r;
	tenant_mutate(t);
	change_revert(t, c);
	change_unlink(t, c);
	change_tell(t, c, -ECANCELED);
	if (c->verb == VERB_REMOVE)
		change_requeue_arrived(t, c->person);
	change_settle_after(t, c);
	change_free(c);
	return 0;
}

/* Its end, in the store: the journal's line, its error record or the end of
 * one, and its row in the queue. */
static int
change_store_end(struct tenant *t, struct store_batch *b, struct change *c,
    int result, const struct err *why, const char *before, const char *after,
    struct err *err)
{
	AUTO(text_done) char *text = NULL;
	int r = 0;

	if (result < 0)
		r = report_error_text(c->path, result, why->msg, c->text,
		    c->text ? strlen(c->text) : 0, &text);
	if (r < 0)
		return err_nomem(err);
	if (text)
		report_put_error(t, b, c->path, text);
	else
		store_error_drop(b, c->path, err);
	r = report_journal(t, b, c, result, why, before, after, err);
	return r < 0 ? r : store_change_drop(b, c->id, err);
}

/* Its end, in memory. */
static void
change_end(
    struct tenant *t, struct change *c, int result, const struct err *why)
{
	struct person *p = c->person;
	struct tenant_license *l = c->license;
	struct tenant_group *g = c->group;

	tenant_mutate(t);
	if (result < 0)
		change_revert(t, c);
	else
		report_clear(t, NULL, c->path);
	if (result < 0 && !c->was_waited)
		report_failure(t, c->path, why->msg);
	t->done_n++;
	change_unlink(t, c);
	if (p && (c->verb == VERB_UPDATE || c->verb == VERB_CREATE))
		change_reread(t, p, c);
	change_tell(t, c, result);
	write_finished(t, c, result);
	/* who is not known to the tenant is what the next pull says */
	if (p)
		p->touched_ms = result == -ENOENT ? 0 : clock_boot_ms();
	if (p && g && g != person_group(p))
		person_unlink(t, p, g->dir);
	if (p && l)
		person_settle_license(t, p, l);
	if (p)
		person_settle(t, p);
	change_requeue(t, p, c->verb);
	if (c->verb == VERB_CREATE || c->verb == VERB_REMOVE)
		change_requeue_arrived(t, p);
	if (p)
		person_forget_if_empty(t, p);
	change_free(c);
	tenant_wake(t);
}

/* The store first: what could not be journalled has not ended. */
int
change_finish_all(struct tenant *t, struct change **c, size_t n, int result,
    const struct err *why, struct store_batch *b, const char *before,
    const char *after, struct err *err)
{
	int r = b ? 0 : store_begin(t->store, &b, err);
	size_t i;

	if (r < 0)
		return r;
	for (i = 0; r == 0 && i < n; i++)
		r = change_store_end(t, b, c[i], result, why,
		    i == 0 ? before : NULL, i == 0 ? after : NULL, err);
	if (r == 0)
		r = store_commit(b, err);
	else
		store_rollback(b);
	for (i = 0; r == 0 && i < n; i++)
		change_end(t, c[i], result, why);
	return r;
}

int
change_finish(struct tenant *t, struct change *c, int result,
    const struct err *why, struct err *err)
{
	return change_finish_all(t, &c, 1, result, why, NULL, NULL, NULL, err);
}

/* w waits for the verdict on c. */
int
change_wait(struct tenant *t, struct change *c, struct tenant_waiter *w)
{
	w->change = c;
	w->deadline_boot_ms = clock_boot_ms() + t->conf.deadline_ms;
	w->next = c->waiters;
	c->waiters = w;
	c->was_waited = true;
	tenant_wake(t);
	return TENANT_WAIT;
}

static bool
change_leave(struct change *c, struct tenant_waiter *w)
{
	struct tenant_waiter **p = &c->waiters;

	while (*p && *p != w)
		p = &(*p)->next;
	if (!*p)
		return false;
	*p = w->next;
	w->change = NULL;
	/* nobody was told: its failure belongs into the next sync */
	if (!c->waiters)
		c->was_waited = false;
	return true;
}

bool
tenant_abandon(struct tenant *t, struct tenant_waiter *w)
{
	bool left;

	tenant_begin(t);
	left = w->change && change_leave(w->change, w);
	tenant_end(t);
	return left;
}

/* Deadlines of those who wait: a change whose call has not begun is withdrawn,
 * one that has begun goes on; errors/ says which (DESIGN 4.3). */
static void
change_time_out(struct tenant *t, struct change *c)
{
	struct err why = ERR_NONE, err = ERR_NONE;
	AUTO(text_done) char *text = NULL;
	struct store_batch *b = NULL;

	if (change_is_unsent(c)) {
		err_set(&why, -ETIMEDOUT,
		    "no answer in time; nothing was sent and the change was "
		    "withdrawn: write it again later");
		if (change_finish(t, c, -ETIMEDOUT, &why, &err) == 0)
			return;
		log_error("%s cannot be withdrawn: %s", c->path, err.msg);
	}
	err_set(&why, -ETIMEDOUT,
	    "no answer in time; the call has begun and goes on: its verdict "
	    "will be in .gotofs/journal.jsonl and in `gotofs sync`");
	change_tell(t, c, -ETIMEDOUT);
	c->was_waited = false;
	if (report_error_text(c->path, -ETIMEDOUT, why.msg, c->text,
		c->text ? strlen(c->text) : 0, &text) < 0)
		return;
	if (store_begin(t->store, &b, &err) < 0)
		b = NULL;
	report_put_error(t, b, c->path, text);
	if (b && store_commit(b, &err) < 0)
		log_warn("errors/%s.txt: %s", c->path, err.msg);
}

void
change_tick(struct tenant *t, int64_t now_ms)
{
	struct change *c, *next;
	struct err why = ERR_NONE, err = ERR_NONE;

	for (c = t->first; c; c = next) {
		const struct tenant_waiter *w;
		bool late = false;

		next = c->next;
		for (w = c->waiters; w; w = w->next)
			late |= now_ms >= w->deadline_boot_ms;
		if (late) {
			change_time_out(t, c);
			continue;
		}
		if (c->state == STATE_WAITING && !c->begun &&
		    now_ms - c->created_boot_ms > CHANGE_WAITING_MS) {
			err_set(&why, -ENOENT,
			    "nobody of this name appeared in users/ within 10 "
			    "minutes; create the user, then the link");
			if (change_finish(t, c, -ENOENT, &why, &err) < 0)
				c->created_boot_ms += CHANGE_AGAIN_MS;
		}
	}
	if (t->settle_at_ms && now_ms >= t->settle_at_ms)
		change_release_held(t, "");
}

/* Those who still wait when everything ends. */
void
change_release_waiters(struct tenant *t)
{
	struct change *c;

	for (c = t->first; c; c = c->next)
		change_tell(t, c, -ETIMEDOUT);
}

/* A person who was waited for is there, or stays after all: his links may go.
 */
void
change_requeue_arrived(struct tenant *t, struct person *p)
{
	struct change *c;
	struct err err = ERR_NONE;

	if (!person_exists(p))
		return;
	for (c = p->changes; c; c = c->person_next) {
		if (c->begun) /* with his creation */
			continue;
		if (c->state == STATE_WAITING &&
		    change_set_state(t, c, STATE_QUEUED, &err) < 0)
			log_error("%s waits on: %s", c->path, err.msg);
		change_queue(t, c);
	}
}

void
change_requeue_all(struct tenant *t)
{
	struct change *c;

	for (c = t->first; c; c = c->next)
		change_queue(t, c);
}

void
change_pass_on(struct person *from, struct person *to)
{
	struct change **p, *c;

	while ((c = from->changes)) {
		from->changes = c->person_next;
		c->person = to;
		for (p = &to->changes; *p && (*p)->id < c->id;)
			p = &(*p)->person_next;
		c->person_next = *p;
		*p = c;
	}
}

/* The same for all, after a pull. */
void
change_requeue_waiting(struct tenant *t)
{
	struct change *c;

	for (c = t->first; c; c = c->next)
		if (c->state == STATE_WAITING && c->person->record > 0)
			change_requeue_arrived(t, c->person);
}
