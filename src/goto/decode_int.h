/* SPDX-License-Identifier: MIT */
/*
 * decode (floor 3): GoTo's JSON as records (goto-api.md 3.3, 3.4, 3.9).
 *
 * Strict about what we rely on (keys, addresses, license and holder lists),
 * indifferent to all else: absent, empty and null are the same, unknown
 * fields pass through in `rest`, keys may come as numbers.  Errors: -EPROTO
 * with the field's name, -ENOMEM; results are untouched then.  Pure functions.
 */
#ifndef GOTOFS_DECODE_INT_H
#define GOTOFS_DECODE_INT_H

#include "gotofs/record.h"

struct err;
struct json;

int decode_user(const struct json *j, struct user *ret, struct err *err);
int decode_license(const struct json *j, struct license *ret, struct err *err);
int decode_group(const struct json *j, struct group *ret, struct err *err);
/* Default account of a /me answer: accountKey, else the first of accounts
 * (3.5).  On the heap. */
int decode_account_key(const struct json *j, char **ret, struct err *err);

/* One list answer (3.3): an envelope; a bare array is taken as well. */
struct decode_page {
	const struct json *results; /* borrowed; NULL: absent, no records */
	long n;			    /* records in it */
	long total;		    /* all matches */
};
/* offset: what was asked for; another fromIndex in the answer is -EPROTO. */
int decode_page(const struct json *j, long offset, struct decode_page *ret,
    struct err *err);

/* Answer of POST /users (3.6): the keys of those of emails[0..n) that it names,
 * NULL for the others; ret_keys has n places. */
int decode_created(const struct json *j, const struct user *users, size_t n,
    char **ret_keys, struct err *err);
/* Answer of POST /groups (3.9): a bare key, as a number or a string; an object
 * with a key is taken as well. */
int decode_bare_key(const struct json *j, char **ret, struct err *err);

/* Parts of records.  Each answers -EPROTO with name when it is of another
 * type; *ret NULL: absent, null, of a key also "". */
int decode_text(
    const struct json *j, const char *name, char **ret, struct err *err);
int decode_key(
    const struct json *j, const char *name, char **ret, struct err *err);
/* -EPROTO: "no usable name where it must". */
int decode_bad(struct err *err, const char *name);

/* Same address? ASCII letters without regard to case (7.13, D). */
bool decode_same_email(const char *a, const char *b);

#endif
