/* SPDX-License-Identifier: MIT */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gotofs/err.h"

#define KEEPER_DEATH SIGUSR1 /* the daemon's */
#define KEEPER_PATIENCE_MS 1000

/* What the daemon tells: a device to watch, or (0) that all is over. */
struct keeper_word {
	dev_t device;
};

/* ---- the keeper ---- */

static void
keeper_note(int sig)
{
	(void)sig; /* it ends the poll */
}

/* Nothing of the daemon's but the pipe; no signal but the one. */
static void
keeper_detach(int fd)
{
	struct sigaction action = {.sa_handler = keeper_note};
	sigset_t all;
	int null = open("/dev/null", O_RDWR);

	if (chdir("/") < 0)
		_exit(1);
	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigemptyset(&action.sa_mask);
	sigaction(KEEPER_DEATH, &action, NULL);
	dup2(fd, STDIN_FILENO);
	if (null >= 0) {
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	close_range(STDERR_FILENO + 1, ~0U, 0);
	prctl(PR_SET_NAME, "gotofs-keeper");
}

/* The next word; false: there is no daemon any more. */
static bool
keeper_hear(struct keeper_word *ret)
{
	struct pollfd poll_fd = {.fd = STDIN_FILENO, .events = POLLIN};
	sigset_t open_to;

	sigfillset(&open_to);
	sigdelset(&open_to, KEEPER_DEATH);
	if (ppoll(&poll_fd, 1, NULL, &open_to) < 0)
		return false;
	return read(STDIN_FILENO, ret, sizeof(*ret)) == sizeof(*ret);
}

/* Its files are closed, the pipe and the connection among them: nothing is left
 * to be cut, and the device's number may soon be another's. */
static bool
keeper_sees_end(void)
{
	struct pollfd poll_fd = {.fd = STDIN_FILENO};

	return poll(&poll_fd, 1, KEEPER_PATIENCE_MS) == 1;
}

static bool
keeper_abort(dev_t device)
{
	char path[64];
	int fd;
	bool done;

	snprintf(path, sizeof(path), "/sys/fs/fuse/connections/%u/abort",
	    minor(device));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, "1", 1) == 1;
	close(fd);
	return done;
}

/* Forcing an unmount cuts the connection first; that we have the folder open
 * keeps the mount, so that nobody writes into what lies below it. Neither the
 * open nor the statx asks the daemon. */
static void
keeper_force(dev_t device, const char *mountpoint)
{
	int fd = open(mountpoint, O_PATH | O_CLOEXEC);
	struct statx st;

	if (fd < 0)
		return;
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &st) == 0 &&
	    makedev(st.stx_dev_major, st.stx_dev_minor) == device)
		umount2(mountpoint, MNT_FORCE);
	close(fd);
}

static _Noreturn void
keeper_main(int fd, pid_t daemon, const char *mountpoint)
{
	struct keeper_word word;
	dev_t device = 0;

	keeper_detach(fd);
	prctl(PR_SET_PDEATHSIG, KEEPER_DEATH);
	if (getppid() != daemon)
		_exit(0);
	while (keeper_hear(&word)) {
		if (word.device == 0)
			_exit(0);
		device = word.device;
	}
	if (device != 0 && !keeper_sees_end() && !keeper_abort(device))
		keeper_force(device, mountpoint);
	_exit(0);
}

/* ---- the daemon's side ---- */

int
keeper_start(struct keeper *k, const char *mountpoint, struct err *err)
{
	pid_t daemon = getpid(), pid;
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return err_set(err, -errno, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0) {
		err_set(err, -errno, "fork: %s", strerror(errno));
		close(fd[0]);
		close(fd[1]);
		return err->code;
	}
	if (pid == 0)
		keeper_main(fd[0], daemon, mountpoint);
	close(fd[0]);
	k->fd = fd[1];
	k->pid = pid;
	return 0;
}

static void
keeper_tell(struct keeper *k, dev_t device)
{
	const struct keeper_word word = {device};

	/* a keeper that was killed is one less: SIGPIPE is ignored */
	while (write(k->fd, &word, sizeof(word)) < 0 && errno == EINTR)
		;
}

void
keeper_watch(struct keeper *k, dev_t device)
{
	keeper_tell(k, device);
}

void
keeper_end(struct keeper *k)
{
	if (k->fd < 0)
		return;
	keeper_tell(k, 0);
	close(k->fd);
	k->fd = -1;
	while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
