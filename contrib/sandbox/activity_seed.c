/* SPDX-License-Identifier: MIT */
/*
 * What somebody did, from his luck alone: nothing is kept, so 100,000 people
 * cost nothing until they are asked for. See activity.h.
 *
 * For each product he is one of three: recent (last use within 45 days), old
 * (61 to 300 days), never. From the last use backwards each event is a gap
 * before the one after it.
 */
#include "activity.h"

#define MINUTE_S INT64_C(60)
#define HOUR_S (60 * MINUTE_S)
#define DAY_S (24 * HOUR_S)

/* Of a hundred; a suspended person was not seen lately. */
enum { RECENT = 72, OLD = 16, OLD_DORMANT = 60 };

static const struct {
	int64_t gap_s, gap_more_s;
	int64_t length_s, length_more_s;
	unsigned n_recent, n_old;
} habits[PRODUCT_N] = {
    [PRODUCT_MEETING] = {6 * HOUR_S, 9 * DAY_S, 5 * MINUTE_S, 85 * MINUTE_S, 20,
	6},
    [PRODUCT_WEBINAR] = {2 * DAY_S, 24 * DAY_S, 40 * MINUTE_S, 60 * MINUTE_S,
	12, 4},
    [PRODUCT_TRAINING] = {3 * DAY_S, 27 * DAY_S, 45 * MINUTE_S, 75 * MINUTE_S,
	10, 4},
    [PRODUCT_CONNECT] = {3 * HOUR_S, 3 * DAY_S, 1 * MINUTE_S, 30 * MINUTE_S, 40,
	12},
    [PRODUCT_ASSIST] = {3 * HOUR_S, 6 * DAY_S, 10 * MINUTE_S, 50 * MINUTE_S, 20,
	6},
};

struct dice {
	uint64_t state;
};

static int64_t
roll(struct dice *d, int64_t n)
{
	return (int64_t)(activity_mix(d->state++) % (uint64_t)n);
}

/* Age of the last use in seconds; 0: never. Small ages are likelier than
 * large ones; all are longer than anything lasts. */
static int64_t
age_roll(struct dice *d, bool dormant, bool *ret_recent)
{
	int64_t luck = roll(d, 100), part = roll(d, 1000);
	int64_t jitter = roll(d, 1000);

	*ret_recent = !dormant && luck < RECENT;
	if (*ret_recent)
		return 3 * HOUR_S + part * part * 45 * DAY_S / 1000000 + jitter;
	if (dormant ? luck < OLD_DORMANT : luck < RECENT + OLD)
		return 61 * DAY_S + part * 239 * DAY_S / 1000 + jitter;
	return 0;
}

/* Webinars of one owner in four are now and then started by his partner, half
 * of the trainings of every second one have both as organizers. */
static struct user *
other_pick(const struct history *h, enum product product, unsigned i)
{
	bool shared =
	    product == PRODUCT_WEBINAR	  ? h->luck % 4 == 0 && i % 3 == 1
	    : product == PRODUCT_TRAINING ? h->luck % 2 == 0 && i % 2 == 0
					  : false;

	return shared ? h->partner[product] : NULL;
}

void
activity_seed_owned(const struct user *u, enum product product, int64_t base_ms,
    struct events *ret)
{
	const struct history *h = u->history;
	struct dice d = {activity_mix(h->luck + product)};
	bool recent;
	int64_t age_s = age_roll(&d, h->is_dormant, &recent);
	unsigned most =
	    recent ? habits[product].n_recent : habits[product].n_old;
	unsigned n = 1 + (unsigned)roll(&d, most);

	for (unsigned i = 0; age_s && i < n; i++) {
		struct event e = {
		    product, (struct user *)u, other_pick(h, product, i)};
		int64_t length_s = habits[product].length_s +
				   roll(&d, habits[product].length_more_s);

		e.start_ms = base_ms - age_s * 1000;
		e.end_ms = e.start_ms + length_s * 1000;
		e.id = activity_mix(h->luck ^ (product * 4096 + i + 1)) %
		       80000000000000000;
		events_add(ret, &e);
		age_s += length_s + habits[product].gap_s +
			 roll(&d, habits[product].gap_more_s);
	}
}
