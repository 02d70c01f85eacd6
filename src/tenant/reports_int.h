/* SPDX-License-Identifier: MIT */
/*
 * reports_int: reports/ (DESIGN 5): who holds what, who uses it, what it costs.
 * Private to src/tenant.
 *
 * Theory.  A *collector* (reports_collect.c) makes one plain struct of what the
 * tenant knows; pure *printers* make the four files of it, so that all of them
 * tell the same.  It happens when somebody looks (reports_file.c): the texts
 * stay until something that they tell has moved: whoever moves it says so
 * (reports_moved, reports_use_moved).  While the fetcher asks, each answer
 * does: then texts that differ in that alone are good for REPORTS_PATIENCE_MS,
 * or every look at 100,000 people would be paid anew.
 *
 * A file that changed is a new node under the old name, as if it had been
 * renamed there: whoever is reading goes on with the text that he began with.
 * Its mtime is when its text last changed, which is kept over remounts (the
 * store has the hash of the text), so that rsync and restic copy it again only
 * then.  The texts have no time of their making in them but that one.
 */
#ifndef GOTOFS_REPORTS_INT_H
#define GOTOFS_REPORTS_INT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "reclaim_int.h"

struct buf;
struct err;
struct node;
struct tenant;

#define REPORTS_BYTES_MAX (1024u * 1024 * 1024)
#define REPORTS_TREND_DAYS 366	     /* that the page shows */
#define REPORTS_TREND_KEEP_DAYS 1830 /* that the store keeps */

/* ---- prices (reports_prices.c): pure but for the reading ---- */

/* Money: 1/10000 of the currency's unit. */
#define REPORTS_MONEY INT64_C(10000)
#define REPORTS_CURRENCY_BYTES 4

struct reports_price {
	char *license; /* name in licenses/, or a pattern (fnmatch) */
	int64_t money; /* a seat and month */
	char currency[REPORTS_CURRENCY_BYTES];
	int line;
};
struct reports_prices {
	struct reports_price *v;
	size_t n;
};
#define REPORTS_PRICES_NONE                                                    \
	{                                                                      \
		NULL, 0                                                        \
	}
/* -EINVAL: which line, what is wrong, what is allowed. */
int reports_prices_parse(
    const char *text, size_t len, struct reports_prices *ret, struct err *err);
/* -ENOENT: there is none. */
int reports_prices_read(
    const char *file, struct reports_prices *ret, struct err *err);
void reports_prices_done(struct reports_prices *p);
/* The first that fits, or NULL. */
const struct reports_price *reports_prices_find(
    const struct reports_prices *p, const char *license);

/* What a profile has of them, and when the file was like that. */
struct reports_price_list {
	struct reports_prices list;
	char *trouble; /* a sentence; NULL: it is good, or there is none */
	int64_t mtime_ns, ctime_ns, bytes;
};

/* ---- what is printed (reports_input.c): plain ---- */

struct reports_license {
	char *name; /* in licenses/ */
	char *key;
	char *title; /* the tenant's words */
	unsigned products;
	long owned;    /* -1: unknown */
	long assigned; /* the sum of usage[] */
	long usage[SEAT_USAGES_N];
	long verdict[SEAT_VERDICTS_N];
	int64_t price; /* -1: none is given */
	char currency[REPORTS_CURRENCY_BYTES];
};

struct reports_seat {
	uint32_t license; /* index */
	uint8_t usage, verdict;
	int8_t product;	  /* whose use decided, or -1 */
	int64_t last_ms;  /* of the main products; 0: none is known */
	int64_t since_ms; /* when the mirror first saw it */
	const char *why;  /* unknown: a sentence, static */
};

/* Of last_ms[]; else a time. */
#define REPORTS_NOT_HELD INT64_MIN
#define REPORTS_UNKNOWN INT64_C(-1)
#define REPORTS_NEVER INT64_C(0)

struct reports_user {
	char *email;	/* "" until his record was read, where that tells it */
	int64_t record; /* version in the store */
	bool read;	/* its text was */
	char *first_name, *last_name, *status;
	char *group; /* "sales/emea" */
	struct reports_seat *seat;
	unsigned seats_n;
	int64_t last_ms[PRODUCT_N];
};

struct reports_day { /* of the trend; a license, or all together */
	int64_t day;
	uint32_t license; /* index; those that are gone are left out */
	long owned;	  /* -1: unknown */
	long assigned, active, unknown, reclaimable;
};

struct reports_source {
	bool used;     /* somebody holds the product */
	char *trouble; /* why nobody knows at present, or NULL */
	int64_t looked_first_ms, looked_last_ms; /* of its holders; 0: never */
};

struct reports_input {
	char *profile;
	int64_t now_ms;
	int64_t listed_ms; /* when the accounts were last listed; 0: not yet */
	char *listing_trouble; /* why the last time failed, or NULL */
	char *prices_trouble;  /* a sentence about prices.csv, or NULL */
	struct reclaim_limits limits;
	bool overridden; /* some licenses have limits of their own */
	struct reports_source source[PRODUCT_N];
	struct reports_license *license; /* by name */
	size_t licenses_n;
	struct reports_user *user; /* by address, once sorted */
	size_t users_n;
	struct reports_day *day; /* by day, then license */
	size_t days_n;
};
#define REPORTS_INPUT_NONE                                                     \
	{                                                                      \
		0                                                              \
	}
void reports_input_done(struct reports_input *in);
/* Zeroed ones more; NULL: no memory. A license's limits are -1 at first, a
 * user's products not held. Pointers hold until the next one. */
struct reports_license *reports_input_add_license(
    struct reports_input *in, const char *name);
