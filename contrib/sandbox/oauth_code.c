/* SPDX-License-Identifier: MIT */
/* Base64, PKCE and random text: the only user of libcrypto. See oauth.h. */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "oauth.h"

char *
base64url(const unsigned char *data, size_t n)
{
	char *text = mem_alloc((n + 2) / 3 * 4 + 1);

	EVP_EncodeBlock((unsigned char *)text, data, (int)n);
	for (char *c = text; *c; c++) {
		if (*c == '+')
			*c = '-';
		else if (*c == '/')
			*c = '_';
		else if (*c == '=')
			*c = '\0';
	}
	return text;
}

char *
base64_decode(const char *text)
{
	size_t n = strlen(text);
	unsigned char *out = mem_alloc(n + 3);
	int made;

	if (n % 4 || !n)
		goto bad;
	made = EVP_DecodeBlock(out, (const unsigned char *)text, (int)n);
	if (made < 0)
		goto bad;
	made -= text[n - 1] == '=';
	made -= text[n - 2] == '=';
	out[made] = '\0';
	return (char *)out;
bad:
	free(out);
	return NULL;
}

char *
pkce_challenge(const char *verifier)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	EVP_Digest(verifier, strlen(verifier), digest, &n, EVP_sha256(), NULL);
	return base64url(digest, n);
}

char *
random_text(size_t chars)
{
	AUTO(mem_auto_free) unsigned char *bytes = mem_alloc(chars);
	char *text;

	RAND_bytes(bytes, (int)chars);
	text = base64url(bytes, chars);
	text[chars] = '\0';
	return text;
}
