/* SPDX-License-Identifier: MIT */
/*
 * scratch: how much is kept of what never reaches the tenant (DESIGN 4.1):
 * scratch files, links and folders, and what placeholders there are.
 *
 * It is in memory alone, and whoever copies a tree of pictures into users/
 * means no harm: beyond a limit it is refused before the daemon is what goes.
 */
#include <errno.h>

#include "tenant_int.h"

void
scratch_count(struct tenant *t, const struct node *n, int sign)
{
	if (n->kind != NODE_LOCAL_FILE && n->kind != NODE_LOCAL_LINK &&
	    n->kind != NODE_LOCAL_DIR)
		return;
	t->scratch_n += sign;
	if (n->local)
		t->scratch_bytes += sign * (int64_t)n->local->content.len;
}

int
scratch_check_new(const struct tenant *t, struct err *err)
{
	if (t->scratch_n < SCRATCH_MAX_N)
		return 0;
	return err_set(err, -ENOSPC,
	    "there are %ld scratch files (names that begin with a dot or do "
	    "not end in .json), which stay in memory: remove some",
	    t->scratch_n);
}

int
scratch_resize(struct tenant *t, struct node *n, size_t bytes, struct err *err)
{
	struct local *local = tree_local(n);
	int r = 0;

	if (!local)
		return err_nomem(err);
	if (bytes > local->content.len &&
	    t->scratch_bytes + (int64_t)(bytes - local->content.len) >
		SCRATCH_MAX_BYTES)
		return err_set(err, -ENOSPC,
		    "scratch files (names that begin with a dot or do not end "
		    "in .json) stay in memory, and take %d MiB by now: remove "
		    "some",
		    (int)(t->scratch_bytes >> 20));
	scratch_count(t, n, -1);
	r = buf_resize(&local->content, bytes);
	scratch_count(t, n, 1);
	return r < 0 ? err_nomem(err) : 0;
}
