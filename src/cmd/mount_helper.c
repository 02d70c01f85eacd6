/* SPDX-License-Identifier: MIT */
/*
 * mount(8)'s way of calling us, for "mount -t fuse.gotofs" and fstab:
 *
 *	mount.fuse.gotofs PROFILE DIR [-sfnv] [-N NS] [-o OPTIONS] [-t TYPE]
 *
 * a link to this program in /sbin.  Without it mount(8) takes libfuse's
 * mount.fuse, which finds us in a PATH of its own and says
 *
 *	gotofs PROFILE DIR -o OPTIONS
 *
 * with exactly that shape, whatever the profile is called.  Its exit statuses
 * are ours, not those of mount(8): systemd and scripts look for 0 alone.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "gotofs/err.h"
#include "mount.h"

#define HELPER_NAME "mount.fuse.gotofs"

static bool
helper_is_named(const char *program)
{
	const char *slash = strrchr(program, '/');

	return strcmp(slash ? slash + 1 : program, HELPER_NAME) == 0;
}

bool
mount_helper_is(int argc, char **argv)
{
	if (argc > 0 && helper_is_named(argv[0]))
		return true;
	if (argc != 5 || argv[1][0] == '-' || strcmp(argv[3], "-o") != 0)
		return false;
	/* "gotofs mount PROFILE -o OPTIONS" has forgotten its DIR */
	return strcmp(argv[1], "mount") != 0 || argv[2][0] == '/';
}

static int
helper_take(
    struct mount_plan *p, int letter, const char *value, struct err *err)
{
	switch (letter) {
	case 'f':
		p->fake = true;
		return 0;
	case 's':
		p->options.sloppy = true;
		return 0;
	case 'v':
		if (p->options.log_level < LOG_LEVEL_INFO)
			p->options.log_level = LOG_LEVEL_INFO;
		return 0;
	case 'N':
		return err_set(err, -EINVAL,
		    "-N %s: cannot mount in another namespace; use nsenter(1)",
		    value);
	case 'n': /* there is no /etc/mtab to be spared */
	case 't': /* our own name */
		return 0;
	default:
		return err_set(err, -EINVAL, "unknown option");
	}
}

static int
helper_usage(const char *why)
{
	fprintf(stderr,
	    "gotofs: %s\nusage: " HELPER_NAME
	    " PROFILE DIR [-sfnv] [-o OPT[,OPT]]\n",
	    why);
	return CMD_USAGE;
}

/* -s may come behind -o: so the options twice, the words behind -o last. */
static int
helper_parse(struct mount_plan *p, int argc, char **argv, struct err *err)
{
	static const char letters[] = "sfnvN:o:t:";
	int letter, r = 0;

	opterr = 0;
	while (r == 0 && (letter = getopt(argc, argv, letters)) != -1)
		if (letter != 'o')
			r = helper_take(p, letter, optarg, err);
	optind = 0;
	while (r == 0 && (letter = getopt(argc, argv, letters)) != -1)
		if (letter == 'o')
			r = options_parse(&p->options, optarg, err);
	return r;
}

int
mount_helper_main(int argc, char **argv)
{
	AUTO(mount_plan_done) struct mount_plan plan;
	struct err err = ERR_NONE;

	mount_plan_init(&plan);
	if (helper_parse(&plan, argc, argv, &err) < 0)
		return helper_usage(err.msg);
	if (argc - optind != 2)
		return helper_usage("expected a profile and a folder");
	return mount_plan_run(&plan, argv[optind], argv[optind + 1]);
}
