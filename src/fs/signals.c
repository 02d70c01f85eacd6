/* SPDX-License-Identifier: MIT */
#include "fs_int.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/file.h"

#define STATUS_BYTES 16384
#define BIT(sig) (UINT64_C(1) << ((sig)-1))

/* What does not end a process by default (signal(7)). */
#define HARMLESS                                                               \
	(BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH) |           \
	    BIT(SIGSTOP) | BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU))

/* The set after "\nNAME:\t" in hexadecimal. */
static int
parse_set(const char *text, const char *name, uint64_t *ret)
{
	const char *at = strstr(text, name);
	uint64_t set;

	if (!at || sscanf(at + strlen(name), " %" SCNx64, &set) != 1)
		return -EBADMSG;
	*ret = set;
	return 0;
}

int
fs_signals_parse(const char *text, struct fs_signals *ret)
{
	struct fs_signals s = {0};
	uint64_t thread = 0, process = 0;
	int r;

	r = parse_set(text, "\nSigPnd:", &thread);
	if (!r)
		r = parse_set(text, "\nShdPnd:", &process);
	if (!r)
		r = parse_set(text, "\nSigBlk:", &s.blocked);
	if (!r)
		r = parse_set(text, "\nSigIgn:", &s.ignored);
	if (!r)
		r = parse_set(text, "\nSigCgt:", &s.caught);
	if (r)
		return r;
	s.pending = thread | process;
	*ret = s;
	return 0;
}

bool
fs_signals_kill(const struct fs_signals *s)
{
	uint64_t deadly = s->pending & ~HARMLESS;

	/* A deadly signal that dumps no core has become SIGKILL already. */
	if (deadly & BIT(SIGKILL))
		return true;
	return deadly & ~s->blocked & ~s->ignored & ~s->caught;
}

static int
read_status(pid_t tid, struct buf *out)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)tid);
	return file_read(path, out);
}

bool
fs_signals_thread_dies(pid_t tid)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STATUS_BYTES);
	struct fs_signals s;

	if (tid <= 0 || read_status(tid, &text))
		return false;
	return !fs_signals_parse(buf_str(&text), &s) && fs_signals_kill(&s);
}

pid_t
fs_signals_process(pid_t tid)
{
	AUTO(buf_done) struct buf text = BUF_MAX(STATUS_BYTES);
	const char *at;
	long pid;

	if (tid <= 0 || read_status(tid, &text))
		return tid;
	at = strstr(buf_str(&text), "\nTgid:");
	return at && sscanf(at, "\nTgid: %ld", &pid) == 1 ? (pid_t)pid : tid;
}
