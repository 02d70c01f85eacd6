/* SPDX-License-Identifier: MIT */
/* GoToConnect's users and its report; GoToAssist's sessions (goto-api.md 5.4,
 * 5.5): lists in a member of an object. */
#include <stdlib.h>

#include "decode_int.h"
#include "decode_use_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/list.h"
#include "gotofs/text.h"

void
connect_user_list_done(struct connect_user_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].user_key);
		free(l->v[i].user_id);
	}
	free(l->v);
	*l = (struct connect_user_list){NULL, 0};
}

/* No total is documented, so the list itself must be there: an error with
 * status 200 is no empty answer. */
static int
connect_items(const struct json *j, const char *name,
    const struct json **ret_first, struct err *err)
{
	const struct json *items = json_get(j, name);

	if (json_type(items) != JSON_ARRAY)
		return decode_bad(err, name);
	*ret_first = json_first(items);
	return 0;
}

static int
connect_need_key(
    const struct json *j, const char *name, char **ret, struct err *err)
{
	int r = decode_key(j, name, ret, err);

	return r == 0 && !*ret ? decode_bad(err, name) : r;
}

static int
connect_user_add(
    const struct json *j, struct connect_user_list *l, struct err *err)
{
	struct connect_user *v = list_grow(l->v, l->n, sizeof(*v));
	int r;

	if (!v)
		return err_nomem(err);
	l->v = v;
	v += l->n++;
	*v = (struct connect_user){NULL, NULL};
	r = connect_need_key(j, "userKey", &v->user_key, err);
	return r < 0 ? r : connect_need_key(j, "userId", &v->user_id, err);
}

/* Of a line of this account; nothing depends on what a line looks like. */
static const char *
connect_line_organization(
    const struct json *line, const char *account_key, struct err *err)
{
	const struct json *key = json_get(line, "accountKey");
	const char *id = json_get_str(json_get(line, "organization"), "id");
	AUTO(text_done) char *account = NULL;

	if (!id || !*id ||
	    (json_type(key) != JSON_STRING && json_type(key) != JSON_NUMBER))
		return NULL;
	account = json_key(key);
	if (!account)
		err_nomem(err);
	return account && text_equal(account, account_key) ? id : NULL;
}

static int
connect_organization(const struct json *user, const char *account_key,
    char **ret, struct err *err)
{
	const struct json *line = json_first(json_get(user, "lines"));
	struct err why = ERR_NONE;

	for (; line && !*ret && why.code == 0; line = json_next(line)) {
		const char *id =
		    connect_line_organization(line, account_key, &why);

		*ret = text_dup(id);
		if (id && !*ret)
			err_nomem(&why);
	}
	return why.code < 0 ? err_nomem(err) : 0;
}

int
decode_connect_users(const struct json *j, const char *account_key,
    struct connect_user_list *ret, char **ret_marker, char **ret_organization,
    struct err *err)
{
	const struct json *row = NULL;
	int r = connect_items(j, "items", &row, err);

	for (; row && r == 0; row = json_next(row)) {
		r = connect_user_add(row, ret, err);
		if (r == 0)
			r = connect_organization(
			    row, account_key, ret_organization, err);
	}
	if (r < 0)
		return r;
	return decode_key(j, "nextPageMarker", ret_marker, err);
}

/* How many calls; -1: it does not say. */
static long
connect_volume(const struct json *j)
{
	const struct json *v = json_get(json_get(j, "dataValues"), "volume");
	int64_t n = json_get_int(json_get(j, "dataValues"), "volume", -1);
	const char *end;

	if (json_str(v)) {
		end = text_number(json_str(v), INT32_MAX, &n);
		if (!end || *end)
			return -1;
	}
	return n < 0 || n > INT32_MAX ? -1 : (long)n;
}

/* The unit of the durations is unknown (8.9): the volume alone counts. */
static int
connect_row(const struct json *j, int64_t at_ms, struct decode_ids *ids,
    struct use_list *l, struct err *err)
{
	struct use *u;
	long n = connect_volume(j);
	AUTO(text_done) char *id = NULL;
	int r = connect_need_key(j, "userId", &id, err);

	if (r == 0 && n < 0)
		r = decode_bad(err, "volume");
	if (r == 0)
		r = decode_ids_add(ids, id, err);
	if (r < 0 || n == 0)
		return r;
	u = use_list_add(l);
	if (!u)
		return err_nomem(err);
	u->user_key = TAKE(id);
	u->at_ms = u->begin_ms = at_ms;
	u->kind = USE_CALLS;
	u->n = n;
	u->day_only = true;
	return 0;
}

int
decode_connect_activity(const struct json *j, int64_t at_ms,
    struct decode_ids *ids, struct use_list *uses, struct err *err)
{
	const struct json *row = NULL;
	int r = connect_items(j, "items", &row, err);

	for (; row && r == 0; row = json_next(row))
		r = connect_row(row, at_ms, ids, uses, err);
	return r;
}
