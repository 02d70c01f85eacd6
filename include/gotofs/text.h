/* SPDX-License-Identifier: MIT */
/*
 * text (floor 1): strings and string lists.
 *
 * A strv is a NULL-terminated array of strings, both on the heap; NULL is an
 * empty one.  Any thread; nothing blocks.
 */
#ifndef GOTOFS_TEXT_H
#define GOTOFS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For AUTO: frees the string and clears the variable. */
void text_done(char **s);
/* As strdup, but NULL gives NULL. */
char *text_dup(const char *s);
/* As asprintf; NULL without memory. */
char *text_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Equal, where NULL equals only NULL. */
bool text_equal(const char *a, const char *b);
bool text_starts(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);
/* The digits at its beginning as a number; returns what follows them, or NULL:
 * there are none, or it is more than max. */
const char *text_number(const char *s, int64_t max, int64_t *ret);
/* ASCII only, in place. */
void text_lower(char *s);
bool text_is_utf8(const char *s, size_t len);
/* Bytes of the character that s begins with; 0 when it is not UTF-8 (or
 * nothing, or broken off). */
size_t text_utf8_n(const char *s, size_t len);

size_t strv_n(char *const *v);
bool strv_has(char *const *v, const char *s);
/* Appends a copy; -ENOMEM leaves *v as it was.  Quadratic when used for long
 * lists: see strv_add_n. */
int strv_add(char ***v, const char *s);
/* The same for lists that are long and grow by this alone (it knows from *n
 * how much room there is): *n is kept by the caller. */
int strv_add_n(char ***v, size_t *n, const char *s);
/* Same members, whatever the order. */
bool strv_same_set(char *const *a, char *const *b);
bool strv_equal(char *const *a, char *const *b);
char **strv_dup(char *const *v);
void strv_free(char **v);
void strv_done(char ***v); /* for AUTO */
/* Splits at any character of seps, drops blanks around and empty parts. */
char **strv_split(const char *s, const char *seps);
/* Joined by sep, on the heap; "" for an empty list. */
char *strv_join(char *const *v, const char *sep);

#endif
