/* SPDX-License-Identifier: MIT */
/* activity_status: "activity" in status.json: each product that somebody holds,
 * and how far it is. */
#include <errno.h>

#include "gotofs/json.h"
#include "gotofs/text.h"
#include "status_int.h"
#include "tenant_int.h"

#define STATUS_RATE 4.0

struct counted {
	long holders, known;
	int64_t oldest_ms; /* look of somebody who is known; 0: nobody is */
};

static void
status_count(const struct tenant *t, unsigned product, struct counted *ret)
{
	const struct activity_holders *h = &t->activity.holders[product];
	size_t i;

	*ret = (struct counted){0, 0, 0};
	for (i = 0; i < h->n; i++) {
		const struct activity_entry *e =
		    activity_entry(h->v[i], (enum product)product);

		ret->holders++;
		if (!activity_is_known(e))
			continue;
		ret->known++;
		if (ret->oldest_ms == 0 || e->looked_ms < ret->oldest_ms)
			ret->oldest_ms = e->looked_ms;
	}
}

/* "unknown": nothing was asked yet, or nobody tells. */
static const char *
status_source(const struct tenant *t, enum product product)
{
	const struct activity_source *s = &t->activity.source[product];

	if (!product_has_source(product))
		return "unknown";
	if (s->state == SOURCE_DISABLED)
		return "disabled";
	if (s->state == SOURCE_FAILING)
		return "failing";
	if (t->dry_run || !(t->conf.activity.products & PRODUCT_BIT(product)))
		return "off";
	if (activity_doubtful(t) & PRODUCT_BIT(product))
		return "silent";
	return s->state == SOURCE_OK ? "ok" : "unknown";
}

static const char *
status_reason(const struct tenant *t, enum product product)
{
	const char *why = activity_source_trouble(t, product);

	if (!why && (activity_doubtful(t) & PRODUCT_BIT(product)))
		return "it tells of no use by anybody, which is hard to "
		       "believe: its seats are unknown";
	return why;
}

static int
status_product(struct tenant *t, struct json *list, unsigned product,
    const struct counted *c)
{
	struct json *m = json_new_object();
	double rate = t->conf.activity.rate_per_s;
	long left = t->activity.left_n[product];
	int r = json_set(list, product_name((enum product)product), m);

	if (rate <= 0)
		rate = STATUS_RATE;
	if (r == 0)
		r = json_set_str(
		    m, "state", status_source(t, (enum product)product));
	if (r == 0)
		r = json_set_str(
		    m, "reason", status_reason(t, (enum product)product));
	if (r == 0)
		r = json_set_int(m, "holders", c->holders);
	if (r == 0)
		r = json_set_int(m, "known", c->known);
	if (r == 0)
		r = status_time(m, "oldestLook", c->oldest_ms);
	if (r == 0)
		r = json_set_int(m, "callsLeft", left);
	if (r == 0)
		r = json_set_int(
		    m, "secondsLeft", (int64_t)((double)left / rate));
	return r;
}

int
activity_status(struct tenant *t, struct json *j)
{
	struct json *m = json_new_object();
	int r = json_set(j, "activity", m);
	unsigned i;

	for (i = 0; r == 0 && i < PRODUCT_N; i++) {
		struct counted c;

		status_count(t, i, &c);
		if (c.holders > 0)
			r = status_product(t, m, i, &c);
	}
	return r;
}

/* A sentence for each product that somebody holds and that is asked for in
 * vain. */
int
activity_troubles(const struct tenant *t, char ***ret)
{
	AUTO(strv_done) char **v = NULL;
	unsigned i;
	int r = 0;

	for (i = 0; r == 0 && i < PRODUCT_N; i++) {
		AUTO(text_done) char *line = NULL;
		struct counted c;

		status_count(t, i, &c);
		if (c.holders == 0 || !t->activity.source[i].why ||
		    !product_has_source((enum product)i))
			continue;
		line = text_printf("%s: %s", product_name((enum product)i),
		    t->activity.source[i].why);
		r = line ? strv_add(&v, line) : -ENOMEM;
	}
	if (r == 0)
		*ret = TAKE(v);
	return r;
}
