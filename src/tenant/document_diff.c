/* SPDX-License-Identifier: MIT */
/*
 * The schema of DESIGN 4.1.  One rule stands above the others: what is as it
 * is now is never refused.  A backup restores, and rsync rewrites, records
 * that the tenant itself made, whatever our limits say.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gotofs/buf.h"
#include "gotofs/document.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/name.h"
#include "gotofs/text.h"

/* One comparison of a written text with the record. */
struct diff {
	const struct json *doc;
	const struct json
	    *now; /* the record's whole text; NULL: a new person */
	const char *name;
	const struct user *current; /* NULL: a new person */
	document_known_fn known;
	void *known_ctx;
	struct document_change change;
	struct err *err;
};

/* The writable fields that are one text; email has rules of its own. */
static const struct field {
	const char *name;
	unsigned bit;
	size_t offset; /* in struct user */
	bool required;
	size_t chars_max; /* 0: no limit is known */
} diff_fields[] = {
    {"firstName", USER_SET_FIRST_NAME, offsetof(struct user, first_name), true,
	DOCUMENT_NAME_CHARS_MAX},
    {"lastName", USER_SET_LAST_NAME, offsetof(struct user, last_name), true,
	DOCUMENT_NAME_CHARS_MAX},
    {"locale", USER_SET_LOCALE, offsetof(struct user, locale), false, 0},
    {"timeZone", USER_SET_TIME_ZONE, offsetof(struct user, time_zone), false,
	0},
};
#define DIFF_FIELDS_N (sizeof(diff_fields) / sizeof(diff_fields[0]))

static const char *const diff_writable[] = {
    "email", "firstName", "lastName", "locale", "timeZone", "adminRoles", NULL};

/* goto-api.md 3.4 and 3.5: what a tenant may send besides (A to C). */
static const char *const diff_read_only[] = {"accountKey", "accounts", "admin",
    "canAuthenticate", "createTime", "emailLocked", "emailTemplateKey",
    "groupKey", "groupName", "hasAdminAccess", "identityReadOnly",
    "inviteCount", "invitedDate", "key", "licenseKeys", "managedGroupKeys",
    "nameLocked", "orgAdmin", "organizationRoles", "passwordCreated",
    "products", "roleSets", "settings", "status", "systemGeneratedEmail", NULL};

/* goto-api.md 3.8 (A/B) */
static const char *const diff_roles[] = {"SUPER_USER", "MANAGE_USERS",
    "ADD_USERS", "MANAGE_SEATS", "MANAGE_SETTINGS", "MANAGE_GROUPS",
    "RUN_REPORTS", "MANAGE_ACCOUNT", "MANAGE_SETTINGS_PROFILES",
    "MANAGE_DEVICE_GROUPS", "MANAGE_EMERGENCY_SERVICES", "VIEW_INVOICES",
    "VIEW_AND_PAY_INVOICES", "VIEW_CALL_RECORDINGS", NULL};

