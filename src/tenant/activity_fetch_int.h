/* SPDX-License-Identifier: MIT */
/*
 * activity_fetch_int: the thread that asks who used what.  Private to
 * src/tenant.
 *
 * Theory.  In rounds: who is due is written down, a plan is made of that
 * (activity_plan_int.h), and its questions are asked one after the other, at
 * most so many a second, each behind whatever else waits for its API.  An
 * answer is in the store before the next question, so that after a crash only
 * what is missing is asked.  A round ends early when somebody new is to be
 * looked at, or a source is in trouble; the next plan knows of it.
 *
 * A source that refuses is asked again after a day (of single people: when it
 * has refused several in a row), one that fails after a minute, then two, ...
 * up to an hour (400 to several people in a row is that, too); gotofs refresh
 * --activity asks at once.
 */
#ifndef GOTOFS_ACTIVITY_FETCH_INT_H
#define GOTOFS_ACTIVITY_FETCH_INT_H

#include "activity_ask_int.h"
#include "activity_plan_int.h"

struct fetch {
	struct tenant *t;
	struct activity_dues due[PRODUCT_N]; /* keys are ours */
	struct activity_plan plan;
	int64_t now_ms; /* wall: of the plan, then of each question */
	int64_t window_ms;
	int64_t next_due_ms; /* wall: when somebody will be due; 0: nobody */
	long asked;	     /* t->activity.asked_n when the round began */
	/* GoToMeeting's groups, as they were then */
	struct organizer_list organizers;
	bool organizers_known;
	int64_t organizers_boot_ms;
	char **alone; /* groups that are not told of as such */
	size_t alone_n;
	char **refused[PRODUCT_N]; /* whom, since it last told of anybody */
	int64_t go_boot_ms;	   /* not before */
	int64_t pruned_boot_ms;
	/* GoToConnect: days that are not in the store yet */
	struct use_list days;
	int64_t days_from_ms;
	size_t days_n;
};

/* ---- activity_due.c ---- */
/* Who is due now, of the sources that may be asked. -ENOMEM. */
int fetch_find_due(struct fetch *f);
void fetch_free_due(struct fetch *f);

/* ---- activity_call.c ---- */
enum fetch_next {
	FETCH_ON,    /* the next question */
	FETCH_AGAIN, /* a new plan */
};
/* Asks, and takes the answer, or judges its failure. */
enum fetch_next fetch_call(struct fetch *f, const struct activity_call *c);

/* ---- activity_fail.c ---- */
/* What a failure says of the source, and of the people. */
enum fetch_next fetch_failed(struct fetch *f, const struct activity_call *c,
    int code, const struct err *why);
enum fetch_next fetch_succeeded(struct fetch *f, const struct activity_call *c);
void fetch_forget_fails(struct fetch *f, enum product product);

/* ---- activity_fetch.c ---- */
void *fetch_main(void *tenant);

#endif
