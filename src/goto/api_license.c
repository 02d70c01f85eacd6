/* SPDX-License-Identifier: MIT */
/* Licenses and who has them (goto-api.md 3.1, 3.9). */
#include <errno.h>
#include <stdlib.h>

#include "api_int.h"
#include "decode_int.h"
#include "gotofs/err.h"
#include "gotofs/list.h"

static int
license_add(const struct json *item, void *list, struct err *err)
{
	struct license_list *l = list;
	struct license *v = list_grow(l->v, l->n, sizeof(*v));
	int r;

	if (!v)
		return err_nomem(err);
	l->v = v;
	v[l->n] = (struct license)LICENSE_NONE;
	r = decode_license(item, &v[l->n], err);
	l->n += r == 0;
	return r;
}

static const char *
license_key_at(const void *list, size_t i)
{
	return ((const struct license_list *)list)->v[i].key;
}

static size_t
license_n(const void *list)
{
	return ((const struct license_list *)list)->n;
}

static void
license_clear(void *list)
{
	license_list_done(list);
}

static const struct api_list license_api = {
    .path = "/licenses",
    .add = license_add,
    .key = license_key_at,
    .n = license_n,
    .clear = license_clear,
};

int
goto_licenses(struct goto_client *c, enum goto_priority prio,
    struct license_list *ret, struct err *err)
{
	struct license_list list = {NULL, 0};
	int r = api_list_all(c, prio, &license_api, &list, err);

	if (r == 0)
		*ret = list;
	return r;
}

/* Several licenses, one user (C). */
static int
license_call(struct goto_client *c, struct goto_call *call,
    char *const *license_keys, const char *user_key, struct err *err)
{
	AUTO(url_done) struct url u = URL_NONE;
	int r;

	call->max_bytes = API_ANSWER_BYTES;
	url_account(&u, c, err);
	url_add(&u, "/licenses/");
	url_keys(&u, license_keys);
	url_add(&u, "/users/");
	url_key(&u, user_key);
	r = url_check(&u, &call->url, err);
	return r < 0 ? r : api_call(c, call, NULL, err);
}

int
goto_license_assign(struct goto_client *c, char *const *license_keys,
    const char *user_key, struct err *err)
{
	struct goto_call call = {.verb = GOTO_VERB_ASSIGN, .method = "POST"};

	if (!license_keys || !*license_keys)
		return 0;
	return license_call(c, &call, license_keys, user_key, err);
}

/* Removing one that is not held: 404 or 2xx (3.9, D).  Of several, nobody knows
 * what became of the others. */
int
goto_license_unassign(struct goto_client *c, char *const *license_keys,
    const char *user_key, struct err *err)
{
	struct goto_call call = {.method = "DELETE"};
	int r;

	if (!license_keys || !*license_keys)
		return 0;
	r = license_call(c, &call, license_keys, user_key, err);
	return r == -ENOENT && !license_keys[1] ? 0 : r;
}
