/* SPDX-License-Identifier: MIT */
/*
 * Where profiles and their state are.
 *
 *            a name                               a path
 * profile    $XDG_CONFIG_HOME/gotofs/NAME.conf    the path itself
 * state      $XDG_STATE_HOME/gotofs/NAME          .../NAME-xxxxxxxx
 *
 * Without the variables: /etc/gotofs and /var/lib/gotofs for root, else
 * ~/.config/gotofs and ~/.local/state/gotofs.  A profile given as a path gets
 * 8 hex digits of its path's SHA-256 into the name of its state folder: two
 * files of one name must never share a mirror.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "gotofs/crypto.h"
#include "gotofs/err.h"
#include "gotofs/text.h"

#define CONF_NAME_CHARS                                                        \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-"
#define CONF_NAME_BYTES_MAX 64

/* The folder of gotofs below an XDG one; a relative variable is ignored, as
 * the XDG specification has it. */
static char *
path_base(const char *variable, const char *root, const char *home_part)
{
	const char *xdg = getenv(variable), *home = getenv("HOME");

	if (xdg && *xdg == '/')
		return text_printf("%s/gotofs", xdg);
	if (geteuid() == 0)
		return text_dup(root);
	if (!home || *home != '/')
		home = "/nonexistent";
	return text_printf("%s/%s/gotofs", home, home_part);
}

static int
path_check_name(const char *name, struct err *err)
{
	size_t n = strlen(name);

	if (n > 0 && n <= CONF_NAME_BYTES_MAX && *name != '.' && *name != '-' &&
	    strspn(name, CONF_NAME_CHARS) == n)
		return 0;
	return err_set(err, -EINVAL,
	    "\"%s\" cannot be a profile's name: letters, digits and ._@+- "
	    "only; a file needs a '/' in its path",
	    name);
}

/* "a/b/work.conf" -> "work" */
static char *
path_name_of(const char *file)
{
	const char *base = strrchr(file, '/') + 1;
	size_t n = strlen(base);

	if (n > 5 && text_ends(base, ".conf"))
		n -= 5;
	return strndup(base, n);
}

static int
path_state_by_file(const char *base, const char *name, const char *file,
    char **ret, struct err *err)
{
	uint8_t sum[CRYPTO_SHA256_BYTES];
	int r = crypto_sha256(file, strlen(file), sum);

	if (r < 0)
		return err_set(err, r, "SHA-256 failed");
	*ret = text_printf("%s/%s-%02x%02x%02x%02x", base, name, sum[0], sum[1],
	    sum[2], sum[3]);
	return *ret ? 0 : err_nomem(err);
}

static int
path_find_file(const char *profile, char **ret_file, char **ret_name,
    char **ret_state_dir, struct err *err)
{
	AUTO(text_done) char *file = realpath(profile, NULL);
	AUTO(text_done) char *base = NULL;
	AUTO(text_done) char *name = NULL;
	int r;

	if (!file)
		return err_set(err, -errno, "%s: %s", profile, strerror(errno));
	base = path_base("XDG_STATE_HOME", "/var/lib/gotofs", ".local/state");
	name = path_name_of(file);
	if (!base || !name)
		return err_nomem(err);
	r = path_check_name(name, err);
	if (r == 0)
		r = path_state_by_file(base, name, file, ret_state_dir, err);
	if (r < 0)
		return r;
	*ret_file = TAKE(file);
	*ret_name = TAKE(name);
	return 0;
}

int
conf_path_find(const char *profile, char **ret_file, char **ret_name,
    char **ret_state_dir, struct err *err)
{
	AUTO(text_done) char *base = NULL;
	AUTO(text_done) char *state = NULL;
	AUTO(text_done) char *file = NULL;
	AUTO(text_done) char *name = NULL;

	if (strchr(profile, '/'))
		return path_find_file(
		    profile, ret_file, ret_name, ret_state_dir, err);
	if (path_check_name(profile, err) < 0)
		return err->code;
	base = path_base("XDG_CONFIG_HOME", "/etc/gotofs", ".config");
	state = path_base("XDG_STATE_HOME", "/var/lib/gotofs", ".local/state");
	name = text_dup(profile);
	file = base ? text_printf("%s/%s.conf", base, profile) : NULL;
	if (!file || !state || !name)
		return err_nomem(err);
	if (access(file, F_OK) < 0)
		return err_set(err, -errno, "no profile \"%s\": %s: %s",
		    profile, file, strerror(errno));
	*ret_state_dir = text_printf("%s/%s", state, profile);
	if (!*ret_state_dir)
		return err_nomem(err);
	*ret_file = TAKE(file);
	*ret_name = TAKE(name);
	return 0;
}

int
conf_path_list(char ***ret)
{
	AUTO(text_done)
	char *base = path_base("XDG_CONFIG_HOME", "/etc/gotofs", ".config");
	AUTO(strv_done) char **names = NULL;
	struct dirent *e;
	int r = 0;
	DIR *d;

	if (!base)
		return -ENOMEM;
	d = opendir(base);
	if (!d)
		return errno == ENOMEM ? -ENOMEM : 0;
	while (r == 0 && (e = readdir(d))) {
		struct err ignored = ERR_NONE;

		if (!text_ends(e->d_name, ".conf"))
			continue;
		e->d_name[strlen(e->d_name) - strlen(".conf")] = '\0';
		if (path_check_name(e->d_name, &ignored) == 0)
			r = strv_add(&names, e->d_name);
	}
	closedir(d);
	if (r == 0)
		*ret = TAKE(names);
	return r;
}

char *
conf_path_beside(const char *file, const char *path)
{
	int n = (int)(strrchr(file, '/') - file);

	if (*path == '/')
		return text_dup(path);
	return text_printf("%.*s/%s", n, file, path);
}

/* mkdir -p; what exists already is fine, whatever it is. */
static int
path_make(const char *dir, struct err *err)
{
	AUTO(text_done) char *path = text_dup(dir);
	char *slash;

	if (!path)
		return err_nomem(err);
	for (slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return err_set(
			    err, -errno, "mkdir %s: %s", path, strerror(errno));
		*slash = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set(
		    err, -errno, "mkdir %s: %s", path, strerror(errno));
	return 0;
}

int
conf_path_make_private(const char *dir, struct err *err)
{
	struct stat st;
	int r = path_make(dir, err);

	if (r < 0)
		return r;
	if (stat(dir, &st) < 0)
		return err_set(err, -errno, "%s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(err, -ENOTDIR, "%s: not a folder", dir);
	if (st.st_uid != geteuid())
		return err_set(err, -EPERM,
		    "%s: this state folder belongs to another user", dir);
	if (st.st_mode & 077)
		return err_set(err, -EPERM,
		    "%s: others may enter this state folder; run: chmod 700 "
		    "%s",
		    dir, dir);
	return 0;
}
