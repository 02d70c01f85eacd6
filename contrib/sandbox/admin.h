/* SPDX-License-Identifier: MIT */
/* What the handlers of the Admin API share. The tenant is locked. */
#ifndef SANDBOX_ADMIN_H
#define SANDBOX_ADMIN_H

#include "call.h"

enum { USER_KEYS_MAX = 100 };

/* The users whose keys stand in a path, separated by commas if the switch
 * allows; else answers and returns 0. */
size_t admin_path_users(
    struct call *c, const char *keys, struct user *found[static USER_KEYS_MAX]);

/* May these licenses get n more holders? Else answers. 3.9 D. */
bool admin_seats_check(struct call *c, uint64_t licenses, long n);

/* The licenses named by a list of keys, as bits; else answers and returns
 * -ENOENT. */
int admin_license_find(struct call *c, const char *key, uint64_t *bits);

/* Would taking SUPER_USER from so many of the users leave nobody? Answers
 * then. 8.4 D. */
bool admin_supers_check(struct call *c, struct user *const *leaving, size_t n);

/* Are the names in a user's body acceptable? Else answers. 3.4, 3.6. */
bool admin_names_check(struct call *c, const cJSON *fields, bool create);

/* Are the role names known? Else answers. 3.8. */
bool admin_roles_check(struct call *c, const cJSON *list);

#endif
