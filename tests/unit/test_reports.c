/* SPDX-License-Identifier: MIT */
/* The printers of reports/: what they make of an account written by hand. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/tenant/reports_int.h"
#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/text.h"

#define NOW_MS INT64_C(1795996800000) /* 2026-11-30 */
#define DAYS(n) ((n)*ACTIVITY_DAY_MS)

/* ---- an account ---- */

static int
add_license(
    struct reports_input *in, const char *name, unsigned products, long owned)
{
	struct reports_license *l = reports_input_add_license(in, name);

	if (!l)
		return -ENOMEM;
	l->key = text_dup("900719925474099301");
	l->title = text_dup("GoTo <Meeting>, \"big\"");
	l->products = products;
	l->owned = owned;
	return l->key && l->title ? 0 : -ENOMEM;
}

static int
add_seat(struct reports_input *in, size_t user, uint32_t license,
    enum seat_usage usage, enum seat_verdict verdict, int64_t last_ms)
{
	const struct reports_seat s = {.license = license,
	    .usage = (uint8_t)usage,
	    .verdict = (uint8_t)verdict,
	    .product = PRODUCT_GOTOMEETING,
	    .last_ms = last_ms,
	    .since_ms = NOW_MS - DAYS(400),
	    .why = usage == SEAT_UNKNOWN ? "not looked at <yet>" : NULL};

	return reports_input_add_seat(in, &in->user[user], &s);
}

static int
add_user(struct reports_input *in, const char *name, const char *first,
    int64_t last_ms)
{
	struct reports_user *u = reports_input_add_user(in, name);

	if (!u)
		return -ENOMEM;
	u->first_name = text_dup(first);
	u->status = text_dup("ACTIVE");
	u->last_ms[PRODUCT_GOTOMEETING] = last_ms;
	return (u->first_name || !first) && u->status ? 0 : -ENOMEM;
}

static int
make_people(struct reports_input *in)
{
	int64_t old = NOW_MS - DAYS(100);
	int r = add_user(
	    in, "ann@example.com", "Ann, the \"1st\"", NOW_MS - DAYS(3));

	if (r == 0)
		r = add_user(in, "=cmd@example.com", "@SUM(A1)<b>", old);
	if (r == 0)
		r = add_user(in, "cyd@example.com", "<script>&", REPORTS_NEVER);
	if (r == 0)
		r = add_user(in, "dan@example.com", NULL, REPORTS_UNKNOWN);
	if (r == 0)
		r = add_user(in, "eve@example.com", "-1\tx", REPORTS_NOT_HELD);
	if (r == 0)
		r = add_seat(in, 0, 0, SEAT_ACTIVE, SEAT_KEEP, NOW_MS);
	if (r == 0)
		r = add_seat(in, 1, 0, SEAT_INACTIVE, SEAT_CANDIDATE, old);
	if (r == 0)
		r = add_seat(in, 2, 0, SEAT_NEVER, SEAT_EXEMPT, 0);
	if (r == 0)
		r = add_seat(in, 3, 0, SEAT_UNKNOWN, SEAT_KEEP, 0);
	if (r == 0)
		r = add_seat(in, 1, 1, SEAT_NEVER, SEAT_DOWNGRADE, 0);
	reports_input_sort_users(in);
	return r;
}

static int
make_input(struct reports_input *in)
{
	int r =
	    add_license(in, "meeting", PRODUCT_BIT(PRODUCT_GOTOMEETING), 10);

	if (r == 0)
		r = add_license(in, "webinar",
		    PRODUCT_BIT(PRODUCT_GOTOMEETING) |
			PRODUCT_BIT(PRODUCT_GOTOWEBINAR) | PRODUCT_BIT_OTHER,
		    -1);
	if (r == 0)
		r = make_people(in);
	in->profile = text_dup("work & play");
	in->now_ms = NOW_MS;
	in->limits = (struct reclaim_limits){60, 30, 48};
	in->source[PRODUCT_GOTOMEETING].used = true;
	in->source[PRODUCT_GOTOMEETING].looked_first_ms = NOW_MS - DAYS(1);
	in->source[PRODUCT_GOTOMEETING].looked_last_ms = NOW_MS;
	return r == 0 && !in->profile ? -ENOMEM : r;
}

