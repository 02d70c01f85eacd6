/* SPDX-License-Identifier: MIT */
/*
 * gotofs login: a token for a profile, sealed beside its state.
 *
 * What is new is first kept beside the old one and tried: the old login goes
 * only when the new one has told whose it is.  One at a time does so.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/goto_login.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "key.h"
#include "listen.h"
#include "prompt.h"
#include "value.h"

#define LOGIN_WAIT_MS (10 * 60 * 1000) /* a code's life (2.2, D) */
#define LOGIN_LOCK_MS 60000

const struct cmd_option login_cmd_options[] = {
    {'a', "account", "KEY", "of several accounts, this one"},
    {'p', "pat-file", "FILE", "a personal access token; -: standard input"},
    {'r', "refresh-token-file", "FILE", "a refresh token; -: standard input"},
    {'P', "port", "N", "listen there for the browser; 0: any"},
    {'h', "help", NULL, "print this and exit"},
    {0},
};

struct login {
	struct conf conf;
	struct key key;
	struct goto_conf api;
	char *client_secret;
	char *account;	 /* asked for; borrowed */
	const char *pat; /* files; borrowed */
	const char *refresh;
	long port; /* -1: as the profile says */
	struct token token;
	/* a code's way */
	struct goto_login attempt;
	char *code;
};

static void
login_done(struct login *l)
{
	conf_done(&l->conf);
	key_done(&l->key);
	secret_done(&l->client_secret);
	secret_done(&l->code);
	token_done(&l->token);
	goto_login_done(&l->attempt);
}

/* ---- where the token comes from ---- */

/* The first line of standard input, which a terminal does not show. */
static int
login_from_input(struct login *l, struct err *err)
{
	char line[TOKEN_BYTES_MAX + 2];
	int r = 0;

	if (isatty(STDIN_FILENO)) {
		r = prompt_secret(
		    l->pat ? "personal access token" : "refresh token",
		    &l->token.text, err);
		if (r != -ENXIO && r != -ENODATA)
			return r;
	}
	if (r == -ENODATA || !fgets(line, sizeof(line), stdin))
		*line = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	r = 0;
	if (!*line)
		r = err_set(err, -EINVAL, "standard input: no token there");
	else if (!(l->token.text = secret_dup(line)))
		r = err_nomem(err);
	secret_wipe(line, sizeof(line));
	return r;
}

static int
login_from_file(struct login *l, const char *file, struct err *err)
{
	int r = strcmp(file, "-") == 0
		    ? login_from_input(l, err)
		    : secret_read_file(file, &l->token.text, err);

	l->token.is_pat = l->pat != NULL;
	l->token.since_ms = clock_wall_ms();
	return r;
}

static int
login_came(void *ctx, const char *url, struct err *err)
{
	struct login *l = ctx;
	int r = goto_login_answer(&l->attempt, url, &l->code, err);

	return r < 0 ? r
		     : goto_login_code(
			   &l->api, &l->attempt, l->code, &l->token, err);
}

static int
login_from_browser(struct login *l, struct err *err)
{
	AUTO(listen_done) struct listen at = LISTEN_NONE;
	AUTO(text_done) char *url = NULL;
	int r;

	if (l->port >= 0)
		url = text_printf("http://localhost:%ld/callback", l->port);
	r = listen_open(url ? url : l->conf.redirect_url, &at, err);
	if (r == 0)
		r = goto_login_begin(&l->api, at.url, &l->attempt, err);
	if (r < 0)
		return r;
	printf("Open this address in a browser and log in as an "
	       "administrator:\n\n%s\n\n",
	    l->attempt.url);
	if (at.fd >= 0)
		printf("Waiting on %s; without a browser on this machine, "
		       "paste here\nthe address that yours was sent to.\n",
		    at.url);
	else
		puts("Then paste here the address that it was sent to.");
	fflush(stdout);
	return listen_wait(&at, LOGIN_WAIT_MS, login_came, l, err);
}

/* ---- whose it is ---- */

static int
login_ask_account(const struct goto_identity *who, size_t *ret, struct err *err)
{
	char line[32];
	const char *end;
	size_t i, n = strv_n(who->keys);
	int64_t chosen = 1;

	printf("%s is in several accounts:\n", who->email);
	for (i = 0; i < n; i++)
		printf("%3zu  %s  %s\n", i + 1, who->keys[i], who->names[i]);
	printf("Which one [1]? ");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return err_set(err, -EINVAL, "no account was chosen");
	line[strcspn(line, "\n")] = '\0';
	end = *line ? text_number(line, (int64_t)n, &chosen) : line;
	if (!end || *end || chosen < 1)
		return err_set(err, -EINVAL, "there is no such number");
	*ret = (size_t)chosen - 1;
	return 0;
}

static int
login_several(const struct goto_identity *who, struct err *err)
{
	size_t i;

	for (i = 0; i < strv_n(who->keys); i++)
		fprintf(stderr, "  %s  %s\n", who->keys[i], who->names[i]);
	return err_set(err, -EINVAL,
	    "%s is in several accounts: choose one with --account KEY, or in "
	    "the profile with account_key",
	    who->email);
}

