/* SPDX-License-Identifier: MIT */
/*
 * stage (floor 4): bytes that wait for their commit (DESIGN 4.1).
 *
 * There is no open and no close: a stage belongs to the file.  It holds the
 * bytes that the file shows while somebody writes to it, knows from the
 * bytes alone when they are a document, and remembers the verdict on it.
 * Pure: no clock, no lock, no I/O; the caller passes the time and acts on what
 * comes back.
 *
 * Theory.  `image` is what a reader sees: a base (empty after a truncation or
 * a creation, else the record) with everything written over it.  `prefix` is
 * the length of the gap-free bytes from offset 0 since the last write at
 * offset 0; a scanner follows it.  When the prefix completes an object the
 * image is cut there and is the document (rule a).  Writes elsewhere only
 * change the image; it becomes the document at a truncation, an fsync or
 * after some quiet, when it is a complete object (rule b).  After a commit
 * the stage only repeats its verdict (rule c).
 */
#ifndef GOTOFS_STAGE_H
#define GOTOFS_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gotofs/buf.h"
#include "gotofs/json_scan.h"

#define STAGE_BYTES_MAX (1024 * 1024) /* EFBIG beyond (DESIGN 4.5) */

enum stage_phase {
	STAGE_OPEN,	 /* takes bytes */
	STAGE_COMMITTED, /* the verdict is to come, or is remembered */
	STAGE_DROPPED,	 /* nobody finished it (rule e) */
};

struct stage {
	enum stage_phase phase;
	struct buf image;
	size_t base_bytes; /* of the base: where an append would go */
	size_t prefix;
	size_t doc_bytes; /* of the committed document */
	struct json_scan scan;
	bool written; /* since the last commit or truncation to 0 */
	bool mapped;  /* bytes of a shared mapping: fsync alone commits them */
	bool broken;  /* what was committed never can be a document */
	int verdict;  /* 0, negative errno; STAGE_PENDING */
	int64_t last_ms; /* CLOCK_BOOTTIME of the last write or commit */
};
#define STAGE_PENDING 1

enum stage_action {
	STAGE_TAKEN,  /* wait for more */
	STAGE_COMMIT, /* image is the document: judge it, then stage_verdict()
		       */
	STAGE_REPEAT, /* answer stage->verdict (it may still be pending) */
	STAGE_REFUSE, /* answer *ret_errno; nothing was taken */
	STAGE_BROKEN, /* never a document: report image, answer *ret_errno and
			 give it to stage_verdict() */
};

/* base: what the file reads as now; NULL: empty. */
int stage_init(
    struct stage *s, const char *base, size_t base_bytes, int64_t now_ms);
void stage_done(struct stage *s);

/* A write.  ret_why: for REFUSE and BROKEN, a static reason. */
enum stage_action stage_write(struct stage *s, const char *data, size_t n,
    size_t offset, bool append, bool from_mapping, int64_t now_ms,
    int *ret_errno, const char **ret_why);
/* A truncation to any size: TAKEN, COMMIT, or REPEAT (changes nothing). Only
 * EFBIG refuses. To 0 it starts anew whatever was before. */
enum stage_action stage_truncate(struct stage *s, size_t size, int64_t now_ms,
    int *ret_errno, const char **ret_why);
/* fsync, or the quiet time is over (at_fsync false): COMMIT when the image is
 * a complete object that was not committed; REPEAT after a commit, and at an
 * fsync of what was dropped; TAKEN when nothing was written, or through a
 * mapping and no fsync; BROKEN -EINVAL otherwise. */
enum stage_action stage_settle(
    struct stage *s, bool at_fsync, int *ret_errno, const char **ret_why);
/* The verdict on the document: 0 or negative errno, or STAGE_PENDING. */
void stage_verdict(struct stage *s, int verdict, int64_t now_ms);
/* Nobody finished it: a later write not at offset 0, and fsync, are -EIO. */
void stage_drop(struct stage *s);
/* What a reader sees is the stage's image (true) or the record (false). */
bool stage_shows(const struct stage *s);

#endif
