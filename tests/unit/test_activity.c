/* SPDX-License-Identifier: MIT */
/* What an answer makes of what was known, and what a file says of it. */
#include "../../src/tenant/activity_model_int.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/text.h"
#include "random.h"

#define DAY ACTIVITY_DAY_MS
#define HOUR INT64_C(3600000)

/* ---- days ---- */

static void
assert_days(const struct activity_days *d, const char *want)
{
	char text[512] = "";
	size_t i;

	for (i = 0; i < d->n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%d:%d%s=%u ", d->v[i].day, d->v[i].kind,
		    d->v[i].other ? "o" : "", d->v[i].n);
	assert_string_equal(text, want);
}

/* There and back again; frees d. */
static void
assert_bytes(struct activity_days *d)
{
	AUTO(buf_done) struct buf bytes = BUF_MAX(65536);
	struct activity_days back = ACTIVITY_DAYS_NONE;
	size_t i;

	assert_int_equal(activity_days_print(d, &bytes), 0);
	assert_int_equal(activity_days_parse(bytes.data, bytes.len, &back), 0);
	assert_int_equal(back.n, d->n);
	for (i = 0; i < d->n; i++) {
		assert_int_equal(back.v[i].day, d->v[i].day);
		assert_int_equal(back.v[i].kind, d->v[i].kind);
		assert_int_equal(back.v[i].other, d->v[i].other);
		assert_int_equal(back.v[i].n, d->v[i].n);
	}
	activity_days_done(&back);
	activity_days_done(d);
}

static void
test_days(void **state)
{
	struct activity_days d = ACTIVITY_DAYS_NONE;

	assert_bytes(&d);
	assert_int_equal(
	    activity_days_add(&d, 20000, USE_MEETING, false, 2, true), 0);
	assert_int_equal(
	    activity_days_add(&d, 19000, USE_CALLS, false, 300, true), 0);
	assert_int_equal(
	    activity_days_add(&d, 20000, USE_MEETING, false, 1, true), 0);
	assert_int_equal(
	    activity_days_add(&d, 20000, USE_MEETING, true, 4, false), 0);
	assert_int_equal(
	    activity_days_add(&d, 20000, USE_MEETING, true, 3, false), 0);
	assert_int_equal(activity_days_add(&d, 20001, USE_WEBINAR_STARTED,
			     false, 1L << 40, true),
	    0);
	assert_days(&d, "19000:5=300 20000:1=3 20000:1o=4 20001:2=2147483647 ");
	activity_days_cut(&d, 20000, 20001, 19001);
	assert_days(&d, "20000:1o=4 20001:2=2147483647 ");
	assert_bytes(&d);
}

static void
test_bytes_of_others(void **state)
{
	static const char *const bad[] = {"\x80", "\x01", "\x01\x01",
	    "\x01\x07\x01", "\x01\x40\x01", "\xff\xff\xff\xff\xff\xff",
	    "\x01\x01\xff\xff\xff\xff\x7f", "\xff\xff\xff\xff\x0f\x01\x01"};
	struct activity_days d = ACTIVITY_DAYS_NONE;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    activity_days_parse(bad[i], strlen(bad[i]), &d), -EINVAL);
	assert_null(d.v);
	assert_int_equal(activity_days_parse(NULL, 0, &d), 0);
	assert_int_equal(d.n, 0);
}

static void
test_random_days(void **state)
{
	int i, k;

	for (i = 0; i < 200; i++) {
		struct activity_days d = ACTIVITY_DAYS_NONE;

		for (k = 0; k < 100; k++) {
			int32_t day = 20000 + (int32_t)random_below(90);

			assert_int_equal(
			    activity_days_add(&d, day,
				1 + (enum use_kind)random_below(USE_N - 1),
				random_below(2), (long)random_below(99),
				random_below(2)),
			    0);
			if (random_below(20) == 0)
				activity_days_cut(&d, day, day + 10, day - 60);
		}
		assert_bytes(&d);
	}
}

/* ---- merging ---- */

#define TODAY (20000 * DAY)

