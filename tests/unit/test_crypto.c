/* SPDX-License-Identifier: MIT */
#include "gotofs/crypto.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"

/* FIPS 180-2, appendix B */
#define SHA256_ABC                                                             \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA256_EMPTY                                                           \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
assert_digest(const uint8_t digest[CRYPTO_SHA256_BYTES], const char *want)
{
	char hex[CRYPTO_SHA256_HEX_BYTES];

	crypto_hex(digest, CRYPTO_SHA256_BYTES, hex);
	assert_string_equal(hex, want);
}

static void
sha256_at_once(void **state)
{
	uint8_t digest[CRYPTO_SHA256_BYTES];

	assert_int_equal(crypto_sha256("abc", 3, digest), 0);
	assert_digest(digest, SHA256_ABC);
	assert_int_equal(crypto_sha256(NULL, 0, digest), 0);
	assert_digest(digest, SHA256_EMPTY);
}

static void
sha256_in_pieces(void **state)
{
	uint8_t digest[CRYPTO_SHA256_BYTES];
	struct crypto_sha256 *h;

	assert_int_equal(crypto_sha256_new(&h), 0);
	assert_int_equal(crypto_sha256_add(h, "a", 1), 0);
	assert_int_equal(crypto_sha256_add(h, "", 0), 0);
	assert_int_equal(crypto_sha256_add(h, "bc", 2), 0);
	assert_int_equal(crypto_sha256_end(h, digest), 0);
	assert_digest(digest, SHA256_ABC);

	assert_int_equal(crypto_sha256_new(&h), 0);
	crypto_sha256_free(h);
	crypto_sha256_free(NULL);
}

static void
random_differs(void **state)
{
	uint8_t a[16] = {0}, b[16] = {0};

	assert_int_equal(crypto_random(a, sizeof(a)), 0);
	assert_int_equal(crypto_random(b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(crypto_random(a, 0), 0);
}

/* RFC 4648, section 10, in the URL alphabet and without padding */
static void
base64url_vectors(void **state)
{
	static const char *const rows[][2] = {
	    {"", ""},
	    {"f", "Zg"},
	    {"fo", "Zm8"},
	    {"foo", "Zm9v"},
	    {"foob", "Zm9vYg"},
	    {"fooba", "Zm9vYmE"},
	    {"foobar", "Zm9vYmFy"},
	    {"\xfb\xff\xfe", "-__-"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *s = crypto_base64url(rows[i][0], strlen(rows[i][0]));

		assert_non_null(s);
		assert_string_equal(s, rows[i][1]);
		free(s);
	}
}

static int
base64url_once(void *ctx)
{
	char *s = crypto_base64url(ctx, strlen(ctx));
	int r = s ? 0 : -ENOMEM;

	free(s);
	return r;
}

static void
base64url_without_memory(void **state)
{
	assert_int_equal(alloc_fail_sweep(base64url_once, (void *)"foobar"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sha256_at_once),
	    cmocka_unit_test(sha256_in_pieces),
	    cmocka_unit_test(random_differs),
	    cmocka_unit_test(base64url_vectors),
	    cmocka_unit_test(base64url_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
