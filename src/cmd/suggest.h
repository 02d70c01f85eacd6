/* SPDX-License-Identifier: MIT */
/*
 * suggest (floor 6): which of these words was meant?  Pure; any thread.
 */
#ifndef CMD_SUGGEST_H
#define CMD_SUGGEST_H

/* The word of a NULL-terminated list that is at most two edits away (a third
 * of the word's length at most), or NULL. */
const char *suggest_nearest(const char *word, const char *const *words);

#endif
