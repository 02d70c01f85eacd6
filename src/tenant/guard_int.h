/* SPDX-License-Identifier: MIT */
/*
 * guard_int: how many may be removed (DESIGN 4.2). Private to src/tenant.
 *
 * Theory.  A removal that was accepted weighs on the collections it takes
 * something from, until its end: users; one license, and all licenses
 * together; the people in groups; groups.  One that was sent goes on weighing
 * for ten minutes, over a remount (store, removals.c).  One that was taken
 * back weighs nothing, and so does a link's that the removal of its person
 * covers, or whose name has tar's placeholder.  What an allowance pays for
 * does not weigh either, but is part of the collection's size.
 *
 * The first beyond a limit *trips* it: every removal of that collection that
 * has not begun ends with EDQUOT, its name comes back, and the collection is
 * latched: nothing goes until the latch time has passed without another try.
 *
 * All of it is under the turn; what status.json shows (struct guard,
 * guard_count) changes under t->tree_lock taken for writing.
 */
#ifndef GOTOFS_GUARD_INT_H
#define GOTOFS_GUARD_INT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct change;
struct err;
struct json;
struct person;
struct store_batch;
struct tenant;
struct tenant_caller;
struct tenant_group;
struct tenant_license;

#define GUARD_WINDOW_MS INT64_C(600000)
#define GUARD_ALLOW_MAX_MS INT64_C(86400000)
#define GUARD_REMOVALS_MAX 1000000

/* ---- guard_limit.c: pure ---- */

enum guard_kind {
	GUARD_USERS,
	GUARD_LICENSE,	/* one */
	GUARD_LICENSES, /* all together */
	GUARD_MEMBERS,	/* people in groups */
	GUARD_GROUPS,
	GUARD_RECLAIM, /* holders of one license, out of reclaim/ */
	GUARD_KINDS
};

struct guard_rule { /* [guard] max_removals */
	long n;	    /* the whole limit; -1: percent */
	long percent;
};
/* "40", "10%"; NULL: the default.  Others have been refused before. */
struct guard_rule guard_rule_of(const char *text);
long guard_limit(
    enum guard_kind kind, long size, const struct guard_rule *rule);
/* How long a latch lasts: 20 x the settle time, within 5 s and a minute. */
int64_t guard_latch_ms(int64_t settle_ms);
/* Ten times the settle time, but no more than half a minute by that. */
int64_t guard_long_settle_ms(int64_t settle_ms);

/* ---- guard_count.c ---- */

struct guard_count {  /* of a collection */
	long held_n;  /* accepted, not sent yet, and not paid for */
	long sent_n;  /* within the window, not paid for */
	long left_n;  /* the same, and those that were paid for */
	long tried_n; /* refused and cancelled while it is latched */
	int64_t latched_until_ms; /* boot; in the past: it is not */
	bool due; /* tripped, but the disk did not take it: none may go */
};

struct guard_sent { /* a removal that was sent */
	struct guard_sent *next;
	int64_t at_ms; /* boot */
	char *license_key;
	char *path;
	int verb;
	bool allowed;
};

struct guard_allowance {
	int64_t serial; /* which one; 0: there was none */
	long removals;
	long sent_n, pending_n; /* of them */
	long storing_n;		/* that will be sent_n when it is committed */
	int64_t until_ms;	/* boot */
	int64_t until_wall_ms;
	char *reason;
};

struct guard {
	struct guard_rule rule;
	/* those of a license (GUARD_LICENSE, GUARD_RECLAIM) are in that */
	struct guard_count count[GUARD_KINDS];
	struct guard_sent *first, *last;
	struct guard_allowance allowance;
	/* people in groups, as of a generation: any reader may renew it */
	_Atomic int64_t members_generation;
	_Atomic long members_n;
};

