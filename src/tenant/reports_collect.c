/* SPDX-License-Identifier: MIT */
/*
 * reports_collect: what the tenant knows, as one plain struct.
 *
 * Two passes: what is in memory, with the tree's lock; then, without it, what
 * is in the store (names, the trend).  A version of a record stays readable
 * when it is replaced in between, so that the rows are of one moment.  Changes
 * do not wait for the first pass: it lets them go ahead, and begins anew if
 * there were any; but not for ever.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "reports_int.h"
#include "tenant_int.h"

#define COLLECT_SOME 2000 /* people for whom changes wait */
#define COLLECT_TRIES 3

/* ---- licenses ---- */

/* Where a license of the tenant is in the list. */
struct collect_place {
	const struct tenant_license *license;
	uint32_t i;
};

struct collect {
	struct tenant *t;
	struct reports_input *in;
	struct collect_place *place; /* by address */
	int64_t next_ms;
};

static int
collect_name_order(const void *a, const void *b)
{
	const struct collect_place *x = a, *y = b;

	return strcmp(x->license->name, y->license->name);
}

static int
collect_place_order(const void *a, const void *b)
{
	const struct collect_place *x = a, *y = b;

	return x->license < y->license ? -1 : x->license > y->license;
}

static void
collect_price(const struct tenant *t, struct reports_license *l)
{
	const struct reports_price *v =
	    reports_prices_find(&t->prices.list, l->name);

	if (!v)
		return;
	l->price = v->money;
	memcpy(l->currency, v->currency, sizeof(l->currency));
}

static int
collect_license(const struct tenant *t, struct reports_input *in,
    const struct tenant_license *from)
{
	struct reports_license *l = reports_input_add_license(in, from->name);

	if (!l)
		return -ENOMEM;
	l->key = text_dup(from->key);
	l->title = text_dup(from->description ? from->description : "");
	l->products = activity_products(from);
	l->owned = from->seats;
	collect_price(t, l);
	return l->key && l->title ? 0 : -ENOMEM;
}

static int
collect_licenses(struct collect *c)
{
	const struct tenant *t = c->t;
	size_t i, n = t->licenses_n;
	int r = 0;

	c->place = n ? calloc(n, sizeof(*c->place)) : NULL;
	if (n == 0 || !c->place)
		return n ? -ENOMEM : 0;
	for (i = 0; i < n; i++)
		c->place[i].license = t->license[i];
	qsort(c->place, n, sizeof(*c->place), collect_name_order);
	for (i = 0; r == 0 && i < n; i++) {
		c->place[i].i = (uint32_t)i;
		r = collect_license(t, c->in, c->place[i].license);
	}
	qsort(c->place, n, sizeof(*c->place), collect_place_order);
	return r;
}

static uint32_t
collect_place(const struct collect *c, const struct tenant_license *l)
{
	const struct collect_place key = {l, 0}, *found;

	found = bsearch(&key, c->place, c->in->licenses_n, sizeof(key),
	    collect_place_order);
	return found ? found->i : 0; /* a seat is of a license that is there */
}

/* ---- people ---- */

static void
collect_seat(struct collect *c, const struct person *p, const struct seat *from,
    struct reports_seat *ret)
{
	struct judgement j;

	reclaim_judge_seat(c->t, p, from->license, c->in->now_ms, &j);
	*ret = (struct reports_seat){
	    .license = collect_place(c, from->license),
	    .usage = (uint8_t)j.usage,
	    .verdict = (uint8_t)j.verdict,
	    .product = (int8_t)j.product,
	    .last_ms = j.last_ms,
	    .since_ms = from->since_ns / CLOCK_NS_PER_MS,
	    .why = j.unknown_why,
	};
	if (j.next_ms < c->next_ms)
		c->next_ms = j.next_ms;
}

static void
collect_looked(struct reports_source *s, int64_t ms)
{
	if (ms <= 0)
		return;
	if (s->looked_first_ms == 0 || ms < s->looked_first_ms)
		s->looked_first_ms = ms;
	if (ms > s->looked_last_ms)
		s->looked_last_ms = ms;
}

