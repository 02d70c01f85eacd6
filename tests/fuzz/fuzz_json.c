/* SPDX-License-Identifier: MIT */
/* The parser and the scanner agree; what is printed is read back. */
#include <string.h>

#include "fuzz.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/json_scan.h"

static struct json_scan
scan(const char *text, size_t len, size_t split)
{
	struct json_scan s;

	json_scan_init(&s);
	json_scan_feed(&s, text, split);
	json_scan_feed(&s, text + split, len - split);
	return s;
}

static void
check_scan(const char *text, size_t len, bool object)
{
	struct json_scan whole = scan(text, len, 0);
	size_t at;

	FUZZ_CHECK((whole.state == JSON_SCAN_COMPLETE) == object);
	for (at = 1; at <= len && at <= 64; at++) {
		struct json_scan halves = scan(text, len, at);

		FUZZ_CHECK(halves.state == whole.state);
		FUZZ_CHECK(halves.offset == whole.offset);
		FUZZ_CHECK(halves.end_offset == whole.end_offset);
	}
}

static void
check_print(const struct json *j)
{
	AUTO(buf_done) struct buf once = BUF_MAX(1 << 28);
	AUTO(buf_done) struct buf again = BUF_MAX(1 << 28);
	AUTO(json_done) struct json *back = NULL;

	FUZZ_CHECK(json_print_pretty(j, 0, false, &once) == 0);
	FUZZ_CHECK(json_parse(once.data, once.len, &back, NULL) == 0);
	FUZZ_CHECK(json_equal(j, back));
	FUZZ_CHECK(json_print_pretty(back, 0, false, &again) == 0);
	FUZZ_CHECK(strcmp(buf_str(&once), buf_str(&again)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	AUTO(json_done) struct json *j = NULL;
	const char *text = (const char *)data;
	struct err err = ERR_NONE;
	int r = json_parse(text, len, &j, &err);

	FUZZ_CHECK(r == 0 || (err.code == r && *err.msg));
	if (r == 0) {
		check_print(j);
		check_scan(text, len, json_type(j) == JSON_OBJECT);
	} else if (!strstr(err.msg, "this name is there twice")) {
		check_scan(text, len, false);
	}
	return 0;
}
