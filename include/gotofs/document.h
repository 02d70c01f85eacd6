/* SPDX-License-Identifier: MIT */
/*
 * document (floor 4): records as JSON texts, and what a written text asks for.
 *
 * The rendering of DESIGN 3 and the schema of DESIGN 4.1, as pure functions:
 * any thread, nothing blocks.  Results are untouched on failure.
 */
#ifndef GOTOFS_DOCUMENT_H
#define GOTOFS_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "gotofs/record.h"

struct buf;
struct err;

/* goto-api.md 3.4 (A/B: the limits of the UI), in characters */
#define DOCUMENT_EMAIL_CHARS_MAX 128
#define DOCUMENT_NAME_CHARS_MAX 32

/* Appends the canonical text: email, firstName, lastName, locale, timeZone,
 * adminRoles (always there: null and [] where the tenant has none), then the
 * lines of u->rest, newline at the end.  `jq .` leaves it alone.  -ENOMEM,
 * -EFBIG. */
int document_render_user(const struct user *u, struct buf *out);
/* The same for a license or a group: the lines of its rest in braces. */
int document_render_object(const char *rest, struct buf *out);

/* Reads a canonical text back: all members but rest, which stays NULL.  null,
 * "" and [] come back as NULL.  -EINVAL when it is not one, -ENOMEM. */
int document_parse_user(
    const char *text, size_t len, struct user *ret, struct err *err);

/* What a written text asks for. */
struct document_change {
	struct user want; /* the members whose bit is set; NULL clears */
	unsigned set;	  /* USER_SET_*; 0: nothing to do */
	char **ignored;	  /* strv: names of read-only or tenant fields whose
			     value differs from the record, for the journal */
};
#define DOCUMENT_CHANGE_NONE                                                   \
	{                                                                      \
		USER_NONE, 0, NULL                                             \
	}
void document_change_done(struct document_change *c);

/* Has the tenant ever sent a field of this name? */
typedef bool (*document_known_fn)(void *ctx, const char *name);

/* The person's text as it is written to the file name, against the record.
 *
 * current: NULL for a new person; then want.email is set, from the text or
 * else from the name, and both names are required.  current_text: the canonical
 * text of current (NULL with it), for the fields that current does not hold.
 * known: may be NULL.
 *
 * An absent member is left alone, null clears it ("" and [] as well); the same
 * value as now is never refused and sets no bit.  Addresses that differ in the
 * case of ASCII letters are the same.  The email must be the one that the name
 * stands for; where the name was cut or has a key suffix, current's.
 *
 * -EINVAL: not JSON (with line and column), no object, a name twice, a field
 * that nobody knows, or a value that the schema refuses: the sentence names
 * the field.  -ENOMEM. */
int document_diff_user(const char *text, size_t len, const char *name,
    const struct user *current, const char *current_text,
    document_known_fn known, void *known_ctx, struct document_change *ret,
    struct err *err);

#endif
