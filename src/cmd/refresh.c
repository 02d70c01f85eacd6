/* SPDX-License-Identifier: MIT */
/*
 * gotofs refresh: read the account anew; with --activity also who used what.
 */
#include <stdio.h>

#include "call.h"
#include "cmd.h"
#include "find.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

const struct cmd_option refresh_cmd_options[] = {
    {'a', "activity", NULL, "then ask who used what, whenever that was last"},
    {'h', "help", NULL, "print this and exit"},
    {0},
};

/* A line for each product whose source does not tell. */
static int
refresh_report(const char *dir, const struct json *answer)
{
	const struct json *list = json_get(answer, "troubles");
	const struct json *line = json_first(list);

	if (!line)
		return CMD_OK;
	for (; line; line = json_next(line))
		puts(json_str(line));
	fflush(stdout);
	fprintf(stderr,
	    "gotofs: %s: of %zu product%s nobody tells who uses %s\n", dir,
	    json_n(list), json_n(list) == 1 ? "" : "s",
	    json_n(list) == 1 ? "it" : "them");
	return CMD_FAILED;
}

int
cmd_refresh(const struct cmd *cmd, int argc, char **argv)
{
	AUTO(find_done) struct find f = FIND_NONE;
	AUTO(json_done) struct json *answer = NULL;
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	const char *command = "refresh";
	struct err err = ERR_NONE;
	int letter;

	while ((letter = args_next(&a)) >= 0)
		command = "refresh-activity";
	if (letter == ARGS_DONE)
		return a.exit_status;
	if (call_daemon(a.operands[0], command, 0, &f, &answer, &err) < 0)
		return cmd_fail(&err);
	return refresh_report(a.operands[0], answer);
}
