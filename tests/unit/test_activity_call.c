/* SPDX-License-Identifier: MIT */
/* One question of the plan, and what its answer makes known. */
#include "tenant_fixture.h"

#include "activity_fetch_int.h"
#include "goto_script.h"
#include "gotofs/clock.h"

static const struct goto_conf script_api = {
    .account_key = "77",
    .api_url = SCRIPT_URL,
    .connect_url = SCRIPT_URL,
    .auth_url = SCRIPT_URL,
    .client_id = "id",
    .client_secret = "secret",
    .pat = "pat",
    .rate_per_s = 100000,
    .backoff_ms = 1,
};

static struct fetch fetch;

/* cyd (102) and dan (103) hold it all. */
static void
mount_it(const struct script_step *steps, size_t n)
{
	struct tenant_conf conf = mirror_conf(state_dir);
	struct store_batch *b;
	struct store *s;

	assert_int_equal(store_open(state_dir, &s, NULL), 0);
	assert_int_equal(store_begin(s, &b, NULL), 0);
	put(b, STORE_LICENSE, "5", "All",
	    "{\n  \"key\": \"5\",\n  \"products\": [\n    \"G2W\",\n"
	    "    \"G2A\",\n    \"JIVE\"\n  ],\n  \"seats\": 20\n}\n",
	    0);
	put_link(b, STORE_LICENSE, "5", "103");
	assert_int_equal(store_commit(b, NULL), 0);
	store_close(s);
	script_start(steps, n, false);
	conf.api = &script_api;
	conf.activity.products = (1u << PRODUCT_N) - 1;
	assert_int_equal(tenant_open(&conf, &tenant, NULL), 0);
	fetch = (struct fetch){.t = tenant, .now_ms = clock_wall_ms()};
	fetch.window_ms = activity_window(fetch.now_ms, 90);
}

static void
unmount_it(void)
{
	use_list_done(&fetch.days);
	fetch_forget_fails(&fetch, PRODUCT_GOTOWEBINAR);
	tenant_close(tenant);
	tenant = NULL;
	script_end();
}

static const struct activity_entry *
entry_of(const char *key, enum product product)
{
	return activity_entry(person_by_key(tenant, key), product);
}

/* Several days are put into the store together: each counts. */
static void
test_days_together(void **state)
{
	static const struct script_step steps[] = {
	    SCRIPT_TOKEN,
	    {.answer = "{\"items\":[{\"userKey\":\"102\",\"userId\":\"u-2\"},"
		       "{\"userKey\":\"103\",\"userId\":\"u-3\"}]}"},
	    {.answer = "{\"items\":[{\"userId\":\"u-2\",\"dataValues\":"
		       "{\"volume\":5}},{\"userId\":\"u-3\",\"dataValues\":"
		       "{\"volume\":1}}]}"},
	    {.answer = "{\"items\":[{\"userId\":\"u-2\",\"dataValues\":"
		       "{\"volume\":7}}]}"},
	};
	size_t n = 20001; /* due: two days at once */
	int64_t today;

	mount_it(steps, sizeof(steps) / sizeof(steps[0]));
	today = activity_midnight(fetch.now_ms);
	struct activity_call c = {.kind = ACTIVITY_CALL_DAY,
	    .product = PRODUCT_GOTOCONNECT,
	    .from_ms = today - ACTIVITY_DAY_MS,
	    .to_ms = today};
	struct activity_due *v = calloc(n, sizeof(*v));

	assert_non_null(v);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct activity_due){
		    .user_key = i < 2 ? (i ? "103" : "102") : "104",
		    .from_ms = c.from_ms};
	fetch.due[PRODUCT_GOTOCONNECT] = (struct activity_dues){v, n};
	assert_int_equal(
	    activity_join_need(tenant, GOTO_BACKGROUND, 0, NULL), 0);
	assert_int_equal(fetch_call(&fetch, &c), FETCH_ON);
	assert_int_equal(fetch.days.n, 2); /* not in the store yet */
	c.from_ms = c.to_ms;
	c.to_ms = 0;
	assert_int_equal(fetch_call(&fetch, &c), FETCH_ON);
	assert_int_equal(entry_of("102", PRODUCT_GOTOCONNECT)->count[0], 12);
	assert_int_equal(entry_of("103", PRODUCT_GOTOCONNECT)->count[0], 1);
	assert_int_equal(
	    entry_of("103", PRODUCT_GOTOCONNECT)->last_ms, today - 1);
	free(v);
	unmount_it();
}

static const struct script_step none = {
    .answer = "{\"page\":{\"size\":200,\"totalElements\":0,"
	      "\"totalPages\":0,\"number\":0}}"};

static int
ask_webinar(const char *key)
{
	const struct activity_call c = {.kind = ACTIVITY_CALL_PERSON,
	    .product = PRODUCT_GOTOWEBINAR,
	    .key = key,
	    .from_ms = fetch.window_ms,
	    .n = 1};
	int r;

	fetch.plan.key = &key;
	r = fetch_call(&fetch, &c);
	fetch.plan.key = NULL;
	return r;
}

