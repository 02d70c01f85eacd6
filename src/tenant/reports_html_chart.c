/* SPDX-License-Identifier: MIT */
/* reports_html_chart: how long ago people used a product; the trend. */
#include "gotofs/clock.h"
#include "reports_html_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- how long ago ---- */

#define AGES_MAX 8 /* bounds and what is beyond, never, unknown */

struct ages {
	long bound[5]; /* days, rising; the rule's among them */
	size_t bounds_n;
	long n[AGES_MAX];
	long all, top;
};

/* 7, 30, 60, 90 and the days of the rule. */
static void
ages_bounds(struct ages *a, long rule)
{
	static const long usual[] = {7, 30, 60, 90};
	size_t i;
	bool taken = rule <= 0;

	a->bounds_n = 0;
	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (!taken && rule <= usual[i]) {
			if (rule < usual[i])
				a->bound[a->bounds_n++] = rule;
			taken = true;
		}
		a->bound[a->bounds_n++] = usual[i];
	}
	if (!taken)
		a->bound[a->bounds_n++] = rule;
}

/* Behind the bounds come: older, never, unknown. */
static void
ages_count(struct ages *a, const struct reports_input *in, size_t product)
{
	size_t i, k;

	memset(a->n, 0, sizeof(a->n));
	a->all = a->top = 0;
	for (i = 0; i < in->users_n; i++) {
		int64_t last = in->user[i].last_ms[product];

		if (last == REPORTS_NOT_HELD)
			continue;
		k = a->bounds_n + (last == REPORTS_NEVER ? 1 : 2);
		if (last > 0)
			for (k = 0; k < a->bounds_n; k++)
				if (in->now_ms - last <
				    a->bound[k] * ACTIVITY_DAY_MS)
					break;
		if (++a->n[k] > a->top)
			a->top = a->n[k];
		a->all++;
	}
}

static void
ages_row(struct html *h, const struct ages *a, size_t i, long rule)
{
	const char *c = i == a->bounds_n + 1			 ? "never"
			: i == a->bounds_n + 2			 ? "unknown"
			: i < a->bounds_n && a->bound[i] <= rule ? "active"
								 : "inactive";

	html_puts(h, "<tr><th scope=\"row\">");
	if (i < a->bounds_n && i == 0)
		html_printf(h, "last %ld days", a->bound[0]);
	else if (i < a->bounds_n)
		html_printf(
		    h, "%ld\xe2\x80\x93%ld days", a->bound[i - 1], a->bound[i]);
	else if (i == a->bounds_n)
		html_printf(h, "over %ld days", a->bound[i - 1]);
	else
		html_puts(h, i == a->bounds_n + 1 ? "never seen" : "unknown");
	html_printf(h,
	    "</th><td><svg viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" "
	    "aria-hidden=\"true\"><rect class=\"c-%s\" width=\"%.2f\" "
	    "height=\"1\"/></svg></td><td class=\"n\">",
	    c, a->top > 0 ? 100.0 * (double)a->n[i] / (double)a->top : 0.0);
	html_number(h, a->n[i]);
	html_puts(h, "</td></tr>\n");
}

/* When its people were looked at last: the first of them, the last. */
static void
ages_looked(struct html *h, const struct reports_source *s)
{
	char first[CLOCK_ISO_BYTES], last[CLOCK_ISO_BYTES];

	clock_date(s->looked_first_ms, first);
	clock_date(s->looked_last_ms, last);
	html_puts(h, "; looked at ");
	if (strcmp(first, last) != 0)
		html_printf(h, "<span class=\"date\">%s</span> to ", first);
	html_printf(h, "<span class=\"date\">%s</span>", last);
}

static void
ages_product(struct html *h, const struct reports_input *in, size_t product)
{
	const struct reports_source *s = &in->source[product];
	struct ages a;
	size_t i;

	ages_bounds(&a, in->limits.inactive_days);
	ages_count(&a, in, product);
	html_printf(h, "<div><h3>%s</h3><table class=\"ages\"><caption>",
	    product_title((enum product)product));
	html_number(h, a.all);
	html_puts(h, a.all == 1 ? " person" : " people");
	if (!product_has_source((enum product)product))
		html_puts(h, "; GoTo tells nobody who uses it");
	else if (s->looked_last_ms == 0)
		html_puts(h, "; not looked at yet");
	else
		ages_looked(h, s);
	html_puts(h, "</caption><tbody>\n");
	for (i = 0; i < a.bounds_n + 3; i++)
		ages_row(h, &a, i, in->limits.inactive_days);
	html_puts(h, "</tbody></table></div>\n");
}

void
html_ages(struct html *h, const struct reports_input *in)
{
	bool any = false;
	size_t i;

	html_section(h, "ages", "When people last used it");
	for (i = 0; i < PRODUCT_N; i++)
		any |= in->source[i].used;
	html_puts(h, any ? "<p class=\"lead\">Per product, everybody whose "
			   "licenses give it. A license may give several.</p>\n"
			 : "<p>Nobody holds a license.</p>\n");
	html_puts(h, "<div class=\"cards\">\n");
	for (i = 0; i < PRODUCT_N; i++)
		if (in->source[i].used)
			ages_product(h, in, i);
	html_puts(h, "</div></section>\n");
}

/* ---- trend ---- */

/* A chart's days: a license's, or the sums of all. */
struct trend {
	struct reports_day *day;
	size_t n;
	long top; /* the largest value */
};

enum {
	TREND_OWNED,
	TREND_ASSIGNED,
	TREND_ACTIVE,
	TREND_UNKNOWN,
	TREND_RECLAIMABLE,
	TREND_N
};