static void
collect_use(struct collect *c, const struct person *p, unsigned products,
    struct reports_user *u)
{
	struct activity a;
	int i;

	for (i = 0; i < PRODUCT_N; i++) {
		bool known;

		if (!(products & PRODUCT_BIT(i)))
			continue;
		known = activity_get(c->t, p, (enum product)i, &a);
		c->in->source[i].used = true;
		if (known)
			collect_looked(&c->in->source[i], a.looked_ms);
		u->last_ms[i] = known ? a.last_ms : REPORTS_UNKNOWN;
	}
}

/* Its place below groups/. */
static char *
collect_group(const struct tenant_group *g)
{
	AUTO(text_done) char *above = NULL;

	if (!g->parent)
		return text_dup(g->name);
	above = collect_group(g->parent);
	return above ? text_printf("%s/%s", above, g->name) : NULL;
}

static int
collect_person(struct collect *c, const struct person *p)
{
	AUTO(text_done) char *email = NULL;
	struct reports_user *u;
	struct reports_seat seat;
	unsigned products = 0, i;
	int r = name_to_email(p->name, &email);

	u = r == -ENOMEM ? NULL
			 : reports_input_add_user(c->in, email ? email : "");
	if (!u)
		return -ENOMEM;
	r = 0;
	u->record = p->record;
	u->group = p->group ? collect_group(p->group) : NULL;
	if (p->group && !u->group)
		return -ENOMEM;
	for (i = 0; r == 0 && i < p->seats_n; i++) {
		products |= activity_products(p->seat[i].license);
		collect_seat(c, p, &p->seat[i], &seat);
		r = reports_input_add_seat(c->in, u, &seat);
	}
	collect_use(c, p, products, u);
	return r;
}

/* ---- the sources and the rules ---- */

static int
collect_sources(struct collect *c)
{
	int i;

	for (i = 0; i < PRODUCT_N; i++) {
		const char *why =
		    product_has_source((enum product)i)
			? activity_source_trouble(c->t, (enum product)i)
			: NULL;

		c->in->source[i].trouble = text_dup(why);
		if (why && !c->in->source[i].trouble)
			return -ENOMEM;
	}
	return 0;
}

/* The license itself, or the one whose title it is. */
static const struct tenant_license *
collect_priced(const struct tenant *t, const char *name, bool title)
{
	size_t i;

	for (i = 0; i < t->licenses_n; i++) {
		const struct tenant_license *l = t->license[i];

		if (text_equal(title ? l->description : l->name, name))
			return l;
	}
	return NULL;
}

/* A pattern may fit nothing today; a name that is none is a mistake, and the
 * license has no price. */
static int
collect_prices_trouble(const struct tenant *t, struct reports_input *in)
{
	const struct reports_prices *list = &t->prices.list;
	const struct tenant_license *l;
	size_t i;

	if (t->prices.trouble) {
		in->prices_trouble = text_dup(t->prices.trouble);
		return in->prices_trouble ? 0 : -ENOMEM;
	}
	for (i = 0; i < list->n; i++) {
		const struct reports_price *v = &list->v[i];

		if (strpbrk(v->license, "*?[\\") ||
		    collect_priced(t, v->license, false))
			continue;
		l = collect_priced(t, v->license, true);
		in->prices_trouble = text_printf(
		    "%s: line %d: there is no license \"%.200s\" in "
		    "licenses/%s%s",
		    t->prices_file, v->line, v->license,
		    l ? "; it is called " : "", l ? l->name : "");
		return in->prices_trouble ? 0 : -ENOMEM;
	}
	return 0;
}

static int
collect_words(struct collect *c)
{
	const struct tenant *t = c->t;
	struct reports_input *in = c->in;
	bool stale = t->pull_result < 0;

	in->profile = text_dup(t->profile);
	in->listed_ms = t->pull_ok_ms;
	in->listing_trouble = stale ? text_dup(t->pull_err.msg) : NULL;
	in->limits = t->reclaim.rules.limits;
	in->overridden = t->reclaim.rules.overrides_n > 0;
	return in->profile && (in->listing_trouble || !stale)
		   ? collect_prices_trouble(t, in)
		   : -ENOMEM;
}

