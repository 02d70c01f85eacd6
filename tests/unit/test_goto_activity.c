/* SPDX-License-Identifier: MIT */
/* Who used what: what is asked for, in which slices and pages, what is asked
 * again, and what a refusal means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "goto_fixture.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/goto_activity.h"
#include "gotofs/text.h"

#define BG GOTO_BACKGROUND
#define DAY INT64_C(86400000)
/* 2023-11-14T22:13:20Z */
#define T INT64_C(1700000000000)
#define T_END (T + DAY)

static struct use_list uses;

static void
end(void)
{
	use_list_done(&uses);
	finish();
}

/* "kind:key begin-end*n", in seconds since T; then they are forgotten. */
static void
expect(const char *want)
{
	AUTO(buf_done) struct buf got = BUF_MAX(100000);

	for (size_t i = 0; i < uses.n; i++) {
		const struct use *u = &uses.v[i];

		buf_printf(&got, "%s%d:%s %lld-%lld*%ld", i ? "; " : "",
		    (int)u->kind, u->user_key ? u->user_key : u->email,
		    (long long)(u->begin_ms - T) / 1000,
		    (long long)(u->at_ms - T) / 1000, u->n);
	}
	assert_string_equal(buf_str(&got), want);
	use_list_done(&uses);
}

/* ---- GoToMeeting ---- */

#define G2M "/G2M/rest"
#define DAY_1 "startDate=2023-11-14T22:13:20Z&endDate=2023-11-15T22:13:20Z"
#define OF(who) "GET " G2M who "/historicalMeetings?"
#define ONE OF("/organizers/5") DAY_1
#define AT(time) "{\"organizerKey\":\"5\",\"startTime\":\"" time "\"}"
#define AT_BEGIN AT("2023-11-14T22:13:20Z")

static void
test_organizers(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"GET " G2M "/organizers", .bearer = "t1", .body = "",
		.answer = "[{\"organizerKey\":9007199254740993,\"email\":"
			  "\"a@x.org\",\"groupId\":3},{\"organizerKey\":2}]"},
	    {"GET " G2M "/organizers", .answer = "[]"},
	    {"GET " G2M "/organizers",
		.answer = "[{\"organizerKey\":1},{\"email\":\"a@x.org\"}]"},
	};
	struct organizer_list l = {NULL, 0};

	(void)state;
	START(steps);
	check(goto_meeting_organizers(client, BG, &l, &err));
	assert_int_equal(err.http_status, 200);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[0].key, "9007199254740993");
	assert_string_equal(l.v[0].email, "a@x.org");
	assert_string_equal(l.v[0].group_key, "3");
	assert_null(l.v[1].group_key);
	organizer_list_done(&l);
	check(goto_meeting_organizers(client, BG, &l, &err));
	assert_int_equal(l.n, 0);
	assert_int_equal(goto_meeting_organizers(client, BG, &l, &err), -EIO);
	assert_int_equal(err.code, -EIO);
	assert_null(l.v);
	end();
}

static void
test_meetings(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {ONE, .answer = "[{\"startTime\":\"2023-11-14T23:13:20.+0000\","
			    "\"endTime\":\"2023-11-15T00:13:20.+0000\","
			    "\"organizerKey\":\"5\"},{\"organizerKey\":\"6\","
			    "\"startTime\":\"2023-11-14T22:13:20.+0000\"}]"},
	    {OF("/groups/8") DAY_1, .answer =
					"[{\"organizerkey\":6,\"startTime\":"
					"\"2023-11-14T22:13:21Z\"}]"},
	    {OF("/organizers/a%2Fb") DAY_1, .answer = "[]"},
	    {OF("/organizers/5") "startDate=2023-11-14T22:13:19Z&endDate="
				 "2023-11-14T22:13:20Z",
		.answer = "[]"},
	};

	(void)state;
	START(steps);
	check(
	    goto_meetings_of_organizer(client, BG, "5", T, T_END, &uses, &err));
	/* appended */
	check(goto_meetings_of_group(client, BG, "8", T, T_END, &uses, &err));
	expect("1:5 3600-7200*1; 1:6 0-0*1; 1:6 1-1*1");
	check(goto_meetings_of_organizer(
	    client, BG, "a/b", T, T_END, &uses, &err));
	/* whole seconds; nothing between them is no question */
	check(goto_meetings_of_organizer(
	    client, BG, "5", T - 1, T + 999, &uses, &err));
	check(goto_meetings_of_organizer(
	    client, BG, "5", T, T + 999, &uses, &err));
	check(
	    goto_meetings_of_organizer(client, BG, "5", T_END, T, &uses, &err));
	expect("");
	assert_int_equal(
	    goto_meetings_of_organizer(client, BG, "..", T, T_END, &uses, &err),
	    -EINVAL);
	assert_int_equal(
	    goto_meetings_of_group(client, BG, NULL, T, T_END, &uses, &err),
	    -EINVAL);
	end();
}

