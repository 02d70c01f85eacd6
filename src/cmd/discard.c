/* SPDX-License-Identifier: MIT */
/* gotofs discard: forget what a dry run would send; the names go back. */
#include "call.h"
#include "cmd.h"
#include "find.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

int
cmd_discard(const struct cmd *cmd, int argc, char **argv)
{
	AUTO(find_done) struct find f = FIND_NONE;
	AUTO(json_done) struct json *answer = NULL;
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	struct err err = ERR_NONE;

	while (args_next(&a) >= 0)
		;
	if (!a.operands)
		return a.exit_status;
	if (call_daemon(a.operands[0], "discard", 0, &f, &answer, &err) < 0)
		return cmd_fail(&err);
	return CMD_OK;
}
