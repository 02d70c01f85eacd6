/* SPDX-License-Identifier: MIT */
/* Does a written text agree with a record? (DESIGN 4.4) */
#include "../../src/tenant/keep_int.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/document.h"
#include "gotofs/err.h"
#include "random.h"

#define RECORD                                                                 \
	"{\"email\":\"Ann.Lee@example.com\",\"firstName\":\"Ann\","            \
	"\"lastName\":\"Lee\",\"locale\":\"en_US\",\"timeZone\":null,"         \
	"\"adminRoles\":[\"ADD_USERS\",\"RUN_REPORTS\"],"                      \
	"\"key\":\"77\",\"status\":\"ACTIVE\"}"

static const struct {
	const char *text, *record; /* NULL: RECORD */
	bool agree;
} rows[] = {
    /* what it does not name does not count */
    {"{}", NULL, true},
    {"{\"lastName\":\"Lee\"}", NULL, true},
    {" { \"lastName\" : \"Lee\" } \n\n", NULL, true},
    {RECORD, NULL, true},
    /* a writable field that differs */
    {"{\"lastName\":\"Le\"}", NULL, false},
    {"{\"lastName\":\"lee\"}", NULL, false},
    {"{\"firstName\":\"Lee\",\"lastName\":\"Ann\"}", NULL, false},
    {"{\"firstName\":\"Ann\",\"lastName\":\"Lee \"}", NULL, false},
    {"{\"locale\":\"en_us\"}", NULL, false},
    {"{\"timeZone\":\"Europe/Berlin\"}", NULL, false},
    /* the others, right or wrong */
    {"{\"key\":\"78\",\"status\":\"X\",\"no\":{}}", NULL, true},
    {"{\"licenseKeys\":[1,2],\"lastName\":\"Lee\"}", NULL, true},
    /* the address: whatever its case */
    {"{\"email\":\"ann.lee@example.com\"}", NULL, true},
    {"{\"email\":\"ANN.LEE@EXAMPLE.COM\"}", NULL, true},
    {"{\"email\":\"ann.le@example.com\"}", NULL, false},
    {"{\"email\":null}", NULL, false},
    /* null, "", [] and nothing are the same to the tenant */
    {"{\"timeZone\":null}", NULL, true},
    {"{\"timeZone\":\"\"}", NULL, true},
    {"{\"timeZone\":null}", "{\"lastName\":\"Lee\"}", true},
    {"{\"adminRoles\":null}", "{\"adminRoles\":[]}", true},
    {"{\"adminRoles\":[]}", "{\"adminRoles\":null}", true},
    {"{\"adminRoles\":[]}", "{}", true},
    {"{\"locale\":null}", NULL, false},
    {"{\"adminRoles\":[]}", NULL, false},
    {"{\"adminRoles\":null}", NULL, false},
    /* roles are a set */
    {"{\"adminRoles\":[\"RUN_REPORTS\",\"ADD_USERS\"]}", NULL, true},
    {"{\"adminRoles\":[\"RUN_REPORTS\",\"ADD_USERS\",\"ADD_USERS\"]}", NULL,
	true},
    {"{\"adminRoles\":[\"RUN_REPORTS\"]}", NULL, false},
    {"{\"adminRoles\":[\"RUN_REPORTS\",\"RUN_REPORTS\"]}", NULL, false},
    {"{\"adminRoles\":[\"RUN_REPORTS\",\"ADD_USERS\",\"X\"]}", NULL, false},
    /* no value stands for another field's */
    {"{\"locale\":\"Lee\"}", "{\"lastName\":\"Lee\"}", false},
    {"{\"firstName\":\"ab\",\"lastName\":\"c\"}",
	"{\"firstName\":\"a\",\"lastName\":\"bc\"}", false},
    {"{\"firstName\":null,\"lastName\":\"x\"}",
	"{\"firstName\":\"x\",\"lastName\":null}", false},
};

