/* SPDX-License-Identifier: MIT */
/* reports_html_people: whose seats may go, whose may shrink, whose nobody
 * knows. */
#include "gotofs/clock.h"
#include "reports_html_int.h"

#include <errno.h>
#include <stdlib.h>

/* ---- lists of seats ---- */

struct people_seat {
	const struct reports_user *user;
	const struct reports_seat *seat;
};
struct people {
	struct people_seat *v;
	size_t n;
};

/* Never first, then the longest ago. */
static int
people_order(const void *a, const void *b)
{
	const struct people_seat *x = a, *y = b;

	if (x->seat->last_ms != y->seat->last_ms)
		return x->seat->last_ms < y->seat->last_ms ? -1 : 1;
	if (x->user != y->user)
		return x->user < y->user ? -1 : 1; /* by address */
	return x->seat->license < y->seat->license ? -1 : 1;
}

static int
people_of(const struct reports_input *in, enum seat_verdict verdict,
    struct people *ret)
{
	size_t i, max = 0;
	unsigned k;

	ret->v = NULL;
	ret->n = 0;
	for (i = 0; i < in->licenses_n; i++)
		max += (size_t)in->license[i].verdict[verdict];
	if (max == 0)
		return 0;
	ret->v = calloc(max, sizeof(*ret->v));
	if (!ret->v)
		return -ENOMEM;
	for (i = 0; i < in->users_n; i++)
		for (k = 0; k < in->user[i].seats_n; k++)
			if (in->user[i].seat[k].verdict == verdict)
				ret->v[ret->n++] = (struct people_seat){
				    &in->user[i], &in->user[i].seat[k]};
	qsort(ret->v, ret->n, sizeof(*ret->v), people_order);
	return 0;
}

static void
people_age(struct html *h, const struct reports_input *in, int64_t ms)
{
	char date[CLOCK_ISO_BYTES];
	int64_t days = (in->now_ms - ms) / ACTIVITY_DAY_MS;

	html_printf(h, "%s <small>%lld day%s</small>", clock_date(ms, date),
	    (long long)days, days == 1 ? "" : "s");
}

static void
people_cell(struct html *h, const char *title)
{
	html_printf(h, "<td role=\"cell\" data-l=\"%s\"><span>", title);
}

static void
people_row(
    struct html *h, const struct reports_input *in, const struct people_seat *p)
{
	const struct reports_user *u = p->user;

	html_puts(h, "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">");
	html_text(h, u->email);
	html_puts(h, "</th>");
	people_cell(h, "Name");
	html_text(h, u->first_name);
	html_puts(h, " ");
	html_text(h, u->last_name);
	html_puts(h, "</span></td>");
	people_cell(h, "License");
	html_text(h, in->license[p->seat->license].name);
	html_puts(h, "</span></td>");
	people_cell(h, "Last use");
	if (p->seat->last_ms > 0)
		people_age(h, in, p->seat->last_ms);
	else
		html_puts(h, "never seen");
	html_puts(h, "</span></td>");
	people_cell(h, "Seat known since");
	people_age(h, in, p->seat->since_ms);
	html_puts(h, "</span></td></tr>\n");
}

static void
people_head(struct html *h, const char *const titles[], size_t n)
{
	size_t i;

	html_puts(h, "<table role=\"table\" class=\"rows\"><thead "
		     "role=\"rowgroup\"><tr role=\"row\">");
	for (i = 0; i < n; i++)
		html_printf(h,
		    "<th role=\"columnheader\" scope=\"col\">%s</th>",
		    titles[i]);
	html_puts(h, "</tr></thead><tbody role=\"rowgroup\">\n");
}

static void
people_table(
    struct html *h, const struct reports_input *in, const struct people *p)
{
	static const char *const titles[] = {
	    "Person", "Name", "License", "Last use", "Seat known since"};
	size_t i;

	people_head(h, titles, sizeof(titles) / sizeof(titles[0]));
	for (i = 0; h->r == 0 && i < p->n && i < HTML_ROWS_MAX; i++)
		people_row(h, in, &p->v[i]);
	html_puts(h, "</tbody></table>\n");
	if (p->n > HTML_ROWS_MAX) {
		html_puts(h, "<p>and ");
		html_number(h, (long)(p->n - HTML_ROWS_MAX));
		html_puts(h, " more, see <code>users.csv</code></p>\n");
	}
}

static void
people_section(struct html *h, const struct reports_input *in,
    enum seat_verdict verdict, const char *lead, const char *none)
{
	struct people p = {NULL, 0};

