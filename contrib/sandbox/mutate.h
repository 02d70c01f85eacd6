/* SPDX-License-Identifier: MIT */
/* A change past the API, as the control endpoint was asked for it. The tenant
 * is locked. */
#ifndef SANDBOX_MUTATE_H
#define SANDBOX_MUTATE_H

#include <cjson/cJSON.h>

#include "tenant.h"

struct mutation {
	const cJSON *body;
	const char *why;   /* of a failure */
	const char *key;   /* of what was made or changed */
	struct user *user; /* the one named by email */
};

const cJSON *mutation_item(const struct mutation *m, const char *name);
const char *mutation_text(const struct mutation *m, const char *name);
/* -EINVAL, because of why. */
int mutation_fail(struct mutation *m, const char *why);

/* control_uses.c */
int op_use_add(struct mutation *m);
int op_uses_clear(struct mutation *m);
int op_regroup(struct mutation *m);

#endif
