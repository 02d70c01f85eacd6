/* SPDX-License-Identifier: MIT */
/* fs_toy: the tree, and what reads it. */
#include "fs_toy.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"

#define TEXT_MAX (1U << 24)
#define INO_OFFSET 1000 /* st_ino is not the node id */

struct toy_node *
toy_node(struct tenant *t, uint64_t id)
{
	return id > 0 && id <= t->nodes_n ? t->nodes[id - 1] : NULL;
}

struct toy_node *
toy_find(struct tenant *t, uint64_t dir, const char *name)
{
	struct map_link *l = map_first(&t->names, map_hash_str(name, dir));
	struct toy_node *node;

	for (; l; l = map_next(l)) {
		node = map_entry(l, struct toy_node, link);
		if (node->parent == dir && !strcmp(node->name, name))
			return node;
	}
	return NULL;
}

void
toy_touch(struct tenant *t, struct toy_node *node)
{
	int64_t now = clock_wall_ns();

	t->last_ns = now > t->last_ns ? now : t->last_ns + 1;
	node->attr.mtime_ns = node->attr.ctime_ns = t->last_ns;
}

static void
grow(struct tenant *t)
{
	if (t->nodes_n < t->nodes_max)
		return;
	t->nodes_max = t->nodes_max ? t->nodes_max * 2 : 64;
	t->nodes = reallocarray(t->nodes, t->nodes_max, sizeof(*t->nodes));
	assert(t->nodes);
}

struct toy_node *
toy_add(struct tenant *t, uint64_t dir, const char *name, mode_t mode)
{
	struct toy_node *node = calloc(1, sizeof(*node));
	struct toy_node *parent = toy_node(t, dir);

	assert(node);
	grow(t);
	t->nodes[t->nodes_n++] = node;
	node->attr.node = t->nodes_n;
	node->attr.ino = t->nodes_n + INO_OFFSET;
	node->attr.mode = mode;
	node->attr.nlink = S_ISDIR(mode) ? 2 : 1;
	node->text = (struct buf)BUF_MAX(TEXT_MAX);
	toy_move(t, node, dir, name);
	toy_touch(t, node);
	node->attr.atime_ns = node->attr.mtime_ns;
	if (parent)
		toy_touch(t, parent);
	return node;
}

void
toy_move(
    struct tenant *t, struct toy_node *node, uint64_t dir, const char *name)
{
	if (node->name[0])
		map_remove(&t->names, &node->link);
	node->parent = dir;
	snprintf(node->name, sizeof(node->name), "%s", name);
	if (node->name[0])
		map_add(&t->names, &node->link, map_hash_str(name, dir));
}

void
toy_remove(struct tenant *t, struct toy_node *node)
{
	toy_touch(t, toy_node(t, node->parent));
	toy_move(t, node, 0, "");
	node->attr.nlink = 0;
}

void
toy_set_text(
    struct tenant *t, struct toy_node *node, const char *text, size_t n)
{
	buf_clear(&node->text);
	buf_append(&node->text, text, n);
	node->attr.size = (off_t)n;
	toy_touch(t, node);
}

int
toy_answer(struct tenant *t, const char *op)
{
	if (strcmp(t->answer_op, op))
		return 0;
	t->answer_op[0] = '\0';
	return -t->answer;
}

void
toy_fill(struct tenant *t, long files_n)
{
	struct toy_node *root, *users, *links, *node;
	char name[64], text[401];

	root = toy_add(t, 0, "", S_IFDIR | 0755);
	node = toy_add(t, root->attr.node, "ctl", S_IFREG | 0600);
	node->attr.uncached = true;
	users = toy_add(t, root->attr.node, "users", S_IFDIR | 0755);
	links = toy_add(t, root->attr.node, "links", S_IFDIR | 0755);
	toy_add(t, root->attr.node, "empty", S_IFDIR | 0755);
	for (long i = 0; i < files_n; i++) {
		snprintf(name, sizeof(name), "u%05ld.json", i);
		node = toy_add(t, users->attr.node, name, S_IFREG | 0644);
		snprintf(text, sizeof(text), "%-399s\n", name);
		toy_set_text(t, node, text, 400);
		snprintf(text, sizeof(text), "../users/%s", name);
		node = toy_add(t, links->attr.node, name, S_IFLNK | 0777);
		toy_set_text(t, node, text, strlen(text));
	}
}

