/* SPDX-License-Identifier: MIT */
/* Whose token works here, as the mirror has him: see status_int.h. */
#include <errno.h>

#include "gotofs/document.h"
#include "gotofs/json.h"
#include "gotofs/record.h"
#include "status_int.h"
#include "tenant_int.h"

#define STATUS_RECORD_BYTES (1024 * 1024)

/* -ENOENT: he is not in the mirror (yet). */
static int
account_user(struct tenant *t, struct user *ret)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STATUS_RECORD_BYTES);
	struct err err = ERR_NONE;
	const struct person *me =
	    t->me_key ? person_by_key(t, t->me_key) : NULL;
	int r = me ? person_record(t, me, &text) : -ENOENT;

	return r < 0 ? r
		     : document_parse_user(buf_str(&text), text.len, ret, &err);
}

static int
account_roles(const struct user *me, struct json *m)
{
	struct json *roles = json_new_array();
	int r = json_set(m, "roles", roles);
	char **role;

	for (role = me->admin_roles; r == 0 && role && *role; role++)
		r = json_push_str(roles, *role);
	return r;
}

static int
account_rights(const struct user *me, struct json *m)
{
	struct json *may = json_new_array(), *may_not = json_new_array();
	const struct user_right *right;
	int r = json_set(m, "may", may), e = json_set(m, "mayNot", may_not);

	if (r == 0)
		r = e;
	for (right = user_rights; r == 0 && right->role; right++)
		r = json_push_str(
		    user_may(me, right) ? may : may_not, right->what);
	return r;
}

int
status_account(struct tenant *t, struct json *j)
{
	AUTO(user_done) struct user me = USER_NONE;
	struct json *m = json_new_object();
	struct goto_stats s;
	int r = json_set(j, "token", m);

	goto_get_stats(t->api, &s);
	if (r == 0)
		r = *s.account_key ? json_set_str(m, "account", s.account_key)
				   : json_set_null(m, "account");
	if (r < 0)
		return r;
	r = account_user(t, &me);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = json_set_str(m, "user", me.email);
	if (r == 0)
		r = account_roles(&me, m);
	return r < 0 ? r : account_rights(&me, m);
}
