/* SPDX-License-Identifier: MIT */
/* Certificates, the port file, and a profile with which gotofs finds the
 * sandbox. What is written is written beside its place and renamed into it. See
 * options.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http.h"
#include "mem.h"
#include "options.h"
#include "tenant.h"

int
options_read(const char *path, char **ret_text)
{
	struct buf text = BUF_NONE;
	char piece[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while ((n = read(fd, piece, sizeof piece)) > 0)
		buf_add(&text, piece, (size_t)n);
	close(fd);
	*ret_text = buf_take(&text, NULL);
	return n < 0 ? -EIO : 0;
}

static int
text_write(int fd, const char *text)
{
	size_t n = strlen(text);

	while (n) {
		ssize_t done = write(fd, text, n);

		if (done < 0)
			return -errno;
		text += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
file_write(const char *path, const char *text)
{
	AUTO(buf_done) struct buf scratch = BUF_NONE;
	int fd, r;

	buf_printf(&scratch, "%s.%ld.new", path, (long)getpid());
	fd = open(scratch.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = text_write(fd, text);
	if (close(fd) && !r)
		r = -errno;
	if (!r && rename(scratch.data, path))
		r = -errno;
	if (r)
		unlink(scratch.data);
	return r;
}

static int
file_write_beside(const char *path, const char *suffix, const char *text)
{
	AUTO(buf_done) struct buf name = BUF_NONE;
	AUTO(buf_done) struct buf line = BUF_NONE;

	buf_printf(&name, "%s%s", path, suffix);
	buf_printf(&line, "%s\n", text);
	return file_write(name.data, line.data);
}

/* Where FILE is, for the names of the other two: the profile must work from
 * any folder. */
static char *
path_absolute(const char *path)
{
	AUTO(mem_auto_free) char *here = NULL;
	struct buf out = BUF_NONE;

	if (*path == '/')
		return mem_dup(path);
	here = getcwd(NULL, 0);
	buf_printf(&out, "%s/%s", here ? here : ".", path);
	return buf_take(&out, NULL);
}

static void
profile_tenant(const struct options *o, struct buf *out)
{
	const char *url = http_url();

	buf_printf(out,
	    "[tenant]\naccount_key = %s\napi_url = %s\nconnect_url = %s\n"
	    "auth_url = %s\n",
	    tenant.key, url, url, url);
	if (o->tls_ca) {
		AUTO(mem_auto_free) char *ca = path_absolute(o->tls_ca);

		buf_printf(out, "ca_file = %s\n", ca);
	}
}

static int
profile_write(const struct options *o)
{
	AUTO(buf_done) struct buf text = BUF_NONE;
	AUTO(mem_auto_free) char *path = path_absolute(o->profile);
	int r;

	profile_tenant(o, &text);
	buf_printf(&text,
	    "\n[auth]\nclient_id = %s\n"
	    "client_secret_file = %s.secret\npat_file = %s.pat\n",
	    o->client_id, path, path);
	r = file_write_beside(path, ".secret", o->client_secret);
	if (!r)
		r = file_write_beside(path, ".pat", o->pat);
	return r ? r : file_write(path, text.data);
}

int
options_write(const struct options *o, uint16_t port)
{
	char number[16];
	int r = 0;

	if (o->profile)
		r = profile_write(o);
	snprintf(number, sizeof number, "%u\n", (unsigned)port);
	if (!r && o->port_file)
		r = file_write(o->port_file, number);
	return r;
}
