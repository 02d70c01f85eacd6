/* SPDX-License-Identifier: MIT */
/*
 * write: bytes into files (DESIGN 4.1): scratch files keep them, user files
 * stage them until they are a document, which is then judged and sent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/document.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "tenant_int.h"

#define WRITE_REMEMBER_MS 60000 /* a verdict; who wrote (DESIGN 4.1) */

/* ---- a document ---- */

static char *
write_path(const struct node *n)
{
	return tree_path(n->parent, n->name);
}

/* Fields that he set and that are not his to set: named in the journal. */
static void
write_note_ignored(struct change *c, char *const *ignored)
{
	AUTO(text_done) char *names = strv_join(ignored, ", ");

	if (names && *names) {
		free(c->note);
		c->note = text_printf("ignored, read-only: %s", names);
	}
}

static struct change *
write_in_flight(const struct person *p)
{
	struct change *c = change_find(p, VERB_UPDATE, NULL);

	return c ? c : change_find(p, VERB_CREATE, NULL);
}

static int
write_create(
    struct tenant *t, struct node *n, struct change *c, struct err *err)
{
	struct person *p = person_by_name(t, n->name);
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	struct user *want = &c->want;
	int r;

	if (!want->email)
		r = name_to_email(n->name, &want->email);
	else
		r = 0;
	if (r == 0)
		r = document_render_user(want, &text);
	if (r < 0) {
		change_free(c);
		return err_set(err, r, "not an address: %s", n->name);
	}
	tenant_mutate(t);
	if (!p)
		p = person_new(t, NULL, n->name);
	if (!p) {
		change_free(c);
		return err_nomem(err);
	}
	c->person = p;
	r = change_accept(t, c, STATE_QUEUED, err);
	if (r < 0) {
		person_forget_if_empty(t, p);
		return r;
	}
	person_set_pending(t, p, buf_take(&text));
	person_settle(t, p);
	return 0;
}

static int
write_update(struct tenant *t, struct person *p, struct change *c,
    const struct buf *now, struct err *err)
{
	char *text = NULL;
	int r = guard_check_roles(t, p, &c->want, c->set, err);

	c->person = p;
	if (r == 0)
		r = apply_text(
		    now->data, now->len, &c->want, c->set, NULL, &text, err);
	if (r < 0) {
		change_free(c);
		return r;
	}
	r = change_accept(t, c, STATE_QUEUED, err);
	if (r < 0)
		free(text);
	else
		person_set_pending(t, p, text);
	return r;
}

/* Judge a document for the user file n. 0 with *ret_change NULL: nothing
 * differs; with a change: its verdict is to come. */
int
write_document(struct tenant *t, const struct tenant_caller *who,
    struct node *n, const char *text, size_t len, struct change **ret_change,
    struct err *err)
{
	struct person *p = n->obj.person;
	AUTO(document_change_done)
	struct document_change d = DOCUMENT_CHANGE_NONE;
	AUTO(user_done) struct user now = USER_NONE;
	AUTO(buf_done) struct buf now_text = BUF_MAX(STAGE_BYTES_MAX);
	AUTO(text_done) char *path = write_path(n);
	struct change *c;
	bool exists;
	int r;

	if (!p)
		p = person_by_name(t, n->name);
	exists = p && person_exists(p);
	*ret_change = NULL;
	r = tenant_check_writable(t, err);
	if (r == 0 && exists)
		r = person_text(t, p, &now_text);
	if (r == 0 && exists)
		r = document_parse_user(now_text.data, now_text.len, &now, err);
	if (r == 0)
		r = document_diff_user(text, len, n->name, exists ? &now : NULL,
		    exists ? now_text.data : NULL, load_is_known, t, &d, err);
	if (r < 0)
		return r;
	if (exists && d.set == 0) {
		*ret_change = write_in_flight(p);
		return 0;
	}
	c = path ? change_new(exists ? VERB_UPDATE : VERB_CREATE, path, who)
		 : NULL;
	if (!c)
		return err_nomem(err);
	c->text = strndup(text, len);
	c->want = d.want;
	memset(&d.want, 0, sizeof(d.want));
	c->set = d.set;
	write_note_ignored(c, d.ignored);
	r = exists ? write_update(t, p, c, &now_text, err)
		   : write_create(t, n, c, err);
	if (r == 0)
		*ret_change = c;
	return r;
}

