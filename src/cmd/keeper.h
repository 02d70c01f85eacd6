/* SPDX-License-Identifier: MIT */
/*
 * keeper (floor 6): a process beside the daemon, for the case that it is
 * killed and cannot die.
 *
 * A thread that tells the kernel of a change (fuse's notify) waits in there
 * for the folder's lock, which a removal may hold that waits for our answer.
 * Killed in that moment the thread never ends, so the connection stays open,
 * so the removal waits for ever, and so do all who come after it.  Only
 * cutting the connection helps, and somebody else must do it: the keeper
 * learns of the death by the signal that a child gets when its parent's thread
 * ends (the main thread is never held), gives the rest a second, and cuts.  The
 * mount stays behind as that of any dead daemon, "not connected".
 *
 * It is forked before anything else is there: it knows no secret and has no
 * file open.  Cutting goes by /sys/fs/fuse/connections, or for root without
 * that by umount(2).  All of it is called from the main thread but for _watch.
 */
#ifndef CMD_KEEPER_H
#define CMD_KEEPER_H

#include <sys/types.h>

struct err;

struct keeper {
	int fd;	   /* -1: none */
	pid_t pid; /* of the keeper */
};
#define KEEPER_NONE                                                            \
	{                                                                      \
		-1, 0                                                          \
	}

/* While there is one thread. */
int keeper_start(struct keeper *k, const char *mountpoint, struct err *err);
/* The mount is there, on this device. */
void keeper_watch(struct keeper *k, dev_t device);
/* All has ended as it should; waits for its end. */
void keeper_end(struct keeper *k);

#endif