/* 90 days at most (D); what began where two slices meet may be in both. */
static void
test_slices(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {OF("/organizers/5") "startDate=2023-11-14T22:13:20Z&endDate="
				 "2024-02-12T22:13:20Z",
		.answer = "[" AT_BEGIN "," AT("2024-02-12T22:13:20Z") "]"},
	    {OF("/organizers/5") "startDate=2024-02-12T22:13:20Z&endDate="
				 "2024-05-12T22:13:20Z",
		.answer = "[" AT("2024-02-12T22:13:20Z") "," AT(
		    "2024-02-12T22:13:20Z") "," AT("2024-02-12T22:13:21Z") "]"},
	    {OF("/organizers/5") "startDate=2024-05-12T22:13:20Z&endDate="
				 "2024-05-12T22:13:21Z",
		.answer = "[]"},
	    /* the second one fails: nothing of the first remains */
	    {NULL, .answer = "[" AT_BEGIN "]"},
	    {NULL, .status = 403},
	    {NULL, .answer = "[" AT_BEGIN "]"},
	    {NULL, .answer = "[5]"},
	};

	(void)state;
	START(steps);
	check(goto_meetings_of_organizer(
	    client, BG, "5", T, T + 180 * DAY + 1000, &uses, &err));
	expect("1:5 0-0*1; 1:5 7776000-7776000*1; 1:5 7776001-7776001*1");
	assert_int_equal(goto_meetings_of_organizer(
			     client, BG, "5", T, T + 91 * DAY, &uses, &err),
	    -EACCES);
	assert_int_equal(uses.n, 0);
	assert_int_equal(goto_meetings_of_organizer(
			     client, BG, "5", T, T + 91 * DAY, &uses, &err),
	    -EIO);
	assert_int_equal(err.code, -EIO);
	expect("");
	end();
}

#define OF_ALL(from, to)                                                       \
	"GET /G2A/rest/v1/extendedsessions?fromTime=" from "&toTime=" to

/* What is too large for one answer is asked for in halves, down to a day. */
static void
test_halves(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {OF_ALL("2023-11-14T22:13:20Z", "2023-11-18T22:13:20Z"),
		.r = -EFBIG},
	    {OF_ALL("2023-11-14T22:13:20Z", "2023-11-16T22:13:20Z"),
		.answer = "{\"sessions\":[{\"startedAt\":"
			  "\"2023-11-16T22:13:20Z\",\"expertUserKey\":1}]}"},
	    {OF_ALL("2023-11-16T22:13:20Z", "2023-11-18T22:13:20Z"),
		.r = -EFBIG},
	    {OF_ALL("2023-11-16T22:13:20Z", "2023-11-17T22:13:20Z"),
		.answer = "{\"sessions\":[{\"startedAt\":"
			  "\"2023-11-16T22:13:20Z\",\"expertUserKey\":1}]}"},
	    {OF_ALL("2023-11-17T22:13:20Z", "2023-11-18T22:13:20Z"),
		.answer = "{\"sessions\":[]}"},
	    {ONE, .r = -EFBIG},
	    {"GET " G2M "/organizers", .r = -EFBIG},
	};
	struct organizer_list l = {NULL, 0};

	(void)state;
	START(steps);
	check(goto_assist_sessions(client, BG, T, T + 4 * DAY, &uses, &err));
	expect("6:1 172800-172800*1");
	assert_int_equal(
	    goto_meetings_of_organizer(client, BG, "5", T, T_END, &uses, &err),
	    -EIO);
	assert_int_equal(err.code, -EIO);
	assert_int_equal(goto_meeting_organizers(client, BG, &l, &err), -EIO);
	end();
}

static void
test_400_days(void **state)
{
	static const struct script_step steps[] = {SCRIPT_TOKEN,
	    {NULL, .answer = "[]"}, {NULL, .answer = "[]"},
	    {NULL, .answer = "[]"}, {NULL, .answer = "[]"},
	    {OF("/organizers/5") "startDate=2024-11-08T22:13:20Z&endDate="
				 "2024-12-18T22:13:20Z",
		.answer = "[]"}};

	(void)state;
	START(steps);
	check(goto_meetings_of_organizer(
	    client, BG, "5", T, T + 400 * DAY, &uses, &err));
	end();
}

/* ---- GoToWebinar ---- */

#define SESSIONS(page)                                                         \
	"GET /G2W/rest/v2/organizers/5/sessions?fromTime="                     \
	"2023-11-14T22:13:20Z&toTime=2023-11-15T22:13:20Z&page=" #page         \
	"&size=200"
