/* SPDX-License-Identifier: MIT */
/*
 * keep_int: what a file reads as after it was written with a time of its own
 * (DESIGN 4.4).  Private to src/tenant.
 *
 * Theory.  A *kept* text is what somebody wrote: its bytes are a row of the
 * store, memory has its size, its time and what its writable fields were.  The
 * newest of a person's is at the top (person.kept); it is shown, instead of
 * what he would read as otherwise (the record, or the text of a change on its
 * way), while its time was set by its writer and its fields agree with that.
 *
 * A document that is written in place waits on top, untimed, for its writer's
 * utimens.  The one below it is what he reads as again if the tenant refuses
 * the new one; it goes with the verdict.  What disagrees with the record while
 * nothing is on its way is forgotten for good.
 *
 * Everything here is done with the turn.  Readers see id, bytes and shown
 * alone (tree_lock).  Rows that are no longer needed are deleted by
 * keep_flush, later: a crash before that leaves rows that disagree, or untimed
 * ones, and both go when they are loaded.
 */
#ifndef GOTOFS_KEEP_INT_H
#define GOTOFS_KEEP_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tenant_int.h"

struct kept {
	struct kept *older;	  /* of the same person */
	struct kept *prev, *next; /* t->kept: all */
	int64_t id;		  /* of its row, and the version of its times */
	int64_t number;		  /* of the person, as the row has it */
	int64_t mtime_ns;
	int64_t judged; /* the version of the record that `agrees` is about */
	struct keep_fields fields;
	uint32_t bytes;
	bool timed; /* its writer has set its time */
	bool agrees;
	bool shown;
	bool dirty; /* the row says otherwise */
};

/* ---- keep_agree.c: pure ---- */
/* -EINVAL: no JSON object; -ENOMEM. */
int keep_fields_read(const char *text, size_t n, struct keep_fields *ret);
/* 1 or 0; negative as above. */
int keep_fields_agree(
    const struct keep_fields *kept, const char *record, size_t n);

/* ---- keep.c: what is shown ---- */
static inline bool
keep_is_shown(const struct person *p)
{
	return p->kept && p->kept->shown;
}
/* His record or his pending text is another one: true when he goes on reading
 * as the very kept text that he read as before. */
bool keep_settle(struct tenant *t, struct person *p);
/* This text is to be the version `record` of his record. */
void keep_judge(struct person *p, int64_t record, const char *text, size_t n);
/* Kept, pending or the record: what a reader gets. */
int keep_reads(struct tenant *t, const struct person *p, struct buf *out);
/* A stage showed its bytes over a kept text, and is gone: the time again. */
void keep_retime(struct tenant *t, const struct node *n);
void keep_drop_all(struct tenant *t, struct person *p);
/* A node loses its person: whoever has it open keeps what he read, in memory,
 * because the row may go before he has read all of it. */
void keep_let_go(struct tenant *t, struct node *n);
/* This is what he read. Takes it. */
void keep_leave(struct node *n, struct buf *text);
/* On top of his. */
void keep_link(struct tenant *t, struct person *p, struct kept *k);
void keep_pop(struct tenant *t, struct person *p);
/* Is it known whether it agrees with the record that there is? */
bool keep_is_judged(struct tenant *t, const struct person *p, struct kept *k);
void keep_drop_older(struct tenant *t, struct kept *k);

/* ---- keep_write.c: what is written ---- */
/* A document was accepted in place. */
void keep_written(
    struct tenant *t, struct node *n, const char *text, size_t len);
/* White space came behind it; it was truncated to this size. */
void keep_blank(struct tenant *t, struct node *n,
    const struct tenant_caller *who, const char *data, size_t len,
    size_t offset);
void keep_cut(struct tenant *t, struct node *n, size_t size);
/* Its verdict; of what was written in place. */
void keep_verdict(struct tenant *t, struct writing *w, int result);
/* Nobody will set its time any more. */
void keep_forget(struct tenant *t, struct person *p, struct writing *w);
/* A document came by a rename; timed: with this time. */
void keep_renamed(struct tenant *t, struct person *p, const char *text,
    size_t len, bool timed, int64_t mtime_ns);
/* Somebody chose the file's time, which is set already. True: its bytes are
 * others now. */
bool keep_timed(struct tenant *t, struct node *n,
    const struct tenant_caller *who, int64_t mtime_ns);

/* ---- keep_store.c: rows ---- */
int keep_load(struct tenant *t, struct err *err);
void keep_flush(struct tenant *t);
void keep_done(struct tenant *t);
/* The row goes at the next flush. */
void keep_gone(struct tenant *t, int64_t id);
/* A new row, its number into k->id; negative: it is not kept.  These three give
 * up the rwlock over the disk. */
int keep_put(
    struct tenant *t, const struct person *p, struct kept *k, const char *text);
int keep_put_text(
    struct tenant *t, const struct kept *k, const char *text, size_t len);
void keep_put_row(
    struct tenant *t, const struct person *p, const struct kept *k);

#endif
