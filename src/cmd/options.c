/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gotofs/err.h"
#include "gotofs/text.h"
#include "suggest.h"
#include "value.h"

#define OPTION_SETTLE_MAX_MS INT64_C(3600000)
#define OPTION_REFRESH_MAX_MS INT64_C(86400000)
#define OPTION_DEADLINE_MAX_MS INT64_C(600000)

struct option_row {
	const char *name;
	const char *arg; /* NULL: takes no value */
	int (*set)(struct mount_options *o, const char *value, struct err *err);
	const char *what;
};

static int
option_ro(struct mount_options *o, const char *value, struct err *err)
{
	o->read_only = true;
	return 0;
}

static int
option_rw(struct mount_options *o, const char *value, struct err *err)
{
	o->read_only = false;
	return 0;
}

static int
option_dry_run(struct mount_options *o, const char *value, struct err *err)
{
	o->dry_run = true;
	return 0;
}

static int
option_async(struct mount_options *o, const char *value, struct err *err)
{
	o->async = true;
	return 0;
}

static int
option_sync(struct mount_options *o, const char *value, struct err *err)
{
	o->async = false;
	return 0;
}

/* fusermount3 would do without them, and say so. */
static int
option_of_root(bool *flag, struct err *err)
{
	if (geteuid() != 0)
		return err_set(err, -EPERM, "only root may ask for it");
	*flag = true;
	return 0;
}

static int
option_dev(struct mount_options *o, const char *value, struct err *err)
{
	return option_of_root(&o->dev, err);
}

static int
option_suid(struct mount_options *o, const char *value, struct err *err)
{
	return option_of_root(&o->suid, err);
}

static int
option_exec(struct mount_options *o, const char *value, struct err *err)
{
	o->exec = true;
	return 0;
}

/* These three take back what was asked for before: the last word wins. */
static int
option_nodev(struct mount_options *o, const char *value, struct err *err)
{
	o->dev = false;
	return 0;
}

static int
option_nosuid(struct mount_options *o, const char *value, struct err *err)
{
	o->suid = false;
	return 0;
}

static int
option_noexec(struct mount_options *o, const char *value, struct err *err)
{
	o->exec = false;
	return 0;
}

/* FUSE cannot, and half of it (a new limit, another umask) would be worse. */
static int
option_remount(struct mount_options *o, const char *value, struct err *err)
{
	return err_set(err, -EINVAL,
	    "a mount cannot be changed: unmount it and mount it anew; "
	    "\"echo ro > DIR/.gotofs/ctl\" stops changes, \"rw\" goes on");
}

static int
option_log_level(struct mount_options *o, const char *value, struct err *err)
{
	return value_log_level(value, &o->log_level, err);
}

static int
option_allow_other(struct mount_options *o, const char *value, struct err *err)
{
	o->allow_other = true;
	return 0;
}

static int
option_debug(struct mount_options *o, const char *value, struct err *err)
{
	o->debug = true;
	o->log_level = LOG_LEVEL_DEBUG;
	return 0;
}

static int
option_settle(struct mount_options *o, const char *value, struct err *err)
{
	return value_seconds(
	    value, 1, OPTION_SETTLE_MAX_MS, true, &o->settle_ms, err);
}

static int
option_refresh(struct mount_options *o, const char *value, struct err *err)
{
	return value_seconds(
	    value, 1000, OPTION_REFRESH_MAX_MS, true, &o->refresh_ms, err);
}

static int
option_deadline(struct mount_options *o, const char *value, struct err *err)
{
	return value_seconds(
	    value, 100, OPTION_DEADLINE_MAX_MS, false, &o->deadline_ms, err);
}

static int
option_uid(struct mount_options *o, const char *value, struct err *err)
{
	return value_user(value, &o->uid, err);
}

static int
option_gid(struct mount_options *o, const char *value, struct err *err)
{
	return value_group(value, &o->gid, err);
}

static int
option_umask(struct mount_options *o, const char *value, struct err *err)
{
	return value_umask(value, &o->umask, err);
}

static int
option_rate(struct mount_options *o, const char *value, struct err *err)
{
	return value_rate(value, &o->rate_per_s, err);
}

static int
option_keep(char **field, const char *value, struct err *err)
{
	char *copy = text_dup(value);

	if (!copy)
		return err_nomem(err);
	free(*field);
	*field = copy;
	return 0;
}

static int
option_max_removals(struct mount_options *o, const char *value, struct err *err)
{
	int r = value_check_limit(value, err);

	return r < 0 ? r : option_keep(&o->max_removals, value, err);
}

static int
option_state_dir(struct mount_options *o, const char *value, struct err *err)
{
	if (*value != '/')
		return err_set(
		    err, -EINVAL, "\"%s\" is not an absolute path", value);
	return option_keep(&o->state_dir, value, err);
}

