/* SPDX-License-Identifier: MIT */
#include "mount.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "gotofs/daemon.h"
#include "gotofs/err.h"
#include "gotofs/text.h"
#include "value.h"

const struct cmd_option mount_cmd_options[] = {
    {'f', "foreground", NULL, "stay in the foreground; log to stderr"},
    {'o', "options", "OPT[,OPT]", "mount options, see below"},
    {'v', "verbose", NULL, "log more; twice: everything"},
    {'l', "log-level", "LEVEL",
	"what is logged: error, warn (default), info or debug"},
    {'h', "help", NULL, "print this and exit"},
    {0},
};

void
mount_plan_init(struct mount_plan *p)
{
	*p = (struct mount_plan){.options = MOUNT_OPTIONS_NONE};
	options_init(&p->options);
}

void
mount_plan_done(struct mount_plan *p)
{
	options_done(&p->options);
	conf_done(&p->conf);
	key_done(&p->key);
	text_done(&p->mountpoint);
	text_done(&p->state_dir);
	text_done(&p->live_dir);
	text_done(&p->socket);
}

static int
plan_take(struct mount_plan *p, int letter, const char *value, struct err *err)
{
	enum log_level *level = &p->options.log_level;

	switch (letter) {
	case 'f':
		p->foreground = true;
		return 0;
	case 'o':
		return options_parse(&p->options, value, err);
	case 'v':
		*level += *level < LOG_LEVEL_DEBUG;
		return 0;
	default: /* 'l' */
		return value_log_level(value, level, err);
	}
}

static int
plan_parse(struct mount_plan *p, struct args *a, int *ret_exit)
{
	struct err err = ERR_NONE;
	int letter;

	while ((letter = args_next(a)) >= 0)
		if (plan_take(p, letter, a->value, &err) < 0) {
			*ret_exit = args_refuse(a->cmd, "%s", err.msg);
			return -EINVAL;
		}
	*ret_exit = a->exit_status;
	return letter == ARGS_END ? 0 : -EINVAL;
}

/* A dry run has a folder of its own, so that it works beside the live mount. */
static int
plan_state_dir(struct mount_plan *p, struct err *err)
{
	p->state_dir = text_dup(
	    p->options.state_dir ? p->options.state_dir : p->conf.state_dir);
	if (!p->state_dir)
		return err_nomem(err);
	if (!p->options.dry_run)
		return 0;
	p->live_dir = TAKE(p->state_dir);
	p->state_dir = text_printf("%s/" MOUNT_DRY_RUN, p->live_dir);
	return p->state_dir ? 0 : err_nomem(err);
}

/* The state folder, private, and not below the mount point: the daemon would
 * wait for itself. */
static int
plan_state(struct mount_plan *p, struct err *err)
{
	AUTO(text_done) char *below = text_printf("%s/", p->mountpoint);
	int r = plan_state_dir(p, err);

	if (r < 0)
		return r;
	p->socket = text_printf("%s/control.sock", p->state_dir);
	if (!below || !p->socket)
		return err_nomem(err);
	if (text_starts(p->socket, below))
		return err_set(err, -EINVAL,
		    "the state folder %s is below the mount point",
		    p->state_dir);
	if (p->live_dir)
		r = conf_path_make_private(p->live_dir, err);
	return r < 0 ? r : conf_path_make_private(p->state_dir, err);
}

/* Only root opens it; for others fusermount3 does. */
static int
plan_check_fuse(struct err *err)
{
	if (access("/dev/fuse", geteuid() == 0 ? R_OK | W_OK : F_OK) == 0)
		return 0;
	return err_set(err, -EPERM, "/dev/fuse: %s; is FUSE available here?",
	    strerror(errno));
}

/* A passphrase is asked for while there is a terminal, and when nothing else is
 * wrong. */
static int
plan_key(struct mount_plan *p)
{
	struct err err = ERR_NONE;

	if (!conf_has_login(&p->conf) ||
	    key_get(&p->conf, false, &p->key, &err) == 0)
		return CMD_OK;
	err_prefix(
	    &err, "no key for the login (run: gotofs login %s)", p->conf.name);
	cmd_fail(&err);
	return CMD_REFUSED;
}

/* Everything that can be known before the first request. */
static int
plan_check(struct mount_plan *p, const char *profile, const char *dir)
{
	struct err err = ERR_NONE;

	if (conf_load(profile, &p->conf, &err) < 0) {
		cmd_fail(&err);
		return CMD_REFUSED;
	}
	if (mount_point_check(dir, &p->mountpoint, &err) == 0 &&
	    plan_state(p, &err) == 0 && plan_check_fuse(&err) == 0)
		return plan_key(p);
	cmd_local(&err);
	return cmd_fail(&err);
}

int
mount_plan_run(struct mount_plan *p, const char *profile, const char *dir)
{
	struct err err = ERR_NONE;
	int status = plan_check(p, profile, dir);

	if (status != CMD_OK || p->fake)
		return status;
	if (!p->foreground && daemon_fork(&err) < 0)
		return cmd_fail(&err);
	return serve(p);
}

int
cmd_mount(const struct cmd *cmd, int argc, char **argv)
{
	AUTO(mount_plan_done) struct mount_plan plan;
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	int status;

	mount_plan_init(&plan);
	if (plan_parse(&plan, &a, &status) < 0)
		return status;
	return mount_plan_run(&plan, a.operands[0], a.operands[1]);
}
