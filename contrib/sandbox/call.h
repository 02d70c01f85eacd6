/* SPDX-License-Identifier: MIT */
/*
 * One HTTP request and its answer, as the handlers see it. No HTTP library
 * here: http.c fills a call, serve.c has it handled, http.c sends it.
 *
 * A handler answers by exactly one reply_*() call; the last one counts.
 */
#ifndef SANDBOX_CALL_H
#define SANDBOX_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "mem.h"
#include "tenant.h"

enum { CALL_ARGS_MAX = 4, CALL_PARAMS_MAX = 64 };

enum outcome {
	OUTCOME_SEND,	  /* the answer */
	OUTCOME_RESET,	  /* no answer, the connection is reset */
	OUTCOME_TRUNCATE, /* half of the body that was announced */
};

struct param {
	char *name;
	char *value;
};

struct route;

struct call {
	char *target; /* path and query, as sent */
	char *path;   /* before the "?", still encoded */
	char *method;
	char *authorization; /* header, or NULL */
	struct buf body;
	struct param params[CALL_PARAMS_MAX];
	size_t params_n;
	bool bad_query;

	const struct route *route;
	char *args[CALL_ARGS_MAX]; /* what stood for each {} */
	struct user *caller;	   /* whose token it is; NULL if none */
	bool bearer_ok;

	int status;
	char *answer;
	size_t answer_n;
	const char *type; /* Content-Type; NULL: none */
	char *location;
	long retry_after_s; /* 0: no header */
	enum outcome outcome;
	const char *fault; /* that was played on it, or NULL */
	bool counted;	   /* it has arrived: not again */
	int socket;
};

/* Take target apart: path and parameters. */
void call_parse(struct call *c);
void call_done(struct call *c);

/* A parameter of the query; NULL if absent. */
const char *call_param(const struct call *c, const char *name);
bool call_flag(const struct call *c, const char *name, bool standard);

/* The body as a JSON object; else answers 400 and returns NULL. The caller
 * frees it. */
cJSON *call_object(struct call *c);

/* Decode "a=b&c=d" into params; plus: "+" is a blank. */
size_t params_parse(const char *text, bool plus, struct param *params);
void params_done(struct param *params, size_t n);

/* Percent-decode n bytes. */
char *url_decode(const char *s, size_t n, bool plus);

void reply_empty(struct call *c, int status);
void reply_text(struct call *c, int status, const char *type, const char *text);
/* Takes text (malloc) of n bytes. */
void reply_take(
    struct call *c, int status, const char *type, char *text, size_t n);
/* Takes tree. */
void reply_tree(struct call *c, int status, cJSON *tree);
/* 200, and what was printed; takes it. */
void reply_buf(struct call *c, const char *type, struct buf *text);

/* Rows of an array that is too long for one tree; out begins with a "[", or
 * something that ends with one. Takes tree. */
void rows_add(struct buf *out, cJSON *tree);

/* Enough for a bare array of everybody. */
#define BUF_LARGE                                                              \
	{                                                                      \
		.max = (size_t)1 << 30                                         \
	}

/* The Admin API's error envelope, 3.11; value may be NULL. */
void reply_error(
    struct call *c, int status, const char *code, const char *value);

/* An error as the gateway in front of all APIs gives it, 3.11 and 6. */
void reply_gateway(
    struct call *c, int status, const char *code, const char *message);

#endif
