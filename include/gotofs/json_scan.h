/* SPDX-License-Identifier: MIT */
/*
 * json_scan (floor 2): has this text, so far, completed one JSON object?
 *
 * A document delimits itself: the write() that brings the closing brace is the
 * commit (DESIGN 4.1).  The scanner eats bytes as they come, in any pieces,
 * and answers whether the prefix is incomplete, complete, or can never become
 * a JSON object.  It is a validator (RFC 8259, UTF-8, depth), not a parser:
 * what it calls complete json_parse() accepts, but for duplicate names.
 * Constant memory, no allocation; plain data, may be copied.  One thread.
 */
#ifndef GOTOFS_JSON_SCAN_H
#define GOTOFS_JSON_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum json_scan_state {
	JSON_SCAN_INCOMPLETE, /* a valid prefix; also: only white space so far */
	JSON_SCAN_COMPLETE,   /* an object, and only white space behind it */
	JSON_SCAN_ERROR,      /* no continuation can make it an object */
};

struct json_scan {
	enum json_scan_state state;
	size_t offset;	   /* bytes eaten; at the bad byte after an error */
	size_t end_offset; /* behind the closing brace, once complete */
	const char *what;  /* after an error: a short reason, static */
	/* private */
	uint8_t stack[8]; /* a bit a level: 1 object, 0 array */
	int depth;
	int expect;
	int lex;
	uint32_t code;
	int left;
	const char *word;
};

void json_scan_init(struct json_scan *s);
/* Returns the new state.  After COMPLETE white space keeps it, anything else
 * makes it an error; after an error nothing changes it. */
enum json_scan_state json_scan_feed(struct json_scan *s, const void *data,
    size_t len);

#endif
