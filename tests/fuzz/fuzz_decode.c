/* SPDX-License-Identifier: MIT */
/* Whatever JSON GoTo answers: what is taken for a record is one, in all its
 * parts; what is not has a sentence. */
#include <errno.h>
#include <string.h>

#include "decode_int.h"
#include "fuzz.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

/* The members that a record brings along are lines of canonical JSON. */
static void
check_rest(const char *rest)
{
	AUTO(buf_done) struct buf text = BUF_MAX(1 << 26);
	AUTO(buf_done) struct buf again = BUF_MAX(1 << 26);
	AUTO(json_done) struct json *j = NULL;

	FUZZ_CHECK(rest);
	FUZZ_CHECK(buf_printf(&text, *rest ? "{\n%s\n}" : "{%s}", rest) == 0);
	FUZZ_CHECK(json_parse(text.data, text.len, &j, NULL) == 0);
	FUZZ_CHECK(json_print_pretty(j, 0, true, &again) == 0);
	FUZZ_CHECK(strcmp(text.data, buf_str(&again)) == 0);
}

static void
check_key(const char *key)
{
	FUZZ_CHECK(key && *key && text_is_utf8(key, strlen(key)));
}

static void
check_keys(char *const *keys)
{
	for (; keys && *keys; keys++)
		FUZZ_CHECK(text_is_utf8(*keys, strlen(*keys)));
}

static void
check_refused(int r, const struct err *err)
{
	FUZZ_CHECK(r == -EPROTO && err->code == r && *err->msg);
}

static void
check_user(const struct json *j)
{
	AUTO(user_done) struct user u = USER_NONE;
	struct err err = ERR_NONE;
	int r = decode_user(j, &u, &err);

	if (r < 0) {
		check_refused(r, &err);
		FUZZ_CHECK(!u.key && !u.email && !u.rest);
		return;
	}
	check_key(u.key);
	check_keys(u.license_keys);
	check_keys(u.admin_roles);
	check_rest(u.rest);
}

static void
check_license(const struct json *j)
{
	AUTO(license_done) struct license l = LICENSE_NONE;
	struct err err = ERR_NONE;
	int r = decode_license(j, &l, &err);

	if (r < 0) {
		check_refused(r, &err);
		return;
	}
	check_key(l.key);
	check_keys(l.user_keys);
	check_keys(l.products);
	FUZZ_CHECK(l.seats >= -1 && l.user_count >= -1);
	check_rest(l.rest);
}

static void
check_group(const struct json *j)
{
	AUTO(group_done) struct group g = GROUP_NONE;
	struct err err = ERR_NONE;
	int r = decode_group(j, &g, &err);

	if (r < 0) {
		check_refused(r, &err);
		return;
	}
	check_key(g.key);
	FUZZ_CHECK(!g.parent_key || strcmp(g.parent_key, g.key) != 0);
	check_rest(g.rest);
}

static void
check_page(const struct json *j)
{
	struct decode_page page = {NULL, 0, 0};
	struct err err = ERR_NONE;
	const struct json *item;
	long n = 0;
	int r = decode_page(j, 0, &page, &err);

	if (r < 0) {
		check_refused(r, &err);
		return;
	}
	FUZZ_CHECK(page.n >= 0 && page.total >= 0);
	for (item = json_first(page.results); item; item = json_next(item)) {
		check_user(item);
		check_license(item);
		check_group(item);
		n++;
	}
	FUZZ_CHECK(n == page.n);
}

static void
check_created(const struct json *j)
{
	static char ann[] = "ann@example.com", bob[] = "bob@example.com";
	const struct user asked[] = {{.email = ann}, {.email = bob}};
	char *keys[2] = {NULL, NULL};
	struct err err = ERR_NONE;
	int r = decode_created(j, asked, 2, keys, &err);

	FUZZ_CHECK(r == 0 || (!keys[0] && !keys[1]));
	if (r < 0)
		check_refused(r, &err);
	free(keys[0]);
	free(keys[1]);
}

static void
check_one_key(const struct json *j,
    int (*decode)(const struct json *, char **, struct err *))
{
	AUTO(text_done) char *key = NULL;
	struct err err = ERR_NONE;
	int r = decode(j, &key, &err);

	if (r < 0)
		check_refused(r, &err);
	else
		FUZZ_CHECK(key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	AUTO(json_done) struct json *j = NULL;

	if (json_parse((const char *)data, len, &j, NULL) < 0)
		return 0;
	check_user(j);
	check_license(j);
	check_group(j);
	check_page(j);
	check_created(j);
	check_one_key(j, decode_account_key);
	check_one_key(j, decode_bare_key);
	return 0;
}
