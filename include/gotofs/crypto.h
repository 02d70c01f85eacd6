/* SPDX-License-Identifier: MIT */
/*
 * crypto (floor 2): hashes, randomness and their spellings (OpenSSL
 * underneath; the only module that sees it).
 *
 * Any thread; nothing blocks.  Errors: -ENOMEM where OpenSSL has no memory,
 * -EIO where it fails otherwise (no entropy).  Results are untouched on
 * failure.
 */
#ifndef GOTOFS_CRYPTO_H
#define GOTOFS_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#define CRYPTO_SHA256_BYTES 32
#define CRYPTO_SHA256_HEX_BYTES (2 * CRYPTO_SHA256_BYTES + 1)

/* ---- SHA-256 ---- */
int crypto_sha256(
    const void *data, size_t len, uint8_t ret[CRYPTO_SHA256_BYTES]);

/* In pieces: new, add as often as needed, end; or free without an end. */
struct crypto_sha256;
int crypto_sha256_new(struct crypto_sha256 **ret);
int crypto_sha256_add(struct crypto_sha256 *h, const void *data, size_t len);
/* The digest; the hash is freed, also on failure. */
int crypto_sha256_end(
    struct crypto_sha256 *h, uint8_t ret[CRYPTO_SHA256_BYTES]);
void crypto_sha256_free(struct crypto_sha256 *h);

/* ---- randomness, fit for keys and states ---- */
int crypto_random(void *ret, size_t len);

/* ---- spellings ---- */
/* Lower case; ret holds 2 * len + 1 bytes. */
void crypto_hex(const void *data, size_t len, char *ret);
/* RFC 4648 section 5 without padding (PKCE, RFC 7636); on the heap, NULL
 * without memory. */
char *crypto_base64url(const void *data, size_t len);

#endif
