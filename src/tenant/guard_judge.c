/* SPDX-License-Identifier: MIT */
/*
 * guard_judge: may it go?  Asked before a removal is accepted, before held
 * ones are released, and right before a call.
 */
#include <errno.h>
#include <stdlib.h>

#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "tenant_int.h"

#define GUARD_TEXT_BYTES (1024 * 1024)
#define GUARD_WHAT_BYTES 96
#define GUARD_AGAIN_MS 1000 /* what the disk refused is tried again after */

static long
guard_limit_of(struct tenant *t, const struct guard_ref *ref)
{
	return guard_limit(ref->kind, guard_size(t, ref), &t->guard.rule);
}

static bool
guard_is_of(
    struct tenant *t, const struct change *c, const struct guard_ref *of)
{
	struct guard_ref ref[GUARD_REFS_MAX];
	size_t i, n = c->weighs ? guard_refs(t, c, ref) : 0;

	for (i = 0; i < n; i++)
		if (ref[i].count == of->count)
			return true;
	return false;
}

/* ---- the trip ---- */

/* What ends for it: by mv, the seat that was asked for in its stead, while
 * nothing of that has left: it leaves him this one (change.moved). */
static struct change *
guard_half(struct tenant *t, struct change *c)
{
	struct change *other = c->moved ? change_by_id(t, c->moved) : NULL;

	return other && change_is_unsent(other) ? other : c;
}

static bool
guard_has(const struct change_ending *batch, size_t n, const struct change *c)
{
	while (n > 0 && batch[n - 1].change != c)
		n--;
	return n > 0;
}

/* All of this collection that nothing of has left, nor is counted on by an
 * assignment; NULL: no memory.  *ret_both: somebody has the seat that he was
 * moved to, or will have. */
static struct change_ending *
guard_batch(
    struct tenant *t, const struct guard_ref *of, size_t *ret_n, bool *ret_both)
{
	struct change_ending *batch =
	    calloc((size_t)t->changes_n + 1, sizeof(*batch));
	struct change *c, *half;
	size_t n = 0;

	for (c = t->first; batch && c; c = c->next) {
		if (!change_is_cancellable(c) || c->ahead ||
		    !guard_is_of(t, c, of))
			continue;
		half = guard_half(t, c);
		*ret_both |= c->moved && half == c;
		if (half == c || !guard_has(batch, n, half))
			batch[n++].change = half;
	}
	*ret_n = n;
	return batch;
}

static void
guard_latch(struct tenant *t, const struct guard_ref *ref, long tried_n)
{
	struct guard_count *count = ref->count;
	int64_t now = clock_boot_ms();

	tenant_mutate(t);
	if (!guard_is_latched(count, now))
		count->tried_n = 0;
	count->tried_n += tried_n;
	count->latched_until_ms = now + guard_latch_ms(t->conf.settle_ms);
}

/* All of them end; -1: they cannot yet. */
static long
guard_end_batch(struct tenant *t, const struct guard_ref *ref,
    const struct change_ending *batch, size_t n, const struct err *why)
{
	struct err err = ERR_NONE;
	int r = batch ? 0 : err_nomem(&err);

	if (r == 0 && n > 0)
		r = change_finish_all(t, batch, n, -EDQUOT, why, NULL, &err);
	if (r < 0)
		log_error("held removals are not cancelled yet: %s", err.msg);
	tenant_mutate(t);
	ref->count->due = r < 0;
	return r < 0 ? -1 : (long)n;
}

/* Everything that was to go comes back.  The number of them; -1: what the disk
 * does not take stays held, and is tripped again. */
static long
guard_trip(struct tenant *t, const struct guard_ref *ref, const char *path)
{
	struct err why = ERR_NONE;
	char what[GUARD_WHAT_BYTES];
	bool both = false;
	size_t batch_n = 0;
	struct change_ending *batch = guard_batch(t, ref, &batch_n, &both);
	long n;

	guard_describe(ref, what, sizeof(what));
	err_set(&why, -EDQUOT,
	    "the removal limit (%ld of %ld %s within 10 minutes) would have "
	    "been passed%s%.80s: nothing was removed, the name is back%s; "
	    "`gotofs allow` lets more go",
	    guard_limit_of(t, ref), guard_size(t, ref), what,
	    path ? " by " : "", path ? path : "",
	    both ? " (who was moved has both seats: the new one had been sent)"
		 : "");
	n = guard_end_batch(t, ref, batch, batch_n, &why);
	free(batch);
	guard_latch(t, ref, n > 0 ? n : 0);
	return n;
}

