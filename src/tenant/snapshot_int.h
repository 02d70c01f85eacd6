/* SPDX-License-Identifier: MIT */
/*
 * snapshot: .gotofs/snapshots/: the tenant as it was.  Private to src/tenant.
 *
 * Theory.  A snapshot is a generation of the mirror that has a name: making one
 * writes a row, and what is in it is read from the store when somebody asks,
 * through its readers, with no lock of the tenant's.  There are no nodes: a
 * node id says which snapshot, what kind of thing and which one,
 *
 *	bit  62      1; the ids of the live tree have a 0: handle.c
 *	bits 42..61  the snapshot
 *	bits 38..41  enum snapshot_view
 *	bits  0..37  number of the license or group; version of the record or
 *		     of the link; enum snapshot_fixed
 *
 * so that nothing is counted, nothing forgotten, and a restart finds the same.
 * st_ino is the same number; for files and links, which other snapshots have as
 * well as long as nothing has changed, with 0 for the snapshot, and for the
 * rules with the time of theirs: what restic, borg and tar have seen unchanged
 * in one they need not read in the next.
 * Folders are each snapshot's own (diff takes two of one number for the same);
 * the manifest is that of the generation and of the rules.
 *
 * Nothing in a snapshot ever changes, so the kernel may keep all of it. Whoever
 * is inside when it is dropped gets ESTALE from then on, never less than there
 * was: each answer is checked for that at its end.
 */
#ifndef GOTOFS_SNAPSHOT_INT_H
#define GOTOFS_SNAPSHOT_INT_H

#include "tenant_int.h"

#define SNAPSHOT_NODE (UINT64_C(1) << 62)
#define SNAPSHOT_NAME_BYTES 200

enum snapshot_view {
	SNAPSHOT_FIXED = 0,
	SNAPSHOT_LICENSE = 1, /* a folder */
	SNAPSHOT_GROUP = 2,   /* likewise */
	SNAPSHOT_USER = 3,
	SNAPSHOT_SEAT = 4,   /* a link in the folder of a license */
	SNAPSHOT_MEMBER = 5, /* of a group */
	SNAPSHOT_RULES = 6,
	SNAPSHOT_MANIFEST_OF = 7, /* in st_ino: the generation, the rules */
};
enum snapshot_fixed {
	SNAPSHOT_ROOT = 1,
	SNAPSHOT_USERS,
	SNAPSHOT_LICENSES,
	SNAPSHOT_GROUPS,
	SNAPSHOT_RECLAIM,
	SNAPSHOT_MANIFEST,
};

/* A license or group of then. */
struct snapshot_folder {
	const struct snapshot_folder *parent; /* of a group, or NULL */
	/* groups in it, and beside it: in order of their numbers */
	const struct snapshot_folder *first, *next;
	char *key;
	char *name;
	int64_t number;
};
struct snapshot_folders {
	struct snapshot_folder *v; /* by number */
	const struct snapshot_folder **by_key;
	const struct snapshot_folder *first; /* of those in no other */
	size_t n;
};

/* Where a listing can be taken up again, and how far it has come there. */
struct snapshot_mark {
	int64_t offset; /* in the manifest */
	size_t folder;
	uint64_t cookie;
};

struct snapshot {
	_Atomic long users_n;	   /* it is freed by the last */
	_Atomic bool gone;	   /* or about to be */
	struct store_snapshot row; /* constant but for its name: tree_lock */
	char *name;
	_Atomic int64_t used_boot_ms; /* when somebody was inside last */
	/* made when somebody comes, constant while there is one */
	pthread_mutex_t folders_lock;
	_Atomic bool has_folders;
	struct snapshot_folders licenses, groups;
	/* made when first asked for, constant from then on */
	_Atomic bool has_manifest; /* set with t->manifest_lock */
	int64_t manifest_bytes;
	struct snapshot_mark *mark;
	size_t marks_n;
};

static inline bool
snapshot_is(uint64_t node)
{
	return (node & SNAPSHOT_NODE) != 0;
}

/* ---- snapshot.c: the list of them ---- */

int snapshot_load(struct tenant *t, struct err *err);
void snapshot_done(struct tenant *t);
/* A name in the folder, and its listing; with the read lock. */
int snapshot_find(
    const struct tenant *t, const char *name, struct tenant_attr *ret);
