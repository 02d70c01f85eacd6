/* SPDX-License-Identifier: MIT */
/*
 * The file, numbers with the highest byte first:
 *
 *	 0  13  "gotofs token\n"
 *	13   1  version, 1
 *	14   1  log2 of scrypt's N; 0: there is a key
 *	15   1  0
 *	16  16  scrypt's salt
 *	32   8  of which key: SHA-256 of "gotofs key" and the key, its beginning
 *	40  12  nonce, random: a key seals a few thousand times in its life
 *	52   4  bytes of the account key
 *	56   4  bytes that are sealed, with the tag
 *	60      the account key; what is sealed
 *
 * Bound to it: all that stands before it, and the profile's name.  Sealed:
 *
 *	 0   1  1: a personal access token
 *	 1   8  since when, milliseconds since the epoch
 *	 9   8  until when the access token is good
 *	17   4  bytes of the token
 *	21   4  bytes of the access token; 0: none
 *	25      the two
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "gotofs/token.h"

#define SEAL_MAGIC "gotofs token\n"
#define SEAL_MAGIC_BYTES 13
#define SEAL_VERSION 1
#define SEAL_SCRYPT_LOG2 15
#define SEAL_SCRYPT_LOG2_MAX 17 /* 128 MiB: a file asks for no more */
#define SEAL_SALT_BYTES 16
#define SEAL_ID_BYTES 8
#define SEAL_HEAD_BYTES 60
#define SEAL_ACCOUNT_MAX 64
#define SEAL_PROFILE_MAX 256
#define SEAL_PLAIN_HEAD 25
#define SEAL_PLAIN_MAX (SEAL_PLAIN_HEAD + 2 * TOKEN_BYTES_MAX)
#define SEAL_FILE_MAX                                                          \
	(SEAL_HEAD_BYTES + SEAL_ACCOUNT_MAX + SEAL_PLAIN_MAX + CRYPTO_TAG_BYTES)

enum {
	SEAL_AT_VERSION = 13,
	SEAL_AT_LOG2 = 14,
	SEAL_AT_SALT = 16,
	SEAL_AT_ID = 32,
	SEAL_AT_NONCE = 40,
	SEAL_AT_ACCOUNT_N = 52,
	SEAL_AT_SEALED_N = 56,
};

/* Room for all of it, wiped with its scope. */
struct seal {
	uint8_t key[CRYPTO_KEY_BYTES];
	uint8_t plain[SEAL_PLAIN_MAX];
	uint8_t file[SEAL_FILE_MAX + 1];
	uint8_t bound[SEAL_HEAD_BYTES + SEAL_ACCOUNT_MAX + SEAL_PROFILE_MAX];
	size_t plain_n, file_n, bound_n;
};

static void
seal_free(struct seal **s)
{
	if (*s)
		secret_wipe(*s, sizeof(**s));
	free(*s);
}

static struct seal *
seal_new(struct err *err)
{
	struct seal *s = calloc(1, sizeof(*s));

	if (!s)
		err_nomem(err);
	return s;
}

/* ---- numbers ---- */

