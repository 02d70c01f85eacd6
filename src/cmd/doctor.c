/* SPDX-License-Identifier: MIT */
/* gotofs doctor: the checks in their order, and how it all ends. */
#include "doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "cmd.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/log.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"

#define DOCTOR_BYTES 65536

const struct cmd_option doctor_cmd_options[] = {
    {'j', "json", NULL, "print the findings as JSON"},
    {'h', "help", NULL, "print this and exit"},
    {0},
};

static const char *const doctor_names[] = {"ok", "warning", "bad"};

static int
doctor_keep(struct json *lines, enum doctor_verdict verdict, const char *what,
    const char *text)
{
	struct json *line = json_new_object();

	if (!line)
		return -ENOMEM;
	if (json_set_str(line, "check", what) < 0 ||
	    json_set_str(line, "verdict", doctor_names[verdict]) < 0 ||
	    json_set_str(line, "text", text) < 0) {
		json_free(line);
		return -ENOMEM;
	}
	return json_push(lines, line);
}

void
doctor_say(struct doctor *d, enum doctor_verdict verdict, const char *what,
    const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (verdict == DOCTOR_BAD && d->exit == CMD_OK)
		d->exit = CMD_FAILED;
	if (!d->lines)
		printf("%-8s %-16s %s\n", doctor_names[verdict], what, text);
	else if (doctor_keep(d->lines, verdict, what, text) < 0)
		d->exit = CMD_FAILED;
}

void
doctor_fail(struct doctor *d, int exit, const char *what, const struct err *err)
{
	if (d->exit == CMD_OK)
		d->exit = exit;
	doctor_say(d, DOCTOR_BAD, what, "%s", err->msg);
}

static void
doctor_done(struct doctor *d)
{
	secret_done(&d->serve.client_secret);
	secret_done(&d->serve.pat);
	text_done(&d->serve.account_key);
	mount_plan_done(&d->plan);
	json_free(d->lines);
}

static void
doctor_look(struct doctor *d, const char *profile)
{
	bool known = doctor_profile(d, profile);

	if (known)
		doctor_secrets(d);
	if (known)
		doctor_state(d);
	doctor_fuse(d);
	if (known)
		doctor_servers(d);
	if (d->has_secrets && !d->unreachable)
		doctor_token(d);
}

static int
doctor_print(const struct doctor *d)
{
	AUTO(buf_done) struct buf text = BUF_MAX(DOCTOR_BYTES);
	struct err err = ERR_NONE;

	if (!d->lines)
		return CMD_OK;
	if (json_print_pretty(d->lines, 0, false, &text) < 0) {
		err_nomem(&err);
		return cmd_fail(&err);
	}
	puts(buf_str(&text));
	return CMD_OK;
}

int
cmd_doctor(const struct cmd *cmd, int argc, char **argv)
{
	AUTO(doctor_done) struct doctor d = {.exit = CMD_OK};
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	struct err err = ERR_NONE;
	bool json = false;
	int letter;

	mount_plan_init(&d.plan);
	while ((letter = args_next(&a)) >= 0)
		json = json || letter == 'j';
	if (letter == ARGS_DONE)
		return a.exit_status;
	if (json && !(d.lines = json_new_array())) {
		err_nomem(&err);
		return cmd_fail(&err);
	}
	secret_protect_process();
	log_open(LOG_TO_STDERR, LOG_LEVEL_ERROR);
	doctor_look(&d, a.operands[0]);
	return doctor_print(&d) == CMD_OK ? d.exit : CMD_FAILED;
}
