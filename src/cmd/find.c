/* SPDX-License-Identifier: MIT */
/*
 * Of several mounts that hold a path, the longest mount point counts, and of
 * equal ones the last (it lies on top).
 */
#include "find.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/mountinfo.h"
#include "gotofs/text.h"

#define FIND_FSTYPE "fuse.gotofs"
#define FIND_FILE_BYTES (16 * 1024 * 1024)

void
find_done(struct find *f)
{
	text_done(&f->mountpoint);
	text_done(&f->source);
	text_done(&f->inside);
	text_done(&f->socket);
}

bool
find_is_gone(int code)
{
	return code == ENOTCONN || code == ECONNABORTED;
}

/* What path is below dir; NULL: it is not. */
static const char *
find_below(const char *dir, const char *path)
{
	size_t n = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	if (strncmp(dir, path, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return NULL;
	while (path[n] == '/')
		n++;
	return path + n;
}

static char *
find_join(const char *root, const char *rest)
{
	while (*root == '/')
		root++;
	return text_printf("%s%s%s", root, *root && *rest ? "/" : "", rest);
}

static int
find_take(const struct mountinfo *line, const char *path, struct find *ret,
    struct err *err)
{
	find_done(ret);
	ret->mountpoint = text_dup(line->mountpoint);
	ret->source = text_dup(line->source);
	ret->inside = find_join(line->root, find_below(line->mountpoint, path));
	if (!ret->mountpoint || !ret->source || !ret->inside)
		return err_nomem(err);
	return 0;
}

int
find_in_mountinfo(
    const char *mountinfo, const char *path, struct find *ret, struct err *err)
{
	AUTO(text_done) char *text = text_dup(mountinfo);
	AUTO(find_done) struct find found = FIND_NONE;
	struct find none = FIND_NONE;
	struct mountinfo line, best = {.mountpoint = NULL};
	char *rest = text;
	int r;

	if (!text)
		return err_nomem(err);
	while (mountinfo_next(&rest, &line))
		if (find_below(line.mountpoint, path) &&
		    (!best.mountpoint ||
			strlen(line.mountpoint) >= strlen(best.mountpoint)))
			best = line;
	if (!best.mountpoint || strcmp(best.fstype, FIND_FSTYPE) != 0)
		return err_set(err, -ENODEV, "%s: not in a gotofs mount", path);
	r = find_take(&best, path, &found, err);
	if (r < 0)
		return r;
	find_done(ret);
	*ret = found;
	found = none;
	return 0;
}

int
find_list(const char *mountinfo, char ***ret)
{
	AUTO(text_done) char *text = text_dup(mountinfo);
	AUTO(strv_done) char **list = NULL;
	struct mountinfo line;
	char *rest = text;
	int r = text ? 0 : -ENOMEM;

	while (r == 0 && mountinfo_next(&rest, &line))
		if (strcmp(line.fstype, FIND_FSTYPE) == 0)
			r = strv_add(&list, line.mountpoint);
	if (r == 0)
		*ret = TAKE(list);
	return r;
}

bool
find_is_mountpoint(const char *mountinfo, const char *path)
{
	AUTO(find_done) struct find f = FIND_NONE;
	struct err ignored = ERR_NONE;

	return find_in_mountinfo(mountinfo, path, &f, &ignored) == 0 &&
	       strcmp(f.mountpoint, path) == 0;
}

/* realpath of the folder a path is in, and its last name. */
static char *
find_name_path(const char *path)
{
	AUTO(text_done) char *copy = text_dup(path);
	AUTO(text_done) char *dir = NULL;
	char *slash;

	while (copy && strlen(copy) > 1 && text_ends(copy, "/"))
		copy[strlen(copy) - 1] = '\0';
	slash = copy ? strrchr(copy, '/') : NULL;
	if (slash)
		*slash = '\0';
	dir = realpath(slash ? (*copy ? copy : "/") : ".", NULL);
	if (!dir)
		return NULL;
	return text_printf("%s/%s", strcmp(dir, "/") == 0 ? "" : dir,
	    slash ? slash + 1 : copy);
}

/* A link in a mount is a seat or a member, not the user it leads to. */
static bool
find_link(const char *mountinfo, const char *path, struct find *ret)
{
	AUTO(text_done) char *name = NULL;
	struct err ignored = ERR_NONE;
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISLNK(st.st_mode))
		return false;
	name = find_name_path(path);
	return name && find_in_mountinfo(mountinfo, name, ret, &ignored) == 0;
}

int
find_mount(const char *path, struct find *ret, struct err *err)
{
	AUTO(text_done) char *real = NULL;
	AUTO(text_done) char *mountinfo = NULL;
	AUTO(text_done) char *name = find_name_path(path);
	int r = mountinfo_read(&mountinfo, err);

	if (r < 0)
		return r;
	/* a root: its daemon, which may be gone or hang, is not asked */
	if (name && find_is_mountpoint(mountinfo, name))
		return find_in_mountinfo(mountinfo, name, ret, err);
	if (find_link(mountinfo, path, ret))
		return 0;
	real = realpath(path, NULL);
	/* the root of a mount whose daemon is gone: nobody can look at it */
	if (!real && find_is_gone(errno))
		real = find_name_path(path);
	if (!real)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	return find_in_mountinfo(mountinfo, real, ret, err);
}

static int
find_read_socket(const char *file, char **ret, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(FIND_FILE_BYTES);
	AUTO(json_done) struct json *status = NULL;
	int r = find_ask(file, &text, err);

	if (r == 0)
		r = json_parse(buf_str(&text), text.len, &status, err);
	if (r < 0)
		return r;
	*ret = text_dup(json_get_str(status, "socket"));
	if (!*ret)
		return err_set(err, -ENODEV, "%s: names no socket", file);
	return 0;
}

bool
find_is_dead(const char *mountpoint)
{
	AUTO(buf_done) struct buf ignored = BUF_MAX(FIND_FILE_BYTES);
	AUTO(text_done)
	char *file = text_printf("%s/.gotofs/status.json", mountpoint);
	struct err err = ERR_NONE;

	return file && find_is_gone(-find_ask(file, &ignored, &err));
}

int
find_daemon(const char *path, struct find *ret, struct err *err)
{
	AUTO(find_done) struct find f = FIND_NONE;
	AUTO(text_done) char *file = NULL;
	struct find none = FIND_NONE;
	int r = find_mount(path, &f, err);

	if (r < 0)
		return r;
	file = text_printf("%s/.gotofs/status.json", f.mountpoint);
	if (!file)
		return err_nomem(err);
	r = find_read_socket(file, &f.socket, err);
	if (find_is_gone(-r))
		return err_set(err, -ENOTCONN,
		    "%s: its daemon is gone (transport endpoint is not "
		    "connected); run: gotofs umount %s",
		    f.mountpoint, f.mountpoint);
	if (r == -EHOSTDOWN)
		return err_set(err, r,
		    "%s: its daemon does not answer (is it stopped?): let it "
		    "go on with kill -CONT, or end it with kill -KILL; gotofs "
		    "umount --lazy %s unmounts all the same",
		    f.mountpoint, f.mountpoint);
	if (r < 0)
		return r;
	find_done(ret);
	*ret = f;
	f = none;
	return 0;
}

int
find_connect(const char *path, struct find *ret, int *ret_fd, pid_t *ret_pid,
    struct err *err)
{
	int r = find_daemon(path, ret, err);

	if (r < 0)
		return r;
	r = ctl_connect(ret->socket, ret_fd, ret_pid, err);
	return r < 0 ? err_prefix(err, "%s", ret->mountpoint) : 0;
}
