/* SPDX-License-Identifier: MIT */
/* Histories: who has one, what was added to it. See activity.h. */
#include "activity.h"

#include <string.h>

#include "mem.h"
#include "switches.h"

static int64_t base_ms; /* when the sandbox started */
static uint64_t added_id;
static struct events added; /* by tests */
static struct user stranger;
static char stranger_key[] = "4210000000000000009";
static char stranger_email[] = "gone.stranger@example.com";

void
events_add(struct events *l, const struct event *e)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 16;
		l->v = mem_grow(l->v, l->cap * sizeof *l->v);
	}
	l->v[l->n++] = *e;
}

static int
event_compare(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->start_ms != y->start_ms)
		return x->start_ms < y->start_ms ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

void
events_sort(struct events *l)
{
	if (l->n > 1)
		qsort(l->v, l->n, sizeof *l->v, event_compare);
}

void
events_done(struct events *l)
{
	free(l->v);
	*l = (struct events)EVENTS_NONE;
}

bool
event_over(const struct event *e)
{
	return e->end_ms <= clock_ms();
}

uint64_t
activity_mix(uint64_t z)
{
	z += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Of those who lost their license one in five has hosted meetings before; who
 * did not accept the invitation has done nothing. */
static uint8_t
products_seeded(const struct user *u, uint64_t luck)
{
	uint8_t bits = 0;

	if (!strcmp(u->status, "INVITED"))
		return 0;
	if (!u->licenses)
		return luck % 5 ? 0 : 1 << PRODUCT_MEETING;
	for (int i = 0; i < PRODUCT_N; i++) {
		if (product_held(u, (enum product)i))
			bits |= (uint8_t)(1 << i);
	}
	return bits;
}

static struct history *
history_new(const struct user *u, uint64_t seed)
{
	struct history *h = mem_alloc(sizeof *h);

	h->luck = activity_mix(map_hash(u->key) ^ seed);
	h->is_fixed = activity_fixed_is(u->email);
	h->is_dormant = !strcmp(u->status, "SUSPENDED");
	h->products = h->is_fixed ? activity_fixed_products(u->email)
				  : products_seeded(u, h->luck);
	return h;
}

/* Two who hold webinars, or trainings, help each other. */
static void
partners_find(enum product product)
{
	struct user *waits = NULL;

	for (size_t i = 0; i < tenant.users_n; i++) {
		struct user *u = tenant.users[i];

		if (u->history->is_fixed ||
		    !(u->history->products >> product & 1))
			continue;
		u->history->partner[product] = waits ? waits : &stranger;
		if (waits)
			waits->history->partner[product] = u;
		waits = waits ? NULL : u;
	}
}

void
activity_start(uint64_t seed)
{
	base_ms = clock_ms() / 1000 * 1000;
	for (size_t i = 0; i < tenant.users_n; i++)
		tenant.users[i]->history = history_new(tenant.users[i], seed);
	partners_find(PRODUCT_WEBINAR);
	partners_find(PRODUCT_TRAINING);
	stranger = (struct user){.key = stranger_key,
	    .email = stranger_email,
	    .group = group_by_name("Berlin"),
	    .alive = true};
	stranger.first_name = mem_dup("Gone");
	stranger.last_name = mem_dup("Stranger");
	stranger.status = mem_dup("SUSPENDED");
	stranger.history = history_new(&stranger, seed);
}

void
activity_done(void)
{
	for (size_t i = 0; i < tenant.users_n; i++)
		free(tenant.users[i]->history);
	free(stranger.history);
	free(stranger.first_name);
	free(stranger.last_name);
	free(stranger.status);
	events_done(&added);
}

struct user *
activity_stranger(void)
{
	return switch_on(SW_ODDITIES) ? &stranger : NULL;
}

struct user *
activity_person(size_t i)
{
	if (i < tenant.users_n)
		return tenant.users[i];
	return i == tenant.users_n ? activity_stranger() : NULL;
}

struct user *
activity_person_by_key(const char *key)
{
	struct user *u = user_by_key(key);

	if (u || strcmp(key, stranger_key))
		return u;
	return activity_stranger();
}

/* What the seed gave him, as it is now: somebody of whom a test took all is
 * not in the events of his partner either. */
static void
owned_seeded(const struct user *u, enum product product, struct events *ret)
{
	const struct history *h = u->history;
	size_t from = ret->n;

	if (!h || h->cleared >> product & 1 || !(h->products >> product & 1))
		return;
	if (h->is_fixed)
		activity_fixed_owned(u, product, base_ms, ret);
	else
		activity_seed_owned(u, product, base_ms, ret);
	for (size_t i = from; i < ret->n; i++) {
		const struct user *other = ret->v[i].other;

		if (other && other == &stranger && !activity_stranger())
			ret->v[i].other = NULL;
		else if (other && other->history &&
			 other->history->cleared >> product & 1)
			ret->v[i].other = NULL;
	}
}

/* Append those of l that fit. */
static void
events_pick(const struct events *l, enum product product,
    const struct user *owner, const struct user *other, struct events *ret)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct event *e = &l->v[i];

		if (e->product == product && (!owner || e->owner == owner) &&
		    (!other || e->other == other))
			events_add(ret, e);
	}
}

void
activity_owned(const struct user *u, enum product product, struct events *ret)
{
	owned_seeded(u, product, ret);
	events_pick(&added, product, u, NULL, ret);
}

void
activity_of(const struct user *u, enum product product, struct events *ret)
{
	const struct user *partner =
	    u->history ? u->history->partner[product] : NULL;
	AUTO(events_done) struct events theirs = EVENTS_NONE;

	activity_owned(u, product, ret);
	if (partner)
		owned_seeded(partner, product, &theirs);
	events_pick(&theirs, product, NULL, u, ret);
	events_pick(&added, product, NULL, u, ret);
}

void
activity_add(struct event *e)
{
	e->id = 90000000000000000 + ++added_id;
	events_add(&added, e);
}

void
activity_clear(struct user *u, enum product product)
{
	size_t kept = 0;

	if (u->history)
		u->history->cleared |= (uint8_t)(1 << product);
	for (size_t i = 0; i < added.n; i++) {
		struct event e = added.v[i];

		if (e.product == product && e.owner == u)
			continue;
		if (e.product == product && e.other == u)
			e.other = NULL;
		added.v[kept++] = e;
	}
	added.n = kept;
}
