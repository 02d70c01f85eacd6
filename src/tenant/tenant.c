/* SPDX-License-Identifier: MIT */
/* tenant: its life, and the turn (see tenant_int.h for the locks). */
#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "activity_fetch_int.h"
#include "ctl_int.h"
#include "gotofs/clock.h"
#include "gotofs/text.h"
#include "keep_int.h"
#include "snapshot_int.h"

#define TENANT_REVIVE_MS INT64_C(1000) /* then twice that, ... 64 times */

/* ---- the turn ---- */

static void
tenant_turn_reset(struct tenant *t)
{
	t->events_first = NULL;
	t->events_tail = &t->events_first;
	t->verdicts = NULL;
	t->quiet_name = NULL;
}

/* The tenant whose turn this thread holds for operations within it. */
static _Thread_local const struct tenant *tenant_nested;

void
tenant_nest(struct tenant *t, bool on)
{
	tenant_nested = on ? t : NULL;
}

bool
tenant_is_nested(const struct tenant *t)
{
	return tenant_nested == t;
}

void
tenant_begin(struct tenant *t)
{
	if (tenant_is_nested(t))
		return;
	pthread_mutex_lock(&t->turn);
	tenant_turn_reset(t);
}

void
tenant_mutate(struct tenant *t)
{
	if (t->mutating)
		return;
	pthread_rwlock_wrlock(&t->tree_lock);
	t->mutating = true;
	t->mutations++;
}

static void
tenant_wait_for(struct tenant *t, pthread_cond_t *cond, int64_t ms)
{
	struct timespec ts;

	tenant_pause(t);
	assert(!t->events_first && !t->verdicts);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += (ms % 1000) * CLOCK_NS_PER_MS;
	if (ts.tv_nsec >= CLOCK_NS_PER_S) {
		ts.tv_sec++;
		ts.tv_nsec -= CLOCK_NS_PER_S;
	}
	pthread_cond_timedwait(cond, &t->turn, &ts);
	tenant_turn_reset(t);
}

/* Sleep until something changed; what was collected must have gone out. */
void
tenant_wait(struct tenant *t, int64_t ms)
{
	tenant_wait_for(t, &t->changed, ms);
}

void
tenant_wait_work(struct tenant *t, int64_t ms)
{
	tenant_wait_for(t, &t->work, ms);
}

/* Memory is consistent: readers may look while the turn goes on. */
void
tenant_pause(struct tenant *t)
{
	if (!t->mutating)
		return;
	t->mutating = false;
	pthread_rwlock_unlock(&t->tree_lock);
}

int
tenant_batch(struct tenant *t, struct store_batch **ret, struct err *err)
{
	tenant_pause(t);
	return store_begin(t->store, ret, err);
}

void
tenant_end(struct tenant *t)
{
	struct tenant_waiter *verdicts;

	tenant_pause(t);
	if (tenant_is_nested(t))
		return;
	reports_settle(t);
	event_send(t);
	verdicts = t->verdicts;
	pthread_mutex_unlock(&t->turn);
	event_tell(verdicts);
}

void
tenant_read_lock(struct tenant *t)
{
	pthread_rwlock_rdlock(&t->tree_lock);
}

void
tenant_read_unlock(struct tenant *t)
{
	pthread_rwlock_unlock(&t->tree_lock);
}

void
tenant_wake(struct tenant *t)
{
	pthread_cond_broadcast(&t->changed);
}

void
tenant_wake_work(struct tenant *t)
{
	pthread_cond_signal(&t->work);
}

/* A login that does not work either is not tried again at once: another daemon
 * of it may renew it again and again. */
bool
tenant_token_is_refused(struct tenant *t)
{
	int64_t now = clock_boot_ms();

	if (!t->token_refused || now < t->revive_boot_ms ||
	    !goto_token_is_new(t->api))
		return t->token_refused;
	t->revive_boot_ms =
	    now + (TENANT_REVIVE_MS << (t->revivals_n < 6 ? t->revivals_n : 6));
	t->revivals_n++;
	tenant_mutate(t); /* status.json is read under the other lock */
	t->token_refused = false;
	t->me_asked = false; /* it may be somebody else's */
	t->away_until_ms = 0;
	pull_want(t);
	pthread_cond_broadcast(&t->work);
	return false;
}

static int
tenant_token_says(const struct tenant *t, struct err *err)
{
	if (t->conf.api->pat)
		return err_set(err, -EROFS,
		    "GoTo refuses the token; give the profile a new one and "
		    "mount again");
	if (t->conf.api->refresh_token_file)
		return err_set(err, -EROFS,
		    "GoTo refuses the token; put a new one into %s, and the "
		    "mount goes on",
		    t->conf.api->refresh_token_file);
	return err_set(err, -EROFS,
	    "GoTo refuses the token; run: gotofs login %s, and the mount goes "
	    "on",
	    t->profile);
}

