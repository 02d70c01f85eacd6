/* SPDX-License-Identifier: MIT */
/*
 * Every function of goto.h against a tenant on loopback, under each reading of
 * what is only assumed about GoTo, and with everything that can go wrong on
 * the way; with the exact number of requests.
 *
 * test_goto_sandbox PATH-OF-gotofs-sandbox
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/json.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "sandbox_run.h"

#define N(a) (sizeof(a) / sizeof(*(a)))
#define BG GOTO_BACKGROUND
#define FG GOTO_INTERACTIVE

static const char *program;
static struct sandbox box;
static struct goto_client *client;
static struct err err;
static struct goto_conf conf = {
    .client_id = "sandbox-client",
    .client_secret = "sandbox-secret",
    .pat = "sandbox-pat",
    .rate_per_s = 100000,
    .backoff_ms = 1,
    .timeout_ms = 10000,
};

static void
connect_client(const struct goto_conf *with)
{
	struct goto_conf full = *with;

	full.api_url = full.connect_url = full.auth_url = box.url;
	goto_client_free(client);
	client = NULL;
	err = (struct err)ERR_NONE;
	assert_int_equal(goto_client_new(&full, &client, &err), 0);
}

static int
setup(void **state)
{
	static const char *const args[] = {"--users", "60", "--rate", "0",
	    "--refresh-token", "first-refresh", NULL};

	(void)state;
	sandbox_start(&box, program, args);
	connect_client(&conf);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	goto_client_free(client);
	client = NULL;
	sandbox_stop(&box);
	return 0;
}

/* ---- helpers ---- */

static void
check(int r)
{
	if (r != 0)
		fail_msg("%d: %s", r, err.msg);
}

static void
find(const char *email, struct user *ret)
{
	user_done(ret);
	*ret = (struct user)USER_NONE;
	check(goto_user_find(client, FG, email, ret, &err));
}

static char *
key_of(const char *email)
{
	struct user u = USER_NONE;
	char *key;

	find(email, &u);
	key = TAKE(u.key);
	user_done(&u);
	return key;
}

static char *
license_key(const char *description)
{
	struct license_list l = {NULL, 0};
	char *key = NULL;

	check(goto_licenses(client, BG, &l, &err));
	for (size_t i = 0; i < l.n && !key; i++)
		if (text_equal(l.v[i].description, description))
			key = TAKE(l.v[i].key);
	license_list_done(&l);
	assert_non_null(key);
	return key;
}

static char *
group_key(const char *name)
{
	struct group_list l = {NULL, 0};
	char *key = NULL;

	check(goto_groups(client, BG, &l, &err));
	for (size_t i = 0; i < l.n && !key; i++)
		if (text_equal(l.v[i].name, name))
			key = TAKE(l.v[i].key);
	group_list_done(&l);
	assert_non_null(key);
	return key;
}

static int
create(const char *email, char **ret_key)
{
	struct user u = {
	    .email = (char *)email,
	    .first_name = (char *)"New",
	    .last_name = (char *)"One",
	};
	struct goto_create req = {.users = &u, .n = 1, .suppress_email = true};

	return goto_users_create(client, &req, ret_key, &err);
}

/* Is this user there in truth? */
static bool
exists(const char *email)
{
	AUTO(json_done)
	struct json *j = sandbox_ask(&box, "GET", "state", NULL);
	const struct json *u = json_first(json_get(j, "users"));

	for (; u; u = json_next(u))
		if (text_equal(json_get_str(u, "email"), email))
			return true;
	return false;
}

/* ---- reading ---- */

static size_t
read_all_users(void)
{
	struct user_list l = {NULL, 0};
	long offset = 0, total;
	size_t n = 0;

	do {
		check(goto_users_page(
		    client, BG, offset, 25, &l, &offset, &total, &err));
		for (size_t i = 0; i < l.n; i++)
			assert_non_null(strstr(l.v[i].rest, l.v[i].key));
		n += l.n;
		user_list_done(&l);
	} while (offset < total);
	assert_int_equal(n, total);
	return n;
}

