/* SPDX-License-Identifier: MIT */
/* What the rules make of a seat: a table, and the laws that hold for any. */
#include "../../src/tenant/reclaim_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gotofs/err.h"
#include "random.h"

#define DAY ACTIVITY_DAY_MS
#define HOUR (DAY / 24)
#define NOW (INT64_C(20000) * DAY) /* 2024-10-04T00:00:00Z */
#define M PRODUCT_BIT(PRODUCT_GOTOMEETING)
#define W PRODUCT_BIT(PRODUCT_GOTOWEBINAR)
#define C PRODUCT_BIT(PRODUCT_GOTOCONNECT)
#define T PRODUCT_BIT(PRODUCT_GOTOTRAINING)
#define V PRODUCT_BIT(PRODUCT_OPENVOICE)
#define OTHER PRODUCT_BIT_OTHER

/* inactive_days 60, grace 30, age 48 */
static const char rules_text[] =
    "{\"licenses\":{\"slow\":{\"inactive_days\":200}},"
    "\"exemptions\":[{\"pattern\":\"ceo@*\",\"reason\":\"r\"},"
    "{\"pattern\":\"gone@*\",\"reason\":\"r\",\"until\":\"2024-10-03\"},"
    "{\"pattern\":\"leave@*\",\"reason\":\"r\",\"until\":\"2024-10-11\"}]}";

struct look { /* in days before now; 0 for from: not looked at */
	double from, to, last; /* last 0: none */
};
#define FRESH(last)                                                            \
	{                                                                      \
		90, 0.5, (last)                                                \
	}

