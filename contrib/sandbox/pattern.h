/* SPDX-License-Identifier: MIT */
/* The value of a filter: a regular expression or plain text. See filter.h. */
#ifndef SANDBOX_PATTERN_H
#define SANDBOX_PATTERN_H

#include <stdbool.h>

struct pattern;

/* literal: plain text. -EINVAL: a bad expression. */
int pattern_new(const char *text, bool literal, struct pattern **ret_pattern);
bool pattern_match(const struct pattern *p, const char *value);
void pattern_free(struct pattern *p);

#endif
