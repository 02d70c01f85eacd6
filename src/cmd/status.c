/* SPDX-License-Identifier: MIT */
/*
 * gotofs status: what status.json says, for a person or (--json) as it is,
 * with the counts of requests that only the daemon's socket tells.
 */
#include <stdio.h>

#include "call.h"
#include "cmd.h"
#include "find.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

#define STATUS_BYTES (16 * 1024 * 1024)
#define STATUS_COLUMN 22

const struct cmd_option status_cmd_options[] = {
    {'j', "json", NULL, "print the whole status as JSON"},
    {'h', "help", NULL, "print this and exit"},
    {0},
};

static int
status_print_json(const struct json *status, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STATUS_BYTES);

	if (json_print_pretty(status, 0, false, &text) < 0)
		return err_nomem(err);
	puts(buf_str(&text));
	return 0;
}

static void
status_print_value(const struct json *v)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STATUS_BYTES);

	if (json_str(v))
		fputs(json_str(v), stdout);
	else if (json_print(v, &text) == 0)
		fputs(buf_str(&text), stdout);
}

/* "a, b" */
static void
status_print_list(const struct json *list)
{
	const struct json *v = json_first(list);

	for (; v; v = json_next(v)) {
		if (json_type(v) == JSON_OBJECT)
			status_print_list(v);
		else
			status_print_value(v);
		if (json_next(v))
			fputs(", ", stdout);
	}
}

/* A line each, below the name. */
static void
status_print_objects(const struct json *list, int depth)
{
	const struct json *v;

	printf("%*s%s\n", 2 * depth, "", json_name(list));
	for (v = json_first(list); v; v = json_next(v)) {
		printf("%*s", 2 * depth + 2, "");
		status_print_list(v);
		putchar('\n');
	}
}

/* Not worth a line. */
static bool
status_is_nothing(const struct json *object, const struct json *v)
{
	enum json_type type = json_type(v);

	if (type == JSON_NUMBER && text_equal(json_name(object), "requests"))
		return json_get_int(object, json_name(v), 1) == 0;
	return type == JSON_NULL || (type >= JSON_ARRAY && json_n(v) == 0);
}

/* Every member a line, those of an object indented below its name: whatever
 * the tenant tells is shown, there is no second list of it here. */
static void
status_print(const struct json *object, int depth)
{
	const struct json *v;

	for (v = json_first(object); v; v = json_next(v)) {
		int width = STATUS_COLUMN - 2 * depth;

		if (status_is_nothing(object, v))
			continue;
		if (json_type(v) == JSON_OBJECT) {
			printf("%*s%s\n", 2 * depth, "", json_name(v));
			status_print(v, depth + 1);
			continue;
		}
		if (json_type(json_first(v)) == JSON_OBJECT) {
			status_print_objects(v, depth);
			continue;
		}
		printf("%*s%-*s ", 2 * depth, "", width, json_name(v));
		if (json_type(v) == JSON_ARRAY)
			status_print_list(v);
		else
			status_print_value(v);
		putchar('\n');
	}
}

static int
status_show(const char *dir, bool json)
{
	AUTO(find_done) struct find f = FIND_NONE;
	AUTO(json_done) struct json *answer = NULL;
	const struct json *status;
	struct err err = ERR_NONE;

	if (call_daemon(dir, "status", 0, &f, &answer, &err) < 0)
		return cmd_fail(&err);
	status = json_get(answer, "status");
	if (!json) {
		status_print(status, 0);
		return CMD_OK;
	}
	return status_print_json(status, &err) < 0 ? cmd_fail(&err) : CMD_OK;
}

int
cmd_status(const struct cmd *cmd, int argc, char **argv)
{
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	bool json = false;
	int letter;

	while ((letter = args_next(&a)) >= 0)
		json = json || letter == 'j';
	if (letter == ARGS_DONE)
		return a.exit_status;
	return status_show(a.operands[0], json);
}
