/* SPDX-License-Identifier: MIT */
/*
 * fs (floor 5): FUSE in, FUSE out (libfuse's low-level API; the only floor
 * that sees it).
 *
 * Turns kernel requests into tenant calls and tenant events into kernel
 * invalidations.  Exactly one reply a request on every path.
 */
#ifndef GOTOFS_FS_H
#define GOTOFS_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;
struct fs;
struct tenant;

struct fs_conf {
	const char *mountpoint; /* absolute, exists */
	const char *source;	/* first field of /proc/mounts: the profile */
	bool allow_other;
	bool read_only;
	bool dev, suid, exec; /* without: nodev, nosuid, noexec */
	bool debug;
	int64_t timeout_s; /* entry and attribute timeouts; a day or more */
};

/* Mounts; registers the tenant's events. The mount point answers only once
 * fs_loop runs. */
int fs_mount(struct tenant *t, const struct fs_conf *conf, struct fs **ret,
    struct err *err);
/* Serves until unmounted or fs_exit; multi-threaded. 0 or negative errno. */
int fs_loop(struct fs *fs, struct err *err);
/* Ask the loop to end (async-signal-safe is not needed: called from a signal
 * thread). */
void fs_exit(struct fs *fs);
/* Unmounts if still mounted, ends the notifier threads, frees. */
void fs_free(struct fs *fs);

/* Waits until the kernel knows of all that changed, timeout_ms at most: what is
 * read after it is what the tenant had before it. Not from a FUSE thread. */
void fs_settle(struct fs *fs, int64_t timeout_ms);

/* Requests that reached the daemon, by name, as JSON members for status.json
 * and the benchmarks: {"lookup":12,...}. */
int fs_stats(struct fs *fs, struct buf *out);

#endif
