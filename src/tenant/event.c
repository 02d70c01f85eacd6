/* SPDX-License-Identifier: MIT */
/* event: what goes out when the turn is over: invalidations and verdicts. */
#include <stdlib.h>
#include <string.h>

#include "gotofs/crash.h"
#include "gotofs/text.h"
#include "tenant_int.h"

static void
event_add(struct tenant *t, uint64_t node, const char *name)
{
	struct event *e;

	if (!t->events.entry)
		return;
	e = calloc(1, sizeof(*e));
	if (!e)
		return; /* the kernel's copy lives until its timeout */
	e->node = node;
	e->name = text_dup(name);
	*t->events_tail = e;
	t->events_tail = &e->next;
}

void
event_entry(struct tenant *t, const struct node *dir, const char *name)
{
	if (t->quiet_name && NODE_ID(dir) == t->quiet_dir &&
	    strcmp(name, t->quiet_name) == 0)
		return;
	event_add(t, NODE_ID(dir), name);
}

void
event_inode(struct tenant *t, const struct node *node)
{
	if (atomic_load(&node->lookups) > 0)
		event_add(t, NODE_ID(node), NULL);
}

void
event_verdict(struct tenant *t, struct tenant_waiter *w, int result)
{
	w->change = NULL;
	w->result = result;
	w->next = t->verdicts;
	t->verdicts = w;
}

void
event_send(struct tenant *t)
{
	struct event *events = t->events_first;

	while (events) {
		struct event *e = events;

		events = e->next;
		if (e->name)
			t->events.entry(t->events.ctx, e->node, e->name);
		else
			t->events.inode(t->events.ctx, e->node);
		free(e->name);
		free(e);
	}
}

void
event_tell(struct tenant_waiter *verdicts)
{
	while (verdicts) {
		struct tenant_waiter *w = verdicts;

		verdicts = w->next;
		crash_point("verdict-before-reply");
		w->done(w, w->result);
	}
}
