/* SPDX-License-Identifier: MIT */
/* reclaim/rules.json: what is taken, and the sentence where it is not. */
#include "../../src/tenant/reclaim_int.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"

#define DAY ACTIVITY_DAY_MS
#define STAR5 "*a*b*c*d*e"

static const char full[] =
    "{\"licenses\":{\"gotowebinar-pro\":{\"inactive_days\":90},"
    "\"goto*\":{\"new_seat_grace_days\":0,\"max_data_age_hours\":24}},"
    "\"inactive_days\":45,\"max_data_age_hours\":72,"
    "\"exemptions\":["
    "{\"pattern\":\"*@board.example.com\",\"reason\":\"the board\"},"
    "{\"pattern\":\"kim@example.com\",\"license\":\"gotowebinar-*\","
    "\"until\":\"2027-02-28\",\"reason\":\"on leave, HR-7\"}]}";

static void
parse(const char *text, struct reclaim_rules *ret)
{
	struct err err = ERR_NONE;

	if (reclaim_rules_parse(text, strlen(text), ret, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
}

static void
everything_is_read(void **state)
{
	AUTO(reclaim_rules_done) struct reclaim_rules r = RECLAIM_RULES_NONE;

	parse(full, &r);
	assert_int_equal(r.limits.inactive_days, 45);
	assert_int_equal(r.limits.new_seat_grace_days, 30);
	assert_int_equal(r.limits.max_data_age_hours, 72);
	assert_int_equal(r.overrides_n, 2);
	assert_string_equal(r.override[0].license, "gotowebinar-pro");
	assert_int_equal(r.override[0].limits.inactive_days, 90);
	/* what an override does not name is the general one, though it stands
	 * behind it in the text */
	assert_int_equal(r.override[0].limits.max_data_age_hours, 72);
	assert_int_equal(r.override[1].limits.inactive_days, 45);
	assert_int_equal(r.override[1].limits.new_seat_grace_days, 0);
	assert_int_equal(r.exemptions_n, 2);
	assert_null(r.exemption[0].license);
	assert_int_equal(r.exemption[0].until_ms, 0);
	assert_string_equal(r.exemption[1].reason, "on leave, HR-7");
	/* the end of the day, UTC: 2027-03-01T00:00:00Z */
	assert_int_equal(r.exemption[1].until_ms, INT64_C(1803859200000));
}

static void
the_default_is_the_default(void **state)
{
	AUTO(reclaim_rules_done) struct reclaim_rules r = RECLAIM_RULES_NONE;
	AUTO(reclaim_rules_done)
	struct reclaim_rules empty = RECLAIM_RULES_NONE;
	struct reclaim_rules none = RECLAIM_RULES_NONE;

	parse(reclaim_rules_default, &r);
	parse("{}", &empty);
	assert_memory_equal(&r, &none, sizeof(r));
	assert_memory_equal(&empty, &none, sizeof(r));
}

/* ---- refusals ---- */

static const struct {
	const char *text, *says;
} refused[] = {
    {"", "line 1"},
    {"[]", "JSON object"},
    {"7", "JSON object"},
    {"{\"inactive_days\":60,\"inactive_days\":61}", "inactive_days"},
    {"{\"inactiveDays\":60}", "inactiveDays is unknown; allowed are inact"},
    {"{\"inactive_days\":0}", "inactive_days is to be a whole number from 1"},
    {"{\"inactive_days\":-1}", "inactive_days is to be"},
    {"{\"inactive_days\":60.5}", "inactive_days is to be"},
    {"{\"inactive_days\":\"60\"}", "inactive_days is to be"},
    {"{\"inactive_days\":null}", "inactive_days is to be"},
    {"{\"inactive_days\":1e2}", NULL},
    {"{\"inactive_days\":3651}", "from 1 to 3650"},
    {"{\"inactive_days\":99999999999999999999}", "from 1 to 3650"},
    {"{\"new_seat_grace_days\":-1}", "new_seat_grace_days is to be"},
    {"{\"new_seat_grace_days\":3651}", "from 0 to 3650"},
    {"{\"max_data_age_hours\":0}", "from 1 to 8760"},
    {"{\"max_data_age_hours\":8761}", "from 1 to 8760"},
    {"{\"licenses\":[]}", "licenses is to be an object"},
    {"{\"licenses\":{\"x\":60}}", "licenses.x is to be an object with"},
    {"{\"licenses\":{\"\":{}}}", "a name in licenses is to be"},
    {"{\"licenses\":{\"" STAR5 "\":{}}}", "is to be a pattern: it has more"},
    {"{\"licenses\":{\"x\":{\"days\":6}}}",
	"licenses.x.days is unknown; allowed are inactive_days"},
    {"{\"licenses\":{\"x\":{\"inactive_days\":true}}}",
	"licenses.x.inactive_days is to be a whole number"},
    {"{\"exemptions\":{}}", "exemptions is to be an array"},
    {"{\"exemptions\":[7]}", "exemptions[0] is to be an object"},
    {"{\"exemptions\":[{}]}", "exemptions[0].pattern is required"},
    {"{\"exemptions\":[{\"pattern\":\"a@x\"}]}",
	"exemptions[0].reason is required"},
    {"{\"exemptions\":[{\"pattern\":\"a@x\",\"reason\":\"b\"},"
     "{\"pattern\":\"\",\"reason\":\"b\"}]}",
	"exemptions[1].pattern is to be"},
    {"{\"exemptions\":[{\"pattern\":7,\"reason\":\"b\"}]}",
	"exemptions[0].pattern is to be"},
    {"{\"exemptions\":[{\"pattern\":\"" STAR5 "\",\"reason\":\"b\"}]}",
	"exemptions[0].pattern is to be a pattern: it has more than 4 *"},
    {"{\"exemptions\":[{\"pattern\":\"[a@x\",\"reason\":\"b\"}]}",
	"exemptions[0].pattern is to be a pattern: it has a [ without its ]"},
    {"{\"exemptions\":[{\"pattern\":\"kim\",\"reason\":\"b\"}]}",
	"exemptions[0].pattern is to be a pattern: it matches no address"},
    {"{\"exemptions\":[{\"pattern\":\"a@x\",\"reason\":\"b\","
     "\"license\":\"go[to\"}]}",
	"exemptions[0].license is to be a pattern: it has a ["},
    {"{\"licenses\":{\"go[to\":{}}}", "licenses.go[to is to be a pattern"},
    {"{\"exemptions\":[{\"pattern\":\"a@x\",\"reason\":\" \"}]}",
	"exemptions[0].reason is to be a line"},
    {"{\"exemptions\":[{\"pattern\":\"a@x\",\"reason\":\"b\\nc\"}]}",
	"exemptions[0].reason is to be a line"},
    {"{\"exemptions\":[{\"pattern\":\"a@x\",\"reason\":\"b\","
     "\"license\":null}]}",
	"exemptions[0].license is to be"},
    {"{\"exemptions\":[{\"pattern\":\"a@x\",\"reason\":\"b\",\"who\":1}]}",
	"exemptions[0].who is unknown; allowed are pattern, license, until"},
};

static void
what_is_wrong_is_named(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct reclaim_rules r = RECLAIM_RULES_NONE;
		struct err err = ERR_NONE;
		const char *text = refused[i].text;

		if (!refused[i].says) {
			parse(text, &r);
			reclaim_rules_done(&r);
			continue;
		}
		if (reclaim_rules_parse(text, strlen(text), &r, &err) !=
			-EINVAL ||
		    !strstr(err.msg, refused[i].says))
			fail_msg("%s: %s", text, err.msg);
		assert_int_equal(r.overrides_n + r.exemptions_n, 0);
	}
}

static void
a_day_is_a_day(void **state)
{
	static const char *const bad[] = {"", "2026", "2026-13-01",
	    "2026-00-10", "2026-02-29", "2026-04-31", "2026-1-011",
	    "2026-01-01 ", "20260-1-01", "01-01-2026", "2026/01/01",
	    "1969-12-31", "2026-01-00", "2026--1-01", "2026-01--1"};
	char text[200];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct reclaim_rules r = RECLAIM_RULES_NONE;
		struct err err = ERR_NONE;

		snprintf(text, sizeof(text),
		    "{\"exemptions\":[{\"pattern\":\"a@x\",\"reason\":\"b\","
		    "\"until\":\"%s\"}]}",
		    bad[i]);
		if (reclaim_rules_parse(text, strlen(text), &r, &err) !=
			-EINVAL ||
		    !strstr(err.msg, "exemptions[0].until is to be a day"))
			fail_msg("%s: %s", bad[i], err.msg);
	}
}

