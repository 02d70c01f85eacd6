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
void secret_wipe(void *p, size_t len);
/* The first line of a file, without its newline; less than 8 KiB (-EFBIG).
 * Errors name the path; a file readable by others is -EPERM. */
int secret_read_file(const char *path, char **ret, struct err *err);
/* Core files off, PR_SET_DUMPABLE off. */
void secret_protect_process(void);

#endif
