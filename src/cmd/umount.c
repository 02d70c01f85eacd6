/* SPDX-License-Identifier: MIT */
/*
 * gotofs umount: unmount, then wait for the daemon's end (a pidfd), because
 * it still sends what is pending.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd.h"
#include "find.h"
#include "gotofs/err.h"
#include "mount.h"

#define UMOUNT_ASK_MS 1000
#define UMOUNT_WAIT_MS 30000

const struct cmd_option umount_cmd_options[] = {
    {'l', "lazy", NULL, "also when it is busy: out of everybody's way at once"},
    {'d', "dead", NULL,
	"only a mount whose daemon is gone; without one, do nothing"},
    {'h', "help", NULL, "print this and exit"},
    {0},
};

/* *ret_pidfd: of the daemon, or -1: it is gone.  -EHOSTDOWN: it hangs. */
static int
umount_pidfd(const char *dir, int *ret_pidfd, pid_t *ret_pid, struct err *err)
{
	AUTO(find_done) struct find f = FIND_NONE;
	int fd;

	*ret_pidfd = -1;
	if (find_connect(dir, &f, &fd, ret_pid, err) < 0)
		return err->code == -EHOSTDOWN ? err->code : 0;
	*ret_pidfd = (int)syscall(SYS_pidfd_open, *ret_pid, 0);
	close(fd);
	return 0;
}

/* Has it ended within this time? */
static bool
umount_ended(int pidfd, int ms)
{
	struct pollfd p = {pidfd, POLLIN, 0};
	int n;

	do
		n = poll(&p, 1, ms);
	while (n < 0 && errno == EINTR);
	return n != 0;
}

/* A mount namespace that was made while this was mounted keeps a copy, and the
 * kernel then does not tell the daemon that it is unmounted: so it is asked to
 * end.  Once: a second signal would leave what is pending unsent. */
static int
umount_wait(int pidfd, pid_t pid, struct err *err)
{
	if (umount_ended(pidfd, UMOUNT_ASK_MS))
		return 0;
	syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
	if (umount_ended(pidfd, UMOUNT_WAIT_MS))
		return 0;
	return err_set(err, -EINPROGRESS,
	    "unmounted, but the daemon (process %d) has not ended within %d s",
	    (int)pid, UMOUNT_WAIT_MS / 1000);
}

static int
umount_dir(const char *dir, bool lazy, struct err *err)
{
	AUTO(find_done) struct find f = FIND_NONE;
	struct err hangs = ERR_NONE;
	pid_t pid = 0;
	int pidfd, asked, r;

	r = find_mount(dir, &f, err);
	if (r < 0)
		return r;
	if (*f.inside)
		return err_set(err, -EINVAL,
		    "%s: not a mount point; the mount is %s", dir,
		    f.mountpoint);
	asked = umount_pidfd(dir, &pidfd, &pid, &hangs);
	if (asked < 0 && !lazy) {
		*err = hangs;
		return asked;
	}
	r = mount_point_unmount(f.mountpoint, lazy, err);
	if (r == 0 && asked < 0)
		return err_set(err, asked,
		    "%s: unmounted, but its daemon does not answer (is it "
		    "stopped?) and has the state folder still: kill -CONT or "
		    "kill -KILL it; what is pending is in its journal",
		    f.mountpoint);
	if (r == 0 && pidfd >= 0)
		r = umount_wait(pidfd, pid, err);
	if (pidfd >= 0)
		close(pidfd);
	return r;
}

/* What a killed daemon leaves; for the end of a systemd unit. */
static int
umount_dead(const char *dir, struct err *err)
{
	AUTO(find_done) struct find f = FIND_NONE;
	int r = find_mount(dir, &f, err);

	if (r == -ENODEV || r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (!find_is_dead(f.mountpoint))
		return 0;
	return mount_point_unmount(f.mountpoint, true, err);
}

int
cmd_umount(const struct cmd *cmd, int argc, char **argv)
{
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	struct err err = ERR_NONE;
	bool lazy = false, dead = false;
	int letter, r;

	while ((letter = args_next(&a)) >= 0) {
		lazy = lazy || letter == 'l';
		dead = dead || letter == 'd';
	}
	if (letter == ARGS_DONE)
		return a.exit_status;
	r = dead ? umount_dead(a.operands[0], &err)
		 : umount_dir(a.operands[0], lazy, &err);
	if (r == 0)
		return CMD_OK;
	cmd_local(&err);
	return cmd_fail(&err);
}
