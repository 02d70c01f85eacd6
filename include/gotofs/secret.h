/* SPDX-License-Identifier: MIT */
/*
 * secret (floor 1): strings that must not outlive their use.
 *
 * A secret is a heap string that is wiped before it is freed.  The process
 * that loads secrets also calls secret_protect_process once: no core files,
 * not readable by ptrace of the same user.  Any thread.
 */
#ifndef GOTOFS_SECRET_H
#define GOTOFS_SECRET_H

#include <stddef.h>

struct err;

char *secret_dup(const char *s);
void secret_free(char *s);  /* wipes; NULL is fine */
void secret_done(char **s); /* for AUTO */
/* *slot owns s from now on; what was there is wiped. */
void secret_keep(char **slot, char *s);
void secret_wipe(void *p, size_t len);
/* Stars in place of what text, a sentence that a server may have had its hand
 * in, has of the secret: all of it, or 12 bytes and more.  One of less than 8
 * bytes stays; NULL is fine. */
void secret_redact(char *text, const char *secret);
/* The first line of a file, without its newline; less than 8 KiB (-EFBIG).
 * Errors name the path; a file readable by others is -EPERM. */
int secret_read_file(const char *path, char **ret, struct err *err);
/* The same of a systemd credential: its folder keeps others out, whatever its
 * mode is. */
int secret_read_credential(const char *path, char **ret, struct err *err);
/* Core files off, PR_SET_DUMPABLE off. */
void secret_protect_process(void);

#endif
