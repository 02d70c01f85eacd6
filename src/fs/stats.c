/* SPDX-License-Identifier: MIT */
#include "fs_int.h"

#include <assert.h>

#include "gotofs/buf.h"

static const char *const op_names[FS_OPS_N] = {
#define X(name) [FS_OP_##name] = #name,
    FS_OPS(X)
#undef X
};

const char *
fs_op_name(enum fs_op op)
{
	return op_names[op];
}

int
fs_stats(struct fs *fs, struct buf *out)
{
	int r;

	r = buf_putc(out, '{');
	for (size_t i = 0; i < FS_OPS_N && !r; i++)
		r = buf_printf(out, "%s\"%s\":%lu", i ? "," : "", op_names[i],
		    atomic_load(&fs->stats.requests_n[i]));
	return r ? r : buf_putc(out, '}');
}

void
fs_stats_check(const struct fs_stats *stats)
{
	for (size_t i = 0; i < FS_OPS_N; i++)
		assert(atomic_load(&stats->requests_n[i]) ==
		       atomic_load(&stats->replies_n[i]));
}