static int
merge(struct activity_entry *e, struct activity_days *d, int64_t from,
    int64_t now, bool other, const struct use *uses, size_t n)
{
	const struct activity_answer a = {
	    from, now, activity_window(now, 90), now, other};
	const struct use *list[8];
	size_t i;

	for (i = 0; i < n; i++)
		list[i] = &uses[i];
	return activity_merge(e, d, &a, list, n);
}

static struct use
used(int64_t begin_ms, int64_t at_ms, enum use_kind kind)
{
	struct use u = {"1", NULL, at_ms, begin_ms, kind, 1, false};

	return u;
}

static void
test_first_and_next(void **state)
{
	struct activity_entry e = {.product = PRODUCT_GOTOMEETING};
	struct activity_days d = ACTIVITY_DAYS_NONE;
	int64_t now = TODAY + 10 * HOUR, from = activity_window(now, 90);
	struct use uses[3] = {
	    used(TODAY - 3 * DAY, TODAY - 3 * DAY + HOUR, USE_MEETING),
	    used(TODAY - 1 * HOUR, TODAY + HOUR, USE_MEETING),
	    used(TODAY + 8 * HOUR, TODAY + 9 * HOUR, USE_MEETING)};

	assert_int_equal(from, TODAY - 89 * DAY);
	assert_int_equal(activity_next_from(NULL, from, now), from);
	assert_int_equal(activity_next_from(&e, from, now), from);
	assert_int_equal(merge(&e, &d, from, now, false, uses, 2), 0);
	assert_true(activity_is_known(&e));
	assert_int_equal(activity_from_ms(&e), from);
	assert_int_equal(e.to_ms, now);
	assert_int_equal(e.looked_ms, now);
	assert_int_equal(e.last_ms, TODAY + HOUR);
	assert_int_equal(e.last_kind, USE_MEETING);
	assert_int_equal(e.count[0], 2);
	/* a day later: what was told of yesterday's evening is told again */
	now += DAY;
	from = activity_next_from(&e, activity_window(now, 90), now);
	assert_int_equal(from, TODAY - DAY);
	assert_int_equal(merge(&e, &d, from, now, false, uses + 1, 2), 0);
	assert_int_equal(e.count[0], 3);
	assert_int_equal(activity_from_ms(&e), TODAY - 88 * DAY);
	assert_int_equal(e.to_ms, now);
	assert_int_equal(e.last_ms, TODAY + 9 * HOUR);
	/* a day's answer takes the place of the one before */
	assert_int_equal(merge(&e, &d, TODAY, now, false, NULL, 0), 0);
	assert_int_equal(e.count[0], 2);
	assert_int_equal(e.last_ms, TODAY + 9 * HOUR);
	activity_days_done(&d);
}

/* A use is never forgotten; the interval moves on. */
static void
test_window(void **state)
{
	struct activity_entry e = {.product = PRODUCT_GOTOCONNECT};
	struct activity_days d = ACTIVITY_DAYS_NONE;
	int64_t now = TODAY + HOUR;
	struct use u = used(TODAY, TODAY + HOUR, USE_CALLS);

	u.n = 7;
	u.day_only = true;
	assert_int_equal(
	    merge(&e, &d, activity_window(now, 90), now, false, &u, 1), 0);
	assert_int_equal(e.count[0], 7);
	assert_true(e.day_only);
	/* nobody looked for so long that there is a hole: it begins anew */
	now += 200 * DAY;
	assert_int_equal(activity_next_from(&e, activity_window(now, 90), now),
	    activity_window(now, 90));
	assert_int_equal(
	    merge(&e, &d, activity_window(now, 90), now, false, NULL, 0), 0);
	assert_int_equal(activity_from_ms(&e), activity_window(now, 90));
	assert_int_equal(e.count[0], 0);
	assert_int_equal(e.last_ms, TODAY + HOUR);
	assert_int_equal(d.n, 0);
	activity_days_done(&d);
}

/* One that is longer than what was looked at: all of it is asked for, and what
 * was told of before counts once. */
