/* SPDX-License-Identifier: MIT */
/*
 * pull: the thread that reads the tenant and renews the mirror (DESIGN 3).
 *
 * What differs is written in one transaction as a new generation; a failed or
 * incomplete pull changes nothing but status.json.  People with a change on its
 * way, or pushed to within the grace time, are not overwritten: those that
 * were pushed are read again one by one.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_int.h"
#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "pull_int.h"
#include "trash_int.h"

#define PULL_TRIES 3
#define PULL_HISTORY_MS (INT64_C(30) * 24 * 3600 * 1000)

/* Nothing of his removal has left, and the mirror keeps what it has of him: but
 * whether he must stay is judged by the role that he has by now. */
static void
pull_take_role(struct tenant *t, struct person *who, const struct user *u,
    int64_t asked_ms)
{
	const struct change *c = change_find(who, VERB_REMOVE, NULL);
	unsigned flags = user_is_super(u) ? PERSON_SUPER : 0;

	if (!c || !change_is_cancellable(c) || who->touched_ms >= asked_ms ||
	    who->flags == flags)
		return;
	tenant_mutate(t);
	person_set_flags(t, who, flags);
	who->hash = 0; /* should he stay: again, whatever he is then */
}

/* What was pushed lately, as it is now. */
static int
pull_reread(struct pull *p, struct err *err)
{
	char **key;
	int r = 0;

	for (key = p->reread; r == 0 && key && *key; key++) {
		AUTO(user_done) struct user u = USER_NONE;
		int64_t asked_ms = clock_boot_ms();
		struct person *who;
		struct store_incoming in;
		char *text = NULL;
		bool differs = false, busy;

		r = goto_user_get(p->t->api, p->prio, *key, &u, err);
		if (r == -ENOENT) { /* removed meanwhile */
			p->again_later = true;
			r = 0;
			continue;
		}
		if (r < 0)
			break;
		tenant_begin(p->t);
		who = person_by_key(p->t, *key);
		busy = !who || change_is_under_way(p->t, who);
		if (!busy) {
			who->pulled_ms = asked_ms;
			r = pull_take_user(p, &u, &in, &text, &differs, err);
		} else if (who) {
			pull_take_role(p->t, who, &u, asked_ms);
		}
		tenant_end(p->t);
		if (r == 0 && differs)
			r = store_incoming_add(p->t->store, &in, 1, err);
		free(text);
	}
	return r;
}

/* ---- who was removed, and is still listed ---- */

void
pull_note_removed(struct tenant *t, const char *key)
{
	size_t n = strlen(key) + 1;
	struct removed *r = malloc(sizeof(*r) + n);

	if (!r)
		return; /* he may be shown until the next pull */
	memcpy(r->key, key, n);
	r->at_ms = clock_boot_ms();
	r->next = t->removed;
	t->removed = r;
}

bool
pull_was_removed(const struct tenant *t, const char *key, int64_t since_ms)
{
	const struct removed *r;

	for (r = t->removed; r && r->at_ms >= since_ms; r = r->next)
		if (strcmp(r->key, key) == 0)
			return true;
	return false;
}

void
pull_forget_removed(struct tenant *t, int64_t before_ms)
{
	struct removed **p = &t->removed, *r;

	while ((r = *p) && r->at_ms >= before_ms)
		p = &r->next;
	*p = NULL;
	while (r) {
		struct removed *next = r->next;

		free(r);
		r = next;
	}
}

static int
pull_try(struct pull *p, struct err *err)
{
	int r = pull_list(p, err);

	if (r == 0)
		r = pull_reread(p, err);
	if (r == 0)
		r = pull_publish(p, err);
	pull_list_done(p);
	return r;
}

/* The listing may be behind what was just pushed: once more, when that is long
 * enough ago. */
static void
pull_note_sure(struct tenant *t, bool again_later)
{
	tenant_begin(t);
	t->pull_again_boot_ms =
	    again_later ? clock_boot_ms() + t->conf.grace_ms : 0;
	t->pull_is_unsure = again_later;
	tenant_end(t);
}

