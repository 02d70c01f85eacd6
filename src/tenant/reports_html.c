/* SPDX-License-Identifier: MIT */
/* reports_html: index.html: the frame, the tiles, what the words mean. */
#include "reports_html_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/clock.h"

/* ---- writing ---- */

void
html_puts(struct html *h, const char *s)
{
	if (h->r == 0)
		h->r = buf_puts(h->out, s);
}

void
html_text(struct html *h, const char *s)
{
	if (h->r == 0)
		h->r = reports_html_text(s, h->out);
}

void
html_printf(struct html *h, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (h->r == 0)
		h->r = n < 0 || (size_t)n >= sizeof(text)
			   ? -EFBIG
			   : buf_puts(h->out, text);
}

/* Groups of three digits from five on, with a narrow blank that breaks no
 * line. */
void
html_number(struct html *h, long n)
{
	char digits[REPORTS_NUMBER_BYTES];
	size_t len, i;

	if (n < 0) {
		html_puts(h, "unknown");
		return;
	}
	snprintf(digits, sizeof(digits), "%ld", n);
	len = strlen(digits);
	for (i = 0; i < len; i++) {
		if (len > 4 && i > 0 && (len - i) % 3 == 0)
			html_puts(h, "\xe2\x80\xaf");
		html_printf(h, "%c", digits[i]);
	}
}

/* "340.50 EUR", "12 345 EUR": nobody wants the cents of thousands. */
void
html_money(struct html *h, int64_t money, const char *currency)
{
	char number[REPORTS_NUMBER_BYTES];

	if (money >= 1000 * REPORTS_MONEY)
		html_number(
		    h, (long)((money + REPORTS_MONEY / 2) / REPORTS_MONEY));
	else
		html_puts(h, money < 0 ? "?" : reports_money(money, number));
	html_printf(h, "\xc2\xa0%s", currency);
}

void
html_section(struct html *h, const char *id, const char *title)
{
	html_printf(h,
	    "<section aria-labelledby=\"%s\"><h2 id=\"%s\">%s</h2>\n", id, id,
	    title);
}

/* ---- sums ---- */

void
html_sum(const struct reports_input *in, struct html_total *ret)
{
	size_t i, k;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < in->licenses_n; i++) {
		const struct reports_license *l = &in->license[i];

		ret->owned += l->owned > 0 ? l->owned : 0;
		ret->untold += l->owned < 0;
		ret->assigned += l->assigned;
		ret->free += l->owned < 0 ? 0 : reports_free(l);
		for (k = 0; k < SEAT_USAGES_N; k++)
			ret->usage[k] += l->usage[k];
		for (k = 0; k < SEAT_VERDICTS_N; k++)
			ret->verdict[k] += l->verdict[k];
	}
	if (in->licenses_n > 0 && ret->untold == (long)in->licenses_n)
		ret->owned = ret->free = -1;
}

static bool
html_is_first_of_currency(const struct reports_input *in, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (in->license[k].price >= 0 &&
		    strcmp(in->license[k].currency, in->license[i].currency) ==
			0)
			return false;
	return in->license[i].price >= 0;
}

/* Of one currency; -1: beyond all reason. */
static int64_t
html_currency_sum(
    const struct reports_input *in, const char *currency, bool savings)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < in->licenses_n; i++) {
		const struct reports_license *l = &in->license[i];
		int64_t money = savings ? reports_savings(l) : reports_cost(l);

		if (l->price < 0 || strcmp(l->currency, currency) != 0)
			continue;
		if (money > 0 && __builtin_add_overflow(sum, money, &sum))
			return -1;
	}
	return sum;
}

void
html_money_sum(struct html *h, const struct reports_input *in, bool savings)
{
	const char *between = "";
	size_t i;

	for (i = 0; i < in->licenses_n; i++) {
		const char *currency = in->license[i].currency;
		int64_t sum;

		if (!html_is_first_of_currency(in, i))
			continue;
		sum = html_currency_sum(in, currency, savings);
		html_puts(h, between);
		html_money(h, sum, currency);
		between = " + ";
	}
}

