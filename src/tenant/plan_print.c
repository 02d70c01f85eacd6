/* SPDX-License-Identifier: MIT */
/* plan_print: a plan as text for people, and as JSON for programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "plan_int.h"

static const char plan_sign[PLAN_OPS_N] = {'+', '~', '-'};
static const char *const plan_word[PLAN_OPS_N] = {"add", "change", "remove"};

static int
plan_compare(const void *a, const void *b)
{
	const struct plan_line *x = a, *y = b;
	int r = strcmp(x->path, y->path);

	return r ? r : (int)x->op - (int)y->op;
}

void
plan_sort(struct plan *p)
{
	if (p->lines_n > 1)
		qsort(p->line, p->lines_n, sizeof(*p->line), plan_compare);
}

static void
plan_count(const struct plan *p, long n[PLAN_OPS_N])
{
	size_t i;

	memset(n, 0, PLAN_OPS_N * sizeof(*n));
	for (i = 0; i < p->lines_n; i++)
		n[p->line[i].op]++;
}

/* ---- text ---- */

static int
print_line(const struct plan_line *l, struct buf *out)
{
	int r = buf_printf(out, "%c %s", plan_sign[l->op], l->path);
	unsigned i;

	if (r == 0 && l->to)
		r = buf_printf(out, " -> %s", l->to);
	for (i = 0; r == 0 && i < l->fields_n; i++)
		r = buf_printf(out, "%s %s: %s -> %s",
		    i > 0 || l->to ? "," : "", l->field[i].name,
		    l->field[i].from, l->field[i].to);
	return r < 0 ? r : buf_putc(out, '\n');
}

static int
print_guard(const struct plan *p, struct buf *out)
{
	size_t i;
	int r = 0;

	if (p->beyond_n == 0)
		return buf_puts(out, "guard: within the limits\n");
	for (i = 0; r == 0 && i < p->beyond_n; i++)
		r = buf_printf(out,
		    "guard: beyond the limit: %s: %ld removals, at most %ld\n",
		    p->beyond[i].collection, p->beyond[i].removals_n,
		    p->beyond[i].limit_n);
	return r;
}

int
plan_print(const struct plan *p, struct buf *out)
{
	long n[PLAN_OPS_N];
	size_t i;
	int r = 0;

	if (p->lines_n == 0)
		return buf_puts(out, "nothing to do\n");
	for (i = 0; r == 0 && i < p->lines_n; i++)
		r = print_line(&p->line[i], out);
	plan_count(p, n);
	if (r == 0)
		r = buf_printf(out,
		    "\n%ld to add, %ld to change, %ld to "
		    "remove\n",
		    n[PLAN_ADD], n[PLAN_CHANGE], n[PLAN_REMOVE]);
	if (r == 0)
		r = print_guard(p, out);
	if (r == 0)
		r = buf_printf(out, "%ld call%s to send\n", p->calls_n,
		    p->calls_n == 1 ? "" : "s");
	return r;
}

/* ---- JSON ---- */

static int
print_json_text(struct json *obj, const char *name, const char *text)
{
	struct json *value = NULL;
	struct err err = ERR_NONE;
	int r = json_parse(text, strlen(text), &value, &err);

	return r < 0 ? r : json_set(obj, name, value);
}

static int
print_json_fields(const struct plan_line *l, struct json *line)
{
	struct json *fields = json_new_object();
	int r = json_set(line, "fields", fields);
	unsigned i;

	for (i = 0; r == 0 && i < l->fields_n; i++) {
		struct json *f = json_new_object();

		r = json_set(fields, l->field[i].name, f);
		if (r == 0)
			r = print_json_text(f, "from", l->field[i].from);
		if (r == 0)
			r = print_json_text(f, "to", l->field[i].to);
	}
	return r;
}

static int
print_json_line(const struct plan_line *l, struct json *list)
{
	struct json *line = json_new_object();
	int r = json_push(list, line);

	if (r == 0)
		r = json_set_str(line, "op", plan_word[l->op]);
	if (r == 0)
		r = json_set_str(line, "path", l->path);
	if (r == 0 && l->to)
		r = json_set_str(line, "to", l->to);
	if (r == 0 && l->fields_n > 0)
		r = print_json_fields(l, line);
	return r;
}

static int
print_json_beyond(const struct plan_beyond *b, struct json *list)
{
	struct json *one = json_new_object();
	int r = json_push(list, one);

	if (r == 0)
		r = json_set_str(one, "collection", b->collection);
	if (r == 0)
		r = json_set_int(one, "removals", b->removals_n);
	return r < 0 ? r : json_set_int(one, "limit", b->limit_n);
}

static int
print_json_guard(const struct plan *p, struct json *j)
{
	struct json *guard = json_new_object(), *list = NULL;
	int r = json_set(j, "guard", guard);
	size_t i;

	if (r == 0)
		r = json_set_bool(guard, "within", p->beyond_n == 0);
	if (r == 0) {
		list = json_new_array();
		r = json_set(guard, "beyond", list);
	}
	for (i = 0; r == 0 && i < p->beyond_n; i++)
		r = print_json_beyond(&p->beyond[i], list);
	return r;
}

int
plan_print_json(const struct plan *p, struct buf *out)
{
	AUTO(json_done) struct json *j = json_new_object();
	struct json *list;
	long n[PLAN_OPS_N];
	size_t i;
	int r;

	if (!j)
		return -ENOMEM;
	list = json_new_array();
	r = json_set(j, "changes", list);
	for (i = 0; r == 0 && i < p->lines_n; i++)
		r = print_json_line(&p->line[i], list);
	plan_count(p, n);
	for (i = 0; r == 0 && i < PLAN_OPS_N; i++)
		r = json_set_int(j, plan_word[i], n[i]);
	if (r == 0)
		r = print_json_guard(p, j);
	if (r == 0)
		r = json_set_int(j, "calls", p->calls_n);
	return r < 0 ? r : json_print(j, out);
}
