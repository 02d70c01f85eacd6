/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "options.h"

#define ARGS_OPTIONS_MAX 8

const struct cmd_option plain_cmd_options[] = {
    {'h', "help", NULL, "print this and exit"},
    {0},
};

struct args_getopt {
	char shorts[2 * ARGS_OPTIONS_MAX + 1];
	struct option longs[ARGS_OPTIONS_MAX + 1];
};

/* Our table in getopt's words. */
static void
args_fill(const struct cmd_option *options, struct args_getopt *g)
{
	char *s = g->shorts;
	int i;

	memset(g, 0, sizeof(*g));
	for (i = 0; i < ARGS_OPTIONS_MAX && options[i].letter; i++) {
		const struct cmd_option *o = &options[i];

		*s++ = o->letter;
		if (o->arg)
			*s++ = ':';
		g->longs[i].name = o->name;
		g->longs[i].has_arg = o->arg ? required_argument : no_argument;
		g->longs[i].val = o->letter;
	}
}

static int
args_done(struct args *a, int exit_status)
{
	a->exit_status = exit_status;
	return ARGS_DONE;
}

static int
args_end(struct args *a)
{
	int n = a->argc - optind, want = a->cmd->operands_n;

	if (want >= 0 ? n == want : n >= -want) {
		a->operands = a->argv + optind;
		return ARGS_END;
	}
	return args_done(
	    a, args_refuse(a->cmd, "%s: expected %s%d operand%s, got %d",
		   a->cmd->name, want < 0 ? "at least " : "", abs(want),
		   abs(want) == 1 ? "" : "s", n));
}

int
args_next(struct args *a)
{
	struct args_getopt g;
	int letter;

	args_fill(a->cmd->options, &g);
	letter = getopt_long(a->argc, a->argv, g.shorts, g.longs, NULL);
	a->value = optarg;
	if (letter == -1)
		return args_end(a);
	if (letter == 'h') {
		cmd_print_usage(a->cmd, stdout);
		cmd_print_options(a->cmd, stdout);
		return args_done(a, CMD_OK);
	}
	if (letter == '?') {
		/* getopt has named the option already */
		cmd_print_usage(a->cmd, stderr);
		return args_done(a, CMD_USAGE);
	}
	return letter;
}

int
args_refuse(const struct cmd *cmd, const char *fmt, ...)
{
	va_list ap;

	fputs("gotofs: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	cmd_print_usage(cmd, stderr);
	return CMD_USAGE;
}

void
cmd_print_usage(const struct cmd *cmd, FILE *out)
{
	fprintf(out, "usage: gotofs %s %s\n", cmd->name, cmd->args);
}

void
cmd_print_options(const struct cmd *cmd, FILE *out)
{
	const struct cmd_option *o;

	for (o = cmd->options; o->letter; o++)
		fprintf(out, "  -%c, --%s%s%s\n\t%s\n", o->letter, o->name,
		    o->arg ? " " : "", o->arg ? o->arg : "", o->what);
	if (cmd->options == mount_cmd_options) {
		fputs("mount options (-o OPT[,OPT]):\n", out);
		options_print(out);
	}
}
