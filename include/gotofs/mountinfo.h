/* SPDX-License-Identifier: MIT */
/*
 * mountinfo (floor 1): what is mounted where in our namespace, as
 * /proc/self/mountinfo (proc(5)) has it:
 *
 *   36 35 0:41 /root /mount/point rw,noatime shared:1 - fstype source options
 *
 * Any thread.  Nothing asks a mount, and nothing walks to its folder: there one
 * would wait for whoever mounts it just now (autofs).
 */
#ifndef GOTOFS_MOUNTINFO_H
#define GOTOFS_MOUNTINFO_H

#include <stdbool.h>

struct err;

/* The fields of a line that matter; they point into the text. */
struct mountinfo {
	unsigned major, minor;
	char *root;
	char *mountpoint;
	char *fstype;
	char *source;
};

/* All of it; on the heap. */
int mountinfo_read(char **ret, struct err *err);
/* Cuts the next line off the text that *rest points at and advances it; false
 * at the end, or with *rest NULL.  What is no such line is left out. */
bool mountinfo_next(char **rest, struct mountinfo *ret);

#endif