#define PAGE(rows, number, pages, total)                                       \
	"{\"_embedded\":{\"sessionInfoResources\":[" rows                      \
	"]},\"page\":{\"size\":200,\"totalElements\":" #total                  \
	",\"totalPages\":" #pages ",\"number\":" #number "}}"
#define SESSION(key)                                                           \
	"{\"sessionKey\":\"" key "\",\"webinarKey\":\"1\",\"startTime\":"      \
	"\"2023-11-14T22:13:20Z\",\"startingOrganizerKey\":\"5\","             \
	"\"creatingOrganizerKey\":\"5\"}"

static int
webinars(void)
{
	return goto_webinars_of_organizer(
	    client, BG, "5", T, T_END, &uses, &err);
}

static void
test_webinars(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {SESSIONS(0),
		.answer = PAGE(SESSION("1") "," SESSION("2"), 0, 2, 3)},
	    {SESSIONS(1), .answer = PAGE(SESSION("3"), 1, 2, 3)},
	    {SESSIONS(0), .answer =
			      "{\"page\":{\"size\":200,\"totalElements\":0,"
			      "\"totalPages\":0,\"number\":0}}"},
	    /* the same key in another webinar is another session */
	    {SESSIONS(0),
		.answer = PAGE(SESSION("1") ",{\"sessionKey\":\"1\","
					    "\"webinarKey\":\"2\",\"startTime\""
					    ":\"2023-11-14T22:13:20Z\","
					    "\"startingOrganizerKey\":\"6\"}",
		    0, 1, 2)},
	};

	(void)state;
	START(steps);
	check(webinars());
	expect("2:5 0-0*1; 2:5 0-0*1; 2:5 0-0*1");
	check(webinars());
	expect("");
	check(webinars());
	expect("2:5 0-0*1; 3:5 0-0*1; 2:6 0-0*1");
	end();
}

static void
test_webinars_that_shift(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    /* one is there twice, so another is hidden */
	    {SESSIONS(0),
		.answer = PAGE(SESSION("1") "," SESSION("2"), 0, 2, 3)},
	    {SESSIONS(1), .answer = PAGE(SESSION("2"), 1, 2, 3)},
	    /* one less than at first */
	    {SESSIONS(0),
		.answer = PAGE(SESSION("1") "," SESSION("2"), 0, 2, 3)},
	    {SESSIONS(1), .answer = PAGE("", 1, 1, 2)},
	    {SESSIONS(0), .answer = PAGE(SESSION("1"), 0, 1, 1)},
	    /* more, less, other pages than it says: three times */
	    {SESSIONS(0),
		.answer = PAGE(SESSION("1") "," SESSION("2"), 0, 1, 1)},
	    {SESSIONS(0), .answer = PAGE("", 0, 1, 1)},
	    {SESSIONS(0), .answer = PAGE(SESSION("1"), 0, 2, 1)},
	    /* another page than was asked for */
	    {SESSIONS(0), .answer = PAGE(SESSION("1"), 1, 1, 1)},
	    {SESSIONS(0), .answer = "{\"error\":\"sorry\"}"},
	    {SESSIONS(0), .answer = PAGE(SESSION("1"), 0, 2, 2)},
	    {SESSIONS(1), .answer = PAGE("{}", 1, 2, 2)},
	};

	(void)state;
	START(steps);
	check(webinars());
	expect("2:5 0-0*1");
	assert_int_equal(webinars(), -EIO);
	assert_non_null(strstr(err.msg, "incomplete 3 times"));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(webinars(), -EIO);
		assert_int_equal(err.code, -EIO);
		assert_int_equal(uses.n, 0);
	}
	end();
}

/* ---- GoToTraining ---- */

#define REPORT "POST /G2T/rest/reports/organizers/5/sessions"

static int
trainings(void)
{
	return goto_trainings_of_organizer(
	    client, BG, "5", T, T_END, &uses, &err);
}

/* A POST that changes nothing is repeated like a GET. */
static void
test_trainings(void **state)
{
	static const char body[] = "{\"startDate\":\"2023-11-14T22:13:20Z\","
				   "\"endDate\":\"2023-11-15T22:13:20Z\"}";
	static const char answer[] =
	    "[{\"sessionKey\":\"1\",\"sessionStartTime\":"
	    "\"2023-11-14T22:13:20Z\",\"organizers\":[{\"organizerKey\":5},"
	    "{\"organizerKey\":6}]}]";
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {REPORT, .body = body, .answer = answer},
	    {REPORT, .body = body, .status = 502},
	    {REPORT, .body = body, .r = -ECONNRESET},
	    {REPORT, .body = body, .answer = answer},
	    {REPORT, .status = 200, .answer = "["},
	    {REPORT, .status = 429},
	    {REPORT, .r = -ECONNREFUSED, .unsent = true},
	    {REPORT, .answer = "[]"},
	    {REPORT, .status = 500},
	    {REPORT, .status = 500},
	    {REPORT, .status = 500},
	    {REPORT, .status = 302},
	    {REPORT, .r = -EFBIG},
	    {REPORT, .r = -ECANCELED},
	};

	(void)state;
	START(steps);
	check(trainings());
	expect("4:5 0-0*1; 4:6 0-0*1");
	check(trainings());
	expect("4:5 0-0*1; 4:6 0-0*1");
	check(trainings());
	expect("");
	for (int i = 0; i < 3; i++)
		assert_int_equal(trainings(), -EIO);
	assert_int_equal(trainings(), -ECANCELED);
	end();
}

