/* SPDX-License-Identifier: MIT */
/* reclaim_text: a candidate's file: the evidence, and the sentence. Pure. */
#include <errno.h>
#include <stdio.h>

#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "reclaim_int.h"

#define RECLAIM_REASON_TEXT_BYTES 700

/* The main product that was used last; else the first. -1: none. */
static int
evidence_product(const struct seat_facts *f)
{
	unsigned main = reclaim_main_products(f->products);
	int best = -1, i;

	for (i = 0; i < PRODUCT_N; i++)
		if ((main & PRODUCT_BIT(i)) &&
		    (best < 0 ||
			f->activity[i].last_ms > f->activity[best].last_ms))
			best = i;
	return best;
}

int64_t
reclaim_as_of(const struct seat_facts *f, const struct judgement *j)
{
	int64_t ms = j->since_ms;
	int i;

	for (i = 0; i < PRODUCT_N; i++)
		if (f->activity[i].looked_ms > ms)
			ms = f->activity[i].looked_ms;
	return ms;
}

int64_t
reclaim_mtime_ms(const struct seat_facts *f)
{
	int product = evidence_product(f);
	const struct activity *a = product < 0 ? NULL : &f->activity[product];

	if (!a)
		return 0;
	return a->last_ms > 0 ? a->last_ms : a->from_ms;
}

/* ---- the sentence ---- */

static int
evidence_reason_used(const struct activity *a, long days, struct buf *out)
{
	char last[CLOCK_ISO_BYTES], from[CLOCK_ISO_BYTES];
	char to[CLOCK_ISO_BYTES];

	return buf_printf(out,
	    "%s was last used on %s (%s): looked at from %s to %s; a seat is "
	    "inactive after %ld days",
	    product_title((enum product)a->product),
	    clock_date(a->last_ms, last),
	    use_kind_text((enum use_kind)a->last_kind),
	    clock_date(a->from_ms, from), clock_date(a->to_ms, to), days);
}

static int
evidence_reason_never(const struct activity *a, const struct seat_facts *f,
    const struct reclaim_limits *l, struct buf *out)
{
	char from[CLOCK_ISO_BYTES], to[CLOCK_ISO_BYTES];
	char since[CLOCK_ISO_BYTES];

	return buf_printf(out,
	    "no use of %s is known: looked at from %s to %s; the seat was "
	    "first seen on %s, more than %ld + %ld days before",
	    product_title((enum product)a->product),
	    clock_date(a->from_ms, from), clock_date(a->to_ms, to),
	    clock_date(f->since_ms, since), l->inactive_days,
	    l->new_seat_grace_days);
}

static int
evidence_reason(
    const struct seat_facts *f, const struct reclaim_limits *l, struct json *j)
{
	AUTO(buf_done) struct buf text = BUF_MAX(RECLAIM_REASON_TEXT_BYTES);
	int product = evidence_product(f), r;
	struct activity a;

	if (product < 0)
		return json_set_null(j, "reason");
	a = f->activity[product];
	a.product = (uint8_t)product;
	r = a.last_ms > 0 ? evidence_reason_used(&a, l->inactive_days, &text)
			  : evidence_reason_never(&a, f, l, &text);
	return r < 0 ? r : json_set_str(j, "reason", buf_str(&text));
}

/* ---- the file ---- */

static int
evidence_time(struct json *j, const char *name, int64_t ms)
{
	char iso[CLOCK_ISO_BYTES];

	return ms > 0 ? json_set_str(j, name, clock_iso(ms, iso))
		      : json_set_null(j, name);
}

static int
evidence_activity(const struct activity *a, int product, struct json *list)
{
	struct json *j = json_new_object();
	int r = json_push(list, j);

	if (r == 0)
		r = json_set_str(
		    j, "product", product_name((enum product)product));
	if (r == 0)
		r = evidence_time(j, "lastActivity", a->last_ms);
	if (r == 0)
		r = a->last_ms > 0
			? json_set_str(j, "what",
			      use_kind_text((enum use_kind)a->last_kind))
			: json_set_null(j, "what");
	if (r == 0)
		r = evidence_time(j, "observedFrom", a->from_ms);
	if (r == 0)
		r = evidence_time(j, "observedTo", a->to_ms);
	return r < 0 ? r : evidence_time(j, "lookedAt", a->looked_ms);
}

