/* SPDX-License-Identifier: MIT */
/*
 * token (floor 3): where the refresh token is kept.
 *
 * For now a plain file, 0600.  Sealed storage (AES-256-GCM, key from a systemd
 * credential, a key file or a passphrase; DESIGN 6) takes the place of these
 * two functions, the interactive login fills it.
 */
#ifndef GOTOFS_TOKEN_INT_H
#define GOTOFS_TOKEN_INT_H

struct err;

/* *ret: a secret.  Errors of secret_read_file. */
int token_load(const char *path, char **ret, struct err *err);
/* When this returns 0, the token survives a power failure; the file has either
 * the old token or the new one at every moment. */
int token_save(const char *path, const char *token, struct err *err);

#endif
