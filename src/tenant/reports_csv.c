/* SPDX-License-Identifier: MIT */
/*
 * reports_csv: license-position.csv and .json, users.csv.
 *
 * Lines end in a newline alone (awk and column take a CR for text), quotes are
 * those of RFC 4180.  There is no line of totals: whoever sums a column would
 * count it twice.
 */
#include "reports_int.h"

#include <errno.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

/* ---- license-position ---- */

static long
csv_count(const struct reports_license *l, size_t i)
{
	return reports_count_of(i, l->usage, l->verdict);
}

static int
csv_long(long n, struct buf *out)
{
	return n < 0 ? buf_puts(out, ",unknown") : buf_printf(out, ",%ld", n);
}

static int
csv_money(int64_t money, struct buf *out)
{
	char number[REPORTS_NUMBER_BYTES];

	return money < 0 ? buf_puts(out, ",")
			 : buf_printf(out, ",%s", reports_money(money, number));
}

static int
csv_license(const struct reports_license *l, bool prices, struct buf *out)
{
	int r = reports_csv_field(l->name, out);
	size_t i;

	if (r == 0)
		r = buf_putc(out, ',');
	if (r == 0)
		r = reports_csv_field(l->title, out);
	if (r == 0)
		r = buf_putc(out, ',');
	if (r == 0)
		r = reports_products(l->products, out);
	if (r == 0)
		r = csv_long(l->owned, out);
	if (r == 0)
		r = csv_long(l->assigned, out);
	if (r == 0)
		r = csv_long(reports_free(l), out);
	for (i = 0; r == 0 && i < REPORTS_COUNTS; i++)
		r = csv_long(csv_count(l, i), out);
	if (r == 0 && prices)
		r = csv_money(l->price, out);
	if (r == 0 && prices)
		r = csv_money(reports_cost(l), out);
	if (r == 0 && prices)
		r = csv_money(reports_savings(l), out);
	if (r == 0 && prices)
		r = buf_printf(out, ",%s", l->currency);
	return r < 0 ? r : buf_putc(out, '\n');
}

int
reports_position_csv(const struct reports_input *in, struct buf *out)
{
	bool prices = reports_has_prices(in);
	size_t i;
	int r = buf_puts(out, "license,title,products,owned,assigned,free");

	for (i = 0; r == 0 && i < REPORTS_COUNTS; i++)
		r = buf_printf(out, ",%s", reports_counts[i].name);
	if (r == 0 && prices)
		r = buf_puts(out, ",price,cost,possibleSavings,currency");
	if (r == 0)
		r = buf_putc(out, '\n');
	for (i = 0; r == 0 && i < in->licenses_n; i++)
		r = csv_license(&in->license[i], prices, out);
	return r;
}

/* ---- the same as JSON ---- */

static int
json_long(struct json *j, const char *name, long n)
{
	return n < 0 ? json_set_null(j, name) : json_set_int(j, name, n);
}

/* A number with its decimals, as it is printed elsewhere. */
static int
json_money(struct json *j, const char *name, int64_t money)
{
	char number[REPORTS_NUMBER_BYTES];
	struct json *v = NULL;
	int r;

	if (money < 0)
		return json_set_null(j, name);
	reports_money(money, number);
	r = json_parse(number, strlen(number), &v, NULL);
	return r < 0 ? r : json_set(j, name, v);
}

static int
json_products(struct json *j, unsigned products)
{
	struct json *list = json_new_array();
	int i, r = json_set(j, "products", list);

	for (i = 0; r == 0 && i < PRODUCT_N; i++)
		if (products & PRODUCT_BIT(i))
			r = json_push_str(list, product_name((enum product)i));
	if (r == 0 && (products & PRODUCT_BIT_OTHER))
		r = json_push_str(list, "other");
	return r;
}

static int
json_prices(struct json *j, const struct reports_license *l)
{
	int r = json_money(j, "price", l->price);

	if (r == 0)
		r = json_money(j, "cost", reports_cost(l));
	if (r == 0)
		r = json_money(j, "possibleSavings", reports_savings(l));
	if (r == 0)
		r = json_set_str(
		    j, "currency", l->price < 0 ? NULL : l->currency);
	return r;
}