/* One license has refused: perhaps it is too much for all together by now. */
static void
guard_trip_licenses(
    struct tenant *t, const struct guard_ref *ref, size_t n, const char *path)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ref[i].kind == GUARD_LICENSES &&
		    !guard_is_latched(ref[i].count, clock_boot_ms()) &&
		    guard_used(t, &ref[i]) > guard_limit_of(t, &ref[i]))
			guard_trip(t, &ref[i], path);
}

/* ---- what is said about it ---- */

static bool
guard_was_of(
    struct tenant *t, const struct guard_sent *s, const struct guard_ref *of)
{
	struct tenant_license *license =
	    s->license_key ? license_by_key(t, s->license_key) : NULL;
	struct guard_ref ref[GUARD_REFS_MAX];
	size_t i, n = guard_refs_of(t, s->verb, license, ref);

	for (i = 0; i < n; i++)
		if (ref[i].count == of->count)
			return true;
	return false;
}

static int
guard_list_sent(struct tenant *t, const struct guard_ref *ref, struct buf *out)
{
	const struct guard_sent *s;
	int r = 0;

	if (ref->count->left_n > 0)
		r = buf_puts(out, "\nSent before, within the last 10 minutes, "
				  "and gone:");
	for (s = t->guard.first; r == 0 && s; s = s->next)
		if (guard_was_of(t, s, ref))
			r = buf_printf(out, "\n  %s", s->path);
	return r;
}

/* The journal has the sentence alone; the record also text, where it is known.
 */
static int
guard_report(struct tenant *t, const struct tenant_caller *who,
    const struct change *c, const char *why, const char *text)
{
	return report_refusal_long(t, who,
	    c->reclaim			   ? "reclaim"
	    : c->verb == VERB_GROUP_DELETE ? "rmdir"
					   : "remove",
	    c->path, -EDQUOT, why, text ? text : why);
}

static int
guard_refuse_beyond(struct tenant *t, const struct tenant_caller *who,
    const struct change *c, const struct guard_ref *ref)
{
	AUTO(buf_done) struct buf text = BUF_MAX(GUARD_TEXT_BYTES);
	struct err why = ERR_NONE;
	char what[GUARD_WHAT_BYTES];
	long limit = guard_limit_of(t, ref), size = guard_size(t, ref);
	long sent_n = ref->count->left_n;
	long back_n = guard_trip(t, ref, c->path);

	guard_latch(t, ref, 1);
	guard_describe(ref, what, sizeof(what));
	err_set(&why, -EDQUOT,
	    "the removal limit: %ld of %ld %s within 10 minutes; %ld held "
	    "removal%s cancelled%s; %ld had been sent before; gotofs allow DIR "
	    "--removals N --for 10m --reason TEXT lets more go",
	    limit, size, what, back_n < 0 ? ref->count->held_n : back_n,
	    back_n == 1 ? " was" : "s were",
	    back_n < 0 ? " as soon as the disk takes it"
		       : ", the names are back",
	    sent_n);
	if (buf_puts(&text, why.msg) < 0 || guard_list_sent(t, ref, &text) < 0)
		buf_done(&text);
	return guard_report(t, who, c, why.msg, text.data);
}

static int
guard_refuse_latched(struct tenant *t, const struct tenant_caller *who,
    const struct change *c, const struct guard_ref *ref)
{
	struct err why = ERR_NONE;
	char what[GUARD_WHAT_BYTES];
	int64_t s = guard_latch_ms(t->conf.settle_ms) / 1000;

	guard_describe(ref, what, sizeof(what));
	err_set(&why, -EDQUOT,
	    "the removal limit (%ld of %ld %s within 10 minutes) was reached: "
	    "nothing of it is removed until %lld s have passed without a try, "
	    "or gotofs allow DIR --removals N --for 10m --reason TEXT",
	    guard_limit_of(t, ref), guard_size(t, ref), what, (long long)s);
	return guard_report(t, who, c, why.msg, NULL);
}