/* ---- the parts ---- */

/* Nothing is loaded, whatever slipped through. */
static void
html_head(struct html *h, const struct reports_input *in)
{
	const char *const *part;

	html_puts(h,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\""
	    "default-src 'none'; style-src 'unsafe-inline'\">"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\"><meta name=\"color-scheme\" content=\"light "
	    "dark\"><title>GoTo seats: ");
	html_text(h, in->profile);
	html_puts(h, "</title>\n<style>");
	for (part = html_style; *part; part++)
		html_puts(h, *part);
	html_puts(h, "</style></head>\n<body><header><h1>GoTo seats</h1>"
		     "<p class=\"sub\">Profile <b>");
	html_text(h, in->profile);
	html_puts(h, "</b>");
}

/* As long for each time: html_stamp. */
#define HTML_TIME_BYTES 128
#define HTML_TIME "<time datetime=\""

static size_t
html_time(int64_t ms, char out[HTML_TIME_BYTES])
{
	char iso[CLOCK_ISO_BYTES];

	clock_iso(ms, iso);
	return (size_t)snprintf(out, HTML_TIME_BYTES,
	    HTML_TIME "%s\">%.10s %.5s UTC</time>", iso, iso, iso + 11);
}

static void
html_when(struct html *h, const struct reports_input *in)
{
	char when[HTML_TIME_BYTES];

	html_time(0, when);
	html_printf(h,
	    " \xc2\xb7 numbers of %s, when they last changed"
	    "</p><p class=\"sub\">Inactive means: not used for %ld "
	    "days%s.</p></header>\n<main>",
	    when, in->limits.inactive_days,
	    in->overridden ? ", but for licenses with a rule of their own"
			   : "");
}

static void
html_note(struct html *h, const char *before, const char *sentence)
{
	html_puts(h, "<p>");
	html_puts(h, before);
	html_text(h, sentence);
	html_puts(h, "</p>\n");
}

/* What is wrong with the numbers. */
static void
html_notes(struct html *h, const struct reports_input *in)
{
	bool any = in->listing_trouble || in->prices_trouble;
	char iso[CLOCK_ISO_BYTES];
	size_t i;

	for (i = 0; i < PRODUCT_N; i++)
		any |= in->source[i].used && in->source[i].trouble;
	if (!any)
		return;
	html_puts(h, "<div class=\"note\" role=\"note\">\n");
	if (in->listing_trouble && in->listed_ms > 0) {
		clock_iso(in->listed_ms, iso);
		html_printf(h,
		    "<p>Accounts and seats are those of %.10s %.5s "
		    "UTC.</p>\n",
		    iso, iso + 11);
	}
	if (in->listing_trouble)
		html_note(h,
		    "The accounts could not be listed: ", in->listing_trouble);
	for (i = 0; i < PRODUCT_N; i++)
		if (in->source[i].used && in->source[i].trouble) {
			html_printf(
			    h, "<p>%s: ", product_title((enum product)i));
			html_text(h, in->source[i].trouble);
			html_puts(h, "</p>\n");
		}
	if (in->prices_trouble)
		html_note(h,
		    reports_has_prices(in) ? "Prices: " : "No prices: ",
		    in->prices_trouble);
	html_puts(h, "</div>\n");
}

static void
html_tile(struct html *h, const char *edge, const char *title, long n)
{
	html_printf(h, "<div style=\"--edge:var(--%s)\"><dt>%s</dt><dd><b>",
	    edge, title);
	html_number(h, n);
	html_puts(h, "</b><span>");
}

/* "53 % of those assigned" */
static void
html_share(struct html *h, long n, long of, const char *what)
{
	if (of > 0)
		html_printf(h, "%ld\xc2\xa0%% of %s",
		    (long)((double)n * 100 / (double)of + .5), what);
}

static void
html_tile_end(struct html *h)
{
	html_puts(h, "</span></dd></div>\n");
}