static void
set_prices(struct reports_input *in)
{
	in->license[0].price = 125000;
	strcpy(in->license[0].currency, "EUR");
}

static int
add_days(struct reports_input *in, int n)
{
	int i;

	for (i = 0; i < 2 * n; i++) {
		struct reports_day *d = reports_input_add_day(in);

		if (!d)
			return -ENOMEM;
		*d = (struct reports_day){
		    NOW_MS / ACTIVITY_DAY_MS - n + 1 + i / 2, (uint32_t)i % 2,
		    10, 5 + i / 2, 3, 1, 2};
	}
	return 0;
}

typedef int (*printer)(const struct reports_input *, struct buf *);
static const printer printers[] = {reports_position_csv, reports_position_json,
    reports_users_csv, reports_html};

static void
assert_prints(const struct reports_input *in, printer print, const char *want)
{
	AUTO(buf_done) struct buf out = BUF_MAX(1 << 20);

	assert_int_equal(print(in, &out), 0);
	assert_string_equal(buf_str(&out), want);
}

static void
assert_has(const struct reports_input *in, const char *want)
{
	AUTO(buf_done) struct buf out = BUF_MAX(1 << 20);

	assert_int_equal(reports_html(in, &out), 0);
	if (!strstr(buf_str(&out), want))
		fail_msg("no \"%s\" in %s", want, buf_str(&out));
}

static void
assert_has_not(const struct reports_input *in, const char *bad)
{
	AUTO(buf_done) struct buf out = BUF_MAX(1 << 20);

	assert_int_equal(reports_html(in, &out), 0);
	if (strstr(buf_str(&out), bad))
		fail_msg("\"%s\" in %s", bad, buf_str(&out));
}

/* ---- tables ---- */

static void
test_position(void **state)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;

	assert_int_equal(make_input(&in), 0);
	assert_prints(&in, reports_position_csv,
	    "license,title,products,owned,assigned,free,active,inactive,never,"
	    "unknown,reclaimable,downgrade,new,exempt,protected\n"
	    "meeting,\"GoTo <Meeting>, \"\"big\"\"\",gotomeeting,10,4,6,1,1,1,"
	    "1,1,0,0,1,0\n"
	    "webinar,\"GoTo <Meeting>, \"\"big\"\"\",gotomeeting gotowebinar "
	    "other,unknown,1,unknown,0,0,1,0,0,1,0,0,0\n");
	set_prices(&in);
	assert_prints(&in, reports_position_csv,
	    "license,title,products,owned,assigned,free,active,inactive,never,"
	    "unknown,reclaimable,downgrade,new,exempt,protected,price,cost,"
	    "possibleSavings,currency\n"
	    "meeting,\"GoTo <Meeting>, \"\"big\"\"\",gotomeeting,10,4,6,1,1,1,"
	    "1,1,0,0,1,0,12.50,125.00,12.50,EUR\n"
	    "webinar,\"GoTo <Meeting>, \"\"big\"\"\",gotomeeting gotowebinar "
	    "other,unknown,1,unknown,0,0,1,0,0,1,0,0,0,,,,\n");
}

static void
test_position_json(void **state)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;
	AUTO(buf_done) struct buf out = BUF_MAX(1 << 20);

	assert_int_equal(make_input(&in), 0);
	in.licenses_n = 1;
	set_prices(&in);
	assert_int_equal(reports_position_json(&in, &out), 0);
	in.licenses_n = 2;
	assert_string_equal(buf_str(&out),
	    "{\n  \"licenses\": [\n    {\n      \"license\": \"meeting\",\n"
	    "      \"key\": \"900719925474099301\",\n"
	    "      \"title\": \"GoTo <Meeting>, \\\"big\\\"\",\n"
	    "      \"products\": [\n        \"gotomeeting\"\n      ],\n"
	    "      \"owned\": 10,\n      \"assigned\": 4,\n      \"free\": 6,\n"
	    "      \"active\": 1,\n      \"inactive\": 1,\n"
	    "      \"never\": 1,\n      \"unknown\": 1,\n"
	    "      \"reclaimable\": 1,\n      \"downgrade\": 0,\n"
	    "      \"new\": 0,\n      \"exempt\": 1,\n"
	    "      \"protected\": 0,\n      \"price\": 12.5,\n"
	    "      \"cost\": 125,\n      \"possibleSavings\": 12.5,\n"
	    "      \"currency\": \"EUR\"\n    }\n  ],\n"
	    "  \"inactiveDays\": 60,\n  \"pricesTrouble\": null\n}\n");
}

