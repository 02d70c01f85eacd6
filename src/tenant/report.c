/* SPDX-License-Identifier: MIT */
/*
 * report: what a person is told: errors/ records, journal lines, and the
 * failures that `gotofs sync` lists.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gotofs/clock.h"
#include "gotofs/crash.h"
#include "gotofs/log.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "tenant_int.h"

#define REPORT_TEXT_BYTES (1100 * 1024)
#define REPORT_FAILURES_MAX 10000

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
	if (!n && make)
		n = tree_add(t, dir, part, false, NODE_ERROR);
	return n;
}

static void
report_remove_node(struct tenant *t, struct node *n)
{
	struct node *dir = n->parent;
	size_t i = 0;

	tree_remove(t, n);
	/* a folder is there only while it is not empty */
	while (
	    dir && dir != t->fixed[FIXED_ERRORS] && !tree_next_child(dir, &i)) {
		n = dir;
		dir = dir->parent;
		tree_remove(t, n);
		i = 0;
	}
}

static int
report_show(struct tenant *t, const char *path, const char *text)
{
	struct node *n;
	struct local *local;

	tenant_mutate(t);
	n = report_node(t, path, true);
	local = n ? tree_local(n) : NULL;
	if (!local)
		return -ENOMEM;
	local->content.max = REPORT_TEXT_BYTES + 4096;
	buf_clear(&local->content);
	n->mtime_ns = clock_wall_ns();
	return buf_puts(&local->content, text);
}

int
report_put_error(
    struct tenant *t, struct store_batch *b, const char *path, const char *text)
{
	struct store_error e = {report_name(path), text, clock_wall_ns(), 0};
	struct err err = ERR_NONE;
	int r = report_show(t, e.path, text);

	/* without a store (a full disk) the record is in memory at least */
	if (b && store_error_put(b, &e, NULL, &err) < 0)
		log_warn("errors/%s.txt: %s", path, err.msg);
	return r;
}

/* The change after it went well. */
void
report_clear(struct tenant *t, struct store_batch *b, const char *path)
{
	struct node *n = report_node(t, report_name(path), false);
	struct err err = ERR_NONE;

	if (!n)
		return;
	tenant_mutate(t);
	report_remove_node(t, n);
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
	return report_show(ctx, e->path, e->text);
}

int
report_load(struct tenant *t, struct err *err)
{
	return store_errors_each(t->store, report_load_one, t, err);
}

