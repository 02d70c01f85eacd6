/* SPDX-License-Identifier: MIT */
/* The operations of a plan, as gotofs apply hands them on: each is accepted or
 * refused, and what came of it can be shown and exported again. */
#include <string.h>

#include "fuzz_tenant.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/json.h"
#include "gotofs/tenant.h"
#include "plan_int.h"
#include "tenant_int.h"

static const struct tenant_caller who = {0, 0, 4711};

static void
check_plan(struct tenant *t)
{
	AUTO(buf_done) struct buf text = BUF_MAX(1 << 26);
	AUTO(buf_done) struct buf ops = BUF_MAX(1 << 26);
	AUTO(json_done) struct json *j = NULL;
	long n;

	FUZZ_CHECK(tenant_plan(t, true, &text, &n, NULL) == 0);
	FUZZ_CHECK(json_parse(text.data, text.len, &j, NULL) == 0);
	FUZZ_CHECK(tenant_export(t, &ops, &n, NULL) == 0);
	tenant_export_done(t);
	json_done(&j);
	FUZZ_CHECK(json_parse(ops.data, ops.len, &j, NULL) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tenant *t = fuzz_tenant();
	AUTO(json_done) struct json *ops = NULL;
	const struct json *op;
	int left = 20;

	if (json_parse((const char *)data, len, &ops, NULL) < 0)
		return 0;
	tenant_begin(t);
	tenant_nest(t, true);
	for (op = json_first(ops); op && left > 0; op = json_next(op)) {
		struct err err = ERR_NONE;
		int r = plan_replay(t, &who, op, &err);

		FUZZ_CHECK(r == 0 || *err.msg);
		left--;
	}
	tenant_nest(t, false);
	tenant_end(t);
	check_plan(t);
	fuzz_tenant_reset();
	return 0;
}
