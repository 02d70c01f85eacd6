/* SPDX-License-Identifier: MIT */
/*
 * GoToWebinar (goto-api.md 5.2, A): sessions in pages.  As api_list.c has it:
 * they count only if each is there once and they are as many as the last page
 * says; read again when not.
 */

#include "api_use_int.h"
#include "decode_use_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

#define WEBINAR_PAGE 200 /* the most (A) */

static int
webinar_page(const struct api_slice *s, long page, struct decode_sessions *ret,
    struct decode_ids *ids, struct use_list *uses, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	AUTO(url_done) struct url u = URL_NONE;
	int r;

	url_add(&u, s->c->url[GOTO_API_WEBINAR]);
	url_add(&u, "/organizers/");
	url_key(&u, s->key);
	url_add(&u, "/sessions");
	url_time(&u, "?fromTime", s->from_ms);
	url_time(&u, "&toTime", s->to_ms);
	url_number(&u, "&page", page);
	url_number(&u, "&size", WEBINAR_PAGE);
	r = api_use_ask(s, GOTO_API_WEBINAR, &u, NULL, &j, err);
	return r < 0 ? r
		     : decode_sessions(j, page, s->key, ret, ids, uses, err);
}

/* 1: complete; 0: it changed under our eyes. */
static int
webinar_try(const struct api_slice *s, struct use_list *uses, struct err *err)
{
	AUTO(decode_ids_done) struct decode_ids ids = DECODE_IDS_NONE;
	struct decode_sessions now = {0, 0};
	long page = 0;
	size_t before;
	int r;

	do {
		before = ids.n;
		r = webinar_page(s, page++, &now, &ids, uses, err);
		if (r < 0)
			return r;
	} while (ids.n > before && (long)ids.n < now.total_n &&
		 ids.n <= API_LIST_MAX);
	if ((long)ids.n != now.total_n ||
	    (now.pages_n >= 0 && now.total_n > 0 && now.pages_n != page))
		return 0;
	return !api_has_twins((const char **)ids.v, ids.n);
}

static int
webinar_read(const struct api_slice *s, struct use_list *uses, struct err *err)
{
	return api_use_again(
	    s, webinar_try, "GoToWebinar's list of sessions", uses, err);
}

int
goto_webinars_of_organizer(struct goto_client *c, enum goto_priority prio,
    const char *organizer_key, int64_t from_ms, int64_t to_ms,
    struct use_list *ret, struct err *err)
{
	struct api_slice s = {c, prio, organizer_key, from_ms, to_ms};

	return api_uses(&s, webinar_read, ret, err);
}
