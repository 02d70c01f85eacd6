/* SPDX-License-Identifier: MIT */
/* activity_ask: one question, and whose uses the answer tells. */
#include "activity_ask_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
activity_ask_person(struct tenant *t, enum goto_priority prio,
    enum product product, const char *user_key, int64_t from_ms, int64_t to_ms,
    struct use_list *ret, struct err *err)
{
	switch (product) {
	case PRODUCT_GOTOMEETING:
		return goto_meetings_of_organizer(
		    t->api, prio, user_key, from_ms, to_ms, ret, err);
	case PRODUCT_GOTOWEBINAR:
		return goto_webinars_of_organizer(
		    t->api, prio, user_key, from_ms, to_ms, ret, err);
	case PRODUCT_GOTOTRAINING:
		return goto_trainings_of_organizer(
		    t->api, prio, user_key, from_ms, to_ms, ret, err);
	default:
		return err_set(err, -ENOTSUP,
		    "%s does not tell of one person alone",
		    product_title(product));
	}
}

int
activity_ask_connect(struct tenant *t, enum goto_priority prio, int64_t from_ms,
    int64_t to_ms, struct use_list *ret, struct err *err)
{
	size_t had = ret->n; /* of days before: they have keys */
	int r = goto_connect_activity(t->api, prio, from_ms, to_ms, ret, err);

	if (r == 0 && activity_join_uses(t, ret, had) < 0)
		r = err_nomem(err);
	return r;
}

int
activity_ask_assist(struct tenant *t, enum goto_priority prio, int64_t from_ms,
    int64_t to_ms, struct use_list *ret, struct err *err)
{
	int r = goto_assist_sessions(t->api, prio, from_ms, to_ms, ret, err);

	return r < 0 ? r : activity_find_keys(t, ret, err);
}

/* ---- whose they are ---- */

struct split {
	const struct use **use; /* by key */
	size_t use_n;
	struct activity_take *take;
	size_t take_n;
};

static void
split_done(struct split *s)
{
	free(s->use);
	free(s->take);
}

static int
split_compare_uses(const void *a, const void *b)
{
	return strcmp((*(const struct use *const *)a)->user_key,
	    (*(const struct use *const *)b)->user_key);
}

static int
split_sort(struct split *s, const struct use_list *uses)
{
	size_t i;

	s->use = calloc(uses->n + 1, sizeof(const struct use *));
	if (!s->use)
		return -ENOMEM;
	for (i = 0; i < uses->n; i++)
		if (uses->v[i].user_key)
			s->use[s->use_n++] = &uses->v[i];
	qsort(s->use, s->use_n, sizeof(const struct use *), split_compare_uses);
	return 0;
}

/* His uses, which begin at i; 0: he has none there. */
static size_t
split_run(const struct split *s, size_t i, const char *key)
{
	size_t n = 0;

	while (i + n < s->use_n && strcmp(s->use[i + n]->user_key, key) == 0)
		n++;
	return n;
}

static void
split_add(struct split *s, enum product product,
    const struct activity_answer *answer, const char *key, size_t i, size_t n)
{
	s->take[s->take_n++] = (struct activity_take){.user_key = key,
	    .product = product,
	    .answer = *answer,
	    .uses = s->use + i,
	    .uses_n = n};
}

int
activity_split(struct tenant *t, enum product product,
    const struct activity_answer *answer, const char *const *keys, size_t n,
    const struct use_list *uses, bool others, struct err *err)
{
	AUTO(split_done) struct split s = {NULL, 0, NULL, 0};
	struct activity_answer other = *answer;
	size_t i = 0, k, run;

	other.other = true;
	s.take = calloc(n + uses->n + 1, sizeof(*s.take));
	if (!s.take || split_sort(&s, uses) < 0)
		return err_nomem(err);
	for (k = 0; k < n || i < s.use_n;) {
		int order = k == n ? 1
			    : i == s.use_n
				? -1
				: strcmp(keys[k], s.use[i]->user_key);

		run = order < 0 ? 0 : split_run(&s, i, s.use[i]->user_key);
		if (order <= 0)
			split_add(&s, product, answer, keys[k++], i, run);
		else if (others)
			split_add(
			    &s, product, &other, s.use[i]->user_key, i, run);
		i += run;
	}
	return activity_take_all(t, s.take, s.take_n, err);
}
