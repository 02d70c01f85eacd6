/* SPDX-License-Identifier: MIT */
/*
 * The tenant: users, licenses, groups and small lists of one account, and how
 * they change. No HTTP here, and no rule about who may do what: the API's
 * handlers have those, the control endpoint goes around them.
 *
 * One lock covers everything of the sandbox that changes: the tenant, tokens,
 * switches, faults, counters. Each function below wants it held.
 *
 * Reads may lag behind writes (switch staleness_ms): a change leaves a copy of
 * what was before in ->past, and *_view() finds the copy that a reader sees.
 */
#ifndef SANDBOX_TENANT_H
#define SANDBOX_TENANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "map.h"

enum { TENANT_LICENSES_MAX = 64 };

struct group {
	char *key;
	char *name;
	struct group *parent;
	bool alive;
	struct group *past;
	int64_t past_until_ms;
	long organizers; /* when GoToMeeting counted them last */
};

struct license {
	char *key;
	char *description;
	char *products; /* codes, separated by commas */
	long seats;
	long used;
	bool alive;
	bool enabled;
	bool external;
};

struct user {
	char *key;
	char *email;
	char *email_before; /* until email_since_ms; NULL: none */
	int64_t email_since_ms;
	char *first_name;
	char *last_name;
	char *locale;
	char *time_zone;
	char *status;
	int64_t invited_ms;
	int invite_count;
	uint64_t licenses; /* bit i: holds tenant.licenses[i] */
	uint32_t roles;	   /* bit i: has role i, see role_name() */
	struct group *group;
	bool alive;
	bool password_created;
	bool name_locked;
	bool email_locked;
	bool identity_read_only;
	cJSON *extra; /* fields kept as they came: settings, roleSets ... */
	char *json;   /* the record as it was last printed */
	uint64_t json_era;
	struct user *past;
	int64_t past_until_ms;
	struct history *history; /* activity.c's; NULL: came later */
};

struct tenant {
	char *key;
	char *name;
	struct user **users; /* by key; the deleted stay, not alive */
	size_t users_n, users_cap;
	struct map by_key, by_email;
	struct license licenses[TENANT_LICENSES_MAX];
	size_t licenses_n;
	struct group **groups; /* as created; the deleted stay */
	size_t groups_n;
	cJSON *rolesets, *templates, *attributes;
	uint64_t era;	 /* moves when all printed records are outdated */
	uint64_t serial; /* for new keys */
};

extern struct tenant tenant;

void tenant_lock(void);
void tenant_unlock(void);

/* Something that sleepers look at has changed. */
void tenant_wake(void);

/* Sleep until woken or for so long, without the lock meanwhile. */
void tenant_sleep(int64_t ms);

/* Start with an empty account; free everything. */
void tenant_init(void);
void tenant_done(void);

/* A new key: digits, more than 2^53 can hold. kind makes it unlike those of
 * other kinds of things. The caller frees it. */
char *tenant_key_new(int kind);

/* A switch changed: print records anew and index addresses anew. */
void tenant_refresh(void);

/* A key as JSON, a string or a number by the switch "keys". */
cJSON *tenant_key_json(const char *key);

/* Roles by bit; NULL beyond the last. -1 for an unknown name. */
const char *role_name(int bit);
int role_find(const char *name);
enum {
	ROLE_SUPER_USER = 1 << 0,
	ROLE_MANAGE_USERS = 1 << 1,
	ROLE_ADD_USERS = 1 << 2,
	ROLE_MANAGE_SEATS = 1 << 3,
	ROLE_MANAGE_SETTINGS = 1 << 4,
	ROLE_MANAGE_GROUPS = 1 << 5,
	ROLE_RUN_REPORTS = 1 << 6,
	ROLE_MANAGE_ACCOUNT = 1 << 7,
	ROLE_ANY = -1,
};

/* tenant_user.c */

/* NULL: not there (or deleted). */
struct user *user_by_key(const char *key);
struct user *user_by_email(const char *email);

/* The same, deleted ones too. */
struct user *user_by_email_ever(const char *email);

/* A new user, alive, with no field but these, inside a change: end it with
 * user_change_end(). key NULL: a new one. */
struct user *user_new(const char *key, const char *email);

/* Around every change of a user: keeps the old record for lagging readers,
 * the indices and the seat counts right. */
void user_change_begin(struct user *u);
void user_change_end(struct user *u);

/* Between begin and end. Losing the last license suspends (7.4). */
void user_licenses_set(struct user *u, uint64_t licenses);

/* He leaves the account: no seat, no group, no role, not alive. */
void user_remove(struct user *u);

/* The record that a reader sees now; maybe one that is not alive. */
struct user *user_view(struct user *u);

size_t users_supers_n(void);
void user_free(struct user *u);

/* tenant_user_json.c: printed forms. The text belongs to the user. */
cJSON *user_tree(struct user *view);
const char *user_json(struct user *view);
cJSON *user_me_tree(struct user *u);
const char *user_field(const void *view, const char *name);

/* Merge the fields of a body into a user; between begin and end. Fields that
 * are derived (status, licenseKeys ...) only if all is true. */
void user_merge(struct user *u, const cJSON *fields, bool all);

/* Is it the name of a field that a user may have? */
bool user_field_known(const char *name);

/* tenant_license.c */
struct license *license_by_key(const char *key);
struct license *license_new(const char *description, const char *products);
uint64_t license_bit(const struct license *l);
cJSON *license_tree(const struct license *l, bool truth);
const char *license_field(const void *license, const char *name);
cJSON *products_tree(uint64_t licenses);

/* tenant_group.c */
struct group *group_by_key(const char *key);
struct group *group_by_name(const char *name);
struct group *group_new(const char *name, struct group *parent);
void group_change_begin(struct group *g);
void group_remove(struct group *g);
struct group *group_view(struct group *g);
cJSON *group_tree(struct group *g, bool truth);
const char *group_field(const void *group, const char *name);

#endif
