/* SPDX-License-Identifier: MIT */
#include "gotofs/goto_error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

#define LOGIN "make a new personal access token, or run: gotofs login"
#define ANY GOTO_VERB_ANY
#define TOKEN GOTO_VERB_TOKEN
#define PRODUCT GOTO_VERB_PRODUCT
#define CONNECT GOTO_VERB_CONNECT

static const struct goto_error_row goto_rows[] = {
    /* 3.11: B/C for the codes, D for the statuses */
    {ANY, 0, "user.not.found", -ENOENT, "GoTo knows no such user"},
    {ANY, 0, "group.not.found", -ENOENT, "GoTo knows no such group"},
    {ANY, 0, "user.name.conflict", -EEXIST,
	"the address belongs to another account"},
    {ANY, 0, "group.name.conflict", -EEXIST, "a group of this name exists"},
    {ANY, 0, "group.name.required", -EINVAL, "a group needs a name"},
    /* assumed (D), in the style of those above */
    {ANY, 0, "license.not.found", -ENOENT, "GoTo knows no such license"},
    {ANY, 0, "license.seats.exceeded", -ENOSPC, "the license has no free seat"},
    {ANY, 0, "account.not.found", -EACCES,
	"the token does not reach this account: check account_key"},
    /* A product may know nothing of a token that the Admin API takes: what is
     * asked for twice, with a new token (api.c), and refused twice is no right.
     * That the token is dead says its own endpoint. */
    {PRODUCT, 401, NULL, -EACCES, "the product does not accept the token"},
    {CONNECT, 401, NULL, -EACCES, "GoToConnect does not accept the token"},
    /* 5.4 (A/B): 404 hides a missing right, or a product that is not there;
     * 409 is a suspended user */
    {CONNECT, 404, NULL, -EACCES,
	"the token has no right to this in GoToConnect, or there is none"},
    {CONNECT, 409, NULL, -EACCES, "GoToConnect has suspended the token's user"},
    {ANY, 0, "AUTHN_INVALID_TOKEN", -EROFS, "the token is invalid: " LOGIN},
    {ANY, 0, "AUTHN_EXPIRED_TOKEN", -EROFS, "the token expired: " LOGIN},
    {ANY, 0, "AUTHN_MALFORMED_TOKEN", -EROFS, "the token is broken: " LOGIN},
    {ANY, 0, "AUTHZ_INSUFFICIENT_SCOPE", -EACCES,
	"the OAuth client lacks a scope for this"},
    /* 2.6: B for invalid_client and the refused grant, D for the rest */
    {TOKEN, 0, "invalid_client", -EROFS,
	"GoTo refuses client_id or client_secret: check the profile"},
    {TOKEN, 0, "unauthorized_client", -EROFS,
	"the OAuth client may not use this grant: enable it at GoTo"},
    {TOKEN, 0, "unsupported_grant_type", -EROFS,
	"the OAuth client may not use this grant: enable it at GoTo"},
    {TOKEN, 0, "invalid_grant", -EROFS,
	"the stored token was revoked or is too old: " LOGIN},
    {TOKEN, 0, "invalid_scope", -EROFS,
	"the token's scopes do not match the OAuth client: " LOGIN},
    {TOKEN, 400, NULL, -EROFS, "GoTo refuses the stored token: " LOGIN},
    {TOKEN, 401, NULL, -EROFS, "GoTo refuses the credentials: " LOGIN},
    {TOKEN, 403, NULL, -EROFS, "GoTo refuses the credentials: " LOGIN},
    {TOKEN, 404, NULL, -EIO, "no token endpoint here: check auth_url"},
    /* The edge says that no API is there (3.11, B).  That must never read as
     * "this user is gone". */
    {ANY, 404, "NOT_FOUND", -EIO, "GoTo has nothing here: check api_url"},
    {GOTO_VERB_ASSIGN, 409, NULL, -ENOSPC,
	"the license has no free seat, or is disabled"},
    {GOTO_VERB_DELETE, 409, NULL, -EPERM, "GoTo refuses to remove this"},
    /* 3.6: of a creation it is the address (A); but with a code that is none of
     * those above it is something else, and does not say that he is there */
    {GOTO_VERB_CREATE, 409, "", -EEXIST,
	"it conflicts with what the tenant has"},
    {GOTO_VERB_CREATE, 409, NULL, -EINVAL, "GoTo refuses to create this"},
    {ANY, 401, NULL, -EROFS, "the token no longer works: " LOGIN},
    {ANY, 0, "not.authorized", -EACCES,
	"the token's user has not the role for this in GoTo"},
    {ANY, 400, NULL, -EINVAL, "GoTo refuses these values"},
    {ANY, 403, NULL, -EACCES,
	"the token's user has not the right for this in GoTo"},
    {ANY, 404, NULL, -ENOENT, "GoTo does not know it"},
    {ANY, 408, NULL, -ETIMEDOUT, "GoTo gave up waiting"},
    {ANY, 409, NULL, -EEXIST, "it conflicts with what the tenant has"},
    {ANY, 413, NULL, -EINVAL, "GoTo finds it too large"},
    {ANY, 422, NULL, -EINVAL, "GoTo refuses these values"},
    {ANY, 429, NULL, -EIO, "GoTo's rate limit is used up"},
    {ANY, 3, NULL, -EIO, "GoTo sends us elsewhere: check the URLs"},
    {ANY, 4, NULL, -EIO, "GoTo does not understand the request"},
    {ANY, 5, NULL, -EIO, "GoTo fails"},
};

