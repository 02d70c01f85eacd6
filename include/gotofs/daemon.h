/* SPDX-License-Identifier: MIT */
/*
 * daemon (floor 1): go to the background, while the parent waits for the truth.
 *
 * daemon_fork() forks; the parent never returns from it: it passes the
 * child's lines for a person through to stderr, and exits with the status
 * that the child gives to daemon_ready(), or with 1 when the child ends
 * without giving one.  SIGINT, SIGTERM and SIGHUP to the parent go to the
 * child.  Only before any thread or SQLite connection exists.
 */
#ifndef GOTOFS_DAEMON_H
#define GOTOFS_DAEMON_H

struct err;

int daemon_fork(struct err *err);
/* Tell the waiting parent: its exit status.  Detaches stdin, stdout, stderr.
 * Without a parent (foreground) it does nothing. */
void daemon_ready(int exit_status);

#endif
