/* SPDX-License-Identifier: MIT */
#include "gotofs/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gotofs/err.h"

#define SECRET_FILE_BYTES 8192
#define SECRET_PART_BYTES 12 /* so much of one is told by no chance */
#define SECRET_LEAST_BYTES 8 /* a shorter one would be a word */

char *
secret_dup(const char *s)
{
	return s ? strdup(s) : NULL;
}

void
secret_wipe(void *p, size_t len)
{
	if (p)
		explicit_bzero(p, len);
}

void
secret_free(char *s)
{
	if (s)
		secret_wipe(s, strlen(s));
	free(s);
}

void
secret_done(char **s)
{
	secret_free(*s);
	*s = NULL;
}

void
secret_keep(char **slot, char *s)
{
	secret_free(*slot);
	*slot = s;
}

/* How much of text, from its first byte on, is somewhere in the secret. */
static size_t
secret_run(const char *text, const char *secret)
{
	size_t longest = 0, n;

	for (; *secret; secret++) {
		for (n = 0; text[n] && text[n] == secret[n]; n++)
			;
		if (n > longest)
			longest = n;
	}
	return longest;
}

void
secret_redact(char *text, const char *secret)
{
	size_t len = secret ? strlen(secret) : 0, n;

	if (len < SECRET_LEAST_BYTES || !text)
		return;
	while (*text) {
		n = secret_run(text, secret);
		if (n >= SECRET_PART_BYTES || n == len)
			memset(text, '*', n);
		else
			n = 1;
		text += n;
	}
}

static int
secret_check_mode(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s: not a regular file", path);
	if (st.st_mode & 077)
		return err_set(err, -EPERM,
		    "%s: others may read this secret; run: chmod 600 %s", path,
		    path);
	return 0;
}

static int
secret_read(const char *path, bool private, char **ret, struct err *err)
{
	char text[SECRET_FILE_BYTES + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;
	ssize_t n;

	if (fd < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	r = private ? secret_check_mode(fd, path, err) : 0;
	n = r < 0 ? 0 : read(fd, text, SECRET_FILE_BYTES);
	if (n < 0)
		r = err_set(err, -errno, "%s: %s", path, strerror(errno));
	close(fd);
	if (r < 0)
		return r;
	text[n] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (!*text)
		r = err_set(err, -EINVAL, "%s: empty", path);
	else if (strlen(text) == SECRET_FILE_BYTES)
		r = err_set(
		    err, -EFBIG, "%s: its first line is too long", path);
	else if (!(*ret = secret_dup(text)))
		r = err_nomem(err);
	secret_wipe(text, sizeof(text));
	return r;
}

int
secret_read_file(const char *path, char **ret, struct err *err)
{
	return secret_read(path, true, ret, err);
}

int
secret_read_credential(const char *path, char **ret, struct err *err)
{
	return secret_read(path, false, ret, err);
}

void
secret_protect_process(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}