static void
test_users(void **state)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;

	assert_int_equal(make_input(&in), 0);
	assert_prints(&in, reports_users_csv,
	    "email,firstName,lastName,status,group,license:meeting,"
	    "license:webinar,last:gotomeeting,last:gotowebinar,"
	    "last:gotoconnect,last:gototraining,last:gotoassist,"
	    "last:openvoice\n"
	    "'=cmd@example.com,'@SUM(A1)<b>,,ACTIVE,,inactive candidate,never "
	    "downgrade,2026-08-22T00:00:00Z,,,,,\n"
	    "ann@example.com,\"Ann, the \"\"1st\"\"\",,ACTIVE,,active,,"
	    "2026-11-27T00:00:00Z,,,,,\n"
	    "cyd@example.com,<script>&,,ACTIVE,,never exempt,,never,,,,,\n"
	    "dan@example.com,,,ACTIVE,,unknown,,unknown,,,,,\n"
	    "eve@example.com,'-1\tx,,ACTIVE,,,,,,,,,\n");
}

static void
test_field(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {NULL, ""},
	    {"", ""},
	    {"plain", "plain"},
	    {"a,b", "\"a,b\""},
	    {" a", "\" a\""},
	    {"a\nb", "\"a\nb\""},
	    {"\"", "\"\"\"\""},
	    {"=1+1", "'=1+1"},
	    {"+1", "'+1"},
	    {"-1", "'-1"},
	    {"@x", "'@x"},
	    {"\tx", "'\tx"},
	    {"\rx", "\"'\rx\""},
	    {"=a,\"b\"", "\"'=a,\"\"b\"\"\""},
	    {"\xef\xbc\x9d"
	     "1",
		"'\xef\xbc\x9d"
		"1"},
	    {"a=1", "a=1"},
	    {"a b=1 -2", "a b=1 -2"},
	    {"x;=1+1", "x;'=1+1"},
	    {"x; =1", "x; '=1"},
	    {"x\t=1", "x\t'=1"},
	    {"x|@y", "x|'@y"},
	    {"x,-1", "\"x,'-1\""},
	    {"x\r\n+1", "\"x\r\n'+1\""},
	    {"x;\"=1", "\"x;\"\"'=1\""},
	    {" =1", "\" '=1\""},
	    {"\t=1", "'\t'=1"},
	    {"\r=1", "\"'\r'=1\""},
	    {"'=1", "''=1"},
	    {"x;\xef\xbc\x9d"
	     "1",
		"x;'\xef\xbc\x9d"
		"1"},
	    {"x;y=1", "x;y=1"},
	};
	AUTO(buf_done) struct buf out = BUF_MAX(100);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		assert_int_equal(reports_csv_field(cases[i].text, &out), 0);
		assert_string_equal(buf_str(&out), cases[i].want);
	}
}

static void
test_html_text(void **state)
{
	AUTO(buf_done) struct buf out = BUF_MAX(100);

	assert_int_equal(
	    reports_html_text("<a b='c' d=\"e\">&\x01\xff\xc3\xa9", &out), 0);
	assert_string_equal(buf_str(&out),
	    "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;\xef\xbf\xbd"
	    "\xef\xbf\xbd\xc3\xa9");
}

