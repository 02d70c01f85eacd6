/* SPDX-License-Identifier: MIT */
/* Groups and who is in them (goto-api.md 3.1, 3.9). */
#include <errno.h>
#include <stdlib.h>

#include "api_int.h"
#include "decode_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/list.h"

static int
group_add(const struct json *item, void *list, struct err *err)
{
	struct group_list *l = list;
	struct group *v = list_grow(l->v, l->n, sizeof(*v));
	int r;

	if (!v)
		return err_nomem(err);
	l->v = v;
	v[l->n] = (struct group)GROUP_NONE;
	r = decode_group(item, &v[l->n], err);
	l->n += r == 0;
	return r;
}

static const char *
group_key_at(const void *list, size_t i)
{
	return ((const struct group_list *)list)->v[i].key;
}

static size_t
group_n(const void *list)
{
	return ((const struct group_list *)list)->n;
}

static void
group_clear(void *list)
{
	group_list_done(list);
}

static const struct api_list group_api = {
    .path = "/groups",
    .add = group_add,
    .key = group_key_at,
    .n = group_n,
    .clear = group_clear,
};

int
goto_groups(struct goto_client *c, enum goto_priority prio,
    struct group_list *ret, struct err *err)
{
	struct group_list list = {NULL, 0};
	int r = api_list_all(c, prio, &group_api, &list, err);

	if (r == 0)
		*ret = list;
	return r;
}

/* ".../groups" + "/{key}" + "/users/{user}"; NULL leaves a part out. */
static int
group_call(struct goto_client *c, struct goto_call *call, const char *group,
    const char *user, struct json **ret, struct err *err)
{
	AUTO(url_done) struct url u = URL_NONE;
	int r;

	call->max_bytes = API_ANSWER_BYTES;
	url_account(&u, c, err);
	url_add(&u, "/groups");
	if (group) {
		url_add(&u, "/");
		url_key(&u, group);
	}
	if (user) {
		url_add(&u, "/users/");
		url_key(&u, user);
	}
	r = url_check(&u, &call->url, err);
	return r < 0 ? r : api_call(c, call, ret, err);
}

/* A 2xx without a key: it exists, and the list will tell its key. */
static int
group_read_key(const struct json *j, char **ret_key, struct err *err)
{
	int r = decode_bare_key(j, ret_key, err);

	if (r < 0) {
		err_prefix(err, "created, but its key is unknown");
		if (err)
			err->code = -EINPROGRESS;
		return -EINPROGRESS;
	}
	return 0;
}

int
goto_group_create(struct goto_client *c, const char *name,
    const char *parent_key, char **ret_key, struct err *err)
{
	AUTO(json_done) struct json *body = json_new_object(), *j = NULL;
	struct goto_call call = {
	    .verb = GOTO_VERB_CREATE,
	    .method = "POST",
	    .body = body,
	};
	int r = body ? json_set_str(body, "name", name) : -ENOMEM;

	if (r == 0 && parent_key)
		r = json_set_str(body, "parentKey", parent_key);
	if (r < 0)
		return err_nomem(err);
	r = group_call(c, &call, NULL, NULL, &j, err);
	return r < 0 ? r : group_read_key(j, ret_key, err);
}

static int
group_need_key(const char *key, struct err *err)
{
	return key ? 0 : err_set(err, -EINVAL, "a key is missing");
}

int
goto_group_rename(struct goto_client *c, const char *group_key,
    const char *name, struct err *err)
{
	AUTO(json_done) struct json *body = json_new_object();
	struct goto_call call = {
	    .verb = GOTO_VERB_UPDATE,
	    .method = "PUT",
	    .body = body,
	};
	int r = group_need_key(group_key, err);

	if (r < 0)
		return r;
	if (!body || json_set_str(body, "name", name) < 0)
		return err_nomem(err);
	return group_call(c, &call, group_key, NULL, NULL, err);
}

int
goto_group_delete(struct goto_client *c, const char *group_key, struct err *err)
{
	struct goto_call call = {
	    .verb = GOTO_VERB_DELETE,
	    .method = "DELETE",
	};
	int r = group_need_key(group_key, err);

	return r < 0 ? r : group_call(c, &call, group_key, NULL, NULL, err);
}

int
goto_group_put_user(struct goto_client *c, const char *group_key,
    const char *user_key, struct err *err)
{
	struct goto_call call = {.verb = GOTO_VERB_UPDATE, .method = "PUT"};
	int r = group_need_key(group_key, err);

	if (r == 0)
		r = group_need_key(user_key, err);
	if (r < 0)
		return r;
	return group_call(c, &call, group_key, user_key, NULL, err);
}

/* There is no removal from one group, only from all of them, that is from the
 * one he is in (C).  Being in none is what was wanted. */
int
goto_group_take_out(
    struct goto_client *c, const char *user_key, struct err *err)
{
	AUTO(url_done) struct url u = URL_NONE;
	struct goto_call call = {
	    .verb = GOTO_VERB_UPDATE,
	    .method = "DELETE",
	    .max_bytes = API_ANSWER_BYTES,
	};
	int r;

	url_account(&u, c, err);
	url_add(&u, "/users/");
	url_key(&u, user_key);
	url_add(&u, "/groups");
	r = url_check(&u, &call.url, err);
	if (r < 0)
		return r;
	r = api_call(c, &call, NULL, err);
	return r == -ENOENT ? 0 : r;
}
