/* SPDX-License-Identifier: MIT */
/* conf_activity: the profile's section [activity]. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "gotofs/activity.h"
#include "gotofs/err.h"
#include "gotofs/tenant.h"
#include "gotofs/text.h"
#include "value.h"

#define ACTIVITY_WINDOW_MAX 390 /* GoToConnect keeps 13 months (5.4, A) */
#define ACTIVITY_EVERY_MAX 720
#define ACTIVITY_HOUR_MS INT64_C(3600000)

int
conf_check_rate(const char *text, struct err *err)
{
	double ignored;

	return value_rate(text, &ignored, err);
}

int
conf_check_window(const char *text, struct err *err)
{
	long ignored;

	return value_number(text, ACTIVITY_WINDOW_MAX, "days", &ignored, err);
}

int
conf_check_every(const char *text, struct err *err)
{
	long ignored;

	return value_number(text, ACTIVITY_EVERY_MAX, "hours", &ignored, err);
}

/* Those with a source. */
static unsigned
activity_all(void)
{
	unsigned i, products = 0;

	for (i = 0; i < PRODUCT_N; i++)
		if (product_has_source((enum product)i))
			products |= PRODUCT_BIT(i);
	return products;
}

static int
activity_products_read(const char *text, unsigned *ret, struct err *err)
{
	AUTO(strv_done) char **v = NULL;
	unsigned products = 0;
	char **p;

	if (strcmp(text, "all") == 0 || strcmp(text, "none") == 0) {
		*ret = *text == 'a' ? activity_all() : 0;
		return 0;
	}
	v = strv_split(text, ", \t");
	for (p = v; p && *p; p++) {
		int product = product_by_name(*p);

		if (product < 0 || !product_has_source((enum product)product))
			return err_set(err, -EINVAL,
			    "\"%s\" is none of gotomeeting, gotowebinar, "
			    "gotoconnect, gototraining, gotoassist; or all, or "
			    "none",
			    *p);
		products |= PRODUCT_BIT(product);
	}
	if (!products)
		return err_set(
		    err, -EINVAL, "no product given; to ask for nothing: none");
	*ret = products;
	return 0;
}

int
conf_check_products(const char *text, struct err *err)
{
	unsigned ignored;

	return activity_products_read(text, &ignored, err);
}

/* What is absent has its fallback, and all of it was checked. */
void
conf_activity(const struct conf *c, struct tenant_activity_conf *ret)
{
	struct err ignored = ERR_NONE;
	long days = 0, hours = 0;

	*ret = (struct tenant_activity_conf){0};
	activity_products_read(c->activity_products, &ret->products, &ignored);
	value_rate(c->activity_rate, &ret->rate_per_s, &ignored);
	value_number(
	    c->activity_window, ACTIVITY_WINDOW_MAX, "days", &days, &ignored);
	value_number(
	    c->activity_every, ACTIVITY_EVERY_MAX, "hours", &hours, &ignored);
	ret->window_days = (int)days;
	ret->every_ms = hours * ACTIVITY_HOUR_MS;
}
