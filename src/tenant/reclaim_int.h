/* SPDX-License-Identifier: MIT */
/*
 * reclaim_int: the rules, and what they make of a seat (DESIGN 5).  Private to
 * src/tenant.
 *
 * Theory.  reclaim_judge() is pure: rules, the facts of one seat, the time; so
 * reclaim/, reports/ and the check before a call cannot come to disagree.
 *
 * A license's products are its *main* ones and those that come with them: a
 * Webinar or Training license gives GoToMeeting too (goto-api.md 3.8, A), which
 * is not what it is paid for.  A seat is *active* when one of the main products
 * was used within inactive_days; else *unknown* when one of all its products is
 * (no source, never looked at, the interval does not reach back to the
 * threshold, data older than max_data_age_hours, a code that we do not know);
 * else *inactive*, or *never* when no use of the main ones is known at all.
 * Every assigned seat is exactly one of the four.
 *
 * A seat that is not used is *new* for inactive_days + new_seat_grace_days: if
 * no use of the main products is known at all, from when the mirror first saw
 * it; and if the mirror saw it come after the last use, also from then: who had
 * used it before and gets it back is given as much time as others.
 */
#ifndef GOTOFS_RECLAIM_INT_H
#define GOTOFS_RECLAIM_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "activity_int.h"
#include "gotofs/tenant.h"

struct buf;
struct change;
struct err;
struct json;
struct node;
struct person;
struct store_batch;
struct tenant;
struct tenant_caller;
struct tenant_license;

/* ---- reclaim_rules.c: reclaim/rules.json ---- */

struct reclaim_limits {
	long inactive_days;	  /* 60 */
	long new_seat_grace_days; /* 30 */
	long max_data_age_hours;  /* 48 */
};
struct reclaim_override {
	/* its name in licenses/, or a pattern (fnmatch); without the end of the
	 * key it names all licenses of that title */
	char *license;
	struct reclaim_limits limits;
};
struct reclaim_exemption {
	char *pattern; /* of the address, fnmatch, without regard to case */
	bool exact;    /* it is one address */
	char *license; /* pattern of its name, as there; NULL: all */
	bool astray; /* it names no license now: nobody knows which it was for,
			and it holds for all */
	char *reason;
	int64_t until_ms; /* end of the day that was given, in UTC, because
			     several machines have one list; 0: for ever */
};
struct reclaim_rules {
	struct reclaim_limits limits;
	struct reclaim_override *override;
	size_t overrides_n;
	struct reclaim_exemption *exemption;
	size_t exemptions_n;
};
#define RECLAIM_RULES_NONE                                                     \
	{                                                                      \
		{                                                              \
			60, 30, 48                                             \
		}                                                              \
	}
#define RECLAIM_DAYS_MAX 3650
#define RECLAIM_AGE_HOURS_MAX 8760
#define RECLAIM_EXEMPTIONS_MAX 2000
#define RECLAIM_OVERRIDES_MAX 1000
#define RECLAIM_RULES_BYTES (256 * 1024)
#define RECLAIM_PATTERN_BYTES 320
#define RECLAIM_REASON_BYTES 400

/* What they are while nobody has written any, as text. */
extern const char reclaim_rules_default[];

/* -EINVAL with the name of what is wrong and what is allowed. */
int reclaim_rules_parse(
    const char *text, size_t len, struct reclaim_rules *ret, struct err *err);
void reclaim_rules_done(struct reclaim_rules *r);
/* Does the pattern name it? title: NULL, or its name without the end of the
 * key. */
bool reclaim_rules_name(
    const char *pattern, const char *license, const char *title);
/* What holds for a license: of the override that names it, else of the one that
 * names its title, else of the first whose pattern does, else of all.
 * *ret_override (not NULL): which; NULL: none */
const struct reclaim_limits *reclaim_rules_limits(const struct reclaim_rules *r,
    const char *license, const char *title,
    const struct reclaim_override **ret_override);
/* The first that names him and has not ended; or NULL. */
const struct reclaim_exemption *reclaim_rules_exemption(
    const struct reclaim_rules *r, const char *email, const char *license,
    const char *title, int64_t now_ms);

/* ---- reclaim_judge.c, reclaim_rules.c: pure ---- */

