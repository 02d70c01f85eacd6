/* SPDX-License-Identifier: MIT */
/*
 * rotate: the journal's older half goes to a file of its own, and
 * journal.jsonl begins at the first line that stayed.
 *
 * It begins there under a new node: who has the old one open (tail -f) goes on
 * with its numbering, over what has moved and what is to come, until the
 * kernel has forgotten it.
 */
#include "gotofs/clock.h"
#include "gotofs/log.h"
#include "tenant_int.h"

#define ROTATE_AGAIN_MS 60000 /* what failed is tried again after */

void
rotate_tick(struct tenant *t, int64_t *again_ms)
{
	int64_t max_bytes = t->conf.journal_max_bytes;
	int64_t now = clock_boot_ms();
	struct err err = ERR_NONE;
	int r;

	if (max_bytes <= 0 || now < *again_ms)
		return;
	r = store_journal_rotate(t->store, max_bytes, &err);
	if (r < 0) {
		log_error("%s", err.msg);
		*again_ms = now + ROTATE_AGAIN_MS;
	}
	if (r <= 0)
		return;
	tenant_begin(t);
	tenant_mutate(t);
	tree_renew_journal(t);
	tenant_end(t);
}
