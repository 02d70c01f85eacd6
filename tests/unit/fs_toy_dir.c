/* SPDX-License-Identifier: MIT */
/* fs_toy: names that come, go and move; the commands. */
#include "fs_toy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/wait.h"

static int
make(struct tenant *t, uint64_t dir, const char *name, mode_t mode,
    const char *text, struct tenant_attr *ret)
{
	struct toy_node *node;

	pthread_mutex_lock(&t->lock);
	if (toy_find(t, dir, name)) {
		pthread_mutex_unlock(&t->lock);
		return -EEXIST;
	}
	node = toy_add(t, dir, name, mode);
	if (text)
		toy_set_text(t, node, text, strlen(text));
	node->lookups_n++;
	*ret = node->attr;
	pthread_mutex_unlock(&t->lock);
	/* The directory is locked until the reply: must be held back. */
	t->events.entry(t->events.ctx, dir, name);
	return 0;
}

int
tenant_mknod(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name, mode_t mode, struct tenant_attr *ret)
{
	return S_ISREG(mode) ? make(t, dir, name, mode, NULL, ret) : -EPERM;
}

int
tenant_mkdir(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name, mode_t mode, struct tenant_attr *ret)
{
	return make(t, dir, name, S_IFDIR | mode, NULL, ret);
}

int
tenant_symlink(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name, const char *target, struct tenant_attr *ret)
{
	return make(t, dir, name, S_IFLNK | 0777, target, ret);
}

int
tenant_link(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name)
{
	return -EPERM;
}

static int
take_away(struct tenant *t, uint64_t dir, const char *name, const char *op)
{
	struct toy_node *node;
	int r;

	pthread_mutex_lock(&t->lock);
	r = toy_answer(t, op);
	node = toy_find(t, dir, name);
	if (!r && !node)
		r = -ENOENT;
	if (!r)
		toy_remove(t, node);
	pthread_mutex_unlock(&t->lock);
	if (!r)
		t->events.entry(t->events.ctx, dir, name);
	return r;
}

int
tenant_unlink(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name)
{
	pthread_mutex_lock(&t->lock);
	while (t->hold)
		wait_cond_ms(&t->wake, &t->lock, 5);
	pthread_mutex_unlock(&t->lock);
	clock_sleep_ms(t->unlink_ms);
	return take_away(t, dir, name, "unlink");
}

int
tenant_rmdir(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name)
{
	return take_away(t, dir, name, "rmdir");
}

static void
commit(struct tenant *t, struct toy_node *node, uint64_t *ret_stale)
{
	AUTO(buf_done) struct buf text = BUF_MAX(1U << 24);

	buf_printf(&text, "canonical: %s", buf_str(&node->text));
	toy_set_text(t, node, text.data, text.len);
	*ret_stale = node->attr.node;
}

static void
move(struct tenant *t, struct toy_node *node, struct toy_node *over,
    uint64_t new_dir, const char *new_name, uint64_t *ret_stale)
{
	if (over)
		toy_remove(t, over);
	toy_touch(t, toy_node(t, node->parent));
	toy_touch(t, toy_node(t, new_dir));
	if (node->name[0] == '.' && strstr(new_name, ".json"))
		commit(t, node, ret_stale);
	toy_move(t, node, new_dir, new_name);
}

int
tenant_rename(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name, uint64_t new_dir, const char *new_name, bool noreplace,
    uint64_t *ret_stale)
{
	struct toy_node *node, *over;
	int r;

	pthread_mutex_lock(&t->lock);
	r = toy_answer(t, "rename");
	node = toy_find(t, dir, name);
	over = toy_find(t, new_dir, new_name);
	if (!r && !node)
		r = -ENOENT;
	if (!r && over && noreplace)
		r = -EEXIST;
	if (!r)
		move(t, node, over, new_dir, new_name, ret_stale);
	pthread_mutex_unlock(&t->lock);
	return r;
}

/* ---- commands ---- */

static int
command_text(struct tenant *t, const char *verb, const char *dir,
    const char *name, const char *text)
{
	struct toy_node *d, *node;
	uint64_t id;

	pthread_mutex_lock(&t->lock);
	d = toy_find(t, TENANT_ROOT_NODE, dir);
	node = d ? toy_find(t, d->attr.node, name) : NULL;
	if (d && !node)
		node = toy_add(t, d->attr.node, name, S_IFREG | 0644);
	if (!d) {
		pthread_mutex_unlock(&t->lock);
		return -ENOENT;
	}
	toy_set_text(t, node, text, strlen(text));
	id = node->attr.node;
	pthread_mutex_unlock(&t->lock);
	if (!strcmp(verb, "add"))
		t->events.entry(t->events.ctx, d->attr.node, name);
	else
		t->events.inode(t->events.ctx, id);
	return 0;
}

static int
command_del(struct tenant *t, const char *dir, const char *name)
{
	struct toy_node *d;

	pthread_mutex_lock(&t->lock);
	d = toy_find(t, TENANT_ROOT_NODE, dir);
	pthread_mutex_unlock(&t->lock);
	return d ? take_away(t, d->attr.node, name, "del") : -ENOENT;
}

static int
command_answer(struct tenant *t, const char *op, int answer)
{
	pthread_mutex_lock(&t->lock);
	snprintf(t->answer_op, sizeof(t->answer_op), "%s", op);
	t->answer = answer;
	pthread_mutex_unlock(&t->lock);
	return 0;
}

static int
command_hold(struct tenant *t, bool hold)
{
	pthread_mutex_lock(&t->lock);
	t->hold = hold;
	pthread_mutex_unlock(&t->lock);
	return 0;
}

static int
command(struct tenant *t, const char *line)
{
	char verb[16], dir[64], name[64], text[512];
	long number;

	if (!strncmp(line, "hold", 4) || !strncmp(line, "give", 4))
		return command_hold(t, *line == 'h');
	if (sscanf(line, "unlink_ms %ld", &number) == 1) {
		t->unlink_ms = number;
		return 0;
	}
	if (sscanf(line, "answer %15s %ld", verb, &number) == 2)
		return command_answer(t, verb, (int)number);
	if (sscanf(line, "del %63s %63s", dir, name) == 2)
		return command_del(t, dir, name);
	if (sscanf(line, "%15s %63s %63s %511[^\n]", verb, dir, name, text) ==
	    4)
		return command_text(t, verb, dir, name, text);
	return -EINVAL;
}

int
toy_control(struct tenant *t, const char *text)
{
	int r = 0;

	while (!r && *text) {
		r = command(t, text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return r;
}