/* ---- the questions ---- */

int
guard_admit(
    struct tenant *t, const struct tenant_caller *who, const struct change *c)
{
	struct guard_ref ref[GUARD_REFS_MAX];
	size_t i, n = guard_refs(t, c, ref);
	int64_t now = clock_boot_ms();
	int r = 0;

	guard_tick(t, now);
	if (t->dry_run || t->apply || !guard_weighs(t, c))
		return 0; /* a plan tells; one that is applied was weighed */
	for (i = 0; i < n; i++) {
		if (!guard_is_latched(ref[i].count, now))
			continue;
		guard_latch(t, &ref[i], 1); /* that was a try */
		if (r == 0)
			r = guard_refuse_latched(t, who, c, &ref[i]);
	}
	if (r == 0 && guard_allowance_left(t) > 0)
		return 0;
	for (i = 0; r == 0 && i < n; i++)
		if (guard_used(t, &ref[i]) + 1 > guard_limit_of(t, &ref[i]))
			r = guard_refuse_beyond(t, who, c, &ref[i]);
	if (r < 0) {
		guard_trip_licenses(t, ref, n, c->path);
		if (t->held_n > 0) /* groups that are empty no more */
			change_judge_held(t, "");
	}
	return r;
}

static bool
guard_is_beyond(struct tenant *t, const struct guard_ref *ref)
{
	return ref->count->due ||
	       (ref->count->held_n > 0 &&
		   guard_used(t, ref) > guard_limit_of(t, ref));
}

bool
guard_is_due(struct tenant *t, const struct change *c)
{
	struct guard_ref ref[GUARD_REFS_MAX];
	size_t i, n = c->weighs ? guard_refs(t, c, ref) : 0;

	for (i = 0; i < n; i++)
		if (ref[i].count->due)
			return true;
	return false;
}

bool
guard_judge_limits(struct tenant *t)
{
	struct guard_ref ref;
	long back_n = 0;
	size_t i, n = guard_each_n(t);

	if (t->dry_run)
		return false;
	guard_tick(t, clock_boot_ms());
	guard_recount_all(t);
	/* those of licenses first: what they refuse counts for all together */
	for (i = n; i-- > 0;)
		if (guard_each(t, i, &ref) && guard_is_beyond(t, &ref))
			back_n += guard_trip(t, &ref, NULL) > 0;
	return back_n > 0;
}

static void
guard_put_off(struct tenant *t, struct change *c)
{
	tenant_mutate(t);
	change_unqueue(t, c);
	c->not_before_ms = clock_boot_ms() + GUARD_AGAIN_MS;
	change_queue(t, c);
}

/* Of a collection that has grown smaller, or under a limit that has. */
static bool
guard_stops_beyond(struct tenant *t, struct change *c)
{
	struct guard_ref ref[GUARD_REFS_MAX];
	size_t i, n = guard_refs(t, c, ref);

	for (i = 0; i < n; i++) {
		if (!guard_is_of(t, c, &ref[i]) || !guard_is_beyond(t, &ref[i]))
			continue;
		if (guard_trip(t, &ref[i], NULL) < 0)
			guard_put_off(t, c);
		return true;
	}
	return false;
}

bool
guard_stops(struct tenant *t, struct change *c)
{
	struct err why = ERR_NONE, err = ERR_NONE;
	int r = 0;

	if (!guard_is_removal(c) || c->begun || c->unknown)
		return false;
	if (!c->ahead && guard_stops_beyond(t, c))
		return true;
	if (c->verb == VERB_REMOVE)
		r = guard_check_remove(t, c->person, &why);
	if (c->verb == VERB_GROUP_DELETE)
		r = guard_check_group(t, c->group, &why);
	if (r == 0)
		return false;
	if (change_finish(t, c, r, &why, &err) < 0) {
		log_error("%s may not go, and waits: %s", c->path, err.msg);
		guard_put_off(t, c);
	}
	return true;
}
