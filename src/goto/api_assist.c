/* SPDX-License-Identifier: MIT */
/* GoToAssist Remote Support (goto-api.md 5.5, C): everybody's, unpaged. */
#include "api_use_int.h"
#include "decode_use_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

static int
assist_read(const struct api_slice *s, struct use_list *uses, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	AUTO(url_done) struct url u = URL_NONE;
	int r;

	url_add(&u, s->c->url[GOTO_API_ASSIST]);
	url_add(&u, "/extendedsessions");
	url_time(&u, "?fromTime", s->from_ms);
	url_time(&u, "&toTime", s->to_ms);
	r = api_use_ask(s, GOTO_API_ASSIST, &u, NULL, &j, err);
	return r < 0 ? r : decode_support(j, uses, err);
}

int
goto_assist_sessions(struct goto_client *c, enum goto_priority prio,
    int64_t from_ms, int64_t to_ms, struct use_list *ret, struct err *err)
{
	struct api_slice s = {c, prio, NULL, from_ms, to_ms};

	return api_uses(&s, assist_read, ret, err);
}
