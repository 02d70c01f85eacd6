/* SPDX-License-Identifier: MIT */
/*
 * Every function of goto_activity.h against a tenant on loopback: what it says
 * is the truth, under each reading of what is only assumed about the sources,
 * with the exact number of requests.
 *
 * test_goto_sources PATH-OF-gotofs-sandbox
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/goto_activity.h"
#include "gotofs/http.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "sandbox_run.h"

#define N(a) (sizeof(a) / sizeof(*(a)))
#define BG GOTO_BACKGROUND
#define DAY INT64_C(86400000)
#define DAYS 399 /* in five slices */
#define SLICES 5

#define HISTORY "GET /G2M/organizers/{}/historicalMeetings"
#define GROUP_HISTORY "GET /G2M/groups/{}/historicalMeetings"
#define SESSIONS "GET /G2W/organizers/{}/sessions"
#define REPORT "POST /G2T/reports/organizers/{}/sessions"
#define USERS "GET /users/v1/users"
#define ACTIVITY "GET /call-reports/v1/reports/user-activity"
#define SUPPORT "GET /G2A/extendedsessions"

static const char *program;
static struct sandbox box;
static struct goto_client *client;
static struct err err;
static int64_t from_ms, to_ms;
static struct use_list none; /* that nobody looks at */

static int
setup(void **state)
{
	static const char *const args[] = {
	    "--users", "60", "--rate", "0", NULL};
	struct goto_conf conf = {
	    .client_id = "sandbox-client",
	    .client_secret = "sandbox-secret",
	    .pat = "sandbox-pat",
	    .rate_per_s = 100000,
	    .backoff_ms = 1,
	    .timeout_ms = 20000,
	};

	(void)state;
	sandbox_start(&box, program, args);
	conf.api_url = conf.connect_url = conf.auth_url = box.url;
	err = (struct err)ERR_NONE;
	assert_int_equal(goto_client_new(&conf, &client, &err), 0);
	to_ms = clock_wall_ms() / 1000 * 1000;
	from_ms = to_ms - DAYS * DAY;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	use_list_done(&none);
	goto_client_free(client);
	client = NULL;
	sandbox_stop(&box);
	return 0;
}

static void
check(int r)
{
	if (r != 0)
		fail_msg("%d: %s", r, err.msg);
}

/* ---- the truth ---- */

struct lines {
	char **v;
	size_t n;
};

static void
lines_add(struct lines *l, char *line)
{
	assert_non_null(line);
	assert_int_equal(strv_add_n(&l->v, &l->n, line), 0);
	free(line);
}

static int
lines_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once. */
static char *
lines_text(struct lines *l)
{
	size_t n = 0;
	char *text;

	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), lines_compare);
	for (size_t i = 0; i < l->n; i++)
		if (n == 0 || strcmp(l->v[n - 1], l->v[i]) != 0) {
			char *keep = l->v[i];

			l->v[i] = l->v[n];
			l->v[n++] = keep;
		}
	for (size_t i = n; i < l->n; i++)
		free(l->v[i]);
	if (l->v)
		l->v[n] = NULL;
	text = strv_join(l->v, "\n");
	strv_done(&l->v);
	l->n = 0;
	return text;
}

static char *
truth_get(const char *product)
{
	struct http_response res = HTTP_RESPONSE_NONE;
	char url[256], *text;
	struct http_request req = {
	    .method = "GET",
	    .url = url,
	    .timeout_ms = 20000,
	    .max_bytes = 64 << 20,
	};

	snprintf(url, sizeof(url), "%s/sandbox/activity?product=%s", box.url,
	    product);
	check(http_do(box.pool, &req, &res, &err));
	text = buf_take(&res.body);
	http_response_done(&res);
	return text;
}

