/* SPDX-License-Identifier: MIT */
/*
 * Serving, and the end of it.
 *
 * libfuse's loop sleeps on a semaphore and its threads in read(2); setting the
 * session's exit flag wakes neither.  (A request of our own would, but libfuse
 * drops what arrives after the flag, and Linux 6.18 retrieves no pages of a
 * directory any more.)  So fs_exit sends the loop's thread a signal that does
 * nothing but interrupt the semaphore; libfuse then cancels its threads, which
 * allow that inside read alone.
 */
#include "fs_int.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "gotofs/err.h"
#include "gotofs/mountinfo.h"
#include "gotofs/text.h"
#include "gotofs/wait.h"

#define THREADS_N 10
#define WAKE_SIGNAL SIGRTMIN
#define NOTICES_MS 2000 /* what notices get to come out of the kernel */
#define KNOCK_MS 50

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

static void
do_nothing(int sig)
{
}

/* Without SA_RESTART: sem_wait must come back.  The handler stays: a last
 * signal may be on its way when the loop has ended already. */
static void
catch_wake(sigset_t *ret_old_mask)
{
	struct sigaction action = {.sa_handler = do_nothing};
	sigset_t set;

	sigemptyset(&action.sa_mask);
	sigaction(WAKE_SIGNAL, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, WAKE_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &set, ret_old_mask);
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
	fs->loop = pthread_self();
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
	sigset_t old_mask;
	int r = 0;

	catch_wake(&old_mask);
	if (begin(fs))
		r = serve(fs->session);
	end(fs);
	pthread_sigmask(SIG_SETMASK, &old_mask, NULL);
	if (r < 0)
		return err_set(
		    err, r, "serving the mount point ended: %s", strerror(-r));
	return 0;
}

/* A signal may come just before the loop goes to sleep: again and again. */
static bool
knock(struct fs *fs)
{
	bool running;

	pthread_mutex_lock(&fs->lock);
	if (fs->running) {
		pthread_kill(fs->loop, WAKE_SIGNAL);
		wait_cond_ms(&fs->moved, &fs->lock, KNOCK_MS);
	}
	running = fs->running;
	pthread_mutex_unlock(&fs->lock);
	return running;
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
	while (knock(fs))
		continue;

	pthread_mutex_lock(&fs->lock);
	fs->exits_n--;
	pthread_cond_broadcast(&fs->moved);
	pthread_mutex_unlock(&fs->lock);
}

/* The device of what lies on top at our place.  Without a look at it: that
 * would be a request to ourselves, and under an automount it would wait for the
 * next daemon, which waits for our end. */
static unsigned
device_at(const char *mountpoint)
{
	AUTO(text_done) char *text = NULL;
	struct err ignored = ERR_NONE;
	struct mountinfo line;
	unsigned device = 0;
	char *rest;

	if (mountinfo_read(&text, &ignored) < 0)
		return 0;
	rest = text;
	while (mountinfo_next(&rest, &line))
		if (strcmp(line.mountpoint, mountpoint) == 0)
			device = line.major ? 0 : line.minor;
	return device;
}

void
fs_remember_device(struct fs *fs)
{
	fs->device = device_at(fs->mountpoint);
}

/* fusectl's switch: who owns the connection needs no privilege for it. */
static int
abort_by_file(unsigned device)
{
	char path[64];
	FILE *f;

	snprintf(
	    path, sizeof(path), "/sys/fs/fuse/connections/%u/abort", device);
	f = fopen(path, "r+e");
	if (!f)
		return -errno;
	fputs("1", f);
	return fclose(f) ? -errno : 0;
}

/* Not what somebody else has mounted there meanwhile. */
static bool
still_mounted(const struct fs *fs)
{
	return fs->device && device_at(fs->mountpoint) == fs->device;
}

void
fs_abort(struct fs *fs)
{
	if (fs->device && abort_by_file(fs->device) && still_mounted(fs))
		umount2(fs->mountpoint, MNT_FORCE);
}

/* Unmounted here, but a mount namespace that was made meanwhile keeps a copy:
 * there is nothing for libfuse to unmount, and it would complain.  Our end of
 * the connection is replaced by one that polls as cut, which cuts it. */
static void
leave_copies(struct fs *fs)
{
	int end[2];

	if (pipe2(end, O_CLOEXEC))
		return;
	close(end[0]);
	dup2(end[1], fuse_session_fd(fs->session));
	close(end[1]);
}

/* libfuse leaves a mount alone whose connection was cut. */
void
fs_unmount(struct fs *fs)
{
	if (fs->device && !still_mounted(fs))
		leave_copies(fs);
	fuse_session_unmount(fs->session);
	if (still_mounted(fs))
		umount2(fs->mountpoint, MNT_DETACH);
}
