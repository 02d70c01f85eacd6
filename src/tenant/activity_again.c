/* SPDX-License-Identifier: MIT */
/*
 * activity_again: what the sources say of one person, now: for whoever is about
 * to take something away from him.
 *
 * An answer without any use is worth as much as its source: one that has fallen
 * silent says the same of somebody who was busy a second ago.  So it has to
 * tell again of a use that is known, the *sign*: his own if there is one in the
 * time that was looked at, else the latest of another holder.  The question
 * begins early enough for it where that costs none; else it is asked for by a
 * question of its own, but only when the answer was empty.  Where that one is
 * refused, because whoever it is about is no organizer any more, say, the next
 * best use of another takes its place.  A source that does not tell is not
 * believed from then on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "activity_ask_int.h"
#include "gotofs/clock.h"
#include "gotofs/text.h"

#define AGAIN_REACH_MS (90 * ACTIVITY_DAY_MS) /* one question, no more */
#define AGAIN_JOIN_MS 3600000 /* whom GoToConnect lists, for so long */
#define AGAIN_SIGNS 3	      /* more are not asked for */

struct again {
	struct tenant *t;
	const char *user_key;
	int64_t since_ms, now_ms, window_ms;
	int64_t last_ms;
	enum use_kind kind;
	struct err *err;
};

struct again_sign {
	char *key;  /* whose */
	int64_t ms; /* the day before: it may have begun there */
};

struct again_ask { /* of one product */
	enum product product;
	int64_t known_ms, from_ms; /* whole days: looked at until; asked from */
	struct again_sign sign[AGAIN_SIGNS]; /* the best first */
	size_t signs_n;
	bool heard; /* the source tells of somebody */
};

static void
again_ask_done(struct again_ask *q)
{
	while (q->signs_n > 0)
		free(q->sign[--q->signs_n].key);
}

/* ---- the sign ---- */

/* Does a question about him tell of it again? */
static bool
again_is_sign(const struct again *a, const struct activity_entry *e)
{
	return activity_is_known(e) && e->last_ms > 0 &&
	       e->last_ms >= activity_from_ms(e) && e->last_ms <= a->now_ms;
}

/* What others were asked of may have told of his use, and only they tell of it
 * again: the last choice, but for who was refused when he was asked of last. */
static bool
again_is_better(const struct activity_entry *e, const struct activity_entry *of)
{
	bool refused = e->why != ACTIVITY_WHY_NONE, told = e->told_ms > 0;

	if (refused != (of->why != ACTIVITY_WHY_NONE))
		return !refused;
	if (told != (of->told_ms > 0))
		return !told;
	return e->last_ms > of->last_ms;
}

/* Among the best, if there is a place for him. */
static void
again_rank(const struct person **best, size_t *n, enum product product,
    const struct person *p)
{
	const struct activity_entry *e = activity_entry(p, product);
	size_t i;

	if (*n < AGAIN_SIGNS)
		best[(*n)++] = p;
	else if (again_is_better(e, activity_entry(best[*n - 1], product)))
		best[*n - 1] = p;
	else
		return;
	for (i = *n - 1;
	     i > 0 && again_is_better(e, activity_entry(best[i - 1], product));
	     i--) {
		best[i] = best[i - 1];
		best[i - 1] = p;
	}
}

static int
again_add_sign(struct again_ask *q, const struct person *p)
{
	struct again_sign *s = &q->sign[q->signs_n];

	s->ms = activity_midnight(activity_entry(p, q->product)->last_ms) -
		ACTIVITY_DAY_MS;
	s->key = text_dup(p->key);
	if (!s->key)
		return -ENOMEM;
	q->signs_n++;
	return 0;
}

static int
again_find_signs(
    const struct again *a, const struct person *self, struct again_ask *q)
{
	const struct activity_holders *h = &a->t->activity.holders[q->product];
	const struct activity_entry *own = activity_entry(self, q->product);
	const struct person *best[AGAIN_SIGNS];
	size_t n = 0, i;
	int r = 0;

	if (again_is_sign(a, own) && own->told_ms == 0)
		return again_add_sign(q, self);
	for (i = 0; i < h->n; i++)
		if (again_is_sign(a, activity_entry(h->v[i], q->product)))
			again_rank(best, &n, q->product, h->v[i]);
	for (i = 0; r == 0 && i < n; i++)
		r = again_add_sign(q, best[i]);
	return r;
}

static bool
again_sign_is_his(const struct again *a, const struct again_ask *q)
{
	return q->signs_n > 0 && strcmp(q->sign[0].key, a->user_key) == 0;
}

