/* SPDX-License-Identifier: MIT */
/* The sealed token file: what opens it, and what every damage is called. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/text.h"
#include "gotofs/token.h"

static char folder[] = TEST_TMP "/gotofs-test-token-XXXXXX";
static char path[128];
static const uint8_t key[CRYPTO_KEY_BYTES] = "0123456789abcdef0123456789abcde";
static const uint8_t other[CRYPTO_KEY_BYTES] =
    "0123456789abcdef0123456789abcdf";
static const struct token_place by_key = {path, "work", key, NULL};
static const struct token_place by_words = {path, "work", NULL, "p\303\244ss"};

static struct token
sample(void)
{
	return (struct token){.text = (char *)"refresh-token",
	    .account_key = (char *)"900000000000000001",
	    .since_ms = INT64_C(1795251600123),
	    .access = (char *)"access-token",
	    .access_until_ms = INT64_C(1795255200123)};
}

static size_t
sealed_read(uint8_t *bytes, size_t max)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, bytes, max);
	close(fd);
	assert_true(n > 0);
	return (size_t)n;
}

static void
sealed_write(const uint8_t *bytes, size_t n)
{
	assert_int_equal(file_replace(path, bytes, n, NULL), 0);
}

static void
expect_fails(const struct token_place *p, int code, const char *words)
{
	AUTO(token_done) struct token t = TOKEN_NONE;
	struct err err = ERR_NONE;

	assert_int_equal(token_read(p, &t, &err), code);
	assert_null(t.text);
	if (!strstr(err.msg, words))
		fail_msg("no \"%s\": %s", words, err.msg);
}

static void
expect_sample(const struct token_place *p)
{
	AUTO(token_done) struct token t = TOKEN_NONE;
	const struct token want = sample();
	struct err err = ERR_NONE;

	if (token_read(p, &t, &err) < 0)
		fail_msg("%s", err.msg);
	assert_false(t.is_pat);
	assert_string_equal(t.text, want.text);
	assert_string_equal(t.access, want.access);
	assert_string_equal(t.account_key, want.account_key);
	assert_int_equal(t.since_ms, want.since_ms);
	assert_int_equal(t.access_until_ms, want.access_until_ms);
}

/* ---- tests ---- */