static bool
diff_lists(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

void
document_change_done(struct document_change *c)
{
	user_done(&c->want);
	strv_done(&c->ignored);
	c->set = 0;
}

/* -EINVAL: the sentence with a text of the writer's in it, in quotes. */
static int
diff_refuse(
    struct diff *d, const char *before, const char *text, const char *after)
{
	AUTO(buf_done) struct buf quoted = BUF_MAX(SIZE_MAX / 2);

	if (json_print_str(text, &quoted) < 0)
		return err_nomem(d->err);
	if (quoted.len > 200) /* the sentence has an end that counts */
		return err_set(d->err, -EINVAL, "%sa text of %zu bytes%s",
		    before, strlen(text), after);
	return err_set(d->err, -EINVAL, "%s%s%s", before, quoted.data, after);
}

/* ---- texts ---- */

static char **
field_member(struct user *u, const struct field *f)
{
	return (char **)(void *)((char *)u + f->offset);
}

static const char *
field_now(const struct diff *d, const struct field *f)
{
	const char *now = NULL;

	if (d->current)
		now = *field_member((struct user *)d->current, f);
	return now && *now ? now : NULL;
}

static size_t
text_chars(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static bool
text_has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static int
diff_check_chars(
    struct diff *d, const char *name, const char *value, size_t max)
{
	if (text_has_control(value))
		return err_set(d->err, -EINVAL,
		    "%s must not hold control characters", name);
	if (max && text_chars(value) > max)
		return err_set(d->err, -EINVAL,
		    "%s has %zu characters; GoTo takes at most %zu", name,
		    text_chars(value), max);
	return 0;
}

/* Letters of a language, perhaps "_" and a country: en, en_US, es_419. */
static bool
locale_is_good(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = strspn(s, letters);

	if (n < 2 || n > 8)
		return false;
	if (!s[n])
		return true;
	if (s[n] != '_')
		return false;
	s += n + 1;
	n = strspn(s, letters);
	return n >= 2 && n <= 8 && !s[n];
}

/* value: not NULL. */
static int
diff_check_text(struct diff *d, const struct field *f, const char *value)
{
	if (f->bit == USER_SET_LOCALE && !locale_is_good(value))
		return diff_refuse(
		    d, "locale is ", value, "; it has the form \"en_US\"");
	if (f->required && value[strspn(value, " ")] == '\0')
		return err_set(
		    d->err, -EINVAL, "%s must not be blank", f->name);
	return diff_check_chars(d, f->name, value, f->chars_max);
}

/* The text of a member, NULL for null and "". */
static int
diff_get_text(
    struct diff *d, const char *name, const struct json *j, const char **ret)
{
	if (json_type(j) != JSON_NULL && json_type(j) != JSON_STRING)
		return err_set(
		    d->err, -EINVAL, "%s must be text in quotes", name);
	*ret = json_str(j);
	if (*ret && !**ret)
		*ret = NULL;
	return 0;
}

static int
diff_text(struct diff *d, const struct field *f)
{
	const struct json *j = json_get(d->doc, f->name);
	const char *value, *now = field_now(d, f);
	int r;

	if (!j && f->required && !d->current)
		return err_set(d->err, -EINVAL,
		    "%s is missing; a new person needs one", f->name);
	if (!j)
		return 0;
	r = diff_get_text(d, f->name, j, &value);
	if (r < 0)
		return r;
	if (text_equal(value, now) && (value || d->current || !f->required))
		return 0;
	if (!value && f->required)
		return err_set(d->err, -EINVAL,
		    "%s must not be empty; GoTo needs one", f->name);
	r = value ? diff_check_text(d, f, value) : 0;
	if (r < 0)
		return r;
	d->change.set |= f->bit;
	if (value && !(*field_member(&d->change.want, f) = text_dup(value)))
		return err_nomem(d->err);
	return 0;
}

/* ---- the address ---- */

/* Is this the address that the name stands for? */
static int
diff_email_fits(struct diff *d, const char *value, const char *named)
{
	const char *address = named ? named : d->current->email;

	if (address && value && strcasecmp(value, address) == 0)
		return 0;
	if (!value)
		return err_set(d->err, -EINVAL,
		    "email must not be empty; leave it out, or give the "
		    "address of the file name");
	return diff_refuse(d, "email is ", value,
	    "; it must be the address of the file name (rename the file to "
	    "change it)");
}

static int
diff_email_set(struct diff *d, const char *value)
{
	int r = diff_check_chars(d, "email", value, DOCUMENT_EMAIL_CHARS_MAX);

	if (r < 0)
		return r;
	d->change.set |= USER_SET_EMAIL;
	d->change.want.email = text_dup(value);
	return d->change.want.email ? 0 : err_nomem(d->err);
}

/* named: the address that the name decodes to; NULL: it was cut or has a key
 * suffix. */
static int
diff_email_named(struct diff *d, const char *named)
{
	const struct json *j = json_get(d->doc, "email");
	const char *value = named, *now;
	int r = 0;

	if (!j && d->current)
		return 0;
	now = d->current ? d->current->email : NULL;
	if (j)
		r = diff_get_text(d, "email", j, &value);
	if (r < 0 || (j && d->current && text_equal(value, now)))
		return r;
	r = diff_email_fits(d, value, named);
	if (r < 0 || (now && strcasecmp(value, now) == 0))
		return r;
	return diff_email_set(d, value);
}

static int
diff_email(struct diff *d)
{
	AUTO(text_done) char *named = NULL;
	int r = name_to_email(d->name, &named);

	if (r == -ENOMEM)
		return err_nomem(d->err);
	if (r < 0 && !d->current)
		return diff_refuse(d, "", d->name,
		    " is no name for a person's file; it must be the address, "
		    "in lower case, and .json");
	return diff_email_named(d, named);
}

/* ---- roles ---- */

static int
diff_role(struct diff *d, const struct json *j, char ***roles)
{
	const char *role = json_str(j);

	if (!role)
		return err_set(d->err, -EINVAL,
		    "adminRoles must be a list of texts in quotes");
	if (!diff_lists(diff_roles, role) &&
	    !(d->current && strv_has(d->current->admin_roles, role)))
		return diff_refuse(
		    d, "adminRoles has ", role, ", which is no role of GoTo's");
	if (strv_has(*roles, role))
		return 0;
	return strv_add(roles, role) < 0 ? err_nomem(d->err) : 0;
}

static int
diff_admin_roles(struct diff *d)
{
	const struct json *j = json_get(d->doc, "adminRoles"), *role;
	AUTO(strv_done) char **roles = NULL;
	int r = 0;

	if (!j)
		return 0;
	if (json_type(j) != JSON_ARRAY && json_type(j) != JSON_NULL)
		return err_set(
		    d->err, -EINVAL, "adminRoles must be a list in brackets");
	for (role = json_first(j); r == 0 && role; role = json_next(role))
		r = diff_role(d, role, &roles);
	if (r < 0)
		return r;
	if (strv_same_set(roles, d->current ? d->current->admin_roles : NULL))
		return 0;
	d->change.set |= USER_SET_ADMIN_ROLES;
	d->change.want.admin_roles = TAKE(roles);
	return 0;
}

/* ---- the other names ---- */

static int
diff_refuse_name(struct diff *d, const char *name)
{
	const char *const *right = diff_writable;

	for (; *right; right++)
		if (strcasecmp(name, *right) == 0)
			return err_set(d->err, -EINVAL,
			    "there is no field \"%s\"; it is spelt \"%s\"",
			    name, *right);
	return diff_refuse(d, "there is no field ", name,
	    "; writable are email, firstName, lastName, locale, timeZone and "
	    "adminRoles");
}

/* The tenant omits what is empty (goto-api.md 3.4, B). */
static bool
diff_is_empty(const struct json *j)
{
	return json_type(j) == JSON_NULL ||
	       (json_type(j) == JSON_ARRAY && !json_first(j));
}

static bool
diff_same_value(const struct json *a, const struct json *b)
{
	return (diff_is_empty(a) && diff_is_empty(b)) || json_equal(a, b);
}

static int
diff_other(struct diff *d, const struct json *member)
{
	const char *name = json_name(member);

	if (diff_lists(diff_writable, name))
		return 0;
	if (!json_get(d->now, name) && !diff_lists(diff_read_only, name) &&
	    !(d->known && d->known(d->known_ctx, name)))
		return diff_refuse_name(d, name);
	if (diff_same_value(member, json_get(d->now, name)))
		return 0;
	return strv_add(&d->change.ignored, name) < 0 ? err_nomem(d->err) : 0;
}

/* ---- all of it ---- */

static int
diff_all(struct diff *d)
{
	const struct json *member;
	size_t i;
	int r = 0;

	for (member = json_first(d->doc); r == 0 && member;
	     member = json_next(member))
		r = diff_other(d, member);
	if (r == 0)
		r = diff_email(d);
	for (i = 0; r == 0 && i < DIFF_FIELDS_N; i++)
		r = diff_text(d, &diff_fields[i]);
	return r < 0 ? r : diff_admin_roles(d);
}

int
document_diff_user(const char *text, size_t len, const char *name,
    const struct user *current, const char *current_text,
    document_known_fn known, void *known_ctx, struct document_change *ret,
    struct err *err)
{
	AUTO(json_done) struct json *doc = NULL;
	AUTO(json_done) struct json *now = NULL;
	struct diff d = {0};
	int r = json_parse(text, len, &doc, err);

	if (r < 0)
		return r;
	if (json_type(doc) != JSON_OBJECT)
		return err_set(err, -EINVAL,
		    "line 1, column 1: an object, {...}, is expected");
	if (current && current_text)
		r = json_parse(current_text, strlen(current_text), &now, err);
	if (r < 0)
		return r;
	d = (struct diff){doc, now, name, current, known, known_ctx,
	    DOCUMENT_CHANGE_NONE, err};
	r = diff_all(&d);
	if (r < 0)
		document_change_done(&d.change);
	else
		*ret = d.change;
	return r;
}
