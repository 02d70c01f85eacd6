/* SPDX-License-Identifier: MIT */
/*
 * Of several mounts that hold a path, the longest mount point counts, and of
 * equal ones the last (it lies on top).  A line of mountinfo (proc(5)):
 *
 *   36 35 0:41 /root /mount/point rw,noatime shared:1 - fstype source options
 */
#include "find.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

#define FIND_FSTYPE "fuse.gotofs"
#define FIND_FILE_BYTES (16 * 1024 * 1024)

/* The fields of a line that matter; they point into it. */
struct find_line {
	char *root;
	char *mountpoint;
	char *fstype;
	char *source;
};

void
find_done(struct find *f)
{
	text_done(&f->mountpoint);
	text_done(&f->source);
	text_done(&f->inside);
	text_done(&f->socket);
}

static bool
find_is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' &&
	       s[2] >= '0' && s[2] <= '7';
}

/* "\040" -> " ", in place. */
static char *
find_unescape(char *s)
{
	char *from = s, *to = s;

	while (*from) {
		if (*from == '\\' && find_is_octal(from + 1)) {
			*to++ = (char)((from[1] - '0') * 64 +
				       (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return s;
}

static bool
find_split(char *text, struct find_line *ret)
{
	char *save = NULL, *word;
	int i;

	for (i = 0; (word = strtok_r(i ? NULL : text, " ", &save)); i++) {
		if (i == 3)
			ret->root = find_unescape(word);
		if (i == 4)
			ret->mountpoint = find_unescape(word);
		if (i > 5 && strcmp(word, "-") == 0)
			break;
	}
	if (!word)
		return false;
	ret->fstype = strtok_r(NULL, " ", &save);
	ret->source = strtok_r(NULL, " ", &save);
	if (!ret->source)
		return false;
	find_unescape(ret->source);
	return true;
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
find_take(const struct find_line *line, const char *path, struct find *ret,
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
	struct find_line best = {NULL, NULL, NULL, NULL};
	char *save = NULL, *s;
	int r;

	if (!text)
		return err_nomem(err);
	for (s = strtok_r(text, "\n", &save); s;
	     s = strtok_r(NULL, "\n", &save)) {
		struct find_line line = {NULL, NULL, NULL, NULL};

		if (!find_split(s, &line) || !find_below(line.mountpoint, path))
			continue;
		if (!best.mountpoint ||
		    strlen(line.mountpoint) >= strlen(best.mountpoint))
			best = line;
	}
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

bool
find_is_mountpoint(const char *mountinfo, const char *path)
{
	AUTO(find_done) struct find f = FIND_NONE;
	struct err ignored = ERR_NONE;

	return find_in_mountinfo(mountinfo, path, &f, &ignored) == 0 &&
	       strcmp(f.mountpoint, path) == 0;
}

static int
find_read_file(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;
	char piece[16384];
	ssize_t n;

	if (fd < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	while (r == 0 && (n = read(fd, piece, sizeof(piece))) != 0) {
		r = n < 0 ? -errno : buf_append(out, piece, (size_t)n);
		if (r < 0)
			err_set(err, r, "%s: %s", path, strerror(-r));
	}
	close(fd);
	return r;
}

int
find_read_mountinfo(char **ret, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(FIND_FILE_BYTES);
	int r = find_read_file("/proc/self/mountinfo", &text, err);

	if (r < 0)
		return r;
	*ret = buf_take(&text);
	return *ret ? 0 : err_nomem(err);
}

/* realpath of the folder a path is in, and its last name: for the root of a
 * mount whose daemon is gone, which nobody can look at. */
static char *
find_dead_path(const char *path)
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

int
find_mount(const char *path, struct find *ret, struct err *err)
{
	AUTO(text_done) char *real = realpath(path, NULL);
	AUTO(text_done) char *mountinfo = NULL;
	int r;

	if (!real && (errno == ENOTCONN || errno == ECONNABORTED))
		real = find_dead_path(path);
	if (!real)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	r = find_read_mountinfo(&mountinfo, err);
	return r < 0 ? r : find_in_mountinfo(mountinfo, real, ret, err);
}

static int
find_read_socket(const char *file, char **ret, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(FIND_FILE_BYTES);
	AUTO(json_done) struct json *status = NULL;
	int r = find_read_file(file, &text, err);

	if (r == 0)
		r = json_parse(buf_str(&text), text.len, &status, err);
	if (r < 0)
		return r;
	*ret = text_dup(json_get_str(status, "socket"));
	if (!*ret)
		return err_set(err, -ENODEV, "%s: names no socket", file);
	return 0;
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
	if (r == -ENOTCONN || r == -ECONNABORTED)
		return err_set(err, -ENOTCONN,
		    "%s: its daemon is gone (transport endpoint is not "
		    "connected); run: gotofs umount %s",
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
