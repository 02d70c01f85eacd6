/* SPDX-License-Identifier: MIT */
/*
 * cmd (floor 6): the subcommands, what they take, and how they exit.
 *
 * One file a subcommand; main.c has the table.  A subcommand prints its
 * result to stdout, what went wrong to stderr, and returns an exit status of
 * enum cmd_exit.
 */
#ifndef CMD_H
#define CMD_H

#include <stdio.h>

struct err;

/* The man page has the same list: tests/lint/help-man compares them. */
enum cmd_exit {
	CMD_OK = 0,
	CMD_FAILED = 1,
	CMD_USAGE = 2,
	CMD_DIFFERENCES = 2, /* as diff(1) would say 1: nothing has failed */
	CMD_REFUSED = 3,
	CMD_UNREACHABLE = 4,
	CMD_IN_USE = 5,
	CMD_NOT_MOUNTED = 6,
	CMD_STUCK = 7,
};

/* An option of a subcommand: -l, --name [ARG]. */
struct cmd_option {
	char letter;
	const char *name;
	const char *arg; /* NULL: takes none */
	const char *what;
};

struct cmd {
	const char *name;
	const char *args; /* as printed in the usage */
	const char *what;
	const struct cmd_option *options; /* ended by a zeroed one */
	int operands_n; /* exactly so many; below 0: at least */
	int (*run)(const struct cmd *cmd, int argc, char **argv);
};

extern const struct cmd_option mount_cmd_options[];
extern const struct cmd_option umount_cmd_options[];
extern const struct cmd_option status_cmd_options[];
extern const struct cmd_option sync_cmd_options[];
extern const struct cmd_option allow_cmd_options[];
extern const struct cmd_option login_cmd_options[];
extern const struct cmd_option plain_cmd_options[]; /* --help alone */

extern const struct cmd_option check_cmd_options[];
extern const struct cmd_option plan_cmd_options[];
extern const struct cmd_option doctor_cmd_options[];
extern const struct cmd_option refresh_cmd_options[];
extern const struct cmd_option reclaim_cmd_options[];

int cmd_mount(const struct cmd *cmd, int argc, char **argv);
int cmd_login(const struct cmd *cmd, int argc, char **argv);
int cmd_logout(const struct cmd *cmd, int argc, char **argv);
int cmd_umount(const struct cmd *cmd, int argc, char **argv);
int cmd_status(const struct cmd *cmd, int argc, char **argv);
int cmd_sync(const struct cmd *cmd, int argc, char **argv);
int cmd_journal(const struct cmd *cmd, int argc, char **argv);
int cmd_plan(const struct cmd *cmd, int argc, char **argv);
int cmd_ask(const struct cmd *cmd, int argc, char **argv);
int cmd_refresh(const struct cmd *cmd, int argc, char **argv);
int cmd_reclaim(const struct cmd *cmd, int argc, char **argv);
int cmd_doctor(const struct cmd *cmd, int argc, char **argv);
int cmd_check(const struct cmd *cmd, int argc, char **argv);
int cmd_allow(const struct cmd *cmd, int argc, char **argv);

/* ---- args.c ---- */

#define ARGS_END (-1)
#define ARGS_DONE (-2) /* help was printed, or the usage was wrong */

struct args {
	const struct cmd *cmd;
	int argc;
	char **argv;
	int exit_status; /* after ARGS_DONE */
	const char *value;
	char **operands; /* after ARGS_END */
};

/* The letter of the next option (its argument in a->value), ARGS_END, or
 * ARGS_DONE: return a->exit_status then. */
int args_next(struct args *a);
/* Wrong usage, in one sentence on stderr; returns CMD_USAGE. */
int args_refuse(const struct cmd *cmd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void cmd_print_usage(const struct cmd *cmd, FILE *out);
void cmd_print_options(const struct cmd *cmd, FILE *out);

/* ---- exit.c ---- */

/* A failure of this machine: its errno does not mean what it means coming from
 * GoTo, but for -EBUSY, -ENODEV and -ENOTCONN. Returns the code as it is now.
 */
int cmd_local(struct err *err);
/* The exit status that an error stands for. */
int cmd_exit_of(const struct err *err);
/* "gotofs: sentence" on stderr; returns cmd_exit_of. */
int cmd_fail(const struct err *err);
void cmd_print_exits(FILE *out);

#endif
