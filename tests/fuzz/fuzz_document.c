/* SPDX-License-Identifier: MIT */
/* Any text written to a person's file is judged; what is accepted, once
 * applied, asks for nothing more. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "gotofs/buf.h"
#include "gotofs/document.h"
#include "gotofs/err.h"
#include "gotofs/text.h"

#define NAME "bob@example.com.json"

#define REST "  \"key\": \"1\",\n  \"x\": []"

static const char bob_text[] =
    "{\"email\":\"bob@example.com\",\"firstName\":\"Bob\",\"lastName\":null,"
    "\"locale\":\"en_US\",\"timeZone\":null,\"adminRoles\":[\"ODD\"],"
    "\n" REST "\n}";

/* Hands the wanted members over to u. */
static void
apply(struct user *u, struct document_change *c)
{
	const struct {
		unsigned bit;
		char **to, **from;
	} texts[] = {
	    {USER_SET_EMAIL, &u->email, &c->want.email},
	    {USER_SET_FIRST_NAME, &u->first_name, &c->want.first_name},
	    {USER_SET_LAST_NAME, &u->last_name, &c->want.last_name},
	    {USER_SET_LOCALE, &u->locale, &c->want.locale},
	    {USER_SET_TIME_ZONE, &u->time_zone, &c->want.time_zone},
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!(c->set & texts[i].bit))
			continue;
		free(*texts[i].to);
		*texts[i].to = TAKE(*texts[i].from);
	}
	if (c->set & USER_SET_ADMIN_ROLES) {
		strv_free(u->admin_roles);
		u->admin_roles = TAKE(c->want.admin_roles);
	}
}

static void
check_settled(const char *text, size_t len, const struct user *u)
{
	AUTO(document_change_done)
	struct document_change c = DOCUMENT_CHANGE_NONE;
	AUTO(buf_done) struct buf now = BUF_MAX(1 << 24);

	FUZZ_CHECK(document_render_user(u, &now) == 0);
	FUZZ_CHECK(document_diff_user(text, len, NAME, u, now.data, NULL, NULL,
		       &c, NULL) == 0);
	FUZZ_CHECK(c.set == 0);
}

/* bob: NULL for a new person. */
static void
check_diff(const char *text, size_t len, struct user *bob)
{
	AUTO(document_change_done)
	struct document_change c = DOCUMENT_CHANGE_NONE;
	AUTO(user_done) struct user fresh = USER_NONE;
	struct err err = ERR_NONE;
	int r = document_diff_user(
	    text, len, NAME, bob, bob ? bob_text : NULL, NULL, NULL, &c, &err);

	FUZZ_CHECK(r == 0 || (r == -EINVAL && err.code == r && *err.msg));
	FUZZ_CHECK(r == 0 || (!c.set && !c.ignored));
	if (r < 0)
		return;
	apply(bob ? bob : &fresh, &c);
	check_settled(text, len, bob ? bob : &fresh);
}

static void
check_parse(const char *text, size_t len)
{
	AUTO(user_done) struct user u = USER_NONE;
	AUTO(user_done) struct user back = USER_NONE;
	AUTO(buf_done) struct buf out = BUF_MAX(1 << 24);

	if (document_parse_user(text, len, &u, NULL) < 0)
		return;
	FUZZ_CHECK(document_render_user(&u, &out) == 0);
	FUZZ_CHECK(document_parse_user(out.data, out.len, &back, NULL) == 0);
	FUZZ_CHECK(text_equal(u.email, back.email));
	FUZZ_CHECK(strv_equal(u.admin_roles, back.admin_roles));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	AUTO(user_done) struct user bob = USER_NONE;
	AUTO(text_done) char *text = calloc(len + 1, 1);

	FUZZ_CHECK(text);
	if (len)
		memcpy(text, data, len);
	FUZZ_CHECK(
	    document_parse_user(bob_text, strlen(bob_text), &bob, NULL) == 0);
	bob.rest = strdup(REST);
	FUZZ_CHECK(bob.rest);
	check_diff(text, len, &bob);
	check_diff(text, len, NULL);
	check_parse(text, len);
	return 0;
}
