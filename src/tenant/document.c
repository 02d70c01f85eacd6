/* SPDX-License-Identifier: MIT */
#include "gotofs/document.h"

#include <errno.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

/* ---- rendering ---- */

static int
render_text(const char *name, const char *value, struct buf *out)
{
	int r = buf_puts(out, name);

	if (r < 0)
		return r;
	return value ? json_print_str(value, out) : buf_puts(out, "null");
}

static int
render_list(const char *name, char *const *values, struct buf *out)
{
	const char *before = "[\n    ";
	int r = buf_puts(out, name);

	if (r == 0 && strv_n(values) == 0)
		return buf_puts(out, "[]");
	for (; r == 0 && *values; values++) {
		r = buf_puts(out, before);
		if (r == 0)
			r = json_print_str(*values, out);
		before = ",\n    ";
	}
	return r < 0 ? r : buf_puts(out, "\n  ]");
}

/* The order of the writable fields (DESIGN 3). */
static int
render_writable(const struct user *u, struct buf *out)
{
	int r = render_text("{\n  \"email\": ", u->email, out);

	if (r == 0)
		r = render_text(",\n  \"firstName\": ", u->first_name, out);
	if (r == 0)
		r = render_text(",\n  \"lastName\": ", u->last_name, out);
	if (r == 0)
		r = render_text(",\n  \"locale\": ", u->locale, out);
	if (r == 0)
		r = render_text(",\n  \"timeZone\": ", u->time_zone, out);
	if (r == 0)
		r = render_list(",\n  \"adminRoles\": ", u->admin_roles, out);
	return r;
}

int
document_render_user(const struct user *u, struct buf *out)
{
	int r = render_writable(u, out);

	if (r == 0 && u->rest && *u->rest) {
		r = buf_puts(out, ",\n");
		if (r == 0)
			r = buf_puts(out, u->rest);
	}
	return r < 0 ? r : buf_puts(out, "\n}\n");
}

int
document_render_object(const char *rest, struct buf *out)
{
	int r;

	if (!rest || !*rest)
		return buf_puts(out, "{}\n");
	r = buf_puts(out, "{\n");
	if (r == 0)
		r = buf_puts(out, rest);
	return r < 0 ? r : buf_puts(out, "\n}\n");
}

/* ---- reading back ---- */

static int
parse_text(const struct json *j, const char *name, char **ret, struct err *err)
{
	const struct json *value = json_get(j, name);

	if (json_type(value) == JSON_NULL)
		return 0;
	if (json_type(value) == JSON_ARRAY || json_type(value) == JSON_OBJECT ||
	    json_type(value) == JSON_BOOL)
		return err_set(err, -EINVAL, "%s is no text", name);
	*ret = json_key(value);
	if (!*ret)
		return err_nomem(err);
	if (!**ret)
		text_done(ret);
	return 0;
}

static int
parse_list(const struct json *j, const char *name, char ***ret, struct err *err)
{
	int r = json_get_keys(j, name, ret);

	if (r == -EINVAL)
		return err_set(err, r, "%s is no list of texts", name);
	return r < 0 ? err_nomem(err) : 0;
}

static int
parse_members(const struct json *j, struct user *u, struct err *err)
{
	const struct {
		const char *name;
		char **text;
	} texts[] = {
	    {"key", &u->key},
	    {"email", &u->email},
	    {"firstName", &u->first_name},
	    {"lastName", &u->last_name},
	    {"locale", &u->locale},
	    {"timeZone", &u->time_zone},
	    {"status", &u->status},
	    {"groupKey", &u->group_key},
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
		r = parse_text(j, texts[i].name, texts[i].text, err);
	if (r == 0)
		r = parse_list(j, "adminRoles", &u->admin_roles, err);
	if (r == 0)
		r = parse_list(j, "licenseKeys", &u->license_keys, err);
	return r;
}

int
document_parse_user(
    const char *text, size_t len, struct user *ret, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	struct user u = USER_NONE;
	int r = json_parse(text, len, &j, err);

	if (r < 0)
		return r;
	if (json_type(j) != JSON_OBJECT)
		return err_set(err, -EINVAL, "the record is no JSON object");
	r = parse_members(j, &u, err);
	if (r < 0)
		user_done(&u);
	else
		*ret = u;
	return r;
}
