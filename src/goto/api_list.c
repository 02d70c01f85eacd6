/* SPDX-License-Identifier: MIT */
/*
 * Lists.  Records come and go between two pages; a shifted page shows one
 * twice and hides another.  A listing counts only if every key is there once
 * and they are as many as the last page's total says.
 *
 * The next offset is offset + records received: that is toIndex (exclusive:
 * 3.3, B), and right also should toIndex turn out to be inclusive.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api_int.h"
#include "decode_int.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

#define API_LIST_PAGE 200

int
api_page(struct goto_client *c, enum goto_priority prio,
    const struct api_list *what, const char *url, long offset, void *list,
    long *ret_n, long *ret_total, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	struct goto_call call = {
	    .prio = prio,
	    .method = "GET",
	    .url = url,
	    .max_bytes = API_LIST_BYTES,
	};
	struct decode_page page;
	const struct json *item;
	int r = api_call(c, &call, &j, err);

	if (r < 0)
		return r;
	r = decode_page(j, offset, &page, err);
	if (r < 0)
		return api_unusable(r, err);
	item = json_first(page.results);
	for (; item && r == 0; item = json_next(item))
		r = what->add(item, list, err);
	if (r < 0)
		return api_unusable(r, err);
	*ret_n = page.n;
	*ret_total = page.total;
	return 0;
}

static int
api_list_url(struct goto_client *c, const struct api_list *what, long offset,
    struct url *u, const char **ret, struct err *err)
{
	url_account(u, c, err);
	url_add(u, what->path);
	url_number(u, "?pageSize", API_LIST_PAGE);
	url_number(u, "&offset", offset);
	return url_check(u, ret, err);
}

static int
api_list_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool
api_has_twins(const char **keys, size_t n)
{
	bool twins = false;

	if (n > 0)
		qsort(keys, n, sizeof(*keys), api_list_compare);
	for (size_t i = 1; i < n && !twins; i++)
		twins = strcmp(keys[i - 1], keys[i]) == 0;
	return twins;
}

/* 1: a key is there twice; 0; -ENOMEM. */
static int
api_list_has_twins(const struct api_list *what, const void *list)
{
	size_t n = what->n(list);
	const char **keys = reallocarray(NULL, n + 1, sizeof(*keys));
	int twins;

	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		keys[i] = what->key(list, i);
	twins = api_has_twins(keys, n);
	free(keys);
	return twins;
}

/* 1: complete; 0: it changed under our eyes. */
static int
api_list_try(struct goto_client *c, enum goto_priority prio,
    const struct api_list *what, void *list, struct err *err)
{
	long offset = 0, n = 0, total = 0;
	int r;

	do {
		AUTO(url_done) struct url u = URL_NONE;
		const char *url;

		r = api_list_url(c, what, offset, &u, &url, err);
		if (r == 0)
			r = api_page(
			    c, prio, what, url, offset, list, &n, &total, err);
		if (r < 0)
			return r;
		offset += n;
	} while (n > 0 && offset < total && offset <= API_LIST_MAX);
	if (offset != total)
		return 0;
	r = api_list_has_twins(what, list);
	return r < 0 ? err_nomem(err) : !r;
}

int
api_list_all(struct goto_client *c, enum goto_priority prio,
    const struct api_list *what, void *list, struct err *err)
{
	for (int i = 0; i < API_LIST_TRIES; i++) {
		int r = api_list_try(c, prio, what, list, err);

		if (r > 0)
			return 0;
		what->clear(list);
		if (r < 0)
			return r;
	}
	return err_set(err, -EIO,
	    "GoTo's list of %s was incomplete %d times in a row",
	    what->path + 1, API_LIST_TRIES);
}
