/* SPDX-License-Identifier: MIT */
/*
 * gotofs sync: send what is pending below DIR, wait, list what was refused:
 * one line each on stdout, "users/x.json: why".  What waits for somebody who is
 * not there is no failure, and is told on stderr.
 */
#include <errno.h>
#include <stdio.h>

#include "call.h"
#include "cmd.h"
#include "find.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "value.h"

#define SYNC_TIMEOUT_MAX_MS INT64_C(86400000)

const struct cmd_option sync_cmd_options[] = {
    {'t', "timeout", "SECONDS", "give up waiting then; the changes go on"},
    {'h', "help", NULL, "print this and exit"},
    {0},
};

static int
sync_parse(struct args *a, int64_t *ret_timeout_ms)
{
	struct err err = ERR_NONE;
	int letter;

	while ((letter = args_next(a)) >= 0)
		if (value_seconds(a->value, 1, SYNC_TIMEOUT_MAX_MS, true,
			ret_timeout_ms, &err) < 0) {
			a->exit_status =
			    args_refuse(a->cmd, "--timeout: %s", err.msg);
			return -EINVAL;
		}
	return letter == ARGS_END ? 0 : -EINVAL;
}

static void
sync_tell_waiting(const char *dir, const struct json *answer)
{
	const struct json *name = json_first(json_get(answer, "people"));
	int64_t links_n = json_get_int(answer, "waiting", 0);
	int64_t people_n = json_get_int(answer, "awaited", 0);

	if (links_n == 0)
		return;
	fprintf(stderr,
	    "gotofs: %s: %lld link%s for somebody who is not there yet:", dir,
	    (long long)links_n, links_n == 1 ? " waits" : "s wait");
	for (; name; name = json_next(name), people_n--)
		fprintf(stderr, " %s", json_str(name));
	if (people_n > 0)
		fprintf(stderr, " and %lld more", (long long)people_n);
	fprintf(stderr, "; after 10 minutes without him a link is given up\n");
}

int
cmd_sync(const struct cmd *cmd, int argc, char **argv)
{
	AUTO(find_done) struct find f = FIND_NONE;
	AUTO(json_done) struct json *answer = NULL;
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	struct err err = ERR_NONE;
	int64_t timeout_ms = 0;

	if (sync_parse(&a, &timeout_ms) < 0)
		return a.exit_status;
	if (call_daemon(a.operands[0], "sync", timeout_ms, &f, &answer, &err) <
	    0)
		return cmd_fail(&err);
	sync_tell_waiting(a.operands[0], answer);
	return call_report(a.operands[0], answer);
}
