/* SPDX-License-Identifier: MIT */
/*
 * pending: the queue as files.
 *
 * A name says which change it is, so that nothing is kept for it: a lookup
 * finds the change by its number, a listing goes on behind the number where
 * it stood.  What a file says is written down when its name is looked up; that
 * is each time it is opened, because no name here is cached.
 */
#include "pending_int.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "dir_int.h"
#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "push_int.h"

#define PENDING_TEXT_BYTES (64 * 1024)

/* ---- names ---- */

/* "17.remove.dan@example.com.json"; cut to what a name may have. */
static void
pending_name(const struct change *c, char out[NAME_BYTES_MAX + 1])
{
	const char *last = strrchr(c->path, '/');
	int n = snprintf(out, NAME_BYTES_MAX + 1, "%" PRId64 ".%s.%s", c->id,
	    change_name(c), last ? last + 1 : c->path);

	if (n <= NAME_BYTES_MAX)
		return;
	/* not within a character */
	for (n = NAME_BYTES_MAX; n > 0 && !text_is_utf8(out, (size_t)n); n--)
		out[n - 1] = '\0';
}

struct change *
pending_find(struct tenant *t, const char *name)
{
	char now[NAME_BYTES_MAX + 1];
	const char *end;
	struct change *c;
	int64_t id;

	end = text_number(name, INT64_MAX, &id);
	if (!end || *end != '.' || !(c = change_by_id(t, id)))
		return NULL;
	pending_name(c, now);
	return strcmp(now, name) == 0 ? c : NULL;
}

/* The first behind this number.  Numbers have holes where changes have ended:
 * they are probed, unless there are more of them than changes. */
static struct change *
pending_after(struct tenant *t, int64_t id)
{
	struct change *c = change_by_id(t, id);
	int64_t last = t->last ? t->last->id : 0;
	long n;

	if (c)
		return c->next;
	for (n = 0; id < last && n < t->changes_n; n++)
		if ((c = change_by_id(t, ++id)))
			return c;
	for (c = t->first; c && c->id <= id;)
		c = c->next;
	return c;
}

/* ---- texts ---- */

static const char *
pending_state(const struct change *c)
{
	if (c->state == STATE_HELD)
		return "held";
	if (!change_is_cancellable(c))
		return "sending";
	return c->state == STATE_WAITING ? "waiting" : "queued";
}

static int
pending_put_time(struct json *j, const char *name, int64_t ms)
{
	char text[CLOCK_ISO_BYTES];

	return json_set_str(j, name, clock_iso(ms, text));
}

/* The fields that a creation or an update names. */
static int
pending_put_fields(struct json *j, const struct change *c)
{
	AUTO(text_done) char *fields = push_fields(&c->want, c->set);
	struct json *f = NULL;
	struct err err = ERR_NONE;

	if (!c->set)
		return 0;
	if (!fields || json_parse(fields, strlen(fields), &f, &err) < 0)
		return -ENOMEM;
	return json_set(j, "fields", f);
}

/* What will be sent: null members where the tenant has not named it yet. */
static int
pending_put_call(struct json *j, const struct change *c)
{
	int r = 0;

	if (c->person)
		r = json_set_str(j, "userKey", c->person->key);
	if (r == 0 && c->license)
		r = json_set_str(j, "license", c->license->description);
	if (r == 0 && c->license)
		r = json_set_str(j, "licenseKey", c->license->key);
	if (r == 0 && c->group)
		r = json_set_str(j, "group", c->group->label);
	if (r == 0 && c->group)
		r = json_set_str(j, "groupKey", c->group->key);
	if (r == 0 && c->new_name)
		r = json_set_str(j, "newName", c->new_name);
	return r < 0 ? r : pending_put_fields(j, c);
}

