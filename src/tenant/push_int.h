/* SPDX-License-Identifier: MIT */
/* push_int: shared by the files of push. Private to src/tenant. */
#ifndef GOTOFS_PUSH_INT_H
#define GOTOFS_PUSH_INT_H

#include "tenant_int.h"

#define PUSH_BATCH_MAX GOTO_CREATE_MAX
#define PUSH_FOLDED_MAX 32

/* One change on its way, in a call that it may share. */
struct push_one {
	struct change *change;
	struct change **folded;	  /* a create: links that go with it */
	size_t folded_n, ended_n; /* ended: the first of them, with him */
	bool unknown; /* a POST went out, and nobody knows what became of it */
	bool over;    /* the rest is what the tenant answered */
	bool still;   /* a removal that a crash cut off, and nobody heard */
	bool behind;  /* a name that another was still to give up */
	bool waited;  /* somebody waited for it when it was chosen */
	int result;
	struct err err;
	struct user found; /* create: the record as it is now */
	char *key;	   /* create, group create */
};

/* Does c ask for an address, or for a group's name, that another gives up by an
 * earlier change, which is still on its way? */
bool push_is_behind(const struct tenant *t, const struct change *c);

/* What goes in one call: creates of one set, or licenses of one person, or a
 * single change. */
struct push {
	enum verb verb;
	struct push_one *one;
	size_t n;
	char **license_keys; /* of the set */
	const char *group_key;
	char **admin_roles;
	char *label, *parent_key; /* of a group to be made */
	bool asked;		  /* a POST has gone out, outcome unknown */
	bool doubt;		  /* ... and one before it, too */
	bool late;		  /* it said that they are there */
	int tries;
	bool answers;		 /* to what reads: only POST fails */
	int post_status;	 /* of the last POST with unknown outcome */
	int64_t began_ms;	 /* boot: the last call */
	struct push_one *ending; /* whose verdict is being given */
	struct err err;		 /* of the last call */
};
#define PUSH_NONE                                                              \
	{                                                                      \
		.one = NULL, .err = ERR_NONE                                   \
	}

/* ---- push_set.c: what fits together; pure ---- */

struct push_set {
	const struct tenant_license *license[PUSH_FOLDED_MAX]; /* by address */
	size_t licenses_n;
	const struct tenant_group *group;
	char *const *roles;
	bool unknown;
};
/* What this create would take along now. */
void push_set_of(const struct change *create, struct push_set *ret);
bool push_set_equal(const struct push_set *a, const struct push_set *b);
/* May this link go with its person's creation? */
bool push_set_takes(const struct push_set *set, const struct change *link);

/* ---- push_choose.c: which; with the turn ---- */

/* The first that is due, or NULL and how long until another may be. */
struct change *push_next(struct tenant *t, int64_t *ret_wait_ms);
/* c and what goes with it, off the ready queues. -ENOMEM. */
int push_choose(struct tenant *t, struct change *c, struct push *ret);
/* Its links go by themselves. */
void push_unfold(struct tenant *t, struct push_one *one);
/* The second half of it, which is to be sent by itself. -ENOMEM. */
int push_divide(struct push *p, struct push *ret_half);
void push_done(struct push *p);
void push_one_done(struct push_one *one);

/* ---- push_send.c, push_create.c: the calls; no lock held ---- */

enum push_step {
	PUSH_OVER,   /* all have their answer */
	PUSH_AGAIN,  /* those that are not over, once more */
	PUSH_BARE,   /* ... without the folded links */
	PUSH_HALVES, /* ... one half after the other */
};
enum push_step push_send(struct tenant *t, struct push *p);
/* push_create.c */
enum push_step push_send_creates(struct tenant *t, struct push *p);
/* One answer for all that are not over. */
enum push_step push_answer(struct push *p, int r);
enum push_step push_refused(struct push *p, int r);
size_t push_open_n(const struct push *p);
bool push_is_folded(const struct push *p);
void push_all_unknown(struct push *p); /* that are not over */
/* Not sent, or not answered: to be tried again. */
bool push_is_unreachable(int r, const struct err *err);
#define PUSH_TRIES 3	      /* a POST and its read-back, at once */
#define PUSH_PASSING_TRIES 10 /* about five minutes */
/* A gateway or GoTo says that GoTo is away for a while. */
bool push_is_away(int http_status);
/* A POST had no answer, and has done nothing, as was seen afterwards.  -EIO,
 * with the status that the POST had. */
int push_post_failed(struct push *p, const char *what);
/* GoTo says that what a POST asked for is there, and does not show it (lists
 * may lag, goto-api.md 7.12, D): it is looked for again later, for a while.
 * -EINPROGRESS, -EEXIST. */
int push_late(struct push *p, const char *is, const char *exists);

/* ---- push_end.c: verdicts; with the turn ---- */

/* Of those that are over: they leave it.  -ESHUTDOWN: everything ends, and what
 * is left is known to the store as being on its way. */
int push_end(struct tenant *t, struct push *p);
/* On its way, or not: durable before the call, so that a crash is not a second
 * call. */
int push_mark(
    struct tenant *t, const struct push_one *one, size_t n, enum state state);
#define PUSH_STORE_MS 1000 /* what the disk refused is tried again after */

/* ---- push_apply.c: the mirror ---- */

/* The outcome into the mirror, memory and batch; with the turn, mutating.
 * more: the next is of the same person. */
int push_apply(struct tenant *t, struct store_batch *b, struct push_one *one,
    bool more, struct err *err);
/* What memory was, should the store not take the outcome. */
struct push_was {
	struct person person;
	struct tenant_group group;
};
#define PUSH_WAS_NONE                                                          \
	{                                                                      \
		{.key = NULL},                                                 \
		{                                                              \
			.key = NULL                                            \
		}                                                              \
	}
int push_remember(const struct change *c, struct push_was *ret); /* -ENOMEM */
void push_restore(
    struct tenant *t, struct change *c, const struct push_was *was);
void push_was_done(struct push_was *was);
/* Store a person as he is in memory, with this text. */
int push_store_person(struct tenant *t, struct store_batch *b, struct person *p,
    const char *text, struct err *err);
/* For the journal, on the heap. */
char *push_before(struct tenant *t, const struct change *c);
char *push_fields(const struct user *u, unsigned set);
char *push_group_name(const char *name);

#endif
