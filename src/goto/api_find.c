/* SPDX-License-Identifier: MIT */
/*
 * A user by address (goto-api.md 3.10).
 *
 * The filter's value is a regular expression (A), matched against the whole
 * field (D), with regard to case unless it begins with (?i) (D; the official
 * sample writes it for this very field, A).  For an address made of letters,
 * digits and @ . _ - no character but the dot is special, and a dot matches
 * itself: such an address is found if it is there, with (?i) where the value
 * is an expression, without where it is plain text.  So two empty answers are
 * believed for those alone, and what is found is compared with the address.
 * Whether backslash escapes work is unknown: for any other address all users
 * are read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api_int.h"
#include "decode_int.h"
#include "gotofs/err.h"
#include "gotofs/text.h"

#define FIND_TRIES 3

static bool
find_is_plain(const char *email)
{
	return *email &&
	       email[strspn(email,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "0123456789@._-")] == '\0';
}

/* Takes the user out of the list. */
static int
find_in(struct user_list *list, const char *email, struct user *ret)
{
	for (size_t i = 0; i < list->n; i++)
		if (decode_same_email(list->v[i].email, email)) {
			*ret = list->v[i];
			list->v[i] = (struct user)USER_NONE;
			return 0;
		}
	return -ENOENT;
}

/* 1: there; 0: read to the end, not there; -EAGAIN: it shifted meanwhile. */
static int
find_in_pages(struct goto_client *c, enum goto_priority prio, const char *email,
    struct user *ret, struct err *err)
{
	long offset = 0, next, total;

	for (;;) {
		AUTO(user_list_done) struct user_list list = {NULL, 0};
		int r = goto_users_page(
		    c, prio, offset, API_PAGE_MAX, &list, &next, &total, err);

		if (r < 0)
			return r;
		if (find_in(&list, email, ret) == 0)
			return 1;
		if (next >= total || list.n == 0)
			return next == total ? 0 : -EAGAIN;
		offset = next;
	}
}

static int
find_among_all(struct goto_client *c, enum goto_priority prio,
    const char *email, struct user *ret, struct err *err)
{
	int r = -EAGAIN;

	for (int i = 0; i < FIND_TRIES && r == -EAGAIN; i++)
		r = find_in_pages(c, prio, email, ret, err);
	if (r == 0)
		return err_set(err, -ENOENT, "GoTo knows no such user");
	if (r == -EAGAIN)
		return err_set(err, -EIO,
		    "GoTo's list of users was incomplete %d times in a row",
		    FIND_TRIES);
	return r < 0 ? r : 0;
}

/* (email="(?i)a@example.com"), as in the official sample. */
static int
find_filter_url(struct goto_client *c, const char *prefix, const char *email,
    struct url *u, const char **ret, struct err *err)
{
	AUTO(text_done)
	char *filter = text_printf("(email=\"%s%s\")", prefix, email);

	if (!filter)
		return err_nomem(err);
	url_account(u, c, err);
	url_add(u, "/users");
	url_number(u, "?pageSize", API_PAGE_MAX);
	url_add(u, "&filter=");
	url_key(u, filter);
	return url_check(u, ret, err);
}

/* 1: there, 0: nobody matches; -EINVAL: what came back is none of them. */
static int
find_by_filter(struct goto_client *c, enum goto_priority prio,
    const char *prefix, const char *email, struct user *ret, struct err *err)
{
	AUTO(user_list_done) struct user_list list = {NULL, 0};
	AUTO(url_done) struct url u = URL_NONE;
	const char *url;
	long n, total;
	int r = find_filter_url(c, prefix, email, &u, &url, err);

	if (r == 0)
		r = api_page(
		    c, prio, &user_api, url, 0, &list, &n, &total, err);
	if (r < 0)
		return r;
	if (find_in(&list, email, ret) == 0)
		return 1;
	return total == 0 ? 0 : -EINVAL;
}

/* Those of the page into their places. */
static void
find_several_in(struct user_list *list, const char *const *emails, size_t n,
    struct user *ret)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!ret[i].key)
			find_in(list, emails[i], &ret[i]);
}

/* 1: all pages were read; 0: so many pages that each by himself is less;
 * -EAGAIN: it shifted meanwhile. */
static int
find_several_in_pages(struct goto_client *c, enum goto_priority prio,
    const char *const *emails, size_t n, struct user *ret, struct err *err)
{
	long offset = 0, next, total;

	for (;;) {
		AUTO(user_list_done) struct user_list list = {NULL, 0};
		size_t got;
		int r = goto_users_page(
		    c, prio, offset, API_PAGE_MAX, &list, &next, &total, err);

		if (r < 0)
			return r;
		got = list.n;
		find_several_in(&list, emails, n, ret);
		if (next >= total || got == 0)
			return next == total ? 1 : -EAGAIN;
		if (offset == 0 && (size_t)(total / API_PAGE_MAX) > n)
			return 0;
		offset = next;
	}
}

static int
find_each(struct goto_client *c, enum goto_priority prio,
    const char *const *emails, size_t n, struct user *ret, struct err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++) {
		if (ret[i].key)
			continue;
		r = goto_user_find(c, prio, emails[i], &ret[i], err);
		r = r == -ENOENT ? 0 : r;
	}
	return r;
}

int
goto_users_find(struct goto_client *c, enum goto_priority prio,
    const char *const *emails, size_t n, struct user *ret, struct err *err)
{
	int i, r = n > 1 ? -EAGAIN : 0;

	for (i = 0; i < FIND_TRIES && r == -EAGAIN; i++)
		r = find_several_in_pages(c, prio, emails, n, ret, err);
	if (r == 0)
		r = find_each(c, prio, emails, n, ret, err);
	if (r == -EAGAIN)
		r = err_set(err, -EIO,
		    "GoTo's list of users was incomplete %d times in a row",
		    FIND_TRIES);
	return r < 0 ? r : 0;
}

int
goto_user_find(struct goto_client *c, enum goto_priority prio,
    const char *email, struct user *ret, struct err *err)
{
	int r = -EINVAL;

	if (find_is_plain(email))
		r = find_by_filter(c, prio, "(?i)", email, ret, err);
	/* were it no expression, nothing could match "(?i)..." */
	if (r == 0)
		r = find_by_filter(c, prio, "", email, ret, err);
	if (r == 0)
		return err_set(err, -ENOENT, "GoTo knows no such user");
	if (r == -EINVAL)
		return find_among_all(c, prio, email, ret, err);
	return r < 0 ? r : 0;
}
