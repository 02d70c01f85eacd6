/* SPDX-License-Identifier: MIT */
/*
 * gotofs check: would a mount take these documents and links?  No mount, no
 * profile, no network: what judges is what judges there.  A line for each that
 * it would not, "file: why".
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/layout.h"
#include "gotofs/list.h"
#include "gotofs/text.h"

#define CHECK_BYTES_MAX (4 * 1024 * 1024)

const struct cmd_option check_cmd_options[] = {
    {'a', "as", "PLACE",
	"the one FILE (- is standard input) is for this place, as "
	"users/ann@example.com.json"},
    {'b', "before", "DIR",
	"a mount or repository as it is now: who is there is no new person, "
	"and the values that he has and the groups that are there are not "
	"refused; may be given more than once"},
    {'h', "help", NULL, "print this and exit"},
    {0},
};

struct member { /* of a group */
	char *name, *place;
};

struct check {
	const char *as;
	char **before;	  /* strv */
	const char *root; /* of the repository that is walked, or NULL */
	bool has_users;	  /* it holds users/: links are to lead to somebody */
	struct member *member;
	size_t members_n;
	bool failed;
};

static void
check_forget(struct check *c)
{
	size_t i;

	for (i = 0; i < c->members_n; i++) {
		free(c->member[i].name);
		free(c->member[i].place);
	}
	free(c->member);
	c->member = NULL;
	c->members_n = 0;
}

static void
check_done(struct check *c)
{
	check_forget(c);
	strv_done(&c->before);
}

static void
check_say(struct check *c, const char *file, const struct err *err)
{
	printf("%s: %s\n", file, err->msg);
	c->failed = true;
}

static int
check_errno(int code, struct err *err)
{
	return err_set(err, -code, "%s", strerror(code));
}

/* ---- one file ---- */

/* Not of what may never end, as a FIFO. */
static int
check_read(const char *path, struct buf *out, struct err *err)
{
	bool is_input = strcmp(path, "-") == 0;
	struct stat st;
	int r;

	if (!is_input && stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "not a regular file");
	r = is_input ? file_read_all(STDIN_FILENO, out) : file_read(path, out);
	return r < 0 ? check_errno(-r, err) : 0;
}

