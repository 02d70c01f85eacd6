/* SPDX-License-Identifier: MIT */
#include "gotofs/stage.h"

#include <errno.h>
#include <string.h>

static bool
stage_is_blank(const char *data, size_t n)
{
	while (n > 0 && strchr(" \t\r\n", *data) && *data)
		data++, n--;
	return n == 0;
}

int
stage_init(struct stage *s, const char *base, size_t base_bytes, int64_t now_ms)
{
	struct stage fresh = {.image = BUF_MAX(STAGE_BYTES_MAX)};

	fresh.last_ms = now_ms;
	fresh.base_bytes = base_bytes;
	json_scan_init(&fresh.scan);
	if (base && buf_append(&fresh.image, base, base_bytes) < 0) {
		buf_done(&fresh.image);
		return -ENOMEM;
	}
	*s = fresh;
	return 0;
}

void
stage_done(struct stage *s)
{
	buf_done(&s->image);
}

static void
stage_reset(struct stage *s)
{
	s->phase = STAGE_OPEN;
	s->prefix = 0;
	s->doc_bytes = 0;
	s->verdict = 0;
	s->mapped = s->broken = false;
	json_scan_init(&s->scan);
}

static enum stage_action
stage_refuse(int code, const char *why, int *ret_errno, const char **ret_why)
{
	*ret_errno = code;
	*ret_why = why;
	return STAGE_REFUSE;
}

/* The image is the document from here on. */
static enum stage_action
stage_commit(struct stage *s, size_t bytes)
{
	s->phase = STAGE_COMMITTED;
	s->verdict = STAGE_PENDING;
	s->doc_bytes = bytes;
	s->written = false;
	return STAGE_COMMIT;
}

/* Put the bytes into the image. */
static int
stage_put(struct stage *s, const char *data, size_t n, size_t offset)
{
	if (offset > STAGE_BYTES_MAX || n > STAGE_BYTES_MAX - offset)
		return -EFBIG;
	if (offset + n > s->image.len) {
		int r = buf_resize(&s->image, offset + n);

		if (r < 0)
			return r;
	}
	if (n > 0)
		memcpy(s->image.data + offset, data, n);
	return 0;
}

/* Rule c: only white space at the end may follow a document.  The end is the
 * writer's (its descriptor's offset) or the file's (O_APPEND), which reads as
 * the record by now.  Behind what never can be one anything may: the kernel
 * cuts a long write() into parts and tells of those that were taken, so that
 * the writer comes once more with the rest. */
static enum stage_action
stage_after_commit(struct stage *s, const char *data, size_t n, size_t offset,
    bool append, int *ret_errno, const char **ret_why)
{
	if (s->broken ||
	    ((append || offset >= s->doc_bytes) && stage_is_blank(data, n)))
		return STAGE_REPEAT;
	return stage_refuse(-EINVAL,
	    "the document was complete before these bytes; write the whole "
	    "file anew, from its beginning",
	    ret_errno, ret_why);
}

/* It can never become a document: that is the verdict.  The image stays for
 * the report, until stage_verdict(). */
static enum stage_action
stage_break(struct stage *s, int code, const char *why, int *ret_errno,
    const char **ret_why)
{
	stage_refuse(code, why, ret_errno, ret_why);
	s->phase = STAGE_COMMITTED;
	s->verdict = code;
	s->doc_bytes = s->image.len;
	s->written = false;
	s->broken = true;
	return STAGE_BROKEN;
}

/* The prefix has grown to `prefix` bytes: look at the new ones. */
static enum stage_action
stage_scan(struct stage *s, size_t prefix, int *ret_errno, const char **ret_why)
{
	enum json_scan_state state = json_scan_feed(
	    &s->scan, s->image.data + s->prefix, prefix - s->prefix);

	s->prefix = prefix;
	if (state == JSON_SCAN_ERROR) {
		buf_resize(&s->image, prefix); /* only shrinks */
		return stage_break(
		    s, -EINVAL, s->scan.what, ret_errno, ret_why);
	}
	if (state != JSON_SCAN_COMPLETE)
		return STAGE_TAKEN;
	buf_resize(&s->image, prefix); /* only shrinks: cannot fail */
	return stage_commit(s, prefix);
}

/* Rule d: nothing goes behind the record, but white space. */
static bool
stage_is_append(const struct stage *s, size_t offset, bool append)
{
	return s->base_bytes > 0 && s->prefix == 0 &&
	       (append || offset >= s->base_bytes);
}

static enum stage_action
stage_write_mapped(struct stage *s, const char *data, size_t n, size_t offset,
    int *ret_errno, const char **ret_why)
{
	/* the kernel writes whole pages: bytes behind the end are not ours */
	size_t end = s->image.len;

	if (offset >= end)
		return STAGE_TAKEN;
	if (n > end - offset)
		n = end - offset;
	if (stage_put(s, data, n, offset) < 0)
		return stage_refuse(-ENOMEM, "no memory", ret_errno, ret_why);
	if (s->phase != STAGE_OPEN) /* over one that is being judged */
		stage_reset(s);
	s->mapped = true;
	s->written = true;
	return STAGE_TAKEN;
}

