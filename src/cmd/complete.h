/* SPDX-License-Identifier: MIT */
/*
 * complete (floor 6): what a shell offers when TAB is pressed.
 *
 * gotofs --complete WORD...: the words after "gotofs", the last one as far as
 * it is typed, maybe empty.  What could stand in its place is printed, a line
 * each, a TAB and what it means behind it where there is something to say:
 * from the tables that are parsed and printed as help.  A line that begins
 * with ':' is for the shell: ":files" and ":dirs" add its own, after ":more"
 * no blank follows, because the word may go on.  contrib/completion has the
 * shells' side.
 */
#ifndef CMD_COMPLETE_H
#define CMD_COMPLETE_H

#include <stddef.h>
#include <stdio.h>

struct cmd;

/* Of the n commands at cmds; to out. Whatever is wrong, nothing is offered. */
void complete(const struct cmd *cmds, size_t n, char *const *words, FILE *out);

/* ---- complete_list.c ---- */

struct complete {
	FILE *out;
	char *const *words; /* of the whole line */
	const char *kept; /* of the last word what stays, "ro,": kept_n bytes */
	size_t kept_n;
	const char *rest; /* and the part that is completed */
	const char *dir;  /* of the mount that the line names; NULL: none */
};

/* word, if it begins as the rest does; meaning may be NULL. */
void complete_offer(
    const struct complete *c, const char *word, const char *meaning);
/* A value by its name in the usage: "PROFILE", "LEVEL", "verify". */
void complete_value(const struct complete *c, const char *name);

#endif
