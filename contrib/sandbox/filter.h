/* SPDX-License-Identifier: MIT */
/*
 * Filters of list calls, goto-api.md 3.10: (email="..."), regular expressions
 * in the quotes, & and |, and email eq "...". A regular expression must match
 * the whole field, and is a POSIX extended one here; (?i) at its start, \d and
 * \Q..\E are understood besides.
 */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include <stdbool.h>

/* The value of a field by name; NULL for a name that cannot be filtered. */
typedef const char *filter_field_fn(const void *object, const char *name);

struct filter;

/* names: the fields that may be named, separated by blanks. -EINVAL: syntax,
 * unknown field or bad expression. */
int filter_parse(
    const char *text, const char *names, struct filter **ret_filter);
bool filter_match(
    const struct filter *f, filter_field_fn *field, const void *object);
void filter_free(struct filter *f);

#endif
