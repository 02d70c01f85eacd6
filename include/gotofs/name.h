/* SPDX-License-Identifier: MIT */
/*
 * name (floor 2): remote text to file name and back (DESIGN 2, file names).
 *
 * The only road between the two: whatever a tenant sends, no '/', control
 * byte, leading dot or 256-byte name leaves here.  Pure functions; any thread.
 * Results are on the heap (free()).  Errors: -ENOMEM and what is said below.
 */
#ifndef GOTOFS_NAME_H
#define GOTOFS_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_BYTES_MAX 255

/* "Ann@Example.com" -> "ann@example.com.json".  ASCII lower case; '/', '%',
 * control bytes (0-31, 127), invalid UTF-8 bytes and a leading dot are
 * percent-encoded with upper-case hex, and so is a '~' that 4 digits or 8
 * lower-case hex digits follow to the end (it would read as one of those
 * below).  Longer than 255 bytes with ".json", or none (NULL, empty): the first
 * 200 bytes
 * (cut before a broken character or escape), "~", 8 hex digits of the SHA-256
 * of the whole encoded address, ".json".  key_suffix: NULL, or the key whose
 * last 4 digits are put behind a "~" before ".json" (all but the oldest of
 * equal names).  NULL without memory. */
char *name_from_email(const char *email, const char *key_suffix);

/* The address that a file name asks for: "ann@example.com.json" ->
 * "ann@example.com".  -EINVAL: upper-case ASCII, a bad or needless escape (the
 * encoding must come back to the same name), no '@' or nothing on a side of
 * it, not UTF-8, blanks or control bytes, no ".json"; -ENAMETOOLONG beyond 255
 * bytes.  A name that was cut or has a key suffix cannot be decoded:
 * -EINVAL. */
int name_to_email(const char *name, char **ret);

/* Is this the name of whoever has this address (NULL: none), or that of one of
 * equal names?  0, or -EINVAL. */
int name_check_email(const char *name, const char *email);

/* A name that never reaches the tenant: begins with a dot or does not end in
 * ".json" (DESIGN 4.1, scratch names). */
bool name_is_scratch(const char *name);

/* "GoToMeeting Business" -> "gotomeeting-business": ASCII letters and digits
 * lower-cased, runs of anything else one '-', none at the ends; other letters
 * (non-ASCII UTF-8) stay as they are; empty: "license".  key_suffix: NULL, or
 * the key whose last 4 digits go behind a '-'. */
char *name_from_license(const char *description, const char *key_suffix);

/* As name_from_email but case kept and no ".json".  "." and ".." come out
 * encoded, and so does the dot of a ".json" at the end: no group has the name
 * of a link to a person. */
char *name_from_group(const char *group, const char *key_suffix);
/* The group's name that a directory name asks for.  -EINVAL: empty, a bad or
 * needless escape, not UTF-8, control bytes; -ENAMETOOLONG beyond 255 bytes. */
int name_to_group(const char *name, char **ret);

#endif
