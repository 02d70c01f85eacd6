/* SPDX-License-Identifier: MIT */
/*
 * gotofs allow: let more removals go than the guard's limits, for a while, and
 * say why: the reason is in the journal.
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "call.h"
#include "cmd.h"
#include "find.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "value.h"

const struct cmd_option allow_cmd_options[] = {
    {'n', "removals", "N", "so many, of whatever kind; 0 takes it back"},
    {'t', "for", "TIME", "for so long: 90s, 10m, 2h; a day at most"},
    {'r', "reason", "TEXT", "why; the journal keeps it"},
    {'h', "help", NULL, "print this and exit"},
    {0},
};

struct allow {
	int64_t removals; /* -1: not given */
	int64_t for_ms;	  /* 0: not given */
	const char *reason;
};

static int
allow_take(struct allow *w, int letter, const char *value, struct err *err)
{
	if (letter == 'n')
		return value_removals(value, &w->removals, err) < 0
			   ? err_prefix(err, "--removals")
			   : 0;
	if (letter == 't')
		return value_duration(value, &w->for_ms, err) < 0
			   ? err_prefix(err, "--for")
			   : 0;
	w->reason = value;
	return value_check_text(value, err) < 0 ? err_prefix(err, "--reason")
						: 0;
}

static int
allow_parse(struct args *a, struct allow *ret)
{
	struct err err = ERR_NONE;
	int letter;

	while ((letter = args_next(a)) >= 0)
		if (allow_take(ret, letter, a->value, &err) < 0) {
			a->exit_status = args_refuse(a->cmd, "%s", err.msg);
			return -EINVAL;
		}
	if (letter != ARGS_END)
		return -EINVAL;
	if (ret->removals >= 0 && ret->for_ms > 0 && ret->reason)
		return 0;
	a->exit_status = args_refuse(
	    a->cmd, "allow: --removals, --for and --reason are all needed");
	return -EINVAL;
}

static int
allow_fill(struct json *request, const struct allow *w)
{
	int r = json_set_str(request, "command", "allow");

	if (r == 0)
		r = json_set_int(request, "removals", w->removals);
	if (r == 0)
		r = json_set_int(request, "for_ms", w->for_ms);
	return r < 0 ? r : json_set_str(request, "reason", w->reason);
}

static void
allow_report(const struct allow *w, const struct json *answer)
{
	time_t until = (time_t)(json_get_int(answer, "until", 0) / 1000);
	char text[40];
	struct tm tm;

	if (w->removals == 0) {
		puts("no removals are allowed beyond the limits any more");
		return;
	}
	strftime(
	    text, sizeof(text), "%Y-%m-%d %H:%M:%S", localtime_r(&until, &tm));
	printf("%lld removal%s allowed until %s\n", (long long)w->removals,
	    w->removals == 1 ? " is" : "s are", text);
}

int
cmd_allow(const struct cmd *cmd, int argc, char **argv)
{
	AUTO(find_done) struct find f = FIND_NONE;
	AUTO(json_done) struct json *request = json_new_object();
	AUTO(json_done) struct json *answer = NULL;
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	struct allow want = {-1, 0, NULL};
	struct err err = ERR_NONE;

	if (allow_parse(&a, &want) < 0)
		return a.exit_status;
	if (!request || allow_fill(request, &want) < 0) {
		err_nomem(&err);
		return cmd_fail(&err);
	}
	if (call_ask(a.operands[0], request, &f, &answer, &err) < 0)
		return cmd_fail(&err);
	allow_report(&want, answer);
	return CMD_OK;
}