static void
read_everything(void)
{
	struct license_list licenses = {NULL, 0};
	struct group_list groups = {NULL, 0};
	struct user me = USER_NONE;
	char *account = NULL;
	bool sub = false;

	check(goto_me(client, &me, &account, &err));
	assert_string_equal(account, "9000000000000000001");
	assert_string_equal(me.email, "admin@example.com");
	assert_true(user_is_super(&me));
	user_done(&me);
	free(account);
	assert_int_equal(read_all_users(), 60);
	check(goto_licenses(client, BG, &licenses, &err));
	assert_int_equal(licenses.n, 9);
	check(goto_groups(client, BG, &groups, &err));
	for (size_t i = 0; i < groups.n; i++)
		for (size_t k = 0; k < groups.n; k++)
			sub = sub || text_equal(groups.v[i].parent_key,
					 groups.v[k].key);
	assert_true(sub);
	license_list_done(&licenses);
	group_list_done(&groups);
}

static void
test_reading(void **state)
{
	static const char *const readings[][2] = {{"keys", "number"},
	    {"empty_results", "absent"}, {"license_user_keys", "hide"},
	    {"user_license_keys", "hide"}, {"rolesets_form", "string"},
	    {"page_default", "3"}, {"page_max", "4"}, {"token_keys", "true"},
	    {"token_chars", "4096"}, {"loa", "string"}, {"order", "email"},
	    {"user_count", "accepted"}};

	(void)state;
	read_everything();
	/* /me twice: once to learn the account */
	assert_int_equal(sandbox_count(&box, "GET /me"), 2);
	assert_int_equal(sandbox_count(&box, "GET /users"), 3);
	assert_int_equal(sandbox_count(&box, "GET /licenses"), 1);
	assert_int_equal(sandbox_count(&box, "GET /groups"), 1);
	assert_int_equal(sandbox_total(&box), 7);
	assert_int_equal(sandbox_count(&box, "POST /oauth/token"), 1);
	for (size_t i = 0; i < N(readings); i++) {
		sandbox_switch(&box, readings[i][0], readings[i][1]);
		connect_client(&conf);
		read_everything();
	}
}

static void
test_same_record(void **state)
{
	struct user a = USER_NONE, b = USER_NONE;

	(void)state;
	find("ann.lee@example.com", &a);
	sandbox_switch(&box, "keys", "number");
	check(goto_user_get(client, BG, a.key, &b, &err));
	assert_string_equal(a.rest, b.rest);
	assert_string_equal(a.group_key, b.group_key);
	assert_string_equal(a.license_keys[0], b.license_keys[0]);
	user_done(&a);
	user_done(&b);
	assert_int_equal(goto_user_get(client, BG, "12345", &b, &err), -ENOENT);
}

/* Lists that move under our eyes are not believed. */
static void
test_shifting(void **state)
{
	struct group_list l = {NULL, 0};

	(void)state;
	sandbox_switch(&box, "order", "shifting");
	sandbox_switch(&box, "page_max", "3");
	assert_int_equal(goto_groups(client, BG, &l, &err), -EIO);
	assert_null(l.v);
	sandbox_switch(&box, "order", "key");
	check(goto_groups(client, BG, &l, &err));
	group_list_done(&l);
}

/* ---- finding ---- */

static const char *const people[] = {"ann.lee@example.com",
    "max+test@example.com", "pat.o'brien@example.com",
    "carla.upper@example.com", "CARLA.upper@EXAMPLE.com"};

static void
find_everybody(void)
{
	for (size_t i = 0; i < N(people); i++) {
		struct user u = USER_NONE;

		find(people[i], &u);
		assert_int_equal(strcasecmp(u.email, people[i]), 0);
		user_done(&u);
	}
}

static void
test_find(void **state)
{
	static const char *const readings[][2] = {{"filter_match", "find"},
	    {"filter_case", "insensitive"}, {"filter_regex", "false"},
	    {"empty_results", "absent"}, {"keys", "number"}};
	struct user u = USER_NONE;

	(void)state;
	sandbox_clear(&box);
	find("ann.lee@example.com", &u);
	assert_int_equal(sandbox_count(&box, "GET /users"), 1);
	assert_int_equal(
	    goto_user_find(client, FG, "bob.stone@example.com", &u, &err),
	    -ENOENT);
	assert_int_equal(sandbox_count(&box, "GET /users"), 3);
	assert_int_equal(
	    goto_user_find(client, FG, "bob+stone@example.com", &u, &err),
	    -ENOENT);
	assert_int_equal(sandbox_count(&box, "GET /users"), 4);
	user_done(&u);
	find_everybody();
	for (size_t i = 0; i < N(readings); i++) {
		sandbox_switch(&box, readings[i][0], readings[i][1]);
		find_everybody();
	}
}

