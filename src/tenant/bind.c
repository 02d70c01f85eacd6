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

/* An address as all its spellings have it: scheme and host in lower case, no
 * port that goes without saying, no slashes at the end. */
static char *
bind_plain(const char *url)
{
	char *plain = text_dup(url), *host, *end;
	const char *port;
	size_t n = plain ? strlen(plain) : 0;

	while (n > 0 && plain[n - 1] == '/')
		plain[--n] = '\0';
	host = plain ? strstr(plain, "://") : NULL;
	if (!host)
		return plain;
	host += strlen("://");
	end = host + strcspn(host, "/");
	for (char *p = plain; p < end; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	port = text_starts(plain, "https:") ? ":443" : ":80";
	n = strlen(port);
	if ((size_t)(end - host) > n && strncmp(end - n, port, n) == 0)
		memmove(end - n, end, strlen(end) + 1);
	return plain;
}

static char *
bind_api(const char *url)
{
	return bind_plain(url ? url : GOTO_API_URL);
}

/* was, was_at: NULL when not noted; is: NULL when not known. */
static int
bind_judge(const char *state_dir, const char *was, const char *was_at,
    const char *is, const char *is_at, struct err *err)
{
	AUTO(text_done) char *plain = was_at ? bind_plain(was_at) : NULL;

	if (was_at && !plain)
		return err_nomem(err);
	if ((!was || !is || strcmp(was, is) == 0) &&
	    (!plain || strcmp(plain, is_at) == 0))
		return 0;
	return err_set(err, -EMEDIUMTYPE, /* of nothing else */
	    "%s is the state folder of account %s at %s, and the profile now "
	    "leads to %s%s at %s: give that one a profile of its own (or "
	    "another state_dir), or remove the folder if nothing in it is "
	    "pending",
	    state_dir, was ? was : "?", was_at ? was_at : "?",
	    is ? "account " : "one", is ? is : "", is_at);
}

int
bind_store(struct tenant *t, struct store_batch *b, struct err *err)
{
	AUTO(text_done) char *api = bind_api(t->conf.api->api_url);
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
	AUTO(text_done) char *at = bind_api(t->conf.api->api_url);
	int r = at ? bind_load(t, BIND_ACCOUNT, &was, err) : err_nomem(err);

	if (r == 0)
		r = bind_load(t, BIND_API, &was_at, err);
	if (r == 0)
		r = bind_judge(t->state_dir, was, was_at, account, at, err);
	if (r < 0 || !account || t->bound)
		return r;
	text_done(&t->account);
	t->account = text_dup(account);
	if (!t->account)
		return err_nomem(err);
	if (store_generation(t->store) > 0 && (!was || !was_at))
		r = bind_take_over(t, err);
	t->bound = r == 0;
	return r;
}

/* NULL: not noted, or there is no mirror yet. */
static int
bind_peek(const char *state_dir, const char *name, char **ret, struct err *err)
{
	int r = store_meta_peek(state_dir, name, ret, err);

	return r == -ENOENT ? 0 : r;
}

int
tenant_check_owner(const char *state_dir, const char *api_url,
    const char *account, struct err *err)
{
	AUTO(text_done) char *was = NULL;
	AUTO(text_done) char *was_at = NULL;
	AUTO(text_done) char *at = bind_api(api_url);
	int r =
	    at ? bind_peek(state_dir, BIND_ACCOUNT, &was, err) : err_nomem(err);

	if (r == 0)
		r = bind_peek(state_dir, BIND_API, &was_at, err);
	return r < 0 ? r : bind_judge(state_dir, was, was_at, account, at, err);
}
