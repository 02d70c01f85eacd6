/* SPDX-License-Identifier: MIT */
/*
 * What the daemon answers on its control socket.
 */
#include <errno.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/fs.h"
#include "gotofs/json.h"
#include "gotofs/tenant.h"
#include "gotofs/text.h"
#include "serve.h"

#define CONTROL_SETTLE_MS 2000
#define CONTROL_STATUS_BYTES (16 * 1024 * 1024)
#define CONTROL_PLAN_BYTES (60 * 1024 * 1024) /* less than an answer */

struct control {
	struct serve *serve;
	const struct json *request;
	struct ctl_conn *conn;
	struct json *answer;
};

static int
control_add_requests(struct serve *s, struct json *status, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(65536);
	struct json *requests = NULL;
	int r;

	if (!s->fs)
		return 0;
	r = fs_stats(s->fs, &text);
	if (r == 0)
		r = json_parse(text.data, text.len, &requests, err);
	if (r < 0)
		return r;
	return json_set(status, "requests", requests);
}

static int
control_status(struct control *c, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(CONTROL_STATUS_BYTES);
	struct json *status = NULL;
	int r = tenant_status(c->serve->tenant, &text, err);

	if (r == 0)
		r = json_parse(text.data, text.len, &status, err);
	if (r == 0)
		r = control_add_requests(c->serve, status, err);
	if (r < 0) {
		json_free(status);
		return r;
	}
	return json_set(c->answer, "status", status);
}

/* Who was told that it is done reads what is new, not what the kernel kept. */
static void
control_settle(struct serve *s)
{
	struct fs *fs = s->fs;

	if (fs)
		fs_settle(fs, CONTROL_SETTLE_MS);
}

static int
control_refresh(struct control *c, struct err *err)
{
	int r = tenant_refresh(c->serve->tenant, err);

	if (r == 0)
		control_settle(c->serve);
	return r;
}

static int
control_refresh_activity(struct control *c, struct err *err)
{
	AUTO(strv_done) char **troubles = NULL;
	int r = tenant_refresh_activity(
	    c->serve->tenant, ctl_conn_progress, c->conn, &troubles, err);

	if (r < 0)
		return r;
	control_settle(c->serve);
	return json_set_strv(c->answer, "troubles", troubles);
}

static int
control_sync(struct control *c, struct err *err)
{
	AUTO(tenant_sync_report_done)
	struct tenant_sync_report report = {0};
	const char *path = json_get_str(c->request, "path");
	int64_t timeout_ms = json_get_int(c->request, "timeout_ms", 0);
	int r;

	if (timeout_ms < 0)
		return err_set(err, -EINVAL, "timeout_ms is negative");
	r = tenant_sync(c->serve->tenant, path ? path : "", timeout_ms,
	    ctl_conn_progress, c->conn, &report, err);
	if (r < 0)
		return r;
	control_settle(c->serve);
	r = json_set_int(c->answer, "sent", report.sent_n);
	if (r == 0)
		r = json_set_int(c->answer, "failed", report.failed_n);
	if (r == 0)
		r = json_set_strv(c->answer, "failures", report.failures);
	if (r == 0)
		r = json_set_int(c->answer, "waiting", report.waiting_n);
	if (r == 0)
		r = json_set_int(c->answer, "awaited", report.awaited_n);
	if (r == 0)
		r = json_set_strv(c->answer, "people", report.awaited);
	return r;
}

/* As .gotofs/plan has it. */
static int
control_plan(struct control *c, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(CONTROL_PLAN_BYTES);
	long n;
	int r = tenant_plan(c->serve->tenant, false, &text, &n, err);

	if (r == 0)
		r = json_set_str(c->answer, "text", buf_str(&text));
	return r < 0 ? r : json_set_int(c->answer, "differences", n);
}

static int
control_plan_json(struct control *c, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(CONTROL_PLAN_BYTES);
	struct json *plan = NULL;
	long n;
	int r = tenant_plan(c->serve->tenant, true, &text, &n, err);

	if (r == 0)
		r = json_parse(text.data, text.len, &plan, err);
	if (r == 0)
		r = json_set(c->answer, "plan", plan);
	return r < 0 ? r : json_set_int(c->answer, "differences", n);
}

static int
control_send_plan(struct control *c, struct err *err)
{
	int r = control_apply(c->serve, c->conn, c->answer, err);

	if (r == 0)
		control_settle(c->serve);
	return r;
}

static int
control_accept_plan(struct control *c, struct err *err)
{
	int r = control_accept(c->serve, c->request, c->conn, c->answer, err);

	if (r == 0)
		control_settle(c->serve);
	return r;
}

static int
control_discard(struct control *c, struct err *err)
{
	long n;
	int r = tenant_discard(c->serve->tenant, &n, err);

	if (r < 0)
		return r;
	control_settle(c->serve);
	return json_set_int(c->answer, "discarded", n);
}

static int
control_allow(struct control *c, struct err *err)
{
	struct tenant_caller who = {0, 0, 0};
	int64_t until_ms;
	int r;

	ctl_conn_peer(c->conn, &who.uid, &who.pid);
	r = tenant_allow(c->serve->tenant, &who,
	    (long)json_get_int(c->request, "removals", -1),
	    json_get_int(c->request, "for_ms", 0),
	    json_get_str(c->request, "reason"), &until_ms, err);
	return r < 0 ? r : json_set_int(c->answer, "until", until_ms);
}

static int
control_reclaim_why(struct control *c, struct err *err)
{
	const char *seat = json_get_str(c->request, "seat");

	return tenant_reclaim_why(c->serve->tenant, seat ? seat : "", err);
}

static const struct {
	const char *name;
	int (*run)(struct control *c, struct err *err);
} control_commands[] = {
    {"status", control_status},
    {"refresh", control_refresh},
    {"refresh-activity", control_refresh_activity},
    {"sync", control_sync},
    {"plan", control_plan},
    {"plan-json", control_plan_json},
    {"apply", control_send_plan},
    {"accept", control_accept_plan}, /* asked by a dry run's daemon */
    {"discard", control_discard},
    {"allow", control_allow},
    {"reclaim-why", control_reclaim_why},
};

int
control_handle(void *serve, const struct json *request, struct ctl_conn *conn,
    struct json *answer, struct err *err)
{
	struct control c = {serve, request, conn, answer};
	const char *name = json_get_str(request, "command");
	size_t i;
	int r;

	for (i = 0; i < sizeof(control_commands) / sizeof(control_commands[0]);
	     i++) {
		if (!text_equal(control_commands[i].name, name))
			continue;
		r = control_commands[i].run(&c, err);
		if (r < 0 && err->code == 0)
			err_set(err, r, "%s failed", name);
		return r;
	}
	return err_set(err, -EINVAL, "unknown command \"%s\"", name);
}