/* ---- writing ---- */

static void
test_create(void **state)
{
	static const char *const readings[][2] = {{"create_status", "201"},
	    {"keys", "number"}, {"email_case", "lower"}};
	char *key = NULL, *again = NULL;
	char email[64];

	(void)state;
	for (size_t i = 0; i < N(readings); i++) {
		snprintf(email, sizeof(email), "New%zu@example.com", i);
		sandbox_switch(&box, readings[i][0], readings[i][1]);
		check(create(email, &key));
		assert_non_null(key);
		again = key_of(email);
		assert_string_equal(key, again);
		free(again);
		sandbox_clear(&box);
		assert_int_equal(create(email, &again), -EEXIST);
		assert_int_equal(sandbox_total(&box), 1);
		check(goto_user_delete(client, key, &err));
		/* he is gone: that is what was wanted */
		check(goto_user_delete(client, key, &err));
		check(create(email, &again));
		assert_string_equal(key, again); /* 3.6, A */
		free(key);
		free(again);
	}
}

static void
test_create_many(void **state)
{
	char names[GOTO_CREATE_MAX][64];
	struct user users[GOTO_CREATE_MAX];
	char *keys[GOTO_CREATE_MAX];
	char *licenses[] = {license_key("GoToMeeting Business"), NULL};
	char *roles[] = {(char *)"RUN_REPORTS", NULL};
	struct user u = USER_NONE;
	struct goto_create req = {
	    .users = users,
	    .n = 5,
	    .license_keys = licenses,
	    .group_key = group_key("Sales"),
	    .admin_roles = roles,
	    .mail_subject = "Welcome",
	    .mail_text = "Hello",
	};

	(void)state;
	for (size_t i = 0; i < N(users); i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu@example.com", i);
		users[i] = (struct user){.email = names[i],
		    .first_name = (char *)"F",
		    .last_name = (char *)"L",
		    .locale = (char *)"de_DE",
		    .time_zone = (char *)"Europe/Berlin"};
	}
	sandbox_clear(&box);
	check(goto_users_create(client, &req, keys, &err));
	assert_int_equal(sandbox_total(&box), 1);
	check(goto_user_get(client, FG, keys[4], &u, &err));
	assert_string_equal(u.email, "n4@example.com");
	assert_string_equal(u.locale, "de_DE");
	assert_string_equal(u.license_keys[0], licenses[0]);
	assert_string_equal(u.group_key, req.group_key);
	assert_string_equal(u.admin_roles[0], "RUN_REPORTS");
	user_done(&u);
	for (size_t i = 0; i < req.n; i++)
		free(keys[i]);
	/* as many as one call may, without anything */
	free((char *)req.group_key);
	req = (struct goto_create){.users = users + 5, .n = N(users) - 5};
	check(goto_users_create(client, &req, keys, &err));
	for (size_t i = 0; i < req.n; i++) {
		assert_non_null(keys[i]);
		free(keys[i]);
	}
	/* one of them is there already: none is made */
	req = (struct goto_create){.users = users, .n = N(users)};
	assert_int_equal(goto_users_create(client, &req, keys, &err), -EEXIST);
	free(licenses[0]);
}

