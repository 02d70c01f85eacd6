/* SPDX-License-Identifier: MIT */
/* token: the file but for what is in it: token_seal.c; the plain one of
 * refresh_token_file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "gotofs/token.h"
#include "token_int.h"

#define TOKEN_LOOK_MS 50

void
token_done(struct token *t)
{
	secret_done(&t->text);
	secret_done(&t->access);
	text_done(&t->account_key);
}

long long
token_days_left(int64_t until_ms)
{
	int64_t left_ms = until_ms - clock_wall_ms();

	return left_ms > 0 ? left_ms / (INT64_C(86400) * 1000) : 0;
}

int
token_load(const char *path, char **ret, struct err *err)
{
	return secret_read_file(path, ret, err);
}

int
token_save(const char *path, const char *token, struct err *err)
{
	AUTO(secret_done) char *line = NULL;
	size_t n = strlen(token);

	line = malloc(n + 2);
	if (!line)
		return err_nomem(err);
	memcpy(line, token, n);
	memcpy(line + n, "\n", 2);
	return file_replace(path, line, n + 1, err);
}

/* A disk keeps what was there before where it writes anew elsewhere: sealed as
 * it is, it is worth nothing without the key. */
int
token_remove(const char *path, struct err *err)
{
	static const char zeros[4096];
	int fd = open(path, O_WRONLY | O_CLOEXEC), r = 0;
	struct stat st;
	off_t at;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		r = -errno;
	for (at = 0; r == 0 && at < st.st_size; at += (off_t)sizeof(zeros))
		r = file_write_all(fd, zeros,
		    st.st_size - at < (off_t)sizeof(zeros)
			? (size_t)(st.st_size - at)
			: sizeof(zeros));
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	if (unlink(path) < 0 && r == 0)
		r = -errno;
	return r < 0 ? err_set(err, r, "%s: %s", path, strerror(-r)) : 0;
}

int
token_lock(const char *path, int64_t deadline_ms, int *ret_fd, struct err *err)
{
	AUTO(text_done) char *name = text_printf("%s.lock", path);
	int fd;

	if (!name)
		return err_nomem(err);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, -errno, "%s: %s", name, strerror(errno));
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK && clock_boot_ms() < deadline_ms) {
			clock_sleep_ms(TOKEN_LOOK_MS);
			continue;
		}
		close(fd);
		return err_set(err, -ETIMEDOUT,
		    "another process renews the token, and takes too long");
	}
	*ret_fd = fd;
	return 0;
}

void
token_unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}
