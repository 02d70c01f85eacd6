/* SPDX-License-Identifier: MIT */
/* What the product APIs say, as structs: a row a fact (goto-api.md 5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/goto/decode_use_int.h"
#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

#define N(a) (sizeof(a) / sizeof(*(a)))

/* ---- times ---- */

#define NOON_2015 INT64_C(1435752000000) /* 2015-07-01T12:00:00Z */

static const struct {
	const char *text;
	int64_t ms;
} times[] = {
    {"2015-07-01T12:00:00Z", NOON_2015},
    {"2015-07-01T12:00:00+00:00", NOON_2015},
    {"2015-07-01T12:00:00-00:00", NOON_2015},
    {"2015-07-01T12:00:00+0000", NOON_2015},
    {"2015-07-01T12:00:00.+0000", NOON_2015},
    {"2015-07-01T12:00:00.Z", NOON_2015},
    {"2015-07-01T12:00:00.000+0000", NOON_2015},
    {"2015-07-01T12:00:00.123+0000", NOON_2015 + 123},
    {"2015-07-01T12:00:00.5Z", NOON_2015 + 500},
    {"2015-07-01T12:00:00.123456789Z", NOON_2015 + 123},
    {"2015-07-01T12:00:00.0009Z", NOON_2015},
    {"2015-07-01T14:00:00+02:00", NOON_2015},
    {"2015-07-01T14:00:00+0200", NOON_2015},
    {"2015-07-01T14:00:00.+0200", NOON_2015},
    {"2015-07-01T02:30:00.250-09:30", NOON_2015 + 250},
    {"2015-07-02T01:45:00+13:45", NOON_2015},
    {"2012-12-01T09:00:00.+0000", INT64_C(1354352400000)},
    /* of 2012: taken for UTC */
    {"06/14/2012 11:14:43", INT64_C(1339672483000)},
    {"02/29/2012 00:00:00", INT64_C(1330473600000)},
    {"1970-01-01T00:00:00Z", 0},
    {"1969-12-31T23:59:59Z", -1000},
    {"2000-02-29T23:59:59Z", INT64_C(951868799000)},
    {"2024-02-29T00:00:00Z", INT64_C(1709164800000)},
    {"9999-12-31T23:59:59Z", INT64_C(253402300799000)},
    {"0001-01-01T00:00:00Z", INT64_C(-62135596800000)},
};

static const char *const no_times[] = {"", "Z", "2015-07-01",
    "2015-07-01T12:00:00", "2015-07-01T12:00Z", "2015-07-01 12:00:00Z",
    "2015-07-01t12:00:00Z", "2015-07-01T12:00:00z", "2015-07-01T12:00:00ZZ",
    "2015-07-01T12:00:00Z ", " 2015-07-01T12:00:00Z", "2015-07-01T12:00:00+00",
    "2015-07-01T12:00:00+0", "2015-07-01T12:00:00+", "2015-07-01T12:00:00+00:0",
    "2015-07-01T12:00:00+000", "2015-07-01T12:00:00+00000",
    "2015-07-01T12:00:00+2400", "2015-07-01T12:00:00+0060",
    "2015-07-01T12:00:00.", "2015-07-01T12:00:00.5", "2015-07-01T12:00:00..0Z",
    "2015-07-01T12:00:00,5Z", "2015-07-01T12:00:00 +0000",
    "2015-07-01T24:00:00Z", "2015-07-01T12:60:00Z", "2015-07-01T12:00:60Z",
    "2015-00-01T12:00:00Z", "2015-13-01T12:00:00Z", "2015-07-00T12:00:00Z",
    "2015-06-31T12:00:00Z", "2015-02-29T12:00:00Z", "1900-02-29T12:00:00Z",
    "0000-01-01T00:00:00Z", "15-07-01T12:00:00Z", "02015-07-01T12:00:00Z",
    "+2015-07-01T12:00:00Z", "2015-7-01T12:00:00Z", "2015-07-01T12:00:00GMT",
    "1435752000000", "14/06/2012 11:14:43", "06/14/2012", "06/14/2012 11:14",
    "06/14/2012 11:14:43 PM", "06/14/2012 11:14:43Z", "6/14/2012 11:14:43",
    "06/14/12 11:14:43", "02/30/2012 11:14:43", "06-14-2012 11:14:43",
    "Thu Jun 14 11:14:43 2012", "2015-07-01T12:00:00\xc2\xa0Z",
    "2015-07-01T1\xd9\xa2:00:00Z"};

