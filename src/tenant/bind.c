/* SPDX-License-Identifier: MIT */
/*
 * bind: whose the state folder is.
 *
 * Its mirror, and what is pending in it, are of one account of one API.  Sent
 * to another, the queue would change people there whom nobody meant, and the
 * other's people would be shown as what became of ours.  So nothing is sent and
 * nothing is published before it is known that both are as they were.  A folder
 * of a gotofs that did not note it is taken over: it cannot know better.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "gotofs/text.h"
#include "tenant_int.h"

#define BIND_ACCOUNT "account"
#define BIND_API "api_url"

/* NULL: not noted */
static int
bind_load(struct tenant *t, const char *name, char **ret, struct err *err)
{
	struct err ignored = ERR_NONE;
	int r = store_meta_get(t->store, name, ret, &ignored);

	if (r < 0 && r != -ENOENT)
		return err_set(err, r, "%s", ignored.msg);
	return 0;
}

/* Without the slashes at its end, which change nothing. */
static char *
bind_api(const struct tenant *t)
{
	const char *url = t->conf.api->api_url;
	size_t n;

	url = url ? url : GOTO_API_URL;
	n = strlen(url);
	while (n > 0 && url[n - 1] == '/')
		n--;
	return strndup(url, n);
}

static int
bind_refuse(const struct tenant *t, const char *was, const char *was_at,
    const char *is, const char *is_at, struct err *err)
{
	return err_set(err, -EMEDIUMTYPE, /* of nothing else */
	    "%s is the state folder of account %s at %s, and the profile now "
	    "leads to %s%s at %s: give that one a profile of its own (or "
	    "another state_dir), or remove the folder if nothing in it is "
	    "pending",
	    t->state_dir, was ? was : "?", was_at ? was_at : "?",
	    is ? "account " : "one", is ? is : "", is_at);
}

int
bind_store(struct tenant *t, struct store_batch *b, struct err *err)
{
	AUTO(text_done) char *api = bind_api(t);
	int r = api ? 0 : err_nomem(err);

	if (r == 0)
		r = store_meta_set(b, BIND_ACCOUNT, t->account, err);
	return r < 0 ? r : store_meta_set(b, BIND_API, api, err);
}

static int
bind_take_over(struct tenant *t, struct err *err)
{
	struct store_batch *b = NULL;
	int r = tenant_batch(t, &b, err);

	if (r < 0)
		return r;
	r = bind_store(t, b, err);
	return store_end(b, r, err);
}

int
bind_check(struct tenant *t, const char *account, struct err *err)
{
	AUTO(text_done) char *was = NULL;
	AUTO(text_done) char *was_at = NULL;
	AUTO(text_done) char *at = bind_api(t);
	int r = at ? bind_load(t, BIND_ACCOUNT, &was, err) : err_nomem(err);

	if (r == 0)
		r = bind_load(t, BIND_API, &was_at, err);
	if (r < 0)
		return r;
	if ((was && account && strcmp(was, account) != 0) ||
	    (was_at && strcasecmp(was_at, at) != 0))
		return bind_refuse(t, was, was_at, account, at, err);
	if (!account || t->bound)
		return 0;
	text_done(&t->account);
	t->account = text_dup(account);
	if (!t->account)
		return err_nomem(err);
	if (store_generation(t->store) > 0 && (!was || !was_at))
		r = bind_take_over(t, err);
	t->bound = r == 0;
	return r;
}
