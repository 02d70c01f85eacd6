/* SPDX-License-Identifier: MIT */
/* What the people of data_fixed.c did: tests and the demo name them, so the
 * README has this table, too. See activity.h. */
#include <string.h>

#include "activity.h"
#include "data.h"

enum { AGES_MAX = 4 };
#define H 60
#define D (24 * 60)

/* When it started, in minutes before the sandbox did. */
static const struct fixed {
	const char *email;
	enum product product;
	int length; /* minutes */
	int ages[AGES_MAX];
	bool by_stranger; /* who started the webinar, organized the training */
} table[] = {
    {"admin@example.com", PRODUCT_MEETING, 30, {1 * D, 8 * D, 15 * D}},
    {"second.admin@example.com", PRODUCT_MEETING, 30, {200 * D}},
    {"ann.lee@example.com", PRODUCT_MEETING, 45, {2 * D, 3 * D, 9 * D, 30 * D}},
    {"kim.park@example.com", PRODUCT_MEETING, 30, {100 * D, 107 * D, 121 * D}},
    {"manager@example.com", PRODUCT_MEETING, 30, {10 * D, 40 * D}},
    {"reporter@example.com", PRODUCT_MEETING, 30, {59 * D + 12 * H}},
    {"stan.still@example.com", PRODUCT_MEETING, 30, {20 * D, 34 * D}},
    {"full.house@example.com", PRODUCT_MEETING, 60, {20, 90 * D}},
    {"max+test@example.com", PRODUCT_MEETING, 30, {150 * D}},
    {"pat.o'brien@example.com", PRODUCT_MEETING, 30, {5 * D, 6 * D}},
    {"Carla.UPPER@Example.COM", PRODUCT_WEBINAR, 60, {3 * D, 31 * D}},
    {"Carla.UPPER@Example.COM", PRODUCT_WEBINAR, 60, {12 * D}, true},
    {"Carla.UPPER@Example.COM", PRODUCT_MEETING, 30, {70 * D}},
    {"tara.train@example.com", PRODUCT_MEETING, 30, {4 * D, 11 * D, 18 * D}},
    {"cora.connect@example.com", PRODUCT_CONNECT, 6,
	{1 * D, 1 * D + 2 * H, 2 * D, 45 * D}},
    {"rob.remote@example.com", PRODUCT_ASSIST, 25, {6 * D, 13 * D}},
    {"gone.stranger@example.com", PRODUCT_MEETING, 30, {7 * D}},
    {"gone.stranger@example.com", PRODUCT_CONNECT, 5, {7 * D}},
    {"gone.stranger@example.com", PRODUCT_ASSIST, 15, {7 * D}},
};
enum { TABLE_N = sizeof table / sizeof *table };

bool
activity_fixed_is(const char *email)
{
	for (size_t i = 0; i < data_people_n; i++) {
		if (!strcmp(data_people[i].email, email))
			return true;
	}
	return activity_fixed_products(email) != 0;
}

uint8_t
activity_fixed_products(const char *email)
{
	uint8_t bits = 0;

	for (size_t i = 0; i < TABLE_N; i++) {
		if (!strcmp(table[i].email, email))
			bits |= (uint8_t)(1 << table[i].product);
	}
	return bits;
}

static void
row_add(const struct user *u, size_t row, int64_t base_ms, struct events *ret)
{
	const struct fixed *f = &table[row];

	for (size_t i = 0; i < AGES_MAX && f->ages[i]; i++) {
		struct event e = {f->product, (struct user *)u};

		e.other = f->by_stranger ? activity_stranger() : NULL;
		e.start_ms = base_ms - (int64_t)f->ages[i] * 60000;
		e.end_ms = e.start_ms + (int64_t)f->length * 60000;
		e.id = 80000000000000000 + row * AGES_MAX + i;
		events_add(ret, &e);
	}
}

void
activity_fixed_owned(const struct user *u, enum product product,
    int64_t base_ms, struct events *ret)
{
	for (size_t i = 0; i < TABLE_N; i++) {
		if (table[i].product == product &&
		    !strcmp(table[i].email, u->email))
			row_add(u, i, base_ms, ret);
	}
}
