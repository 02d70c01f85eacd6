/* SPDX-License-Identifier: MIT */
/* pull_int: shared by the files of pull. Private. */
#ifndef GOTOFS_PULL_INT_H
#define GOTOFS_PULL_INT_H

#include "tenant_int.h"

#define PULL_PAGE 1000 /* the maximum (goto-api.md 3.2, B) */
#define PULL_REREAD_MAX 50
#define PULL_AGAIN 1 /* shifted while it was read: once more */

struct holder { /* who is named by a license or a group */
	struct map_link by_user;
	const char *user_key, *container_key;
	bool group;
};

/* A listing on its way. */
struct pull {
	struct tenant *t;
	enum goto_priority prio;
	uint32_t number;
	int64_t began_boot_ms, asked_ms; /* the page that is judged */
	struct license_list licenses;
	struct group_list groups;
	struct map holders; /* by user key */
	struct holder *holder;
	size_t holders_n;
	struct map fresh; /* user keys of this pull that the mirror lacks */
	long seen_n, total;
	long incoming_n;
	char **reread; /* strv: user keys pushed lately */
	size_t reread_n;
	bool again_later; /* somebody was just pushed, and not read again */
	/* for pull_doubt.c: the token's own person is listed; users name keys
	 * of licenses, of a group */
	bool saw_me, names_licenses, names_groups;
};

/* ---- pull_me.c ---- */

/* Who we are: his account is protected (DESIGN 4.2). Asked once of each token;
 * t->bound afterwards.  -EMEDIUMTYPE: the folder is another's. */
int pull_me(struct tenant *t, struct err *err);
/* Until t->bound nothing is sent: it is asked again, later and later.  (Whom
 * the folder does not belong to, it never will.)  With the turn, mutating. */
void pull_note_binding(struct tenant *t, int r, const struct err *err);

/* ---- pull_doubt.c ---- */

/* Does GoTo contradict the listing?  -EIO: it is not to be published. */
int pull_doubt(struct pull *p, struct err *err);

/* ---- pull_list.c, pull_publish.c, pull.c ---- */

/* The whole listing into the store's incoming table; 0, PULL_AGAIN, error. */
int pull_list(struct pull *p, struct err *err);
void pull_list_done(struct pull *p);
/* One user as the tenant has him now. With the turn. */
int pull_take_user(struct pull *p, struct user *u, struct store_incoming *in,
    char **ret_text, bool *ret_differs, struct err *err);
/* What was pushed after this is not overwritten. */
int64_t pull_grace_ms(const struct pull *p);
/* Verified: in one transaction the new generation, then the tree. */
int pull_publish(struct pull *p, struct err *err);

#endif
