/* SPDX-License-Identifier: MIT */
/*
 * options (floor 6): what stands behind -o, strictly: an unknown word or a bad
 * value is refused by name.  A comma within a value is written "\,".
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "gotofs/log.h"

struct err;

struct mount_options {
	bool read_only;
	bool dry_run;
	bool async;
	bool allow_other;
	bool debug; /* libfuse tells every request */
	bool dev;   /* the kernel's flags; without them nodev, nosuid, noexec */
	bool suid;
	bool exec;
	bool sloppy;		  /* unknown words are fine: mount(8)'s -s */
	enum log_level log_level; /* what is logged */
	int64_t settle_ms;
	int64_t refresh_ms; /* 0: only on demand */
	int64_t deadline_ms;
	uid_t uid;
	gid_t gid;
	mode_t umask;
	double rate_per_s;
	char *max_removals; /* NULL: as the profile says */
	char *state_dir;    /* NULL: as the profile says */
};

#define MOUNT_OPTIONS_NONE                                                     \
	{                                                                      \
		0                                                              \
	}

/* The defaults; the caller's own uid, gid. */
void options_init(struct mount_options *o);
void options_done(struct mount_options *o); /* for AUTO */
/* May be called several times; the last word wins. -EINVAL. */
int options_parse(struct mount_options *o, const char *text, struct err *err);
void options_print(FILE *out);
/* The ith option that options_print shows: its name, the name of its value
 * (NULL: it takes none) and what it is for; false beyond the last. */
bool options_get(size_t i, const char **ret_name, const char **ret_arg,
    const char **ret_what);

#endif