static void
test_update(void **state)
{
	static const char *const readings[][2] = {
	    {"update_status", "204"}, {"update_status", "200"}};
	char *key = key_of("dan.fox@example.com");
	char *roles[] = {(char *)"MANAGE_USERS", (char *)"RUN_REPORTS", NULL};
	struct user to = {.email = (char *)"dan.wolf@example.com",
	    .first_name = (char *)"D\"n",
	    .time_zone = (char *)"Asia/Tokyo",
	    .admin_roles = roles};
	struct user u = USER_NONE;

	(void)state;
	for (size_t i = 0; i < N(readings); i++) {
		sandbox_switch(&box, readings[i][0], readings[i][1]);
		sandbox_clear(&box);
		check(goto_user_update(client, key, &to,
		    GOTO_SET_EMAIL | GOTO_SET_FIRST_NAME | GOTO_SET_TIME_ZONE |
			GOTO_SET_ADMIN_ROLES,
		    &err));
		assert_int_equal(sandbox_total(&box), 1);
		find("dan.wolf@example.com", &u);
		assert_string_equal(u.key, key);
		assert_string_equal(u.first_name, "D\"n");
		assert_string_equal(u.last_name, "Fox");
		assert_string_equal(u.time_zone, "Asia/Tokyo");
		assert_true(strv_equal(u.admin_roles, roles));
	}
	to.admin_roles = NULL;
	check(goto_user_update(client, key, &to, GOTO_SET_ADMIN_ROLES, &err));
	find("dan.wolf@example.com", &u);
	assert_null(u.admin_roles);
	to.email = (char *)"ann.lee@example.com";
	assert_int_equal(
	    goto_user_update(client, key, &to, GOTO_SET_EMAIL, &err), -EEXIST);
	assert_int_equal(
	    goto_user_update(client, "404", &to, GOTO_SET_FIRST_NAME, &err),
	    -ENOENT);
	user_done(&u);
	free(key);
}

static void
test_protected(void **state)
{
	char *me = key_of("admin@example.com");

	(void)state;
	assert_int_equal(goto_user_delete(client, me, &err), -EACCES);
	sandbox_switch(&box, "self_delete_status", "409");
	assert_int_equal(goto_user_delete(client, me, &err), -EPERM);
	assert_true(exists("admin@example.com"));
	free(me);
}

static void
test_licenses(void **state)
{
	char *both[] = {
	    license_key("GoToWebinar Pro"), license_key("GoToTraining"), NULL};
	char *one[] = {both[0], NULL};
	char *starter[] = {license_key("GoToMeeting Starter"), NULL};
	char *disabled[] = {license_key("GoToAssist Remote Support"), NULL};
	char *external[] = {license_key("OpenVoice"), NULL};
	char *nonsense[] = {(char *)"4711", NULL};
	char *stan = key_of("stan.still@example.com");
	struct user u = USER_NONE;

	(void)state;
	sandbox_clear(&box);
	check(goto_license_assign(client, both, stan, &err));
	check(goto_license_assign(client, both, stan, &err));
	assert_int_equal(sandbox_total(&box), 2);
	find("stan.still@example.com", &u);
	assert_true(strv_same_set(u.license_keys, both));
	assert_int_equal(
	    goto_license_assign(client, starter, stan, &err), -ENOSPC);
	assert_int_equal(
	    goto_license_assign(client, disabled, stan, &err), -ENOSPC);
	assert_int_equal(
	    goto_license_assign(client, external, stan, &err), -EACCES);
	assert_int_equal(
	    goto_license_assign(client, nonsense, stan, &err), -ENOENT);
	assert_int_equal(
	    goto_license_assign(client, both, "4711", &err), -ENOENT);
	check(goto_license_unassign(client, both, stan, &err));
	/* not held: fine for one; of several it says nothing of the others */
	check(goto_license_unassign(client, one, stan, &err));
	assert_int_equal(
	    goto_license_unassign(client, both, stan, &err), -ENOENT);
	sandbox_switch(&box, "unassign_missing_status", "0");
	check(goto_license_unassign(client, both, stan, &err));
	find("stan.still@example.com", &u);
	assert_null(u.license_keys);
	user_done(&u);
	free(both[0]);
	free(both[1]);
	free(starter[0]);
	free(disabled[0]);
	free(external[0]);
	free(stan);
}