/* rm of an errors/ record, or of a folder of them. */
int
report_acknowledge(struct tenant *t, struct node *n)
{
	AUTO(text_done) char *path = tree_path(n->parent, n->name);
	struct err err = ERR_NONE;
	struct store_batch *b;
	size_t len, skip = strlen(".gotofs/errors/");

	if (!path)
		return -ENOMEM;
	len = strlen(path);
	path[len - strlen(".txt")] = '\0';
	if (tenant_batch(t, &b, &err) == 0) {
		if (store_error_drop(b, path + skip, &err) < 0)
			store_rollback(b);
		else
			store_commit(b, &err);
	}
	tenant_mutate(t);
	report_remove_node(t, n);
	return 0;
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

/* ---- failures that nobody waited for ---- */

void
report_failure(
    struct tenant *t, const char *path, const char *why, int64_t apply)
{
	struct failure *f = calloc(1, sizeof(*f));

	tenant_mutate(t);
	if (!f || t->failures_n >= REPORT_FAILURES_MAX) {
		free(f);
		t->failures_lost++;
		return;
	}
	f->apply = apply;
	f->path = text_dup(path);
	f->line = text_printf("%s: %s", path, why);
	f->next = t->failures;
	t->failures = f;
	t->failures_n++;
}

int
report_take_failures(struct tenant *t, const char *prefix, int64_t apply,
    char ***ret, long *ret_n)
{
	struct failure **p = &t->failures, *f;
	size_t n = strv_n(*ret);

	tenant_mutate(t);
	while ((f = *p)) {
		if (f->apply != apply ||
		    !change_path_is_below(f->path ? f->path : "", prefix)) {
			p = &f->next;
			continue;
		}
		if (strv_add_n(ret, &n, f->line ? f->line : "?") < 0)
			return -ENOMEM;
		*p = f->next;
		t->failures_n--;
		free(f->path);
		free(f->line);
		free(f);
	}
	*ret_n = (long)n;
	return 0;
}

void
report_done(struct tenant *t)
{
	while (t->failures) {
		struct failure *f = t->failures;

		t->failures = f->next;
		free(f->path);
		free(f->line);
		free(f);
	}
}

/* ---- the journal ---- */

int
report_journal(struct tenant *t, struct store_batch *b, const struct change *c,
    int result, const struct err *why, const char *before, const char *after,
    struct err *err)
{
	struct store_journal_entry e = {
	    .time_ms = clock_wall_ms(),
	    .uid = c->uid,
	    .pid = c->pid,
	    .command = c->command ? c->command : "",
	    .verb = change_name(c),
	    .object = c->path,
	    .before = before,
	    .after = after,
	    .http_status = why ? why->http_status : 0,
	    .result = result == 0 ? "ok" : change_errno_name(result),
	    .reason = why && *why->msg ? why->msg : c->note,
	};

	return store_journal_add(b, &e, err);
}

void
report_command(pid_t pid, char *out, size_t n)
{
	char path[64];
	FILE *f;

	*out = '\0';
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = pid > 0 ? fopen(path, "re") : NULL;
	if (!f)
		return;
	if (!fgets(out, (int)n, f))
		*out = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(f);
}

int
report_put_line(struct store_batch *b, const struct tenant_caller *who,
    struct store_journal_entry e, struct err *err)
{
	char command[64];

	report_command(who->pid, command, sizeof(command));
	e.time_ms = clock_wall_ms();
	e.uid = who->uid;
	e.pid = who->pid;
	e.command = command;
	return store_journal_add(b, &e, err);
}

/* record NULL: the line alone. */
static void
report_told(struct tenant *t, const struct tenant_caller *who, const char *verb,
    const char *path, int code, const char *why, const char *record)
{
	struct err err = ERR_NONE;
	struct store_batch *b = NULL;
	const struct store_journal_entry e = {
	    .verb = verb,
	    .object = path,
	    .result = code == 0 ? "ok" : change_errno_name(code),
	    .reason = why,
	};

	t->refused_n += code < 0;
	if (t->apply && code < 0)
		report_failure(t, path, why, t->apply);
	if (tenant_batch(t, &b, &err) < 0)
		b = NULL;
	if (record)
		report_put_error(t, b, path, record);
	crash_point("refuse-before-commit");
	if (b && report_put_line(b, who, e, &err) == 0)
		store_commit(b, &err);
	else
		store_rollback(b);
	crash_point("refuse-after-commit");
}

int
report_refusal(struct tenant *t, const struct tenant_caller *who,
    const char *verb, const char *path, int code, const char *text,
    size_t text_n, const char *why)
{
	AUTO(text_done) char *record = NULL;

	if (report_error_text(path, code, why, text, text_n, &record) == 0)
		report_told(t, who, verb, path, code, why, record);
	return code;
}

int
report_refusal_long(struct tenant *t, const struct tenant_caller *who,
    const char *verb, const char *path, int code, const char *why,
    const char *record_why)
{
	AUTO(text_done) char *record = NULL;

	if (report_error_text(path, code, record_why, NULL, 0, &record) == 0)
		report_told(t, who, verb, path, code, why, record);
	return code;
}

/* The same, where the record that is there says more. */
int
report_refusal_again(struct tenant *t, const struct tenant_caller *who,
    const char *verb, const char *path, int code, const char *why)
{
	report_told(t, who, verb, path, code, why, NULL);
	return code;
}

void
report_line(struct tenant *t, const struct tenant_caller *who, const char *verb,
    const char *path, int result, const char *why)
{
	report_told(t, who, verb, path, result, why, NULL);
}
