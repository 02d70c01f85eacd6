/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "find.h"
#include "gotofs/err.h"
#include "gotofs/mountinfo.h"
#include "gotofs/text.h"
#include "mount.h"

static int
point_check_empty(const char *dir, struct err *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int r = 0;

	if (!d)
		return err_set(
		    err, -errno, "mount point %s: %s", dir, strerror(errno));
	while (r == 0 && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = err_set(err, -ENOTEMPTY,
			    "mount point %s: not empty (%s)", dir, e->d_name);
	closedir(d);
	return r;
}

/* statfs always asks the daemon; the kernel knows all else by heart. */
bool
mount_point_is_dead(const char *dir)
{
	struct statfs fs;

	return statfs(dir, &fs) < 0 && find_is_gone(errno);
}

static int
point_taken(const char *dir, struct err *err)
{
	if (find_is_dead(dir))
		return err_set(err, -EBUSY,
		    "%s: a mount whose daemon is gone is still there; run: "
		    "gotofs umount %s",
		    dir, dir);
	return err_set(err, -EBUSY, "%s: gotofs is mounted there already", dir);
}

int
mount_point_check(const char *dir, char **ret, struct err *err)
{
	AUTO(text_done) char *mountinfo = NULL;
	AUTO(text_done) char *real = realpath(dir, NULL);
	int r;

	if (!real)
		return err_set(
		    err, -errno, "mount point %s: %s", dir, strerror(errno));
	r = mountinfo_read(&mountinfo, err);
	if (r < 0)
		return r;
	if (find_is_mountpoint(mountinfo, real))
		return point_taken(real, err);
	r = point_check_empty(real, err);
	if (r < 0)
		return r;
	*ret = TAKE(real);
	return 0;
}

bool
mount_point_is_used(const char *dir)
{
	AUTO(text_done) char *mountinfo = NULL;
	struct err ignored = ERR_NONE;

	return mountinfo_read(&mountinfo, &ignored) == 0 &&
	       find_is_mountpoint(mountinfo, dir);
}

/* Who is not root needs the setuid helper; it says itself what went wrong. */
static int
point_fusermount(const char *dir, bool lazy, struct err *err)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return err_set(err, -errno, "fork: %s", strerror(errno));
	if (child == 0) {
		execlp("fusermount3", "fusermount3", lazy ? "-uz" : "-u", "--",
		    dir, (char *)NULL);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(err, -EPERM,
		    "cannot run fusermount3; install the package fuse3");
	return err_set(err, -EPERM, "%s: fusermount3 -u failed", dir);
}

int
mount_point_unmount(const char *dir, bool lazy, struct err *err)
{
	int flags = UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0);

	if (geteuid() != 0)
		return point_fusermount(dir, lazy, err);
	if (umount2(dir, flags) == 0)
		return 0;
	if (errno == EBUSY)
		return err_set(err, -EBUSY,
		    "%s: busy: a file is open there, or a shell stands in it",
		    dir);
	return err_set(err, -errno, "umount %s: %s", dir, strerror(errno));
}
