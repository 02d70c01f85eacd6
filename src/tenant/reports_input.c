/* SPDX-License-Identifier: MIT */
/* reports_input: what the printers print. */
#include "reports_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/list.h"
#include "gotofs/text.h"

static void
input_license_done(struct reports_license *l)
{
	free(l->name);
	free(l->key);
	free(l->title);
}

static void
input_user_done(struct reports_user *u)
{
	free(u->email);
	free(u->first_name);
	free(u->last_name);
	free(u->status);
	free(u->group);
	free(u->seat);
}

void
reports_input_done(struct reports_input *in)
{
	size_t i;

	for (i = 0; i < in->licenses_n; i++)
		input_license_done(&in->license[i]);
	for (i = 0; i < in->users_n; i++)
		input_user_done(&in->user[i]);
	for (i = 0; i < PRODUCT_N; i++)
		free(in->source[i].trouble);
	free(in->license);
	free(in->user);
	free(in->day);
	free(in->profile);
	free(in->listing_trouble);
	free(in->prices_trouble);
	memset(in, 0, sizeof(*in));
}

struct reports_license *
reports_input_add_license(struct reports_input *in, const char *name)
{
	struct reports_license *v =
	    list_grow(in->license, in->licenses_n, sizeof(*v));
	char *own = text_dup(name);

	if (v)
		in->license = v;
	if (!v || !own) {
		free(own);
		return NULL;
	}
	v = &in->license[in->licenses_n++];
	*v = (struct reports_license){.name = own, .owned = -1, .price = -1};
	return v;
}

struct reports_user *
reports_input_add_user(struct reports_input *in, const char *email)
{
	struct reports_user *v = list_grow(in->user, in->users_n, sizeof(*v));
	char *own = text_dup(email);
	size_t i;

	if (v)
		in->user = v;
	if (!v || !own) {
		free(own);
		return NULL;
	}
	v = &in->user[in->users_n++];
	*v = (struct reports_user){.email = own};
	for (i = 0; i < PRODUCT_N; i++)
		v->last_ms[i] = REPORTS_NOT_HELD;
	return v;
}

struct reports_day *
reports_input_add_day(struct reports_input *in)
{
	struct reports_day *v = list_grow(in->day, in->days_n, sizeof(*v));

	if (!v)
		return NULL;
	in->day = v;
	v = &in->day[in->days_n++];
	memset(v, 0, sizeof(*v));
	return v;
}

void
reports_input_count(struct reports_input *in, const struct reports_seat *seat)
{
	struct reports_license *l = &in->license[seat->license];

	l->assigned++;
	l->usage[seat->usage]++;
	l->verdict[seat->verdict]++;
}

int
reports_input_add_seat(struct reports_input *in, struct reports_user *u,
    const struct reports_seat *seat)
{
	struct reports_seat *v =
	    reallocarray(u->seat, u->seats_n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	u->seat = v;
	v[u->seats_n++] = *seat;
	reports_input_count(in, seat);
	return 0;
}

static int
input_order(const void *a, const void *b)
{
	const struct reports_user *x = a, *y = b;
	int order = strcmp(x->email, y->email);

	return order ? order
		     : (x->record > y->record) - (x->record < y->record);
}

void
reports_input_sort_users(struct reports_input *in)
{
	if (in->users_n > 1)
		qsort(in->user, in->users_n, sizeof(*in->user), input_order);
}

long
reports_free(const struct reports_license *l)
{
	if (l->owned < 0)
		return -1;
	return l->owned > l->assigned ? l->owned - l->assigned : 0;
}

static int64_t
input_times(long n, int64_t price)
{
	int64_t money;

	if (n < 0 || price < 0 ||
	    __builtin_mul_overflow((int64_t)n, price, &money))
		return -1;
	return money;
}

int64_t
reports_cost(const struct reports_license *l)
{
	return input_times(l->owned, l->price);
}

int64_t
reports_savings(const struct reports_license *l)
{
	return input_times(l->verdict[SEAT_CANDIDATE], l->price);
}

bool
reports_has_prices(const struct reports_input *in)
{
	size_t i;

	for (i = 0; i < in->licenses_n; i++)
		if (in->license[i].price >= 0)
			return true;
	return false;
}

const struct reports_count reports_counts[REPORTS_COUNTS] = {
    {"active", "Active", false, SEAT_ACTIVE},
    {"inactive", "Inactive", false, SEAT_INACTIVE},
    {"never", "Never", false, SEAT_NEVER},
    {"unknown", "Unknown", false, SEAT_UNKNOWN},
    {"reclaimable",
	"Reclaim\xc2\xad"
	"able",
	true, SEAT_CANDIDATE},
    {"downgrade", "Down\xc2\xadgrade", true, SEAT_DOWNGRADE},
    {"new", "New", true, SEAT_NEW},
    {"exempt", "Exempt", true, SEAT_EXEMPT},
    {"protected", "Pro\xc2\xadtected", true, SEAT_PROTECTED},
};

long
reports_count_of(size_t i, const long usage[], const long verdict[])
{
	return reports_counts[i].of_verdict ? verdict[reports_counts[i].i]
					    : usage[reports_counts[i].i];
}

const char *
reports_usage_word(enum seat_usage u)
{
	static const char *const words[SEAT_USAGES_N] = {
	    [SEAT_ACTIVE] = "active",
	    [SEAT_INACTIVE] = "inactive",
	    [SEAT_NEVER] = "never",
	    [SEAT_UNKNOWN] = "unknown",
	};

	return words[u];
}

const char *
reports_verdict_word(enum seat_verdict v)
{
	static const char *const words[SEAT_VERDICTS_N] = {
	    [SEAT_KEEP] = "",
	    [SEAT_CANDIDATE] = "candidate",
	    [SEAT_NEW] = "new",
	    [SEAT_EXEMPT] = "exempt",
	    [SEAT_PROTECTED] = "protected",
	    [SEAT_DOWNGRADE] = "downgrade",
	};

	return words[v];
}
