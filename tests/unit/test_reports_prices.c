/* SPDX-License-Identifier: MIT */
/* prices.csv: what is read, and what is refused with its line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/tenant/reports_int.h"
#include "alloc_fail.h"
#include "gotofs/err.h"

static const char sample[] = "\xef\xbb\xbflicense,price,currency\r\n"
			     "# a comment\n"
			     "\n"
			     "gotomeeting-business , 12.5 ,EUR\n"
			     "\"gotowebinar-*\",\"0.1234\",\"USD\"\n"
			     "\"a\"\"b,c\", 999999999,JPY\n"
			     "*,7,EUR";

static int
parse(const char *text, struct reports_prices *ret, struct err *err)
{
	return reports_prices_parse(text, strlen(text), ret, err);
}

static void
test_sample(void **state)
{
	AUTO(reports_prices_done) struct reports_prices p = REPORTS_PRICES_NONE;
	const struct reports_price *v;
	struct err err = ERR_NONE;

	assert_int_equal(parse(sample, &p, &err), 0);
	assert_int_equal(p.n, 4);
	v = reports_prices_find(&p, "gotomeeting-business");
	assert_int_equal(v->money, 125000);
	assert_string_equal(v->currency, "EUR");
	v = reports_prices_find(&p, "gotowebinar-pro");
	assert_int_equal(v->money, 1234);
	assert_string_equal(p.v[2].license, "a\"b,c");
	assert_true(p.v[2].money == INT64_C(9999999990000));
	assert_int_equal(reports_prices_find(&p, "x")->money, 70000);
}

static void
test_none_fits(void **state)
{
	AUTO(reports_prices_done) struct reports_prices p = REPORTS_PRICES_NONE;
	struct err err = ERR_NONE;

	assert_int_equal(parse("", &p, &err), 0);
	assert_null(reports_prices_find(&p, "x"));
	assert_int_equal(parse("y,1,EUR\n", &p, &err), 0);
	assert_null(reports_prices_find(&p, "x"));
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"a,1,EUR\nb,1\n", "line 2: not three fields"},
	    {"a,1,EUR,x", "line 1: not three fields"},
	    {"a,1,EUR,", "line 1: not three fields"},
	    {"\"a,1,EUR", "line 1: not three fields"},
	    {"\"a\"b,1,EUR", "line 1: not three fields"},
	    {",1,EUR", "line 1: no license"},
	    {"go[to,1,EUR",
		"line 1: \"go[to\" is no pattern of a license: it has"},
	    {"a,,EUR", "line 1: \"\" is no price"},
	    {"a,1.,EUR", "line 1: \"1.\" is no price"},
	    {"a,.5,EUR", "is no price"},
	    {"a,1.23456,EUR", "is no price"},
	    {"a,-1,EUR", "is no price"},
	    {"a,1e3,EUR", "is no price"},
	    {"a,1234567890,EUR", "is no price"},
	    {"a,\"1,5\",EUR", "\"1,5\" is no price"},
	    {"\n#\na,1,eur", "line 3: \"eur\" is no currency"},
	    {"a,1,EURO", "is no currency"},
	    {"a,1,", "is no currency"},
	    {"a,1,E\xff", "not UTF-8"},
	    {"license,price,currency\nlicense,price,currency", "line 2"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reports_prices p = REPORTS_PRICES_NONE;
		struct err err = ERR_NONE;

		assert_int_equal(parse(cases[i].text, &p, &err), -EINVAL);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s: %s", cases[i].text, err.msg);
		assert_null(p.v);
	}
}

static int
parse_once(void *ctx)
{
	AUTO(reports_prices_done) struct reports_prices p = REPORTS_PRICES_NONE;

	return parse(ctx, &p, NULL);
}

static void
test_memory(void **state)
{
	alloc_fail_sweep(parse_once, (void *)(uintptr_t)sample);
}

static void
test_file(void **state)
{
	AUTO(reports_prices_done) struct reports_prices p = REPORTS_PRICES_NONE;
	char path[] = TEST_TMP "/gotofs-test-prices-XXXXXX";
	struct err err = ERR_NONE;
	int fd = mkstemp(path);

	assert_int_equal(write(fd, "a,1,EUR\n", 8), 8);
	close(fd);
	assert_int_equal(reports_prices_read(path, &p, &err), 0);
	assert_int_equal(p.n, 1);
	unlink(path);
	reports_prices_done(&p);
	assert_int_equal(reports_prices_read(path, &p, &err), -ENOENT);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(reports_prices_read(path, &p, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "not a regular file"));
	unlink(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sample),
	    cmocka_unit_test(test_none_fits),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