static bool
agree(const char *text, const char *record)
{
	struct keep_fields f;
	int r;

	assert_int_equal(keep_fields_read(text, strlen(text), &f), 0);
	r = keep_fields_agree(&f, record, strlen(record));
	assert_true(r == 0 || r == 1);
	return r;
}

static void
test_rules(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *record = rows[i].record ? rows[i].record : RECORD;

		if (agree(rows[i].text, record) != rows[i].agree)
			fail_msg("%s and %s: not %d", rows[i].text, record,
			    rows[i].agree);
	}
}

static void
test_what_is_no_object(void **state)
{
	struct keep_fields f = {1, 2};

	assert_int_equal(keep_fields_read("[]", 2, &f), -EINVAL);
	assert_int_equal(keep_fields_read("{", 1, &f), -EINVAL);
	assert_int_equal(keep_fields_read("", 0, &f), -EINVAL);
	assert_true(f.set == 1 && f.hash == 2);
	assert_int_equal(keep_fields_agree(&f, "7", 1), -EINVAL);
}

/* ---- the same as "there is nothing to send" ---- */

static void
random_text(char *out, size_t n, bool whole)
{
	static const char *const member[] = {"\"email\":\"ann@example.com\"",
	    "\"firstName\":\"A\"", "\"firstName\":\"B\"", "\"lastName\":\"A\"",
	    "\"lastName\":\"B\"", "\"locale\":\"en_US\"", "\"locale\":null",
	    "\"locale\":\"de_DE\"", "\"timeZone\":\"\"", "\"timeZone\":\"X\"",
	    "\"adminRoles\":[]", "\"adminRoles\":[\"ADD_USERS\"]",
	    "\"adminRoles\":[\"ADD_USERS\",\"RUN_REPORTS\"]",
	    "\"adminRoles\":[\"RUN_REPORTS\",\"ADD_USERS\"]", "\"key\":\"7\""};
	static const size_t first[] = {0, 1, 3, 5, 8, 10, 14, 15};
	size_t i, used = 0;

	used += (size_t)snprintf(out, n, "{");
	for (i = 0; i + 1 < sizeof(first) / sizeof(first[0]); i++) {
		size_t of = first[i + 1] - first[i];

		/* the required ones are always in a record */
		if (!(whole && i < 3) && random_below(2))
			continue;
		used += (size_t)snprintf(out + used, n - used, "%s%s",
		    used > 1 ? "," : "", member[first[i] + random_below(of)]);
	}
	snprintf(out + used, n - used, "}");
}

static void
test_agreement_is_nothing_to_send(void **state)
{
	char text[1024], record[1024];
	int i, agreed = 0;

	for (i = 0; i < 20000; i++) {
		AUTO(document_change_done)
		struct document_change d = DOCUMENT_CHANGE_NONE;
		AUTO(user_done) struct user now = USER_NONE;
		struct err err = ERR_NONE;

		random_text(text, sizeof(text), false);
		random_text(record, sizeof(record), true);
		assert_int_equal(
		    document_parse_user(record, strlen(record), &now, &err), 0);
		assert_int_equal(document_diff_user(text, strlen(text),
				     "ann@example.com.json", &now, record, NULL,
				     NULL, &d, &err),
		    0);
		if (agree(text, record) != (d.set == 0))
			fail_msg("%s and %s: %x", text, record, d.set);
		agreed += d.set == 0;
	}
	assert_true(agreed > 500);
}

static int
agree_once(void *ctx)
{
	struct keep_fields f;
	int r = keep_fields_read(RECORD, strlen(RECORD), &f);

	if (r == 0)
		r = keep_fields_agree(&f, RECORD, strlen(RECORD));
	return r == 1 ? 0 : r;
}

static void
test_without_memory(void **state)
{
	assert_true(alloc_fail_sweep(agree_once, NULL) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_what_is_no_object),
	    cmocka_unit_test(test_agreement_is_nothing_to_send),
	    cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
