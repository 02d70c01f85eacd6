/* SPDX-License-Identifier: MIT */
/* write_time: what becomes of staged bytes because time passes (DESIGN 4.1). */
#include <errno.h>

#include "write_int.h"

#define WRITE_REMEMBER_MS 60000 /* a verdict; who wrote (DESIGN 4.1) */

static void
write_drop(struct tenant *t, struct writing *w, const char *why)
{
	const struct stage *s = &w->stage;

	write_refuse(
	    t, &w->who, w->node, -EINVAL, why, s->image.data, s->image.len);
	write_unheard(t, w->node, why);
}

/* DESIGN 4.1 (b) and (e): nobody went on. */
static void
write_quiet(struct tenant *t, struct writing *w)
{
	struct node *n = w->node;
	struct stage *s = &w->stage;
	const char *why = "";
	int code = 0;

	tenant_mutate(t);
	if (n->parent && stage_settle(s, false, &code, &why) == STAGE_COMMIT) {
		write_commit(t, &w->who, n, NULL);
		return;
	}
	if (n->parent && s->image.len > 0)
		write_drop(t, w,
		    "nothing followed for 2 s and the text is not a complete "
		    "JSON object: it was dropped");
	else if (n->parent && n->kind == NODE_RULES)
		write_drop(t, w,
		    "emptied, and nothing was written: the rules stay as they "
		    "were");
	else if (n->parent && n->obj.person)
		write_drop(t, w,
		    "emptied, and nothing was written: the record stays as it "
		    "was");
	stage_drop(s);
	write_shown_again(t, n);
	write_vanish(t, n);
}

/* It is remembered no longer. */
static void
write_forget(struct tenant *t, struct writing *w)
{
	struct node *n = w->node;

	tenant_mutate(t);
	if (n->parent && stage_shows(&w->stage)) {
		write_drop(t, w,
		    "written through a shared mapping, and neither msync nor "
		    "fsync followed: it was dropped");
		write_shown_again(t, n);
	}
	write_free(t, n);
}

void
write_tick(struct tenant *t, int64_t now_ms)
{
	struct writing *w, *next;

	for (w = t->writings; w; w = next) {
		const struct stage *s = &w->stage;
		int64_t age = now_ms - s->last_ms;

		next = w->next;
		if (s->phase == STAGE_OPEN && s->written && !s->mapped) {
			if (age >= t->conf.quiet_ms)
				write_quiet(t, w);
		} else if (age >= WRITE_REMEMBER_MS &&
			   (!w->change || !w->change->waiters)) {
			write_forget(t, w);
		}
	}
}

/* Did this process write the file within the last minute? */
bool
write_by(const struct node *n, pid_t pid, int64_t now_ms)
{
	const struct writing *w = n->writing;

	return w && w->who.pid == pid && now_ms - w->at_ms < WRITE_REMEMBER_MS;
}
