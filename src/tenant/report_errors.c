/* SPDX-License-Identifier: MIT */
/*
 * report_errors: .gotofs/errors/: why the last change to a path failed, until
 * the next one goes well or somebody removes the record.  One before it that
 * goes well afterwards leaves it; but of a record of an earlier run nobody
 * knows what it came after.
 *
 * There is no end to what may be refused: of too many the oldest go, a tenth at
 * once.  The journal has a line of each.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dir_int.h"
#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/name.h"
#include "gotofs/text.h"

#define REPORT_TEXT_BYTES (1100 * 1024)
#define REPORT_ERRORS_MAX 10000
#define REPORT_ERRORS_BYTES (INT64_C(256) << 20)
#define REPORT_LEFT_MS 2000 /* a folder whose last record rm has taken */

/* ---- the text ---- */

int
report_error_text(const char *path, int code, const char *why, const char *text,
    size_t text_n, char **ret)
{
	AUTO(buf_done) struct buf b = BUF_MAX(REPORT_TEXT_BYTES);
	char when[CLOCK_ISO_BYTES];
	int r;

	clock_iso(clock_wall_ms(), when);
	r = buf_printf(&b, "%s: %s (%s)\n%s\n%s\n", path, strerror(-code),
	    change_errno_name(code), why, when);
	if (r == 0 && text_n > 0)
		r = buf_puts(&b, "\nThe refused text:\n");
	if (r == 0 && text_n > 0)
		r = buf_append(&b, text, text_n);
	if (r == 0 && text_n > 0 && text[text_n - 1] != '\n')
		r = buf_putc(&b, '\n');
	if (r < 0)
		return r;
	*ret = buf_take(&b);
	return *ret ? 0 : -ENOMEM;
}

/* The record of a file in .gotofs/ has a name without that. */
static const char *
report_name(const char *path)
{
	static const char control[] = ".gotofs/";

	return text_starts(path, control) ? path + strlen(control) : path;
}

/* ---- nodes below errors/ ---- */

/* A folder that is to go is not listed. */
static void
report_doom(struct tenant *t, struct node *dir, bool doomed)
{
	if (dir->local->doomed == doomed)
		return;
	dir->local->doomed = doomed;
	tree_touch(t, dir->parent);
	event_entry(t, dir->parent, dir->name);
}

/* The folder of a path, made on the way; *ret_name: its last part. */
static struct node *
report_folder(struct tenant *t, const char *path, bool make, char *part,
    size_t part_n, const char **ret_name)
{
	struct node *dir = t->fixed[FIXED_ERRORS];
	const char *slash;

	for (; dir && (slash = strchr(path, '/')); path = slash + 1) {
		size_t n = (size_t)(slash - path);
		struct node *next;

		if (n >= part_n)
			return NULL;
		memcpy(part, path, n);
		part[n] = '\0';
		next = tree_child(t, dir, part);
		if (next && next->local && make)
			report_doom(t, next, false);
		if (!next && make)
			next = tree_add(t, dir, part, false, NODE_ERROR_DIR);
		dir = next;
	}
	*ret_name = path;
	return dir;
}

static struct node *
report_node(struct tenant *t, const char *path, bool make)
{
	char part[NAME_BYTES_MAX + 1];
	const char *name;
	struct node *dir =
	    report_folder(t, path, make, part, sizeof(part), &name);
	struct node *n;

	if (!dir || snprintf(part, sizeof(part), "%.*s.txt",
			(int)sizeof(part) - 5, name) < 0)
		return NULL;
	n = tree_child(t, dir, part);
	if (!n && make) {
		n = tree_add(t, dir, part, false, NODE_ERROR);
		t->errors_n += n != NULL;
	}
	return n;
}

static int64_t
report_bytes(const struct node *n)
{
	return n->local ? (int64_t)n->local->content.len : 0;
}

