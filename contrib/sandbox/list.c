/* SPDX-License-Identifier: MIT */
/* The answer of list calls. See list.h. */
#include "list.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "switches.h"

struct page {
	size_t size;
	size_t from;
	const char *names; /* fields wanted, separated by commas; or NULL */
};

/* A parameter that is a number; -EINVAL if it is none. */
static int
number_param(const struct call *c, const char *name, long least, long *number)
{
	const char *text = call_param(c, name);
	uint64_t n;

	if (!text)
		return 0;
	if (!mem_number(text, LONG_MAX, &n) || n < (uint64_t)least)
		return -EINVAL;
	*number = (long)n;
	return 0;
}

/* 3.2: pageSize at most 1000 (B), clamped beyond (D); offset not negative. */
static int
page_parse(struct call *c, struct page *page)
{
	long size = switch_int(SW_PAGE_DEFAULT), from = 0;
	long most = switch_int(SW_PAGE_MAX);

	if (number_param(c, "pageSize", 1, &size) ||
	    number_param(c, "offset", 0, &from))
		return -EINVAL;
	if (size > most && switch_is(SW_PAGE_OVER, "refuse"))
		return -EINVAL;
	page->size = (size_t)(size < most ? size : most);
	page->from = (size_t)from;
	page->names = call_param(c, "attributes");
	if (!page->names)
		page->names = call_param(c, "attributeNames");
	return 0;
}

static int
rows_filter(struct call *c, const struct rows *kind, void **all, size_t *n)
{
	const char *text = call_param(c, "filter");
	struct filter *f = NULL;
	size_t kept = 0;

	if (!text || !*text)
		return 0;
	if (filter_parse(text, kind->names, &f))
		return -EINVAL;
	for (size_t i = 0; i < *n; i++) {
		if (filter_match(f, kind->field, all[i]))
			all[kept++] = all[i];
	}
	filter_free(f);
	*n = kept;
	return 0;
}

struct sorting {
	filter_field_fn *field;
	char name[32];
	int sign;
};

static int
rows_compare(const void *a, const void *b, void *arg)
{
	const struct sorting *s = arg;
	const char *x = s->field(*(void *const *)a, s->name);
	const char *y = s->field(*(void *const *)b, s->name);

	if (!x || !y)
		return 0;
	return s->sign * strcmp(x, y);
}

/* ascending=firstName=true is documented (A), ascending=firstName assumed. */
static void
rows_sort(struct call *c, const struct rows *kind, void **all, size_t n)
{
	const char *up = call_param(c, "ascending");
	const char *down = call_param(c, "descending");
	const char *text = up ? up : down;
	struct sorting s = {kind->field, "", up ? 1 : -1};
	size_t length = text ? strcspn(text, "=") : 0;

	if (!text || length >= sizeof s.name)
		return;
	if (strcmp(text + length, "=true") &&
	    (text[length] || !switch_on(SW_SORT_PLAIN)))
		return;
	memcpy(s.name, text, length);
	qsort_r(all, n, sizeof *all, rows_compare, &s);
}

/* Each list call sees the rows moved by one more, as if the order were not
 * stable while one turns the pages. */
static void
rows_shift(void **all, size_t n)
{
	static size_t calls;
	AUTO(mem_auto_free) void **copy = NULL;
	size_t by;

	if (!switch_is(SW_ORDER, "shifting") || n < 2)
		return;
	by = calls++ % n;
	copy = mem_alloc(n * sizeof *copy);
	memcpy(copy, all, n * sizeof *copy);
	memcpy(all, copy + by, (n - by) * sizeof *copy);
	memcpy(all + n - by, copy, by * sizeof *copy);
}

static bool
name_listed(const char *names, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = names; at; at = strchr(at, ',')) {
		at += *at == ',';
		at += strspn(at, " ");
		if (!strncmp(at, name, n) && (!at[n] || at[n] == ','))
			return true;
	}
	return false;
}

static void
row_add(struct buf *out, const struct rows *kind, void *row, const char *names)
{
	AUTO(mem_auto_free) char *text = NULL;
	cJSON *tree;

	if (!names && kind->text) {
		buf_str(out, kind->text(row));
		return;
	}
	tree = kind->tree(row);
	for (cJSON *item = tree->child, *next; names && item; item = next) {
		next = item->next;
		if (!name_listed(names, item->string))
			cJSON_Delete(cJSON_DetachItemViaPointer(tree, item));
	}
	text = cJSON_PrintUnformatted(tree);
	cJSON_Delete(tree);
	buf_str(out, text);
}

/* 3.3 B: fromIndex inclusive, toIndex exclusive, total of all matches. The
 * rows are printed already, so the envelope is put around them as text. */
static void
page_reply(struct call *c, const struct rows *kind, void **all, size_t n,
    const struct page *page)
{
	struct buf out = {.max = (size_t)1 << 30};
	size_t from = page->from < n ? page->from : n;
	size_t to = n - from < page->size ? n : from + page->size;
	bool absent = from == to && switch_is(SW_EMPTY_RESULTS, "absent");
	char *text;

	buf_str(&out, absent ? "{" : "{\"results\":[");
	for (size_t i = from; i < to; i++) {
		if (i > from)
			buf_str(&out, ",");
		row_add(&out, kind, all[i], page->names);
	}
	buf_str(&out, absent ? "" : "],");
	buf_printf(&out, "\"fromIndex\":%zu,\"toIndex\":%zu,\"total\":%zu}",
	    from, to, n);
	n = out.n;
	text = buf_take(&out, NULL);
	reply_take(c, 200, "application/json", text, n);
}

void
list_reply(struct call *c, const struct rows *kind, void **all, size_t n)
{
	struct page page;

	if (page_parse(c, &page)) {
		reply_error(c, 400, "page.invalid", NULL);
		return;
	}
	if (rows_filter(c, kind, all, &n)) {
		reply_error(c, (int)switch_int(SW_FILTER_STATUS),
		    "filter.invalid", call_param(c, "filter"));
		return;
	}
	rows_shift(all, n);
	rows_sort(c, kind, all, n);
	page_reply(c, kind, all, n, &page);
}
