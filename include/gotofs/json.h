/* SPDX-License-Identifier: MIT */
/*
 * json (floor 2): JSON values (cJSON underneath; the only module that sees it).
 *
 * Parsing is strict: RFC 8259, UTF-8 checked, no duplicate names in one
 * object, no bytes behind the value but white space, depth at most 64, no NUL
 * in strings (\u0000), no half surrogate pairs.
 * **Numbers beyond 2^53 become strings**, digit by digit, because a key printed
 * as a number must survive (goto-api.md 3.4, B; 3.6, A); so does a fraction
 * of more than 60 characters.
 * A struct json does not leave the function that made it.  One thread at a
 * time a tree.  Errors: -EINVAL with the place ("line 3, column 7: ..."),
 * -ENOMEM.
 */
#ifndef GOTOFS_JSON_H
#define GOTOFS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;
struct json;

#define JSON_DEPTH_MAX 64

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/* ---- reading ---- */
int json_parse(
    const char *text, size_t len, struct json **ret, struct err *err);
void json_free(struct json *j);
void json_done(struct json **j); /* for AUTO */
/* As json_done, for a tree that holds secrets: its strings are wiped. */
void json_done_secret(struct json **j);

enum json_type json_type(const struct json *j); /* NULL reads as JSON_NULL */
/* The member of an object, or NULL (also when obj is NULL or no object). */
const struct json *json_get(const struct json *obj, const char *name);
/* Borrowed from the tree; NULL when absent or of another type. */
const char *json_str(const struct json *j);
const char *json_get_str(const struct json *obj, const char *name);
/* fallback when absent or of another type. */
bool json_get_bool(const struct json *obj, const char *name, bool fallback);
int64_t json_get_int(
    const struct json *obj, const char *name, int64_t fallback);
/* A key is text always: a string as it is, a number as its digits; on the
 * heap.  NULL when absent, neither, or without memory. */
char *json_key(const struct json *j);
char *json_get_key(const struct json *obj, const char *name);
/* An array of keys or strings as a strv (text.h); absent or empty: NULL.
 * -EINVAL when a member is neither string nor number. */
int json_get_keys(const struct json *obj, const char *name, char ***ret);
/* Children of an array or object in order; name of a member. */
const struct json *json_first(const struct json *j);
const struct json *json_next(const struct json *child);
const char *json_name(const struct json *child);
size_t json_n(const struct json *j); /* number of children */
/* Same value, where the order of members does not count. */
bool json_equal(const struct json *a, const struct json *b);

/* ---- building: each returns NULL / -ENOMEM without memory ---- */
struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_copy(const struct json *j);
/* The tree takes child over, also on failure.  child NULL is -ENOMEM.  A
 * member that is there already is replaced in its place. */
int json_set(struct json *obj, const char *name, struct json *child);
int json_push(struct json *arr, struct json *child);
/* NULL is null. */
int json_set_str(struct json *obj, const char *name, const char *value);
/* Beyond 2^53 it becomes a string, as in parsing. */
int json_set_int(struct json *obj, const char *name, int64_t value);
int json_set_bool(struct json *obj, const char *name, bool value);
int json_set_null(struct json *obj, const char *name);
int json_set_strv(struct json *obj, const char *name, char *const *values);
int json_push_str(struct json *arr, const char *value);
void json_remove(struct json *obj, const char *name);

/* ---- printing: appends; after an error out may hold a part ---- */
/* One line, no blanks, members in their order. */
int json_print(const struct json *j, struct buf *out);
/* As `jq .` prints it: two blanks a level, "name": value, [] and {} for empty
 * ones; no newline at the end; every line but the first indented by depth
 * levels.  sorted: members in byte order of their names, at every level. */
int json_print_pretty(
    const struct json *j, int depth, bool sorted, struct buf *out);
/* A string with its quotes, escaped as jq does (UTF-8 as it is; a byte that is
 * not UTF-8 becomes U+FFFD). */
int json_print_str(const char *s, struct buf *out);

#endif
