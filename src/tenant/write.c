/* SPDX-License-Identifier: MIT */
/*
 * write: bytes into files (DESIGN 4.1): scratch files keep them, user files
 * stage them until they are a document, which is then judged and sent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_int.h"
#include "gotofs/clock.h"
#include "gotofs/text.h"
#include "keep_int.h"
#include "snapshot_int.h"
#include "write_int.h"

/* ---- staging ---- */

/* Of one that has lost its name: what it was. */
static char *
write_path(const struct tenant *t, const struct node *n)
{
	const struct node *dir = n->parent;

	if (!dir)
		dir = t->fixed[n->kind == NODE_RULES ? FIXED_RECLAIM
						     : FIXED_USERS];
	return tree_path(dir, n->name);
}

void
write_free(struct tenant *t, struct node *n)
{
	struct writing **p = &t->writings, *w = n->writing;

	if (!w)
		return;
	if (n->kind == NODE_USER && n->obj.person)
		keep_forget(t, n->obj.person, w);
	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	n->writing = NULL;
	stage_done(&w->stage);
	free(w);
}

/* Is what is written to it staged? */
static bool
write_is_staged(const struct node *n)
{
	return n->kind == NODE_USER || n->kind == NODE_RULES;
}

/* What a stage begins on: what the file reads as now. */
static int
write_base(struct tenant *t, const struct node *n, struct buf *out)
{
	if (n->kind == NODE_RULES)
		return t->reclaim.away_until_ms
			   ? 0
			   : buf_puts(out, t->reclaim.text);
	if (n->obj.person && person_exists(n->obj.person))
		return keep_reads(t, n->obj.person, out);
	return 0;
}

static int
write_open(struct tenant *t, struct node *n, bool afresh, int64_t now)
{
	AUTO(buf_done) struct buf base = BUF_MAX(STAGE_BYTES_MAX);
	struct writing *w = n->writing;
	bool over = w && w->stage.phase != STAGE_OPEN &&
		    w->stage.verdict != STAGE_PENDING;
	int r;

	if (w && !(afresh && over))
		return 0;
	r = write_base(t, n, &base);
	if (r < 0)
		return r;
	tenant_mutate(t);
	if (w) {
		stage_done(&w->stage);
		memset(&w->stage, 0, sizeof(w->stage));
	} else {
		w = calloc(1, sizeof(*w));
		if (!w)
			return -ENOMEM;
		w->node = n;
		w->next = t->writings;
		t->writings = w;
		n->writing = w;
	}
	tenant_wake(t);
	r = stage_init(&w->stage, base.data, base.len, now);
	if (r < 0)
		write_free(t, n);
	return r;
}

/* The stage shows nothing any more. */
void
write_shown_again(struct tenant *t, struct node *n)
{
	attr_touch(t, n);
	keep_retime(t, n);
	event_inode(t, n);
}

void
write_vanish(struct tenant *t, struct node *n)
{
	if (n->kind == NODE_USER && !n->obj.person && n->parent)
		tree_remove(t, n);
}

int
write_refuse(struct tenant *t, const struct tenant_caller *who, struct node *n,
    int code, const char *why, const char *text, size_t text_n)
{
	AUTO(text_done) char *path = write_path(t, n);

	if (path)
		report_refusal(t, who,
		    n->kind == NODE_RULES	  ? "rules"
		    : n->obj.person || !n->parent ? "update"
						  : "create",
		    path, code, text, text_n, why);
	return code;
}

/* Where in the text the scanner stopped. */
static void
write_describe(const struct stage *s, const char *why, struct err *err)
{
	size_t i, line = 1, column = 1;

	for (i = 0; i < s->scan.offset && i < s->image.len; i++) {
		column = s->image.data[i] == '\n' ? 1 : column + 1;
		line += s->image.data[i] == '\n';
	}
	err_set(err, -EINVAL, "line %zu, column %zu: %s", line, column, why);
}