enum seat_usage { /* exactly one of a seat */
	SEAT_ACTIVE,
	SEAT_INACTIVE,
	SEAT_NEVER,
	SEAT_UNKNOWN,
	SEAT_USAGES_N
};
enum seat_verdict {
	SEAT_KEEP,	/* active or unknown */
	SEAT_CANDIDATE, /* may be reclaimed */
	SEAT_NEW,	/* not used, but assigned too recently */
	SEAT_EXEMPT,	/* not used; an exemption names him */
	SEAT_PROTECTED, /* not used; the profile protects him */
	SEAT_DOWNGRADE, /* its main products are not used, the meetings are */
	SEAT_VERDICTS_N
};

struct seat_facts {
	const char *email;	     /* empty: he has none */
	const char *license, *title; /* its names: reclaim_rules_name() */
	unsigned products;	     /* product_bits() */
	int64_t since_ms;	     /* when the mirror first saw the seat */
	bool seen_to_come;	     /* it was not there in the first listing */
	unsigned doubtful; /* products whose source tells of nobody at all */
	bool protected;	   /* guard: by pattern, or the token's own account */
	/* of each product whose bit is set; and whether its source is in
	 * trouble does not matter: age does */
	struct activity activity[PRODUCT_N];
};
struct judgement {
	enum seat_usage usage;
	enum seat_verdict verdict;
	int product; /* whose activity decided (the last use; the one that is
			unknown); -1: none of ours */
	int64_t threshold_ms; /* no use since then makes it inactive */
	int64_t last_ms;      /* of the main products; 0: none known */
	const struct reclaim_exemption *exemption; /* SEAT_EXEMPT */
	const char *unknown_why; /* SEAT_UNKNOWN: a sentence, static */
	const struct reclaim_limits *limits;	 /* the rule that applied */
	const struct reclaim_override *override; /* its own; NULL: of all */
	int64_t since_ms; /* when time alone made it what it is; 0: it did not
			   */
	int64_t next_ms;  /* when it may change it again; INT64_MAX: never */
};
/* product_bits() without those that only come with them. */
unsigned reclaim_main_products(unsigned products);
void reclaim_judge(const struct reclaim_rules *rules,
    const struct seat_facts *seat, int64_t now_ms, struct judgement *ret);

/* ---- reclaim.c: of the tenant ---- */

struct reclaim {
	struct reclaim_rules rules; /* in force */
	char *text;		    /* of rules.json */
	size_t bytes;
	bool written;	       /* by somebody; else it is the default */
	bool ready;	       /* candidates are shown */
	bool broken;	       /* a text that this gotofs does not understand */
	int64_t first_ms;      /* wall: of the first complete listing */
	int64_t first_next_ms; /* the same, being stored */
	int64_t written_ms; /* wall: the rules in force; 0: nobody wrote any */
	/* rules.json has no name until then (boot; 0: it has); removed: because
	 * somebody unlinked it */
	int64_t away_until_ms;
	bool removed;
	struct tenant_caller removed_by;
	int64_t next_ms;  /* wall: when time may change a judgement */
	int64_t swept_ms; /* boot: when all were last judged for that */
	uint64_t cookie;  /* how far that is; with sweeping */
	bool sweeping;
	/* It is for all, because what holds for all has moved: whoever was not
	 * judged yet (person.judged) is shown as before. */
	bool moved, any; /* any: somebody was */
	uint32_t round;
	struct reclaim_rules was; /* that held before */
	bool was_rules;		  /* else they are the same */
	int64_t was_written_ms;
};

#define RECLAIM_NO_ADDRESS                                                     \
	"the account has no address by which it could be exempt"
/* Everything of a seat that the judgement rests on; *ret_email, on the heap, is
 * f->email. -ENOMEM. */
int reclaim_facts(const struct tenant *t, const struct person *p,
    const struct tenant_license *l, struct seat_facts *f, char **ret_email);
/* The facts and the judgement of a seat of the mirror, with the rules that are
 * in force; with the turn or t->tree_lock.  Suspended or invited people hold
 * their seats, too (8.3). */
void reclaim_judge_seat(const struct tenant *t, const struct person *p,
    const struct tenant_license *l, int64_t now_ms, struct judgement *ret);

/* His changes or seats are others: what reclaim/ shows of this seat. */
void reclaim_settle(
    struct tenant *t, struct person *p, struct tenant_license *l);
/* What is known of his use is another.  Whoever changes it calls this before
 * the turn ends. */
