/* SPDX-License-Identifier: MIT */
/*
 * The tenant's times have whole seconds, so both ends of an interval are
 * rounded down: intervals that meet still meet, and no second is asked for in
 * neither.  Whether an end is inclusive is not documented (5.1, 5.2): what
 * began in the second where two slices meet may come in both, and counts once.
 * What a row says of a time outside of the interval is no less true.
 */
#include "api_use_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/err.h"
#include "gotofs/text.h"

static int64_t
use_seconds(int64_t ms)
{
	int64_t rest = ms % 1000;

	return ms - (rest < 0 ? rest + 1000 : rest);
}

static bool
use_equal(const struct use *a, const struct use *b)
{
	return a->begin_ms == b->begin_ms && a->at_ms == b->at_ms &&
	       a->kind == b->kind && text_equal(a->user_key, b->user_key) &&
	       text_equal(a->email, b->email);
}

static void
use_drop(struct use_list *l, size_t i)
{
	free(l->v[i].user_key);
	free(l->v[i].email);
	l->v[i] = l->v[--l->n];
}

static bool
use_is_known(const struct use_list *l, size_t n, const struct use *u)
{
	for (size_t i = 0; i < n; i++)
		if (use_equal(&l->v[i], u))
			return true;
	return false;
}

/* Those of l[n..] that began at edge_ms and are in l[0..n) already go. */
static void
use_drop_twins(struct use_list *l, size_t n, int64_t edge_ms)
{
	for (size_t i = l->n; i-- > n;)
		if (l->v[i].begin_ms == edge_ms && use_is_known(l, n, &l->v[i]))
			use_drop(l, i);
}

/* Room first, so that all or nothing is handed over. */
int
api_use_append(struct use_list *ret, struct use_list *uses, struct err *err)
{
	size_t before = ret->n, n = uses->n;

	for (size_t i = 0; i < n; i++)
		if (!use_list_add(ret)) {
			ret->n = before;
			return err_nomem(err);
		}
	if (n > 0)
		memcpy(ret->v + before, uses->v, n * sizeof(*uses->v));
	uses->n = 0;
	return 0;
}

/* An answer that is too large is asked for in halves; what a single day says
 * has to fit. */
static int
use_read(const struct api_slice *s, api_slice_fn read, struct use_list *uses,
    struct err *err)
{
	AUTO(use_list_done) struct use_list said = USE_LIST_NONE;
	struct api_slice first = *s, second = *s;
	size_t before = uses->n;
	int r = read(s, &said, err);

	if (r == 0)
		r = api_use_append(uses, &said, err);
	else if (r == -EFBIG && s->to_ms - s->from_ms > API_LEAST_SLICE_MS) {
		first.to_ms = use_seconds(s->from_ms / 2 + s->to_ms / 2);
		second.from_ms = first.to_ms;
		r = use_read(&first, read, uses, err);
		if (r == 0)
			r = use_read(&second, read, uses, err);
	} else if (r == -EFBIG) {
		r = goto_error_transport(r, err);
	}
	if (r == 0)
		use_drop_twins(uses, before, s->from_ms);
	return r;
}

int
api_uses(const struct api_slice *whole, api_slice_fn read, struct use_list *ret,
    struct err *err)
{
	AUTO(use_list_done) struct use_list uses = USE_LIST_NONE;
	int64_t end_ms = use_seconds(whole->to_ms);
	struct api_slice s = *whole;
	int r = 0;

	s.to_ms = use_seconds(whole->from_ms);
	while (s.to_ms < end_ms && r == 0) {
		s.from_ms = s.to_ms;
		s.to_ms = end_ms - s.from_ms < API_SLICE_MS
			      ? end_ms
			      : s.from_ms + API_SLICE_MS;
		r = use_read(&s, read, &uses, err);
	}
	return r < 0 ? api_unusable(r, err) : api_use_append(ret, &uses, err);
}

int
api_use_again(const struct api_slice *s, api_slice_fn try, const char *what,
    struct use_list *uses, struct err *err)
{
	for (int i = 0; i < API_LIST_TRIES; i++) {
		AUTO(use_list_done) struct use_list tried = USE_LIST_NONE;
		int r = try(s, &tried, err);

		if (r < 0)
			return r;
		if (r > 0)
			return api_use_append(uses, &tried, err);
	}
	return err_set(err, -EIO, "%s was incomplete %d times in a row", what,
	    API_LIST_TRIES);
}

int
api_use_ask(const struct api_slice *s, enum goto_api api, struct url *u,
    const struct json *body, struct json **ret, struct err *err)
{
	struct goto_call call = {
	    .api = api,
	    .prio = s->prio,
	    .verb =
		api == GOTO_API_CONNECT ? GOTO_VERB_CONNECT : GOTO_VERB_PRODUCT,
	    .method = body ? "POST" : "GET",
	    .body = body,
	    .changes_nothing = true,
	    .can_ask_for_less = s->to_ms > s->from_ms,
	    .max_bytes = API_LIST_BYTES,
	};
	int r = url_check(u, &call.url, err);

	return r < 0 ? r : api_call(s->c, &call, ret, err);
}