/* With the tree's lock, which others may have meanwhile. False: they changed
 * something. */
static bool
collect_let_in(struct collect *c)
{
	unsigned long was = c->t->mutations;

	tenant_read_unlock(c->t);
	tenant_read_lock(c->t);
	return c->t->mutations == was;
}

/* With the tree's lock. -EAGAIN: others were let in, and it is of no use. */
static int
collect_memory(struct collect *c, bool let_in)
{
	const struct map *persons = &c->t->persons_by_name;
	struct map_link *l;
	size_t n = 0;
	int r = collect_words(c);

	if (r == 0)
		r = collect_sources(c);
	if (r == 0)
		r = collect_licenses(c);
	for (l = map_walk(persons, NULL); r == 0 && l;
	     l = map_walk(persons, l)) {
		const struct person *p = map_entry(l, struct person, by_name);

		if (p->record > 0)
			r = collect_person(c, p);
		if (r == 0 && let_in && ++n % COLLECT_SOME == 0 &&
		    !collect_let_in(c))
			r = -EAGAIN;
	}
	return r;
}

/* ---- the store ---- */

static int
collect_text(const struct json *j, const char *name, char **ret)
{
	const char *s = json_get_str(j, name);

	*ret = text_dup(s);
	return s && !*ret ? -ENOMEM : 0;
}

static int
collect_fields(
    struct reports_user *u, const char *text, size_t n, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	AUTO(text_done) char *email = NULL;
	int r = json_parse(text, n, &j, err);

	u->read = true;
	if (r == 0 && !*u->email)
		r = collect_text(j, "email", &email);
	if (email) {
		free(u->email);
		u->email = TAKE(email);
	}
	if (r == 0)
		r = collect_text(j, "firstName", &u->first_name);
	if (r == 0)
		r = collect_text(j, "lastName", &u->last_name);
	return r == 0 ? collect_text(j, "status", &u->status) : r;
}

static int
collect_version_order(const void *a, const void *b)
{
	const struct reports_user *x = a, *y = b;

	return x->record < y->record ? -1 : x->record > y->record;
}

struct collect_rows {
	struct reports_input *in; /* users by version */
	struct err *err;
};

static int
collect_row(void *ctx, const struct store_record *row)
{
	const struct collect_rows *rows = ctx;
	struct reports_input *in = rows->in;
	const struct reports_user key = {.record = row->id};
	struct reports_user *u = bsearch(
	    &key, in->user, in->users_n, sizeof(key), collect_version_order);

	return u ? collect_fields(u, row->text, row->text_bytes, rows->err) : 0;
}

/* Replaced since the first pass; trimmed: he is gone since. */
static int
collect_past(struct tenant *t, struct reports_user *u, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(4 * STAGE_BYTES_MAX);
	int r = store_record_text(t->store, u->record, &text, err);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : collect_fields(u, buf_str(&text), text.len, err);
}

/* In one walk, but for the few that move meanwhile. */
static int
collect_records(struct tenant *t, struct reports_input *in, struct err *err)
{
	struct collect_rows rows = {in, err};
	size_t i;
	int r;

	if (in->users_n == 0)
		return 0;
	qsort(in->user, in->users_n, sizeof(*in->user), collect_version_order);
	r = store_records_each(
	    t->store, STORE_USER, true, collect_row, &rows, err);
	for (i = 0; r == 0 && i < in->users_n; i++)
		if (!in->user[i].read)
			r = collect_past(t, &in->user[i], err);
	return r == -ENOMEM ? err_nomem(err) : r;
}

/* ---- the trend ---- */

struct collect_key {
	const char *key;
	uint32_t i;
};
struct collect_trend {
	struct reports_input *in;
	struct collect_key *key; /* sorted */
	int64_t today;
};

