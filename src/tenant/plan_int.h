/* SPDX-License-Identifier: MIT */
/*
 * plan: what a dry run would send.  Private to src/tenant.
 *
 * Theory.  A dry run (tenant_conf.dry_run_of) is a tenant like any other, with
 * a mirror of its own, whose queue nobody sends: there are no workers, nothing
 * becomes ready, nothing that was removed is released, a write has its verdict
 * when it is accepted.  So the queue is the overlay, and it survives what the
 * queue survives.  Pulls go on, and show what they find under the changes.
 *
 * The queue folded by object is the *plan* (plan.c, shown by plan_print.c); the
 * queue as operations on paths is what `gotofs apply` sends to the account
 * itself (plan_replay.c), where each is judged again.
 */
#ifndef GOTOFS_PLAN_INT_H
#define GOTOFS_PLAN_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buf;
struct change;
struct err;
struct json;
struct person;
struct tenant;
struct tenant_caller;
struct tenant_group;

#define PLAN_FIELDS_MAX 6
#define PLAN_BYTES_MAX (256 * 1024 * 1024)

enum plan_op {
	PLAN_ADD,
	PLAN_CHANGE,
	PLAN_REMOVE,
	PLAN_OPS_N,
};

/* A writable field: its values as JSON. */
struct plan_field {
	const char *name;
	char *from, *to;
};

/* One object. */
struct plan_line {
	enum plan_op op;
	char *path;
	char *to; /* where it moves; NULL mostly */
	struct plan_field field[PLAN_FIELDS_MAX];
	unsigned fields_n;
};

/* A limit of the guard's that the removals go beyond. */
struct plan_beyond {
	char *collection; /* "users", "licenses/gotowebinar-pro" */
	long removals_n, limit_n;
};

struct plan {
	struct plan_line *line;
	size_t lines_n;
	struct plan_beyond *beyond;
	size_t beyond_n;
	long calls_n; /* that write */
};
#define PLAN_NONE                                                              \
	{                                                                      \
		NULL, 0, NULL, 0, 0                                            \
	}

/* ---- plan.c ---- */

void plan_done(struct plan *p); /* for AUTO */
/* A line with these; *ret (may be NULL) is valid until the next one. */
int plan_add(struct plan *p, enum plan_op op, const char *path, const char *to,
    struct plan_line **ret);
int plan_add_field(
    struct plan_line *l, const char *name, const char *from, const char *to);
int plan_add_beyond(
    struct plan *p, const char *collection, long removals_n, long limit_n);
/* What t's queue comes to, sorted.  With the turn or the read lock. */
int plan_of(struct tenant *t, struct plan *ret, struct err *err);

/* The file name that he has in the tenant; a link's path in a group. */
const char *plan_name_was(const struct person *who);
char *plan_member_path(const struct tenant_group *g, const struct person *who);

/* ---- plan_export.c ---- */

/* The queue as a JSON list of operations, in an order in which they can be
 * accepted one by one; ret_n of them. With the turn. */
int plan_export(struct tenant *t, struct buf *out, long *ret_n);

/* ---- plan_guard.c ---- */

/* Adds the limits that a dry run's removals go beyond. */
int plan_guard(struct tenant *t, struct plan *p);
/* May all of these be accepted here?  -EDQUOT. With the turn. */
int plan_judge(struct tenant *t, const struct json *ops, struct err *err);

/* ---- plan_replay.c ---- */

/* One of them, accepted here or refused (both 0); with the turn, nested.
 * Negative: so that none of the rest can be: the disk, read-only. */
int plan_replay(struct tenant *t, const struct tenant_caller *who,
    const struct json *op, struct err *err);

/* ---- plan_apply.c ---- */

/* Which applies have accepted all of theirs. */
int apply_load(struct tenant *t, struct err *err);

/* ---- plan_undo.c ---- */

/* May c be taken back?  -EBUSY, with why: a plan is being accepted of which c
 * is no part, and which is not accepted then. */
int apply_check_own(struct tenant *t, const struct change *c, struct err *err);
/* Of this one nothing is left, but for refusals in the journal and in errors/.
 */
void apply_take_back(struct tenant *t, int64_t id);
/* Drops rows that could not be dropped then: before the next one begins. */
int apply_sweep(struct tenant *t, struct err *err);

/* ---- plan_calls.c ---- */

/* Adds the calls that make new people. */
int plan_calls(struct tenant *t, struct plan *p);

/* ---- plan_overlay.c ---- */

int plan_check(const struct tenant *t, struct err *err); /* a dry run? */
/* The group that comes to be with this change alone, or NULL. */
struct tenant_group *plan_group_made(const struct change *c);
/* .gotofs/plan */

off_t plan_file_refresh(struct tenant *t); /* its size; with the read lock */
int plan_file_read(struct tenant *t, off_t offset, size_t n, struct buf *out);

/* ---- plan_print.c: knows nothing of a tenant ---- */

void plan_sort(struct plan *p);
/* Lines, counts, the guard's verdict, calls; or that there is nothing. */
int plan_print(const struct plan *p, struct buf *out);
int plan_print_json(const struct plan *p, struct buf *out);

#endif
