/* SPDX-License-Identifier: MIT */
/*
 * pattern (floor 1): what a person writes for fnmatch(), looked at before it
 * is used.  One that is broken matches nothing, and says so to nobody.
 *
 * Pure functions: any thread.  Both give what is wrong with a pattern, as the
 * end of a sentence ("it ..."), or NULL.
 */
#ifndef GOTOFS_PATTERN_H
#define GOTOFS_PATTERN_H

/* fnmatch() tries every place for every star: a few, or it takes for ever. */
#define PATTERN_STARS_MAX 4

const char *pattern_fault(const char *pattern);
/* The same, and whether an address can match at all. */
const char *pattern_address_fault(const char *pattern);

#endif