static void
test_money(void **state)
{
	char s[REPORTS_NUMBER_BYTES];
	struct reports_license l = {.owned = 3, .price = INT64_MAX / 2};

	assert_string_equal(reports_money(0, s), "0.00");
	assert_string_equal(reports_money(1234, s), "0.1234");
	assert_string_equal(reports_money(1250, s), "0.125");
	assert_string_equal(reports_money(9999, s), "0.9999");
	assert_string_equal(reports_money(165050, s), "16.505");
	assert_string_equal(reports_money(40 * 165050, s), "660.20");
	assert_string_equal(reports_money(100, s), "0.01");
	assert_string_equal(
	    reports_money(INT64_MAX, s), "922337203685477.5807");
	assert_string_equal(reports_money(123456700, s), "12345.67");
	assert_int_equal(reports_cost(&l), -1); /* beyond all reason */
	l.owned = -1;
	l.price = 1;
	assert_int_equal(reports_cost(&l), -1);
	assert_int_equal(reports_savings(&l), 0);
}

/* ---- the page ---- */

static void
test_page_stamp(void **state)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;
	AUTO(buf_done) struct buf page = BUF_MAX(1 << 20);
	size_t len;

	assert_int_equal(make_input(&in), 0);
	assert_int_equal(reports_html(&in, &page), 0);
	assert_non_null(strstr(page.data,
	    "<time datetime=\"1970-01-01T00:00:00Z\">1970-01-01 00:00 UTC<"));
	len = page.len;
	reports_html_stamp(&page, NOW_MS);
	assert_int_equal(page.len, len);
	assert_non_null(strstr(page.data,
	    "numbers of <time datetime=\"2026-11-30T00:00:00Z\">2026-11-30 "
	    "00:00 UTC</time>, when they last changed"));
}

static void
test_page(void **state)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;

	assert_int_equal(make_input(&in), 0);
	assert_has(&in, "Profile <b>work &amp; play</b>");
	assert_has(&in, "@SUM(A1)&lt;b&gt; <");
	assert_has(&in, "<tr role=\"row\" data-license=\"meeting\">");
	assert_has(&in, "data-n=\"owned\">10<");
	assert_has(&in, "data-n=\"owned\">unknown<");
	assert_has(&in, "not looked at &lt;yet&gt;");
	assert_has(&in, "the chart begins with the second day");
	assert_has(&in, "and 1 license that does not tell");
	assert_has_not(&in, "<script");
	assert_has_not(&in, "http://");
	assert_has_not(&in, "https://");
	assert_has_not(&in, "savings");
	assert_has_not(&in, "role=\"note\"");
}

static void
test_page_prices(void **state)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;

	assert_int_equal(make_input(&in), 0);
	set_prices(&in);
	assert_has(&in,
	    "Possible savings a month</dt><dd><b class=\"money\">12.50\xc2\xa0"
	    "EUR</b><span>of 125.00\xc2\xa0"
	    "EUR");
	assert_has(&in, "data-n=\"cost\">125.00 <small>EUR</small>");
	/* another currency is not added to it */
	in.license[1].price = 10000;
	strcpy(in.license[1].currency, "USD");
	in.license[1].owned = 7;
	assert_has(&in, "of 125.00\xc2\xa0"
			"EUR + 7.00\xc2\xa0"
			"USD");
}

static void
test_page_trouble(void **state)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;

	assert_int_equal(make_input(&in), 0);
	in.prices_trouble = text_dup("/x/prices.csv: line 3: <b>");
	in.listing_trouble = text_dup("no answer");
	in.listed_ms = NOW_MS;
	in.source[PRODUCT_GOTOMEETING].trouble = text_dup("HTTP 403");
	in.source[PRODUCT_GOTOWEBINAR].trouble = text_dup("never said");
	assert_has(&in, "No prices: /x/prices.csv: line 3: &lt;b&gt;");
	assert_has(&in, "<p>The accounts could not be listed: no answer</p>");
	assert_has(&in, "<p>GoToMeeting: HTTP 403</p>");
	assert_has_not(&in, "never said"); /* nobody holds it */
	assert_has(&in,
	    "<p>Accounts and seats are those of 2026-11-30 00:00 UTC.</p>");
}

