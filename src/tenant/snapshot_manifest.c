/* SPDX-License-Identifier: MIT */
/*
 * snapshot_manifest: MANIFEST.sha256, for `sha256sum -c` in a snapshot, or in a
 * copy of one.
 *
 * A line for each file, and for each link one of what it leads to: it is the
 * sum of a missing link that cannot be had, and that of a wrong one differs.
 * A line's length depends on its name alone, so the size is known without a
 * sum, and on the way there marks are set from which a part of it is printed
 * when it is read: no text of all of it is kept anywhere.  It is a walk over
 * everybody and all links, so a listing goes without, and one is measured at a
 * time: the other readers of the store are left to the rest of the mount.
 *
 * A path is as long as it is: of one that no open() takes as a whole, sha256sum
 * says so, and whoever goes there folder by folder finds the file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/crypto.h"
#include "gotofs/list.h"
#include "gotofs/name.h"
#include "snapshot_int.h"

#define MARK_BYTES 65536

struct manifest {
	struct tenant *t;
	struct snapshot *s;
	struct buf path; /* of the folder, with a slash at its end */
	size_t folder_n;
	int64_t offset;	 /* of the next line */
	size_t folder;	 /* the one that is walked */
	uint64_t cookie; /* of its last entry */
	/* printed: from .. to, into out; NULL: it is measured */
	struct buf *out;
	int64_t from, to;
};

static void
manifest_done(struct manifest *m)
{
	buf_done(&m->path);
}

/* No path is longer: below licenses/ or groups/ it has each group once at the
 * most, and a file. */
static size_t
manifest_path_max(const struct snapshot *s)
{
	return (s->groups.n + 3) * (NAME_BYTES_MAX + 1);
}

/* ---- a line ---- */

/* sha256sum marks a line whose name it had to escape. */
static size_t
line_backslashes(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '\\';
	return n;
}

static size_t
line_bytes(const char *path)
{
	size_t escapes = line_backslashes(path);

	return (escapes > 0) + CRYPTO_SHA256_HEX_BYTES - 1 + 2 + strlen(path) +
	       escapes + 1;
}

static size_t
manifest_line_max(const struct snapshot *s)
{
	return CRYPTO_SHA256_HEX_BYTES + 4 + 2 * manifest_path_max(s);
}

static int
line_print(struct manifest *m, int64_t text_id, const char *path)
{
	AUTO(buf_done) struct buf text = BUF_MAX(4 * STAGE_BYTES_MAX);
	bool escaped = line_backslashes(path) > 0;
	uint8_t sum[CRYPTO_SHA256_BYTES];
	char hex[CRYPTO_SHA256_HEX_BYTES];
	int r = snapshot_text(m->t, text_id, &text);

	if (r == 0)
		r = crypto_sha256(buf_str(&text), text.len, sum);
	if (r < 0)
		return r;
	crypto_hex(sum, sizeof(sum), hex);
	r = buf_printf(m->out, "%s%s  ", escaped ? "\\" : "", hex);
	for (; r == 0 && *path; path++) {
		if (*path == '\\')
			r = buf_putc(m->out, '\\');
		if (r == 0)
			r = buf_putc(m->out, *path);
	}
	return r < 0 ? r : buf_putc(m->out, '\n');
}

/* ---- the walk ---- */

static int
manifest_mark(struct manifest *m)
{
	struct snapshot *s = m->s;
	struct snapshot_mark *mark;

	if (s->marks_n > 0 &&
	    m->offset < s->mark[s->marks_n - 1].offset + MARK_BYTES)
		return 0;
	mark = list_grow(s->mark, s->marks_n, sizeof(*mark));
	if (!mark)
		return -ENOMEM;
	s->mark = mark;
	mark[s->marks_n++] =
	    (struct snapshot_mark){m->offset, m->folder, m->cookie};
	return 0;
}

static int
manifest_entry(void *ctx, const struct snapshot_entry *e)
{
	struct manifest *m = ctx;
	size_t dir_n = m->path.len, bytes;
	int r = 0;

	if (!e->text) {
		m->cookie = e->cookie;
		return 0;
	}
	if (m->out && m->offset >= m->to)
		return -ECANCELED;
	r = buf_puts(&m->path, e->name);
	if (r < 0)
		return r;
	bytes = line_bytes(m->path.data);
	if (!m->out)
		r = manifest_mark(m);
	else if (m->offset + (int64_t)bytes > m->from)
		r = line_print(m, e->text, m->path.data);
	m->offset += (int64_t)bytes;
	m->cookie = e->cookie;
	buf_resize(&m->path, dir_n);
	return r;
}

