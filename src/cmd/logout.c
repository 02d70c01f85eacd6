/* SPDX-License-Identifier: MIT */
/* gotofs logout: the login of a profile ends at GoTo and here. */
#include <stdio.h>

#include "cmd.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/goto_login.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "key.h"

#define LOGOUT_LOCK_MS 60000

/* -ENOENT: nobody was. */
static int
logout_revoke(const struct conf *c, struct err *err)
{
	AUTO(key_done) struct key key = {0};
	AUTO(secret_done) char *secret = NULL;
	AUTO(token_done) struct token t = TOKEN_NONE;
	struct token_place place;
	struct goto_conf api;
	int r = conf_api(c, &secret, &api, err);

	if (r == 0)
		r = key_get(c, false, &key, err);
	if (r < 0)
		return cmd_local(err);
	place = key_place(&key, c);
	r = token_read(&place, &t, err);
	if (r < 0)
		return cmd_local(err);
	if (!t.is_pat)
		return goto_revoke(&api, &t, err);
	puts("the personal access token itself lives on: delete it in the "
	     "GoTo account if nothing else uses it");
	return 0;
}

static int
logout_run(const struct conf *c, struct err *err)
{
	AUTO(text_done) char *path = conf_login_path(c);
	struct err wiping = ERR_NONE;
	FILE *f = path ? fopen(path, "re") : NULL;
	int fd = -1, r, e;

	if (!path)
		return err_nomem(err);
	if (!f) {
		puts("nobody was logged in");
		return 0;
	}
	fclose(f);
	r = token_lock(path, clock_boot_ms() + LOGOUT_LOCK_MS, &fd, err);
	if (r < 0)
		return r;
	r = logout_revoke(c, err);
	e = token_remove(path, &wiping);
	token_unlock(fd);
	if (e < 0) {
		*err = wiping;
		return e;
	}
	if (r < 0)
		return err_prefix(err,
		    "wiped here, but not revoked: end it in the GoTo account");
	puts("logged out");
	return 0;
}

int
cmd_logout(const struct cmd *cmd, int argc, char **argv)
{
	AUTO(conf_done) struct conf c = CONF_NONE;
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	struct err err = ERR_NONE;

	while (args_next(&a) >= 0)
		;
	if (!a.operands)
		return a.exit_status;
	secret_protect_process();
	if (conf_load(a.operands[0], &c, &err) < 0) {
		cmd_fail(&err);
		return CMD_REFUSED;
	}
	return logout_run(&c, &err) < 0 ? cmd_fail(&err) : CMD_OK;
}