/* It can never become a document. */
static int
write_broken(struct tenant *t, const struct tenant_caller *who, struct node *n,
    int code, const char *why)
{
	struct stage *s = &n->writing->stage;
	struct err err = ERR_NONE;

	if (code == -EINVAL)
		write_describe(s, why, &err);
	else
		err_set(&err, code, "%s", why);
	write_refuse(t, who, n, code, err.msg, s->image.data, s->image.len);
	stage_verdict(s, code, clock_boot_ms());
	write_shown_again(t, n);
	write_vanish(t, n);
	return code;
}

void
write_unheard(struct tenant *t, const struct node *n, const char *why)
{
	AUTO(text_done) char *path = write_path(t, n);

	if (path)
		report_failure(t, path, why, 0);
}

/* With -o async a write does not wait either (DESIGN 4.3). */
static int
write_wait(struct tenant *t, struct change *c, struct tenant_waiter *w)
{
	return w && !t->conf.async ? change_wait(t, c, w) : 0;
}

int
write_commit(struct tenant *t, const struct tenant_caller *who, struct node *n,
    struct tenant_waiter *w)
{
	struct stage *s = &n->writing->stage;
	struct change *c = NULL;
	struct err err = ERR_NONE;
	int64_t now = clock_boot_ms();
	int r;

	if (n->kind == NODE_RULES)
		r = reclaim_rules_write(
		    t, who, s->image.data, s->doc_bytes, &err);
	else
		r = write_document(
		    t, who, n, s->image.data, s->doc_bytes, &c, &err);
	if (r == 0)
		keep_written(t, n, s->image.data, s->doc_bytes);
	tenant_mutate(t);
	if (c && t->dry_run) { /* accepted is all that it can be */
		c->promised = true;
		n->writing->at_ms = now;
		stage_verdict(s, 0, now);
		attr_touch(t, n);
		event_inode(t, n);
		return 0;
	}
	n->writing->change = r == 0 ? c : NULL;
	if (r < 0)
		write_refuse(
		    t, who, n, r, err.msg, s->image.data, s->doc_bytes);
	if (r < 0 && !w)
		write_unheard(t, n, err.msg);
	stage_verdict(s, r < 0 ? r : (c ? STAGE_PENDING : 0), now);
	write_shown_again(t, n);
	if (r == 0 && !c)
		keep_verdict(t, n->writing, 0);
	if (r < 0) {
		write_vanish(t, n);
		return r;
	}
	if (!c)
		report_clear_node(t, n);
	else if (!w || t->conf.async)
		c->promised = true;
	return c ? write_wait(t, c, w) : 0;
}

/* A verdict came for what somebody wrote. */
void
write_finished(struct tenant *t, struct change *c, int result)
{
	struct writing *w;

	for (w = t->writings; w; w = w->next) {
		if (w->change != c)
			continue;
		w->change = NULL;
		keep_verdict(t, w, result);
		if (w->stage.phase != STAGE_COMMITTED ||
		    w->stage.verdict != STAGE_PENDING)
			continue; /* somebody has begun anew */
		stage_verdict(&w->stage, result, clock_boot_ms());
		event_inode(t, w->node);
	}
}

/* All but STAGE_REFUSE. */
static int
write_act(struct tenant *t, const struct tenant_caller *who, struct node *n,
    enum stage_action action, int code, const char *why,
    struct tenant_waiter *w)
{
	struct writing *wr = n->writing;

	switch (action) {
	case STAGE_TAKEN:
		return 0;
	case STAGE_COMMIT:
		return write_commit(t, who, n, w);
	case STAGE_REPEAT:
		if (wr->stage.verdict != STAGE_PENDING)
			return wr->stage.verdict;
		return wr->change ? write_wait(t, wr->change, w) : 0;
	case STAGE_BROKEN:
		return write_broken(t, who, n, code, why);
	case STAGE_REFUSE:
		break;
	}
	return code;
}

