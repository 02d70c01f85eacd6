/* SPDX-License-Identifier: MIT */
/* reports_text: values as text that neither a spreadsheet nor a browser takes
 * for anything else. */
#include "reports_int.h"

#include <stdio.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/text.h"

const char *
reports_money(int64_t money, char out[REPORTS_NUMBER_BYTES])
{
	int n = snprintf(out, REPORTS_NUMBER_BYTES, "%lld.%04lld",
	    (long long)(money / REPORTS_MONEY),
	    (long long)(money % REPORTS_MONEY));
	int i;

	for (i = 0; i < 2 && out[n - 1] == '0'; i++)
		out[--n] = '\0';
	return out;
}

/* Spreadsheets run what begins so; some of them the wide forms, too. */
static bool
text_is_formula(const char *s)
{
	static const char *const wide[] = {
	    "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
	size_t i;

	if (*s && strchr("=+-@", *s))
		return true;
	for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (text_starts(s, wide[i]))
			return true;
	return false;
}

/* Does a cell begin behind c, for whoever splits there and not at commas, or
 * takes away what is blank, or quotes? */
static bool
text_begins(char c, bool begins)
{
	if (c && strchr(",;|\t\r\n", c))
		return true;
	return begins && (c == ' ' || c == '"' || c == '\'');
}

int
reports_csv_field(const char *s, struct buf *out)
{
	bool quoted = s && (strpbrk(s, ",\"\r\n") || *s == ' ');
	bool begins = true;
	int r = 0;

	if (quoted)
		r = buf_putc(out, '"');
	if (r == 0 && s && *s && strchr("\t\r\n", *s))
		r = buf_putc(out, '\'');
	for (; r == 0 && s && *s; s++) {
		if (begins && text_is_formula(s))
			r = buf_putc(out, '\'');
		begins = text_begins(*s, begins);
		if (r == 0 && *s == '"')
			r = buf_putc(out, '"');
		if (r == 0)
			r = buf_putc(out, *s);
	}
	return r == 0 && quoted ? buf_putc(out, '"') : r;
}

static int
text_escape(char c, struct buf *out)
{
	switch (c) {
	case '&':
		return buf_puts(out, "&amp;");
	case '<':
		return buf_puts(out, "&lt;");
	case '>':
		return buf_puts(out, "&gt;");
	case '"':
		return buf_puts(out, "&quot;");
	case '\'':
		return buf_puts(out, "&#39;");
	default:
		if (((unsigned char)c < 0x20 && c != '\n') || c == 0x7f)
			return buf_puts(out, "\xef\xbf\xbd");
		return buf_putc(out, c);
	}
}

int
reports_html_text(const char *s, struct buf *out)
{
	int r = 0;

	while (r == 0 && s && *s) {
		size_t n = text_utf8_n(s, strnlen(s, 4));

		r = n > 1 ? buf_append(out, s, n)
		    : n	  ? text_escape(*s, out)
			  : buf_puts(out, "\xef\xbf\xbd");
		s += n ? n : 1;
	}
	return r;
}

int
reports_products(unsigned products, struct buf *out)
{
	const char *between = "";
	int i, r = 0;

	for (i = 0; r == 0 && i < PRODUCT_N; i++) {
		if (!(products & PRODUCT_BIT(i)))
			continue;
		r = buf_printf(
		    out, "%s%s", between, product_name((enum product)i));
		between = " ";
	}
	if (r == 0 && (products & PRODUCT_BIT_OTHER))
		r = buf_printf(out, "%sother", between);
	return r;
}