static void
test_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(times); i++) {
		int64_t ms = -7;

		if (decode_time(times[i].text, &ms) < 0 || ms != times[i].ms)
			fail_msg("%s: %lld", times[i].text, (long long)ms);
	}
	for (size_t i = 0; i < N(no_times); i++) {
		int64_t ms = -7;

		if (decode_time(no_times[i], &ms) != -EPROTO || ms != -7)
			fail_msg("%s: %lld", no_times[i], (long long)ms);
	}
}

/* ---- decoders, all of one shape ---- */

struct said {
	struct organizer_list organizers;
	struct connect_user_list users;
	char *marker, *organization;
	struct decode_sessions page;
	struct decode_ids ids;
	struct use_list uses;
};

static void
said_done(struct said *s)
{
	organizer_list_done(&s->organizers);
	connect_user_list_done(&s->users);
	free(s->marker);
	free(s->organization);
	decode_ids_done(&s->ids);
	use_list_done(&s->uses);
}

typedef int (*decoder)(const struct json *j, struct said *s, struct err *err);

static int
organizers(const struct json *j, struct said *s, struct err *err)
{
	return decode_organizers(j, &s->organizers, err);
}

static int
meetings(const struct json *j, struct said *s, struct err *err)
{
	return decode_meetings(j, "asked", &s->uses, err);
}

static int
group_meetings(const struct json *j, struct said *s, struct err *err)
{
	return decode_meetings(j, NULL, &s->uses, err);
}

static int
sessions(const struct json *j, struct said *s, struct err *err)
{
	return decode_sessions(j, 2, "asked", &s->page, &s->ids, &s->uses, err);
}

static int
trainings(const struct json *j, struct said *s, struct err *err)
{
	return decode_trainings(j, "asked", &s->uses, err);
}

static int
users(const struct json *j, struct said *s, struct err *err)
{
	return decode_connect_users(
	    j, "9", &s->users, &s->marker, &s->organization, err);
}

static int
report(const struct json *j, struct said *s, struct err *err)
{
	return decode_connect_activity(j, 999, &s->ids, &s->uses, err);
}

static int
support(const struct json *j, struct said *s, struct err *err)
{
	return decode_support(j, &s->uses, err);
}

/* "kind:key/email begin-end*n" of each use, and what else was said; times in
 * seconds since T. */
#define T INT64_C(1700000000) /* 2023-11-14T22:13:20Z */

static void
say_use(const struct use *u, struct buf *out)
{
	int r = buf_printf(out, "%s%d:%s/%s %lld-%lld*%ld%s",
	    out->len ? "; " : "", (int)u->kind, u->user_key ? u->user_key : "-",
	    u->email ? u->email : "-", (long long)(u->begin_ms / 1000 - T),
	    (long long)(u->at_ms / 1000 - T), u->n, u->day_only ? "~" : "");

	assert_int_equal(r, 0);
}

static void
say(const struct said *s, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; i < s->uses.n; i++)
		say_use(&s->uses.v[i], out);
	for (size_t i = 0; i < s->organizers.n && r == 0; i++) {
		const struct organizer *o = &s->organizers.v[i];

		r = buf_printf(out, "%s%s/%s/%s", i ? "; " : "", o->key,
		    o->email ? o->email : "-",
		    o->group_key ? o->group_key : "-");
	}
	for (size_t i = 0; i < s->users.n && r == 0; i++)
		r = buf_printf(out, "%s%s=%s", i ? "; " : "",
		    s->users.v[i].user_key, s->users.v[i].user_id);
	for (size_t i = 0; i < s->ids.n && r == 0; i++)
		r = buf_printf(out, " #%s", s->ids.v[i]);
	if (s->page.total_n || s->page.pages_n)
		r = buf_printf(
		    out, " of %ld in %ld", s->page.total_n, s->page.pages_n);
	if (s->marker && r == 0)
		r = buf_printf(out, " then %s", s->marker);
	if (s->organization && r == 0)
		r = buf_printf(out, " of %s", s->organization);
	assert_int_equal(r, 0);
}

