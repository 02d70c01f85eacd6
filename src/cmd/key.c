/* SPDX-License-Identifier: MIT */
#include "key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "prompt.h"

#define KEY_CREDENTIAL "gotofs-key"
#define KEY_CHARS_MIN 32

void
key_done(struct key *k)
{
	secret_wipe(k->bytes, sizeof(k->bytes));
	secret_done(&k->passphrase);
	text_done(&k->path);
}

struct token_place
key_place(const struct key *k, const struct conf *c)
{
	return (struct token_place){.path = k->path,
	    .profile = c->name,
	    .key = k->has_bytes ? k->bytes : NULL,
	    .passphrase = k->passphrase};
}

/* ---- a file ---- */

/* Whatever it looks like, it is made one of 256 bits. */
static int
key_of_line(
    const char *path, const char *line, struct key *ret, struct err *err)
{
	if (strlen(line) < KEY_CHARS_MIN)
		return err_set(err, -EINVAL,
		    "%s: a key has at least %d characters; make one with: "
		    "openssl rand -hex 32",
		    path, KEY_CHARS_MIN);
	if (crypto_sha256(line, strlen(line), ret->bytes) < 0)
		return err_set(err, -EIO, "SHA-256 failed");
	ret->has_bytes = true;
	return 0;
}

static int
key_make_file(const char *path, struct err *err)
{
	uint8_t bytes[CRYPTO_KEY_BYTES];
	char line[2 * CRYPTO_KEY_BYTES + 2];
	int r = crypto_random(bytes, sizeof(bytes));

	if (r < 0)
		return err_set(err, r, "no randomness");
	crypto_hex(bytes, sizeof(bytes), line);
	line[2 * CRYPTO_KEY_BYTES] = '\n';
	r = file_create(path, line, 2 * CRYPTO_KEY_BYTES + 1, err);
	if (r == -EOPNOTSUPP) /* two logins at once must not make two */
		err_set(err, r,
		    "%s: this file system can make no file that replaces none; "
		    "make the key with: (umask 077; openssl rand -hex 32 >%s)",
		    path, path);
	secret_wipe(bytes, sizeof(bytes));
	secret_wipe(line, sizeof(line));
	return r;
}

static int
key_of_file(const char *path, bool make, struct key *ret, struct err *err)
{
	AUTO(secret_done) char *line = NULL;
	int r = 0;

	if (make && access(path, F_OK) < 0 && errno == ENOENT)
		r = key_make_file(path, err);
	if (r == 0 || r == -EEXIST) /* another login was faster */
		r = secret_read_file(path, &line, err);
	return r < 0 ? r : key_of_line(path, line, ret, err);
}

/* ---- systemd's ---- */

/* 1: there is none */
static int
key_of_credential(struct key *ret, struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	AUTO(text_done) char *path = NULL;
	AUTO(secret_done) char *line = NULL;
	int r;

	if (!folder || *folder != '/')
		return 1;
	path = text_printf("%s/" KEY_CREDENTIAL, folder);
	if (!path)
		return err_nomem(err);
	if (access(path, F_OK) < 0)
		return 1;
	r = secret_read_credential(path, &line, err);
	return r < 0 ? r : key_of_line(path, line, ret, err);
}

/* ---- a passphrase ---- */

static int
key_ask_once(const char *what, char **ret, struct err *err)
{
	int r = prompt_secret(what, ret, err);

	if (r == -ENXIO)
		return err_set(err, -EINVAL,
		    "token_key = passphrase: there is no terminal to ask for "
		    "it; a daemon that starts by itself needs a key file or a "
		    "systemd credential");
	return r == -ENODATA ? err_set(err, -EINVAL, "no passphrase was given")
			     : r;
}

static int
key_ask(const struct conf *c, bool make, struct key *ret, struct err *err)
{
	AUTO(text_done)
	char *what = text_printf("passphrase of the profile \"%s\"", c->name);
	AUTO(secret_done) char *again = NULL;
	int r =
	    what ? key_ask_once(what, &ret->passphrase, err) : err_nomem(err);

	if (r == 0 && make)
		r = key_ask_once("once more", &again, err);
	if (r == 0 && make && strcmp(again, ret->passphrase) != 0)
		r = err_set(err, -EINVAL, "the two differ");
	return r;
}

/* ---- which of them ---- */

static int
key_fill(const struct conf *c, bool make, struct key *k, struct err *err)
{
	AUTO(text_done) char *name = NULL;
	AUTO(text_done) char *path = NULL;
	int r = 1;

	k->path = conf_login_path(c);
	if (!k->path)
		return err_nomem(err);
	if (text_equal(c->token_key, "passphrase"))
		return key_ask(c, make, k, err);
	if (!c->token_key)
		r = key_of_credential(k, err);
	if (r <= 0)
		return r;
	name = text_printf("%s.key", c->name);
	if (name)
		path = conf_path_beside(
		    c->file, c->token_key ? c->token_key : name);
	return path ? key_of_file(path, make, k, err) : err_nomem(err);
}

int
key_get(const struct conf *c, bool make, struct key *ret, struct err *err)
{
	AUTO(key_done) struct key k = {0};
	int r = key_fill(c, make, &k, err);

	if (r < 0)
		return r;
	*ret = k;
	k = (struct key){0};
	return 0;
}
