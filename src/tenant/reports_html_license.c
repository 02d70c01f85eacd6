/* SPDX-License-Identifier: MIT */
/* reports_html_license: seats per license: bars, and all the numbers. */
#include "reports_html_int.h"

#include <string.h>

#include "gotofs/text.h"

/* ---- bars ---- */

enum { SEGMENT_FREE = SEAT_USAGES_N, SEGMENTS_N };

static const struct {
	const char *word;
	int i;
} html_segments[SEGMENTS_N] = {
    {"active", SEAT_ACTIVE},
    {"inactive", SEAT_INACTIVE},
    {"never", SEAT_NEVER},
    {"unknown", SEAT_UNKNOWN},
    {"free", SEGMENT_FREE},
};

static long
html_segment(const struct reports_license *l, size_t i)
{
	long spare;

	if (html_segments[i].i != SEGMENT_FREE)
		return l->usage[html_segments[i].i];
	spare = reports_free(l);
	return spare > 0 ? spare : 0;
}

/* The words are in the list below it. */
static void
html_bar(struct html *h, const struct reports_license *l)
{
	long all = 0, at = 0;
	size_t i;

	for (i = 0; i < SEGMENTS_N; i++)
		all += html_segment(l, i);
	html_printf(h,
	    "<svg class=\"bar\" viewBox=\"0 0 %ld 1\" "
	    "preserveAspectRatio=\"none\" aria-hidden=\"true\">",
	    all > 0 ? all : 1);
	for (i = 0; i < SEGMENTS_N; i++) {
		long n = html_segment(l, i);

		if (n > 0)
			html_printf(h,
			    "<rect class=\"c-%s\" x=\"%ld\" width=\"%ld\" "
			    "height=\"1\"/>",
			    html_segments[i].word, at, n);
		at += n;
	}
	html_puts(h, "</svg>\n<ul class=\"legend\">");
	for (i = 0; i < SEGMENTS_N; i++) {
		long n = html_segment(l, i);

		if (n == 0 && html_segments[i].i != SEAT_ACTIVE)
			continue;
		html_printf(h, "<li class=\"c-%s\"><b>", html_segments[i].word);
		html_number(h, n);
		html_printf(h, "</b> %s</li>", html_segments[i].word);
	}
	html_puts(h, "</ul>\n");
}

/* "103 of 157 assigned, 20 reclaimable: 340.00 EUR a month" */
static void
html_says(struct html *h, const struct reports_license *l)
{
	long n = l->verdict[SEAT_CANDIDATE];

	html_puts(h, "<span>");
	html_number(h, l->assigned);
	if (l->owned >= 0) {
		html_puts(h, " of ");
		html_number(h, l->owned);
	}
	html_puts(h, " assigned");
	if (l->owned < 0)
		html_puts(h, ", owned: unknown");
	if (n > 0) {
		html_puts(h, " \xc2\xb7 <b>");
		html_number(h, n);
		html_puts(h, "</b> reclaimable");
	}
	if (n > 0 && reports_savings(l) > 0) {
		html_puts(h, " (");
		html_money(h, reports_savings(l), l->currency);
		html_puts(h, " a month)");
	}
	html_puts(h, "</span>");
}

/* As the tenant calls it; of several that are called alike, its folder, too. */
static void
html_license_title(struct html *h, const struct reports_input *in,
    const struct reports_license *l)
{
	bool alike = false;
	size_t i;

	for (i = 0; i < in->licenses_n; i++)
		alike |= &in->license[i] != l &&
			 text_equal(in->license[i].title, l->title);
	html_puts(h, "<h3>");
	html_text(h, l->title && *l->title ? l->title : l->name);
	if (alike) {
		html_puts(h, " <small>");
		html_text(h, l->name);
		html_puts(h, "</small>");
	}
	html_puts(h, "</h3>");
}

void
html_seats(struct html *h, const struct reports_input *in)
{
	size_t i;

	html_section(h, "seats", "Seats per license");
	if (in->licenses_n == 0)
		html_puts(h, "<p>The account has no license.</p>\n");
	html_puts(h, "<ul class=\"licenses\">\n");
	for (i = 0; i < in->licenses_n; i++) {
		const struct reports_license *l = &in->license[i];

		html_puts(h, "<li><div class=\"head\">");
		html_license_title(h, in, l);
		html_says(h, l);
		html_puts(h, "</div>\n");
		html_bar(h, l);
		html_puts(h, "</li>\n");
	}
	html_puts(h, "</ul></section>\n");
}

/* ---- the table ---- */

