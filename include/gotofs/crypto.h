/* SPDX-License-Identifier: MIT */
/*
 * crypto (floor 2): hashes, sealing, randomness and their spellings (OpenSSL
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

/* ---- sealing: AES-256-GCM ---- */
#define CRYPTO_KEY_BYTES 32
#define CRYPTO_NONCE_BYTES 12 /* never twice with one key */
#define CRYPTO_TAG_BYTES 16

/* Of len bytes at data: ret holds CRYPTO_TAG_BYTES more.  What is bound to it
 * and not in it: bound_n bytes at bound. */
int crypto_seal(const uint8_t key[CRYPTO_KEY_BYTES],
    const uint8_t nonce[CRYPTO_NONCE_BYTES], const void *bound, size_t bound_n,
    const void *data, size_t len, uint8_t *ret);
/* The way back: len counts the tag, ret holds CRYPTO_TAG_BYTES less.
 * -EBADMSG: it is not what was sealed with that key, bound to that. */
int crypto_open(const uint8_t key[CRYPTO_KEY_BYTES],
    const uint8_t nonce[CRYPTO_NONCE_BYTES], const void *bound, size_t bound_n,
    const void *data, size_t len, uint8_t *ret);
/* A key from a passphrase: scrypt with N = 2^log2_n, r = 8, p = 1.  It takes
 * 2^log2_n KiB of memory, and its time. */
#define CRYPTO_SCRYPT_LOG2_MAX 20
int crypto_scrypt(const char *passphrase, const void *salt, size_t salt_n,
    int log2_n, uint8_t ret[CRYPTO_KEY_BYTES]);

/* ---- randomness, fit for keys and states ---- */
int crypto_random(void *ret, size_t len);

/* ---- spellings ---- */
/* Lower case; ret holds 2 * len + 1 bytes. */
void crypto_hex(const void *data, size_t len, char *ret);
/* RFC 4648 section 5 without padding (PKCE, RFC 7636); on the heap, NULL
 * without memory. */
char *crypto_base64url(const void *data, size_t len);

#endif
