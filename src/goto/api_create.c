/* SPDX-License-Identifier: MIT */
/* Making users (goto-api.md 3.6). */
#include <errno.h>
#include <stdlib.h>

#include "api_int.h"
#include "decode_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

static int
create_set(struct json *obj, const char *name, const char *value)
{
	return value ? json_set_str(obj, name, value) : 0;
}

/* email, names and locale are documented (A); timeZone is not (D). */
static struct json *
create_user(const struct user *u)
{
	AUTO(json_done) struct json *j = json_new_object();

	if (!j || create_set(j, "email", u->email) < 0 ||
	    create_set(j, "firstName", u->first_name) < 0 ||
	    create_set(j, "lastName", u->last_name) < 0 ||
	    create_set(j, "locale", u->locale) < 0 ||
	    create_set(j, "timeZone", u->time_zone) < 0)
		return NULL;
	return TAKE(j);
}

static struct json *
create_users(const struct goto_create *req)
{
	AUTO(json_done) struct json *list = json_new_array();

	for (size_t i = 0; list && i < req->n; i++)
		if (json_push(list, create_user(&req->users[i])) < 0)
			return NULL;
	return TAKE(list);
}

static int
create_mail(struct json *body, const struct goto_create *req)
{
	AUTO(json_done) struct json *mail = NULL;

	if (req->suppress_email)
		return json_set_bool(body, "suppressEmail", true);
	if (!req->mail_subject || !req->mail_text)
		return 0;
	mail = json_new_object();
	if (!mail || json_set_str(mail, "subject", req->mail_subject) < 0 ||
	    json_set_str(mail, "text", req->mail_text) < 0)
		return -ENOMEM;
	return json_set(body, "emailContent", TAKE(mail));
}

static int
create_body(struct json *body, const struct goto_create *req)
{
	int r = body ? json_set(body, "users", create_users(req)) : -ENOMEM;

	if (r == 0 && req->license_keys && *req->license_keys)
		r = json_set_strv(body, "licenseKeys", req->license_keys);
	if (r == 0)
		r = create_set(body, "groupKey", req->group_key);
	if (r == 0 && req->admin_roles && *req->admin_roles)
		r = json_set_strv(body, "adminRoles", req->admin_roles);
	return r < 0 ? r : create_mail(body, req);
}

/* A success whose answer we cannot use: they exist, their keys are unknown. */
static int
create_read(const struct json *j, const struct goto_create *req,
    char **ret_keys, struct err *err)
{
	int r = decode_created(j, req->users, req->n, ret_keys, err);

	if (r < 0) {
		err_prefix(err, "created, but their keys are unknown");
		if (err)
			err->code = -EINPROGRESS;
		return -EINPROGRESS;
	}
	return 0;
}

int
goto_users_create(struct goto_client *c, const struct goto_create *req,
    char **ret_keys, struct err *err)
{
	AUTO(json_done) struct json *body = json_new_object(), *j = NULL;
	AUTO(url_done) struct url u = URL_NONE;
	struct goto_call call = {
	    .verb = GOTO_VERB_CREATE,
	    .method = "POST",
	    .body = body,
	    .max_bytes = API_ANSWER_BYTES,
	};
	int r;

	if (req->n < 1 || req->n > GOTO_CREATE_MAX)
		return err_set(err, -EINVAL, "one call creates 1 to %d users",
		    GOTO_CREATE_MAX);
	if (create_body(body, req) < 0)
		return err_nomem(err);
	url_account(&u, c, err);
	url_add(&u, "/users?allOrNothing=true");
	r = url_check(&u, &call.url, err);
	if (r == 0)
		r = api_call(c, &call, &j, err);
	return r < 0 ? r : create_read(j, req, ret_keys, err);
}
