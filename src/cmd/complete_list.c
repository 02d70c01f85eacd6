/* SPDX-License-Identifier: MIT */
/* The words that may stand for a value, by its name in the usage. */
#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>

#include "cmd.h"
#include "complete.h"
#include "conf.h"
#include "find.h"
#include "gotofs/err.h"
#include "gotofs/mountinfo.h"
#include "gotofs/text.h"
#include "options.h"
#include "value.h"

/* A line holds one candidate; one with control bytes would be another. */
static bool
offer_is_line(const char *word)
{
	for (; *word; word++)
		if ((unsigned char)*word < ' ' || *word == 127)
			return false;
	return true;
}

void
complete_offer(const struct complete *c, const char *word, const char *meaning)
{
	if (!text_starts(word, c->rest) || !offer_is_line(word))
		return;
	fprintf(c->out, "%.*s%s%s%s\n", (int)c->kept_n, c->kept, word,
	    meaning ? "\t" : "", meaning ? meaning : "");
}

static void
list_offer(const struct complete *c, char *const *list)
{
	for (; list && *list; list++)
		complete_offer(c, *list, NULL);
}

static void
list_profiles(const struct complete *c)
{
	AUTO(strv_done) char **names = NULL;

	if (conf_path_list(&names) == 0)
		list_offer(c, names);
}

/* Not once a folder was typed: the shell would offer the same one again, with
 * another ending. */
static void
list_mounts(const struct complete *c)
{
	AUTO(text_done) char *mountinfo = NULL;
	AUTO(strv_done) char **mounts = NULL;
	const char *slash = strrchr(c->rest, '/');
	struct err ignored = ERR_NONE;

	if (slash && slash > c->rest)
		return;
	if (mountinfo_read(&mountinfo, &ignored) == 0 &&
	    find_list(mountinfo, &mounts) == 0)
		list_offer(c, mounts);
}

static void
list_levels(const struct complete *c)
{
	const char *name;
	size_t i;

	for (i = 0; (name = value_log_level_name(i)); i++)
		complete_offer(c, name, NULL);
}

static void
list_users(const struct complete *c)
{
	const struct passwd *pw;

	setpwent();
	while ((pw = getpwent()))
		complete_offer(c, pw->pw_name, NULL);
	endpwent();
}

static void
list_groups(const struct complete *c)
{
	const struct group *gr;

	setgrent();
	while ((gr = getgrent()))
		complete_offer(c, gr->gr_name, NULL);
	endgrent();
}

/* ---- -o ---- */

/* Where the last word of a list begins; a comma within a value is "\,". */
static const char *
option_last(const char *list)
{
	const char *s, *last = list;

	for (s = list; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == ',')
			last = s + 1;
	}
	return last;
}

static void
option_offer(const struct complete *c, const char *name, const char *arg,
    const char *what)
{
	size_t n = strlen(name);
	struct complete value = *c;
	char word[64];

	if (arg && strncmp(c->rest, name, n) == 0 && c->rest[n] == '=') {
		value.kept_n += n + 1;
		value.rest += n + 1;
		complete_value(&value, arg);
		return;
	}
	snprintf(word, sizeof(word), "%s%s", name, arg ? "=" : "");
	complete_offer(c, word, what);
}

static void
list_mount_options(const struct complete *c)
{
	const char *name, *arg, *what, *last = option_last(c->rest);
	struct complete one = *c;
	size_t i;

	one.kept_n += (size_t)(last - c->rest);
	one.rest = last;
	fputs(":more\n", c->out);
	for (i = 0; options_get(i, &name, &arg, &what); i++)
		option_offer(&one, name, arg, what);
}

/* ---- reclaim/ of the mount that was named ---- */

static bool
reclaim_is_folder(const struct dirent *e)
{
	return e->d_type == DT_DIR && e->d_name[0] != '.' &&
	       strcmp(e->d_name, "approved") != 0;
}

/* The folders in dir/reclaim (after: "/" or ""), or the candidates of one. */
static void
reclaim_offer(const struct complete *c, const char *license, const char *after)
{
	AUTO(text_done)
	char *path = text_printf(
	    "%s/reclaim/%s", c->dir ? c->dir : ".", license ? license : "");
	DIR *d = path ? opendir(path) : NULL;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		AUTO(text_done) char *word = NULL;
		size_t n = strlen(e->d_name);

		if (!license && reclaim_is_folder(e))
			word = text_printf("%s%s", e->d_name, after);
		else if (license && text_ends(e->d_name, ".json"))
			word = text_printf("%.*s", (int)n - 5, e->d_name);
		if (word)
			complete_offer(c, word, NULL);
	}
	if (d)
		closedir(d);
}

static void
list_licenses(const struct complete *c)
{
	reclaim_offer(c, NULL, "");
}

static void
list_candidates(const struct complete *c)
{
	const char *slash = strchr(c->rest, '/');
	AUTO(text_done) char *license = NULL;
	struct complete one = *c;

	if (!slash) {
		fputs(":more\n", c->out);
		reclaim_offer(c, NULL, "/");
		return;
	}
	license = text_printf("%.*s", (int)(slash - c->rest), c->rest);
	one.kept_n += (size_t)(slash + 1 - c->rest);
	one.rest = slash + 1;
	if (license)
		reclaim_offer(&one, license, "");
}

/* ---- by name ---- */

static const struct complete_kind {
	const char *name;
	void (*list)(const struct complete *c); /* NULL: none */
	const char
	    *shell; /* what it adds; it can do so to a whole word alone */
} complete_kinds[] = {
    {"PROFILE", list_profiles, ":files\n"},
    {"DIR", list_mounts, ":dirs\n"},
    {"FILE", NULL, ":files\n"},
    {"LEVEL", list_levels, ""},
    {"OPT[,OPT]", list_mount_options, ""},
    {"USER", list_users, ""},
    {"GROUP", list_groups, ""},
    {"LICENSE", list_licenses, ""},
    {"LICENSE/ADDRESS", list_candidates, ""},
};
#define COMPLETE_KINDS_N (sizeof(complete_kinds) / sizeof(complete_kinds[0]))

void
complete_value(const struct complete *c, const char *name)
{
	size_t n = strlen(name) - (text_ends(name, "...") ? 3 : 0), i;

	for (i = 0; i < COMPLETE_KINDS_N; i++) {
		const struct complete_kind *k = &complete_kinds[i];

		if (strncmp(k->name, name, n) != 0 || k->name[n])
			continue;
		if (c->kept_n > 0 && *k->shell)
			return;
		if (k->list)
			k->list(c);
		fputs(k->shell, c->out);
		return;
	}
	/* "verify", "--all": themselves; the other values are for people */
	if (*name == '-' || (*name >= 'a' && *name <= 'z'))
		complete_offer(c, name, NULL);
}