static void
test_groups(void **state)
{
	static const char *const answers[] = {"quoted", "unquoted"};
	char *kim = key_of("kim.park@example.com");
	struct user u = USER_NONE;

	(void)state;
	for (size_t i = 0; i < N(answers); i++) {
		char *top = NULL, *sub = NULL, *none = NULL;

		sandbox_switch(&box, "group_answer", answers[i]);
		check(goto_group_create(client, "T/op", NULL, &top, &err));
		check(goto_group_create(client, "Sub", top, &sub, &err));
		assert_int_equal(
		    goto_group_create(client, "T/op", NULL, &none, &err),
		    -EEXIST);
		check(goto_group_rename(client, sub, "S u b", &err));
		none = group_key("S u b");
		assert_string_equal(none, sub);
		sandbox_clear(&box);
		check(goto_group_put_user(client, sub, kim, &err));
		assert_int_equal(sandbox_total(&box), 1);
		find("kim.park@example.com", &u);
		assert_string_equal(u.group_key, sub);
		check(goto_group_take_out(client, kim, &err));
		check(goto_group_take_out(client, kim, &err));
		find("kim.park@example.com", &u);
		assert_null(u.group_key);
		check(goto_group_delete(client, sub, &err));
		check(goto_group_delete(client, top, &err));
		assert_int_equal(goto_group_delete(client, top, &err), -ENOENT);
		free(top);
		free(sub);
		free(none);
	}
	user_done(&u);
	free(kim);
}

/* ---- faults ---- */

static const char *const broken[] = {"html", "reset-before", "reset-after",
    "truncate", "garbage", "empty", "status"};

static void
test_faults_on_get(void **state)
{
	char *ann = key_of("ann.lee@example.com");

	(void)state;
	for (size_t i = 0; i < N(broken); i++) {
		struct user u = USER_NONE;

		sandbox_clear(&box);
		sandbox_fault(&box, "GET /users/{}", broken[i], ",\"count\":2");
		check(goto_user_get(client, FG, ann, &u, &err));
		assert_int_equal(sandbox_count(&box, "GET /users/{}"), 3);
		user_done(&u);
		sandbox_fault(
		    &box, "GET /users/{}", broken[i], ",\"count\":-1");
		assert_int_equal(
		    goto_user_get(client, FG, ann, &u, &err), -EIO);
		assert_int_equal(sandbox_count(&box, "GET /users/{}"), 6);
	}
	free(ann);
}

/* Made or not made: it is asked for once, and we hear that we cannot know. */
static void
test_faults_on_create(void **state)
{
	char email[64], *key = NULL;

	(void)state;
	for (size_t i = 0; i < N(broken); i++)
		for (int apply = 0; apply < 2; apply++) {
			bool always = strcmp(broken[i], "truncate") == 0;

			snprintf(email, sizeof(email), "f%zu-%d@example.com", i,
			    apply);
			sandbox_clear(&box);
			sandbox_fault(&box, "POST /users", broken[i],
			    apply ? ",\"apply\":true" : ",\"apply\":false");
			assert_int_equal(create(email, &key), -EINPROGRESS);
			assert_null(key);
			assert_int_equal(sandbox_count(&box, "POST /users"), 1);
			assert_int_equal(exists(email), apply || always);
		}
}

static void
test_faults_on_other_writes(void **state)
{
	static const char *const kinds[] = {
	    "reset-before", "reset-after", "truncate", "status", "html"};
	char *business[] = {license_key("GoToMeeting Business"), NULL};
	char *stan = key_of("stan.still@example.com"), *key = NULL;
	struct user to = {.first_name = (char *)"X"};

	(void)state;
	for (size_t i = 0; i < N(kinds); i++) {
		sandbox_clear(&box);
		sandbox_fault(&box, "*", kinds[i], "");
		assert_int_equal(
		    goto_license_assign(client, business, stan, &err),
		    -EINPROGRESS);
		assert_int_equal(sandbox_total(&box), 1);
		sandbox_clear(&box);
		sandbox_fault(&box, "*", kinds[i], "");
		check(goto_user_update(
		    client, stan, &to, GOTO_SET_FIRST_NAME, &err));
		check(goto_license_unassign(client, business, stan, &err));
		sandbox_clear(&box);
		check(create("victim@example.com", &key));
		sandbox_fault(&box, "DELETE *", kinds[i], "");
		check(goto_user_delete(client, key, &err));
		assert_false(exists("victim@example.com"));
		free(key);
	}
	free(business[0]);
	free(stan);
}

static void
test_429(void **state)
{
	struct goto_stats stats;
	char *key = NULL;

	(void)state;
	sandbox_fault(
	    &box, "POST /users", "status", ",\"status\":429,\"count\":4");
	check(create("patient@example.com", &key));
	assert_int_equal(sandbox_count(&box, "POST /users"), 5);
	goto_get_stats(client, &stats);
	assert_int_equal(stats.refused_n, 4);
	assert_int_equal(stats.calls_n, 6); /* and /me */
	free(key);
}

