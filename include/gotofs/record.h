/* SPDX-License-Identifier: MIT */
/*
 * record (floor 2): what the tenant holds, as plain structs.
 *
 * Filled by goto, kept by store, shown by tenant; they know nothing of each
 * other.  All strings are UTF-8 on the heap, owned by the struct; NULL means
 * that the tenant sent none (it omits empties: goto-api.md 3.4, B).  Keys are
 * text always.  x_done frees the members; a zeroed struct is a valid empty
 * one.
 */
#ifndef GOTOFS_RECORD_H
#define GOTOFS_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#define USER_NONE                                                              \
	{                                                                      \
		0                                                              \
	}
#define LICENSE_NONE                                                           \
	{                                                                      \
		0                                                              \
	}
#define GROUP_NONE                                                             \
	{                                                                      \
		0                                                              \
	}

/* goto-api.md 3.4 */
struct user {
	char *key;
	/* the writable fields, exactly these */
	char *email;
	char *first_name;
	char *last_name;
	char *locale;
	char *time_zone;
	char **admin_roles; /* strv */
	/* taken from the others, which rest holds too */
	char *status;
	char **license_keys; /* strv */
	char *group_key;     /* at most one group */
	/* Every other field of the tenant, in name order, printed as in the
	 * canonical text: lines indented by two blanks, joined by ",\n", keys
	 * as strings; "" when there is none. */
	char *rest;
};

/* The writable fields as bits: which of them a change touches. */
enum {
	USER_SET_EMAIL = 1 << 0,
	USER_SET_FIRST_NAME = 1 << 1,
	USER_SET_LAST_NAME = 1 << 2,
	USER_SET_LOCALE = 1 << 3,
	USER_SET_TIME_ZONE = 1 << 4,
	USER_SET_ADMIN_ROLES = 1 << 5,
};

/* goto-api.md 3.9 */
struct license {
	char *key;
	char *description;
	long seats;	 /* -1: the tenant did not say */
	long user_count; /* -1: the tenant did not say */
	bool enabled;
	bool externally_managed;
	char **user_keys;	  /* holders */
	char **invited_user_keys; /* seats of people who have not accepted */
	char **products;	  /* codes of goto-api.md 3.8 */
	char *rest;		  /* every field, as in struct user */
};

/* goto-api.md 3.9 */
struct group {
	char *key;
	char *name;
	char *parent_key; /* NULL: a top group */
	char **user_keys;
	char *rest; /* every field, as in struct user */
};

void user_done(struct user *u);
void license_done(struct license *l);
void group_done(struct group *g);

/* Lists as goto fills them page by page. */
struct user_list {
	struct user *v;
	size_t n;
};
struct license_list {
	struct license *v;
	size_t n;
};
struct group_list {
	struct group *v;
	size_t n;
};
void user_list_done(struct user_list *l);
void license_list_done(struct license_list *l);
void group_list_done(struct group_list *l);

bool user_is_super(const struct user *u); /* has SUPER_USER (3.8, A/B) */

/* What a role of its own is needed for (3.8, A); ended by a zeroed one. */
struct user_right {
	const char *role;
	const char *what; /* "create people" */
};
extern const struct user_right user_rights[];
/* By that role, or as a super administrator. */
bool user_may(const struct user *u, const struct user_right *right);

#endif
