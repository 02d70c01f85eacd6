/* SPDX-License-Identifier: MIT */
/*
 * reports_file: the files of reports/ and when they are made.
 *
 * Whoever looks one up has all four made, if anything has happened since they
 * were made last; the kernel keeps what it was given until reports_settle
 * tells it that something has.  A text that came out the same keeps its node
 * and its time.
 */
#include "reports_int.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/crypto.h"
#include "gotofs/log.h"
#include "gotofs/text.h"
#include "tenant_int.h"

static const struct {
	int fixed;
	const char *meta; /* "hash mtime_ns" of its last text */
	int (*print)(const struct reports_input *in, struct buf *out);
} reports_files[REPORTS_N] = {
    [REPORTS_POSITION_CSV] = {FIXED_POSITION_CSV, "report.position.csv",
	reports_position_csv},
    [REPORTS_POSITION_JSON] = {FIXED_POSITION_JSON, "report.position.json",
	reports_position_json},
    [REPORTS_USERS_CSV] = {FIXED_USERS_CSV, "report.users.csv",
	reports_users_csv},
    [REPORTS_HTML] = {FIXED_INDEX_HTML, "report.index.html", reports_html},
};

/* Texts that are on their way into the tree. */
struct reports_texts {
	struct buf text[REPORTS_N];
	char hash[REPORTS_N][REPORTS_HASH_BYTES];
	bool moved[REPORTS_N];
	int64_t mtime_ns[REPORTS_N];
};

static void
file_texts_done(struct reports_texts *x)
{
	size_t i;

	for (i = 0; i < REPORTS_N; i++)
		buf_done(&x->text[i]);
}

bool
reports_is_file(const struct node *n)
{
	return n->kind == NODE_REPORT;
}

void
reports_moved(struct tenant *t)
{
	tenant_mutate(t);
	t->reports.moves.all++;
}

void
reports_use_moved(struct tenant *t)
{
	tenant_mutate(t);
	t->reports.moves.uses++;
}

bool
reports_is_fresh(const struct tenant *t)
{
	const struct reports *p = &t->reports;

	if (!p->made || p->made_of.all != p->moves.all)
		return false;
	return p->made_of.uses == p->moves.uses ||
	       (t->activity.fetching &&
		   clock_boot_ms() - p->made_boot_ms < REPORTS_PATIENCE_MS);
}

/* ---- making ---- */

static int
file_print(const struct reports_input *in, size_t i, struct buf *out,
    char hash[REPORTS_HASH_BYTES])
{
	uint8_t digest[CRYPTO_SHA256_BYTES];
	int r = reports_files[i].print(in, out);

	if (r == 0)
		r = crypto_sha256(buf_str(out), out->len, digest);
	if (r == 0)
		crypto_hex(digest, sizeof(digest), hash);
	return r;
}

/* The page has no time yet: that is the time of its last difference, not one
 * itself. */
static int
file_print_all(const struct reports_input *in, struct reports_texts *x)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < REPORTS_N; i++)
		r = file_print(in, i, &x->text[i], x->hash[i]);
	return r;
}

/* Now, and later than before. */
static int64_t
file_mtime(const struct node *n)
{
	int64_t now = clock_wall_ns();

	return now > n->mtime_ns ? now : n->mtime_ns + 1;
}

/* With the turn: which of them are others than those in the tree. */
static void
file_compare(struct tenant *t, struct reports_texts *x)
{
	size_t i;

	for (i = 0; i < REPORTS_N; i++) {
		const struct node *n = t->fixed[reports_files[i].fixed];

		x->moved[i] = strcmp(x->hash[i], t->reports.hash[i]) != 0;
		x->mtime_ns[i] = x->moved[i] ? file_mtime(n) : n->mtime_ns;
	}
	reports_html_stamp(&x->text[REPORTS_HTML],
	    x->mtime_ns[REPORTS_HTML] / CLOCK_NS_PER_MS);
}

/* So that the times survive a remount. */
static int
file_remember(struct tenant *t, const struct reports_texts *x, struct err *err)
{
	struct store_batch *b = NULL;
	size_t i;
	int r = 0;

	tenant_pause(t);
	for (i = 0; r == 0 && i < REPORTS_N; i++) {
		char value[REPORTS_HASH_BYTES + 32];

		if (!x->moved[i])
			continue;
		if (!b)
			r = store_begin_soon(t->store, &b, err);
		snprintf(value, sizeof(value), "%s %lld", x->hash[i],
		    (long long)x->mtime_ns[i]);
		if (r == 0)
			r = store_meta_set(
			    b, reports_files[i].meta, value, err);
	}
	return store_end(b, r, err);
}

