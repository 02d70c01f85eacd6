/* SPDX-License-Identifier: MIT */
/*
 * reclaim_file: reclaim/rules.json as a file.
 *
 * It is kept as it was written, in the store (meta); without that it reads as
 * the default.  Tools replace a file by unlink and create, or by two renames:
 * so its name may be away for the settle time, while the rules stay in force.
 * After that it is back as it was: nobody loses his exemption because a tool
 * deleted the file (rsync --delete).  The default holds again when "{}" is
 * written.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "keep_int.h"

#define RULES_META "reclaim_rules"
#define RULES_TIME_META "reclaim_rules_ms"
#define RULES_NAME "rules.json"
#define RULES_PATH "reclaim/" RULES_NAME
/* With more exemptions or people everybody is judged by the timer: it is
 * seconds, and nobody else could change anything. */
#define RULES_AT_ONCE 100
#define RULES_AT_ONCE_PEOPLE 20000
#define RULES_AGAIN_MS 1000 /* what the disk refused is tried again after */

/* ---- the store ---- */

/* For the journal: one line. */
static char *
rules_line(const char *text)
{
	AUTO(buf_done) struct buf line = BUF_MAX(2 * RECLAIM_RULES_BYTES);
	AUTO(json_done) struct json *j = NULL;

	if (json_parse(text, strlen(text), &j, NULL) < 0 ||
	    json_print(j, &line) < 0)
		return NULL;
	return buf_take(&line);
}

static int
rules_journal(struct store_batch *b, const struct tenant_caller *who,
    const char *before, const char *after, struct err *err)
{
	AUTO(text_done) char *old = rules_line(before);
	AUTO(text_done) char *new = rules_line(after);
	const struct store_journal_entry e = {
	    .verb = "rules",
	    .object = RULES_PATH,
	    .before = old,
	    .after = new,
	    .result = "ok",
	};

	if (!new)
		return err_nomem(err);
	return report_put_line(b, who, e, err);
}

static int
rules_store(struct tenant *t, const struct tenant_caller *who, const char *text,
    int64_t *ret_ms, struct err *err)
{
	AUTO(text_done) char *when = NULL;
	struct store_batch *b = NULL;
	int64_t now = clock_wall_ms();
	int r = tenant_batch(t, &b, err);

	when = text_printf("%lld", (long long)now);
	if (r == 0)
		r = when ? store_meta_set(b, RULES_META, text, err)
			 : err_nomem(err);
	if (r == 0)
		r = store_meta_set(b, RULES_TIME_META, when, err);
	if (r == 0)
		r = rules_journal(b, who, t->reclaim.text, text, err);
	r = store_end(b, r, err);
	tenant_mutate(t);
	if (r == 0)
		*ret_ms = now;
	return r;
}

/* Takes rules and text over; text NULL: the default. */
static int
rules_enforce(
    struct tenant *t, struct reclaim_rules *rules, char *text, struct err *err)
{
	struct reclaim *r = &t->reclaim;
	bool written = text != NULL;

	if (!text)
		text = text_dup(reclaim_rules_default);
	if (!text)
		return err_nomem(err);
	reclaim_find_astray(t, rules, true);
	if (r->moved && !r->was_rules) {
		r->was = r->rules; /* whom nobody has judged yet reads so */
		r->was_rules = true;
	} else {
		reclaim_rules_done(&r->rules);
	}
	r->rules = *rules;
	*rules = (struct reclaim_rules)RECLAIM_RULES_NONE;
	free(r->text);
	r->text = text;
	r->bytes = strlen(text);
	r->written = written;
	return 0;
}

/* Should a newer gotofs have written them, there are no candidates: its
 * exemptions are not known. */