static void
report_remove_node(struct tenant *t, struct node *n)
{
	if (n->kind == NODE_ERROR) {
		t->errors_n--;
		t->errors_bytes -= report_bytes(n);
	}
	tree_remove(t, n);
}

/* A folder is there only while it is not empty. */
static void
report_end_folder(struct tenant *t, struct node *dir)
{
	size_t i = 0;

	while (
	    dir && dir != t->fixed[FIXED_ERRORS] && !tree_next_child(dir, &i)) {
		struct node *n = dir;

		dir = dir->parent;
		tree_remove(t, n);
		i = 0;
	}
}

static bool
report_is_left(const struct node *dir)
{
	const struct node *n;
	size_t i = 0;

	while ((n = tree_next_child(dir, &i)))
		if (tree_is_listed(n))
			return false;
	return true;
}

/* The same after rm: with -r it comes for the folder next, which is listed no
 * more, and found for a moment. */
static void
report_leave_folder(struct tenant *t, struct node *dir)
{
	int64_t until_ms = clock_boot_ms() + REPORT_LEFT_MS;

	for (; dir != t->fixed[FIXED_ERRORS] && report_is_left(dir);
	     dir = dir->parent) {
		struct local *local = tree_local(dir);

		if (!local) {
			report_end_folder(t, dir);
			return;
		}
		local->until_ms = until_ms;
		report_doom(t, dir, true);
		dir_watch(t, dir);
	}
}

bool
report_folder_is_over(struct tenant *t, struct node *n, int64_t now_ms)
{
	if (!n->local || !n->local->doomed)
		return true;
	if (now_ms < n->local->until_ms)
		return false;
	tenant_mutate(t);
	report_end_folder(t, n);
	return true;
}

static int
report_show(struct tenant *t, const struct store_error *e, int64_t failed)
{
	struct node *n;
	struct local *local;
	int r;

	tenant_mutate(t);
	n = report_node(t, e->path, true);
	local = n ? tree_local(n) : NULL;
	if (!local)
		return -ENOMEM;
	local->content.max = REPORT_TEXT_BYTES + 4096;
	t->errors_bytes -= report_bytes(n);
	buf_clear(&local->content);
	n->mtime_ns = e->time_ns;
	n->record = ++t->errors_last; /* which are the oldest */
	local->failed = failed;
	r = buf_puts(&local->content, e->text);
	t->errors_bytes += report_bytes(n);
	return r;
}

/* A record goes, in the store too if there is a batch. */
static int
report_drop(struct tenant *t, struct store_batch *b, struct node *n)
{
	AUTO(text_done) char *path = tree_path(n->parent, n->name);
	struct err err = ERR_NONE;

	if (!path)
		return -ENOMEM;
	path[strlen(path) - strlen(".txt")] = '\0';
	if (b)
		store_error_drop(b, path + strlen(".gotofs/errors/"), &err);
	tenant_mutate(t);
	report_remove_node(t, n);
	return 0;
}

/* ---- there is no end to what may be refused ---- */

static void
report_collect(struct node *dir, struct node **v, size_t *n)
{
	struct node *child;
	size_t i = 0;

	while ((child = tree_next_child(dir, &i)))
		if (child->kind == NODE_ERROR)
			v[(*n)++] = child;
		else
			report_collect(child, v, n);
}

static bool
report_is_full(const struct tenant *t)
{
	return t->errors_n > REPORT_ERRORS_MAX ||
	       t->errors_bytes > REPORT_ERRORS_BYTES;
}

static int
report_by_age(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;

	return ((*x)->record > (*y)->record) - ((*x)->record < (*y)->record);
}

