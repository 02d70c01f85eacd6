/* SPDX-License-Identifier: MIT */
#include "gotofs/crypto.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
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

/* The half that both ways share. */
static int
crypto_gcm(EVP_CIPHER_CTX *ctx, bool seal, const uint8_t *key,
    const uint8_t *nonce, const void *bound, size_t bound_n, const void *data,
    size_t len, uint8_t *ret)
{
	int n;

	if (len > INT_MAX || bound_n > INT_MAX)
		return -EINVAL;
	if (EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce, seal) !=
		1 ||
	    EVP_CipherUpdate(ctx, NULL, &n, bound, (int)bound_n) != 1 ||
	    EVP_CipherUpdate(ctx, ret, &n, data, (int)len) != 1)
		return -EIO;
	return 0;
}

int
crypto_seal(const uint8_t key[CRYPTO_KEY_BYTES],
    const uint8_t nonce[CRYPTO_NONCE_BYTES], const void *bound, size_t bound_n,
    const void *data, size_t len, uint8_t *ret)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n, r;

	if (!ctx)
		return -ENOMEM;
	r = crypto_gcm(ctx, true, key, nonce, bound, bound_n, data, len, ret);
	if (r == 0 && (EVP_CipherFinal_ex(ctx, ret + len, &n) != 1 ||
			  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG,
			      CRYPTO_TAG_BYTES, ret + len) != 1))
		r = -EIO;
	EVP_CIPHER_CTX_free(ctx);
	return r;
}

int
crypto_open(const uint8_t key[CRYPTO_KEY_BYTES],
    const uint8_t nonce[CRYPTO_NONCE_BYTES], const void *bound, size_t bound_n,
    const void *data, size_t len, uint8_t *ret)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t tag[CRYPTO_TAG_BYTES];
	int n, r;

	if (len < CRYPTO_TAG_BYTES)
		return -EBADMSG;
	len -= CRYPTO_TAG_BYTES;
	memcpy(tag, (const uint8_t *)data + len, sizeof(tag));
	ctx = EVP_CIPHER_CTX_new();
	if (!ctx)
		return -ENOMEM;
	r = crypto_gcm(ctx, false, key, nonce, bound, bound_n, data, len, ret);
	if (r == 0 && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG,
			  CRYPTO_TAG_BYTES, tag) != 1)
		r = -EIO;
	if (r == 0 && EVP_CipherFinal_ex(ctx, ret + len, &n) != 1)
		r = -EBADMSG;
	if (r < 0) /* nobody sees what was not authentic */
		OPENSSL_cleanse(ret, len);
	EVP_CIPHER_CTX_free(ctx);
	return r;
}

int
crypto_scrypt(const char *passphrase, const void *salt, size_t salt_n,
    int log2_n, uint8_t ret[CRYPTO_KEY_BYTES])
{
	uint64_t n;

	if (log2_n < 1 || log2_n > CRYPTO_SCRYPT_LOG2_MAX)
		return -EINVAL;
	n = UINT64_C(1) << log2_n;
	/* its blocks, and some for the rest */
	return EVP_PBE_scrypt(passphrase, strlen(passphrase), salt, salt_n, n,
		   8, 1, (n + 16) * 1024 + 65536, ret, CRYPTO_KEY_BYTES) == 1
		   ? 0
		   : -ENOMEM;
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