int
reclaim_rules_load(struct tenant *t, struct err *err)
{
	struct reclaim_rules rules = RECLAIM_RULES_NONE;
	AUTO(text_done) char *text = NULL;
	AUTO(text_done) char *when = NULL;
	int r = store_meta_get(t->store, RULES_META, &text, err);

	if (r == 0)
		r = store_meta_get(t->store, RULES_TIME_META, &when, err);
	if (r < 0 && r != -ENOENT)
		return r;
	if (when)
		t->reclaim.written_ms = strtoll(when, NULL, 10);
	if (!text || !*text)
		return rules_enforce(t, &rules, NULL, err);
	r = reclaim_rules_parse(text, strlen(text), &rules, err);
	t->reclaim.broken = r == -EINVAL;
	if (r < 0 && r != -EINVAL)
		return r;
	if (r < 0)
		log_error("%s: %s: there are no candidates until it is "
			  "written anew",
		    RULES_PATH, err->msg);
	return rules_enforce(t, &rules, TAKE(text), err);
}

/* ---- a document ---- */

/* Who was never active is seen as that only if the time that is looked at is
 * longer than the threshold (DESIGN 5). */
static int
rules_check_days(
    const struct tenant *t, const char *where, long days, struct err *err)
{
	long window = activity_window_days(t);

	if (days + RECLAIM_WINDOW_DAYS <= window)
		return 0;
	return err_set(err, -EINVAL,
	    "%s%sinactive_days is %ld, and activity is looked at for %ld days: "
	    "it is to be at most %ld here; a longer window in [activity] of "
	    "the profile allows more",
	    where, *where ? ": " : "", days, window,
	    window - RECLAIM_WINDOW_DAYS);
}

static int
rules_check_window(
    const struct tenant *t, const struct reclaim_rules *r, struct err *err)
{
	int e = rules_check_days(t, "", r->limits.inactive_days, err);
	size_t i;

	for (i = 0; e == 0 && i < r->overrides_n; i++)
		e = rules_check_days(t, r->override[i].license,
		    r->override[i].limits.inactive_days, err);
	return e;
}

int
reclaim_rules_write(struct tenant *t, const struct tenant_caller *who,
    const char *text, size_t len, struct err *err)
{
	AUTO(reclaim_rules_done)
	struct reclaim_rules rules = RECLAIM_RULES_NONE;
	AUTO(text_done) char *own = strndup(text, len);
	int64_t when_ms = t->reclaim.written_ms;
	int r = tenant_check_writable(t, err);

	if (r == 0)
		r = own ? 0 : err_nomem(err);
	if (r == 0)
		r = reclaim_rules_parse(text, len, &rules, err);
	if (r == 0)
		r = rules_check_window(t, &rules, err);
	if (r < 0)
		return r;
	if (t->dry_run && strcmp(own, t->reclaim.text) != 0)
		return err_set(err, -EROFS,
		    "a plan has no rules: who is approved here is judged by "
		    "the account's, so write them in its own mount");
	reclaim_finish(t);
	if (!t->reclaim.written || strcmp(own, t->reclaim.text) != 0)
		r = rules_store(t, who, own, &when_ms, err);
	if (r < 0)
		return r;
	reclaim_begin(t);
	t->reclaim.written_ms = when_ms;
	r = rules_enforce(t, &rules, TAKE(own), err);
	if (r < 0)
		return r;
	t->reclaim.away_until_ms = 0;
	t->reclaim.removed = false;
	t->reclaim.broken = false;
	t->reclaim.ready = true;
	activity_doubt(t); /* it is about inactive_days, too */
	if (t->reclaim.rules.exemptions_n <= RULES_AT_ONCE &&
	    t->persons_by_key.n <= RULES_AT_ONCE_PEOPLE)
		reclaim_finish(t); /* who wrote them looks next */
	tenant_mutate(t);
	return 0;
}

/* ---- its name ---- */

struct node *
reclaim_rules_make(struct tenant *t)
{
	struct node *n;

	tenant_mutate(t);
	n = tree_add(t, t->fixed[FIXED_RECLAIM], RULES_NAME, true, NODE_RULES);
	if (n) {
		tree_set_fixed(t, n, FIXED_RULES);
		handle_name(t, n);
	}
	return n;
}

