/* SPDX-License-Identifier: MIT */
/*
 * fs_toy [-f FILES] [-s STATS-FILE] MOUNTPOINT: mounts the toy of fs_toy.h.
 *
 * Says "ready" on stdout.  SIGUSR1 writes fs_stats to the stats file, SIGTERM
 * ends it.  Exit status 0: all went well, and in a debug build every request
 * had one reply.
 */
#include "fs_toy.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gotofs/err.h"
#include "gotofs/fs.h"
#include "gotofs/log.h"
#include "gotofs/wait.h"

struct signals {
	struct fs *fs;
	const char *stats_file;
	sigset_t set;
};

static void
write_stats(struct fs *fs, const char *path)
{
	AUTO(buf_done) struct buf text = BUF_MAX(4096);
	AUTO(buf_done) struct buf temp = BUF_MAX(4096);
	FILE *f;

	if (!path || fs_stats(fs, &text))
		return;
	buf_printf(&temp, "%s.new", path);
	f = fopen(temp.data, "w");
	if (!f)
		return;
	fprintf(f, "%s\n", text.data);
	fclose(f);
	rename(temp.data, path);
}

static void *
handle_signals(void *arg)
{
	struct signals *s = arg;
	int sig;

	for (;;) {
		sigwait(&s->set, &sig);
		if (sig == SIGUSR1)
			write_stats(s->fs, s->stats_file);
		else if (sig == SIGTERM)
			fs_exit(s->fs);
		else
			return NULL; /* SIGUSR2: main has done */
	}
}

static void
toy_done(struct tenant *t)
{
	for (size_t i = 0; i < t->nodes_n; i++) {
		buf_done(&t->nodes[i]->text);
		free(t->nodes[i]);
	}
	free(t->nodes);
	map_done(&t->names);
}

static int
serve(struct tenant *t, struct signals *s, const char *mountpoint)
{
	struct fs_conf conf = {
	    .mountpoint = mountpoint,
	    .source = "toy,with\\odd",
	    .allow_other = geteuid() == 0,
	    .timeout_s = 86400,
	};
	struct err err = ERR_NONE;
	pthread_t signals;
	int r;

	if (fs_mount(t, &conf, &s->fs, &err)) {
		fprintf(stderr, "fs_toy: %s\n", err.msg);
		return 1;
	}
	pthread_create(&signals, NULL, handle_signals, s);
	pthread_create(&t->clerk, NULL, toy_clerk, t);
	printf("ready\n");
	fflush(stdout);
	r = fs_loop(s->fs, &err);
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->clerk, NULL);
	pthread_kill(signals, SIGUSR2);
	pthread_join(signals, NULL);
	write_stats(s->fs, s->stats_file);
	fs_free(s->fs);
	if (r)
		fprintf(stderr, "fs_toy: %s\n", err.msg);
	return r ? 1 : 0;
}

int
main(int argc, char **argv)
{
	struct tenant t = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct signals s = {0};
	long files_n = 100;
	int opt, status;

	while ((opt = getopt(argc, argv, "f:s:")) != -1) {
		if (opt == 'f')
			files_n = strtol(optarg, NULL, 10);
		else if (opt == 's')
			s.stats_file = optarg;
		else
			return 2;
	}
	if (optind != argc - 1)
		return 2;
	sigemptyset(&s.set);
	sigaddset(&s.set, SIGTERM);
	sigaddset(&s.set, SIGUSR1);
	sigaddset(&s.set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &s.set, NULL);
	log_open(LOG_TO_STDERR, LOG_LEVEL_INFO);
	wait_cond_init(&t.wake);
	toy_fill(&t, files_n);
	status = serve(&t, &s, argv[optind]);
	toy_done(&t);
	return status;
}
