/* SPDX-License-Identifier: MIT */
/*
 * guard_allow: gotofs allow: a number of removals, beyond the limits, until a
 * time.  It pays first; what is taken back gives back.  There is one at a
 * time, and it outlives the mount (meta, "allowance").
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "tenant_int.h"

#define ALLOW_META "allowance"
#define ALLOW_REASON_BYTES 200
#define ALLOW_TEXT_BYTES 4096

long
guard_allowance_left(const struct tenant *t)
{
	const struct guard_allowance *a = &t->guard.allowance;

	if (a->serial == 0 || clock_boot_ms() >= a->until_ms)
		return 0;
	return a->removals - a->sent_n - a->pending_n;
}

/* ---- the store ---- */

static int
allow_print(const struct guard_allowance *a, int64_t sent_n, struct buf *out)
{
	AUTO(json_done) struct json *j = json_new_object();
	int r = j ? 0 : -ENOMEM;

	if (r == 0)
		r = json_set_int(j, "removals", a->removals);
	if (r == 0)
		r = json_set_int(j, "sent", sent_n);
	if (r == 0)
		r = json_set_int(j, "until", a->until_wall_ms);
	if (r == 0)
		r = json_set_str(j, "reason", a->reason);
	return r < 0 ? r : json_print(j, out);
}

static int
allow_store(struct store_batch *b, const struct guard_allowance *a,
    int64_t sent_n, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(ALLOW_TEXT_BYTES);

	if (allow_print(a, sent_n, &text) < 0)
		return err_nomem(err);
	return store_meta_set(b, ALLOW_META, text.data, err);
}

int
guard_allowance_store(struct tenant *t, struct store_batch *b, struct err *err)
{
	const struct guard_allowance *a = &t->guard.allowance;

	return allow_store(b, a, a->sent_n + a->storing_n, err);
}

/* What is left of its time, by the wall clock, is given again. */
int
guard_allowance_load(struct tenant *t, struct err *err)
{
	struct guard_allowance *a = &t->guard.allowance;
	AUTO(text_done) char *text = NULL;
	AUTO(json_done) struct json *j = NULL;
	int64_t left;
	int r = store_meta_get(t->store, ALLOW_META, &text, err);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = json_parse(text, strlen(text), &j, err);
	if (r < 0)
		return r;
	a->reason = text_dup(json_get_str(j, "reason"));
	if (!a->reason)
		return err_nomem(err);
	a->serial = 1;
	a->removals = (long)json_get_int(j, "removals", 0);
	a->sent_n = (long)json_get_int(j, "sent", 0);
	a->until_wall_ms = json_get_int(j, "until", 0);
	left = a->until_wall_ms - clock_wall_ms();
	a->until_ms = clock_boot_ms() +
		      (left > GUARD_ALLOW_MAX_MS ? GUARD_ALLOW_MAX_MS : left);
	return 0;
}

/* ---- a new one ---- */

static bool
allow_is_reason(const char *s)
{
	size_t n = strlen(s), i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 127)
			return false;
	return n > 0 && n <= ALLOW_REASON_BYTES && s[strspn(s, " ")] != '\0';
}

static int
allow_check(long removals, int64_t for_ms, const char *reason, struct err *err)
{
	if (removals < 0 || removals > GUARD_REMOVALS_MAX)
		return err_set(err, -EINVAL, "a number of removals is 0 to %d",
		    GUARD_REMOVALS_MAX);
	if (for_ms <= 0 || for_ms > GUARD_ALLOW_MAX_MS)
		return err_set(
		    err, -EINVAL, "removals are allowed for 24 hours at most");
	if (!allow_is_reason(reason ? reason : ""))
		return err_set(err, -EINVAL,
		    "a reason is a line of 1 to %d bytes", ALLOW_REASON_BYTES);
	return 0;
}

static int
allow_journal(struct store_batch *b, const struct tenant_caller *who,
    const struct guard_allowance *a, struct err *err)
{
	AUTO(buf_done) struct buf after = BUF_MAX(ALLOW_TEXT_BYTES);
	struct store_journal_entry e = {
	    .verb = "allow",
	    .object = ".",
	    .result = "ok",
	    .reason = a->reason,
	};

	if (allow_print(a, 0, &after) < 0)
		return err_nomem(err);
	e.after = after.data;
	return report_put_line(b, who, e, err);
}

static void
allow_unlatch(struct tenant *t)
{
	struct guard_ref ref;
	size_t i;

	for (i = 0; guard_each(t, i, &ref); i++)
		ref.count->latched_until_ms = 0;
}

static int
allow_put(struct tenant *t, const struct tenant_caller *who,
    struct guard_allowance *a, struct err *err)
{
	struct store_batch *b = NULL;
	int r = tenant_batch(t, &b, err);

	if (r == 0)
		r = allow_store(b, a, 0, err);
	if (r == 0)
		r = allow_journal(b, who, a, err);
	r = store_end(b, r, err);
	if (r < 0)
		return r;
	tenant_mutate(t);
	free(t->guard.allowance.reason);
	t->guard.allowance = *a;
	a->reason = NULL;
	if (a->removals > 0)
		allow_unlatch(t);
	return 0;
}

int
tenant_allow(struct tenant *t, const struct tenant_caller *who, long removals,
    int64_t for_ms, const char *reason, int64_t *ret_until_ms, struct err *err)
{
	struct guard_allowance a = {.removals = removals};
	int r = allow_check(removals, for_ms, reason, err);

	if (r < 0)
		return r;
	a.reason = text_dup(reason);
	if (!a.reason)
		return err_nomem(err);
	tenant_begin(t);
	a.serial = t->guard.allowance.serial + 1;
	a.until_ms = clock_boot_ms() + for_ms;
	a.until_wall_ms = clock_wall_ms() + for_ms;
	r = allow_put(t, who, &a, err);
	tenant_end(t);
	free(a.reason);
	if (r == 0)
		*ret_until_ms = a.until_wall_ms;
	return r;
}
