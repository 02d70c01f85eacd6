/* SPDX-License-Identifier: MIT */
/*
 * activity_former: people by an address and a time.
 *
 * An address may have been another's, who has another one now, or has gone: he
 * is meant who had it then, as far as the mirror remembers.  What was done by
 * one who has gone is nobody's here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "activity_ask_int.h"
#include "gotofs/list.h"
#include "gotofs/name.h"
#include "gotofs/store.h"
#include "gotofs/text.h"

struct former {
	char *name; /* of a file */
	char *key;
	int64_t until_ms;
};

struct formers { /* by name, then time */
	struct former *v;
	size_t n;
};

static void
formers_done(struct formers *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].key);
	}
	free(l->v);
}

static int
former_add(void *ctx, const char *email, const char *key, int64_t until_ms)
{
	struct formers *l = ctx;
	struct former *v = list_grow(l->v, l->n, sizeof(*v));

	if (!v)
		return -ENOMEM;
	l->v = v;
	v += l->n++;
	*v = (struct former){
	    name_from_email(email, NULL), text_dup(key), until_ms};
	return v->name && v->key ? 0 : -ENOMEM;
}

static int
former_compare(const void *a, const void *b)
{
	const struct former *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	return (x->until_ms > y->until_ms) - (x->until_ms < y->until_ms);
}

static int
formers_load(struct tenant *t, struct formers *l, struct err *err)
{
	int r =
	    store_former_names_each(t->store, STORE_USER, former_add, l, err);

	if (r == -ENOMEM)
		return err_nomem(err);
	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), former_compare);
	return r;
}

/* Who had the name then, and lost it; or, later, the last who did. */
static const struct former *
former_find(const struct formers *l, const char *name, int64_t at_ms)
{
	size_t i, end;

	for (i = 0, end = l->n; i < end;) {
		size_t mid = i + (end - i) / 2;
		int order = strcmp(l->v[mid].name, name);

		if (order < 0 || (order == 0 && l->v[mid].until_ms <= at_ms))
			i = mid + 1;
		else
			end = mid;
	}
	if (i < l->n && strcmp(l->v[i].name, name) == 0)
		return &l->v[i];
	return i > 0 && strcmp(l->v[i - 1].name, name) == 0 ? &l->v[i - 1]
							    : NULL;
}

/* Of one use whose key is not told. */
static int
former_set_key(struct tenant *t, const struct formers *l, struct use *u)
{
	AUTO(text_done) char *name = name_from_email(u->email, NULL);
	const struct former *f;
	const struct person *p;
	const char *key = NULL;

	if (!name)
		return -ENOMEM;
	f = former_find(l, name, u->begin_ms);
	tenant_read_lock(t);
	p = person_by_name(t, name);
	if (p && p->key && !(f && f->until_ms > u->begin_ms))
		key = p->key;
	else if (f)
		key = f->key;
	u->user_key = text_dup(key);
	tenant_read_unlock(t);
	return key && !u->user_key ? -ENOMEM : 0;
}

int
activity_find_keys(struct tenant *t, struct use_list *uses, struct err *err)
{
	AUTO(formers_done) struct formers l = {NULL, 0};
	bool loaded = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < uses->n; i++) {
		struct use *u = &uses->v[i];

		if (u->user_key || !u->email || !*u->email)
			continue;
		if (!loaded)
			r = formers_load(t, &l, err);
		loaded = true;
		if (r == 0 && former_set_key(t, &l, u) < 0)
			r = err_nomem(err);
	}
	return r;
}