static void
html_tiles(struct html *h, const struct reports_input *in)
{
	struct html_total s;

	html_sum(in, &s);
	html_puts(h, "<dl class=\"tiles\">\n");
	html_tile(h, "text", "Seats owned", s.owned);
	if (s.untold > 0)
		html_printf(h, "and %ld license%s that do%s not tell", s.untold,
		    s.untold == 1 ? "" : "s", s.untold == 1 ? "es" : "");
	html_tile_end(h);
	html_tile(h, "link", "Assigned", s.assigned);
	html_number(h, s.free);
	html_puts(h, " free");
	html_tile_end(h);
	html_tile(h, "active", "In use", s.usage[SEAT_ACTIVE]);
	html_share(h, s.usage[SEAT_ACTIVE], s.assigned, "those assigned");
	html_tile_end(h);
	html_tile(h, "inactive", "Reclaimable", s.verdict[SEAT_CANDIDATE]);
	html_share(h, s.verdict[SEAT_CANDIDATE], s.assigned, "those assigned");
	html_tile_end(h);
	html_tile(h, "unknown", "Unknown", s.usage[SEAT_UNKNOWN]);
	html_puts(h, "never counted as unused");
	html_tile_end(h);
	if (reports_has_prices(in)) {
		html_puts(h, "<div style=\"--edge:var(--never)\"><dt>Possible "
			     "savings a month</dt><dd><b class=\"money\">");
		html_money_sum(h, in, true);
		html_puts(h, "</b><span>of ");
		html_money_sum(h, in, false);
		html_tile_end(h);
	}
	html_puts(h, "</dl>\n");
}

static void
html_words(struct html *h)
{
	html_puts(h,
	    "</main>\n<footer><h2>What the words mean</h2><dl class=\"words\">"
	    "<dt>active</dt><dd>used within the days of the rule: hosting, "
	    "organizing, starting, calling; attending does not count</dd>"
	    "<dt>inactive</dt><dd>used, but not within the days of the "
	    "rule</dd>"
	    "<dt>never</dt><dd>no use was seen in the time that was looked "
	    "at</dd>"
	    "<dt>unknown</dt><dd>nobody can tell; such a seat is never "
	    "proposed</dd>"
	    "<dt>reclaimable</dt><dd>not used, and nothing speaks against "
	    "taking it back; "
	    "<code>reclaim/LICENSE/ADDRESS.json</code> has the reason, and "
	    "<code>mv</code> of it into <code>approved/</code> takes the seat "
	    "back</dd>"
	    "<dt>downgrade</dt><dd>what the license is paid for is not used, "
	    "but the meetings that come with it are</dd>"
	    "<dt>new</dt><dd>not used, but assigned only lately</dd>"
	    "<dt>exempt</dt><dd>not used; <code>reclaim/rules.json</code> "
	    "says who stays, and why</dd>"
	    "<dt>protected</dt><dd>not used; the profile protects the "
	    "account</dd></dl>"
	    "<p>Every person is in <code>reports/users.csv</code>, the table "
	    "above in <code>reports/license-position.csv</code> and "
	    "<code>.json</code>.</p></footer></body></html>\n");
}

int
reports_html(const struct reports_input *in, struct buf *out)
{
	struct html h = {out, 0};

	html_head(&h, in);
	html_when(&h, in);
	html_notes(&h, in);
	html_tiles(&h, in);
	html_seats(&h, in);
	html_trend(&h, in);
	html_ages(&h, in);
	html_position(&h, in);
	html_unknowns(&h, in);
	html_candidates(&h, in);
	html_downgrades(&h, in);
	html_words(&h);
	return h.r;
}

void
reports_html_stamp(struct buf *page, int64_t changed_ms)
{
	char when[HTML_TIME_BYTES];
	size_t n = html_time(changed_ms, when);
	char *at = page->data ? strstr(page->data, HTML_TIME) : NULL;

	if (at && n <= page->len - (size_t)(at - page->data))
		memcpy(at, when, n);
}