void reclaim_moved(struct tenant *t, struct person *p);
/* What holds for all (products, doubts, rules, a license's name) is about to
 * move: everybody is judged anew, in pieces, and reads as before until it is
 * his turn.  The timer does it, or who cannot wait: so does whoever comes with
 * another change before that is over. */
void reclaim_begin(struct tenant *t);
void reclaim_finish(struct tenant *t); /* readers may look in between */
/* All of them are to be judged again soon. */
void reclaim_judge_soon(struct tenant *t);
void reclaim_drop_nodes(
    struct tenant *t, const struct person *p, const char *name);
/* Licenses have come, gone or another name: what exemptions name. */
void reclaim_licenses_moved(struct tenant *t);
int reclaim_load(struct tenant *t, struct err *err);
/* Into the batch; then, when it is committed, into memory. */
int reclaim_store_first(
    struct tenant *t, struct store_batch *b, struct err *err);
void reclaim_stored_first(struct tenant *t);
void reclaim_tick(struct tenant *t, int64_t now_boot_ms);
void reclaim_done(struct tenant *t);
bool reclaim_is_busy(const struct tenant *t);
/* A candidate's file, with what its node remembers; and its time. */
#define RECLAIM_TEXT_BYTES 16384
int reclaim_text(struct tenant *t, const struct node *n, struct buf *out);
int64_t reclaim_ctime_ms(const struct tenant *t, const struct node *n);
int reclaim_status(const struct tenant *t, struct json *j);

/* ---- reclaim_astray.c ---- */

/* Do exemptions go astray otherwise than they say?  set: they say it. */
bool reclaim_find_astray(
    const struct tenant *t, struct reclaim_rules *r, bool set);
/* A line for each rule that somebody believes to be in force and that names
 * nothing, or has ended; at most 20. */
int reclaim_warnings(const struct tenant *t, char ***v);

/* ---- reclaim_text.c: pure ---- */

/* Of when the evidence is: the last look, or what time alone has made of it
 * since. */
int64_t reclaim_as_of(const struct seat_facts *f, const struct judgement *j);
/* Last use of the main products, or since when none was seen. */
int64_t reclaim_mtime_ms(const struct seat_facts *f);
int reclaim_print(const struct reclaim_rules *rules, const struct seat_facts *f,
    int64_t as_of_ms, struct buf *out);
/* One sentence: why it is no candidate (any more). */
void reclaim_why_not(
    const struct seat_facts *f, const struct judgement *j, struct err *err);

/* ---- reclaim_file.c: rules.json ---- */

/* [activity] window is longer than inactive_days by so many at least, or who
 * was never active could not be told from who was, once (DESIGN 5). */
#define RECLAIM_WINDOW_DAYS 14

int reclaim_rules_load(struct tenant *t, struct err *err);
/* A document for rules.json: in force when it returns 0. */
int reclaim_rules_write(struct tenant *t, const struct tenant_caller *who,
    const char *text, size_t len, struct err *err);
/* A name for it, empty until its document is there; NULL: no memory. */
struct node *reclaim_rules_make(struct tenant *t);
int reclaim_rules_unlink(
    struct tenant *t, const struct tenant_caller *who, struct node *n);
/* To a scratch name; from one. */
int reclaim_rules_leave(struct tenant *t, struct node *n, struct node *new_dir,
    const char *new_name);
int reclaim_rules_take_place(struct tenant *t, struct node *n, const char *old);
/* Nobody wrote to the new name. */
void reclaim_rules_tick(struct tenant *t, int64_t now_boot_ms);

/* ---- reclaim_approve.c ---- */

/* The change that takes this seat back, or NULL. */
struct change *reclaim_change(
    const struct person *p, const struct tenant_license *l);
/* mv to approved/, and back. */
int reclaim_approve(struct tenant *t, const struct tenant_caller *who,
    struct person *p, struct tenant_license *l, struct err *err);
int reclaim_cancel(struct tenant *t, struct person *p, struct tenant_license *l,
    struct err *err);
/* 0: the seat is a candidate, now; else why it is none. */
int reclaim_check(const struct tenant *t, const struct person *p,
    const struct tenant_license *l, struct err *err);
/* For the journal; NULL: none. */
char *reclaim_before(struct tenant *t, const struct change *c);

/* ---- reclaim_send.c ---- */

/* Right before its call his activity is read again: the turn is given back
 * meanwhile.  false: it may not go, and has ended or waits. */
bool reclaim_may_go(struct tenant *t, struct change *c);

#endif