/* What options_print shows; the last rows, without a sentence, it does not. */
static const struct option_row option_rows[] = {
    {"ro", NULL, option_ro, "refuse every change"},
    {"rw", NULL, option_rw, "accept changes (default)"},
    {"dry_run", NULL, option_dry_run,
	"accept every change and send none; see gotofs plan"},
    {"async", NULL, option_async,
	"a write does not wait for GoTo's verdict; gotofs sync tells"},
    {"async_writes", NULL, option_async,
	"the same, for fstab: mount(8) keeps async to itself"},
    {"settle", "SECONDS", option_settle,
	"how long a removal is held before it is sent (3)"},
    {"refresh", "SECONDS", option_refresh,
	"how often the account is read anew (300); 0: on demand"},
    {"deadline", "SECONDS", option_deadline,
	"how long a write waits for GoTo's verdict (10)"},
    {"max_removals", "N|N%", option_max_removals,
	"removals within 10 minutes before the guard stops them (10%)"},
    {"rate", "N", option_rate, "requests a second to each API (8)"},
    {"allow_other", NULL, option_allow_other,
	"other users may look in, as far as the modes allow"},
    {"uid", "USER", option_uid, "owner of everything (who mounts)"},
    {"gid", "GROUP", option_gid, "group of everything (who mounts)"},
    {"umask", "OCTAL", option_umask, "bits to take from 0666 and 0777 (077)"},
    {"state_dir", "DIR", option_state_dir,
	"keep the state there, not where the profile says"},
    {"dev", NULL, option_dev, "as mount(8) has it; nodev is the default"},
    {"suid", NULL, option_suid, "as mount(8) has it; nosuid is the default"},
    {"exec", NULL, option_exec, "as mount(8) has it; noexec is the default"},
    {"log_level", "LEVEL", option_log_level,
	"what is logged: error, warn (default), info or debug"},
    {"debug", NULL, option_debug, "log every request; use with -f"},
    {"nodev", NULL, option_nodev, NULL},
    {"nosuid", NULL, option_nosuid, NULL},
    {"noexec", NULL, option_noexec, NULL},
    {"sync", NULL, option_sync, NULL},
    {"remount", NULL, option_remount, NULL},
};
#define OPTION_ROWS_N (sizeof(option_rows) / sizeof(option_rows[0]))

/* What mount(8) and fstab pass on; they change nothing here. */
static const char *const option_ignored[] = {
    "defaults",
    "_netdev",
    "auto",
    "noauto",
    "user",
    "nouser",
    "users",
    "owner",
    "group",
    "dirsync",
    "silent",
    "loud",
    "iversion",
    "noiversion",
    "mand",
    "nomand",
    "nofail",
    "atime",
    "noatime",
    "diratime",
    "nodiratime",
    "relatime",
    "norelatime",
    "strictatime",
    "nostrictatime",
    "lazytime",
    "nolazytime",
};
#define OPTION_IGNORED_N (sizeof(option_ignored) / sizeof(option_ignored[0]))

static bool
option_is_ignored(const char *name)
{
	size_t i;

	for (i = 0; i < OPTION_IGNORED_N; i++)
		if (strcmp(option_ignored[i], name) == 0)
			return true;
	return text_starts(name, "x-") || text_starts(name, "X-") ||
	       strcmp(name, "comment") == 0;
}

static int
option_unknown(const char *name, struct err *err)
{
	const char *names[OPTION_ROWS_N + 1] = {NULL};
	const char *near;
	size_t i;

	for (i = 0; i < OPTION_ROWS_N; i++)
		names[i] = option_rows[i].name;
	near = suggest_nearest(name, names);
	return err_set(err, -EINVAL, "unknown mount option \"%s\"%s%s%s", name,
	    near ? "; did you mean \"" : "; see gotofs mount --help",
	    near ? near : "", near ? "\"?" : "");
}

/* One word; cut at its "=" here. */
static int
option_set(struct mount_options *o, char *word, struct err *err)
{
	char *value = strchr(word, '=');
	size_t i;
	int r;

	if (value)
		*value++ = '\0';
	if (option_is_ignored(word))
		return 0;
	for (i = 0; i < OPTION_ROWS_N; i++) {
		const struct option_row *row = &option_rows[i];

		if (strcmp(row->name, word) != 0)
			continue;
		if (row->arg && !value)
			return err_set(err, -EINVAL,
			    "mount option %s needs a value: %s=%s", word, word,
			    row->arg);
		if (!row->arg && value && row->what)
			return err_set(err, -EINVAL,
			    "mount option %s takes no value, got \"%s\"", word,
			    value);
		r = row->set(o, value, err);
		return r < 0 ? err_prefix(err, "mount option %s", word) : 0;
	}
	return o->sloppy ? 0 : option_unknown(word, err);
}

void
options_init(struct mount_options *o)
{
	const struct mount_options defaults = {
	    .settle_ms = 3000,
	    .refresh_ms = 300000,
	    .deadline_ms = 10000,
	    .uid = getuid(),
	    .gid = getgid(),
	    .umask = 077,
	    .rate_per_s = 8,
	    .log_level = LOG_LEVEL_WARN,
	};

	*o = defaults;
}

void
options_done(struct mount_options *o)
{
	text_done(&o->max_removals);
	text_done(&o->state_dir);
}

/* The next word of a list, cut out of it and unescaped; NULL at the end. */
static char *
option_next(char **list)
{
	char *word = *list, *from = word, *to = word;

	if (!word)
		return NULL;
	while (*from && *from != ',') {
		if (*from == '\\' && (from[1] == ',' || from[1] == '\\'))
			from++;
		*to++ = *from++;
	}
	*list = *from ? from + 1 : NULL;
	*to = '\0';
	return word;
}

int
options_parse(struct mount_options *o, const char *text, struct err *err)
{
	AUTO(text_done) char *copy = text_dup(text);
	char *list = copy, *word;
	int r;

	if (!copy)
		return err_nomem(err);
	while ((word = option_next(&list))) {
		r = *word ? option_set(o, word, err) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

bool
options_get(size_t i, const char **ret_name, const char **ret_arg,
    const char **ret_what)
{
	if (i >= OPTION_ROWS_N || !option_rows[i].what)
		return false;
	*ret_name = option_rows[i].name;
	*ret_arg = option_rows[i].arg;
	*ret_what = option_rows[i].what;
	return true;
}

void
options_print(FILE *out)
{
	const char *name, *arg, *what;
	size_t i;

	for (i = 0; options_get(i, &name, &arg, &what); i++)
		fprintf(out, "  %s%s%s\n\t%s\n", name, arg ? "=" : "",
		    arg ? arg : "", what);
}