/* ---- staging ---- */

void
write_free(struct tenant *t, struct node *n)
{
	struct writing **p = &t->writings, *w = n->writing;

	if (!w)
		return;
	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	n->writing = NULL;
	stage_done(&w->stage);
	free(w);
}

/* What a stage begins on: what the file reads as now. */
static int
write_base(struct tenant *t, const struct node *n, struct buf *out)
{
	if (n->obj.person && person_exists(n->obj.person))
		return person_text(t, n->obj.person, out);
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
	return stage_init(&w->stage, base.data, base.len, now);
}

/* A name whose first document never came, or was refused. */
static void
write_vanish(struct tenant *t, struct node *n)
{
	if (n->kind == NODE_USER && !n->obj.person && n->parent)
		tree_remove(t, n);
}

static int
write_refuse(struct tenant *t, const struct tenant_caller *who, struct node *n,
    int code, const char *why)
{
	AUTO(text_done) char *path = write_path(n);
	const struct stage *s = n->writing ? &n->writing->stage : NULL;

	if (path)
		report_refusal(t, who, n->obj.person ? "update" : "create",
		    path, code, s ? s->image.data : NULL, s ? s->image.len : 0,
		    why);
	return code;
}

/* The document is whole: its verdict, or TENANT_WAIT. */
static int
write_commit(struct tenant *t, const struct tenant_caller *who, struct node *n,
    struct tenant_waiter *w)
{
	struct stage *s = &n->writing->stage;
	struct change *c = NULL;
	struct err err = ERR_NONE;
	int64_t now = clock_boot_ms();
	int r;

	r = write_document(t, who, n, s->image.data, s->doc_bytes, &c, &err);
	tenant_mutate(t);
	n->writing->change = r == 0 ? c : NULL;
	if (r < 0)
		write_refuse(t, who, n, r, err.msg);
	stage_verdict(s, r < 0 ? r : (c ? STAGE_PENDING : 0), now);
	attr_touch(t, n);
	if (r < 0) {
		event_inode(t, n);
		write_vanish(t, n);
		return r;
	}
	if (!c)
		report_clear_node(t, n);
	if (!c || !w)
		return 0;
	return change_wait(t, c, w);
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
		stage_verdict(&w->stage, result, clock_boot_ms());
		event_inode(t, w->node);
	}
}

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
		return wr->change && w ? change_wait(t, wr->change, w) : 0;
	case STAGE_REFUSE:
		return write_refuse(t, who, n, code, why);
	case STAGE_BROKEN:
		write_refuse(t, who, n, -EINVAL, why);
		event_inode(t, n);
		write_vanish(t, n);
		return -EINVAL;
	}
	return -EIO;
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
		return write_refuse(t, who, n, r, err.msg);
	r = write_open(t, n, offset == 0 || from_mapping, now);
	if (r < 0)
		return r;
	tenant_mutate(t);
	n->writing->pid = who->pid;
	n->writing->at_ms = now;
	action = stage_write(&n->writing->stage, data, len, (size_t)offset,
	    append, from_mapping, now, &code, &why);
	attr_touch(t, n);
	return write_act(t, who, n, action, code, why, w);
}

static int
write_local(struct tenant *t, struct node *n, const char *data, size_t len,
    off_t offset)
{
	struct local *local;
	int r = 0;

	if (offset > STAGE_BYTES_MAX || len > STAGE_BYTES_MAX - (size_t)offset)
		return -EFBIG;
	tenant_mutate(t);
	local = tree_local(n);
	if (!local)
		return -ENOMEM;
	if ((size_t)offset + len > local->content.len)
		r = buf_resize(&local->content, (size_t)offset + len);
	if (r == 0 && len > 0)
		memcpy(local->content.data + offset, data, len);
	attr_touch(t, n);
	return r;
}

