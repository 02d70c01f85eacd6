/* SPDX-License-Identifier: MIT */
/*
 * gotofs: argv to subcommand.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "complete.h"
#include "mount.h"
#include "suggest.h"

static const struct cmd cmds[] = {
    {"mount", "[-fv] [-l LEVEL] [-o OPT[,OPT]] PROFILE DIR",
	"mount the account of a profile on an empty folder", mount_cmd_options,
	2, cmd_mount},
    {"login",
	"[--account KEY] [--port N] [--pat-file FILE | --refresh-token-file "
	"FILE] PROFILE",
	"get a token for a profile, and keep it sealed", login_cmd_options, 1,
	cmd_login},
    {"logout", "PROFILE", "end the login of a profile, at GoTo and here",
	plain_cmd_options, 1, cmd_logout},
    {"doctor", "[--json] PROFILE",
	"check all that a mount of the profile needs, and say what to do",
	doctor_cmd_options, 1, cmd_doctor},
    {"umount", "[-l | -d] DIR",
	"unmount, and wait until what is pending was sent", umount_cmd_options,
	1, cmd_umount},
    {"status", "[--json] DIR", "tell how the mount is doing",
	status_cmd_options, 1, cmd_status},
    {"sync", "[--timeout SECONDS] DIR",
	"send what is pending below DIR, wait, list what was refused",
	sync_cmd_options, 1, cmd_sync},
    {"plan", "[--json] DIR",
	"tell what a dry run (mount -o dry_run) would send", plan_cmd_options,
	1, cmd_plan},
    {"apply", "DIR", "send what a dry run holds, wait, list what was refused",
	plain_cmd_options, 1, cmd_ask},
    {"discard", "DIR", "forget what a dry run would send", plain_cmd_options, 1,
	cmd_ask},
    {"refresh", "[--activity] DIR", "read the account anew, and wait for it",
	refresh_cmd_options, 1, cmd_refresh},
    {"journal", "verify|cat DIR|FILE...",
	"check the journal's chain, or print all of it", plain_cmd_options, -2,
	cmd_journal},
    {"reclaim", "[--dry-run] DIR LICENSE/ADDRESS...|--all [--max N] LICENSE...",
	"approve candidates of reclaim/: their seats are taken",
	reclaim_cmd_options, -2, cmd_reclaim},
    {"allow", "--removals N --for TIME --reason TEXT DIR",
	"let more removals go than the guard's limits", allow_cmd_options, 1,
	cmd_allow},
    {"check", "[--before DIR] [--as PLACE] FILE|DIR...",
	"would a mount take these documents and links? (without one)",
	check_cmd_options, -1, cmd_check},
};
#define CMDS_N (sizeof(cmds) / sizeof(cmds[0]))

static void
main_help(void)
{
	size_t i;

	puts("gotofs: a GoTo account as a folder\n");
	for (i = 0; i < CMDS_N; i++) {
		cmd_print_usage(&cmds[i], stdout);
		printf("    %s\n", cmds[i].what);
		cmd_print_options(&cmds[i], stdout);
		putchar('\n');
	}
	puts("usage: gotofs --help | --version\n\nexit status:");
	cmd_print_exits(stdout);
	puts("\nSee gotofs(1), gotofs.conf(5), and .gotofs/HELP in a mount.");
}

static const struct cmd *
main_find(const char *name)
{
	size_t i;

	for (i = 0; i < CMDS_N; i++)
		if (strcmp(cmds[i].name, name) == 0)
			return &cmds[i];
	return NULL;
}

static int
main_unknown(const char *name)
{
	const char *names[CMDS_N + 1] = {NULL};
	const char *near;
	size_t i;

	for (i = 0; i < CMDS_N; i++)
		names[i] = cmds[i].name;
	near = suggest_nearest(name, names);
	fprintf(stderr, "gotofs: unknown command \"%s\"", name);
	if (near)
		fprintf(stderr, "; did you mean \"%s\"?", near);
	fputs("\nSee: gotofs --help\n", stderr);
	return CMD_USAGE;
}

static int
main_run(const struct cmd *cmd, int argc, char **argv)
{
	char name[] = "gotofs"; /* what getopt calls us */

	argv[0] = name;
	return cmd->run(cmd, argc, argv);
}

int
main(int argc, char **argv)
{
	const struct cmd *cmd;

	if (mount_helper_is(argc, argv))
		return mount_helper_main(argc, argv);
	if (argc < 2) {
		fputs("gotofs: what shall I do? See: gotofs --help\n", stderr);
		return CMD_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		main_help();
		return CMD_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("gotofs " GOTOFS_VERSION);
		return CMD_OK;
	}
	if (strcmp(argv[1], "--complete") == 0) {
		complete(cmds, CMDS_N, argv + 2, stdout);
		return CMD_OK;
	}
	cmd = main_find(argv[1]);
	if (!cmd)
		return main_unknown(argv[1]);
	return main_run(cmd, argc - 1, argv + 1);
}
