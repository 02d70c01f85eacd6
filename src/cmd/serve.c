/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "gotofs/clock.h"
#include "gotofs/daemon.h"
#include "gotofs/err.h"
#include "gotofs/fs.h"
#include "gotofs/log.h"
#include "gotofs/secret.h"
#include "gotofs/tenant.h"
#include "gotofs/text.h"

#define SERVE_STOP_MS 20000 /* for what is pending, at the end */
#define SERVE_NEWS_MS 1000  /* until a daemon knows of its umount */
#define SERVE_END_MS 30000  /* until it has ended */
#define SERVE_AGAIN_MS 50
#define SERVE_EXCHANGE_MS 30000
#define SERVE_PARALLEL 8
#define SERVE_QUIET_MS 2000   /* when an incomplete write is dropped */
#define SERVE_GRACE_MS 10000  /* pulls re-read what was pushed within */
#define SERVE_TIMEOUT_S 86400 /* entries and attributes in the kernel */

/* That there is one, and whose; its token is read when it is needed. */
static int
serve_read_login(struct serve *s, struct err *err)
{
	AUTO(token_done) struct token t = TOKEN_NONE;
	int r;

	s->login = key_place(&s->plan->key, &s->plan->conf);
	r = token_read(&s->login, &t, err);
	if (r < 0)
		return err_prefix(err, "%s (run: gotofs login %s)",
		    r == -ENOENT ? "nobody is logged in"
				 : "the login cannot be read",
		    s->plan->conf.name);
	if (*t.account_key)
		s->account_key = TAKE(t.account_key);
	return 0;
}

/* The secrets, and what goto shall know. Errors are the profile's. */
int
serve_read_secrets(struct serve *s, struct err *err)
{
	const struct conf *c = &s->plan->conf;
	int r = conf_api(c, &s->client_secret, &s->api, err);

	if (r == 0 && c->pat_file)
		r = secret_read_file(c->pat_file, &s->pat, err);
	if (r == 0 && conf_has_login(c))
		r = serve_read_login(s, err);
	if (r < 0)
		return r;
	if (!s->api.account_key)
		s->api.account_key = s->account_key;
	s->api.pat = s->pat;
	s->api.refresh_token_file = c->refresh_token_file;
	s->api.login = conf_has_login(c) ? &s->login : NULL;
	s->api.rate_per_s = s->plan->options.rate_per_s;
	s->api.max_parallel = SERVE_PARALLEL;
	s->api.timeout_ms = SERVE_EXCHANGE_MS;
	return 0;
}

struct tenant_conf
serve_conf(const struct serve *s)
{
	const struct mount_options *o = &s->plan->options;
	const struct conf *c = &s->plan->conf;
	struct tenant_activity_conf activity;

	conf_activity(c, &activity);
	return (struct tenant_conf){
	    .profile = c->name,
	    .state_dir = s->plan->state_dir,
	    .socket = s->plan->socket,
	    .mountpoint = s->plan->mountpoint,
	    .api = &s->api,
	    .uid = o->uid,
	    .gid = o->gid,
	    .umask = o->umask,
	    .read_only = o->read_only,
	    .dry_run_of = s->plan->live_dir,
	    .async = o->async,
	    .settle_ms = o->settle_ms,
	    .refresh_ms = o->refresh_ms,
	    .deadline_ms = o->deadline_ms,
	    .quiet_ms = SERVE_QUIET_MS,
	    .grace_ms = SERVE_GRACE_MS,
	    .protect = s->protect,
	    .max_removals = o->max_removals ? o->max_removals : c->max_removals,
	    .journal_max_bytes = conf_journal_max_bytes(c),
	    .history_ms = conf_history_ms(c),
	    .activity = activity,
	    .prices_file = c->prices_file ? c->prices_file : c->prices_beside,
	    .prices_wanted = c->prices_file != NULL,
	    .suppress_email = !conf_send_mail(c),
	    .mail_subject = c->mail_subject,
	    .mail_text = c->mail_text,
	};
}

/* umount(8) does not wait for the daemon, which has the state folder until it
 * has sent what is pending, and no socket any more: so the next one waits. With
 * an automount somebody looks right after. */
static int
serve_open_tenant(
    struct serve *s, const struct tenant_conf *conf, struct err *err)
{
	int64_t begun = clock_boot_ms(), patience;
	int r;

	while ((r = tenant_open(conf, &s->tenant, err)) == -EBUSY) {
		patience = access(conf->socket, F_OK) == 0 ? SERVE_NEWS_MS
							   : SERVE_END_MS;
		if (clock_boot_ms() - begun >= patience)
			break;
		clock_sleep_ms(SERVE_AGAIN_MS);
	}
	return r;
}

static int
serve_open(struct serve *s, struct err *err)
{
	const char *protect = s->plan->conf.protect;
	struct tenant_conf conf;
	int r;

	s->protect = strv_split(protect, ",");
	if (protect && !s->protect)
		return err_nomem(err);
	conf = serve_conf(s);
	r = serve_open_tenant(s, &conf, err);
	if (r < 0)
		return r;
	return ctl_server_open(
	    s->plan->socket, control_handle, s, &s->ctl, err);
}

/* The first pull, with its bar. */
static int
serve_start(struct serve *s, struct err *err)
{
	int r;

	progress_init(&s->progress, stderr);
	r = tenant_start(s->tenant, progress_show, &s->progress, err);
	progress_clear(&s->progress);
	return r;
}

