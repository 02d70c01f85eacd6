/* SPDX-License-Identifier: MIT */
#include "gotofs/crypto.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

static void
unhex(const char *hex, uint8_t *ret)
{
	unsigned byte;

	for (; *hex; hex += 2) {
		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		*ret++ = (uint8_t)byte;
	}
}

/* Test case 16 of the GCM specification (McGrew and Viega). */
static void
gcm_vector(void **state)
{
	uint8_t key[32], nonce[12], bound[20], text[60], want[76], got[76];
	uint8_t back[60];
	size_t i;

	unhex("feffe9928665731c6d6a8f9467308308"
	      "feffe9928665731c6d6a8f9467308308",
	    key);
	unhex("cafebabefacedbaddecaf888", nonce);
	unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2", bound);
	unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    text);
	unhex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	      "76fc6ece0f4e1768cddf8853bb2d551b",
	    want);
	assert_int_equal(crypto_seal(key, nonce, bound, sizeof(bound), text,
			     sizeof(text), got),
	    0);
	assert_memory_equal(got, want, sizeof(want));
	assert_int_equal(crypto_open(key, nonce, bound, sizeof(bound), got,
			     sizeof(got), back),
	    0);
	assert_memory_equal(back, text, sizeof(text));
	/* any byte of it, and of what it is bound to */
	for (i = 0; i < sizeof(got) + sizeof(bound); i++) {
		uint8_t *p =
		    i < sizeof(got) ? &got[i] : &bound[i - sizeof(got)];

		*p ^= 1;
		assert_int_equal(crypto_open(key, nonce, bound, sizeof(bound),
				     got, sizeof(got), back),
		    -EBADMSG);
		*p ^= 1;
	}
	assert_int_equal(
	    crypto_open(key, nonce, bound, sizeof(bound), got, 15, back),
	    -EBADMSG);
}

/* RFC 7914, section 12, the third, cut to the length of a key. */
static void
scrypt_vector(void **state)
{
	uint8_t want[32], got[32];

	unhex(
	    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2",
	    want);
	assert_int_equal(
	    crypto_scrypt("pleaseletmein", "SodiumChloride", 14, 14, got), 0);
	assert_memory_equal(got, want, sizeof(want));
	assert_int_equal(crypto_scrypt("x", "y", 1, 0, got), -EINVAL);
	assert_int_equal(crypto_scrypt("x", "y", 1, 21, got), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sha256_at_once),
	    cmocka_unit_test(sha256_in_pieces),
	    cmocka_unit_test(random_differs),
	    cmocka_unit_test(base64url_vectors),
	    cmocka_unit_test(gcm_vector),
	    cmocka_unit_test(scrypt_vector),
	    cmocka_unit_test(base64url_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
