/* SPDX-License-Identifier: MIT */
/*
 * status: status.json.
 *
 * There is no open file to keep a text for: it is made when its attributes are
 * asked for, kept for the reads that follow, and padded with blanks to a
 * multiple of 4096 so that its size rarely moves (DESIGN 2).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_int.h"
#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "gotofs/token.h"
#include "snapshot_int.h"
#include "status_int.h"
#include "tenant_int.h"

#define STATUS_BLOCK 4096
#define STATUS_BYTES_MAX (16 * 1024 * 1024)

int
status_time(struct json *j, const char *name, int64_t ms)
{
	char text[CLOCK_ISO_BYTES];

	if (ms <= 0)
		return json_set_null(j, name);
	return json_set_str(j, name, clock_iso(ms, text));
}

static int
status_mirror(struct tenant *t, struct json *j)
{
	struct json *m = json_new_object();
	int r = json_set(j, "mirror", m);

	if (r == 0)
		r = json_set_int(m, "generation", store_generation(t->store));
	if (r == 0)
		r = json_set_int(m, "users", (int64_t)t->persons_n);
	if (r == 0)
		r = json_set_int(m, "licenses", (int64_t)t->licenses_n);
	if (r == 0)
		r = json_set_int(m, "groups", (int64_t)t->groups_n);
	if (r == 0)
		r = status_time(m, "refreshed", t->pull_ok_ms);
	if (r == 0)
		r = status_time(m, "tried", t->pull_tried_ms);
	if (r == 0)
		r = json_set_bool(m, "refreshing", t->pulling);
	if (r == 0)
		r = t->pull_result < 0
			? json_set_str(m, "error", t->pull_err.msg)
			: json_set_null(m, "error");
	return r;
}

/* Calls that the queue takes at least: one a change, but for creates. */
static long
status_calls(const struct tenant *t)
{
	long n =
	    (t->queued_n[VERB_CREATE] + GOTO_CREATE_MAX - 1) / GOTO_CREATE_MAX;
	size_t i;

	for (i = 0; i < VERB_N; i++)
		if (i != VERB_CREATE)
			n += t->queued_n[i];
	return n;
}

static long
status_queued(const struct tenant *t)
{
	long n = 0;
	size_t i;

	for (i = 0; i < VERB_N; i++)
		n += t->queued_n[i];
	return n;
}

static int
status_changes(struct tenant *t, struct json *j)
{
	struct json *m = json_new_object();
	int64_t left_s = (int64_t)((double)status_calls(t) / t->rate_per_s);
	int r = json_set(j, "changes", m);

	if (r == 0)
		r = json_set_int(m, "pending", t->changes_n);
	if (r == 0)
		r = json_set_int(m, "held", t->held_n);
	if (r == 0)
		r = json_set_int(m, "waiting", t->waiting.n);
	if (r == 0)
		r = json_set_int(m, "queued", status_queued(t));
	if (r == 0)
		r = json_set_int(m, "sending", t->sending_n);
	if (r == 0)
		r = json_set_int(m, "estimatedSeconds", left_s);
	if (r == 0)
		r = json_set_int(m, "done", t->done_n);
	if (r == 0)
		r = json_set_int(m, "failed", t->failures_n);
	return r;
}

static int
status_errors(struct tenant *t, struct json *j)
{
	struct json *m = json_new_object();
	int r = json_set(j, "errors", m);

	if (r == 0)
		r = json_set_int(m, "records", t->errors_n);
	if (r == 0)
		r = json_set_int(m, "forgotten", t->errors_forgotten_n);
	return r;
}

/* When the login ends if nothing renews it; null: it does not, or nobody knows.
 */
static int
status_token(const struct tenant *t, const struct goto_stats *s, struct json *m)
{
	long long days = token_days_left(s->token_until_ms);
	bool known = s->token_until_ms != 0;
	bool warn = known && days < TOKEN_WARN_DAYS;
	AUTO(text_done)
	char *why = text_printf(TOKEN_WARNING, days, t->profile);
	int r = why ? status_time(m, "tokenUntil", s->token_until_ms) : -ENOMEM;

	if (r == 0)
		r = known ? json_set_int(m, "tokenDaysLeft", days)
			  : json_set_null(m, "tokenDaysLeft");
	if (r == 0)
		r = warn ? json_set_str(m, "tokenWarning", why)
			 : json_set_null(m, "tokenWarning");
	return r;
}

static int
status_api(struct tenant *t, struct json *j)
{
	struct json *m = json_new_object();
	struct goto_stats s;
	int r = json_set(j, "api", m);

	goto_get_stats(t->api, &s);
	if (r == 0)
		r = json_set_int(m, "calls", s.calls_n);
	if (r == 0)
		r = json_set_int(m, "refused", s.refused_n);
	if (r == 0)
		r = status_time(m, "lastAnswer", s.last_ok_ms);
	if (r == 0)
		r = json_set_bool(
		    m, "tokenRefused", s.token_refused || t->token_refused);
	if (r == 0)
		r = status_token(t, &s, m);
	if (r == 0)
		r = s.last_error ? json_set_str(m, "error", s.last_error_msg)
				 : json_set_null(m, "error");
	return r;
}

