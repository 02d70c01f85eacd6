/* SPDX-License-Identifier: MIT */
/*
 * doctor (floor 6): what a mount of a profile needs, looked at piece by piece.
 *
 * Each check says one line or several, of one verdict each; none changes
 * anything, here or at GoTo.
 */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

#include "mount.h"
#include "serve.h"

struct err;
struct json;

enum doctor_verdict {
	DOCTOR_OK,
	DOCTOR_WARN, /* it works, with less than all */
	DOCTOR_BAD,
};

struct doctor {
	struct mount_plan plan;
	struct serve serve; /* its secrets and api alone */
	bool has_secrets;
	struct json *lines; /* NULL: print them as they come */
	bool unreachable;   /* GoTo is away: do not go on asking */
	int exit;	    /* of the first that is bad */
};

/* One line: what, how it is, and what to do. */
void doctor_say(struct doctor *d, enum doctor_verdict verdict, const char *what,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same of something bad, which gives the exit status. */
void doctor_fail(
    struct doctor *d, int exit, const char *what, const struct err *err);

/* ---- doctor_local.c ---- */

/* false: there is no profile to go on with. */
bool doctor_profile(struct doctor *d, const char *profile);
void doctor_secrets(struct doctor *d);
void doctor_state(struct doctor *d);
/* Whether the state folder is of this account (NULL: not known yet); says so
 * alone if it is not. */
bool doctor_owner(struct doctor *d, const char *account);
void doctor_fuse(struct doctor *d);

/* ---- doctor_tenant.c ---- */

/* Each server: TLS, and its clock against ours. */
void doctor_servers(struct doctor *d);
/* The token, what it may do, and which products tell of their use. */
void doctor_token(struct doctor *d);

#endif
