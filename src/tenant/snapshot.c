/* SPDX-License-Identifier: MIT */
/* snapshot: which there are: mkdir, rmdir and mv in .gotofs/snapshots/. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dir_int.h"
#include "gotofs/clock.h"
#include "gotofs/crash.h"
#include "gotofs/json.h"
#include "gotofs/list.h"
#include "gotofs/text.h"
#include "snapshot_int.h"
#include "status_int.h"

#define SNAPSHOT_IDLE_MS 60000
#define SNAPSHOT_SEQ_MAX (INT64_C(1) << 20)

/* ---- the list ---- */

static struct snapshot *
snapshot_new(const struct store_snapshot *row, const char *name)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->users_n = 1;
	s->row = *row;
	s->row.name = NULL;
	s->name = text_dup(name);
	pthread_mutex_init(&s->folders_lock, NULL);
	if (!s->name) {
		snapshot_put(s);
		return NULL;
	}
	return s;
}

void
snapshot_put(struct snapshot *s)
{
	if (!s || atomic_fetch_sub(&s->users_n, 1) > 1)
		return;
	snapshot_folders_done(&s->licenses);
	snapshot_folders_done(&s->groups);
	free(s->mark);
	pthread_mutex_destroy(&s->folders_lock);
	free(s->name);
	free(s);
}

/* Room for one more, so that it cannot fail later. */
static int
snapshot_make_room(struct tenant *t)
{
	struct snapshot **v;

	tenant_mutate(t);
	v = list_grow(t->snapshot, t->snapshots_n, sizeof(struct snapshot *));
	if (!v)
		return -ENOMEM;
	t->snapshot = v;
	return 0;
}

static int
snapshot_load_one(void *ctx, const struct store_snapshot *row)
{
	struct tenant *t = ctx;
	struct snapshot *s;

	if (snapshot_make_room(t) < 0)
		return -ENOMEM;
	s = snapshot_new(row, row->name);
	if (!s)
		return -ENOMEM;
	t->snapshot[t->snapshots_n++] = s;
	return 0;
}

int
snapshot_load(struct tenant *t, struct err *err)
{
	return store_snapshots_each(t->store, snapshot_load_one, t, err);
}

void
snapshot_done(struct tenant *t)
{
	while (t->snapshots_n > 0)
		snapshot_put(t->snapshot[--t->snapshots_n]);
	free(t->snapshot);
	t->snapshot = NULL;
}

static struct snapshot *
snapshot_named(const struct tenant *t, const char *name)
{
	for (size_t i = 0; i < t->snapshots_n; i++)
		if (strcmp(t->snapshot[i]->name, name) == 0)
			return t->snapshot[i];
	return NULL;
}

int
snapshot_find(const struct tenant *t, const char *name, struct tenant_attr *ret)
{
	const struct snapshot *s = snapshot_named(t, name);

	if (!s)
		return -ENOENT;
	snapshot_root_attr(t, s, ret);
	return 0;
}

void
snapshot_list(struct tenant *t, uint64_t cookie, tenant_dirent_fn fn, void *ctx)
{
	struct tenant_attr a;

	for (size_t i = 0; i < t->snapshots_n; i++) {
		const struct snapshot *s = t->snapshot[i];

		if ((uint64_t)s->row.seq <= cookie)
			continue;
		snapshot_root_attr(t, s, &a);
		if (!fn(ctx, s->name, &a, (uint64_t)s->row.seq))
			return;
	}
}

/* ---- made, dropped, renamed ---- */