enum stage_action
stage_write(struct stage *s, const char *data, size_t n, size_t offset,
    bool append, bool from_mapping, int64_t now_ms, int *ret_errno,
    const char **ret_why)
{
	bool contiguous;
	int r;

	if (from_mapping) {
		s->last_ms = now_ms;
		return stage_write_mapped(
		    s, data, n, offset, ret_errno, ret_why);
	}
	if (n == 0)
		return STAGE_TAKEN;
	if (offset > 0 && s->phase == STAGE_DROPPED)
		return stage_refuse(-EIO,
		    "the bytes before these were dropped, because nothing "
		    "followed them in time",
		    ret_errno, ret_why);
	if (offset > 0 && s->phase == STAGE_COMMITTED)
		return stage_after_commit(
		    s, data, n, offset, append, ret_errno, ret_why);
	if (stage_is_append(s, offset, append)) {
		if (stage_is_blank(data, n))
			return STAGE_TAKEN;
		return stage_refuse(-EINVAL,
		    "a user file cannot be appended to; write it whole",
		    ret_errno, ret_why);
	}
	if (offset > STAGE_BYTES_MAX || n > STAGE_BYTES_MAX - offset) {
		s->last_ms = now_ms;
		return stage_break(
		    s, -EFBIG, "a file is at most 1 MiB", ret_errno, ret_why);
	}
	r = stage_put(s, data, n, offset);
	if (r < 0)
		return stage_refuse(r, "no memory", ret_errno, ret_why);
	s->last_ms = now_ms;
	s->written = true;
	if (offset == 0)
		stage_reset(s);
	contiguous = offset == s->prefix && (offset == 0 || s->prefix > 0);
	if (contiguous)
		return stage_scan(s, offset + n, ret_errno, ret_why);
	if (offset < s->prefix) { /* written over: look at it all again */
		size_t prefix = s->prefix > offset + n ? s->prefix : offset + n;

		stage_reset(s);
		return stage_scan(s, prefix, ret_errno, ret_why);
	}
	return STAGE_TAKEN;
}

/* The whole image, whatever the prefix was. */
static enum json_scan_state
stage_rescan(struct stage *s)
{
	json_scan_init(&s->scan);
	return json_scan_feed(&s->scan, s->image.data, s->image.len);
}

enum stage_action
stage_truncate(struct stage *s, size_t size, int64_t now_ms, int *ret_errno,
    const char **ret_why)
{
	if (size > STAGE_BYTES_MAX)
		return stage_refuse(
		    -EFBIG, "a file is at most 1 MiB", ret_errno, ret_why);
	if (size == 0) {
		buf_clear(&s->image);
		stage_reset(s);
		s->base_bytes = 0;
		s->written = true;
		s->last_ms = now_ms;
		return STAGE_TAKEN;
	}
	if (s->phase == STAGE_COMMITTED && size >= s->doc_bytes)
		return STAGE_REPEAT;
	if (buf_resize(&s->image, size) < 0)
		return stage_refuse(-ENOMEM, "no memory", ret_errno, ret_why);
	stage_reset(s);
	s->written = true;
	s->last_ms = now_ms;
	if (stage_rescan(s) == JSON_SCAN_COMPLETE)
		return stage_commit(s, size);
	json_scan_init(&s->scan);
	return STAGE_TAKEN;
}

enum stage_action
stage_settle(
    struct stage *s, bool at_fsync, int *ret_errno, const char **ret_why)
{
	enum json_scan_state state;

	if (s->phase == STAGE_COMMITTED)
		return STAGE_REPEAT;
	if (s->phase == STAGE_DROPPED)
		return at_fsync ? STAGE_REPEAT : STAGE_TAKEN;
	if (!s->written)
		return STAGE_TAKEN;
	if (!at_fsync && s->mapped)
		return STAGE_TAKEN;
	state = stage_rescan(s);
	if (state == JSON_SCAN_COMPLETE)
		return stage_commit(s, s->image.len);
	return stage_break(s, -EINVAL,
	    state == JSON_SCAN_ERROR ? s->scan.what
				     : "the text ends before the object does",
	    ret_errno, ret_why);
}

void
stage_verdict(struct stage *s, int verdict, int64_t now_ms)
{
	s->phase = STAGE_COMMITTED;
	s->verdict = verdict;
	s->last_ms = now_ms;
	if (verdict != STAGE_PENDING)
		buf_done(&s->image);
}

void
stage_drop(struct stage *s)
{
	buf_done(&s->image);
	stage_reset(s);
	s->phase = STAGE_DROPPED;
	s->verdict = -EIO;
	s->written = false;
}

bool
stage_shows(const struct stage *s)
{
	if (s->phase == STAGE_COMMITTED)
		return s->verdict == STAGE_PENDING;
	return s->phase == STAGE_OPEN && s->written;
}