/* One more than the ceiling of each list. */
static void
lists_have_a_ceiling(void **state)
{
	AUTO(buf_done) struct buf text = BUF_MAX(1 << 20);
	struct reclaim_rules r = RECLAIM_RULES_NONE;
	struct err err = ERR_NONE;
	int i;

	buf_puts(&text, "{\"exemptions\":[");
	for (i = 0; i <= RECLAIM_EXEMPTIONS_MAX; i++)
		buf_printf(&text, "%s{\"pattern\":\"a%d@x\",\"reason\":\"b\"}",
		    i ? "," : "", i);
	buf_puts(&text, "]}");
	assert_int_equal(
	    reclaim_rules_parse(text.data, text.len, &r, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "at most 2000"));
}

/* ---- what holds ---- */

static void
the_nearest_rule_holds(void **state)
{
	AUTO(reclaim_rules_done) struct reclaim_rules r = RECLAIM_RULES_NONE;
	const struct reclaim_override *o;

	parse(full, &r);
	assert_ptr_equal(reclaim_rules_limits(&r, "gotowebinar-pro", NULL, &o),
	    &r.override[0].limits);
	assert_ptr_equal(o, &r.override[0]);
	reclaim_rules_limits(&r, "gotomeeting", NULL, &o);
	assert_ptr_equal(o, &r.override[1]);
	assert_ptr_equal(
	    reclaim_rules_limits(&r, "openvoice", NULL, &o), &r.limits);
	assert_null(o);
	reclaim_rules_done(&r);
	/* its own name comes before a pattern that stands before it */
	parse("{\"licenses\":{\"g*\":{},\"go\":{\"inactive_days\":9}}}", &r);
	assert_int_equal(
	    reclaim_rules_limits(&r, "go", NULL, NULL)->inactive_days, 9);
}