/* Until when he was looked at; further back is the fetcher's affair. */
static int64_t
again_known(const struct again *a, const struct activity_entry *e)
{
	int64_t window_ms = a->window_ms;

	if (activity_has_interval(e) && activity_from_ms(e) > window_ms)
		window_ms = activity_from_ms(e);
	return activity_next_from(e, window_ms, a->now_ms);
}

/* Where the question begins. */
static int
again_begin(const struct again *a, struct again_ask *q)
{
	int64_t since_ms = activity_midnight(a->since_ms);
	const struct person *p;
	int r = 0;

	tenant_read_lock(a->t);
	p = person_by_key(a->t, a->user_key);
	if (p) {
		q->known_ms = again_known(a, activity_entry(p, q->product));
		r = again_find_signs(a, p, q);
	}
	tenant_read_unlock(a->t);
	if (!p)
		return err_set(
		    a->err, -ENOENT, "this person is not in the mirror");
	q->from_ms = since_ms < q->known_ms ? since_ms : q->known_ms;
	return r < 0 ? err_nomem(a->err) : 0;
}

static int
again_silent(const struct again *a, enum product product)
{
	tenant_begin(a->t);
	activity_doubt_silent(a->t, product);
	tenant_end(a->t);
	return err_set(a->err, -EIO,
	    "%s tells of no use now, not even of one that it told of before: "
	    "it is not believed until it tells of somebody",
	    product_title(product));
}

/* ---- the questions ---- */

static void
again_note(struct again *a, const struct use_list *uses)
{
	size_t i;

	for (i = 0; i < uses->n; i++) {
		const struct use *u = &uses->v[i];

		if (!u->user_key || strcmp(u->user_key, a->user_key) != 0 ||
		    u->at_ms < a->since_ms || u->at_ms <= a->last_ms)
			continue;
		a->last_ms = u->at_ms;
		a->kind = u->kind;
	}
}

static int
again_take(struct again *a, enum product product, int64_t from_ms,
    int64_t to_ms, const struct use_list *uses, bool others)
{
	const struct activity_answer answer = {
	    from_ms, to_ms, a->window_ms, a->now_ms, false};
	const char *keys[] = {a->user_key};

	again_note(a, uses);
	return activity_split(
	    a->t, product, &answer, keys, 1, uses, others, a->err);
}

/* One question tells of all holders. */
static bool
again_is_everybodys(const struct again_ask *q)
{
	return q->product == PRODUCT_GOTOCONNECT ||
	       q->product == PRODUCT_GOTOASSIST;
}

/* Was it within the question, whose answer is empty? */
static bool
again_sign_was_asked(const struct again *a, const struct again_ask *q)
{
	return q->signs_n > 0 && q->sign[0].ms >= q->from_ms &&
	       (again_is_everybodys(q) || again_sign_is_his(a, q));
}

/* Whoever has the sign did nothing since, perhaps: the days around it. */
static int
again_ask_sign(
    struct again *a, struct again_ask *q, const struct again_sign *sign)
{
	AUTO(use_list_done) struct use_list uses = USE_LIST_NONE;
	int64_t from_ms = sign->ms, to_ms = from_ms + 3 * ACTIVITY_DAY_MS;
	int r;

	if (to_ms > a->now_ms)
		to_ms = a->now_ms;
	if (q->product == PRODUCT_GOTOCONNECT)
		r = activity_ask_connect(
		    a->t, GOTO_INTERACTIVE, from_ms, to_ms, &uses, a->err);
	else if (q->product == PRODUCT_GOTOASSIST)
		r = activity_ask_assist(
		    a->t, GOTO_INTERACTIVE, from_ms, to_ms, &uses, a->err);
	else
		r = activity_ask_person(a->t, GOTO_INTERACTIVE, q->product,
		    sign->key, from_ms, to_ms, &uses, a->err);
	q->heard = r == 0 && uses.n > 0;
	return r;
}

/* The first that is not refused. */
static int
again_ask_signs(struct again *a, struct again_ask *q)
{
	size_t i;
	int r = 0;

	for (i = 0; i < q->signs_n; i++) {
		r = again_ask_sign(a, q, &q->sign[i]);
		if (again_is_everybodys(q) ||
		    (r != -ENOENT && r != -EACCES && r != -EINVAL))
			break;
	}
	return r;
}

