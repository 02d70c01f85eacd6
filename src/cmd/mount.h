/* SPDX-License-Identifier: MIT */
/*
 * mount (floor 6): from a checked plan to a served mount.
 *
 * Start order: check everything that can be checked (a passphrase is asked for
 * here, while there is a terminal); fork, the parent waits; read the secrets;
 * open the tenant (which locks the state folder) and the control socket; start
 * it, which pulls when there is no listing yet; only then mount, so that a
 * mount point never hangs and a mount that failed was never there.  The end is
 * the same backwards, but that the tenant stops before fs is freed: a write
 * that still waits gets its verdict.
 */
#ifndef CMD_MOUNT_H
#define CMD_MOUNT_H

#include <stdbool.h>

#include "conf.h"
#include "key.h"
#include "options.h"

struct err;

#define MOUNT_DRY_RUN "dry-run" /* its folder, in that of the account */

struct mount_plan {
	bool foreground;
	bool fake; /* check everything, mount nothing: mount(8)'s -f */
	struct mount_options options;
	struct conf conf;
	struct key key;	  /* of the login, where the profile has one */
	char *mountpoint; /* absolute */
	char *state_dir;  /* absolute; of a dry run: below live_dir */
	char *live_dir;	  /* the profile's own; NULL: state_dir is it */
	char *socket;
};

/* ---- mount.c ---- */

void mount_plan_init(struct mount_plan *p);
void mount_plan_done(struct mount_plan *p); /* for AUTO */
/* Checks the plan, then forks and serves; returns an exit status. */
int mount_plan_run(struct mount_plan *p, const char *profile, const char *dir);

/* ---- mount_helper.c ---- */

/* Are we called as mount(8) calls a helper?  By our name (mount.fuse.gotofs),
 * or through mount.fuse, as "gotofs PROFILE DIR -o OPTIONS". */
bool mount_helper_is(int argc, char **argv);
int mount_helper_main(int argc, char **argv);

/* ---- serve.c ---- */

/* The daemon's whole life; returns an exit status. */
int serve(const struct mount_plan *plan);

/* ---- mount_point.c ---- */

/* dir, absolute: an empty folder that is not one of our mounts already.
 * -EBUSY: it is one. */
int mount_point_check(const char *dir, char **ret, struct err *err);
/* Is something mounted there?  Asks no daemon. */
bool mount_point_is_used(const char *dir);
/* Is the daemon of what is mounted there gone?  Asks, and so may hang with it:
 * a refusal is a sign of life. */
bool mount_point_is_dead(const char *dir);
/* As umount(8), or fusermount3 for who is not root. lazy: also when busy.
 * -EBUSY */
int mount_point_unmount(const char *dir, bool lazy, struct err *err);

/* ---- sd_notify.c ---- */

/* To systemd, when it listens (NOTIFY_SOCKET): "READY=1". Errors are of no
 * consequence. */
void sd_notify_send(const char *state);

#endif