/* Of a POST, too, less is asked for when the answer is too large. */
static void
test_training_halves(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {REPORT,
		.body = "{\"startDate\":\"2023-11-14T22:13:20Z\","
			"\"endDate\":\"2023-11-16T22:13:20Z\"}",
		.r = -EFBIG},
	    {REPORT,
		.body = "{\"startDate\":\"2023-11-14T22:13:20Z\","
			"\"endDate\":\"2023-11-15T22:13:20Z\"}",
		.answer = "[{\"sessionStartTime\":\"2023-11-14T22:13:20Z\"}]"},
	    {REPORT,
		.body = "{\"startDate\":\"2023-11-15T22:13:20Z\","
			"\"endDate\":\"2023-11-16T22:13:20Z\"}",
		.answer = "[{\"sessionStartTime\":\"2023-11-15T22:13:20Z\"}]"},
	};

	(void)state;
	START(steps);
	check(goto_trainings_of_organizer(
	    client, BG, "5", T, T + 2 * DAY, &uses, &err));
	expect("4:5 0-0*1; 4:5 86400-86400*1");
	end();
}

/* ---- GoToConnect ---- */

#define USERS "GET /c/users/v1/users?accountKey=77"
#define ITEM(n) "{\"userKey\":\"" n "\",\"userId\":\"u-" n "\"}"
#define ITEMS(rows, next) "{\"items\":[" rows "],\"nextPageMarker\":" next "}"

static void
test_connect_users(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {USERS, .answer = ITEMS(ITEM("1") "," ITEM("2"), "\"m+/=\"")},
	    {USERS "&pageMarker=m%2B%2F%3D", .answer = ITEMS("", "\"n\"")},
	    {USERS "&pageMarker=n", .answer = "{\"items\":[" ITEM("3") "]}"},
	    {USERS, .answer = ITEMS(ITEM("1"), "\"a\"")},
	    {USERS "&pageMarker=a", .answer = "{\"items\":[{}]}"},
	};
	struct connect_user_list l = {NULL, 0};

	(void)state;
	START(steps);
	check(goto_connect_users(client, BG, &l, &err));
	assert_int_equal(l.n, 3);
	assert_string_equal(l.v[2].user_key, "3");
	assert_string_equal(l.v[2].user_id, "u-3");
	connect_user_list_done(&l);
	assert_int_equal(goto_connect_users(client, BG, &l, &err), -EIO);
	assert_null(l.v);
	end();
}

/* Markers that lead in circles, of one and of several. */
static void
test_connect_users_in_circles(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {USERS, .answer = ITEMS(ITEM("1"), "\"a\"")},
	    {USERS "&pageMarker=a", .answer = ITEMS(ITEM("2"), "\"a\"")},
	    {USERS, .answer = ITEMS(ITEM("1"), "\"a\"")},
	    {USERS "&pageMarker=a", .answer = ITEMS(ITEM("2"), "\"b\"")},
	    {USERS "&pageMarker=b", .answer = ITEMS(ITEM("3"), "\"c\"")},
	    {USERS "&pageMarker=c", .answer = ITEMS(ITEM("4"), "\"b\"")},
	};
	struct connect_user_list l = {NULL, 0};

	(void)state;
	START(steps);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    goto_connect_users(client, BG, &l, &err), -EIO);
		assert_non_null(strstr(err.msg, "does not end"));
		assert_null(l.v);
	}
	end();
}

#define ACTIVITY(page)                                                         \
	"GET /c/call-reports/v1/reports/user-activity?accountKey=77&"          \
	"startTime=2023-11-14T22:13:20Z&endTime=2023-11-15T22:13:20Z&"         \
	"page=" #page "&pageSize=10000"

#define EMPTY "{\"items\":[]}"

static int
calls(void)
{
	return goto_connect_activity(client, BG, T, T_END, &uses, &err);
}

