/* SPDX-License-Identifier: MIT */
/*
 * gotofs apply: send what a dry run holds, wait, list what was refused: one
 * line each on stdout, "users/x.json: why", as gotofs sync does.
 */
#include <stdio.h>

#include "call.h"
#include "cmd.h"
#include "find.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

int
cmd_apply(const struct cmd *cmd, int argc, char **argv)
{
	AUTO(find_done) struct find f = FIND_NONE;
	AUTO(json_done) struct json *answer = NULL;
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	struct err err = ERR_NONE;

	while (args_next(&a) >= 0)
		;
	if (!a.operands)
		return a.exit_status;
	if (call_daemon(a.operands[0], "apply", 0, &f, &answer, &err) < 0)
		return cmd_fail(&err);
	return call_report(a.operands[0], answer);
}
