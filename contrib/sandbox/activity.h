/* SPDX-License-Identifier: MIT */
/*
 * Who used what: meetings, webinars, trainings, calls, support sessions.
 *
 * Theory.  Nothing is kept of what the seed gives but 40 bytes a person: his
 * luck, a number from which his events are computed whenever somebody asks
 * (activity_seed.c), or the rows of a table (activity_fixed.c). Their times
 * are counted back from the moment at which the sandbox started, so they stay
 * where they were when its clock is moved. What a test adds is a list beside.
 * Each event has one owner; a webinar may have been started by another, a
 * training may have a second organizer: for the seeded, these two are
 * partners, so that each finds the events of the other.
 *
 * The tenant is locked.
 */
#ifndef SANDBOX_ACTIVITY_H
#define SANDBOX_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "product.h"

struct event {
	enum product product;
	struct user *owner; /* organizer, caller, expert */
	struct user *other; /* who started it, or organizes too; or NULL */
	int64_t start_ms, end_ms;
	uint64_t id; /* never twice; less than 10^17 */
};

struct events {
	struct event *v;
	size_t n, cap;
};
#define EVENTS_NONE                                                            \
	{                                                                      \
		0                                                              \
	}
void events_add(struct events *l, const struct event *e);
/* By start, and by id where that is the same. */
void events_sort(struct events *l);
void events_done(struct events *l);

/* Give the people who are there their history; after data_fill(). */
void activity_start(uint64_t seed);
void activity_done(void);

/* All people who may have used something, the deleted too, and as the last
 * one somebody whom the account does not know (switch oddities); NULL beyond
 * the last. */
struct user *activity_person(size_t i);
/* Alive, or the stranger; NULL: neither. */
struct user *activity_person_by_key(const char *key);
/* He whom the account does not know; NULL: switched off. */
struct user *activity_stranger(void);

/* Append what he owns, whether over or not. */
void activity_owned(
    const struct user *u, enum product product, struct events *ret);
/* ... and what he started or organized for another. */
void activity_of(
    const struct user *u, enum product product, struct events *ret);

/* Has it ended by now? */
bool event_over(const struct event *e);

/* Past the seed: one more (id is given), or none at all any more. */
void activity_add(struct event *e);
void activity_clear(struct user *u, enum product product);

/* What the seed gives; see activity_seed.c and activity_fixed.c. */
struct history {
	uint64_t luck;
	struct user *partner[PRODUCT_N]; /* webinars, trainings */
	uint8_t products;		 /* bits: of which there is some */
	uint8_t cleared;		 /* bits: taken away by a test */
	bool is_fixed;
	bool is_dormant; /* suspended when the sandbox started */
};
uint64_t activity_mix(uint64_t z);
void activity_seed_owned(const struct user *u, enum product product,
    int64_t base_ms, struct events *ret);
void activity_fixed_owned(const struct user *u, enum product product,
    int64_t base_ms, struct events *ret);
/* Is it one of the people of data_fixed.c, or the stranger? */
bool activity_fixed_is(const char *email);
/* Products of which the table has something for him, as bits. */
uint8_t activity_fixed_products(const char *email);

#endif