static int
kind_of(const char *name)
{
	static const char *const names[USE_N] = {"", "meeting",
	    "webinar-started", "webinar-owned", "training", "call", "support"};

	for (int i = 1; i < USE_N; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	fail_msg("%s?", name);
	return 0;
}

/* Calls ret for each use that is over and began in the interval. */
static void
truth_each(
    const char *product, void (*each)(const struct json *j, void *to), void *to)
{
	char *text = truth_get(product), *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		AUTO(json_done) struct json *j = NULL;
		int64_t start;

		if (!*line)
			continue;
		check(json_parse(line, strlen(line), &j, &err));
		start = json_get_int(j, "start_ms", 0);
		if (json_get_bool(j, "over", false) && start >= from_ms &&
		    start < to_ms)
			each(j, to);
	}
	free(text);
}

static void
truth_add(const struct json *j, int kind, const char *key, struct lines *l)
{
	lines_add(l, text_printf("%d %s %lld %lld", kind, key,
			 (long long)json_get_int(j, "start_ms", 0) / 1000,
			 (long long)json_get_int(j, "end_ms", 0) / 1000));
}

/* A stranger who started a webinar has no line of his own. */
static void
truth_use(const struct json *j, void *to)
{
	int kind = kind_of(json_get_str(j, "kind"));
	const char *other = json_get_str(j, "other");

	truth_add(j, kind, json_get_str(j, "key"), to);
	if (kind == USE_WEBINAR_OWNED && other)
		truth_add(j, USE_WEBINAR_STARTED, other, to);
}

static void
truth_owner(const struct json *j, void *to)
{
	lines_add(to, text_dup(json_get_str(j, "owner")));
}

static void
truth_key(const struct json *j, void *to)
{
	lines_add(to, text_dup(json_get_str(j, "key")));
}

static char *
truth(const char *product)
{
	struct lines l = {NULL, 0};

	truth_each(product, truth_use, &l);
	return lines_text(&l);
}

/* Keys of all whose sessions they are, each once. */
static char **
owners(const char *product)
{
	struct lines l = {NULL, 0};
	char *text, **keys;

	truth_each(product, truth_owner, &l);
	text = lines_text(&l);
	keys = strv_split(text, "\n");
	free(text);
	assert_true(strv_n(keys) > 2);
	return keys;
}

/* ---- what the client says ---- */

static char *
said(struct use_list *uses)
{
	struct lines l = {NULL, 0};

	for (size_t i = 0; i < uses->n; i++) {
		const struct use *u = &uses->v[i];

		lines_add(&l, text_printf("%d %s %lld %lld", (int)u->kind,
				  u->user_key ? u->user_key : u->email,
				  (long long)u->begin_ms / 1000,
				  (long long)u->at_ms / 1000));
	}
	use_list_done(uses);
	return lines_text(&l);
}

typedef int (*source)(struct goto_client *c, enum goto_priority prio,
    const char *key, int64_t from, int64_t to, struct use_list *ret,
    struct err *e);

static void
expect_truth(const char *product, struct use_list *uses)
{
	AUTO(text_done) char *want = truth(product);
	AUTO(text_done) char *got = said(uses);

	assert_true(strlen(want) > 50);
	assert_string_equal(got, want);
}

/* Everybody who owns one, and in as many requests as there are slices. */
static void
expect_source(const char *product, source ask, const char *route)
{
	AUTO(strv_done) char **keys = owners(product);
	struct use_list uses = USE_LIST_NONE;

	sandbox_clear(&box);
	for (char **k = keys; *k; k++)
		check(ask(client, BG, *k, from_ms, to_ms, &uses, &err));
	assert_int_equal(
	    sandbox_count(&box, route), (long)strv_n(keys) * SLICES);
	expect_truth(product, &uses);
}

static void
expect_meetings(void)
{
	expect_source("gotomeeting", goto_meetings_of_organizer, HISTORY);
}

static void
expect_webinars(void)
{
	expect_source("gotowebinar", goto_webinars_of_organizer, SESSIONS);
}

static void
expect_trainings(void)
{
	expect_source("gototraining", goto_trainings_of_organizer, REPORT);
}

static void
expect_support(void)
{
	struct use_list uses = USE_LIST_NONE;

	sandbox_clear(&box);
	check(goto_assist_sessions(client, BG, from_ms, to_ms, &uses, &err));
	assert_int_equal(sandbox_count(&box, SUPPORT), SLICES);
	expect_truth("gotoassist", &uses);
}

