/* SPDX-License-Identifier: MIT */
/*
 * token_int (floor 3): the refresh token in a plain file, 0600
 * (refresh_token_file); sealed it is in gotofs/token.h.
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
