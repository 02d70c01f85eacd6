/* SPDX-License-Identifier: MIT */
/*
 * Encoding is total and injective: whatever the text, a name comes out, and
 * two texts never share one but by the 32 bits of a cut name's hash.  Decoding
 * accepts exactly what encoding makes: the decoded text is encoded again and
 * has to give the same name, so that one text has one spelling.
 */
#include "gotofs/name.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/crypto.h"
#include "gotofs/err.h"
#include "gotofs/text.h"

#define NAME_EXT ".json"
#define NAME_CUT_BYTES 200
#define NAME_HASH_DIGITS 8
#define NAME_KEY_DIGITS 4

/* ---- encoding ---- */

static int
name_append_char(struct buf *out, const char *s, size_t n, bool lower)
{
	unsigned char c = (unsigned char)*s;
	bool escape = n == 0 || c < 0x20 || c == 0x7f || c == '/' || c == '%' ||
		      (c == '.' && out->len == 0);

	if (escape)
		return buf_printf(out, "%%%02X", c);
	if (lower && c >= 'A' && c <= 'Z')
		return buf_putc(out, (char)(c - 'A' + 'a'));
	return buf_append(out, s, n);
}

/* Puts the byte at offset as an escape. */
static int
name_escape_at(struct buf *b, size_t offset)
{
	unsigned char c = (unsigned char)b->data[offset];
	size_t tail = b->len - offset - 1;
	char hex[4];
	int r = buf_resize(b, b->len + 2);

	if (r < 0)
		return r;
	memmove(b->data + offset + 3, b->data + offset + 1, tail);
	snprintf(hex, sizeof(hex), "%%%02X", c);
	memcpy(b->data + offset, hex, 3);
	return 0;
}

/* Does s look like what follows the '~' of a cut name or of a key suffix? */
static bool
name_is_mark(const char *s)
{
	size_t n = strlen(s);

	if (n == NAME_KEY_DIGITS)
		return strspn(s, "0123456789") == n;
	return n == NAME_HASH_DIGITS && strspn(s, "0123456789abcdef") == n;
}

static int
name_encode(const char *text, const char *ext, struct buf *out)
{
	size_t left = strlen(text), n;
	bool person = *ext != '\0';
	const char *tilde;
	int r = 0;

	for (; r == 0 && left > 0; text += n ? n : 1, left -= n ? n : 1) {
		n = text_utf8_n(text, left);
		r = name_append_char(out, text, n, person);
	}
	if (r < 0)
		return r;
	tilde = strrchr(buf_str(out), '~');
	if (tilde && name_is_mark(tilde + 1))
		return name_escape_at(out, (size_t)(tilde - out->data));
	if (!person && text_ends(buf_str(out), NAME_EXT))
		return name_escape_at(out, out->len - strlen(NAME_EXT));
	return 0;
}

/* Cuts to at most max bytes, before a broken character or escape. */
static void
name_cut(struct buf *b, size_t max)
{
	size_t n = b->len < max ? b->len : max;

	while (
	    n > 0 && n < b->len && ((unsigned char)b->data[n] & 0xc0) == 0x80)
		n--;
	if (n < b->len && n >= 1 && b->data[n - 1] == '%')
		n -= 1;
	else if (n < b->len && n >= 2 && b->data[n - 2] == '%')
		n -= 2;
	b->len = n;
}

/* The first bytes, a mark and the hash of the whole. */
static int
name_shorten(struct buf *b, char mark)
{
	uint8_t digest[CRYPTO_SHA256_BYTES];
	char hex[CRYPTO_SHA256_HEX_BYTES];
	int r = crypto_sha256(b->data, b->len, digest);

	if (r < 0)
		return r;
	crypto_hex(digest, sizeof(digest), hex);
	name_cut(b, NAME_CUT_BYTES);
	while (mark == '-' && b->len > 0 && b->data[b->len - 1] == '-')
		b->len--;
	return buf_printf(b, "%c%.*s", mark, NAME_HASH_DIGITS, hex);
}

/* The last four digits of a key; of what is no digit, one made from it. */
static void
name_key_digits(const char *key, char ret[NAME_KEY_DIGITS + 1])
{
	size_t n = strlen(key), i;

	memset(ret, '0', NAME_KEY_DIGITS);
	ret[NAME_KEY_DIGITS] = '\0';
	for (i = 1; i <= NAME_KEY_DIGITS && i <= n; i++) {
		unsigned char c = (unsigned char)key[n - i];

		ret[NAME_KEY_DIGITS - i] =
		    (char)(c >= '0' && c <= '9' ? c : '0' + c % 10);
	}
}

/* The name of an encoded text: short enough, with its suffix and extension. */
static char *
name_finish(struct buf *b, char mark, const char *key, const char *ext)
{
	char digits[NAME_KEY_DIGITS + 1];
	size_t more = strlen(ext) + (key ? 1 + NAME_KEY_DIGITS : 0);

	if (b->len == 0 || b->len + more > NAME_BYTES_MAX)
		if (name_shorten(b, mark) < 0)
			return NULL;
	if (key) {
		name_key_digits(key, digits);
		if (buf_printf(b, "%c%s", mark, digits) < 0)
			return NULL;
	}
	return buf_puts(b, ext) < 0 ? NULL : buf_take(b);
}

