/* SPDX-License-Identifier: MIT */
/*
 * activity_join: the UUIDs by which GoToConnect's reports name people, and
 * their keys.
 *
 * One list for all threads, under a lock of its own, which is never held over a
 * question.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "activity_ask_int.h"
#include "gotofs/clock.h"
#include "gotofs/text.h"

static int
join_compare(const void *a, const void *b)
{
	const struct connect_user *x = a, *y = b;

	return strcmp(x->user_id, y->user_id);
}

static int
join_compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Their keys by themselves, to be found by. NULL: no memory. */
static const char **
join_keys(const struct connect_user_list *l)
{
	const char **key = calloc(l->n + 1, sizeof(*key));
	size_t i;

	for (i = 0; key && i < l->n; i++)
		key[i] = l->v[i].user_key;
	if (key && l->n > 0)
		qsort(key, l->n, sizeof(*key), join_compare_keys);
	return key;
}

/* Who is not named both ways is nobody that we could join. */
static void
join_sort(struct connect_user_list *l)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		if (l->v[i].user_key && l->v[i].user_id) {
			l->v[n++] = l->v[i];
			continue;
		}
		free(l->v[i].user_key);
		free(l->v[i].user_id);
	}
	l->n = n;
	if (n > 0)
		qsort(l->v, n, sizeof(*l->v), join_compare);
}

int
activity_join_need(struct tenant *t, enum goto_priority prio,
    int64_t max_age_ms, struct err *err)
{
	struct activity_join *j = &t->activity.join;
	struct connect_user_list list = {NULL, 0};
	int64_t now = clock_boot_ms();
	const char **key;
	int r;

	if (max_age_ms > 0 && activity_join_is_fresh(t, max_age_ms))
		return 0;
	r = goto_connect_users(t->api, prio, &list, err);
	if (r < 0)
		return r;
	join_sort(&list);
	key = join_keys(&list);
	if (!key) {
		connect_user_list_done(&list);
		return err_nomem(err);
	}
	pthread_mutex_lock(&j->lock);
	connect_user_list_done(&j->list);
	free(j->key);
	j->list = list;
	j->key = key;
	j->asked = true;
	j->asked_boot_ms = now;
	pthread_mutex_unlock(&j->lock);
	return 0;
}

bool
activity_join_is_fresh(struct tenant *t, int64_t max_age_ms)
{
	struct activity_join *j = &t->activity.join;
	bool fresh;

	pthread_mutex_lock(&j->lock);
	fresh = j->asked && clock_boot_ms() - j->asked_boot_ms <= max_age_ms;
	pthread_mutex_unlock(&j->lock);
	return fresh;
}

bool
activity_join_has(struct tenant *t, const char *user_key)
{
	struct activity_join *j = &t->activity.join;
	bool has;

	pthread_mutex_lock(&j->lock);
	has = j->list.n > 0 && bsearch(&user_key, j->key, j->list.n,
				   sizeof(*j->key), join_compare_keys);
	pthread_mutex_unlock(&j->lock);
	return has;
}

int
activity_join_uses(struct tenant *t, struct use_list *uses, size_t from)
{
	struct activity_join *j = &t->activity.join;
	size_t i;
	int r = 0;

	pthread_mutex_lock(&j->lock);
	for (i = from; r == 0 && i < uses->n; i++) {
		struct connect_user want = {NULL, uses->v[i].user_key}, *found;

		found = want.user_id && j->list.n
			    ? bsearch(&want, j->list.v, j->list.n, sizeof(want),
				  join_compare)
			    : NULL;
		free(uses->v[i].user_key);
		uses->v[i].user_key = found ? text_dup(found->user_key) : NULL;
		if (found && !uses->v[i].user_key)
			r = -ENOMEM;
	}
	pthread_mutex_unlock(&j->lock);
	return r;
}

void
activity_join_done(struct tenant *t)
{
	connect_user_list_done(&t->activity.join.list);
	free(t->activity.join.key);
	pthread_mutex_destroy(&t->activity.join.lock);
}
