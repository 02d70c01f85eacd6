/* SPDX-License-Identifier: MIT */
/*
 * find (floor 6): which mount does a path belong to, and where is its daemon?
 *
 * Errors: -ENODEV not in a gotofs mount, -ENOTCONN the daemon is gone.
 */
#ifndef CMD_FIND_H
#define CMD_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buf;
struct err;

struct find {
	char *mountpoint;
	char *source; /* the profile */
	char *inside; /* "users/x" below the mount's root; "" the root */
	char *socket; /* find_daemon: of the daemon */
};

#define FIND_NONE                                                              \
	{                                                                      \
		NULL, NULL, NULL, NULL                                         \
	}

void find_done(struct find *f); /* for AUTO */
/* The mount that holds path; works for one whose daemon is gone, too. A link
 * in a mount is itself, any other leads on. */
int find_mount(const char *path, struct find *ret, struct err *err);
/* The same, and its daemon, asked over the mount itself. */
int find_daemon(const char *path, struct find *ret, struct err *err);
/* find_ask.c: a file of a mount.  -EHOSTDOWN: its daemon did not answer within
 * ten seconds; otherwise as file_read. */
int find_ask(const char *file, struct buf *out, struct err *err);
/* Is its daemon gone?  One that hangs is not. */
bool find_is_dead(const char *mountpoint);
/* Connected to the daemon of the mount that holds path. */
int find_connect(const char *path, struct find *ret, int *ret_fd,
    pid_t *ret_pid, struct err *err);

/* An errno of a mount whose daemon is gone. */
bool find_is_gone(int code);
/* Every gotofs mount of a mountinfo, the mount points; a strv. */
int find_list(const char *mountinfo, char ***ret);

/* For tests: find_mount on the text of a mountinfo; path is absolute. */
int find_in_mountinfo(
    const char *mountinfo, const char *path, struct find *ret, struct err *err);
bool find_is_mountpoint(const char *mountinfo, const char *path);

#endif
