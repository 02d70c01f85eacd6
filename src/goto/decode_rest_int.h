/* SPDX-License-Identifier: MIT */
/* decode_rest (floor 3): the text of a record that struct user calls rest. */
#ifndef GOTOFS_DECODE_REST_INT_H
#define GOTOFS_DECODE_REST_INT_H

struct json;

/* Members of obj but those named in without (NULL-terminated), as canonical
 * lines on the heap: by byte order of their names, indented by two blanks,
 * joined by ",\n"; keys are strings, whatever the tenant sent. */
int decode_rest(const struct json *obj, const char *const *without, char **ret);

#endif
