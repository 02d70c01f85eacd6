/* SPDX-License-Identifier: MIT */
/*
 * reports_html_int: the parts of index.html.  Private to src/tenant.
 *
 * The page is one file: no script, nothing from elsewhere (its own policy
 * forbids both), charts as SVG that stretches and holds no text, so that words
 * stay readable at any width.  Numbers that a machine may want are in
 * table#position: tr[data-license], td[data-n].
 */
#ifndef GOTOFS_REPORTS_HTML_INT_H
#define GOTOFS_REPORTS_HTML_INT_H

#include "reports_int.h"

/* Where a page is written; the first error stays, and ends the writing. */
struct html {
	struct buf *out;
	int r;
};

void html_puts(struct html *h, const char *s); /* as it is */
void html_text(struct html *h, const char *s); /* escaped */
void html_number(struct html *h, long n);      /* 12 345; -1: unknown */
/* "340.50 EUR"; -1: ? */
void html_money(struct html *h, int64_t money, const char *currency);
void html_printf(struct html *h, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* <h2 id>, with the section around it open. */
void html_section(struct html *h, const char *id, const char *title);

/* Lists longer than this are cut, and say so. */
#define HTML_ROWS_MAX 200

/* Sums over all licenses. */
struct html_total {
	long owned, assigned, free; /* of those that tell */
	long untold;		    /* licenses that do not tell their seats */
	long usage[SEAT_USAGES_N];
	long verdict[SEAT_VERDICTS_N];
};
void html_sum(const struct reports_input *in, struct html_total *ret);
/* "340.00 EUR", of all currencies that there are; of costs or of savings. */
void html_money_sum(
    struct html *h, const struct reports_input *in, bool savings);

extern const char *const html_style[]; /* reports_style.c */

/* reports_html_license.c */
void html_seats(struct html *h, const struct reports_input *in);
void html_position(struct html *h, const struct reports_input *in);
/* reports_html_chart.c */
void html_ages(struct html *h, const struct reports_input *in);
void html_trend(struct html *h, const struct reports_input *in);
/* reports_html_people.c */
void html_candidates(struct html *h, const struct reports_input *in);
void html_downgrades(struct html *h, const struct reports_input *in);
void html_unknowns(struct html *h, const struct reports_input *in);

#endif