/* A name that vanished under its writer answers its verdict again. */
static int
write_orphan(const struct node *n)
{
	const struct writing *w = n->writing;

	if (!w)
		return -ESTALE;
	return w->stage.phase == STAGE_COMMITTED && w->stage.verdict < 0
		   ? w->stage.verdict
		   : -EIO;
}

static bool
write_is_placeholder(const struct node *n)
{
	return n->local && n->local->placeholder;
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
		r = -ESTALE;
	else if (node_p->kind == NODE_USER)
		r = node_p->parent ? write_user(t, who, node_p, data, n, offset,
					 append, from_mapping, w)
				   : write_orphan(node_p);
	else if (node_p->kind == NODE_LOCAL_FILE &&
		 !write_is_placeholder(node_p))
		r = write_local(t, node_p, data, n, offset);
	tenant_end(t);
	return r;
}

int
tenant_fsync(struct tenant *t, const struct tenant_caller *who, uint64_t node,
    struct tenant_waiter *w)
{
	struct node *n;
	const char *why = "";
	int r = 0, code = 0;

	tenant_begin(t);
	n = tree_get(t, node);
	if (n && n->kind == NODE_USER && n->writing) {
		enum stage_action a =
		    stage_settle(&n->writing->stage, true, &code, &why);

		tenant_mutate(t);
		r = write_act(t, who, n, a, code, why, w);
	}
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
	n->writing->pid = who->pid;
	n->writing->at_ms = now;
	action = stage_truncate(&n->writing->stage, size, now, &code, &why);
	attr_touch(t, n);
	if (action == STAGE_REFUSE)
		return write_refuse(t, who, n, code, why);
	/* truncating never fails: a refusal is in errors/, and in fsync */
	if (action == STAGE_COMMIT)
		write_act(t, who, n, action, code, why, NULL);
	return 0;
}

int
write_truncate(struct tenant *t, const struct tenant_caller *who,
    struct node *n, off_t size)
{
	struct local *local;

	if (size > STAGE_BYTES_MAX)
		return -EFBIG;
	if (n->kind == NODE_USER)
		return n->parent ? write_truncate_user(t, who, n, (size_t)size)
				 : 0;
	if (n->kind != NODE_LOCAL_FILE)
		return -EPERM;
	tenant_mutate(t);
	local = tree_local(n);
	if (!local)
		return -ENOMEM;
	attr_touch(t, n);
	return buf_resize(&local->content, (size_t)size);
}

/* ---- time ---- */

/* DESIGN 4.1 (e): nobody finished it. */
static void
write_quiet(struct tenant *t, struct writing *w)
{
	static const struct tenant_caller nobody = {0, 0, 0};
	struct tenant_caller who = nobody;
	struct node *n = w->node;
	struct stage *s = &w->stage;
	const char *why = "";
	int code = 0;
	enum stage_action a = stage_settle(s, false, &code, &why);

	who.pid = w->pid;
	tenant_mutate(t);
	if (a == STAGE_COMMIT) {
		write_commit(t, &who, n, NULL);
		return;
	}
	if (s->image.len > 0 || n->obj.person)
		write_refuse(t, &who, n, -EINVAL,
		    s->image.len > 0
			? "nothing followed for 2 s and the text is not a "
			  "complete JSON object: it was dropped"
			: "emptied, and nothing was written: the record stays "
			  "as it was");
	stage_drop(s);
	attr_touch(t, n);
	event_inode(t, n);
	write_vanish(t, n);
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
		} else if (age >= WRITE_REMEMBER_MS && !w->change) {
			tenant_mutate(t);
			write_free(t, w->node);
		}
	}
}

/* Did this process write the file within the last minute? */
bool
write_by(const struct node *n, pid_t pid, int64_t now_ms)
{
	const struct writing *w = n->writing;

	return w && w->pid == pid && now_ms - w->at_ms < WRITE_REMEMBER_MS;
}