/* The kernel has the written bytes in its pages; unless they are what the file
 * reads as, it must ask again.  (The new mtime alone does not tell it: an
 * attribute reply to fchmod or utimens may come first.) */
static void
write_touched(struct tenant *t, struct node *n)
{
	attr_touch(t, n);
	if (!stage_shows(&n->writing->stage) ||
	    n->writing->stage.phase != STAGE_OPEN)
		event_inode(t, n);
}

/* Nothing may be written now: what a truncation has begun is over as well. */
static int
write_not_now(struct tenant *t, const struct tenant_caller *who, struct node *n,
    int code, const char *why, const char *data, size_t len)
{
	write_refuse(t, who, n, code, why, data, len);
	if (!n->writing || n->writing->stage.phase != STAGE_OPEN)
		return code;
	tenant_mutate(t);
	stage_verdict(&n->writing->stage, code, clock_boot_ms());
	event_inode(t, n);
	write_vanish(t, n);
	return code;
}

static int
write_user(struct tenant *t, const struct tenant_caller *who, struct node *n,
    const char *data, size_t len, off_t offset, bool append, bool from_mapping,
    struct tenant_waiter *w)
{
	enum stage_action action;
	const char *why = "";
	struct err err = ERR_NONE;
	int64_t now = clock_boot_ms();
	int r, code = -EIO;

	r = tenant_check_writable(t, &err);
	if (r < 0)
		return write_not_now(t, who, n, r, err.msg, data, len);
	r = write_open(t, n, offset == 0 || from_mapping, now);
	if (r < 0)
		return r;
	tenant_mutate(t);
	if (!from_mapping) /* that is a thread of the kernel's */
		n->writing->who = *who;
	n->writing->at_ms = now;
	action = stage_write(&n->writing->stage, data, len, (size_t)offset,
	    append, from_mapping, now, &code, &why);
	write_touched(t, n);
	if (action == STAGE_REFUSE)
		return write_refuse(t, who, n, code, why, data, len);
	if (action == STAGE_REPEAT)
		keep_blank(t, n, who, data, len, (size_t)offset);
	if (n->local)
		n->local->timed = false;
	return write_act(t, who, n, action, code, why, w);
}

static int
write_resize_local(struct tenant *t, const struct tenant_caller *who,
    struct node *n, size_t bytes)
{
	struct err err = ERR_NONE;
	int r;

	tenant_mutate(t);
	r = scratch_resize(t, n, bytes, &err);
	if (r < 0)
		return r == -ENOSPC
			   ? write_refuse(t, who, n, r, err.msg, NULL, 0)
			   : r;
	n->local->timed = false;
	attr_touch(t, n);
	return 0;
}

static int
write_local(struct tenant *t, const struct tenant_caller *who, struct node *n,
    const char *data, size_t len, off_t offset)
{
	const struct local *local = n->local;
	size_t end = (size_t)offset + len;
	int r;

	if (local && local->placeholder)
		return write_refuse(t, who, n, -EPERM,
		    "only links to user files live here", NULL, 0);
	if (offset > STAGE_BYTES_MAX || len > STAGE_BYTES_MAX - (size_t)offset)
		return write_refuse(
		    t, who, n, -EFBIG, "a file here is at most 1 MiB", NULL, 0);
	r = write_resize_local(t, who, n,
	    local && local->content.len > end ? local->content.len : end);
	if (r == 0 && len > 0)
		memcpy(n->local->content.data + offset, data, len);
	return r;
}

/* A name that vanished under its writer answers its verdict again, which has
 * been told; if there was none, that is said now. */
static int
write_orphan(struct tenant *t, const struct tenant_caller *who, struct node *n,
    const char *data, size_t len)
{
	const struct writing *w = n->writing;

	if (w && w->stage.phase != STAGE_OPEN && w->stage.verdict < 0)
		return w->stage.verdict;
	return write_refuse(t, who, n, -EIO,
	    "the file was removed or replaced after it had been opened: these "
	    "bytes were not taken; write it anew under its name",
	    data, len);
}

