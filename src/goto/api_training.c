/* SPDX-License-Identifier: MIT */
/* GoToTraining (goto-api.md 5.3, A): a report that is asked for by POST. */

#include "api_use_int.h"
#include "decode_use_int.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

static int
training_body(const struct api_slice *s, struct json **ret, struct err *err)
{
	AUTO(json_done) struct json *body = json_new_object();
	char when[CLOCK_ISO_BYTES];

	if (!body ||
	    json_set_str(body, "startDate", clock_iso(s->from_ms, when)) < 0 ||
	    json_set_str(body, "endDate", clock_iso(s->to_ms, when)) < 0)
		return err_nomem(err);
	*ret = TAKE(body);
	return 0;
}

static int
training_read(const struct api_slice *s, struct use_list *uses, struct err *err)
{
	AUTO(json_done) struct json *body = NULL, *j = NULL;
	AUTO(url_done) struct url u = URL_NONE;
	int r = training_body(s, &body, err);

	url_add(&u, s->c->url[GOTO_API_TRAINING]);
	url_add(&u, "/reports/organizers/");
	url_key(&u, s->key);
	url_add(&u, "/sessions");
	if (r == 0)
		r = api_use_ask(s, GOTO_API_TRAINING, &u, body, &j, err);
	return r < 0 ? r : decode_trainings(j, s->key, uses, err);
}

int
goto_trainings_of_organizer(struct goto_client *c, enum goto_priority prio,
    const char *organizer_key, int64_t from_ms, int64_t to_ms,
    struct use_list *ret, struct err *err)
{
	struct api_slice s = {c, prio, organizer_key, from_ms, to_ms};

	return api_uses(&s, training_read, ret, err);
}