/* T, and an hour later, as GoToMeeting and as GoToWebinar print them. */
#define FROM_G2M "\"startTime\":\"2023-11-14T22:13:20.+0000\""
#define TO_G2M "\"endTime\":\"2023-11-14T23:13:20.+0000\""
#define FROM "\"startTime\":\"2023-11-14T22:13:20Z\""
#define TO "\"endTime\":\"2023-11-14T23:13:20Z\""
#define PAGE(total, pages, number)                                             \
	"\"page\":{\"size\":200,\"totalElements\":" #total                     \
	",\"totalPages\":" #pages ",\"number\":" #number "}"
#define SESSIONS(rows)                                                         \
	"{\"_embedded\":{\"sessionInfoResources\":[" rows                      \
	"]}," PAGE(9, 3, 2) "}"

/* want NULL: -EPROTO. */
static const struct {
	decoder decode;
	const char *text, *want;
} rows[] = {
    /* organizers (5.1, A): an array, of one too */
    {organizers, "[]", ""},
    {organizers,
	"[{\"organizerKey\":4400000000000000001,\"email\":\"a@x.org\","
	"\"groupId\":9007199254740993,\"groupName\":\"G\",\"status\":"
	"\"active\","
	"\"maxNumAttendeesAllowed\":100,\"products\":[\"G2M\"]},"
	"{\"organizerKey\":\"2\",\"email\":\"b@x.org\"}]",
	"4400000000000000001/a@x.org/9007199254740993; 2/b@x.org/-"},
    /* an older page prints a bare object (A) */
    {organizers, "{\"organizerkey\":7,\"groupkey\":8}", "7/-/8"},
    {organizers, "[{\"organizerKey\":1,\"groupKey\":\"5\"}]", "1/-/5"},
    {organizers, "[{\"organizerKey\":1,\"groupId\":null,\"email\":null}]",
	"1/-/-"},
    {organizers, "[{\"email\":\"a@x.org\"}]", NULL},
    {organizers, "[{\"organizerKey\":\"\"}]", NULL},
    {organizers, "[{\"organizerKey\":true}]", NULL},
    {organizers, "[{\"organizerKey\":1},5]", NULL},
    {organizers, "{\"int_err_code\":\"X\",\"msg\":\"no\"}", NULL},
    {organizers, "{}", NULL},
    {organizers, "null", NULL},
    {organizers, "\"x\"", NULL},

    /* meetings (5.1) */
    {meetings, "[]", ""},
    {meetings,
	"[{\"organizerKey\":\"123\",\"accountKey\":\"9\",\"meetingId\":"
	"\"123456789\",\"sessionId\":\"4400000000000000001\","
	"\"meetingType\":\"scheduled\",\"subject\":\"Weekly\"," FROM_G2M
	"," TO_G2M ",\"duration\":\"42\",\"numAttendees\":\"5\","
	"\"email\":\"a@x.org\"}]",
	"1:123/a@x.org 0-3600*1"},
    /* of the older calls: numbers, another spelling, capitals (A) */
    {meetings,
	"[{\"organizerkey\":9007199254740993,\"meetingId\":1,\"duration\":4,"
	"\"meetingType\":\"Scheduled\",\"numAttendees\":1,"
	"\"startTime\":\"11/14/2023 22:13:20\",\"endTime\":"
	"\"11/14/2023 22:14:20\"}]",
	"1:9007199254740993/- 0-60*1"},
    /* nobody named: of whom was asked for */
    {meetings, "[{" FROM "}]", "1:asked/- 0-0*1"},
    {meetings, "[{" FROM ",\"email\":\"a@x.org\"}]", "1:asked/a@x.org 0-0*1"},
    {meetings, "[{" FROM ",\"organizerKey\":\"unheard of\"}]",
	"1:unheard of/- 0-0*1"},
    {meetings, "[{" FROM ",\"endTime\":null}]", "1:asked/- 0-0*1"},
    /* it cannot have ended before it began */
    {meetings, "[{" FROM ",\"endTime\":\"2023-11-14T22:00:00Z\"}]",
	"1:asked/- 0-0*1"},
    {group_meetings,
	"[{\"organizerKey\":\"1\",\"groupName\":\"G\"," FROM_G2M "},"
	"{\"organizerkey\":2," FROM "," TO "}]",
	"1:1/- 0-0*1; 1:2/- 0-3600*1"},
    /* by his address alone nobody is known here */
    {group_meetings, "[{" FROM ",\"email\":\"a@x.org\"}]", NULL},
    {group_meetings, "[{" FROM "}]", NULL},
    {meetings, "[{" FROM "},{\"organizerKey\":\"1\"}]", NULL},
    {meetings, "[{\"startTime\":1700000000000}]", NULL},
    {meetings, "[{\"startTime\":\"yesterday\"}]", NULL},
    {meetings, "[{" FROM ",\"endTime\":\"\"}]", NULL},
    {meetings, "[{" FROM ",\"endTime\":5}]", NULL},
    {meetings, "[{" FROM ",\"organizerKey\":[]}]", NULL},
    {meetings, "[{" FROM ",\"email\":5}]", NULL},
    {meetings, "[null]", NULL},
    {meetings, "{\"err\":\"gw\",\"message\":\"no\"}", NULL},
    {meetings, "5", NULL},

    /* webinars (5.2) */
    {sessions,
	SESSIONS("{\"sessionKey\":\"1\",\"webinarKey\":\"2\",\"webinarID\":"
		 "\"123456789\"," FROM "," TO ",\"registrantsAttended\":3,"
		 "\"creatingOrganizerKey\":\"7\",\"startingOrganizerKey\":"
		 "\"7\"}"),
	"2:7/- 0-3600*1 #2/1 of 9 in 3"},
    /* run by another: a use of both */
    {sessions,
	SESSIONS("{\"sessionKey\":4400000000000000001,\"webinarKey\":2," FROM
		 "," TO ",\"creatingOrganizerKey\":7,"
		 "\"startingOrganizerKey\":9007199254740993}"),
	"3:7/- 0-3600*1; 2:9007199254740993/- 0-3600*1"
	" #2/4400000000000000001 of 9 in 3"},
    {sessions, SESSIONS("{\"sessionKey\":\"1\"," FROM "}"),
	"3:asked/- 0-0*1 #/1 of 9 in 3"},
    {sessions,
	SESSIONS(
	    "{\"sessionKey\":\"1\"," FROM ",\"startingOrganizerKey\":\"5\"}"),
	"3:asked/- 0-0*1; 2:5/- 0-0*1 #/1 of 9 in 3"},
    {sessions,
	SESSIONS("{\"sessionKey\":\"1\"," FROM
		 ",\"startingOrganizerKey\":\"asked\"}"),
	"2:asked/- 0-0*1 #/1 of 9 in 3"},
    /* nothing: _embedded is absent (D), or empty */
    {sessions, "{" PAGE(0, 0, 2) "}", ""},
    {sessions, "{\"_embedded\":{}," PAGE(0, 1, 2) "}", " of 0 in 1"},
    {sessions, "{\"_links\":{},\"_embedded\":null," PAGE(0, 0, 2) "}", ""},
    {sessions, "{\"page\":{\"totalElements\":0}}", " of 0 in -1"},
    {sessions, "{" PAGE(0, 0, 1) "}", NULL},
    {sessions, "{\"page\":{\"totalElements\":-1}}", NULL},
    {sessions, "{\"page\":{}}", NULL},
    {sessions, "{\"_embedded\":{\"sessionInfoResources\":[]}}", NULL},
    {sessions, "{\"_embedded\":[]," PAGE(0, 0, 2) "}", NULL},
    {sessions,
	"{\"_embedded\":{\"sessionInfoResources\":{}}," PAGE(0, 0, 2) "}",
	NULL},
    {sessions, "{\"errorCode\":\"X\",\"description\":\"no\"}", NULL},
    {sessions, "[]", NULL},
    {sessions, SESSIONS("{" FROM "}"), NULL},
    {sessions, SESSIONS("{\"sessionKey\":\"1\"}"), NULL},

    /* trainings (5.3) */
    {trainings, "[]", ""},
    {trainings,
	"[{\"sessionKey\":\"1\",\"trainingName\":\"T\",\"sessionStartTime\":"
	"\"2023-11-14T22:13:20Z\",\"sessionEndTime\":\"2023-11-14T22:14:20Z\","
	"\"duration\":60,\"attendanceCount\":5,\"organizers\":[{"
	"\"organizerKey\":\"1\",\"givenName\":\"A\",\"surname\":\"B\","
	"\"email\":\"a@x.org\"},{\"organizerkey\":9007199254740993}]}]",
	"4:1/a@x.org 0-60*1; 4:9007199254740993/- 0-60*1"},
    {trainings,
	"[{\"sessionStartTime\":\"2023-11-14T22:13:20Z\",\"organizers\":"
	"{\"organizerKey\":5},\"trainingName\":\"after it\"}]",
	"4:5/- 0-0*1"},
    {trainings,
	"[{\"sessionStartTime\":\"2023-11-14T22:13:20Z\",\"organizers\":"
	"[{\"email\":\"a@x.org\"}]}]",
	NULL},
    {trainings, "[{\"sessionStartTime\":\"2023-11-14T22:13:20Z\"}]",
	"4:asked/- 0-0*1"},
    {trainings,
	"[{\"sessionStartTime\":\"2023-11-14T22:13:20Z\",\"organizers\":[]}]",
	"4:asked/- 0-0*1"},
    {trainings,
	"[{\"sessionStartTime\":\"2023-11-14T22:13:20Z\",\"organizers\":[{}]}]",
	NULL},
    {trainings,
	"[{\"sessionStartTime\":\"2023-11-14T22:13:20Z\",\"organizers\":5}]",
	NULL},
    {trainings, "[{" FROM "}]", NULL},
    {trainings, "null", NULL},

    /* GoToConnect (5.4) */
    {users, "{\"items\":[]}", ""},
    {users,
	"{\"items\":[{\"userKey\":\"1\",\"userId\":\"u-1\",\"lines\":[]},"
	"{\"userKey\":9007199254740993,\"userId\":\"u-2\"}],"
	"\"nextPageMarker\":\"m1\"}",
	"1=u-1; 9007199254740993=u-2 then m1"},
    {users,
	"{\"items\":[{\"userKey\":\"1\",\"userId\":\"u\",\"lines\":[5,{},"
	"{\"accountKey\":8,\"organization\":{\"id\":\"not ours\"}},"
	"{\"accountKey\":9},{\"accountKey\":9,\"organization\":{\"id\":\"\"}},"
	"{\"accountKey\":9,\"organization\":{\"id\":\"o-1\"}},"
	"{\"accountKey\":9,\"organization\":{\"id\":\"o-2\"}}]}]}",
	"1=u of o-1"},
    {users, "{\"items\":[],\"nextPageMarker\":\"\"}", ""},
    {users, "{\"items\":[],\"nextPageMarker\":null}", ""},
    {users, "{\"items\":[],\"nextPageMarker\":[]}", NULL},
    {users, "{\"items\":[{\"userKey\":\"1\"}]}", NULL},
    {users, "{\"items\":[{\"userId\":\"u-1\"}]}", NULL},
    {users, "{\"items\":null}", NULL},
    {users, "{\"errorCode\":\"X\"}", NULL},
    {users, "[]", NULL},
    {report, "{\"items\":[]}", ""},
    /* whatever the unit of durations may be */
    {report,
	"{\"items\":[{\"userId\":\"u-1\",\"userName\":\"A\",\"dataValues\":{"
	"\"volume\":75,\"inboundVolume\":45,\"totalDuration\":20800}},"
	"{\"userId\":\"u-2\",\"dataValues\":{\"volume\":0}},"
	"{\"userId\":\"u-3\",\"dataValues\":{\"volume\":\"2\"}}]}",
	"5:u-1/- -1700000000--1700000000*75~; "
	"5:u-3/- -1700000000--1700000000*2~ #u-1 #u-2 #u-3"},
    {report, "{\"items\":[{\"dataValues\":{\"volume\":1}}]}", NULL},
    {report, "{\"items\":[{\"userId\":\"u\"}]}", NULL},
    {report, "{\"items\":[{\"userId\":\"u\",\"dataValues\":{}}]}", NULL},
    {report, "{\"items\":[{\"userId\":\"u\",\"dataValues\":{\"volume\":-1}}]}",
	NULL},
    {report,
	"{\"items\":[{\"userId\":\"u\",\"dataValues\":{\"volume\":\"2x\"}}]}",
	NULL},
    {report,
	"{\"items\":[{\"userId\":\"u\",\"dataValues\":{\"volume\":\"\"}}]}",
	NULL},
    {report, "{}", NULL},

    /* GoToAssist (5.5, C) */
    {support, "{\"totalNumSessions\":0,\"sessions\":[]}", ""},
    {support, "{\"totalNumSessions\":0}", ""},
    {support, "{\"sessions\":[]}", ""},
    {support,
	"{\"totalNumSessions\":4,\"sessions\":[{\"sessionId\":\"1\","
	"\"sessionType\":\"screen_sharing\",\"status\":\"complete\","
	"\"startedAt\":\"2023-11-14T22:13:20Z\",\"endedAt\":"
	"\"2023-11-14T22:14:20Z\",\"expertName\":\"A\",\"expertEmail\":"
	"\"a@x.org\",\"expertUserKey\":9007199254740993,\"accountKey\":9},"
	"{\"startedAt\":\"2023-11-14T22:13:20Z\",\"expertEmail\":\"b@x.org\"},"
	"{\"startedAt\":\"2023-11-14T22:13:20Z\",\"status\":\"active\","
	"\"expertUserKey\":\"3\"},"
	"{\"status\":\"notStarted\",\"expertUserKey\":\"4\"}]}",
	"6:9007199254740993/a@x.org 0-60*1; 6:-/b@x.org 0-0*1; 6:3/- 0-0*1"},
    {support, "{\"totalNumSessions\":2,\"sessions\":[]}", NULL},
    {support, "{\"totalNumSessions\":1}", NULL},
    {support, "{\"totalNumSessions\":0,\"sessions\":5}", NULL},
    {support, "{}", NULL},
    {support, "[]", NULL},
    {support, "{\"sessions\":[{\"expertUserKey\":\"1\"}]}", NULL},
    {support, "{\"sessions\":[{\"status\":\"complete\"}]}", NULL},
    {support, "{\"sessions\":[{\"startedAt\":\"2023-11-14T22:13:20Z\"}]}",
	NULL},
};

