/* SPDX-License-Identifier: MIT */
/* push_int: shared by push, push_send and push_apply. Private to src/tenant. */
#ifndef GOTOFS_PUSH_INT_H
#define GOTOFS_PUSH_INT_H

#include "tenant_int.h"

#define PUSH_FOLDED_MAX 32

/* One change on its way, with what travels in the same call. */
struct push {
	struct change *change;
	struct change *folded[PUSH_FOLDED_MAX]; /* links of a new user */
	size_t folded_n;
	char **license_keys; /* of the folded ones */
	const char *group_key;
	char *label, *parent_key; /* of a group to be made */
	bool unknown; /* a POST went out, and nobody knows what became of it */
	/* what the tenant answered */
	int result;
	struct err err;
	struct user found; /* create: the record as it is now */
	char *key;	   /* create, group create */
};

/* The calls; no lock held. Fills result, err, found, key. */
void push_send(struct tenant *t, struct push *p);
/* The outcome into the mirror, memory and batch; with the turn, mutating. The
 * journal's before and after on the heap. */
int push_apply(
    struct tenant *t, struct store_batch *b, struct push *p, struct err *err);
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
char *push_before(struct tenant *t, const struct change *c);
char *push_fields(const struct user *u, unsigned set);

#endif