/* Tell whoever waits that the mount answers: which is found out by asking it,
 * from a thread of its own because the loop runs in the caller's.  Then it asks
 * again and again, for systemd's watchdog. */
static void *
serve_ready_main(void *arg)
{
	struct serve *s = arg;
	struct stat st;

	if (stat(s->plan->mountpoint, &st) < 0)
		return NULL;
	keeper_watch(&s->keeper, st.st_dev);
	if (!s->plan->foreground)
		log_open(LOG_TO_SYSLOG, s->plan->options.log_level);
	log_info(
	    "%s is mounted on %s", s->plan->conf.name, s->plan->mountpoint);
	sd_notify_send("READY=1\nSTATUS=mounted");
	daemon_ready(CMD_OK);
	watchdog_run(&s->watchdog, s->tenant, s->plan->mountpoint);
	return NULL;
}

static int
serve_mount(struct serve *s, struct err *err)
{
	const struct fs_conf conf = {
	    .mountpoint = s->plan->mountpoint,
	    .source = s->plan->conf.name,
	    .allow_other = s->plan->options.allow_other,
	    .read_only = s->plan->options.read_only,
	    .dev = s->plan->options.dev,
	    .suid = s->plan->options.suid,
	    .exec = s->plan->options.exec,
	    .debug = s->plan->options.debug,
	    .timeout_s = SERVE_TIMEOUT_S,
	};
	struct fs *fs;
	int r = fs_mount(s->tenant, &conf, &fs, err);

	if (r == 0)
		s->fs = fs;
	return r;
}

/* Serves until unmounted, or until a signal ends it. */
static int
serve_loop(struct serve *s, struct err *err)
{
	struct err ignored = ERR_NONE;
	int r;

	if (!serve_signals_enter(s, SERVE_RUNNING))
		return 0;
	r = -pthread_create(&s->ready_thread, NULL, serve_ready_main, s);
	if (r < 0)
		return err_set(err, r, "thread: %s", strerror(-r));
	s->ready_started = true;
	r = fs_loop(s->fs, err);
	serve_signals_enter(s, SERVE_STOPPING);
	sd_notify_send("STOPPING=1\nSTATUS=sending what is pending");
	log_info("%s: %s", s->plan->mountpoint,
	    serve_signals_asked(s) ? "asked to end" : "unmounted");
	/* out of everybody's way, while what is pending is sent */
	if (serve_signals_asked(s) && mount_point_is_used(s->plan->mountpoint))
		mount_point_unmount(s->plan->mountpoint, true, &ignored);
	return r;
}

static int
serve_run(struct serve *s, struct err *err)
{
	int r;

	if (serve_open(s, err) < 0)
		return cmd_local(err);
	r = serve_start(s, err);
	if (r < 0)
		return r;
	if (!serve_signals_enter(s, SERVE_MOUNTING))
		return 0;
	r = serve_mount(s, err);
	if (r == 0)
		r = serve_loop(s, err);
	return r < 0 ? cmd_local(err) : 0;
}

static void
serve_end(struct serve *s)
{
	if (s->ctl)
		ctl_server_stop(s->ctl);
	if (s->tenant)
		tenant_stop(s->tenant, SERVE_STOP_MS);
	ctl_server_close(s->ctl);
	if (s->fs)
		fs_free(s->fs);
	watchdog_stop(&s->watchdog);
	if (s->ready_started)
		pthread_join(s->ready_thread, NULL);
	tenant_close(s->tenant);
	serve_signals_stop(s);
}

static void
serve_done(struct serve *s)
{
	secret_done(&s->client_secret);
	secret_done(&s->pat);
	text_done(&s->account_key);
	strv_done(&s->protect);
	keeper_end(&s->keeper);
	watchdog_done(&s->watchdog);
	pthread_mutex_destroy(&s->lock);
}

/* A pull takes and gives back much; what it gives back shall leave the process.
 * malloc's limit for mapping blocks of their own would grow with the first page
 * of users, and an arena a thread would keep its holes apart: 8 MB at 100,000
 * users. */
static void
serve_set_malloc(void)
{
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

static void
serve_init(struct serve *s, const struct mount_plan *plan)
{
	*s = (struct serve){.plan = plan, .keeper = KEEPER_NONE};
	pthread_mutex_init(&s->lock, NULL);
	watchdog_init(&s->watchdog);
	log_open(LOG_TO_STDERR, plan->options.log_level);
	secret_protect_process();
	serve_set_malloc();
	umask(077);
}

int
serve(const struct mount_plan *plan)
{
	AUTO(serve_done) struct serve s;
	struct err err = ERR_NONE;
	int r;

	serve_init(&s, plan);
	if (keeper_start(&s.keeper, plan->mountpoint, &err) < 0)
		return cmd_fail(&err);
	if (chdir("/") < 0 || serve_read_secrets(&s, &err) < 0) {
		cmd_fail(&err);
		return CMD_REFUSED;
	}
	if (serve_signals_start(&s, &err) < 0)
		return cmd_fail(&err);
	r = serve_run(&s, &err);
	/* before the end: it may wait long for what is pending */
	if (r < 0)
		cmd_fail(&err);
	serve_end(&s);
	return r < 0 ? cmd_exit_of(&err) : CMD_OK;
}
