/* SPDX-License-Identifier: MIT */
#include "gotofs/crypto.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

int
crypto_sha256(const void *data, size_t len, uint8_t ret[CRYPTO_SHA256_BYTES])
{
	struct crypto_sha256 *h;
	int r = crypto_sha256_new(&h);

	if (r < 0)
		return r;
	r = crypto_sha256_add(h, data, len);
	if (r < 0) {
		crypto_sha256_free(h);
		return r;
	}
	return crypto_sha256_end(h, ret);
}

/* struct crypto_sha256 is OpenSSL's own context under our name. */
static EVP_MD_CTX *
crypto_ctx(struct crypto_sha256 *h)
{
	return (EVP_MD_CTX *)(void *)h;
}

int
crypto_sha256_new(struct crypto_sha256 **ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx)
		return -ENOMEM;
	if (EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		return -ENOMEM;
	}
	*ret = (struct crypto_sha256 *)(void *)ctx;
	return 0;
}

int
crypto_sha256_add(struct crypto_sha256 *h, const void *data, size_t len)
{
	return EVP_DigestUpdate(crypto_ctx(h), data, len) == 1 ? 0 : -EIO;
}

int
crypto_sha256_end(struct crypto_sha256 *h, uint8_t ret[CRYPTO_SHA256_BYTES])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	int ok = EVP_DigestFinal_ex(crypto_ctx(h), digest, NULL);

	crypto_sha256_free(h);
	if (ok != 1)
		return -EIO;
	memcpy(ret, digest, CRYPTO_SHA256_BYTES);
	return 0;
}

void
crypto_sha256_free(struct crypto_sha256 *h)
{
	EVP_MD_CTX_free(crypto_ctx(h));
}

int
crypto_random(void *ret, size_t len)
{
	if (len > INT_MAX)
		return -EINVAL;
	return RAND_bytes(ret, (int)len) == 1 ? 0 : -EIO;
}

void
crypto_hex(const void *data, size_t len, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (; len > 0; len--, p++) {
		*ret++ = digits[*p >> 4];
		*ret++ = digits[*p & 15];
	}
	*ret = '\0';
}

char *
crypto_base64url(const void *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const uint8_t *p = data;
	char *text = malloc(len / 3 * 4 + 5), *to = text;
	uint32_t bits = 0;
	int have = 0; /* bits not yet written */

	if (!text)
		return NULL;
	for (; len > 0; len--) {
		bits = bits << 8 | *p++;
		for (have += 8; have >= 6; have -= 6)
			*to++ = digits[bits >> (have - 6) & 63];
	}
	if (have)
		*to++ = digits[bits << (6 - have) & 63];
	*to = '\0';
	return text;
}
