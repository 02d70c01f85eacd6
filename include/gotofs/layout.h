/* SPDX-License-Identifier: MIT */
/*
 * layout (floor 4): what may be at a place of the tree, judged without a mount.
 *
 * A place is a path below the mount point: "users/ann@example.com.json".  The
 * mount judges by the same functions; here they are for files that are to be
 * put there some day (a git repository).  Pure functions: any thread, nothing
 * blocks.  Errors: -EINVAL and what is said below, with the sentence; -ENOMEM.
 */
#ifndef GOTOFS_LAYOUT_H
#define GOTOFS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

struct err;

enum layout_kind {
	LAYOUT_USER,  /* users/<address>.json */
	LAYOUT_RULES, /* reclaim/rules.json */
	LAYOUT_LINK,  /* licenses/<license>/..., groups/<group>[/<group>]/... */
};

/* Which of its folders the tree gets from files: users, licenses, groups,
 * reclaim; NULL at the end. */
extern const char *const layout_folders[];

/* The end of an absolute path that is a place of such a file (folder: of a
 * folder that holds them); NULL: it has none.  The longest one: of what is
 * returned the next is asked for, as a group may be named users. */
const char *layout_place(const char *path, bool folder);
int layout_kind(const char *place, enum layout_kind *ret, struct err *err);
/* May there be such a folder? */
int layout_check_folder(const char *place, struct err *err);
/* May a link at this place lead to target?  Read as text alone.  root: where
 * the tree is, for absolute targets; NULL: these are refused. */
int layout_check_link(
    const char *place, const char *target, const char *root, struct err *err);
/* A text for a place of the first two kinds.  before: what is there now, so
 * that values that it has are not refused; NULL: nothing, and a person is a
 * new one; unless it is not known what is there, and he has a name that only
 * somebody who is there can have (cut, or one of equal ones).  -EFBIG. */
int layout_check_text(const char *place, const char *text, size_t len,
    const char *before, size_t before_len, bool known, struct err *err);

#endif