static void
html_cell(struct html *h, const char *id, const char *title, long n)
{
	html_printf(h, "<td role=\"cell\" class=\"n%s\" data-l=\"%s\" ",
	    n == 0 ? " zero" : "", title);
	html_printf(h, "data-n=\"%s\">", id);
	html_number(h, n);
	html_puts(h, "</td>");
}

static void
html_cells(
    struct html *h, const long own[3], const long usage[], const long verdict[])
{
	size_t i;

	html_cell(h, "owned", "Owned", own[0]);
	html_cell(h, "assigned", "Assigned", own[1]);
	html_cell(h, "free", "Free", own[2]);
	for (i = 0; i < REPORTS_COUNTS; i++)
		html_cell(h, reports_counts[i].name, reports_counts[i].title,
		    reports_count_of(i, usage, verdict));
}

static void
html_money_cell(struct html *h, const char *id, const char *title,
    const struct reports_license *l, int64_t money)
{
	char number[REPORTS_NUMBER_BYTES];

	html_printf(h,
	    "<td role=\"cell\" class=\"n\" data-l=\"%s\" data-n=\"%s\">", title,
	    id);
	if (money >= 0)
		html_printf(h, "%s <small>%s</small>",
		    reports_money(money, number), l->currency);
	html_puts(h, "</td>");
}

static void
html_row(struct html *h, const struct reports_license *l, bool prices)
{
	html_puts(h, "<tr role=\"row\" data-license=\"");
	html_text(h, l->name);
	html_puts(h, "\"><th role=\"rowheader\" scope=\"row\">");
	html_text(h, l->name);
	html_puts(h, "</th>");
	html_cells(h, (const long[]){l->owned, l->assigned, reports_free(l)},
	    l->usage, l->verdict);
	if (prices) {
		html_money_cell(h, "cost", "Cost", l, reports_cost(l));
		html_money_cell(h, "possibleSavings", "Possible savings", l,
		    reports_savings(l));
	}
	html_puts(h, "</tr>\n");
}

static void
html_position_head(struct html *h, bool prices)
{
	static const char *const own[] = {"Owned", "Assigned", "Free"};
	size_t i;

	html_puts(h, "<table role=\"table\" class=\"rows wide\" "
		     "id=\"position\"><thead role=\"rowgroup\"><tr "
		     "role=\"row\"><th role=\"columnheader\" scope=\"col\">"
		     "License</th>");
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		html_printf(h,
		    "<th role=\"columnheader\" class=\"n\" scope=\"col\">%s"
		    "</th>",
		    own[i]);
	for (i = 0; i < REPORTS_COUNTS; i++)
		html_printf(h,
		    "<th role=\"columnheader\" class=\"n\" scope=\"col\">%s"
		    "</th>",
		    reports_counts[i].title);
	if (prices)
		html_puts(h,
		    "<th role=\"columnheader\" class=\"n\" scope=\"col\">Cost"
		    "</th><th role=\"columnheader\" class=\"n\" scope=\"col\">"
		    "Possible savings</th>");
	html_puts(h, "</tr></thead><tbody role=\"rowgroup\">\n");
}

static void
html_position_sum(struct html *h, const struct reports_input *in, bool prices)
{
	struct html_total s;

	html_sum(in, &s);
	html_puts(h, "</tbody><tfoot role=\"rowgroup\"><tr role=\"row\"><th "
		     "role=\"rowheader\" scope=\"row\">All</th>");
	html_cells(
	    h, (const long[]){s.owned, s.assigned, s.free}, s.usage, s.verdict);
	if (prices) {
		html_puts(h, "<td role=\"cell\" class=\"n\" data-l=\"Cost\">");
		html_money_sum(h, in, false);
		html_puts(h, "</td><td role=\"cell\" class=\"n\" "
			     "data-l=\"Possible savings\">");
		html_money_sum(h, in, true);
		html_puts(h, "</td>");
	}
	html_puts(h, "</tr></tfoot></table></section>\n");
}

void
html_position(struct html *h, const struct reports_input *in)
{
	bool prices = reports_has_prices(in);
	size_t i;

	html_section(h, "numbers", "All numbers");
	html_puts(h, "<p class=\"lead\">Active, inactive, never and unknown "
		     "add up to assigned; the rest are parts of inactive and "
		     "never.");
	if (prices)
		html_puts(h, " Money is a month's: cost of the seats owned, "
			     "savings of those reclaimable.");
	html_puts(h, "</p>\n");
	html_position_head(h, prices);
	for (i = 0; i < in->licenses_n; i++)
		html_row(h, &in->license[i], prices);
	html_position_sum(h, in, prices);
}
