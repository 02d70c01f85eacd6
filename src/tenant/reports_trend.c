/* SPDX-License-Identifier: MIT */
/*
 * reports_trend: the rows of the trend, and prices.csv: what the timer does
 * for reports/ while nobody looks.
 *
 * The last count of a day is what the day was: it is written down whenever it
 * differs from what was written before, at most once a minute, and when the day
 * changes.
 */
#include "reports_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/map.h"
#include "gotofs/text.h"
#include "tenant_int.h"

#define TREND_EVERY_MS 60000
#define PRICES_EVERY_MS 2000

/* ---- the trend ---- */

static struct store_trend
trend_row(const struct reports_license *l, int64_t day)
{
	return (struct store_trend){
	    .day = day,
	    .license_key = l->key,
	    .owned = l->owned,
	    .assigned = l->assigned,
	    .active = l->usage[SEAT_ACTIVE],
	    .unknown = l->usage[SEAT_UNKNOWN],
	    .reclaimable = l->verdict[SEAT_CANDIDATE],
	};
}

static uint64_t
trend_hash(const struct store_trend *v)
{
	const long n[] = {
	    v->owned, v->assigned, v->active, v->unknown, v->reclaimable};

	return map_hash_bytes(n, sizeof(n), map_hash_str(v->license_key, 1));
}

/* Whatever the order of the rows. */
static uint64_t
trend_hash_all(const struct reports_input *in, int64_t day)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < in->licenses_n; i++) {
		const struct store_trend v = trend_row(&in->license[i], day);

		sum += trend_hash(&v);
	}
	return sum;
}

static int
trend_add_hash(void *ctx, const struct store_trend *v)
{
	uint64_t *sum = ctx;

	*sum += trend_hash(v);
	return 0;
}

/* Another day than before, or the first since the start. */
static int
trend_begin_day(struct tenant *t, int64_t day, struct err *err)
{
	uint64_t sum = 0;
	int r;

	if (t->reports.counted_day == day)
		return 0;
	r = store_trend_each(t->store, day, trend_add_hash, &sum, err);
	if (r < 0)
		return r;
	t->reports.counted_hash = sum;
	t->reports.counted_day = day;
	return 0;
}

/* Those that are no more have no row of today any more. */
static int
trend_write(struct tenant *t, const struct reports_input *in, int64_t day,
    struct err *err)
{
	struct store_batch *b = NULL;
	size_t i;
	int r = store_begin_soon(t->store, &b, err);

	if (r < 0)
		return r;
	r = store_trend_drop(b, 0, day - REPORTS_TREND_KEEP_DAYS, err);
	if (r == 0)
		r = store_trend_drop(b, day, INT64_MAX, err);
	for (i = 0; r == 0 && i < in->licenses_n; i++) {
		const struct store_trend v = trend_row(&in->license[i], day);

		r = store_trend_put(b, &v, err);
	}
	return store_end(b, r, err);
}

/* If it has moved. */
static int
trend_keep(struct tenant *t, int64_t day, struct err *err)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;
	uint64_t hash;
	int r = trend_begin_day(t, day, err);

	if (r < 0)
		return r;
	if (reports_count(t, &in) < 0)
		return err_nomem(err);
	hash = trend_hash_all(&in, day);
	if (hash == t->reports.counted_hash)
		return 0;
	r = trend_write(t, &in, day, err);
	if (r == 0)
		t->reports.counted_hash = hash;
	return r;
}

void
reports_trend_tick(struct tenant *t)
{
	int64_t day = clock_wall_ms() / ACTIVITY_DAY_MS;
	int64_t boot_ms = clock_boot_ms();
	struct err err = ERR_NONE;

	if (store_generation(t->store) == 0 ||
	    (t->reports.counted_boot_ms &&
		boot_ms - t->reports.counted_boot_ms < TREND_EVERY_MS))
		return;
	t->reports.counted_boot_ms = boot_ms;
	if (trend_keep(t, day, &err) < 0)
		log_warn("the trend of today is not kept: %s", err.msg);
}

/* ---- prices.csv ---- */

/* What the file is now; zeroes: it is not there. */
static void
prices_stamp(const char *file, struct reports_price_list *ret)
{
	struct stat st;

	memset(ret, 0, sizeof(*ret));
	if (stat(file, &st) < 0)
		return;
	ret->mtime_ns = st.st_mtim.tv_sec * CLOCK_NS_PER_S + st.st_mtim.tv_nsec;
	ret->ctime_ns = st.st_ctim.tv_sec * CLOCK_NS_PER_S + st.st_ctim.tv_nsec;
	ret->bytes = st.st_size;
}

static void
prices_load(struct tenant *t, struct reports_price_list *p)
{
	struct err err = ERR_NONE;
	int r = reports_prices_read(t->prices_file, &p->list, &err);

	if (r < 0 && (r != -ENOENT || t->conf.prices_wanted))
		p->trouble = text_dup(err.msg);
}

static void
prices_swap(struct tenant *t, struct reports_price_list *p)
{
	struct reports_price_list old;

	tenant_begin(t);
	reports_moved(t);
	old = t->prices;
	t->prices = *p;
	tenant_end(t);
	reports_prices_done(&old.list);
	free(old.trouble);
}

void
reports_prices_look(struct tenant *t)
{
	struct reports_price_list p;

	if (!t->prices_file)
		return;
	t->reports.prices_boot_ms = clock_boot_ms();
	prices_stamp(t->prices_file, &p);
	if (p.mtime_ns == t->prices.mtime_ns &&
	    p.ctime_ns == t->prices.ctime_ns && p.bytes == t->prices.bytes)
		return;
	prices_load(t, &p);
	prices_swap(t, &p);
}

/* Whoever makes them at the moment has looked. */
void
reports_prices_tick(struct tenant *t)
{
	bool made;

	if (!t->prices_file || pthread_mutex_trylock(&t->reports.lock) != 0)
		return;
	tenant_read_lock(t);
	made = t->reports.made;
	tenant_read_unlock(t);
	if (made &&
	    clock_boot_ms() - t->reports.prices_boot_ms >= PRICES_EVERY_MS)
		reports_prices_look(t);
	pthread_mutex_unlock(&t->reports.lock);
}

/* Before there are threads. */
void
reports_prices_open(struct tenant *t)
{
	if (!t->prices_file)
		return;
	prices_stamp(t->prices_file, &t->prices);
	prices_load(t, &t->prices);
}

void
reports_done(struct tenant *t)
{
	reports_prices_done(&t->prices.list);
	text_done(&t->prices.trouble);
	text_done(&t->prices_file);
	pthread_mutex_destroy(&t->reports.lock);
}
