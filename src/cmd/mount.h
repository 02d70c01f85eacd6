/* SPDX-License-Identifier: MIT */
/*
 * mount (floor 6): from a checked plan to a served mount.
 *
 * Start order: check everything that can be checked; fork, the parent waits;
 * read the secrets; open the tenant (which locks the state folder) and the
 * control socket; start it, which pulls when there is no listing yet; only
 * then mount, so that a mount point never hangs and a mount that failed was
 * never there.  The end is the same backwards, but that the tenant stops
 * before fs is freed: a write that still waits gets its verdict.
 */
#ifndef CMD_MOUNT_H
#define CMD_MOUNT_H

#include <stdbool.h>

#include "conf.h"
#include "options.h"

struct err;

#define MOUNT_DRY_RUN "dry-run" /* its folder, in that of the account */

struct mount_plan {
	bool foreground;
	struct mount_options options;
	struct conf conf;
	char *mountpoint; /* absolute */
	char *state_dir;  /* absolute; of a dry run: below live_dir */
	char *live_dir;	  /* the profile's own; NULL: state_dir is it */
	char *socket;
};

/* ---- serve.c ---- */

/* The daemon's whole life; returns an exit status. */
int serve(const struct mount_plan *plan);

/* ---- mount_point.c ---- */

/* dir, absolute: an empty folder that is not one of our mounts already.
 * -EBUSY: it is one. */
int mount_point_check(const char *dir, char **ret, struct err *err);
/* As umount(8), or fusermount3 for who is not root. lazy: also when busy.
 * -EBUSY */
int mount_point_unmount(const char *dir, bool lazy, struct err *err);

/* ---- sd_notify.c ---- */

/* To systemd, when it listens (NOTIFY_SOCKET): "READY=1". Errors are of no
 * consequence. */
void sd_notify_send(const char *state);

#endif
