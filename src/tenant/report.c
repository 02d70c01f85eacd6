/* SPDX-License-Identifier: MIT */
/*
 * report: what a person is told: records of errors/ (report_errors.c), journal
 * lines, and the failures that `gotofs sync` lists.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gotofs/clock.h"
#include "gotofs/crash.h"
#include "gotofs/text.h"
#include "tenant_int.h"

#define REPORT_FAILURES_MAX 10000

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
		report_put_error(t, b, path, 0, record);
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