/* rows of n users from first on, each with one call. */
static char *
report_of(int first, int n)
{
	struct buf b = BUF_MAX(1 << 22);

	buf_puts(&b, "{\"items\":[");
	for (int i = 0; i < n; i++)
		buf_printf(&b,
		    "%s{\"userId\":\"u-%d\",\"dataValues\":{\"volume\":1}}",
		    i ? "," : "", first + i);
	buf_puts(&b, "]}");
	return buf_take(&b);
}

static void
test_connect_activity(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {ACTIVITY(0), .answer =
			      "{\"items\":[{\"userId\":\"u-1\",\"dataValues\":"
			      "{\"volume\":75}},{\"userId\":\"u-2\","
			      "\"dataValues\":{\"volume\":0}}]}"},
	    {ACTIVITY(0), .answer = EMPTY},
	    {ACTIVITY(0), .answer = "{\"page\":0}"},
	};

	(void)state;
	START(steps);
	check(calls());
	assert_true(uses.v[0].day_only);
	assert_int_equal(uses.v[0].at_ms, T_END - 1);
	expect("5:u-1 86399-86399*75");
	check(calls());
	expect("");
	assert_int_equal(calls(), -EIO);
	end();
}

static void
test_connect_activity_pages(void **state)
{
	AUTO(text_done) char *full = report_of(0, 10000);
	AUTO(text_done) char *rest = report_of(10000, 2);
	AUTO(text_done) char *shifted = report_of(9999, 2);
	const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {ACTIVITY(0), .answer = full},
	    {ACTIVITY(1), .answer = rest},
	    {ACTIVITY(0), .answer = full},
	    {ACTIVITY(1), .answer = EMPTY},
	    /* somebody is there twice, so another is hidden */
	    {ACTIVITY(0), .answer = full},
	    {ACTIVITY(1), .answer = shifted},
	    {ACTIVITY(0), .answer = full},
	    {ACTIVITY(1), .answer = shifted},
	    {ACTIVITY(0), .answer = full},
	    {ACTIVITY(1), .answer = shifted},
	};

	(void)state;
	START(steps);
	check(calls());
	assert_int_equal(uses.n, 10002);
	use_list_done(&uses);
	check(calls());
	assert_int_equal(uses.n, 10000);
	use_list_done(&uses);
	assert_int_equal(calls(), -EIO);
	assert_non_null(strstr(err.msg, "3 times"));
	assert_int_equal(uses.n, 0);
	end();
}

/* The tenant's pages are shorter than ours. What is not there may be refused,
 * but not what must be. */
static void
test_connect_activity_short_pages(void **state)
{
	AUTO(text_done) char *hundred = report_of(0, 100);
	AUTO(text_done) char *next = report_of(100, 100);
	AUTO(text_done) char *rest = report_of(200, 3);
	AUTO(text_done) char *full = report_of(0, 10000);
	const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {ACTIVITY(0), .answer = hundred},
	    {ACTIVITY(1), .answer = next},
	    {ACTIVITY(2), .answer = rest},
	    {ACTIVITY(0), .answer = hundred},
	    {ACTIVITY(1), .answer = next},
	    {ACTIVITY(2), .answer = EMPTY},
	    {ACTIVITY(0), .answer = hundred},
	    {ACTIVITY(1), .status = 400},
	    {ACTIVITY(0), .answer = hundred},
	    {ACTIVITY(1), .status = 404},
	    {ACTIVITY(0), .answer = full},
	    {ACTIVITY(1), .status = 404},
	    {ACTIVITY(0), .answer = EMPTY},
	};
	static const size_t want[] = {203, 200, 100, 100};

	(void)state;
	START(steps);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		check(calls());
		assert_int_equal(uses.n, want[i]);
		use_list_done(&uses);
	}
	assert_int_equal(calls(), -EACCES);
	assert_int_equal(uses.n, 0);
	check(calls());
	end();
}

static void
test_connect_asks_for_the_account(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"GET /admin/rest/v1/me", .answer = "{\"accountKey\":\"77\"}"},
	    {USERS, .answer = ITEMS("", "null")},
	    {ACTIVITY(0), .answer = EMPTY},
	};
	struct goto_conf without = conf;
	struct connect_user_list l = {NULL, 0};

	(void)state;
	without.account_key = NULL;
	start(&without, steps, N(steps));
	check(goto_connect_users(client, BG, &l, &err));
	check(calls());
	end();
}