int
tenant_check_writable(struct tenant *t, struct err *err)
{
	if (t->applying)
		return err_set(err, -EBUSY,
		    "gotofs apply is sending this plan; try again when it has "
		    "ended");
	if (t->conf.read_only)
		return err_set(err, -EROFS, "mounted read-only (-o ro)");
	if (t->ctl_read_only)
		return err_set(err, -EROFS,
		    "made read-only by \"ro\" in .gotofs/ctl; \"rw\" there "
		    "ends it");
	if (t->unbound.code < 0)
		return err_set(err, -EROFS, "%s", t->unbound.msg);
	if (tenant_token_is_refused(t))
		return tenant_token_says(t, err);
	return 0;
}

/* ---- life ---- */

static int
tenant_copy_conf(
    struct tenant *t, const struct tenant_conf *conf, struct err *err)
{
	t->conf = *conf;
	t->rate_per_s = conf->api->rate_per_s > 0 ? conf->api->rate_per_s : 8;
	t->profile = text_dup(conf->profile);
	t->state_dir = text_dup(conf->state_dir);
	t->socket = text_dup(conf->socket ? conf->socket : "");
	t->mountpoint = text_dup(conf->mountpoint ? conf->mountpoint : "/");
	t->live_dir = text_dup(conf->dry_run_of);
	t->dry_run = conf->dry_run_of != NULL;
	t->protect = strv_dup(conf->protect);
	t->prices_file = text_dup(conf->prices_file);
	t->mail_subject = text_dup(conf->mail_subject);
	t->mail_text = text_dup(conf->mail_text);
	if (!t->profile || !t->state_dir || !t->socket || !t->mountpoint ||
	    (t->dry_run && !t->live_dir) || (conf->protect && !t->protect) ||
	    (conf->prices_file && !t->prices_file) ||
	    (conf->mail_subject && !t->mail_subject) ||
	    (conf->mail_text && !t->mail_text))
		return err_nomem(err);
	return 0;
}

/* A dry run begins with the mirror of the account, and nothing is lost that was
 * promised to anybody when the power fails. */
static int
tenant_open_store(struct tenant *t, struct err *err)
{
	int r = 0;

	if (t->dry_run)
		r = store_clone(t->live_dir, t->state_dir, err);
	if (r == 0)
		r = store_open(t->state_dir, &t->store, err);
	if (r == 0 && t->dry_run)
		r = store_set_sync(t->store, false, err);
	return r;
}

/* NULL: GoTo must be asked. */
static const char *
tenant_known_account(const struct tenant *t)
{
	const char *key = t->conf.api->account_key;

	return key && *key ? key : NULL;
}

static void
tenant_init_locks(struct tenant *t)
{
	pthread_condattr_t attr;
	pthread_rwlockattr_t rw;

	pthread_mutex_init(&t->turn, NULL);
	pthread_rwlockattr_init(&rw);
	/* a stream of readers must not starve a change */
	pthread_rwlockattr_setkind_np(
	    &rw, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&t->tree_lock, &rw);
	pthread_rwlockattr_destroy(&rw);
	pthread_mutex_init(&t->status_lock, NULL);
	pthread_mutex_init(&t->plan_lock, NULL);
	pthread_mutex_init(&t->manifest_lock, NULL);
	pthread_mutex_init(&t->reports.lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &attr);
	pthread_cond_init(&t->work, &attr);
	pthread_condattr_destroy(&attr);
}

/* With a table the map takes whatever comes: see map_add. */
static int
tenant_init_map(struct map *m, struct err *err)
{
	struct map_link first;

	if (map_add(m, &first, 0) < 0)
		return err_nomem(err);
	map_remove(m, &first);
	return 0;
}

int
tenant_open(
    const struct tenant_conf *conf, struct tenant **ret, struct err *err)
{
	struct tenant *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return err_nomem(err);
	tenant_init_locks(t);
	activity_init(t);
	t->events_tail = &t->events_first;
	t->started_ms = clock_wall_ms();
	r = tenant_copy_conf(t, conf, err);
	if (r == 0)
		r = goto_client_new(conf->api, &t->api, err);
	if (r == 0)
		r = tenant_open_store(t, err);
	if (r == 0)
		r = bind_check(t, tenant_known_account(t), err);
	if (r == 0) {
		tenant_begin(t);
		tenant_mutate(t);
		r = tenant_init_map(&t->changes_by_id, err);
		if (r == 0)
			r = tenant_init_map(&t->left, err);
		if (r == 0)
			r = tree_init(t, err);
		if (r == 0)
			r = load_all(t, err);
		if (r == 0)
			r = reports_load(t, err);
		tenant_end(t);
		t->events_first = NULL;
	}
	if (r < 0) {
		tenant_close(t);
		return r;
	}
	malloc_trim(0);
	*ret = t;
	return 0;
}

void
tenant_set_events(struct tenant *t, const struct tenant_events *events)
{
	tenant_begin(t);
	t->events = *events;
	tenant_end(t);
}