static void
test_longer_window(void **state)
{
	struct activity_entry e = {.product = PRODUCT_GOTOMEETING};
	struct activity_days d = ACTIVITY_DAYS_NONE;
	int64_t now = TODAY + HOUR, from = activity_window(now, 300);
	const struct use then =
	    used(TODAY - 100 * DAY, TODAY - 100 * DAY + HOUR, USE_MEETING);
	const struct use late = used(TODAY - DAY, TODAY - HOUR, USE_MEETING);
	const struct use *uses[] = {&then, &late};
	const struct activity_answer all = {from, now, from, now, false};
	const struct activity_answer day = {
	    from - DAY, from, from - DAY, now, false};

	assert_int_equal(
	    merge(&e, &d, activity_window(now, 90), now, false, &late, 1), 0);
	assert_int_equal(activity_next_from(&e, from, now), from);
	assert_int_equal(activity_merge(&e, &d, &all, uses, 2), 0);
	assert_int_equal(activity_from_ms(&e), from);
	assert_int_equal(e.count[0], 2);
	assert_int_equal(activity_next_from(&e, from, now), TODAY - DAY);
	/* day by day what is in between is unknown until that is over */
	assert_int_equal(activity_merge(&e, &d, &day, NULL, 0), 0);
	assert_true(activity_is_known(&e)); /* without a hole */
	e.from_day += 10;
	assert_int_equal(activity_merge(&e, &d, &day, NULL, 0), 0);
	assert_false(activity_is_known(&e));
	assert_int_equal(e.to_ms, from);
	assert_int_equal(e.last_ms, late.at_ms);
	activity_days_done(&d);
}

/* Day by day, the oldest first: known when the present is reached. */
static void
test_day_by_day(void **state)
{
	struct activity_entry e = {.product = PRODUCT_GOTOCONNECT};
	struct activity_days d = ACTIVITY_DAYS_NONE;
	int64_t now = TODAY, day;
	struct activity_answer a = {
	    .window_ms = TODAY - 3 * DAY, .now_ms = now};
	const struct use u = used(TODAY - 2 * DAY, TODAY - DAY - 1, USE_CALLS);
	const struct use *uses[] = {&u};

	for (day = -3; day < 0; day++) {
		assert_false(activity_is_known(&e));
		a.from_ms = TODAY + day * DAY;
		a.to_ms = a.from_ms + DAY;
		assert_int_equal(
		    activity_merge(&e, &d, &a, uses, day == -2), 0);
		assert_int_equal(e.looked_ms, day == -1 ? now : 0);
		assert_int_equal(activity_from_ms(&e), TODAY - 3 * DAY);
		assert_int_equal(e.to_ms, a.to_ms);
		assert_int_equal(activity_next_from(&e, a.window_ms, now),
		    day == -1 ? TODAY - DAY : a.to_ms);
	}
	assert_true(activity_is_known(&e));
	assert_int_equal(e.count[0], 1);
	/* days later it catches up: known all the while, and as old as it is */
	a.now_ms = TODAY + 3 * DAY;
	a.from_ms = TODAY - DAY;
	a.to_ms = TODAY;
	assert_int_equal(activity_merge(&e, &d, &a, NULL, 0), 0);
	assert_int_equal(e.looked_ms, now);
	/* a hole: that says nothing of the interval */
	a.from_ms = TODAY + DAY;
	a.to_ms = a.now_ms;
	assert_int_equal(activity_merge(&e, &d, &a, NULL, 0), 0);
	assert_true(activity_is_known(&e));
	assert_int_equal(e.to_ms, TODAY);
	assert_int_equal(e.looked_ms, now);
	/* nor does anything but the window, when all is forgotten */
	activity_forget(&e);
	assert_false(activity_is_known(&e));
	assert_int_equal(e.last_ms, uses[0]->at_ms);
	assert_int_equal(activity_merge(&e, &d, &a, NULL, 0), 0);
	assert_false(activity_is_known(&e));
	a.from_ms = a.window_ms;
	assert_int_equal(activity_merge(&e, &d, &a, NULL, 0), 0);
	assert_true(activity_is_known(&e));
	activity_days_done(&d);
}

