/* SPDX-License-Identifier: MIT */
/* Reading users, changing one, removing one (goto-api.md 3.1, 3.5, 3.7). */
#include <errno.h>
#include <stdlib.h>

#include "api_int.h"
#include "decode_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/list.h"
#include "gotofs/text.h"

static int
user_add(const struct json *item, void *list, struct err *err)
{
	struct user_list *l = list;
	struct user *v = list_grow(l->v, l->n, sizeof(*v));
	int r;

	if (!v)
		return err_nomem(err);
	l->v = v;
	v[l->n] = (struct user)USER_NONE;
	r = decode_user(item, &v[l->n], err);
	l->n += r == 0;
	return r;
}

const struct api_list user_api = {.path = "/users", .add = user_add};

int
goto_users_page(struct goto_client *c, enum goto_priority prio, long offset,
    long page_size, struct user_list *ret, long *ret_next_offset,
    long *ret_total, struct err *err)
{
	AUTO(user_list_done) struct user_list list = {NULL, 0};
	AUTO(url_done) struct url u = URL_NONE;
	const char *url;
	long n, total;
	int r;

	if (page_size < 1 || page_size > API_PAGE_MAX)
		page_size = API_PAGE_MAX;
	url_account(&u, c, err);
	url_add(&u, user_api.path);
	url_number(&u, "?pageSize", page_size);
	url_number(&u, "&offset", offset);
	r = url_check(&u, &url, err);
	if (r == 0)
		r = api_page(
		    c, prio, &user_api, url, offset, &list, &n, &total, err);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct user_list){NULL, 0};
	*ret_next_offset = offset + n;
	*ret_total = total;
	return 0;
}

/* One record: a bare object (3.1, B). */
static int
user_read(struct goto_client *c, enum goto_priority prio, const char *url,
    struct json **ret, struct err *err)
{
	struct goto_call call = {
	    .prio = prio,
	    .method = "GET",
	    .url = url,
	    .max_bytes = API_ANSWER_BYTES,
	};

	return api_call(c, &call, ret, err);
}

int
goto_user_get(struct goto_client *c, enum goto_priority prio,
    const char *user_key, struct user *ret, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	AUTO(url_done) struct url u = URL_NONE;
	const char *url;
	int r;

	url_account(&u, c, err);
	url_add(&u, "/users/");
	url_key(&u, user_key);
	r = url_check(&u, &url, err);
	if (r == 0)
		r = user_read(c, prio, url, &j, err);
	return r < 0 ? r : api_unusable(decode_user(j, ret, err), err);
}

int
api_me(struct goto_client *c, struct json **ret, struct err *err)
{
	AUTO(text_done)
	char *url = text_printf("%s/me", c->url[GOTO_API_ADMIN]);

	return url ? user_read(c, GOTO_INTERACTIVE, url, ret, err)
		   : err_nomem(err);
}

int
goto_me(struct goto_client *c, struct user *ret_me, char **ret_account_key,
    struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	AUTO(text_done) char *key = NULL;
	int r = api_me(c, &j, err);

	if (r < 0)
		return r;
	if (ret_account_key)
		r = decode_account_key(j, &key, NULL);
	if (r == -ENOMEM)
		err_nomem(err);
	if (r == -EPROTO)
		r = 0; /* it names none */
	if (r == 0 && ret_me)
		r = decode_user(j, ret_me, err);
	if (r < 0)
		return api_unusable(r, err);
	if (ret_account_key)
		*ret_account_key = TAKE(key);
	return 0;
}

static int
user_set_text(struct json *body, const char *name, const char *value)
{
	return value ? json_set_str(body, name, value)
		     : json_set_null(body, name);
}

/* key must not be in it (3.7, B). */
static int
user_update_body(struct json *body, const struct user *u, unsigned set)
{
	int r = body ? 0 : -ENOMEM;

	if (r == 0 && (set & GOTO_SET_EMAIL))
		r = user_set_text(body, "email", u->email);
	if (r == 0 && (set & GOTO_SET_FIRST_NAME))
		r = user_set_text(body, "firstName", u->first_name);
	if (r == 0 && (set & GOTO_SET_LAST_NAME))
		r = user_set_text(body, "lastName", u->last_name);
	if (r == 0 && (set & GOTO_SET_LOCALE))
		r = user_set_text(body, "locale", u->locale);
	if (r == 0 && (set & GOTO_SET_TIME_ZONE))
		r = user_set_text(body, "timeZone", u->time_zone);
	/* [] clears (3.4, C) */
	if (r == 0 && (set & GOTO_SET_ADMIN_ROLES))
		r = json_set_strv(body, "adminRoles", u->admin_roles);
	return r;
}

int
goto_user_update(struct goto_client *c, const char *user_key,
    const struct user *fields, unsigned set, struct err *err)
{
	AUTO(json_done) struct json *body = json_new_object();
	AUTO(url_done) struct url u = URL_NONE;
	struct goto_call call = {
	    .verb = GOTO_VERB_UPDATE,
	    .method = "PUT",
	    .body = body,
	    .max_bytes = API_ANSWER_BYTES,
	};
	int r;

	if (set == 0)
		return 0;
	if (user_update_body(body, fields, set) < 0)
		return err_nomem(err);
	url_account(&u, c, err);
	url_add(&u, "/users/");
	url_key(&u, user_key);
	r = url_check(&u, &call.url, err);
	return r < 0 ? r : api_call(c, &call, NULL, err);
}

int
goto_user_delete(struct goto_client *c, const char *user_key, struct err *err)
{
	AUTO(url_done) struct url u = URL_NONE;
	struct goto_call call = {
	    .verb = GOTO_VERB_DELETE,
	    .method = "DELETE",
	    .max_bytes = API_ANSWER_BYTES,
	};
	int r;

	url_account(&u, c, err);
	url_add(&u, "/users/");
	url_key(&u, user_key);
	r = url_check(&u, &call.url, err);
	if (r < 0)
		return r;
	r = api_call(c, &call, NULL, err);
	return r == -ENOENT ? 0 : r;
}