/* The tenant omits what is empty (goto-api.md 7.3). */
static char *
name_from(const char *text, const char *key, const char *ext)
{
	AUTO(buf_done) struct buf name = BUF_MAX(SIZE_MAX / 2);

	if (name_encode(text ? text : "", ext, &name) < 0)
		return NULL;
	return name_finish(&name, '~', key, ext);
}

char *
name_from_email(const char *email, const char *key_suffix)
{
	return name_from(email, key_suffix, NAME_EXT);
}

char *
name_from_group(const char *group, const char *key_suffix)
{
	return name_from(group, key_suffix, "");
}

static int
name_slug(const char *s, struct buf *out)
{
	size_t left = strlen(s), n;
	bool gap = false;
	int r = 0;

	for (; r == 0 && left > 0; s += n ? n : 1, left -= n ? n : 1) {
		char c = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;

		n = text_utf8_n(s, left);
		if (n < 2 && !(c >= 'a' && c <= 'z') &&
		    !(c >= '0' && c <= '9')) {
			gap = true;
			continue;
		}
		if (gap && out->len > 0)
			r = buf_putc(out, '-');
		gap = false;
		if (r == 0)
			r = n == 1 ? buf_putc(out, c) : buf_append(out, s, n);
	}
	return r;
}

char *
name_from_license(const char *description, const char *key_suffix)
{
	AUTO(buf_done) struct buf name = BUF_MAX(SIZE_MAX / 2);

	if (name_slug(description, &name) < 0)
		return NULL;
	if (name.len == 0 && buf_puts(&name, "license") < 0)
		return NULL;
	return name_finish(&name, '-', key_suffix, "");
}

/* ---- decoding ---- */

static int
name_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The text behind the first n bytes of an encoded name; on the heap. */
static int
name_decode(const char *name, size_t n, char **ret)
{
	char *text = malloc(n + 1), *to = text;
	const char *end = name + n;

	if (!text)
		return -ENOMEM;
	while (name < end) {
		int high, low;

		if (*name != '%') {
			*to++ = *name++;
			continue;
		}
		high = end - name < 3 ? -1 : name_hex_digit(name[1]);
		low = high < 0 ? -1 : name_hex_digit(name[2]);
		if (low < 0) {
			free(text);
			return -EINVAL;
		}
		*to++ = (char)(high << 4 | low);
		name += 3;
	}
	*to = '\0';
	*ret = text;
	/* a NUL in it does not survive the encoding that follows */
	return 0;
}

static bool
name_has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static bool
name_is_address(const char *s)
{
	const char *at = strrchr(s, '@');

	return at && at > s && at[1] && !strchr(s, ' ');
}

/* Decodes and encodes again: the same name has to come back. */
static int
name_to(const char *name, const char *ext, char **ret)
{
	AUTO(text_done) char *text = NULL;
	AUTO(text_done) char *again = NULL;
	int r;

	if (strlen(name) > NAME_BYTES_MAX)
		return -ENAMETOOLONG;
	if (!text_ends(name, ext))
		return -EINVAL;
	r = name_decode(name, strlen(name) - strlen(ext), &text);
	if (r < 0)
		return r;
	if (!*text || name_has_control(text) ||
	    !text_is_utf8(text, strlen(text)))
		return -EINVAL;
	again = name_from(text, NULL, ext);
	if (!again)
		return -ENOMEM;
	if (strcmp(again, name) != 0)
		return -EINVAL;
	*ret = TAKE(text);
	return 0;
}

int
name_to_email(const char *name, char **ret)
{
	AUTO(text_done) char *email = NULL;
	int r = name_to(name, NAME_EXT, &email);

	if (r < 0)
		return r;
	if (!name_is_address(email))
		return -EINVAL;
	*ret = TAKE(email);
	return 0;
}

int
name_check_email(const char *name, const char *email)
{
	AUTO(text_done) char *plain = name_from_email(email, NULL);
	AUTO(text_done) char *key = NULL; /* the end of one */
	AUTO(text_done) char *longer = NULL;
	size_t tail = NAME_KEY_DIGITS + strlen(NAME_EXT), n = strlen(name);

	if (n > tail)
		key = strndup(name + n - tail, NAME_KEY_DIGITS);
	else
		key = text_dup("");
	longer = key ? name_from_email(email, key) : NULL;
	if (!plain || !longer)
		return -ENOMEM;
	return strcmp(name, plain) == 0 || strcmp(name, longer) == 0 ? 0
								     : -EINVAL;
}

int
name_to_group(const char *name, char **ret)
{
	return name_to(name, "", ret);
}

bool
name_is_scratch(const char *name)
{
	return *name == '.' || !text_ends(name, NAME_EXT);
}
