/* SPDX-License-Identifier: MIT */
#include "gotofs/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/text.h"

int
file_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
file_read_all(int fd, struct buf *out)
{
	char piece[16384];
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			r = buf_append(out, piece, (size_t)n);
	}
	return r;
}

int
file_read(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = file_read_all(fd, out);
	close(fd);
	return r;
}

/* The name is kept as well. */
static int
file_sync_folder(const char *path)
{
	AUTO(text_done) char *copy = text_dup(path);
	int fd, r = 0;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* Where there is none yet.  A file system may have no hard links (vfat, some
 * network homes); renaming so another may not have (NFS). */
static int
file_place(const char *temp, const char *path)
{
	if (link(temp, path) == 0) {
		unlink(temp);
		return 0;
	}
	if (errno == EEXIST)
		return -EEXIST;
	if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	return errno == EINVAL || errno == ENOSYS ? -EOPNOTSUPP : -errno;
}

/* mkostemp makes it 0600.  fresh: -EEXIST where there is one already. */
static int
file_put(const char *path, const void *data, size_t len, bool fresh)
{
	AUTO(text_done) char *temp = text_printf("%s.XXXXXX", path);
	int fd, r;

	if (!temp)
		return -ENOMEM;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = file_write_all(fd, data, len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && fresh)
		r = file_place(temp, path);
	else if (r == 0 && rename(temp, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temp);
	return r < 0 ? r : file_sync_folder(path);
}

int
file_replace(const char *path, const void *data, size_t len, struct err *err)
{
	AUTO(text_done) char *real = realpath(path, NULL);
	int r = file_put(real ? real : path, data, len, false);

	if (r < 0)
		return err_set(err, r, "%s: %s", path, strerror(-r));
	return 0;
}

int
file_create(const char *path, const void *data, size_t len, struct err *err)
{
	int r = file_put(path, data, len, true);

	if (r < 0)
		return err_set(err, r, "%s: %s", path, strerror(-r));
	return 0;
}