static void
seal_put(uint8_t *at, int bytes, uint64_t value)
{
	while (bytes-- > 0) {
		at[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

static uint64_t
seal_get(const uint8_t *at, int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | *at++;
	return value;
}

/* ---- the key ---- */

/* What opens it, and which of all it is. */
static int
seal_key(struct seal *s, const struct token_place *p,
    uint8_t ret_id[SEAL_ID_BYTES], struct err *err)
{
	static const char label[] = "gotofs key";
	uint8_t text[sizeof(label) - 1 + CRYPTO_KEY_BYTES];
	uint8_t sum[CRYPTO_SHA256_BYTES];
	int r = 0;

	if (p->key)
		memcpy(s->key, p->key, CRYPTO_KEY_BYTES);
	else
		r = crypto_scrypt(p->passphrase, s->file + SEAL_AT_SALT,
		    SEAL_SALT_BYTES, s->file[SEAL_AT_LOG2], s->key);
	if (r < 0)
		return err_set(err, r, "cannot make a key of the passphrase");
	memcpy(text, label, sizeof(label) - 1);
	memcpy(text + sizeof(label) - 1, s->key, CRYPTO_KEY_BYTES);
	r = crypto_sha256(text, sizeof(text), sum);
	secret_wipe(text, sizeof(text));
	if (r < 0)
		return err_set(err, r, "SHA-256 failed");
	memcpy(ret_id, sum, SEAL_ID_BYTES);
	return 0;
}

static int
seal_bind(struct seal *s, const struct token_place *p, struct err *err)
{
	size_t account_n = seal_get(s->file + SEAL_AT_ACCOUNT_N, 4);
	size_t n = strlen(p->profile);

	if (n > SEAL_PROFILE_MAX)
		return err_set(
		    err, -ENAMETOOLONG, "the profile's name is too long");
	s->bound_n = SEAL_HEAD_BYTES + account_n;
	memcpy(s->bound, s->file, s->bound_n);
	memcpy(s->bound + s->bound_n, p->profile, n);
	s->bound_n += n;
	return 0;
}

/* ---- what is sealed ---- */

static int
seal_pack(struct seal *s, const struct token *t, struct err *err)
{
	size_t text_n = strlen(t->text);
	size_t access_n = t->access ? strlen(t->access) : 0;

	if (text_n > TOKEN_BYTES_MAX || access_n > TOKEN_BYTES_MAX)
		return err_set(err, -EFBIG, "the token is too long");
	s->plain[0] = t->is_pat;
	seal_put(s->plain + 1, 8, (uint64_t)t->since_ms);
	seal_put(s->plain + 9, 8, (uint64_t)t->access_until_ms);
	seal_put(s->plain + 17, 4, text_n);
	seal_put(s->plain + 21, 4, access_n);
	memcpy(s->plain + SEAL_PLAIN_HEAD, t->text, text_n);
	if (access_n > 0)
		memcpy(
		    s->plain + SEAL_PLAIN_HEAD + text_n, t->access, access_n);
	s->plain_n = SEAL_PLAIN_HEAD + text_n + access_n;
	return 0;
}

static char *
seal_secret(const uint8_t *at, size_t n)
{
	char *s = malloc(n + 1);

	if (s) {
		memcpy(s, at, n);
		s[n] = '\0';
	}
	return s;
}

/* Of secrets of these lengths. On -ENOMEM some of t is filled. */
static int
seal_get_token(
    const struct seal *s, size_t text_n, size_t access_n, struct token *t)
{
	const uint8_t *text = s->plain + SEAL_PLAIN_HEAD;

	t->is_pat = s->plain[0] == 1;
	t->since_ms = (int64_t)seal_get(s->plain + 1, 8);
	t->access_until_ms = (int64_t)seal_get(s->plain + 9, 8);
	t->text = seal_secret(text, text_n);
	if (access_n > 0)
		t->access = seal_secret(text + text_n, access_n);
	t->account_key = seal_secret(s->file + SEAL_HEAD_BYTES,
	    seal_get(s->file + SEAL_AT_ACCOUNT_N, 4));
	return t->text && t->account_key && (access_n == 0 || t->access)
		   ? 0
		   : -ENOMEM;
}

/* It was authentic, so it is what seal_pack made. */
static int
seal_unpack(struct seal *s, struct token *ret, struct err *err)
{
	AUTO(token_done) struct token t = TOKEN_NONE;
	size_t text_n = seal_get(s->plain + 17, 4);
	size_t access_n = seal_get(s->plain + 21, 4);

	if (s->plain_n < SEAL_PLAIN_HEAD ||
	    text_n + access_n != s->plain_n - SEAL_PLAIN_HEAD)
		return err_set(err, -EBADMSG, "its inside is damaged");
	if (seal_get_token(s, text_n, access_n, &t) < 0)
		return err_nomem(err);
	*ret = t;
	t = (struct token)TOKEN_NONE;
	return 0;
}

/* ---- writing ---- */

static int
seal_head(struct seal *s, const struct token_place *p, const struct token *t,
    struct err *err)
{
	size_t account_n = t->account_key ? strlen(t->account_key) : 0;
	uint8_t id[SEAL_ID_BYTES];
	int r = crypto_random(s->file + SEAL_AT_NONCE, CRYPTO_NONCE_BYTES);

	if (r == 0)
		r = crypto_random(s->file + SEAL_AT_SALT, SEAL_SALT_BYTES);
	if (r < 0)
		return err_set(err, r, "no randomness");
	if (account_n > SEAL_ACCOUNT_MAX)
		return err_set(err, -EFBIG, "the account's key is too long");
	memcpy(s->file, SEAL_MAGIC, SEAL_MAGIC_BYTES);
	s->file[SEAL_AT_VERSION] = SEAL_VERSION;
	s->file[SEAL_AT_LOG2] = p->key ? 0 : SEAL_SCRYPT_LOG2;
	seal_put(s->file + SEAL_AT_ACCOUNT_N, 4, account_n);
	seal_put(s->file + SEAL_AT_SEALED_N, 4, s->plain_n + CRYPTO_TAG_BYTES);
	if (account_n > 0)
		memcpy(s->file + SEAL_HEAD_BYTES, t->account_key, account_n);
	s->file_n = SEAL_HEAD_BYTES + account_n + s->plain_n + CRYPTO_TAG_BYTES;
	r = seal_key(s, p, id, err);
	if (r == 0)
		memcpy(s->file + SEAL_AT_ID, id, sizeof(id));
	return r;
}

int
token_write(const struct token_place *p, const struct token *t, struct err *err)
{
	AUTO(seal_free) struct seal *s = seal_new(err);
	int r = s ? seal_pack(s, t, err) : -ENOMEM;

	if (r == 0)
		r = seal_head(s, p, t, err);
	if (r == 0)
		r = seal_bind(s, p, err);
	if (r < 0)
		return r;
	r = crypto_seal(s->key, s->file + SEAL_AT_NONCE, s->bound, s->bound_n,
	    s->plain, s->plain_n,
	    s->file + s->file_n - s->plain_n - CRYPTO_TAG_BYTES);
	if (r < 0)
		return err_set(err, r, "cannot seal the token");
	return file_replace(p->path, s->file, s->file_n, err);
}

/* ---- reading ---- */

static int
seal_read_file(struct seal *s, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = 1;

	if (fd < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && (st.st_mode & 077)) {
		close(fd);
		return err_set(err, -EPERM,
		    "%s: others may read it; run: chmod 600 %s", path, path);
	}
	while (n > 0 && s->file_n < sizeof(s->file)) {
		n = read(fd, s->file + s->file_n, sizeof(s->file) - s->file_n);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			s->file_n += (size_t)n;
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	return n < 0 ? err_set(err, (int)n, "%s: %s", path, strerror((int)-n))
		     : 0;
}

/* Its form, told by the bytes that are not secret. */
static int
seal_check(const struct seal *s, struct err *err)
{
	size_t account_n, sealed_n;

	if (s->file_n < SEAL_MAGIC_BYTES ||
	    memcmp(s->file, SEAL_MAGIC, SEAL_MAGIC_BYTES) != 0)
		return err_set(err, -EBADMSG,
		    s->file_n == 0 ? "it is empty"
				   : "it is no token file of gotofs's");
	if (s->file_n < SEAL_HEAD_BYTES)
		return err_set(err, -EBADMSG, "it is cut off");
	if (s->file[SEAL_AT_VERSION] != SEAL_VERSION)
		return err_set(err, -EINVAL,
		    "version %d of the file; this gotofs knows version %d",
		    s->file[SEAL_AT_VERSION], SEAL_VERSION);
	account_n = seal_get(s->file + SEAL_AT_ACCOUNT_N, 4);
	sealed_n = seal_get(s->file + SEAL_AT_SEALED_N, 4);
	if (account_n > SEAL_ACCOUNT_MAX ||
	    sealed_n < SEAL_PLAIN_HEAD + CRYPTO_TAG_BYTES ||
	    sealed_n > SEAL_PLAIN_MAX + CRYPTO_TAG_BYTES ||
	    s->file[SEAL_AT_LOG2] > SEAL_SCRYPT_LOG2_MAX)
		return err_set(err, -EBADMSG, "it is damaged");
	if (s->file_n < SEAL_HEAD_BYTES + account_n + sealed_n)
		return err_set(err, -EBADMSG, "it is cut off");
	if (s->file_n > SEAL_HEAD_BYTES + account_n + sealed_n)
		return err_set(err, -EBADMSG, "something was added to it");
	return 0;
}

static int
seal_check_key(struct seal *s, const struct token_place *p, struct err *err)
{
	bool by_key = s->file[SEAL_AT_LOG2] == 0;
	uint8_t id[SEAL_ID_BYTES];
	int r;

	if (by_key != (p->key != NULL))
		return err_set(err, -EACCES,
		    by_key ? "it was sealed with a key, not with a passphrase"
			   : "it was sealed with a passphrase, not with a key");
	r = seal_key(s, p, id, err);
	if (r == 0 && memcmp(id, s->file + SEAL_AT_ID, sizeof(id)) != 0)
		r = err_set(err, -EACCES,
		    by_key ? "it was sealed with another key"
			   : "it was sealed with another passphrase");
	return r;
}

static int
seal_open(struct seal *s, const struct token_place *p, struct err *err)
{
	size_t n, at;
	int r = seal_check(s, err);

	if (r == 0)
		r = seal_check_key(s, p, err);
	if (r == 0)
		r = seal_bind(s, p, err);
	if (r < 0)
		return r;
	n = seal_get(s->file + SEAL_AT_SEALED_N, 4);
	at = s->file_n - n;
	r = crypto_open(s->key, s->file + SEAL_AT_NONCE, s->bound, s->bound_n,
	    s->file + at, n, s->plain);
	if (r == -EBADMSG)
		return err_set(
		    err, r, "it was changed, or belongs to another profile");
	if (r < 0)
		return err_set(err, r, "cannot open it");
	s->plain_n = n - CRYPTO_TAG_BYTES;
	return 0;
}

int
token_read(const struct token_place *p, struct token *ret, struct err *err)
{
	AUTO(seal_free) struct seal *s = seal_new(err);
	int r = s ? seal_read_file(s, p->path, err) : -ENOMEM;

	if (r < 0)
		return r;
	r = seal_open(s, p, err);
	if (r == 0)
		r = seal_unpack(s, ret, err);
	if (r < 0)
		err_prefix(err, "%s", p->path);
	return r;
}