static void
test_late(void **state)
{
	struct goto_conf hasty = conf;
	char *ann = key_of("ann.lee@example.com"), *key = NULL;
	struct user u = USER_NONE;

	(void)state;
	hasty.timeout_ms = 150;
	hasty.account_key = "9000000000000000001";
	connect_client(&hasty);
	sandbox_clear(&box);
	sandbox_fault(&box, "GET /users/{}", "slow", ",\"delay_ms\":20");
	check(goto_user_get(client, FG, ann, &u, &err));
	user_done(&u);
	sandbox_clear(&box);
	sandbox_fault(&box, "GET /users/{}", "hang", ",\"count\":-1");
	assert_int_equal(goto_user_get(client, FG, ann, &u, &err), -ETIMEDOUT);
	assert_int_equal(sandbox_count(&box, "GET /users/{}"), 3);
	sandbox_fault(&box, "POST /users", "hang", "");
	assert_int_equal(create("late@example.com", &key), -EINPROGRESS);
	assert_int_equal(sandbox_count(&box, "POST /users"), 1);
	sandbox_clear(&box);
	free(ann);
}

static void *
get_ann(void *arg)
{
	struct user u = USER_NONE;
	intptr_t r = goto_user_get(client, FG, arg, &u, NULL);

	user_done(&u);
	return (void *)r;
}

static void
test_cancel(void **state)
{
	char *ann = key_of("ann.lee@example.com");
	pthread_t thread;
	void *r;

	(void)state;
	sandbox_clear(&box);
	sandbox_fault(&box, "GET /users/{}", "hang", "");
	pthread_create(&thread, NULL, get_ann, ann);
	sandbox_tell(
	    &box, "GET", "wait?route=GET%20/users/%7B%7D&count=1", NULL);
	goto_client_cancel(client);
	pthread_join(thread, &r);
	assert_int_equal((intptr_t)r, -ECANCELED);
	sandbox_clear(&box);
	free(ann);
}

/* ---- tokens ---- */

static void
test_revoked_access(void **state)
{
	char *ann = key_of("ann.lee@example.com"), *key = NULL;
	struct user u = USER_NONE;

	(void)state;
	sandbox_clear(&box);
	sandbox_tell(&box, "POST", "revoke-tokens", "{}");
	check(goto_user_get(client, FG, ann, &u, &err));
	user_done(&u);
	assert_int_equal(sandbox_count(&box, "POST /oauth/token"), 1);
	assert_int_equal(sandbox_count(&box, "GET /users/{}"), 2);
	sandbox_tell(&box, "POST", "revoke-tokens", "{}");
	check(create("twice@example.com", &key));
	assert_int_equal(sandbox_count(&box, "POST /oauth/token"), 2);
	assert_int_equal(sandbox_count(&box, "POST /users"), 2);
	free(key);
	free(ann);
}

static void
test_refused_for_good(void **state)
{
	struct goto_stats stats;
	char *ann = key_of("ann.lee@example.com");
	struct user u = USER_NONE;

	(void)state;
	sandbox_clear(&box);
	sandbox_tell(&box, "POST", "revoke-tokens", "{\"pat\":true}");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    goto_user_get(client, FG, ann, &u, &err), -EROFS);
		assert_non_null(strstr(err.msg, "gotofs login"));
	}
	/* neither side is pestered */
	assert_int_equal(sandbox_count(&box, "GET /users/{}"), 1);
	assert_int_equal(sandbox_count(&box, "POST /oauth/token"), 1);
	goto_get_stats(client, &stats);
	assert_true(stats.token_refused);
	free(ann);
}

static void
test_bad_client(void **state)
{
	static const char *const bodies[] = {"json", "text"};
	struct goto_conf wrong = conf;

	(void)state;
	wrong.client_secret = "wrong";
	for (size_t i = 0; i < N(bodies); i++) {
		sandbox_switch(&box, "oauth_error_body", bodies[i]);
		connect_client(&wrong);
		assert_int_equal(goto_me(client, NULL, NULL, &err), -EROFS);
	}
}