/* What is told of somebody while another is asked of. */
static void
test_others(void **state)
{
	struct activity_entry e = {.product = PRODUCT_GOTOWEBINAR};
	struct activity_days d = ACTIVITY_DAYS_NONE;
	int64_t now = TODAY + 10 * HOUR;
	struct use two[2] = {
	    used(TODAY + HOUR, TODAY + 2 * HOUR, USE_WEBINAR_STARTED),
	    used(TODAY + 3 * HOUR, TODAY + 4 * HOUR, USE_WEBINAR_STARTED)};
	struct use own =
	    used(TODAY + 5 * HOUR, TODAY + 6 * HOUR, USE_WEBINAR_OWNED);

	assert_int_equal(merge(&e, &d, TODAY, now, true, two, 2), 0);
	assert_false(activity_is_known(&e));
	assert_int_equal(e.last_ms, TODAY + 4 * HOUR);
	assert_int_equal(e.looked_ms, 0);
	/* again, and by another one who knows of one: not more than two */
	assert_int_equal(merge(&e, &d, TODAY, now, true, two, 2), 0);
	assert_int_equal(merge(&e, &d, TODAY, now, true, two, 1), 0);
	assert_days(&d, "20000:2o=2 ");
	/* when it was news */
	assert_int_equal(e.told_ms, now);
	e.looked_ms = now + 5;
	assert_int_equal(merge(&e, &d, TODAY, now + 1, true, two, 2), 0);
	assert_int_equal(e.told_ms, now);
	two[1].begin_ms = two[1].at_ms = TODAY + HOUR;
	two[1].n = 2;
	assert_int_equal(merge(&e, &d, TODAY, now + 1, true, two, 2), 0);
	assert_days(&d, "20000:2o=3 ");
	assert_int_equal(e.last_ms, TODAY + 4 * HOUR);
	assert_int_equal(e.told_ms, now + 6); /* after the last look */
	e.looked_ms = 0;
	/* his own answer leaves them */
	assert_int_equal(merge(&e, &d, TODAY, now, false, &own, 1), 0);
	assert_int_equal(merge(&e, &d, TODAY, now, false, &own, 1), 0);
	assert_days(&d, "20000:2o=3 20000:3=1 ");
	assert_int_equal(e.count[0], 3);
	assert_int_equal(e.count[1], 1);
	assert_int_equal(e.last_kind, USE_WEBINAR_OWNED);
	activity_days_done(&d);
}

/* A clock that is ahead, a time that is nothing. */
static void
test_odd_times(void **state)
{
	struct activity_entry e = {.product = PRODUCT_GOTOMEETING};
	struct activity_days d = ACTIVITY_DAYS_NONE;
	int64_t now = TODAY + 10 * HOUR;
	struct use uses[3] = {used(0, 0, USE_MEETING),
	    used(TODAY - 5 * DAY, INT64_MIN, USE_MEETING),
	    used(TODAY + 9 * HOUR, TODAY + 99 * DAY, USE_MEETING)};

	assert_int_equal(merge(&e, &d, TODAY, now, false, uses, 2), 0);
	assert_int_equal(e.last_ms, 0);
	assert_int_equal(e.count[0], 0);
	assert_int_equal(merge(&e, &d, TODAY, now, false, uses, 3), 0);
	assert_int_equal(e.last_ms, now);
	assert_int_equal(e.count[0], 1);
	activity_days_done(&d);
}