/* ---- tenant.h: reading ---- */

int
tenant_lookup(struct tenant *t, uint64_t dir, const char *name,
    struct tenant_attr *ret, bool *ret_uncached)
{
	struct toy_node *node;
	int r;

	pthread_mutex_lock(&t->lock);
	r = toy_answer(t, "lookup");
	node = toy_find(t, dir, name);
	if (!r && !node)
		r = -ENOENT;
	if (!r) {
		node->lookups_n++;
		*ret = node->attr;
	}
	pthread_mutex_unlock(&t->lock);
	return r;
}

void
tenant_forget(struct tenant *t, uint64_t node, uint64_t lookups_n)
{
	pthread_mutex_lock(&t->lock);
	assert(toy_node(t, node));
	assert(node == TENANT_ROOT_NODE ||
	       toy_node(t, node)->lookups_n >= lookups_n);
	toy_node(t, node)->lookups_n -= lookups_n;
	pthread_mutex_unlock(&t->lock);
}

int
tenant_getattr(struct tenant *t, uint64_t node, struct tenant_attr *ret)
{
	pthread_mutex_lock(&t->lock);
	*ret = toy_node(t, node)->attr;
	pthread_mutex_unlock(&t->lock);
	return 0;
}

int
tenant_readdir(struct tenant *t, uint64_t dir, uint64_t cookie, bool plus,
    tenant_dirent_fn fn, void *ctx)
{
	struct toy_node *node;

	pthread_mutex_lock(&t->lock);
	/* The cookie is the node's id. */
	for (size_t i = cookie; i < t->nodes_n; i++) {
		node = t->nodes[i];
		if (node->parent != dir)
			continue;
		if (!fn(ctx, node->name, &node->attr, node->attr.node))
			break;
		node->lookups_n += plus;
	}
	pthread_mutex_unlock(&t->lock);
	return 0;
}

uint64_t
tenant_parent(struct tenant *t, uint64_t dir)
{
	uint64_t parent;

	pthread_mutex_lock(&t->lock);
	parent = toy_node(t, dir)->parent;
	pthread_mutex_unlock(&t->lock);
	return parent ? parent : TENANT_ROOT_NODE;
}

int
tenant_read(
    struct tenant *t, uint64_t node, off_t offset, size_t n, struct buf *out)
{
	const struct buf *text;
	int r = 0;

	pthread_mutex_lock(&t->lock);
	text = &toy_node(t, node)->text;
	if ((size_t)offset < text->len) {
		if (n > text->len - (size_t)offset)
			n = text->len - (size_t)offset;
		r = buf_append(out, text->data + offset, n);
	}
	pthread_mutex_unlock(&t->lock);
	return r;
}

int
tenant_readlink(struct tenant *t, uint64_t node, struct buf *out)
{
	int r;

	pthread_mutex_lock(&t->lock);
	r = buf_puts(out, buf_str(&toy_node(t, node)->text));
	pthread_mutex_unlock(&t->lock);
	return r;
}

int
tenant_statfs(struct tenant *t, uint64_t node, struct tenant_statfs *ret)
{
	*ret = (struct tenant_statfs){.seats = true, .files = 50, .ffree = 8};
	return 0;
}

uint32_t
tenant_generation(const struct tenant *t)
{
	return 7;
}

void
tenant_set_events(struct tenant *t, const struct tenant_events *events)
{
	t->events = *events;
}
