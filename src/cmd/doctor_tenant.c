/* SPDX-License-Identifier: MIT */
/* gotofs doctor: what GoTo says.  It reads; it changes nothing. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "doctor.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/goto_activity.h"
#include "gotofs/http.h"
#include "gotofs/text.h"

#define DOCTOR_EXCHANGE_MS 15000
#define DOCTOR_ANSWER_BYTES 65536
#define DOCTOR_CLOCK_WARN_S 60
#define DOCTOR_CLOCK_BAD_S 300
#define DOCTOR_DAY_MS INT64_C(86400000)

/* ---- the servers ---- */

static void
doctor_clock(struct doctor *d, int64_t date_ms)
{
	int64_t ahead_s = (clock_wall_ms() - date_ms) / 1000;
	int64_t off_s = ahead_s < 0 ? -ahead_s : ahead_s;

	if (date_ms < 0)
		return;
	doctor_say(d,
	    off_s > DOCTOR_CLOCK_BAD_S	  ? DOCTOR_BAD
	    : off_s > DOCTOR_CLOCK_WARN_S ? DOCTOR_WARN
					  : DOCTOR_OK,
	    "clock",
	    off_s > DOCTOR_CLOCK_WARN_S
		? "%" PRId64 " s %s GoTo's; as root: timedatectl set-ntp true"
		: "%" PRId64 " s %s GoTo's",
	    off_s, ahead_s < 0 ? "behind" : "ahead of");
}

/* Any answer will do, whatever its status. */
static bool
doctor_server(struct doctor *d, struct http_pool *pool, const char *name,
    const char *url, int64_t *ret_date_ms)
{
	AUTO(http_response_done)
	struct http_response res = HTTP_RESPONSE_NONE;
	AUTO(text_done) char *root = text_printf("%s/", url);
	const struct http_request req = {
	    .method = "GET",
	    .url = root,
	    .timeout_ms = DOCTOR_EXCHANGE_MS,
	    .max_bytes = DOCTOR_ANSWER_BYTES,
	};
	struct err err = ERR_NONE;
	int r = root ? http_do(pool, &req, &res, &err) : err_nomem(&err);

	/* more than we want to read is an answer, too */
	if (r < 0 && r != -EFBIG) {
		doctor_fail(d, CMD_UNREACHABLE, name, &err);
		return false;
	}
	doctor_say(d, DOCTOR_OK, name, "%s answers", url);
	*ret_date_ms = res.date_ms;
	return true;
}

void
doctor_servers(struct doctor *d)
{
	const struct conf *c = &d->plan.conf;
	struct http_pool *pool = NULL;
	struct err err = ERR_NONE;
	int64_t date_ms = -1, ignored;
	int r = http_pool_new(1, &pool, &err);

	if (r == 0 && c->ca_file)
		r = http_pool_trust_file(pool, c->ca_file, &err);
	if (r < 0) {
		doctor_say(d, DOCTOR_BAD, "TLS", "%s", err.msg);
		http_pool_free(pool);
		return;
	}
	if (!doctor_server(d, pool, "api_url", c->api_url, &date_ms))
		d->unreachable = true;
	if (!doctor_server(d, pool, "auth_url", c->auth_url, &ignored))
		d->unreachable = true;
	/* only the activity of GoToConnect is asked of this one */
	doctor_server(d, pool, "connect_url", c->connect_url, &ignored);
	doctor_clock(d, date_ms);
	http_pool_free(pool);
}

/* ---- what the token may ---- */

static void
doctor_rights(struct doctor *d, const struct user *me)
{
	const struct user_right *right;

	if (user_is_super(me)) {
		doctor_say(d, DOCTOR_OK, "rights", "all (SUPER_USER)");
		return;
	}
	for (right = user_rights; right->role; right++) {
		bool has = user_may(me, right);

		doctor_say(d, has ? DOCTOR_OK : DOCTOR_WARN, "rights",
		    has ? "may %s (%s)"
			: "may not %s: that takes the role %s, given by a "
			  "super administrator",
		    right->what, right->role);
	}
}

/* The three lists that a mount is made of. */
static bool
doctor_lists(
    struct doctor *d, struct goto_client *api, struct license_list *licenses)
{
	struct user_list users = {0};
	struct group_list groups = {0};
	struct err err = ERR_NONE;
	long next = 0, total = 0;
	int r;

