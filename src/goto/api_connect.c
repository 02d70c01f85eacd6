/* SPDX-License-Identifier: MIT */
/* GoToConnect (goto-api.md 5.4, A/B): who its users are, and what they did. */
#include <errno.h>
#include <stdlib.h>

#include "api_use_int.h"
#include "decode_use_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

#define CONNECT_PAGE 10000 /* the most (A) */
/* A page of so many, or a multiple, may have been cut at the size that the
 * tenant uses instead of ours (D): 50, 100, 250, 1000, ... */
#define CONNECT_PAGE_STEP 50
/* 100,000 users also where a page has five of them: its size is unknown. */
#define CONNECT_PAGES_MAX 20000

/* The users tell in passing what GoToConnect calls the account. */
static int
connect_users_read(const struct api_slice *s, const struct json *j,
    struct connect_user_list *list, char **ret_marker, struct err *err)
{
	AUTO(text_done) char *account = url_known_account(s->c);
	AUTO(text_done) char *organization = NULL;
	int r;

	if (!account)
		return err_nomem(err);
	r = decode_connect_users(
	    j, account, list, ret_marker, &organization, err);
	if (r < 0 || !organization)
		return r;
	pthread_mutex_lock(&s->c->lock);
	if (text_equal(account, s->c->account_key)) {
		free(s->c->organization);
		s->c->organization = TAKE(organization);
	}
	pthread_mutex_unlock(&s->c->lock);
	return 0;
}

static int
connect_users_page(const struct api_slice *s, const char *marker,
    struct connect_user_list *list, char **ret_marker, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	AUTO(url_done) struct url u = URL_NONE;
	int r;

	url_add(&u, s->c->url[GOTO_API_CONNECT]);
	url_add(&u, "/users/v1/users?accountKey=");
	url_account_key(&u, s->c, err);
	if (marker) {
		url_add(&u, "&pageMarker=");
		url_key(&u, marker);
	}
	r = api_use_ask(s, GOTO_API_CONNECT, &u, NULL, &j, err);
	if (r == 0)
		r = connect_users_read(s, j, list, ret_marker, err);
	return api_unusable(r, err);
}

static int
connect_endless(struct err *err)
{
	return err_set(err, -EIO, "GoToConnect's list of users does not end");
}

/* A marker that was there before leads round in circles: each is compared with
 * one of those before it, which moves on at the powers of two (Brent). */
static int
connect_users_all(
    const struct api_slice *s, struct connect_user_list *list, struct err *err)
{
	AUTO(text_done) char *marker = NULL;
	AUTO(text_done) char *before = NULL;

	for (long n = 1; n <= CONNECT_PAGES_MAX; n++) {
		AUTO(text_done) char *next = NULL;
		int r = connect_users_page(s, marker, list, &next, err);

		if (r < 0 || !next)
			return r;
		if (text_equal(next, before) || list->n > API_LIST_MAX)
			return connect_endless(err);
		if ((n & (n - 1)) == 0) {
			free(before);
			before = text_dup(next);
			if (!before)
				return err_nomem(err);
		}
		free(marker);
		marker = TAKE(next);
	}
	return connect_endless(err);
}

int
goto_connect_users(struct goto_client *c, enum goto_priority prio,
    struct connect_user_list *ret, struct err *err)
{
	struct connect_user_list list = {NULL, 0};
	struct api_slice s = {.c = c, .prio = prio};
	int r = connect_users_all(&s, &list, err);

	if (r < 0)
		connect_user_list_done(&list);
	else
		*ret = list;
	return r;
}

static int
connect_report_ask(const struct api_slice *s, long page,
    const char *organization, struct json **ret, struct err *err)
{
	AUTO(url_done) struct url u = URL_NONE;

	url_add(&u, s->c->url[GOTO_API_CONNECT]);
	url_add(&u, "/call-reports/v1/reports/user-activity?accountKey=");
	url_account_key(&u, s->c, err);
	if (organization) {
		url_add(&u, "&organizationId=");
		url_key(&u, organization);
	}
	url_time(&u, "&startTime", s->from_ms);
	url_time(&u, "&endTime", s->to_ms);
	url_number(&u, "&page", page);
	url_number(&u, "&pageSize", CONNECT_PAGE);
	return api_use_ask(s, GOTO_API_CONNECT, &u, NULL, ret, err);
}