/* One question after the other, and what each says of the source. */
struct said {
	int status; /* 0: his answer, without a use */
	const char *key;
	enum source_state state;
	int away_s; /* from now on it is left alone for so long */
};

static void
ask_all(const struct said *v, size_t n)
{
	const struct activity_source *s;
	struct script_step steps[16] = {SCRIPT_TOKEN};
	char status[16];

	for (size_t i = 0; i < n; i++)
		steps[i + 1] = v[i].status
				   ? (struct script_step){.status = v[i].status}
				   : none;
	mount_it(steps, n + 1);
	s = &tenant->activity.source[PRODUCT_GOTOWEBINAR];
	for (const struct said *q = v; q < v + n; q++) {
		int64_t away_ms = q->away_s * INT64_C(1000);
		int64_t now_ms = clock_wall_ms();

		assert_int_equal(
		    ask_webinar(q->key), away_ms > 0 ? FETCH_AGAIN : FETCH_ON);
		assert_int_equal(s->state, q->state);
		snprintf(status, sizeof(status), "HTTP %d", q->status);
		if (s->state == SOURCE_DISABLED || s->state == SOURCE_FAILING)
			assert_non_null(strstr(s->why, status));
		else
			assert_null(s->why);
		if (away_ms > 0)
			assert_in_range(s->again_ms, now_ms + away_ms,
			    clock_wall_ms() + away_ms);
	}
}
#define ASK_ALL(...)                                                           \
	ask_all((const struct said[]){__VA_ARGS__},                            \
	    sizeof((const struct said[]){__VA_ARGS__}) / sizeof(struct said))

/* Who is refused is so by himself, asked ever so often and in whatever state
 * the source is; when three are, in a row, it is the source. */
static void
test_refused(void **state)
{
	ASK_ALL({403, "102", SOURCE_UNASKED, 0},
	    {403, "102", SOURCE_UNASKED, 0}, {403, "102", SOURCE_UNASKED, 0},
	    {403, "103", SOURCE_UNASKED, 0}, {0, "104", SOURCE_OK, 0},
	    {403, "102", SOURCE_OK, 0}, {403, "103", SOURCE_OK, 0},
	    {403, "104", SOURCE_DISABLED, 86400},
	    {403, "102", SOURCE_DISABLED, 0});
	assert_int_equal(
	    entry_of("102", PRODUCT_GOTOWEBINAR)->why, ACTIVITY_WHY_REFUSED);
	unmount_it();
}

/* A source that does not understand the question says so to everybody: of three
 * people it is not they, and it is left alone for a minute, then for two. */
static void
test_not_understood(void **state)
{
	ASK_ALL({400, "102", SOURCE_UNASKED, 0},
	    {400, "102", SOURCE_UNASKED, 0}, {400, "103", SOURCE_UNASKED, 0},
	    {400, "104", SOURCE_FAILING, 60}, {400, "102", SOURCE_FAILING, 120},
	    {0, "104", SOURCE_OK, 0});
	assert_int_equal(
	    entry_of("102", PRODUCT_GOTOWEBINAR)->why, ACTIVITY_WHY_REFUSED);
	unmount_it();
}

/* One that lists nobody: told, while the others are asked for; one that told of
 * somebody before has to be without all of its holders, who are two. */
static void
test_not_listed(void **state)
{
	const struct activity_source *s;

	ASK_ALL({404, "102", SOURCE_UNASKED, 0},
	    {404, "102", SOURCE_UNASKED, 0}, {404, "103", SOURCE_UNASKED, 0},
	    {404, "104", SOURCE_FAILING, 0}, {0, "104", SOURCE_OK, 0},
	    {404, "102", SOURCE_OK, 0}, {404, "103", SOURCE_OK, 0},
	    {404, "104", SOURCE_FAILING, 0});
	s = &tenant->activity.source[PRODUCT_GOTOWEBINAR];
	assert_int_equal(s->again_ms, 0);
	unmount_it();
}

/* The clock is put back after the plan was made, somebody asked for it to be
 * made, and a source was to be left alone: no question is about what is still
 * to come, and what was asked is not asked for ever. */
static void
test_put_back(void **state)
{
	const struct script_step steps[] = {SCRIPT_TOKEN, none};
	struct activity_source *s;

	mount_it(steps, sizeof(steps) / sizeof(steps[0]));
	s = &tenant->activity.source[PRODUCT_GOTOWEBINAR];
	fetch.now_ms += 10 * ACTIVITY_DAY_MS;
	assert_int_equal(ask_webinar("103"), FETCH_AGAIN);
	tenant->activity.asked_ms = s->again_ms = fetch.now_ms;
	assert_int_equal(fetch_find_due(&fetch), 0);
	assert_int_equal(fetch.due[PRODUCT_GOTOWEBINAR].n, 2);
	assert_int_equal(ask_webinar("103"), FETCH_ON);
	assert_int_equal(fetch_find_due(&fetch), 0);
	assert_int_equal(fetch.due[PRODUCT_GOTOWEBINAR].n, 1);
	fetch_free_due(&fetch);
	unmount_it();
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    each(test_days_together),
	    each(test_refused),
	    each(test_not_understood),
	    each(test_not_listed),
	    each(test_put_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
