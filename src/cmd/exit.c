/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "cmd.h"
#include "gotofs/err.h"

static const struct {
	int status;
	const char *what;
} exits[] = {
    {CMD_OK, "done; mount: the mount is ready"},
    {CMD_FAILED, "failed; sync, apply: changes were refused; check: a mount "
		 "would not take "
		 "it; refresh --activity: a "
		 "source does not tell; journal verify: it was tampered with; "
		 "journal verify, cat: a part is missing"},
    {CMD_USAGE,
	"wrong usage: command, option or operand; plan: there are differences"},
    {CMD_REFUSED,
	"wrong profile, GoTo refuses the token or its rights, or read-only"},
    {CMD_UNREACHABLE, "GoTo cannot be reached, or did not answer in time"},
    {CMD_IN_USE, "the state folder or the mount point is in use; apply: it is "
		 "on its way"},
    {CMD_NOT_MOUNTED, "DIR is not in a gotofs mount, or its daemon is gone"},
    {CMD_STUCK, "the daemon of DIR does not answer: it is stopped"},
};

/* errno, where the HTTP status has not decided already. */
static const struct {
	int code;
	int status;
} exit_errnos[] = {
    {-EBUSY, CMD_IN_USE},
    {-EROFS, CMD_REFUSED},
    {-EACCES, CMD_REFUSED},
    {-EMEDIUMTYPE, CMD_REFUSED},
    {-EIO, CMD_UNREACHABLE},
    {-ETIMEDOUT, CMD_UNREACHABLE},
    {-ECONNREFUSED, CMD_UNREACHABLE},
    {-ECONNRESET, CMD_UNREACHABLE},
    {-EHOSTUNREACH, CMD_UNREACHABLE},
    {-ENETUNREACH, CMD_UNREACHABLE},
    {-EPROTO, CMD_UNREACHABLE},
    {-ENODEV, CMD_NOT_MOUNTED},
    {-ENOTCONN, CMD_NOT_MOUNTED},
    {-EHOSTDOWN, CMD_STUCK},
};

int
cmd_local(struct err *err)
{
	if (err->code < 0 && err->code != -EBUSY && err->code != -ENODEV &&
	    err->code != -ENOTCONN && err->code != -EMEDIUMTYPE &&
	    err->code != -EHOSTDOWN)
		err->code = -EINVAL;
	return err->code;
}

int
cmd_exit_of(const struct err *err)
{
	size_t i;

	if (err->code == 0)
		return CMD_OK;
	if (err->http_status == 401 || err->http_status == 403)
		return CMD_REFUSED;
	for (i = 0; i < sizeof(exit_errnos) / sizeof(exit_errnos[0]); i++)
		if (exit_errnos[i].code == err->code)
			return exit_errnos[i].status;
	return CMD_FAILED;
}

int
cmd_fail(const struct err *err)
{
	fprintf(stderr, "gotofs: %s\n", err->msg);
	return cmd_exit_of(err);
}

void
cmd_print_exits(FILE *out)
{
	size_t i;

	for (i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		fprintf(out, "  %d  %s\n", exits[i].status, exits[i].what);
}
