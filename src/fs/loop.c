/* SPDX-License-Identifier: MIT */
/*
 * Serving, and the end of it.
 *
 * libfuse's threads sleep in read(2) and its loop on a semaphore; setting the
 * session's exit flag wakes neither.  So fs_exit makes the kernel send us a
 * request of our own: a retrieve of the root's pages, of which there are none,
 * comes back at once as an empty answer, wakes one reader, and that one ends
 * the loop.
 */
#include "fs_int.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/log.h"
#include "gotofs/wait.h"

#define THREADS_N 10
#define NOTICES_MS 2000 /* what notices get to come out of the kernel */
#define KNOCK_MS 50
#define CUT_AFTER_MS 5000

int
fs_thread_start(pthread_t *ret, void *(*fn)(void *), void *arg)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(ret, NULL, fn, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -r;
}

static int
serve(struct fuse_session *session)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int r;

	if (!config)
		return -ENOMEM;
	fuse_loop_cfg_set_max_threads(config, THREADS_N);
	fuse_loop_cfg_set_idle_threads(config, THREADS_N);
	fuse_loop_cfg_set_clone_fd(config, 0);
	r = fuse_session_loop_mt(session, config);
	fuse_loop_cfg_destroy(config);
	return r;
}

/* False: fs_exit came first. */
static bool
begin(struct fs *fs)
{
	bool ending;

	pthread_mutex_lock(&fs->lock);
	ending = fs->ending;
	fs->running = !ending;
	pthread_mutex_unlock(&fs->lock);
	return !ending;
}

/* Whoever is inside fs_exit must be out before the caller frees. */
static void
end(struct fs *fs)
{
	pthread_mutex_lock(&fs->lock);
	fs->running = false;
	fs->ending = true;
	pthread_cond_broadcast(&fs->moved);
	while (fs->exits_n > 0)
		pthread_cond_wait(&fs->moved, &fs->lock);
	pthread_mutex_unlock(&fs->lock);
}

int
fs_loop(struct fs *fs, struct err *err)
{
	int r = 0;

	if (begin(fs))
		r = serve(fs->session);
	end(fs);
	if (r < 0)
		return err_set(
		    err, r, "serving the mount point ended: %s", strerror(-r));
	return 0;
}

/* Waits a moment.  False: the loop has ended. */
static bool
still_running(struct fs *fs)
{
	bool running;

	pthread_mutex_lock(&fs->lock);
	if (fs->running)
		wait_cond_ms(&fs->moved, &fs->lock, KNOCK_MS);
	running = fs->running;
	pthread_mutex_unlock(&fs->lock);
	return running;
}

static void
knock(struct fs *fs)
{
	int64_t cut_at = clock_boot_ms() + CUT_AFTER_MS;

	do {
		fuse_lowlevel_notify_retrieve(
		    fs->session, FUSE_ROOT_ID, 1, 0, NULL);
		if (clock_boot_ms() > cut_at) {
			log_warn("the loop does not end: cutting it");
			fs_abort(fs);
		}
	} while (still_running(fs));
}

void
fs_exit(struct fs *fs)
{
	pthread_mutex_lock(&fs->lock);
	fs->ending = true;
	fs->exits_n++;
	pthread_mutex_unlock(&fs->lock);

	/* As long as the loop answers, what blocks a notice goes away. */
	fs_notify_stop(fs->notify, NOTICES_MS);
	fuse_session_exit(fs->session);
	knock(fs);

	pthread_mutex_lock(&fs->lock);
	fs->exits_n--;
	pthread_cond_broadcast(&fs->moved);
	pthread_mutex_unlock(&fs->lock);
}

/* The device number of the mount, without asking the mount itself: the last
 * line that names it is the one on top. */
static int
find_minor(const char *mountpoint, unsigned *ret)
{
	char line[8192], path[4096];
	unsigned minor;
	FILE *f = fopen("/proc/self/mountinfo", "re");
	int r = -ENOENT;

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %*u:%u %*s %4095s", &minor, path) !=
		    2)
			continue;
		if (strcmp(path, mountpoint))
			continue;
		*ret = minor;
		r = 0;
	}
	fclose(f);
	return r;
}

/* fusectl's switch: who owns the connection needs no privilege for it. */
static void
abort_by_file(const char *mountpoint)
{
	unsigned minor;
	char path[64];
	FILE *f;

	if (find_minor(mountpoint, &minor))
		return;
	snprintf(
	    path, sizeof(path), "/sys/fs/fuse/connections/%u/abort", minor);
	f = fopen(path, "we");
	if (!f)
		return;
	fputs("1", f);
	fclose(f);
}

void
fs_abort(struct fs *fs)
{
	if (umount2(fs->mountpoint, MNT_FORCE))
		abort_by_file(fs->mountpoint);
}
