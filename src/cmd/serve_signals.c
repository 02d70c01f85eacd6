/* SPDX-License-Identifier: MIT */
/*
 * SIGTERM, SIGINT and SIGHUP end the daemon: a thread waits for them, all
 * others have them blocked.  SIGUSR1 ends that thread.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gotofs/err.h"
#include "gotofs/fs.h"
#include "gotofs/log.h"
#include "serve.h"

static void
signals_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR1);
}

/* As if nobody had caught it; below the bar, if there is one. */
static void
signals_die(int sig)
{
	sigset_t one;

	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
	signal(sig, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, sig);
	raise(sig);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	_exit(1);
}

/* What to do in this phase; fs_exit waits for the loop: not under the lock. */
static void
signals_take(struct serve *s, int sig)
{
	enum serve_phase was;
	bool again;

	pthread_mutex_lock(&s->lock);
	was = s->phase;
	again = s->asked;
	s->asked = true;
	if (was == SERVE_RUNNING)
		s->phase = SERVE_STOPPING;
	pthread_mutex_unlock(&s->lock);

	if (was == SERVE_RUNNING)
		fs_exit(s->fs);
	if (was == SERVE_STARTING)
		signals_die(sig);
	if (was == SERVE_STOPPING && again) {
		log_warn("asked again to end: what is pending stays in the "
			 "journal for the next mount");
		signals_die(sig);
	}
}

static void *
signals_main(void *arg)
{
	struct serve *s = arg;
	sigset_t set;
	int sig;

	signals_set(&set);
	for (;;) {
		if (sigwait(&set, &sig) != 0)
			continue;
		if (sig == SIGUSR1)
			return NULL;
		signals_take(s, sig);
	}
}

int
serve_signals_start(struct serve *s, struct err *err)
{
	sigset_t set;
	int r;

	signals_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	r = -pthread_create(&s->signal_thread, NULL, signals_main, s);
	return r < 0 ? err_set(err, r, "thread: %s", strerror(-r)) : 0;
}

bool
serve_signals_enter(struct serve *s, enum serve_phase phase)
{
	bool asked;

	pthread_mutex_lock(&s->lock);
	asked = s->asked;
	s->phase = asked ? SERVE_STOPPING : phase;
	pthread_mutex_unlock(&s->lock);
	return !asked;
}

bool
serve_signals_asked(struct serve *s)
{
	bool asked;

	pthread_mutex_lock(&s->lock);
	asked = s->asked;
	pthread_mutex_unlock(&s->lock);
	return asked;
}

void
serve_signals_stop(struct serve *s)
{
	pthread_kill(s->signal_thread, SIGUSR1);
	pthread_join(s->signal_thread, NULL);
}