static int
status_push_person(struct json *list, const struct person *p)
{
	AUTO(text_done)
	char *email = strndup(p->name, strlen(p->name) - strlen(".json"));

	return email ? json_push_str(list, email) : -ENOMEM;
}

/* Whom no removal may touch (DESIGN 4.2): patterns as they are, the token's own
 * account, and the super administrators while there are only two. */
static int
status_protected(struct tenant *t, struct json *j)
{
	const struct person *me =
	    t->me_key ? person_by_key(t, t->me_key) : NULL;
	struct json *list = json_new_array();
	struct map_link *l = NULL;
	char *const *pattern;
	int r = json_set(j, "protected", list);

	for (pattern = t->protect; r == 0 && pattern && *pattern; pattern++)
		r = json_push_str(list, *pattern);
	if (r == 0 && me)
		r = status_push_person(list, me);
	while (r == 0 && t->supers_n <= GUARD_SUPERS_MIN &&
	       (l = map_walk(&t->persons_by_key, l))) {
		const struct person *p = map_entry(l, struct person, by_key);

		if ((p->flags & PERSON_SUPER) && p != me)
			r = status_push_person(list, p);
	}
	return r;
}

static const char *
status_word(const struct tenant *t)
{
	if (t->token_refused)
		return "token refused";
	if (t->pull_result < 0)
		return "stale";
	return "ok";
}

/* With the read lock. */
static int
status_print(struct tenant *t, struct buf *out)
{
	AUTO(json_done) struct json *j = json_new_object();
	int r = j ? 0 : -ENOMEM;

	if (r == 0)
		r = json_set_str(j, "state", status_word(t));
	if (r == 0)
		r = json_set_str(j, "profile", t->profile);
	if (r == 0)
		r = json_set_str(j, "mountpoint", t->mountpoint);
	if (r == 0)
		r = json_set_str(j, "socket", t->socket);
	if (r == 0)
		r = json_set_bool(j, "readOnly", ctl_is_read_only(t));
	if (r == 0)
		r = json_set_bool(j, "dryRun", t->dry_run);
	if (r == 0)
		r = status_time(j, "started", t->started_ms);
	if (r == 0)
		r = status_account(t, j);
	if (r == 0)
		r = status_mirror(t, j);
	if (r == 0)
		r = status_changes(t, j);
	if (r == 0)
		r = status_errors(t, j);
	if (r == 0)
		r = status_api(t, j);
	if (r == 0)
		r = guard_status(t, j);
	if (r == 0)
		r = activity_status(t, j);
	if (r == 0)
		r = status_protected(t, j);
	if (r == 0)
		r = reclaim_status(t, j);
	if (r == 0)
		r = snapshot_status(t, j);
	if (r == 0)
		r = json_print_pretty(j, 0, false, out);
	return r == 0 ? buf_putc(out, '\n') : r;
}

int
tenant_status(struct tenant *t, struct buf *out, struct err *err)
{
	int r;

	tenant_read_lock(t);
	r = status_print(t, out);
	tenant_read_unlock(t);
	return r < 0 ? err_set(err, r, "cannot print the status") : 0;
}

static int
status_pad(struct buf *b)
{
	size_t want = (b->len / STATUS_BLOCK + 1) * STATUS_BLOCK;
	size_t from = b->len - 1; /* blanks before the last newline */
	int r = buf_resize(b, want);

	if (r < 0)
		return r;
	memset(b->data + from, ' ', want - from);
	b->data[want - 1] = '\n';
	return 0;
}

off_t
status_refresh(struct tenant *t)
{
	struct buf b = BUF_MAX(STATUS_BYTES_MAX);
	off_t size;

	if (status_print(t, &b) < 0 || status_pad(&b) < 0) {
		buf_done(&b);
		return 0;
	}
	pthread_mutex_lock(&t->status_lock);
	free(t->status_text);
	t->status_bytes = b.len;
	t->status_text = buf_take(&b);
	size = (off_t)t->status_bytes;
	pthread_mutex_unlock(&t->status_lock);
	return size;
}

int
status_read(struct tenant *t, off_t offset, size_t n, struct buf *out)
{
	int r = 0;

	pthread_mutex_lock(&t->status_lock);
	if (t->status_text && (size_t)offset < t->status_bytes) {
		size_t left = t->status_bytes - (size_t)offset;

		r = buf_append(
		    out, t->status_text + offset, n < left ? n : left);
	}
	pthread_mutex_unlock(&t->status_lock);
	return r;
}
