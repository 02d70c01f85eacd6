/* SPDX-License-Identifier: MIT */
/*
 * gotofs apply, discard: what the daemon of a mount does when it is
 * asked by that name, and nothing else need be said.  What was refused of a
 * plan is listed as gotofs sync does.
 */
#include "call.h"
#include "cmd.h"
#include "find.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

int
cmd_ask(const struct cmd *cmd, int argc, char **argv)
{
	AUTO(find_done) struct find f = FIND_NONE;
	AUTO(json_done) struct json *answer = NULL;
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	struct err err = ERR_NONE;

	while (args_next(&a) >= 0)
		;
	if (!a.operands)
		return a.exit_status;
	if (call_daemon(a.operands[0], cmd->name, 0, &f, &answer, &err) < 0)
		return cmd_fail(&err);
	return call_report(a.operands[0], answer);
}