static int
pull_run(struct tenant *t, struct err *err)
{
	struct pull p = {.t = t};
	int tries, r = pull_me(t, err);

	p.prio = store_generation(t->store) == 0 ? GOTO_INTERACTIVE
						 : GOTO_BACKGROUND;
	for (tries = 0; r == 0 && tries < PULL_TRIES; tries++) {
		p.number = ++t->pull_number;
		p.began_boot_ms = clock_boot_ms();
		p.incoming_n = 0;
		p.again_later = p.began_boot_ms < t->pull_sure_boot_ms;
		r = pull_try(&p, err);
		if (r != PULL_AGAIN)
			break;
		log_info("the list of users moved while it was read; again");
		r = 0;
	}
	if (r == 0 && tries == PULL_TRIES)
		return err_set(err, -EIO,
		    "the list of users moved each time it was read; nothing "
		    "was changed");
	if (r == 0)
		pull_note_sure(t, p.again_later);
	if (r == 0)
		store_trash_prune(t->store, TRASH_KEEP_MS, err);
	if (r == 0)
		store_trim(t->store,
		    t->conf.history_ms > 0 ? t->conf.history_ms
					   : PULL_HISTORY_MS,
		    err);
	store_shrink(t->store);
	malloc_trim(0);
	return r;
}

/* Once, however often it is tried. */
static void
pull_log(const struct tenant *t, int r, const struct err *err)
{
	if (r == -ECANCELED || (r == t->pull_result &&
				   err->http_status == t->pull_err.http_status))
		return;
	if (r < 0)
		log_warn("refresh: %s", err->msg);
	else if (t->pull_result < 0)
		log_info("refresh: it works again");
}

static void
pull_note_end(struct tenant *t, int r, const struct err *err, long wanted)
{
	tenant_mutate(t); /* status.json is read under the other lock */
	if (r < 0 || t->pull_result < 0)
		reports_moved(t);
	t->pulling = false;
	t->pull_result = r;
	t->pull_err = *err;
	t->pull_tried_ms = clock_wall_ms();
	if (r == 0)
		t->pull_ok_ms = t->pull_tried_ms;
	if (r == 0) {
		t->token_refused = false;
		t->revivals_n = 0;
	}
	if (r == -EROFS)
		t->token_refused = true;
	pull_note_binding(t, r, err);
	t->pulls_done = wanted;
	t->pull_done_began_boot_ms = t->pull_began_boot_ms;
	if (r < 0 || !t->pull_is_unsure)
		t->pulls_sure = wanted;
	ctl_pull_ended(t, r, err);
	tenant_wake(t);
}

void *
pull_main(void *tenant)
{
	struct tenant *t = tenant;

	tenant_begin(t);
	while (!t->stopping) {
		struct err err = ERR_NONE;
		long wanted = t->pulls_wanted;
		int r;

		if (wanted == t->pulls_done) {
			tenant_wait(t, 1000);
			continue;
		}
		tenant_mutate(t);
		t->pulling = true;
		t->pull_began_boot_ms = clock_boot_ms();
		tenant_end(t);
		r = pull_run(t, &err);
		tenant_begin(t);
		pull_log(t, r, &err);
		pull_note_end(t, r, &err, wanted);
		tenant_end(t); /* what was collected goes out */
		tenant_begin(t);
	}
	tenant_end(t);
	return NULL;
}

long
pull_want(struct tenant *t)
{
	long mine = t->pulling ? t->pulls_wanted + 1 : t->pulls_done + 1;

	if (t->pulls_wanted < mine)
		t->pulls_wanted = mine;
	tenant_wake(t);
	return mine;
}

bool
pull_is_over(const struct tenant *t, long pull, int64_t asked_boot_ms)
{
	return t->pulls_sure >= pull ||
	       (t->pulls_done >= pull &&
		   t->pull_done_began_boot_ms - asked_boot_ms >=
		       t->conf.grace_ms);
}

int
pull_now(struct tenant *t, struct err *err)
{
	int64_t asked_ms = clock_boot_ms();
	long mine;
	int r;

	tenant_begin(t);
	mine = pull_want(t);
	while (!pull_is_over(t, mine, asked_ms) && !t->stopping)
		tenant_wait(t, 1000);
	r = pull_is_over(t, mine, asked_ms) ? t->pull_result : -ECANCELED;
	*err = t->pull_err;
	if (r == -ECANCELED && !*err->msg)
		err_set(err, r, "the daemon is ending");
	tenant_end(t);
	return r;
}

int
tenant_refresh(struct tenant *t, struct err *err)
{
	tenant_begin(t);
	activity_retry(t);
	tenant_token_is_refused(t);
	tenant_end(t);
	return pull_now(t, err);
}