int
tenant_write(struct tenant *t, const struct tenant_caller *who, uint64_t node,
    const char *data, size_t n, off_t offset, bool append, bool from_mapping,
    struct tenant_waiter *w)
{
	struct node *node_p;
	int r = -EPERM;

	tenant_begin(t);
	node_p = tree_get(t, node);
	if (!node_p)
		r = snapshot_is(node) ? -EROFS : -ESTALE;
	else if (write_is_staged(node_p))
		r = node_p->parent ? write_user(t, who, node_p, data, n, offset,
					 append, from_mapping, w)
				   : write_orphan(t, who, node_p, data, n);
	else if (node_p->kind == NODE_LOCAL_FILE)
		r = write_local(t, who, node_p, data, n, offset);
	else if (node_p->kind == NODE_CTL)
		r = ctl_write(t, who, data, n, w);
	tenant_end(t);
	return r;
}

static int
write_fsync(struct tenant *t, const struct tenant_caller *who, struct node *n,
    struct tenant_waiter *w)
{
	struct stage *s = &n->writing->stage;
	const char *why = "";
	int code = 0, r;
	enum stage_action a = STAGE_REPEAT;

	if (n->parent)
		a = stage_settle(s, true, &code, &why);
	tenant_mutate(t);
	r = write_act(t, who, n, a, code, why, w);
	if (r == 0 && n->writing && n->writing->change && w)
		r = change_wait(t, n->writing->change, w);
	return r;
}

int
tenant_fsync(struct tenant *t, const struct tenant_caller *who, uint64_t node,
    struct tenant_waiter *w)
{
	struct node *n;
	struct change *c;
	int r = 0;

	tenant_begin(t);
	n = tree_get(t, node);
	if (n && write_is_staged(n) && n->writing)
		r = write_fsync(t, who, n, w);
	else if (n && n->kind == NODE_USER && n->obj.person &&
		 (c = write_in_flight(n->obj.person)))
		r = change_wait(t, c, w); /* a rename brought it */
	tenant_end(t);
	return r;
}

/* ---- truncation ---- */

static int
write_truncate_user(struct tenant *t, const struct tenant_caller *who,
    struct node *n, size_t size)
{
	enum stage_action action;
	const char *why = "";
	int64_t now = clock_boot_ms();
	int code = -EIO, r;
	struct writing *w = n->writing;

	r = write_open(t, n,
	    size == 0 || !w || size < w->stage.doc_bytes ||
		w->stage.phase == STAGE_DROPPED,
	    now);
	if (r < 0)
		return r;
	tenant_mutate(t);
	n->writing->who = *who;
	n->writing->at_ms = now;
	action = stage_truncate(&n->writing->stage, size, now, &code, &why);
	write_touched(t, n);
	if (action == STAGE_REFUSE)
		return code;
	if (action == STAGE_REPEAT)
		keep_cut(t, n, size);
	/* truncating never fails: a refusal is in errors/, and in fsync */
	if (action == STAGE_COMMIT)
		write_act(t, who, n, action, code, why, NULL);
	return 0;
}

int
write_truncate(struct tenant *t, const struct tenant_caller *who,
    struct node *n, off_t size)
{
	if (size > STAGE_BYTES_MAX)
		return write_refuse(
		    t, who, n, -EFBIG, "a file here is at most 1 MiB", NULL, 0);
	if (write_is_staged(n))
		return n->parent ? write_truncate_user(t, who, n, (size_t)size)
				 : 0;
	if (n->kind == NODE_CTL)
		return 0; /* it is empty always */
	if (n->kind != NODE_LOCAL_FILE)
		return -EPERM;
	return write_resize_local(t, who, n, (size_t)size);
}