static const struct {
	const char *color, *word;
} trend_lines[TREND_N] = {
    {"owned", "owned"},
    {"assigned", "assigned"},
    {"active", "active"},
    {"unknown", "unknown"}, /* or it seems that people stopped */
    {"inactive", "reclaimable"},
};

static long
trend_value(const struct reports_day *d, size_t line)
{
	const long v[TREND_N] = {
	    d->owned, d->assigned, d->active, d->unknown, d->reclaimable};

	return v[line];
}

static void
trend_add(struct reports_day *sum, const struct reports_day *d)
{
	sum->owned =
	    sum->owned < 0 || d->owned < 0 ? -1 : sum->owned + d->owned;
	sum->assigned += d->assigned;
	sum->active += d->active;
	sum->unknown += d->unknown;
	sum->reclaimable += d->reclaimable;
}

/* license: -1: all together. */
static int
trend_take(const struct reports_input *in, long license, struct trend *t)
{
	size_t i, k;

	t->n = 0;
	t->top = 1;
	t->day = in->days_n ? calloc(in->days_n, sizeof(*t->day)) : NULL;
	if (in->days_n && !t->day)
		return -ENOMEM;
	for (i = 0; i < in->days_n; i++) {
		const struct reports_day *d = &in->day[i];

		if (license >= 0 && d->license != (uint32_t)license)
			continue;
		if (t->n > 0 && t->day[t->n - 1].day == d->day)
			trend_add(&t->day[t->n - 1], d);
		else
			t->day[t->n++] = *d;
	}
	for (i = 0; i < t->n; i++)
		for (k = 0; k < TREND_N; k++)
			if (trend_value(&t->day[i], k) > t->top)
				t->top = trend_value(&t->day[i], k);
	return 0;
}

/* Not where a day does not tell it. */
static bool
trend_has(const struct trend *t, size_t line)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (trend_value(&t->day[i], line) < 0)
			return false;
	return t->n > 0;
}

static void
trend_line(struct html *h, const struct trend *t, size_t line)
{
	size_t i;

	if (!trend_has(t, line))
		return;
	html_printf(
	    h, "<polyline class=\"c-%s\" points=\"", trend_lines[line].color);
	for (i = 0; i < t->n; i++)
		html_printf(h, "%lld,%ld ",
		    (long long)(t->day[i].day - t->day[0].day),
		    t->top - trend_value(&t->day[i], line));
	html_puts(h, "\"/>");
}

/* "assigned 103 (+5)", also for those who do not see the chart. */
static void
trend_legend(struct html *h, const struct trend *t)
{
	size_t line;

	html_puts(h, "<ul class=\"legend\">");
	for (line = 0; line < TREND_N; line++) {
		long now, moved;

		if (!trend_has(t, line))
			continue;
		now = trend_value(&t->day[t->n - 1], line);
		moved = now - trend_value(&t->day[0], line);
		html_printf(h, "<li class=\"c-%s\">%s <b>",
		    trend_lines[line].color, trend_lines[line].word);
		html_number(h, now);
		html_printf(h, "</b> (%s%ld)</li>",
		    moved > 0	? "+"
		    : moved < 0 ? "\xe2\x88\x92"
				: "\xc2\xb1",
		    labs(moved));
	}
	html_puts(h, "</ul>\n");
}

static void
trend_chart(struct html *h, const struct trend *t)
{
	char from[CLOCK_ISO_BYTES], to[CLOCK_ISO_BYTES];
	int64_t days = t->day[t->n - 1].day - t->day[0].day;
	size_t line;

	html_puts(h, "<div class=\"axis\"><span>");
	html_number(h, t->top);
	html_printf(h,
	    "</span></div><div class=\"plot\"><svg viewBox=\"0 0 %lld %ld\" "
	    "preserveAspectRatio=\"none\" aria-hidden=\"true\">",
	    (long long)days, t->top);
	for (line = 0; line < TREND_N; line++)
		trend_line(h, t, line);
	html_printf(h,
	    "</svg></div><div class=\"axis\"><span>%s</span><span>%s</span>"
	    "</div>\n",
	    clock_date(t->day[0].day * ACTIVITY_DAY_MS, from),
	    clock_date(t->day[t->n - 1].day * ACTIVITY_DAY_MS, to));
	trend_legend(h, t);
}

static void
trend_licenses(struct html *h, const struct reports_input *in)
{
	size_t i;

	html_puts(h, "<div class=\"cards\" style=\"margin-top:1.5rem\">\n");
	for (i = 0; h->r == 0 && i < in->licenses_n; i++) {
		struct trend t;

		h->r = trend_take(in, (long)i, &t);
		if (h->r == 0 && t.n > 1) {
			html_puts(h, "<div><h3>");
			html_text(h, in->license[i].name);
			html_puts(h, "</h3>");
			trend_chart(h, &t);
			html_puts(h, "</div>\n");
		}
		free(t.day);
	}
	html_puts(h, "</div>\n");
}

void
html_trend(struct html *h, const struct reports_input *in)
{
	struct trend t = {NULL, 0, 0};

	html_section(h, "trend", "Trend");
	if (h->r == 0)
		h->r = trend_take(in, -1, &t);
	if (h->r == 0 && t.n < 2) {
		html_puts(h, "<p>A row a day is kept while the account is "
			     "mounted; the chart begins with the second "
			     "day.</p>\n");
	} else if (h->r == 0) {
		html_puts(h, "<p class=\"lead\">All licenses together, then "
			     "each; in brackets the change since the first "
			     "day.</p>\n");
		trend_chart(h, &t);
		if (in->licenses_n > 1)
			trend_licenses(h, in);
	}
	free(t.day);
	html_puts(h, "</section>\n");
}