/* Who is in several organizations must name one (5.4, A). */
static void
test_organization(void **state)
{
#define OF_USER(org)                                                           \
	"{\"items\":[{\"userKey\":\"1\",\"userId\":\"u-1\",\"lines\":[{"       \
	"\"accountKey\":77,\"organization\":{\"id\":\"" org "\"}}]}]}"
	static const char by_organization[] =
	    "GET /c/call-reports/v1/reports/user-activity?accountKey=77&"
	    "organizationId=o%2F1&startTime=2023-11-14T22:13:20Z&"
	    "endTime=2023-11-15T22:13:20Z&page=0&pageSize=10000";
	const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    /* nobody says which */
	    {ACTIVITY(0), .status = 400},
	    {USERS, .status = 404},
	    {ACTIVITY(0), .status = 400},
	    {USERS, .answer = ITEMS(ITEM("1"), "\"more\"")},
	    /* asked for in passing */
	    {ACTIVITY(0), .status = 400},
	    {USERS, .answer = OF_USER("o/1")},
	    {by_organization, .answer = EMPTY},
	    /* and remembered */
	    {by_organization, .answer = EMPTY},
	    {by_organization, .status = 400},
	    /* another account: nothing is known of it */
	    {"GET /c/users/v1/users?accountKey=78", .answer = OF_USER("x")},
	    {NULL, .status = 400},
	    {"GET /c/users/v1/users?accountKey=78", .status = 403},
	};

	(void)state;
	START(steps);
	assert_int_equal(calls(), -EINVAL);
	assert_int_equal(calls(), -EINVAL);
	assert_int_equal(err.http_status, 400);
	check(calls());
	check(calls());
	assert_int_equal(calls(), -EINVAL);
	assert_int_equal(goto_set_account(client, "78"), 0);
	{
		struct connect_user_list l = {NULL, 0};

		check(goto_connect_users(client, BG, &l, &err));
		connect_user_list_done(&l);
	}
	assert_int_equal(calls(), -EINVAL);
	end();
}

/* ---- GoToAssist ---- */

#define ASSIST                                                                 \
	"GET /G2A/rest/v1/extendedsessions?fromTime=2023-11-14T22:13:20Z&"     \
	"toTime=2023-11-15T22:13:20Z"

static int
support(void)
{
	return goto_assist_sessions(client, BG, T, T_END, &uses, &err);
}

static void
test_assist(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {ASSIST, .answer =
			 "{\"totalNumSessions\":1,\"sessions\":[{"
			 "\"startedAt\":\"2023-11-14T22:13:20Z\",\"endedAt\":"
			 "\"2023-11-14T22:13:30Z\",\"expertUserKey\":5}]}"},
	    {ASSIST, .answer = "{\"totalNumSessions\":0,\"sessions\":[]}"},
	    {ASSIST, .answer = "{\"totalNumSessions\":2,\"sessions\":[]}"},
	};

	(void)state;
	START(steps);
	check(support());
	expect("6:5 0-10*1");
	check(support());
	expect("");
	assert_int_equal(support(), -EIO);
	end();
}

/* ---- refusals ---- */

static int
meetings(void)
{
	return goto_meetings_of_organizer(
	    client, BG, "5", T, T_END, &uses, &err);
}

static const struct {
	int (*ask)(void);
	int status;
	const char *answer;
	int r;
} refusals[] = {
    {meetings, 400, "{\"int_err_code\":\"X\",\"msg\":\"50\"}", -EINVAL},
    {meetings, 403, "{\"int_err_code\":\"X\",\"msg\":\"no\"}", -EACCES},
    {meetings, 404, "{\"int_err_code\":\"X\",\"msg\":\"no\"}", -ENOENT},
    /* the edge: there is no such API (3.11, B) */
    {meetings, 404, "{\"errorCode\":\"NOT_FOUND\",\"message\":\"\"}", -EIO},
    {meetings, 501, "", -EIO},
    {webinars, 403, "", -EACCES},
    {webinars, 404, "", -ENOENT},
    {trainings, 403, "", -EACCES},
    {trainings, 404, "", -ENOENT},
    {calls, 403, "{\"errorCode\":\"AUTHZ_INSUFFICIENT_SCOPE\"}", -EACCES},
    {calls, 403, "{\"errorCode\":\"UNAUTHORIZED\"}", -EACCES},
    /* hides a missing right (7.10, A/B) */
    {calls, 404, "{\"errorCode\":\"NOT_FOUND\",\"message\":\"m\"}", -EACCES},
    {calls, 404, "", -EACCES},
    {calls, 409, "{\"errorCode\":\"CONFLICT\"}", -EACCES},
    {support, 403, "", -EACCES},
    {support, 404, "", -ENOENT},
};

/* What a product refuses says nothing about the tenant. */
static void
test_refusals(void **state)
{
	struct script_step steps[N(refusals) + 1] = {SCRIPT_TOKEN};
	struct goto_stats stats;

	(void)state;
	for (size_t i = 0; i < N(refusals); i++)
		steps[i + 1] = (struct script_step){
		    .status = refusals[i].status, .answer = refusals[i].answer};
	START(steps);
	for (size_t i = 0; i < N(refusals); i++) {
		int r = refusals[i].ask();

		if (r != refusals[i].r || err.code != r ||
		    err.http_status != refusals[i].status)
			fail_msg("row %zu: %d %s", i, r, err.msg);
		assert_int_equal(uses.n, 0);
	}
	goto_get_stats(client, &stats);
	assert_int_equal(stats.calls_n, N(refusals));
	assert_int_equal(stats.last_error, 0);
	assert_string_equal(stats.last_error_msg, "");
	assert_false(stats.token_refused);
	end();
}