struct reports_user *reports_input_add_user(
    struct reports_input *in, const char *email);
struct reports_day *reports_input_add_day(struct reports_input *in);
/* A seat of his, counted for its license. -ENOMEM */
int reports_input_add_seat(struct reports_input *in, struct reports_user *u,
    const struct reports_seat *seat);
void reports_input_count(
    struct reports_input *in, const struct reports_seat *seat);
void reports_input_sort_users(struct reports_input *in);
/* -1: unknown; never negative else. */
long reports_free(const struct reports_license *l);
/* owned (reclaimable) seats times the price; -1: unknown, or no price. */
int64_t reports_cost(const struct reports_license *l);
int64_t reports_savings(const struct reports_license *l);
bool reports_has_prices(const struct reports_input *in);
/* The columns of license-position that are counts: the page's, too. */
struct reports_count {
	const char *name;
	const char *title; /* with soft hyphens */
	bool of_verdict;
	int i;
};
#define REPORTS_COUNTS 9
extern const struct reports_count reports_counts[REPORTS_COUNTS];
long reports_count_of(size_t i, const long usage[], const long verdict[]);
const char *reports_usage_word(enum seat_usage u);     /* "active" */
const char *reports_verdict_word(enum seat_verdict v); /* "candidate"; "" */

/* ---- text for tables (reports_text.c): pure ---- */

#define REPORTS_NUMBER_BYTES 32
/* "1234.50", and "16.505" where there is more behind the point: exact. */
const char *reports_money(int64_t money, char out[REPORTS_NUMBER_BYTES]);
/* A field of a CSV file, quoted where RFC 4180 wants it; what a spreadsheet
 * would run, also one that splits at another separator, gets an apostrophe in
 * front. NULL is empty. */
int reports_csv_field(const char *s, struct buf *out);
/* As text of a page: escaped, no control bytes. */
int reports_html_text(const char *s, struct buf *out);
/* "gotomeeting gotowebinar"; "other" for what is none of them. */
int reports_products(unsigned products, struct buf *out);

/* ---- the printers: pure; -ENOMEM, -EFBIG ---- */

int reports_position_csv(const struct reports_input *in, struct buf *out);
int reports_position_json(const struct reports_input *in, struct buf *out);
int reports_users_csv(const struct reports_input *in, struct buf *out);
int reports_html(const struct reports_input *in, struct buf *out);
/* The page has a place for when it last changed, of which nobody knows before
 * it is compared with the last one: 1970 until then. */
void reports_html_stamp(struct buf *page, int64_t changed_ms);

/* ---- of the tenant (reports_collect.c) ---- */

/* How often something that they tell has moved. */
struct reports_moves {
	unsigned long all;  /* but who used what */
	unsigned long uses; /* that */
};

/* No lock held. *ret_next_ms: when time alone may change it. *ret_moves: what
 * had moved when it was so. */
int reports_collect(struct tenant *t, struct reports_input *ret,
    int64_t *ret_next_ms, struct reports_moves *ret_moves, struct err *err);
/* Licenses alone: owned, assigned, usage and reclaimable, as the seats were
 * last judged. -ENOMEM */
int reports_count(struct tenant *t, struct reports_input *ret);

/* ---- reports_trend.c ---- */

/* The timer, without the turn: writes down what is counted today, once a minute
 * if it has moved: of what the seats were judged when something of theirs
 * moved, so that it costs a look at the licenses. */
void reports_trend_tick(struct tenant *t);
/* With the reports' lock: prices.csv is read anew if it is another one.  The
 * timer does it now and then while the kernel keeps a report, and shows it
 * without asking. */
void reports_prices_look(struct tenant *t);
void reports_prices_tick(struct tenant *t);
void reports_prices_open(struct tenant *t); /* before there are threads */

/* ---- reports_file.c, reports_trend.c ---- */

enum {
	REPORTS_POSITION_CSV,
	REPORTS_POSITION_JSON,
	REPORTS_USERS_CSV,
	REPORTS_HTML,
	REPORTS_N
};
#define REPORTS_HASH_BYTES 65
#define REPORTS_PATIENCE_MS 30000

/* Of struct tenant. */
struct reports {
	pthread_mutex_t lock; /* before the turn: one makes them at a time */
	/* turn, and t->tree_lock */
	struct reports_moves moves;
	struct reports_moves made_of;
	int64_t made_boot_ms;
	bool made; /* the kernel may keep them until it is told */
	char hash[REPORTS_N][REPORTS_HASH_BYTES];
	int64_t next_ms;
	int64_t prices_boot_ms; /* lock: when prices.csv was looked at */
	/* the timer's */
	int64_t counted_day, counted_boot_ms;
	uint64_t counted_hash; /* of that day's rows in the store */
};

bool reports_is_file(const struct node *n);
/* With the turn: something that they tell is another than before; it is who
 * used what. */
void reports_moved(struct tenant *t);
void reports_use_moved(struct tenant *t);
/* With the tree's lock: they are good for whoever looks now. */
bool reports_is_fresh(const struct tenant *t);
/* No lock held: when this name (NULL: any) of this folder is a report, they
 * are made anew if they are not. -ENOMEM, -EIO (logged). */
int reports_refresh_for(struct tenant *t, uint64_t dir, const char *name);
/* tenant_end, with the turn: tells the kernel that they are old. */
void reports_settle(struct tenant *t);
/* The timer, with the turn. */
void reports_tick(struct tenant *t);
/* Before there are threads. */
int reports_load(struct tenant *t, struct err *err);
void reports_done(struct tenant *t);

#endif