static int
again_person(struct again *a, struct again_ask *q)
{
	AUTO(use_list_done) struct use_list uses = USE_LIST_NONE;
	int r;

	if (again_sign_is_his(a, q) && q->sign[0].ms < q->from_ms &&
	    a->now_ms - q->sign[0].ms <= AGAIN_REACH_MS)
		q->from_ms = q->sign[0].ms;
	r = activity_ask_person(a->t, GOTO_INTERACTIVE, q->product, a->user_key,
	    q->from_ms, a->now_ms, &uses, a->err);
	q->heard = uses.n > 0;
	return r < 0 ? r
		     : again_take(
			   a, q->product, q->from_ms, a->now_ms, &uses, true);
}

static int
again_assist(struct again *a, struct again_ask *q)
{
	AUTO(use_list_done) struct use_list uses = USE_LIST_NONE;
	int r = activity_ask_assist(
	    a->t, GOTO_INTERACTIVE, q->from_ms, a->now_ms, &uses, a->err);

	q->heard = uses.n > 0;
	return r < 0 ? r
		     : again_take(a, PRODUCT_GOTOASSIST, q->from_ms, a->now_ms,
			   &uses, false);
}

static int
again_connect_slice(struct again *a, struct again_ask *q, int64_t from_ms,
    int64_t to_ms, bool take)
{
	AUTO(use_list_done) struct use_list uses = USE_LIST_NONE;
	int r = activity_ask_connect(
	    a->t, GOTO_INTERACTIVE, from_ms, to_ms, &uses, a->err);

	if (r < 0)
		return r;
	q->heard |= uses.n > 0;
	if (take)
		return again_take(
		    a, PRODUCT_GOTOCONNECT, from_ms, to_ms, &uses, false);
	again_note(a, &uses);
	return 0;
}

/* The report tells no times but those that were asked for: what is new day by
 * day, what was looked at before in one piece. */
static int
again_connect(struct again *a, struct again_ask *q)
{
	int64_t known_ms = q->known_ms, from_ms = q->from_ms;
	int r =
	    activity_join_need(a->t, GOTO_INTERACTIVE, AGAIN_JOIN_MS, a->err);

	if (r == 0 && !activity_join_has(a->t, a->user_key))
		r = activity_join_need(a->t, GOTO_INTERACTIVE, 0, a->err);
	if (r == 0 && !activity_join_has(a->t, a->user_key))
		r = err_set(
		    a->err, -ENOENT, "GoToConnect does not list this person");
	if (r == 0 && from_ms < known_ms)
		r = again_connect_slice(a, q, from_ms, known_ms, false);
	while (r == 0 && known_ms < a->now_ms) {
		int64_t to_ms = known_ms + ACTIVITY_DAY_MS;

		if (to_ms > a->now_ms)
			to_ms = a->now_ms;
		r = again_connect_slice(a, q, known_ms, to_ms, true);
		known_ms = to_ms;
	}
	return r;
}

static int
again_product(struct again *a, enum product product)
{
	AUTO(again_ask_done) struct again_ask q = {.product = product};
	int r = again_begin(a, &q);

	if (r < 0)
		return r;
	if (product == PRODUCT_GOTOCONNECT)
		r = again_connect(a, &q);
	else if (product == PRODUCT_GOTOASSIST)
		r = again_assist(a, &q);
	else
		r = again_person(a, &q);
	if (r < 0 || q.heard || a->last_ms > 0)
		return r;
	if (!again_sign_was_asked(a, &q))
		r = again_ask_signs(a, &q);
	return r == 0 && !q.heard ? again_silent(a, product) : r;
}

int
activity_read_again(struct tenant *t, const char *user_key, unsigned products,
    int64_t since_ms, int64_t *ret_last_ms, enum use_kind *ret_kind,
    struct err *err)
{
	struct again a = {.t = t,
	    .user_key = user_key,
	    .since_ms = since_ms,
	    .now_ms = clock_wall_ms(),
	    .err = err};
	unsigned i;
	int r = 0;

	a.window_ms = activity_window(a.now_ms, activity_window_days(t));
	if (products & PRODUCT_BIT_OTHER)
		return err_set(err, -ENOTSUP,
		    "the license is for something that nobody tells the use "
		    "of");
	for (i = 0; r == 0 && i < PRODUCT_N; i++) {
		if (!(products & PRODUCT_BIT(i)))
			continue;
		r = product_has_source((enum product)i)
			? again_product(&a, (enum product)i)
			: err_set(err, -ENOTSUP,
			      "GoTo does not tell who uses %s",
			      product_title((enum product)i));
	}
	if (r < 0)
		return r;
	*ret_last_ms = a.last_ms;
	*ret_kind = a.kind;
	return 0;
}