/* A clock was ahead: the present is looked at again, from the window on. */
static void
test_clock_ahead(void **state)
{
	struct activity_entry e = {.product = PRODUCT_GOTOMEETING};
	struct activity_days d = ACTIVITY_DAYS_NONE;
	int64_t now = TODAY + 10 * HOUR, ahead = now + 200 * DAY;
	struct use past = used(TODAY - 95 * DAY, TODAY - 95 * DAY, USE_MEETING),
		   late = used(TODAY - DAY, ahead + DAY, USE_MEETING);
	int64_t from = activity_window(now, 90);
	int i;

	for (i = 0; i < 2; i++) {
		const struct use *u = i ? &late : &past;

		assert_int_equal(merge(&e, &d, activity_window(ahead, 90),
				     ahead, false, u, 1),
		    0);
		assert_int_equal(activity_next_from(&e, from, now), from);
		activity_forget_ahead(&e, now);
		assert_false(activity_is_known(&e));
		/* a use that is past stays */
		assert_int_equal(e.last_ms, i ? 0 : past.at_ms);
		assert_int_equal(e.last_kind, i ? USE_NONE : USE_MEETING);
		assert_int_equal(activity_next_from(&e, from, now), from);
		assert_int_equal(merge(&e, &d, from, now, false, NULL, 0), 0);
		assert_true(activity_is_known(&e));
		assert_int_equal(activity_from_ms(&e), from);
		assert_int_equal(e.to_ms, now);
		assert_int_equal(e.looked_ms, now);
	}
	/* it was not */
	activity_forget_ahead(&e, now);
	assert_true(activity_is_known(&e));
	activity_days_done(&d);
}

/* Of no use to anybody: the window is shorter than what was asked for. */
static void
test_extended_backwards(void **state)
{
	struct activity_entry e = {.product = PRODUCT_GOTOMEETING};
	struct activity_days d = ACTIVITY_DAYS_NONE;
	int64_t now = TODAY + 10 * HOUR;
	struct activity_answer a = {
	    activity_window(now, 2), now, activity_window(now, 2), now, false};

	assert_int_equal(activity_merge(&e, &d, &a, NULL, 0), 0);
	assert_int_equal(activity_from_ms(&e), TODAY - DAY);
	assert_int_equal(
	    merge(&e, &d, TODAY - 50 * DAY, now + HOUR, false, NULL, 0), 0);
	assert_int_equal(activity_from_ms(&e), TODAY - 50 * DAY);
	assert_int_equal(
	    merge(&e, &d, TODAY - 200 * DAY, now + HOUR, false, NULL, 0), 0);
	assert_int_equal(activity_from_ms(&e), TODAY - 89 * DAY);
	/* an older answer that comes late does not take back the end */
	assert_int_equal(merge(&e, &d, TODAY - DAY, TODAY, false, NULL, 0), 0);
	assert_int_equal(e.to_ms, now + HOUR);
}

/* ---- the text ---- */

static void
assert_text(const struct activity_entry *e, enum product product,
    const char *email, const char *why, const char *want)
{
	AUTO(buf_done) struct buf text = BUF_MAX(ACTIVITY_TEXT_BYTES);

	assert_int_equal(activity_render(product, email, e, why, &text), 0);
	assert_string_equal(buf_str(&text), want);
}

static void
test_text_without_address(void **state)
{
	AUTO(buf_done) struct buf text = BUF_MAX(ACTIVITY_TEXT_BYTES);

	assert_int_equal(activity_render(PRODUCT_GOTOWEBINAR, "", NULL,
			     "not looked at yet", &text),
	    0);
	assert_true(text_starts(buf_str(&text), "{\n  \"email\": null,\n"));
}