/* Nor does what it grants: the Admin API has failed, and that stands. */
static void
test_stats_are_of_the_admin_api(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {"GET " SCRIPT_ACCOUNT "/users/1", .status = 501},
	    {ONE, .answer = "[]"},
	};
	struct goto_stats stats;
	struct user u = USER_NONE;

	(void)state;
	START(steps);
	assert_int_equal(goto_user_get(client, BG, "1", &u, &err), -EIO);
	check(meetings());
	goto_get_stats(client, &stats);
	assert_int_equal(stats.last_error, -EIO);
	assert_int_equal(stats.last_ok_ms, 0);
	assert_int_equal(stats.calls_n, 2);
	end();
}

/* 401 twice, the second time with a new token: it is not the token. */
static void
test_401(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {ACTIVITY(0), .bearer = "t1", .status = 401,
		.answer = "{\"errorCode\":\"AUTHN_EXPIRED_TOKEN\"}"},
	    {"POST /oauth/token",
		.answer = "{\"access_token\":\"t2\",\"expires_in\":3600}"},
	    {ACTIVITY(0), .bearer = "t2", .answer = EMPTY},
	    {ONE, .bearer = "t2", .status = 401},
	    SCRIPT_TOKEN,
	    {ONE, .bearer = "t1", .status = 401},
	    {ONE, .bearer = "t1", .status = 401},
	    {"POST /oauth/token", .status = 400,
		.answer = "{\"error\":\"invalid_grant\"}"},
	};
	struct goto_stats stats;

	(void)state;
	START(steps);
	check(calls());
	assert_int_equal(meetings(), -EACCES);
	goto_get_stats(client, &stats);
	assert_false(stats.token_refused);
	assert_int_equal(stats.last_error, 0);
	/* now it is */
	assert_int_equal(meetings(), -EROFS);
	goto_get_stats(client, &stats);
	assert_true(stats.token_refused);
	end();
}

static void
pass_most_of_its_life(void)
{
	script_advance_ms(3000 * 1000);
}

/* GoToWebinar says 403 where one expects 401 (5.2, A). */
static void
test_403_near_expiry(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {SESSIONS(0), .status = 403},
	    {SESSIONS(0), .status = 403, .hook = pass_most_of_its_life},
	    {"POST /oauth/token",
		.answer = "{\"access_token\":\"t2\",\"expires_in\":3600}"},
	    {SESSIONS(0), .bearer = "t2", .answer = PAGE("", 0, 0, 0)},
	    {SESSIONS(0), .bearer = "t2", .status = 403},
	};
	struct goto_conf patient = conf;

	(void)state;
	patient.background_ms = 4000 * 1000;
	start(&patient, steps, N(steps));
	assert_int_equal(webinars(), -EACCES);
	check(webinars());
	assert_int_equal(webinars(), -EACCES);
	end();
}

/* Each API has a rate of its own: one that asks for patience stops no other. */
static void
test_rates(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {ONE, .status = 429, .retry_after_ms = 3600 * 1000},
	    {SESSIONS(0), .status = 429, .retry_after_ms = 3600 * 1000},
	    {REPORT, .answer = "[]"},
	    {ACTIVITY(0), .answer = EMPTY},
	    {ASSIST, .answer = "{\"totalNumSessions\":0}"},
	};
	struct goto_stats stats;

	(void)state;
	START(steps);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(meetings(), -EIO);
		assert_int_equal(webinars(), -EIO);
	}
	check(trainings());
	check(calls());
	check(support());
	goto_get_stats(client, &stats);
	assert_int_equal(stats.refused_n, 2);
	assert_int_equal(stats.last_error, 0);
	end();
}

/* ---- sizes ---- */

/* An account of this size is one answer. */
static void
test_many_organizers(void **state)
{
	struct buf b = BUF_MAX(1 << 22);
	struct script_step steps[] = {
	    SCRIPT_TOKEN, {"GET " G2M "/organizers"}, {ONE}};
	struct organizer_list l = {NULL, 0};

	(void)state;
	buf_puts(&b, "[");
	for (int i = 0; i < 5000; i++)
		buf_printf(&b,
		    "%s{\"organizerKey\":%d,\"startTime\":"
		    "\"2023-11-14T22:13:20Z\",\"email\":\"u%d@example.com\"}",
		    i ? "," : "", i, i);
	buf_puts(&b, "]");
	steps[1].answer = steps[2].answer = buf_str(&b);
	START(steps);
	check(goto_meeting_organizers(client, BG, &l, &err));
	assert_int_equal(l.n, 5000);
	assert_string_equal(l.v[4999].email, "u4999@example.com");
	organizer_list_done(&l);
	check(meetings());
	assert_int_equal(uses.n, 5000);
	end();
	buf_done(&b);
}

