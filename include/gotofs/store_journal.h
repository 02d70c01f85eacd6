/* SPDX-License-Identifier: MIT */
/*
 * store_journal (floor 3): the journal as evidence: its chain, and all of it.
 *
 * The lines of .gotofs/journal.jsonl are a chain: each carries its number and
 * the SHA-256 of the one before.  The oldest are in files,
 * <state folder>/journal/NNNNNN.jsonl, the rest in the database, which also
 * has written down where all of it ends: so a change, a gap, a swap and a cut
 * at either end show.  (Who may write to the state folder can of course write
 * all of it anew: whoever must rule that out keeps the last hash elsewhere.)
 *
 * Nothing is locked: the daemon may go on writing meanwhile, and what is seen
 * is one moment's state.  Any thread; disk I/O blocks.
 *
 * Errors: -EBADMSG the chain is broken, and where; -ENOENT no such state
 * folder; those of store.h.
 */
#ifndef GOTOFS_STORE_JOURNAL_H
#define GOTOFS_STORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "gotofs/crypto.h"

struct err;

/* ---- journal_chain.c ---- */

struct journal_chain {
	int64_t lines_n;
	int64_t first_seq;		    /* of the first line */
	int64_t seq;			    /* of the last one */
	char hash[CRYPTO_SHA256_HEX_BYTES]; /* of the last one */
};
#define JOURNAL_CHAIN_NONE                                                     \
	{                                                                      \
		0, 0, 0, ""                                                    \
	}

/* The next line, without its newline. A chain may begin anywhere; only a line
 * with the number 1 has nothing before it. -EBADMSG: it does not belong here,
 * and the sentence names the first line that is wrong. */
int journal_chain_add(
    struct journal_chain *c, const char *line, size_t n, struct err *err);

/* ---- journal_walk.c ---- */

/* A line without its newline; a negative value ends the walk, and its sentence
 * gets the line's place put before it. */
typedef int (*journal_line_fn)(
    void *ctx, const char *line, size_t n, struct err *err);

/* All lines of a state folder, the oldest first.  Parts that were taken away
 * are passed over: -EBADMSG at the end then, and the sentence names them. */
int journal_each(
    const char *state_dir, journal_line_fn fn, void *ctx, struct err *err);
/* The lines of one file. */
int journal_each_in_file(
    const char *path, journal_line_fn fn, void *ctx, struct err *err);
/* Checks all of a state folder: the chain from its first line to the end that
 * is written down.  Behind a part that was taken away the chain begins anew:
 * a sentence that names such parts alone says that the rest is whole. */
int journal_verify(
    const char *state_dir, struct journal_chain *ret, struct err *err);

#endif