/* NULL: unknown, not needed, or no memory. */
static char *
connect_organization(const struct api_slice *s, bool only_if_needed)
{
	char *organization = NULL;

	pthread_mutex_lock(&s->c->lock);
	if (s->c->organization_needed || !only_if_needed)
		organization = text_dup(s->c->organization);
	pthread_mutex_unlock(&s->c->lock);
	return organization;
}

static void
connect_learn_organization(const struct api_slice *s)
{
	struct connect_user_list list = {NULL, 0};
	AUTO(text_done) char *marker = NULL;

	connect_users_page(s, NULL, &list, &marker, NULL);
	connect_user_list_done(&list);
}

/* Who is in several organizations must say which (A); who is in one need not,
 * so the account is enough until it is refused. */
static int
connect_report_get(
    const struct api_slice *s, long page, struct json **ret, struct err *err)
{
	AUTO(text_done) char *needed = connect_organization(s, true);
	AUTO(text_done) char *organization = NULL;
	int r = connect_report_ask(s, page, needed, ret, err);

	if (r != -EINVAL || needed || page > 0)
		return r;
	organization = connect_organization(s, false);
	if (!organization) {
		connect_learn_organization(s);
		organization = connect_organization(s, false);
	}
	if (!organization)
		return r;
	r = connect_report_ask(s, page, organization, ret, err);
	if (r == 0) {
		pthread_mutex_lock(&s->c->lock);
		s->c->organization_needed = true;
		pthread_mutex_unlock(&s->c->lock);
	}
	return r;
}

static int
connect_report_page(const struct api_slice *s, long page,
    struct decode_ids *ids, struct use_list *uses, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	int r = connect_report_get(s, page, &j, err);

	return r < 0 ? r
		     : decode_connect_activity(j, s->to_ms - 1, ids, uses, err);
}

/* A page that was asked for to be sure may be refused: there is none.  After a
 * full one there must be an answer, be it an empty one. */
static bool
connect_is_beyond(int r, size_t page_n)
{
	return page_n > 0 && page_n < CONNECT_PAGE &&
	       (r == -EINVAL || r == -ENOENT || r == -EACCES);
}

/* No total is documented: a short page is the last (D), unless it has as many
 * as a full one may have.  1: each is there once. */
static int
connect_report_try(
    const struct api_slice *s, struct use_list *uses, struct err *err)
{
	AUTO(decode_ids_done) struct decode_ids ids = DECODE_IDS_NONE;
	long page = 0;
	size_t page_n = 0;

	do {
		size_t before = ids.n;
		int r = connect_report_page(s, page++, &ids, uses, err);

		if (connect_is_beyond(r, page_n))
			break;
		if (r < 0)
			return r;
		if (ids.n > API_LIST_MAX)
			return 0;
		if (ids.n > before && before >= page_n && page_n > 0 &&
		    text_equal(ids.v[before], ids.v[before - page_n]))
			return 1; /* the same page once more */
		page_n = ids.n - before;
	} while (page_n > 0 && page_n % CONNECT_PAGE_STEP == 0);
	return !api_has_twins((const char **)ids.v, ids.n);
}

static int
connect_report_read(
    const struct api_slice *s, struct use_list *uses, struct err *err)
{
	return api_use_again(
	    s, connect_report_try, "GoToConnect's report", uses, err);
}

int
goto_connect_activity(struct goto_client *c, enum goto_priority prio,
    int64_t from_ms, int64_t to_ms, struct use_list *ret, struct err *err)
{
	struct api_slice s = {c, prio, NULL, from_ms, to_ms};

	return api_uses(&s, connect_report_read, ret, err);
}
