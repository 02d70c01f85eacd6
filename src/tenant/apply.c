/* SPDX-License-Identifier: MIT */
/* apply: what a user's text is once a change has been carried out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/document.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "tenant_int.h"

static const char *const apply_writable[] = {
    "email", "firstName", "lastName", "locale", "timeZone", "adminRoles", NULL};

/* The members that are not writable, printed as struct user's rest. */
static int
apply_rest(struct json *j, char **ret)
{
	AUTO(buf_done) struct buf b = BUF_MAX(STAGE_BYTES_MAX);
	const char *const *name;
	int r;

	for (name = apply_writable; *name; name++)
		json_remove(j, *name);
	if (json_n(j) == 0)
		return (*ret = text_dup("")) ? 0 : -ENOMEM;
	r = json_print_pretty(j, 0, true, &b);
	if (r < 0)
		return r;
	*ret = strndup(b.data + 2, b.len - 4); /* without "{\n" and "\n}" */
	return *ret ? 0 : -ENOMEM;
}

static int
apply_set(char **field, const char *value)
{
	char *own = text_dup(value);

	if (value && !own)
		return -ENOMEM;
	free(*field);
	*field = own;
	return 0;
}

int
apply_fields(struct user *u, const struct user *want, unsigned set)
{
	int r = 0;

	if (set & USER_SET_EMAIL)
		r = apply_set(&u->email, want->email);
	if (r == 0 && (set & USER_SET_FIRST_NAME))
		r = apply_set(&u->first_name, want->first_name);
	if (r == 0 && (set & USER_SET_LAST_NAME))
		r = apply_set(&u->last_name, want->last_name);
	if (r == 0 && (set & USER_SET_LOCALE))
		r = apply_set(&u->locale, want->locale);
	if (r == 0 && (set & USER_SET_TIME_ZONE))
		r = apply_set(&u->time_zone, want->time_zone);
	if (r == 0 && (set & USER_SET_ADMIN_ROLES)) {
		char **roles = strv_dup(want->admin_roles);

		if (!roles && strv_n(want->admin_roles) > 0)
			return -ENOMEM;
		strv_free(u->admin_roles);
		u->admin_roles = roles;
	}
	return r;
}

/* licenseKeys, groupKey and groupName as the mirror will have them. */
static int
apply_links(struct json *j, char *const *license_keys, const char *group_key,
    const char *group_label)
{
	int r = 0;

	json_remove(j, "licenseKeys");
	json_remove(j, "groupKey");
	json_remove(j, "groupName");
	if (strv_n(license_keys) > 0)
		r = json_set_strv(j, "licenseKeys", license_keys);
	if (r == 0 && group_key)
		r = json_set_str(j, "groupKey", group_key);
	if (r == 0 && group_key && group_label)
		r = json_set_str(j, "groupName", group_label);
	return r;
}

int
apply_text(const char *text, size_t n, const struct user *want, unsigned set,
    const struct apply_links *links, char **ret, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	AUTO(user_done) struct user u = USER_NONE;
	AUTO(buf_done) struct buf out = BUF_MAX(STAGE_BYTES_MAX);
	int r = document_parse_user(text, n, &u, err);

	if (r == 0)
		r = json_parse(text, n, &j, err);
	if (r == 0 && want)
		r = apply_fields(&u, want, set);
	if (r == 0 && links)
		r = apply_links(j, links->license_keys, links->group_key,
		    links->group_label);
	if (r == 0) {
		free(u.rest);
		u.rest = NULL;
		r = apply_rest(j, &u.rest);
	}
	if (r == 0)
		r = document_render_user(&u, &out);
	if (r < 0)
		return err->code ? r : err_set(err, r, "cannot print a record");
	*ret = buf_take(&out);
	return *ret ? 0 : err_nomem(err);
}