/* Whoever reads the old text has the old node. */
static int
file_show(struct tenant *t, struct reports_texts *x, size_t i)
{
	int fixed = reports_files[i].fixed;
	struct node *n = t->fixed[fixed];
	struct local *local;

	if (n->local && !x->moved[i])
		return 0;
	if (n->local)
		n = tree_renew(t, fixed);
	local = n ? tree_local(n) : NULL;
	if (!local)
		return -ENOMEM;
	local->content.max = REPORTS_BYTES_MAX;
	buf_done(&local->content);
	local->content = x->text[i];
	buf_trim(&local->content);
	x->text[i] = (struct buf)BUF_MAX(REPORTS_BYTES_MAX);
	n->mtime_ns = x->mtime_ns[i];
	memcpy(t->reports.hash[i], x->hash[i], REPORTS_HASH_BYTES);
	return 0;
}

static int
file_show_all(struct tenant *t, struct reports_texts *x,
    const struct reports_moves *moves, int64_t next_ms)
{
	size_t i;
	int r = 0;

	tenant_mutate(t);
	for (i = 0; r == 0 && i < REPORTS_N; i++)
		r = file_show(t, x, i);
	if (r < 0)
		return r;
	t->reports.made = true;
	t->reports.made_of = *moves;
	t->reports.made_boot_ms = clock_boot_ms();
	t->reports.next_ms = next_ms;
	return 0;
}

static int
file_make(struct tenant *t, struct reports_texts *x, struct err *err)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;
	struct reports_moves moves = {0, 0};
	int64_t next_ms = 0;
	int r = reports_collect(t, &in, &next_ms, &moves, err);

	if (r == 0)
		r = file_print_all(&in, x);
	if (r < 0)
		return r;
	tenant_begin(t);
	file_compare(t, x);
	/* without it the next mount takes them for new ones, no more */
	if (file_remember(t, x, err) < 0)
		log_warn("the times of reports/ are not kept: %s", err->msg);
	r = file_show_all(t, x, &moves, next_ms);
	tenant_end(t);
	return r;
}

static int
file_refresh(struct tenant *t)
{
	AUTO(file_texts_done) struct reports_texts x;
	struct err err = ERR_NONE;
	bool fresh;
	size_t i;
	int r = 0;

	memset(&x, 0, sizeof(x));
	for (i = 0; i < REPORTS_N; i++)
		x.text[i] = (struct buf)BUF_MAX(REPORTS_BYTES_MAX);
	pthread_mutex_lock(&t->reports.lock);
	reports_prices_look(t);
	tenant_read_lock(t);
	fresh = reports_is_fresh(t);
	tenant_read_unlock(t);
	if (!fresh) {
		r = file_make(t, &x, &err);
		file_texts_done(&x);
		malloc_trim(0); /* a row a user was in memory */
	}
	pthread_mutex_unlock(&t->reports.lock);
	if (r < 0)
		log_error("reports/ cannot be made: %s",
		    err.code ? err.msg : strerror(-r));
	return r == -ENOMEM || r == 0 ? r : -EIO;
}

int
reports_refresh_for(struct tenant *t, uint64_t dir, const char *name)
{
	const struct node *d = t->fixed[FIXED_REPORTS]; /* never another */
	bool ours;

	if (dir != NODE_ID(d))
		return 0;
	tenant_read_lock(t);
	ours = !name || tree_child(t, d, name);
	tenant_read_unlock(t);
	return ours ? file_refresh(t) : 0;
}

/* ---- told that they are old ---- */

void
reports_settle(struct tenant *t)
{
	size_t i;

	if (!t->reports.made || reports_is_fresh(t))
		return;
	tenant_mutate(t);
	t->reports.made = false;
	t->quiet_name =
	    NULL; /* whoever was refused to remove one has it still */
	for (i = 0; i < REPORTS_N; i++) {
		const struct node *n = t->fixed[reports_files[i].fixed];

		if (atomic_load(&n->lookups) > 0)
			event_entry(t, n->parent, n->name);
	}
	tenant_pause(t);
}

/* Time alone may have changed a judgement, or the day. */
void
reports_tick(struct tenant *t)
{
	if (t->reports.made && clock_wall_ms() >= t->reports.next_ms)
		reports_moved(t);
}

/* ---- life ---- */

static int
file_load(struct tenant *t, size_t i, struct err *err)
{
	struct node *n = t->fixed[reports_files[i].fixed];
	AUTO(text_done) char *value = NULL;
	long long mtime_ns;
	char hash[REPORTS_HASH_BYTES];
	int r = store_meta_get(t->store, reports_files[i].meta, &value, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (sscanf(value, "%64s %lld", hash, &mtime_ns) == 2) {
		memcpy(t->reports.hash[i], hash, sizeof(hash));
		n->mtime_ns = mtime_ns;
	}
	return 0;
}

int
reports_load(struct tenant *t, struct err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < REPORTS_N; i++)
		r = file_load(t, i, err);
	if (r == 0)
		reports_prices_open(t);
	return r;
}
