/* SPDX-License-Identifier: MIT */
#include "decode_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode_rest_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/text.h"

int
decode_bad(struct err *err, const char *name)
{
	return err_set(err, -EPROTO,
	    "GoTo's answer has no usable \"%s\" where it must", name);
}

static bool
decode_is_absent(const struct json *j)
{
	return json_type(j) == JSON_NULL;
}

int
decode_text(const struct json *j, const char *name, char **ret, struct err *err)
{
	const struct json *v = json_get(j, name);

	if (decode_is_absent(v))
		return 0;
	if (!json_str(v))
		return decode_bad(err, name);
	*ret = text_dup(json_str(v));
	return *ret ? 0 : err_nomem(err);
}

int
decode_key(const struct json *j, const char *name, char **ret, struct err *err)
{
	const struct json *v = json_get(j, name);

	if (decode_is_absent(v) || text_equal(json_str(v), ""))
		return 0;
	if (json_type(v) != JSON_STRING && json_type(v) != JSON_NUMBER)
		return decode_bad(err, name);
	*ret = json_key(v);
	return *ret ? 0 : err_nomem(err);
}

static int
decode_own_key(const struct json *j, char **ret, struct err *err)
{
	int r = json_type(j) == JSON_OBJECT ? decode_key(j, "key", ret, err)
					    : -EPROTO;

	return r == -EPROTO || (r == 0 && !*ret) ? decode_bad(err, "key") : r;
}

static int
decode_keys(
    const struct json *j, const char *name, char ***ret, struct err *err)
{
	int r = json_get_keys(j, name, ret);

	if (r == -EINVAL)
		return decode_bad(err, name);
	return r < 0 ? err_nomem(err) : 0;
}

static int
decode_all_rest(const struct json *j, const char *const *without, char **ret,
    struct err *err)
{
	int r = decode_rest(j, without, ret);

	return r < 0 ? err_nomem(err) : 0;
}

static int
decode_user_lists(const struct json *j, struct user *u, struct err *err)
{
	static const char *const writable[] = {"email", "firstName", "lastName",
	    "locale", "timeZone", "adminRoles", NULL};
	int r = decode_keys(j, "adminRoles", &u->admin_roles, err);

	if (r == 0)
		r = decode_keys(j, "licenseKeys", &u->license_keys, err);
	if (r == 0)
		r = decode_key(j, "groupKey", &u->group_key, err);
	if (r == 0)
		r = decode_all_rest(j, writable, &u->rest, err);
	return r;
}

int
decode_user(const struct json *j, struct user *ret, struct err *err)
{
	AUTO(user_done) struct user u = USER_NONE;
	int r = decode_own_key(j, &u.key, err);

	if (r == 0)
		r = decode_text(j, "email", &u.email, err);
	if (r == 0)
		r = decode_text(j, "firstName", &u.first_name, err);
	if (r == 0)
		r = decode_text(j, "lastName", &u.last_name, err);
	if (r == 0)
		r = decode_text(j, "locale", &u.locale, err);
	if (r == 0)
		r = decode_text(j, "timeZone", &u.time_zone, err);
	if (r == 0)
		r = decode_text(j, "status", &u.status, err);
	if (r == 0)
		r = decode_user_lists(j, &u, err);
	if (r < 0)
		return r;
	*ret = u;
	u = (struct user)USER_NONE;
	return 0;
}

static long
decode_count(const struct json *j, const char *name)
{
	int64_t n = json_get_int(j, name, -1);

	return n < 0 || n > INT32_MAX ? -1 : (long)n;
}

int
decode_license(const struct json *j, struct license *ret, struct err *err)
{
	static const char *const nothing[] = {NULL};
	AUTO(license_done) struct license l = LICENSE_NONE;
	int r = decode_own_key(j, &l.key, err);

	if (r == 0)
		r = decode_text(j, "description", &l.description, err);
	if (r == 0)
		r = decode_keys(j, "userKeys", &l.user_keys, err);
	if (r == 0)
		r = decode_keys(
		    j, "invitedUserKeys", &l.invited_user_keys, err);
	if (r == 0)
		r = decode_keys(j, "products", &l.products, err);
	if (r == 0)
		r = decode_all_rest(j, nothing, &l.rest, err);
	if (r < 0)
		return r;
	l.seats = decode_count(j, "seats");
	l.user_count = decode_count(j, "userCount");
	l.enabled = json_get_bool(j, "enabled", true);
	l.externally_managed = json_get_bool(j, "externallyManaged", false);
	*ret = l;
	l = (struct license)LICENSE_NONE;
	return 0;
}

/* keyPath runs from the top group to this one (3.9, B).  parentKey is what a
 * create sends (D); a top group may name itself there (5.1, A, of G2M). */
static int
decode_parent(const struct json *j, struct group *g, struct err *err)
{
	AUTO(strv_done) char **path = NULL;
	int r = decode_keys(j, "keyPath", &path, err);
	size_t n = strv_n(path);

	if (r < 0)
		return r;
	if (n == 0)
		r = decode_key(j, "parentKey", &g->parent_key, err);
	else if (n > 1 && !(g->parent_key = text_dup(path[n - 2])))
		r = err_nomem(err);
	if (r == 0 && text_equal(g->parent_key, g->key))
		text_done(&g->parent_key);
	return r;
}

int
decode_group(const struct json *j, struct group *ret, struct err *err)
{
	static const char *const nothing[] = {NULL};
	AUTO(group_done) struct group g = GROUP_NONE;
	int r = decode_own_key(j, &g.key, err);

	if (r == 0)
		r = decode_text(j, "name", &g.name, err);
	if (r == 0 && !g.name && !(g.name = text_dup(""))) /* omitted */
		r = err_nomem(err);
	if (r == 0)
		r = decode_parent(j, &g, err);
	if (r == 0)
		r = decode_keys(j, "userKeys", &g.user_keys, err);
	if (r == 0)
		r = decode_all_rest(j, nothing, &g.rest, err);
	if (r < 0)
		return r;
	*ret = g;
	g = (struct group)GROUP_NONE;
	return 0;
}