static const struct goto_error_row goto_row_last = {
    ANY, 0, NULL, -EIO, "GoTo gave an answer that makes no sense"};

const struct goto_error_row *
goto_error_rows(size_t *ret_n)
{
	*ret_n = sizeof(goto_rows) / sizeof(*goto_rows);
	return goto_rows;
}

/* A control character, also one of the two-byte ones (U+0080 to U+009F)? */
static bool
goto_is_control(const char *s)
{
	unsigned char c = (unsigned char)*s;

	return c < ' ' || c == 0x7f ||
	       (c == 0xc2 && (unsigned char)s[1] < 0xa0);
}

/* Remote text ends in logs and terminals: one line of printable UTF-8. */
static void
goto_fault_copy(char *to, size_t size, const char *from)
{
	size_t n = 0;

	to[0] = '\0';
	if (!from || !text_is_utf8(from, strlen(from)))
		return;
	for (; *from && n + 1 < size; from++) {
		bool control = goto_is_control(from);

		if (control && (unsigned char)*from == 0xc2)
			from++;
		to[n++] = control ? ' ' : *from;
	}
	/* not half a character */
	if (((unsigned char)*from & 0xc0) == 0x80) {
		while (n > 0 && ((unsigned char)to[n - 1] & 0xc0) == 0x80)
			n--;
		n -= n > 0;
	}
	to[n] = '\0';
}

/* "Not Found" (a sentence of some framework) is no code. */
static bool
goto_is_code(const char *s)
{
	return s && *s &&
	       s[strspn(s,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "0123456789._-")] == '\0';
}

static const char *
goto_first_of(const struct json *j, const char *const *names)
{
	const char *s = NULL;

	for (; *names && !s; names++)
		s = json_get_str(j, *names);
	return s;
}

/* What is wrong with which field: of GoToConnect that alone is worth reading
 * (7.11, B). */
static void
goto_fault_constraint(const struct json *j, struct goto_fault *f)
{
	const struct json *first =
	    json_first(json_get(j, "constraintViolations"));
	const char *text;

	if (!first)
		first = json_first(json_get(j, "constraints"));
	text = json_get_str(first, "constraint");
	if (!text)
		return;
	goto_fault_copy(f->text, sizeof(f->text), text);
	goto_fault_copy(
	    f->value, sizeof(f->value), json_get_str(first, "field"));
}

