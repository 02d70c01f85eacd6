/* SPDX-License-Identifier: MIT */
/*
 * json_scan (floor 2): has this text, so far, completed one JSON object?
 *
 * A document delimits itself: the write() that brings the closing brace is the
 * commit (DESIGN 4.1).  The scanner eats bytes as they come, in any pieces,
 * and answers whether the prefix is incomplete, complete, or can never become
 * a JSON object.  It is a validator (RFC 8259, UTF-8, whole surrogate pairs,
 * no NUL in strings, depth), not a parser: what it calls complete json_parse()
 * accepts, but for duplicate names.
 * Constant memory, no allocation; plain data, may be copied.  One thread.
 */
#ifndef GOTOFS_JSON_SCAN_H
#define GOTOFS_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_scan_state {
	JSON_SCAN_INCOMPLETE, /* a valid prefix; also: only white space so far
			       */
	JSON_SCAN_COMPLETE,   /* an object, and only white space behind it */
	JSON_SCAN_ERROR,      /* no continuation can make it an object */
};

struct json_scan {
	enum json_scan_state state;
	size_t offset;	   /* bytes eaten; at the bad byte after an error */
	size_t end_offset; /* behind the closing brace, once complete */
	const char *what;  /* after an error: a short reason, static */
	/* private */
	uint64_t stack; /* a bit a level, innermost lowest: 1 object, 0 array */
	int depth;
	int expect;	  /* what may come next, between tokens */
	int lex;	  /* inside which token */
	bool in_name;	  /* is this string the name of a member? */
	bool low;	  /* must this escape be a low surrogate? */
	uint8_t lo, hi;	  /* bounds of the next byte of a character */
	int left;	  /* bytes or digits that the token still needs */
	uint32_t code;	  /* of an escape */
	const char *word; /* what is left of true, false, null */
};

void json_scan_init(struct json_scan *s);
/* Returns the new state.  After COMPLETE white space keeps it, anything else
 * makes it an error; after an error nothing changes it. */
enum json_scan_state json_scan_feed(
    struct json_scan *s, const void *data, size_t len);

#endif
