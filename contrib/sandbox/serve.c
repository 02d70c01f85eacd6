/* SPDX-License-Identifier: MIT */
/*
 * The life of a request. See serve.h.
 *
 * All is done under the tenant's lock but waiting. A request is counted and
 * logged in the same locked stretch as its change, so that whoever sees the
 * counter sees the change.
 */
#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "fault.h"
#include "limit.h"
#include "oauth.h"
#include "refuse.h"
#include "route.h"
#include "stats.h"
#include "switches.h"

static bool stopping;

void
serve_stop(void)
{
	tenant_lock();
	stopping = true;
	tenant_wake();
	tenant_unlock();
}

static bool
client_gone(const struct call *c)
{
	struct pollfd p = {.fd = c->socket, .events = POLLRDHUP};

	return poll(&p, 1, 0) == 1;
}

int
serve_wait(
    const struct call *c, bool (*check)(void *arg), void *arg, int64_t ms)
{
	int64_t end = clock_wait_ms() + ms;

	while (!check(arg)) {
		int64_t left = ms < 0 ? 100 : end - clock_wait_ms();

		if (stopping || client_gone(c))
			return -ECANCELED;
		if (left <= 0)
			return -ETIMEDOUT;
		tenant_sleep(left < 100 ? left : 100);
	}
	return 0;
}

static bool
check_never(void *arg)
{
	return false;
}

static bool
check_cleared(void *arg)
{
	return faults_era() != *(unsigned long *)arg;
}

/* Has the caller one of the roles that the route wants? 3.8. */
static bool
serve_rights(const struct call *c)
{
	unsigned rights = c->route->rights;

	if (!rights || switch_is(SW_ROLE_RULES, "none"))
		return true;
	if (!c->route->documented && switch_is(SW_ROLE_RULES, "documented"))
		return true;
	return (c->caller->roles & rights) != 0;
}

static void
serve_refuse_rate(struct call *c)
{
	if (switch_is(SW_RATE_BODY, "text"))
		reply_text(c, 429, "text/plain", "Too Many Requests\n");
	else
		reply_gateway(c, 429, "TOO_MANY_REQUESTS", "Too many requests");
	c->retry_after_s = switch_int(SW_RETRY_AFTER);
}

/* The first argument of nearly all Admin paths is the account: check it, and
 * leave the handlers the rest. */
static bool
serve_account(struct call *c)
{
	if (strncmp(c->route->path, "/accounts/{}", 12))
		return true;
	if (strcmp(c->args[0], tenant.key)) {
		refuse(c, REFUSE_ACCOUNT);
		return false;
	}
	free(c->args[0]);
	memmove(c->args, c->args + 1, sizeof c->args - sizeof *c->args);
	c->args[CALL_ARGS_MAX - 1] = NULL;
	return true;
}

/* Bearer, limit, account, rights of an API call, and whether its source is in
 * order: may it go on? */
static bool
serve_gate(struct call *c)
{
	bool limited = c->route->api != API_OAUTH || switch_on(SW_RATE_OAUTH);

	if (c->route->api != API_OAUTH && !oauth_bearer_check(c))
		return false;
	if (limited && !limit_pass(c->route->api)) {
		serve_refuse_rate(c);
		return false;
	}
	if (!serve_account(c))
		return false;
	if (!serve_rights(c)) {
		refuse(c, REFUSE_RIGHT);
		return false;
	}
	return refuse_not(c);
}

static void
serve_handle(struct call *c)
{
	if (!c->route->handle)
		reply_gateway(c, 404, "NOT_FOUND", "Not found");
	else if (serve_gate(c))
		c->route->handle(c);
}

/* The waiting that a fault asks for, after the request was counted. */
static void
serve_fault_wait(struct call *c, const struct fault *f, unsigned long *seen)
{
	if (f->kind == FAULT_HANG)
		serve_wait(c, check_cleared, seen, -1);
	else if (f->kind == FAULT_SLOW && f->apply)
		serve_wait(c, check_cleared, seen, f->delay_ms);
}

/* It has arrived, and its turn comes when the faults are cleared: what others
 * do to the tenant meanwhile comes first. */
static void
serve_held(struct call *c, const struct fault *f)
{
	unsigned long seen = faults_era();

	stats_arrived(c);
	tenant_wake();
	if (serve_wait(c, check_cleared, &seen, -1) < 0 || client_gone(c))
		c->outcome = OUTCOME_RESET; /* nobody is there any more */
	else
		serve_handle(c);
	fault_shape(c, f);
	stats_add(c);
	tenant_wake();
}

static void
serve_faulty(struct call *c, const struct fault *f)
{
	unsigned long seen = faults_era();

	if (f->kind == FAULT_HOLD) {
		serve_held(c, f);
		return;
	}
	if (f->kind == FAULT_SLOW && !f->apply)
		serve_wait(c, check_cleared, &seen, f->delay_ms);
	if (f->apply || f->kind == FAULT_SLOW || f->kind == FAULT_TRUNCATE)
		serve_handle(c);
	fault_shape(c, f);
	stats_add(c);
	tenant_wake();
	serve_fault_wait(c, f, &seen);
}

static void
serve_api(struct call *c)
{
	struct fault f;

	if (switch_int(SW_LATENCY_MS) && c->route->api != API_OAUTH)
		serve_wait(c, check_never, NULL, switch_int(SW_LATENCY_MS));
	if (fault_take(c, &f)) {
		serve_faulty(c, &f);
		return;
	}
	serve_handle(c);
	stats_add(c);
	tenant_wake();
}

void
serve_call(struct call *c)
{
	tenant_lock();
	call_parse(c);
	c->route = route_find(c);
	if (c->route->api == API_CONTROL)
		c->route->handle(c);
	else
		serve_api(c);
	tenant_unlock();
}