static void
goto_fault_read(const struct json *j, struct goto_fault *f)
{
	static const char *const codes[] = {
	    "code", "errorCode", "int_err_code", "err", "error", NULL};
	static const char *const texts[] = {"message", "msg",
	    "error_description", "description", "error", NULL};
	static const char *const values[] = {"value", "uri", NULL};
	const struct json *first = json_first(json_get(j, "errors"));
	const struct json *from = json_type(first) == JSON_OBJECT ? first : j;
	const char *code = goto_first_of(from, codes);
	const char *text = goto_first_of(from, texts);

	if (goto_is_code(code))
		goto_fault_copy(f->code, sizeof(f->code), code);
	if (text && !text_equal(text, code))
		goto_fault_copy(f->text, sizeof(f->text), text);
	else if (code && !*f->code)
		goto_fault_copy(f->text, sizeof(f->text), code);
	goto_fault_copy(
	    f->value, sizeof(f->value), goto_first_of(from, values));
	goto_fault_constraint(j, f);
}

/* Not JSON: a short plain text is worth showing, a page of HTML is not. */
static void
goto_fault_plain(const char *body, size_t len, struct goto_fault *f)
{
	char text[sizeof(f->text)];
	size_t n;

	while (len > 0 && strchr(" \t\r\n", *body) && *body)
		body++, len--;
	if (len == 0 || *body == '<')
		return;
	n = len < sizeof(text) ? len : sizeof(text) - 1;
	while (n > 0 && n < len && ((unsigned char)body[n] & 0xc0) == 0x80)
		n--;
	memcpy(text, body, n);
	text[n] = '\0';
	goto_fault_copy(f->text, sizeof(f->text), text);
}

int
goto_fault_parse(const char *body, size_t len, struct goto_fault *ret)
{
	AUTO(json_done) struct json *j = NULL;
	struct goto_fault f = {"", "", ""};
	int r = len > 0 ? json_parse(body, len, &j, NULL) : -EINVAL;

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		goto_fault_plain(body, len, &f);
	else if (json_type(j) == JSON_STRING)
		goto_fault_copy(f.text, sizeof(f.text), json_str(j));
	else
		goto_fault_read(j, &f);
	*ret = f;
	return 0;
}

static bool
goto_row_fits(const struct goto_error_row *row, enum goto_verb verb, int status,
    const char *code)
{
	if (row->verb != ANY && row->verb != verb)
		return false;
	if (row->status >= 100 && row->status != status)
		return false;
	if (row->status > 0 && row->status < 100 && row->status != status / 100)
		return false;
	return !row->code || strcmp(row->code, code) == 0;
}

static const struct goto_error_row *
goto_row_find(enum goto_verb verb, int status, const char *code)
{
	size_t n;
	const struct goto_error_row *rows = goto_error_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (goto_row_fits(&rows[i], verb, status, code))
			return &rows[i];
	return &goto_row_last;
}

int
goto_error_answer(enum goto_verb verb, int status, const char *body, size_t len,
    struct err *err)
{
	const struct goto_error_row *row;
	struct goto_fault f;
	int r = goto_fault_parse(body, len, &f);

	if (r < 0)
		return err_nomem(err);
	row = goto_row_find(verb, status, f.code);
	r = err_set(err, row->r, "%s (HTTP %d%s%s%s%s%s%s)", row->sentence,
	    status, *f.code ? ", " : "", f.code, *f.value ? " " : "", f.value,
	    *f.text ? ": " : "", f.text);
	if (err)
		err->http_status = status;
	return r;
}

int
goto_error_transport(int r, struct err *err)
{
	if (r == -ETIMEDOUT || r == -ENOMEM || r == -ECANCELED)
		return r;
	if (err)
		err->code = -EIO;
	return -EIO;
}

bool
goto_error_is_transient(int r)
{
	return r == -EIO || r == -ETIMEDOUT;
}
