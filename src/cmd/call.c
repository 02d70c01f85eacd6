/* SPDX-License-Identifier: MIT */
#include "call.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "ctl.h"
#include "find.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "progress.h"

int
call_ask(const char *dir, struct json *request, struct find *ret_find,
    struct json **ret_answer, struct err *err)
{
	struct progress progress;
	pid_t pid;
	int fd, r;

	if (find_connect(dir, ret_find, &fd, &pid, err) < 0)
		return cmd_local(err);
	if (json_set_str(request, "path", ret_find->inside) < 0) {
		close(fd);
		return err_nomem(err);
	}
	progress_init(&progress, stderr);
	r = ctl_ask(fd, request, -1, progress_show, &progress, ret_answer, err);
	progress_clear(&progress);
	return r;
}

int
call_daemon(const char *dir, const char *command, int64_t timeout_ms,
    struct find *ret_find, struct json **ret_answer, struct err *err)
{
	AUTO(json_done) struct json *request = json_new_object();

	if (!request || json_set_str(request, "command", command) < 0 ||
	    json_set_int(request, "timeout_ms", timeout_ms) < 0)
		return err_nomem(err);
	return call_ask(dir, request, ret_find, ret_answer, err);
}

int
call_report(const char *dir, const struct json *answer)
{
	const struct json *line = json_first(json_get(answer, "failures"));
	int64_t failed_n = json_get_int(answer, "failed", 0);

	for (; line; line = json_next(line))
		puts(json_str(line));
	if (failed_n == 0)
		return CMD_OK;
	fflush(stdout);
	fprintf(stderr, "gotofs: %s: %lld change%s refused\n", dir,
	    (long long)failed_n, failed_n == 1 ? " was" : "s were");
	return CMD_FAILED;
}
