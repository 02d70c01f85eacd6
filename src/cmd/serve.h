/* SPDX-License-Identifier: MIT */
/*
 * serve (floor 6): what the parts of the daemon share: serve.c starts and
 * ends it, serve_signals.c ends it early, control.c answers the subcommands.
 */
#ifndef CMD_SERVE_H
#define CMD_SERVE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "ctl.h"
#include "gotofs/goto.h"
#include "keeper.h"
#include "mount.h"
#include "progress.h"
#include "watchdog.h"

struct fs;
struct tenant;

/* What a signal means depends on where we are. */
enum serve_phase {
	SERVE_STARTING, /* die: nothing is mounted */
	SERVE_MOUNTING, /* wait until it is, then unmount */
	SERVE_RUNNING,	/* unmount */
	SERVE_STOPPING, /* the second one: die, the journal keeps the rest */
};

struct serve {
	const struct mount_plan *plan;
	struct goto_conf api;
	char *client_secret; /* a secret */
	char *pat;	     /* a secret */
	struct token_place login;
	char *account_key; /* of the login */
	char **protect;
	struct tenant *tenant;
	_Atomic(struct fs *) fs;
	struct ctl_server *ctl;
	struct progress progress;
	pthread_t ready_thread;
	bool ready_started;
	struct keeper keeper;
	struct watchdog watchdog;
	/* serve_signals.c */
	pthread_t signal_thread;
	pthread_mutex_t lock; /* covers phase, asked */
	enum serve_phase phase;
	bool asked; /* a signal asked us to end */
};

/* Block the signals in this thread and all that come from it; a thread waits
 * for them. */
int serve_signals_start(struct serve *s, struct err *err);
/* false: a signal came meanwhile, do not go on. */
bool serve_signals_enter(struct serve *s, enum serve_phase phase);
void serve_signals_stop(struct serve *s);
bool serve_signals_asked(struct serve *s);

/* ---- serve.c ---- */

/* Reads the profile's secrets; s->plan is set, s->api comes of it. */
int serve_read_secrets(struct serve *s, struct err *err);
/* What tenant_open() is given; borrows from s. */
struct tenant_conf serve_conf(const struct serve *s);

/* ---- control_apply.c ---- */

int control_apply(struct serve *s, struct ctl_conn *conn, struct json *answer,
    struct err *err);
int control_accept(struct serve *s, const struct json *request,
    struct ctl_conn *conn, struct json *answer, struct err *err);

/* ---- control.c: a ctl_handle_fn ---- */

int control_handle(void *serve, const struct json *request,
    struct ctl_conn *conn, struct json *answer, struct err *err);

#endif
