/* SPDX-License-Identifier: MIT */
/* activity_render: activity/<product>/<email>.json. */
#include <errno.h>

#include "activity_model_int.h"
#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

static int
render_time(struct json *j, const char *name, int64_t ms)
{
	char text[CLOCK_ISO_BYTES];

	return json_set_str(j, name, ms > 0 ? clock_iso(ms, text) : NULL);
}

static int
render_counts(struct json *j, const struct activity_entry *e)
{
	struct json *m = json_new_object();
	int i, r = json_set(j, "counts", m);

	for (i = 0; r == 0 && e && i < 2; i++) {
		enum use_kind kind = activity_count_kind(e->product, i);

		if (kind != USE_NONE)
			r = json_set_int(m, use_kind_plural(kind), e->count[i]);
	}
	return r;
}

/* e NULL: nothing is known. */
static int
render_known(struct json *j, const struct activity_entry *e)
{
	bool used = e && e->last_ms > 0;
	int r;

	r = json_set_str(j, "state", e ? "known" : "unknown");
	if (r == 0)
		r = render_time(j, "lastActivity", used ? e->last_ms : 0);
	if (r == 0)
		r = json_set_str(j, "precision",
		    used ? (e->day_only ? "day" : "second") : NULL);
	if (r == 0)
		r = json_set_str(j, "what",
		    used ? use_kind_text((enum use_kind)e->last_kind) : NULL);
	if (r == 0)
		r = render_counts(j, e);
	if (r == 0)
		r = render_time(j, "observedFrom", e ? activity_from_ms(e) : 0);
	if (r == 0)
		r = render_time(j, "observedTo", e ? e->to_ms : 0);
	if (r == 0)
		r = render_time(j, "lookedAt", e ? e->looked_ms : 0);
	return r;
}

int
activity_render(enum product product, const char *email,
    const struct activity_entry *e, const char *why, struct buf *out)
{
	AUTO(json_done) struct json *j = json_new_object();
	bool known = activity_is_known(e);
	int r = j ? json_set_str(j, "email", *email ? email : NULL) : -ENOMEM;

	if (r == 0)
		r = json_set_str(j, "product", product_name(product));
	if (r == 0)
		r = render_known(j, known ? e : NULL);
	if (r == 0 && !known)
		r = json_set_str(j, "reason", why);
	if (r == 0)
		r = json_print_pretty(j, 0, false, out);
	return r < 0 ? r : buf_putc(out, '\n');
}
