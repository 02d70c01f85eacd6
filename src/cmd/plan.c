/* SPDX-License-Identifier: MIT */
/*
 * gotofs plan: what a dry run would send: one line an object, as .gotofs/plan
 * has it, or JSON; the exit status tells whether there is anything.
 */
#include <stdbool.h>
#include <stdio.h>

#include "call.h"
#include "cmd.h"
#include "find.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

#define PLAN_BYTES (512 * 1024 * 1024)

const struct cmd_option plan_cmd_options[] = {
    {'j', "json", NULL, "print the plan as JSON"},
    {'h', "help", NULL, "print this and exit"},
    {0},
};

static int
plan_show(const char *dir, bool json)
{
	AUTO(find_done) struct find f = FIND_NONE;
	AUTO(json_done) struct json *answer = NULL;
	AUTO(buf_done) struct buf text = BUF_MAX(PLAN_BYTES);
	const char *lines;
	struct err err = ERR_NONE;

	if (call_daemon(
		dir, json ? "plan-json" : "plan", 0, &f, &answer, &err) < 0)
		return cmd_fail(&err);
	lines = json_get_str(answer, "text");
	if (lines)
		fputs(lines, stdout);
	else if (json_print_pretty(json_get(answer, "plan"), 0, false, &text) <
		 0)
		return cmd_fail((err_nomem(&err), &err));
	else
		puts(buf_str(&text));
	return json_get_int(answer, "differences", 0) > 0 ? CMD_DIFFERENCES
							  : CMD_OK;
}

int
cmd_plan(const struct cmd *cmd, int argc, char **argv)
{
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	bool json = false;
	int letter;

	while ((letter = args_next(&a)) >= 0)
		json = json || letter == 'j';
	if (letter == ARGS_DONE)
		return a.exit_status;
	return plan_show(a.operands[0], json);
}