static int
evidence_activities(const struct seat_facts *f, struct json *j)
{
	struct json *list = json_new_array();
	int r = json_set(j, "activity", list), i;

	for (i = 0; r == 0 && i < PRODUCT_N; i++)
		if (f->products & PRODUCT_BIT(i))
			r = evidence_activity(&f->activity[i], i, list);
	return r;
}

static int
evidence_rule(const struct judgement *judged, struct json *j)
{
	const struct reclaim_limits *l = judged->limits;
	struct json *m = json_new_object();
	int r = json_set(j, "rule", m);

	if (r == 0)
		r = json_set_str(m, "license",
		    judged->override ? judged->override->license : NULL);
	if (r == 0)
		r = json_set_int(m, "inactive_days", l->inactive_days);
	if (r == 0)
		r = json_set_int(
		    m, "new_seat_grace_days", l->new_seat_grace_days);
	return r < 0 ? r
		     : json_set_int(
			   m, "max_data_age_hours", l->max_data_age_hours);
}

static int
evidence_head(const struct seat_facts *f, struct json *j)
{
	int product = evidence_product(f);
	int r = json_set_str(j, "email", *f->email ? f->email : NULL);

	if (r == 0)
		r = json_set_str(j, "license", f->license);
	if (r == 0)
		r = json_set_str(j, "product",
		    product < 0 ? NULL : product_name((enum product)product));
	return r < 0 ? r
		     : evidence_time(j, "lastActivity",
			   product < 0 ? 0 : f->activity[product].last_ms);
}

int
reclaim_print(const struct reclaim_rules *rules, const struct seat_facts *f,
    int64_t as_of_ms, struct buf *out)
{
	AUTO(json_done) struct json *j = json_new_object();
	struct judgement judged;
	int r = j ? 0 : -ENOMEM;

	reclaim_judge(rules, f, as_of_ms, &judged);
	if (r == 0)
		r = evidence_head(f, j);
	if (r == 0)
		r = evidence_reason(f, judged.limits, j);
	if (r == 0)
		r = evidence_time(j, "seatSince", f->since_ms);
	if (r == 0)
		r = evidence_time(j, "threshold", judged.threshold_ms);
	if (r == 0)
		r = evidence_time(j, "asOf", as_of_ms);
	if (r == 0)
		r = evidence_activities(f, j);
	if (r == 0)
		r = evidence_rule(&judged, j);
	if (r == 0)
		r = json_print_pretty(j, 0, false, out);
	return r < 0 ? r : buf_putc(out, '\n');
}

/* ---- why not ---- */

static int
why_not_used(
    const struct seat_facts *f, const struct judgement *j, struct err *err)
{
	char day[CLOCK_ISO_BYTES];

	return err_set(err, -EBUSY, "%s was used on %s (%s)",
	    product_title((enum product)j->product), clock_iso(j->last_ms, day),
	    use_kind_text((enum use_kind)f->activity[j->product].last_kind));
}

void
reclaim_why_not(
    const struct seat_facts *f, const struct judgement *j, struct err *err)
{
	switch (j->verdict) {
	case SEAT_KEEP:
		if (j->usage == SEAT_ACTIVE)
			why_not_used(f, j, err);
		else
			err_set(err, -EPERM,
			    "whether the seat is used is unknown: %s%s%s",
			    j->product < 0
				? ""
				: product_title((enum product)j->product),
			    j->product < 0 ? "" : ": ", j->unknown_why);
		break;
	case SEAT_NEW:
		err_set(err, -EPERM,
		    "the seat is too new: %ld + %ld days have not passed",
		    j->limits->inactive_days, j->limits->new_seat_grace_days);
		break;
	case SEAT_EXEMPT:
		err_set(err, -EPERM, "exempt by reclaim/rules.json: %.200s",
		    j->exemption->reason);
		break;
	case SEAT_PROTECTED:
		err_set(err, -EPERM,
		    "protected: by the profile, as the token's own account, "
		    "or as one of the last two super administrators");
		break;
	case SEAT_DOWNGRADE:
		err_set(err, -EPERM,
		    "meetings are held with it: a smaller license would do, "
		    "but the seat is used");
		break;
	case SEAT_CANDIDATE:
	case SEAT_VERDICTS_N:
		break;
	}
}
