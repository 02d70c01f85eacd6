/* SPDX-License-Identifier: MIT */
/*
 * gotofs journal: the journal as evidence.
 *
 *	verify DIR | FILE...	is its chain whole, up to the end written down?
 *	cat DIR | FILE...	all of its lines, the oldest first
 *
 * DIR is in a mount, or is a state folder (nothing need be mounted then); what
 * is read are the files and the database there, not what the daemon tells.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "find.h"
#include "gotofs/err.h"
#include "gotofs/store_journal.h"
#include "gotofs/text.h"

static int
journal_state_of_mount(const char *dir, char **ret, struct err *err)
{
	AUTO(find_done) struct find f = FIND_NONE;
	char *slash;
	int r = find_daemon(dir, &f, err);

	if (r < 0)
		return r;
	slash = strrchr(f.socket, '/');
	if (!slash)
		return err_set(err, -ENODEV, "%s: names no state folder", dir);
	*slash = '\0';
	*ret = TAKE(f.socket);
	return 0;
}

/* The state folder that dir is, or is mounted from. */
static int
journal_state(const char *dir, char **ret, struct err *err)
{
	AUTO(text_done) char *database = text_printf("%s/mirror.db", dir);

	if (!database)
		return err_nomem(err);
	if (access(database, F_OK) < 0)
		return journal_state_of_mount(dir, ret, err);
	*ret = text_dup(dir);
	return *ret ? 0 : err_nomem(err);
}

static bool
journal_is_folder(const char *path)
{
	struct stat st;

	/* the root of a mount whose daemon is gone is one as well */
	return stat(path, &st) < 0 ? find_is_gone(errno) : S_ISDIR(st.st_mode);
}

static int
journal_chain_line(void *chain, const char *line, size_t n, struct err *err)
{
	return journal_chain_add(chain, line, n, err);
}

static int
journal_print_line(void *ctx, const char *line, size_t n, struct err *err)
{
	if (fwrite(line, 1, n, stdout) == n && putchar('\n') != EOF)
		return 0;
	return err_set(err, -EPIPE, "standard output: %s", strerror(errno));
}

static int
journal_verify_files(
    char **file, int n, struct journal_chain *chain, struct err *err)
{
	int i, r = 0;

	for (i = 0; i < n && r == 0; i++)
		r = journal_each_in_file(
		    file[i], journal_chain_line, chain, err);
	return r;
}

static int
journal_run_verify(char **operand, int n, struct err *err)
{
	struct journal_chain chain = JOURNAL_CHAIN_NONE;
	AUTO(text_done) char *dir = NULL;
	int r = 0;

	if (n == 1 && journal_is_folder(operand[0])) {
		r = journal_state(operand[0], &dir, err);
		if (r == 0)
			r = journal_verify(dir, &chain, err);
	} else {
		r = journal_verify_files(operand, n, &chain, err);
	}
	if (r < 0)
		return r;
	if (chain.lines_n == 0)
		printf("the journal is empty\n");
	else
		printf("%lld lines are whole, seq %lld to %lld; the last "
		       "one's SHA-256 is %s\n",
		    (long long)chain.lines_n, (long long)chain.first_seq,
		    (long long)chain.seq, chain.hash);
	return 0;
}

static int
journal_run_cat(char **operand, int n, struct err *err)
{
	AUTO(text_done) char *dir = NULL;
	int i, r = 0;

	if (n == 1 && journal_is_folder(operand[0])) {
		r = journal_state(operand[0], &dir, err);
		return r < 0 ? r
			     : journal_each(dir, journal_print_line, NULL, err);
	}
	for (i = 0; i < n && r == 0; i++)
		r = journal_each_in_file(
		    operand[i], journal_print_line, NULL, err);
	return r;
}

int
cmd_journal(const struct cmd *cmd, int argc, char **argv)
{
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	struct err err = ERR_NONE;
	int n, r;

	while (args_next(&a) >= 0)
		;
	if (!a.operands)
		return a.exit_status;
	n = argc - (int)(a.operands - argv) - 1;
	if (strcmp(a.operands[0], "verify") == 0)
		r = journal_run_verify(a.operands + 1, n, &err);
	else if (strcmp(a.operands[0], "cat") == 0)
		r = journal_run_cat(a.operands + 1, n, &err);
	else
		return args_refuse(cmd,
		    "journal: \"%s\" is neither verify "
		    "nor cat",
		    a.operands[0]);
	if (r == 0 && fflush(stdout) != 0)
		r = err_set(
		    &err, -EPIPE, "standard output: %s", strerror(errno));
	if (r < 0)
		cmd_local(&err);
	return r < 0 ? cmd_fail(&err) : CMD_OK;
}
