/* SPDX-License-Identifier: MIT */
/* gotofs doctor: what can be seen without asking GoTo. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cmd.h"
#include "doctor.h"
#include "gotofs/err.h"
#include "gotofs/tenant.h"
#include "gotofs/text.h"

#define DOCTOR_FREE_BYTES (UINT64_C(256) * 1024 * 1024)
#define DOCTOR_FUSERMOUNT "fusermount3"

bool
doctor_profile(struct doctor *d, const char *profile)
{
	struct err err = ERR_NONE;

	if (conf_load(profile, &d->plan.conf, &err) < 0) {
		doctor_fail(d, CMD_REFUSED, "profile", &err);
		return false;
	}
	d->serve.plan = &d->plan;
	doctor_say(d, DOCTOR_OK, "profile", "%s", d->plan.conf.file);
	return true;
}

void
doctor_secrets(struct doctor *d)
{
	struct mount_plan *p = &d->plan;
	struct err err = ERR_NONE;
	int r = 0;

	if (conf_has_login(&p->conf))
		r = key_get(&p->conf, false, &p->key, &err);
	if (r < 0)
		err_prefix(&err, "no key for the login (run: gotofs login %s)",
		    p->conf.name);
	else
		r = serve_read_secrets(&d->serve, &err);
	if (r < 0) {
		doctor_fail(d, CMD_REFUSED, "secrets", &err);
		return;
	}
	d->has_secrets = true;
	doctor_say(d, DOCTOR_OK, "secrets", "readable by their owner alone");
}

/* Is there a daemon that has it? */
static void
doctor_lock(struct doctor *d, const char *dir)
{
	AUTO(text_done) char *path = text_printf("%s/lock", dir);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		doctor_say(d, DOCTOR_OK, "state in use",
		    "a daemon of this profile runs; a second one would be "
		    "refused");
	if (fd >= 0)
		close(fd);
}

static void
doctor_space(struct doctor *d, const char *dir)
{
	struct statvfs fs;
	uint64_t free_bytes;

	if (statvfs(dir, &fs) < 0) {
		doctor_say(d, DOCTOR_BAD, "state space", "%s: %s", dir,
		    strerror(errno));
		return;
	}
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	doctor_say(d, free_bytes < DOCTOR_FREE_BYTES ? DOCTOR_WARN : DOCTOR_OK,
	    "state space", "%llu MiB free%s",
	    (unsigned long long)(free_bytes / (1024 * 1024)),
	    free_bytes < DOCTOR_FREE_BYTES
		? "; changes are refused (ENOBUFS) where there is none"
		: "");
}

/* The nearest folder that exists; dir is cut. */
static const char *
doctor_existing(char *dir)
{
	char *slash;

	while (access(dir, F_OK) < 0 && (slash = strrchr(dir, '/')) &&
	       slash != dir)
		*slash = '\0';
	return access(dir, F_OK) < 0 ? "/" : dir;
}

static void
doctor_state_absent(struct doctor *d, const char *dir)
{
	AUTO(text_done) char *copy = text_dup(dir);
	const char *above = copy ? doctor_existing(copy) : "/";

	if (access(above, W_OK) < 0) {
		doctor_say(d, DOCTOR_BAD, "state folder",
		    "%s cannot be made: %s: %s", dir, above, strerror(errno));
		return;
	}
	doctor_say(d, DOCTOR_OK, "state folder",
	    "%s; the first mount will make it", dir);
	doctor_space(d, above);
}

bool
doctor_owner(struct doctor *d, const char *account)
{
	const struct conf *c = &d->plan.conf;
	struct err err = ERR_NONE;

	if (tenant_check_owner(c->state_dir, c->api_url, account, &err) == 0)
		return true;
	doctor_fail(d, cmd_exit_of(&err), "state folder", &err);
	return false;
}

void
doctor_state(struct doctor *d)
{
	const char *dir = d->plan.conf.state_dir;
	const char *account = d->serve.api.account_key;
	struct err err = ERR_NONE;
	struct stat st;

	if (stat(dir, &st) < 0 && errno == ENOENT) {
		doctor_state_absent(d, dir);
		return;
	}
	/* it is there: nothing will be made */
	if (conf_path_make_private(dir, &err) < 0) {
		doctor_say(d, DOCTOR_BAD, "state folder", "%s", err.msg);
		return;
	}
	if (access(dir, R_OK | W_OK | X_OK) < 0) {
		doctor_say(d, DOCTOR_BAD, "state folder", "%s: %s", dir,
		    strerror(errno));
		return;
	}
	if (doctor_owner(d, account ? account : d->plan.conf.account_key))
		doctor_say(d, DOCTOR_OK, "state folder", "%s", dir);
	doctor_space(d, dir);
	doctor_lock(d, dir);
}

/* As the shell finds a program; NULL: it is nowhere. */
static char *
doctor_find(const char *program)
{
	const char *path = getenv("PATH");
	AUTO(text_done) char *copy = text_dup(path ? path : "/bin:/usr/bin");
	char *save = NULL, *dir;

	if (!copy)
		return NULL;
	for (dir = strtok_r(copy, ":", &save); dir;
	     dir = strtok_r(NULL, ":", &save)) {
		char *file = text_printf("%s/%s", dir, program);

		if (file && access(file, X_OK) == 0)
			return file;
		text_done(&file);
	}
	return NULL;
}

static void
doctor_fusermount(struct doctor *d)
{
	AUTO(text_done) char *file = doctor_find(DOCTOR_FUSERMOUNT);
	bool root = geteuid() == 0;
	struct stat st;

	if (!file)
		doctor_say(d, root ? DOCTOR_OK : DOCTOR_BAD, DOCTOR_FUSERMOUNT,
		    root ? "absent; root does without it"
			 : "not found; install the package fuse3");
	else if (!root && (stat(file, &st) < 0 || !(st.st_mode & S_ISUID) ||
			      st.st_uid != 0))
		doctor_say(d, DOCTOR_BAD, DOCTOR_FUSERMOUNT,
		    "%s is not setuid root; install the package fuse3 anew",
		    file);
	else
		doctor_say(d, DOCTOR_OK, DOCTOR_FUSERMOUNT, "%s", file);
}

void
doctor_fuse(struct doctor *d)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		doctor_say(d, DOCTOR_OK, "/dev/fuse", "can be opened");
	else if (errno == EACCES || errno == EPERM)
		doctor_say(d, DOCTOR_BAD, "/dev/fuse",
		    "%s; as root: chmod 666 /dev/fuse, and see why udev does "
		    "not",
		    strerror(errno));
	else
		doctor_say(d, DOCTOR_BAD, "/dev/fuse",
		    "%s; as root: modprobe fuse; in a container, give it the "
		    "device",
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	doctor_fusermount(d);
}
