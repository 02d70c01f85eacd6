/* SPDX-License-Identifier: MIT */
/*
 * A file of a mount, read by a child.
 *
 * Whoever asks a mount whose daemon is stopped (SIGSTOP, a debugger, a frozen
 * cgroup) waits in the kernel for as long as it is, and often no signal ends
 * that: so another process waits, and is left to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "find.h"
#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/file.h"

#define ASK_PATIENCE_MS 10000
#define ASK_BYTES (16 * 1024 * 1024)

/* Nobody is to wait for the end of an output that it holds open. */
static void
ask_read(const char *file, int to)
{
	struct buf text = BUF_MAX(ASK_BYTES);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd, r;

	for (fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	r = file_read(file, &text);
	if (r == 0)
		r = file_write_all(to, buf_str(&text), text.len);
	_exit(-r & 0xff);
}

/* To its end, which is the child's; false: it did not come in time. */
static bool
ask_take(int from, struct buf *out, int *ret)
{
	int64_t until = clock_boot_ms() + ASK_PATIENCE_MS;
	char piece[16384];
	ssize_t n = 1;

	*ret = 0;
	while (n > 0 && *ret == 0) {
		struct pollfd p = {from, POLLIN, 0};
		int64_t left = until - clock_boot_ms();
		int ready = left > 0 ? poll(&p, 1, (int)left) : 0;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return false;
		n = read(from, piece, sizeof(piece));
		if (n > 0)
			*ret = buf_append(out, piece, (size_t)n);
	}
	return true;
}

static int
ask_wait(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

int
find_ask(const char *file, struct buf *out, struct err *err)
{
	int end[2], r;
	pid_t child;

	if (pipe2(end, O_CLOEXEC) < 0)
		return err_set(err, -errno, "pipe: %s", strerror(errno));
	child = fork();
	if (child == 0)
		ask_read(file, end[1]);
	close(end[1]);
	if (child < 0)
		r = err_set(err, -errno, "fork: %s", strerror(errno));
	else if (ask_take(end[0], out, &r)) {
		int ended = ask_wait(child);

		r = r < 0 ? r : ended;
	} else {
		kill(child, SIGKILL); /* if it can be; nobody waits for it */
		r = -EHOSTDOWN;	      /* of nothing else */
	}
	close(end[0]);
	return r < 0 ? err_set(err, r, "%s: %s", file,
			   r == -EHOSTDOWN ? "no answer" : strerror(-r))
		     : 0;
}