static bool
check_is_folder(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Is there such a folder now? */
static bool
check_has_folder(struct check *c, const char *place)
{
	char **dir;

	for (dir = c->before; dir && *dir; dir++) {
		AUTO(text_done) char *path = text_printf("%s/%s", *dir, place);

		if (path && check_is_folder(path))
			return true;
	}
	return false;
}

/* Is it in a group that is there now, though nobody may make one like it? */
static bool
check_is_in_group(struct check *c, const char *place)
{
	AUTO(text_done) char *folder = NULL;

	if (!text_starts(place, "groups/"))
		return false;
	folder = text_dup(place);
	if (folder)
		*strrchr(folder, '/') = '\0';
	return folder && strchr(folder, '/') && check_has_folder(c, folder);
}

/* Against what is there in dir; -ENOENT: nothing is. */
static int
check_text_after(
    const char *dir, const char *place, const struct buf *text, struct err *err)
{
	AUTO(buf_done) struct buf before = BUF_MAX(CHECK_BYTES_MAX);
	AUTO(text_done) char *path = text_printf("%s/%s", dir, place);
	int r = path ? check_read(path, &before, err) : err_nomem(err);

	if (r < 0)
		return path ? err_prefix(err, "%s", path) : r;
	return layout_check_text(place, buf_str(text), text->len,
	    buf_str(&before), before.len, true, err);
}

/* One that takes it is enough. */
static int
check_text(
    struct check *c, const char *file, const char *place, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(CHECK_BYTES_MAX);
	char **dir;
	bool is = false;
	int r = check_read(file, &text, err);

	if (r < 0)
		return r;
	for (dir = c->before; dir && *dir; dir++) {
		struct err why = ERR_NONE;

		r = check_text_after(*dir, place, &text, &why);
		if (r == 0)
			return 0;
		if (r != -ENOENT && !is)
			*err = why;
		is = is || r != -ENOENT;
	}
	return is ? err->code
		  : layout_check_text(place, buf_str(&text), text.len, NULL, 0,
			c->before != NULL, err);
}

/* Does somebody of this name exist, where all of them are? */
static int
check_person(struct check *c, const char *place, struct err *err)
{
	const char *name = strrchr(place, '/') + 1;
	AUTO(text_done)
	char *path = text_printf("%s/users/%s", c->root, name);

	if (!path)
		return err_nomem(err);
	return access(path, F_OK) == 0
		   ? 0
		   : err_set(err, -EINVAL,
			 "the link leads to nobody: there is no users/%.150s",
			 name);
}

static int
check_member(struct check *c, const char *place, struct err *err)
{
	struct member m, *grown;

	if (!c->root || !text_starts(place, "groups/"))
		return 0;
	grown = list_grow(c->member, c->members_n, sizeof(*grown));
	if (!grown)
		return err_nomem(err);
	c->member = grown;
	m.name = text_dup(strrchr(place, '/') + 1);
	m.place = text_dup(place);
	c->member[c->members_n++] = m;
	return m.name && m.place ? 0 : err_nomem(err);
}

static int
check_link(
    struct check *c, const char *file, const char *place, struct err *err)
{
	char target[PATH_MAX];
	ssize_t n = readlink(file, target, sizeof(target) - 1);
	enum layout_kind kind = LAYOUT_LINK;
	int r;

	if (n < 0)
		return check_errno(errno, err);
	target[n] = '\0';
	r = check_is_in_group(c, place) ? 0 : layout_kind(place, &kind, err);
	if (r == 0 && kind != LAYOUT_LINK)
		r = err_set(err, -EINVAL,
		    "a symbolic link; what is here is a file with a document");
	if (r == 0)
		r = layout_check_link(place, target, NULL, err);
	if (r == 0 && c->has_users)
		r = check_person(c, place, err);
	return r < 0 ? r : check_member(c, place, err);
}

static void
check_file(struct check *c, const char *file, const char *place)
{
	struct err err = ERR_NONE;
	struct stat st = {0};
	int r;

	if (strcmp(file, "-") != 0 && lstat(file, &st) < 0)
		r = check_errno(errno, &err);
	else if (S_ISLNK(st.st_mode))
		r = check_link(c, file, place, &err);
	else
		r = check_text(c, file, place, &err);
	if (r < 0)
		check_say(c, file, &err);
}

/* ---- a folder ---- */

static void check_folder(struct check *c, const char *dir, const char *place);

/* A name of folder: place is NULL in the repository's root, where other files
 * than ours may lie. */
static void
check_entry(
    struct check *c, const char *dir, const char *place, const char *name)
{
	AUTO(text_done) char *path = text_printf("%s/%s", dir, name);
	AUTO(text_done)
	char *there =
	    text_printf("%s%s%s", place ? place : "", place ? "/" : "", name);
	struct err err = ERR_NONE;

	if (!path || !there) {
		err_nomem(&err);
		check_say(c, dir, &err);
	} else if (!check_is_folder(path)) {
		check_file(c, path, there);
	} else if (text_starts(there, "reclaim/")) {
		; /* a mount's, of candidates */
	} else if (!check_has_folder(c, there) &&
		   layout_check_folder(there, &err) < 0) {
		check_say(c, path, &err);
	} else {
		check_folder(c, path, there);
	}
}

static int
check_is_shown(const struct dirent *e)
{
	return e->d_name[0] != '.'; /* .gitkeep; nothing of ours has a dot */
}

static void
check_folder(struct check *c, const char *dir, const char *place)
{
	struct err err = ERR_NONE;
	struct dirent **entry;
	int i, n = scandir(dir, &entry, check_is_shown, alphasort);

	if (n < 0) {
		check_errno(errno, &err);
		check_say(c, dir, &err);
		return;
	}
	for (i = 0; i < n; i++) {
		check_entry(c, dir, place, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
}

static int
member_compare(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : strcmp(x->place, y->place);
}

/* A person is in one group at most. */
static void
check_members(struct check *c)
{
	struct err err = ERR_NONE;
	size_t i;

	if (c->members_n > 0)
		qsort(c->member, c->members_n, sizeof(*c->member),
		    member_compare);
	for (i = 1; i < c->members_n; i++) {
		const struct member *a = &c->member[i - 1], *b = a + 1;
		AUTO(text_done) char *path = NULL;

		if (strcmp(a->name, b->name) != 0)
			continue;
		err_set(&err, -EINVAL,
		    "a person is in one group; this one is also in %.150s",
		    a->place);
		path = text_printf("%s/%s", c->root, b->place);
		check_say(c, path ? path : b->place, &err);
	}
}

/* Everything below a repository's root: true when dir is one. */
static bool
check_repository(struct check *c, const char *dir)
{
	const char *const *name = layout_folders;
	bool is = false;

	c->root = dir;
	for (; *name; name++) {
		AUTO(text_done) char *path = text_printf("%s/%s", dir, *name);

		if (!path || !check_is_folder(path))
			continue;
		c->has_users = c->has_users || name == layout_folders;
		check_folder(c, path, *name);
		is = true;
	}
	check_members(c);
	check_forget(c);
	c->root = NULL;
	c->has_users = false;
	return is;
}

/* ---- operands ---- */

/* A group may be named users, and a repository may lie in /srv/groups: of the
 * places that a path has, the first beside which there is a users/; and where
 * there is none, the last. */
static const char *
check_choose_place(const char *path, bool folder, bool *ret_sure)
{
	const char *place = layout_place(path, folder), *last = NULL;

	for (; place && !*ret_sure; place = layout_place(place, folder)) {
		AUTO(text_done)
		char *users =
		    text_printf("%.*susers", (int)(place - path), path);

		last = place;
		*ret_sure = users && check_is_folder(users);
	}
	return last;
}

/* What a mount would call it, by where it is; sure: it is in a repository. */
static char *
check_find_place(const char *file, bool folder, bool *ret_sure)
{
	AUTO(text_done) char *path = text_dup(file);
	AUTO(text_done) char *parent = NULL;
	AUTO(text_done) char *whole = NULL;
	char *slash;

	if (folder)
		whole = realpath(file, NULL);
	if (!folder && path) {
		slash = strrchr(path, '/');
		if (slash)
			*slash = '\0';
		parent = realpath(!slash ? "." : *path ? path : "/", NULL);
		whole = parent ? text_printf(
				     "%s/%s", parent, slash ? slash + 1 : file)
			       : NULL;
	}
	return whole ? text_dup(check_choose_place(whole, folder, ret_sure))
		     : NULL;
}

/* repo/, as the shell completes it, is repo. */
static void
check_trim(char *file)
{
	size_t n = strlen(file);

	while (n > 1 && file[n - 1] == '/')
		file[--n] = '\0';
}

static void
check_operand(struct check *c, const char *file)
{
	struct stat st; /* a link to a folder, as an operand, is that folder */
	bool folder = stat(file, &st) == 0 && S_ISDIR(st.st_mode);
	bool sure = false;
	AUTO(text_done)
	char *place =
	    c->as ? text_dup(c->as) : check_find_place(file, folder, &sure);
	/* groups/ is none, nor is a group, though others may be named users */
	bool maybe_root =
	    folder && !c->as && (!place || (!sure && strchr(place, '/')));
	struct err err = ERR_NONE;

	if (maybe_root && check_repository(c, file))
		return;
	if (place && folder) {
		check_folder(c, file, place);
	} else if (place || access(file, F_OK) < 0) {
		check_file(c, file, place ? place : "");
	} else {
		err_set(&err, -EINVAL,
		    "it lies in none of users/, licenses/, groups/ and "
		    "reclaim/; --as says which place it is for");
		check_say(c, file, &err);
	}
}

static int
check_take(struct args *a, int letter, struct check *c)
{
	struct stat st;

	if (letter == 'a') {
		c->as = a->value;
		return 0;
	}
	/* or everybody in it would be a new one */
	if (stat(a->value, &st) < 0 || !S_ISDIR(st.st_mode)) {
		a->exit_status = args_refuse(
		    a->cmd, "check: --before %s: no folder", a->value);
		return -EINVAL;
	}
	a->exit_status = CMD_FAILED;
	return strv_add(&c->before, a->value);
}

static int
check_parse(struct args *a, struct check *c)
{
	int letter, n;

	while ((letter = args_next(a)) >= 0)
		if (check_take(a, letter, c) < 0)
			return -EINVAL;
	if (letter != ARGS_END)
		return -EINVAL;
	n = a->argc - (int)(a->operands - a->argv);
	if (c->as && n != 1)
		a->exit_status =
		    args_refuse(a->cmd, "check: --as takes one FILE");
	else if (!c->as && strcmp(a->operands[0], "-") == 0)
		a->exit_status = args_refuse(a->cmd,
		    "check: standard input is for which place? --as tells");
	else
		return 0;
	return -EINVAL;
}

int
cmd_check(const struct cmd *cmd, int argc, char **argv)
{
	struct args a = {.cmd = cmd, .argc = argc, .argv = argv};
	AUTO(check_done) struct check c = {0};
	char **file;

	if (check_parse(&a, &c) < 0)
		return a.exit_status;
	for (file = a.operands; *file; file++) {
		check_trim(*file);
		check_operand(&c, *file);
	}
	return c.failed ? CMD_FAILED : CMD_OK;
}