struct guard_ref { /* a collection that a removal takes something from */
	enum guard_kind kind;
	struct guard_count *count;
	struct tenant_license *license; /* of those two */
};
#define GUARD_REFS_MAX 2
/* In place of a verb, also in the store: an unassignment out of reclaim/. It
 * weighs on its license's reclaims, and on nothing else. */
#define GUARD_VERB_RECLAIM 100

/* Each collection, one after the other: i from 0. false: no more. */
bool guard_each(struct tenant *t, size_t i, struct guard_ref *ret);
size_t guard_each_n(const struct tenant *t);
/* As status.json has it: "users", "licenses/x", "reclaim/x". */
#define GUARD_NAME_BYTES 300
const char *guard_name(const struct guard_ref *ref, char ret[GUARD_NAME_BYTES]);

bool guard_is_removal(const struct change *c);
/* Up to GUARD_REFS_MAX. license NULL: not of one. */
size_t guard_refs_of(struct tenant *t, int verb, struct tenant_license *license,
    struct guard_ref *ret);
size_t guard_refs(
    struct tenant *t, const struct change *c, struct guard_ref *ret);
/* Does it weigh on its collections, or is it part of another one? */
bool guard_weighs(struct tenant *t, const struct change *c);
long guard_size(struct tenant *t, const struct guard_ref *ref);
long guard_used(struct tenant *t, const struct guard_ref *ref);
bool guard_is_latched(const struct guard_count *count, int64_t now_ms);
/* "the users", "the holders of gotowebinar-pro". */
void guard_describe(const struct guard_ref *ref, char *ret, size_t ret_bytes);

/* It is in the queue now; it is about to leave it. */
void guard_link(struct tenant *t, struct change *c);
void guard_unlink(struct tenant *t, struct change *c);
/* What weighs may be another than before. */
void guard_recount(struct tenant *t, struct person *p);
void guard_recount_all(struct tenant *t);
int64_t guard_settle_ms(struct tenant *t);

/* ---- guard_sent.c ---- */

int guard_load(struct tenant *t, struct err *err);
void guard_done(struct tenant *t);
void guard_tick(struct tenant *t, int64_t now_ms);
/* Its call went well: into the batch that ends it, then into memory. */
int guard_store_sent(
    struct tenant *t, struct store_batch *b, struct change *c, struct err *err);
void guard_sent(struct tenant *t, struct change *c);
void guard_sent_free(struct guard_sent *s);

/* ---- guard_judge.c ---- */

/* May this removal, which is not in the queue yet, be accepted?  -EDQUOT: no,
 * and that has been reported; others may have ended with it. */
int guard_admit(
    struct tenant *t, const struct tenant_caller *who, const struct change *c);
/* Trips what is beyond its limit by now, a remount or a pull later.  true:
 * something came back. */
bool guard_judge_limits(struct tenant *t);
/* Is it to be cancelled, as soon as the disk takes it? */
bool guard_is_due(struct tenant *t, const struct change *c);
/* Right before its call: true: it may not go, and has ended or waits. */
bool guard_stops(struct tenant *t, struct change *c);

/* ---- guard_allow.c ---- */

long guard_allowance_left(const struct tenant *t);
int guard_allowance_load(struct tenant *t, struct err *err);
/* With those that are being stored. */
int guard_allowance_store(
    struct tenant *t, struct store_batch *b, struct err *err);

/* ---- guard_status.c ---- */

int guard_status(struct tenant *t, struct json *j);

/* ---- guard.c: who must stay ---- */

#define GUARD_SUPERS_MIN 2 /* this many must stay */
int guard_check_remove(
    const struct tenant *t, const struct person *p, struct err *err);
/* May he get this address?  -EPERM: he is protected, and would be no more. */
int guard_check_address(const struct tenant *t, const struct person *p,
    const char *email, struct err *err);
/* -ENOTEMPTY: somebody is in it. */
int guard_check_group(
    struct tenant *t, const struct tenant_group *g, struct err *err);

#endif