static int
tenant_start_threads(struct tenant *t, struct err *err)
{
	int n = t->conf.api->max_parallel;

	n = n < 1 ? 1 : (n > TENANT_WORKERS_MAX ? TENANT_WORKERS_MAX : n);
	n = t->dry_run ? 0 : n;
	t->timer_boot_ms = clock_boot_ms();
	t->timer_runs = pthread_create(&t->timer, NULL, timer_main, t) == 0;
	t->puller_runs = pthread_create(&t->puller, NULL, pull_main, t) == 0;
	if (!t->dry_run && t->conf.activity.products)
		t->activity.fetcher_runs = pthread_create(&t->activity.fetcher,
					       NULL, fetch_main, t) == 0;
	while (t->workers_n < n && pthread_create(&t->worker[t->workers_n],
				       NULL, push_main, t) == 0)
		t->workers_n++;
	if (!t->timer_runs || !t->puller_runs || (n > 0 && t->workers_n == 0))
		return err_set(err, -EAGAIN, "cannot start threads");
	return 0;
}

int
tenant_start(
    struct tenant *t, tenant_progress_fn progress, void *ctx, struct err *err)
{
	bool first = store_generation(t->store) == 0;
	int r;

	t->progress = progress;
	t->progress_ctx = ctx;
	r = tenant_start_threads(t, err);
	if (r == 0 && first)
		r = tenant_refresh(t, err);
	t->progress = NULL;
	if (r == 0 && !first && (t->conf.refresh_ms > 0 || !t->bound)) {
		tenant_begin(t);
		t->pulls_wanted++;
		tenant_wake(t);
		tenant_end(t);
	}
	return r;
}

/* Held removals stay in the journal; what is queued is sent within time, if
 * there is a token to send it with. */
static void
tenant_drain(struct tenant *t, int64_t deadline_ms)
{
	int64_t until = clock_boot_ms() + deadline_ms;

	tenant_begin(t);
	t->draining = true;
	pthread_cond_broadcast(&t->work);
	while (clock_boot_ms() < until &&
	       ((push_has_work(t) && !t->token_refused && !t->unbound.code &&
		    !ctl_is_read_only(t)) ||
		   t->sending_n))
		tenant_wait(t, 50);
	t->stopping = true;
	tenant_wake(t);
	pthread_cond_broadcast(&t->work);
	tenant_end(t);
}

void
tenant_stop(struct tenant *t, int64_t deadline_ms)
{
	int i;

	tenant_drain(t, deadline_ms);
	goto_client_cancel(t->api);
	for (i = 0; i < t->workers_n; i++)
		pthread_join(t->worker[i], NULL);
	t->workers_n = 0;
	if (t->puller_runs)
		pthread_join(t->puller, NULL);
	if (t->timer_runs)
		pthread_join(t->timer, NULL);
	if (t->activity.fetcher_runs)
		pthread_join(t->activity.fetcher, NULL);
	t->puller_runs = t->timer_runs = t->activity.fetcher_runs = false;
	tenant_begin(t);
	keep_flush(t);
	attr_flush(t);
	handle_flush(t);
	change_release_waiters(t);
	ctl_release(t);
	tenant_end(t);
}

static void
tenant_free_lists(struct tenant *t)
{
	struct map_link *l, *next;

	while (t->first) {
		struct change *c = t->first;

		change_unlink(t, c);
		change_free(c);
	}
	for (l = map_walk(&t->persons_by_name, NULL); l; l = next) {
		struct person *p = map_entry(l, struct person, by_name);

		next = map_walk(&t->persons_by_name, l);
		p->seats_n = 0;
		person_free(t, p);
	}
	while (t->licenses_n > 0)
		license_drop(t, t->license[0]);
	while (t->groups_n > 0)
		group_drop(t, t->group[0]);
	free(t->license);
	free(t->group);
	dir_done(t);
	report_done(t);
	guard_done(t);
	activity_done(t);
	reclaim_done(t);
	pull_forget_removed(t, INT64_MAX);
}

void
tenant_close(struct tenant *t)
{
	if (!t)
		return;
	tenant_begin(t);
	tenant_mutate(t);
	t->loading = true;
	t->reclaim.ready = false;
	t->reports.made = false;
	memset(&t->events, 0, sizeof(t->events));
	tenant_free_lists(t);
	snapshot_done(t);
	tree_done(t);
	attr_done(t);
	keep_done(t);
	tenant_end(t);
	map_done(&t->persons_by_key);
	map_done(&t->persons_by_name);
	map_done(&t->changes_by_id);
	map_done(&t->left);
	store_close(t->store);
	goto_client_free(t->api);
	strv_free(t->known_fields);
	strv_free(t->protect);
	free(t->me_key);
	free(t->account);
	free(t->status_text);
	free(t->plan_text);
	free(t->profile);
	free(t->state_dir);
	free(t->live_dir);
	free(t->socket);
	free(t->mountpoint);
	free(t->mail_subject);
	free(t->mail_text);
	pthread_mutex_destroy(&t->turn);
	reports_done(t);
	pthread_mutex_destroy(&t->status_lock);
	pthread_mutex_destroy(&t->plan_lock);
	pthread_mutex_destroy(&t->manifest_lock);
	pthread_rwlock_destroy(&t->tree_lock);
	pthread_cond_destroy(&t->changed);
	pthread_cond_destroy(&t->work);
	free(t);
}