static const char *
user_of(const struct connect_user_list *users, const char *id)
{
	for (size_t i = 0; i < users->n; i++)
		if (text_equal(users->v[i].user_id, id))
			return users->v[i].user_key;
	return "4210000000000000009"; /* the stranger is no user */
}

/* Of each who called, how often in all; the join is by UUID. */
static void
expect_calls(long pages)
{
	struct connect_user_list users = {NULL, 0};
	struct use_list uses = USE_LIST_NONE;
	struct lines l = {NULL, 0};
	size_t told_n = 0;

	sandbox_clear(&box);
	check(goto_connect_users(client, BG, &users, &err));
	assert_int_equal(sandbox_count(&box, USERS), pages);
	check(goto_connect_activity(client, BG, from_ms, to_ms, &uses, &err));
	truth_each("gotoconnect", truth_key, &l);
	assert_true(l.n > 10);
	for (size_t i = 0; i < uses.n; i++) {
		const struct use *u = &uses.v[i];
		const char *key = user_of(&users, u->user_key);
		long n = 0;

		told_n += (size_t)u->n;
		assert_true(u->day_only && u->n > 0);
		for (size_t k = 0; k < uses.n; k++)
			if (text_equal(uses.v[k].user_key, u->user_key))
				n += uses.v[k].n;
		for (size_t k = 0; k < l.n; k++)
			n -= text_equal(l.v[k], key);
		assert_int_equal(n, 0);
	}
	assert_int_equal(told_n, l.n);
	strv_done(&l.v);
	use_list_done(&uses);
	connect_user_list_done(&users);
}

/* ---- the truth under each reading ---- */

static void
test_meeting_times(void **state)
{
	static const char *const forms[] = {
	    ".+0000", "Z", "+00:00", "+0000", ".sss+0000", "2012", "mixed"};

	(void)state;
	for (size_t i = 0; i < N(forms); i++) {
		sandbox_switch(&box, "meeting_time", forms[i]);
		expect_meetings();
	}
}

static void
test_all(void)
{
	expect_meetings();
	expect_webinars();
	expect_trainings();
	expect_support();
	expect_calls(1);
}

static const struct {
	const char *name, *value;
} readings[] = {
    {"oddities", "true"},
    {"keys", "number"},
    {"range_end", "inclusive"},
    {"range_days", "90"},
    {"organizer_form", "object"},
    {"webinar_empty", "array"},
    {"webinar_links", "true"},
    {"webinar_size_over", "refuse"},
    {"webinar_sessions", "both"},
    {"webinar_id", "webinarId"},
    {"strict_organizer_key", "false"},
    {"connect_zero", "present"},
    {"connect_duration", "s"},
    {"oddities", "false"},
};

static void
test_readings(void **state)
{
	(void)state;
	test_all();
	for (size_t i = 0; i < N(readings); i++) {
		sandbox_switch(&box, readings[i].name, readings[i].value);
		test_all();
	}
}

/* As many pages as it takes, and one more question where the organization
 * must be named. */
static void
test_connect(void **state)
{
	struct connect_user_list users = {NULL, 0};
	long n;

	(void)state;
	check(goto_connect_users(client, BG, &users, &err));
	n = (long)users.n;
	assert_true(n > 3);
	connect_user_list_done(&users);
	sandbox_switch(&box, "connect_users_page", "3");
	expect_calls((n + 2) / 3);
	assert_int_equal(sandbox_count(&box, ACTIVITY), SLICES);
	sandbox_switch(&box, "connect_organization", "required");
	expect_calls((n + 2) / 3);
	assert_int_equal(sandbox_count(&box, ACTIVITY), SLICES + 1);
	expect_calls((n + 2) / 3);
	assert_int_equal(sandbox_count(&box, ACTIVITY), SLICES);
}

static void
test_organization_is_asked_for(void **state)
{
	struct use_list uses = USE_LIST_NONE;

	(void)state;
	sandbox_switch(&box, "connect_organization", "required");
	check(
	    goto_connect_activity(client, BG, to_ms - DAY, to_ms, &uses, &err));
	assert_int_equal(sandbox_count(&box, ACTIVITY), 2);
	assert_int_equal(sandbox_count(&box, USERS), 1);
	use_list_done(&uses);
}