static int
snapshot_check_name(const char *name, struct err *err)
{
	size_t n = strlen(name), i;

	if (*name == '.')
		return err_set(err, -EINVAL,
		    "the name of a snapshot does not begin with a dot");
	if (n > SNAPSHOT_NAME_BYTES)
		return err_set(err, -EINVAL,
		    "the name of a snapshot has at most %d bytes",
		    SNAPSHOT_NAME_BYTES);
	for (i = 0; i < n; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			break;
	if (i < n || !text_is_utf8(name, n))
		return err_set(err, -EINVAL,
		    "the name of a snapshot is UTF-8 without control "
		    "characters");
	return 0;
}

/* They change nothing at GoTo: neither "ro" in ctl nor a dead token forbids
 * them. */
static int
snapshot_check(const struct tenant *t, struct err *err)
{
	if (t->dry_run)
		return err_set(err, -EPERM,
		    "a dry run shows the snapshots of the account, as they "
		    "were when it began; make and drop them on its mount");
	if (t->conf.read_only)
		return err_set(err, -EROFS, "mounted read-only (-o ro)");
	return 0;
}

/* With what the store has been told in b: durable, or nothing has happened. */
static int
snapshot_commit(struct store_batch *b, int r, const struct tenant_caller *who,
    const char *verb, const char *name, struct err *err)
{
	AUTO(text_done) char *path = text_printf(".gotofs/snapshots/%s", name);
	const struct store_journal_entry e = {
	    .verb = verb, .object = path, .result = "ok"};

	if (r == 0)
		r = path ? report_put_line(b, who, e, err) : err_nomem(err);
	if (r < 0) {
		store_rollback(b);
		return r;
	}
	crash_point("snapshot-before-commit");
	r = store_commit(b, err);
	crash_point("snapshot-after-commit");
	return r;
}

/* Since when they are in force. */
static int64_t
snapshot_rules_ns(const struct tenant *t)
{
	const struct reclaim *r = &t->reclaim;

	return (r->written_ms ? r->written_ms : r->first_ms) * CLOCK_NS_PER_MS;
}

static int
snapshot_pin(struct tenant *t, const struct tenant_caller *who,
    const char *name, struct snapshot **ret, struct err *err)
{
	struct store_snapshot row = {.name = name,
	    .created_ns = clock_wall_ns(),
	    .rules_ns = snapshot_rules_ns(t),
	    .rules_bytes = t->reclaim.bytes};
	struct store_batch *b = NULL;
	int r = snapshot_make_room(t);

	*ret = r == 0 ? snapshot_new(&row, name) : NULL;
	if (!*ret)
		return err_nomem(err);
	r = tenant_batch(t, &b, err);
	if (r < 0)
		return r;
	r = store_snapshot_add(b, &row, t->reclaim.text, err);
	if (r == 0 && row.seq >= SNAPSHOT_SEQ_MAX)
		r = err_set(err, -EOVERFLOW, "no more snapshots can be made");
	r = snapshot_commit(b, r, who, "snapshot", name, err);
	row.name = NULL;
	(*ret)->row = row;
	return r;
}

int
snapshot_make(struct tenant *t, const struct tenant_caller *who,
    const char *name, struct tenant_attr *ret)
{
	struct node *dir = t->fixed[FIXED_SNAPSHOTS];
	struct snapshot *s = NULL;
	struct err err = ERR_NONE;
	int r = snapshot_check(t, &err);

	if (r == 0 && snapshot_named(t, name))
		return -EEXIST;
	if (r == 0)
		r = snapshot_check_name(name, &err);
	if (r == 0 && store_generation(t->store) == 0)
		r = err_set(&err, -EIO,
		    "there is no complete listing of the account yet");
	if (r == 0)
		r = snapshot_pin(t, who, name, &s, &err);
	if (r < 0) {
		snapshot_put(s);
		return dir_refuse(t, who, "snapshot", dir, name, r, err.msg);
	}
	tenant_mutate(t);
	t->snapshot[t->snapshots_n++] = s;
	tree_touch(t, dir);
	snapshot_root_attr(t, s, ret);
	return 0;
}

static void
snapshot_forget(struct tenant *t, struct snapshot *s)
{
	size_t i = 0;

	while (t->snapshot[i] != s)
		i++;
	for (t->snapshots_n--; i < t->snapshots_n; i++)
		t->snapshot[i] = t->snapshot[i + 1];
	snapshot_put(s);
}

int
snapshot_drop(
    struct tenant *t, const struct tenant_caller *who, const char *name)
{
	struct node *dir = t->fixed[FIXED_SNAPSHOTS];
	struct snapshot *s = snapshot_named(t, name);
	struct store_batch *b = NULL;
	struct err err = ERR_NONE;
	int r;

	if (!s)
		return -ENOENT;
	r = snapshot_check(t, &err);
	if (r == 0)
		r = tenant_batch(t, &b, &err);
	if (r == 0) {
		/* for as soon as it is dropped, some of it may be forgotten */
		atomic_store(&s->gone, true);
		r = store_snapshot_drop(b, s->row.seq, &err);
		r = snapshot_commit(b, r, who, "drop-snapshot", name, &err);
	}
	if (r < 0) {
		atomic_store(&s->gone, false);
		return dir_refuse(
		    t, who, "drop-snapshot", dir, name, r, err.msg);
	}
	tenant_mutate(t);
	snapshot_forget(t, s);
	tree_touch(t, dir);
	return 0;
}

static int
snapshot_check_rename(const struct tenant *t, const struct node *new_dir,
    const char *new_name, struct err *err)
{
	int r = snapshot_check(t, err);

	if (r == 0 && new_dir->fixed != FIXED_SNAPSHOTS)
		r = err_set(err, -EPERM, "snapshots stay in this folder");
	if (r == 0)
		r = snapshot_check_name(new_name, err);
	if (r == 0 && snapshot_named(t, new_name))
		r = err_set(err, -EEXIST,
		    "there is a snapshot of this name; rmdir drops it");
	return r;
}

int
snapshot_rename(struct tenant *t, const struct tenant_caller *who,
    const char *name, const struct node *new_dir, const char *new_name)
{
	struct node *dir = t->fixed[FIXED_SNAPSHOTS];
	struct snapshot *s = snapshot_named(t, name);
	AUTO(text_done) char *own = text_dup(new_name);
	struct store_batch *b = NULL;
	struct err err = ERR_NONE;
	int r;

	if (!s || !own)
		return s ? -ENOMEM : -ENOENT;
	r = snapshot_check_rename(t, new_dir, new_name, &err);
	if (r == 0)
		r = tenant_batch(t, &b, &err);
	if (r == 0) {
		r = store_snapshot_rename(b, s->row.seq, new_name, &err);
		r = snapshot_commit(
		    b, r, who, "rename-snapshot", new_name, &err);
	}
	if (r < 0)
		return dir_refuse(
		    t, who, "rename-snapshot", new_dir, new_name, r, err.msg);
	tenant_mutate(t);
	free(s->name);
	s->name = TAKE(own);
	tree_touch(t, dir);
	return 0;
}

/* ---- nobody inside ---- */

static bool
snapshot_is_idle(const struct snapshot *s, int64_t now_boot_ms)
{
	return s->has_folders && s->users_n == 1 &&
	       now_boot_ms - s->used_boot_ms >= SNAPSHOT_IDLE_MS;
}

void
snapshot_tick(struct tenant *t, int64_t now_boot_ms)
{
	for (size_t i = 0; i < t->snapshots_n; i++) {
		struct snapshot *s = t->snapshot[i];

		if (!snapshot_is_idle(s, now_boot_ms))
			continue;
		tenant_mutate(t); /* nobody enters */
		if (!snapshot_is_idle(s, now_boot_ms))
			continue;
		s->has_folders = false;
		snapshot_folders_done(&s->licenses);
		snapshot_folders_done(&s->groups);
	}
}

/* ---- status.json ---- */

static int
snapshot_status_one(const struct snapshot *s, struct json *list)
{
	struct json *m = json_new_object();
	int r = json_push(list, m);

	if (r == 0)
		r = json_set_str(m, "name", s->name);
	if (r == 0)
		r = status_time(
		    m, "created", s->row.created_ns / CLOCK_NS_PER_MS);
	if (r == 0)
		r = json_set_int(m, "generation", s->row.generation);
	return r;
}

int
snapshot_status(const struct tenant *t, struct json *j)
{
	struct json *list = json_new_array();
	int r = json_set(j, "snapshots", list);

	for (size_t i = 0; r == 0 && i < t->snapshots_n; i++)
		r = snapshot_status_one(t->snapshot[i], list);
	return r;
}