/* Of two licenses with one title both names end in a part of their keys. */
static void
a_title_names_all_of_it(void **state)
{
	AUTO(reclaim_rules_done) struct reclaim_rules r = RECLAIM_RULES_NONE;
	const struct reclaim_override *o;

	parse("{\"licenses\":{\"go*\":{},\"go\":{},\"go-1\":{}},"
	      "\"exemptions\":[{\"pattern\":\"k@x\",\"license\":\"go\","
	      "\"reason\":\"r\"}]}",
	    &r);
	reclaim_rules_limits(&r, "go-1", "go", &o);
	assert_string_equal(o->license, "go-1");
	reclaim_rules_limits(&r, "go-2", "go", &o);
	assert_string_equal(o->license, "go");
	reclaim_rules_limits(&r, "go-2", NULL, &o);
	assert_string_equal(o->license, "go*");
	assert_non_null(reclaim_rules_exemption(&r, "k@x", "go-2", "go", 0));
	assert_null(reclaim_rules_exemption(&r, "k@x", "go-2", NULL, 0));
	r.exemption[0].astray = true;
	assert_non_null(reclaim_rules_exemption(&r, "k@x", "any", NULL, 0));
	assert_null(reclaim_rules_exemption(&r, "l@x", "any", NULL, 0));
}

static void
exemptions_name_people(void **state)
{
	AUTO(reclaim_rules_done) struct reclaim_rules r = RECLAIM_RULES_NONE;
	int64_t end;

	parse(full, &r);
	end = r.exemption[1].until_ms;
	assert_ptr_equal(reclaim_rules_exemption(
			     &r, "CEO@Board.example.com", "x", NULL, INT64_MAX),
	    &r.exemption[0]);
	assert_ptr_equal(reclaim_rules_exemption(&r, "Kim@example.com",
			     "gotowebinar-pro", NULL, end - 1),
	    &r.exemption[1]);
	assert_null(reclaim_rules_exemption(
	    &r, "kim@example.com", "gotowebinar-pro", NULL, end));
	assert_null(reclaim_rules_exemption(
	    &r, "kim@example.com", "gotomeeting", NULL, 0));
	assert_null(reclaim_rules_exemption(
	    &r, "kim@example.co", "gotowebinar-x", NULL, 0));
}

static int
parse_once(void *ctx)
{
	struct reclaim_rules r = RECLAIM_RULES_NONE;
	int e = reclaim_rules_parse(ctx, strlen(ctx), &r, NULL);

	reclaim_rules_done(&r);
	return e;
}

static void
memory_runs_out(void **state)
{
	assert_true(alloc_fail_sweep(parse_once, (void *)full) > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_read),
	    cmocka_unit_test(the_default_is_the_default),
	    cmocka_unit_test(what_is_wrong_is_named),
	    cmocka_unit_test(a_day_is_a_day),
	    cmocka_unit_test(lists_have_a_ceiling),
	    cmocka_unit_test(the_nearest_rule_holds),
	    cmocka_unit_test(a_title_names_all_of_it),
	    cmocka_unit_test(exemptions_name_people),
	    cmocka_unit_test(memory_runs_out),
	};

	return cmocka_run_group_tests_name("reclaim_rules", tests, NULL, NULL);
}