/* By groups: everybody who is in one. */
static void
test_groups(void **state)
{
	struct organizer_list all = {NULL, 0};
	struct use_list by_group = USE_LIST_NONE, by_person = USE_LIST_NONE;
	AUTO(text_done) char *got = NULL;
	AUTO(text_done) char *want = NULL;
	struct lines groups = {NULL, 0};
	char **keys;

	(void)state;
	sandbox_tell(&box, "POST", "mutate", "{\"op\":\"regroup\",\"size\":9}");
	check(goto_meeting_organizers(client, BG, &all, &err));
	assert_true(all.n > 20);
	for (size_t i = 0; i < all.n; i++) {
		check(goto_meetings_of_organizer(client, BG, all.v[i].key,
		    all.v[i].group_key ? from_ms : to_ms, to_ms, &by_person,
		    &err));
		if (all.v[i].group_key)
			lines_add(&groups, text_dup(all.v[i].group_key));
	}
	got = lines_text(&groups);
	keys = strv_split(got, "\n");
	text_done(&got);
	sandbox_clear(&box);
	for (char **k = keys; *k; k++)
		check(goto_meetings_of_group(
		    client, BG, *k, from_ms, to_ms, &by_group, &err));
	assert_int_equal(
	    sandbox_count(&box, GROUP_HISTORY), (long)strv_n(keys) * SLICES);
	assert_true(by_group.n > 20);
	got = said(&by_group);
	want = said(&by_person);
	assert_string_equal(got, want);
	strv_done(&keys);
	organizer_list_done(&all);
}

static void
test_large_group(void **state)
{
	struct organizer_list all = {NULL, 0};
	struct use_list uses = USE_LIST_NONE;
	size_t i = 0;

	(void)state;
	for (int n = 0; n < 30; n++) {
		char body[160];

		snprintf(body, sizeof(body),
		    "{\"op\":\"create-user\",\"email\":\"m%d@example.com\","
		    "\"license\":\"GoToMeeting Business\"}",
		    n);
		sandbox_tell(&box, "POST", "mutate", body);
	}
	sandbox_tell(
	    &box, "POST", "mutate", "{\"op\":\"regroup\",\"size\":51}");
	check(goto_meeting_organizers(client, BG, &all, &err));
	while (i < all.n && !all.v[i].group_key)
		i++;
	assert_true(i < all.n);
	assert_int_equal(goto_meetings_of_group(client, BG, all.v[i].group_key,
			     from_ms, to_ms, &uses, &err),
	    -EINVAL);
	assert_int_equal(err.http_status, 400);
	organizer_list_done(&all);
}

/* More sessions than a page holds. */
static void
test_webinar_pages(void **state)
{
	AUTO(strv_done) char **keys = owners("gotowebinar");
	struct use_list uses = USE_LIST_NONE;

	(void)state;
	for (int i = 0; i < 410; i++) {
		char body[160];

		snprintf(body, sizeof(body),
		    "{\"op\":\"add-use\",\"email\":\"Carla.UPPER@Example.COM\","
		    "\"product\":\"gotowebinar\",\"minutes\":5,"
		    "\"start_ms\":%lld}",
		    (long long)(to_ms - 80 * DAY + i * INT64_C(600000)));
		sandbox_tell(&box, "POST", "mutate", body);
	}
	sandbox_clear(&box);
	for (char **k = keys; *k; k++)
		check(goto_webinars_of_organizer(
		    client, BG, *k, from_ms, to_ms, &uses, &err));
	/* three pages for the one, in the one slice */
	assert_int_equal(
	    sandbox_count(&box, SESSIONS), (long)strv_n(keys) * SLICES + 2);
	expect_truth("gotowebinar", &uses);
}

/* ---- trouble ---- */

static int
meetings(void)
{
	return goto_meetings_of_organizer(client, BG, "4210000000000000009",
	    to_ms - 20 * DAY, to_ms, &none, &err);
}

static int
webinars(void)
{
	AUTO(strv_done) char **keys = owners("gotowebinar");

	return goto_webinars_of_organizer(
	    client, BG, keys[0], to_ms - DAY, to_ms, &none, &err);
}