static struct json *
parse(const char *text)
{
	struct json *j;
	struct err err = ERR_NONE;

	if (json_parse(text, strlen(text), &j, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return j;
}

static void
check_row(size_t i)
{
	struct said s = {.page = {0, 0}};
	AUTO(buf_done) struct buf got = BUF_MAX(10000);
	struct json *j = parse(rows[i].text);
	struct err err = ERR_NONE;
	int r = rows[i].decode(j, &s, &err);

	if (r != (rows[i].want ? 0 : -EPROTO) || err.code != r)
		fail_msg("row %zu: %s: %d %s", i, rows[i].text, r, err.msg);
	if (r == 0)
		say(&s, &got);
	if (r == 0 && strcmp(buf_str(&got), rows[i].want) != 0)
		fail_msg("row %zu: %s\ngot %s\nwanted %s", i, rows[i].text,
		    buf_str(&got), rows[i].want);
	said_done(&s);
	json_free(j);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		check_row(i);
}

/* ---- memory ---- */

static int
row_once(void *ctx)
{
	const size_t *i = ctx;
	struct said s = {.page = {0, 0}};
	AUTO(json_done) struct json *j = NULL;
	int r = json_parse(rows[*i].text, strlen(rows[*i].text), &j, NULL);

	if (r == 0)
		r = rows[*i].decode(j, &s, NULL);
	said_done(&s);
	return r;
}

static void
test_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		if (rows[i].want)
			alloc_fail_sweep(row_once, &i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
