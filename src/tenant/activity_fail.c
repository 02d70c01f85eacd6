/* SPDX-License-Identifier: MIT */
/* activity_fail: what a failure says of a source, and of people. */
#include <errno.h>
#include <stdlib.h>

#include "activity_fetch_int.h"
#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/text.h"

#define FAIL_ENOUGH 3 /* in a row, of single people */
#define FAIL_AWAY_MS 60000
#define FAIL_AWAY_MAX_MS 3600000
#define FAIL_TOKEN_MS 60000

void
fetch_forget_fails(struct fetch *f, enum product product)
{
	f->t->activity.source[product].fails_n = 0;
	strv_done(&f->refused[product]);
}

static void
fail_set_source(struct fetch *f, enum product product, enum source_state state,
    const char *why, int64_t again_ms)
{
	tenant_begin(f->t);
	activity_set_source(f->t, product, state, why, again_ms);
	tenant_end(f->t);
}

/* He stays as known as he was; only that there was no answer is written down.
 */
static void
fail_people(
    struct fetch *f, const struct activity_call *c, enum activity_why why)
{
	struct activity_take v = {.user_key = c->key,
	    .product = c->product,
	    .answer = {.now_ms = clock_wall_ms()},
	    .why = why};
	struct err err = ERR_NONE;

	if (c->kind == ACTIVITY_CALL_PERSON &&
	    activity_take_all(f->t, &v, 1, &err) < 0)
		log_warn("who used what cannot be kept: %s", err.msg);
}

/* Of single people it may be they, until several in a row are refused. */
static bool
fail_is_theirs(struct fetch *f, const struct activity_call *c)
{
	char ***refused = &f->refused[c->product];

	if (c->kind != ACTIVITY_CALL_PERSON)
		return false;
	if (!strv_has(*refused, c->key))
		strv_add(refused, c->key); /* without memory: not counted */
	return strv_n(*refused) < FAIL_ENOUGH;
}

static enum fetch_next
fail_refused(
    struct fetch *f, const struct activity_call *c, const struct err *why)
{
	fail_people(f, c, ACTIVITY_WHY_REFUSED);
	if (fail_is_theirs(f, c))
		return FETCH_ON;
	fetch_forget_fails(f, c->product);
	fail_set_source(f, c->product, SOURCE_DISABLED, why->msg,
	    clock_wall_ms() + ACTIVITY_DAY_MS);
	return FETCH_AGAIN;
}

static int64_t
fail_away_ms(int n)
{
	int64_t ms = FAIL_AWAY_MS;

	while (n-- > 0 && ms < FAIL_AWAY_MAX_MS)
		ms *= 2;
	return ms < FAIL_AWAY_MAX_MS ? ms : FAIL_AWAY_MAX_MS;
}

/* The question itself is not understood (400): of several people in a row it is
 * not they. */
static enum fetch_next
fail_misunderstood(
    struct fetch *f, const struct activity_call *c, const struct err *why)
{
	int n;

	fail_people(f, c, ACTIVITY_WHY_REFUSED);
	if (fail_is_theirs(f, c))
		return FETCH_ON;
	n = f->t->activity.source[c->product].fails_n++;
	fail_set_source(f, c->product, SOURCE_FAILING, why->msg,
	    clock_wall_ms() + fail_away_ms(n));
	return FETCH_AGAIN;
}

/* Several in a row, of a source that never told of anybody; of one that did,
 * all of them. */
static bool
fail_is_nobody(const struct fetch *f, enum product product)
{
	const struct activities *a = &f->t->activity;
	bool told = a->source[product].state == SOURCE_OK;
	size_t holders_n;

	tenant_read_lock(f->t);
	holders_n = a->holders[product].n;
	tenant_read_unlock(f->t);
	return told ? strv_n(f->refused[product]) >= holders_n
		    : a->source[product].state == SOURCE_UNASKED;
}

/* It lists nobody of those who are asked for (404): said, but the others are
 * asked for all the same, because who is no organizer may be many. */
static enum fetch_next
fail_unlisted(
    struct fetch *f, const struct activity_call *c, const struct err *why)
{
	fail_people(f, c, ACTIVITY_WHY_NOT_FOUND);
	if (!fail_is_theirs(f, c) && fail_is_nobody(f, c->product))
		fail_set_source(f, c->product, SOURCE_FAILING, why->msg, 0);
	return FETCH_ON;
}

static enum fetch_next
fail_unusable(
    struct fetch *f, const struct activity_call *c, const struct err *why)
{
	struct activity_source *s = &f->t->activity.source[c->product];
	int n;

	fail_people(f, c, ACTIVITY_WHY_FAILED);
	s->fails_n++;
	if (c->kind == ACTIVITY_CALL_PERSON && s->fails_n < FAIL_ENOUGH)
		return FETCH_ON;
	n = c->kind == ACTIVITY_CALL_PERSON ? s->fails_n - FAIL_ENOUGH
					    : s->fails_n - 1;
	fail_set_source(f, c->product, SOURCE_FAILING, why->msg,
	    clock_wall_ms() + fail_away_ms(n));
	return FETCH_AGAIN;
}

/* The pull finds out whether it works again. */
static enum fetch_next
fail_token(struct fetch *f)
{
	tenant_begin(f->t);
	tenant_mutate(f->t);
	f->t->token_refused = true;
	tenant_wake(f->t);
	tenant_end(f->t);
	f->go_boot_ms = clock_boot_ms() + FAIL_TOKEN_MS;
	return FETCH_AGAIN;
}

enum fetch_next
fetch_failed(struct fetch *f, const struct activity_call *c, int code,
    const struct err *why)
{
	switch (code) {
	case -ECANCELED: /* everything ends */
		return FETCH_AGAIN;
	case -EROFS:
		return fail_token(f);
	case -EACCES:
		return fail_refused(f, c, why);
	case -ENOENT:
		return c->kind == ACTIVITY_CALL_PERSON
			   ? fail_unlisted(f, c, why)
			   : fail_unusable(f, c, why);
	case -EINVAL:
		return c->kind == ACTIVITY_CALL_PERSON
			   ? fail_misunderstood(f, c, why)
			   : fail_unusable(f, c, why);
	default:
		return fail_unusable(f, c, why);
	}
}

enum fetch_next
fetch_succeeded(struct fetch *f, const struct activity_call *c)
{
	fetch_forget_fails(f, c->product);
	if (f->t->activity.source[c->product].state != SOURCE_OK)
		fail_set_source(f, c->product, SOURCE_OK, NULL, 0);
	return FETCH_ON;
}
