/* SPDX-License-Identifier: MIT */
/* dir_time: names that go, or come back, because time passes. */
#include <errno.h>
#include <stdlib.h>

#include "dir_int.h"
#include "gotofs/clock.h"
#include "gotofs/text.h"

#define DIR_TOUCH_MS 60000 /* an empty name that was touched (DESIGN 4.1) */

/* Names that disappear by themselves are watched by the timer. */
void
dir_watch(struct tenant *t, struct node *n)
{
	struct watched *w = calloc(1, sizeof(*w));

	if (!w)
		return; /* it stays, unlisted, until the unmount */
	w->node = NODE_ID(n);
	w->next = t->watched;
	t->watched = w;
	tenant_wake(t);
}

/* touch: an empty name with times of its own is given a minute. */
void
dir_touched(struct node *n)
{
	if (n->local && n->local->is_new && !n->writing)
		n->local->until_ms = clock_boot_ms() + DIR_TOUCH_MS;
}

/* His file was renamed to a scratch name: the name is free for a while. */
void
dir_hide_person(struct tenant *t, struct person *p)
{
	struct hidden *h = calloc(1, sizeof(*h));

	if (!h || !(h->name = text_dup(p->name))) {
		free(h);
		person_settle(t, p);
		return;
	}
	p->hidden_until_ms = clock_boot_ms() + t->conf.settle_ms;
	h->next = t->hidden;
	t->hidden = h;
	tenant_wake(t);
}

static void
dir_unhide(struct tenant *t, int64_t now_ms)
{
	struct hidden **l = &t->hidden, *h;

	while ((h = *l)) {
		struct person *p = person_by_name(t, h->name);

		if (p && now_ms < p->hidden_until_ms) {
			l = &h->next;
			continue;
		}
		if (p && p->hidden_until_ms) {
			p->hidden_until_ms = 0;
			person_settle(t, p);
		}
		*l = h->next;
		free(h->name);
		free(h);
	}
}

static void
dir_expire(struct tenant *t, struct node *n)
{
	static const struct tenant_caller nobody = {0, 0, 0};

	tenant_mutate(t);
	if (n->parent)
		dir_refuse(t, &nobody, "create", n->parent, n->name, -EINVAL,
		    "created, but no document was written to it in time");
	if (n->parent)
		tree_remove(t, n);
}

static bool
dir_is_over(struct tenant *t, struct node *n, int64_t now_ms)
{
	if (n && n->parent && n->kind == NODE_ERROR_DIR)
		return report_folder_is_over(t, n, now_ms);
	/* it may have become a scratch file meanwhile */
	if (!n || !n->parent || n->kind != NODE_USER || n->obj.person)
		return true;
	if (n->writing || now_ms < n->local->until_ms)
		return false;
	dir_expire(t, n);
	return true;
}

void
dir_tick(struct tenant *t, int64_t now_ms)
{
	struct watched **p = &t->watched, *w;

	dir_unhide(t, now_ms);
	while ((w = *p)) {
		struct node *n = tree_get(t, w->node);

		if (dir_is_over(t, n, now_ms)) {
			*p = w->next;
			free(w);
		} else {
			p = &w->next;
		}
	}
}

static void
dir_free_hidden(struct hidden *h)
{
	while (h) {
		struct hidden *next = h->next;

		free(h->name);
		free(h);
		h = next;
	}
}

void
dir_done(struct tenant *t)
{
	while (t->watched) {
		struct watched *w = t->watched;

		t->watched = w->next;
		free(w);
	}
	dir_free_hidden(t->hidden);
	dir_free_hidden(t->unrestored);
	t->hidden = t->unrestored = NULL;
}
