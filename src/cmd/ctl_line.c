/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "ctl.h"
#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/json.h"

/* Some more bytes. */
static int
line_fill(struct ctl_reader *r, int64_t until_ms)
{
	struct pollfd p = {r->fd, POLLIN, 0};
	int64_t left = until_ms < 0 ? -1 : until_ms - clock_boot_ms();
	char piece[4096];
	ssize_t n;

	if (until_ms >= 0 && left <= 0)
		return -ETIMEDOUT;
	n = poll(&p, 1, (int)left);
	if (n == 0)
		return -ETIMEDOUT;
	if (n > 0)
		n = recv(r->fd, piece, sizeof(piece), 0);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	return buf_append(r->pending, piece, (size_t)n);
}

/* Forget the last line, keep what came behind it. */
static void
line_eat(struct ctl_reader *r)
{
	struct buf *b = r->pending;

	if (r->eaten == 0)
		return;
	memmove(b->data, b->data + r->eaten, b->len - r->eaten);
	b->len -= r->eaten;
	b->data[b->len] = '\0';
	r->eaten = 0;
}

int
ctl_line_read(struct ctl_reader *r, const char **ret, size_t *ret_len)
{
	int64_t until =
	    r->patience_ms < 0 ? -1 : clock_boot_ms() + r->patience_ms;
	size_t looked = 0;
	char *end = NULL;
	int rc;

	line_eat(r);
	for (;;) {
		if (r->pending->len > looked)
			end = memchr(r->pending->data + looked, '\n',
			    r->pending->len - looked);
		if (end)
			break;
		looked = r->pending->len;
		rc = line_fill(r, until);
		if (rc < 0)
			return rc;
	}
	*ret = r->pending->data;
	*ret_len = (size_t)(end - r->pending->data);
	r->eaten = *ret_len + 1;
	return 0;
}

int
ctl_line_write(int fd, const struct json *value)
{
	AUTO(buf_done) struct buf line = BUF_MAX(CTL_ANSWER_BYTES);
	size_t sent = 0;
	int r = json_print(value, &line);

	if (r == 0)
		r = buf_putc(&line, '\n');
	if (r < 0)
		return r;
	while (sent < line.len) {
		ssize_t n =
		    send(fd, line.data + sent, line.len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -ECONNRESET;
		if (n > 0)
			sent += (size_t)n;
	}
	return 0;
}