static const struct row {
	const char *what;
	const char *email, *license;
	unsigned products;
	double since;
	bool came, protected;
	unsigned doubtful;
	struct look meeting, other; /* other: that of each other product */
	enum seat_usage usage;
	enum seat_verdict verdict;
} rows[] = {
    {"used yesterday", "a@b", "l", M, 500, 0, 0, 0, FRESH(1), {0}, SEAT_ACTIVE,
	SEAT_KEEP},
    {"used at the threshold", "a@b", "l", M, 500, 0, 0, 0, FRESH(60), {0},
	SEAT_ACTIVE, SEAT_KEEP},
    {"used before it", "a@b", "l", M, 500, 0, 0, 0, FRESH(60.01), {0},
	SEAT_INACTIVE, SEAT_CANDIDATE},
    {"never", "a@b", "l", M, 500, 0, 0, 0, FRESH(0), {0}, SEAT_NEVER,
	SEAT_CANDIDATE},
    {"never, and 90 days old", "a@b", "l", M, 90, 0, 0, 0, FRESH(0), {0},
	SEAT_NEVER, SEAT_CANDIDATE},
    {"never, and a little younger", "a@b", "l", M, 89.99, 0, 0, 0, FRESH(0),
	{0}, SEAT_NEVER, SEAT_NEW},
    {"never, and from the first listing", "a@b", "l", M, 3, 0, 0, 0, FRESH(0),
	{0}, SEAT_NEVER, SEAT_NEW},
    {"old use, seat of the first listing", "a@b", "l", M, 3, 0, 0, 0, FRESH(70),
	{0}, SEAT_INACTIVE, SEAT_CANDIDATE},
    {"old use, and the seat came later", "a@b", "l", M, 3, 1, 0, 0, FRESH(70),
	{0}, SEAT_INACTIVE, SEAT_NEW},
    {"old use, and the seat came before", "a@b", "l", M, 80, 1, 0, 0, FRESH(70),
	{0}, SEAT_INACTIVE, SEAT_CANDIDATE},
    {"old use, the seat came later, long ago", "a@b", "l", M, 91, 1, 0, 0,
	{400, 0.5, 100}, {0}, SEAT_INACTIVE, SEAT_CANDIDATE},
    /* unknown is not inactive */
    {"not looked at", "a@b", "l", M, 500, 0, 0, 0, {0}, {0}, SEAT_UNKNOWN,
	SEAT_KEEP},
    {"looked at up to two days ago", "a@b", "l", M, 500, 0, 0, 0, {90, 2, 0},
	{0}, SEAT_NEVER, SEAT_CANDIDATE},
    {"looked at a little earlier", "a@b", "l", M, 500, 0, 0, 0, {90, 2.01, 0},
	{0}, SEAT_UNKNOWN, SEAT_KEEP},
    {"old data, and a use in time", "a@b", "l", M, 500, 0, 0, 0, {90, 30, 40},
	{0}, SEAT_ACTIVE, SEAT_KEEP},
    {"back to the threshold", "a@b", "l", M, 500, 0, 0, 0, {60, 0, 0}, {0},
	SEAT_NEVER, SEAT_CANDIDATE},
    {"not quite", "a@b", "l", M, 500, 0, 0, 0, {59.99, 0, 0}, {0}, SEAT_UNKNOWN,
	SEAT_KEEP},
    {"the license wants 200 days", "a@b", "slow", M, 500, 0, 0, 0, FRESH(0),
	{0}, SEAT_UNKNOWN, SEAT_KEEP},
    {"and has them", "a@b", "slow", M, 500, 0, 0, 0, {250, 0, 199}, {0},
	SEAT_ACTIVE, SEAT_KEEP},
    {"and has them, unused", "a@b", "slow", M, 500, 0, 0, 0, {250, 0, 201}, {0},
	SEAT_INACTIVE, SEAT_CANDIDATE},
    {"nobody uses it at all", "a@b", "l", M, 500, 0, 0, M, FRESH(0), {0},
	SEAT_UNKNOWN, SEAT_KEEP},
    {"nobody uses another", "a@b", "l", M, 500, 0, 0, W, FRESH(0), {0},
	SEAT_NEVER, SEAT_CANDIDATE},
    {"data of the future", "a@b", "l", M, 500, 0, 0, 0, {90, -2, 0}, {0},
	SEAT_UNKNOWN, SEAT_KEEP},
    {"no source", "a@b", "l", V, 500, 0, 0, 0, {0}, {0}, SEAT_UNKNOWN,
	SEAT_KEEP},
    {"no source for one, the other used", "a@b", "l", M | V, 500, 0, 0, 0,
	FRESH(5), {0}, SEAT_ACTIVE, SEAT_KEEP},
    {"no source for one, the other not", "a@b", "l", M | V, 500, 0, 0, 0,
	FRESH(70), {0}, SEAT_UNKNOWN, SEAT_KEEP},
    {"a code that is none of ours", "a@b", "l", OTHER, 500, 0, 0, 0, {0}, {0},
	SEAT_UNKNOWN, SEAT_KEEP},
    {"beside one of ours, unused", "a@b", "l", M | OTHER, 500, 0, 0, 0,
	FRESH(70), {0}, SEAT_UNKNOWN, SEAT_KEEP},
    {"beside one of ours, used", "a@b", "l", M | OTHER, 500, 0, 0, 0, FRESH(7),
	{0}, SEAT_ACTIVE, SEAT_KEEP},
    /* who stays */
    {"exempt", "CEO@b", "l", M, 500, 0, 0, 0, FRESH(70), {0}, SEAT_INACTIVE,
	SEAT_EXEMPT},
    {"exempt, and active", "ceo@b", "l", M, 500, 0, 0, 0, FRESH(7), {0},
	SEAT_ACTIVE, SEAT_KEEP},
    {"exempt and protected", "ceo@b", "l", M, 500, 0, 1, 0, FRESH(70), {0},
	SEAT_INACTIVE, SEAT_PROTECTED},
    {"protected and new", "a@b", "l", M, 5, 0, 1, 0, FRESH(0), {0}, SEAT_NEVER,
	SEAT_PROTECTED},
    {"protected and unknown", "a@b", "l", M, 5, 0, 1, 0, {0}, {0}, SEAT_UNKNOWN,
	SEAT_KEEP},
    {"exempt until yesterday", "gone@b", "l", M, 500, 0, 0, 0, FRESH(70), {0},
	SEAT_INACTIVE, SEAT_CANDIDATE},
    {"exempt for a week", "leave@b", "l", M, 500, 0, 0, 0, FRESH(70), {0},
	SEAT_INACTIVE, SEAT_EXEMPT},
    /* Webinar and Training give meetings, too */
    {"webinars and meetings, neither", "a@b", "l", W | M, 500, 0, 0, 0,
	FRESH(0), FRESH(80), SEAT_INACTIVE, SEAT_CANDIDATE},
    {"meetings alone", "a@b", "l", W | M, 500, 0, 0, 0, FRESH(3), FRESH(0),
	SEAT_NEVER, SEAT_DOWNGRADE},
    {"meetings alone, of late", "a@b", "l", T | M, 500, 0, 0, 0, FRESH(3),
	FRESH(80), SEAT_INACTIVE, SEAT_DOWNGRADE},
    {"meetings alone, and new", "a@b", "l", T | M, 5, 0, 0, 0, FRESH(3),
	FRESH(0), SEAT_NEVER, SEAT_NEW},
    {"meetings alone, and exempt", "ceo@b", "l", T | M, 500, 0, 0, 0, FRESH(3),
	FRESH(0), SEAT_NEVER, SEAT_EXEMPT},
    {"webinars alone", "a@b", "l", W | M, 500, 0, 0, 0, {0}, FRESH(3),
	SEAT_ACTIVE, SEAT_KEEP},
    {"meetings unknown", "a@b", "l", W | M, 500, 0, 0, 0, {0}, FRESH(80),
	SEAT_UNKNOWN, SEAT_KEEP},
    {"meetings, and webinars unknown", "a@b", "l", W | M, 500, 0, 0, 0,
	FRESH(3), {0}, SEAT_UNKNOWN, SEAT_KEEP},
    {"webinars, training: one of them", "a@b", "l", W | T, 500, 0, 0, 0, {0},
	FRESH(3), SEAT_ACTIVE, SEAT_KEEP},
    {"meetings are Connect's peers", "a@b", "l", C | M, 500, 0, 0, 0, FRESH(3),
	FRESH(0), SEAT_ACTIVE, SEAT_KEEP},
    {"no products at all", "a@b", "l", 0, 500, 0, 0, 0, {0}, {0}, SEAT_UNKNOWN,
	SEAT_KEEP},
};

