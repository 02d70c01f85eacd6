/* SPDX-License-Identifier: MIT */
/* gotofs-sandbox: a GoTo tenant on loopback. See README.md. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "activity.h"
#include "data.h"
#include "fault.h"
#include "http.h"
#include "limit.h"
#include "mem.h"
#include "oauth.h"
#include "options.h"
#include "stats.h"
#include "switches.h"
#include "tenant.h"

static void
tokens_fill(const struct options *o)
{
	const char *scope = switch_text(SW_SCOPES);

	oauth_client_set(o->client_id, o->client_secret);
	token_new(TOKEN_PAT, o->pat, scope, 0, switch_int(SW_PAT_LIFE_S));
	if (o->refresh_token)
		token_new(TOKEN_REFRESH, o->refresh_token, scope,
		    token_family_new(), switch_int(SW_REFRESH_LIFE_S));
}

static void
all_start(const struct options *o)
{
	tenant_lock();
	tenant_init();
	data_fill(o->users_n, o->seed);
	activity_start(o->seed);
	tokens_fill(o);
	tenant_unlock();
}

static void
all_done(void)
{
	faults_clear();
	stats_log_clear();
	tokens_done();
	limit_done();
	activity_done();
	tenant_done();
	switches_done();
}

/* What the certificate files hold; MHD keeps the pointers. */
static int
listen_at(const struct options *o, uint16_t *ret_port)
{
	static char *cert, *key;
	struct http_tls tls = {NULL, NULL, o->tls_priorities};
	int r = 0;

	if (o->tls_cert) {
		r = options_read(o->tls_cert, &cert);
		if (!r)
			r = options_read(o->tls_key, &key);
		tls.cert = cert;
		tls.key = key;
	}
	if (!r)
		r = http_start(o->port, &tls, ret_port);
	if (r)
		fprintf(stderr, "gotofs-sandbox: cannot listen: %s\n",
		    strerror(-r));
	return r;
}

/* Serve until SIGTERM or SIGINT, which all threads have blocked. */
static int
serve(const struct options *o, const sigset_t *signals)
{
	uint16_t port;
	int got, r;

	if (listen_at(o, &port))
		return 1;
	r = options_write(o, port);
	if (r)
		fprintf(stderr, "gotofs-sandbox: cannot write a file: %s\n",
		    strerror(-r));
	else
		printf("listening on %s\n", http_url());
	fflush(stdout);
	if (!r)
		sigwait(signals, &got);
	http_stop();
	return r ? 1 : 0;
}

int
main(int argc, char **argv)
{
	struct options o;
	sigset_t signals;
	int r;

	switches_init();
	r = options_parse(&o, argc, argv);
	if (r) {
		switches_done();
		return r < 0 ? 2 : 0;
	}
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	all_start(&o);
	r = serve(&o, &signals);
	all_done();
	return r;
}
