/* SPDX-License-Identifier: MIT */
/* Sessions of webinars, a page at a time (goto-api.md 5.2, A). */
#include <stdlib.h>

#include "decode_int.h"
#include "decode_use_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

/* Who ran it, and whose it is: both have used it (5.2). */
static int
session_add(const struct json *j, const char *asked, struct use_list *l,
    struct err *err)
{
	AUTO(decode_use_done)
	struct use run = {.kind = USE_WEBINAR_STARTED, .n = 1};
	AUTO(decode_use_done)
	struct use own = {.kind = USE_WEBINAR_OWNED, .n = 1};
	int r = decode_key(j, "startingOrganizerKey", &run.user_key, err);

	if (r == 0)
		r = decode_key(j, "creatingOrganizerKey", &own.user_key, err);
	if (r == 0)
		r = decode_use_owner(&own, asked, "creatingOrganizerKey", err);
	if (r == 0)
		r = decode_use_times(j, "startTime", "endTime", &run, err);
	own.begin_ms = run.begin_ms;
	own.at_ms = run.at_ms;
	if (r == 0 && !text_equal(own.user_key, run.user_key))
		r = decode_use_add(l, &own, err);
	if (r == 0 && run.user_key)
		r = decode_use_add(l, &run, err);
	return r;
}

/* Keys of sessions are those of a webinar's, as far as we know. */
static int
session_id(const struct json *j, struct decode_ids *ids, struct err *err)
{
	AUTO(text_done) char *session = NULL;
	AUTO(text_done) char *webinar = NULL;
	AUTO(text_done) char *id = NULL;
	int r = decode_key(j, "sessionKey", &session, err);

	if (r == 0 && !session)
		r = decode_bad(err, "sessionKey");
	if (r == 0)
		r = decode_key(j, "webinarKey", &webinar, err);
	if (r < 0)
		return r;
	id = text_printf("%s/%s", webinar ? webinar : "", session);
	return id ? decode_ids_add(ids, id, err) : err_nomem(err);
}

static long
session_count(const struct json *page, const char *name)
{
	int64_t n = json_get_int(page, name, -1);

	return n < 0 || n > INT32_MAX ? -1 : (long)n;
}

/* Without a page it is none of GoToWebinar's, and must not read as "nothing";
 * where nothing matches, _embedded is absent (D). */
static int
sessions_page(const struct json *j, long page, struct decode_sessions *ret,
    const struct json **ret_rows, struct err *err)
{
	const struct json *info = json_get(j, "page");
	const struct json *embedded = json_get(j, "_embedded");
	const struct json *rows = json_get(embedded, "sessionInfoResources");

	ret->total_n = session_count(info, "totalElements");
	ret->pages_n = session_count(info, "totalPages");
	if (ret->total_n < 0)
		return decode_bad(err, "totalElements");
	if (json_get_int(info, "number", page) != page)
		return decode_bad(err, "number");
	if (json_type(embedded) != JSON_NULL &&
	    json_type(embedded) != JSON_OBJECT)
		return decode_bad(err, "_embedded");
	if (json_type(rows) != JSON_NULL && json_type(rows) != JSON_ARRAY)
		return decode_bad(err, "sessionInfoResources");
	*ret_rows = json_first(rows);
	return 0;
}

int
decode_sessions(const struct json *j, long page, const char *organizer_key,
    struct decode_sessions *ret, struct decode_ids *ids, struct use_list *uses,
    struct err *err)
{
	const struct json *row = NULL;
	int r = sessions_page(j, page, ret, &row, err);

	for (; row && r == 0; row = json_next(row)) {
		r = session_id(row, ids, err);
		if (r == 0)
			r = session_add(row, organizer_key, uses, err);
	}
	return r;
}