	if (h->r == 0)
		h->r = people_of(in, verdict, &p);
	if (h->r == 0)
		html_printf(h, "<p class=\"%s\">%s</p>\n", p.n ? "lead" : "sub",
		    p.n ? lead : none);
	if (h->r == 0 && p.n > 0)
		people_table(h, in, &p);
	free(p.v);
	html_puts(h, "</section>\n");
}

void
html_candidates(struct html *h, const struct reports_input *in)
{
	html_section(h, "candidates", "Seats that may be taken back");
	people_section(h, in, SEAT_CANDIDATE,
	    "Not used, looked at for long enough, neither new nor exempt; the "
	    "longest ago first. Nothing is taken back by itself.",
	    "None at present.");
}

void
html_downgrades(struct html *h, const struct reports_input *in)
{
	html_section(h, "downgrades", "Seats that could be smaller");
	people_section(h, in, SEAT_DOWNGRADE,
	    "What the license is paid for is not used; the meetings that come "
	    "with it are.",
	    "None at present.");
}

/* ---- what nobody knows ---- */

struct unknown {
	uint32_t license;
	int8_t product;
	const char *why;
	long n;
};
#define UNKNOWN_MAX 1024

/* One of each license, product and reason; *n of v. */
static void
unknown_count(struct unknown *v, size_t *n, const struct reports_seat *s)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (v[i].license == s->license && v[i].product == s->product &&
		    v[i].why == s->why)
			break;
	if (i == UNKNOWN_MAX)
		return;
	if (i == *n)
		v[(*n)++] = (struct unknown){s->license, s->product, s->why, 0};
	v[i].n++;
}

static int
unknown_order(const void *a, const void *b)
{
	const struct unknown *x = a, *y = b;

	if (x->license != y->license)
		return x->license < y->license ? -1 : 1;
	return x->n > y->n ? -1 : x->n < y->n;
}

static void
unknown_row(
    struct html *h, const struct reports_input *in, const struct unknown *u)
{
	html_puts(h, "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">");
	html_text(h, in->license[u->license].name);
	html_puts(h, "</th>");
	people_cell(h, "Seats");
	html_number(h, u->n);
	html_puts(h, "</span></td>");
	people_cell(h, "Product");
	html_text(
	    h, u->product >= 0 ? product_title((enum product)u->product) : "");
	html_puts(h, "</span></td>");
	people_cell(h, "Why");
	html_text(h, u->why);
	html_puts(h, "</span></td></tr>\n");
}

static void
unknown_table(struct html *h, const struct reports_input *in)
{
	static const char *const titles[] = {
	    "License", "Seats", "Product", "Why nobody can tell"};
	struct unknown *v = calloc(UNKNOWN_MAX, sizeof(*v));
	size_t i, n = 0;
	unsigned k;

	if (!v) {
		h->r = h->r ? h->r : -ENOMEM;
		return;
	}
	for (i = 0; i < in->users_n; i++)
		for (k = 0; k < in->user[i].seats_n; k++)
			if (in->user[i].seat[k].usage == SEAT_UNKNOWN)
				unknown_count(v, &n, &in->user[i].seat[k]);
	qsort(v, n, sizeof(*v), unknown_order);
	people_head(h, titles, sizeof(titles) / sizeof(titles[0]));
	for (i = 0; i < n; i++)
		unknown_row(h, in, &v[i]);
	html_puts(h, "</tbody></table>\n");
	free(v);
}

void
html_unknowns(struct html *h, const struct reports_input *in)
{
	struct html_total s;

	html_sum(in, &s);
	html_section(h, "unknowns", "What nobody knows");
	if (s.usage[SEAT_UNKNOWN] == 0) {
		html_puts(h, "<p class=\"sub\">Of every seat it is known "
			     "whether it is used.</p></section>\n");
		return;
	}
	html_puts(h, "<p class=\"lead\">Unknown is not unused: none of these "
		     "seats is proposed.</p>\n");
	unknown_table(h, in);
	html_puts(h, "</section>\n");
}
