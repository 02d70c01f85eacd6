/* SPDX-License-Identifier: MIT */
/*
 * fs_toy: a tenant that is nothing but a tree in memory, for tests of src/fs.
 *
 * Files:
 *   /ctl              uncached; what is written to it are commands, below
 *   /users/N.json     --files of them, 400 bytes each
 *   /links/N.json     -> ../users/N.json
 *   /empty/
 *   a write to a file whose name is slow-MS-anything waits MS for its verdict,
 *   and shows only then; fail-MS-anything: the verdict is EBUSY
 *   a rename of .x onto x.json commits: the file reads as "canonical: " and
 *   the bytes of .x from then on
 * Commands, each as if somebody else had done it:
 *   add DIR NAME TEXT, set DIR NAME TEXT, del DIR NAME
 *   hold, give        between the two no unlink is answered, and no write to
 *                     a file whose name begins with held-
 *   unlink_ms MS      unlink takes so long from now on
 *   answer OP ERRNO   the next OP (write, unlink, rename, lookup) says that
 */
#ifndef GOTOFS_FS_TOY_H
#define GOTOFS_FS_TOY_H

#include <pthread.h>
#include <sys/stat.h>

#include "gotofs/buf.h"
#include "gotofs/map.h"
#include "gotofs/tenant.h"

struct toy_node {
	struct map_link link; /* of tenant.names, while it has a name */
	struct tenant_attr attr;
	uint64_t parent;
	uint64_t lookups_n;
	char name[256];	 /* "": in no directory any more */
	struct buf text; /* of a file; the target of a link */
};

struct toy_verdict;

struct tenant {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct tenant_events events;
	struct toy_node **nodes; /* by id - 1 */
	size_t nodes_n, nodes_max;
	struct map names;
	int64_t last_ns;
	struct toy_verdict *verdicts;
	pthread_t clerk; /* gives the verdicts */
	bool stop;
	bool hold;
	long unlink_ms;
	char answer_op[16];
	int answer;
};

/* All of these with the lock held. */
struct toy_node *toy_node(struct tenant *t, uint64_t id);
struct toy_node *toy_find(struct tenant *t, uint64_t dir, const char *name);
struct toy_node *toy_add(
    struct tenant *t, uint64_t dir, const char *name, mode_t mode);
void toy_remove(struct tenant *t, struct toy_node *node);
void toy_set_text(
    struct tenant *t, struct toy_node *node, const char *text, size_t n);
void toy_move(
    struct tenant *t, struct toy_node *node, uint64_t dir, const char *name);
void toy_touch(struct tenant *t, struct toy_node *node);
/* The answer that "answer OP ERRNO" asked for, once; else 0. */
int toy_answer(struct tenant *t, const char *op);

void toy_fill(struct tenant *t, long files_n);
/* Without the lock: runs the commands of a write to ctl. */
int toy_control(struct tenant *t, const char *text);
/* The thread that gives verdicts. */
void *toy_clerk(void *arg);

#endif