static int64_t
before(double days)
{
	return NOW - (int64_t)(days * (double)DAY);
}

static void
look_at(struct activity *a, const struct look *l)
{
	if (l->from <= 0)
		return;
	a->from_ms = before(l->from);
	a->to_ms = a->looked_ms = before(l->to);
	a->last_ms = l->last > 0 ? before(l->last) : 0;
	a->last_kind = l->last > 0 ? USE_MEETING : USE_NONE;
}

static void
facts_of(const struct row *row, struct seat_facts *f)
{
	int i;

	*f = (struct seat_facts){
	    .email = row->email,
	    .license = row->license,
	    .products = row->products,
	    .since_ms = before(row->since),
	    .seen_to_come = row->came,
	    .protected = row->protected,
	    .doubtful = row->doubtful,
	};
	for (i = 0; i < PRODUCT_N; i++)
		if (row->products & PRODUCT_BIT(i))
			look_at(&f->activity[i], i == PRODUCT_GOTOMEETING
						     ? &row->meeting
						     : &row->other);
}

static void
rules_make(struct reclaim_rules *ret)
{
	struct err err = ERR_NONE;

	if (reclaim_rules_parse(rules_text, strlen(rules_text), ret, &err) < 0)
		fail_msg("%s", err.msg);
}

static void
the_table_holds(void **state)
{
	AUTO(reclaim_rules_done) struct reclaim_rules r = RECLAIM_RULES_NONE;
	struct seat_facts f;
	struct judgement j;
	size_t i;

	rules_make(&r);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		facts_of(&rows[i], &f);
		reclaim_judge(&r, &f, NOW, &j);
		if (j.usage != rows[i].usage || j.verdict != rows[i].verdict)
			fail_msg("%s: usage %d, verdict %d", rows[i].what,
			    j.usage, j.verdict);
		if ((j.usage == SEAT_UNKNOWN) != (j.unknown_why != NULL) ||
		    (j.verdict == SEAT_EXEMPT) != (j.exemption != NULL))
			fail_msg("%s: no reason", rows[i].what);
	}
}

