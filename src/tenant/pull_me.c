/* SPDX-License-Identifier: MIT */
/*
 * pull_me: who we are, and whose the folder is where the profile does not say
 * (bind.c): what a pull asks first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/text.h"
#include "pull_int.h"

/* What waited for it may go now: goto knows the account before anybody is let
 * go, and nobody is while it does not. */
static int
pull_bind(struct tenant *t, const char *account, struct err *err)
{
	int r;

	if (!account)
		return err_set(err, -ENOENT,
		    "GoTo names no account for this token; set account_key in "
		    "the profile");
	tenant_begin(t);
	r = goto_set_account(t->api, account) < 0 ? err_nomem(err) : 0;
	if (r == 0)
		r = bind_check(t, account, err);
	pthread_cond_broadcast(&t->work);
	tenant_end(t);
	return r;
}

int
pull_me(struct tenant *t, struct err *err)
{
	AUTO(user_done) struct user me = USER_NONE;
	AUTO(text_done) char *account = NULL;
	struct goto_stats s;
	bool asked, known;
	int r;

	tenant_begin(t);
	asked = t->me_asked;
	known = t->bound;
	tenant_end(t);
	if (asked)
		return 0;
	r = goto_me(t->api, &me, &account, err);
	if (r < 0 && !known)
		err_prefix(err,
		    "GoTo does not say whose account it is (account_key in the "
		    "profile would)");
	if (r == 0 && !known)
		r = pull_bind(t, account, err);
	if (r < 0)
		return r;
	tenant_begin(t);
	tenant_mutate(t); /* readers look who he is */
	if (!text_equal(t->me_key, me.key)) {
		char *key = text_dup(me.key);

		reports_moved(t); /* whom it protects */
		if (key || !me.key) {
			free(t->me_key);
			t->me_key = key;
		} else {
			r = err_nomem(err);
		}
	}
	goto_get_stats(t->api, &s);
	t->me_is_ours = account && strcmp(account, s.account_key) == 0;
	t->me_asked = r == 0;
	tenant_end(t);
	return r;
}

/* Somebody must do something: no answer of another time will be better. (Of a
 * refused token tells token_refused.) */
static bool
pull_is_for_good(int r, const struct err *err)
{
	int status = err->http_status;

	if (r == 0 || r == -EROFS)
		return false;
	return r == -EMEDIUMTYPE || r == -ENOENT ||
	       (status >= 300 && status < 500 && status != 408 &&
		   status != 429);
}

void
pull_note_binding(struct tenant *t, int r, const struct err *err)
{
	t->unbound = (struct err)ERR_NONE;
	if (t->bound || r == 0) {
		t->bind_tries = 0;
		return;
	}
	if (pull_is_for_good(r, err))
		t->unbound = *err;
	if (r != -EMEDIUMTYPE)
		t->pull_again_boot_ms =
		    clock_boot_ms() + push_backoff_ms(t->bind_tries++);
}