/* ---- memory ---- */

static int
organizers_once(void *ctx)
{
	struct organizer_list l = {NULL, 0};
	int r = goto_meeting_organizers(ctx, BG, &l, NULL);

	organizer_list_done(&l);
	return r;
}

static int
users_once(void *ctx)
{
	struct connect_user_list l = {NULL, 0};
	int r = goto_connect_users(ctx, BG, &l, NULL);

	connect_user_list_done(&l);
	return r;
}

/* Two slices, the second appended to the first and both to what was there. */
#define TWO_SLICES(name, call)                                                 \
	static int name(void *ctx)                                             \
	{                                                                      \
		struct goto_client *c = ctx;                                   \
		struct use_list l = USE_LIST_NONE;                             \
		struct use *u = use_list_add(&l);                              \
		int64_t end = T + 100 * DAY;                                   \
		int r = u ? call : -ENOMEM;                                    \
                                                                               \
		assert_true(r == 0 ? l.n >= 3 : l.n == (u != NULL));           \
		use_list_done(&l);                                             \
		return r;                                                      \
	}

TWO_SLICES(
    meetings_once, goto_meetings_of_organizer(c, BG, "5", T, end, &l, NULL))
TWO_SLICES(group_once, goto_meetings_of_group(c, BG, "5", T, end, &l, NULL))
TWO_SLICES(
    webinars_once, goto_webinars_of_organizer(c, BG, "5", T, end, &l, NULL))
TWO_SLICES(
    trainings_once, goto_trainings_of_organizer(c, BG, "5", T, end, &l, NULL))
TWO_SLICES(calls_once, goto_connect_activity(c, BG, T, end, &l, NULL))
TWO_SLICES(support_once, goto_assist_sessions(c, BG, T, end, &l, NULL))

static void
sweep(alloc_fail_run run, const char *answer)
{
	struct script_step steps[] = {SCRIPT_TOKEN, {.answer = answer}};

	script_start(steps, N(steps), true);
	assert_int_equal(goto_client_new(&conf, &client, &err), 0);
	assert_int_equal(run(client), 0);
	alloc_fail_sweep(run, client);
	goto_client_free(client);
	script_end();
}

static void
test_memory(void **state)
{
	(void)state;
	sweep(organizers_once, "[{\"organizerKey\":1,\"email\":\"a@x.org\"}]");
	sweep(users_once, ITEMS(ITEM("1") "," ITEM("2"), "null"));
	sweep(meetings_once, "[" AT_BEGIN "," AT("2023-11-14T23:13:20Z") "]");
	sweep(group_once, "[" AT_BEGIN "]");
	sweep(webinars_once, PAGE(SESSION("1") "," SESSION("2"), 0, 1, 2));
	sweep(trainings_once,
	    "[{\"sessionStartTime\":\"2023-11-14T22:13:20Z\"}]");
	sweep(calls_once, "{\"items\":[{\"userId\":\"u\",\"dataValues\":"
			  "{\"volume\":1}}]}");
	sweep(support_once,
	    "{\"sessions\":[{\"startedAt\":\"2023-11-14T22:13:20Z\","
	    "\"expertUserKey\":5}]}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_organizers),
	    cmocka_unit_test(test_meetings),
	    cmocka_unit_test(test_slices),
	    cmocka_unit_test(test_halves),
	    cmocka_unit_test(test_400_days),
	    cmocka_unit_test(test_webinars),
	    cmocka_unit_test(test_webinars_that_shift),
	    cmocka_unit_test(test_trainings),
	    cmocka_unit_test(test_training_halves),
	    cmocka_unit_test(test_connect_users),
	    cmocka_unit_test(test_connect_users_in_circles),
	    cmocka_unit_test(test_connect_activity),
	    cmocka_unit_test(test_connect_activity_pages),
	    cmocka_unit_test(test_connect_activity_short_pages),
	    cmocka_unit_test(test_connect_asks_for_the_account),
	    cmocka_unit_test(test_organization),
	    cmocka_unit_test(test_assist),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_stats_are_of_the_admin_api),
	    cmocka_unit_test(test_401),
	    cmocka_unit_test(test_403_near_expiry),
	    cmocka_unit_test(test_rates),
	    cmocka_unit_test(test_many_organizers),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
