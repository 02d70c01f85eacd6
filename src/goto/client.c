/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api_int.h"
#include "gotofs/err.h"
#include "gotofs/http.h"
#include "gotofs/text.h"
#include "gotofs/wait.h"

static void
client_conf_defaults(struct goto_conf *conf)
{
	if (!conf->api_url)
		conf->api_url = GOTO_API_URL;
	if (!conf->connect_url)
		conf->connect_url = "https://api.goto.com";
	if (!conf->auth_url)
		conf->auth_url = "https://authentication.logmeininc.com";
	if (conf->rate_per_s <= 0)
		conf->rate_per_s = 8;
	if (conf->max_parallel <= 0)
		conf->max_parallel = 8;
	if (conf->timeout_ms <= 0)
		conf->timeout_ms = 30000;
	if (conf->backoff_ms <= 0)
		conf->backoff_ms = 1000;
	if (conf->interactive_ms <= 0)
		conf->interactive_ms = 60000;
	if (conf->background_ms <= 0)
		conf->background_ms = 300000;
}

static int
client_check_url(const char *name, const char *url, struct err *err)
{
	int r = http_check_url(url, err);

	if (r < 0)
		err_prefix(err, "%s", name);
	return r;
}

static int
client_check_urls(const struct goto_conf *conf, struct err *err)
{
	int r = client_check_url("api_url", conf->api_url, err);

	if (r == 0)
		r = client_check_url("connect_url", conf->connect_url, err);
	return r < 0 ? r : client_check_url("auth_url", conf->auth_url, err);
}

static int
client_fill_urls(
    struct goto_client *c, const struct goto_conf *conf, struct err *err)
{
	static const char *const paths[GOTO_API_N] = {
	    /* section 1: A, but for the last (C) */
	    [GOTO_API_ADMIN] = "/admin/rest/v1",
	    [GOTO_API_MEETING] = "/G2M/rest",
	    [GOTO_API_WEBINAR] = "/G2W/rest/v2",
	    [GOTO_API_TRAINING] = "/G2T/rest",
	    [GOTO_API_CONNECT] = "",
	    [GOTO_API_ASSIST] = "/G2A/rest/v1",
	};

	for (int i = 0; i < GOTO_API_N; i++) {
		c->url[i] = url_of(
		    i == GOTO_API_CONNECT ? conf->connect_url : conf->api_url,
		    paths[i]);
		if (!c->url[i])
			return err_nomem(err);
	}
	return 0;
}

static int
client_fill(struct goto_client *c, struct goto_conf *conf, struct err *err)
{
	AUTO(text_done) char *auth_url = url_of(conf->auth_url, "");
	int r = client_fill_urls(c, conf, err);

	if (r < 0)
		return r;
	c->account_key = text_dup(conf->account_key);
	c->timeout_ms = conf->timeout_ms;
	c->backoff_ms = conf->backoff_ms;
	c->deadline_ms[GOTO_INTERACTIVE] = conf->interactive_ms;
	c->deadline_ms[GOTO_BACKGROUND] = conf->background_ms;
	if (!auth_url || (conf->account_key && !c->account_key))
		return err_nomem(err);
	conf->auth_url = auth_url;
	r = http_pool_new(conf->max_parallel, &c->pool, err);
	if (r == 0 && conf->ca_file) {
		r = http_pool_trust_file(c->pool, conf->ca_file, err);
		if (r < 0)
			err_prefix(err, "ca_file");
	}
	if (r == 0)
		r = auth_new(conf, c->pool, &c->auth, err);
	for (int i = 0; i < GOTO_API_N && r == 0; i++)
		if (limit_new(
			conf->rate_per_s, conf->backoff_ms, &c->limit[i]) < 0)
			r = err_nomem(err);
	return r;
}

int
goto_client_new(
    const struct goto_conf *conf, struct goto_client **ret, struct err *err)
{
	struct goto_conf full = *conf;
	struct goto_client *c;
	int r;

	client_conf_defaults(&full);
	r = client_check_urls(&full, err);
	if (r < 0)
		return r;
	c = calloc(1, sizeof(*c));
	if (!c || wait_cond_init(&c->cancel) < 0) {
		free(c);
		return err_nomem(err);
	}
	pthread_mutex_init(&c->lock, NULL);
	r = client_fill(c, &full, err);
	if (r < 0)
		goto_client_free(c);
	else
		*ret = c;
	return r;
}

void
goto_client_free(struct goto_client *c)
{
	if (!c)
		return;
	for (int i = 0; i < GOTO_API_N; i++) {
		limit_free(c->limit[i]);
		free(c->url[i]);
	}
	auth_free(c->auth);
	http_pool_free(c->pool);
	pthread_cond_destroy(&c->cancel);
	pthread_mutex_destroy(&c->lock);
	free(c->account_key);
	free(c->organization);
	free(c);
}

void
goto_client_cancel(struct goto_client *c)
{
	pthread_mutex_lock(&c->lock);
	c->cancelled = true;
	pthread_cond_broadcast(&c->cancel);
	pthread_mutex_unlock(&c->lock);
	for (int i = 0; i < GOTO_API_N; i++)
		limit_cancel(c->limit[i]);
	auth_cancel(c->auth);
	http_cancel(c->pool);
}

int
goto_set_account(struct goto_client *c, const char *account_key)
{
	char *copy = text_dup(account_key);

	if (!copy)
		return account_key ? -ENOMEM : -EINVAL;
	pthread_mutex_lock(&c->lock);
	free(c->account_key);
	c->account_key = copy;
	text_done(&c->organization);
	c->organization_needed = false;
	pthread_mutex_unlock(&c->lock);
	return 0;
}

void
goto_get_stats(struct goto_client *c, struct goto_stats *ret)
{
	bool refused = auth_is_refused(c->auth);

	pthread_mutex_lock(&c->lock);
	*ret = c->stats;
	snprintf(ret->account_key, sizeof(ret->account_key), "%s",
	    c->account_key ? c->account_key : "");
	pthread_mutex_unlock(&c->lock);
	ret->token_refused = ret->token_refused || refused;
	ret->token_until_ms = auth_until_ms(c->auth);
}

bool
goto_token_is_new(struct goto_client *c)
{
	if (!auth_is_replaced(c->auth))
		return false;
	pthread_mutex_lock(&c->lock);
	c->stats.token_refused = false;
	pthread_mutex_unlock(&c->lock);
	return true;
}