	r = goto_users_page(
	    api, GOTO_INTERACTIVE, 0, 1, &users, &next, &total, &err);
	user_list_done(&users);
	if (r == 0)
		r = goto_licenses(api, GOTO_INTERACTIVE, licenses, &err);
	if (r == 0)
		r = goto_groups(api, GOTO_INTERACTIVE, &groups, &err);
	if (r < 0) {
		doctor_fail(d, cmd_exit_of(&err), "lists", &err);
		return false;
	}
	doctor_say(d, DOCTOR_OK, "lists", "%ld users, %zu licenses, %zu groups",
	    total, licenses->n, groups.n);
	group_list_done(&groups);
	return true;
}

/* One question to a product's own API, for a day. */
static int
doctor_ask_product(struct goto_client *api, enum product product,
    const char *user_key, struct err *err)
{
	int64_t to_ms = clock_wall_ms(), from_ms = to_ms - DOCTOR_DAY_MS;
	enum goto_priority prio = GOTO_INTERACTIVE;
	struct organizer_list organizers = {0};
	struct use_list uses = {0};
	int r = 0;

	switch (product) {
	case PRODUCT_GOTOMEETING:
		r = goto_meeting_organizers(api, prio, &organizers, err);
		break;
	case PRODUCT_GOTOWEBINAR:
		r = goto_webinars_of_organizer(
		    api, prio, user_key, from_ms, to_ms, &uses, err);
		break;
	case PRODUCT_GOTOTRAINING:
		r = goto_trainings_of_organizer(
		    api, prio, user_key, from_ms, to_ms, &uses, err);
		break;
	case PRODUCT_GOTOCONNECT:
		r = goto_connect_activity(
		    api, prio, from_ms, to_ms, &uses, err);
		break;
	case PRODUCT_GOTOASSIST:
		r = goto_assist_sessions(api, prio, from_ms, to_ms, &uses, err);
		break;
	default:
		break;
	}
	organizer_list_done(&organizers);
	use_list_done(&uses);
	/* he is no organizer himself: he was let in all the same */
	return r == -ENOENT ? 0 : r;
}

static void
doctor_products(struct doctor *d, struct goto_client *api, const char *user_key,
    const struct license_list *licenses)
{
	unsigned bits = 0;
	size_t i;
	int p;

	for (i = 0; i < licenses->n; i++)
		bits |= product_bits(licenses->v[i].products);
	for (p = 0; p < PRODUCT_N; p++) {
		enum product product = (enum product)p;
		const char *name = product_name(product);
		struct err err = ERR_NONE;

		if (!(bits & PRODUCT_BIT(product)))
			continue;
		if (!product_has_source(product))
			doctor_say(d, DOCTOR_OK, name,
			    "tells nothing of its use; nobody is a candidate");
		else if (doctor_ask_product(api, product, user_key, &err) < 0)
			doctor_say(d, DOCTOR_WARN, name,
			    "its use stays unknown: %s", err.msg);
		else
			doctor_say(d, DOCTOR_OK, name, "tells who uses it");
	}
}

static void
doctor_account(struct doctor *d, struct goto_client *api)
{
	AUTO(text_done) char *account = NULL;
	struct license_list licenses = {0};
	struct user me = {0};
	struct err err = ERR_NONE;
	const char *key = d->serve.api.account_key;

	if (goto_me(api, &me, &account, &err) < 0) {
		doctor_fail(d, cmd_exit_of(&err), "token", &err);
		return;
	}
	if (!key && !account) {
		err_set(&err, -ENOENT,
		    "GoTo names no account for it; set account_key in the "
		    "profile");
		doctor_fail(d, cmd_exit_of(&err), "token", &err);
		user_done(&me);
		return;
	}
	if (!key && goto_set_account(api, account) < 0)
		err_nomem(&err);
	doctor_say(d, DOCTOR_OK, "token", "of %s, account %s", me.email,
	    key ? key : account);
	if (!key)
		doctor_owner(d, account);
	doctor_rights(d, &me);
	if (doctor_lists(d, api, &licenses))
		doctor_products(d, api, me.key, &licenses);
	license_list_done(&licenses);
	user_done(&me);
}

void
doctor_token(struct doctor *d)
{
	struct goto_client *api = NULL;
	struct err err = ERR_NONE;

	if (goto_client_new(&d->serve.api, &api, &err) < 0)
		doctor_fail(d, cmd_exit_of(&err), "token", &err);
	else
		doctor_account(d, api);
	goto_client_free(api);
}