/* The folders in the order in which they are walked: users, each license, each
 * group, reclaim. */
static struct snapshot_place
manifest_place(const struct manifest *m, size_t i)
{
	struct snapshot *s = m->s;
	struct snapshot_place p = {s, SNAPSHOT_FIXED, SNAPSHOT_USERS};

	if (i == 0)
		return p;
	i--;
	if (i < s->licenses.n) {
		p.view = SNAPSHOT_LICENSE;
		p.id = s->licenses.v[i].number;
		return p;
	}
	i -= s->licenses.n;
	p.view = i < s->groups.n ? SNAPSHOT_GROUP : SNAPSHOT_FIXED;
	p.id = i < s->groups.n ? s->groups.v[i].number : SNAPSHOT_RECLAIM;
	return p;
}

static int
manifest_set_path(struct manifest *m, const struct snapshot_place *p)
{
	int r;

	buf_clear(&m->path);
	if (p->view == SNAPSHOT_FIXED)
		return buf_puts(
		    &m->path, p->id == SNAPSHOT_USERS ? "users/" : "reclaim/");
	r = snapshot_folder_path(
	    snapshot_folder_of(m->s, p->view, p->id), p->view, &m->path);
	return r < 0 ? r : buf_putc(&m->path, '/');
}

static int
manifest_walk(struct manifest *m)
{
	size_t n = m->s->licenses.n + m->s->groups.n + 2;
	int r = 0;

	for (; r == 0 && m->folder < n; m->folder++, m->cookie = 0) {
		struct snapshot_place p = manifest_place(m, m->folder);

		r = manifest_set_path(m, &p);
		if (r == 0)
			r = snapshot_each(
			    m->t, &p, m->cookie, manifest_entry, m);
	}
	return r;
}

/* ---- its size, and what is in it ---- */

static int
manifest_measure(struct tenant *t, struct snapshot *s)
{
	AUTO(manifest_done)
	struct manifest m = {
	    .t = t, .s = s, .path = BUF_MAX(manifest_path_max(s))};
	int r = manifest_walk(&m);

	/* what was dropped meanwhile may have lost some */
	if (r == 0 && atomic_load(&s->gone))
		r = -ESTALE;
	if (r == 0) {
		s->manifest_bytes = m.offset;
		atomic_store(&s->has_manifest, true);
		return 0;
	}
	free(s->mark);
	s->mark = NULL;
	s->marks_n = 0;
	return r;
}

int
snapshot_manifest_size(struct tenant *t, struct snapshot *s, off_t *ret_bytes)
{
	int r = 0;

	if (!atomic_load(&s->has_manifest)) {
		pthread_mutex_lock(&t->manifest_lock);
		if (!atomic_load(&s->has_manifest))
			r = manifest_measure(t, s);
		pthread_mutex_unlock(&t->manifest_lock);
	}
	if (r == 0)
		*ret_bytes = (off_t)s->manifest_bytes;
	return r;
}

/* The last mark that is not behind the offset. */
static struct snapshot_mark
manifest_mark_for(const struct snapshot *s, int64_t offset)
{
	size_t lo = 0, hi = s->marks_n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->mark[mid].offset <= offset)
			lo = mid;
		else
			hi = mid;
	}
	return s->mark[lo];
}

int
snapshot_manifest_read(struct tenant *t, struct snapshot *s, off_t offset,
    size_t n, struct buf *out)
{
	/* the first and the last line may be there in part */
	AUTO(buf_done)
	struct buf lines = BUF_MAX(n + 2 * manifest_line_max(s));
	AUTO(manifest_done)
	struct manifest m = {
	    .t = t, .s = s, .path = BUF_MAX(manifest_path_max(s))};
	struct snapshot_mark mark;
	int64_t first;
	off_t bytes = 0;
	int r = snapshot_manifest_size(t, s, &bytes);

	if (r < 0 || offset >= bytes)
		return r;
	mark = manifest_mark_for(s, offset);
	m.offset = mark.offset;
	m.folder = mark.folder;
	m.cookie = mark.cookie;
	m.out = &lines;
	m.from = offset;
	m.to = offset + (int64_t)n;
	r = manifest_walk(&m);
	if (r < 0 && r != -ECANCELED)
		return r;
	/* the first line that is here has begun before */
	first = m.offset - (int64_t)lines.len;
	return read_slice(lines.data, lines.len, offset - first, n, out);
}
