/* SPDX-License-Identifier: MIT */
/* What a product API says about who used what is either believed as a whole,
 * and then makes sense, or refused with a sentence; times come back. */
#include <errno.h>
#include <string.h>

#include "../../src/goto/decode_use_int.h"
#include "fuzz.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

static void
check_time(const char *text)
{
	char iso[CLOCK_ISO_BYTES];
	int64_t ms, again;

	if (decode_time(text, &ms) < 0)
		return;
	/* clock_iso prints four digits from the year 1000 on; an offset may
	 * reach the year 10000 */
	if (ms < INT64_C(-30610224000000) || ms > INT64_C(253402300799999))
		return;
	FUZZ_CHECK(decode_time(clock_iso(ms, iso), &again) == 0);
	FUZZ_CHECK(again <= ms && ms - again < 1000);
}

static void
check_verdict(int r, struct err *err)
{
	FUZZ_CHECK(r == 0 || (r == -EPROTO && err->code == r && *err->msg));
	*err = (struct err)ERR_NONE;
}

/* Each is somebody's, and did not end before it began. */
static void
check_uses(int r, struct use_list *l, enum use_kind first, enum use_kind last)
{
	for (size_t i = 0; i < l->n && r == 0; i++) {
		const struct use *u = &l->v[i];

		FUZZ_CHECK(u->user_key || u->email);
		FUZZ_CHECK(!u->user_key || *u->user_key);
		FUZZ_CHECK(u->at_ms >= u->begin_ms && u->n > 0);
		FUZZ_CHECK(u->kind == first || u->kind == last);
	}
	use_list_done(l);
}

static void
check_sessions(const struct json *j)
{
	struct use_list l = USE_LIST_NONE;
	struct err err = ERR_NONE;
	int r = decode_meetings(j, "5", &l, &err);

	check_verdict(r, &err);
	check_uses(r, &l, USE_MEETING, USE_MEETING);
	r = decode_meetings(j, NULL, &l, &err);
	check_verdict(r, &err);
	check_uses(r, &l, USE_MEETING, USE_MEETING);
	r = decode_trainings(j, "5", &l, &err);
	check_verdict(r, &err);
	check_uses(r, &l, USE_TRAINING, USE_TRAINING);
	r = decode_support(j, &l, &err);
	check_verdict(r, &err);
	check_uses(r, &l, USE_SUPPORT, USE_SUPPORT);
}

static void
check_pages(const struct json *j)
{
	AUTO(decode_ids_done) struct decode_ids sessions = DECODE_IDS_NONE;
	AUTO(decode_ids_done) struct decode_ids users = DECODE_IDS_NONE;
	struct use_list l = USE_LIST_NONE;
	struct decode_sessions page;
	struct err err = ERR_NONE;
	int r = decode_sessions(j, 0, "5", &page, &sessions, &l, &err);

	check_verdict(r, &err);
	FUZZ_CHECK(r < 0 || (page.total_n >= 0 && l.n >= sessions.n));
	check_uses(r, &l, USE_WEBINAR_STARTED, USE_WEBINAR_OWNED);
	r = decode_connect_activity(j, 5, &users, &l, &err);
	check_verdict(r, &err);
	FUZZ_CHECK(r < 0 || l.n <= users.n);
	check_uses(r, &l, USE_CALLS, USE_CALLS);
}

static void
check_people(const struct json *j)
{
	AUTO(organizer_list_done) struct organizer_list o = {NULL, 0};
	AUTO(connect_user_list_done) struct connect_user_list u = {NULL, 0};
	AUTO(text_done) char *marker = NULL;
	AUTO(text_done) char *organization = NULL;
	struct err err = ERR_NONE;
	int r = decode_organizers(j, &o, &err);

	check_verdict(r, &err);
	for (size_t i = 0; i < o.n && r == 0; i++)
		FUZZ_CHECK(o.v[i].key && *o.v[i].key);
	r = decode_connect_users(j, "77", &u, &marker, &organization, &err);
	check_verdict(r, &err);
	for (size_t i = 0; i < u.n && r == 0; i++)
		FUZZ_CHECK(u.v[i].user_key && u.v[i].user_id);
	FUZZ_CHECK(!marker || *marker);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	AUTO(text_done) char *text = strndup((const char *)data, len);
	AUTO(json_done) struct json *j = NULL;

	FUZZ_CHECK(text);
	check_time(text);
	if (json_parse(text, strlen(text), &j, NULL) < 0)
		return 0;
	check_sessions(j);
	check_pages(j);
	check_people(j);
	return 0;
}
