/* SPDX-License-Identifier: MIT */
/*
 * call (floor 6): a subcommand's question to the daemon of a mount.
 */
#ifndef CMD_CALL_H
#define CMD_CALL_H

#include <stdint.h>

struct err;
struct find;
struct json;

/* Finds the mount that holds dir and asks its daemon {"command":...}, with the
 * path inside and timeout_ms; shows progress on a terminal. */
int call_daemon(const char *dir, const char *command, int64_t timeout_ms,
    struct find *ret_find, struct json **ret_answer, struct err *err);
/* What sync and apply answer: each refused change a line on stdout, their
 * number on stderr; returns the exit status. */
int call_report(const char *dir, const struct json *answer);

/* The same with a request of its own ({"command":...}); path is added. */
int call_ask(const char *dir, struct json *request, struct find *ret_find,
    struct json **ret_answer, struct err *err);

#endif
