/* SPDX-License-Identifier: MIT */
/*
 * file (floor 1): files read whole, up to a ceiling; small ones of our own,
 * written so that a crash at any moment leaves the old one or the new one.
 *
 * Any thread.  All of it blocks on the disk.
 */
#ifndef GOTOFS_FILE_H
#define GOTOFS_FILE_H

#include <stddef.h>

struct buf;
struct err;

/* All of it, or a negative errno. */
int file_write_all(int fd, const void *data, size_t len);
/* Appends what is left of fd, or the whole file; as much as comes, for files of
 * /proc have no size.  -EFBIG beyond the buffer's ceiling, -ENOMEM, what
 * read(2) and open(2) say; the part that was read is there then. */
int file_read_all(int fd, struct buf *out);
int file_read(const char *path, struct buf *out);
/* path has exactly these bytes, mode 0600, and keeps them over a power cut; a
 * symbolic link stays one, what it leads to is replaced.  Errors name the
 * path. */
int file_replace(
    const char *path, const void *data, size_t len, struct err *err);
/* The same where there is none yet; -EEXIST: there is, and it stays;
 * -EOPNOTSUPP: the file system cannot do that. */
int file_create(
    const char *path, const void *data, size_t len, struct err *err);

#endif