static int
pending_print(const struct change *c, struct buf *out)
{
	AUTO(json_done) struct json *j = json_new_object();
	struct json *call = json_new_object();
	int r = j ? 0 : -ENOMEM;

	if (r == 0)
		r = json_set_int(j, "id", c->id);
	if (r == 0)
		r = json_set_str(j, "verb", change_name(c));
	if (r == 0)
		r = json_set_str(j, "path", c->path);
	if (r == 0)
		r = json_set_str(j, "state", pending_state(c));
	if (r == 0)
		r = pending_put_time(j, "since", c->created_ms);
	if (r == 0)
		r = json_set_int(j, "tries", c->tries);
	if (r == 0)
		r = json_set_int(j, "uid", c->uid);
	if (r == 0)
		r = json_set_int(j, "pid", c->pid);
	if (r == 0)
		r = json_set_str(j, "command", c->command);
	if (r == 0)
		r = pending_put_call(call, c);
	if (r < 0) {
		json_free(call);
		return r;
	}
	r = json_set(j, "sends", call);
	if (r == 0)
		r = json_print_pretty(j, 0, false, out);
	return r == 0 ? buf_putc(out, '\n') : r;
}

/* ---- nodes ---- */

static uint64_t
pending_ino(const struct change *c)
{
	return (uint64_t)INO_PENDING << 32 | (uint32_t)c->id;
}

int
pending_lookup(struct tenant *t, const char *name, struct node **ret)
{
	struct node *dir = t->fixed[FIXED_PENDING];
	struct node *n = tree_child(t, dir, name);
	const struct change *c = pending_find(t, name);
	struct local *local;

	tenant_mutate(t);
	if (!c) {
		if (n)
			tree_forget_record(t, n);
		return -ENOENT;
	}
	if (!n)
		n = tree_add_known(t, dir, name, NODE_PENDING, pending_ino(c));
	local = n ? tree_local(n) : NULL;
	if (!local) {
		if (n)
			tree_forget_record(t, n);
		return -ENOMEM;
	}
	local->content.max = PENDING_TEXT_BYTES;
	buf_clear(&local->content);
	n->mtime_ns = person_since(c);
	*ret = n;
	return pending_print(c, &local->content);
}

int
pending_list(struct tenant *t, uint64_t cookie, tenant_dirent_fn fn, void *ctx)
{
	char name[NAME_BYTES_MAX + 1];
	struct tenant_attr a = {.mode = S_IFREG | (0444 & ~t->conf.umask),
	    .nlink = 1,
	    .uncached = true};
	const struct change *c;

	tenant_begin(t);
	c = cookie == 0 ? t->first : pending_after(t, (int64_t)cookie);
	for (; c; c = c->next) {
		pending_name(c, name);
		a.ino = pending_ino(c);
		if (!fn(ctx, name, &a, (uint64_t)c->id))
			break;
	}
	tenant_end(t);
	return 0;
}

/* ---- rm ---- */

static int
pending_cancel_change(
    struct tenant *t, struct change *c, const char *why, struct err *err)
{
	struct person *p = c->person;
	int r;

	if (c->verb == VERB_GROUP_CREATE && !c->group->key)
		return dir_forget_group(t, c->group, why, err);
	if (!p)
		return change_cancel(t, c, why, err);
	p->pinned = true;
	r = change_cancel(t, c, why, err);
	p->pinned = false;
	person_forget_if_empty(t, p);
	return r;
}

int
pending_cancel(struct tenant *t, const struct tenant_caller *who,
    struct node *n, struct err *err)
{
	struct change *c = pending_find(t, n->name);
	AUTO(text_done) char *why = NULL;
	char command[64];
	int r;

	if (!c) {
		tenant_mutate(t);
		tree_forget_record(t, n);
		return -ENOENT;
	}
	if (!change_is_cancellable(c))
		return err_set(err, -EBUSY,
		    "its call has begun: it can no longer be cancelled");
	report_command(who->pid, command, sizeof(command));
	why = text_printf("cancelled in .gotofs/pending by uid %u (%s)",
	    (unsigned)who->uid, *command ? command : "?");
	r = why ? pending_cancel_change(t, c, why, err) : err_nomem(err);
	if (r < 0)
		return r;
	tenant_mutate(t);
	tree_forget_record(t, n);
	return 0;
}
