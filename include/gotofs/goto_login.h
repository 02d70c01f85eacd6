/* SPDX-License-Identifier: MIT */
/*
 * goto_login (floor 3): what becomes a login, and its end (DESIGN 6): the
 * authorization code with PKCE and state, who somebody is, revocation.
 *
 * Used by `gotofs login` and `gotofs logout`, one thread; blocks on the
 * network.  Errors as in gotofs/goto.h.
 */
#ifndef GOTOFS_GOTO_LOGIN_H
#define GOTOFS_GOTO_LOGIN_H

struct err;
struct goto_client;
struct goto_conf;
struct token;

/* One attempt. */
struct goto_login {
	char *redirect_url;
	char *state;
	char *verifier; /* a secret */
	char *url;	/* which the browser is to open */
};
#define GOTO_LOGIN_NONE                                                        \
	{                                                                      \
		NULL, NULL, NULL, NULL                                         \
	}
void goto_login_done(struct goto_login *l); /* for AUTO */

/* redirect_url: where GoTo sends the browser, as it is registered there. */
int goto_login_begin(const struct goto_conf *conf, const char *redirect_url,
    struct goto_login *ret, struct err *err);
/* The address that the browser was sent to, or what of it follows the '?':
 * *ret_code is a secret.  -EINVAL: it is no answer, or not to this attempt;
 * -EACCES: GoTo, or the person, says no; -EIO: GoTo failed. */
int goto_login_answer(const struct goto_login *l, const char *url,
    char **ret_code, struct err *err);
/* The code for a refresh token and an access token. */
int goto_login_code(const struct goto_conf *conf, const struct goto_login *l,
    const char *code, struct token *ret, struct err *err);
/* It works nowhere any more. */
int goto_revoke(
    const struct goto_conf *conf, const struct token *t, struct err *err);

/* Whose token it is, and which accounts it reaches, the default first. */
struct goto_identity {
	char *email;
	char **keys, **names; /* strv, of the same length */
};
#define GOTO_IDENTITY_NONE                                                     \
	{                                                                      \
		NULL, NULL, NULL                                               \
	}
void goto_identity_done(struct goto_identity *i); /* for AUTO */
int goto_identify(
    struct goto_client *c, struct goto_identity *ret, struct err *err);

#endif
