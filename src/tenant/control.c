/* SPDX-License-Identifier: MIT */
/* control: gotofs sync: send what is pending below a path, wait, report. */
#include <errno.h>
#include <string.h>

#include "ctl_int.h"
#include "gotofs/clock.h"
#include "gotofs/text.h"
#include "keep_int.h"

#define CONTROL_WAIT_MS 200
#define CONTROL_MANY 1000
#define CONTROL_AWAITED_MAX 5 /* so many are named */

/* What waits for somebody who may never come does not count: links for their
 * person, removals for the tar that put an empty file in their place. */
static bool
control_is_stuck(struct tenant *t, const struct change *c)
{
	return c->state == STATE_WAITING ||
	       (c->state == STATE_HELD && change_has_placeholder(t, c));
}

static long
control_pending(struct tenant *t, const char *prefix)
{
	const struct change *c;
	long n = 0;

	if (t->dry_run)
		return 0; /* nothing of it is on its way */
	if (!*prefix) {	  /* all of it */
		n = t->changes_n - t->waiting.n;
		for (c = t->held.first; c; c = c->in_next)
			n -= control_is_stuck(t, c);
		return n;
	}
	for (c = t->first; c; c = c->next)
		n += change_is_below(c, prefix) && !control_is_stuck(t, c);
	return n;
}

static bool
control_waits(const struct change *c, const char *prefix)
{
	return c->state == STATE_WAITING && change_is_below(c, prefix);
}

/* Links that were accepted, and their people, each once. */
static int
control_report_waiting(struct tenant *t, const char *prefix,
    struct tenant_sync_report *report, struct err *err)
{
	const struct change *c, *first;

	for (c = t->dry_run ? NULL : t->waiting.first; c; c = c->in_next) {
		if (!control_waits(c, prefix))
			continue;
		report->waiting_n++;
		for (first = c->person->changes; !control_waits(first, prefix);)
			first = first->person_next;
		if (first == c && report->awaited_n++ < CONTROL_AWAITED_MAX) {
			AUTO(text_done)
			char *path = text_printf("users/%s", c->person->name);

			if (!path || strv_add(&report->awaited, path) < 0)
				return err_nomem(err);
		}
	}
	return 0;
}

/* What is here has gathered for long enough. */
void
control_close_gathering(struct tenant *t)
{
	if (t->last)
		t->gathered_id = t->last->id;
	tenant_wake_work(t);
}

/* Until there are others, or a moment has passed.  Thousands are not counted
 * at each verdict. */
static long
control_wait(struct tenant *t, const char *prefix, long left)
{
	int64_t until = clock_boot_ms() + CONTROL_WAIT_MS, now;

	while (!t->stopping && (now = clock_boot_ms()) < until) {
		tenant_wait(t, until - now);
		if (left < CONTROL_MANY)
			break;
	}
	return control_pending(t, prefix);
}

/* What was approved is a change of the candidate: of the folder above. */
static char *
control_prefix(const char *folder)
{
	const char *last = strrchr(folder, '/');
	size_t n = strlen(folder);

	if (text_starts(folder, "reclaim/") && last &&
	    strcmp(last, "/approved") == 0)
		n = (size_t)(last - folder);
	return strndup(folder, n);
}

int
tenant_sync(struct tenant *t, const char *folder, int64_t timeout_ms,
    tenant_progress_fn progress, void *ctx, struct tenant_sync_report *ret,
    struct err *err)
{
	AUTO(text_done) char *prefix = control_prefix(folder);
	int64_t until = clock_boot_ms() + timeout_ms;
	struct tenant_sync_report report = {0};
	long left, most, began;
	int r = 0;

	if (!prefix)
		return err_nomem(err);
	tenant_begin(t);
	began = t->done_n;
	control_close_gathering(t);
	if (t->held_n > 0 && !ctl_is_read_only(t))
		change_release_held(t, prefix);
	most = left = control_pending(t, prefix);
	while (left > 0 && !t->stopping) {
		if (ctl_is_read_only(t) && t->sending_n == 0) {
			r = err_set(err, -EROFS,
			    "read-only: %ld changes wait until it ends", left);
			break;
		}
		if (t->unbound.code < 0) {
			r = err_set(err, -EROFS, "%s", t->unbound.msg);
			break;
		}
		if (t->sending_n == 0 && tenant_token_is_refused(t)) {
			r = err_set(err, -EROFS,
			    "GoTo refuses the token; %ld changes wait for a "
			    "better one",
			    left);
			break;
		}
		if (timeout_ms > 0 && clock_boot_ms() >= until) {
			r = err_set(err, -ETIMEDOUT,
			    "%ld changes are still on their way", left);
			break;
		}
		tenant_end(t);
		if (progress)
			progress(ctx, "changes", most - left, most);
		tenant_begin(t);
		left = control_wait(t, prefix, left);
		most = left > most ? left : most;
	}
	report.sent_n = t->done_n - began;
	if (r == 0)
		r = control_report_waiting(t, prefix, &report, err);
	if (r == 0)
		r = report_take_failures(
		    t, prefix, 0, &report.failures, &report.failed_n);
	tenant_pause(t);
	keep_flush(t);
	attr_flush(t); /* times and modes are as durable as the rest */
	tenant_end(t);
	if (r < 0) {
		tenant_sync_report_done(&report);
		return r;
	}
	*ret = report;
	return 0;
}

void
tenant_sync_report_done(struct tenant_sync_report *r)
{
	strv_free(r->failures);
	strv_free(r->awaited);
	memset(r, 0, sizeof(*r));
}