static int
trainings(void)
{
	AUTO(strv_done) char **keys = owners("gototraining");

	return goto_trainings_of_organizer(
	    client, BG, keys[0], to_ms - DAY, to_ms, &none, &err);
}

static int
calls(void)
{
	return goto_connect_activity(
	    client, BG, to_ms - DAY, to_ms, &none, &err);
}

static int
support(void)
{
	return goto_assist_sessions(
	    client, BG, to_ms - DAY, to_ms, &none, &err);
}

static const struct {
	const char *name; /* of its switch */
	int (*ask)(void);
	int r_404;
	const char *route;
} sources[] = {
    {"meeting", meetings, -ENOENT, HISTORY},
    {"webinar", webinars, -ENOENT, SESSIONS},
    {"training", trainings, -ENOENT, REPORT},
    {"connect", calls, -EACCES, ACTIVITY},
    {"assist", support, -ENOENT, SUPPORT},
};

/* What one product says does not make the tenant ill. */
static void
expect_healthy(void)
{
	struct goto_stats stats;

	goto_get_stats(client, &stats);
	assert_int_equal(stats.last_error, 0);
	assert_false(stats.token_refused);
}

static void
test_sources_in_trouble(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(sources); i++) {
		check(sources[i].ask());
		sandbox_switch(&box, sources[i].name, "403");
		assert_int_equal(sources[i].ask(), -EACCES);
		sandbox_switch(&box, sources[i].name, "404");
		assert_int_equal(sources[i].ask(), sources[i].r_404);
		sandbox_switch(&box, sources[i].name, "500");
		sandbox_clear(&box);
		assert_int_equal(sources[i].ask(), -EIO);
		/* a POST too */
		assert_int_equal(sandbox_count(&box, sources[i].route), 3);
		use_list_done(&none);
		sandbox_switch(&box, sources[i].name, "silent");
		check(sources[i].ask());
		assert_int_equal(none.n, 0);
		sandbox_switch(&box, sources[i].name, "normal");
		expect_healthy();
	}
}

static void
test_faults(void **state)
{
	static const char *const kinds[] = {
	    "reset-before", "reset-after", "truncate", "garbage", "empty"};

	(void)state;
	for (size_t i = 0; i < N(sources); i++)
		for (size_t k = 0; k < N(kinds); k++) {
			sandbox_clear(&box);
			sandbox_fault(
			    &box, sources[i].route, kinds[k], ",\"count\":2");
			check(sources[i].ask());
			assert_int_equal(
			    sandbox_count(&box, sources[i].route), 3);
		}
	expect_healthy();
}

/* 401 is asked again with another token, 403 is not while the token is young:
 * the next call of the Admin API finds that it is dead. */
static void
test_dead_token(void **state)
{
	char *account = NULL;

	(void)state;
	for (size_t i = 0; i < N(sources); i++) {
		bool webinar = sources[i].ask == webinars;

		check(sources[i].ask());
		sandbox_tell(&box, "POST", "revoke-tokens", "{}");
		assert_int_equal(sources[i].ask(), webinar ? -EACCES : 0);
		if (webinar)
			check(goto_me(client, NULL, &account, &err));
		text_done(&account);
		check(sources[i].ask());
	}
}

static void
test_no_scope_no_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		check(sources[i].ask());
	sandbox_switch(&box, "scopes_off", "collab: cr.v1.read users.v1.read");
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(sources[i].ask(), -EACCES);
	sandbox_switch(&box, "scopes_off", "");
	sandbox_switch(&box, "token_user", "ann.lee@example.com");
	sandbox_tell(&box, "POST", "revoke-tokens", "{}");
	assert_int_equal(calls(), -EACCES);
	assert_int_equal(meetings(), -EACCES);
	expect_healthy();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_meeting_times, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_readings, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_connect, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_organization_is_asked_for, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_groups, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_large_group, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_webinar_pages, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_sources_in_trouble, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_dead_token, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_no_scope_no_right, setup, teardown),
	};

	assert_int_equal(argc, 2);
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
