/* SPDX-License-Identifier: MIT */
#include "token_int.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gotofs/err.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"

int
token_load(const char *path, char **ret, struct err *err)
{
	return secret_read_file(path, ret, err);
}

static int
token_write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
token_fill(int fd, const char *token)
{
	int r = token_write_all(fd, token, strlen(token));

	if (r == 0)
		r = token_write_all(fd, "\n", 1);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

static int
token_sync_folder(const char *path)
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

/* mkostemp makes it 0600. */
static int
token_replace(const char *path, const char *token)
{
	AUTO(text_done) char *temp = text_printf("%s.XXXXXX", path);
	int fd, r;

	if (!temp)
		return -ENOMEM;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = token_fill(fd, token);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(temp, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temp);
	return r < 0 ? r : token_sync_folder(path);
}

int
token_save(const char *path, const char *token, struct err *err)
{
	/* behind a symbolic link, not in place of it */
	AUTO(text_done) char *real = realpath(path, NULL);
	int r = token_replace(real ? real : path, token);

	if (r < 0)
		return err_set(err, r, "%s: %s", path, strerror(-r));
	return 0;
}