/* Far from the token's end a 403 is about rights; a new token is not asked
 * for.  (Near its end: test_goto_api.) */
static void
test_403_means_rights(void **state)
{
	char *ann = key_of("ann.lee@example.com");
	struct user u = USER_NONE;

	(void)state;
	sandbox_switch(&box, "bad_token_status", "403");
	sandbox_clear(&box);
	sandbox_tell(&box, "POST", "revoke-tokens", "{}");
	assert_int_equal(goto_user_get(client, FG, ann, &u, &err), -EACCES);
	assert_int_equal(sandbox_count(&box, "POST /oauth/token"), 0);
	assert_int_equal(sandbox_count(&box, "GET /users/{}"), 1);
	free(ann);
}

static void
assert_stored(const char *path, const char *not_this)
{
	char *text = NULL;

	check(secret_read_file(path, &text, &err));
	assert_string_not_equal(text, not_this);
	secret_free(text);
}

static void
test_refresh_token(void **state)
{
	char path[] = TEST_TMP "/gotofs-test-token-XXXXXX";
	int fd = mkstemp(path);
	struct goto_conf c = conf;
	struct user u = USER_NONE;
	char *text = NULL;

	(void)state;
	assert_int_equal(write(fd, "first-refresh\n", 14), 14);
	close(fd);
	c.pat = NULL;
	c.refresh_token_file = path;
	connect_client(&c);
	find("ann.lee@example.com", &u);
	check(secret_read_file(path, &text, &err));
	assert_string_equal(text, "first-refresh");
	secret_free(text);
	/* from now on each refresh brings a new one */
	sandbox_switch(&box, "refresh_percent", "0");
	for (int i = 0; i < 3; i++) {
		sandbox_tell(&box, "POST", "revoke-tokens", "{}");
		find("ann.lee@example.com", &u);
		assert_stored(path, "first-refresh");
	}
	/* the next process goes on with it */
	connect_client(&c);
	find("ann.lee@example.com", &u);
	sandbox_tell(&box, "POST", "revoke-tokens", "{\"refresh\":true}");
	assert_int_equal(goto_user_get(client, FG, u.key, &u, &err), -EROFS);
	user_done(&u);
	unlink(path);
}

/* ---- pace ---- */

static void *
get_some(void *arg)
{
	intptr_t bad = 0;

	for (int i = 0; i < 5; i++)
		bad += (intptr_t)get_ann(arg) != 0;
	return (void *)bad;
}

static int64_t
refusals_at(double rate)
{
	struct goto_conf c = conf;
	char *ann = key_of("ann.lee@example.com");
	pthread_t threads[4];
	struct goto_stats stats;
	void *bad;

	c.rate_per_s = rate;
	c.account_key = "9000000000000000001";
	c.backoff_ms = 100;
	connect_client(&c);
	/* what was asked before does not count */
	sandbox_tell(&box, "POST", "clock", "{\"advance_ms\":5000}");
	for (size_t i = 0; i < N(threads); i++)
		pthread_create(&threads[i], NULL, get_some, ann);
	for (size_t i = 0; i < N(threads); i++) {
		pthread_join(threads[i], &bad);
		assert_null(bad);
	}
	goto_get_stats(client, &stats);
	free(ann);
	return stats.refused_n;
}

static void
test_pace(void **state)
{
	(void)state;
	sandbox_switch(&box, "rate", "10");
	/* ours keeps below GoTo's limit */
	assert_int_equal(refusals_at(8), 0);
	/* too fast: refused, and everything is done nevertheless */
	assert_true(refusals_at(1000) > 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_reading, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_same_record, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_shifting, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_find, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_create, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_create_many, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_update, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_protected, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_licenses, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_groups, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_faults_on_get, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_faults_on_create, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_faults_on_other_writes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_429, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_late, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_revoked_access, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_refused_for_good, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bad_client, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_403_means_rights, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_refresh_token, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_pace, setup, teardown),
	};

	program = argc > 1 ? argv[1] : getenv("GOTOFS_SANDBOX");
	if (!program) {
		fprintf(stderr, "usage: %s PATH-OF-gotofs-sandbox\n", argv[0]);
		return 1;
	}
	return cmocka_run_group_tests_name("goto_sandbox", tests, NULL, NULL);
}