static void
test_text(void **state)
{
	struct activity_entry e = {.product = PRODUCT_GOTOWEBINAR,
	    .last_kind = USE_WEBINAR_STARTED,
	    .count = {3, 0},
	    .from_day = 20000,
	    .to_ms = TODAY + DAY,
	    .looked_ms = TODAY + DAY + 1000,
	    .last_ms = TODAY + 999};

	assert_text(&e, PRODUCT_GOTOWEBINAR, "ann@example.com", "not shown",
	    "{\n  \"email\": \"ann@example.com\",\n"
	    "  \"product\": \"gotowebinar\",\n  \"state\": \"known\",\n"
	    "  \"lastActivity\": \"2024-10-04T00:00:00Z\",\n"
	    "  \"precision\": \"second\",\n  \"what\": \"ran a webinar\",\n"
	    "  \"counts\": {\n    \"webinarsRun\": 3,\n"
	    "    \"webinarsOwned\": 0\n  },\n"
	    "  \"observedFrom\": \"2024-10-04T00:00:00Z\",\n"
	    "  \"observedTo\": \"2024-10-05T00:00:00Z\",\n"
	    "  \"lookedAt\": \"2024-10-05T00:00:01Z\"\n}\n");
	e = (struct activity_entry){.product = PRODUCT_GOTOMEETING,
	    .from_day = 20000,
	    .to_ms = TODAY + DAY,
	    .looked_ms = TODAY + DAY};
	assert_text(&e, PRODUCT_GOTOMEETING, "a\"b@example.com", NULL,
	    "{\n  \"email\": \"a\\\"b@example.com\",\n"
	    "  \"product\": \"gotomeeting\",\n  \"state\": \"known\",\n"
	    "  \"lastActivity\": null,\n  \"precision\": null,\n"
	    "  \"what\": null,\n  \"counts\": {\n    \"meetings\": 0\n  },\n"
	    "  \"observedFrom\": \"2024-10-04T00:00:00Z\",\n"
	    "  \"observedTo\": \"2024-10-05T00:00:00Z\",\n"
	    "  \"lookedAt\": \"2024-10-05T00:00:00Z\"\n}\n");
	/* told by others, but never looked at: unknown */
	e = (struct activity_entry){.product = PRODUCT_GOTOMEETING,
	    .last_kind = USE_MEETING,
	    .last_ms = TODAY};
	assert_text(&e, PRODUCT_GOTOMEETING, "a@example.com", "no right",
	    "{\n  \"email\": \"a@example.com\",\n"
	    "  \"product\": \"gotomeeting\",\n  \"state\": \"unknown\",\n"
	    "  \"lastActivity\": null,\n  \"precision\": null,\n"
	    "  \"what\": null,\n  \"counts\": {},\n"
	    "  \"observedFrom\": null,\n  \"observedTo\": null,\n"
	    "  \"lookedAt\": null,\n  \"reason\": \"no right\"\n}\n");
}

/* ---- memory ---- */

static int
merge_once(void *ctx)
{
	struct activity_entry e = {.product = PRODUCT_GOTOMEETING};
	AUTO(activity_days_done) struct activity_days d = ACTIVITY_DAYS_NONE;
	int64_t now = TODAY + 10 * HOUR;
	struct use uses[2] = {used(TODAY, TODAY, USE_MEETING),
	    used(TODAY - DAY, TODAY - DAY, USE_MEETING)};
	int r = merge(&e, &d, TODAY - DAY, now, false, uses, 2);

	return r < 0 ? r : merge(&e, &d, TODAY - DAY, now, true, uses, 2);
}

static int
render_once(void *ctx)
{
	const struct activity_entry e = {.product = PRODUCT_GOTOCONNECT,
	    .last_kind = USE_CALLS,
	    .from_day = 20000,
	    .to_ms = TODAY + DAY,
	    .looked_ms = TODAY,
	    .last_ms = TODAY};
	AUTO(buf_done) struct buf text = BUF_MAX(ACTIVITY_TEXT_BYTES);
	int r = activity_render(
	    PRODUCT_GOTOCONNECT, "a@example.com", &e, NULL, &text);

	return r < 0 ? r
		     : activity_render(PRODUCT_GOTOCONNECT, "a@example.com",
			   NULL, "why", &text);
}

static void
test_failing(void **state)
{
	alloc_fail_sweep(merge_once, NULL);
	alloc_fail_sweep(render_once, NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_days),
	    cmocka_unit_test(test_bytes_of_others),
	    cmocka_unit_test(test_random_days),
	    cmocka_unit_test(test_first_and_next),
	    cmocka_unit_test(test_window),
	    cmocka_unit_test(test_longer_window),
	    cmocka_unit_test(test_day_by_day),
	    cmocka_unit_test(test_others),
	    cmocka_unit_test(test_odd_times),
	    cmocka_unit_test(test_clock_ahead),
	    cmocka_unit_test(test_extended_backwards),
	    cmocka_unit_test(test_text_without_address),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