static void
test_with_a_key(void **state)
{
	const struct token t = sample();
	uint8_t bytes[1024], again[1024];
	struct stat st;
	size_t n;

	expect_fails(&by_key, -ENOENT, "No such file");
	assert_int_equal(token_write(&by_key, &t, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	expect_sample(&by_key);
	n = sealed_read(bytes, sizeof(bytes));
	assert_null(memmem(bytes, n, t.text, 7));
	assert_null(memmem(bytes, n, t.access, 6));
	/* never the same twice */
	assert_int_equal(token_write(&by_key, &t, NULL), 0);
	assert_int_equal(sealed_read(again, sizeof(again)), n);
	assert_memory_not_equal(bytes + 60, again + 60, n - 60);
}

static void
test_a_personal_one(void **state)
{
	AUTO(token_done) struct token got = TOKEN_NONE;
	const struct token t = {.is_pat = true, .text = (char *)"pat"};

	assert_int_equal(token_write(&by_key, &t, NULL), 0);
	assert_int_equal(token_read(&by_key, &got, NULL), 0);
	assert_true(got.is_pat);
	assert_string_equal(got.text, "pat");
	assert_string_equal(got.account_key, "");
	assert_null(got.access);
}

static void
test_with_a_passphrase(void **state)
{
	const struct token_place wrong = {path, "work", NULL, "pass"};
	const struct token t = sample();

	assert_int_equal(token_write(&by_words, &t, NULL), 0);
	expect_sample(&by_words);
	expect_fails(&wrong, -EACCES, "another passphrase");
	expect_fails(&by_key, -EACCES, "with a passphrase, not with a key");
}

static void
test_what_does_not_fit(void **state)
{
	const struct token_place wrong = {path, "work", other, NULL};
	const struct token_place profile = {path, "home", key, NULL};
	const struct token t = sample();
	uint8_t bytes[1024];
	size_t n;

	assert_int_equal(token_write(&by_key, &t, NULL), 0);
	expect_fails(&wrong, -EACCES, "another key");
	expect_fails(&by_words, -EACCES, "with a key, not with a passphrase");
	expect_fails(&profile, -EBADMSG, "another profile");
	n = sealed_read(bytes, sizeof(bytes));
	bytes[61] = '1'; /* the account */
	sealed_write(bytes, n);
	expect_fails(&by_key, -EBADMSG, "changed");
	bytes[13] = 2;
	sealed_write(bytes, n);
	expect_fails(&by_key, -EINVAL, "version 2");
	assert_int_equal(token_write(&by_key, &t, NULL), 0);
	assert_int_equal(chmod(path, 0640), 0);
	expect_fails(&by_key, -EPERM, "chmod 600");
}

/* Cut off anywhere, longer, or with any bit of it turned. */
static void
test_every_damage(void **state)
{
	const struct token t = sample();
	uint8_t bytes[1024] = {0};
	size_t n, i;

	assert_int_equal(token_write(&by_key, &t, NULL), 0);
	n = sealed_read(bytes, sizeof(bytes));
	for (i = 13; i < n; i++) {
		sealed_write(bytes, i);
		expect_fails(&by_key, -EBADMSG, "cut off");
	}
	sealed_write(bytes, 5);
	expect_fails(&by_key, -EBADMSG, "no token file");
	sealed_write(bytes, 0);
	expect_fails(&by_key, -EBADMSG, "empty");
	sealed_write(bytes, n + 1);
	expect_fails(&by_key, -EBADMSG, "added");
	for (i = 0; i < 8 * n; i++) {
		AUTO(token_done) struct token got = TOKEN_NONE;
		int r;

		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		sealed_write(bytes, n);
		r = token_read(&by_key, &got, NULL);
		assert_true(r == -EBADMSG || r == -EACCES || r == -EINVAL);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

static int
write_once(void *ctx)
{
	const struct token t = sample();

	return token_write(&by_key, &t, NULL);
}

static int
read_once(void *ctx)
{
	AUTO(token_done) struct token t = TOKEN_NONE;

	return token_read(&by_key, &t, NULL);
}

static void
test_without_memory(void **state)
{
	alloc_fail_sweep(write_once, NULL);
	assert_true(alloc_fail_sweep(read_once, NULL) > 3);
}

static void
test_one_at_a_time(void **state)
{
	struct err err = ERR_NONE;
	int a = -1, b = -1;

	assert_int_equal(token_lock(path, 0, &a, &err), 0);
	assert_int_equal(token_lock(path, 0, &b, &err), -ETIMEDOUT);
	assert_non_null(strstr(err.msg, "another process"));
	token_unlock(a);
	assert_int_equal(token_lock(path, 0, &b, &err), 0);
	token_unlock(b);
	token_unlock(-1);
}

static void
test_removed(void **state)
{
	uint8_t bytes[1024];
	int fd = open(path, O_RDONLY);
	ssize_t n, i;

	assert_int_equal(token_remove(path, NULL), 0);
	expect_fails(&by_key, -ENOENT, "");
	n = read(fd, bytes, sizeof(bytes)); /* for whoever had it open */
	assert_true(n > 0);
	for (i = 0; i < n; i++)
		assert_int_equal(bytes[i], 0);
	close(fd);
	assert_int_equal(token_remove(path, NULL), 0);
}

static int
setup(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/token", folder);
	return 0;
}

static int
teardown(void **state)
{
	char lock[140];

	snprintf(lock, sizeof(lock), "%s.lock", path);
	unlink(lock);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_with_a_key),
	    cmocka_unit_test(test_a_personal_one),
	    cmocka_unit_test(test_with_a_passphrase),
	    cmocka_unit_test(test_what_does_not_fit),
	    cmocka_unit_test(test_every_damage),
	    cmocka_unit_test(test_without_memory),
	    cmocka_unit_test(test_one_at_a_time),
	    cmocka_unit_test(test_removed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
