/* SPDX-License-Identifier: MIT */
/*
 * token (floor 3): the file in which a login is kept, sealed (DESIGN 6).
 *
 * What GoTo gave (a refresh token, or a personal access token), since when, and
 * the last access token, so that a second process need not ask for one.  Sealed
 * with AES-256-GCM; bound to the profile and the account.  Any thread; blocks
 * on the disk, and with a passphrase for the time that scrypt takes.
 */
#ifndef GOTOFS_TOKEN_H
#define GOTOFS_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "gotofs/crypto.h"

struct err;

#define TOKEN_BYTES_MAX 8192 /* documented: 4096 (goto-api.md 2.4, A) */

/* With fewer days than these left a new login is due, and that is said: days,
 * profile. */
#define TOKEN_WARN_DAYS 10
#define TOKEN_WARNING "the login ends in %lld days; run: gotofs login %s"
/* Whole ones, at least 0; until_ms: wall time. */
long long token_days_left(int64_t until_ms);

struct token {
	bool is_pat;
	char *text;	   /* a secret */
	char *account_key; /* whose; not a secret */
	int64_t since_ms;  /* when it was given; wall time */
	char *access;	   /* a secret; NULL: none */
	int64_t access_until_ms;
};
#define TOKEN_NONE                                                             \
	{                                                                      \
		false, NULL, NULL, 0, NULL, 0                                  \
	}
void token_done(struct token *t); /* for AUTO; wipes */

/* Where it is, and what opens it: either a key or a passphrase. */
struct token_place {
	const char *path;
	const char *profile;
	const uint8_t *key; /* CRYPTO_KEY_BYTES */
	const char *passphrase;
};

/* -ENOENT: none is kept.  -EACCES: another key, another passphrase, or another
 * kind.  -EBADMSG: cut off, damaged, or of another profile or account.  -EPERM:
 * others may read it.  -EINVAL: of a newer version. */
int token_read(const struct token_place *p, struct token *ret, struct err *err);
/* When this returns 0 it survives a power failure; at every moment the file has
 * either the old one or the new one.  Mode 0600. */
int token_write(
    const struct token_place *p, const struct token *t, struct err *err);
/* Overwritten, then removed; none is fine. */
int token_remove(const char *path, struct err *err);

/* One process at a time: waits until deadline_ms (clock_boot_ms), -ETIMEDOUT.
 * The lock is a file beside it, and goes with the descriptor. */
int token_lock(
    const char *path, int64_t deadline_ms, int *ret_fd, struct err *err);
void token_unlock(int fd);

#endif
