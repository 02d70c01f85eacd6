/* SPDX-License-Identifier: MIT */
/*
 * activity_file: what activity/<product>/<email>.json reads as.
 *
 * st_mtime is the last activity, so that find -mtime asks for it; of somebody
 * who was never seen it is the beginning of the observed interval.  Of somebody
 * who is unknown it is when that was last found out, which is never long ago:
 * unknown is not inactive.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/name.h"
#include "gotofs/text.h"
#include "tenant_int.h"

enum product
activity_product_of(const struct node *n)
{
	return (enum product)(n->parent->fixed - FIXED_PRODUCT);
}

int64_t
activity_number_of(const struct person *p, enum product product)
{
	return p->number * ACTIVITY_NUMBERS + product;
}

int64_t
activity_number(const struct node *n)
{
	return activity_number_of(n->obj.person, activity_product_of(n));
}

static const char *
activity_why_text(enum activity_why why)
{
	switch (why) {
	case ACTIVITY_WHY_NOT_FOUND:
		return "GoTo does not list this person for the product; asked "
		       "again tomorrow";
	case ACTIVITY_WHY_REFUSED:
		return "GoTo refuses to tell about this person; asked again "
		       "tomorrow";
	case ACTIVITY_WHY_FAILED:
		return "GoTo gave no usable answer about this person; asked "
		       "again soon";
	default:
		return NULL;
	}
}

static const char *
activity_reason(const struct tenant *t, enum product product,
    const struct activity_entry *e)
{
	const char *why = activity_source_trouble(t, product);

	if (!why && e)
		why = activity_why_text((enum activity_why)e->why);
	return why ? why : "not looked at yet";
}

int
activity_text(struct tenant *t, const struct node *n, struct buf *out)
{
	const struct activity_entry *e;
	enum product product;
	AUTO(text_done) char *email = NULL;
	int r;

	if (!n->parent) /* it has lost its name: as it last was */
		return n->local ? buf_append(out, n->local->content.data,
				      n->local->content.len)
				: 0;
	product = activity_product_of(n);
	e = activity_entry(n->obj.person, product);
	r = person_email(t, n->obj.person, &email);
	return r < 0 ? r
		     : activity_render(product, email, e,
			   activity_reason(t, product, e), out);
}

off_t
activity_size(struct tenant *t, const struct node *n)
{
	AUTO(buf_done) struct buf text = BUF_MAX(ACTIVITY_TEXT_BYTES);

	return activity_text(t, n, &text) < 0 ? 0 : (off_t)text.len;
}

void
activity_times(struct tenant *t, const struct node *n, int64_t *ret_mtime_ns,
    int64_t *ret_ctime_ns)
{
	enum product product = activity_product_of(n);
	const struct activity_entry *e = activity_entry(n->obj.person, product);
	int64_t told_ms = t->activity.source[product].told_ms;

	if (activity_is_known(e)) {
		*ret_mtime_ns =
		    (e->last_ms > 0 ? e->last_ms : activity_from_ms(e)) *
		    CLOCK_NS_PER_MS;
		*ret_ctime_ns =
		    (e->told_ms > e->looked_ms ? e->told_ms : e->looked_ms) *
		    CLOCK_NS_PER_MS;
		return;
	}
	if (e && e->tried_ms > told_ms)
		told_ms = e->tried_ms;
	*ret_mtime_ns = *ret_ctime_ns = told_ms * CLOCK_NS_PER_MS;
}

void
activity_let_go(struct tenant *t, struct node *n)
{
	int64_t ctime_ns;

	if (atomic_load(&n->lookups) == 0)
		return;
	activity_times(t, n, &n->mtime_ns, &ctime_ns);
	if (tree_local(n) && activity_text(t, n, &n->local->content) < 0)
		buf_done(&n->local->content);
}
