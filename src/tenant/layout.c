/* SPDX-License-Identifier: MIT */
#include "gotofs/layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/document.h"
#include "gotofs/err.h"
#include "gotofs/name.h"
#include "gotofs/stage.h"
#include "gotofs/text.h"
#include "reclaim_int.h"

const char *const layout_folders[] = {
    "users", "licenses", "groups", "reclaim", NULL};

/* Names behind that of the folder, for a file. */
static const struct {
	size_t min, max;
} layout_depth[] = {{1, 1}, {2, 2}, {2, 3}, {1, 1}};

enum { AT_USERS, AT_LICENSES, AT_GROUPS, AT_RECLAIM, AT_NONE };

/* ---- places ---- */

static size_t
layout_depth_of(const char *place)
{
	size_t n = 0;

	while ((place = strchr(place, '/'))) {
		place++;
		n++;
	}
	return n;
}

static int
layout_folder(const char *place)
{
	size_t len = strcspn(place, "/");
	int i;

	for (i = 0; layout_folders[i]; i++)
		if (strlen(layout_folders[i]) == len &&
		    strncmp(layout_folders[i], place, len) == 0)
			break;
	return i;
}

static bool
layout_is_place(const char *place, bool folder)
{
	size_t n = layout_depth_of(place);
	int at = layout_folder(place);

	if (at == AT_NONE)
		return false;
	if (folder)
		return n < layout_depth[at].max;
	return n >= layout_depth[at].min && n <= layout_depth[at].max;
}

const char *
layout_place(const char *path, bool folder)
{
	while ((path = strchr(path, '/')))
		if (layout_is_place(++path, folder))
			return path;
	return NULL;
}

int
layout_kind(const char *place, enum layout_kind *ret, struct err *err)
{
	int at = layout_folder(place);

	if (!layout_is_place(place, false) ||
	    (at == AT_RECLAIM && strcmp(place, "reclaim/rules.json") != 0))
		return err_set(err, -EINVAL,
		    "nothing has its place there; files are "
		    "users/ADDRESS.json and reclaim/rules.json, links are "
		    "licenses/LICENSE/ADDRESS.json and "
		    "groups/GROUP/ADDRESS.json");
	*ret = at == AT_USERS	  ? LAYOUT_USER
	       : at == AT_RECLAIM ? LAYOUT_RULES
				  : LAYOUT_LINK;
	return 0;
}

/* ---- folders and links ---- */

int
layout_check_folder(const char *place, struct err *err)
{
	const char *name = strrchr(place, '/');
	AUTO(text_done) char *group = NULL;
	int r;

	if (!layout_is_place(place, true))
		return err_set(err, -EINVAL, "there can be no folder here");
	if (!name || layout_folder(place) != AT_GROUPS)
		return 0;
	r = name_to_group(name + 1, &group);
	return r < 0 ? err_set(err, r, "not a group's name, as a file has it")
		     : 0;
}

/* The parts of a path, "." and ".." followed; -EINVAL when it leaves. */
static int
link_resolve(const char *path, char ***ret)
{
	AUTO(strv_done) char **part = NULL;
	AUTO(text_done) char *all = text_dup(path);
	size_t n = 0;
	char *name, *rest;

	if (!all)
		return -ENOMEM;
	for (rest = all; (name = strsep(&rest, "/"));) {
		if (!*name || strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") != 0) {
			if (strv_add_n(&part, &n, name) < 0)
				return -ENOMEM;
			continue;
		}
		if (n == 0)
			return -EINVAL;
		free(part[--n]);
		part[n] = NULL;
	}
	*ret = TAKE(part);
	return 0;
}

static int
link_parts(const char *place, const char *target, const char *root, char ***ret)
{
	size_t root_n = root ? strlen(root) : 0;
	AUTO(text_done) char *path = NULL;

	if (*target == '/') {
		if (!root || strncmp(target, root, root_n) != 0 ||
		    target[root_n] != '/')
			return -EINVAL;
		return link_resolve(target + root_n, ret);
	}
	path = text_printf("%s/../%s", place, target);
	return path ? link_resolve(path, ret) : -ENOMEM;
}

int
layout_check_link(
    const char *place, const char *target, const char *root, struct err *err)
{
	const char *name = strrchr(place, '/') + 1;
	AUTO(strv_done) char **part = NULL;
	int r = link_parts(place, target, root, &part);

	if (r == -ENOMEM)
		return err_nomem(err);
	if (r < 0 || strv_n(part) != 2 || strcmp(part[0], "users") != 0)
		return err_set(err, -EINVAL,
		    "the link leads to \"%.200s\"; links here lead to a file "
		    "in users/",
		    target);
	if (strcmp(part[1], name) != 0)
		return err_set(err, -EINVAL,
		    "the link is named \"%.120s\" but leads to \"%.120s\"; "
		    "both must be the same",
		    name, part[1]);
	return 0;
}

/* ---- texts ---- */

/* Who has a name that nobody can be given here is there already; of him no more
 * is known than that this is his. */
static int
layout_guess_user(
    const char *name, const char *text, size_t len, struct user *ret)
{
	AUTO(user_done) struct user u = USER_NONE;
	AUTO(text_done) char *email = NULL;
	int r = name_to_email(name, &email);

	if (r != -EINVAL)
		return r < 0 ? r : -EINVAL;
	r = document_parse_user(text, len, &u, NULL);
	if (r == 0)
		r = name_check_email(name, u.email);
	if (r == 0)
		ret->email = TAKE(u.email);
	return r;
}

static int
layout_check_user(const char *name, const char *text, size_t len,
    const char *before, size_t before_len, bool known, struct err *err)
{
	AUTO(document_change_done)
	struct document_change change = DOCUMENT_CHANGE_NONE;
	AUTO(text_done) char *was_text = NULL;
	AUTO(user_done) struct user was = USER_NONE;
	bool exists;
	int r = -EINVAL;

	if (before)
		r = document_parse_user(before, before_len, &was, NULL);
	else if (!known)
		r = layout_guess_user(name, text, len, &was);
	exists = r == 0; /* what is no document says nothing about him */
	if (exists && before && !(was_text = strndup(before, before_len)))
		r = -ENOMEM;
	if (r == -ENOMEM)
		return err_nomem(err);
	return document_diff_user(text, len, name, exists ? &was : NULL,
	    was_text, NULL, NULL, &change, err);
}

int
layout_check_text(const char *place, const char *text, size_t len,
    const char *before, size_t before_len, bool known, struct err *err)
{
	AUTO(reclaim_rules_done)
	struct reclaim_rules rules = RECLAIM_RULES_NONE;
	enum layout_kind kind;
	int r = layout_kind(place, &kind, err);

	if (r < 0)
		return r;
	if (kind == LAYOUT_LINK)
		return err_set(err, -EINVAL,
		    "no symbolic link; what is here is a link to a file in "
		    "users/");
	if (len > STAGE_BYTES_MAX)
		return err_set(err, -EFBIG, "more than 1 MiB");
	if (kind == LAYOUT_RULES)
		return reclaim_rules_parse(text, len, &rules, err);
	return layout_check_user(
	    strrchr(place, '/') + 1, text, len, before, before_len, known, err);
}
