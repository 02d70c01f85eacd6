/* SPDX-License-Identifier: MIT */
/*
 * gotofs: argv to subcommand.
 *
 * mount(8) calls us through mount.fuse as "gotofs PROFILE DIR -o OPTIONS",
 * with exactly that shape: it means "gotofs mount -o OPTIONS PROFILE DIR",
 * whatever the profile is called.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "suggest.h"

static const struct cmd cmds[] = {
    {"mount", "[-f] [-o OPT[,OPT]] PROFILE DIR",
	"mount the account of a profile on an empty folder", mount_cmd_options,
	2, cmd_mount},
    {"umount", "DIR", "unmount, and wait until what is pending was sent",
	plain_cmd_options, 1, cmd_umount},
    {"status", "[--json] DIR", "tell how the mount is doing",
	status_cmd_options, 1, cmd_status},
    {"sync", "[--timeout SECONDS] DIR",
	"send what is pending below DIR, wait, list what was refused",
	sync_cmd_options, 1, cmd_sync},
    {"plan", "[--json] DIR",
	"tell what a dry run (mount -o dry_run) would send", plan_cmd_options,
	1, cmd_plan},
    {"apply", "DIR", "send what a dry run holds, wait, list what was refused",
	plain_cmd_options, 1, cmd_apply},
    {"discard", "DIR", "forget what a dry run would send", plain_cmd_options, 1,
	cmd_discard},
    {"refresh", "DIR", "read the account anew, and wait for it",
	plain_cmd_options, 1, cmd_refresh},
    {"journal", "verify|cat DIR|FILE...",
	"check the journal's chain, or print all of it", plain_cmd_options, -2,
	cmd_journal},
    {"allow", "--removals N --for TIME --reason TEXT DIR",
	"let more removals go than the guard's limits", allow_cmd_options, 1,
	cmd_allow},
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

static bool
main_is_mount_helper(int argc, char **argv)
{
	if (argc != 5 || argv[1][0] == '-' || strcmp(argv[3], "-o") != 0)
		return false;
	/* "gotofs mount PROFILE -o OPTIONS" has forgotten its DIR */
	return strcmp(argv[1], "mount") != 0 || argv[2][0] == '/';
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
	if (main_is_mount_helper(argc, argv))
		return main_run(&cmds[0], argc, argv);
	cmd = main_find(argv[1]);
	if (!cmd)
		return main_unknown(argv[1]);
	return main_run(cmd, argc - 1, argv + 1);
}