static int
collect_key_order(const void *a, const void *b)
{
	const struct collect_key *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static int
collect_day(void *ctx, const struct store_trend *v)
{
	struct collect_trend *c = ctx;
	const struct collect_key key = {v->license_key, 0}, *found;
	struct reports_day *d;

	found = bsearch(
	    &key, c->key, c->in->licenses_n, sizeof(key), collect_key_order);
	if (!found || v->day >= c->today)
		return 0; /* of today it is counted now */
	d = reports_input_add_day(c->in);
	if (!d)
		return -ENOMEM;
	*d = (struct reports_day){v->day, found->i, v->owned, v->assigned,
	    v->active, v->unknown, v->reclaimable};
	return 0;
}

static int
collect_today(struct reports_input *in, int64_t today)
{
	size_t i;

	for (i = 0; i < in->licenses_n; i++) {
		const struct reports_license *l = &in->license[i];
		struct reports_day *d = reports_input_add_day(in);

		if (!d)
			return -ENOMEM;
		*d = (struct reports_day){today, (uint32_t)i, l->owned,
		    l->assigned, l->usage[SEAT_ACTIVE], l->usage[SEAT_UNKNOWN],
		    l->verdict[SEAT_CANDIDATE]};
	}
	return 0;
}

static int
collect_trend(struct tenant *t, struct reports_input *in, struct err *err)
{
	struct collect_trend c = {in, NULL, in->now_ms / ACTIVITY_DAY_MS};
	size_t i;
	int r;

	if (in->licenses_n == 0)
		return 0;
	c.key = calloc(in->licenses_n, sizeof(*c.key));
	if (!c.key)
		return err_nomem(err);
	for (i = 0; i < in->licenses_n; i++)
		c.key[i] =
		    (struct collect_key){in->license[i].key, (uint32_t)i};
	qsort(c.key, in->licenses_n, sizeof(*c.key), collect_key_order);
	r = store_trend_each(
	    t->store, c.today - REPORTS_TREND_DAYS, collect_day, &c, err);
	free(c.key);
	return r < 0 ? r : collect_today(in, c.today);
}

/* ---- all of it ---- */

static int64_t
collect_midnight(int64_t now_ms)
{
	return (now_ms / ACTIVITY_DAY_MS + 1) * ACTIVITY_DAY_MS;
}

static int
collect_try(struct collect *c, struct reports_moves *ret_moves, bool let_in)
{
	int r;

	c->in->now_ms = clock_wall_ms();
	c->next_ms = collect_midnight(c->in->now_ms);
	tenant_read_lock(c->t);
	*ret_moves = c->t->reports.moves;
	r = collect_memory(c, let_in);
	tenant_read_unlock(c->t);
	free(c->place);
	c->place = NULL;
	return r;
}

/* The first pass; c->in is made. */
static int
collect_first(
    struct collect *c, struct reports_moves *ret_moves, struct err *err)
{
	int i = 0, r;

	while ((r = collect_try(c, ret_moves, i < COLLECT_TRIES)) == -EAGAIN) {
		reports_input_done(c->in);
		*c->in = (struct reports_input)REPORTS_INPUT_NONE;
		i++;
	}
	return r < 0 ? err_set(err, r, "cannot collect the reports") : 0;
}

int
reports_collect(struct tenant *t, struct reports_input *ret,
    int64_t *ret_next_ms, struct reports_moves *ret_moves, struct err *err)
{
	struct collect c = {.t = t, .in = ret};
	int r = collect_first(&c, ret_moves, err);

	*ret_next_ms = c.next_ms;
	if (r == 0)
		r = collect_records(t, ret, err);
	if (r == 0)
		r = collect_trend(t, ret, err);
	reports_input_sort_users(ret);
	return r;
}

/* Nobody is judged for it. */
int
reports_count(struct tenant *t, struct reports_input *ret)
{
	size_t i;
	int r = 0;

	tenant_read_lock(t);
	for (i = 0; r == 0 && i < t->licenses_n; i++) {
		const struct tenant_license *from = t->license[i];
		struct reports_license *l;

		r = collect_license(t, ret, from);
		if (r < 0)
			break;
		l = &ret->license[i];
		l->assigned = from->holders_n;
		memcpy(l->usage, from->usage_n, sizeof(l->usage));
		l->verdict[SEAT_CANDIDATE] = from->reclaimable_n;
	}
	tenant_read_unlock(t);
	return r;
}
