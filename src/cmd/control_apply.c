/* SPDX-License-Identifier: MIT */
/*
 * control_apply: gotofs apply, asked of the daemon of a dry run.
 *
 * It writes its plan into its folder, and asks the daemon of the account itself
 * to accept and send it; where none is mounted, it opens the account's state
 * folder and does it in its place.  Then it forgets the plan and reads the
 * account anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/json.h"
#include "gotofs/log.h"
#include "gotofs/tenant.h"
#include "gotofs/text.h"
#include "serve.h"

#define APPLY_BYTES (256 * 1024 * 1024)
#define APPLY_STOP_MS 20000
#define APPLY_FILE "apply.json"

/* ---- the file between the two ---- */

static int
apply_write(const char *path, const struct buf *text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : file_write_all(fd, text->data, text->len);

	if (fd >= 0 && close(fd) < 0 && r == 0)
		r = -errno;
	return r < 0 ? err_set(err, r, "%s: %s", path, strerror(-r)) : 0;
}

static int
apply_read(const char *path, struct buf *out, struct err *err)
{
	int r = file_read(path, out);

	return r < 0 ? err_set(err, r, "%s: %s", path, strerror(-r)) : 0;
}

/* ---- at the account's own daemon ---- */

static int
apply_answer(const struct tenant_sync_report *report, struct json *answer)
{
	int r = json_set_int(answer, "accepted", report->sent_n);

	if (r == 0)
		r = json_set_int(answer, "failed", report->failed_n);
	return r < 0 ? r : json_set_strv(answer, "failures", report->failures);
}

/* text: of the plan. */
static int
apply_to(struct tenant *t, const struct tenant_caller *who,
    const struct buf *text, struct ctl_conn *conn, struct json *answer,
    struct err *err)
{
	AUTO(tenant_sync_report_done)
	struct tenant_sync_report report = {0};
	int r = tenant_apply(t, who, text->data, text->len, ctl_conn_progress,
	    conn, &report, err);

	return r < 0 ? r : apply_answer(&report, answer);
}

int
control_accept(struct serve *s, const struct json *request,
    struct ctl_conn *conn, struct json *answer, struct err *err)
{
	const struct tenant_caller who = {
	    (uid_t)json_get_int(request, "uid", 0), getgid(),
	    (pid_t)json_get_int(request, "pid", 0)};
	AUTO(text_done)
	char *path =
	    text_printf("%s/" MOUNT_DRY_RUN "/" APPLY_FILE, s->plan->state_dir);
	AUTO(buf_done) struct buf text = BUF_MAX(APPLY_BYTES);
	int r = path ? apply_read(path, &text, err) : err_nomem(err);

	return r < 0 ? r : apply_to(s->tenant, &who, &text, conn, answer, err);
}

/* ---- in its place ---- */

static int
apply_alone(struct serve *s, const struct tenant_caller *who,
    const struct buf *text, struct ctl_conn *conn, struct json *answer,
    struct err *err)
{
	struct tenant_conf conf = serve_conf(s);
	struct tenant *t;
	int r;

	conf.state_dir = s->plan->live_dir;
	conf.dry_run_of = NULL;
	conf.refresh_ms = 0; /* what the plan needs is read */
	conf.activity.products = 0;
	r = tenant_open(&conf, &t, err);
	if (r < 0)
		return r;
	r = tenant_start(t, ctl_conn_progress, conn, err);
	if (r == 0)
		r = apply_to(t, who, text, conn, answer, err);
	tenant_stop(t, APPLY_STOP_MS);
	tenant_close(t);
	return r;
}

/* ---- at the dry run's ---- */

static int
apply_ask(int fd, const struct tenant_caller *who, struct ctl_conn *conn,
    struct json **ret, struct err *err)
{
	AUTO(json_done) struct json *request = json_new_object();
	int r = request ? json_set_str(request, "command", "accept") : -ENOMEM;

	if (r == 0)
		r = json_set_int(request, "uid", who->uid);
	if (r == 0)
		r = json_set_int(request, "pid", who->pid);
	if (r < 0) {
		close(fd);
		return err_nomem(err);
	}
	return ctl_ask(fd, request, -1, ctl_conn_progress, conn, ret, err);
}

/* Its answer becomes ours. */
static int
apply_copy(const struct json *from, struct json *answer)
{
	const struct json *failures = json_get(from, "failures");
	int r =
	    json_set_int(answer, "accepted", json_get_int(from, "accepted", 0));

	if (r == 0)
		r = json_set_int(
		    answer, "failed", json_get_int(from, "failed", 0));
	if (r == 0 && failures)
		r = json_set(answer, "failures", json_copy(failures));
	return r;
}

static int
apply_live(struct serve *s, int fd, const struct tenant_caller *who,
    const struct buf *text, struct ctl_conn *conn, struct json *answer,
    struct err *err)
{
	AUTO(text_done)
	char *path = text_printf("%s/" APPLY_FILE, s->plan->state_dir);
	AUTO(json_done) struct json *theirs = NULL;
	int r = path ? apply_write(path, text, err) : err_nomem(err);

	if (r < 0) {
		close(fd);
		return r;
	}
	r = apply_ask(fd, who, conn, &theirs, err);
	unlink(path);
	return r < 0 ? r : apply_copy(theirs, answer);
}

/* Where the account is mounted its daemon does it. */
static int
apply_send(struct serve *s, const struct tenant_caller *who,
    const struct buf *text, struct ctl_conn *conn, struct json *answer,
    struct err *err)
{
	AUTO(text_done)
	char *socket = text_printf("%s/control.sock", s->plan->live_dir);
	pid_t pid;
	int fd, r;

	if (!socket)
		return err_nomem(err);
	r = ctl_connect(socket, &fd, &pid, err);
	if (r == 0)
		return apply_live(s, fd, who, text, conn, answer, err);
	if (r != -ENOTCONN)
		return r;
	err->code = 0;
	return apply_alone(s, who, text, conn, answer, err);
}

/* The plan is the account's now: forget it, and look. */
static int
apply_forget(struct serve *s, struct err *err)
{
	struct err why = ERR_NONE;
	long n;
	int r = tenant_discard(s->tenant, &n, err);

	if (r == 0 && n > 0 && tenant_refresh(s->tenant, &why) < 0)
		log_warn(
		    "the dry run shows the account as it was: %s", why.msg);
	return r;
}

int
control_apply(struct serve *s, struct ctl_conn *conn, struct json *answer,
    struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(APPLY_BYTES);
	struct tenant_caller who = {0, getgid(), 0};
	long n = 0;
	int r = tenant_export(s->tenant, &text, &n, err);

	ctl_conn_peer(conn, &who.uid, &who.pid);
	if (r < 0)
		return r;
	if (n > 0)
		r = apply_send(s, &who, &text, conn, answer, err);
	if (r == 0)
		r = apply_forget(s, err);
	tenant_export_done(s->tenant);
	return r;
}