static int
login_choose(const struct login *l, const struct goto_identity *who,
    size_t *ret, struct err *err)
{
	const char *want = l->account ? l->account : l->conf.account_key;
	size_t i;

	if (l->account && l->conf.account_key &&
	    strcmp(l->account, l->conf.account_key) != 0)
		return err_set(err, -EINVAL,
		    "--account %s, but the profile names %s", l->account,
		    l->conf.account_key);
	for (i = 0; want && i < strv_n(who->keys); i++)
		if (strcmp(who->keys[i], want) == 0) {
			*ret = i;
			return 0;
		}
	if (want)
		return err_set(err, -EACCES,
		    "%s is not in the account %s; his: %s", who->email, want,
		    who->keys[0]);
	if (strv_n(who->keys) > 1)
		return isatty(STDIN_FILENO) ? login_ask_account(who, ret, err)
					    : login_several(who, err);
	*ret = 0;
	return 0;
}

/* ---- trying and keeping ---- */

static int
login_try(struct login *l, const struct token_place *fresh,
    struct goto_identity *ret, struct err *err)
{
	struct goto_client *c = NULL;
	int r = token_write(fresh, &l->token, err);

	l->api.login = fresh;
	if (r == 0)
		r = goto_client_new(&l->api, &c, err);
	if (r == 0)
		r = goto_identify(c, ret, err);
	goto_client_free(c);
	return r;
}

/* Read again: it may have been renewed on the way. */
static int
login_keep(struct login *l, const struct token_place *fresh,
    const char *account, struct err *err)
{
	const struct token_place place = key_place(&l->key, &l->conf);
	AUTO(token_done) struct token t = TOKEN_NONE;
	int fd = -1, r = token_read(fresh, &t, err);

	if (r < 0)
		return r;
	text_done(&t.account_key);
	t.account_key = text_dup(account);
	r = t.account_key ? token_lock(place.path,
				clock_boot_ms() + LOGIN_LOCK_MS, &fd, err)
			  : err_nomem(err);
	if (r == 0)
		r = token_write(&place, &t, err);
	token_unlock(fd);
	return r;
}

static int
login_finish_locked(struct login *l, struct err *err)
{
	AUTO(goto_identity_done) struct goto_identity who = GOTO_IDENTITY_NONE;
	AUTO(text_done) char *path = text_printf("%s.new", l->key.path);
	AUTO(text_done) char *lock = text_printf("%s.new.lock", l->key.path);
	struct token_place fresh = key_place(&l->key, &l->conf);
	struct err ignored = ERR_NONE;
	size_t i = 0;
	int r;

	if (!path || !lock)
		return err_nomem(err);
	fresh.path = path;
	r = login_try(l, &fresh, &who, err);
	if (r == 0)
		r = login_choose(l, &who, &i, err);
	if (r == 0)
		r = login_keep(l, &fresh, who.keys[i], err);
	token_remove(path, &ignored);
	unlink(lock);
	if (r == 0)
		printf("logged in as %s, account %s%s%s\n", who.email,
		    who.keys[i], *who.names[i] ? ", " : "", who.names[i]);
	return r;
}

static int
login_finish(struct login *l, struct err *err)
{
	AUTO(text_done) char *path = text_printf("%s.login", l->key.path);
	int fd = -1, r;

	if (!path)
		return err_nomem(err);
	r = token_lock(path, clock_boot_ms() + LOGIN_LOCK_MS, &fd, err);
	if (r < 0)
		return err_prefix(err, "another login is under way");
	r = login_finish_locked(l, err);
	token_unlock(fd);
	return r;
}

static int
login_run(struct login *l, struct err *err)
{
	int r = conf_api(&l->conf, &l->client_secret, &l->api, err);

	if (r == 0)
		r = conf_path_make_private(l->conf.state_dir, err);
	if (r == 0)
		r = key_get(&l->conf, true, &l->key, err);
	if (r < 0)
		return cmd_local(err);
	if (l->pat || l->refresh)
		r = login_from_file(l, l->pat ? l->pat : l->refresh, err);
	else
		r = login_from_browser(l, err);
	return r < 0 ? r : login_finish(l, err);
}

static int
login_option(struct login *l, struct args *a, int letter)
{
	struct err err = ERR_NONE;
	int64_t port;

	if (letter == 'a' && value_check_digits(a->value, &err) < 0)
		return args_refuse(a->cmd, "--account: %s", err.msg);
	if (letter == 'a')
		l->account = (char *)(uintptr_t)a->value;
	if (letter == 'p')
		l->pat = a->value;
	if (letter == 'r')
		l->refresh = a->value;
	if (letter == 'P') {
		const char *end = text_number(a->value, 65535, &port);

		if (!end || *end)
			return args_refuse(
			    a->cmd, "--port: \"%s\" is no port", a->value);
		l->port = (long)port;
	}
	return CMD_OK;
}

int
cmd_login(const struct cmd *cmd, int argc, char **argv)
{
	AUTO(login_done) struct login l = {.port = -1};
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	struct err err = ERR_NONE;
	int letter, status = CMD_OK;

	while ((letter = args_next(&a)) >= 0)
		if (status == CMD_OK)
			status = login_option(&l, &a, letter);
	if (!a.operands)
		return a.exit_status;
	if (status != CMD_OK)
		return status;
	if (l.pat && l.refresh)
		return args_refuse(
		    cmd, "--pat-file or --refresh-token-file, not both");
	secret_protect_process();
	if (conf_load(a.operands[0], &l.conf, &err) < 0) {
		cmd_fail(&err);
		return CMD_REFUSED;
	}
	if (!conf_has_login(&l.conf)) {
		fprintf(stderr,
		    "gotofs: %s: [auth] names a token itself: take out "
		    "pat_file or refresh_token_file\n",
		    l.conf.file);
		return CMD_REFUSED;
	}
	return login_run(&l, &err) < 0 ? cmd_fail(&err) : CMD_OK;
}