static void
test_page_trend(void **state)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;

	assert_int_equal(make_input(&in), 0);
	assert_int_equal(add_days(&in, 3), 0);
	assert_has(&in, "viewBox=\"0 0 2 20\"");
	assert_has(
	    &in, "<polyline class=\"c-assigned\" points=\"0,10 1,8 2,6 \"/>");
	assert_has(&in, "assigned <b>14</b> (+4)");
	assert_has(
	    &in, "<polyline class=\"c-unknown\" points=\"0,18 1,18 2,18 \"/>");
	assert_has(&in, "unknown <b>2</b> (");
	assert_has(&in, "<polyline class=\"c-owned\"");
	in.day[0].owned = -1; /* a line with a hole is none */
	in.day[1].owned = -1;
	assert_has_not(&in, "<polyline class=\"c-owned\" points=\"0,0");
}

/* The days of the rule are a border of the ages. */
static void
test_page_ages(void **state)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;

	assert_int_equal(make_input(&in), 0);
	assert_has(&in, "over 90 days</th><td><svg viewBox=\"0 0 100 1\" "
			"preserveAspectRatio=\"none\" aria-hidden=\"true\">"
			"<rect class=\"c-inactive\" width=\"100.00\"");
	in.limits.inactive_days = 45;
	assert_has(&in, "30\xe2\x80\x93"
			"45 days");
	assert_has(&in, "45\xe2\x80\x93"
			"60 days");
	in.limits.inactive_days = 200;
	assert_has(&in, "over 200 days");
}

/* An account with nothing in it has a page, too. */
static void
test_empty(void **state)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;

	in.profile = text_dup("none");
	assert_has(&in, "The account has no license.");
	assert_has(&in, "Nobody holds a license.");
	assert_prints(&in, reports_position_json,
	    "{\n  \"licenses\": [],\n  \"inactiveDays\": 0,\n"
	    "  \"pricesTrouble\": null\n}\n");
}

/* ---- many ---- */

#define MANY 10000

static void
test_many(void **state)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;
	AUTO(buf_done) struct buf out = BUF_MAX(64 << 20);
	char name[64];
	size_t i;

	assert_int_equal(
	    add_license(&in, "meeting", PRODUCT_BIT(PRODUCT_GOTOMEETING), MANY),
	    0);
	in.profile = text_dup("many");
	in.now_ms = NOW_MS;
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "user-%zu@example.com", i);
		assert_int_equal(
		    add_user(&in, name, "Somebody", NOW_MS - DAYS(100)), 0);
		assert_int_equal(add_seat(&in, i, 0, SEAT_INACTIVE,
				     i % 2 ? SEAT_CANDIDATE : SEAT_DOWNGRADE,
				     NOW_MS - DAYS(100)),
		    0);
	}
	reports_input_sort_users(&in);
	assert_int_equal(reports_html(&in, &out), 0);
	assert_in_range(out.len, 1, 1024 * 1024);
	assert_non_null(strstr(
	    buf_str(&out), "<p>and 4800 more, see <code>users.csv</code></p>"));
	assert_non_null(strstr(buf_str(&out), "10\xe2\x80\xaf"
					      "000"));
}

/* ---- without memory ---- */

static int
print_once(void *ctx)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;
	AUTO(buf_done) struct buf out = BUF_MAX(1 << 20);
	const printer *print = ctx;
	int r = make_input(&in);

	if (r == 0)
		r = add_days(&in, 2);
	if (r < 0)
		return r;
	set_prices(&in);
	return (*print)(&in, &out);
}

static void
test_memory(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(printers) / sizeof(printers[0]); i++)
		alloc_fail_sweep(print_once, (void *)(uintptr_t)&printers[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_position),
	    cmocka_unit_test(test_position_json),
	    cmocka_unit_test(test_users),
	    cmocka_unit_test(test_field),
	    cmocka_unit_test(test_html_text),
	    cmocka_unit_test(test_money),
	    cmocka_unit_test(test_page),
	    cmocka_unit_test(test_page_stamp),
	    cmocka_unit_test(test_page_prices),
	    cmocka_unit_test(test_page_trouble),
	    cmocka_unit_test(test_page_trend),
	    cmocka_unit_test(test_page_ages),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