void snapshot_list(
    struct tenant *t, uint64_t cookie, tenant_dirent_fn fn, void *ctx);
/* mkdir, rmdir and mv there; with the turn. */
int snapshot_make(struct tenant *t, const struct tenant_caller *who,
    const char *name, struct tenant_attr *ret);
int snapshot_drop(
    struct tenant *t, const struct tenant_caller *who, const char *name);
int snapshot_rename(struct tenant *t, const struct tenant_caller *who,
    const char *name, const struct node *new_dir, const char *new_name);
/* Forgets what is made anew for whoever comes after long; with the turn. */
void snapshot_tick(struct tenant *t, int64_t now_boot_ms);
int snapshot_status(const struct tenant *t, struct json *j);

/* ---- snapshot_tree.c, snapshot.c: what is in one ---- */

/* A thing in a snapshot, which is kept until snapshot_leave. */
struct snapshot_place {
	struct snapshot *s;
	enum snapshot_view view;
	int64_t id;
};
/* -ESTALE: the snapshot was dropped. */
int snapshot_enter(struct tenant *t, uint64_t node, struct snapshot_place *ret);
void snapshot_leave(struct snapshot_place *p); /* for AUTO */
void snapshot_put(struct snapshot *s);	       /* in its place */

uint64_t snapshot_node(
    int64_t seq, enum snapshot_view view, int64_t id); /* its id */
void snapshot_root_attr(
    const struct tenant *t, const struct snapshot *s, struct tenant_attr *ret);

/* As the functions of tenant.h; no lock held. */
int snapshot_lookup(
    struct tenant *t, uint64_t dir, const char *name, struct tenant_attr *ret);
int snapshot_getattr(struct tenant *t, uint64_t node, struct tenant_attr *ret);
uint64_t snapshot_parent(struct tenant *t, uint64_t dir);
int snapshot_readdir(struct tenant *t, uint64_t dir, uint64_t cookie,
    tenant_dirent_fn fn, void *ctx);
int snapshot_read(
    struct tenant *t, uint64_t node, off_t offset, size_t n, struct buf *out);
int snapshot_readlink(struct tenant *t, uint64_t node, struct buf *out);

/* A version's text, appended. -ESTALE. */
int snapshot_text(struct tenant *t, int64_t id, struct buf *out);

struct snapshot_entry {
	const char *name;
	struct tenant_attr attr;
	uint64_t cookie;
	int64_t text; /* what is read there, or where it leads, as a version;
			 0: a folder, or printed */
};
typedef int (*snapshot_entry_fn)(void *ctx, const struct snapshot_entry *e);
/* Of a folder, those behind the cookie; a negative value ends it and is
 * returned. */
int snapshot_each(struct tenant *t, const struct snapshot_place *dir,
    uint64_t cookie, snapshot_entry_fn fn, void *ctx);

/* ---- snapshot_folder.c: licenses and groups of then ---- */

int snapshot_need_folders(struct tenant *t, struct snapshot *s);
void snapshot_folders_done(struct snapshot_folders *f);
/* NULL: there is none. After snapshot_need_folders. */
const struct snapshot_folder *snapshot_folder_of(
    const struct snapshot *s, enum snapshot_view view, int64_t number);
const struct snapshot_folder *snapshot_folder_keyed(
    const struct snapshot *s, enum store_kind kind, const char *key);
const struct snapshot_folder *snapshot_folder_named(const struct snapshot *s,
    enum snapshot_view view, const struct snapshot_folder *parent,
    const char *name);
/* The first of those in parent, or, NULL, at the top. */
const struct snapshot_folder *snapshot_folder_first(const struct snapshot *s,
    enum snapshot_view view, const struct snapshot_folder *parent);
/* How many folders a link in it is below the snapshot's root. */
int snapshot_folder_depth(const struct snapshot_folder *f);
/* "groups/berlin/sales", appended. */
int snapshot_folder_path(
    const struct snapshot_folder *f, enum snapshot_view view, struct buf *out);

/* ---- snapshot_manifest.c: MANIFEST.sha256 ---- */

int snapshot_manifest_size(
    struct tenant *t, struct snapshot *s, off_t *ret_bytes);
int snapshot_manifest_read(struct tenant *t, struct snapshot *s, off_t offset,
    size_t n, struct buf *out);

#endif
