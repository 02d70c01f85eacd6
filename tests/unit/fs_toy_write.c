/* SPDX-License-Identifier: MIT */
/* fs_toy: changes, at once or after a verdict. */
#include "fs_toy.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/wait.h"

struct toy_verdict {
	struct toy_verdict *next;
	struct tenant_waiter *waiter; /* NULL: the caller has gone */
	uint64_t node;
	bool held; /* while the tenant holds */
	int64_t due_ms;
	int result;
	off_t offset;
	size_t n;
	char data[];
};

static void
overwrite(struct tenant *t, struct toy_node *node, const char *data, size_t n,
    off_t offset)
{
	if ((size_t)offset + n > node->text.len)
		buf_resize(&node->text, (size_t)offset + n);
	memcpy(node->text.data + offset, data, n);
	node->attr.size = (off_t)node->text.len;
	toy_touch(t, node);
}

static struct toy_verdict **
find_due(struct tenant *t)
{
	struct toy_verdict **at = &t->verdicts;

	while (*at && ((*at)->held ? t->hold : (*at)->due_ms > clock_boot_ms()))
		at = &(*at)->next;
	return *at ? at : NULL;
}

/* Releases the lock while it tells others. */
static void
give(struct tenant *t, struct toy_verdict *v)
{
	if (!v->result)
		overwrite(t, toy_node(t, v->node), v->data, v->n, v->offset);
	pthread_mutex_unlock(&t->lock);
	if (v->waiter)
		v->waiter->done(v->waiter, v->result);
	t->events.inode(t->events.ctx, v->node);
	free(v);
	pthread_mutex_lock(&t->lock);
}

void *
toy_clerk(void *arg)
{
	struct tenant *t = arg;
	struct toy_verdict **at, *v;

	pthread_mutex_lock(&t->lock);
	while (!t->stop || t->verdicts) {
		at = find_due(t);
		if (!at) {
			wait_cond_ms(&t->wake, &t->lock, 5);
			continue;
		}
		v = *at;
		*at = v->next;
		give(t, v);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* slow-MS-..., fail-MS-..., held-... */
static int
wait_for_verdict(struct tenant *t, struct toy_node *node, const char *data,
    size_t n, off_t offset, struct tenant_waiter *w)
{
	struct toy_verdict *v = calloc(1, sizeof(*v) + n);

	assert(v);
	v->waiter = w;
	v->node = node->attr.node;
	v->held = !strncmp(node->name, "held-", 5);
	v->due_ms = clock_boot_ms() + strtol(node->name + 5, NULL, 10);
	v->result = !strncmp(node->name, "fail-", 5) ? -EBUSY : 0;
	v->offset = offset;
	v->n = n;
	memcpy(v->data, data, n);
	v->next = t->verdicts;
	t->verdicts = v;
	return TENANT_WAIT;
}

static bool
is_slow(const struct toy_node *node)
{
	return !strncmp(node->name, "slow-", 5) ||
	       !strncmp(node->name, "fail-", 5) ||
	       !strncmp(node->name, "held-", 5);
}

int
tenant_write(struct tenant *t, const struct tenant_caller *who, uint64_t id,
    const char *data, size_t n, off_t offset, bool append, bool from_mapping,
    struct tenant_waiter *w)
{
	struct toy_node *node;
	char *text;
	int r;

	pthread_mutex_lock(&t->lock);
	node = toy_node(t, id);
	if (!strcmp(node->name, "ctl")) {
		pthread_mutex_unlock(&t->lock);
		text = strndup(data, n);
		r = toy_control(t, text);
		free(text);
		return r;
	}
	r = toy_answer(t, "write");
	if (!r && is_slow(node))
		r = wait_for_verdict(t, node, data, n, offset, w);
	else if (!r)
		overwrite(t, node, data, n, offset);
	pthread_mutex_unlock(&t->lock);
	return r;
}

bool
tenant_abandon(struct tenant *t, struct tenant_waiter *w)
{
	bool found = false;

	pthread_mutex_lock(&t->lock);
	for (struct toy_verdict *v = t->verdicts; v; v = v->next) {
		if (v->waiter != w)
			continue;
		v->waiter = NULL;
		found = true;
	}
	pthread_mutex_unlock(&t->lock);
	return found;
}

int
tenant_fsync(struct tenant *t, const struct tenant_caller *who, uint64_t node,
    struct tenant_waiter *w)
{
	return 0;
}

static void
set_times(struct tenant *t, struct toy_node *node,
    const struct tenant_attr *attr, unsigned set)
{
	if (set & TENANT_SET_ATIME)
		node->attr.atime_ns = attr->atime_ns;
	if (set & TENANT_SET_ATIME_NOW)
		node->attr.atime_ns = clock_wall_ns();
	if (set & TENANT_SET_MTIME)
		node->attr.mtime_ns = attr->mtime_ns;
	if (set & TENANT_SET_MTIME_NOW)
		toy_touch(t, node);
}

int
tenant_setattr(struct tenant *t, const struct tenant_caller *who, uint64_t id,
    const struct tenant_attr *attr, unsigned set, struct tenant_attr *ret)
{
	struct toy_node *node;

	pthread_mutex_lock(&t->lock);
	node = toy_node(t, id);
	if (set & TENANT_SET_MODE)
		node->attr.mode =
		    (node->attr.mode & S_IFMT) | (attr->mode & 07777);
	if (set & TENANT_SET_UID)
		node->attr.uid = attr->uid;
	if (set & TENANT_SET_GID)
		node->attr.gid = attr->gid;
	if (set & TENANT_SET_SIZE) {
		buf_resize(&node->text, (size_t)attr->size);
		node->attr.size = attr->size;
		toy_touch(t, node);
	}
	set_times(t, node, attr, set);
	*ret = node->attr;
	pthread_mutex_unlock(&t->lock);
	return 0;
}