static void
what_decided_is_named(void **state)
{
	AUTO(reclaim_rules_done) struct reclaim_rules r = RECLAIM_RULES_NONE;
	struct seat_facts f = {.email = "a@b", .license = "slow"};
	struct judgement j;

	rules_make(&r);
	f.products = W | T | M;
	look_at(&f.activity[PRODUCT_GOTOMEETING], &(struct look)FRESH(1));
	look_at(&f.activity[PRODUCT_GOTOWEBINAR], &(struct look)FRESH(9));
	look_at(&f.activity[PRODUCT_GOTOTRAINING], &(struct look)FRESH(8));
	reclaim_judge(&r, &f, NOW, &j);
	assert_int_equal(j.product, PRODUCT_GOTOTRAINING);
	assert_int_equal(j.last_ms, before(8));
	assert_ptr_equal(j.limits, &r.override[0].limits);
	assert_ptr_equal(j.override, &r.override[0]);
	assert_int_equal(j.threshold_ms, before(200));
	f.license = "l";
	f.activity[PRODUCT_GOTOTRAINING].last_ms = 0;
	f.activity[PRODUCT_GOTOWEBINAR].last_ms = 0;
	f.activity[PRODUCT_GOTOTRAINING].to_ms = before(3);
	reclaim_judge(&r, &f, NOW, &j);
	assert_int_equal(j.product, PRODUCT_GOTOTRAINING);
	assert_non_null(strstr(j.unknown_why, "max_data_age_hours"));
	assert_null(j.override);
	assert_int_equal(j.last_ms, 0);
	f.products = OTHER;
	reclaim_judge(&r, &f, NOW, &j);
	assert_int_equal(j.product, -1);
}

/* ---- laws ---- */

static void
random_facts(struct seat_facts *f)
{
	static const char *const emails[] = {"a@b", "ceo@b", "leave@b"};
	int i;

	*f = (struct seat_facts){.email = emails[random_below(3)],
	    .license = random_below(3) ? "l" : "slow",
	    .since_ms = before((double)random_below(120)),
	    .seen_to_come = random_below(2),
	    .protected = random_below(8) == 0};
	for (i = 0; i < PRODUCT_N; i++) {
		struct look l = {(double)(60 + random_below(200)),
		    (double)random_below(30) / 10, 0};

		if (random_below(3))
			continue;
		f->products |= PRODUCT_BIT(i);
		if (random_below(2))
			l.last =
			    l.to + (double)random_below((uint32_t)(l.from));
		if (random_below(8))
			look_at(&f->activity[i], &l);
	}
}

/* Neither usage nor verdict changes before the moment that was named. */
static void
time_alone_changes_it_when_it_says(void **state)
{
	AUTO(reclaim_rules_done) struct reclaim_rules r = RECLAIM_RULES_NONE;
	int i, k, later = 0;

	rules_make(&r);
	for (i = 0; i < 20000; i++) {
		struct seat_facts f;
		struct judgement j, then;

		random_facts(&f);
		reclaim_judge(&r, &f, NOW, &j);
		assert_true(j.next_ms > NOW);
		for (k = 0; k < 20; k++) {
			int64_t at = NOW + (int64_t)random_below(300) * DAY +
				     (int64_t)random_below(24) * HOUR;

			if (k == 0 && j.next_ms != INT64_MAX)
				at = j.next_ms - 1;
			if (at >= j.next_ms)
				continue;
			reclaim_judge(&r, &f, at, &then);
			assert_int_equal(then.usage, j.usage);
			assert_int_equal(then.verdict, j.verdict);
			later++;
		}
	}
	assert_true(later > 10000);
}

/* More that is known of a use never makes a candidate. */
static void
a_use_in_time_always_saves(void **state)
{
	AUTO(reclaim_rules_done) struct reclaim_rules r = RECLAIM_RULES_NONE;
	int i, product;

	rules_make(&r);
	for (i = 0; i < 20000; i++) {
		struct seat_facts f;
		struct judgement j;

		random_facts(&f);
		product = (int)random_below(PRODUCT_N);
		if (!(f.products & PRODUCT_BIT(product)))
			continue;
		f.activity[product].last_ms = before(59);
		reclaim_judge(&r, &f, NOW, &j);
		assert_true(j.verdict != SEAT_CANDIDATE);
		if (reclaim_main_products(f.products) & PRODUCT_BIT(product))
			assert_int_equal(j.usage, SEAT_ACTIVE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_holds),
	    cmocka_unit_test(what_decided_is_named),
	    cmocka_unit_test(time_alone_changes_it_when_it_says),
	    cmocka_unit_test(a_use_in_time_always_saves),
	};

	return cmocka_run_group_tests_name("reclaim_judge", tests, NULL, NULL);
}
