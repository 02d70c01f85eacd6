/* SPDX-License-Identifier: MIT */
/*
 * activity (floor 2): the products of GoTo, and what it means that somebody
 * used one, as plain structs.  Filled by goto, kept by store, shown by tenant.
 *
 * What counts as a use (DESIGN 5): hosting, organizing, starting, calling.
 * Attending does not.
 */
#ifndef GOTOFS_ACTIVITY_H
#define GOTOFS_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values are stored: never renumber. */
enum product {
	PRODUCT_GOTOMEETING = 0,
	PRODUCT_GOTOWEBINAR = 1,
	PRODUCT_GOTOCONNECT = 2,
	PRODUCT_GOTOTRAINING = 3,
	PRODUCT_GOTOASSIST = 4,
	PRODUCT_OPENVOICE = 5,
	PRODUCT_N
};
#define PRODUCT_BIT(product) (1u << (product))
/* A code of a license that is none of ours, or whose use nobody tells: a set
 * of products that has it is never known as a whole. */
#define PRODUCT_BIT_OTHER (1u << 31)

/* "gotomeeting": the name of its folder. */
const char *product_name(enum product product);
/* -1: none of them. */
int product_by_name(const char *name);
/* "GoToMeeting": for people. */
const char *product_title(enum product product);
/* Is there a source that tells who uses it?  Not for OpenVoice (5.6). */
bool product_has_source(enum product product);
/* The codes of a license (goto-api.md 3.8) as bits: G2M, G2W, JIVE, G2T, G2A
 * (assumed, D), OPENVOICE; PRODUCT_BIT_OTHER for any other, G2AC too: its API
 * has a login of its own (5.5). NULL, or an empty list: PRODUCT_BIT_OTHER,
 * because nobody knows what the license is for. */
unsigned product_bits(char *const *codes);

/* What was done.  Values are stored: never renumber. */
enum use_kind {
	USE_NONE = 0,
	USE_MEETING = 1,	 /* hosted a meeting */
	USE_WEBINAR_STARTED = 2, /* ran a webinar */
	USE_WEBINAR_OWNED = 3,	 /* one of his webinars was run by another */
	USE_TRAINING = 4,	 /* organized a training */
	USE_CALLS = 5,		 /* made or took calls */
	USE_SUPPORT = 6,	 /* held a support session */
	USE_N
};
/* "hosted a meeting"; "meetings": what a count of it is called. */
const char *use_kind_text(enum use_kind kind);
const char *use_kind_plural(enum use_kind kind);

struct use {
	char *user_key;	  /* the Admin API's; NULL: known by address alone */
	char *email;	  /* or NULL */
	int64_t at_ms;	  /* its end where the tenant tells that, else its
			     beginning; ms since the epoch */
	int64_t begin_ms; /* which day it is counted for */
	enum use_kind kind;
	long n;	       /* how many: 1, or calls */
	bool day_only; /* at_ms is the latest that it can have been */
};
struct use_list {
	struct use *v;
	size_t n;
};
#define USE_LIST_NONE                                                          \
	{                                                                      \
		0                                                              \
	}
void use_list_done(struct use_list *l);
/* A zeroed one more, or NULL: no memory. */
struct use *use_list_add(struct use_list *l);

#endif