static void
report_make_room(struct tenant *t, struct store_batch *b)
{
	struct node **v;
	size_t n = 0, i;

	if (!report_is_full(t))
		return;
	v = calloc((size_t)t->errors_n, sizeof(struct node *));
	if (!v)
		return; /* the next time */
	report_collect(t->fixed[FIXED_ERRORS], v, &n);
	qsort(v, n, sizeof(struct node *), report_by_age);
	for (i = 0;
	     i + 1 < n && (t->errors_n > REPORT_ERRORS_MAX / 10 * 9 ||
			      t->errors_bytes > REPORT_ERRORS_BYTES / 10 * 9);
	     i++) {
		struct node *dir = v[i]->parent;

		if (report_drop(t, b, v[i]) < 0)
			continue;
		t->errors_forgotten_n++;
		report_end_folder(t, dir);
	}
	free(v);
}

int
report_put_error(struct tenant *t, struct store_batch *b, const char *path,
    int64_t failed, const char *text)
{
	struct store_error e = {report_name(path), text, clock_wall_ns(), 0};
	struct err err = ERR_NONE;
	int r =
	    report_show(t, &e, failed || !t->last ? failed : t->last->id + 1);

	/* without a store (a full disk) the record is in memory at least */
	if (b && store_error_put(b, &e, NULL, &err) < 0)
		log_warn("errors/%s.txt: %s", path, err.msg);
	report_make_room(t, b);
	return r;
}

bool
report_is_later(struct tenant *t, const struct change *c)
{
	const struct node *n = report_node(t, report_name(c->path), false);

	return n && n->local && n->local->failed > c->id;
}

/* The change after it went well. */
void
report_clear(struct tenant *t, struct store_batch *b, const char *path)
{
	struct node *n = report_node(t, report_name(path), false), *dir;
	struct err err = ERR_NONE;

	if (!n)
		return;
	tenant_mutate(t);
	dir = n->parent;
	report_remove_node(t, n);
	report_end_folder(t, dir);
	if (b)
		store_error_drop(b, report_name(path), &err);
}

/* The same for what was no change, or turned out to be none. */
void
report_clear_path(struct tenant *t, const char *path)
{
	struct err err = ERR_NONE;
	struct store_batch *b;

	if (!report_node(t, report_name(path), false) ||
	    tenant_batch(t, &b, &err) < 0)
		return;
	report_clear(t, b, path);
	store_commit(b, &err);
}

void
report_clear_node(struct tenant *t, const struct node *n)
{
	AUTO(text_done) char *path = tree_path(n->parent, n->name);

	if (path)
		report_clear_path(t, path);
}

static int
report_load_one(void *ctx, const struct store_error *e)
{
	return report_show(ctx, e, 0);
}

int
report_load(struct tenant *t, struct err *err)
{
	struct store_batch *b;
	int r = store_errors_each(t->store, report_load_one, t, err);

	if (r < 0 || !report_is_full(t))
		return r;
	r = tenant_batch(t, &b, err);
	if (r < 0)
		return r;
	report_make_room(t, b);
	return store_commit(b, err);
}

/* rm of an errors/ record. */
int
report_acknowledge(struct tenant *t, struct node *n)
{
	struct node *dir = n->parent;
	struct err err = ERR_NONE;
	struct store_batch *b = NULL;
	int r;

	if (tenant_batch(t, &b, &err) < 0)
		b = NULL;
	r = report_drop(t, b, n);
	if (r == 0)
		report_leave_folder(t, dir);
	if (b)
		store_end(b, r, &err);
	return r;
}

/* All of them, and what sync would tell. */
int
report_acknowledge_all(struct tenant *t, struct err *err)
{
	struct node *dir = t->fixed[FIXED_ERRORS], *n;
	struct store_batch *b;
	int r = tenant_batch(t, &b, err);

	if (r < 0)
		return r;
	r = store_errors_clear(b, err);
	r = store_end(b, r, err);
	if (r < 0)
		return r;
	tenant_mutate(t);
	while ((n = tree_last_child(dir))) {
		while (tree_is_dir(n) && tree_last_child(n))
			n = tree_last_child(n);
		report_remove_node(t, n);
	}
	report_done(t);
	t->failures_n = t->failures_lost = 0;
	return 0;
}