static int
json_license(struct json *list, const struct reports_license *l, bool prices)
{
	struct json *j = json_new_object();
	size_t i;
	int r = json_push(list, j);

	if (r == 0)
		r = json_set_str(j, "license", l->name);
	if (r == 0)
		r = json_set_str(j, "key", l->key);
	if (r == 0)
		r = json_set_str(j, "title", l->title);
	if (r == 0)
		r = json_products(j, l->products);
	if (r == 0)
		r = json_long(j, "owned", l->owned);
	if (r == 0)
		r = json_long(j, "assigned", l->assigned);
	if (r == 0)
		r = json_long(j, "free", reports_free(l));
	for (i = 0; r == 0 && i < REPORTS_COUNTS; i++)
		r = json_long(j, reports_counts[i].name, csv_count(l, i));
	return r == 0 && prices ? json_prices(j, l) : r;
}

int
reports_position_json(const struct reports_input *in, struct buf *out)
{
	AUTO(json_done) struct json *j = json_new_object();
	struct json *list = json_new_array();
	bool prices = reports_has_prices(in);
	size_t i;
	int r;

	if (!j) {
		json_free(list);
		return -ENOMEM;
	}
	r = json_set(j, "licenses", list);
	for (i = 0; r == 0 && i < in->licenses_n; i++)
		r = json_license(list, &in->license[i], prices);
	if (r == 0)
		r = json_set_int(j, "inactiveDays", in->limits.inactive_days);
	if (r == 0)
		r = json_set_str(j, "pricesTrouble", in->prices_trouble);
	if (r == 0)
		r = json_print_pretty(j, 0, false, out);
	return r < 0 ? r : buf_putc(out, '\n');
}

/* ---- users.csv ---- */

/* "inactive candidate" */
static int
csv_seat(const struct reports_seat *s, struct buf *out)
{
	const char *verdict =
	    reports_verdict_word((enum seat_verdict)s->verdict);

	return buf_printf(out, "%s%s%s",
	    reports_usage_word((enum seat_usage)s->usage), *verdict ? " " : "",
	    verdict);
}

static int
csv_last(int64_t ms, struct buf *out)
{
	char iso[CLOCK_ISO_BYTES];

	if (ms == REPORTS_NOT_HELD)
		return 0;
	if (ms == REPORTS_UNKNOWN)
		return buf_puts(out, "unknown");
	return buf_puts(
	    out, ms == REPORTS_NEVER ? "never" : clock_iso(ms, iso));
}

static const struct reports_seat *
csv_seat_of(const struct reports_user *u, size_t license)
{
	unsigned i;

	for (i = 0; i < u->seats_n; i++)
		if (u->seat[i].license == license)
			return &u->seat[i];
	return NULL;
}

static int
csv_user(const struct reports_input *in, const struct reports_user *u,
    struct buf *out)
{
	const char *const text[] = {
	    u->email, u->first_name, u->last_name, u->status, u->group};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(text) / sizeof(text[0]); i++) {
		if (i > 0)
			r = buf_putc(out, ',');
		if (r == 0)
			r = reports_csv_field(text[i], out);
	}
	for (i = 0; r == 0 && i < in->licenses_n; i++) {
		const struct reports_seat *s = csv_seat_of(u, i);

		r = buf_putc(out, ',');
		if (r == 0 && s)
			r = csv_seat(s, out);
	}
	for (i = 0; r == 0 && i < PRODUCT_N; i++) {
		r = buf_putc(out, ',');
		if (r == 0)
			r = csv_last(u->last_ms[i], out);
	}
	return r < 0 ? r : buf_putc(out, '\n');
}

static int
csv_users_head(const struct reports_input *in, struct buf *out)
{
	AUTO(buf_done) struct buf name = BUF_MAX(4096);
	size_t i;
	int r = buf_puts(out, "email,firstName,lastName,status,group");

	for (i = 0; r == 0 && i < in->licenses_n; i++) {
		buf_clear(&name);
		r = buf_printf(&name, "license:%s", in->license[i].name);
		if (r == 0)
			r = buf_putc(out, ',');
		if (r == 0)
			r = reports_csv_field(buf_str(&name), out);
	}
	for (i = 0; r == 0 && i < PRODUCT_N; i++)
		r = buf_printf(out, ",last:%s", product_name((enum product)i));
	return r < 0 ? r : buf_putc(out, '\n');
}

int
reports_users_csv(const struct reports_input *in, struct buf *out)
{
	size_t i;
	int r = csv_users_head(in, out);

	for (i = 0; r == 0 && i < in->users_n; i++)
		r = csv_user(in, &in->user[i], out);
	return r;
}