/* Whoever has it open reads on. */
static void
rules_leave_text(const struct tenant *t, struct node *n, const char *text)
{
	AUTO(buf_done) struct buf left = BUF_MAX(RECLAIM_RULES_BYTES);

	if (atomic_load(&n->lookups) == 0 || t->reclaim.away_until_ms ||
	    buf_puts(&left, text) < 0)
		return;
	keep_leave(n, &left);
}

static void
rules_lose_name(struct tenant *t)
{
	t->fixed[FIXED_RULES] = NULL;
	t->reclaim.away_until_ms = clock_boot_ms() + t->conf.settle_ms;
	tenant_wake(t);
}

int
reclaim_rules_unlink(
    struct tenant *t, const struct tenant_caller *who, struct node *n)
{
	tenant_mutate(t);
	rules_leave_text(t, n, t->reclaim.text);
	tree_remove(t, n);
	rules_lose_name(t);
	t->reclaim.removed = true;
	t->reclaim.removed_by = *who;
	return 0;
}

/* It is a scratch file from here on, with the text. */
int
reclaim_rules_leave(struct tenant *t, struct node *n, struct node *new_dir,
    const char *new_name)
{
	struct local *local;
	int r;

	tenant_mutate(t);
	local = tree_local(n);
	if (!local)
		return -ENOMEM;
	buf_clear(&local->content);
	r = t->reclaim.away_until_ms
		? 0
		: buf_puts(&local->content, t->reclaim.text);
	if (r < 0)
		return r;
	write_free(t, n);
	handle_leave(t, n, tree_ino(n));
	tree_set_kind(t, n, NODE_LOCAL_FILE);
	n->fixed = 0;
	rules_lose_name(t);
	return tree_move(t, n, new_dir, new_name, false);
}

/* A scratch file whose text is in force becomes it; times and mode that were
 * set on it stay. old: what was the text before. */
int
reclaim_rules_take_place(struct tenant *t, struct node *n, const char *old)
{
	struct node *was = t->fixed[FIXED_RULES];
	const struct store_attr *a = attr_get(t, tree_ino(n));
	struct store_attr copy = a ? *a : (struct store_attr){0}, *now;

	tenant_mutate(t);
	if (was) {
		rules_leave_text(t, was, old);
		tree_remove(t, was);
	}
	if (a)
		attr_forget(t, copy.ino);
	write_free(t, n);
	tree_set_kind(t, n, NODE_RULES);
	buf_done(&n->local->content);
	n->local->timed = false;
	tree_set_fixed(t, n, FIXED_RULES);
	if (tree_move(t, n, t->fixed[FIXED_RECLAIM], RULES_NAME, true) < 0)
		return -ENOMEM;
	now = attr_make(t, tree_ino(n));
	if (now && a) {
		copy.ino = now->ino;
		*now = copy;
	}
	attr_set_ctime(t, n);
	return 0;
}

/* ---- time ---- */

/* Whoever removed it was told that it went. */
static void
rules_tell(struct tenant *t)
{
	if (t->reclaim.removed)
		report_refusal(t, &t->reclaim.removed_by, "rules", RULES_PATH,
		    -EROFS, NULL, 0,
		    "the rules cannot be removed: they are in force, and the "
		    "file is back; write {} to it for the default");
	t->reclaim.removed = false;
}

void
reclaim_rules_tick(struct tenant *t, int64_t now_boot_ms)
{
	struct reclaim *r = &t->reclaim;
	struct node *n = t->fixed[FIXED_RULES];

	if (!r->away_until_ms || now_boot_ms < r->away_until_ms ||
	    (n && n->writing && n->writing->stage.phase == STAGE_OPEN))
		return;
	tenant_mutate(t);
	if (!n)
		n = reclaim_rules_make(t);
	if (!n) {
		r->away_until_ms = now_boot_ms + RULES_AGAIN_MS;
		return;
	}
	r->away_until_ms = 0;
	attr_touch(t, n);
	event_inode(t, n);
	rules_tell(t);
}
